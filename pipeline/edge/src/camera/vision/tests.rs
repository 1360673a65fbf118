use velum_analyse::{
    AbandonedSettings, CameraSettings as AnalysisSettings, DensitySettings, LevelBoundary as Level,
    MovementSettings,
};
use velum_decode::{SourceConfig, SourceUrl};
use velum_frame::{I420Layout, Pixels, seal_i420};
use velum_models::{CountError, DensityMap, ModelError};
use velum_outbox::Entry;
use velum_vocab::{AlertId, BoxInFrame, CameraId, DensityLevelState, Detection, Polygon, ZoneId};

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::super::unsent::Unsent;
use super::*;
use crate::testing::{Approvers, START, TestBox, test_box};

/// Sees nobody.
struct Empty;

impl Detect for Empty {
    fn detect(&self, _: &RawFrame) -> Result<Vec<Detection>, ModelError> {
        Ok(Vec::new())
    }

    fn digest(&self) -> Digest {
        Digest::of(b"empty")
    }
}

/// Believes that so many people stand in the middle.
struct Crowd(f32);

impl EstimateDensity for Crowd {
    fn density(&self, _: &RawFrame) -> Result<DensityMap, ModelError> {
        let cells = vec![0.0, 0.0, 0.0, 0.0, self.0, 0.0, 0.0, 0.0, 0.0];
        Ok(DensityMap::over_picture(3, 3, cells).unwrap())
    }

    fn digest(&self) -> Digest {
        Digest::of(b"crowd")
    }

    fn count_error(&self) -> CountError {
        CountError { persons: 0.5, fraction: 0.0 }
    }
}

fn vision(edge: &TestBox) -> Vision {
    vision_with(edge, None)
}

fn vision_with(edge: &TestBox, density: Option<Arc<dyn EstimateDensity>>) -> Vision {
    let id = CameraId::parse("plaza-1").unwrap();
    let levels = vec![Level { name: "busy".to_owned(), from: LevelFrom::Persons(20.0), demo: false }];
    let zone = ZoneSettings {
        id: ZoneId::parse("z").unwrap(),
        polygon: Polygon::whole_frame(),
        abandoned: Some(AbandonedSettings::default()),
        density: Some(DensitySettings { levels, ..DensitySettings::default() }),
        movement: Some(MovementSettings::default()),
    };
    let settings = CameraSettings {
        analysis: AnalysisSettings { zones: vec![zone], ..AnalysisSettings::new(id.clone()) },
        id,
        site: None,
        stream: SourceConfig::new(SourceUrl::parse("test:ball").unwrap()),
        credentials: None,
        shadow: Vec::new(),
        density_model: None,
        back_tracing: true,
        detector_rest: std::time::Duration::ZERO,
        watching: Default::default(),
    };
    let eyes = Eyes { detector: Arc::new(Empty), density };
    Vision::new(settings, Arc::clone(&edge.shared), eyes, Memory::Kept)
}

fn state(level: &str) -> RuleState {
    let level = DensityLevelState {
        zone: ZoneId::parse("z").unwrap(),
        alert: AlertId::random().unwrap(),
        level: level.to_owned(),
        since: START,
    };
    RuleState {
        camera: CameraId::parse("plaza-1").unwrap(),
        at: START,
        frame_width_px: 640,
        frame_height_px: 480,
        objects: Vec::new(),
        levels: vec![level],
        movements: Vec::new(),
        usual: Vec::new(),
    }
}

/// Sees nobody, and whether anything of the right half is to be seen.
#[derive(Default)]
struct Spy(AtomicBool);

impl Detect for Spy {
    fn detect(&self, frame: &RawFrame) -> Result<Vec<Detection>, ModelError> {
        let luma = frame.luma();
        let half = luma.width_px() / 2;
        let seen = (0..luma.height_px()).any(|y| luma.row(y)[half..].iter().any(|sample| *sample != 16));
        self.0.store(seen, Ordering::Relaxed);
        Ok(Vec::new())
    }

    fn digest(&self) -> Digest {
        Digest::of(b"spy")
    }
}

fn install(edge: &TestBox, approvers: &Approvers, version: &str) {
    approvers.publish(&approvers.signed(version, 2));
    edge.shared.gate.install(approvers.verified()).unwrap();
}

