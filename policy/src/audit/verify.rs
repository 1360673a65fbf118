//! Reading a log from its first line to its last with the public key alone.

mod report;

use std::path::Path;
use std::time::Duration;

use velum_vocab::Digest;

use crate::audit::AuditError;
use crate::audit::chain::Chain;
use crate::audit::entry::{Content, Entry, Outcome, Record};
use crate::audit::fault::{Fault, Located};
use crate::audit::folder::{self, LineRead, Lines};
use crate::audit::line::{Line, Linked, Opening};
use crate::audit::note::SignedCheckpoint;
use crate::audit::period::{self, Period};
use crate::audit::remembered::Remembered;
use crate::keys::PublicKey;
pub use report::{Counts, Report};

/// Verifies a log or an export of one: a folder, or one file of it.
///
/// # Errors
/// [`AuditError::Io`] and [`AuditError::NoLog`] where there is nothing to read, [`AuditError::Checkpoint`] where
/// a kept checkpoint is signed by none of the keys. What is wrong with the log is in the report.
pub fn verify(path: &Path, keys: &[PublicKey], remembered: &[Remembered]) -> Result<Report, AuditError> {
    check_kept(keys, remembered)?;
    let report = Report::default();
    let mut verifier = Verifier {
        keys,
        remembered,
        report,
        chain: None,
        first: None,
        seen: Vec::new(),
        signers: Vec::new(),
    };
    let files = folder::files_of(path)?;
    verifier.take_period(path)?;
    for file in &files {
        verifier.read(file)?;
    }
    verifier.conclude(path);
    Ok(verifier.report)
}

/// Refuses a kept note that nobody signed who is asked about.
pub(crate) fn check_kept(keys: &[PublicKey], remembered: &[Remembered]) -> Result<(), AuditError> {
    let is_foreign = |kept: &Remembered| match kept {
        Remembered::Note(signed) => !keys.iter().any(|key| signed.is_signed_by(key)),
        Remembered::Short { .. } => false,
    };
    match remembered.iter().find(|kept| is_foreign(kept)) {
        Some(_) => Err(AuditError::Checkpoint("it is signed by none of the given keys".to_owned())),
        None => Ok(()),
    }
}

