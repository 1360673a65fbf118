//! Entries and notices as they are written: flat, keys in alphabetical order, absent where nothing is known.

use serde::{Deserialize, Serialize};
use velum_vocab::{AlertId, CameraId, Digest, EventId, Timestamp};

use crate::audit::entry::{
    Content, Entry, ErasedDay, ErasedTrial, Notice, Operation, Outcome, Record, Subject,
};
use crate::audit::line::VERSION;
use crate::audit::writer::id;
use crate::audit::{AuditError, KeyDay, note, text};
use crate::sections::Regime;

/// The fields in the order of RFC 8785, which is that of their names.
#[derive(Serialize, Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct RecordLine {
    #[serde(skip_serializing_if = "Option::is_none")]
    alert: Option<String>,
    #[serde(rename = "box", skip_serializing_if = "Option::is_none")]
    of_box: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bytes: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    camera: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    event: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    found_after: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    justification: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    key_day: Option<String>,
    kind: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    legal_basis: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u64>,
    number: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    op: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    operator: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    person: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    policy_digest: Option<String>,
    pub(crate) prev: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    purpose: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    recipient: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    records: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reference: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    regime: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retention_rule: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    searched: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sha256: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<String>,
    time: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    trial: Option<String>,
    v: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    what: Option<String>,
}

impl RecordLine {
    pub(crate) fn of_entry(
        number: u64,
        written: Timestamp,
        entry: &Entry,
        prev: Digest,
    ) -> Result<Self, AuditError> {
        let mut line = Self::begun(number, written, prev)?;
        line.say_entry(entry);
        Ok(line)
    }

    pub(crate) fn of_notice(
        number: u64,
        written: Timestamp,
        notice: &Notice,
        prev: Digest,
    ) -> Result<Self, AuditError> {
        let mut line = Self::begun(number, written, prev)?;
        line.say_notice(notice);
        Ok(line)
    }

    fn begun(number: u64, written: Timestamp, prev: Digest) -> Result<Self, AuditError> {
        let (prev, time) = (prev.to_string(), text::time(written).ok_or(AuditError::Clock)?);
        Ok(Self { number, prev, time, v: VERSION, ..Self::default() })
    }

    fn say_entry(&mut self, entry: &Entry) {
        "entry".clone_into(&mut self.kind);
        self.op = Some(entry.operation.name().to_owned());
        self.camera = entry.camera.as_ref().map(CameraId::to_string);
        self.operator.clone_from(&entry.operator);
        self.recipient.clone_from(&entry.recipient);
        self.purpose.clone_from(&entry.purpose);
        self.regime = entry.regime.map(|regime| regime.name().to_owned());
        self.legal_basis.clone_from(&entry.legal_basis);
        self.justification.clone_from(&entry.justification);
        self.reference.clone_from(&entry.reference);
        self.policy_digest = entry.policy_digest.map(|digest| digest.to_string());
        (self.records, self.bytes) = (entry.records, entry.bytes);
        let (outcome, rule) = match &entry.outcome {
            Outcome::Allowed => ("allowed", None),
            Outcome::Denied { rule } => ("denied", Some(rule.clone())),
        };
        (self.outcome, self.rule) = (Some(outcome.to_owned()), rule);
        self.say_subject(&entry.subject);
    }

    fn say_subject(&mut self, subject: &Subject) {
        self.subject = Some(subject.name().to_owned());
        match subject {
            Subject::Event(id) | Subject::Still(id) | Subject::Verdict(id) => {
                self.event = Some(id.to_string())
            }
            Subject::Alert(id) => self.alert = Some(id.to_string()),
            Subject::Day(day) => {
                self.key_day = Some(day.key_day.to_string());
                self.say_receipt(&day.rule, &day.searched, day.found_after);
            }
            Subject::Trial(id) => self.trial = Some(id.clone()),
            Subject::ErasedTrial(erased) => {
                self.trial = Some(erased.trial.clone());
                self.say_receipt(&erased.rule, &erased.searched, erased.found_after);
            }
            Subject::Box(name) => self.of_box = Some(name.clone()),
            Subject::Access(name) => self.person = Some(name.clone()),
            Subject::Furniture(event) => self.event = event.map(|id| id.to_string()),
            Subject::Events | Subject::Summary | Subject::Policy | Subject::AuditLog => {}
        }
    }

    fn say_receipt(&mut self, rule: &str, searched: &[String], found_after: u64) {
        self.retention_rule = Some(rule.to_owned());
        self.searched = Some(searched.to_vec());
        self.found_after = Some(found_after);
    }

    fn say_notice(&mut self, notice: &Notice) {
        "notice".clone_into(&mut self.kind);
        self.what = Some(notice.name().to_owned());
        match notice {
            Notice::LineSetAside { file, bytes, sha256 } => {
                (self.file, self.bytes, self.sha256) = (Some(*file), Some(*bytes), Some(sha256.to_string()));
            }
            Notice::ChainBroken { file, line, reason, sha256 } => {
                (self.file, self.line) = (Some(*file), Some(*line));
                (self.reason, self.sha256) = (Some(reason.clone()), Some(sha256.to_string()));
            }
        }
    }

