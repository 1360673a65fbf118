//! The box's audit log: what is done with pictures, and what is no longer looked at, is on the disk before it is done.
//! Without a log nothing is.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::Mutex;
use velum_policy::SigningKey;
use velum_policy::audit::{
    Attestation, AuditError, AuditLog, Egress, Entry, Incarnation, Pace, Writer, last_left,
};
use velum_uplink::LeftSum;
use velum_vocab::Clock;

/// Below the data folder; the key beside it, not in it.
const FOLDER: &str = "audit";
const KEY_FILE: &str = "audit.key";
/// The hub knows which box it is.
const WRITER: &str = "box";

/// Below the data folder; with the same key.
const ATTEST_FOLDER: &str = "attest";
/// A checkpoint every ten minutes: what is not signed answers no question.
const ATTEST_PACE: Pace = Pace { records: 1_000, secs: 600, file_bytes: 64 * 1_024 * 1_024 };

/// The log, or the lack of one; and the log of attestations.
pub(crate) struct BoxLog {
    log: Option<AuditLog>,
    attest: Option<AttestLog>,
    left: Left,
}

/// What left since the start of the program: by kind and class how many, and how long they were together.
type Left = Mutex<BTreeMap<(&'static str, String), (u64, u64)>>;

/// The log of attestations, and of what left the box. Where it cannot be opened, it is tried again each time.
struct AttestLog {
    data_dir: PathBuf,
    clock: Arc<dyn Clock>,
    open: Mutex<Option<AuditLog>>,
    /// Whether it was told that it cannot be written.
    is_failing: AtomicBool,
}

impl BoxLog {
    /// Opens the log below the data folder. Where that fails, the box runs on and keeps and sends no picture.
    pub(crate) fn open(data_dir: &Path, clock: Arc<dyn Clock>) -> Self {
        let attest = Some(AttestLog::below(data_dir, Arc::clone(&clock)));
        match Self::opened(data_dir, clock) {
            Ok(log) => Self { log: Some(log), attest, left: Left::default() },
            Err(error) => {
                tracing::error!(
                    %error,
                    "the audit log cannot be written: no picture is kept or sent, and nothing is tried, until then"
                );
                Self { log: None, attest, left: Left::default() }
            }
        }
    }

    /// Opens the log where no other process writes it; none where one does.
    ///
    /// # Errors
    /// Where it cannot be opened for another reason.
    pub(crate) fn open_if_free(data_dir: &Path, clock: Arc<dyn Clock>) -> anyhow::Result<Option<Self>> {
        match Self::opened(data_dir, clock) {
            Ok(log) => Ok(Some(Self { log: Some(log), attest: None, left: Left::default() })),
            Err(error) if matches!(error.downcast_ref(), Some(AuditError::InUse(_))) => Ok(None),
            Err(error) => Err(error.context("the box's audit log cannot be opened")),
        }
    }

    fn opened(data_dir: &Path, clock: Arc<dyn Clock>) -> anyhow::Result<AuditLog> {
        let key = SigningKey::load_or_make(&data_dir.join(KEY_FILE))?;
        let (log, recovery) = AuditLog::open(&data_dir.join(FOLDER), key, clock, Writer::edge_box(WRITER)?)?;
        if recovery.set_aside.is_some() || recovery.broken.is_some() {
            tracing::warn!(?recovery, "the audit log was not whole; it says so itself");
        }
        Ok(log)
    }

    /// No log at all.
    #[cfg(test)]
    pub(crate) fn none() -> Self {
        Self { log: None, attest: None, left: Left::default() }
    }

    /// Writes what the box says of itself. Whether it is on the disk.
    pub(crate) fn attest(&self, said: Attestation) -> bool {
        self.attest.as_ref().is_some_and(|attest| attest.write(|log| log.attest(said).map(drop)))
    }

    /// Writes what is about to leave; only when this returned may it.
    ///
    /// # Errors
    /// The rule `egress_manifest`: nothing of it may leave.
    pub(crate) fn leave(&self, leaving: Vec<Egress>) -> Result<(), &'static str> {
        let sums: Vec<_> =
            leaving.iter().map(|one| ((one.kind.name(), one.class.clone()), one.bytes)).collect();
        let written = self.attest.as_ref().is_some_and(|attest| attest.write(|log| log.leave(leaving)));
        if !written {
            return Err("egress_manifest");
        }
        let mut left = self.left.lock();
        for (of, bytes) in sums {
            let (count, sum) = left.entry(of).or_default();
            *count = count.saturating_add(1);
            *sum = sum.saturating_add(bytes);
        }
        Ok(())
    }

    /// What left since the start of the program, by kind and class.
    pub(crate) fn left(&self) -> Vec<LeftSum> {
        let left = self.left.lock();
        let sum = |((what, class), (count, bytes)): (&(&str, String), &(u64, u64))| LeftSum {
            what: (*what).to_owned(),
            class: class.clone(),
            count: *count,
            bytes: *bytes,
        };
        left.iter().map(sum).collect()
    }

    /// The last event that was written of. What cannot be read counts for nothing: it is written of again.
    pub(crate) fn last_left(&self) -> Option<(Incarnation, u64)> {
        let attest = self.attest.as_ref()?;
        last_left(&attest.data_dir.join(ATTEST_FOLDER)).unwrap_or_else(|error| {
            tracing::debug!(%error, "there is no egress manifest yet, or it cannot be read");
            None
        })
    }

    /// Signs what was attested.
    pub(crate) fn sign_attestations(&self) {
        if let Some(attest) = &self.attest {
            attest.write(|log| log.checkpoint().map(drop));
        }
    }

    /// Whether there is a log.
    pub(crate) fn is_open(&self) -> bool {
        self.log.is_some()
    }

    /// Writes an entry; only when this returned may be done what it says.
    ///
    /// # Errors
    /// The rule `audit_log`: it must not be done.
    pub(crate) fn append(&self, entry: Entry) -> Result<(), &'static str> {
        let done = self.log.as_ref().map(|log| log.append(entry).map(drop));
        match done {
            Some(Ok(())) => Ok(()),
            Some(Err(error)) => {
                tracing::error!(%error, "the audit log refused an entry: what it says is not done");
                Err("audit_log")
            }
            None => Err("audit_log"),
        }
    }

    /// Signs, where the time for it has come.
    pub(crate) fn sign_if_due(&self) {
        let signed: Result<_, AuditError> = self.log.as_ref().map_or(Ok(None), AuditLog::checkpoint_if_due);
        if let Err(error) = signed {
            tracing::warn!(%error, "the audit log could not be signed; it is tried again");
        }
        if let Some(attest) = &self.attest {
            attest.write(|log| log.checkpoint_if_due().map(drop));
        }
    }
}

