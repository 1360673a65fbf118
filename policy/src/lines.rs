//! In which line a key of a file stands, and what is written there.

use std::collections::BTreeMap;

use crate::file::PolicyFile;

/// Every key of a file, with its line and what stands there.
#[derive(Debug)]
pub(crate) struct Lines<'f> {
    file: &'f PolicyFile,
    places: BTreeMap<&'f str, (usize, &'f str)>,
}

impl<'f> Lines<'f> {
    /// Of this file.
    pub(crate) fn of(file: &'f PolicyFile) -> Self {
        let text = file.text();
        let starts: Vec<usize> = std::iter::once(0)
            .chain(text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(n, _)| n + 1))
            .collect();
        let places = file.places().iter().map(|place| {
            let line = starts.partition_point(|start| *start <= place.name.start);
            (place.key.as_str(), (line, text.get(place.value.clone()).unwrap_or_default()))
        });
        Self { file, places: places.collect() }
    }

    /// The file.
    pub(crate) fn file(&self) -> &'f PolicyFile {
        self.file
    }

    /// The line of exactly this key; none if it is not written.
    pub(crate) fn line(&self, key: &str) -> Option<usize> {
        self.places.get(key).map(|(line, _)| *line)
    }

    /// `baseline 2026.11`, where this key is not written but comes from there.
    pub(crate) fn baseline(&self, key: &str) -> Option<String> {
        self.file.baseline_of(key)
    }

    /// The value as it is written; none if it is not, or takes more than one line.
    pub(crate) fn written(&self, key: &str) -> Option<String> {
        let (_, text) = self.places.get(key)?;
        (!text.contains('\n')).then(|| (*text).to_owned())
    }
}
