//! The worked files of cases, what is refused of a file, and what comes of a case that is wrong.

mod replay;

use std::path::Path;

use velum_policy::EventField;

use super::*;
use crate::policy::tests::{check, example, run_line};
use crate::screen::Screen;

const GDPR: &str = include_str!("../../../../policy/examples/gdpr-market-square.toml");
const GDPR_CASES: &str = include_str!("../../../../policy/examples/gdpr-market-square.cases.toml");
const LED: &str = include_str!("../../../../policy/examples/led-tram-hub.toml");
const LED_CASES: &str = include_str!("../../../../policy/examples/led-tram-hub.cases.toml");

/// The text with this edit, which must be possible.
fn edited(text: &str, from: &str, to: &str) -> String {
    assert!(text.contains(from), "the text has no `{from}`");
    text.replacen(from, to, 1)
}

/// The exit code of the command on these two texts.
fn check_texts(cases: &str, policy: &str, expected: u8) {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let (cases, policy) = (write("cases.toml", cases), write("policy.toml", policy));
    check(&["test", &cases, "--policy", &policy], expected);
}

/// What is printed for people.
fn report(cases: &str, policy: &str) -> String {
    let file = CasesFile::parse(cases, "city.cases.toml").unwrap_or_else(|finding| panic!("{finding}"));
    let policy = PolicyFile::parse(policy, "city.toml").unwrap();
    let cases = file.cases(&policy).unwrap_or_else(|wrong| panic!("{wrong:?}"));
    let town = Town::under(stand_in::approved(&policy).unwrap()).unwrap();
    let tested = cases.iter().map(|case| Tested { case, found: town.ask(case).unwrap() }).collect();
    let left_out = cases::left_out(&cases, &policy);
    Report { path: "city.cases.toml", policy: &policy, tested, left_out }.text(&Screen::plain())
}

#[test]
fn every_case_of_the_worked_files_is_as_expected() {
    for name in ["gdpr-market-square.cases.toml", "led-tram-hub.cases.toml"] {
        for format in ["text", "json", "junit"] {
            check(&["test", &example(name), "--format", format], 0);
        }
    }
    check(&["test", "--example"], 0);
    let text = report(GDPR_CASES, GDPR);
    assert!(
        text.contains("ok    On a Monday nothing is told of the crowd: withheld = \"schedule\"\n"),
        "{text}"
    );
    assert!(text.ends_with(" ok, 0 FAIL\n"), "every camera and recipient has a case: {text}");
    assert!(report(LED_CASES, LED).ends_with(" ok, 0 FAIL\n"));
}

#[test]
fn a_changed_expectation_fails() {
    let fails = |from: &str, to: &str| check_texts(&edited(GDPR_CASES, from, to), GDPR, SOME_FAIL);
    fails("withheld = \"schedule\"", "withheld = \"purpose\"");
    fails("withheld = \"schedule\"", "released = {}");
    fails("site            = \"marktplein\"\n", "");
    fails("level           = \"dense\"\n", "level = \"dense\"\ncamera = \"mp-01\"\n");
    fails("T10:15:00+01:00, precision", "T10:15:42+01:00, precision");
    fails("precision = \"PT60S\"", "precision = \"PT1S\"");
    fails("released = {}", "withheld = \"imagery\"");
    fails("tried  = \"nothing\"", "tried = \"cargo-bike-lane-trial\"");
    fails("\"level\", \"confidence_band\"]", "\"level\"]");
    fails("held_back = \"max_age\"", "shown = [\"level\"]");
    fails("held_back = \"export\"", "held_back = \"max_age\"");
}

#[test]
fn a_changed_policy_fails_where_it_matters() {
    let fails = |from: &str, to: &str| check_texts(GDPR_CASES, &edited(GDPR, from, to), SOME_FAIL);
    fails("days = [\"thu\", \"sat\"], from", "days = [\"mon\", \"thu\", \"sat\"], from");
    fails("time     = \"PT60S\"", "time     = \"PT300S\"");
    fails("status         = \"active\"", "status         = \"draft\"");
    fails("max_age  = \"P1D\"\nexport   = false", "max_age  = \"P7D\"\nexport   = false");
    fails("\"level\", \"confidence_band\"]\nimagery", "\"level\"]\nimagery");
    check_texts(GDPR_CASES, &edited(GDPR, "min_group        = 10", "min_group = 3"), FOUND_ERRORS);
    check_texts(GDPR_CASES, &edited(GDPR, "\"solid_fill\"", "\"blur\""), DOES_NOT_PARSE);
}

