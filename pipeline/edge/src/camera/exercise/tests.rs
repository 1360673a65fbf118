use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use velum_frame::{I420Layout, seal_i420};
use velum_gate::Pauses;
use velum_models::{Detect, ModelError};
use velum_redaction::{Family, Finder, RedactionError};
use velum_uplink::{ExerciseDesk as _, ExerciseStanding, ExerciseWish};
use velum_vocab::{
    AlertId, BoxInFrame, Clock as _, DensityLevelState, Detection, ObjectClass, Timestamp, ZoneId,
};

use super::*;
use crate::exercise::{Book, Exercises};
use crate::testing::{Approvers, START, TestBox, logged_box};

const SCENARIO: &str = "title = \"A bag\"\nsource = \"drawn\"\nlicence = \"CC0-1.0\"\nvideo = \"bag.mp4\"\nsecs = 60\n\
                        [[zones]]\nid = \"plaza\"\nabandoned = { unattended_secs = 5 }\n";
const STAGED: &str = "staged: Some(\"exercise: A bag\")";
const ORDER: [u8; 16] = [9; 16];

/// Sees nobody.
struct Nobody;

impl Finder for Nobody {
    fn find(&self, _: &RawFrame) -> Result<Vec<Detection>, RedactionError> {
        Ok(Vec::new())
    }

    fn finds(&self) -> Vec<ObjectClass> {
        Vec::new()
    }

    fn score_floor(&self, _: ObjectClass) -> f32 {
        0.0
    }

    fn family(&self) -> Family {
        Family("nobody")
    }
}

/// Sees somebody who brings a bag and goes when it has been put down.
#[derive(Default)]
struct Bringer(AtomicU64);

impl Detect for Bringer {
    fn detect(&self, _: &RawFrame) -> Result<Vec<Detection>, ModelError> {
        let number = self.0.fetch_add(1, Ordering::Relaxed);
        let box_in_frame = BoxInFrame::new(140.0, 88.0, 174.0, 170.0).unwrap();
        let person = Detection { class: ObjectClass::Person, score: 0.9, box_in_frame };
        Ok(if number < 55 { vec![person] } else { Vec::new() })
    }

    fn digest(&self) -> Digest {
        Digest::of(b"bringer")
    }
}

fn plaza() -> CameraId {
    CameraId::parse("plaza-1").unwrap()
}

/// What a person left in the edge.toml of this folder.
fn cameras(folder: &std::path::Path) -> Vec<CameraSettings> {
    let file = folder.join("edge.toml");
    std::fs::write(&file, "[cameras.plaza-1]\nsource = \"test:ball\"\nzones = [{ id = \"plaza\" }]\n")
        .unwrap();
    crate::config::load(&file).unwrap().cameras
}

struct Scene {
    edge: TestBox,
    camera: Camera,
    approvers: Approvers,
}

/// A box with one scenario, whose rules remember a level of the real camera.
fn scene() -> Scene {
    let mut edge = logged_box();
    let folder = edge.folder.path().join("exercises-of-people");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("bag.toml"), SCENARIO).unwrap();
    std::fs::write(folder.join("bag.mp4"), "").unwrap();
    let cameras = cameras(edge.folder.path());
    let book = open_book(&edge);
    Arc::get_mut(&mut edge.shared).unwrap().exercises = book;
    let approvers = Approvers::in_folder(edge.folder.path());
    approvers.publish(&approvers.signed("1.0.0", 2));
    edge.shared.gate.install(approvers.verified()).unwrap();
    edge.shared.outbox.commit(Vec::new(), Some(&real_state())).unwrap();
    let camera = Camera::new(cameras[0].clone(), Arc::clone(&edge.shared), edge.shared.shutdown.clone());
    Scene { edge, camera, approvers }
}

/// As after a restart.
fn open_book(edge: &TestBox) -> Book {
    let folder = Some(edge.folder.path().join("exercises-of-people"));
    Book::open(edge.folder.path(), folder, &cameras(edge.folder.path()), Arc::new(edge.clock.clone()))
}