#[test]
fn a_new_policy_goes_on_from_what_still_waits() {
    let edge = test_box(1);
    let approvers = Approvers::in_folder(edge.folder.path());
    install(&edge, &approvers, "1.0.0");
    let (stored, newer) = (state("low"), state("busy"));
    let filler = Entry::Withheld("filler".to_owned());
    edge.shared.outbox.commit(vec![filler.clone()], Some(&stored)).unwrap();
    let (mut vision, nothing) = (vision(&edge), PausedAreas::new());
    vision.open =
        Some(vision.open_under(edge.shared.gate.policy_digest(), &nothing, Some(&newer)).unwrap().0);
    assert!(!vision.is_outdated(&nothing));
    install(&edge, &approvers, "1.1.0");
    assert!(vision.is_outdated(&nothing));

    let mut unsent = Unsent::new(Arc::clone(&edge.shared));
    unsent.add([filler]);
    unsent.remember(vision.close());
    unsent.flush();
    assert_eq!(unsent.waiting_state(), Some(&newer), "the outbox is full");
    let id = CameraId::parse("plaza-1").unwrap();
    assert_eq!(edge.shared.outbox.rule_state(&id).unwrap(), Some(stored), "it did not overtake what waits");
    let open =
        vision.open_under(edge.shared.gate.policy_digest(), &nothing, unsent.waiting_state()).unwrap().0;
    assert_eq!(open.analysis.rule_state(), newer);

    edge.shared.outbox.acknowledge(1).unwrap();
    unsent.flush();
    assert_eq!(unsent.waiting_state(), None);
    let open = vision.open_under(edge.shared.gate.policy_digest(), &nothing, None).unwrap().0;
    assert_eq!(open.analysis.rule_state(), newer);
}

#[test]
fn what_the_policy_does_not_allow_is_not_computed() {
    let edge = test_box(10);
    let vision = vision(&edge);
    let left = || {
        let mut zone = vision.settings.analysis.zones[0].clone();
        vision.leave_out_forbidden(&mut zone, &[]);
        (zone.abandoned.is_some(), zone.density.is_some())
    };
    assert_eq!(left(), (false, false), "without a policy nothing is");
    install(&edge, &Approvers::in_folder(edge.folder.path()), "1.0.0");
    assert_eq!(left(), (true, true));
}

/// As the camera has a frame analysed.
fn see(vision: &mut Vision, frame: &mut RawFrame) -> Step {
    let paused = vision.shared.gate.paused_areas(&vision.settings.id);
    if vision.is_outdated(&paused) {
        let state = vision.close();
        vision.shared.outbox.commit(Vec::new(), state.as_ref()).unwrap();
    }
    vision.step(frame, &paused, None, Alertness::MayRest).unwrap()
}

/// Five frames a second of a quiet place; a dark bag where one is.
struct Drawn {
    at: Timestamp,
    frames: u64,
}

impl Drawn {
    const SIZE_PX: (u32, u32) = (320, 240);

    fn frame(&mut self, bags: &[(usize, usize)]) -> RawFrame {
        let (width, height) = Self::SIZE_PX;
        let mut noise = fastrand::Rng::with_seed(self.frames);
        let mut samples = vec![128; I420Layout::new(width, height).unwrap().byte_len()];
        for (index, sample) in samples.iter_mut().take((width * height) as usize).enumerate() {
            let (x, y) = (index % width as usize, index / width as usize);
            let is_bag = |&(left, top): &(usize, usize)| {
                (left..left + 20).contains(&x) && (top..top + 18).contains(&y)
            };
            *sample = if bags.iter().any(is_bag) { 40 } else { 120 } + noise.u8(..5);
        }
        self.at = self.at.plus(Duration::from_millis(200));
        self.frames += 1;
        let id = CameraId::parse("plaza-1").unwrap();
        seal_i420(id, self.at, self.frames, Self::SIZE_PX, samples).unwrap()
    }

    /// What must be committed at once when so many frames of this have been seen, with their numbers.
    fn urgent(
        &mut self,
        vision: &mut Vision,
        frames: usize,
        bags: impl Fn(usize) -> Vec<(usize, usize)>,
    ) -> Vec<(usize, RuleState)> {
        (0..frames)
            .filter_map(|number| {
                see(vision, &mut self.frame(&bags(number)));
                Some((number, vision.urgent_rule_state(self.at)?))
            })
            .collect()
    }
}

#[test]
fn what_has_just_been_put_down_is_committed_at_once_and_a_few_times_a_second_at_most() {
    let edge = test_box(10);
    install(&edge, &Approvers::in_folder(edge.folder.path()), "1.0.0");
    let (mut vision, mut drawn) = (vision(&edge), Drawn { at: START, frames: 0 });
    assert!(drawn.urgent(&mut vision, 30, |_| Vec::new()).is_empty(), "nothing is there");

    let put_down = drawn.urgent(&mut vision, 10, |_| vec![(150, 150)]);
    let (number, state) = &put_down[0];
    assert!(*number <= 1, "a kill in the same second loses nothing: {number}");
    assert!(put_down.len() <= 2, "once when it appears, once when it is still: {put_down:?}");
    assert_eq!(state.objects.len(), 1);
    assert!(state.objects[0].box_in_frame.iou(&BoxInFrame::new(150.0, 150.0, 170.0, 168.0).unwrap()) > 0.5);
    assert_eq!(vision.open.as_ref().unwrap().committed.as_ref(), put_down.last().map(|last| &last.1));

    let place = |number: usize| (20 + 37 * (number * 5 % 7), 30 + 41 * (number * 3 % 5));
    let turmoil = drawn.urgent(&mut vision, 25, |number| vec![(150, 150), place(number)]);
    assert!(!turmoil.is_empty(), "something new appeared each time");
    let soon = turmoil.iter().zip(turmoil.iter().skip(1)).filter(|(a, b)| b.0 - a.0 < 2).count();
    assert_eq!(soon, 0, "{turmoil:?}");
}

