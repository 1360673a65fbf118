use std::collections::BTreeMap;
use std::sync::Arc;

use velum_analyse::{RuleValidity, Watched};
use velum_vocab::{AlertId, CoverageBin, CoverageState, FrameCounts, SimulatedClock, ZoneId};

use super::*;
use crate::local::{Asked, Local, TrialName};
use crate::testing::START;

const HOUR: Duration = Duration::from_secs(3_600);
const CONFIG: &str = "[commissioning]\nmin_shadow_hours = 48\n[cameras.door]\nsource = \"test:ball\"\n\
    [[cameras.door.zones]]\nid = \"plaza\"\nabandoned = { mode = \"shadow\", unattended_secs = 30 }\n";

fn settings(folder: &Path, text: &str) -> Settings {
    let file = folder.join("edge.toml");
    std::fs::write(&file, text).unwrap();
    crate::config::load(&file).unwrap()
}

fn asked(settings: &str) -> Asked {
    Asked { settings: settings.to_owned(), trial: None }
}

/// One hour of a camera that was analysed for this share of it.
fn hour(at: Timestamp, analysed: u32) -> CoverageBin {
    CoverageBin {
        camera: CameraId::parse("door").unwrap(),
        hour: at,
        secs_by_state: BTreeMap::from([
            (CoverageState::Analysed, analysed),
            (CoverageState::Offline, 3_600 - analysed),
        ]),
        counts: FrameCounts::default(),
        stills_withheld: BTreeMap::new(),
    }
}

/// A box that ran in shadow for so many hours; `objects` were unattended for so long, one an hour.
fn ran(settings: &Settings, hours: u32, analysed_secs: u32, objects: &[f64]) -> Timestamp {
    let clock = SimulatedClock::at(START);
    let local = Local::new(&settings.data_dir, Arc::new(clock.clone()), HOUR * 24 * 30);
    let (door, plaza) = (CameraId::parse("door").unwrap(), ZoneId::parse("plaza").unwrap());
    local.begin_shadow(&door, &plaza, "abandoned_object", &asked("30 s"));
    let valid = [RuleValidity { zone: plaza.clone(), rule: "abandoned_object", doubt: None }];
    for number in 0..hours {
        local.cover(&door, &[hour(START.plus(HOUR * number), analysed_secs)]);
        let object = objects.get(number as usize).map(|unattended_secs| Watched {
            alert: AlertId::from_bytes([number as u8; 16]),
            zone: plaza.clone(),
            unattended_secs: *unattended_secs,
            believable: true,
        });
        local.shadow(&door, &[], &Vec::from_iter(object), &valid, f64::from(analysed_secs));
        local.shadow(&door, &[], &[], &valid, 0.0);
        clock.advance(HOUR);
    }
    local.save();
    START.plus(HOUR * hours)
}

fn report(settings: &Settings, now: Timestamp) -> Report {
    look(settings, None, now).unwrap()
}

fn refused(report: &Report) -> Vec<&str> {
    let reasons = report.rules.iter().flat_map(|rule| &rule.reasons);
    reasons.filter(|reason| !reason.fine).map(|reason| reason.text.as_str()).collect()
}

#[test]
fn a_quiet_rule_that_ran_for_long_enough_may_go_live() {
    let folder = tempfile::tempdir().unwrap();
    let settings = settings(folder.path(), CONFIG);
    let now = ran(&settings, 48, 3_600, &[12.0, 25.0, 25.0]);
    let report = report(&settings, now);
    assert_eq!(report.verdict, Verdict::Go, "{:?}", refused(&report));
    let figures = &report.rules[0].figures;
    assert_eq!((figures.analysed_fraction, figures.valid_fraction, figures.alerts), (1.0, 1.0, 0));
    let tried: Vec<_> = figures.thresholds.iter().map(|t| (t.unattended_secs, t.alerts)).collect();
    assert_eq!(tried, [(10.0, 3), (20.0, 2), (30.0, 0), (60.0, 0), (120.0, 0)]);
    assert_eq!(figures.suggested_unattended_secs, Some(20.0), "2 in 2 days: one a day");
    let rate = figures.thresholds[1].alerts_per_day.unwrap();
    assert!((rate.low - 0.121).abs() < 1e-3 && (rate.high - 3.612).abs() < 1e-3, "{rate:?}");
}

