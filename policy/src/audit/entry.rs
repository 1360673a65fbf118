//! What is logged: who did what with which record, why, and whether it was allowed. Of the public there is
//! nothing but random ids.

use velum_vocab::{AlertId, CameraId, Digest, EventId, Timestamp};

use crate::audit::attestation::Attestation;
use crate::audit::egress::Egress;
use crate::audit::text;
use crate::audit::{AuditError, KeyDay};
use crate::order::choice;
use crate::sections::Regime;

choice!(
    /// The processing operations that must be logged.
    ///
    /// *Source*: Directive (EU) 2016/680, article 25(1).
    Operation {
        /// Data came to be: an event, a still.
        Collection = "collection",
        /// Data were changed: a verdict, a correction.
        Alteration = "alteration",
        /// Somebody looked at data.
        Consultation = "consultation",
        /// Data were handed to somebody, transfers included.
        Disclosure = "disclosure",
        /// Data were put together: statistics, matches.
        Combination = "combination",
        /// Data were destroyed.
        Erasure = "erasure",
    }
);

/// What the operation was done to. Ids are random: they say nothing once what they name is erased.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// One event.
    Event(EventId),
    /// One alert with all of its events.
    Alert(AlertId),
    /// The redacted still of the alert that this event raised.
    Still(EventId),
    /// What an operator found an alert to be, by the event that raised it.
    Verdict(EventId),
    /// Several events: a list, or a stream that was opened.
    Events,
    /// Counts and coverage.
    Summary,
    /// Everything of one day, by its key.
    Day(ErasedDay),
    /// A place that is no longer, or again, looked at for abandoned objects, with the event that led to it.
    Furniture(Option<EventId>),
    /// A trial of the policy, by its id.
    Trial(String),
    /// What a trial left, by the receipt of its erasure.
    ErasedTrial(ErasedTrial),
    /// A box: whether it may come in, what its cameras watch, and whether they rest.
    Box(String),
    /// Whether somebody may come in, and as whom, by their name.
    Access(String),
    /// A policy.
    Policy,
    /// This log itself.
    AuditLog,
}

/// The receipt of an erasure: whatever was sealed on a day can no longer be opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErasedDay {
    /// The day whose key is destroyed.
    pub key_day: KeyDay,
    /// The rule that asked for it, for example `retention.event=P14D`.
    pub rule: String,
    /// Where it was looked afterwards for what should be gone, for example `stills`.
    pub searched: Vec<String>,
    /// How much was found there; anything but 0 is a failure.
    pub found_after: u64,
}

/// The receipt of the end of a trial on a camera: what it left there is erased.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErasedTrial {
    /// As the policy named it.
    pub trial: String,
    /// The rule that ended it, for example `sandbox.until`.
    pub rule: String,
    /// Where it was looked afterwards for what should be gone, for example `shadow`.
    pub searched: Vec<String>,
    /// How much was found there; anything but 0 is a failure.
    pub found_after: u64,
}

/// Whether the operation was allowed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It was, and is done once the entry is on the disk.
    Allowed,
    /// It was not.
    Denied {
        /// The rule that decided, for example `imagery_egress`.
        rule: String,
    },
}

/// One operation. Make one with [`Entry::new`] and fill in what is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// What was done.
    pub operation: Operation,
    /// To what.
    pub subject: Subject,
    /// Of which camera, where it concerns one.
    pub camera: Option<CameraId>,
    /// Who did it, as the program names its people; none where the program did it by itself.
    pub operator: Option<String>,
    /// Who was given the data.
    pub recipient: Option<String>,
    /// The policy's purpose id.
    pub purpose: Option<String>,
    /// Under which law.
    pub regime: Option<Regime>,
    /// The legal basis, for example `LED 8(1)`.
    pub legal_basis: Option<String>,
    /// Why, in the operator's own words; 1 to [`JUSTIFICATION_CHARS`] characters, no control characters.
    pub justification: Option<String>,
    /// The id of a request or file number, the same in the logs of hub and box.
    pub reference: Option<String>,
    /// Whether it was allowed.
    pub outcome: Outcome,
    /// The policy that decided.
    pub policy_digest: Option<Digest>,
    /// How many records it concerned.
    pub records: Option<u64>,
    /// How many bytes it concerned.
    pub bytes: Option<u64>,
}

/// The longest justification, characters.
pub const JUSTIFICATION_CHARS: usize = 500;

/// The largest count: all whole numbers up to here are the same in every reader of JSON (RFC 8785).
pub(crate) const LARGEST: u64 = (1 << 53) - 1;

