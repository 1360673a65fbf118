use std::sync::atomic::{AtomicUsize, Ordering};

use velum_frame::Pixels;
use velum_vocab::{BoxInFrame, CameraId, SimulatedClock};

use super::*;
use crate::testing::{at, draft, frame, settings};
use crate::{
    FILL_LUMA, Family, Mask, PlateCover, SettingsDraft, Sight, SightState, Timeline, UnverifiedFrame,
    canary_face,
};

const CANARY: &str = "canary";

/// A model that finds the drawings, and besides what it is told to find on a frame of this number.
struct Model {
    family: &'static str,
    classes: Vec<ObjectClass>,
    finds_drawings: bool,
    score_floor: f32,
    found: fn(u64) -> Result<Vec<Detection>, RedactionError>,
    looks: AtomicUsize,
}

impl Model {
    fn of(family: &'static str, class: ObjectClass) -> Self {
        let found = |_| Ok(Vec::new());
        Self {
            family,
            classes: vec![class],
            finds_drawings: true,
            score_floor: 0.1,
            found,
            looks: AtomicUsize::new(0),
        }
    }

    fn look_at(&self, frame: &RawFrame) -> Result<Vec<Detection>, RedactionError> {
        if frame.camera().as_str() != CANARY {
            self.looks.fetch_add(1, Ordering::SeqCst);
            return (self.found)(frame.number());
        }
        let place = |class| match class {
            ObjectClass::Face => BoxInFrame::new(272.0, 110.0, 368.0, 240.0).unwrap(),
            _ => BoxInFrame::new(282.0, 140.0, 358.0, 342.0).unwrap(),
        };
        let drawings = self.classes.iter().filter(|_| self.finds_drawings);
        Ok(drawings.map(|&class| Detection { class, score: 0.9, box_in_frame: place(class) }).collect())
    }
}

impl Finder for Model {
    fn find(&self, frame: &RawFrame) -> Result<Vec<Detection>, RedactionError> {
        self.look_at(frame)
    }

    fn finds(&self) -> Vec<ObjectClass> {
        self.classes.clone()
    }

    fn score_floor(&self, _: ObjectClass) -> f32 {
        self.score_floor
    }

    fn family(&self) -> Family {
        Family(self.family)
    }
}

impl Verifier for Model {
    fn look(&self, picture: &UnverifiedFrame) -> Result<Vec<Detection>, RedactionError> {
        self.look_at(picture.painted())
    }

    fn finds(&self) -> Vec<ObjectClass> {
        self.classes.clone()
    }

    fn family(&self) -> Family {
        Family(self.family)
    }
}

fn thing(class: ObjectClass) -> Detection {
    let box_in_frame = BoxInFrame::new(100.0, 100.0, 140.0, 180.0).unwrap();
    Detection { class, score: 0.9, box_in_frame }
}

/// The models of one test, and the time.
struct Bench {
    sight: Model,
    finder: Model,
    verifier: Model,
    clock: SimulatedClock,
}

impl Bench {
    fn new() -> Self {
        Self {
            sight: Model::of("a", ObjectClass::Person),
            finder: Model::of("a", ObjectClass::Person),
            verifier: Model::of("b", ObjectClass::Face),
            clock: SimulatedClock::at(at(6)),
        }
    }

    fn redactor(self) -> Result<Redactor, RedactionError> {
        Redactor::new(RedactorParts {
            sight: Arc::new(self.sight),
            finders: vec![Arc::new(self.finder)],
            verifier: Arc::new(self.verifier),
            clock: Arc::new(self.clock),
        })
    }
}

/// Seven frames, of which the fourth is asked for; one frame was seen so.
fn job(settings: Arc<Settings>, odd: Option<(u64, SightState)>) -> Job {
    let mut timeline = Timeline::new(CameraId::parse("c").unwrap(), settings);
    for number in 0..6 {
        let seen = odd.filter(|odd| odd.0 == number).map_or(SightState::Seen, |odd| odd.1);
        timeline.push(frame(number), Sight { seen, ..Sight::blind(seen) }).unwrap();
    }
    timeline.ask(at(3)).unwrap();
    timeline.due().unwrap().job.unwrap()
}

fn check(change: impl FnOnce(&mut Bench), expected: Result<(), PictureWithheld>) {
    let mut bench = Bench::new();
    change(&mut bench);
    let made = bench.redactor().unwrap().make(job(settings(), None));
    assert_eq!(made.map(drop), expected);
}

