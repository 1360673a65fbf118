//! Zones that people paused: what is painted over, and what becomes of what the rules remember.

use velum_gate::{PausedZone, Pauses};
use velum_vocab::Clock;

use super::*;

const MINUTE: Duration = Duration::from_secs(60);
/// Where bags lie.
const LEFT: (usize, usize) = (60, 150);
const RIGHT: (usize, usize) = (220, 150);

fn right_half() -> Polygon {
    Polygon::from_fractions(&[(0.5, 0.0), (1.0, 0.0), (1.0, 1.0), (0.5, 1.0)]).unwrap()
}

/// People pause the right half under this name, for a minute.
fn pause(edge: &TestBox, zone: &str) {
    let (since, until) = (edge.clock.now(), edge.clock.now().plus(MINUTE));
    let paused = PausedZone { zone: zone.to_owned(), areas: vec![right_half()], since, until };
    let zones = [(CameraId::parse("plaza-1").unwrap(), vec![paused])].into();
    edge.shared.gate.set_paused(Pauses { zones, ..Pauses::default() });
}

struct Scene {
    edge: TestBox,
    spy: Arc<Spy>,
    vision: Vision,
    drawn: Drawn,
}

/// Two bags have just been put down.
fn scene() -> Scene {
    let edge = test_box(10);
    install(&edge, &Approvers::in_folder(edge.folder.path()), "1.0.0");
    let spy = Arc::new(Spy::default());
    let mut vision = vision(&edge);
    vision.eyes.detector = Arc::clone(&spy) as _;
    let mut drawn = Drawn { at: START, frames: 0 };
    drawn.urgent(&mut vision, 30, |_| Vec::new());
    drawn.urgent(&mut vision, 15, |_| vec![LEFT, RIGHT]);
    Scene { edge, spy, vision, drawn }
}

impl Scene {
    /// So many frames on which both bags lie; the last one, and what was said.
    fn go_on(&mut self, frames: usize) -> (RawFrame, Vec<Observation>) {
        let mut said = Vec::new();
        let mut last = None;
        for _ in 0..frames {
            let mut frame = self.drawn.frame(&[LEFT, RIGHT]);
            said.extend(see(&mut self.vision, &mut frame).observations);
            last = Some(frame);
        }
        (last.unwrap(), said)
    }

    fn is_seen(&self) -> bool {
        self.spy.0.load(Ordering::Relaxed)
    }

    /// Where objects are watched, and for how long nobody attended them.
    fn objects(&mut self) -> Vec<(f32, f64)> {
        let state = self.vision.rule_state().unwrap();
        let mut objects: Vec<_> = (state.objects.iter())
            .map(|object| (object.box_in_frame.left_px(), object.unattended_secs))
            .collect();
        objects.sort_by(|a, b| a.0.total_cmp(&b.0));
        objects
    }
}

#[test]
fn a_paused_zone_no_model_and_no_rule_sees_until_it_goes_on() {
    for zone in ["terrace", "z"] {
        let mut scene = scene();
        assert!(scene.is_seen());
        let before = scene.objects();
        assert_eq!(before.len(), 2, "{before:?}");

        pause(&scene.edge, zone);
        let (frame, said) = scene.go_on(60);
        assert!(!scene.is_seen() && frame.luma().row(120)[300] == 16, "stills are made of the same frame");
        assert!(frame.luma().row(120)[20] != 16 && said.is_empty(), "{said:?}");
        let meanwhile = scene.objects();
        assert_eq!(meanwhile.len(), 2, "what cannot be seen is not over: {meanwhile:?}");
        assert_eq!(meanwhile[1], before[1], "nor does its time go on");
        let is_watched = meanwhile[0].1 > before[0].1;
        assert_eq!(is_watched, zone == "terrace", "the zone `z` is the whole picture");

        scene.edge.clock.advance(MINUTE);
        let (frame, said) = scene.go_on(60);
        assert!(scene.is_seen() && frame.luma().row(120)[300] != 16 && said.is_empty(), "{said:?}");
        let after = scene.objects();
        assert!(after.len() == 2 && after[1].1 > before[1].1, "{after:?}");
    }
}

#[test]
fn a_level_that_holds_is_neither_told_nor_forgotten_while_a_part_of_its_zone_is_paused() {
    let edge = test_box(10);
    install(&edge, &Approvers::in_folder(edge.folder.path()), "1.0.0");
    let stored = state("busy");
    edge.shared.outbox.commit(Vec::new(), Some(&stored)).unwrap();
    pause(&edge, "terrace");
    let (mut vision, mut drawn) = (vision(&edge), Drawn { at: START, frames: 0 });
    let mut watch = |frames: usize| -> Vec<Observation> {
        (0..frames).flat_map(|_| see(&mut vision, &mut drawn.frame(&[])).observations).collect()
    };
    assert_eq!(watch(60), [], "nobody is there, but nobody can know");
    edge.clock.advance(MINUTE);
    let said = watch(60);
    assert_eq!(said.len(), 1, "{said:?}");
    assert_eq!(said[0].alert, stored.levels[0].alert);
    assert_eq!(said[0].state, velum_vocab::AlertState::Cleared);
}
