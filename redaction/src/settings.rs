//! What the policy asks of redaction, as plain values that were checked once.

use std::time::Duration;

use velum_vocab::{ObjectClass, Polygon};

use crate::RedactionError;

/// The most frames of a window: what is held of raw pictures must stay small.
const WINDOW_FRAMES_MAX: u32 = 120;
/// Raw frames live for seconds.
const RAW_LIFETIME_MAX: Duration = Duration::from_secs(10);

/// How what is covered is painted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Method {
    /// One colour, see [`crate::solid_fill`].
    #[default]
    SolidFill,
    /// Looks like a blur and is made only of pixels outside the mask, see [`crate::surround_blur`].
    SurroundBlur,
}

/// How much of a person is covered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PersonCover {
    /// All of them: body and clothes identify too.
    #[default]
    Whole,
    /// The head, where one was seen and where one must be.
    Head,
}

/// Whether number plates must be covered: they are, with the whole vehicle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PlateCover {
    /// They must; without a model that finds vehicles there is no picture.
    #[default]
    Needed,
    /// Vehicles are covered where they are found.
    AsFound,
}

/// Settings as they come from a policy, not yet checked.
#[derive(Debug, Clone, PartialEq)]
pub struct SettingsDraft {
    /// By how much every box is grown on each side, as a fraction of its own width and height: 0..=10.
    pub margin_fraction: f32,
    /// The most frames a second that the policy lets the camera be analysed at. It turns the frames of hold and
    /// look-ahead into times, so that analysing faster makes no window shorter.
    pub max_fps: u32,
    /// For how many frames something stays covered after it was seen.
    pub hold_frames: u32,
    /// For how many frames something is covered before it was first seen; a picture waits for so many.
    pub lookahead_frames: u32,
    /// How what is covered is painted.
    pub method: Method,
    /// How much of a person is covered.
    pub persons: PersonCover,
    /// Whether plates must be covered.
    pub plates: PlateCover,
    /// Areas that are never shown.
    pub private_areas: Vec<Polygon>,
    /// From which score on a detection is covered: 0..=1. Lower covers more.
    pub score_min: f32,
    /// From which score on the verifier's hit withholds the picture: 0..=1. Lower withholds more.
    pub verify_score_min: f32,
    /// How long a raw frame may be in memory.
    pub raw_lifetime: Duration,
    /// How far apart two looks of the detector may be.
    pub max_detector_age: Duration,
    /// How often the detectors must have found the synthetic face and person.
    pub canary_interval: Duration,
}

/// The verifier's score from which on a picture is withheld, where nobody says other.
///
/// *Source*: measured with CenterFace on 102 photographs with people (341 faces, 8 pixels wide or more, by YuNet)
/// and 112 without. Plan of yolox-nano and velum-person-0: at 0.25, 7 and 8 were withheld, and no face was let
/// through; at 0.4, 1 and 2, and two faces were. Plan of velum-person-0 alone: at 0.3 two faces were let through,
/// at 0.25 one.
pub const VERIFY_SCORE_MIN: f32 = 0.25;

/// Settings that hold together. Made only by [`Settings::new`].
#[derive(Debug, Clone, PartialEq)]
pub struct Settings(SettingsDraft);

impl Settings {
    /// Checks what a policy asks for.
    ///
    /// # Errors
    /// [`RedactionError::Margin`], [`RedactionError::Setting`]: with the strictest values of a policy that says
    /// nothing (an endless hold, no lifetime) no picture can be made, and that is said here.
    pub fn new(draft: SettingsDraft) -> Result<Self, RedactionError> {
        check_margin(draft.margin_fraction)?;
        check_share("score_min", draft.score_min)?;
        check_share("verify_score_min", draft.verify_score_min)?;
        let frames = draft.hold_frames.saturating_add(draft.lookahead_frames).saturating_add(1);
        if frames > WINDOW_FRAMES_MAX {
            let needs = format!("together at most {}, for example 12 and 6", WINDOW_FRAMES_MAX - 1);
            return Err(setting(
                "hold_frames and lookahead_frames",
                &format_args!("{} and {}", draft.hold_frames, draft.lookahead_frames),
                needs,
            ));
        }
        check_time("raw_lifetime", draft.raw_lifetime, RAW_LIFETIME_MAX)?;
        check_max_fps(&draft)?;
        check_time("max_detector_age", draft.max_detector_age, Duration::from_secs(60))?;
        check_time("canary_interval", draft.canary_interval, Duration::from_secs(24 * 3600))?;
        Ok(Self(draft))
    }

    /// By how much every box is grown.
    pub fn margin_fraction(&self) -> f32 {
        self.0.margin_fraction
    }

    /// Frames before the picture whose detections are covered.
    pub fn hold_frames(&self) -> usize {
        self.0.hold_frames as usize
    }

    /// Frames after the picture whose detections are covered.
    pub fn lookahead_frames(&self) -> usize {
        self.0.lookahead_frames as usize
    }

    /// How long before the picture its window must reach.
    pub(crate) fn hold(&self) -> Duration {
        time_of(self.0.hold_frames, self.0.max_fps)
    }

    /// How long after the picture its window must reach.
    pub(crate) fn lookahead(&self) -> Duration {
        time_of(self.0.lookahead_frames, self.0.max_fps)
    }

    /// By how much a window may be shorter than that: the time stamps of cameras jitter.
    pub(crate) fn jitter(&self) -> Duration {
        time_of(1, self.0.max_fps) / 2
    }

