mod packs;

use std::fs;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use velum_gate::{CameraPermission, Gate};
use velum_uplink::{PolicyDesk, PolicyTaken};
use velum_vocab::{CameraId, Clock as _, Timestamp};

use super::*;
use crate::testing::{Approvers, START, TestBox, keeper, test_box};

/// Stricter and looser than the demonstration's policy.
const STRICTER: (&str, &str) = ("min_group        = 5", "min_group        = 6");
const LOOSER: (&str, &str) = ("max_fps      = 10", "max_fps      = 12");
/// A change that neither way begins with: a person judges.
const TOMORROW: (&str, &str) =
    ("effective_from = 2026-11-20T00:00:00Z", "effective_from = 2026-11-22T00:00:00Z");

struct Keeping {
    edge: TestBox,
    approvers: Approvers,
    gate: Arc<Gate>,
    keeper: Arc<Mutex<PolicyKeeper>>,
}

impl Keeping {
    fn new() -> Self {
        let edge = test_box(100);
        let approvers = Approvers::in_folder(edge.folder.path());
        let gate = Arc::clone(&edge.shared.gate);
        let keeper = keeper(&edge, Some(approvers.settings.clone()), &gate);
        Self { edge, approvers, gate, keeper }
    }

    /// A box whose configuration names a file of country packs.
    fn with_packs() -> Self {
        let mut k = Self::new();
        k.approvers.settings.packs = Some(k.edge.folder.path().join("packs.signed.json"));
        k.start_anew();
        k
    }

    /// With a policy in force that came by the file.
    fn by_file() -> Self {
        let k = Self::new();
        k.approvers.publish(&k.approvers.signed("1.0.0", 2));
        assert!(k.refresh());
        k
    }

    /// As after a start: nothing is remembered but what the disk holds, and the gate's memory.
    fn restart(&mut self) {
        self.start_anew();
        self.refresh();
    }

    /// Another gate, and with it another log: that of the keeper before is still open.
    fn start_anew(&mut self) {
        self.gate = Arc::new(Gate::with_memory(Arc::clone(&self.edge.shared.clock), self.gate.memory()));
        self.keeper = keeper(&self.edge, Some(self.approvers.settings.clone()), &self.gate);
    }

    fn refresh(&self) -> bool {
        self.keeper.lock().refresh()
    }

    /// Time passes, while the box looks at its clock.
    fn pass_until(&self, until: Timestamp) {
        while self.edge.clock.now() < until {
            self.edge.clock.set(until.min(self.edge.clock.now().plus(Duration::from_secs(300))));
            self.gate.standing();
        }
    }

    fn hand(&self, json: &str) -> Result<PolicyTaken, String> {
        Delivery(Arc::clone(&self.keeper)).offered(json, None)
    }

    /// The state in the metrics, and what the policy makes of a camera.
    fn check(&self, state: &str, permission: CameraPermission) {
        let page = self.edge.shared.metrics.page().unwrap();
        assert!(page.contains(&format!("velum_policy_state{{state=\"{state}\"}} 1")), "{page}");
        assert_eq!(self.gate.permission(&CameraId::parse("plaza-1").unwrap()), permission);
    }

    fn version(&self) -> String {
        self.gate.policy().unwrap().resolved().version.to_string()
    }

    fn stored(&self) -> std::path::PathBuf {
        Store::below(self.edge.folder.path()).in_force_path()
    }
}

#[test]
fn without_a_file_nothing_is_allowed_until_there_is_one() {
    let k = Keeping::new();
    assert!(!k.refresh());
    k.check("refused", CameraPermission::NoPolicy);
    k.approvers.publish(&k.approvers.signed("1.0.0", 2));
    assert!(k.refresh());
    k.check("installed", CameraPermission::Active);
    assert!(!k.refresh(), "a file that did not change is not read as a new one");
}

#[test]
fn one_signature_is_not_enough() {
    let k = Keeping::new();
    k.approvers.publish(&k.approvers.signed("1.0.0", 1));
    assert!(!k.refresh());
    k.check("refused", CameraPermission::NoPolicy);
}

#[test]
fn what_may_not_follow_leaves_the_one_before() {
    let k = Keeping::by_file();
    k.approvers.publish(&k.approvers.signed("1.1.0", 2));
    assert!(k.refresh());
    let refused = [k.approvers.signed("1.0.0", 2), k.approvers.changed("1.2.0", &[LOOSER])];
    for file in refused {
        k.approvers.publish(&file);
        assert!(!k.refresh());
        k.check("refused", CameraPermission::Active);
        assert_eq!(k.version(), "1.1.0");
    }
    k.approvers.publish(&k.approvers.changed_by(1, "1.2.0", &[STRICTER]));
    assert!(k.refresh());
    k.check("installed", CameraPermission::Active);
    assert_eq!(k.version(), "1.2.0");
}

