//! People who read, in the roles of the example policies.

mod properties;

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use velum_policy::order::{Allow, AtMost};
use velum_policy::sections::{Recipient, RecipientRegime};
use velum_policy::{EventField, PolicyDuration, PolicyFile};
use velum_proto::v1::{
    AbandonedObject, CameraHealth, Event, EventKind, EventState, Instant, Record, StoredRecord, Verdict,
    event::Body, record::End,
};

use super::reader::age_secs;
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

#[test]
fn where_the_recipients_cannot_be_used_nobody_reads_under_that_policy() {
    let file = PolicyFile::parse(GDPR, "policy.toml").unwrap();
    let mut document = file.document().clone();
    document.recipient[2].max_age = AtMost(PolicyDuration::MAX);
    let terms = Terms::of_parts(&document, &file.resolve().unwrap(), [1; 32]);
    let ids = HashMap::from([([1; 32], terms.id().to_owned())]);
    let book = Rulebook::of_terms(vec![terms], ids);
    assert_eq!(book.rules_of(&[1; 32]).err(), Some(Rule::PolicyRefused));
    assert_eq!(book.rules_of(&[9; 32]).err(), Some(Rule::PolicyUnknown));
    assert_eq!(book.rules_of(&[]).err(), Some(Rule::PolicyUnknown));
}

#[test]
fn a_hub_works_under_one_law() {
    let (gdpr, led) = (terms(GDPR, 1), terms(LED, 2));
    let ids = HashMap::from([([1; 32], gdpr.id().to_owned()), ([2; 32], led.id().to_owned())]);
    let book = Rulebook::of_terms(vec![gdpr, led], ids);
    for digest in [[1; 32], [2; 32]] {
        assert_eq!(book.rules_of(&digest).err(), Some(Rule::Regime));
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
    let ids = HashMap::from([([2; 32], terms.id().to_owned())]);
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