#[test]
fn each_reason_against_it_is_said() {
    let check = |hours: u32, analysed: u32, text: &str, expected: &[&str]| {
        let folder = tempfile::tempdir().unwrap();
        let settings = settings(folder.path(), text);
        let now = ran(&settings, hours, analysed, &[]);
        let report = report(&settings, now);
        let found = refused(&report);
        assert_eq!(found.len(), expected.len(), "{found:?}");
        for (found, expected) in found.iter().zip(expected) {
            assert!(found.contains(expected), "{found}: {expected}");
        }
        assert_eq!(report.verdict, if expected.is_empty() { Verdict::Go } else { Verdict::NoGo });
    };
    check(48, 3_600, CONFIG, &[]);
    check(12, 3_600, CONFIG, &["12.0 h of the 48 h that are needed: 36.0 h are left"]);
    check(
        48,
        1_800,
        CONFIG,
        &[
            "analysed for 50.0 % of the time that the schedule covers, 90.0 % are needed; the rest: offline 24.0 h",
        ],
    );
    let short = CONFIG.replace("min_shadow_hours = 48", "min_shadow_hours = 48\nkeep_days = 1");
    check(48, 3_600, &short, &["for 24 h only"]);
}

#[test]
fn a_box_that_did_not_run_was_not_analysing() {
    let folder = tempfile::tempdir().unwrap();
    let settings = settings(folder.path(), CONFIG);
    let now = ran(&settings, 24, 3_600, &[]).plus(HOUR * 24);
    let report = report(&settings, now);
    let figures = &report.rules[0].figures;
    assert!((figures.hours_by_state["not_running"] - 24.0).abs() < 1e-9, "{figures:?}");
    assert_eq!(refused(&report).len(), 1, "{:?}", refused(&report));
}

#[test]
fn a_rule_that_has_not_run_and_a_box_without_shadow_are_no_go() {
    let folder = tempfile::tempdir().unwrap();
    let waiting = settings(folder.path(), CONFIG);
    let report_before = report(&waiting, START);
    assert!(refused(&report_before)[0].starts_with("it has not run yet"));
    let live = settings(folder.path(), "[cameras.door]\nsource = \"test:ball\"\n");
    let (text, code) = run(&live, None, false, None, START).unwrap();
    assert!(text.starts_with("no rule runs in shadow; write `mode = \"shadow\"`"), "{text}");
    assert_eq!(format!("{code:?}"), format!("{:?}", ExitCode::from(1)));
    let error = run(&live, Some("dor"), false, None, START).unwrap_err().to_string();
    assert!(error.starts_with("--camera: no camera `dor` is configured"), "{error}");
}

#[test]
fn the_report_is_written_as_a_page_and_as_json() {
    let folder = tempfile::tempdir().unwrap();
    let settings = settings(folder.path(), CONFIG);
    let now = ran(&settings, 48, 3_600, &[12.0]);
    let out = folder.path().join("out");
    let (table, code) = run(&settings, Some("door"), false, Some(&out), now).unwrap();
    assert_eq!(format!("{code:?}"), format!("{:?}", ExitCode::SUCCESS));
    assert!(table.contains("in shadow: camera door, zone plaza, abandoned object: GO\n"), "{table}");
    assert!(table.ends_with("GO\n"), "{table}");
    let page = std::fs::read_to_string(out.join("commissioning.html")).unwrap();
    assert!(page.contains(">GO<") && !page.contains("<script") && !page.contains("http"), "{page}");
    let text = std::fs::read_to_string(out.join("commissioning.json")).unwrap();
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!((&json["verdict"], &json["rules"][0]["zone"]), (&"go".into(), &"plaza".into()));
}

#[test]
fn a_trial_is_shown_as_one_and_keeps_no_other_rule_from_going_live() {
    let folder = tempfile::tempdir().unwrap();
    let settings = settings(folder.path(), CONFIG);
    let now = ran(&settings, 48, 3_600, &[]);
    let local = Local::new(&settings.data_dir, Arc::new(SimulatedClock::at(now)), HOUR * 24 * 30);
    let trial = Some(TrialName { id: "plaza-by-night".to_owned(), until_unix_micros: 1 });
    let asked = Asked { settings: "levels".to_owned(), trial };
    let (door, plaza) = (CameraId::parse("door").unwrap(), ZoneId::parse("plaza").unwrap());
    local.begin_shadow(&door, &plaza, "crowd_density", &asked);
    local.save();
    let report = report(&settings, now);
    assert_eq!(report.verdict, Verdict::Go, "{:?}", refused(&report));
    let [_, tried] = report.rules.as_slice() else { panic!("{report:?}") };
    assert_eq!((tried.verdict, tried.figures.mode), (Verdict::NoGo, "shadow"));
    let table = table::table(&report);
    assert!(
        table.contains("in shadow, trial plaza-by-night: camera door, zone plaza, crowd density: NO-GO\n")
    );
    assert!(table.contains("it goes live only under a policy that has it in analytics.allow"), "{table}");
}
