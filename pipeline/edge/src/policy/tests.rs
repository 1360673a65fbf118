use velum_gate::CameraPermission;
use velum_vocab::CameraId;

use super::*;
use crate::testing::{Approvers, TestBox, test_box};

struct Keeping {
    edge: TestBox,
    approvers: Approvers,
    keeper: PolicyKeeper,
}

impl Keeping {
    fn new() -> Self {
        let edge = test_box(100);
        let approvers = Approvers::in_folder(edge.folder.path());
        let keeper = PolicyKeeper::new(
            Some(approvers.settings.clone()),
            Arc::clone(&edge.shared.gate),
            edge.shared.metrics.clone(),
        );
        Self { edge, approvers, keeper }
    }

    /// The state in the metrics, and what the policy makes of a camera.
    fn check(&self, state: &str, permission: CameraPermission) {
        let page = self.edge.shared.metrics.page().unwrap();
        assert!(page.contains(&format!("velum_policy_state{{state=\"{state}\"}} 1")), "{page}");
        assert_eq!(self.edge.shared.gate.permission(&CameraId::parse("plaza-1").unwrap()), permission);
    }

    fn version(&self) -> String {
        self.edge.shared.gate.policy().unwrap().resolved().version.to_string()
    }
}

#[test]
fn without_a_file_nothing_is_allowed_until_there_is_one() {
    let mut k = Keeping::new();
    assert!(!k.keeper.refresh());
    k.check("refused", CameraPermission::NoPolicy);
    k.approvers.publish(&k.approvers.signed("1.0.0", 2));
    assert!(k.keeper.refresh());
    k.check("installed", CameraPermission::Active);
    assert!(!k.keeper.refresh(), "a file that did not change is not read as a new one");
}

#[test]
fn one_signature_is_not_enough() {
    let mut k = Keeping::new();
    k.approvers.publish(&k.approvers.signed("1.0.0", 1));
    assert!(!k.keeper.refresh());
    k.check("refused", CameraPermission::NoPolicy);
}

#[test]
fn a_file_that_is_refused_leaves_the_one_before() {
    let mut k = Keeping::new();
    let first = k.approvers.signed("1.1.0", 2);
    k.approvers.publish(&first);
    assert!(k.keeper.refresh());
    let refused = [
        first.replace("payload\": \"", "payload\": \"AAAA"),
        "{}".to_owned(),
        k.approvers.signed("1.0.0", 2),
    ];
    for file in refused {
        k.approvers.publish(&file);
        assert!(!k.keeper.refresh());
        k.check("refused", CameraPermission::Active);
        assert_eq!(k.version(), "1.1.0");
    }
    k.approvers.publish(&k.approvers.signed("1.2.0", 2));
    assert!(k.keeper.refresh());
    k.check("installed", CameraPermission::Active);
    assert_eq!(k.version(), "1.2.0");
}

#[test]
fn a_box_without_a_policy_says_so() {
    let edge = test_box(100);
    let mut keeper = PolicyKeeper::new(None, Arc::clone(&edge.shared.gate), edge.shared.metrics.clone());
    assert!(!keeper.refresh() && !keeper.refresh());
    assert!(edge.shared.metrics.page().unwrap().contains("velum_policy_state{state=\"none\"} 1"));
}
