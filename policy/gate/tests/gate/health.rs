//! Health always leaves; coverage and attestation only under a policy in force.

use std::collections::BTreeMap;

use velum_gate::{Attestation, ReleasedHealth};
use velum_vocab::{CoverageBin, CoverageState, Digest, FrameCounts, Health, Timestamp};

use super::town::{NOON, Town, camera, with};

fn health(town: &Town, name: &str, state: CoverageState) -> ReleasedHealth {
    let part = Health { camera: camera(name), at: NOON, state, staged: None };
    town.gate.judge(part).unwrap().into_released()
}

#[test]
fn without_a_policy_nothing_read_off_pictures_leaves() {
    let town = Town::without_policy();
    let table = [
        (CoverageState::Analysed, CoverageState::NoPolicy),
        (CoverageState::Dark, CoverageState::NoPolicy),
        (CoverageState::Frozen, CoverageState::NoPolicy),
        (CoverageState::Overloaded, CoverageState::NoPolicy),
        (CoverageState::NoPolicy, CoverageState::NoPolicy),
        (CoverageState::Offline, CoverageState::Offline),
    ];
    for (state, expected) in table {
        let released = health(&town, "plaza-1", state);
        assert_eq!(released.state, expected);
        assert_eq!(released.camera, camera("plaza-1"));
        assert_eq!(released.policy_digest, None);
        assert_eq!(released.time.unwrap().at, Timestamp::from_unix_secs(NOON.unix_secs())); // noon is a full minute
        assert_eq!(released.time.unwrap().precision.as_secs(), 60);
    }
}

#[test]
fn under_a_policy_the_state_leaves_at_its_precision() {
    let town = Town::with(&[]);
    let released = health(&town, "plaza-1", CoverageState::Dark);
    assert_eq!(released.state, CoverageState::Dark);
    assert_eq!(released.time.unwrap().precision.as_secs(), 1);
    assert!(released.policy_digest.is_some());
    assert_eq!(health(&town, "elsewhere", CoverageState::Dark).state, CoverageState::NoPolicy);
    let suspended = Town::with(&[("= \"active\"", "= \"suspended\"")]);
    assert_eq!(health(&suspended, "plaza-1", CoverageState::Dark).state, CoverageState::Paused);
    let listed = "fields        = [\"site\", \"camera\", \"time\", \"health_code\"";
    let timeless = Town::with(&[(listed, "fields        = [\"camera\", \"health_code\"")]);
    assert_eq!(health(&timeless, "plaza-1", CoverageState::Dark).time, None);
}

#[test]
fn coverage_and_attestation_need_a_policy_in_force() {
    let bin = || CoverageBin {
        camera: camera("plaza-1"),
        hour: Timestamp::from_unix_secs(NOON.unix_secs()),
        secs_by_state: BTreeMap::from([(CoverageState::Analysed, 3_600)]),
        counts: FrameCounts::default(),
        stills_withheld: BTreeMap::new(),
    };
    let attestation = || Attestation { models: vec![Digest::of(b"a model")], version: "0.1.0".to_owned() };
    let good = Town::with(&[]);
    assert_eq!(good.gate.judge(bin()).unwrap().released().bin, bin());
    let attested = good.gate.judge(attestation()).unwrap().into_released();
    assert_eq!(Some(attested.policy_digest), good.gate.policy_digest());
    for town in [Town::without_policy(), Town::with(&[("= \"active\"", "= \"draft\"")])] {
        let rule = if town.gate.policy_digest().is_some() { "status" } else { "no_policy" };
        assert_eq!(town.gate.judge(bin()).unwrap_err().rule(), rule);
        assert_eq!(town.gate.judge(attestation()).unwrap_err().rule(), rule);
    }
    let elsewhere = CoverageBin { camera: camera("elsewhere"), ..bin() };
    assert_eq!(good.gate.judge(elsewhere).unwrap_err().rule(), "camera");
}

/// Whether the count of missing stills leaves under a policy with these changes.
fn check_count_leaves(changes: &[(&str, &str)], expected: bool) {
    let recorded = CoverageBin {
        camera: camera("plaza-1"),
        hour: Timestamp::from_unix_secs(NOON.unix_secs()),
        secs_by_state: BTreeMap::from([(CoverageState::Analysed, 3_600)]),
        counts: FrameCounts { decoded: 3, analysed: 2, dropped: 1 },
        stills_withheld: BTreeMap::from([("too_dark".to_owned(), 2)]),
    };
    let without = CoverageBin { stills_withheld: BTreeMap::new(), ..recorded.clone() };
    let released = Town::with(&with(changes)).gate.judge(recorded.clone()).unwrap().into_released();
    assert_eq!(released.bin, if expected { recorded } else { without }, "{changes:?}");
}

#[test]
fn missing_stills_are_counted_only_where_their_alerts_tell_camera_and_hour() {
    const ALERT: &str =
        "fields        = [\"alert_id\", \"site\", \"camera\", \"zone\", \"time\", \"time_first_seen\"";
    const NO_CAMERA: &str =
        "fields        = [\"alert_id\", \"site\", \"zone\", \"time\", \"time_first_seen\"";
    const NO_TIME: &str = "fields        = [\"alert_id\", \"site\", \"camera\", \"zone\"";
    const TIME_BIN: &str = "fields        = [\"alert_id\", \"site\", \"camera\", \"zone\", \"time_bin\"";
    const PRECISION: &str = "time     = \"PT1S\"";
    check_count_leaves(&[], true);
    check_count_leaves(&[(ALERT, NO_CAMERA)], false);
    check_count_leaves(&[(ALERT, NO_TIME)], false);
    check_count_leaves(&[(ALERT, TIME_BIN)], true);
    check_count_leaves(
        &[(ALERT, TIME_BIN), ("time_bin         = \"PT15M\"", "time_bin         = \"PT2H\"")],
        false,
    );
    check_count_leaves(&[(PRECISION, "time     = \"PT1H\"")], true);
    check_count_leaves(&[(PRECISION, "time     = \"PT2H\"")], false);
    // No still is allowed, so none is missing; what was counted under an earlier policy stays in.
    check_count_leaves(&[("imagery       = \"redacted_still\"", "imagery       = \"none\"")], false);
    // The schedule decides when pictures are taken; hours are told outside of it too.
    check_count_leaves(&[("from = \"00:00\"", "from = \"13:00\"")], true);
}