/// A policy that says of the right half of the first camera what it is.
fn install_with_zone(edge: &TestBox, kind: &str) {
    let approvers = Approvers::in_folder(edge.folder.path());
    let mount = "mount    = \"recorded footage\"\n";
    let zone = format!(
        "{mount}zone = [ {{ id = \"right\", kind = \"{kind}\", polygon = [[0.5,0.0],[1.0,0.0],[1.0,1.0],[0.5,1.0]], \
         reason = \"a test\" }} ]\n"
    );
    approvers.publish(&approvers.changed("1.0.0", &[(mount, &zone)]));
    edge.shared.gate.install(approvers.verified()).unwrap();
}

#[test]
fn what_is_private_no_model_and_no_rule_sees_and_where_nothing_may_alert_nothing_is_watched() {
    let check = |kind: &str, left: usize, expected: usize, is_seen: bool| {
        let edge = test_box(10);
        install_with_zone(&edge, kind);
        let spy = Arc::new(Spy::default());
        let mut vision = vision(&edge);
        vision.eyes.detector = Arc::clone(&spy) as _;
        let mut drawn = Drawn { at: START, frames: 0 };
        drawn.urgent(&mut vision, 30, |_| Vec::new());
        let put_down = drawn.urgent(&mut vision, 15, |_| vec![(left, 150)]);
        let objects = put_down.last().map_or(0, |(_, state)| state.objects.len());
        assert_eq!((objects, spy.0.load(Ordering::Relaxed)), (expected, is_seen), "{kind}, {left}");
        let mut frame = drawn.frame(&[]);
        see(&mut vision, &mut frame);
        assert_eq!(frame.luma().row(120)[300] == 16, !is_seen, "stills are made of the same frame");
    };
    check("watch", 220, 1, true);
    check("private_mask", 220, 0, false);
    check("private_mask", 60, 1, false);
    check("no_alert", 220, 0, true);
    check("no_alert", 60, 1, true);
}

#[test]
fn the_density_network_of_a_camera_counts_beside_its_detector() {
    let edge = test_box(10);
    install(&edge, &Approvers::in_folder(edge.folder.path()), "1.0.0");
    let counted = |density: Option<Arc<dyn EstimateDensity>>| {
        let (mut vision, mut drawn) = (vision_with(&edge, density), Drawn { at: START, frames: 0 });
        let steps: Vec<Step> = (0..60).map(|_| see(&mut vision, &mut drawn.frame(&[]))).collect();
        let models = steps.iter().flat_map(|step| &step.observations).map(|seen| seen.models.len());
        (steps.last().unwrap().counts[0].persons.estimate, models.max())
    };
    assert_eq!(counted(None), (0.0, None));
    let (persons, models) = counted(Some(Arc::new(Crowd(90.0))));
    assert!(persons > 30.0, "{persons}");
    assert_eq!(models, Some(2), "the event names both");
}

mod paused;
mod trials;

/// Counts how often it looks.
#[derive(Default)]
struct Looks(std::sync::atomic::AtomicUsize);

impl Detect for Looks {
    fn detect(&self, _: &RawFrame) -> Result<Vec<Detection>, ModelError> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Ok(Vec::new())
    }

    fn digest(&self) -> Digest {
        Digest::of(b"looks")
    }
}

#[test]
fn a_detector_rests_before_a_still_scene_but_not_for_pictures_and_it_forgets_with_the_analysis() {
    let edge = test_box(10);
    install(&edge, &Approvers::in_folder(edge.folder.path()), "1.0.0");
    let looks = Arc::new(Looks::default());
    let settings = CameraSettings { detector_rest: Duration::from_secs(1), ..vision(&edge).settings };
    let eyes = Eyes { detector: Arc::clone(&looks) as _, density: None };
    let mut vision = Vision::new(settings, Arc::clone(&edge.shared), eyes, Memory::Kept);
    let mut at = START;
    let mut looks_in_frames = |vision: &mut Vision, alertness, frames: usize| {
        let before = looks.0.load(Ordering::Relaxed);
        for _ in 0..frames {
            at = at.plus(Duration::from_millis(200));
            let samples = vec![128; I420Layout::new(640, 480).unwrap().byte_len()];
            let id = CameraId::parse("plaza-1").unwrap();
            let mut frame = seal_i420(id, at, 1, (640, 480), samples).unwrap();
            vision.step(&mut frame, &PausedAreas::new(), None, alertness).unwrap();
        }
        looks.0.load(Ordering::Relaxed) - before
    };
    // Twice to agree, and once each second.
    assert_eq!(looks_in_frames(&mut vision, Alertness::MayRest, 10), 3);
    assert_eq!(looks_in_frames(&mut vision, Alertness::Awake, 10), 10);
    assert_eq!(looks_in_frames(&mut vision, Alertness::MayRest, 3), 2);
    // What the camera sees under another policy, nobody compares with what it saw under this one.
    vision.close();
    assert_eq!(looks_in_frames(&mut vision, Alertness::MayRest, 3), 2);
}
