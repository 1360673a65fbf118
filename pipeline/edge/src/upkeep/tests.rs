use velum_gate::{CameraPermission, GateMemory};
use velum_vocab::{
    AlertId, AlertState, CameraId, CrowdDensity, Interval, Observation, ObservationBody, Validity, ZoneId,
};

use super::*;
use crate::testing::{Approvers, keeper, test_box};

#[test]
fn a_new_policy_is_remembered_and_told() {
    let edge = test_box(100);
    let approvers = Approvers::in_folder(edge.folder.path());
    let mut upkeep = policed_by(&edge, &approvers);
    let facts = upkeep.facts();
    upkeep.look();
    let kept = GateMemory::parse(&edge.shared.outbox.gate_memory().unwrap().unwrap()).unwrap();
    assert_eq!(kept.policy.unwrap().version.to_string(), "1.0.0");
    assert_eq!(facts.borrow().policy_digest, edge.shared.gate.policy_digest());
}

fn policed(edge: &crate::testing::TestBox) -> Upkeep {
    policed_by(edge, &Approvers::in_folder(edge.folder.path()))
}

fn policed_by(edge: &crate::testing::TestBox, approvers: &Approvers) -> Upkeep {
    approvers.publish(&approvers.signed("1.0.0", 2));
    let policy = keeper(edge, Some(approvers.settings.clone()), &edge.shared.gate);
    Upkeep::new(Arc::clone(&edge.shared), policy, Zones::default())
}

/// An event waits.
fn commit_event(edge: &crate::testing::TestBox) {
    let camera = CameraId::parse("plaza-1").unwrap();
    let (at, state) = (edge.shared.clock.now(), velum_vocab::CoverageState::Restarted);
    let entry = edge.shared.judge_health(velum_vocab::Health { camera, at, state, staged: None });
    edge.shared.outbox.commit(vec![entry], None).unwrap();
}

/// Whether every record that waits is as before after `what`.
fn unchanged_by(edge: &crate::testing::TestBox, what: impl FnOnce()) -> bool {
    let outbox = &edge.shared.outbox;
    let records = || outbox.pending(outbox.stats().incarnation, 0, 100).unwrap();
    let before = records();
    assert!(!before.is_empty());
    what();
    before == records()
}

const DAY: Duration = Duration::from_secs(86_400);

#[test]
fn a_glitch_of_the_clock_into_the_future_destroys_nothing() {
    let edge = test_box(100);
    let mut upkeep = policed(&edge);
    commit_event(&edge);
    upkeep.look();
    let glitch = || {
        edge.clock.advance(20 * 365 * DAY);
        edge.shared.gate.permission(&CameraId::parse("plaza-1").unwrap());
        upkeep.expire();
        edge.clock.set(crate::testing::START);
        upkeep.expire();
    };
    assert!(unchanged_by(&edge, glitch));
}

#[test]
fn what_is_too_old_ends() {
    let edge = test_box(100);
    let mut upkeep = policed(&edge);
    commit_event(&edge);
    upkeep.look();
    let age = || {
        edge.pass_until(crate::testing::START.plus(3 * DAY));
        upkeep.expire();
    };
    assert!(!unchanged_by(&edge, age));
}

/// An alert of a crowd waits.
fn commit_alert(edge: &crate::testing::TestBox) {
    let around = |estimate: f64| Interval { low: estimate - 1.0, estimate, high: estimate + 1.0 };
    let body = ObservationBody::CrowdDensity(CrowdDensity {
        level: "busy".to_owned(),
        previous_level: "low".to_owned(),
        persons: around(7.0),
        persons_per_m2: None,
        demo_threshold: true,
    });
    let entry = edge.shared.judge_observation(Observation {
        alert: AlertId::random().unwrap(),
        camera: CameraId::parse("plaza-1").unwrap(),
        zone: ZoneId::parse("plaza").unwrap(),
        at: edge.shared.clock.now(),
        state: AlertState::Raised,
        body,
        confidence: 0.66,
        validity: Validity::Valid,
        explanation: Vec::new(),
        models: Vec::new(),
        staged: None,
    });
    assert!(matches!(entry, velum_outbox::Entry::Event(_)), "{entry:?}");
    edge.shared.outbox.commit(vec![entry], None).unwrap();
}