    /// What it says, or the field that is wrong.
    pub(crate) fn record(self) -> Result<Record, &'static str> {
        let number = self.number;
        let time = text::parse_time(&self.time).ok_or("time")?;
        let content = match self.kind.as_str() {
            "entry" => Content::Entry(Box::new(self.entry()?)),
            _ => Content::Notice(self.notice()?),
        };
        Ok(Record { number, time, content })
    }

    fn entry(self) -> Result<Entry, &'static str> {
        let subject = self.subject()?;
        let outcome = match (self.outcome.as_deref(), self.rule) {
            (Some("allowed"), None) => Outcome::Allowed,
            (Some("denied"), Some(rule)) => Outcome::Denied { rule },
            _ => return Err("outcome"),
        };
        let named = |name: &str| Operation::ALL.iter().copied().find(|operation| operation.name() == name);
        let regime = |name: &str| Regime::ALL.iter().copied().find(|regime| regime.name() == name);
        Ok(Entry {
            operation: self.op.as_deref().and_then(named).ok_or("op")?,
            subject,
            camera: parsed(self.camera.as_deref(), |name| CameraId::parse(name).ok(), "camera")?,
            operator: self.operator,
            recipient: self.recipient,
            purpose: self.purpose,
            regime: parsed(self.regime.as_deref(), regime, "regime")?,
            legal_basis: self.legal_basis,
            justification: self.justification,
            reference: self.reference,
            outcome,
            policy_digest: parsed(self.policy_digest.as_deref(), note::digest, "policy_digest")?,
            records: self.records,
            bytes: self.bytes,
        })
    }

    fn subject(&self) -> Result<Subject, &'static str> {
        let event = || self.event.as_deref().and_then(id).map(EventId::from_bytes).ok_or("event");
        let alert = || self.alert.as_deref().and_then(id).map(AlertId::from_bytes).ok_or("alert");
        match self.subject.as_deref().unwrap_or_default() {
            "event" => event().map(Subject::Event),
            "alert" => alert().map(Subject::Alert),
            "still" => event().map(Subject::Still),
            "verdict" => event().map(Subject::Verdict),
            "furniture" if self.event.is_none() => Ok(Subject::Furniture(None)),
            "furniture" => event().map(|id| Subject::Furniture(Some(id))),
            "events" => Ok(Subject::Events),
            "summary" => Ok(Subject::Summary),
            "box" => Ok(Subject::Box(self.of_box.clone().ok_or("box")?)),
            "access" => Ok(Subject::Access(self.person.clone().ok_or("person")?)),
            "policy" => Ok(Subject::Policy),
            "audit_log" => Ok(Subject::AuditLog),
            "day" => Ok(Subject::Day(ErasedDay {
                key_day: self.key_day.as_deref().and_then(KeyDay::parse).ok_or("key_day")?,
                rule: self.retention_rule.clone().ok_or("retention_rule")?,
                searched: self.searched.clone().ok_or("searched")?,
                found_after: self.found_after.ok_or("found_after")?,
            })),
            "trial" => Ok(Subject::Trial(self.trial.clone().ok_or("trial")?)),
            "erased_trial" => Ok(Subject::ErasedTrial(ErasedTrial {
                trial: self.trial.clone().ok_or("trial")?,
                rule: self.retention_rule.clone().ok_or("retention_rule")?,
                searched: self.searched.clone().ok_or("searched")?,
                found_after: self.found_after.ok_or("found_after")?,
            })),
            _ => Err("subject"),
        }
    }

    fn notice(self) -> Result<Notice, &'static str> {
        let file = self.file.ok_or("file")?;
        let sha256 = self.sha256.as_deref().and_then(note::digest).ok_or("sha256")?;
        match self.what.as_deref() {
            Some("line_set_aside") => {
                Ok(Notice::LineSetAside { file, bytes: self.bytes.ok_or("bytes")?, sha256 })
            }
            Some("chain_broken") => Ok(Notice::ChainBroken {
                file,
                line: self.line.ok_or("line")?,
                reason: self.reason.ok_or("reason")?,
                sha256,
            }),
            _ => Err("what"),
        }
    }
}

fn parsed<T>(
    text: Option<&str>,
    parse: impl Fn(&str) -> Option<T>,
    field: &'static str,
) -> Result<Option<T>, &'static str> {
    text.map(|text| parse(text).ok_or(field)).transpose()
}

impl Subject {
    /// As it is written.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Event(_) => "event",
            Self::Alert(_) => "alert",
            Self::Still(_) => "still",
            Self::Verdict(_) => "verdict",
            Self::Events => "events",
            Self::Summary => "summary",
            Self::Day(_) => "day",
            Self::Furniture(_) => "furniture",
            Self::Trial(_) => "trial",
            Self::ErasedTrial(_) => "erased_trial",
            Self::Box(_) => "box",
            Self::Access(_) => "access",
            Self::Policy => "policy",
            Self::AuditLog => "audit_log",
        }
    }
}

impl Notice {
    /// As it is written.
    pub fn name(&self) -> &'static str {
        match self {
            Self::LineSetAside { .. } => "line_set_aside",
            Self::ChainBroken { .. } => "chain_broken",
        }
    }
}
