//! One line of a log file: canonical JSON (RFC 8785), read strictly. A line that is not exactly what would be
//! written for what it says is refused, so that every byte of it counts.

mod part;

use serde::{Deserialize, Serialize};
use velum_vocab::{Digest, Timestamp};

use crate::audit::attestation::AttestationLine;
use crate::audit::egress::EgressLine;
use crate::audit::entry::{Content, Record};
use crate::audit::note::{self, SignedCheckpoint};
use crate::audit::record::RecordLine;
use crate::audit::tree::Frontier;
use crate::audit::writer::{Incarnation, Writer};
use crate::audit::{AuditError, text};
pub use part::{Cut, Seal};
use part::{CutLine, SealLine};

/// No line is longer, bytes. What may be logged stays far below it.
pub(crate) const LONGEST_BYTES: usize = 16 * 1_024;
pub(crate) const VERSION: u8 = 1;

/// A line, as it is read back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line {
    /// The first of every file of a log.
    Opening(Opening),
    /// An entry, a notice, an attestation or what left.
    Record(Box<Record>),
    /// What the log was at that moment, signed.
    Checkpoint(SignedCheckpoint),
    /// In exports: the first line of a file that begins in the middle of the log's own.
    Cut(Cut),
    /// In exports: the last line of a file that ends in the middle of the log's own.
    Seal(Seal),
}

/// The first line of a file: which log it goes on with, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opening {
    /// Who writes.
    pub writer: Writer,
    /// Which life of the log.
    pub incarnation: Incarnation,
    /// The number of the file; counted from 1 through all incarnations.
    pub file: u64,
    /// When it was begun.
    pub time: Timestamp,
    /// The tree over all records of this incarnation before this file.
    pub tree: Frontier,
}

/// What a line says about itself, and the hash of the line before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Linked {
    pub(crate) line: Line,
    /// SHA-256 of the line before; zeros at the beginning of an incarnation.
    pub(crate) prev: Digest,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct OpeningLine {
    file: u64,
    incarnation: String,
    kind: String,
    peaks: Vec<String>,
    prev: String,
    records_before: u64,
    time: String,
    v: u8,
    writer: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct CheckpointLine {
    kind: String,
    note: String,
    prev: String,
    v: u8,
}

/// What every line has, read first to tell which line it is.
#[derive(Deserialize)]
struct Head {
    kind: String,
    v: u8,
}

impl Linked {
    /// The line, without its line feed.
    pub(crate) fn to_bytes(&self) -> Result<Vec<u8>, AuditError> {
        let bytes = match &self.line {
            Line::Opening(opening) => serde_json::to_vec(&OpeningLine::of(opening, self.prev)?),
            Line::Record(record) => return bounded(record_bytes(record, self.prev)?),
            Line::Checkpoint(signed) => serde_json::to_vec(&CheckpointLine {
                kind: "checkpoint".to_owned(),
                note: signed.text().to_owned(),
                prev: self.prev.to_string(),
                v: VERSION,
            }),
            Line::Cut(cut) => serde_json::to_vec(&CutLine::of(cut, self.prev)),
            Line::Seal(seal) => serde_json::to_vec(&SealLine::of(seal, self.prev)),
        };
        // Texts and whole numbers always serialise.
        bounded(bytes.unwrap_or_default())
    }

    /// Reads a line without its line feed; what is wrong with it, in words.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, String> {
        if bytes.len() > LONGEST_BYTES {
            return Err(format!("it has {} bytes, no line has more than {LONGEST_BYTES}", bytes.len()));
        }
        let head: Head = serde_json::from_slice(bytes)
            .map_err(|error| format!("it is no line of an audit log: {error}"))?;
        if head.v != VERSION {
            return Err(format!("it is of version {}, this program reads version {VERSION}", head.v));
        }
        let linked = match head.kind.as_str() {
            "opening" => read::<OpeningLine>(bytes)?.linked(),
            "entry" | "notice" => {
                let line = read::<RecordLine>(bytes)?;
                linked(&line.prev.clone(), line.record())
            }
            "attestation" => {
                let line = read::<AttestationLine>(bytes)?;
                linked(&line.prev.clone(), line.record())
            }
            "egress" => {
                let line = read::<EgressLine>(bytes)?;
                linked(&line.prev.clone(), line.record())
            }
            "checkpoint" => read::<CheckpointLine>(bytes)?.linked(),
            "cut" => read::<CutLine>(bytes)?.linked(),
            "seal" => read::<SealLine>(bytes)?.linked(),
            other => {
                return Err(format!(
                    "its kind is `{other}`, expected opening, entry, notice, attestation, egress or checkpoint"
                ));
            }
        };
        let linked = linked.map_err(|field| format!("its field `{field}` is not as the log writes it"))?;
        match linked.to_bytes() {
            Ok(canonical) if canonical == bytes => Ok(linked),
            _ => Err("it is not in the canonical form that the log writes".to_owned()),
        }
    }
}

