//! The hub's audit log: who logged in, who read what as which recipient and for what, who asked for which still,
//! what was refused by which rule, and what came of it.
//!
//! Invariant: an entry is on the disk before what it says is done; where that fails, it is not done. One exception:
//! what a command line did to somebody's access (`velum-hub user`, `recipient`, `revoke`: another process) counts at
//! once, and the hub writes it down when it next looks, within half a second, or when it next runs. What is read in
//! between is logged before it is shown, with the person and the role, as always.

mod look;
mod pack;

use std::collections::BTreeSet;
use std::fs::File;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use prometheus_client::metrics::counter::Counter;
use velum_policy::SigningKey;
use velum_policy::audit::{
    AuditError, AuditLog, CameraId, Clock as AuditClock, Digest, Entry, ErasedDay, EventId,
    JUSTIFICATION_CHARS, KeyDay, Operation, Outcome, Report, SignedCheckpoint, Subject, Timestamp, Writer,
    plain,
};
use velum_proto::v1::Still;

pub(crate) use look::{Newest, short};
pub(crate) use pack::Wanted;

use crate::access::{Held, Overseer, Reader, Rule};
use crate::clock::Clock;
use crate::config::HubConfig;
use crate::identity::{Identity, Name, Person};
use crate::policies::Published;
use crate::store::{AuditNote, FoundEvent, Lapse};

/// Beside the log's folder, in `data_dir`.
pub(crate) const KEY_FILE: &str = "audit.key";
/// The log's folder, in `data_dir`.
pub(crate) const FOLDER: &str = "audit";

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

impl AuditFailure {
    /// Whether there would be too much of it to hand out.
    pub(crate) fn is_too_large(&self) -> bool {
        matches!(self, Self::Log(AuditError::Io { error, .. }) if error.kind() == ErrorKind::FileTooLarge)
    }
}

/// A still that somebody asks for.
#[derive(Debug, Clone)]
pub(crate) struct Consultation {
    pub(crate) operator: Person,
    /// The recipient's role, where the person has one.
    pub(crate) recipient: Option<String>,
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
        entry.operator = Some(self.operator.to_string());
        entry.recipient.clone_from(&self.recipient);
        entry.purpose = Some(self.purpose.clone());
        entry.justification = Some(self.justification.clone());
        entry.reference = Some(hex::encode(self.request_id));
        entry
    }
}

