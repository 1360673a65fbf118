//! Each rule trips on the edit that the reference gives for it, and on nothing before.

use velum_policy::pack::{CountryPacks, Packs};
use velum_policy::{Finding, PolicyFile, Rule, Severity};

use crate::edits::{base, edited};
use crate::texts::{demo, example, findings, linted};

const GDPR: &str = "gdpr-market-square.toml";
const LED: &str = "led-tram-hub.toml";

/// When both examples are judged.
const AT: &str = "2026-12-01T00:00:00Z";

fn tripped(found: &[Finding], rule: &str) -> bool {
    found.iter().any(|finding| finding.rule == Some(rule))
}

#[test]
fn each_rule_trips_on_its_failing_edit_and_not_on_its_passing_one() {
    for rule in Rule::all() {
        let edits = rule.example().unwrap_or_else(|| panic!("{} has no edits", rule.id));
        let fails = linted(&edited(&edits.base, &edits.fails), AT);
        assert!(tripped(&fails, rule.id), "{}: `{}` does not trip it: {fails:?}", rule.id, edits.fails);
        let passes = linted(&edited(&edits.base, &edits.passes), AT);
        assert!(!tripped(&passes, rule.id), "{}: `{}` trips it: {passes:?}", rule.id, edits.passes);
    }
}

#[test]
fn the_worked_examples_trip_no_rule_at_all() {
    for name in ["gdpr", "led"] {
        let found = linted(&base(name), AT);
        assert!(found.is_empty(), "{name}: {found:?}");
    }
}

#[test]
fn a_finding_says_where_what_and_how_to_mend_it() {
    for rule in Rule::all() {
        let edits = rule.example().unwrap();
        let found = linted(&edited(&edits.base, &edits.fails), AT);
        for one in found.iter().filter(|one| one.rule == Some(rule.id)) {
            assert!(one.line > 0 && !one.key.is_empty() && !one.found.is_empty(), "{one}");
            assert!(!one.expected.is_empty() && !one.fix.contains("{found}"), "{one}");
            assert!(!one.to_string().to_lowercase().contains("compliant"), "{one}");
        }
    }
}