impl Entry {
    /// An entry that says no more than this.
    pub fn new(operation: Operation, subject: Subject, outcome: Outcome) -> Self {
        Self {
            operation,
            subject,
            camera: None,
            operator: None,
            recipient: None,
            purpose: None,
            regime: None,
            legal_basis: None,
            justification: None,
            reference: None,
            outcome,
            policy_digest: None,
            records: None,
            bytes: None,
        }
    }

    /// Whether it may be logged. An allowed consultation or disclosure says why, and who looked or was given it.
    ///
    /// # Errors
    /// [`AuditError::Missing`] and [`AuditError::Text`].
    pub(crate) fn check(&self) -> Result<(), AuditError> {
        self.check_presence()?;
        text::name("operator", self.operator.as_deref())?;
        text::name("recipient", self.recipient.as_deref())?;
        text::name("purpose", self.purpose.as_deref())?;
        text::name("legal_basis", self.legal_basis.as_deref())?;
        text::name("reference", self.reference.as_deref())?;
        text::within("justification", self.justification.as_deref(), JUSTIFICATION_CHARS)?;
        if let Outcome::Denied { rule } = &self.outcome {
            text::name("rule", Some(rule))?;
        }
        text::count("records", self.records)?;
        text::count("bytes", self.bytes)?;
        match &self.subject {
            Subject::Day(day) => check_receipt(&day.rule, &day.searched, day.found_after),
            Subject::Trial(id) => text::name("trial", Some(id)),
            Subject::Box(name) => text::name("box", Some(name)),
            Subject::Access(name) => text::name("person", Some(name)),
            Subject::ErasedTrial(erased) => {
                text::name("trial", Some(&erased.trial))?;
                check_receipt(&erased.rule, &erased.searched, erased.found_after)
            }
            _ => Ok(()),
        }
    }

    /// *Source*: Directive (EU) 2016/680, article 25(1), second sentence.
    fn check_presence(&self) -> Result<(), AuditError> {
        let operation = self.operation.name();
        let need = |field, given: &Option<String>| {
            if given.is_some() { Ok(()) } else { Err(AuditError::Missing { field, operation }) }
        };
        match (self.operation, &self.outcome) {
            (Operation::Consultation, Outcome::Allowed) => {
                need("justification", &self.justification)?;
                need("operator", &self.operator)
            }
            (Operation::Disclosure, Outcome::Allowed) => {
                need("justification", &self.justification)?;
                need("recipient", &self.recipient)
            }
            _ => Ok(()),
        }
    }
}

fn check_receipt(rule: &str, searched: &[String], found_after: u64) -> Result<(), AuditError> {
    text::name("rule", Some(rule))?;
    text::count("found_after", Some(found_after))?;
    if searched.len() > 16 {
        let reason = format!("has at most 16 places, found {}", searched.len());
        return Err(AuditError::Text { field: "searched", reason });
    }
    searched.iter().try_for_each(|place| text::name("searched", Some(place)))
}

/// A remark that the log makes about itself; numbered and chained like any entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// The last line was not whole, as after a power cut. Nobody acted on it: its write had not returned.
    LineSetAside {
        /// The number of the file it stood in.
        file: u64,
        /// How long it was.
        bytes: u64,
        /// SHA-256 of what was set aside.
        sha256: Digest,
    },
    /// The chain of an earlier file is broken, so that the log began anew.
    ChainBroken {
        /// The number of that file.
        file: u64,
        /// Its first line that is wrong.
        line: u64,
        /// What is wrong with it.
        reason: String,
        /// SHA-256 of the file as it was found.
        sha256: Digest,
    },
}

/// What a numbered record says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// An operation.
    Entry(Box<Entry>),
    /// A remark of the log about itself.
    Notice(Notice),
    /// What a box says of itself; in the log of its attestations alone.
    Attestation(Box<Attestation>),
    /// What left a box; in the same log.
    Egress(Box<Egress>),
}

impl Content {
    /// Whether it may be logged.
    ///
    /// # Errors
    /// [`AuditError::Missing`] and [`AuditError::Text`].
    pub(crate) fn check(&self) -> Result<(), AuditError> {
        match self {
            Self::Entry(entry) => entry.check(),
            Self::Notice(_) => Ok(()),
            Self::Attestation(said) => said.check(),
            Self::Egress(left) => left.check(),
        }
    }
}

/// A numbered record, as it is read back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Counted from 1 in each incarnation of the log.
    pub number: u64,
    /// When, to whole seconds.
    pub time: Timestamp,
    /// What it says.
    pub content: Content,
}

/// Proof that an entry is on the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use = "act only after the entry is on the disk"]
pub struct Receipt {
    /// The entry's number.
    pub number: u64,
    /// SHA-256 of its line.
    pub hash: Digest,
}
