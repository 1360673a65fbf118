//! What a rule has seen. An observation stays on the box; the gate makes an event of what the policy allows.

use crate::detection::ObjectClass;
use crate::geometry::BoxInFrame;
use crate::id::{AlertId, CameraId, Digest, ZoneId};
use crate::time::Timestamp;

/// One thing that a rule has to say.
#[derive(Debug, Clone, PartialEq)]
pub struct Observation {
    /// The alert that this begins, changes or ends.
    pub alert: AlertId,
    /// On which camera.
    pub camera: CameraId,
    /// In which zone.
    pub zone: ZoneId,
    /// When the condition was met, in the camera's capture time.
    pub at: Timestamp,
    /// Beginning, change or end.
    pub state: AlertState,
    /// What kind, with what is particular to it.
    pub body: ObservationBody,
    /// 0..=1; leaves the box only as a band.
    pub confidence: f32,
    /// Whether the rule could see well enough to be believed.
    pub validity: Validity,
    /// The conditions that held, and those that were suppressed.
    pub explanation: Vec<Explanation>,
    /// The models that took part.
    pub models: Vec<Digest>,
    /// Set where the scene is staged.
    pub staged: Option<String>,
}

/// The life of an alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AlertState {
    /// It began.
    Raised,
    /// It goes on, and something about it changed.
    Updated,
    /// It ended.
    Cleared,
}

/// What is particular to a kind of observation.
#[derive(Debug, Clone, PartialEq)]
pub enum ObservationBody {
    /// An object that nobody attends.
    AbandonedObject(AbandonedObject),
    /// A zone's crowd level changed.
    CrowdDensity(CrowdDensity),
}

/// An object that nobody attends.
#[derive(Debug, Clone, PartialEq)]
pub struct AbandonedObject {
    /// Where it lies. Leaves the box only as coarsely as the policy says.
    pub box_in_frame: BoxInFrame,
    /// What a detector calls it, if any does.
    pub class: Option<ObjectClass>,
    /// When it was put down.
    pub put_down_at: Timestamp,
    /// Seconds without anyone attending it.
    pub unattended_secs: f64,
}

/// A zone's crowd level.
#[derive(Debug, Clone, PartialEq)]
pub struct CrowdDensity {
    /// The level that holds now.
    pub level: String,
    /// The level before.
    pub previous_level: String,
    /// Persons in the zone, with uncertainty.
    pub persons: Interval,
    /// Persons per square metre, with uncertainty; none without a ground plane.
    pub persons_per_m2: Option<Interval>,
    /// Whether the boundary was chosen for a demonstration.
    pub demo_threshold: bool,
}

/// A quantity with its uncertainty: it lies between `low` and `high`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// The lower end.
    pub low: f64,
    /// The best estimate.
    pub estimate: f64,
    /// The upper end.
    pub high: f64,
}

/// Whether a rule could see well enough to be believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Validity {
    /// Yes.
    Valid,
    /// No: the explanation says why.
    NotValid,
}

/// One condition, with its value where it has one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Explanation {
    /// Which condition.
    pub code: ExplanationCode,
    /// In the unit that the code names.
    pub value: Option<f64>,
}

impl Explanation {
    /// A condition without a value.
    pub fn of(code: ExplanationCode) -> Self {
        Self { code, value: None }
    }

    /// A condition with its value, in the unit that the code names.
    pub fn with(code: ExplanationCode, value: f64) -> Self {
        Self { code, value: Some(value) }
    }
}

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident = $name:literal),+ $(,)?) => {
        /// The conditions that an explanation can name; the plain words are in `docs/glossary.md`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum ExplanationCode { $($(#[$doc])* $variant),+ }

        impl ExplanationCode {
            /// Every code.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The name in policy files and events.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }
        }
    };
}

codes! {
    /// Seconds since the object was put down.
    PutDownSecsAgo = "put_down_secs_ago",
    /// Seconds since the owner went beyond the owner radius or out of view.
    OwnerLeftSecsAgo = "owner_left_secs_ago",
    /// Seconds during which nobody attended it.
    UnattendedSecs = "unattended_secs",
    /// The person who put it down was followed back in the same camera's tracks.
    OwnerBackTraced = "owner_back_traced",
    /// Nobody could be followed back: any person nearby counts as attending.
    ProximityOnly = "proximity_only",
    /// A person was seen where and when it appeared.
    DropOffWitnessed = "drop_off_witnessed",
    /// It is new in the scene, not a place where something was taken away.
    NewlyArrived = "newly_arrived",
    /// It has not moved for this many seconds.
    StaticSecs = "static_secs",
    /// No person was seen there.
    NotAPerson = "not_a_person",
    /// Its look does not follow a change of light.
    NotLight = "not_light",
    /// Its size fits something that a person carries.
    PlausibleSize = "plausible_size",
    /// A detector names it as a bag.
    DetectedAsBag = "detected_as_bag",
    /// It was hidden by passers-by for this many seconds; hidden time did not count as unattended.
    HiddenSecs = "hidden_secs",
    /// It was known before the box restarted, and was found again.
    RestoredAfterRestart = "restored_after_restart",
    /// It is no longer there.
    PickedUp = "picked_up",
    /// A person attends it again.
    AttendedAgain = "attended_again",
    /// It could not be told from the background any longer.
    BecameBackground = "became_background",
    /// People at the box confirmed that it is furniture of the scene.
    ConfirmedFurniture = "confirmed_furniture",
    /// The level rose.
    LevelRose = "level_rose",
    /// The level fell.
    LevelFell = "level_fell",
    /// For this many seconds the new level held.
    LevelHeldSecs = "level_held_secs",
    /// Persons were counted by a person detector.
    CountedByDetector = "counted_by_detector",
    /// The zone's area in square metres, from the ground plane.
    ZoneAreaM2 = "zone_area_m2",
    /// There is no ground plane: the level rests on the count alone.
    RelativeLevel = "relative_level",
    /// The boundary was chosen for a demonstration.
    DemoThreshold = "demo_threshold",
    /// People are too small in the picture here for the rule to be believed.
    PeopleTooSmall = "people_too_small",
    /// Too many people for the rule to be believed.
    TooDense = "too_dense",
    /// The picture is too dark for the rule to be believed.
    TooDark = "too_dark",
    /// The camera cannot be seen.
    CameraLost = "camera_lost",
    /// Its camera, zone or rule was taken out of the configuration or the policy; nobody looked whether it is over.
    RuleRemoved = "rule_removed",
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_names_are_distinct_snake_case() {
        let mut names: Vec<_> = ExplanationCode::ALL.iter().map(|c| c.name()).collect();
        assert!(
            names.iter().all(|n| n.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_'))
        );
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), ExplanationCode::ALL.len());
    }
}
