use velum_gate::{CameraPermission, GateMemory};
use velum_vocab::CameraId;

use super::*;
use crate::testing::{Approvers, test_box};

#[test]
fn a_new_policy_is_remembered_and_told() {
    let edge = test_box(100);
    let approvers = Approvers::in_folder(edge.folder.path());
    approvers.publish(&approvers.signed("1.0.0", 2));
    let (gate, metrics) = (Arc::clone(&edge.shared.gate), edge.shared.metrics.clone());
    let mut upkeep = Upkeep::new(
        Arc::clone(&edge.shared),
        PolicyKeeper::new(Some(approvers.settings.clone()), gate, metrics),
    );
    let facts = upkeep.facts();
    upkeep.look();
    let kept = GateMemory::parse(&edge.shared.outbox.gate_memory().unwrap().unwrap()).unwrap();
    assert_eq!(kept.policy.unwrap().version.to_string(), "1.0.0");
    assert_eq!(facts.borrow().policy_digest, edge.shared.gate.policy_digest());
}

#[test]
fn a_clock_set_back_over_a_restart_stops_release() {
    let edge = test_box(100);
    let camera = CameraId::parse("plaza-1").unwrap();
    let upkeep = Upkeep::new(
        Arc::clone(&edge.shared),
        PolicyKeeper::new(None, Arc::clone(&edge.shared.gate), edge.shared.metrics.clone()),
    );
    // One look at the clock, as every judgement is.
    edge.shared.gate.permission(&camera);
    upkeep.remember();
    let memory = GateMemory::parse(&edge.shared.outbox.gate_memory().unwrap().unwrap()).unwrap();
    let back = velum_vocab::SimulatedClock::at(crate::testing::START.minus(Duration::from_secs(86_400)));
    let gate = velum_gate::Gate::with_memory(Arc::new(back), memory);
    let approvers = Approvers::in_folder(edge.folder.path());
    approvers.publish(&approvers.signed("1.0.0", 2));
    gate.install(crate::policy::load(&approvers.settings).unwrap()).unwrap();
    assert_eq!(gate.permission(&camera), CameraPermission::UntrustedTime);
}