#[test]
fn a_picture_is_made_when_all_is_well() {
    check(|_| (), Ok(()));
}

#[test]
fn a_frame_that_nobody_looked_at_withholds_wherever_in_the_window_it_is() {
    use PictureWithheld::{DetectorFailed, DetectorStale, Overloaded, TooDark};
    for (seen, expected) in [
        (SightState::Stale, DetectorStale),
        (SightState::Failed, DetectorFailed),
        (SightState::Overloaded, Overloaded),
        (SightState::TooDark, TooDark),
    ] {
        for number in 1..6 {
            let made = Bench::new().redactor().unwrap().make(job(settings(), Some((number, seen))));
            assert_eq!(made.map(drop), Err(expected), "{seen:?} in frame {number}");
        }
    }
}

#[test]
fn a_finder_that_fails_or_cannot_keep_up_withholds() {
    use PictureWithheld::{DetectorFailed, Overloaded};
    check(
        |bench| bench.finder.found = |_| Err(RedactionError::LookFailed("broken".into())),
        Err(DetectorFailed),
    );
    check(
        |bench| {
            bench.finder.found = |number| match number {
                5 => Err(RedactionError::LookOverloaded("busy".into())),
                _ => Ok(Vec::new()),
            };
        },
        Err(Overloaded),
    );
    check(|bench| bench.finder.found = |_| Ok(vec![thing(ObjectClass::Person); 2_000]), Err(Overloaded));
}

#[test]
fn the_verifiers_hit_and_its_failure_withhold() {
    use PictureWithheld::{Overloaded, Verifier, VerifierFailed};
    check(|bench| bench.verifier.found = |_| Ok(vec![thing(ObjectClass::Face)]), Err(Verifier));
    let broken = |_| Err(RedactionError::LookFailed("broken".into()));
    check(|bench| bench.verifier.found = broken, Err(VerifierFailed));
    let busy = |_| Err(RedactionError::LookOverloaded("busy".into()));
    check(|bench| bench.verifier.found = busy, Err(Overloaded));
}

#[test]
fn a_model_that_misses_the_drawings_withholds() {
    check(|bench| bench.sight.finds_drawings = false, Err(PictureWithheld::Canary));
    check(|bench| bench.finder.finds_drawings = false, Err(PictureWithheld::Canary));
    check(|bench| bench.verifier.finds_drawings = false, Err(PictureWithheld::Canary));
}

#[test]
fn the_drawings_are_shown_again_after_the_interval_and_not_before() {
    let clock = SimulatedClock::at(at(6));
    let well = AtomicUsize::new(0);
    let canary = Canary::default();
    let interval = Duration::from_secs(30);
    let look = |is_well: bool| {
        canary.is_well(&clock, interval, || {
            well.fetch_add(1, Ordering::SeqCst);
            Ok(is_well)
        })
    };
    assert!(look(true) && look(false));
    clock.advance(Duration::from_secs(30));
    assert!(!look(false) && !look(true));
    clock.advance(Duration::from_secs(30));
    assert!(look(true));
    // A clock that went back does not make an old success last.
    clock.set(at(0));
    assert!(!look(false));
    assert_eq!(well.load(Ordering::SeqCst), 4);
    clock.advance(interval);
    assert!(!canary.is_well(&clock, interval, || Err(RedactionError::LookFailed("broken".into()))));
}

#[test]
fn looks_too_far_apart_and_a_picture_that_waited_too_long_withhold() {
    let stale = Settings::new(SettingsDraft { max_detector_age: Duration::from_millis(199), ..draft() });
    let made = Bench::new().redactor().unwrap().make(job(Arc::new(stale.unwrap()), None));
    assert_eq!(made.map(drop), Err(PictureWithheld::DetectorStale));
    check(|bench| bench.clock = SimulatedClock::at(at(1).plus(Duration::from_secs(11))), {
        Err(PictureWithheld::Overloaded)
    });
}

