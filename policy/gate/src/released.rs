//! What the gate lets out: closed types, already coarsened. They are not `Serialize`; `velum-event` assembles
//! events of them and the outbox alone turns those into bytes.

use std::time::Duration;

use velum_vocab::{
    AlertId, AlertState, CameraId, CoverageBin, CoverageState, Digest, Explanation, MovementPattern,
    PictureDirection, SiteId, Timestamp, Validity, ZoneId,
};

/// What kinds of event there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EventKind {
    /// An object that nobody attends.
    AbandonedObject,
    /// A zone's crowd level.
    CrowdDensity,
    /// A crowd that moves unusually.
    CrowdMovement,
    /// The state of a camera.
    CameraHealth,
}

impl EventKind {
    /// Every kind.
    pub const ALL: [Self; 4] =
        [Self::AbandonedObject, Self::CrowdDensity, Self::CrowdMovement, Self::CameraHealth];

    /// The name in logs and events.
    pub fn name(self) -> &'static str {
        match self {
            Self::AbandonedObject => "abandoned_object",
            Self::CrowdDensity => "crowd_density",
            Self::CrowdMovement => "crowd_movement",
            Self::CameraHealth => "camera_health",
        }
    }

    /// The class that a policy file declares for it under `[[event]]`.
    pub fn class(self) -> &'static str {
        match self {
            Self::AbandonedObject => "abandoned_object_alert",
            Self::CrowdDensity => "crowd_density_level",
            Self::CrowdMovement => "crowd_movement_alert",
            Self::CameraHealth => "camera_health",
        }
    }

    /// The name under `analytics.allow`; none for health, which is no analytic.
    pub fn analytic(self) -> Option<&'static str> {
        match self {
            Self::AbandonedObject => Some("abandoned_object"),
            Self::CrowdDensity => Some("crowd_density"),
            Self::CrowdMovement => Some("crowd_movement"),
            Self::CameraHealth => None,
        }
    }
}

/// A time, rounded down: the true one lies in `[at, at + precision)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReleasedTime {
    /// A multiple of the precision.
    pub at: Timestamp,
    /// How coarse it is.
    pub precision: Duration,
}

impl ReleasedTime {
    pub(crate) fn floor(at: Timestamp, precision: Duration) -> Self {
        Self { at: at.floor_to(precision), precision }
    }
}

/// A number of people, as a band.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CountBand {
    /// At least so many.
    pub at_least: u32,
    /// Fewer than so many; none: open-ended.
    pub below: Option<u32>,
}

/// A duration, as a band.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DurationBand {
    /// At least so long.
    pub at_least: Duration,
    /// Shorter than this; none: open-ended.
    pub below: Option<Duration>,
}

/// A speed, as a band.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SpeedBand {
    /// At least so many metres per second.
    pub at_least_m_per_s: f64,
    /// Slower than this; none: open-ended.
    pub below_m_per_s: Option<f64>,
}

/// A quantity as its two ends, derived from a [`CountBand`]: it tells no more than the band does.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ReleasedInterval {
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

/// How sure the rule is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ConfidenceBand {
    /// Under 0.5.
    Low,
    /// 0.5 to under 0.8.
    Medium,
    /// 0.8 and more.
    High,
}

/// An observation as far as the policy lets it out. A field is `None` (or empty) unless the policy lists it
/// under the event's `fields`, and unless it has a value.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ReleasedObservation {
    /// What kind; always told.
    pub kind: EventKind,
    /// Beginning, change or end; always told.
    pub state: AlertState,
    /// The policy under which it was released; always told.
    pub policy_digest: Digest,
    /// Set where the scene is staged; always told.
    pub staged: Option<String>,
    /// Field `alert_id`.
    pub alert_id: Option<AlertId>,
    /// Field `site`.
    pub site: Option<SiteId>,
    /// Field `camera`.
    pub camera: Option<CameraId>,
    /// Field `zone`.
    pub zone: Option<ZoneId>,
    /// Field `grid_cell`. None until a rule gives ground positions.
    pub grid_cell: Option<String>,
    /// Field `time`: when the condition was met, at `precision.time`; of a crowd at the coarser of that and
    /// `aggregation.live_bin`.
    pub time: Option<ReleasedTime>,
    /// Field `time_bin`: the same; for anything but a crowd no finer than `aggregation.time_bin`.
    pub time_bin: Option<ReleasedTime>,
    /// Field `time_first_seen`: when the object was put down, at `precision.time`.
    pub time_first_seen: Option<ReleasedTime>,
    /// Field `confidence_band`.
    pub confidence_band: Option<ConfidenceBand>,
    /// Field `validity`.
    pub validity: Option<Validity>,
    /// Field `explanation`: every code; of the values only durations, rounded up as coarsely as `time`, and the
    /// zone's area.
    pub explanation: Vec<Explanation>,
    /// Field `model_id`: the models that took part.
    pub models: Vec<Digest>,
    /// Field `still_ref`, of a raised alert of which a redacted still may be kept.
    pub still_may_be_asked_for: bool,
    /// What is particular to the kind.
    pub body: ReleasedBody,
}

