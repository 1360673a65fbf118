//! The hub's audit log: who logged in to the live list, and who asked for which still, why, and what came of it.
//!
//! Invariant: an entry is on the disk before what it says is done; where that fails, it is not done.

use std::path::Path;
use std::sync::Arc;

use velum_policy::SigningKey;
use velum_policy::audit::{
    AuditError, AuditLog, CameraId, Clock as AuditClock, Digest, Entry, EventId, Operation, Outcome, Subject,
    Timestamp, Writer,
};
use velum_proto::v1::Still;

use crate::clock::Clock;
use crate::config::HubConfig;
use crate::identity::Name;
use crate::policies::Published;
use crate::store::AuditNote;

/// Beside the log's folder, in `data_dir`.
const KEY_FILE: &str = "audit.key";
const FOLDER: &str = "audit";

/// Why an entry was not written, or the log not opened.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AuditFailure {
    /// The log refused.
    #[error("audit log: {0}")]
    Log(#[from] AuditError),
    /// Its key cannot be had.
    #[error("audit log: {0}")]
    Key(#[from] velum_policy::PolicyError),
    /// The thread that wrote ended.
    #[error("audit log: an entry was not written to the end")]
    Interrupted,
}

/// A still that somebody asks for.
#[derive(Debug, Clone)]
pub(crate) struct Consultation {
    /// The hub's name for the person.
    pub(crate) operator: String,
    /// The event that raised the alert.
    pub(crate) event_id: [u8; 16],
    /// Its camera, where the policy tells it.
    pub(crate) camera: Option<String>,
    pub(crate) purpose: String,
    pub(crate) justification: String,
    /// The request's id: the same in the logs of hub and box.
    pub(crate) request_id: [u8; 16],
}

impl Consultation {
    fn entry(&self, outcome: Outcome) -> Entry {
        let subject = Subject::Still(EventId::from_bytes(self.event_id));
        let mut entry = Entry::new(Operation::Consultation, subject, outcome);
        entry.camera = self.camera.as_deref().and_then(|camera| CameraId::parse(camera).ok());
        entry.operator = Some(self.operator.clone());
        entry.purpose = Some(self.purpose.clone());
        entry.justification = Some(self.justification.clone());
        entry.reference = Some(hex::encode(self.request_id));
        entry
    }
}

/// The log, open for writing.
#[derive(Debug)]
pub(crate) struct Audit(Arc<AuditLog>);

impl Audit {
    /// Opens the log in `data_dir`, or begins it. What was found broken is logged.
    ///
    /// # Errors
    /// [`AuditFailure`].
    pub(crate) fn open(config: &HubConfig, clock: Arc<dyn Clock>) -> Result<Self, AuditFailure> {
        Self::at(&config.data_dir, config.name(), clock)
    }

    /// The log of the hub with this name.
    ///
    /// # Errors
    /// [`AuditFailure`].
    pub(crate) fn at(data_dir: &Path, name: &str, clock: Arc<dyn Clock>) -> Result<Self, AuditFailure> {
        let key = SigningKey::load_or_make(&data_dir.join(KEY_FILE))?;
        let writer = Writer::hub(name).or_else(|_| Writer::hub("hub"))?;
        let (log, recovery) = AuditLog::open(&data_dir.join(FOLDER), key, Arc::new(HubClock(clock)), writer)?;
        if recovery.set_aside.is_some() || recovery.broken.is_some() {
            tracing::error!(?recovery, "the audit log was not whole; it says so itself, and goes on");
        }
        tracing::info!(records = recovery.records, key = %log.public_key(), "the audit log is open");
        Ok(Self(Arc::new(log)))
    }

    /// A person is about to see the live list.
    ///
    /// # Errors
    /// [`AuditFailure`]: they must not.
    pub(crate) async fn logged_in(&self, user: &Name) -> Result<(), AuditFailure> {
        let mut entry = Entry::new(Operation::Consultation, Subject::Events, Outcome::Allowed);
        entry.operator = Some(format!("console:{user}"));
        entry.justification =
            Some("logged in to the console, which shows the live list of events".to_owned());
        self.append(entry).await
    }

    /// An operator with a certificate is about to see records or counts.
    ///
    /// # Errors
    /// [`AuditFailure`]: they must not.
    pub(crate) async fn consulted(
        &self,
        operator: &Name,
        subject: Subject,
        what: &str,
        records: Option<usize>,
    ) -> Result<(), AuditFailure> {
        let mut entry = Entry::new(Operation::Consultation, subject, Outcome::Allowed);
        entry.operator = Some(format!("certificate:{operator}"));
        entry.justification = Some(format!("live monitoring by certificate: {what}"));
        entry.records = records.and_then(|records| u64::try_from(records).ok());
        self.append(entry).await
    }

    /// A person is about to choose a password by a one-time link, and with it to get in.
    ///
    /// # Errors
    /// [`AuditFailure`]: they must not.
    pub(crate) async fn set_up(&self, user: &Name) -> Result<(), AuditFailure> {
        let mut entry = Entry::new(Operation::Consultation, Subject::Events, Outcome::Allowed);
        entry.operator = Some(format!("console:{user}"));
        entry.justification =
            Some("chose a password by a one-time link, and may look at the live list of events".to_owned());
        self.append(entry).await
    }

    /// A policy is about to be published: from then on boxes run it.
    ///
    /// # Errors
    /// [`AuditFailure`]: it must not be.
    pub(crate) async fn policy_published(&self, by: &Name, policy: &Published) -> Result<(), AuditFailure> {
        let resolved = policy.policy().resolved();
        let mut entry = Entry::new(Operation::Alteration, Subject::Policy, Outcome::Allowed);
        entry.operator = Some(format!("certificate:{by}"));
        entry.regime = Some(policy.policy().file().document().policy.regime);
        entry.policy_digest = Some(Digest(policy.policy().digest()));
        entry.justification = Some(format!("published version {} for the boxes", resolved.version));
        self.append(entry).await
    }

    /// A command line ended somebody's access.
    ///
    /// # Errors
    /// [`AuditFailure`].
    pub(crate) async fn access_ended(&self, note: &AuditNote) -> Result<(), AuditFailure> {
        let outcome = Outcome::Denied { rule: note.rule.clone() };
        let mut entry = Entry::new(Operation::Consultation, Subject::Events, outcome);
        entry.operator = Some(note.operator.clone());
        entry.justification = Some(note.words.clone());
        self.append(entry).await
    }

    /// A box is about to be asked.
    ///
    /// # Errors
    /// [`AuditFailure`]: it must not be.
    pub(crate) async fn still_asked(&self, of: &Consultation) -> Result<(), AuditFailure> {
        self.append(of.entry(Outcome::Allowed)).await
    }

    /// The still is about to be shown.
    ///
    /// # Errors
    /// [`AuditFailure`]: it must not be.
    pub(crate) async fn still_shown(&self, of: &Consultation, still: &Still) -> Result<(), AuditFailure> {
        let mut entry = of.entry(Outcome::Allowed);
        entry.policy_digest = <[u8; 32]>::try_from(still.policy_digest.as_slice()).ok().map(Digest);
        entry.records = Some(1);
        entry.bytes = u64::try_from(still.jpeg.len()).ok();
        self.append(entry).await
    }

    /// There is no still to show.
    ///
    /// # Errors
    /// [`AuditFailure`].
    pub(crate) async fn still_refused(&self, of: &Consultation, rule: &str) -> Result<(), AuditFailure> {
        self.append(of.entry(Outcome::Denied { rule: rule.to_owned() })).await
    }

    /// Signs where the time for it has come.
    ///
    /// # Errors
    /// [`AuditFailure`].
    pub(crate) async fn sign_if_due(&self) -> Result<(), AuditFailure> {
        self.on_disk(|log| log.checkpoint_if_due().map(drop)).await
    }

    async fn append(&self, entry: Entry) -> Result<(), AuditFailure> {
        self.on_disk(|log| log.append(entry).map(drop)).await
    }

    /// Waiting for the disk must not hold up other people's requests.
    async fn on_disk(
        &self,
        work: impl FnOnce(&AuditLog) -> Result<(), AuditError> + Send + 'static,
    ) -> Result<(), AuditFailure> {
        let log = Arc::clone(&self.0);
        let done = tokio::task::spawn_blocking(move || work(&log)).await;
        Ok(done.map_err(|_| AuditFailure::Interrupted)??)
    }
}

struct HubClock(Arc<dyn Clock>);

impl AuditClock for HubClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix_millis(self.0.unix_ms())
    }
}
