use std::time::Duration;

use velum_analyse::RuleValidity;
use velum_gate::EventKind;
use velum_policy::SigningKey;
use velum_policy::audit::{Content, Line, files, read_line, verify};
use velum_vocab::ZoneId;

use super::*;
use crate::local::{Asked, ShadowLog, TrialName, read_all};
use crate::testing::{Approvers, TRIAL, TRIAL_UNTIL, TestBox, logged_box, test_box};

const RULE: &str = "abandoned_object";
const HOUR: Duration = Duration::from_secs(3_600);

fn plaza() -> CameraId {
    CameraId::parse("plaza-1").unwrap()
}

fn install(edge: &TestBox, approvers: &Approvers, version: &str, changes: &[(&str, &str)]) {
    approvers.publish(&approvers.changed(version, changes));
    edge.shared.gate.install(approvers.verified()).unwrap();
}

fn offered(edge: &TestBox) -> Option<Trial> {
    edge.shared.gate.trial(&plaza(), EventKind::AbandonedObject)
}

/// The trial begins, and looks for an hour.
fn run_for_an_hour(edge: &TestBox) {
    let trial = offered(edge).unwrap();
    assert!(begin(&edge.shared, &plaza(), &trial));
    look(edge, Some(TrialName::of(&trial)));
}

/// The rule looks for an hour in shadow.
fn look(edge: &TestBox, trial: Option<TrialName>) {
    let zone = ZoneId::parse("z").unwrap();
    let asked = Asked { settings: "30 s".to_owned(), trial };
    edge.shared.local.begin_shadow(&plaza(), &zone, RULE, &asked);
    let validity = [RuleValidity { zone, rule: RULE, doubt: None }];
    edge.shared.local.shadow(&plaza(), &[], &[], &validity, 3_600.0);
    edge.clock.advance(HOUR);
    edge.shared.local.save();
}

/// For how many hours rules looked, by what the disk says.
fn hours_kept(edge: &TestBox) -> usize {
    let logs = read_all::<ShadowLog>(edge.folder.path()).unwrap();
    logs.values().flat_map(|log| &log.rules).map(|log| log.hours.len()).sum()
}

/// What the audit log says of trials, and that it verifies.
fn told(edge: &TestBox) -> Vec<String> {
    let dir = edge.folder.path().join("audit");
    let key = SigningKey::load_or_make(&edge.folder.path().join("audit.key")).unwrap().public();
    let report = verify(&dir, &[key], &[]).unwrap();
    assert!(report.is_sound(), "{report:?}");
    let text: String =
        files(&dir).unwrap().iter().map(|file| std::fs::read_to_string(file).unwrap()).collect();
    let entry = |line: &str| match read_line(line.as_bytes()).unwrap() {
        Line::Record(record) => match record.content {
            Content::Entry(entry) => Some(*entry),
            _ => None,
        },
        _ => None,
    };
    let words = |entry: Entry| {
        assert_eq!((entry.camera.as_ref(), entry.reference.as_deref()), (Some(&plaza()), Some(RULE)));
        match entry.subject {
            Subject::Trial(id) => Some(format!("{} {id}", entry.operation)),
            Subject::ErasedTrial(ErasedTrial { trial, rule, searched, found_after }) => {
                Some(format!("{} {trial} {rule} {searched:?} {found_after}", entry.operation))
            }
            _ => None,
        }
    };
    text.lines().filter_map(entry).filter_map(words).collect()
}

const BEGUN: &str = "collection bags-by-night";

fn erased(rule: &str) -> String {
    format!("erasure bags-by-night {rule} [\"shadow\"] 0")
}

#[test]
fn a_trial_is_logged_when_it_begins_and_erased_with_a_receipt_when_it_is_over() {
    let edge = logged_box();
    install(&edge, &Approvers::in_folder(edge.folder.path()), "1.0.0", &TRIAL);
    run_for_an_hour(&edge);
    run_for_an_hour(&edge);
    end_over(&edge.shared);
    assert_eq!((hours_kept(&edge), told(&edge)), (2, vec![BEGUN.to_owned()]), "it goes on");
    edge.pass_until(TRIAL_UNTIL.minus(Duration::from_micros(1)));
    end_over(&edge.shared);
    assert_eq!(hours_kept(&edge), 2);
    edge.pass_until(TRIAL_UNTIL);
    assert_eq!(offered(&edge), None);
    end_over(&edge.shared);
    end_over(&edge.shared);
    let once = vec![BEGUN.to_owned(), erased("sandbox.until")];
    assert_eq!((hours_kept(&edge), told(&edge)), (0, once), "one receipt");
    assert_eq!(edge.shared.outbox.stats().last_sequence, 0);
}

#[test]
fn a_trial_whose_end_passed_while_the_box_was_off_ends_after_the_start() {
    let check = |off: Duration, waits: bool| {
        let edge = logged_box();
        let approvers = Approvers::in_folder(edge.folder.path());
        install(&edge, &approvers, "1.0.0", &TRIAL);
        edge.pass_until(TRIAL_UNTIL.minus(HOUR * 2));
        run_for_an_hour(&edge);
        edge.clock.advance(off);
        let edge = edge.restarted();
        edge.shared.gate.install(approvers.verified()).unwrap();
        assert_eq!(offered(&edge), None, "it does not run");
        end_over(&edge.shared);
        // A clock that leapt by more than a day is believed once it has kept to its time.
        assert_eq!(hours_kept(&edge), usize::from(waits), "{off:?}");
        edge.clock.advance(Duration::from_secs(600));
        end_over(&edge.shared);
        let expected = vec![BEGUN.to_owned(), erased("sandbox.until")];
        assert_eq!((hours_kept(&edge), told(&edge)), (0, expected), "{off:?}");
    };
    check(HOUR * 2, false);
    check(HOUR * 24 * 9, true);
}

