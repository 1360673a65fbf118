//! The diff gate: each rule on a change that it is about, met and not met, and silent on one that it is not.

use super::*;

fn states<'d>(diff: &'d PolicyDiff, rule: &str) -> Vec<(State, &'d str)> {
    diff.needs
        .iter()
        .filter(|need| need.rule == rule)
        .map(|need| (need.state, need.sentence.as_str()))
        .collect()
}

/// Whether the rule says something with these words, and in what state.
fn check(edits: &[(&str, &str)], rule: &str, words: &str, state: Option<State>) {
    let diff = edited(GDPR, edits);
    let found = states(&diff, rule);
    let found = found.iter().find(|(_, sentence)| sentence.contains(words)).map(|(state, _)| *state);
    assert_eq!(found, state, "{rule} `{words}` on {edits:?}: {:?}", diff.needs);
}

const LOOSER: (&str, &str) = ("min_group        = 10", "min_group = 9");
const JUDGED: (&str, &str) = ("mount    = \"pole, 6 m\"", "mount = \"wall\"");
const TIGHTER: (&str, &str) = ("min_group        = 10", "min_group = 11");
const VERSION: (&str, &str) = ("version        = \"1.2.0\"", "version = \"1.3.0\"");
const MAJOR: (&str, &str) = ("version        = \"1.2.0\"", "version = \"2.0.0\"");
const ALLOWED: (&str, &str) = ("\"loitering_detection\", ", "");

#[test]
fn dif_001_less_private() {
    let rule = "DIF-001";
    check(&[LOOSER], rule, "2 approvers sign", Some(State::People));
    check(&[LOOSER], rule, "opinion", Some(State::People));
    check(&[LOOSER], rule, "It waits P3D", Some(State::Met)); // signed on 2026-11-20, holds from 2026-12-01
    let early = ("effective_from = 2026-12-01T00:00:00Z", "effective_from = 2026-11-21");
    check(&[LOOSER, early], rule, "It waits P3D", Some(State::Open));
    check(&[LOOSER], rule, "version must grow", Some(State::Open));
    check(&[LOOSER, VERSION], rule, "version grows from 1.2.0 to 1.3.0", Some(State::Met));
    check(&[LOOSER, VERSION], rule, "impact assessment", Some(State::Open));
    let covers = ("covers_policy = \"1.2.0\"", "covers_policy = \"1.3.0\"");
    check(&[LOOSER, VERSION, covers], rule, "impact assessment", Some(State::Met));
    let stricter = ("quorum          = 2", "quorum = 3");
    check(&[LOOSER, stricter], rule, "3 approvers sign", Some(State::People));
    check(&[TIGHTER], rule, "", None);
    check(&[JUDGED], rule, "", None);
}

#[test]
fn dif_001_without_a_waiting_time_a_loosening_waits_without_end() {
    let old = file(&example(GDPR).replacen("loosening_cooling_off = \"P3D\"", "", 1));
    let new = old.edited(|document| document.aggregation.min_group = None);
    let diff = PolicyDiff::between(&new, &old, day("2026-11-20"));
    assert!(
        states(&diff, "DIF-001")
            .iter()
            .any(|(state, said)| *state == State::Open && said.contains("without end"))
    );
}

#[test]
fn dif_002_judgement_and_dif_003_more_private() {
    check(&[JUDGED], "DIF-002", "writes down why", Some(State::People));
    check(&[JUDGED], "DIF-002", "2 approvers sign", Some(State::People));
    check(&[JUDGED], "DIF-003", "", None);
    check(&[TIGHTER], "DIF-003", "One approver may decide this, at once", Some(State::People));
    check(&[TIGHTER], "DIF-003", "version must grow", Some(State::Open));
    check(&[TIGHTER, VERSION], "DIF-003", "version grows", Some(State::Met));
    check(&[TIGHTER], "DIF-002", "", None);
    check(&[("tighten_alone   = true", "tighten_alone = false")], "DIF-003", "", None); // that itself is a loosening
}

#[test]
fn dif_004_what_was_forbidden() {
    check(&[ALLOWED], "DIF-004", "new major version", Some(State::Open));
    check(&[ALLOWED, VERSION], "DIF-004", "new major version", Some(State::Open));
    check(&[ALLOWED, MAJOR], "DIF-004", "a new major one", Some(State::Met));
    check(&[ALLOWED], "DIF-004", "needs a new impact assessment", Some(State::Open));
    let sha256 = ("sha256        = \"9c1185a5", "sha256        = \"9c1185a6");
    check(&[ALLOWED, sha256], "DIF-004", "needs a new impact assessment", Some(State::Open));
    let completed = ("completed     = 2026-10-20", "completed = 2026-11-10");
    check(&[ALLOWED, sha256, completed], "DIF-004", "there is a new impact assessment", Some(State::Met));
    check(&[("\"loitering_detection\"", "\"loitering_detection\", \"x\"")], "DIF-004", "", None);
}

#[test]
fn dif_005_another_law_or_country() {
    let country = ("country        = \"NL\"", "country = \"BE\"");
    let regime = ("regime         = \"gdpr\"", "regime = \"led\"");
    let id = ("\"nl.lindehaven.crowd-safety\"", "\"be.lindehaven.crowd-safety\"");
    check(&[country], "DIF-005", "never changes in place", Some(State::Open));
    check(&[regime], "DIF-005", "regime from `gdpr` to `led`", Some(State::Open));
    check(&[country, regime, id], "DIF-005", "an id of its own", Some(State::Met));
    check(&[id], "DIF-005", "two policies", Some(State::People));
    check(&[LOOSER], "DIF-005", "", None);
}

#[test]
fn dif_006_a_later_end_dif_007_more_is_told_dif_008_the_signs() {
    let later = ("expires        = 2027-11-30T23:59:59Z", "expires = 2028-01-01");
    let earlier = ("expires        = 2027-11-30T23:59:59Z", "expires = 2027-10-01");
    check(&[later], "DIF-006", "record of a review", Some(State::People));
    check(&[earlier], "DIF-006", "", None);

    let role = ("role     = \"maintenance\"", "role = \"repair\"");
    let field =
        ("\"level\", \"confidence_band\", \"model", "\"level\", \"camera\", \"confidence_band\", \"model");
    check(&[role], "DIF-007", "recipient `repair`", Some(State::People));
    check(&[field], "DIF-007", "field `camera` of `crowd_density_level`", Some(State::People));
    check(&[field], "DIF-007", "nl-algoritmeregister", Some(State::People));
    let reads = ("fields   = [\"site\", \"zone\"", "fields = [\"site\", \"camera\", \"zone\"");
    check(&[reads], "DIF-007", "field `camera` for the recipient `crowd-steward`", Some(State::People));
    let class = ("class         = \"road_user_count\"", "class = \"road_user_flow\"");
    check(&[class], "DIF-007", "New: class of event `road_user_flow`.", Some(State::People));
    check(&[LOOSER], "DIF-007", "", None);

    let kept = ("event          = \"P14D\"", "event = \"P13D\"");
    let of_site = ("event = \"P7D\"", "event = \"P6D\"");
    for edit in [kept, of_site, role, ("text.en = \"See", "text.en = \"Look for")] {
        check(&[edit], "DIF-008", "notice.last_checked", Some(State::People));
    }
    let checked = ("last_checked    = 2026-11-10", "last_checked = 2026-12-02");
    check(&[kept, checked], "DIF-008", "notice.last_checked", Some(State::Met));
    check(&[LOOSER], "DIF-008", "", None);
}