/// The log, open for writing.
#[derive(Debug)]
pub(crate) struct Audit {
    log: Arc<AuditLog>,
    /// What the log did not take.
    failures: Counter,
    folder: PathBuf,
}

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
        let folder = data_dir.join(FOLDER);
        let (log, recovery) = AuditLog::open(&folder, key, Arc::new(HubClock(clock)), writer)?;
        if recovery.set_aside.is_some() || recovery.broken.is_some() {
            tracing::error!(?recovery, "the audit log was not whole; it says so itself, and goes on");
        }
        tracing::info!(records = recovery.records, key = %log.public_key(), "the audit log is open");
        Ok(Self { log: Arc::new(log), failures: Counter::default(), folder })
    }

    /// Counts what the log does not take.
    pub(crate) fn failures(&self) -> Counter {
        self.failures.clone()
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

    /// Somebody is about to see records; what is held back from them is refused, by each rule.
    ///
    /// # Errors
    /// [`AuditFailure`]: they must not.
    pub(crate) async fn read(
        &self,
        reader: &Reader,
        subject: Subject,
        what: &str,
        records: Option<usize>,
        held: &Held,
    ) -> Result<(), AuditFailure> {
        let mut entry = of_reader(reader, subject.clone(), what, Outcome::Allowed);
        entry.records = records.and_then(|records| u64::try_from(records).ok());
        self.append(entry).await?;
        for (rule, events) in held.iter() {
            let mut entry = of_reader(reader, subject.clone(), what, denied(rule.name()));
            entry.records = Some(events).filter(|events| *events > 0);
            self.append(entry).await?;
        }
        Ok(())
    }

    /// A connector is about to hand on an event.
    ///
    /// # Errors
    /// [`AuditFailure`]: it must not.
    pub(crate) async fn handed_on(
        &self,
        reader: &Reader,
        event_id: &[u8],
        what: &str,
    ) -> Result<(), AuditFailure> {
        let subject = <[u8; 16]>::try_from(event_id)
            .map_or(Subject::Events, |id| Subject::Event(EventId::from_bytes(id)));
        let mut entry = of_reader(reader, subject, what, Outcome::Allowed);
        entry.records = Some(1);
        self.append(entry).await
    }

    /// In a stream, each rule that holds something back is told once.
    ///
    /// # Errors
    /// [`AuditFailure`]: the stream must end.
    pub(crate) async fn held_back(
        &self,
        reader: &Reader,
        held: &Held,
        told: &mut BTreeSet<Rule>,
    ) -> Result<(), AuditFailure> {
        for (rule, _) in held.iter() {
            if told.insert(rule) {
                let what = "follows records; from here on, those that this rule holds back";
                self.append(of_reader(reader, Subject::Events, what, denied(rule.name()))).await?;
            }
        }
        Ok(())
    }

    /// A person is about to say what an alert was, to take or to escalate it, or may not.
    ///
    /// # Errors
    /// [`AuditFailure`]: what they did does not count.
    pub(crate) async fn of_alert(
        &self,
        reader: &Reader,
        (role, event_id): (Option<String>, [u8; 16]),
        what: &str,
        outcome: Outcome,
    ) -> Result<(), AuditFailure> {
        let subject = Subject::Verdict(EventId::from_bytes(event_id));
        let mut entry = Entry::new(Operation::Alteration, subject, outcome);
        entry.operator = Some(reader.person().to_string());
        entry.recipient = role;
        entry.purpose = Some(reader.why().purpose.clone()).filter(|purpose| !purpose.is_empty());
        entry.justification = Some(what.to_owned());
        entry.policy_digest = reader.policy_digest().map(Digest);
        self.append(entry).await
    }

    /// A person is about to read what somebody wrote beside their word on an alert, or may not.
    ///
    /// # Errors
    /// [`AuditFailure`]: they must not.
    pub(crate) async fn text_opened(
        &self,
        reader: &Reader,
        event_id: [u8; 16],
        outcome: Outcome,
    ) -> Result<(), AuditFailure> {
        let subject = Subject::Verdict(EventId::from_bytes(event_id));
        let mut entry = of_reader(reader, subject, "opens a text beside a verdict", outcome);
        entry.records = Some(1);
        self.append(entry).await
    }

    /// The keys of days are destroyed: what people wrote on them can no longer be read, here or in a backup.
    ///
    /// # Errors
    /// [`AuditFailure`].
    pub(crate) async fn texts_erased(
        &self,
        days: &[String],
        retention_days: u32,
    ) -> Result<(), AuditFailure> {
        for key_day in days.iter().filter_map(|day| KeyDay::parse(day)) {
            let rule = format!("retention_days={retention_days}");
            let day = ErasedDay { key_day, rule, searched: vec!["text-keys".to_owned()], found_after: 0 };
            let entry = Entry::new(Operation::Erasure, Subject::Day(day), Outcome::Allowed);
            self.append(entry).await?;
        }
        Ok(())
    }

    /// The time to review an alert has passed: it is about to be erased, or marked.
    ///
    /// # Errors
    /// [`AuditFailure`]: it must not be.
    pub(crate) async fn lapsed(&self, of: &FoundEvent, lapse: Lapse) -> Result<(), AuditFailure> {
        let (operation, what) = match lapse {
            Lapse::Kept => (Operation::Alteration, "it is marked as unreviewed"),
            Lapse::Erased => {
                (Operation::Erasure, "its content is erased: human_oversight.unreviewed = \"erase\"")
            }
        };
        let event_id = <[u8; 16]>::try_from(of.event.id.as_slice()).unwrap_or_default();
        let subject = Subject::Event(EventId::from_bytes(event_id));
        let mut entry = Entry::new(operation, subject, Outcome::Allowed);
        entry.justification =
            Some(format!("nobody decided the alert within human_oversight.review_deadline; {what}"));
        entry.policy_digest = <[u8; 32]>::try_from(of.event.policy_digest.as_slice()).ok().map(Digest);
        self.append(entry).await
    }

    /// Somebody is refused all of it.
    ///
    /// # Errors
    /// [`AuditFailure`].
    pub(crate) async fn read_refused(
        &self,
        person: &Person,
        recipient: Option<String>,
        subject: Subject,
        rule: &str,
    ) -> Result<(), AuditFailure> {
        let mut entry = Entry::new(Operation::Consultation, subject, denied(rule));
        entry.operator = Some(person.to_string());
        entry.recipient = recipient;
        self.append(entry).await
    }

    /// An operator with a certificate is about to see counts.
    ///
    /// # Errors
    /// [`AuditFailure`]: they must not.
    pub(crate) async fn counted(
        &self,
        person: &Person,
        what: &str,
        boxes: usize,
    ) -> Result<(), AuditFailure> {
        let mut entry = Entry::new(Operation::Consultation, Subject::Summary, Outcome::Allowed);
        entry.operator = Some(person.to_string());
        entry.justification = Some(format!("live monitoring: {what}"));
        entry.records = u64::try_from(boxes).ok();
        self.append(entry).await
    }

    /// A person is about to choose a password by a one-time link, and with it to get in.
    ///
    /// # Errors
    /// [`AuditFailure`]: they must not.
    pub(crate) async fn set_up(&self, user: &Name) -> Result<(), AuditFailure> {
        let person = format!("console:{user}");
        let mut entry = Entry::new(Operation::Alteration, Subject::Access(person.clone()), Outcome::Allowed);
        entry.operator = Some(person);
        entry.justification =
            Some("chose a password by a one-time link, and may look at the live list of events".to_owned());
        self.append(entry).await
    }

    /// A policy was not published.
    ///
    /// # Errors
    /// [`AuditFailure`].
    pub(crate) async fn policy_refused(&self, by: &Name, why: &str) -> Result<(), AuditFailure> {
        let outcome = Outcome::Denied { rule: "publish".to_owned() };
        let mut entry = Entry::new(Operation::Alteration, Subject::Policy, outcome);
        entry.operator = Some(format!("certificate:{by}"));
        entry.justification = Some(plain(&why.replace('\n', " "), JUSTIFICATION_CHARS));
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

    /// A command line gave somebody access, or ended it.
    ///
    /// # Errors
    /// [`AuditFailure`].
    pub(crate) async fn access_changed(&self, note: &AuditNote) -> Result<(), AuditFailure> {
        let outcome = note.rule.clone().map_or(Outcome::Allowed, |rule| Outcome::Denied { rule });
        let subject = Subject::Access(note.operator.clone());
        let mut entry = Entry::new(Operation::Alteration, subject, outcome);
        entry.operator = Some(note.operator.clone());
        entry.recipient.clone_from(&note.recipient);
        entry.justification = Some(note.words.clone());
        self.append(entry).await
    }

    /// An operator is about to be given another certificate by the one that still holds.
    ///
    /// # Errors
    /// [`AuditFailure`]: it must not be.
    pub(crate) async fn certificate_renewed(&self, of: &Identity) -> Result<(), AuditFailure> {
        let person = of.person().to_string();
        let mut entry = Entry::new(Operation::Alteration, Subject::Access(person.clone()), Outcome::Allowed);
        entry.operator = Some(person);
        entry.justification = Some("renewed the certificate by the one that still holds".to_owned());
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
        self.append(of.entry(denied(rule))).await
    }

    /// Somebody is about to look at this log, or at what the policies are.
    ///
    /// # Errors
    /// [`AuditFailure`]: they must not.
    pub(crate) async fn overseen(
        &self,
        by: &Overseer,
        subject: Subject,
        what: &str,
    ) -> Result<(), AuditFailure> {
        let because = match by.justification.as_str() {
            "" => String::new(),
            words => format!("; because: {words}"),
        };
        let mut entry = Entry::new(Operation::Consultation, subject, Outcome::Allowed);
        entry.operator = Some(by.person.to_string());
        entry.recipient.clone_from(&by.recipient);
        entry.justification = Some(plain(&format!("{what}{because}"), JUSTIFICATION_CHARS));
        self.append(entry).await
    }

    /// An administrator is about to let a box in, to shut it out, to change what its cameras watch, or to let them rest.
    ///
    /// # Errors
    /// [`AuditFailure`]: they must not.
    pub(crate) async fn box_changed(
        &self,
        by: &Person,
        (of, what): (&str, &str),
        outcome: Outcome,
    ) -> Result<(), AuditFailure> {
        let mut entry = Entry::new(Operation::Alteration, Subject::Box(of.to_owned()), outcome);
        entry.operator = Some(by.to_string());
        entry.justification = Some(plain(what, JUSTIFICATION_CHARS));
        self.append(entry).await
    }

    /// Somebody who is no administrator tried what administrators do.
    ///
    /// # Errors
    /// [`AuditFailure`].
    pub(crate) async fn no_administrator(&self, by: &Person, what: &str) -> Result<(), AuditFailure> {
        let outcome = Outcome::Denied { rule: "administrator".to_owned() };
        let mut entry = Entry::new(Operation::Alteration, Subject::Access(by.to_string()), outcome);
        entry.operator = Some(by.to_string());
        entry.justification = Some(plain(&format!("would have {what}"), JUSTIFICATION_CHARS));
        self.append(entry).await
    }

    /// A box said what became of what it was handed.
    ///
    /// # Errors
    /// [`AuditFailure`]: it does not count, and the box says it again.
    pub(crate) async fn box_answered(
        &self,
        of: &Name,
        what: &str,
        outcome: Outcome,
    ) -> Result<(), AuditFailure> {
        let mut entry = Entry::new(Operation::Alteration, Subject::Box(of.to_string()), outcome);
        entry.justification = Some(plain(&format!("box {of}: {what}"), JUSTIFICATION_CHARS));
        self.append(entry).await
    }

    /// An administrator is about to change a plan of a site, or may not.
    ///
    /// # Errors
    /// [`AuditFailure`]: they must not.
    pub(crate) async fn plan_changed(
        &self,
        by: &Person,
        what: &str,
        outcome: Outcome,
    ) -> Result<(), AuditFailure> {
        let mut entry = Entry::new(Operation::Alteration, Subject::Summary, outcome);
        entry.operator = Some(by.to_string());
        entry.justification = Some(plain(what, JUSTIFICATION_CHARS));
        self.append(entry).await
    }

    /// The newest records of it.
    ///
    /// # Errors
    /// [`AuditFailure`].
    pub(crate) async fn newest(&self, most: usize) -> Result<Newest, AuditFailure> {
        let folder = self.folder.clone();
        self.on_disk(move |_| look::newest(&folder, most)).await
    }

    /// Whether it is whole: read from its first line to its last.
    ///
    /// # Errors
    /// [`AuditFailure`].
    pub(crate) async fn verify(&self) -> Result<Report, AuditFailure> {
        let folder = self.folder.clone();
        self.on_disk(move |log| look::whole(&folder, log.public_key())).await
    }

    /// Signs what it is now, to be kept elsewhere.
    ///
    /// # Errors
    /// [`AuditFailure`].
    pub(crate) async fn checkpoint(&self) -> Result<SignedCheckpoint, AuditFailure> {
        self.on_disk(AuditLog::checkpoint).await
    }

    /// The pack of a time, zipped. What was written until now is signed first, so that it is in it.
    ///
    /// # Errors
    /// [`AuditFailure`].
    pub(crate) async fn pack(&self, wanted: Wanted) -> Result<File, AuditFailure> {
        let folder = self.folder.clone();
        let made = self.on_disk(move |log| {
            log.checkpoint()?;
            // What cannot be exported is no failure of the log.
            Ok(pack::make(&folder, log.public_key(), &wanted))
        });
        Ok(made.await??)
    }

    /// The key by which it is verified.
    pub(crate) fn public_key(&self) -> String {
        self.log.public_key().to_string()
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
    async fn on_disk<T: Send + 'static>(
        &self,
        work: impl FnOnce(&AuditLog) -> Result<T, AuditError> + Send + 'static,
    ) -> Result<T, AuditFailure> {
        let log = Arc::clone(&self.log);
        let done = tokio::task::spawn_blocking(move || work(&log)).await;
        let done = done.map_err(|_| AuditFailure::Interrupted).and_then(|done| Ok(done?));
        if done.is_err() {
            self.failures.inc();
        }
        done
    }
}

fn denied(rule: &str) -> Outcome {
    Outcome::Denied { rule: rule.to_owned() }
}

/// What is taken out is handed on, and that is a disclosure.
fn of_reader(reader: &Reader, subject: Subject, what: &str, outcome: Outcome) -> Entry {
    let recipient = reader.recipient();
    let is_disclosure = reader.takes_out() && recipient.is_some();
    let operation = if is_disclosure { Operation::Disclosure } else { Operation::Consultation };
    let why = reader.why();
    let reason = match why.justification.as_str() {
        "" => String::new(),
        words => format!("; because: {words}"),
    };
    let mut entry = Entry::new(operation, subject, outcome);
    entry.operator = Some(reader.person().to_string());
    entry.recipient = recipient;
    entry.purpose = Some(why.purpose.clone()).filter(|purpose| !purpose.is_empty());
    entry.justification = Some(format!("live monitoring: {what}{reason}"));
    entry.policy_digest = reader.policy_digest().map(Digest);
    entry
}

struct HubClock(Arc<dyn Clock>);

impl AuditClock for HubClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix_millis(self.0.unix_ms())
    }
}
