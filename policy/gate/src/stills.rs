//! Redacted stills: when one may be kept of an alert, and when it may be sent to somebody who asks.
//!
//! Both are judged, each under the policy in force at its own moment: what might be kept yesterday may not leave
//! today, and what was masked as another policy wanted it does so under that policy alone. A bare redacted picture
//! cannot be judged: it must have been verified, and belong to an alert.

mod asked;
mod kept;
mod terms;

use std::time::Duration;

use velum_policy::layers::Egress;
use velum_policy::sections::{EventClass, Imagery, Recipient, RecipientRegime, Regime};
use velum_policy::{CameraPolicy, EventField, VerifiedPolicy};
use velum_vocab::{Digest, Timestamp};

use crate::coarsen;
use crate::judged::class_for;
use crate::permission::CameraPermission;
use crate::released::{EventKind, ReleasedTime};
use crate::trusted_time::CLOCK_TOLERANCE;
use crate::withheld::Withheld;

pub use asked::{ReleasedStillAsked, StillAsked};
pub use kept::{AlertStill, ReleasedStill};
pub use terms::RedactionTerms;

/// Coverage is told by the hour.
const HOUR: Duration = Duration::from_secs(3_600);

/// What the policy says of stills of one camera's alerts of one kind.
pub(crate) struct StillTerms<'p> {
    policy: &'p VerifiedPolicy,
    camera: &'p CameraPolicy,
    class: &'p EventClass,
}

impl<'p> StillTerms<'p> {
    /// The terms, where there may be such stills at all.
    pub(crate) fn of(
        policy: &'p VerifiedPolicy,
        camera: &'p CameraPolicy,
        kind: EventKind,
    ) -> Result<Self, Withheld> {
        let class = class_for(policy.resolved(), camera, kind)?;
        if class.imagery != Imagery::RedactedStill {
            let detail = format!("[[event]] `{}` has imagery = `{}`", class.class, class.imagery);
            return Err(Withheld::new("imagery", detail));
        }
        let egress = camera.redaction.imagery_egress;
        if egress < Egress::AlertStill {
            return Err(Withheld::new("imagery_egress", format!("redaction.imagery_egress is `{egress}`")));
        }
        let terms = Self { policy, camera, class };
        if terms.retention().is_zero() {
            return Err(Withheld::new("retention", "retention.redacted_still is `PT0S`, or missing"));
        }
        if terms.longest_age(&class.purpose).is_none() {
            let detail =
                format!("no [[recipient]] of `{}` may see pictures of `{}`", class.purpose, class.class);
            return Err(Withheld::new("recipient", detail));
        }
        Ok(terms)
    }

    /// How long such a still may be kept.
    pub(crate) fn retention(&self) -> Duration {
        self.camera.retention.redacted_still.0.get()
    }

    /// How old a still may be for the recipient to whom the oldest may be shown; none where none may see any.
    pub(crate) fn longest_age(&self, purpose: &str) -> Option<Duration> {
        let may_see = |one: &&Recipient| {
            one.imagery
                && one.purposes.contains(purpose)
                && one.events.contains(self.class.class.as_str())
                && is_of_regime(one.regime, self.policy.resolved().regime)
        };
        let recipients = self.policy.file().document().recipient.iter().filter(may_see);
        recipients.map(|one| one.max_age.0.get()).max()
    }

    /// When the picture was taken, as far as the policy tells times of such alerts.
    fn captured(&self, at: Timestamp) -> Option<ReleasedTime> {
        coarsen::time(at, self.time_precision()?)
    }

    /// To what the policy tells times of such alerts, if it tells any.
    fn time_precision(&self) -> Option<Duration> {
        let precision = self.policy.resolved().precision.time.0.get();
        let bin = precision.max(self.camera.aggregation.time_bin.0.get());
        let lists = |field| self.class.fields.contains(&field);
        match () {
            () if lists(EventField::Time) => Some(precision),
            () if lists(EventField::TimeBin) => Some(bin),
            () => None,
        }
    }

    /// Whether there may be stills of this camera, and every alert that may have one says of which camera and hour
    /// it is. A count of alerts by camera and hour then tells nothing that the alerts do not.
    pub(crate) fn alerts_tell_camera_and_hour(policy: &'p VerifiedPolicy, camera: &'p CameraPolicy) -> bool {
        let terms: Vec<_> =
            EventKind::ALL.into_iter().filter_map(|kind| Self::of(policy, camera, kind).ok()).collect();
        let tells = |terms: &Self| {
            terms.class.fields.contains(&EventField::Camera)
                && terms.time_precision().is_some_and(|precision| precision <= HOUR)
        };
        !terms.is_empty() && terms.iter().all(tells)
    }
}

/// The picture was masked exactly as the policy in force wants it: terms that are only looser differ, too.
fn was_masked_by(applied: &CameraPolicy, redaction_terms: Digest) -> Result<(), Withheld> {
    if RedactionTerms::of(applied).digest == redaction_terms {
        return Ok(());
    }
    Err(Withheld::new("redaction_changed", "the picture was masked as another policy wanted it"))
}

/// A picture of the future was taken while the clock was wrong: nothing that counts from then holds.
fn is_of_the_past(captured_at: Timestamp, now: Timestamp) -> Result<(), Withheld> {
    if captured_at <= now.plus(CLOCK_TOLERANCE) {
        return Ok(());
    }
    let rule = CameraPermission::UntrustedTime.rule();
    Err(Withheld::new(rule, "the picture's time is in the future: the clock was wrong when it was taken"))
}

fn is_of_regime(recipient: RecipientRegime, policy: Regime) -> bool {
    matches!((recipient, policy), (RecipientRegime::Gdpr, Regime::Gdpr) | (RecipientRegime::Led, Regime::Led))
}