#[test]
fn a_trial_is_over_with_a_policy_that_does_not_name_it_so() {
    let check = |change: (&str, &str), rule: &str| {
        let edge = logged_box();
        let approvers = Approvers::in_folder(edge.folder.path());
        install(&edge, &approvers, "1.0.0", &TRIAL);
        run_for_an_hour(&edge);
        install(&edge, &approvers, "1.1.0", &TRIAL);
        end_over(&edge.shared);
        assert_eq!(hours_kept(&edge), 1, "another version that names it is no end");
        edge.shared.gate.withdraw();
        end_over(&edge.shared);
        assert_eq!(hours_kept(&edge), 1, "nothing says that it is over");
        install(&edge, &approvers, "1.2.0", &[&TRIAL[..], &[change]].concat());
        end_over(&edge.shared);
        assert_eq!((hours_kept(&edge), told(&edge)), (0, vec![BEGUN.to_owned(), erased(rule)]), "{change:?}");
    };
    check(("cameras   = [\"plaza-1\"]", "cameras   = [\"plaza-2\"]"), "sandbox");
    check(("\"bags-by-night\"", "\"another\""), "sandbox");
    check(("until     = 2026-11-23", "until     = 2026-11-24"), "sandbox");
    check(("analytics = [\"abandoned_object\"]", "analytics = [\"crowd_movement\"]"), "sandbox");
    check(("= \"active\"", "= \"retired\""), "policy.expires");
}

#[test]
fn another_trial_begins_with_nothing_of_the_one_before() {
    let edge = logged_box();
    let approvers = Approvers::in_folder(edge.folder.path());
    install(&edge, &approvers, "1.0.0", &TRIAL);
    run_for_an_hour(&edge);
    let later = ("until     = 2026-11-23", "until     = 2026-11-24");
    install(&edge, &approvers, "1.1.0", &[&TRIAL[..], &[later]].concat());
    run_for_an_hour(&edge);
    end_over(&edge.shared);
    let expected = vec![BEGUN.to_owned(), BEGUN.to_owned(), erased("sandbox")];
    assert_eq!((hours_kept(&edge), told(&edge)), (1, expected));
    assert_eq!(edge.shared.local.trial_runs().len(), 1, "the new one goes on");
}

#[test]
fn without_a_log_nothing_is_tried() {
    let edge = test_box(10);
    install(&edge, &Approvers::in_folder(edge.folder.path()), "1.0.0", &TRIAL);
    let trial = offered(&edge).unwrap();
    assert!(!begin(&edge.shared, &plaza(), &trial));
    assert_eq!(edge.shared.local.trial_runs(), []);

    let edge = logged_box();
    install(&edge, &Approvers::in_folder(edge.folder.path()), "1.0.0", &TRIAL);
    std::fs::write(edge.folder.path().join("trials"), "no folder").unwrap();
    assert!(!begin(&edge.shared, &plaza(), &trial), "nor where it cannot be noted");
}

#[test]
fn what_cannot_be_read_goes_with_the_trial() {
    let edge = logged_box();
    let approvers = Approvers::in_folder(edge.folder.path());
    install(&edge, &approvers, "1.0.0", &TRIAL);
    run_for_an_hour(&edge);
    let shadow = edge.folder.path().join("shadow");
    std::fs::write(shadow.join("plaza-1.json"), "{").unwrap();
    std::fs::write(shadow.join("plaza-1.new"), "{").unwrap();
    let left = || std::fs::read_dir(&shadow).unwrap().count();
    let edge = edge.restarted();
    assert!(left() >= 2);
    edge.pass_until(TRIAL_UNTIL);
    end_over(&edge.shared);
    assert_eq!((left(), told(&edge)), (0, vec![BEGUN.to_owned(), erased("sandbox.until")]));
    assert_eq!(edge.shared.local.trial_runs(), []);
}

#[test]
fn what_a_trial_left_that_nobody_knows_of_goes_at_the_start() {
    let edge = logged_box();
    let approvers = Approvers::in_folder(edge.folder.path());
    install(&edge, &approvers, "1.0.0", &TRIAL);
    run_for_an_hour(&edge);
    std::fs::write(edge.folder.path().join("trials/begun.json"), "?").unwrap();
    let edge = edge.restarted();
    end_over(&edge.shared);
    assert_eq!((hours_kept(&edge), told(&edge)), (0, vec![BEGUN.to_owned(), erased("sandbox")]));
}

#[test]
fn other_rules_in_shadow_stay() {
    let edge = logged_box();
    install(&edge, &Approvers::in_folder(edge.folder.path()), "1.0.0", &TRIAL);
    run_for_an_hour(&edge);
    let zone = ZoneId::parse("z").unwrap();
    let asked = Asked { settings: "levels".to_owned(), trial: None };
    edge.shared.local.begin_shadow(&plaza(), &zone, "crowd_density", &asked);
    let validity = [RuleValidity { zone, rule: "crowd_density", doubt: None }];
    edge.shared.local.shadow(&plaza(), &[], &[], &validity, 60.0);
    edge.pass_until(TRIAL_UNTIL);
    end_over(&edge.shared);
    let logs = read_all::<ShadowLog>(edge.folder.path()).unwrap();
    let rules: Vec<_> = logs[&plaza()].rules.iter().map(|log| log.rule.as_str()).collect();
    assert_eq!(rules, ["crowd_density"]);
}