    /// Frames of a whole window.
    pub fn window_frames(&self) -> usize {
        self.hold_frames() + self.lookahead_frames() + 1
    }

    /// How what is covered is painted.
    pub fn method(&self) -> Method {
        self.0.method
    }

    /// How much of a person is covered.
    pub fn persons(&self) -> PersonCover {
        self.0.persons
    }

    /// Whether plates must be covered.
    pub fn plates(&self) -> PlateCover {
        self.0.plates
    }

    /// Areas that are never shown.
    pub fn private_areas(&self) -> &[Polygon] {
        &self.0.private_areas
    }

    /// From which score on a detection is covered.
    pub fn score_min(&self) -> f32 {
        self.0.score_min
    }

    /// From which score on the verifier's hit withholds.
    pub fn verify_score_min(&self) -> f32 {
        self.0.verify_score_min
    }

    /// How long a raw frame may be in memory.
    pub fn raw_lifetime(&self) -> Duration {
        self.0.raw_lifetime
    }

    /// How far apart two looks of the detector may be.
    pub fn max_detector_age(&self) -> Duration {
        self.0.max_detector_age
    }

    /// How often the canaries must have been found.
    pub fn canary_interval(&self) -> Duration {
        self.0.canary_interval
    }
}

impl Settings {
    /// Whether models can meet them that tell of a class down to this score; none where they do not find it.
    ///
    /// # Errors
    /// [`RedactionError::NoFinder`], [`RedactionError::ScoreFloor`].
    pub fn check_floors(&self, lowest: impl Fn(ObjectClass) -> Option<f32>) -> Result<(), RedactionError> {
        let vehicles = (self.plates() == PlateCover::Needed).then_some(ObjectClass::Vehicle);
        [ObjectClass::Person].into_iter().chain(vehicles).try_for_each(|class| {
            let (class, wanted, found) = (class.name(), self.score_min(), lowest(class));
            match found.ok_or(RedactionError::NoFinder(class))? {
                // A floor that is no number withholds.
                floor if floor <= wanted => Ok(()),
                floor => Err(RedactionError::ScoreFloor { class, floor, wanted }),
            }
        })
    }
}

/// A margin that can be added to a box.
pub(crate) fn check_margin(margin_fraction: f32) -> Result<(), RedactionError> {
    if (0.0..=10.0).contains(&margin_fraction) {
        return Ok(());
    }
    Err(RedactionError::Margin(margin_fraction))
}

/// A rate at which the look-ahead ends before the picture's own raw frame must be gone.
fn check_max_fps(draft: &SettingsDraft) -> Result<(), RedactionError> {
    if draft.max_fps == 0 {
        return Err(setting(
            "max_fps",
            &draft.max_fps,
            "a frame a second or more, for example 10".to_owned(),
        ));
    }
    let (wait, lifetime) = (time_of(draft.lookahead_frames, draft.max_fps), draft.raw_lifetime);
    if wait < lifetime {
        return Ok(());
    }
    let needs = format!("more than the {wait:?} that the look-ahead takes, or fewer lookahead_frames");
    Err(setting("raw_lifetime", &format_args!("{lifetime:?}"), needs))
}

/// What so many frames take at least, at this rate.
fn time_of(frames: u32, max_fps: u32) -> Duration {
    Duration::from_secs(u64::from(frames)) / max_fps.max(1)
}

fn check_share(name: &'static str, value: f32) -> Result<(), RedactionError> {
    if (0.0..=1.0).contains(&value) {
        return Ok(());
    }
    Err(setting(name, &value, "a score from 0 to 1, for example 0.1".to_owned()))
}

fn check_time(name: &'static str, value: Duration, most: Duration) -> Result<(), RedactionError> {
    if !value.is_zero() && value <= most {
        return Ok(());
    }
    Err(setting(name, &format_args!("{value:?}"), format!("more than nothing and at most {most:?}")))
}

fn setting(name: &'static str, found: &dyn std::fmt::Display, needs: String) -> RedactionError {
    RedactionError::Setting { name, found: found.to_string(), needs }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::draft;

    #[test]
    fn what_cannot_be_done_is_said() {
        let check = |change: fn(&mut SettingsDraft), expected: &str| {
            let mut draft = draft();
            change(&mut draft);
            assert_eq!(Settings::new(draft).unwrap_err().to_string(), expected);
        };
        check(
            |draft| draft.hold_frames = u32::MAX,
            "redaction hold_frames and lookahead_frames: `4294967295 and 2` needs together at most 119, for \
             example 12 and 6; no picture is made",
        );
        check(
            |draft| draft.score_min = f32::NAN,
            "redaction score_min: `NaN` needs a score from 0 to 1, for example 0.1; no picture is made",
        );
        check(
            |draft| draft.raw_lifetime = Duration::ZERO,
            "redaction raw_lifetime: `0ns` needs more than nothing and at most 10s; no picture is made",
        );
        check(
            |draft| draft.margin_fraction = -1.0,
            "redaction margin `-1`: needs a finite share of the box from 0 to 10, for example 0.15",
        );
        check(
            |draft| draft.max_fps = 0,
            "redaction max_fps: `0` needs a frame a second or more, for example 10; no picture is made",
        );
        check(
            |draft| draft.raw_lifetime = Duration::from_millis(400),
            "redaction raw_lifetime: `400ms` needs more than the 400ms that the look-ahead takes, or fewer \
             lookahead_frames; no picture is made",
        );
        assert!(Settings::new(draft()).is_ok());
    }
}
