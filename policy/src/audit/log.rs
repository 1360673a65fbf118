//! Writing: one line after the other, each on the disk before the call returns.

use std::fs::File;
use std::io::Write;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};

use velum_vocab::{Clock, Timestamp};

use crate::audit::chain::{Chain, NOTHING};
use crate::audit::entry::{Content, Entry, Notice, Receipt, Record};
use crate::audit::fault::{Fault, Located};
use crate::audit::line::{Line, Linked, Opening};
use crate::audit::note::{Checkpoint, SignedCheckpoint};
use crate::audit::recover::{Break, Recovery, Scan, scan};
use crate::audit::tree::Frontier;
use crate::audit::writer::{Incarnation, Writer};
use crate::audit::{AuditError, folder, text};
use crate::keys::{PublicKey, SigningKey};

/// How often the log is signed, and how long a file gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// A checkpoint after this many records.
    pub records: u64,
    /// A checkpoint after this many seconds.
    pub secs: i64,
    /// A new file after this many bytes; each month has a new one anyway.
    pub file_bytes: u64,
}

impl Default for Pace {
    fn default() -> Self {
        Self { records: 100, secs: 3_600, file_bytes: 64 * 1_024 * 1_024 }
    }
}

/// A log that is being written, by this process alone.
pub struct AuditLog {
    public: PublicKey,
    inner: Mutex<Inner>,
}

impl AuditLog {
    /// Opens the log in a folder, which is made where there is none, with the default [`Pace`]. A line that is
    /// not whole is set aside; after a broken chain the log begins anew in a new file. Either is in the
    /// [`Recovery`], which the caller should report, and in the log itself. Then a checkpoint is written.
    ///
    /// [`SigningKey::load_or_make`] gives the key; it belongs outside of the folder.
    ///
    /// # Errors
    /// [`AuditError::InUse`], [`AuditError::Io`], [`AuditError::Clock`], [`AuditError::Random`].
    pub fn open(
        dir: &Path,
        key: SigningKey,
        clock: Arc<dyn Clock>,
        writer: Writer,
    ) -> Result<(Self, Recovery), AuditError> {
        Self::open_at(dir, key, clock, writer, Pace::default())
    }

    /// As [`AuditLog::open`], at a pace of its own.
    ///
    /// # Errors
    /// As [`AuditLog::open`].
    pub fn open_at(
        dir: &Path,
        key: SigningKey,
        clock: Arc<dyn Clock>,
        writer: Writer,
        pace: Pace,
    ) -> Result<(Self, Recovery), AuditError> {
        folder::make(dir)?;
        let lock = folder::lock(dir)?;
        let public = key.public();
        let desk = Desk { dir: dir.to_owned(), key, clock, writer, pace, _lock: lock };
        let (inner, recovery) = desk.recover()?;
        Ok((Self { public, inner: Mutex::new(inner) }, recovery))
    }

    /// Writes an entry. When this returns, it is on the disk; only then may be done what it says.
    ///
    /// # Errors
    /// Any of [`AuditError`]: what the entry says must then not be done.
    pub fn append(&self, entry: Entry) -> Result<Receipt, AuditError> {
        entry.check()?;
        let mut inner = self.inner()?;
        inner.make_ready()?;
        let receipt = inner.record(Content::Entry(Box::new(entry)))?;
        if inner.is_checkpoint_due() {
            // The entry is on the disk. Should the checkpoint fail, it stays due, and the next call says so.
            let _signed = inner.sign();
        }
        Ok(receipt)
    }

    /// Signs what the log is now. The text of it is for a witness: whoever keeps one can tell later whether the
    /// log was cut off or rewritten.
    ///
    /// # Errors
    /// [`AuditError::Io`], [`AuditError::Clock`], [`AuditError::Stopped`].
    pub fn checkpoint(&self) -> Result<SignedCheckpoint, AuditError> {
        let mut inner = self.inner()?;
        inner.make_ready()?;
        inner.sign()
    }

    /// As [`AuditLog::checkpoint`], where the time for it has come; call it every minute or so.
    ///
    /// # Errors
    /// As [`AuditLog::checkpoint`].
    pub fn checkpoint_if_due(&self) -> Result<Option<SignedCheckpoint>, AuditError> {
        let mut inner = self.inner()?;
        if !inner.is_checkpoint_due() {
            return Ok(None);
        }
        inner.make_ready()?;
        inner.sign().map(Some)
    }

