//! Which time an export is about, as the file `export.json` beside its log files says it. It is not signed: whether
//! all records of that time are there is shown by the records, not by this.

use std::io::Read;
use std::path::Path;

use serde::{Deserialize, Serialize};
use velum_vocab::Timestamp;

use crate::audit::{AuditError, text};

/// The name of the file.
pub(crate) const NAME: &str = "export.json";
const VERSION: u8 = 1;
/// No such file is longer, bytes.
const LONGEST_BYTES: u64 = 1_024;

/// From one moment up to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// The first moment of it.
    pub from: Timestamp,
    /// The first moment after it.
    pub to: Timestamp,
    /// Where the export goes up to the newest checkpoint that there was: how many records that counts. What the log
    /// wrote in that very second, but later, is not in the export.
    pub newest: Option<u64>,
}

/// The fields in the order of RFC 8785.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Manifest {
    from: String,
    kind: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    newest: Option<u64>,
    to: String,
    v: u8,
}

impl Period {
    /// Whether a moment is in it.
    pub fn contains(&self, at: Timestamp) -> bool {
        (self.from..self.to).contains(&at)
    }

    /// The text of the file.
    pub(crate) fn to_json(self) -> Result<String, AuditError> {
        let time = |at| text::time(at).ok_or(AuditError::Clock);
        let (from, to) = (time(self.from)?, time(self.to)?);
        let manifest = Manifest { from, kind: "export".to_owned(), newest: self.newest, to, v: VERSION };
        // Texts and a number always serialise.
        Ok(serde_json::to_string(&manifest).unwrap_or_default() + "\n")
    }

    /// Reads what [`Period::to_json`] writes, and nothing else; what is wrong with it, in words.
    ///
    /// # Errors
    /// The reason why it is none.
    pub(crate) fn parse(json: &str) -> Result<Self, String> {
        let manifest: Manifest = serde_json::from_str(json).map_err(|error| error.to_string())?;
        if manifest.v != VERSION {
            return Err(format!("it is of version {}, this program reads version {VERSION}", manifest.v));
        }
        let time = |field: &str, text: &str| {
            text::parse_time(text)
                .ok_or(format!("`{field}` is `{text}`, expected one as 2026-12-01T00:00:00Z"))
        };
        let period = Self {
            from: time("from", &manifest.from)?,
            to: time("to", &manifest.to)?,
            newest: manifest.newest,
        };
        if period.from >= period.to {
            return Err("`from` is not before `to`".to_owned());
        }
        match period.to_json() {
            Ok(canonical) if canonical == json => Ok(period),
            _ => Err("it is not in the form that the program writes".to_owned()),
        }
    }

    /// What lies in the folder of an export; none where there is no such file, or `folder` is itself a file.
    pub(crate) fn of_folder(folder: &Path) -> Result<Option<Result<Self, String>>, AuditError> {
        let path = folder.join(NAME);
        if !folder.is_dir() || !path.exists() {
            return Ok(None);
        }
        let mut bytes = Vec::new();
        let file = std::fs::File::open(&path).map_err(AuditError::at(&path))?;
        file.take(LONGEST_BYTES + 1).read_to_end(&mut bytes).map_err(AuditError::at(&path))?;
        let text = String::from_utf8(bytes).map_err(|_| "it is not UTF-8 text".to_owned());
        Ok(Some(text.and_then(|text| Self::parse(&text))))
    }
}
