use std::path::Path;
use std::sync::Arc;

use velum_vocab::{
    AbandonedObject, BoxInFrame, CameraId, Clock, CoverageState, Explanation, ExplanationCode, FrameCounts,
    SimulatedClock,
};

use super::super::{DEFAULT_KEEP, Local, read_all};
use super::*;
use crate::testing::START;

const RULE: &str = "abandoned_object";

fn door() -> CameraId {
    CameraId::parse("door").unwrap()
}

fn plaza() -> ZoneId {
    ZoneId::parse("plaza").unwrap()
}

fn asked(settings: &str) -> Asked {
    Asked { settings: settings.to_owned(), trial: None }
}

fn open(dir: &Path, clock: &SimulatedClock) -> Local {
    Local::new(dir, Arc::new(clock.clone()), DEFAULT_KEEP)
}

fn said(alert: u8, state: AlertState, at: Timestamp) -> Observation {
    let body = ObservationBody::AbandonedObject(AbandonedObject {
        box_in_frame: BoxInFrame::new(10.0, 10.0, 30.0, 30.0).unwrap(),
        class: None,
        put_down_at: at,
        unattended_secs: 31.0,
    });
    Observation {
        alert: AlertId::from_bytes([alert; 16]),
        camera: door(),
        zone: plaza(),
        at,
        state,
        body,
        confidence: 0.7,
        validity: Validity::Valid,
        explanation: vec![Explanation::with(ExplanationCode::UnattendedSecs, 31.0)],
        models: Vec::new(),
        staged: None,
    }
}

fn watched(alert: u8, unattended_secs: f64, believable: bool) -> Watched {
    Watched { alert: AlertId::from_bytes([alert; 16]), zone: plaza(), unattended_secs, believable }
}

fn stood() -> [RuleValidity; 1] {
    [RuleValidity { zone: plaza(), rule: RULE, doubt: None }]
}

fn log(dir: &Path) -> RuleLog {
    read_all::<ShadowLog>(dir).unwrap()[&door()].rules[0].clone()
}

#[test]
fn an_alert_in_shadow_is_kept_as_bands_and_survives_a_restart() {
    let (folder, clock) = (tempfile::tempdir().unwrap(), SimulatedClock::at(START));
    let local = open(folder.path(), &clock);
    assert!(local.begin_shadow(&door(), &plaza(), RULE, &asked("30 s")), "it was live before");
    local.shadow(&door(), &[], &[watched(7, 12.0, true)], &stood(), 0.2);
    clock.advance(Duration::from_secs(20));
    let raised = said(7, AlertState::Raised, clock.now());
    local.shadow(&door(), &[raised], &[watched(7, 31.0, true)], &stood(), 0.2);
    clock.advance(Duration::from_secs(90));
    local.shadow(&door(), &[], &[watched(7, 121.0, true)], &stood(), 0.2);
    local.save();
    let text = std::fs::read_to_string(folder.path().join("shadow/door.json")).unwrap();
    assert!(!text.contains("box") && !text.contains("left_px") && !text.contains("put_down_at"), "{text}");

    let restarted = open(folder.path(), &clock);
    assert!(!restarted.begin_shadow(&door(), &plaza(), RULE, &asked("30 s")), "it goes on");
    assert!(restarted.is_shadow_alert(&door(), AlertId::from_bytes([7; 16]), true));
    restarted.shadow(&door(), &[], &[watched(7, 122.0, true)], &stood(), 0.2);
    clock.advance(Duration::from_secs(250));
    restarted.shadow(&door(), &[said(7, AlertState::Cleared, clock.now())], &[], &stood(), 0.2);
    assert!(!restarted.is_shadow_alert(&door(), AlertId::from_bytes([7; 16]), true));
    restarted.save();
    let log = log(folder.path());
    assert_eq!((log.open.len(), log.since_unix_secs), (0, START.unix_secs()));
    let expected = Record {
        hour: START.unix_secs(),
        alert: true,
        duration_secs: Some("300-1800".to_owned()),
        confidence: Some("0.5-0.8".to_owned()),
        validity: Some("valid".to_owned()),
        codes: vec!["unattended_secs".to_owned()],
        unattended_secs: Some("120-300".to_owned()),
        count: 1,
    };
    assert_eq!(log.records, [expected]);
}

#[test]
fn objects_without_an_alert_are_kept_so_that_other_thresholds_can_be_tried() {
    let check = |steps: &[(f64, bool)], expected: Option<&str>| {
        let (folder, clock) = (tempfile::tempdir().unwrap(), SimulatedClock::at(START));
        let local = open(folder.path(), &clock);
        local.begin_shadow(&door(), &plaza(), RULE, &asked("30 s"));
        for (unattended_secs, believable) in steps {
            local.shadow(&door(), &[], &[watched(1, *unattended_secs, *believable)], &stood(), 0.2);
        }
        local.shadow(&door(), &[], &[], &[], 0.2);
        local.save();
        assert!(log(folder.path()).records.is_empty(), "without its step the rule says nothing");
        local.shadow(&door(), &[], &[], &stood(), 0.2);
        local.save();
        let records = log(folder.path()).records;
        let found: Vec<_> = records.iter().map(|r| (r.alert, r.unattended_secs.as_deref())).collect();
        let expected: Vec<_> = expected.into_iter().map(|band| (false, Some(band))).collect();
        assert_eq!(found, expected, "{steps:?}");
    };
    check(&[(5.0, true), (9.9, true)], None);
    check(&[(5.0, true), (12.0, true), (22.0, true)], Some("20-30"));
    check(&[(12.0, true), (22.0, false), (31.0, false)], Some("10-20"));
    check(&[(25.0, true), (0.0, true)], Some("20-30"));
    check(&[(25.0, false)], None);
}