/// Further ways in which a rule can be broken: an edit of an example, and the rule.
#[test]
fn rules_look_at_every_way_in_which_they_can_be_broken() {
    let check = |base: &str, edits: &str, rule: &str| {
        let found = linted(&edited(base, edits), AT);
        assert!(tripped(&found, rule), "{rule}: `{edits}`: {found:?}");
    };
    check("gdpr", "legal.authorisation = { kind = \"none-required\" }", "LAW-007");
    let french = "policy.country = \"FR\"; legal.authorisation.kind = \"loi-2023-380-art-10\"; \
                  legal.authorisation.valid_until = 2027-12-31";
    check("gdpr", french, "LAW-007"); // counting vehicles is none of the eight events that it lets be authorised
    check("gdpr", "del security", "SEC-001");
    check("gdpr", "del logging", "LOG-001");
    check("gdpr", "sandbox[0].analytics = [\"face_recognition\"]", "SPC-001");
    check("gdpr", "policy.country = \"fr\"", "LAW-007");
    check("gdpr", "policy.country = \"FRA\"", "LAW-007");
    let trial = "policy.country = \"FR\"; analytics.allow = [\"cyclist_count\"]; sandbox[0].analytics = [\"crowd_density\"]";
    check("gdpr", trial, "LAW-007");
    check("gdpr", "legal.basis = \"https://w3id.org/dpv#LegitimateInterest\"", "LAW-002");
    check("gdpr", "legal.basis = \"https://w3id.org/dpv#Consent\"", "LAW-003");
    check("gdpr", "event[0].class = \"theft_alert\"", "LAW-010");
    check("gdpr", "purpose[0].text = {}", "PUR-001");
    check("gdpr", "model[0].outputs += \"Face_Embedding\"", "SPC-003");
    check("led", "event[0].retention = \"statistic\"", "RET-002");
    check("led", "event[0].retention = \"event_confirmed\"", "RET-008");
    let old = "retention.event_confirmed = \"P20D\"; retention.event = \"P300D\"; event[1].retention = \"event\"; del retention.access_gate";
    check("led", old, "RET-010");
    check("gdpr", "sandbox[0].analytics = [\"loitering_score\"]", "CHG-006");
    check(
        "gdpr",
        "change_control.dpo_key = \" ed25519:uNq0vY1cQ7pJw2mR9xT4sB6dF8hK3lZ5aE1gI7oU0c= \"",
        "CHG-002",
    );
    check("led", "del legal.authorisation.valid_until", "LAW-008");
    check("led", "del legal.authorisation.covers", "LAW-008");
    check("gdpr", "legal.offence_data = \"thefts\"", "LAW-010");
    check("gdpr", "legal.necessity = \"useful\"", "LAW-011");
    check("gdpr", "purpose[0].dpv = []", "PUR-002");
    check("gdpr", "recipient[0].purposes += \"audit\"", "PUR-003");
    check("gdpr", "event[1].class = \"camera_health\"", "MIN-001");
    check("gdpr", "model[0].outputs += \"face_embedding\"", "SPC-003");
    check("gdpr", "capture.ptz = \"free\"", "CAP-002");
    check("gdpr", "capture.raw_lifetime = \"PT11S\"", "CAP-006");
    check("gdpr", "site.marktplein.schedule[0].to = \"07:00\"", "CAP-008");
    check("gdpr", "redaction.on_overload = \"pass\"", "RED-003");
    check("gdpr", "redaction.lookahead_frames = 2", "RED-005");
    check("gdpr", "del redaction.measured", "RED-006");
    check("gdpr", "redaction.measured.sample = 9999", "RED-006");
    check("gdpr", "redaction.measured.date = 2025-11-01", "RED-006");
    check("gdpr", "redaction.canary_interval = \"PT0S\"", "RED-007");
    check("gdpr", "del retention.review_every", "RET-004");
    check("gdpr", "del policy.review_by", "RET-004");
    check("gdpr", "del retention.audit_log", "RET-006");
    check("gdpr", "recipient[0].purposes = [\"*\"]", "REC-002");
    check("gdpr", "recipient[2].processor = \"Somebody else\"", "REC-003");
    check("gdpr", "recipient[0].location = \"US\"", "REC-004");
    check("gdpr", "recipient[3].imagery = true", "REC-005");
    check("gdpr", "human_oversight.decision = \"automatic\"", "HUM-001");
    check("gdpr", "del human_oversight", "HUM-002");
    check("gdpr", "rights.contact = \" \"", "RGT-001");
    check("gdpr", "del rights", "RGT-001");
    check("gdpr", "del notice", "TRN-001");
    check("gdpr", "notice.languages -= \"de\"", "TRN-002");
    check("gdpr", "del supervision", "DPI-001");
    check("gdpr", "supervision.dpia.review_by = 2026-11-30", "DPI-002");
    check("gdpr", "supervision.dpia.residual_risk = \"high\"", "DPI-003");
    check("gdpr", "del ai_act", "AIA-001");
    check("gdpr", "change_control.quorum = 4", "CHG-001");
    check(
        "gdpr",
        "change_control.dpo_key = \"ed25519:uNq0vY1cQ7pJw2mR9xT4sB6dF8hK3lZ5aE1gI7oU0c=\"",
        "CHG-002",
    );
    check("gdpr", "del policy.expires", "CHG-004");
    check("gdpr", "sandbox[0].on_expiry = \"keep\"", "CHG-005");
    check("gdpr", "sandbox[0].analytics = [\"crowd_density\"]", "CHG-006");
    check("gdpr", "sandbox[0].analytics = [\"audio_analysis\"]", "CHG-006");
    check("gdpr", "sandbox[0].cameras = [\"mp-99\"]", "CHG-006");
    check("gdpr", "camera.mp-01.capture.max_px_per_m = 250", "INH-001");
    check("gdpr", "policy.packs = [\"be@2026.11\"]", "PCK-001"); // another country's
    check("gdpr", "policy.packs = [\"nl 2026.11\"]", "PCK-001");
    check("gdpr", "del logging", "LOG-004");
    check("gdpr", "logging.integrity.checkpoint_every = \"PT2H\"", "LOG-004");
    check("gdpr", "security.secure_boot = false", "SEC-001");
    check("gdpr", "del breach", "SEC-004");
    check("gdpr", "model[0].sha256 = \"3B7E\"", "MOD-001");
    check("gdpr", "del model[0].evaluation", "MOD-002");
}

