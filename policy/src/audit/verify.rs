//! Reading a log from its first line to its last with the public key alone.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use velum_vocab::Timestamp;

use crate::audit::chain::Chain;
use crate::audit::entry::{Content, Operation, Outcome, Record};
use crate::audit::fault::{Fault, Located};
use crate::audit::folder::{self, LineRead, Lines};
use crate::audit::line::{Line, Linked};
use crate::audit::note::SignedCheckpoint;
use crate::audit::remembered::Remembered;
use crate::audit::writer::Writer;
use crate::audit::{AuditError, Notice};
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
    /// Entries by operation.
    pub operations: BTreeMap<Operation, Counts>,
    /// What the log remarks about itself.
    pub notices: Vec<(PathBuf, u64, Notice)>,
    /// How many checkpoints were verified.
    pub checkpoints: u64,
    /// The last of them.
    pub last_checkpoint: Option<SignedCheckpoint>,
    /// Records after it, which no signature covers yet.
    pub unsigned_records: u64,
    /// How often a record is earlier than the one before.
    pub times_set_back: u64,
    /// The kept checkpoints that were found to be of this log.
    pub confirmed: Vec<Remembered>,
    /// The first fault of each file, and what else is wrong.
    pub faults: Vec<Located>,
}

impl Report {
    /// Whether nothing is wrong.
    pub fn is_sound(&self) -> bool {
        self.faults.is_empty()
    }
}

/// Verifies a log: a folder, or one file of it.
///
/// # Errors
/// [`AuditError::Io`] and [`AuditError::NoLog`] where there is nothing to read, [`AuditError::Checkpoint`] where
/// a kept checkpoint is signed by none of the keys. What is wrong with the log is in the report.
pub fn verify(path: &Path, keys: &[PublicKey], remembered: &[Remembered]) -> Result<Report, AuditError> {
    for kept in remembered {
        if let Remembered::Note(signed) = kept
            && !keys.iter().any(|key| signed.is_signed_by(key))
        {
            return Err(AuditError::Checkpoint("it is signed by none of the given keys".to_owned()));
        }
    }
    let mut verifier =
        Verifier { keys, remembered, report: Report::default(), chain: None, seen: Vec::new() };
    let files = folder::files_of(path)?;
    for file in &files {
        verifier.read(file)?;
    }
    verifier.conclude(path);
    Ok(verifier.report)
}

struct Verifier<'a> {
    keys: &'a [PublicKey],
    remembered: &'a [Remembered],
    report: Report,
    /// Where the file before ended; none after a fault.
    chain: Option<Chain>,
    /// The logs that were seen: origin, from how many records to how many.
    seen: Vec<(String, u64, u64)>,
}