    /// The last checkpoint that was written.
    ///
    /// # Errors
    /// [`AuditError::Stopped`].
    pub fn last_checkpoint(&self) -> Result<Option<SignedCheckpoint>, AuditError> {
        Ok(self.inner()?.chain.checkpoint.clone())
    }

    /// Signs for the last time and closes the log. Dropping it does the same, and cannot say whether it worked.
    ///
    /// # Errors
    /// As [`AuditLog::checkpoint`].
    pub fn close(self) -> Result<SignedCheckpoint, AuditError> {
        self.checkpoint()
    }

    /// The key with which the log can be verified.
    pub fn public_key(&self) -> PublicKey {
        self.public
    }

    fn inner(&self) -> Result<MutexGuard<'_, Inner>, AuditError> {
        self.inner.lock().map_err(|_| AuditError::Stopped)
    }
}

impl Drop for AuditLog {
    fn drop(&mut self) {
        if let Ok(mut inner) = self.inner.lock()
            && inner.unsigned_records() > 0
        {
            // Nobody is left to tell; the next start signs.
            let _signed = inner.make_ready().and_then(|()| inner.sign());
        }
    }
}

impl std::fmt::Debug for AuditLog {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "AuditLog({})", self.public)
    }
}

/// What every file of the log shares.
struct Desk {
    dir: PathBuf,
    key: SigningKey,
    clock: Arc<dyn Clock>,
    writer: Writer,
    pace: Pace,
    /// Held for as long as the log is open.
    _lock: File,
}

/// The file that is written, and where its chain is.
struct Inner {
    desk: Desk,
    file: File,
    path: PathBuf,
    month: String,
    /// Up to the end of the last line that is on the disk.
    length: u64,
    /// Whether a write failed in the middle.
    is_torn: bool,
    chain: Chain,
}

impl Desk {
    fn recover(self) -> Result<(Inner, Recovery), AuditError> {
        let Some((number, path)) = folder::list(&self.dir)?.pop() else {
            let mut inner = self.begin(1)?;
            inner.sign()?;
            return Ok((inner, Recovery::default()));
        };
        match scan(&path, &[self.key.public()])? {
            Err(found) => self.after_break(number, found),
            Ok(scan) if scan.chain.writer != self.writer => {
                Err(AuditError::OtherWriter { path, found: scan.chain.writer, expected: self.writer })
            }
            Ok(scan) => self.go_on(path, scan),
        }
    }

    fn go_on(self, path: PathBuf, mut scan: Scan) -> Result<(Inner, Recovery), AuditError> {
        let records = scan.chain.tree.size();
        let set_aside = scan.set_aside(&path)?;
        let file = folder::reopen(&path)?;
        let Scan { chain, month, length, .. } = scan;
        let mut inner = Inner { desk: self, file, path, month, length, is_torn: false, chain };
        inner.make_ready()?;
        if let Some(aside) = &set_aside {
            let (file, bytes, sha256) = (aside.file, aside.bytes, aside.sha256);
            let _on_disk = inner.record(Content::Notice(Notice::LineSetAside { file, bytes, sha256 }))?;
        }
        inner.sign()?;
        Ok((inner, Recovery { records, set_aside, broken: None }))
    }

    fn after_break(self, file: u64, found: Located) -> Result<(Inner, Recovery), AuditError> {
        let sha256 = folder::sha256(&found.path)?;
        let broken = Break { file, found, sha256 };
        let mut inner = self.begin(file.saturating_add(1))?;
        inner.note_break(&broken)?;
        Ok((inner, Recovery { records: 0, set_aside: None, broken: Some(broken) }))
    }

    /// The first file of a new incarnation.
    fn begin(self, file: u64) -> Result<Inner, AuditError> {
        let incarnation = Incarnation::random()?;
        let time = self.now();
        let tree = Frontier::default();
        let opening = Opening { writer: self.writer.clone(), incarnation, file, time, tree };
        let begun = self.create(opening, NOTHING)?;
        Ok(begun.inner(self))
    }