#[test]
fn a_waiver_lowers_what_it_covers_until_it_ends_and_nothing_else() {
    let waiver = |rule: &str, scope: &str, until: &str| {
        format!(
            "waiver = [{{ rule = \"{rule}\", scope = \"{scope}\", reason = \"old mast\", \
             approved_by = [\"ciso\", \"process-owner\"], expires = {until} }}]"
        )
    };
    let check = |edits: &str, waiver: &str, at: &str, rule: &str, expected: &[Severity]| {
        let text = edited("gdpr", &format!("{edits}; {waiver}"));
        let found = linted(&text, at);
        let severities: Vec<_> =
            found.iter().filter(|one| one.rule == Some(rule)).map(|one| one.severity).collect();
        assert_eq!(severities, expected, "{edits}; {waiver}: {found:?}");
    };
    let (bare, city) = ("camera.mp-01.zone = []", "capture.digital_zoom = true");
    for scope in ["mp-01", "marktplein", "city"] {
        check(bare, &waiver("CAP-005", scope, "2027-05-01"), AT, "CAP-005", &[Severity::Waived]);
    }
    check(bare, &waiver("CAP-005", "mp-02", "2027-05-01"), AT, "CAP-005", &[Severity::Error]);
    check(
        bare,
        &waiver("CAP-005", "mp-01", "2027-05-01"),
        "2027-05-02T00:00:00Z",
        "CAP-005",
        &[Severity::Error],
    );
    check(city, &waiver("CAP-002", "mp-01", "2027-05-01"), AT, "CAP-002", &[Severity::Error]);
    check(city, &waiver("CAP-002", "city", "2027-05-01"), AT, "CAP-002", &[Severity::Waived]);
    for (rule, scope, until) in [
        ("CAP-002", "elsewhere", "2027-05-01"),
        ("CAP-002", "city", "2027-06-01"),
        ("CAP-001", "city", "2027-05-01"),
        ("CAP-999", "city", "2027-05-01"),
    ] {
        check(city, &waiver(rule, scope, until), AT, "CHG-008", &[Severity::Error]);
        check(city, &waiver(rule, scope, until), AT, "CAP-002", &[Severity::Error]);
    }
}

#[test]
fn a_trial_answers_to_its_own_assessment_and_not_to_the_authorisation() {
    // The worked example tries what its authorisation does not name.
    assert!(!tripped(&linted(&base("led"), AT), "LAW-008"));
    let unassessed = linted(&edited("led", "sandbox[0].dpia_annex = \"\""), AT);
    assert!(tripped(&unassessed, "CHG-006") && !tripped(&unassessed, "LAW-008"), "{unassessed:?}");
    let operated = linted(&edited("led", "analytics.allow += \"abandoned_object_lowlight\""), AT);
    assert!(tripped(&operated, "LAW-008"), "{operated:?}");
    let why = &Rule::find("LAW-008").unwrap().text().why;
    assert!(why.contains("CHG-006") && why.contains("counsel"), "{why}");
}

#[test]
fn a_waiver_for_one_camera_covers_none_whose_name_begins_alike() {
    let waiver = "waiver = [{ rule = \"CAP-005\", scope = \"mp\", reason = \"old mast\", \
                  approved_by = [\"ciso\", \"process-owner\"], expires = 2027-05-01 }]";
    let text = edited("gdpr", &format!("camera.mp-01.zone = []; {waiver}"));
    let text = text.replace("[camera.mp-01", "[camera.mp").replace("[camera.mp-02", "[camera.\"mp.1\"");
    let bare =
        text.replace("views_dwelling = false", "views_dwelling = true").replace("private_mask", "no_alert");
    let found = linted(&bare, AT);
    let by_camera: Vec<_> = found.iter().filter(|one| one.rule == Some("CAP-005")).collect();
    assert_eq!(by_camera.len(), 2, "{found:?}");
    for one in by_camera {
        let expected = if one.key.starts_with("camera.mp.1.") { Severity::Error } else { Severity::Waived };
        assert_eq!(one.severity, expected, "{one}");
    }
}

#[test]
fn a_box_takes_a_waived_error_until_the_waiver_ends() {
    let waiver = "waiver = [{ rule = \"CAP-002\", scope = \"city\", reason = \"old mast\", \
                  approved_by = [\"ciso\", \"process-owner\"], expires = 2027-05-01 }]";
    let resolve = |edits: &str| PolicyFile::parse(&edited("gdpr", edits), "policy.toml").unwrap().resolve();
    assert!(resolve("capture.digital_zoom = true").is_err());
    let waived = resolve(&format!("capture.digital_zoom = true; {waiver}")).unwrap();
    assert_eq!(waived.waived_until, Some("2027-05-02T00:00:00Z".parse().unwrap()));
    assert_eq!(resolve(waiver).unwrap().waived_until, None);
    let renewed = waiver.replace("}]", "}, { rule = \"CAP-002\", scope = \"marktplein\", reason = \"a site\", \
         approved_by = [\"ciso\", \"process-owner\"], expires = 2027-01-01 }, { rule = \"CAP-002\", scope = \"city\", \
         reason = \"still\", approved_by = [\"ciso\", \"process-owner\"], expires = 2027-05-20 }]");
    let waived = resolve(&format!("capture.digital_zoom = true; {renewed}")).unwrap();
    assert_eq!(
        waived.waived_until,
        Some("2027-05-21T00:00:00Z".parse().unwrap()),
        "the last that covers it counts"
    );
}

