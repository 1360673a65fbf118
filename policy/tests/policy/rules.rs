//! Each rule trips on the line that the reference gives for it, and on nothing before.

use velum_policy::{PolicyFile, RULE_IDS, Severity};

use crate::texts::{demo, example, findings};

const GDPR: &str = "gdpr-market-square.toml";
const LED: &str = "led-tram-hub.toml";

/// One edit of a clean example, and the rule that it must trip.
fn check(base: &str, from: &str, to: &str, rule: &str) {
    let clean = example(base);
    assert!(clean.contains(from), "{base} has no `{from}`");
    let tripped = |text: &str| findings(text).iter().any(|finding| finding.rule == Some(rule));
    assert!(!tripped(&clean), "{rule} trips on the clean {base}");
    let edited = clean.replacen(from, to, 1);
    assert!(tripped(&edited), "{rule} does not trip: {:?}", findings(&edited));
}

#[test]
fn each_rule_trips_on_its_line() {
    let table = [
        (GDPR, "instrument   = \"Gemeentewet", "instrument   = \"\"\n# \"", "LAW-001"),
        (GDPR, "kind = \"none-required\", reason", "kind = \"none-required\"} # ", "LAW-007"),
        (LED, "competent_authority = true", "competent_authority = false", "LAW-006"),
        (LED, ", valid_until = 2028-06-21", "", "LAW-008"),
        (LED, "covers = [\"abandoned_object\"]", "covers = []", "LAW-008"),
        (GDPR, "purpose       = \"crowd-safety\"", "purpose       = \"marketing\"", "PUR-003"),
        (GDPR, "purposes = [\"traffic-flow\"]\nmodels", "purposes = []\nmodels", "PUR-004"),
        (GDPR, "\"level\", \"confidence_band\"", "\"level\", \"person_track_id\"", "MIN-001"),
        (GDPR, "class         = \"road_user_count\"", "class         = \"camera_health\"", "MIN-001"),
        (GDPR, "\"time_bin\", \"count_rounded\"", "\"grid_cell\", \"count_rounded\"", "MIN-002"),
        (GDPR, "time     = \"PT60S\"", "time     = \"PT1S\"", "MIN-003"),
        (GDPR, "allow  = [\"crowd_density\"", "allow  = [\"face_recognition\"", "SPC-001"),
        (GDPR, "\"emotion_recognition\",", "", "SPC-002"),
        (GDPR, "identity_embedding = false", "identity_embedding = true", "SPC-003"),
        (GDPR, "allow  = [\"crowd_density\"", "allow  = [\"behaviour_scoring\"", "SPC-004"),
        (GDPR, "audio                 = false", "audio                 = true", "CAP-001"),
        (GDPR, "raw_store             = \"ram\"", "raw_store             = \"disk\"", "CAP-006"),
        (GDPR, "raw_lifetime          = \"PT2S\"", "raw_lifetime          = \"PT11S\"", "CAP-006"),
        (GDPR, "covert                = false", "covert                = true", "CAP-007"),
        (GDPR, "from = \"07:00\", to = \"18:30\"", "from = \"07:00\", to = \"07:00\"", "CAP-008"),
        (GDPR, ", \"plate\"]\nmethod", "]\nmethod", "RED-001"),
        (GDPR, "= \"solid_fill\"", "= \"blur\"", "RED-002"),
        (GDPR, "on_overload         = \"drop_frame\"", "on_overload         = \"pass\"", "RED-003"),
        (GDPR, "min_confidence      = 0.10", "min_confidence      = 0.50", "RED-004"),
        (GDPR, "hold_frames         = 12", "hold_frames         = 0", "RED-005"),
        (GDPR, "worst_subgroup_recall = 0.989", "worst_subgroup_recall = 0.93", "RED-006"),
        (GDPR, "canary_interval     = \"PT30S\"", "canary_interval     = \"P1D\"", "RED-007"),
        (GDPR, "= \"maintenance-still\"", "= \"live\"", "RED-008"),
        (GDPR, "= \"maintenance-still\"", "= \"none\"", "RED-009"),
        (GDPR, "unknown_motion      = \"mask\"", "unknown_motion      = \"show\"", "RED-010"),
        (GDPR, "event          = \"P14D\"", "", "RET-001"),
        (GDPR, "event          = \"P14D\"", "event          = \"P1M\"", "RET-005"),
        (GDPR, "= \"crypto-shred\"", "= \"overwrite-eventually\"", "RET-007"),
        (LED, "event_unconfirmed  = \"PT24H\"", "event_unconfirmed  = \"P30D\"", "RET-008"),
        (GDPR, "raw_video      = \"PT0S\"", "raw_video      = \"P30D\"", "RET-009"),
        (GDPR, "min_group        = 10", "min_group        = 3", "AGG-001"),
        (GDPR, "min_group        = 10", "min_group        = 7", "AGG-002"),
        (GDPR, "round_to         = 10", "round_to         = 1", "AGG-003"),
        (GDPR, "cross_camera_linking = false", "cross_camera_linking = true", "AGG-006"),
        (GDPR, "regime   = \"gdpr\"", "regime   = \"led\"", "REC-001"),
        (GDPR, "fields   = [\"site\", \"zone\", \"time_bin\", \"level\"", "fields   = [\"*\"", "REC-002"),
        (
            GDPR,
            "[\"road_user_count\"]\nfields   = [\"zone\"",
            "[\"crowd_density_level\"]\nfields   = [\"zone\"",
            "REC-005",
        ),
        (GDPR, "automatic_actions = []", "automatic_actions = [\"dispatch_patrol\"]", "HUM-001"),
        (
            GDPR,
            "stop_authority  = [\"crowd-steward\", \"duty-officer\", \"dpo-auditor\"]",
            "stop_authority = []",
            "HUM-002",
        ),
        (LED, "= \"before-transmission\"", "= \"not-applicable\"", "HUM-003"),
        (GDPR, "= \"never\"", "= \"automatic\"", "HUM-004"),
        (GDPR, "sha256        = \"9c1185a5", "sha256        = \"\" # ", "DPI-001"),
        (GDPR, "signed_by = \"model-release-2026\"", "signed_by = \"\"", "MOD-001"),
        (GDPR, "quorum          = 2", "quorum          = 1", "CHG-001"),
        (GDPR, "quorum          = 2", "quorum          = 4", "CHG-001"),
        (GDPR, "dpo_counts_in_quorum = false", "dpo_counts_in_quorum = true", "CHG-002"),
        (GDPR, "role = \"ciso\"", "role = \"process-owner\"", "CHG-003"),
        (GDPR, "expires        = 2027-11-30", "expires        = 2031-01-01", "CHG-004"),
        (GDPR, "until     = 2027-03-10", "until     = 2027-12-31", "CHG-005"),
        (GDPR, "analytics = [\"cargo_bike_count\"]", "analytics = [\"crowd_density\"]", "CHG-006"),
        (GDPR, "min_group = 15", "min_group = 5", "INH-001"),
    ];
    for (base, from, to, rule) in table {
        check(base, from, to, rule);
    }
}

#[test]
fn dates_are_held_against_the_day_that_is_asked() {
    let check = |base: &str, at: &str, rule: &str| {
        let file = PolicyFile::parse(&example(base), base).unwrap();
        assert!(!file.check(Some("2026-12-01T00:00:00Z".parse().unwrap())).has_errors());
        let found = file.check(Some(at.parse().unwrap())).errors();
        assert_eq!(found.iter().map(|finding| finding.rule).collect::<Vec<_>>(), [Some(rule)], "{base} {at}");
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
fn every_rule_that_speaks_is_in_the_list_of_rules() {
    let broken = demo(["ed25519:a", "ed25519:a"], "ed25519:a")
        .replace("audio        = false", "audio = true")
        .replace("min_group        = 5", "min_group = 1");
    for finding in findings(&broken) {
        let rule = finding.rule.unwrap_or("INH-001");
        assert!(RULE_IDS.contains(&rule), "{rule}");
        assert!(!finding.fix.is_empty() && finding.severity >= Severity::Warning);
    }
}
