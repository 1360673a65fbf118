//! Taking proofs out of a log. Signatures are let be here: whoever is handed the proof verifies them.

use std::path::{Path, PathBuf};

use crate::audit::follow::{first_lines, follow};
use crate::audit::line::Line;
use crate::audit::note::SignedCheckpoint;
use crate::audit::proof::{ConsistencyProof, InclusionProof};
use crate::audit::remembered::Remembered;
use crate::audit::tree::{self, Leaves};
use crate::audit::writer::Incarnation;
use crate::audit::{AuditError, folder};

/// The proof that a record is in a log, up to its newest checkpoint; of the given life of the log, else of the last.
/// Only the record's own file and those behind it are needed.
///
/// # Errors
/// [`AuditError::NotProvable`] where there is no such record, or no checkpoint of it yet, or where the log is
/// broken; [`AuditError::Io`] and [`AuditError::NoLog`].
pub fn prove_record(
    path: &Path,
    number: u64,
    incarnation: Option<Incarnation>,
) -> Result<InclusionProof, AuditError> {
    let refuse = |reason: String| AuditError::NotProvable { path: path.to_owned(), reason };
    let mut trace = Trace::of(path, incarnation)?;
    let mut line = None;
    trace.read(|trace, read, bytes| match read {
        Line::Opening(_) | Line::Cut(_) => line.is_none(),
        Line::Record(record) => {
            if record.number == number {
                line = Some(bytes.to_vec());
            }
            trace.last = record.number;
            false
        }
        _ => false,
    })?;
    let Some(line) = line else {
        return Err(refuse(format!(
            "expected a record up to {}, found {number}{}",
            trace.last,
            trace.broken()
        )));
    };
    let signed = trace.signed.as_ref().filter(|signed| signed.checkpoint().number() >= number);
    let Some(checkpoint) = signed.cloned() else {
        let so_far = trace.signed.as_ref().map_or(0, |signed| signed.checkpoint().number());
        return Err(refuse(format!(
            "record {number} is not signed yet, the last checkpoint is of {so_far} records; the log signs after \
             100 records, after an hour and when its program ends: ask again then{}",
            trace.broken()
        )));
    };
    let signed = checkpoint.checkpoint();
    let index = number.saturating_sub(1);
    let steps = trace.leaves.inclusion_proof(index, signed.number()).unwrap_or_default();
    if !tree::is_included(tree::leaf(&line), index, signed.number(), &steps, signed.root()) {
        return Err(refuse(
            "the files of the log do not go on with each other; run `velum audit verify`".to_owned(),
        ));
    }
    // A line that was followed is UTF-8: it is JSON.
    let line = String::from_utf8(line).map_err(|_| refuse("the record is no text".to_owned()))?;
    Ok(InclusionProof { number, line, steps, checkpoint })
}

/// The proof that a log, up to its newest checkpoint, begins with the records of an earlier one.
///
/// # Errors
/// [`AuditError::NotProvable`] where it does not, or where the log is broken or lacks the files; [`AuditError::Io`]
/// and [`AuditError::NoLog`].
pub fn prove_growth(path: &Path, earlier: Remembered) -> Result<ConsistencyProof, AuditError> {
    let refuse = |reason: String| AuditError::NotProvable { path: path.to_owned(), reason };
    let number = earlier.number();
    let mut trace = match &earlier {
        Remembered::Note(signed) => Trace::of_origin(path, signed.checkpoint().origin())?,
        Remembered::Short { .. } => Trace::of(path, None)?,
    };
    trace.read(|trace, read, _| match read {
        Line::Opening(opening) => opening.tree.size() <= number.max(1) || trace.leaves.size() == 0,
        Line::Cut(cut) => cut.tree.size() <= number.max(1) || trace.leaves.size() == 0,
        _ => false,
    })?;
    let Some(checkpoint) = trace.signed.clone() else {
        return Err(refuse(format!("the log has no checkpoint{}", trace.broken())));
    };
    let later = checkpoint.checkpoint();
    if later.number() < number {
        return Err(refuse(format!(
            "the checkpoint that was kept is of {number} records, the newest here of {}: its end was cut off{}",
            later.number(),
            trace.broken()
        )));
    }
    let steps =
        if number == 0 { Some(Vec::new()) } else { trace.leaves.consistency_proof(number, later.number()) };
    let Some(steps) = steps else {
        return Err(refuse(format!("the files from record {number} on are needed; give the whole folder")));
    };
    if !tree::is_consistent((number, earlier.root()), (later.number(), later.root()), &steps) {
        return Err(refuse(format!(
            "it does not begin with the {number} records of the checkpoint that was kept: it was rewritten, or that \
             is of another log"
        )));
    }
    Ok(ConsistencyProof { earlier, steps, checkpoint })
}

