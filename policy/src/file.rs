//! A policy file: its text, what it says, and where it says it.

use crate::baseline::Filled;
use crate::error::PolicyError;
use crate::finding::{Finding, Findings, Severity};
use crate::grammar;
use crate::index::{KeyIndex, Place, line_column};
use crate::sections::Document;

/// Where a file names its baseline.
const BASELINE: &str = "policy.baseline";
/// No policy is longer, bytes.
const LONGEST_BYTES: usize = 1 << 20;

/// A file that parses. Whether a box may use it is another matter: see [`PolicyFile::check`].
#[derive(Debug, Clone, PartialEq)]
pub struct PolicyFile {
    document: Document,
    text: String,
    path: String,
    index: KeyIndex,
    filled: Filled,
}

impl PolicyFile {
    /// Reads a policy; `path` is only named in findings.
    ///
    /// # Errors
    /// [`PolicyError::Refused`] with line, column, key, what was expected and found, and the fix. The grammar
    /// stops at the first refusal.
    pub fn parse(text: &str, path: &str) -> Result<Self, PolicyError> {
        if text.len() > LONGEST_BYTES {
            return Err(PolicyError::TooLong {
                path: path.to_owned(),
                bytes: text.len(),
                most: LONGEST_BYTES,
            });
        }
        let refused = |error| PolicyError::Refused(Findings::new(vec![grammar::finding(text, path, &error)]));
        let (document, filled) = Filled::read(text).map_err(refused)?;
        let (text, path, index) = (text.to_owned(), path.to_owned(), KeyIndex::of(text));
        let file = Self { document, text, path, index, filled };
        if file.document.schema == "cctv-policy/1" {
            return Ok(file);
        }
        let found = format!("`{}`", file.document.schema);
        let finding = file.finding(
            Severity::Error,
            None,
            "schema",
            "the schema `cctv-policy/1`",
            &found,
            "write `schema = \"cctv-policy/1\"`",
        );
        Err(PolicyError::Refused(Findings::new(vec![finding])))
    }

    /// What it says, with what its baseline says where it writes nothing.
    pub fn document(&self) -> &Document {
        &self.document
    }

    /// The text as it was read, byte for byte.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Where it was read from.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// `baseline 2026.11`, where this key is not written but comes from there.
    pub(crate) fn baseline_of(&self, key: &str) -> Option<String> {
        self.filled.origin(key)
    }

    /// Every key of the text and where it stands.
    pub(crate) fn places(&self) -> &[Place] {
        self.index.places()
    }

    /// The same text, said to mean something else.
    #[cfg(test)]
    pub(crate) fn edited(&self, edit: impl FnOnce(&mut Document)) -> Self {
        let mut file = self.clone();
        edit(&mut file.document);
        file
    }

    /// Where the key stands, or the table around it, or the baseline that either comes from.
    fn place_of(&self, key: &str) -> Option<&Place> {
        if self.baseline_of(key).is_some() {
            return self.index.exactly(BASELINE);
        }
        let table = key.split(['.', '[']).next().unwrap_or_default();
        let named = || self.index.exactly(BASELINE).filter(|_| self.baseline_of(table).is_some());
        self.index.find(key).or_else(named)
    }

    /// A finding about a key of this file, at the key's line.
    pub(crate) fn finding(
        &self,
        severity: Severity,
        rule: Option<&'static str>,
        key: &str,
        expected: &str,
        found: &str,
        fix: &str,
    ) -> Finding {
        let place = self.place_of(key);
        let (line, column) = place.map_or((1, 1), |place| line_column(&self.text, place.name.start));
        Finding {
            severity,
            path: self.path.clone(),
            line,
            column,
            key: key.to_owned(),
            rule,
            expected: expected.to_owned(),
            found: found.to_owned(),
            fix: fix.to_owned(),
        }
    }
}
