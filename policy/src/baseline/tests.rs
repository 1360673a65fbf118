use velum_vocab::Digest;

use super::*;
use crate::duration::PolicyDuration;
use crate::effective::Effective;
use crate::file::PolicyFile;
use crate::order::{AtLeast, AtMost};
use crate::pack::Packs;

/// SHA-256 of each baseline that was in a release. Never change one: add another.
const RELEASED: [(&str, &str); 1] =
    [("2026.11", "6e39fd751b42d8cfed292ed50b4cd4efe23b70c617990e62b6da152898af285b")];

/// A worked example without anything that the baseline says, and with its name.
fn based() -> String {
    let text = include_str!("../../examples/gdpr-market-square.toml");
    let mut policy: toml::Table = text.parse().unwrap();
    without(&mut policy, &Baseline::all()[0].text().parse().unwrap());
    let identity = policy["policy"].as_table_mut().unwrap();
    identity.insert("baseline".to_owned(), "2026.11".into());
    policy.to_string()
}

fn without(policy: &mut toml::Table, said: &toml::Table) {
    for (name, value) in said {
        match (policy.get_mut(name).and_then(toml::Value::as_table_mut), value.as_table()) {
            (Some(written), Some(said)) => without(written, said),
            _ => drop(policy.remove(name)),
        }
    }
}

fn parsed(text: &str) -> PolicyFile {
    PolicyFile::parse(text, "policy.toml").unwrap_or_else(|error| panic!("{error}"))
}

fn refused(text: &str) -> String {
    PolicyFile::parse(text, "policy.toml").unwrap_err().to_string()
}

#[test]
fn a_version_means_the_same_for_ever() {
    let all: Vec<_> = Baseline::all()
        .iter()
        .map(|one| (one.version(), Digest::of(one.text().as_bytes()).to_string()))
        .collect();
    let released: Vec<_> =
        RELEASED.iter().map(|(version, sha256)| (*version, (*sha256).to_owned())).collect();
    assert_eq!(all, released, "a baseline that was released was changed: add another version instead");
}

#[test]
fn it_says_nothing_about_a_city_and_allows_nothing() {
    let protective = [
        "aggregation",
        "analytics",
        "breach",
        "capture",
        "change_control",
        "logging",
        "notice",
        "precision",
        "redaction",
        "retention",
        "rights",
        "security",
    ];
    for baseline in Baseline::all() {
        let table: toml::Table = baseline.text().parse().unwrap();
        assert!(table.keys().all(|name| protective.contains(&name.as_str())), "{table}");
        for granted in [
            "allow",
            "imagery_egress",
            "live_levels",
            "event",
            "redacted_still",
            "approver",
            "dpo_key",
            "tighten_alone",
        ] {
            assert!(!baseline.text().contains(&format!("\n{granted} ")), "{granted}");
        }
    }
}

#[test]
fn what_is_not_written_is_the_baselines_and_what_is_written_stands() {
    let text = based();
    let document = parsed(&text).document().clone();
    assert!(document.analytics.forbid.contains("face_recognition"));
    assert_eq!(document.retention.audit_log, Some(AtLeast(PolicyDuration::parse("P730D").unwrap())));
    assert_eq!(document.change_control.quorum, AtLeast(2));
    assert_eq!(document.logging.as_ref().unwrap().integrity.merkle, "rfc6962-sha256");
    assert!(!document.logging.as_ref().unwrap().integrity.witnesses.is_empty(), "as the file says");
    let written =
        text.replacen("[retention]", "[retention]\naudit_log = \"P365D\"\nreview_every = \"P90D\"", 1);
    let retention = parsed(&written).document().retention.clone();
    assert_eq!(retention.audit_log, Some(AtLeast(PolicyDuration::parse("P365D").unwrap())));
    assert_eq!(retention.review_every, Some(AtMost(PolicyDuration::parse("P90D").unwrap())));
    assert_eq!(retention.dsr_file, Some(AtMost(PolicyDuration::parse("P730D").unwrap())));
}

