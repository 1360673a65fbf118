//! What a file of the log has, before any of it is exported.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use velum_vocab::Timestamp;

use crate::audit::AuditError;
use crate::audit::fault::Located;
use crate::audit::follow::follow;
use crate::audit::line::Line;

/// A file of the log.
pub(super) struct Survey {
    pub(super) path: PathBuf,
    /// When it was begun; none where its first line is wrong.
    pub(super) begun: Option<Timestamp>,
    /// Whether nothing was before it.
    pub(super) is_beginning: bool,
    /// Whether it is of an export.
    pub(super) is_part: bool,
    /// The log and its life.
    pub(super) origin: String,
    pub(super) records: Vec<Place>,
    pub(super) checkpoints: Vec<Place>,
    pub(super) fault: Option<Located>,
}

/// A record, or a checkpoint of so many records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    /// Counted from 1.
    pub(super) line: u64,
    pub(super) number: u64,
    pub(super) time: Timestamp,
}

impl Survey {
    pub(super) fn name(&self) -> &OsStr {
        self.path.file_name().unwrap_or(OsStr::new("audit.jsonl"))
    }
}

pub(super) fn survey(path: &Path) -> Result<Survey, AuditError> {
    let mut survey = Survey {
        path: path.to_owned(),
        begun: None,
        is_beginning: false,
        is_part: false,
        origin: String::new(),
        records: Vec::new(),
        checkpoints: Vec::new(),
        fault: None,
    };
    let mut line = 0;
    let end = follow(path, None, |_, read, _| {
        line += 1;
        match read {
            Line::Opening(opening) => {
                survey.begun = Some(opening.time);
                survey.is_beginning = opening.file == 1 && opening.tree.size() == 0;
            }
            Line::Record(record) => {
                survey.records.push(Place { line, number: record.number, time: record.time });
            }
            Line::Checkpoint(signed) => {
                let (number, time) = (signed.checkpoint().number(), signed.checkpoint().time());
                survey.checkpoints.push(Place { line, number, time });
            }
            Line::Cut(_) | Line::Seal(_) => survey.is_part = true,
        }
    })?;
    survey.origin = end.chain.map(|chain| chain.origin()).unwrap_or_default();
    survey.fault = end.fault;
    Ok(survey)
}