    fn create(&self, opening: Opening, prev: velum_vocab::Digest) -> Result<Begun, AuditError> {
        let month = text::month(&text::time(opening.time).ok_or(AuditError::Clock)?);
        let path = self.dir.join(folder::name(opening.file, &month));
        let linked = Linked { line: Line::Opening(opening.clone()), prev };
        let bytes = linked.to_bytes()?;
        let file = folder::create(&path, &[&bytes[..], b"\n"].concat())?;
        let chain = Chain::at(&opening, velum_vocab::Digest::of(&bytes));
        Ok(Begun { file, path, month, length: bytes.len() as u64 + 1, chain })
    }

    fn now(&self) -> Timestamp {
        Timestamp::from_unix_secs(self.clock.now().unix_secs())
    }
}

/// A file that has its opening line.
struct Begun {
    file: File,
    path: PathBuf,
    month: String,
    length: u64,
    chain: Chain,
}

impl Begun {
    fn inner(self, desk: Desk) -> Inner {
        let Self { file, path, month, length, chain } = self;
        Inner { desk, file, path, month, length, is_torn: false, chain }
    }
}

impl Inner {
    /// Cuts off what a failed write left, notices what others did to the file, and turns to a new file where it
    /// is time.
    fn make_ready(&mut self) -> Result<(), AuditError> {
        if self.is_torn {
            let cut = self.file.set_len(self.length).and_then(|()| self.file.sync_all());
            cut.map_err(AuditError::at(&self.path))?;
            self.is_torn = false;
        }
        let metadata = self.file.metadata().map_err(AuditError::at(&self.path))?;
        if metadata.len() != self.length || metadata.nlink() == 0 {
            return self.begin_anew();
        }
        let month = text::month(&text::time(self.desk.now()).ok_or(AuditError::Clock)?);
        if month > self.month || self.length >= self.desk.pace.file_bytes {
            self.turn_file()?;
        }
        Ok(())
    }

    /// The chain goes on in the next file.
    fn turn_file(&mut self) -> Result<(), AuditError> {
        self.sign()?;
        let opening = Opening {
            writer: self.chain.writer.clone(),
            incarnation: self.chain.incarnation,
            file: self.chain.file.saturating_add(1),
            time: self.desk.now(),
            tree: self.chain.tree.clone(),
        };
        let checkpoint = self.chain.checkpoint.take();
        let begun = self.desk.create(opening, self.chain.head)?;
        self.take_over(begun);
        self.chain.checkpoint = checkpoint;
        Ok(())
    }

    /// Somebody else changed the file: the log leaves it as it is and begins anew.
    fn begin_anew(&mut self) -> Result<(), AuditError> {
        let whole = "another program changed or removed the file while it was written";
        let (file, path) = (self.chain.file, self.path.clone());
        let keys = [self.desk.key.public()];
        let found = match scan(&path, &keys) {
            Ok(Err(located)) => located,
            _ => Located { path: path.clone(), line: 0, fault: Fault::Unreadable(whole.to_owned()) },
        };
        let sha256 = folder::sha256(&path).unwrap_or(NOTHING);
        let next = folder::list(&self.desk.dir)?.pop().map_or(file, |(last, _)| last.max(file));
        let opening = Opening {
            writer: self.desk.writer.clone(),
            incarnation: Incarnation::random()?,
            file: next.saturating_add(1),
            time: self.desk.now(),
            tree: Frontier::default(),
        };
        let begun = self.desk.create(opening, NOTHING)?;
        self.take_over(begun);
        self.note_break(&Break { file, found, sha256 })
    }

    fn take_over(&mut self, begun: Begun) {
        let Begun { file, path, month, length, chain } = begun;
        (self.file, self.path, self.month, self.length, self.chain) = (file, path, month, length, chain);
    }

    fn note_break(&mut self, broken: &Break) -> Result<(), AuditError> {
        let (file, line, sha256) = (broken.file, broken.found.line, broken.sha256);
        let reason = text::shortened(&broken.found.fault.to_string());
        let _on_disk = self.record(Content::Notice(Notice::ChainBroken { file, line, reason, sha256 }))?;
        self.sign().map(drop)
    }

    fn record(&mut self, content: Content) -> Result<Receipt, AuditError> {
        let number = self.chain.tree.size().saturating_add(1);
        let record = Record { number, time: self.desk.now(), content };
        self.write(Line::Record(Box::new(record)))?;
        Ok(Receipt { number, hash: self.chain.head })
    }

