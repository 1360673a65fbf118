//! The two lines that only exports have: where a file that lost its beginning goes on, and which checkpoint covers
//! one that lost its end. What they say is proved by the lines beside them and the checkpoint's signature.

use serde::{Deserialize, Serialize};
use velum_vocab::Digest;

use crate::audit::line::{Line, Linked, VERSION};
use crate::audit::note::{self, SignedCheckpoint};
use crate::audit::tree::Frontier;
use crate::audit::writer::{Incarnation, Writer};

/// The first line of a file that begins in the middle of the log's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cut {
    /// Who wrote the log.
    pub writer: Writer,
    /// Which life of the log.
    pub incarnation: Incarnation,
    /// The tree over all records of this incarnation before the next line.
    pub tree: Frontier,
}

/// The last line of a file that ends in the middle of the log's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seal {
    /// A checkpoint of all records above, and of more.
    pub checkpoint: SignedCheckpoint,
    /// The proof that its tree grew out of the tree over the records up to here.
    pub steps: Vec<Digest>,
}

/// The fields in the order of RFC 8785.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CutLine {
    incarnation: String,
    kind: String,
    peaks: Vec<String>,
    prev: String,
    records_before: u64,
    v: u8,
    writer: String,
}

/// The fields in the order of RFC 8785.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SealLine {
    kind: String,
    note: String,
    prev: String,
    steps: Vec<String>,
    v: u8,
}

impl CutLine {
    pub(super) fn of(cut: &Cut, prev: Digest) -> Self {
        Self {
            incarnation: cut.incarnation.to_string(),
            kind: "cut".to_owned(),
            peaks: cut.tree.peaks().iter().map(Digest::to_string).collect(),
            prev: prev.to_string(),
            records_before: cut.tree.size(),
            v: VERSION,
            writer: cut.writer.to_string(),
        }
    }

    pub(super) fn linked(self) -> Result<Linked, &'static str> {
        let peaks = note::digests(&self.peaks).ok_or("peaks")?;
        let cut = Cut {
            writer: Writer::parse(&self.writer).ok_or("writer")?,
            incarnation: Incarnation::parse(&self.incarnation).ok_or("incarnation")?,
            tree: Frontier::from_parts(self.records_before, peaks).ok_or("records_before")?,
        };
        let prev = note::digest(&self.prev).ok_or("prev")?;
        Ok(Linked { line: Line::Cut(cut), prev })
    }
}

impl SealLine {
    pub(super) fn of(seal: &Seal, prev: Digest) -> Self {
        Self {
            kind: "seal".to_owned(),
            note: seal.checkpoint.text().to_owned(),
            prev: prev.to_string(),
            steps: seal.steps.iter().map(Digest::to_string).collect(),
            v: VERSION,
        }
    }

    pub(super) fn linked(self) -> Result<Linked, &'static str> {
        let checkpoint = SignedCheckpoint::parse_bare(&self.note).ok_or("note")?;
        let steps = note::digests(&self.steps).ok_or("steps")?;
        let prev = note::digest(&self.prev).ok_or("prev")?;
        Ok(Linked { line: Line::Seal(Seal { checkpoint, steps }), prev })
    }
}
