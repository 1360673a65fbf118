//! The worked examples parse and resolve; what must be refused is refused with line, key and fix.

use std::collections::BTreeSet;

use velum_policy::layers::Egress;
use velum_policy::order::{AtLeast, AtMost};
use velum_policy::{PolicyDuration, PolicyError, PolicyFile, Severity};

use crate::texts::{demo, example, findings, parsed};

const DAY_SECS: u64 = 86_400;

#[test]
fn the_market_square_resolves_to_the_stricter_of_city_and_site() {
    let policy = parsed("gdpr-market-square.toml").resolve().unwrap_or_else(|error| panic!("{error}"));
    let camera = &policy.cameras["mp-01"];
    assert_eq!(camera.aggregation.min_group, AtLeast(15)); // the site's; the city says 10
    assert_eq!(camera.retention.event, AtMost(PolicyDuration::from_secs(7 * DAY_SECS))); // the city says 14
    assert_eq!(camera.capture.max_px_per_m, AtMost(60)); // the camera's; the city says 80
    assert_eq!(policy.cameras["mp-02"].capture.max_px_per_m, AtMost(80));
    assert_eq!(camera.redaction.imagery_egress, Egress::MaintenanceStill);
    assert!(policy.allows("crowd_density") && !policy.allows("abandoned_object"));
    assert!(camera.scheduled("2026-12-03T10:00:00Z".parse().unwrap())); // a Thursday, market day
    assert!(!camera.scheduled("2026-12-08T10:00:00Z".parse().unwrap()));
}

#[test]
fn the_tram_hub_resolves() {
    let policy = parsed("led-tram-hub.toml").resolve().unwrap_or_else(|error| panic!("{error}"));
    let camera = &policy.cameras["hub-p2"];
    assert_eq!(camera.capture.max_fps, AtMost(4));
    assert_eq!(camera.retention.redacted_still, AtMost(PolicyDuration::from_secs(2 * DAY_SECS)));
    assert_eq!(camera.aggregation.live_levels.0.len(), 0); // not written: none may be told
    assert_eq!(camera.retention.event, AtMost(PolicyDuration::ZERO)); // not written: nothing is kept
    assert!(!policy.allows("owner_backtracking"));
    assert!(policy.authorisation_covers("abandoned_object") && !policy.authorisation_covers("crowd_density"));
    assert!(policy.authorised("2028-06-21T23:00:00Z".parse().unwrap()));
    assert!(!policy.authorised("2028-06-22T00:00:00Z".parse().unwrap()));
    assert!(camera.scheduled("2026-12-02T00:15:00Z".parse().unwrap())); // 01:15 in Brussels, since yesterday 05:00
    assert!(!camera.scheduled("2026-12-02T00:30:00Z".parse().unwrap()));
}

#[test]
fn the_worked_examples_have_no_errors_on_the_day_they_were_written() {
    let at = "2026-12-01T00:00:00Z".parse().unwrap();
    for name in ["gdpr-market-square.toml", "led-tram-hub.toml", "gdpr-market-square.v1.3.0-proposed.toml"] {
        let found = parsed(name).lint(Some(at));
        assert!(!found.has_errors(), "{found}");
    }
}

#[test]
fn the_demonstration_has_no_errors_and_warns_of_what_a_town_would_do_otherwise() {
    let file = PolicyFile::parse(&demo(["ed25519:a", "ed25519:b"], "ed25519:c"), "demo.toml").unwrap();
    let found = file.lint(Some("2026-11-21T00:00:00Z".parse().unwrap()));
    let warned: BTreeSet<_> = found.iter().filter_map(|finding| finding.rule).collect();
    assert!(!found.has_errors(), "{found}");
    let expected = [
        "AGG-002", "AIA-001", "DPI-001", "LOG-001", "LOG-004", "MIN-003", "MOD-003", "MOD-005", "RED-001",
        "RED-005", "RED-006", "RGT-001", "SEC-001", "SEC-004", "TRN-001",
    ];
    assert_eq!(warned, BTreeSet::from(expected));
    let policy = file.resolve().unwrap();
    for camera in ["plaza-1", "plaza-2"] {
        assert_eq!(policy.cameras[camera].aggregation.min_group, AtLeast(5));
        assert!(policy.cameras[camera].scheduled("2026-11-21T23:59:59Z".parse().unwrap()));
    }
    assert!(policy.allows("abandoned_object") && policy.allows("crowd_density"));
    assert!(!policy.allows("owner_backtracking"));
}

