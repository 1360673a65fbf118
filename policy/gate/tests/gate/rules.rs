//! Each rule that withholds, with a twin that is let out.

use std::time::Duration;

use velum_gate::{BoundaryError, CameraPermission, EventKind, Gate, LevelBoundary, Withheld};
use velum_vocab::{Observation, Timestamp};

use super::town::{NOON, Town, camera, crowd, suitcase};

const SCHEDULE: &str = "from = \"00:00\", to = \"24:00\"";
const AUTHORISATION: &str =
    "kind = \"none-required\", reason = \"public test footage, played in a loop; nobody is filmed\"";
const COUNCIL: &str =
    "kind = \"municipal-council\", covers = [\"abandoned_object\", \"crowd_density\"], valid_until";

fn rule(gate: &Gate, part: Observation) -> Option<&'static str> {
    gate.judge(part).err().map(|withheld: Withheld| withheld.rule())
}

/// One change of the policy, the time by the clock, and what becomes of an abandoned suitcase.
fn check(changes: &[(&str, &str)], now: &str, expected: Option<&str>) {
    let town = Town::with(changes);
    let now: jiff::Timestamp = now.parse().unwrap();
    let now = Timestamp::from_unix_micros(now.as_microsecond());
    town.clock.set(now);
    let mut seen = suitcase();
    seen.at = now;
    assert_eq!(rule(&town.gate, seen), expected, "{changes:?} at {now:?}");
    let permission = town.gate.permission(&camera("plaza-1"));
    let about_the_camera = ["status", "effective_from", "expires", "review_by", "schedule"];
    let refused = expected.filter(|rule| about_the_camera.contains(rule));
    assert_eq!(
        permission.is_active(),
        refused.is_none() && expected != Some("authorisation"),
        "{permission:?}"
    );
}

#[test]
fn each_rule_and_its_twin() {
    let noon = "2026-11-21T12:00:00Z";
    check(&[], noon, None);
    for status in ["draft", "suspended", "retired"] {
        check(&[("= \"active\"", &format!("= \"{status}\""))], noon, Some("status"));
    }
    check(&[], "2026-11-19T23:59:59Z", Some("effective_from"));
    check(&[], "2026-11-20T00:00:00Z", None);
    check(&[], "2026-12-19T23:59:59Z", None);
    check(&[], "2026-12-20T00:00:00Z", Some("expires"));
    let review = ("review_by      = 2026-12-20T00:00:00Z", "review_by      = 2026-11-21");
    check(&[review], "2026-11-21T23:59:59Z", None);
    check(&[review], "2026-11-22T00:00:00Z", Some("review_by"));
    check(&[(AUTHORISATION, &format!("{COUNCIL} = 2026-11-21"))], noon, None);
    check(&[(AUTHORISATION, &format!("{COUNCIL} = 2026-11-20"))], noon, Some("authorisation"));
    check(&[(SCHEDULE, "from = \"11:00\", to = \"13:00\"")], noon, None);
    check(&[(SCHEDULE, "from = \"13:00\", to = \"14:00\"")], noon, Some("schedule"));
    check(&[(SCHEDULE, "from = \"22:00\", to = \"12:30\"")], noon, None); // over midnight
    check(&[("\"sat\", ", "")], noon, Some("schedule"));
    check(&[("allow  = [\"abandoned_object\", ", "allow  = [")], noon, Some("analytics"));
    check(
        &[("allow  = [\"abandoned_object\", \"crowd_density\"]", "allow  = [\"abandoned_object\"]")],
        noon,
        None,
    );
    check(&[("\"abandoned_object_alert\"", "\"another_class\"")], noon, Some("event"));
    check(
        &[("site     = \"plaza\"\npurposes = [\"plaza-safety\"]", "site     = \"plaza\"")],
        noon,
        Some("purpose"),
    );
}

#[test]
fn without_a_policy_and_for_a_camera_that_it_does_not_name() {
    let town = Town::without_policy();
    assert_eq!(rule(&town.gate, suitcase()), Some("no_policy"));
    assert_eq!(town.gate.permission(&camera("plaza-1")), CameraPermission::NoPolicy);
    let town = Town::with(&[]);
    let elsewhere = Observation { camera: camera("elsewhere"), ..suitcase() };
    assert_eq!(rule(&town.gate, elsewhere), Some("camera"));
    assert_eq!(town.gate.permission(&camera("elsewhere")), CameraPermission::CameraNotNamed);
}

#[test]
fn what_was_seen_outside_the_schedule_stays_in() {
    let town = Town::with(&[(SCHEDULE, "from = \"12:00\", to = \"13:00\"")]);
    let before = Observation { at: NOON.minus(Duration::from_secs(60)), ..suitcase() };
    assert_eq!(rule(&town.gate, before), Some("schedule"));
    assert_eq!(rule(&town.gate, suitcase()), None);
}

#[test]
fn crowd_levels_are_those_of_the_policy() {
    let town = Town::with(&[]);
    assert_eq!(rule(&town.gate, crowd(7.0, "busy", "low")), None);
    assert_eq!(rule(&town.gate, crowd(7.0, "exactly-seven", "low")), Some("live_levels"));
    let withheld = town.gate.judge(crowd(7.0, "exactly-seven", "low")).unwrap_err();
    assert_eq!(withheld.detail(), "the level is not among aggregation.live_levels", "it names no level");
    let none = Town::with(&[("live_levels      = [\"low\", \"busy\", \"dense\", \"critical\"]", "")]);
    assert_eq!(rule(&none.gate, crowd(7.0, "busy", "low")), Some("live_levels"));
}