impl AttestLog {
    fn below(data_dir: &Path, clock: Arc<dyn Clock>) -> Self {
        let (open, is_failing) = (Mutex::new(None), AtomicBool::new(false));
        Self { data_dir: data_dir.to_owned(), clock, open, is_failing }
    }

    /// Opens the log at first need, and again where its folder is gone. Says once when it cannot be written, and when it
    /// can again; of what it refuses for what it says, each time.
    fn write(&self, work: impl FnOnce(&AuditLog) -> Result<(), AuditError>) -> bool {
        let mut open = self.open.lock();
        if !self.data_dir.join(ATTEST_FOLDER).is_dir() {
            *open = None;
        }
        let done = match &*open {
            Some(log) => work(log).map_err(anyhow::Error::from),
            None => self.opened().and_then(|log| Ok(work(open.insert(log))?)),
        };
        if let Err(error) = &done
            && let Some(AuditError::Text { .. } | AuditError::Missing { .. }) = error.downcast_ref()
        {
            tracing::error!(%error, "the log of attestations refuses a record: what it says is not attested, or not sent");
            return false;
        }
        let was_failing = self.is_failing.swap(done.is_err(), Ordering::SeqCst);
        match done {
            Err(error) if !was_failing => {
                tracing::error!(
                    %error,
                    "attestations cannot be written: nothing is sent, and questions about this time are answered with unknown"
                );
                false
            }
            Err(_) => false,
            Ok(()) if was_failing => {
                tracing::info!("attestations are written again");
                true
            }
            Ok(()) => true,
        }
    }

    fn opened(&self) -> anyhow::Result<AuditLog> {
        let key = SigningKey::load_or_make(&self.data_dir.join(KEY_FILE))?;
        let (dir, clock) = (self.data_dir.join(ATTEST_FOLDER), Arc::clone(&self.clock));
        let (log, recovery) = AuditLog::open_at(&dir, key, clock, Writer::attesting(WRITER)?, ATTEST_PACE)?;
        if recovery.set_aside.is_some() || recovery.broken.is_some() {
            tracing::warn!(?recovery, "the log of attestations was not whole; it says so itself");
        }
        Ok(log)
    }
}
