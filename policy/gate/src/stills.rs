//! Redacted stills: when one may be kept of an alert, and when it may be sent to somebody who asks.
//!
//! Both are judged, each under the policy in force at its own moment: what might be kept yesterday may not leave
//! today. A bare redacted picture cannot be judged: it must have been verified, and belong to an alert.

mod asked;
mod kept;

use std::time::Duration;

use velum_policy::layers::{Egress, Method, Target};
use velum_policy::sections::{EventClass, Imagery, Recipient, RecipientRegime, Regime, ZoneKind};
use velum_policy::{CameraPolicy, EventField, VerifiedPolicy};
use velum_vocab::{CameraId, Polygon, Timestamp};

use crate::coarsen;
use crate::judged::class_for;
use crate::released::{EventKind, ReleasedTime};
use crate::withheld::Withheld;

pub use asked::{ReleasedStillAsked, StillAsked};
pub use kept::{AlertStill, ReleasedStill};

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

fn is_of_regime(recipient: RecipientRegime, policy: Regime) -> bool {
    matches!((recipient, policy), (RecipientRegime::Gdpr, Regime::Gdpr) | (RecipientRegime::Led, Regime::Led))
}

/// How the policy wants the pictures of one camera masked: plain values. What the
/// policy does not say is as strict as can be, and then hardly any picture can be made.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct RedactionTerms {
    /// How a region is masked.
    pub method: Method,
    /// Whether number plates must be masked, and so whole vehicles found.
    pub masks_plates: bool,
    /// By how much a mask is grown, as a share of its own sides.
    pub margin_fraction: f64,
    /// Detections from this score on are masked.
    pub min_score: f64,
    /// For how many frames after a thing was seen it stays masked.
    pub hold_frames: u32,
    /// How many later frames are waited for.
    pub lookahead_frames: u32,
    /// How old a detection may be.
    pub max_detector_age: Duration,
    /// How often a synthetic face must be found.
    pub canary_interval: Duration,
    /// How long a raw frame may be in memory.
    pub raw_lifetime: Duration,
    /// Never shown.
    pub private_areas: Vec<Polygon>,
}

impl RedactionTerms {
    /// Of the camera's redaction, capture and zones.
    pub(crate) fn of(
        policy: &VerifiedPolicy,
        camera: &CameraPolicy,
        id: &CameraId,
    ) -> Result<Self, Withheld> {
        let redaction = &camera.redaction;
        Ok(Self {
            method: redaction.method,
            masks_plates: redaction.targets.contains(&Target::Plate),
            margin_fraction: redaction.margin.0.get(),
            min_score: redaction.min_confidence.0.get(),
            hold_frames: redaction.hold_frames.0,
            lookahead_frames: redaction.lookahead_frames.0,
            max_detector_age: redaction.max_detector_age.0.get(),
            canary_interval: redaction.canary_interval.0.get(),
            raw_lifetime: camera.capture.raw_lifetime.0.get(),
            private_areas: private_areas(policy, id)?,
        })
    }
}

/// The camera's zones of kind `private_mask`. One that is no polygon leaves no picture.
fn private_areas(policy: &VerifiedPolicy, id: &CameraId) -> Result<Vec<Polygon>, Withheld> {
    let camera = policy.file().document().camera.get(id.as_str());
    let zones = camera.map(|camera| camera.zone.as_slice()).unwrap_or_default();
    let masks = zones.iter().filter(|zone| zone.kind == ZoneKind::PrivateMask);
    let area = |zone: &velum_policy::sections::Zone| {
        let corners: Vec<(f64, f64)> = zone.polygon.iter().map(|[x, y]| (x.get(), y.get())).collect();
        Polygon::from_fractions(&corners)
            .map_err(|error| Withheld::new("private_mask", format!("zone `{}`: {error}", zone.id)))
    };
    masks.map(area).collect()
}