impl Verifier<'_> {
    fn read(&mut self, path: &Path) -> Result<(), AuditError> {
        self.report.files += 1;
        let before = self.chain.take();
        let mut lines = Lines::open(path)?;
        let (mut line, mut chain) = (0, None);
        loop {
            let next = lines.read()?;
            line += 1;
            let followed = match (next, &mut chain) {
                (None, Some(_)) => break,
                (None, None) => Err(Fault::Opening("the file is empty")),
                (Some(LineRead::Unfinished(_)), _) => Err(Fault::Unfinished),
                (Some(LineRead::Whole(bytes)), None) => {
                    self.open(path, before.as_ref(), &bytes).map(|begun| chain = Some(begun))
                }
                (Some(LineRead::Whole(bytes)), Some(chain)) => self.follow(path, line, chain, &bytes),
            };
            if let Err(fault) = followed {
                self.report.faults.push(Located { path: path.to_owned(), line, fault });
                return Ok(());
            }
        }
        self.chain = chain;
        Ok(())
    }

    fn open(&mut self, path: &Path, before: Option<&Chain>, bytes: &[u8]) -> Result<Chain, Fault> {
        let (chain, Linked { line, prev }) = Chain::open(bytes)?;
        let Line::Opening(opening) = &line else {
            return Err(Fault::Opening("the file does not begin with an opening line"));
        };
        if folder::parse_name(path).is_some_and(|(named, _)| named != opening.file) {
            return Err(Fault::Opening("the file's name has another number than its opening line"));
        }
        if let Some(before) = before {
            let expected = before.file.saturating_add(1);
            if opening.file != expected {
                return Err(Fault::FileNumber { expected, found: opening.file });
            }
            if opening.incarnation != before.incarnation {
                // What follows may well be sound in itself.
                let fault = Fault::BeganAnew;
                self.report.faults.push(Located { path: path.to_owned(), line: 1, fault });
            } else if !before.goes_on(opening, prev) {
                return Err(Fault::FileLink);
            }
        } else if self.report.files == 1 {
            self.report.records_before = opening.tree.size();
        }
        self.report.writer = Some(opening.writer.clone());
        let (origin, size) = (chain.origin(), chain.tree.size());
        if self.seen.last().is_none_or(|(last, ..)| *last != origin) {
            self.seen.push((origin, size, size));
        }
        self.compare(&chain)?;
        Ok(chain)
    }

    fn follow(&mut self, path: &Path, number: u64, chain: &mut Chain, bytes: &[u8]) -> Result<(), Fault> {
        match chain.follow(bytes, self.keys)? {
            Line::Record(record) => {
                self.compare(chain)?;
                self.count(path, number, *record);
            }
            Line::Checkpoint(signed) => {
                self.report.checkpoints += 1;
                self.report.unsigned_records = 0;
                self.report.last_checkpoint = Some(signed);
            }
            Line::Opening(_) => {}
        }
        if let Some((_, _, last)) = self.seen.last_mut() {
            *last = chain.tree.size();
        }
        Ok(())
    }

    /// With the checkpoints that others kept.
    fn compare(&mut self, chain: &Chain) -> Result<(), Fault> {
        let (number, origin) = (chain.tree.size(), chain.origin());
        for kept in self.remembered.iter().filter(|kept| kept.number() == number && kept.is_of(&origin)) {
            if kept.root() == chain.tree.root() {
                if !self.report.confirmed.contains(kept) {
                    self.report.confirmed.push(kept.clone());
                }
            } else if matches!(kept, Remembered::Note(_)) {
                return Err(Fault::Witnessed { number });
            }
        }
        Ok(())
    }

    fn count(&mut self, path: &Path, line: u64, record: Record) {
        let report = &mut self.report;
        report.records += 1;
        report.unsigned_records += 1;
        let at = (record.number, record.time);
        report.times_set_back += u64::from(report.last.is_some_and(|(_, before)| record.time < before));
        report.first.get_or_insert(at);
        report.last = Some(at);
        match record.content {
            Content::Entry(entry) => {
                let counts = report.operations.entry(entry.operation).or_default();
                match entry.outcome {
                    Outcome::Allowed => counts.allowed += 1,
                    Outcome::Denied { .. } => counts.denied += 1,
                }
            }
            Content::Notice(notice) => report.notices.push((path.to_owned(), line, notice)),
        }
    }

    fn conclude(&mut self, path: &Path) {
        let mut faults = Vec::new();
        if self.report.checkpoints == 0 && self.report.faults.is_empty() {
            faults.push(Fault::Unsigned);
        }
        for kept in self.remembered.iter().filter(|kept| !self.report.confirmed.contains(kept)) {
            faults.extend(self.missing(kept));
        }
        let located = |fault| Located { path: path.to_owned(), line: 0, fault };
        self.report.faults.extend(faults.into_iter().map(located));
    }

    /// Why a kept checkpoint was not found.
    fn missing(&self, kept: &Remembered) -> Option<Fault> {
        let number = kept.number();
        let told =
            |located: &Located| matches!(located.fault, Fault::Witnessed { number: told } if told == number);
        if self.report.faults.iter().any(told) {
            return None;
        }
        let logs: Vec<_> = self.seen.iter().filter(|(origin, ..)| kept.is_of(origin)).collect();
        if logs.iter().any(|(_, first, last)| (*first..=*last).contains(&number)) {
            return Some(Fault::Witnessed { number });
        }
        match logs.iter().map(|(.., last)| *last).max() {
            Some(found) if found < number => Some(Fault::CutOff { witnessed: number, found }),
            _ => Some(Fault::NotComparable { number }),
        }
    }
}
