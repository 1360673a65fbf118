//! The outbox as a whole, on real files.

mod basics;
mod crash_image;
mod model;
mod no_room;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use velum_proto::v1::{Event, Record, Withheld, record::End};
use velum_vocab::{SimulatedClock, Timestamp};

use crate::{Outbox, Recovery, Settings};

/// 2026-11-21T00:00:00Z, a day's beginning.
pub(crate) const START: Timestamp = Timestamp::from_unix_secs(1_795_219_200);

/// A folder with an outbox and its keys.
pub(crate) struct Place {
    pub(crate) dir: tempfile::TempDir,
    pub(crate) clock: SimulatedClock,
    pub(crate) settings: Settings,
}

impl Place {
    pub(crate) fn new() -> Self {
        let settings = Settings { min_free_bytes: 0, cache_bytes: 1 << 20, ..Settings::default() };
        Self { dir: tempfile::tempdir().unwrap(), clock: SimulatedClock::at(START), settings }
    }

    pub(crate) fn outbox_dir(&self) -> PathBuf {
        self.dir.path().join("outbox")
    }

    pub(crate) fn keys_dir(&self) -> PathBuf {
        self.dir.path().join("keys")
    }

    pub(crate) fn open(&self) -> (Outbox, Recovery) {
        let clock = Arc::new(self.clock.clone());
        Outbox::open(&self.outbox_dir(), &self.keys_dir(), clock, self.settings.clone()).unwrap()
    }

    pub(crate) fn later(&self, hours: u64) {
        self.clock.advance(Duration::from_secs(hours * 3_600));
    }
}

pub(crate) fn withheld(rule: &str) -> End {
    End::Withheld(Withheld { rule: rule.to_owned() })
}

pub(crate) fn event(id: u8, staged_bytes: usize) -> End {
    End::Event(Event { id: vec![id; 16], staged: Some("s".repeat(staged_bytes)), ..Event::default() })
}

pub(crate) fn pending(outbox: &Outbox) -> Vec<Record> {
    outbox.pending(outbox.stats().incarnation, 0, usize::MAX).unwrap()
}

pub(crate) fn ends(outbox: &Outbox) -> BTreeMap<u64, End> {
    pending(outbox).into_iter().map(|record| (record.sequence, record.end.unwrap())).collect()
}

/// Every file under a folder, by its path within it.
pub(crate) fn read_all(dir: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![dir.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                files.insert(path.strip_prefix(dir).unwrap().to_owned(), fs::read(&path).unwrap());
            }
        }
    }
    files
}

pub(crate) fn write_all(dir: &Path, files: &BTreeMap<PathBuf, Vec<u8>>) {
    for (name, bytes) in files {
        let path = dir.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
}