#[test]
fn a_clock_set_back_stops_release_until_it_has_caught_up() {
    let town = Town::with(&[]);
    let plaza = camera("plaza-1");
    assert_eq!(rule(&town.gate, suitcase()), None);
    town.clock.set(NOON.minus(Duration::from_secs(61)));
    assert_eq!(rule(&town.gate, suitcase()), Some("trusted_time"));
    town.clock.set(NOON.minus(Duration::from_secs(1)));
    assert_eq!(town.gate.permission(&plaza), CameraPermission::UntrustedTime);
    town.clock.set(NOON);
    assert_eq!(rule(&town.gate, suitcase()), None);
    // A restart does not forget it.
    let memory = town.gate.memory();
    let again = Town::remembering(memory);
    again.clock.set(NOON.minus(Duration::from_secs(3_600)));
    again.gate.install(super::town::policy(&[]).unwrap()).unwrap_err(); // other keys: the same version, changed
    again.gate.install(super::town::policy(&[("\"1.0.0\"\nstatus", "\"1.0.1\"\nstatus")]).unwrap()).unwrap();
    assert_eq!(again.gate.permission(&plaza), CameraPermission::UntrustedTime);
}

#[test]
fn following_back_is_forbidden_unless_it_is_allowed() {
    let plaza = camera("plaza-1");
    assert!(!Town::without_policy().gate.back_tracing_allowed(&plaza));
    assert!(!Town::with(&[]).gate.back_tracing_allowed(&plaza));
    let not_mentioned = Town::with(&[(", \"owner_backtracking\"", "")]);
    assert!(!not_mentioned.gate.back_tracing_allowed(&plaza));
    let allowed = [
        (", \"owner_backtracking\"", ""),
        ("\"crowd_density\"]", "\"crowd_density\", \"owner_backtracking\"]"),
    ];
    let town = Town::with(&allowed);
    assert!(town.gate.back_tracing_allowed(&plaza));
    town.clock.set(NOON.plus(Duration::from_secs(40 * 86_400)));
    assert!(!town.gate.back_tracing_allowed(&plaza)); // expired
}

#[test]
fn a_level_boundary_under_the_minimum_group_is_refused() {
    let town = Town::with(&[]);
    let plaza = camera("plaza-1");
    let check = |boundary, good: bool| {
        let checked = town.gate.check_level_boundary(&plaza, boundary);
        assert_eq!(checked.is_ok(), good, "{checked:?}");
    };
    check(LevelBoundary::Persons(5.5), true);
    check(LevelBoundary::Persons(5.0), true);
    check(LevelBoundary::Persons(4.9), false);
    check(LevelBoundary::Persons(f64::NAN), false);
    check(LevelBoundary::Persons(f64::INFINITY), false);
    check(LevelBoundary::PersonsPerM2 { persons_per_m2: 0.5, zone_area_m2: 12.0 }, true);
    check(LevelBoundary::PersonsPerM2 { persons_per_m2: 0.5, zone_area_m2: 9.0 }, false);
    let error = town.gate.check_level_boundary(&plaza, LevelBoundary::Persons(3.0)).unwrap_err().to_string();
    assert_eq!(
        error,
        "cameras.plaza-1: a crowd level begins at 3 persons: expected at least the policy's min_group of 5; raise \
         the boundary to 5 or more"
    );
    let unknown = Town::without_policy().gate.check_level_boundary(&plaza, LevelBoundary::Persons(9.0));
    assert!(matches!(unknown, Err(BoundaryError::NoPolicy { .. })));
}

#[test]
fn only_what_may_be_told_may_be_computed() {
    let plaza = camera("plaza-1");
    let check = |town: &Town, abandoned: bool, density: bool| {
        let may = |kind| town.gate.may_compute(&plaza, kind);
        assert_eq!((may(EventKind::AbandonedObject), may(EventKind::CrowdDensity)), (abandoned, density));
    };
    check(&Town::without_policy(), false, false);
    check(&Town::with(&[]), true, true);
    check(&Town::with(&[("allow  = [\"abandoned_object\", ", "allow  = [")]), false, true);
    check(&Town::with(&[("\"abandoned_object_alert\"", "\"another_class\"")]), false, true);
    check(&Town::with(&[("= \"active\"", "= \"suspended\"")]), false, false);
    assert!(!Town::with(&[]).gate.may_compute(&camera("elsewhere"), EventKind::CrowdDensity));
}

#[test]
fn what_waits_is_withdrawn_with_the_policy_and_not_by_the_clock() {
    let check = |town: &Town, expected: Option<CameraPermission>| {
        assert_eq!(town.gate.withdrawn(), expected);
    };
    check(&Town::without_policy(), Some(CameraPermission::NoPolicy));
    let status = |status: &str| Town::with(&[("= \"active\"", &format!("= \"{status}\""))]);
    check(&status("draft"), Some(CameraPermission::Draft));
    check(&status("suspended"), Some(CameraPermission::Suspended));
    check(&status("retired"), Some(CameraPermission::Retired));
    check(&Town::with(&[(SCHEDULE, "from = \"13:00\", to = \"14:00\"")]), None);
    let town = Town::with(&[]);
    check(&town, None);
    town.clock.set(NOON.minus(Duration::from_secs(3_600)));
    check(&town, None);
    town.clock.set(NOON.plus(Duration::from_secs(20 * 365 * 86_400)));
    check(&town, None); // a glitch
    town.clock.set(NOON);
    check(&town, None);
    town.pass_until(NOON.plus(Duration::from_secs(40 * 86_400)));
    check(&town, Some(CameraPermission::Expired));
}
