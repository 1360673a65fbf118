//! What verifying a log or an export found.

use std::collections::BTreeMap;
use std::path::PathBuf;

use velum_vocab::{Digest, Timestamp};

use crate::audit::Notice;
use crate::audit::entry::Operation;
use crate::audit::fault::Located;
use crate::audit::note::SignedCheckpoint;
use crate::audit::period::Period;
use crate::audit::remembered::Remembered;
use crate::audit::writer::Writer;
use crate::keys::PublicKey;

/// Operations of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// How many were allowed.
    pub allowed: u64,
    /// How many were denied.
    pub denied: u64,
}

/// What was verified. Lines from a file's first fault on count for nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Report {
    /// Who wrote the log; none where nothing could be read.
    pub writer: Option<Writer>,
    /// How many files there are.
    pub files: u64,
    /// How many records were read: entries and notices. Those are verified that a checkpoint covers.
    pub records: u64,
    /// Number and time of the first.
    pub first: Option<(u64, Timestamp)>,
    /// Number and time of the last.
    pub last: Option<(u64, Timestamp)>,
    /// Records that came before the first file here; it says how many, and they are not here.
    pub records_before: u64,
    /// Entries by operation; of an export, those of its period.
    pub operations: BTreeMap<Operation, Counts>,
    /// Entries by the policy that decided; of an export, those of its period.
    pub policies: BTreeMap<Digest, u64>,
    /// Attestations of a box; of an export, those of its period.
    pub attestations: u64,
    /// Records of what left a box; of an export, those of its period.
    pub egress: u64,
    /// What the log remarks about itself.
    pub notices: Vec<(PathBuf, u64, Notice)>,
    /// How many checkpoints were verified.
    pub checkpoints: u64,
    /// The keys that signed them, of those given, in the order in which they first did.
    pub signed_by: Vec<PublicKey>,
    /// The last of them.
    pub last_checkpoint: Option<SignedCheckpoint>,
    /// Records after it, which no signature covers yet.
    pub unsigned_records: u64,
    /// How often a record is earlier than the one before.
    pub times_set_back: u64,
    /// The kept checkpoints that were found to be of this log.
    pub confirmed: Vec<Remembered>,
    /// Of an export: which time it has all records of, unless something is wrong.
    pub period: Option<Period>,
    /// Of an export: records outside of its period, which show that none of it is missing.
    pub outside: u64,
    /// Whether the first file begins in the middle of the log's own.
    pub is_cut: bool,
    /// Whether the last file ends in the middle of the log's own.
    pub is_sealed: bool,
    /// The first fault of each file, and what else is wrong.
    pub faults: Vec<Located>,
}

impl Report {
    /// Whether nothing is wrong.
    pub fn is_sound(&self) -> bool {
        self.faults.is_empty()
    }
}
