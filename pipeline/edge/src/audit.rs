//! The box's audit log: what is done with pictures, and what is no longer looked at, is on the disk before it is done.
//! Without a log nothing is.

use std::path::Path;
use std::sync::Arc;

use velum_policy::SigningKey;
use velum_policy::audit::{AuditError, AuditLog, Entry, Writer};
use velum_vocab::Clock;

/// Below the data folder; the key beside it, not in it.
const FOLDER: &str = "audit";
const KEY_FILE: &str = "audit.key";
/// The hub knows which box it is.
const WRITER: &str = "box";

/// The log, or the lack of one.
pub(crate) struct BoxLog(Option<AuditLog>);

impl BoxLog {
    /// Opens the log below the data folder. Where that fails, the box runs on and keeps and sends no picture.
    pub(crate) fn open(data_dir: &Path, clock: Arc<dyn Clock>) -> Self {
        match Self::opened(data_dir, clock) {
            Ok(log) => Self(Some(log)),
            Err(error) => {
                tracing::error!(%error, "the audit log cannot be written: no picture is kept or sent, and nothing is tried, until then");
                Self(None)
            }
        }
    }

    /// Opens the log where no other process writes it; none where one does.
    ///
    /// # Errors
    /// Where it cannot be opened for another reason.
    pub(crate) fn open_if_free(data_dir: &Path, clock: Arc<dyn Clock>) -> anyhow::Result<Option<Self>> {
        match Self::opened(data_dir, clock) {
            Ok(log) => Ok(Some(Self(Some(log)))),
            Err(error) if matches!(error.downcast_ref(), Some(AuditError::InUse(_))) => Ok(None),
            Err(error) => Err(error.context("the box's audit log cannot be opened")),
        }
    }

    fn opened(data_dir: &Path, clock: Arc<dyn Clock>) -> anyhow::Result<AuditLog> {
        let key = SigningKey::load_or_make(&data_dir.join(KEY_FILE))?;
        let (log, recovery) = AuditLog::open(&data_dir.join(FOLDER), key, clock, Writer::edge_box(WRITER)?)?;
        if recovery != velum_policy::audit::Recovery::default() {
            tracing::warn!(?recovery, "the audit log was not whole; it says so itself");
        }
        Ok(log)
    }

    /// No log at all.
    #[cfg(test)]
    pub(crate) fn none() -> Self {
        Self(None)
    }

    /// Whether there is a log.
    pub(crate) fn is_open(&self) -> bool {
        self.0.is_some()
    }

    /// Writes an entry; only when this returned may be done what it says.
    ///
    /// # Errors
    /// The rule `audit_log`: it must not be done.
    pub(crate) fn append(&self, entry: Entry) -> Result<(), &'static str> {
        let done = self.0.as_ref().map(|log| log.append(entry).map(drop));
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
        let signed: Result<_, AuditError> = self.0.as_ref().map_or(Ok(None), AuditLog::checkpoint_if_due);
        if let Err(error) = signed {
            tracing::warn!(%error, "the audit log could not be signed; it is tried again");
        }
    }
}
