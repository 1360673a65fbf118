use super::*;

mod properties;
mod rules;

/// An example of the reference.
fn example(name: &str) -> String {
    let path = format!("{}/examples/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

const GDPR: &str = "gdpr-market-square.toml";
const LED: &str = "led-tram-hub.toml";

fn file(text: &str) -> PolicyFile {
    PolicyFile::parse(text, "policy.toml").unwrap_or_else(|error| panic!("{error}"))
}

fn day(text: &str) -> Timestamp {
    format!("{text}T00:00:00Z").parse().unwrap()
}

/// The example against the example with these replacements.
fn edited(base: &str, edits: &[(&str, &str)]) -> PolicyDiff {
    let old = example(base);
    let new = edits.iter().fold(old.clone(), |text, (from, to)| {
        assert!(text.contains(from), "{base} has no `{from}`");
        text.replacen(from, to, 1)
    });
    PolicyDiff::between(&file(&old), &file(&new), day("2026-11-20"))
}

fn verdicts(diff: &PolicyDiff) -> Vec<(Verdict, &str)> {
    diff.changes.iter().map(|change| (change.verdict, change.key.as_str())).collect()
}

#[test]
fn the_proposed_change_of_the_reference_reads_as_it_says() {
    let new = example("gdpr-market-square.v1.3.0-proposed.toml");
    let diff = PolicyDiff::between(&file(&example(GDPR)), &file(&new), day("2026-12-01"));
    assert_eq!(diff.verdict, Verdict::LessPrivate);
    let said: Vec<_> = diff.changes.iter().map(|change| (change.verdict, change.sentence.as_str())).collect();
    let expected = [
        (
            Verdict::MorePrivate,
            "The largest number of frames that are looked at in a second falls from 6 to 4.",
        ),
        (
            Verdict::Judgement,
            "In what may be computed, \"pedestrian_count\" takes the place of \"cyclist_count\".",
        ),
        (Verdict::LessPrivate, "Removed from what may never be computed: \"loitering_detection\"."),
        (Verdict::LessPrivate, "The smallest group that is told of falls from 10 to 8."),
        (
            Verdict::MorePrivate,
            "The time between two tests whether masking works falls from 30 seconds to 10 seconds.",
        ),
        (Verdict::LessPrivate, "How long events are kept rises from 14 days to 28 days."),
    ];
    assert_eq!(said, expected);
    let kept = diff.changes.last().unwrap();
    let side = |value: &str, line| Side {
        value: Some(value.to_owned()),
        line: Some(line),
        inherited: false,
        baseline: None,
    };
    assert_eq!((&kept.old, &kept.new), (&side("\"P14D\"", 215), &side("\"P28D\"", 215)));
    assert_eq!(kept.cameras, Some(vec![])); // its site keeps events for 7 days
    assert_eq!(diff.changes[0].cameras, Some(vec!["mp-01".to_owned(), "mp-02".to_owned()]));
    assert_eq!(diff.data_subjects[0], "passer-by");
}

#[test]
fn one_edit_one_change() {
    use Verdict::{EveryVersion, Judgement, LessPrivate, MorePrivate};
    let table = [
        (GDPR, "audio                 = false", "audio = true", LessPrivate, "capture.audio"),
        (
            GDPR,
            "metadata_strip      = true",
            "metadata_strip = false",
            LessPrivate,
            "redaction.metadata_strip",
        ),
        (GDPR, "raw_store             = \"ram\"", "raw_store = \"disk\"", LessPrivate, "capture.raw_store"),
        (GDPR, "= \"solid_fill\"", "= \"surround_blur\"", LessPrivate, "redaction.method"),
        (GDPR, "max_fps               = 6", "", MorePrivate, "capture.max_fps"),
        (GDPR, "min_group        = 10", "", MorePrivate, "aggregation.min_group"),
        (GDPR, ", \"face\", \"plate\"]", ", \"face\"]", LessPrivate, "redaction.targets"),
        (GDPR, "\"critical\"]", "\"critical\", \"full\"]", LessPrivate, "aggregation.live_levels"),
        (GDPR, "\"level\", \"confidence_band\", ", "", MorePrivate, "event.crowd_density_level.fields"),
        (GDPR, "\"level\", \"conf", "\"camera\", \"conf", Judgement, "event.crowd_density_level.fields"),
        (
            GDPR,
            "\"before-action\"",
            "\"not-applicable\"",
            LessPrivate,
            "event.crowd_density_level.human_review",
        ),
        (
            LED,
            "= \"before-transmission\"",
            "= \"done\"",
            Judgement,
            "event.abandoned_object_alert.human_review",
        ),
        (LED, "\"redacted_still\"", "\"none\"", MorePrivate, "event.abandoned_object_alert.imagery"),
        (GDPR, "max_age  = \"P1D\"", "max_age = \"P2D\"", LessPrivate, "recipient.crowd-steward.max_age"),
        (GDPR, "export   = false", "export = true", LessPrivate, "recipient.crowd-steward.export"),
        (
            GDPR,
            "location = \"worldwide\"",
            "location = \"EEA\"",
            Judgement,
            "recipient.public-statistics.location",
        ),
        (
            GDPR,
            "expires        = 2027-11-30T23:59:59Z",
            "expires = 2027-12-31",
            LessPrivate,
            "policy.expires",
        ),
        (GDPR, "review_by      = 2027-06-01", "review_by = 2027-05-31", MorePrivate, "policy.review_by"),
        (GDPR, "from      = 2027-01-10T00:00:00Z", "from = 2027-01-10", EveryVersion, ""),
        (
            GDPR,
            "until     = 2027-03-10",
            "until = 2027-04-09",
            LessPrivate,
            "sandbox.cargo-bike-lane-trial.until",
        ),
        (GDPR, "version        = \"1.2.0\"", "version = \"1.2.1\"", EveryVersion, "policy.version"),
        (GDPR, "status         = \"active\"", "status = \"suspended\"", MorePrivate, "policy.status"),
        (GDPR, "country        = \"NL\"", "country = \"BE\"", Judgement, "policy.country"),
        (GDPR, "necessity    = \"In 2024-25", "necessity = \"In 2025", Judgement, "legal.necessity"),
        (GDPR, "\"objectives\", \"data\"", "\"data\"", Judgement, "legal.specifies"),
        (GDPR, "text.fr = \"Repérer", "text.fr = \"Voir", Judgement, "purpose.crowd-safety.text.fr"),
        (GDPR, "\"retention\", \"no_id", "\"no_id", LessPrivate, "notice.layer1_elements"),
        (GDPR, "\"consultation\", ", "", LessPrivate, "logging.operations"),
        (GDPR, "\"integrity-security\"]", "\"integrity-security\", \"x\"]", LessPrivate, "logging.uses"),
        (GDPR, "\"PT10M\"", "\"PT5M\"", MorePrivate, "logging.integrity.checkpoint_every"),
        (GDPR, "secure_boot = true", "secure_boot = false", LessPrivate, "security.secure_boot"),
        (GDPR, "quorum          = 2", "quorum = 3", MorePrivate, "change_control.quorum"),
        (GDPR, "off = \"P3D\"", "off = \"P1D\"", LessPrivate, "change_control.loosening_cooling_off"),
        (
            LED,
            "review_deadline = \"PT3M\"",
            "review_deadline = \"PT9M\"",
            LessPrivate,
            "human_oversight.review_deadline",
        ),
        (LED, "access_gate        = [", "# [", LessPrivate, "retention.access_gate"),
        (GDPR, "from = \"07:00\"", "from = \"08:00\"", MorePrivate, "site.marktplein.schedule"),
        (GDPR, "\"thu\", \"sat\"", "\"wed\", \"sat\"", Judgement, "site.marktplein.schedule"),
        (GDPR, "why = \"weekly market\"", "why = \"market\"", Judgement, "site.marktplein.schedule"),
        (
            GDPR,
            "kind = \"private_mask\"",
            "kind = \"no_alert\"",
            LessPrivate,
            "camera.mp-01.zone.woningen.kind",
        ),
        (GDPR, "[[0.05,0.30]", "[[0.06,0.30]", Judgement, "camera.mp-01.zone.mp-01-noord.polygon"),
        (
            GDPR,
            "site     = \"marktplein\"\npurposes = [\"traffic-flow\"]",
            "site = \"marktplein\"",
            MorePrivate,
            "camera.mp-02.purposes",
        ),
        (GDPR, "min_group = 15", "", LessPrivate, "site.marktplein.aggregation.min_group"),
        (
            GDPR,
            "max_px_per_m = 60",
            "max_px_per_m = 60\nmax_fps = 4",
            MorePrivate,
            "camera.mp-01.capture.max_fps",
        ),
    ];
    for (base, from, to, verdict, key) in table {
        let diff = edited(base, &[(from, to)]);
        let expected = if key.is_empty() { vec![] } else { vec![(verdict, key)] };
        assert_eq!(verdicts(&diff), expected, "{from} -> {to}");
    }
}

#[test]
fn entries_come_and_go_as_a_whole() {
    use Verdict::{Judgement, LessPrivate, MorePrivate};
    let check = |base: &str, edit: fn(&mut crate::sections::Document), key: &str, added: Verdict| {
        let whole = file(&example(base));
        let without = whole.edited(edit);
        let turned = match added {
            LessPrivate => MorePrivate,
            MorePrivate => LessPrivate,
            other => other,
        };
        for (old, new, verdict) in [(&without, &whole, added), (&whole, &without, turned)] {
            let diff = PolicyDiff::between(old, new, day("2026-11-20"));
            let found = diff.changes.iter().find(|change| change.key == key);
            assert_eq!(found.map(|change| change.verdict), Some(verdict), "{key}: {:?}", verdicts(&diff));
        }
    };
    check(GDPR, |d| d.recipient.truncate(4), "recipient.dpo-auditor", Judgement);
    check(GDPR, |d| drop(d.recipient.remove(0)), "recipient.crowd-steward", LessPrivate);
    check(GDPR, |d| drop(d.event.remove(1)), "event.road_user_count", LessPrivate);
    check(GDPR, |d| drop(d.model.remove(0)), "model.crowd-density-s", LessPrivate);
    check(GDPR, |d| drop(d.purpose.remove(0)), "purpose.crowd-safety", LessPrivate);
    check(GDPR, |d| d.sandbox.clear(), "sandbox.cargo-bike-lane-trial", LessPrivate);
    check(GDPR, |d| d.processor.clear(), "processor.StadsIT B.V. (fictional)", LessPrivate);
    check(GDPR, |d| drop(d.camera.remove("mp-02")), "camera.mp-02", LessPrivate);
    check(
        GDPR,
        |d| drop(d.camera.get_mut("mp-02").unwrap().zone.remove(1)),
        "camera.mp-02.zone.kerkdeur",
        MorePrivate,
    );
    check(
        GDPR,
        |d| drop(d.camera.get_mut("mp-02").unwrap().zone.remove(0)),
        "camera.mp-02.zone.kerkstraat-in",
        LessPrivate,
    );
    check(GDPR, |d| d.notice = None, "notice", MorePrivate);
    check(GDPR, |d| d.supervision = None, "supervision", MorePrivate);
    check(GDPR, |d| d.ai_act = None, "ai_act", Judgement);
    check(
        LED,
        |d| d.supervision.as_mut().unwrap().prior_consultation = None,
        "supervision.prior_consultation",
        Judgement,
    );
}

#[test]
fn a_duty_that_is_added_with_loose_values_is_not_simply_more_private() {
    use Verdict::{Judgement, LessPrivate, MorePrivate};
    /// An example, the table that is taken from it and put back with this edit, and what is found beside the table.
    type Row<'r> = (&'r str, &'r str, &'r str, &'r str, &'r [(&'r str, Verdict)]);
    let table: [Row<'_>; 13] = [
        (GDPR, "human_oversight", "", "", &[]),
        (LED, "rights", "", "", &[]),
        (GDPR, "logging", "", "", &[]),
        (GDPR, "breach", "", "", &[]),
        (
            GDPR,
            "human_oversight",
            "automatic_actions = []",
            "automatic_actions = [\"dispatch\"]",
            &[("human_oversight.automatic_actions", LessPrivate)],
        ),
        (
            GDPR,
            "human_oversight",
            "\"human-only\"",
            "\"human-confirms\"",
            &[("human_oversight.decision", LessPrivate)],
        ),
        (
            LED,
            "human_oversight",
            "unreviewed      = \"erase\"",
            "unreviewed = \"keep\"",
            &[("human_oversight.unreviewed", Judgement)],
        ),
        (
            GDPR,
            "logging",
            "_data = false",
            "_data = true",
            &[("logging.contains_public_personal_data", LessPrivate)],
        ),
        (GDPR, "logging", "\"lawfulness\"", "\"performance\"", &[("logging.uses", LessPrivate)]),
        (GDPR, "logging", "\"combination\", ", "", &[("logging.operations", Judgement)]),
        (GDPR, "rights", "\"P30D\"", "\"P60D\"", &[("rights.deadline", LessPrivate)]),
        (GDPR, "breach", "\"PT72H\"", "\"P7D\"", &[("breach.authority_deadline", LessPrivate)]),
        (GDPR, "security", "\"mtls-1.3\"", "\"tls-1.2\"", &[("security.transport", Judgement)]),
    ];
    for (base, key, from, to, inside) in table {
        let text = example(base);
        let start = text.find(&format!("\n[{key}]")).unwrap();
        let end = start + 1 + text[start + 1..].find("\n[").unwrap();
        let (whole, bare) = (&text[start..end], [&text[..start], &text[end..]].concat());
        assert!(whole.contains(from), "{key} has no `{from}`");
        let (old, new) = (file(&bare), file(&(bare.clone() + &whole.replacen(from, to, 1))));
        let there = PolicyDiff::between(&old, &new, day("2026-11-20"));
        let mut expected = vec![(MorePrivate, key)];
        expected.extend(inside.iter().map(|(key, verdict)| (*verdict, *key)));
        assert_eq!(verdicts(&there), expected, "{key}: {to}");
        assert_eq!(there.verdict, expected.iter().map(|(verdict, _)| *verdict).max().unwrap(), "{key}: {to}");
        let back = PolicyDiff::between(&new, &old, day("2026-11-20"));
        let mut expected = vec![(LessPrivate, key)];
        let turned = |verdict| if verdict == LessPrivate { MorePrivate } else { verdict };
        expected.extend(inside.iter().map(|(key, verdict)| (turned(*verdict), *key)));
        assert_eq!(verdicts(&back), expected, "{key}: {to}, taken away");
    }
}

#[test]
fn comments_and_order_say_the_same() {
    let old = example(GDPR);
    let comments = old.lines().map(|line| line.split("   #").next().unwrap_or_default());
    let bare = comments.collect::<Vec<_>>().join("\n");
    let steward = bare.find("[[recipient]]\nrole     = \"crowd-steward\"").unwrap();
    let planner = bare.find("[[recipient]]\nrole     = \"traffic-planner\"").unwrap();
    let rest = bare.find("[[recipient]]\nrole     = \"maintenance\"").unwrap();
    let turned = [&bare[..steward], &bare[planner..rest], &bare[steward..planner], &bare[rest..]].concat();
    let turned = turned.replacen("\"objectives\", \"data\"", "\"data\", \"objectives\"", 1);
    let turned = turned.replacen("event          = \"P14D\"", "event = 'PT336H'", 1);
    assert_ne!(turned, old);
    let diff = PolicyDiff::between(&file(&old), &file(&turned), day("2026-11-20"));
    assert_eq!((diff.verdict, verdicts(&diff)), (Verdict::Same, vec![]));
    assert!(diff.cameras.is_empty() && diff.needs.is_empty());
}

#[test]
fn a_tightened_site_loosens_where_the_city_does() {
    let loosened = edited(GDPR, &[("min_group        = 10", "min_group = 5"), ("min_group = 15", "")]);
    assert_eq!(
        verdicts(&loosened),
        [
            (Verdict::LessPrivate, "aggregation.min_group"),
            (Verdict::LessPrivate, "site.marktplein.aggregation.min_group")
        ]
    );
    let [camera] = loosened.cameras.as_slice() else { panic!("{:?}", loosened.cameras) };
    assert_eq!(camera.cameras, ["mp-01", "mp-02"]);
    let applied = |value: &str, origin: &str| Applied { value: value.to_owned(), origin: origin.to_owned() };
    assert_eq!(camera.old, applied("15", "site marktplein, line 369"));
    assert_eq!(camera.new, applied("5", "city, line 171"));
    // The site wrote 15 under a city of 20, and nobody touched it: what applied was 20, and is 15.
    let city = [("min_group        = 10", "min_group = 20")];
    let old = file(&city.iter().fold(example(GDPR), |text, (from, to)| text.replacen(from, to, 1)));
    let diff = PolicyDiff::between(&old, &file(&example(GDPR)), day("2026-11-20"));
    assert_eq!(verdicts(&diff), [(Verdict::LessPrivate, "aggregation.min_group")]);
    assert_eq!((diff.cameras[0].verdict, diff.cameras[0].new.value.as_str()), (Verdict::LessPrivate, "15"));
}

#[test]
fn a_camera_that_moves_to_another_site_gets_its_hours() {
    let site = "[site.haven]\nname = \"Haven\"\nschedule = [ { days = [\"thu\", \"sat\"], from = \"07:00\", \
                to = \"09:00\", tz = \"Europe/Amsterdam\" } ]\n[camera.mp-02]\nsite = \"haven\"";
    let moved = edited(GDPR, &[("[camera.mp-02]\nsite     = \"marktplein\"", site)]);
    let keys: Vec<_> = moved.cameras.iter().map(|change| (change.verdict, change.key.as_str())).collect();
    assert_eq!(
        keys,
        [
            (Verdict::LessPrivate, "aggregation.min_group"),
            (Verdict::LessPrivate, "retention.event"),
            (Verdict::MorePrivate, "camera.hours")
        ]
    );
    assert!(verdicts(&moved).contains(&(Verdict::Judgement, "camera.mp-02.site")));
}

#[test]
fn an_event_under_another_limit_is_kept_for_another_time() {
    let diff = edited(GDPR, &[("retention     = \"event\"", "retention = \"statistic\"")]);
    let [kept] = diff.cameras.as_slice() else { panic!("{:?}", diff.cameras) };
    assert_eq!(
        kept.sentence,
        "How long events `crowd_density_level` are kept rises from 7 days to 730 days."
    );
    assert_eq!((kept.verdict, diff.verdict), (Verdict::LessPrivate, Verdict::LessPrivate));
}

#[test]
fn two_hundred_cameras_stand_together() {
    let mut text = example(GDPR);
    for n in 0..200 {
        text += &format!(
            "\n[camera.c-{n}]\nsite = \"marktplein\"\nviews_dwelling = false\nmount = \"pole\"\n\
             [camera.c-{n}.capture]\nmax_fps = 3\n"
        );
    }
    let old = file(&text);
    let new = file(&text.replacen("PT2S", "PT3S", 1));
    let diff = PolicyDiff::between(&old, &new, day("2026-11-20"));
    let [change] = diff.cameras.as_slice() else { panic!("{:?}", diff.cameras) };
    assert_eq!(change.cameras.len(), 202);
}