#[test]
fn a_failure_is_told_with_what_was_found_and_can_be_pasted() {
    let wrong = edited(GDPR_CASES, "level           = \"dense\"", "level = \"low\"\ncamera = \"mp-01\"");
    let text = report(&edited(&wrong, "confidence_band = \"high\" ", ""), GDPR);
    let released = "released = { confidence_band = \"high\", level = \"dense\", model_id = true, policy_digest = true, \
                    site = \"marktplein\", time_bin = { at = 2026-12-03T09:15:00Z, precision = \"PT60S\" }, \
                    zone = \"mp-01-noord\" }";
    for line in [
        "FAIL  On a market day a dense zone is told: the level, to the minute, and no number of people (city.cases.toml:10)\n",
        &format!("      found     {released}\n"),
        "                camera: expected \"mp-01\", does not leave\n",
        "                confidence_band: leaves, as \"high\"\n",
        "                level: expected \"low\", found \"dense\"\n",
    ] {
        assert!(text.contains(line), "{line}\nis not in\n{text}");
    }
    let case = "[[case]]\nname = 'x'\nat = 2026-12-03T10:15:42+01:00\ncamera = 'mp-01'\n\
                crowd_density = { zone = 'mp-01-noord', level = 'dense', persons = 62 }\n";
    assert!(report(&format!("{case}{released}\n"), GDPR).starts_with("ok    x: released"));
    let text = report(&format!("{case}withheld = 'level'\n"), GDPR);
    assert!(text.contains("no case is about the cameras mp-02\n"), "{text}");
    assert!(text.contains("\n1 case against nl.lindehaven.crowd-safety 1.2.0: 0 ok, 1 FAIL\n"), "{text}");
}

#[test]
fn what_is_tried_is_computed_and_told_to_nobody() {
    let policy = edited(GDPR, "analytics = [\"cargo_bike_count\"]", "analytics = [\"abandoned_object\"]");
    let case = |asked: &str| {
        let at = "at = 2027-01-14T10:15:42+01:00\ncamera = 'mp-02'";
        report(&format!("[[case]]\nname = 'x'\n{at}\n{asked}\n"), &policy)
    };
    let seen = "abandoned_object = { zone = 'kerkstraat-in', unattended = 'PT5M' }";
    for text in [
        case("trial = { of = 'abandoned_object' }\ntried = 'cargo-bike-lane-trial'"),
        case(&format!("{seen}\nwithheld = 'trial'")),
        case("keep_still = { of = 'abandoned_object' }\nwithheld = 'analytics'"),
    ] {
        assert!(text.starts_with("ok    x: "), "{text}");
    }
}

#[test]
fn movement_and_explanations_are_told_as_coarsely_as_by_the_gate() {
    let demo = include_str!("../../../../policy/examples/demo-policy.toml.in")
        .replace("@DATE_FROM@", "2026-11-20T00:00:00Z")
        .replace("@DATE_EXPIRES@", "2026-12-20T00:00:00Z");
    let case = "[[case]]\nname = 'x'\nat = 2026-11-21T12:00:00Z\ncamera = 'plaza-1'\n";
    let seen = "crowd_density = { zone = 'plaza', level = 'busy', previous_level = 'low', persons = 7, \
                persons_per_m2 = 0.35, confidence = 0.6, explanation = { level_rose = true, level_held_secs = 3.2 } }\n";
    let text = report(&format!("{case}{seen}released = {{}}\n"), &demo);
    for told in [
        "count_rounded = { at_least = 5, below = 10 }",
        "persons_per_m2 = { low = 0.25, high = 0.5 }",
        "explanation = { level_rose = true, level_held_secs = 4 }",
        "confidence_band = \"medium\"",
        "previous_level = \"low\"",
    ] {
        assert!(text.contains(told), "{told} is not in\n{text}");
    }
    let surge = "crowd_movement = { zone = 'plaza', pattern = 'surge', persons = 12, speed_m_per_s = 2.7, \
                 direction = 'up_left' }\nwithheld = 'analytics'\n";
    assert!(report(&format!("{case}{surge}"), &demo).starts_with("ok "));
}

