//! A rule that the policy only lets be tried.

use velum_vocab::{AbandonedObject, AlertState, ObservationBody, Validity};

use super::super::super::shadow::Shadow;
use super::*;
use crate::local::{RuleLog, ShadowLog, read_all};
use crate::testing::{TRIAL, TRIAL_UNTIL, logged_box};

const RULE: &str = "abandoned_object";

/// A box that tries whether things are left alone, and what it sees.
struct Scene {
    edge: TestBox,
    vision: Vision,
    shadow: Shadow,
    drawn: Drawn,
}

impl Scene {
    fn new(edge: TestBox) -> Self {
        let approvers = Approvers::in_folder(edge.folder.path());
        approvers.publish(&approvers.changed("1.0.0", &TRIAL));
        edge.shared.gate.install(approvers.verified()).unwrap();
        let vision = vision(&edge);
        let shadow = Shadow::new(vision.settings.clone(), Arc::clone(&edge.shared));
        Self { edge, vision, shadow, drawn: Drawn { at: START, frames: 0 } }
    }

    /// So many frames, as a camera takes them: what its rules looked for, and what of them is left to be told.
    fn watch(&mut self, frames: usize, bags: &[(usize, usize)]) -> (Vec<&'static str>, Vec<&'static str>) {
        let (mut ran, mut left) = (Vec::new(), Vec::new());
        for _ in 0..frames {
            let mut frame = self.drawn.frame(bags);
            self.edge.clock.set(self.drawn.at);
            if self.vision.is_outdated(&PausedAreas::new()) {
                let state = self.vision.close();
                self.edge.shared.outbox.commit(Vec::new(), state.as_ref()).unwrap();
            }
            let mut step = self.vision.step(&mut frame, &PausedAreas::new(), None, Alertness::Awake).unwrap();
            let rules = |step: &Step| step.validity.iter().map(|one| one.rule).collect::<Vec<_>>();
            ran = rules(&step);
            self.shadow.take(&mut step, self.drawn.at, self.vision.trials());
            left = rules(&step);
            assert!(step.observations.is_empty());
        }
        (ran, left)
    }

    /// How many objects the rule watches, and how many of them are remembered over a restart.
    fn objects(&mut self) -> (usize, usize) {
        let watched = self.vision.open.as_ref().unwrap().analysis.rule_state().objects.len();
        (watched, self.vision.rule_state().unwrap().objects.len())
    }

    /// The log of what is tried, as it is on the disk.
    fn tried(&self) -> Option<RuleLog> {
        self.edge.shared.local.save();
        let logs = read_all::<ShadowLog>(self.edge.folder.path()).unwrap();
        logs.values().flat_map(|log| &log.rules).find(|log| log.trial.is_some()).cloned()
    }

    /// An alert that the rule would raise.
    fn raised(&self) -> Observation {
        let body = ObservationBody::AbandonedObject(AbandonedObject {
            box_in_frame: BoxInFrame::new(10.0, 10.0, 30.0, 30.0).unwrap(),
            class: None,
            put_down_at: self.drawn.at,
            unattended_secs: 31.0,
        });
        Observation {
            alert: AlertId::from_bytes([7; 16]),
            camera: CameraId::parse("plaza-1").unwrap(),
            zone: ZoneId::parse("z").unwrap(),
            at: self.drawn.at,
            state: AlertState::Raised,
            body,
            confidence: 0.7,
            validity: Validity::Valid,
            explanation: Vec::new(),
            models: Vec::new(),
            staged: None,
        }
    }
}

#[test]
fn what_is_tried_stays_on_the_box_and_goes_when_the_trial_is_over() {
    let mut scene = Scene::new(logged_box());
    scene.watch(30, &[]);
    let (ran, left) = scene.watch(15, &[(150, 150)]);
    assert!(ran.contains(&RULE) && ran.contains(&"crowd_density"), "{ran:?}");
    assert_eq!(left, ["crowd_density"], "nothing else is told of what is tried");
    assert_eq!(scene.objects(), (1, 0), "none of it is written");
    let mut step = Step { observations: vec![scene.raised()], ..Step::default() };
    scene.shadow.take(&mut step, scene.drawn.at, scene.vision.trials());
    assert!(step.observations.is_empty(), "it asks for it live");
    let tried = scene.tried().unwrap();
    assert_eq!((tried.rule.as_str(), tried.open.len()), (RULE, 1));
    assert_eq!(tried.trial.unwrap().id, "bags-by-night");

    scene.edge.pass_until(TRIAL_UNTIL);
    scene.drawn.at = TRIAL_UNTIL;
    let (ran, left) = scene.watch(15, &[(150, 150)]);
    assert_eq!((ran, left), (vec!["crowd_density"], vec!["crowd_density"]), "it does not run any more");
    assert_eq!(scene.objects(), (0, 0));
    trial::end_over(&scene.edge.shared);
    assert_eq!(scene.tried(), None);
    let outbox = &scene.edge.shared.outbox;
    assert_eq!(outbox.stats().last_sequence, 0, "nothing of it took a number");
    assert_eq!(
        outbox.rule_state(&CameraId::parse("plaza-1").unwrap()).unwrap().map(|s| s.objects.len()),
        Some(0)
    );
}

#[test]
fn a_trial_begins_at_its_time() {
    let edge = logged_box();
    edge.clock.set(START.minus(Duration::from_secs(6 * 3_600 + 1)));
    let mut scene = Scene::new(edge);
    scene.drawn.at = scene.edge.shared.clock.now();
    assert_eq!(scene.watch(4, &[]).0, ["crowd_density"], "it has not begun");
    assert!(scene.watch(2, &[]).0.contains(&RULE), "it has");
}

#[test]
fn without_a_log_it_does_not_run() {
    let mut scene = Scene::new(test_box(10));
    assert_eq!(scene.watch(3, &[]).0, ["crowd_density"]);
    assert!(!scene.vision.is_outdated(&PausedAreas::new()), "it is not tried again with each frame");
    assert_eq!(scene.tried(), None);
}
