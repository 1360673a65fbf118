//! The audit log: every collection, alteration, consultation, disclosure, combination and erasure is on the disk
//! before it is done. *Source*: Directive (EU) 2016/680, article 25.
//!
//! [`AuditLog::append`] returns once the entry is synced; whoever acts does so only after it returned, and an
//! error means: do not. Every line carries the hash of the line before; every so often, at the start and at the
//! end, a signed [`Checkpoint`] says how many records there are, with the root of the tree over them ([`tree`]).
//! What was altered, removed, put in or turned round in between is found with the file and the public key alone
//! ([`verify`]); what was cut off at the end, with a checkpoint that somebody else kept ([`Remembered`]). The
//! format is written down in `docs/audit-log.md`.

pub mod tree;

mod attestation;
mod chain;
mod egress;
mod entry;
mod error;
mod export;
mod fault;
mod folder;
mod follow;
mod line;
mod log;
mod manifest;
mod note;
mod pack;
mod period;
mod proof;
mod question;
mod record;
mod recover;
mod remembered;
mod text;
mod verify;
mod writer;

#[cfg(test)]
mod tests;

pub use velum_vocab::{
    AlertId, BoxId, CameraId, Clock, Digest, EventId, SimulatedClock, SystemClock, Timestamp, take_lock,
};

pub use crate::sections::Regime;
pub use attestation::{
    Attestation, CameraAttested, CameraStanding, Installed, LATE_LOOK, LONGEST_GAP_SECS, Masking, Share,
    Software,
};
pub use egress::{Egress, EgressKind, EgressPicture};
pub use entry::{
    Content, Entry, ErasedDay, ErasedTrial, JUSTIFICATION_CHARS, Notice, Operation, Outcome, Receipt, Record,
    Subject,
};
pub use error::AuditError;
pub use export::{Exported, export};
pub use fault::{Fault, Located};
pub use line::{Cut, Line, Opening, Seal};
pub use log::{AuditLog, Pace};
pub use manifest::{Left, Manifest, Total, Wanted, last_left, manifest};
pub use note::{Checkpoint, SignedCheckpoint};
pub use pack::{EnclosedPolicy, Pack, PackReport, is_pack, verify_pack, write_pack};
pub use period::Period;
pub use proof::{AnswerProof, ConsistencyProof, InclusionProof, Proof, prove_growth, prove_record};
pub use question::{
    Answer, Asked, Claim, Contradiction, Gap, GapCause, PolicyName, Question, Verdict, answer, prove_answer,
};
pub use recover::{Break, Recovery, SetAside};
pub use remembered::Remembered;
pub use text::{KeyDay, is_name, plain};
pub use verify::{Counts, Report, verify};
pub use writer::{Incarnation, Writer};

/// Reads one line of a log file, without its line feed; what is wrong with it, in words.
///
/// # Errors
/// The reason why it is no line of an audit log.
pub fn read_line(bytes: &[u8]) -> Result<Line, String> {
    line::Linked::parse(bytes).map(|linked| linked.line)
}

/// SHA-256 of a file of any length.
///
/// # Errors
/// [`AuditError::Io`].
pub fn file_digest(path: &std::path::Path) -> Result<Digest, AuditError> {
    folder::sha256(path)
}

/// The files of a log: `path` itself where it is a file, else those in the folder, in their order.
///
/// # Errors
/// [`AuditError::Io`] and [`AuditError::NoLog`].
pub fn files(path: &std::path::Path) -> Result<Vec<std::path::PathBuf>, AuditError> {
    folder::files_of(path)
}
