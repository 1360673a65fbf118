//! Trials: from when until when, of what, on which camera; and that nothing of them is let out.

use std::time::Duration;

use velum_gate::{EventKind, Pauses, Trial, TrialOver, Withheld};
use velum_vocab::Timestamp;

use super::town::{NOON, TRIAL, Town, camera, crowd, policy, suitcase};

const HOUR: Duration = Duration::from_secs(3_600);
const DAY: Duration = Duration::from_secs(86_400);
/// 2026-11-23T00:00:00Z.
const UNTIL: Timestamp = Timestamp::from_unix_secs(1_795_392_000);

/// The trial's beginning and end are 20 November 18:00 and 23 November 00:00; these changes, and this time.
fn tried(changes: &[(&str, &str)], now: Timestamp) -> Option<Trial> {
    let town = Town::with(&[&TRIAL[..], changes].concat());
    town.clock.set(now);
    let kind = EventKind::AbandonedObject;
    assert!(!town.gate.may_compute(&camera("plaza-1"), kind), "it is never in operation");
    town.gate.trial(&camera("plaza-1"), kind)
}

#[test]
fn a_trial_holds_from_its_beginning_until_its_end() {
    let check = |now: Timestamp, holds: bool| {
        let expected =
            Trial { id: "bags-by-night".to_owned(), kind: EventKind::AbandonedObject, until: UNTIL };
        assert_eq!(tried(&[], now), holds.then_some(expected), "{now:?}");
    };
    let from = UNTIL.minus(DAY * 2 + HOUR * 6);
    check(from.minus(Duration::from_micros(1)), false);
    check(from, true);
    check(UNTIL.minus(Duration::from_micros(1)), true);
    check(UNTIL, false);
}

#[test]
fn each_thing_that_keeps_a_trial_from_running() {
    assert!(tried(&[], NOON).is_some());
    let check = |change: (&str, &str)| assert_eq!(tried(&[change], NOON), None, "{change:?}");
    check(("cameras   = [\"plaza-1\"]", "cameras   = [\"plaza-2\"]"));
    check(("analytics = [\"abandoned_object\"]", "analytics = [\"abandoned_object_lowlight\"]"));
    check(("= \"active\"", "= \"suspended\""));
    check(("from = \"00:00\", to = \"24:00\"", "from = \"13:00\", to = \"14:00\""));
    let town = Town::with(&TRIAL);
    assert_eq!(town.gate.trial(&camera("plaza-2"), EventKind::AbandonedObject), None);
    assert_eq!(town.gate.trial(&camera("plaza-1"), EventKind::CrowdDensity), None, "it is in operation");
    assert_eq!(town.gate.trial(&camera("plaza-1"), EventKind::CameraHealth), None);
    town.gate.permission(&camera("plaza-1"));
    town.clock.set(NOON.minus(Duration::from_secs(61)));
    assert_eq!(town.gate.trial(&camera("plaza-1"), EventKind::AbandonedObject), None, "untrusted time");
    town.clock.set(NOON);
    let cameras = [(camera("plaza-1"), NOON.plus(HOUR))].into();
    town.gate.set_paused(Pauses { cameras, ..Pauses::default() });
    assert_eq!(town.gate.trial(&camera("plaza-1"), EventKind::AbandonedObject), None, "paused");
}

#[test]
fn what_reaches_the_gate_of_a_trial_is_withheld() {
    let rule = |town: &Town, part| town.gate.judge(part).err().map(|withheld: Withheld| withheld.rule());
    let town = Town::with(&TRIAL);
    assert_eq!(rule(&town, suitcase()), Some("trial"));
    assert_eq!(rule(&town, crowd(7.0, "busy", "low")), None, "what is in operation is let out");
    let town =
        Town::with(&[&TRIAL[..], &[("until     = 2026-11-23T00", "until     = 2026-11-21T00")]].concat());
    assert_eq!(rule(&town, suitcase()), Some("analytics"), "it is over");
}

/// Why the trial is over at noon, and when it was begun so.
fn over(changes: &[(&str, &str)], until: Timestamp) -> Option<TrialOver> {
    let town = Town::with(&[&TRIAL[..], changes].concat());
    let begun = Trial { id: "bags-by-night".to_owned(), kind: EventKind::AbandonedObject, until };
    town.gate.trial_over(&camera("plaza-1"), &begun)
}

#[test]
fn a_trial_is_over_with_its_time_or_with_its_policy() {
    assert_eq!(over(&[], UNTIL), None);
    let changed = Some(TrialOver::Changed);
    assert_eq!(over(&[], UNTIL.plus(DAY)), changed, "another end is another trial");
    assert_eq!(over(&[], NOON), Some(TrialOver::Until));
    assert_eq!(over(&[("cameras   = [\"plaza-1\"]", "cameras   = [\"plaza-2\"]")], UNTIL), changed);
    assert_eq!(over(&[("\"bags-by-night\"", "\"bags-by-day\"")], UNTIL), changed);
    assert_eq!(over(&[("= \"active\"", "= \"retired\"")], UNTIL), Some(TrialOver::PolicyEnded));
    assert_eq!(over(&[("= \"active\"", "= \"suspended\"")], UNTIL), None, "it may go on");
    assert_eq!(
        over(&[("from = \"00:00\", to = \"24:00\"", "from = \"13:00\", to = \"14:00\"")], UNTIL),
        None
    );
    let town = Town::without_policy();
    let begun = Trial { id: "bags-by-night".to_owned(), kind: EventKind::AbandonedObject, until: UNTIL };
    assert_eq!(town.gate.trial_over(&camera("plaza-1"), &begun), None, "nothing says so");
    town.gate.install(policy(&[]).unwrap()).unwrap();
    assert_eq!(
        town.gate.trial_over(&camera("plaza-1"), &begun),
        changed,
        "it is in operation, and not tried"
    );
}

#[test]
fn a_glitch_of_the_clock_ends_no_trial() {
    let town = Town::with(&TRIAL);
    let plaza = camera("plaza-1");
    let begun = town.gate.trial(&plaza, EventKind::AbandonedObject).unwrap();
    town.clock.set(UNTIL.plus(DAY * 3_000));
    assert_eq!(town.gate.trial(&plaza, begun.kind), None, "nothing runs meanwhile");
    assert_eq!(town.gate.trial_over(&plaza, &begun), None);
    town.clock.set(NOON);
    assert_eq!(town.gate.trial_over(&plaza, &begun), None);
    assert_eq!(town.gate.trial(&plaza, begun.kind), Some(begun.clone()));
    town.pass_until(NOON.plus(DAY / 2));
    assert_eq!(town.gate.trial_over(&plaza, &begun), None);
    town.pass_until(UNTIL);
    assert_eq!(town.gate.trial_over(&plaza, &begun), Some(TrialOver::Until));
}