/// The configuration cannot shorten what the policy wants held: at five frames a second, and ten allowed, the window
/// is long enough; where three are allowed, it is not.
#[test]
fn a_window_of_frames_that_follow_each_other_too_fast_withholds() {
    let made = |max_fps, hold_frames, lookahead_frames| {
        let draft = SettingsDraft { max_fps, hold_frames, lookahead_frames, ..draft() };
        let settings = Arc::new(Settings::new(draft).unwrap());
        Bench::new().redactor().unwrap().make(job(settings, None)).map(drop)
    };
    assert_eq!(made(10, 2, 2), Ok(()));
    assert_eq!(made(4, 2, 2), Ok(()), "half a frame's time is jitter");
    assert_eq!(made(3, 2, 2), Err(PictureWithheld::WindowIncomplete));
    assert_eq!(made(3, 0, 2), Err(PictureWithheld::WindowIncomplete));
}

#[test]
fn a_verifier_of_the_family_of_one_finder_is_refused() {
    let mut bench = Bench::new();
    bench.verifier.family = "a";
    let error = bench.redactor().err().unwrap().to_string();
    assert_eq!(
        error,
        "redaction: the verifier is of the family `a`, and so is a model of the plan; verify with another, \
         for example centerface; no picture is made"
    );
    let mut bench = Bench::new();
    bench.finder.family = "b";
    assert!(matches!(bench.redactor(), Err(RedactionError::SameFamily(Family("b")))));
    let mut bench = Bench::new();
    bench.finder.family = "c";
    assert!(bench.redactor().is_ok());
}

#[test]
fn without_whoever_finds_what_must_be_covered_there_is_no_picture() {
    let mut bench = Bench::new();
    bench.sight.classes = vec![ObjectClass::Face];
    bench.finder.classes = vec![ObjectClass::Face];
    assert!(matches!(bench.redactor(), Err(RedactionError::NoFinder("person"))));
    let plates = Settings::new(SettingsDraft { plates: PlateCover::Needed, ..draft() }).unwrap();
    let redactor = Bench::new().redactor().unwrap();
    assert!(matches!(redactor.check(&plates), Err(RedactionError::NoFinder("vehicle"))));
    assert_eq!(redactor.make(job(Arc::new(plates), None)).map(drop), Err(PictureWithheld::NoFinder));
}

/// A policy that covers from a lower score on than any model tells is not met by silence.
#[test]
fn what_no_model_tells_of_cannot_be_covered() {
    let check = |sight: f32, finder: f32, expected: Result<(), PictureWithheld>| {
        let mut bench = Bench::new();
        (bench.sight.score_floor, bench.finder.score_floor) = (sight, finder);
        let redactor = bench.redactor().unwrap();
        assert_eq!(redactor.make(job(settings(), None)).map(drop), expected, "{sight} {finder}");
    };
    check(0.1, 0.1, Ok(()));
    check(0.45, 0.1, Ok(()));
    check(0.45, 0.11, Err(PictureWithheld::NoFinder));
    let mut bench = Bench::new();
    bench.sight.classes.push(ObjectClass::Vehicle);
    bench.sight.score_floor = 0.25;
    let redactor = bench.redactor().unwrap();
    let draft = SettingsDraft { score_min: 0.1, plates: PlateCover::Needed, ..draft() };
    let error = redactor.check(&Settings::new(draft).unwrap()).unwrap_err().to_string();
    assert_eq!(
        error,
        "redaction: the policy covers a vehicle from score 0.1 on, and no model tells of one below 0.25; choose a \
         model that does, for example yolox-nano; no picture is made"
    );
}

/// Whom only a finder sees, and only in the last frame of the window, is covered in the picture.
#[test]
fn finders_look_at_the_whole_window() {
    let mut bench = Bench::new();
    bench.finder.found = |number| match number {
        5 => Ok(vec![thing(ObjectClass::Person)]),
        _ => Ok(Vec::new()),
    };
    let redactor = bench.redactor().unwrap();
    let job = job(settings(), None);
    let plan = redactor.plan(&job).unwrap();
    assert!(Mask::of(&plan, 320, 240).covers(60, 70));
    let painted = redact(frame(3), &plan, settings().method()).unwrap();
    assert_eq!(painted.painted().luma().row(140)[120], FILL_LUMA);
}