fn real_state() -> RuleState {
    let level = DensityLevelState {
        zone: ZoneId::parse("plaza").unwrap(),
        alert: AlertId::from_bytes([4; 16]),
        level: "busy".to_owned(),
        since: START,
    };
    RuleState {
        camera: plaza(),
        at: START,
        frame_width_px: 320,
        frame_height_px: 240,
        objects: Vec::new(),
        levels: vec![level],
        movements: Vec::new(),
        usual: Vec::new(),
    }
}

fn wish() -> ExerciseWish {
    ExerciseWish {
        order_id: ORDER,
        camera: plaza(),
        scenario: "bag".to_owned(),
        expires_at: START.plus(Duration::from_secs(120)),
        role: "operators".to_owned(),
        is_stopped: false,
    }
}

impl Scene {
    fn order(&self, wish: &ExerciseWish) -> ExerciseStanding {
        Exercises(Arc::clone(&self.edge.shared)).exercise(wish)
    }

    /// Plays drawn frames, a bag from the fiftieth on; before each, `meanwhile` happens.
    fn play(&mut self, meanwhile: &mut dyn FnMut(&TestBox, u64)) {
        let (edge, mut number) = (&self.edge, 0);
        self.camera.play_by(&mut |camera, playing| {
            let mut frames = |_| {
                number += 1;
                meanwhile(edge, number);
                frame(edge, number)
            };
            camera.play_frames(playing, eyes(), keeper(edge), &mut frames)
        });
    }

    /// Everything that waits for the hub.
    fn told(&self) -> Vec<String> {
        let outbox = &self.edge.shared.outbox;
        let records = outbox.pending(outbox.stats().incarnation, 0, 1_000).unwrap();
        records
            .iter()
            .map(|record| format!("{record:?}"))
            .filter(|text| text.contains("AbandonedObject"))
            .collect()
    }

    fn standing(&self) -> ExerciseStanding {
        self.order(&wish())
    }

    /// The real camera's memory is as it was, nothing of the exercise is open, and what was told is marked.
    fn assert_back(&self) {
        let outbox = &self.edge.shared.outbox;
        assert_eq!(outbox.rule_state(&plaza()).unwrap(), Some(real_state()));
        assert!(outbox.rule_state(&slot(&plaza())).unwrap().is_none_or(|state| state.is_idle()));
        let told = self.told();
        assert!(told.iter().all(|event| event.contains(STAGED) && event.contains("plaza-1")), "{told:?}");
        let count = |state: &str| told.iter().filter(|event| event.contains(state)).count();
        assert_eq!(count("state: Raised"), count("state: Cleared"), "{told:?}");
    }
}

fn eyes() -> Eyes {
    Eyes { detector: Arc::new(Bringer::default()), density: None }
}

fn keeper(edge: &TestBox) -> Keeper {
    let sight =
        SightModel { finder: Arc::new(Nobody), digest: Digest::of(b"nobody"), id: "nobody".to_owned() };
    Keeper::new(plaza(), Arc::clone(&edge.shared.stills), sight)
}

/// Five frames a second of 40 s.
fn frame(edge: &TestBox, number: u64) -> NextFrame {
    if number > 200 {
        return NextFrame::Finished;
    }
    let at: Timestamp = edge.clock.now().plus(Duration::from_millis(200));
    edge.clock.set(at);
    let mut noise = fastrand::Rng::with_seed(number);
    let mut samples = vec![128; I420Layout::new(320, 240).unwrap().byte_len()];
    for (index, sample) in samples.iter_mut().take(320 * 240).enumerate() {
        let (x, y) = (index % 320, index / 320);
        let is_bag = number > 50 && (150..170).contains(&x) && (150..168).contains(&y);
        *sample = if is_bag { 40 } else { 120 } + noise.u8(..5);
    }
    NextFrame::Frame(seal_i420(plaza(), at, number, (320, 240), samples).unwrap())
}