    fn sign(&mut self) -> Result<SignedCheckpoint, AuditError> {
        let (number, root) = (self.chain.tree.size(), self.chain.tree.root());
        let (time, head) = (self.desk.now(), self.chain.head);
        let signed = Checkpoint::new(self.chain.origin(), number, root, time, head).sign(&self.desk.key)?;
        self.write(Line::Checkpoint(signed.clone()))?;
        Ok(signed)
    }

    /// Adds a line and waits until the disk has it.
    fn write(&mut self, line: Line) -> Result<(), AuditError> {
        let linked = Linked { line, prev: self.chain.head };
        let bytes = linked.to_bytes()?;
        let with_end = [&bytes[..], b"\n"].concat();
        self.is_torn = true;
        let written = self.file.write_all(&with_end).and_then(|()| self.file.sync_data());
        written.map_err(AuditError::at(&self.path))?;
        self.is_torn = false;
        self.length += with_end.len() as u64;
        self.chain.advance(&linked.line, &bytes);
        Ok(())
    }

    fn unsigned_records(&self) -> u64 {
        let signed = self.chain.checkpoint.as_ref().map_or(0, |signed| signed.checkpoint().number());
        self.chain.tree.size().saturating_sub(signed)
    }

    fn is_checkpoint_due(&self) -> bool {
        let Some(signed) = &self.chain.checkpoint else { return true };
        let since = self.desk.now().unix_secs().saturating_sub(signed.checkpoint().time().unix_secs());
        self.unsigned_records() >= self.desk.pace.records || !(0..self.desk.pace.secs).contains(&since)
    }
}

#[cfg(test)]
mod tests {
    use velum_vocab::SimulatedClock;

    use super::*;
    use crate::audit::{Operation, Outcome, Subject, verify};

    /// A full disk: half of a line was written, and nobody was told that it is there.
    #[test]
    fn what_a_failed_write_left_is_cut_off() {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path().join("audit");
        let clock = SimulatedClock::at(Timestamp::from_unix_secs(1_796_285_660));
        let writer = Writer::edge_box("tram-hub-3").unwrap();
        let key = SigningKey::generate().unwrap();
        let (log, _) = AuditLog::open(&dir, key, Arc::new(clock), writer).unwrap();
        let entry = Entry::new(Operation::Collection, Subject::Events, Outcome::Allowed);
        let _receipt = log.append(entry.clone()).unwrap();
        {
            let mut inner = log.inner().unwrap();
            inner.file.write_all(b"{\"alert\":").unwrap();
            inner.is_torn = true;
        }
        assert_eq!(log.append(entry).unwrap().number, 2);
        let public = log.public_key();
        log.close().unwrap();
        let report = verify(&dir, &[public], &[]).unwrap();
        assert!(report.is_sound(), "{:?}", report.faults);
        assert_eq!((report.records, report.notices.len()), (2, 0));
    }

    /// A disk that takes nothing any more: every call says so, nothing counts as logged, and it goes on once the
    /// disk does.
    #[test]
    fn a_disk_that_fails_withholds() {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path().join("audit");
        let clock = SimulatedClock::at(Timestamp::from_unix_secs(1_796_285_660));
        let writer = Writer::edge_box("tram-hub-3").unwrap();
        let key = SigningKey::generate().unwrap();
        let (log, _) = AuditLog::open(&dir, key, Arc::new(clock), writer).unwrap();
        let entry = Entry::new(Operation::Collection, Subject::Events, Outcome::Allowed);
        let writable = {
            let mut inner = log.inner().unwrap();
            let read_only = File::open(&inner.path).unwrap();
            std::mem::replace(&mut inner.file, read_only)
        };
        assert!(matches!(log.append(entry.clone()), Err(AuditError::Io { .. })));
        assert!(matches!(log.append(entry.clone()), Err(AuditError::Io { .. })));
        log.inner().unwrap().file = writable;
        assert_eq!(log.append(entry).unwrap().number, 1);
        let public = log.public_key();
        log.close().unwrap();
        assert!(verify(&dir, &[public], &[]).unwrap().is_sound());
    }
}