/// A frame is looked at once, also where two pictures need it; one that became a picture is still known.
#[test]
fn windows_that_overlap_share_what_was_found() {
    let finder = Arc::new(Model::of("a", ObjectClass::Person));
    let redactor = Redactor::new(RedactorParts {
        sight: Arc::new(Model::of("a", ObjectClass::Person)),
        finders: vec![Arc::clone(&finder) as Arc<dyn Finder>],
        verifier: Arc::new(Model::of("b", ObjectClass::Face)),
        clock: Arc::new(SimulatedClock::at(at(6))),
    })
    .unwrap();
    let mut timeline = Timeline::new(CameraId::parse("c").unwrap(), settings());
    for number in 0..7 {
        timeline.push(frame(number), Sight::blind(SightState::Seen)).unwrap();
        if (2..5).contains(&number) {
            timeline.ask_newest().unwrap();
        }
        if let Some(due) = timeline.due() {
            redactor.make(due.job.unwrap()).unwrap();
        }
    }
    assert_eq!(finder.looks.load(Ordering::SeqCst), 7);
}

/// Where the policy wants raw frames gone sooner than a window lasts, finders look at them before that; where they
/// did not, the picture is withheld, for the hold would be shorter than it says.
#[test]
fn no_finder_misses_a_frame_of_the_window_in_silence() {
    let made = |looks_before: bool| {
        let clock = SimulatedClock::at(at(0));
        let finder = Arc::new(Model::of("a", ObjectClass::Person));
        let redactor = Redactor::new(RedactorParts {
            sight: Arc::new(Model::of("a", ObjectClass::Person)),
            finders: vec![Arc::clone(&finder) as Arc<dyn Finder>],
            verifier: Arc::new(Model::of("b", ObjectClass::Face)),
            clock: Arc::new(clock.clone()),
        })
        .unwrap();
        let short = SettingsDraft { raw_lifetime: Duration::from_millis(500), ..draft() };
        let settings = Arc::new(Settings::new(short).unwrap());
        let mut timeline = Timeline::new(CameraId::parse("c").unwrap(), settings);
        for number in 0..6 {
            clock.set(at(number));
            timeline.push(frame(number), Sight::blind(SightState::Seen)).unwrap();
            if looks_before {
                redactor.look_before_wiping(&timeline);
            }
        }
        timeline.ask(at(3)).unwrap();
        let made = redactor.make(timeline.due().unwrap().job.unwrap()).map(drop);
        (made, finder.looks.load(Ordering::SeqCst))
    };
    assert_eq!(made(true), (Ok(()), 6), "each frame once");
    assert_eq!(made(false), (Err(PictureWithheld::WindowIncomplete), 0));
}

/// A clock that a model moves on by looking.
#[test]
fn a_frame_whose_lifetime_ends_while_models_look_becomes_no_picture() {
    let check = |slow_from: usize, expected: PictureWithheld| {
        let clock = SimulatedClock::at(at(6));
        let slow = Slow { model: Model::of("a", ObjectClass::Person), clock: clock.clone(), slow_from };
        let looked = Arc::new(slow);
        let redactor = Redactor::new(RedactorParts {
            sight: Arc::new(Model::of("a", ObjectClass::Person)),
            finders: vec![Arc::clone(&looked) as Arc<dyn Finder>],
            verifier: Arc::new(Model::of("b", ObjectClass::Face)),
            clock: Arc::new(clock),
        })
        .unwrap();
        assert_eq!(redactor.make(job(settings(), None)).map(drop), Err(expected));
        assert_eq!(looked.model.looks.load(Ordering::SeqCst), slow_from, "nothing was looked at too late");
    };
    check(2, PictureWithheld::WindowIncomplete);
    check(5, PictureWithheld::Overloaded);
}

/// A finder whose look of this number takes ten seconds.
struct Slow {
    model: Model,
    clock: SimulatedClock,
    slow_from: usize,
}

impl Finder for Slow {
    fn find(&self, frame: &RawFrame) -> Result<Vec<Detection>, RedactionError> {
        let found = self.model.find(frame);
        if self.model.looks.load(Ordering::SeqCst) == self.slow_from {
            self.clock.advance(Duration::from_secs(10));
        }
        found
    }

    fn finds(&self) -> Vec<ObjectClass> {
        Finder::finds(&self.model)
    }

    fn score_floor(&self, class: ObjectClass) -> f32 {
        self.model.score_floor(class)
    }

    fn family(&self) -> Family {
        Finder::family(&self.model)
    }
}

#[test]
fn the_drawing_is_a_picture_of_its_own_camera() {
    assert_eq!(canary_face().unwrap().camera().as_str(), CANARY);
}