#[test]
fn it_raises_staged_alerts_and_leaves_the_camera_as_it_was() {
    let mut scene = scene();
    assert_eq!(scene.order(&wish()), ExerciseStanding::Waits);
    assert!(scene.edge.shared.exercises.waits(&plaza()));
    scene.play(&mut |_, _| {});
    let ExerciseStanding::Ended { began, ended, reason } = scene.standing() else {
        panic!("{:?}", scene.standing())
    };
    assert_eq!((began, ended, reason.as_str()), (START, START.plus(Duration::from_secs(40)), "finished"));
    assert!(scene.told().iter().any(|event| event.contains("state: Raised")), "{:?}", scene.told());
    scene.assert_back();
    assert!(crate::local::read_all::<crate::local::Places>(scene.edge.folder.path()).unwrap().is_empty());

    // Its time counts as this, and as nothing else, and it is in the box's log from its beginning to its end.
    scene.camera.report.look(CoverageState::Exercise);
    scene.camera.report.end();
    let hours = scene.edge.shared.outbox.coverage_since(START).unwrap();
    let states = hours[0].secs_by_state.clone();
    assert!(states.get(&CoverageState::Exercise).is_some_and(|secs| *secs >= 39), "{states:?}");
    assert!(!states.contains_key(&CoverageState::Analysed), "{states:?}");
    assert_eq!(hours[0].counts.analysed, 0, "no frame of it is one of the camera's");
    let files = velum_policy::audit::files(&scene.edge.folder.path().join("audit")).unwrap();
    let log: String = files.iter().map(|file| std::fs::read_to_string(file).unwrap()).collect();
    for what in ["exercise-began", "exercise-ended", "exercise ended: finished", "hub:operators"] {
        assert!(log.contains(what), "{what}: {log}");
    }
}

#[test]
fn an_order_that_comes_again_is_not_played_again() {
    let mut scene = scene();
    scene.order(&wish());
    scene.play(&mut |_, _| {});
    let told = scene.told().len();
    assert!(matches!(scene.order(&wish()), ExerciseStanding::Ended { .. }));
    scene.play(&mut |_, _| {});
    assert_eq!(scene.told().len(), told);
}

#[test]
fn people_the_policy_and_the_clock_end_it_at_once() {
    let check = |meanwhile: &mut dyn FnMut(&TestBox, u64), expected: &str| {
        let mut scene = scene();
        scene.order(&wish());
        scene.play(meanwhile);
        let ExerciseStanding::Ended { reason, .. } = scene.standing() else {
            panic!("{:?}", scene.standing())
        };
        assert_eq!(reason, expected);
        // What may not be told of while people paused the camera is told of then.
        scene.edge.shared.gate.set_paused(Pauses::default());
        scene.camera.end_left_over();
        scene.assert_back();
    };
    let stop = |edge: &TestBox, number: u64| {
        if number == 150 {
            Exercises(Arc::clone(&edge.shared)).exercise(&ExerciseWish { is_stopped: true, ..wish() });
        }
    };
    check(&mut { stop }, "stopped");
    let pause = |edge: &TestBox, number: u64| {
        if number == 150 {
            let cameras = [(plaza(), edge.clock.now().plus(Duration::from_secs(60)))].into();
            edge.shared.gate.set_paused(Pauses { cameras, ..Pauses::default() });
        }
    };
    check(&mut { pause }, "paused");
    check(
        &mut |edge, number| {
            if number == 20 {
                edge.clock.advance(Duration::from_secs(90))
            }
        },
        "too_long",
    );
    check(
        &mut |edge, number| {
            if number == 20 {
                edge.shared.shutdown.request()
            }
        },
        "box_stopped",
    );
    check(&mut |_, number| assert!(number < 150, "as if it failed"), "failed");
}

