//! Recipients of the example policies, and hostile ones, through Cedar.

mod properties;

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use velum_policy::order::{Allow, AtMost};
use velum_policy::sections::{Disclosure, Recipient, RecipientRegime, Regime, Status};
use velum_policy::{EventField, PolicyDuration, PolicyFile};
use velum_proto::v1::{
    AbandonedObject, CameraHealth, Event, EventKind, EventState, Instant, Record, StoredRecord, Verdict,
    event::Body, record::End,
};

use super::compile::CompileError;
use super::reader::age_secs;
use super::rules::{Facts, Rules};
use super::terms::Terms;
use super::*;
use crate::identity::Name;
use crate::store::{FoundEvent, ReviewedRow};

const GDPR: &str = include_str!("../../../policy/examples/gdpr-market-square.toml");
const LED: &str = include_str!("../../../policy/examples/led-tram-hub.toml");
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
fn a_recipient_without_an_end_of_age_is_refused_by_name_and_nobody_reads_under_that_policy() {
    let mut terms = terms(GDPR, 1);
    terms.recipients[2].max_age = AtMost(PolicyDuration::MAX);
    let error = Rules::compile(terms.clone()).unwrap_err();
    assert!(error.to_string().starts_with("recipient[2] `maintenance`: `max_age`"), "{error}");
    let ids = HashMap::from([([1; 32], terms.id.clone())]);
    let book = Rulebook::of_terms(vec![terms], ids);
    assert_eq!(book.rules_of(&[1; 32]).err(), Some(Rule::PolicyRefused));
    assert_eq!(book.rules_of(&[9; 32]).err(), Some(Rule::PolicyUnknown));
    assert_eq!(book.rules_of(&[]).err(), Some(Rule::PolicyUnknown));
}