struct Verifier<'a> {
    keys: &'a [PublicKey],
    remembered: &'a [Remembered],
    report: Report,
    /// Where the file before ended; none after a fault.
    chain: Option<Chain>,
    /// The first opening of all, where the first file begins with one.
    first: Option<Opening>,
    /// The logs that were seen: origin, from how many records to how many.
    seen: Vec<(String, u64, u64)>,
    /// Which key signed a checkpoint of which log, by its origin. The opening of a log names no key, so that keys can
    /// be changed: its own are those that signed what is read of it.
    signers: Vec<(String, PublicKey)>,
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
                let after = chain.as_ref().and_then(Chain::last_record);
                self.report.faults.push(Located { path: path.to_owned(), line, after, fault });
                return Ok(());
            }
        }
        self.chain = chain;
        Ok(())
    }

    fn open(&mut self, path: &Path, before: Option<&Chain>, bytes: &[u8]) -> Result<Chain, Fault> {
        let named = folder::parse_name(path).map(|(named, _)| named);
        let (chain, Linked { line, prev }) = Chain::open_part(bytes, named.unwrap_or_default())?;
        match &line {
            Line::Opening(opening) => {
                if named.is_some_and(|named| named != opening.file) {
                    return Err(Fault::Opening("the file's name has another number than its opening line"));
                }
                if let Some(before) = before {
                    self.go_on(path, before, opening, prev)?;
                } else if self.report.files == 1 {
                    self.first = Some(opening.clone());
                }
            }
            _ if self.report.files == 1 => self.report.is_cut = true,
            _ => return Err(Fault::Part("a cut stands in another file than the first")),
        }
        if self.report.files == 1 {
            self.report.records_before = chain.tree.size();
        }
        self.report.writer = Some(chain.writer.clone());
        let (origin, size) = (chain.origin(), chain.tree.size());
        if self.seen.last().is_none_or(|(last, ..)| *last != origin) {
            self.seen.push((origin, size, size));
        }
        self.compare(&chain)?;
        Ok(chain)
    }

    /// A file behind another.
    fn go_on(&mut self, path: &Path, before: &Chain, opening: &Opening, prev: Digest) -> Result<(), Fault> {
        let expected = before.file.saturating_add(1);
        if before.is_sealed {
            return Err(Fault::Part("a file stands behind the seal of an export"));
        }
        if opening.file != expected {
            return Err(Fault::FileNumber { expected, found: opening.file });
        }
        if opening.incarnation != before.incarnation {
            // What follows may well be sound in itself.
            let (path, fault) = (path.to_owned(), Fault::BeganAnew);
            self.report.faults.push(Located { path, line: 1, after: None, fault });
        } else if !before.goes_on(opening, prev) {
            return Err(Fault::FileLink);
        }
        Ok(())
    }

    fn follow(&mut self, path: &Path, number: u64, chain: &mut Chain, bytes: &[u8]) -> Result<(), Fault> {
        match chain.follow_part(bytes, Some(self.keys))? {
            Line::Record(record) => {
                self.compare(chain)?;
                self.count(path, number, *record);
            }
            Line::Checkpoint(signed) => self.signed(signed),
            Line::Seal(seal) => {
                let checkpoint = seal.checkpoint.checkpoint();
                self.confirm(checkpoint.origin(), (checkpoint.number(), checkpoint.root()))?;
                self.report.is_sealed = true;
                self.signed(seal.checkpoint);
            }
            Line::Opening(_) | Line::Cut(_) => {}
        }
        if let Some((_, _, last)) = self.seen.last_mut() {
            *last = chain.tree.size();
        }
        Ok(())
    }

    /// A checkpoint that one of the keys signed.
    fn signed(&mut self, signed: SignedCheckpoint) {
        let origin = signed.checkpoint().origin();
        for key in signed.signers(self.keys) {
            if !self.signers.iter().any(|(of, known)| of == origin && known == key) {
                self.signers.push((origin.to_owned(), *key));
            }
            if !self.report.signed_by.contains(key) {
                self.report.signed_by.push(*key);
            }
        }
        self.report.checkpoints += 1;
        self.report.unsigned_records = 0;
        self.report.last_checkpoint = Some(signed);
    }

    /// Takes back what fits, but is signed by a key of another log: that proves nothing of this one.
    fn foreign(&mut self) -> Vec<Fault> {
        let (signers, keys) = (&self.signers, self.keys);
        let is_own = |kept: &Remembered| match kept {
            Remembered::Note(signed) => signers.iter().any(|(origin, key)| {
                signed.checkpoint().origin() == origin && kept.signers(keys).contains(&key)
            }),
            Remembered::Short { .. } => true,
        };
        let (own, foreign) = std::mem::take(&mut self.report.confirmed).into_iter().partition(is_own);
        self.report.confirmed = own;
        let foreign: Vec<Remembered> = foreign;
        foreign.iter().map(|kept| Fault::ForeignKey { number: kept.number() }).collect()
    }

    /// With the checkpoints that others kept.
    fn compare(&mut self, chain: &Chain) -> Result<(), Fault> {
        self.confirm(&chain.origin(), (chain.tree.size(), chain.tree.root()))
    }

    fn confirm(&mut self, origin: &str, (number, root): (u64, Digest)) -> Result<(), Fault> {
        for kept in self.remembered.iter().filter(|kept| kept.number() == number && kept.is_of(origin)) {
            if kept.root() == root {
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
        let is_outside = report.period.is_some_and(|period| !period.contains(record.time));
        report.outside += u64::from(is_outside);
        match record.content {
            Content::Entry(entry) if !is_outside => count_entry(report, &entry),
            Content::Attestation(_) => report.attestations += u64::from(!is_outside),
            Content::Egress(_) => report.egress += u64::from(!is_outside),
            Content::Entry(_) => {}
            Content::Notice(notice) => report.notices.push((path.to_owned(), line, notice)),
        }
    }

    /// What an export says of itself lies beside its files.
    fn take_period(&mut self, path: &Path) -> Result<(), AuditError> {
        match Period::of_folder(path)? {
            None => {}
            Some(Ok(period)) => self.report.period = Some(period),
            Some(Err(reason)) => {
                let path = path.join(period::NAME);
                self.report.faults.push(Located::whole(path, Fault::Manifest(reason)));
            }
        }
        Ok(())
    }

    fn conclude(&mut self, path: &Path) {
        let mut faults = Vec::new();
        if self.report.checkpoints == 0 && self.report.faults.is_empty() {
            faults.push(Fault::Unsigned);
        }
        if self.report.faults.is_empty() && path.is_dir() {
            faults.extend(self.incomplete());
        }
        for kept in self.remembered.iter().filter(|kept| !self.report.confirmed.contains(kept)) {
            faults.extend(self.missing(kept));
        }
        faults.extend(self.foreign());
        let located = |fault| Located::whole(path.to_owned(), fault);
        self.report.faults.extend(faults.into_iter().map(located));
    }

    /// Whether an export has all of its period: from a record before it, or the beginning of the log, to a record
    /// after it, or a later checkpoint of no more records.
    fn incomplete(&self) -> Vec<Fault> {
        let report = &self.report;
        let Some(period) = &report.period else {
            let is_part = report.is_cut || report.is_sealed;
            return if is_part { vec![Fault::Incomplete("beginning and end")] } else { Vec::new() };
        };
        let is_log_begin =
            |opening: &Opening| opening.time < period.from || (opening.file == 1 && opening.tree.size() == 0);
        let is_begun = self.first.as_ref().is_some_and(is_log_begin)
            || report.first.is_some_and(|(_, time)| time < period.from);
        let signed = report.last_checkpoint.as_ref().map(|signed| signed.checkpoint());
        let here = self.seen.last().map(|(.., last)| *last);
        let is_last = signed.filter(|last| Some(last.number()) == here).is_some_and(|last| {
            // A checkpoint of the last second speaks of its own moment, not of the rest of that second.
            let is_newest = period.newest == Some(last.number());
            last.time() >= period.to || (is_newest && last.time().plus(Duration::from_secs(1)) >= period.to)
        });
        let is_behind = report.last.is_some_and(|(_, time)| time >= period.to);
        let is_ended = report.unsigned_records == 0 && (is_last || is_behind);
        let wrong = [(is_begun, "beginning"), (is_ended, "end")];
        wrong.iter().filter(|(is_shown, _)| !is_shown).map(|(_, what)| Fault::Incomplete(what)).collect()
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
            Some(found) if found < number && !self.report.is_sealed => {
                Some(Fault::CutOff { witnessed: number, found })
            }
            _ => Some(Fault::NotComparable { number }),
        }
    }
}

fn count_entry(report: &mut Report, entry: &Entry) {
    let counts = report.operations.entry(entry.operation).or_default();
    match entry.outcome {
        Outcome::Allowed => counts.allowed += 1,
        Outcome::Denied { .. } => counts.denied += 1,
    }
    if let Some(digest) = entry.policy_digest {
        *report.policies.entry(digest).or_default() += 1;
    }
}