#[test]
fn what_a_kill_cuts_off_ends_with_the_next_start() {
    let mut scene = scene();
    scene.order(&wish());
    let shared = Arc::clone(&scene.edge.shared);
    let (settings, log) = (&cameras(scene.edge.folder.path())[0], &shared.stills.archive.log);
    let playing = shared.exercises.begin(settings, log, None, || Ok(())).unwrap();
    let (edge, mut number) = (&scene.edge, 0);
    let mut frames = |_| {
        number += 1;
        if number > 150 { panic!("killed") } else { frame(edge, number) }
    };
    let camera = &mut scene.camera;
    let killed = AssertUnwindSafe(|| camera.play_frames(&playing, eyes(), keeper(edge), &mut frames));
    assert!(catch_unwind(killed).is_err());
    let told = scene.told();
    assert!(told.iter().any(|event| event.contains("state: Raised")), "{told:?}");
    assert!(!told.iter().any(|event| event.contains("state: Cleared")), "{told:?}");

    let book = open_book(&scene.edge);
    assert!(!book.waits(&plaza()) && book.last_staged(&plaza()).as_deref() == Some("exercise: A bag"));
    let again = book.order(&wish(), || Ok(()));
    let ExerciseStanding::Ended { reason, .. } = again else { panic!("{again:?}") };
    assert_eq!(reason, "restarted");
    let stop = shared.shutdown.clone();
    scene.camera = Camera::new(cameras(scene.edge.folder.path())[0].clone(), shared, stop);
    scene.camera.end_left_over();
    scene.assert_back();
    let told = scene.told().len();
    scene.camera.end_left_over();
    assert_eq!(scene.told().len(), told, "once");
}

#[test]
fn what_may_not_be_played_is_refused_by_its_rule() {
    let check = |change: &dyn Fn(&Scene, &mut ExerciseWish), expected: &str| {
        let scene = scene();
        let mut wish = wish();
        change(&scene, &mut wish);
        assert_eq!(scene.order(&wish), ExerciseStanding::Refused(expected.to_owned()));
        assert!(!scene.edge.shared.exercises.waits(&plaza()));
        let stopped = scene.order(&ExerciseWish { is_stopped: true, ..wish });
        assert_eq!(stopped, ExerciseStanding::Refused(expected.to_owned()), "it stays so");
    };
    check(&|_, wish| wish.scenario = "other".to_owned(), "unknown_scenario");
    check(&|_, wish| wish.camera = CameraId::parse("other").unwrap(), "unknown_camera");
    check(&|_, wish| wish.expires_at = START, "expired");
    check(&|_, wish| wish.is_stopped = true, "stopped");
    check(&|scene, _| scene.edge.shared.gate.withdraw(), "no_policy");
    let suspend = |scene: &Scene, _: &mut ExerciseWish| {
        scene.approvers.publish(&scene.approvers.signed_as("suspended", "1.1.0", 2));
        scene.edge.shared.gate.install(scene.approvers.verified()).unwrap();
    };
    check(&suspend, "status");
    let busy = |scene: &Scene, wish: &mut ExerciseWish| {
        scene.order(wish);
        wish.order_id = [1; 16];
    };
    let scene = scene();
    let mut other = wish();
    busy(&scene, &mut other);
    assert_eq!(scene.order(&other), ExerciseStanding::Refused("busy".to_owned()));
}

#[test]
fn what_the_policy_forbids_meanwhile_does_not_begin() {
    let mut scene = scene();
    scene.order(&wish());
    scene.edge.shared.gate.withdraw();
    scene.play(&mut |_, _| panic!("nothing is played"));
    assert_eq!(scene.standing(), ExerciseStanding::Refused("no_policy".to_owned()));
}

#[test]
fn it_is_played_with_the_settings_by_which_the_camera_runs_now() {
    let mut scene = scene();
    let scenario = scene.edge.folder.path().join("exercises-of-people/bag.toml");
    let (without_zones, _) = SCENARIO.split_once("[[zones]]").unwrap();
    std::fs::write(scenario, without_zones).unwrap();
    // As the hub pushed them.
    let file = scene.edge.folder.path().join("pushed.toml");
    let pushed = "[cameras.plaza-1]\nsource = \"test:ball\"\nzones = [{ id = \"stairs\" }]\n";
    std::fs::write(&file, pushed).unwrap();
    scene.camera.settings = crate::config::load(&file).unwrap().cameras.remove(0);
    assert_eq!(scene.order(&wish()), ExerciseStanding::Waits);
    let mut zones = Vec::new();
    scene.camera.play_by(&mut |_, playing| {
        zones = playing.settings.analysis.zones.iter().map(|zone| zone.id.to_string()).collect();
        Ok("finished")
    });
    assert_eq!(zones, ["stairs"]);
}
