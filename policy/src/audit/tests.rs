//! The log as a whole: what is written, what is found, what is told apart.

mod corpus;
mod exports;
mod forgery;
mod packs;
mod pages;
mod proofs;
mod questions;
mod tampering;
mod writing;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::audit::{
    AuditError, AuditLog, CameraId, Digest, Entry, EventId, Operation, Outcome, Pace, Recovery, Remembered,
    Report, SimulatedClock, Subject, Timestamp, Writer, files, verify,
};
use crate::keys::{PublicKey, SigningKey};

/// 2026-12-03T08:14:20Z.
const START_SECS: i64 = 1_796_285_660;

/// A folder with a log, its key and its clock.
struct Desk {
    folder: tempfile::TempDir,
    clock: SimulatedClock,
    public: PublicKey,
    pace: Pace,
}

impl Desk {
    fn new() -> Self {
        Self::at(Pace { records: 4, ..Pace::default() })
    }

    fn at(pace: Pace) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = SimulatedClock::at(Timestamp::from_unix_secs(START_SECS));
        let public = SigningKey::load_or_make(&folder.path().join("audit.key")).unwrap().public();
        Self { folder, clock, public, pace }
    }

    fn dir(&self) -> PathBuf {
        self.folder.path().join("audit")
    }

    fn key(&self) -> SigningKey {
        SigningKey::load(&self.folder.path().join("audit.key")).unwrap()
    }

    fn try_open(&self) -> Result<(AuditLog, Recovery), AuditError> {
        let writer = Writer::hub("town-hall").unwrap();
        AuditLog::open_at(&self.dir(), self.key(), Arc::new(self.clock.clone()), writer, self.pace)
    }

    fn open(&self) -> AuditLog {
        let (log, recovery) = self.try_open().unwrap();
        assert_eq!((recovery.set_aside, recovery.broken), (None, None));
        log
    }

    /// A closed log with this many entries, a second apart.
    fn with_entries(count: u64) -> Self {
        let desk = Self::new();
        let log = desk.open();
        desk.append(&log, count);
        log.close().unwrap();
        desk
    }

    fn append(&self, log: &AuditLog, count: u64) {
        for n in 1..=count {
            self.clock.advance(std::time::Duration::from_secs(1));
            let _receipt = log.append(consultation(&format!("alarm {n} is looked at"))).unwrap();
        }
    }

    fn verify(&self) -> Report {
        self.verify_with(&[])
    }

    fn verify_with(&self, remembered: &[Remembered]) -> Report {
        verify(&self.dir(), &[self.public], remembered).unwrap()
    }

    fn files(&self) -> Vec<PathBuf> {
        files(&self.dir()).unwrap()
    }

    /// The only file.
    fn file(&self) -> PathBuf {
        let files = self.files();
        assert_eq!(files.len(), 1, "{files:?}");
        files[0].clone()
    }
}

fn consultation(justification: &str) -> Entry {
    Entry {
        camera: Some(CameraId::parse("hall-2").unwrap()),
        operator: Some("op-91c4".to_owned()),
        purpose: Some("left-object".to_owned()),
        justification: Some(justification.to_owned()),
        policy_digest: Some(Digest::of(b"policy")),
        records: Some(1),
        ..Entry::new(Operation::Consultation, Subject::Still(EventId::from_bytes([7; 16])), Outcome::Allowed)
    }
}

fn sound(report: &Report) {
    assert!(report.is_sound(), "{:?}", report.faults);
}

fn lines_of(path: &Path) -> Vec<Vec<u8>> {
    let bytes = std::fs::read(path).unwrap();
    bytes.split_inclusive(|b| *b == b'\n').map(<[u8]>::to_vec).collect()
}
