//! Whether a picture could be made of each camera, masked and verified: what the attestation of each minute rests on.
//!
//! It says "armed" only of what was seen to work: the policy allows pictures, the models are open, the detector looked
//! at one frame after the other, and the drawn face and person were found a short while ago. What is not known is a lapse.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use parking_lot::Mutex;
use velum_redaction::{CanaryState, Settings, SightState};
use velum_vocab::{CameraId, Timestamp};

/// The last frame may still be under way by so much.
const UNDER_WAY: Duration = Duration::from_secs(1);
/// So much later than the policy wants the drawings may have been shown.
const CANARY_LATE: Duration = Duration::from_secs(15);
/// Of pictures that failed, those that say something about the machinery and not about the picture.
const OF_THE_MACHINERY: [&str; 8] = [
    "canary",
    "detector_failed",
    "failed",
    "model",
    "no_finder",
    "painting_failed",
    "verifier_failed",
    "redaction_settings",
];

/// What was seen of a camera's pictures since the last look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Arming {
    /// The policy allows none: no frame is held.
    NoPictures,
    /// One could have been made at any time.
    Armed,
    /// Not at any time, for these reasons.
    Lapsed(BTreeSet<&'static str>),
}

/// How one camera's keeper stands.
#[derive(Debug, Default)]
enum Keeping {
    /// It holds nothing: no frame was analysed yet, or none may be.
    #[default]
    Closed,
    /// The policy allows no picture.
    NoneAllowed,
    /// The policy allows some, and this box can make none.
    Refused(&'static str),
    /// Frames are held.
    Open { canary_interval: Duration, max_detector_age: Duration, seen_at: Option<Timestamp> },
}

#[derive(Debug, Default)]
struct Place {
    keeping: Keeping,
    lapses: BTreeSet<&'static str>,
    /// Why no picture of the camera can be masked, as far as this box knows. The stream's end does not make it better.
    unmasked: Option<&'static str>,
}

/// All cameras.
#[derive(Debug, Default)]
pub(crate) struct Board(Mutex<BTreeMap<CameraId, Place>>);

impl Board {
    /// Frames are held no more.
    pub(super) fn closed(&self, camera: &CameraId) {
        self.set(camera, Keeping::Closed);
    }

    /// The policy allows no picture of the camera.
    pub(super) fn none_allowed(&self, camera: &CameraId) {
        self.set(camera, Keeping::NoneAllowed);
    }

    /// It allows some, and there are none for this reason.
    pub(super) fn refused(&self, camera: &CameraId, rule: &'static str) {
        self.set(camera, Keeping::Refused(rule));
    }

    /// Frames are held under these settings.
    pub(super) fn opened(&self, camera: &CameraId, settings: &Settings) {
        let (canary_interval, max_detector_age) = (settings.canary_interval(), settings.max_detector_age());
        self.set(camera, Keeping::Open { canary_interval, max_detector_age, seen_at: None });
    }

    fn set(&self, camera: &CameraId, keeping: Keeping) {
        let mut places = self.0.lock();
        let place = places.entry(camera.clone()).or_default();
        if matches!(place.keeping, Keeping::Open { .. }) {
            // The frames that were held are gone, however soon others are.
            place.lapses.insert("window_incomplete");
        }
        match keeping {
            Keeping::Refused(rule) => place.unmasked = Some(rule),
            Keeping::NoneAllowed | Keeping::Open { .. } => place.unmasked = None,
            Keeping::Closed => {}
        }
        place.keeping = keeping;
    }

    /// A frame is held, of which this is known.
    pub(super) fn frame(&self, camera: &CameraId, at: Timestamp, seen: SightState) {
        let mut places = self.0.lock();
        let Some(Place { keeping: Keeping::Open { max_detector_age, seen_at, .. }, lapses, .. }) =
            places.get_mut(camera)
        else {
            return;
        };
        if let Some(reason) = seen.withholds() {
            lapses.insert(reason.code());
            return;
        }
        if seen_at.is_some_and(|before| at > before.plus(*max_detector_age)) {
            lapses.insert("detector_stale");
        }
        *seen_at = Some(at);
    }

    /// There is no still of an alert of the camera, for this reason.
    pub(super) fn missing(&self, camera: &CameraId, rule: &'static str) {
        if OF_THE_MACHINERY.contains(&rule) {
            self.0.lock().entry(camera.clone()).or_default().lapses.insert(rule);
        }
    }

    /// The shortest time after which the drawings must be shown again; none where no camera holds frames.
    pub(crate) fn canary_interval(&self) -> Option<Duration> {
        let interval = |place: &Place| match place.keeping {
            Keeping::Open { canary_interval, .. } => Some(canary_interval),
            _ => None,
        };
        self.0.lock().values().filter_map(interval).min()
    }

    /// Whether a picture of the camera may be given out, made now or before: not while this box is known not to be
    /// able to mask it.
    ///
    /// # Errors
    /// The rule, for example `no_verifier`.
    pub(super) fn may_give_out(&self, camera: &CameraId) -> Result<(), &'static str> {
        self.0.lock().get(camera).and_then(|place| place.unmasked).map_or(Ok(()), Err)
    }