#[test]
fn dates_are_held_against_the_day_that_is_asked() {
    let check = |base: &str, at: &str, rule: &str| {
        let file = PolicyFile::parse(&example(base), base).unwrap();
        assert!(!file.lint(Some("2026-12-01T00:00:00Z".parse().unwrap())).has_errors());
        let found = file.lint(Some(at.parse().unwrap())).errors();
        assert!(found.iter().any(|finding| finding.rule == Some(rule)), "{base} {at}: {found}");
    };
    check(GDPR, "2027-11-30T23:59:59Z", "CHG-004");
    check(GDPR, "2027-06-02T00:00:00Z", "RET-004");
    check(LED, "2027-03-02T00:00:00Z", "RET-004");
}

#[test]
fn a_camera_needs_a_site_of_this_file() {
    let text = example(GDPR).replacen("site     = \"marktplein\"", "site     = \"elsewhere\"", 1);
    let found = findings(&text);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].key, "camera.mp-01.site");
    assert!(found[0].to_string().contains("expected `marktplein`, found `elsewhere`"), "{}", found[0]);
}

#[test]
fn a_missing_key_a_wrong_type_and_broken_toml_say_where_and_what() {
    let text = example(GDPR);
    let check = |from: &str, to: &str, expected: &str| {
        assert!(text.contains(from), "{from}");
        let found = findings(&text.replacen(from, to, 1));
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].to_string().contains(expected), "{}", found[0]);
    };
    check(
        "country        = \"NL\"",
        "",
        "policy.toml:10:1: policy: expected the key `country`, found nothing",
    );
    check(
        "round_to         = 10",
        "round_to         = \"10\"",
        "expected a whole number, zero or more, found `\"10\"`",
    );
    check("round_to         = 10", "round_to         = -1", "aggregation.round_to");
    check("margin              = 0.20", "margin              = nan", "expected a finite number, found `nan`");
    check("margin              = 0.20", "margin              = inf", "write for example `0.2`");
    check("[retention]", "[retention", "policy.toml:212:");
    check(
        "tz = \"Europe/Amsterdam\"",
        "tz = \"Europe/Atlantis\"",
        "site.marktplein.schedule[0].tz: expected a time zone",
    );
    check(
        "2026-12-01T00:00:00Z",
        "2026-12-01T00:00:00",
        "policy.effective_from: expected a date, or a date and time",
    );
    check("max_px_per_m = 60", "on_expiry = \"crypto-shred\"", "camera.mp-01.capture.on_expiry");
}

#[test]
fn where_nobody_is_filmed_papers_are_only_warned_of_and_what_protects_people_stays_an_error() {
    let text = demo(["ed25519:a", "ed25519:b"], "ed25519:c");
    let found = findings(&text.replace("audio        = false", "audio = true"));
    let errors: Vec<_> =
        found.iter().filter(|f| f.severity == Severity::Error).filter_map(|f| f.rule).collect();
    assert_eq!(errors, ["CAP-001"]);
    let real = findings(&text.replace("country        = \"ZZ\"", "country        = \"NL\""));
    let errors: Vec<_> =
        real.iter().filter(|f| f.severity == Severity::Error).filter_map(|f| f.rule).collect();
    for rule in ["DPI-001", "RGT-001", "TRN-001", "AIA-001", "RED-001", "RED-006", "SEC-004", "LOG-004"] {
        assert!(errors.contains(&rule), "{rule}: {errors:?}");
    }
}

#[test]
fn packs_that_are_given_are_to_be_checked_against_too() {
    let given = "schema = \"cctv-pack/1\"\nversion = \"2026.12\"\n[[retention]]\ncountry = \"BE\"\nregime = \"led\"\n\
                 data = \"any\"\nmax = \"P300D\"\nlaw = \"a decree\"\nstatus = \"unsure\"\n";
    let given = CountryPacks::parse_given(given, "given.toml").unwrap();
    let packs = Packs::built_in().with(given);
    let found = |edits: &str| {
        let file = PolicyFile::parse(&edited("led", edits), "policy.toml").unwrap();
        file.lint_under(&packs, Some(AT.parse().unwrap())).iter().cloned().collect::<Vec<_>>()
    };
    let open = found("policy.packs = [\"be@2026.11\"]");
    assert!(
        tripped(&open, "PCK-001") && open[0].found.contains("no `be@2026.12`; at hand is 2026.11+2026.12"),
        "{open:?}"
    );
    assert!(found("policy.packs = [\"be@2026.11\", \"be@2026.12\"]").is_empty());
    // What asks for more than the ceiling of a given pack is refused as for a built-in one.
    let above = found("retention.event_confirmed = \"P301D\"; policy.packs = []");
    assert!(
        tripped(&above, "RET-002") && above.iter().any(|one| one.found.contains("a decree, U")),
        "{above:?}"
    );
}
