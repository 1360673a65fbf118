//! An operator's request for one still, judged at the moment of sending.

use velum_policy::CameraPolicy;
use velum_vocab::{CameraId, Digest, EventId, Timestamp};

use super::{StillTerms, is_of_the_past, was_masked_by};
use crate::judged::{Judged, Witness};
use crate::permission::{self, CameraPermission};
use crate::released::{EventKind, ReleasedTime};
use crate::withheld::Withheld;

/// Longer names of operators are no names.
const LONGEST_OPERATOR_CHARS: usize = 200;
/// As the protocol says.
const LONGEST_JUSTIFICATION_CHARS: usize = 500;

/// Somebody asks for the still of one alert.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StillAsked {
    /// The raised event of the alert.
    pub event: EventId,
    /// The camera of the kept picture.
    pub camera: CameraId,
    /// Of what kind of alert it is.
    pub kind: EventKind,
    /// When the picture was taken.
    pub captured_at: Timestamp,
    /// By which terms it was masked: [`RedactionTerms::digest`](super::RedactionTerms::digest).
    pub redaction_terms: Digest,
    /// Who asks, as the hub knows them.
    pub operator: String,
    /// What for: a purpose of the policy.
    pub purpose: String,
    /// Why, in the operator's own words.
    pub justification: String,
    /// From then on the request counts for nothing.
    pub expires_at: Timestamp,
}

/// One still may be sent, now and once.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReleasedStillAsked {
    /// The raised event of the alert.
    pub event: EventId,
    /// When the picture was taken, where the policy lists `time` or `time_bin` for such alerts.
    pub captured: Option<ReleasedTime>,
    /// The policy under which it leaves.
    pub policy_digest: Digest,
}

impl Judged for StillAsked {
    type Released = ReleasedStillAsked;

    fn part(&self) -> &'static str {
        "still_request"
    }

    fn about(&self) -> Option<CameraId> {
        Some(self.camera.clone())
    }

    fn release(self, witness: &Witness<'_>) -> Result<ReleasedStillAsked, Withheld> {
        let policy = witness.in_force()?;
        witness.is_not_paused(&self.camera)?;
        if witness.now >= self.expires_at {
            return Err(Withheld::new("expired_request", "the request's time is over"));
        }
        self.has_words()?;
        is_of_the_past(self.captured_at, witness.now)?;
        let applied = policy.resolved().cameras.get(self.camera.as_str());
        let applied = applied.ok_or(CameraPermission::CameraNotNamed)?;
        was_scheduled(applied, self.captured_at)?;
        witness.pauses.were_painted(&self.camera, self.captured_at, witness.now)?;
        let terms = StillTerms::of(policy, applied, self.kind)?;
        was_masked_by(applied, self.redaction_terms)?;
        self.is_for(applied, &terms)?;
        self.is_fresh(witness.now, &terms)?;
        Ok(ReleasedStillAsked {
            event: self.event,
            captured: terms.captured(self.captured_at),
            policy_digest: Digest(policy.digest()),
        })
    }
}

/// A window of the schedule in force now was open when the picture was taken.
fn was_scheduled(camera: &CameraPolicy, captured_at: Timestamp) -> Result<(), Withheld> {
    match permission::calendar(captured_at) {
        Some(moment) if camera.scheduled(moment) => Ok(()),
        _ => Err(CameraPermission::OutOfSchedule.into()),
    }
}

impl StillAsked {
    fn has_words(&self) -> Result<(), Withheld> {
        let fits = |text: &str, limit: usize| !text.trim().is_empty() && text.chars().count() <= limit;
        if !fits(&self.operator, LONGEST_OPERATOR_CHARS) {
            return Err(Withheld::new("operator", "the request names nobody"));
        }
        if !fits(&self.justification, LONGEST_JUSTIFICATION_CHARS) {
            return Err(Withheld::new("justification", "expected 1 to 500 characters"));
        }
        Ok(())
    }

    fn is_for(&self, camera: &CameraPolicy, terms: &StillTerms<'_>) -> Result<(), Withheld> {
        if self.purpose != terms.class.purpose || !camera.purposes.contains(self.purpose.as_str()) {
            let detail = format!(
                "asked for another purpose than `{}`, which alerts of this kind serve",
                terms.class.purpose
            );
            return Err(Withheld::new("purpose", detail));
        }
        Ok(())
    }

    /// Younger than its retention, and than what some recipient may see.
    fn is_fresh(&self, now: Timestamp, terms: &StillTerms<'_>) -> Result<(), Withheld> {
        if self.captured_at.plus(terms.retention()) <= now {
            return Err(Withheld::new("retention", "older than retention.redacted_still"));
        }
        match terms.longest_age(&self.purpose) {
            Some(age) if now <= self.captured_at.plus(age) => Ok(()),
            _ => Err(Withheld::new("recipient", "older than any recipient may see")),
        }
    }
}