/// What is wrong with the file, and with the cases if it parses.
fn refused(cases: &str, policy: &str) -> String {
    let policy = PolicyFile::parse(policy, "city.toml").unwrap();
    let found = CasesFile::parse(cases, "c.toml").map_err(|fault| vec![*fault]);
    match found.and_then(|file| file.cases(&policy)) {
        Ok(cases) => panic!("taken: {cases:?}"),
        Err(findings) => findings.iter().map(|finding| format!("{finding}\n")).collect(),
    }
}

#[test]
fn what_does_not_fit_is_refused_with_its_place_and_a_fix() {
    let check = |from: &str, to: &str, expected: &str| {
        let error = refused(&edited(GDPR_CASES, from, to), GDPR);
        assert!(error.contains(expected), "{expected}\nis not in\n{error}");
        assert!(error.contains("\n  help: "), "{error}");
        check_texts(&edited(GDPR_CASES, from, to), GDPR, DOES_NOT_PARSE);
    };
    check(
        "camera = \"mp-01\"",
        "camera = \"mp-9\"",
        "c.toml:13:1: case[0].camera: expected a camera of the policy, found `mp-9`\n  help: it has `mp-01`, `mp-02`",
    );
    check(
        "recipient = \"crowd-steward\"",
        "recipient = \"steward\"",
        "expected a role of a [[recipient]] of the policy, found `steward`",
    );
    check(
        "event = \"crowd_density_level\"",
        "event = \"crowd\"",
        ".read.event: expected a class of an [[event]] of the policy, found `crowd`",
    );
    check(
        "tried  = \"nothing\"",
        "tried = \"night\"",
        "found `night`\n  help: it has `cargo-bike-lane-trial`, `nothing`",
    );
    check("persons = 62", "persns = 62", "found the unknown key `persns`\n  help: did you mean `persons`?");
    check("persons = 62", "persons = -1", "expected a number, zero or more");
    check("persons = 62", "persons = nan", "expected a number, zero or more");
    check("zone = \"mp-01-noord\", ", "", "the key `zone`");
    check("zone = \"mp-01-noord\"", "zone = \"a b\"", "case[0].crowd_density.zone: expected 1 to 64");
    check(
        "zone = \"mp-01-noord\"",
        "zone = \"woningen\"",
        "case[0].crowd_density.zone: expected a zone that a rule looks at, found `woningen`, a `private_mask` of mp-01",
    );
    check(
        "at     = 2026-12-03T10:15:42+01:00",
        "at = 2026-12-03T10:15:42",
        "expected a date and time with its offset",
    );
    check(
        "at     = 2026-12-03T10:15:42+01:00",
        "at = 2026-12-03",
        "expected a date and time with its offset",
    );
    check("object = \"suitcase\"", "object = \"bomb\"", "expected one of `backpack`, `handbag`, `suitcase`");
    check("state = \"dark\"", "state = \"drak\"", "`analysed`");
    check("model_id        = true", "model_id = false", "delete the key where the field does not leave");
    check("\"level\", \"confidence_band\"]", "\"face\"]", "`confidence_band`");
    check(
        "withheld = \"schedule\"",
        "held_back = \"schedule\"",
        "expected `released` or `withheld`, found `held_back`",
    );
    check("withheld = \"schedule\"", "", "expected `released` or `withheld`, found none of them");
    check(
        "withheld = \"schedule\"",
        "withheld = \"schedule\"\nreleased = {}",
        "found `released` and `withheld`",
    );
    check("keep_still = { of = \"crowd_density\" }", "", "found none of them");
    check(
        "keep_still =",
        "coverage = { missing_stills = 1 }\nkeep_still =",
        "found `coverage` and `keep_still`",
    );
    check(
        "keep_still =",
        "read = { event = \"camera_health\", age = \"PT1H\", purpose = \"x\" }\nkeep_still =",
        "found `keep_still` and `read`",
    );
    check(
        "camera = \"mp-02\"\n",
        "",
        "case[3].crowd_density: expected a camera, for example `mp-01`, found `crowd_density` without one",
    );
    check(
        "recipient = \"crowd-steward\"\n",
        "camera = \"mp-01\"\n",
        "expected a recipient, for example `crowd-steward`, found `read` without one",
    );
    check("camera = \"mp-02\"\n", "camera = \"mp-02\"\nrecipient = \"maintenance\"\n", "found both");
    check(
        "name   = \"On a Monday nothing is told of the crowd\"",
        "name = \" \"",
        "case[1].name: expected a name",
    );
    check("\n[[case]]", "\n[case", "c.toml:10:");
    assert!(refused("[[cases]]\nname = 'x'", GDPR).contains("did you mean `case`?"));
    assert!(refused("policy = 'x'", GDPR).contains("expected a table `[[case]]`, found none"));
    assert!(refused(&"# x\n".repeat(400_000), GDPR).contains("expected at most 1048576 bytes"));
    let two = edited(&edited(GDPR_CASES, "\"mp-01\"", "\"mp-7\""), "\"crowd-steward\"", "\"x\"");
    assert_eq!(refused(&two, GDPR).lines().count(), 4, "all that is wrong is told at once");
}

