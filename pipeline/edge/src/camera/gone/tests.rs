use std::time::Duration;

use velum_vocab::{AlertId, DensityLevelState, Timestamp, ZoneId};

use super::*;
use crate::testing::{Approvers, START, TestBox, test_box};

fn id(name: &str) -> CameraId {
    CameraId::parse(name).unwrap()
}

/// A level is told to be high at this camera.
fn leave_open(edge: &TestBox, camera: &str) {
    let level = DensityLevelState {
        zone: ZoneId::parse("z").unwrap(),
        alert: AlertId::from_bytes([7; 16]),
        level: "busy".to_owned(),
        since: START,
    };
    let state = RuleState {
        camera: id(camera),
        at: START,
        frame_width_px: 640,
        frame_height_px: 480,
        objects: Vec::new(),
        levels: vec![level],
        movements: Vec::new(),
        usual: Vec::new(),
    };
    edge.shared.outbox.commit(Vec::new(), Some(&state)).unwrap();
}

fn install_policy(edge: &TestBox) {
    let approvers = Approvers::in_folder(edge.folder.path());
    approvers.publish(&approvers.signed("1.0.0", 2));
    edge.shared.gate.install(approvers.verified()).unwrap();
}

fn levels(edge: &TestBox, camera: &str) -> usize {
    edge.shared.outbox.rule_state(&id(camera)).unwrap().map_or(0, |state| state.levels.len())
}

#[test]
fn alerts_of_a_camera_that_is_gone_end_once() {
    let edge = test_box(100);
    install_policy(&edge);
    leave_open(&edge, "plaza-1");
    leave_open(&edge, "elsewhere");
    for expected in [0, 0] {
        let mut gone = Gone::find(Arc::clone(&edge.shared), &[id("plaza-1")]).unwrap();
        gone.look();
        gone.look();
        assert_eq!((levels(&edge, "plaza-1"), levels(&edge, "elsewhere")), (1, expected));
        assert_eq!(edge.shared.outbox.stats().last_sequence, 1, "withheld, since no policy names it");
    }
    Gone::find(Arc::clone(&edge.shared), &[]).unwrap().look();
    assert_eq!((levels(&edge, "plaza-1"), edge.shared.outbox.stats().last_sequence), (0, 2));
    assert!(edge.shared.metrics.page().unwrap().contains("velum_withheld_total{rule=\"camera\"} 1"));
}

#[test]
fn what_the_policy_cannot_decide_now_waits() {
    let edge = test_box(100);
    install_policy(&edge);
    leave_open(&edge, "plaza-1");
    edge.shared.gate.permission(&id("plaza-1"));
    edge.clock.advance(Duration::from_secs(600));
    edge.shared.gate.permission(&id("plaza-1"));
    edge.clock.set(Timestamp::from_unix_secs(START.unix_secs() + 60));
    let mut gone = Gone::find(Arc::clone(&edge.shared), &[]).unwrap();
    gone.look();
    assert_eq!(levels(&edge, "plaza-1"), 1, "the clock was set back");
    edge.clock.set(Timestamp::from_unix_secs(START.unix_secs() + 660));
    gone.look();
    assert_eq!((levels(&edge, "plaza-1"), edge.shared.outbox.stats().last_sequence), (0, 1));
}