    /// What was seen since the last look.
    pub(crate) fn look(&self, camera: &CameraId, now: Timestamp, canary: Option<CanaryState>) -> Arming {
        let mut places = self.0.lock();
        let place = places.entry(camera.clone()).or_default();
        let mut lapses = std::mem::take(&mut place.lapses);
        match place.keeping {
            Keeping::NoneAllowed => return Arming::NoPictures,
            Keeping::Closed => {
                lapses.insert("no_frame");
            }
            Keeping::Refused(rule) => {
                lapses.insert(rule);
            }
            Keeping::Open { canary_interval, max_detector_age, seen_at } => {
                let last = seen_at.map(|at| at.plus(max_detector_age).plus(UNDER_WAY));
                if last.is_none_or(|until| until < now) {
                    lapses.insert("detector_stale");
                }
                let shown = canary.and_then(|canary| canary.last).filter(|(_, is_well)| *is_well);
                let shown = shown.map(|(at, _)| at.plus(canary_interval).plus(CANARY_LATE));
                if shown.is_none_or(|until| until < now) {
                    lapses.insert("canary");
                }
            }
        }
        if lapses.is_empty() { Arming::Armed } else { Arming::Lapsed(lapses) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_unix_millis(millis)
    }

    fn well(millis: i64) -> Option<CanaryState> {
        Some(CanaryState { last: Some((at(millis), true)), passed: 1, failed: 0 })
    }

    fn open() -> (Board, CameraId) {
        let (board, camera) = (Board::default(), CameraId::parse("a").unwrap());
        let (canary_interval, max_detector_age) = (Duration::from_secs(30), Duration::from_millis(500));
        board.set(&camera, Keeping::Open { canary_interval, max_detector_age, seen_at: None });
        (board, camera)
    }

    fn lapsed(reasons: &[&'static str]) -> Arming {
        Arming::Lapsed(reasons.iter().copied().collect())
    }

    #[test]
    fn armed_is_said_only_of_what_was_seen_to_work() {
        let (board, camera) = open();
        assert_eq!(board.look(&camera, at(0), None), lapsed(&["canary", "detector_stale"]));
        board.frame(&camera, at(900), SightState::Seen);
        assert_eq!(board.look(&camera, at(1_000), None), lapsed(&["canary"]));
        assert_eq!(board.look(&camera, at(1_000), well(0)), Arming::Armed);
        let blind = Some(CanaryState { last: Some((at(0), false)), passed: 0, failed: 1 });
        assert_eq!(board.look(&camera, at(1_000), blind), lapsed(&["canary"]));
        board.frame(&camera, at(1_200), SightState::TooDark);
        assert_eq!(board.look(&camera, at(1_300), well(0)), lapsed(&["too_dark"]));
        board.frame(&camera, at(1_500), SightState::Seen);
        assert_eq!(
            board.look(&camera, at(2_000), well(0)),
            lapsed(&["detector_stale"]),
            "600 ms between two looks"
        );
        assert_eq!(board.look(&camera, at(2_500), well(0)), Arming::Armed);
        assert_eq!(board.look(&camera, at(3_100), well(0)), lapsed(&["detector_stale"]), "no frame came");
        board.frame(&camera, at(46_000), SightState::Seen);
        board.look(&camera, at(46_000), well(0));
        assert_eq!(board.look(&camera, at(46_000), well(0)), lapsed(&["canary"]), "shown too long ago");
    }

    #[test]
    fn what_is_not_known_is_a_lapse_and_what_is_not_allowed_is_none() {
        let (board, camera) = (Board::default(), CameraId::parse("a").unwrap());
        assert_eq!(board.look(&camera, at(0), well(0)), lapsed(&["no_frame"]));
        board.none_allowed(&camera);
        assert_eq!(board.look(&camera, at(0), well(0)), Arming::NoPictures);
        board.refused(&camera, "no_verifier");
        assert_eq!(board.look(&camera, at(0), well(0)), lapsed(&["no_verifier"]));
        board.closed(&camera);
        assert_eq!(board.canary_interval(), None);
        assert_eq!(board.look(&camera, at(0), well(0)), lapsed(&["no_frame"]));
    }

    #[test]
    fn the_end_of_a_stream_lets_no_older_picture_out() {
        let (board, camera) = open();
        assert_eq!(board.may_give_out(&camera), Ok(()));
        board.refused(&camera, "no_verifier");
        board.closed(&camera);
        assert_eq!(board.may_give_out(&camera), Err("no_verifier"));
        let (canary_interval, max_detector_age) = (Duration::from_secs(30), Duration::from_millis(500));
        board.set(&camera, Keeping::Open { canary_interval, max_detector_age, seen_at: None });
        assert_eq!(board.may_give_out(&camera), Ok(()));
    }

    #[test]
    fn frames_that_were_let_go_between_two_looks_are_a_lapse() {
        let (board, camera) = open();
        board.frame(&camera, at(900), SightState::Seen);
        board.closed(&camera);
        let (canary_interval, max_detector_age) = (Duration::from_secs(30), Duration::from_millis(500));
        board.set(&camera, Keeping::Open { canary_interval, max_detector_age, seen_at: None });
        board.frame(&camera, at(950), SightState::Seen);
        assert_eq!(board.look(&camera, at(1_000), well(0)), lapsed(&["window_incomplete"]));
        assert_eq!(board.look(&camera, at(1_000), well(0)), Arming::Armed);
    }

    #[test]
    fn a_picture_that_failed_is_a_lapse_where_the_machinery_failed() {
        let (board, camera) = open();
        board.frame(&camera, at(900), SightState::Seen);
        board.missing(&camera, "verifier");
        assert_eq!(
            board.look(&camera, at(1_000), well(0)),
            Arming::Armed,
            "somebody was found: that is its work"
        );
        board.missing(&camera, "verifier_failed");
        assert_eq!(board.look(&camera, at(1_000), well(0)), lapsed(&["verifier_failed"]));
        assert_eq!(board.look(&camera, at(1_000), well(0)), Arming::Armed);
        assert_eq!(board.canary_interval(), Some(Duration::from_secs(30)));
    }
}
