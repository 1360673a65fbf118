//! Annexes of the two worked examples, with and without a report.

use super::*;

/// One real report, cut down to what an annex tells.
const REPORT: &str = r#"{
    "format": "velum-eval-events-1", "about": "two clips <script>", "fps": 5.0,
    "models": {"velum-person-1": "3650a4811cd68ce5391b80d205b783dbab02e1fc4e773f0114be91ee487c09ae"},
    "totals": [{"detector": "velum-person-1", "kind": "real", "half": "report", "clips": 2, "footage_secs": 180.3,
        "recall": {"hits": 3, "of": 4}, "precision": {"hits": 3, "of": 3}, "false_alerts": 0,
        "false_per_hour": [0.0, 0.0, 17.96]}],
    "clips": [{"clip": "square", "detector": "velum-person-1", "tuned": "nothing",
        "counts": [{"zone": "frame", "counted": 390, "mean_absolute_error": 0.638, "truth_mean": 5.91}]}],
    "run": {"made_at": "2026-11-26T01:00:00Z"}}"#;

fn annex(name: &str, reports: &[&str]) -> String {
    let path = format!("{}/../policy/examples/{name}", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).unwrap();
    let file = PolicyFile::parse(&text, name).unwrap();
    let reports: Vec<_> =
        reports.iter().map(|report| Report::parse(report.as_bytes(), "report.json").unwrap()).collect();
    page(&file, &reports, "2026-12-02T12:00:00Z".parse().unwrap())
}

#[test]
fn the_parts_stand_in_the_order_of_the_article() {
    let page = annex("gdpr-market-square.toml", &[]);
    let at = |text: &str| page.find(text).unwrap_or_else(|| panic!("{text}"));
    let order = ["(a) Systematic", "(b) Necessity", "(c) Risks", "(d) Measures"].map(at);
    assert!(order.is_sorted(), "{order:?}");
    for said in [
        "GDPR 35(7)(a)",
        "DPIA-2026-031 v3",
        "No faces are recognised.",
        "cannot be said, for it is not so that redaction.imagery_egress",
        "trial cargo-bike-lane-trial",
        "no number of fewer than 10 people",
        "To be written by people: the decision",
    ] {
        assert!(page.contains(said), "{said}");
    }
    assert!(!page.contains("complian"), "an annex gives no verdict");
    assert!(annex("led-tram-hub.toml", &[]).contains("LED 27(2)"));
}

#[test]
fn figures_come_from_reports_alone() {
    for name in ["gdpr-market-square.toml", "led-tram-hub.toml"] {
        let silent = annex(name, &[]);
        assert!(silent.contains("not measured"), "{name}");
        // What the policy itself says of its masking is a claim, no measurement of ours.
        for invented in ["0.996", "0.997", "0.991", "41200", "0.11", "0.8 false"] {
            assert!(!silent.contains(invented), "{name}: {invented}");
        }
    }
    let page = annex("led-tram-hub.toml", &[REPORT]);
    for said in [
        "found 3 of 4 (95 %: 30 to 95 %)",
        "0.00 per camera-hour (95 %: 0.00 to 17.96)",
        "off by 0.64 persons on the mean, of 5.91",
        "not named by the policy",
        "figures of a model that the policy names: these are of others",
        "two clips &lt;script&gt;",
        "masking of people on pictures: not measured",
    ] {
        assert!(page.contains(said), "{said}");
    }
    assert!(!page.contains("abandoned_object: not measured") && !page.contains("<script"), "{page}");
}

#[test]
fn what_the_policy_says_stands_apart_from_what_is_held_to_and_what_was_measured() {
    let page = annex("led-tram-hub.toml", &[REPORT]);
    for (label, said) in [
        ("The policy says:", "disk: luks2-tpm2"),
        ("The policy says:", "secure boot: secure boot"),
        ("The policy says:", "two days, yearly"),
        ("The policy says:", "decoys among 1000 alerts: 10"),
        ("The policy says:", "The hub was evacuated 31 times in 2025"),
        ("The policy says:", "at most 125 pixels per metre"),
        ("The policy says:", "person-plate-mask (redaction)"),
        ("The policy says:", "abandoned_object_alert (treated-as-personal"),
        ("Boxes hold to it:", "abandoned_object</td>"),
        ("Boxes hold to it:", "at most 5 frames a second"),
        ("Boxes hold to it:", "no number of fewer than 10 people"),
        ("It follows:", "No faces are recognised."),
        ("Measured:", "velum-person-1, real footage, half `report`"),
        ("Found:", "no rule found anything"),
    ] {
        let row = page.lines().collect::<String>();
        let labelled = format!("<strong>{label}</strong>{said}");
        assert!(row.contains(&labelled), "{labelled}");
    }
    assert!(!page.contains("Facts only"), "{page}");
    let rows = page.matches("<td class=\"key\">").count();
    let labels: usize = LABELS.iter().map(|(_, label, _)| page.matches(label).count() - 1).sum();
    let missing = page.matches("<td class=\"missing\">").count();
    assert_eq!(labels + missing, rows, "each line is marked by how it is known");
}
