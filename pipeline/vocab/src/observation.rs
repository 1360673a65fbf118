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
    /// A crowd moves as it does not usually do here.
    CrowdMovement(CrowdMovement),
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

/// A crowd that moves as it does not usually do here. Never about one person: the numbers are those of a group.
#[derive(Debug, Clone, PartialEq)]
pub struct CrowdMovement {
    /// In which way it is unusual.
    pub pattern: MovementPattern,
    /// Persons who were there when it began, with uncertainty; of a counter-flow those who went against the others.
    pub persons: Interval,
    /// How fast the crowd moves; of a dispersal how fast people move apart.
    pub speed_m_per_s: f64,
    /// There is no ground plane: the speed was taken from person heights, a standing person being 1.7 m tall.
    pub relative: bool,
    /// Where the crowd goes in the picture; none where it has no common direction.
    pub direction: Option<PictureDirection>,
    /// The share of moving persons who go against the usual direction; none where no direction is usual.
    pub counter_flow_fraction: Option<f64>,
}

/// In which way a crowd moves unusually.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MovementPattern {
    /// Together, much faster than usual.
    Surge,
    /// Apart from each other, much faster than usual.
    Dispersal,
    /// A group against the usual direction.
    CounterFlow,
}

impl MovementPattern {
    /// Every pattern.
    pub const ALL: [Self; 3] = [Self::Surge, Self::Dispersal, Self::CounterFlow];

    /// The name in events and state.
    pub fn name(self) -> &'static str {
        match self {
            Self::Surge => "surge",
            Self::Dispersal => "dispersal",
            Self::CounterFlow => "counter_flow",
        }
    }
}

/// One of eight sectors in the picture, as an operator sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PictureDirection {
    /// To the right.
    Right,
    /// Down and to the right.
    DownRight,
    /// Down, usually towards the camera.
    Down,
    /// Down and to the left.
    DownLeft,
    /// To the left.
    Left,
    /// Up and to the left.
    UpLeft,
    /// Up, usually away from the camera.
    Up,
    /// Up and to the right.
    UpRight,
}

impl PictureDirection {
    /// Every direction, clockwise from the right.
    pub const ALL: [Self; 8] = [
        Self::Right,
        Self::DownRight,
        Self::Down,
        Self::DownLeft,
        Self::Left,
        Self::UpLeft,
        Self::Up,
        Self::UpRight,
    ];

    /// The sector of a movement in the picture, x to the right and y down; none of no movement.
    pub fn of(x: f64, y: f64) -> Option<Self> {
        if !(x.is_finite() && y.is_finite()) || (x == 0.0 && y == 0.0) {
            return None;
        }
        let eighths = (y.atan2(x) / std::f64::consts::FRAC_PI_4).round() as i32;
        Self::ALL.get(usize::try_from(eighths.rem_euclid(8)).unwrap_or(0)).copied()
    }

    /// The name in events.
    pub fn name(self) -> &'static str {
        match self {
            Self::Right => "right",
            Self::DownRight => "down_right",
            Self::Down => "down",
            Self::DownLeft => "down_left",
            Self::Left => "left",
            Self::UpLeft => "up_left",
            Self::Up => "up",
            Self::UpRight => "up_right",
        }
    }
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
    /// Persons were estimated by a density network, too; each estimate counts by its own error.
    EstimatedByCrowdMap = "estimated_by_crowd_map",
    /// Detector and density network disagree by more than their errors explain: the interval is wider for it.
    EstimatesDisagree = "estimates_disagree",
    /// The zone's area in square metres, from the ground plane.
    ZoneAreaM2 = "zone_area_m2",
    /// There is no ground plane: the level rests on the count alone.
    RelativeLevel = "relative_level",
    /// The boundary was chosen for a demonstration.
    DemoThreshold = "demo_threshold",
    /// The crowd moves faster than is usual here.
    SpeedRose = "speed_rose",
    /// People move apart faster than is usual here.
    MovingApart = "moving_apart",
    /// A group goes against the direction that is usual here.
    AgainstUsualDirection = "against_usual_direction",
    /// For this many seconds it moved so.
    MovementHeldSecs = "movement_held_secs",
    /// Movement was measured in the picture where people are, and taken together: nobody is followed.
    MeasuredTogether = "measured_together",
    /// There is no ground plane: speeds rest on the height of persons in the picture.
    SpeedFromHeights = "speed_from_heights",
    /// What is usual here was learnt from this many seconds with people.
    LearnedSecs = "learned_secs",
    /// What is usual here is still being learnt.
    StillLearning = "still_learning",
    /// The crowd moves as usual again, or is gone.
    MovementEnded = "movement_ended",
    /// It went on for so long that it counts as usual now.
    BecameUsual = "became_usual",
    /// The camera moves, or the whole picture changes: what people do cannot be told.
    CameraMoved = "camera_moved",
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
    fn directions_are_those_of_the_picture() {
        let check = |x, y, expected| assert_eq!(PictureDirection::of(x, y), expected, "{x} {y}");
        check(1.0, 0.1, Some(PictureDirection::Right));
        check(1.0, -1.1, Some(PictureDirection::UpRight));
        check(0.1, 2.0, Some(PictureDirection::Down));
        check(-3.0, -0.2, Some(PictureDirection::Left));
        check(0.0, -1.0, Some(PictureDirection::Up));
        check(0.0, 0.0, None);
        check(f64::NAN, 1.0, None);
    }

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
