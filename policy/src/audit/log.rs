//! Writing: one line after the other, each on the disk before the call returns.

mod pen;

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard};

use velum_vocab::Clock;

use crate::audit::attestation::Attestation;
use crate::audit::egress::Egress;
use crate::audit::entry::{Content, Entry, Receipt};
use crate::audit::note::SignedCheckpoint;
use crate::audit::recover::Recovery;
use crate::audit::writer::Writer;
use crate::audit::{AuditError, folder};
use crate::keys::{PublicKey, SigningKey};
use pen::{Desk, Pen};

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
    pen: Mutex<Pen>,
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
        let (pen, recovery) = desk.recover()?;
        Ok((Self { public, pen: Mutex::new(pen) }, recovery))
    }

    /// Writes an entry. When this returns, it is on the disk; only then may be done what it says.
    ///
    /// # Errors
    /// Any of [`AuditError`]: what the entry says must then not be done.
    pub fn append(&self, entry: Entry) -> Result<Receipt, AuditError> {
        self.write(vec![Content::Entry(Box::new(entry))])
    }

    /// Writes what a box says of itself, in the log of its attestations. When this returns, it is on the disk. What of
    /// many cameras is too long for one line is written in several, all of them or none.
    ///
    /// # Errors
    /// Any of [`AuditError`]: nothing is attested then.
    pub fn attest(&self, said: Attestation) -> Result<Receipt, AuditError> {
        let parts = said.in_parts().into_iter().map(|part| Content::Attestation(Box::new(part)));
        self.write(parts.collect())
    }

    /// Writes what is about to leave a box, all of it or nothing, in the log of its attestations; the disk is waited
    /// for once. Only when this returned may it leave.
    ///
    /// # Errors
    /// Any of [`AuditError`]: nothing of it may leave.
    pub fn leave(&self, leaving: Vec<Egress>) -> Result<(), AuditError> {
        let contents: Vec<_> = leaving.into_iter().map(|left| Content::Egress(Box::new(left))).collect();
        if contents.is_empty() { Ok(()) } else { self.write(contents).map(|_last| ()) }
    }

    /// The receipt is that of the last.
    fn write(&self, contents: Vec<Content>) -> Result<Receipt, AuditError> {
        contents.iter().try_for_each(Content::check)?;
        let mut pen = self.pen()?;
        let belongs = |content: &Content| match content {
            Content::Entry(_) => !pen.attests(),
            Content::Attestation(_) | Content::Egress(_) => pen.attests(),
            Content::Notice(_) => true,
        };
        if !contents.iter().all(belongs) {
            let reason = "is for another log: attestations and what left have their own".to_owned();
            return Err(AuditError::Text { field: "kind", reason });
        }
        pen.make_ready()?;
        let receipt = pen.record_all(contents)?;
        if pen.is_checkpoint_due() {
            // The records are on the disk. Should the checkpoint fail, it stays due, and the next call says so.
            let _signed = pen.sign();
        }
        Ok(receipt)
    }

    /// Signs what the log is now. The text of it is for a witness: whoever keeps one can tell later whether the
    /// log was cut off or rewritten.
    ///
    /// # Errors
    /// [`AuditError::Io`], [`AuditError::Clock`], [`AuditError::Stopped`].
    pub fn checkpoint(&self) -> Result<SignedCheckpoint, AuditError> {
        let mut pen = self.pen()?;
        pen.make_ready()?;
        pen.sign()
    }

    /// As [`AuditLog::checkpoint`], where the time for it has come; call it every minute or so.
    ///
    /// # Errors
    /// As [`AuditLog::checkpoint`].
    pub fn checkpoint_if_due(&self) -> Result<Option<SignedCheckpoint>, AuditError> {
        let mut pen = self.pen()?;
        if !pen.is_checkpoint_due() {
            return Ok(None);
        }
        pen.make_ready()?;
        pen.sign().map(Some)
    }

    /// The last checkpoint that was written.
    ///
    /// # Errors
    /// [`AuditError::Stopped`].
    pub fn last_checkpoint(&self) -> Result<Option<SignedCheckpoint>, AuditError> {
        Ok(self.pen()?.page.chain.checkpoint.clone())
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

    fn pen(&self) -> Result<MutexGuard<'_, Pen>, AuditError> {
        self.pen.lock().map_err(|_| AuditError::Stopped)
    }
}

impl Drop for AuditLog {
    fn drop(&mut self) {
        if let Ok(mut pen) = self.pen.lock()
            && pen.unsigned_records() > 0
        {
            // Nobody is left to tell; the next start signs.
            let _signed = pen.make_ready().and_then(|()| pen.sign());
        }
    }
}

impl std::fmt::Debug for AuditLog {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "AuditLog({})", self.public)
    }
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::io::Write;

    use velum_vocab::{SimulatedClock, Timestamp};

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
            let mut pen = log.pen().unwrap();
            pen.page.file.write_all(b"{\"alert\":").unwrap();
            pen.is_torn = true;
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
            let mut pen = log.pen().unwrap();
            let read_only = File::open(&pen.page.path).unwrap();
            std::mem::replace(&mut pen.page.file, read_only)
        };
        assert!(matches!(log.append(entry.clone()), Err(AuditError::Io { .. })));
        assert!(matches!(log.append(entry.clone()), Err(AuditError::Io { .. })));
        log.pen().unwrap().page.file = writable;
        assert_eq!(log.append(entry).unwrap().number, 1);
        let public = log.public_key();
        log.close().unwrap();
        assert!(verify(&dir, &[public], &[]).unwrap().is_sound());
    }
}
