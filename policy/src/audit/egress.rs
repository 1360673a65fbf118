//! What left a box: one record for each event and still, written before it was sent for the first time.
//!
//! It names fields and not what they said. The content is there as a salted commitment alone: who erases the salt, which
//! goes with the key of the day, leaves a number that says nothing.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use velum_vocab::{CameraId, Digest, Timestamp};

use crate::audit::entry::{Content, Record};
use crate::audit::line::VERSION;
use crate::audit::writer::Incarnation;
use crate::audit::{AuditError, note, text};
use crate::order::choice;

/// The longest name of a field with its precision, characters.
const MOST_FIELDS: usize = 32;

choice!(
    /// What left.
    EgressKind {
        /// An event of the outbox.
        Event = "event",
        /// A redacted still that somebody asked for.
        Still = "still",
        /// No still after all: the one in the record before was not sent.
        StillWithdrawn = "still_withdrawn",
    }
);

/// A picture that left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EgressPicture {
    /// Width, pixels.
    pub width_px: u64,
    /// Height, pixels.
    pub height_px: u64,
    /// How much of it is painted over, thousandths.
    pub covered_permille: u64,
}

/// One event or still that left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Egress {
    /// What it is.
    pub kind: EgressKind,
    /// Its class: `abandoned_object` and the like; of a still that of its alert.
    pub class: String,
    /// Its camera, where what left tells it.
    pub camera: Option<CameraId>,
    /// The fields that left, by their names in the policy, and how precise each is.
    pub fields: BTreeMap<String, String>,
    /// How many bytes.
    pub bytes: u64,
    /// The policy that let it out.
    pub policy_digest: Option<Digest>,
    /// What for, as the policy names it.
    pub purpose: Option<String>,
    /// To whom.
    pub recipient: String,
    /// SHA-256 of the salt and the content.
    pub commitment: Option<Digest>,
    /// Of an event: the outbox's life and the number in it.
    pub sequence: Option<(Incarnation, u64)>,
    /// Of a still.
    pub picture: Option<EgressPicture>,
}

impl Egress {
    /// Whether it may be logged.
    ///
    /// # Errors
    /// [`AuditError::Text`].
    pub(crate) fn check(&self) -> Result<(), AuditError> {
        text::name("class", Some(&self.class))?;
        text::name("purpose", self.purpose.as_deref())?;
        text::name("recipient", Some(&self.recipient))?;
        text::count("bytes", Some(self.bytes))?;
        text::count("sequence", self.sequence.map(|(_, number)| number))?;
        if self.fields.len() > MOST_FIELDS {
            let reason = format!("has at most {MOST_FIELDS} names, found {}", self.fields.len());
            return Err(AuditError::Text { field: "fields", reason });
        }
        let texts = self.fields.iter().flat_map(|(name, precision)| [name, precision]);
        texts.into_iter().try_for_each(|one| text::name("fields", Some(one)))
    }
}

/// The fields in the order of RFC 8785.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct EgressLine {
    bytes: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    camera: Option<String>,
    class: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    commitment: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    covered_permille: Option<u64>,
    fields: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    height_px: Option<u64>,
    kind: String,
    number: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    outbox: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    policy_digest: Option<String>,
    pub(crate) prev: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    purpose: Option<String>,
    recipient: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    sequence: Option<u64>,
    time: String,
    v: u8,
    what: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    width_px: Option<u64>,
}

impl EgressLine {
    pub(crate) fn of(
        number: u64,
        written: Timestamp,
        left: &Egress,
        prev: Digest,
    ) -> Result<Self, AuditError> {
        let picture = left.picture;
        Ok(Self {
            bytes: left.bytes,
            camera: left.camera.as_ref().map(CameraId::to_string),
            class: left.class.clone(),
            commitment: left.commitment.map(|digest| digest.to_string()),
            covered_permille: picture.map(|picture| picture.covered_permille),
            fields: left.fields.clone(),
            height_px: picture.map(|picture| picture.height_px),
            kind: "egress".to_owned(),
            number,
            outbox: left.sequence.map(|(outbox, _)| outbox.to_string()),
            policy_digest: left.policy_digest.map(|digest| digest.to_string()),
            prev: prev.to_string(),
            purpose: left.purpose.clone(),
            recipient: left.recipient.clone(),
            sequence: left.sequence.map(|(_, number)| number),
            time: text::time(written).ok_or(AuditError::Clock)?,
            v: VERSION,
            what: left.kind.name().to_owned(),
            width_px: picture.map(|picture| picture.width_px),
        })
    }

    /// What it says, or the field that is wrong.
    pub(crate) fn record(self) -> Result<Record, &'static str> {
        let (number, time) = (self.number, text::parse_time(&self.time).ok_or("time")?);
        let digest = |hex: Option<&str>, field| hex.map(|hex| note::digest(hex).ok_or(field)).transpose();
        let outbox = self.outbox.as_deref().map(|hex| Incarnation::parse(hex).ok_or("outbox")).transpose()?;
        let left = Egress {
            kind: EgressKind::ALL.iter().copied().find(|kind| kind.name() == self.what).ok_or("what")?,
            class: self.class,
            camera: self.camera.map(|id| CameraId::parse(&id).map_err(|_| "camera")).transpose()?,
            fields: self.fields,
            bytes: self.bytes,
            policy_digest: digest(self.policy_digest.as_deref(), "policy_digest")?,
            purpose: self.purpose,
            recipient: self.recipient,
            commitment: digest(self.commitment.as_deref(), "commitment")?,
            sequence: outbox.zip(self.sequence),
            picture: match (self.width_px, self.height_px, self.covered_permille) {
                (Some(width_px), Some(height_px), Some(covered_permille)) => {
                    Some(EgressPicture { width_px, height_px, covered_permille })
                }
                (None, None, None) => None,
                _ => return Err("width_px"),
            },
        };
        Ok(Record { number, time, content: Content::Egress(Box::new(left)) })
    }
}