/// One life of a log, read to its end or its first fault.
struct Trace {
    files: Vec<PathBuf>,
    origin: String,
    leaves: Leaves,
    last: u64,
    signed: Option<SignedCheckpoint>,
    broken: Option<String>,
}

impl Trace {
    /// Of one incarnation, else of the last.
    fn of(path: &Path, incarnation: Option<Incarnation>) -> Result<Self, AuditError> {
        let files = folder::files_of(path)?;
        let chains = first_lines(&files)?;
        let is_meant = |found: Incarnation| incarnation.is_none_or(|meant| meant == found);
        let origin =
            chains.iter().rev().find(|chain| is_meant(chain.incarnation)).map(|chain| chain.origin());
        let origin = origin.ok_or_else(|| AuditError::NotProvable {
            path: path.to_owned(),
            reason: "no file of this incarnation is here; give the folder with all files".to_owned(),
        })?;
        Ok(Self::new(files, origin))
    }

    fn of_origin(path: &Path, origin: &str) -> Result<Self, AuditError> {
        let files = folder::files_of(path)?;
        if first_lines(&files)?.iter().any(|chain| chain.origin() == origin) {
            return Ok(Self::new(files, origin.to_owned()));
        }
        let reason =
            "the checkpoint that was kept is of another log, or of files that are not here".to_owned();
        Err(AuditError::NotProvable { path: path.to_owned(), reason })
    }

    fn new(files: Vec<PathBuf>, origin: String) -> Self {
        Self { files, origin, leaves: Leaves::default(), last: 0, signed: None, broken: None }
    }

    /// Reads all files; where `begins_anew` says so of a file's first line, the leaves begin with it.
    fn read(
        &mut self,
        mut begins_anew: impl FnMut(&mut Self, &Line, &[u8]) -> bool,
    ) -> Result<(), AuditError> {
        for file in self.files.clone() {
            let end = follow(&file, None, |chain, line, bytes| {
                if chain.origin() != self.origin || self.broken.is_some() {
                    return;
                }
                match line {
                    Line::Record(_) => self.leaves.push(tree::leaf(bytes)),
                    Line::Checkpoint(signed) => self.signed = Some(signed.clone()),
                    _ => {}
                }
                if begins_anew(self, line, bytes) {
                    self.leaves = Leaves::after(chain.tree.clone());
                    self.last = chain.tree.size();
                }
                if self.leaves.size() != chain.tree.size() {
                    self.broken = Some("files between those here are missing".to_owned());
                }
            })?;
            let is_own = end.chain.as_ref().is_none_or(|chain| chain.origin() == self.origin);
            if let Some(fault) = end.fault.filter(|_| is_own && self.leaves.size() > 0) {
                self.broken.get_or_insert(fault.to_string());
            }
        }
        Ok(())
    }

    /// What ended the reading, for the end of a sentence.
    fn broken(&self) -> String {
        match &self.broken {
            Some(fault) => {
                format!("; it could be read only up to a fault ({fault}): run `velum audit verify`")
            }
            None => String::new(),
        }
    }
}