#[test]
fn what_must_be_measured_and_masked_is_only_warned_of_where_nobody_is_filmed() {
    let check = |from: &str, to: &str, errors: &[&str]| {
        let text = demo(["ed25519:a", "ed25519:b"], "ed25519:c");
        assert!(text.contains(from), "{from}");
        let found = findings(&text.replace(from, to));
        let of_redaction = found.iter().filter(|f| f.severity == Severity::Error);
        let rules: Vec<_> = of_redaction.filter_map(|f| f.rule).filter(|r| r.starts_with("RED")).collect();
        assert_eq!(rules, errors, "{to}");
    };
    check("country        = \"ZZ\"", "country        = \"ZZ\"", &[]);
    check("country        = \"ZZ\"", "country        = \"NL\"", &["RED-006", "RED-001"]);
    check("\"person\", \"head\", \"face\"]", "\"person\", \"head\"]", &["RED-001"]);
}

struct Refusal {
    file: &'static str,
    line: usize,
    key: &'static str,
    rule: Option<&'static str>,
    text: &'static str,
    help: &'static str,
}

const REFUSED: [Refusal; 8] = [
    Refusal {
        file: "automatic.toml",
        line: 289,
        key: "human_oversight.decision",
        rule: Some("HUM-001"),
        text: "expected `human-only` or `human-confirms`, found `\"automatic\"`",
        help: "write for example `\"human-only\"`: a person decides, never the machine",
    },
    Refusal {
        file: "blur.toml",
        line: 190,
        key: "redaction.method",
        rule: Some("RED-002"),
        text: "expected `solid_fill` or `surround_blur`, found `\"blur\"`",
        help: "write for example `\"solid_fill\"`: a blur or a mosaic can be undone, so there is none",
    },
    Refusal {
        file: "camera-loosens.toml",
        line: 385,
        key: "camera.mp-01.capture.max_px_per_m",
        rule: Some("INH-001"),
        text: "expected 80, or something stricter, as inherited, found 250",
        help: "a site may only tighten the city and a camera its site",
    },
    Refusal {
        file: "fact.toml",
        line: 144,
        key: "event[0].epistemic",
        rule: Some("HUM-003"),
        text: "expected `assessment`, found `\"fact\"`",
        help: "write for example `\"assessment\"`: a machine assesses, it does not state facts",
    },
    Refusal {
        file: "month.toml",
        line: 215,
        key: "retention.event",
        rule: Some("RET-005"),
        text: "expected a duration in days, hours, minutes or seconds, found `\"P1M\"`",
        help: "write for example `\"P30D\"` or `\"PT72H\"`: a month or a year is not a fixed number",
    },
    Refusal {
        file: "pass.toml",
        line: 196,
        key: "redaction.on_detector_failure",
        rule: Some("RED-003"),
        text: "expected one of `stop_camera`, `stop_stream`, `drop_frame`, found `\"pass\"`",
        help: "a box that cannot mask lets nothing out",
    },
    Refusal {
        file: "site-loosens.toml",
        line: 369,
        key: "site.marktplein.aggregation.min_group",
        rule: Some("INH-001"),
        text: "expected 10, or something stricter, as inherited, found 5",
        help: "delete the key to inherit the value, or write a stricter one",
    },
    Refusal {
        file: "typo.toml",
        line: 171,
        key: "aggregation.min_gruop",
        rule: None,
        text: "found the unknown key `min_gruop`",
        help: "did you mean `min_group`?",
    },
];

#[test]
fn what_must_be_refused_is_refused_with_line_key_and_fix() {
    for case in &REFUSED {
        let found = findings(&example(&format!("refused/{}", case.file)));
        assert_eq!(found.len(), 1, "{}: {found:?}", case.file);
        let one = &found[0];
        assert_eq!((one.line, one.key.as_str(), one.rule), (case.line, case.key, case.rule), "{}", case.file);
        let shown = one.to_string();
        let (text, help) = shown.split_once("\n  help: ").unwrap();
        assert!(text.starts_with(&format!("policy.toml:{}:", case.line)), "{text}");
        assert!(text.contains(case.text), "{}: {text}", case.file);
        assert!(help.contains(case.help), "{}: {help}", case.file);
    }
}

#[test]
fn every_file_of_the_folder_is_in_the_table() {
    let folder = format!("{}/examples/refused", env!("CARGO_MANIFEST_DIR"));
    for entry in std::fs::read_dir(folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(REFUSED.iter().any(|case| case.file == name), "{name}");
    }
}

#[test]
fn what_is_refused_does_not_resolve() {
    for case in &REFUSED {
        let text = example(&format!("refused/{}", case.file));
        let resolved = PolicyFile::parse(&text, case.file).and_then(|file| file.resolve());
        assert!(matches!(resolved, Err(PolicyError::Refused(_))), "{}", case.file);
    }
}