fn read<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, String> {
    serde_json::from_slice(bytes).map_err(|error| format!("it is no line of an audit log: {error}"))
}

impl OpeningLine {
    fn of(opening: &Opening, prev: Digest) -> Result<Self, AuditError> {
        Ok(Self {
            file: opening.file,
            incarnation: opening.incarnation.to_string(),
            kind: "opening".to_owned(),
            peaks: opening.tree.peaks().iter().map(Digest::to_string).collect(),
            prev: prev.to_string(),
            records_before: opening.tree.size(),
            time: text::time(opening.time).ok_or(AuditError::Clock)?,
            v: VERSION,
            writer: opening.writer.to_string(),
        })
    }

    fn linked(self) -> Result<Linked, &'static str> {
        let peaks = note::digests(&self.peaks).ok_or("peaks")?;
        let opening = Opening {
            writer: Writer::parse(&self.writer).ok_or("writer")?,
            incarnation: Incarnation::parse(&self.incarnation).ok_or("incarnation")?,
            file: self.file,
            time: text::parse_time(&self.time).ok_or("time")?,
            tree: Frontier::from_parts(self.records_before, peaks).ok_or("records_before")?,
        };
        let prev = note::digest(&self.prev).ok_or("prev")?;
        Ok(Linked { line: Line::Opening(opening), prev })
    }
}

impl CheckpointLine {
    fn linked(self) -> Result<Linked, &'static str> {
        let signed = SignedCheckpoint::parse_bare(&self.note).ok_or("note")?;
        let prev = note::digest(&self.prev).ok_or("prev")?;
        Ok(Linked { line: Line::Checkpoint(signed), prev })
    }
}

fn record_bytes(record: &Record, prev: Digest) -> Result<Vec<u8>, AuditError> {
    let (number, time) = (record.number, record.time);
    let bytes = match &record.content {
        Content::Attestation(said) => serde_json::to_vec(&AttestationLine::of(number, time, said, prev)?),
        Content::Egress(left) => serde_json::to_vec(&EgressLine::of(number, time, left, prev)?),
        Content::Entry(entry) => serde_json::to_vec(&RecordLine::of_entry(number, time, entry, prev)?),
        Content::Notice(notice) => serde_json::to_vec(&RecordLine::of_notice(number, time, notice, prev)?),
    };
    // Texts and whole numbers always serialise.
    Ok(bytes.unwrap_or_default())
}

fn bounded(bytes: Vec<u8>) -> Result<Vec<u8>, AuditError> {
    if bytes.len() <= LONGEST_BYTES {
        return Ok(bytes);
    }
    let reason = format!("makes a line of {} bytes, at most {LONGEST_BYTES} are written", bytes.len());
    Err(AuditError::Text { field: "record", reason })
}

fn linked(prev: &str, record: Result<Record, &'static str>) -> Result<Linked, &'static str> {
    let prev = note::digest(prev).ok_or("prev")?;
    let record = record?;
    record.content.check().map_err(|_| "justification, operator, recipient or another text")?;
    Ok(Linked { line: Line::Record(Box::new(record)), prev })
}