#[test]
fn a_file_that_does_not_verify_any_more_stops_everything_until_it_does() {
    let k = Keeping::by_file();
    let good = k.approvers.signed("1.0.0", 2);
    for bad in [good.replace("payload\": \"", "payload\": \"AAAA"), "{}".to_owned(), String::new()] {
        k.approvers.publish(&good);
        k.refresh();
        k.check("installed", CameraPermission::Active);
        k.approvers.publish(&bad);
        assert!(k.refresh());
        k.check("altered", CameraPermission::NoPolicy);
        assert!(!k.refresh());
        k.check("altered", CameraPermission::NoPolicy);
    }
    fs::remove_file(k.approvers.settings.file.as_ref().unwrap()).unwrap();
    k.refresh();
    k.check("altered", CameraPermission::NoPolicy);
    k.approvers.publish(&good);
    assert!(k.refresh());
    k.check("installed", CameraPermission::Active);
}

#[test]
fn any_flipped_bit_of_what_was_accepted_stops_everything_at_the_next_look() {
    let k = Keeping::by_file();
    let good = fs::read(k.stored()).unwrap();
    let mut random = fastrand::Rng::with_seed(11);
    for _ in 0..300 {
        let mut bad = good.clone();
        let at = random.usize(..bad.len());
        bad[at] ^= 1 << random.u8(..8);
        fs::write(k.stored(), &bad).unwrap();
        assert!(k.refresh(), "byte {at}");
        assert_eq!(k.gate.standing(), CameraPermission::NoPolicy, "byte {at}");
        fs::write(k.stored(), &good).unwrap();
        assert!(k.refresh());
        assert_eq!(k.gate.standing(), CameraPermission::Active);
    }
    fs::remove_file(k.stored()).unwrap();
    k.refresh();
    k.check("altered", CameraPermission::NoPolicy);
    // The hub hands the same one over again: the disk is whole again.
    let same = fs::read_to_string(k.approvers.settings.file.as_ref().unwrap()).unwrap();
    assert_eq!(k.hand(&same), Ok(PolicyTaken::InForce));
    k.check("installed", CameraPermission::Active);
    assert!(!k.refresh());
}

#[test]
fn what_the_hub_handed_over_holds_over_a_restart() {
    let mut k = Keeping::by_file();
    assert_eq!(k.hand(&k.approvers.changed_by(1, "1.1.0", &[STRICTER])), Ok(PolicyTaken::InForce));
    assert_eq!(k.version(), "1.1.0");
    k.restart();
    k.check("installed", CameraPermission::Active);
    assert_eq!(k.version(), "1.1.0", "one approver decided it alone, and the file still holds the older one");
    let refused = k.hand(&k.approvers.changed("1.2.0", &[STRICTER, LOOSER])).unwrap_err();
    assert!(refused.contains("DIF-001"), "{refused}");
    k.check("installed", CameraPermission::Active);
}

#[test]
fn where_what_was_accepted_is_lost_that_very_policy_and_no_other_comes_in() {
    let mut k = Keeping::by_file();
    let stricter = k.approvers.changed_by(1, "1.1.0", &[STRICTER]);
    k.hand(&stricter).unwrap();
    fs::remove_file(k.stored()).unwrap();
    k.restart();
    k.check("refused", CameraPermission::NoPolicy);
    let looser = k.approvers.changed("1.2.0", &[LOOSER]);
    let refused = k.hand(&looser).unwrap_err();
    assert!(refused.contains("had accepted `zz.port-velum.demo` 1.1.0"), "{refused}");
    k.check("refused", CameraPermission::NoPolicy);
    assert_eq!(k.hand(&stricter), Ok(PolicyTaken::InForce));
    k.check("installed", CameraPermission::Active);
    // What somebody laid there in its place is refused, too.
    fs::write(k.stored(), k.approvers.signed("1.3.0", 2)).unwrap();
    k.restart();
    k.check("refused", CameraPermission::NoPolicy);
}