#[test]
fn a_hub_works_under_one_law() {
    let (gdpr, led) = (terms(GDPR, 1), terms(LED, 2));
    let ids = HashMap::from([([1; 32], gdpr.id.clone()), ([2; 32], led.id.clone())]);
    let book = Rulebook::of_terms(vec![gdpr, led], ids);
    for digest in [[1; 32], [2; 32]] {
        assert_eq!(book.rules_of(&digest).err(), Some(Rule::Regime));
    }
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

pub(super) fn reader_of(book: Rulebook, names: &[&str], purpose: &str) -> Reader {
    Reader {
        person: Person::Certificate(Name::parse("anna").unwrap()),
        roles: roles(names),
        action: Action::Read,
        why: why(purpose, ""),
        book: Arc::new(book),
    }
}

fn stored(event: Event) -> StoredRecord {
    StoredRecord {
        cursor: 7,
        r#box: "lobby".to_owned(),
        incarnation: vec![7; 16],
        stored_unix_ms: NOW - 1_000,
        record: Some(Record { sequence: 3, end: Some(End::Event(event)) }),
        held_back: Vec::new(),
    }
}

fn suitcase() -> Event {
    let instant = |unix_ms| Some(Instant { unix_ms, precision_ms: 10_000 });
    Event {
        id: vec![1; 16],
        alert_id: vec![2; 16],
        kind: EventKind::AbandonedObject.into(),
        state: EventState::Raised.into(),
        site: Some("hub".to_owned()),
        camera: Some("th-01".to_owned()),
        zone: Some("platform".to_owned()),
        time: instant(NOW - 20_000),
        policy_digest: vec![2; 32],
        model_digests: vec![vec![4; 32]],
        staged: Some("drill".to_owned()),
        still_may_be_asked_for: true,
        body: Some(Body::AbandonedObject(AbandonedObject {
            object_kind: Some("suitcase".to_owned()),
            grid_cell: Some("3-4".to_owned()),
            first_seen: instant(NOW - 60_000),
            dwell: None,
        })),
        ..Event::default()
    }
}

fn led_book() -> Rulebook {
    let terms = terms(LED, 2);
    let ids = HashMap::from([([2; 32], terms.id.clone())]);
    Rulebook::of_terms(vec![terms], ids)
}

#[test]
fn an_event_is_shown_with_the_recipients_fields_and_no_others() {
    let supervisor = reader_of(led_book(), &["shift-supervisor"], "left-object");
    let shown = supervisor.show(stored(suitcase()), NOW).unwrap();
    assert_eq!(shown.stored_unix_ms, 0, "the recipient is told no time, so not when it came either");
    let Some(Record { sequence: 3, end: Some(End::Event(event)) }) = shown.record else { panic!("no event") };
    let expected = Event {
        camera: None,
        time: None,
        policy_digest: Vec::new(),
        model_digests: Vec::new(),
        still_may_be_asked_for: false,
        body: Some(Body::AbandonedObject(AbandonedObject {
            object_kind: Some("suitcase".to_owned()),
            first_seen: Some(Instant { unix_ms: NOW - 60_000, precision_ms: 10_000 }),
            ..AbandonedObject::default()
        })),
        ..suitcase()
    };
    assert_eq!(event, expected);
}

#[test]
fn what_two_roles_may_see_is_what_either_may() {
    let both = reader_of(led_book(), &["shift-supervisor", "control-room-operator"], "left-object");
    let shown = both.show(stored(suitcase()), NOW).unwrap();
    let Some(Record { end: Some(End::Event(event)), .. }) = shown.record else { panic!("no event") };
    assert_eq!(event.camera.as_deref(), Some("th-01"));
    assert!(event.still_may_be_asked_for);
}

#[test]
fn numbers_without_an_event_and_boxes_without_a_policy_are_shown_to_everybody() {
    let nobody = reader_of(Rulebook::default(), &[], "");
    let lost = StoredRecord { record: Some(Record { sequence: 9, end: None }), ..stored(suitcase()) };
    assert_eq!(nobody.show(lost.clone(), NOW), Ok(lost));
    let health = |policy_digest| Event {
        kind: EventKind::CameraHealth.into(),
        camera: Some("th-01".to_owned()),
        policy_digest,
        body: Some(Body::CameraHealth(CameraHealth { state: 8 })),
        ..Event::default()
    };
    let shown = nobody.show(stored(health(Vec::new())), NOW).unwrap();
    assert_eq!(shown.record, stored(health(Vec::new())).record);
    assert_eq!(nobody.show(stored(health(vec![2; 32])), NOW), Err(Rule::PolicyUnknown));
    assert_eq!(nobody.show(stored(suitcase()), NOW), Err(Rule::PolicyUnknown));
    let unnamed = reader_of(led_book(), &[], "");
    assert_eq!(unnamed.show(stored(suitcase()), NOW), Err(Rule::NoRecipient));
}

#[test]
fn an_event_is_as_old_as_it_was_or_came_whichever_is_longer() {
    let check = |time: Option<i64>, stored_unix_ms, expected| {
        let time = time.map(|unix_ms| Instant { unix_ms, precision_ms: 1_000 });
        assert_eq!(age_secs(&Event { time, ..Event::default() }, stored_unix_ms, NOW), expected);
    };
    check(None, NOW - 5_000, 5);
    check(None, NOW - 5_001, 6);
    check(Some(NOW - 9_000), NOW - 5_000, 9);
    check(Some(NOW + 90_000), NOW - 5_000, 5);
    check(None, NOW + 5_000, 0);
    check(Some(i64::MIN), i64::MIN, i64::MAX / 1_000 + 1);
}

#[test]
fn a_purpose_is_taken_by_default_where_there_is_one_and_asked_for_where_there_are_more() {
    let set = |names: &[&str]| roles(names);
    assert_eq!(purpose("", &set(&["a"])).unwrap(), "a");
    assert_eq!(purpose("b", &set(&["a"])).unwrap(), "b", "Cedar decides about it");
    assert_eq!(purpose("", &set(&[])).unwrap(), "");
    let error = purpose("", &set(&["a", "b"])).unwrap_err().to_string();
    assert_eq!(error, "purpose: expected one of a, b, found none");
    assert!(purpose("a\nb", &set(&["a"])).is_err());
    assert!(justification(&"x".repeat(301)).is_err() && justification("a\nb").is_err());
    assert_eq!(justification(" why ").unwrap(), "why");
}

fn found() -> FoundEvent {
    FoundEvent { of: Name::parse("lobby").unwrap(), event: suitcase(), stored_unix_ms: NOW - 1_000 }
}

#[test]
fn beyond_the_control_room_what_was_confirmed_is_read_and_nothing_raw() {
    let book = led_book();
    let check = |names: &[&str], expected| assert_eq!(book.are_beyond_control_room(&roles(names)), expected);
    check(&["bomb-disposal"], true);
    check(&["bomb-disposal", "tram-dispatcher"], true);
    check(&["bomb-disposal", "shift-supervisor"], false);
    check(&["control-room-operator"], false);
    check(&["nobody"], false);
    check(&[], false);
    let row = |verdict| ReviewedRow {
        cursor: 4,
        event_id: vec![1; 16],
        verdict,
        role: "control-room-operator".to_owned(),
        review_secs: 12,
    };
    let disposal = reader_of(led_book(), &["bomb-disposal"], "left-object");
    let shown = disposal.show_reviewed(&row(Verdict::Confirmed), found(), NOW).unwrap();
    assert_eq!((shown.class.as_str(), shown.outcome()), ("abandoned_object_confirmed", Verdict::Unspecified));
    assert_eq!((shown.reviewer_role.as_str(), shown.review_secs), ("", None));
    let event = shown.event.unwrap();
    assert_eq!((event.zone.as_deref(), event.camera, event.time), (Some("platform"), None, None));
    let wrong = disposal.show_reviewed(&row(Verdict::Shadow), found(), NOW).unwrap();
    assert_eq!(wrong.outcome(), Verdict::Other, "that it was wrong is told, what it was is not");
    let supervisor = reader_of(led_book(), &["shift-supervisor"], "left-object");
    let shown = supervisor.show_reviewed(&row(Verdict::Shadow), found(), NOW).unwrap();
    assert_eq!((shown.outcome(), shown.review_secs), (Verdict::Shadow, Some(12)));
    let dispatcher = reader_of(led_book(), &["tram-dispatcher"], "left-object");
    assert_eq!(dispatcher.show_reviewed(&row(Verdict::Confirmed), found(), NOW), Err(Rule::Regime));
}

#[test]
fn who_may_look_in_the_control_room_may_review_and_some_actions_want_two() {
    let reviewer = |names: &[&str], action: &str| {
        reader_of(led_book(), names, "left-object").reviewer(&found(), action, NOW)
    };
    assert_eq!(reviewer(&["shift-supervisor"], ""), Ok(("shift-supervisor".to_owned(), 1)));
    assert_eq!(reviewer(&["shift-supervisor"], "evacuation"), Ok(("shift-supervisor".to_owned(), 2)));
    assert_eq!(reviewer(&["bomb-disposal"], ""), Err(Rule::EventClass));
    assert_eq!(reviewer(&["dpo-auditor"], ""), Err(Rule::EventClass));
    assert_eq!(reviewer(&[], ""), Err(Rule::NoRecipient));
}
