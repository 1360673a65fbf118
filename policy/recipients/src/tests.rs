//! Recipients of the example policies, and hostile ones, through Cedar.

mod properties;

use std::collections::BTreeSet;

use velum_policy::order::{Allow, AtMost};
use velum_policy::sections::{Disclosure, Recipient, RecipientRegime, Regime, Status};
use velum_policy::{EventField, PolicyDuration, PolicyFile};

use super::*;

const GDPR: &str = include_str!("../../examples/gdpr-market-square.toml");
const LED: &str = include_str!("../../examples/led-tram-hub.toml");
/// 2026-12-03T08:14:20Z: both examples are in force.
const NOW: i64 = 1_796_285_660_000;

fn terms(text: &str, digest: u8) -> Terms {
    let file = PolicyFile::parse(text, "policy.toml").unwrap();
    let resolved = file.resolve().unwrap();
    Terms::of_parts(file.document(), &resolved, [digest; 32])
}

fn roles(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn why(purpose: &str, justification: &str) -> Why {
    Why { purpose: purpose.to_owned(), justification: justification.to_owned() }
}

fn recipient(role: &str, of: &Terms) -> Recipient {
    Recipient { role: role.to_owned(), ..of.recipients[0].clone() }
}

/// One decision: `Ok` with the fields, `Err` with the rule.
fn decided(
    rules: &Rules,
    role: &str,
    action: Action,
    facts: (&str, Regime, i64),
    why: &Why,
) -> Result<Vec<&'static str>, &'static str> {
    let (class, regime, age_secs) = facts;
    let facts = Facts { class, regime, age_secs, is_reviewed: false };
    match rules.decide(&roles(&[role]), action, &facts, why, NOW) {
        Decision::Allowed { fields, .. } => Ok(fields.into_iter().map(EventField::name).collect()),
        Decision::Denied { rule } => Err(rule.name()),
    }
}

#[test]
fn the_recipients_of_a_town_read_what_the_policy_says_and_nothing_else() {
    let rules = Rules::compile(terms(GDPR, 1)).unwrap();
    let crowd = ("crowd_density_level", Regime::Gdpr, 60);
    let check = |role, action, facts, why: &Why, expected: Result<&[&str], &str>| {
        let found = decided(&rules, role, action, facts, why);
        assert_eq!(found.as_deref(), expected.as_deref(), "{role} {action:?} {facts:?} {why:?}");
    };
    let safety = why("crowd-safety", "");
    let fields = ["site", "zone", "time_bin", "level", "confidence_band"];
    check("crowd-steward", Action::Read, crowd, &safety, Ok(&fields));
    check("crowd-steward", Action::Read, crowd, &why("marketing", ""), Err("recipient_purpose"));
    check("crowd-steward", Action::Read, (crowd.0, Regime::Gdpr, 86_400), &safety, Ok(&fields));
    check("crowd-steward", Action::Read, (crowd.0, Regime::Gdpr, 86_401), &safety, Err("max_age"));
    check("crowd-steward", Action::Read, (crowd.0, Regime::Led, 60), &safety, Err("regime"));
    check("crowd-steward", Action::Read, ("road_user_count", Regime::Gdpr, 60), &safety, Err("event_class"));
    check("crowd-steward", Action::Export, crowd, &why("crowd-safety", "report"), Err("export"));
    check("crowd-steward", Action::SeeStill, crowd, &why("crowd-safety", "who?"), Err("recipient_imagery"));
    check("nobody", Action::Read, crowd, &safety, Err("no_recipient"));
    let counts = ("road_user_count", Regime::Gdpr, 60);
    let counted = ["site", "zone", "time_bin", "kind", "count_rounded"];
    check("traffic-planner", Action::Export, counts, &why("traffic-flow", ""), Err("justification"));
    check("traffic-planner", Action::Export, counts, &why("traffic-flow", "study 12"), Ok(&counted));
    check("dpo-auditor", Action::Read, counts, &why("audit", "file 3"), Err("event_class"));
    let public = decided(&rules, "public-statistics", Action::Read, counts, &why("traffic-flow", ""));
    assert_eq!(public, Ok(vec!["zone", "time_bin", "kind", "count_rounded"]));
}

#[test]
fn under_led_nothing_unreviewed_goes_beyond_the_control_room_and_nobody_of_another_law_reads() {
    let rules = Rules::compile(terms(LED, 2)).unwrap();
    let why = why("left-object", "");
    let ask = |role: &str, class: &str, is_reviewed| {
        let facts = Facts { class, regime: Regime::Led, age_secs: 60, is_reviewed };
        match rules.decide(&roles(&[role]), Action::Read, &facts, &why, NOW) {
            Decision::Allowed { .. } => "allowed",
            Decision::Denied { rule } => rule.name(),
        }
    };
    let (alert, confirmed) = ("abandoned_object_alert", "abandoned_object_confirmed");
    for role in ["control-room-operator", "shift-supervisor"] {
        assert_eq!(ask(role, alert, false), "allowed", "{role}");
        assert_eq!(ask(role, confirmed, true), "allowed", "{role}");
    }
    assert_eq!(ask("bomb-disposal", alert, true), "event_class");
    assert_eq!(ask("bomb-disposal", confirmed, true), "allowed");
    for class in [alert, confirmed] {
        assert_eq!(ask("tram-dispatcher", class, true), "regime", "a recipient under GDPR: {class}");
    }
    let mut terms = terms(LED, 2);
    let disposal = terms.recipients.iter_mut().find(|one| one.role == "bomb-disposal").unwrap();
    disposal.events = Allow(BTreeSet::from([alert.to_owned()]));
    let rules = Rules::compile(terms).unwrap();
    let facts = |is_reviewed| Facts { class: alert, regime: Regime::Led, age_secs: 60, is_reviewed };
    let disposal = roles(&["bomb-disposal"]);
    let unreviewed = rules.decide(&disposal, Action::Read, &facts(false), &why, NOW);
    assert_eq!(unreviewed, Decision::Denied { rule: Rule::Unreviewed });
    assert!(matches!(
        rules.decide(&disposal, Action::Read, &facts(true), &why, NOW),
        Decision::Allowed { .. }
    ));
}

#[test]
fn who_is_in_the_control_room() {
    let terms = terms(LED, 2);
    let base = terms.recipients[0].clone();
    let disclosure = Disclosure { law: "x".to_owned(), data: "x".to_owned(), logged: true };
    let table = [
        (base.clone(), true),
        (Recipient { organisation: "somebody else".to_owned(), ..base.clone() }, false),
        (Recipient { processor: Some("a company".to_owned()), ..base.clone() }, false),
        (Recipient { disclosure: Some(disclosure), ..base.clone() }, false),
        (Recipient { regime: RecipientRegime::Gdpr, ..base.clone() }, false),
        (Recipient { regime: RecipientRegime::Public, ..base }, false),
    ];
    for (recipient, expected) in table {
        assert_eq!(terms.is_inside(&recipient), expected, "{recipient:?}");
    }
}

#[test]
fn hostile_names_are_data_and_what_cannot_be_logged_is_refused_with_its_name() {
    let with = |role: &str| {
        let mut terms = terms(GDPR, 1);
        terms.recipients = vec![recipient(role, &terms)];
        terms
    };
    for role in [
        "\"",
        "\\",
        "\\\"); permit (principal, action, resource); //",
        "a\" || true || \"",
        "Role::\"crowd-steward\"",
        "*",
        "café ☕ Зона 区域",
        "{{}}",
        "'",
        "%s$(x)`y`",
    ] {
        let rules = Rules::compile(with(role)).unwrap_or_else(|error| panic!("{role}: {error}"));
        let crowd = ("crowd_density_level", Regime::Gdpr, 60);
        let safety = why("crowd-safety", "");
        assert!(decided(&rules, role, Action::Read, crowd, &safety).is_ok(), "{role}");
        for other in ["crowd-steward", "reader", &format!("{role}x")] {
            let found = decided(&rules, other, Action::Read, crowd, &safety);
            assert_eq!(found, Err("no_recipient"), "{role} lets in {other}");
        }
        assert_eq!(
            decided(&rules, role, Action::Read, ("other", Regime::Gdpr, 60), &safety),
            Err("event_class")
        );
    }
    let long = "x".repeat(129);
    for role in ["", " ", "a\nb", "a\u{202e}b", "a\0b", "\u{1b}[2J", &long] {
        let Err(CompileError::Recipient { index, role: named, reason }) = Rules::compile(with(role)) else {
            panic!("{role:?} was taken");
        };
        assert_eq!(index, 0);
        assert!(!named.chars().any(char::is_control) && reason.contains("`role`"), "{named} {reason}");
    }
    let mut terms = terms(GDPR, 1);
    terms.recipients[1].purposes = Allow(BTreeSet::from(["a\nb".to_owned()]));
    let error = Rules::compile(terms).unwrap_err().to_string();
    assert!(error.starts_with("recipient[1] `traffic-planner`: `purposes`"), "{error}");
}

#[test]
fn a_policy_that_is_over_or_not_active_shows_nothing() {
    let check = |edit: &dyn Fn(&mut Terms), now_unix_ms: i64, expected: bool| {
        let mut terms = terms(GDPR, 1);
        edit(&mut terms);
        let rules = Rules::compile(terms).unwrap();
        let class = "crowd_density_level";
        let facts = Facts { class, regime: Regime::Gdpr, age_secs: 60, is_reviewed: false };
        let steward = roles(&["crowd-steward"]);
        let found = rules.decide(&steward, Action::Read, &facts, &why("crowd-safety", ""), now_unix_ms);
        let is_held = found == Decision::Denied { rule: Rule::PolicyNotInForce };
        assert_eq!(!is_held, expected);
    };
    let expires = terms(GDPR, 1).expires_unix_ms;
    check(&|_| {}, expires - 1, true);
    check(&|_| {}, expires, false);
    for status in [Status::Draft, Status::Suspended, Status::Retired] {
        check(&|terms| terms.status = status, NOW, false);
    }
}

#[test]
fn a_recipient_without_an_end_of_age_is_refused_by_name() {
    let mut terms = terms(GDPR, 1);
    terms.recipients[2].max_age = AtMost(PolicyDuration::MAX);
    let error = Rules::compile(terms).unwrap_err();
    assert!(error.to_string().starts_with("recipient[2] `maintenance`: `max_age`"), "{error}");
}

#[test]
fn who_keeps_to_what_was_reviewed() {
    let rules = Rules::compile(terms(LED, 2)).unwrap();
    let check = |names: &[&str], expected| assert_eq!(rules.keeps_to_reviewed(&roles(names)), expected);
    check(&["bomb-disposal", "tram-dispatcher"], Some(true));
    check(&["bomb-disposal", "shift-supervisor"], Some(false));
    check(&["nobody"], None);
    let terms = rules.terms();
    assert_eq!(terms.reviewed_class("abandoned_object_alert"), "abandoned_object_confirmed");
    assert_eq!(terms.reviewed_class("camera_health"), "camera_health");
}

#[test]
fn every_rule_has_its_own_name() {
    for rule in Rule::ALL {
        assert_eq!(Rule::ALL.iter().filter(|other| other.name() == rule.name()).count(), 1);
    }
}

#[test]
fn of_two_recipients_with_one_role_each_gives_its_own_fields_alone() {
    let mut terms = terms(LED, 2);
    let operator = terms.recipients[0].clone();
    let mut blind = Recipient { events: Allow(BTreeSet::new()), imagery: false, ..operator.clone() };
    blind.fields = Allow(BTreeSet::from([EventField::Time, EventField::ModelId]));
    terms.recipients.push(blind);
    let rules = Rules::compile(terms).unwrap();
    for action in [Action::Read, Action::SeeStill] {
        let alert = ("abandoned_object_alert", Regime::Led, 60);
        let shown = decided(&rules, &operator.role, action, alert, &why("left-object", "a case")).unwrap();
        assert!(
            shown.contains(&"zone") && !shown.contains(&"time") && !shown.contains(&"model_id"),
            "{shown:?}"
        );
    }
}