#[test]
fn one_waits_at_a_time_and_a_stop_does_not_wait() {
    let k = Keeping::by_file();
    k.hand(&k.approvers.changed("1.1.0", &[TOMORROW])).unwrap();
    let later = ("effective_from = 2026-11-20T00:00:00Z", "effective_from = 2026-11-25T00:00:00Z");
    let refused = k.hand(&k.approvers.changed("1.2.0", &[later])).unwrap_err();
    assert!(refused.contains("version 1.1.0 waits until"), "{refused}");
    let stop = ("= \"active\"", "= \"suspended\"");
    let looser = k.approvers.changed_by(1, "1.3.0", &[later, stop, LOOSER]);
    assert!(k.hand(&looser).unwrap_err().contains("2 approvers must sign, found 1"));
    let stop = k.approvers.changed_by(1, "1.3.0", &[later, stop]);
    assert_eq!(k.hand(&stop), Ok(PolicyTaken::InForce), "by one approver, on whatever day it is to begin");
    assert_eq!(k.gate.standing(), CameraPermission::Suspended);
    k.edge.clock.set(Timestamp::from_unix_secs(START.unix_secs() + 86_400));
    k.refresh();
    assert_eq!(k.gate.standing(), CameraPermission::Suspended, "what waited is gone");
}

#[test]
fn a_glitch_of_the_clock_begins_nothing() {
    let k = Keeping::by_file();
    let in_ten_days = ("effective_from = 2026-11-20T00:00:00Z", "effective_from = 2026-12-01T00:00:00Z");
    k.hand(&k.approvers.changed("1.1.0", &[in_ten_days])).unwrap();
    k.edge.clock.set(Timestamp::from_unix_secs(START.unix_secs() + 20 * 86_400));
    k.refresh();
    assert_eq!(k.version(), "1.0.0");
}

#[test]
fn a_store_that_was_set_back_is_refused() {
    let mut k = Keeping::by_file();
    let older = fs::read(k.stored()).unwrap();
    k.hand(&k.approvers.signed("1.1.0", 2)).unwrap();
    fs::write(k.stored(), older).unwrap();
    fs::remove_file(k.approvers.settings.file.as_ref().unwrap()).unwrap();
    k.restart();
    k.check("refused", CameraPermission::NoPolicy);
}

#[test]
fn a_policy_of_tomorrow_waits_until_then() {
    let mut k = Keeping::by_file();
    let tomorrow = k.approvers.changed("1.1.0", &[TOMORROW]);
    assert_eq!(k.hand(&tomorrow), Ok(PolicyTaken::Waits));
    assert_eq!(k.hand(&tomorrow), Ok(PolicyTaken::Waits), "again is no error");
    k.refresh();
    assert_eq!(k.version(), "1.0.0");
    k.restart();
    assert_eq!(k.version(), "1.0.0");
    k.pass_until(Timestamp::from_unix_secs(START.unix_secs() + 86_400));
    assert!(k.refresh());
    assert_eq!(k.version(), "1.1.0");
    k.check("installed", CameraPermission::Active);
    k.restart();
    assert_eq!(k.version(), "1.1.0");
    k.edge.clock.advance(Duration::from_secs(1));
    assert!(!k.refresh());
}

#[test]
fn what_is_stricter_does_not_wait_for_what_waits() {
    let k = Keeping::by_file();
    k.hand(&k.approvers.changed("1.2.0", &[TOMORROW])).unwrap();
    assert_eq!(k.hand(&k.approvers.changed_by(1, "1.1.0", &[STRICTER])), Ok(PolicyTaken::InForce));
    assert_eq!(k.version(), "1.1.0");
    k.pass_until(Timestamp::from_unix_secs(START.unix_secs() + 86_400));
    k.refresh();
    // What waited was accepted after another policy than the one that is in force now: it would undo it.
    assert_eq!(k.version(), "1.1.0");
    k.check("refused", CameraPermission::Active);
}

#[test]
fn a_box_without_a_policy_says_so() {
    let edge = test_box(100);
    let keeper = keeper(&edge, None, &edge.shared.gate);
    assert!(!keeper.lock().refresh() && !keeper.lock().refresh());
    assert!(edge.shared.metrics.page().unwrap().contains("velum_policy_state{state=\"none\"} 1"));
    let error = Delivery(keeper).offered("{}", None).unwrap_err();
    assert!(error.contains("pins no approvers"), "{error}");
}

#[test]
fn without_an_audit_log_no_policy_is_changed() {
    let edge = test_box(100);
    let approvers = Approvers::in_folder(edge.folder.path());
    let of: (_, Remember) = (Arc::clone(&edge.shared.gate), Arc::new(|_| Ok(())));
    let log = Arc::new(crate::audit::BoxLog::none());
    let mut keeper = PolicyKeeper::new(
        Some(approvers.settings.clone()),
        edge.folder.path(),
        of,
        log,
        edge.shared.metrics.clone(),
    );
    approvers.publish(&approvers.signed("1.0.0", 2));
    assert!(!keeper.refresh());
    assert_eq!(edge.shared.gate.standing(), CameraPermission::NoPolicy);
}