#[test]
fn what_waits_does_not_leave_under_a_policy_that_was_suspended() {
    let edge = test_box(100);
    let approvers = Approvers::in_folder(edge.folder.path());
    let mut upkeep = policed_by(&edge, &approvers);
    upkeep.look();
    commit_alert(&edge);
    assert!(unchanged_by(&edge, || upkeep.look()), "the policy is in force");
    approvers.publish(&approvers.signed_as("suspended", "1.1.0", 2));
    upkeep.policy_due = Due::every(POLICY_EVERY);
    assert!(!unchanged_by(&edge, || upkeep.look()), "it was suspended");
    assert!(unchanged_by(&edge, || upkeep.look()), "once is enough");
}

#[test]
fn what_waits_does_not_leave_after_a_start_without_a_policy() {
    let edge = test_box(100);
    policed(&edge).look();
    commit_alert(&edge);
    let gate = Arc::new(velum_gate::Gate::new(Arc::clone(&edge.shared.clock)));
    let (models, limits) = (
        crate::config::ModelSettings::default(),
        crate::config::LimitSettings { inference_threads: 1, min_free_disk_mib: 0 },
    );
    let shared = Arc::new(Shared {
        gate: Arc::clone(&gate),
        outbox: Arc::clone(&edge.shared.outbox),
        deliveries: Default::default(),
        clock: Arc::clone(&edge.shared.clock),
        metrics: edge.shared.metrics.clone(),
        detectors: crate::detectors::Detectors::new(models.clone(), limits),
        density_models: crate::density_models::DensityModels::new(models, limits),
        stills: Arc::clone(&edge.shared.stills),
        local: crate::local::Local::new(edge.folder.path(), Arc::clone(&edge.shared.clock), DAY),
        proofs: Default::default(),
        exercises: crate::exercise::Book::none(edge.folder.path(), Arc::clone(&edge.shared.clock)),
        shutdown: edge.shared.shutdown.clone(),
    });
    let policy = keeper(&edge, None, &gate);
    let mut restarted = Upkeep::new(shared, policy, Zones::default());
    assert!(!unchanged_by(&edge, || restarted.look()));
}

#[test]
fn a_clock_set_back_over_a_restart_stops_release() {
    let edge = test_box(100);
    let camera = CameraId::parse("plaza-1").unwrap();
    let upkeep =
        Upkeep::new(Arc::clone(&edge.shared), keeper(&edge, None, &edge.shared.gate), Zones::default());
    // One look at the clock, as every judgement is.
    edge.shared.gate.permission(&camera);
    upkeep.remember();
    let memory = GateMemory::parse(&edge.shared.outbox.gate_memory().unwrap().unwrap()).unwrap();
    let back = velum_vocab::SimulatedClock::at(crate::testing::START.minus(Duration::from_secs(86_400)));
    let gate = velum_gate::Gate::with_memory(Arc::new(back), memory);
    let approvers = Approvers::in_folder(edge.folder.path());
    approvers.publish(&approvers.signed("1.0.0", 2));
    gate.install(approvers.verified()).unwrap();
    assert_eq!(gate.permission(&camera), CameraPermission::UntrustedTime);
}

#[test]
fn it_is_noticed_when_the_policy_runs_out() {
    let edge = test_box(10);
    let approvers = Approvers::in_folder(edge.folder.path());
    let mut upkeep = policed_by(&edge, &approvers);
    upkeep.look();
    assert_eq!(upkeep.standing, Some(CameraPermission::Active));
    edge.clock.advance(Duration::from_secs(40 * 86_400));
    upkeep.look();
    assert_eq!(upkeep.standing, Some(CameraPermission::Expired));
    let policy = edge.shared.gate.policy().unwrap();
    let date = CameraPermission::Expired.date(policy.resolved());
    assert_eq!(date.as_deref(), Some("2026-12-20T00:00:00Z"));
}