#[test]
fn other_settings_begin_a_new_period_and_what_is_open_stays_in_shadow() {
    let (folder, clock) = (tempfile::tempdir().unwrap(), SimulatedClock::at(START));
    let local = open(folder.path(), &clock);
    local.begin_shadow(&door(), &plaza(), RULE, &asked("30 s"));
    local.shadow(&door(), &[said(7, AlertState::Raised, START)], &[watched(7, 31.0, true)], &stood(), 0.2);
    clock.advance(Duration::from_secs(60));
    assert!(!local.begin_shadow(&door(), &plaza(), RULE, &asked("60 s")), "it was in shadow before");
    local.save();
    let log = log(folder.path());
    assert_eq!((log.since_unix_secs, log.hours.len()), (START.unix_secs() + 60, 0));
    assert!(local.is_shadow_alert(&door(), AlertId::from_bytes([7; 16]), true));
    assert!(local.end_shadow(&door(), &plaza(), RULE));
    assert!(!local.end_shadow(&door(), &plaza(), RULE), "it is live already");
    assert!(!local.is_shadow_alert(&door(), AlertId::from_bytes([7; 16]), true));
    assert!(local.begin_shadow(&door(), &plaza(), RULE, &asked("60 s")), "it was live in between");
}

#[test]
fn where_the_file_cannot_be_read_nothing_of_it_is_told_live() {
    let (folder, clock) = (tempfile::tempdir().unwrap(), SimulatedClock::at(START));
    std::fs::create_dir(folder.path().join("shadow")).unwrap();
    std::fs::write(folder.path().join("shadow/door.json"), "?").unwrap();
    let local = open(folder.path(), &clock);
    let alert = AlertId::from_bytes([7; 16]);
    assert!(local.is_shadow_alert(&door(), alert, false));
    assert!(!local.is_shadow_alert(&door(), alert, true));
    assert!(!local.begin_shadow(&door(), &plaza(), RULE, &asked("30 s")));
}

#[test]
fn validity_and_coverage_are_booked_by_the_hour_and_grow_old() {
    let (folder, clock) = (tempfile::tempdir().unwrap(), SimulatedClock::at(START));
    let local = open(folder.path(), &clock);
    let bin = |secs| CoverageBin {
        camera: door(),
        hour: START,
        secs_by_state: BTreeMap::from([(CoverageState::Analysed, secs)]),
        counts: FrameCounts::default(),
        stills_withheld: BTreeMap::new(),
    };
    local.cover(&door(), &[bin(10)]);
    local.begin_shadow(&door(), &plaza(), RULE, &asked("30 s"));
    local.cover(&door(), &[bin(20)]);
    local.cover(&door(), &[bin(15)]);
    let dense = RuleValidity { doubt: Some("too_dense"), ..stood()[0].clone() };
    local.shadow(&door(), &[], &[], &stood(), 0.2);
    local.shadow(&door(), &[], &[], &[dense], 0.4);
    local.save();
    let hours = log(folder.path()).hours;
    let looked = &hours[&START.unix_secs()];
    assert_eq!((looked.valid_ms, looked.not_valid_ms["too_dense"]), (200, 400));
    let coverage = read_all::<ShadowLog>(folder.path()).unwrap()[&door()].coverage.clone();
    assert_eq!(coverage[&START.unix_secs()]["analysed"], 20, "seconds of an hour only grow");
    local.expire(START.plus(Duration::from_secs(14 * 86_400)), Some(Duration::from_secs(14 * 86_400)));
    assert!(log(folder.path()).hours.is_empty());
    assert_eq!(log(folder.path()).since_unix_secs, START.unix_secs(), "since when is not forgotten");
}

/// Its receipt could not be written at the first try.
#[test]
fn how_much_a_trial_left_is_known_after_it_is_erased() {
    let (folder, clock) = (tempfile::tempdir().unwrap(), SimulatedClock::at(START));
    let until = START.plus(Duration::from_secs(3_600));
    let trial = velum_gate::Trial {
        id: "bags-by-night".to_owned(),
        kind: velum_gate::EventKind::AbandonedObject,
        until,
    };
    let local = open(folder.path(), &clock);
    local.begin_trial(TrialRun::of(&door(), &trial, START)).unwrap();
    let as_trial = Asked { settings: "30 s".to_owned(), trial: Some(TrialName::of(&trial)) };
    local.begin_shadow(&door(), &plaza(), RULE, &as_trial);
    local.shadow(&door(), &[said(7, AlertState::Raised, clock.now())], &[], &stood(), 0.2);
    local.save();
    let run = || open(folder.path(), &clock).trial_runs().remove(0);
    assert_eq!(run().records, None);
    let erased = local.erase_trial(&run());
    assert_eq!((erased.records, erased.found_after), (1, 0));
    assert_eq!(run().records, Some(1));
    assert_eq!(open(folder.path(), &clock).erase_trial(&run()), erased, "after a restart, too");
}