impl ReleasedObservation {
    /// The finest time that the policy lists: `time`, else `time_bin`, else `time_first_seen`.
    pub fn any_time(&self) -> Option<ReleasedTime> {
        self.time.or(self.time_bin).or(self.time_first_seen)
    }
}

/// What is particular to a kind.
#[derive(Debug, Clone, PartialEq)]
pub enum ReleasedBody {
    /// An object that nobody attends.
    AbandonedObject(ReleasedAbandonedObject),
    /// A zone's crowd level.
    CrowdDensity(ReleasedCrowdDensity),
    /// A crowd that moves unusually.
    CrowdMovement(ReleasedCrowdMovement),
}

/// An object that nobody attends.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct ReleasedAbandonedObject {
    /// Field `object_kind`: `backpack`, `handbag`, `suitcase` or `object`.
    pub object_kind: Option<&'static str>,
    /// Field `dwell_band`: how long it has been unattended.
    pub dwell_band: Option<DurationBand>,
}

/// A zone's crowd level.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct ReleasedCrowdDensity {
    /// Field `level`: one of the policy's `live_levels`.
    pub level: Option<String>,
    /// Field `previous_level`: one of the policy's `live_levels`.
    pub previous_level: Option<String>,
    /// Field `count_rounded`: never tells a group smaller than `min_group` nor a step finer than `round_to`.
    pub count_rounded: Option<CountBand>,
    /// Field `persons_per_m2`: the ends of the count's band over the zone's area.
    pub persons_per_m2: Option<ReleasedInterval>,
    /// There is no ground plane: the level does not rest on square metres. Always told.
    pub relative: bool,
    /// The boundary was chosen for a demonstration. Always told.
    pub demo_threshold: bool,
}

/// A crowd that moves unusually. Of a group smaller than `min_group` nothing is told at all.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct ReleasedCrowdMovement {
    /// Field `movement`.
    pub pattern: Option<MovementPattern>,
    /// Field `count_rounded`: those who were there when it began.
    pub count_rounded: Option<CountBand>,
    /// Field `speed_band`.
    pub speed_band: Option<SpeedBand>,
    /// Field `direction_sector`.
    pub direction_sector: Option<PictureDirection>,
    /// There is no ground plane: speeds rest on the height of persons. Always told.
    pub relative: bool,
}

/// The state of a camera. It tells nothing of people.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReleasedHealth {
    /// Which camera.
    pub camera: CameraId,
    /// The state that began; `NoPolicy` in the place of every state read off pictures when there is no valid
    /// policy.
    pub state: CoverageState,
    /// When it began; none where the policy's class `camera_health` does not list `time`. Without a policy, or
    /// without that class, to the minute.
    pub time: Option<ReleasedTime>,
    /// The policy, if there is one.
    pub policy_digest: Option<Digest>,
    /// Set where the scene is staged.
    pub staged: Option<String>,
}

/// One camera's hour. It tells nothing of people: how many alerts have no still is told only where those alerts, which
/// left as events, tell their camera and their hour themselves.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReleasedCoverage {
    /// As it was recorded, or without the counts of missing stills.
    pub bin: CoverageBin,
}

/// Which policy and models a box really runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attestation {
    /// The digests of the loaded models.
    pub models: Vec<Digest>,
    /// The version of the software.
    pub version: String,
}

/// What a box attests, with the policy that the gate itself holds.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReleasedAttestation {
    /// The policy in force.
    pub policy_digest: Digest,
    /// The digests of the loaded models.
    pub models: Vec<Digest>,
    /// The version of the software.
    pub version: String,
    /// When, at `precision.time`.
    pub time: ReleasedTime,
}
