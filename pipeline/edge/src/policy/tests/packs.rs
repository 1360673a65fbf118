//! Country packs that are given to a box: they tighten, and nothing that goes wrong with them loosens.

use velum_policy::PolicyDuration;
use velum_policy::order::AtMost;

use super::*;

const HALF_DAY: &str = "[[retention]]\ncountry = \"ZZ\"\nregime = \"any\"\ndata = \"any\"\nmax = \"PT12H\"\n\
                       law = \"a decree\"\nstatus = \"recall\"\n";
const LOOSE: &str = "[[retention]]\ncountry = \"ZZ\"\nregime = \"any\"\ndata = \"any\"\nmax = \"P999D\"\n\
                     law = \"a decree\"\nstatus = \"recall\"\n";
const GATE: &str = "[[gate]]\ncountry = \"ZZ\"\nid = \"ZZ-COUNCIL\"\napplies_to = \"any\"\n\
                    requires_kind = [\"council\"]\nlaw = \"a decree\"\nstatus = \"recall\"\n";

impl Keeping {
    fn event_retention(&self) -> PolicyDuration {
        let policy = self.gate.policy().unwrap();
        let AtMost(kept) = policy.resolved().cameras["plaza-1"].retention.event;
        kept
    }

    fn packs(&self) -> String {
        self.gate.policy().unwrap().packs().to_owned()
    }
}

#[test]
fn given_packs_tighten_the_policy_in_force_and_one_that_allows_more_changes_nothing() {
    let mut k = Keeping::with_packs();
    k.approvers.publish(&k.approvers.signed("1.0.0", 2));
    k.refresh();
    let before = k.event_retention();
    let half_day = PolicyDuration::parse("PT12H").unwrap();
    assert!(before > half_day, "{before}");
    k.approvers.give_packs(2, "2026.12", LOOSE);
    k.refresh();
    assert_eq!((k.event_retention(), k.packs()), (before, "2026.11+2026.12".to_owned()));
    k.approvers.give_packs(2, "2026.12.1", HALF_DAY);
    k.refresh();
    assert_eq!((k.event_retention(), k.packs()), (half_day, "2026.11+2026.12.1".to_owned()));
    let kept = k.gate.memory().event_retention.unwrap();
    assert_eq!(kept.as_secs(), 43_200, "what waits in the outbox ends by it");
    k.check("installed", CameraPermission::Active);
    k.restart();
    assert_eq!(k.event_retention(), half_day);
    k.approvers.publish(&k.approvers.changed("1.1.0", &[STRICTER]));
    k.refresh();
    assert_eq!((k.version(), k.event_retention()), ("1.1.0".to_owned(), half_day), "and whatever follows");
}

#[test]
fn packs_that_cannot_be_verified_or_are_older_never_loosen() {
    let mut k = Keeping::with_packs();
    k.approvers.publish(&k.approvers.signed("1.0.0", 2));
    k.approvers.give_packs(2, "2026.12", HALF_DAY);
    k.refresh();
    let half_day = k.event_retention();
    let file = k.approvers.settings.packs.clone().unwrap();
    for spoil in ["", "{}"] {
        fs::write(&file, spoil).unwrap();
        k.refresh();
        assert_eq!(k.event_retention(), half_day);
        k.check("installed", CameraPermission::Active);
    }
    k.approvers.give_packs(1, "2027.01", LOOSE);
    k.refresh();
    k.approvers.give_packs(2, "2026.11.9", LOOSE);
    k.refresh();
    k.restart();
    assert_eq!((k.event_retention(), k.packs()), (half_day, "2026.11+2026.12".to_owned()));
    fs::remove_file(&file).unwrap();
    k.restart();
    assert_eq!(k.event_retention(), half_day);
    let (packs, error) = packs(k.edge.folder.path(), &k.approvers.settings).unwrap();
    assert_eq!(packs.versions(), "2026.11+2026.12");
    assert!(error.unwrap().to_string().contains("packs.signed.json"));
}

#[test]
fn a_policy_that_lacks_what_packs_ask_for_lets_nothing_out() {
    let mut k = Keeping::with_packs();
    k.approvers.publish(&k.approvers.signed("1.0.0", 2));
    k.approvers.give_packs(2, "2026.12", HALF_DAY);
    k.refresh();
    k.check("installed", CameraPermission::Active);
    k.approvers.give_packs(2, "2026.12.1", &format!("{HALF_DAY}{GATE}"));
    assert!(k.refresh(), "the policy left the gate");
    k.check("refused", CameraPermission::NoPolicy);
    k.refresh();
    k.restart();
    k.check("refused", CameraPermission::NoPolicy);
    let refused = k.hand(&k.approvers.changed("1.1.0", &[STRICTER])).unwrap_err();
    assert!(refused.contains("ZZ-COUNCIL"), "{refused}");
    // What packs hold to, later ones may not let go.
    k.approvers.give_packs(2, "2026.12.2", HALF_DAY);
    k.refresh();
    k.check("refused", CameraPermission::NoPolicy);
}

#[test]
fn while_it_is_not_known_what_packs_held_nothing_leaves() {
    let mut k = Keeping::with_packs();
    k.approvers.publish(&k.approvers.signed("1.0.0", 2));
    k.approvers.give_packs(2, "2026.12", HALF_DAY);
    k.refresh();
    k.check("installed", CameraPermission::Active);
    let kept = k.edge.folder.path().join("policy/packs.signed.json");
    let whole = fs::read_to_string(&kept).unwrap();
    fs::write(&kept, "{").unwrap();
    // Packs that would be the first ones are not taken in their place.
    k.approvers.give_packs(2, "2026.11.9", LOOSE);
    k.restart();
    k.check("refused", CameraPermission::NoPolicy);
    assert!(packs(k.edge.folder.path(), &k.approvers.settings).is_err());
    let refused = k.hand(&k.approvers.changed("1.1.0", &[STRICTER])).unwrap_err();
    assert!(refused.contains("cannot be read"), "{refused}");
    fs::write(&kept, whole).unwrap();
    k.refresh();
    k.check("installed", CameraPermission::Active);
    assert_eq!(k.packs(), "2026.11+2026.12");
}

#[test]
fn a_file_that_lacks_what_packs_ask_for_was_not_altered() {
    let k = Keeping::with_packs();
    k.approvers.publish(&k.approvers.signed("1.0.0", 2));
    k.refresh();
    k.approvers.give_packs(2, "2026.12", HALF_DAY);
    k.refresh();
    // What the packs ask for from now on, neither version has: the one in force ends by that, not by tampering.
    k.approvers.give_packs(2, "2026.12.1", &format!("{HALF_DAY}{GATE}"));
    k.approvers.publish(&k.approvers.changed("1.1.0", &[STRICTER]));
    k.refresh();
    k.check("refused", CameraPermission::NoPolicy);
}
