//! The proof that one record is in the log that a checkpoint speaks of: record, checkpoint and proof can be handed
//! to somebody who may see none of the others.

use std::path::Path;

use velum_vocab::Digest;

use crate::audit::folder::{self, LineRead, Lines};
use crate::audit::line::{Line, Linked};
use crate::audit::note::Checkpoint;
use crate::audit::writer::origin;
use crate::audit::{AuditError, tree};

/// One record's line, and the hashes that lead from it to the root of a checkpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// The record's number, from 1.
    pub number: u64,
    /// Its line, without the line feed.
    pub line: Vec<u8>,
    /// The hashes beside the way to the root, from the leaf upwards.
    pub steps: Vec<Digest>,
}

impl Proof {
    /// Takes the proof for a record out of a log (all files from the first on) that a checkpoint speaks of; none
    /// where it has no such record.
    ///
    /// # Errors
    /// [`AuditError::Io`] and [`AuditError::NoLog`].
    pub fn of(path: &Path, number: u64, checkpoint: &Checkpoint) -> Result<Option<Self>, AuditError> {
        let (mut leaves, mut line) = (Vec::new(), None);
        for file in folder::files_of(path)? {
            let (mut lines, mut is_of) = (Lines::open(&file)?, false);
            while let Some(LineRead::Whole(bytes)) = lines.read()? {
                match Linked::parse(&bytes).map(|linked| linked.line) {
                    Ok(Line::Opening(opening)) => {
                        is_of = origin(&opening.writer, opening.incarnation) == checkpoint.origin();
                    }
                    Ok(Line::Record(record)) if is_of && record.number <= checkpoint.number() => {
                        leaves.push(tree::leaf(&bytes));
                        if record.number == number {
                            line = Some(bytes);
                        }
                    }
                    _ => {}
                }
            }
        }
        let index = number.checked_sub(1).and_then(|index| usize::try_from(index).ok());
        let steps = index.and_then(|index| tree::inclusion_proof(&leaves, index));
        Ok(line.zip(steps).map(|(line, steps)| Self { number, line, steps }))
    }

    /// Whether the record is in the log that the checkpoint speaks of. Verify the checkpoint's signature, too.
    pub fn holds(&self, checkpoint: &Checkpoint) -> bool {
        let leaf = tree::leaf(&self.line);
        self.number.checked_sub(1).is_some_and(|index| {
            tree::is_included(leaf, index, checkpoint.number(), &self.steps, checkpoint.root())
        })
    }
}