#[test]
fn a_first_file_holds_and_leaves_nothing_out() {
    let demo = include_str!("../../../../policy/examples/demo-policy.toml.in")
        .replace("@DATE_FROM@", "2026-11-20T00:00:00Z")
        .replace("@DATE_EXPIRES@", "2026-12-20T00:00:00Z");
    let hostile = edited(GDPR, "role     = \"crowd-steward\"", "role = '\"] x = [\"'");
    for text in [GDPR, LED, &demo, &hostile] {
        let policy = PolicyFile::parse(text, "city.toml").unwrap();
        let town = Town::under(stand_in::approved(&policy).unwrap()).unwrap();
        let first = starter::file(&policy, &town, "city.toml").unwrap();
        let text = report(&first, text);
        assert!(text.ends_with(" ok, 0 FAIL\n") && text.lines().count() > 10, "{text}");
    }
    let policy = example("gdpr-market-square.toml");
    check(&["test", "--example", "--policy", &policy], 0);
    check(&["test", "--example", "--policy", &example("refused/site-loosens.toml")], FOUND_ERRORS);
    check(&["test", "--example", "--policy", &example("refused/blur.toml")], DOES_NOT_PARSE);
}

#[test]
fn without_a_policy_or_a_file_it_says_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cases.toml");
    std::fs::write(&path, edited(GDPR_CASES, "policy = \"gdpr-market-square.toml\"", "")).unwrap();
    let error = run_line(&["test", &path.display().to_string()]).unwrap_err().to_string();
    assert!(error.contains("names no policy; write `policy = "), "{error}");
    assert!(run_line(&["test", "/nowhere/cases.toml"]).is_err());
    assert!(run_line(&["test"]).is_err() && run_line(&["test", "x", "--example"]).is_err());
    let beside = Path::new(&example("led-tram-hub.cases.toml")).canonicalize().unwrap();
    check(&["test", &beside.display().to_string()], 0);
}

#[test]
fn every_field_that_a_box_tells_can_be_expected() {
    // Boxes have no such fields: reviews are the hub's, and road users are counted by no rule.
    let of_others = ["kind", "redaction_counters", "review_outcome", "reviewer_role", "review_seconds"];
    for field in EventField::ALL.iter().map(|field| field.name()) {
        let known = [format!("{field} = true"), format!("{field} = 'x'"), format!("{field} = {{ x = 1 }}")];
        let errors = known.map(|text| {
            velum_policy::read_tables::<told::Released>(&text, "x").err().map(|finding| finding.found)
        });
        let is_unknown = errors[0].as_deref() == Some(&format!("the unknown key `{field}`"));
        assert_eq!(is_unknown, of_others.contains(&field), "{field}: {errors:?}");
    }
}