#[test]
fn without_a_baseline_nothing_is_filled_in() {
    let text = based().replace("baseline = \"2026.11\"\n", "");
    assert!(refused(&text).contains("expected the key `"), "{}", refused(&text));
}

#[test]
fn an_unknown_baseline_is_refused_before_anything_else_with_its_place() {
    let text = based().replace("baseline = \"2026.11\"", "baseline = \"2031.01\"");
    let told = refused(&text);
    let line = 1 + text.lines().position(|line| line.contains("2031.01")).unwrap();
    assert!(told.contains(&format!("policy.toml:{line}:")), "{told}");
    assert!(
        told.contains("policy.baseline: expected a baseline that this program has: `\"2026.11\"`"),
        "{told}"
    );
    assert!(told.contains("found `\"2031.01\"`") && told.contains("update the program"), "{told}");
    let told = refused(&based().replace("baseline = \"2026.11\"", "baseline = 2026"));
    assert!(told.contains("policy.baseline"), "{told}");
}

#[test]
fn errors_keep_the_place_of_what_is_wrong_in_the_file() {
    let text = based().replacen("[retention]", "[retention]\nevnt = \"P1D\"", 1);
    let line = 1 + text.lines().position(|line| line.contains("evnt")).unwrap();
    let told = refused(&text);
    assert!(told.contains(&format!("policy.toml:{line}:1: retention.evnt")), "{told}");
    // What a rule finds about a value of the baseline stands where the baseline is named.
    let file = parsed(&based());
    let finding = file.finding(crate::Severity::Warning, None, "security.disk", "x", "y", "z");
    let named = 1 + file.text().lines().position(|line| line.starts_with("baseline")).unwrap();
    assert_eq!(finding.line, named);
    let elsewhere = file.finding(crate::Severity::Warning, None, "ai_act_of_nobody", "x", "y", "z");
    assert_eq!(elsewhere.line, 1);
}

#[test]
fn tables_that_need_the_city_are_not_made_up() {
    let mut policy: toml::Table = based().parse().unwrap();
    policy.remove("breach");
    policy.remove("notice");
    let file = parsed(&policy.to_string());
    assert!(file.document().breach.is_none() && file.document().notice.is_none());
    assert!(file.lint(None).iter().any(|finding| finding.rule == Some("SEC-004")));
}

#[test]
fn the_origin_of_a_value_is_told() {
    let file = parsed(&based());
    let effective = Effective::of(&file, Packs::built_in());
    let camera = &effective.cameras[0];
    let origin = |key: &str| {
        let field = camera.fields.iter().chain(&camera.facts).find(|field| field.key == key).unwrap();
        field.origin.to_string()
    };
    assert_eq!(origin("retention.audit_log"), "baseline 2026.11");
    assert_eq!(origin("precision.time"), "baseline 2026.11");
    assert!(origin("retention.statistic").starts_with("city, line"), "{}", origin("retention.statistic"));
}

#[test]
fn the_same_values_written_out_are_no_change() {
    let whole = parsed(include_str!("../../examples/gdpr-market-square.toml"));
    let mut policy: toml::Table = whole.text().parse().unwrap();
    policy["policy"].as_table_mut().unwrap().insert("baseline".to_owned(), "2026.11".into());
    let named = parsed(&policy.to_string());
    let diff = crate::diff::PolicyDiff::between(&whole, &named, jiff::Timestamp::UNIX_EPOCH);
    let keys: Vec<_> = diff.that(crate::diff::Verdict::EveryVersion).map(|one| one.key.as_str()).collect();
    assert!(keys.contains(&"policy.baseline"), "{keys:?}");
    let by_baseline: Vec<_> = diff.changes.iter().filter(|one| one.key != "policy.baseline").collect();
    assert!(
        by_baseline.iter().all(|one| one.new.baseline.as_deref() == Some("baseline 2026.11")),
        "{by_baseline:?}"
    );
}
