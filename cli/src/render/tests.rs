use velum_proto::v1::{
    AbandonedObject, CameraHealth, ConfidenceBand, CountBand, CoverageState, CrowdDensity, CrowdMovement,
    DurationBand, Epistemic, Event, EventKind, EventState, Expired, Explanation, Instant, Lost,
    MovementPattern, PictureDirection, Record, SpeedBand, StoredRecord, Validity, Withheld, event::Body,
    record::End,
};

use super::*;

const AT_UNIX_MS: i64 = 1_795_270_992_000;

fn check(end: Option<End>, expected: &str) {
    let stored = StoredRecord {
        cursor: 42,
        r#box: "box-1".to_owned(),
        incarnation: vec![7; 16],
        stored_unix_ms: AT_UNIX_MS,
        record: Some(Record { sequence: 17, end }),
        held_back: Vec::new(),
    };
    assert_eq!(record(&RecordLine::from(stored), &Screen::plain()), expected);
}

#[test]
fn what_is_held_back_is_counted() {
    assert_eq!(held(1, "older\u{1b}"), "velum: not shown: 1 event is older\u{fffd}");
    assert_eq!(held(0, "for others"), "velum: not shown: all events are for others");
    assert_eq!(held(3, "older"), "velum: not shown: 3 events are older");
}

fn condition(code: &str, value: Option<f64>) -> Explanation {
    Explanation { code: code.to_owned(), value }
}

#[test]
fn an_abandoned_object() {
    let event = Event {
        kind: EventKind::AbandonedObject.into(),
        state: EventState::Raised.into(),
        camera: Some("plaza-2".to_owned()),
        zone: Some("square".to_owned()),
        time: Some(Instant { unix_ms: AT_UNIX_MS, precision_ms: 1_000 }),
        body: Some(Body::AbandonedObject(AbandonedObject {
            object_kind: Some("backpack".to_owned()),
            dwell: Some(DurationBand { at_least_secs: 60, below_secs: None }),
            grid_cell: None,
            first_seen: Some(Instant { unix_ms: AT_UNIX_MS - 72_000, precision_ms: 60_000 }),
        })),
        confidence: ConfidenceBand::High.into(),
        validity: Validity::Valid.into(),
        epistemic: Epistemic::Assessment.into(),
        explanation: vec![condition("unattended_secs", Some(60.0)), condition("newly_arrived", None)],
        staged: Some("bag composited\u{1b}[2J".to_owned()),
        ..Event::default()
    };
    check(
        Some(End::Event(event)),
        "2026-11-21 14:23:12 UTC, to 1 s  ABANDONED OBJECT raised  camera plaza-2, zone square\n    \
         STAGED: bag composited\u{fffd}[2J\n    \
         backpack · put down 2026-11-21 14:22 UTC, to 1 min · unattended for at least 1 min · confidence high ·\n    \
         valid machine assessment\n    \
         because nobody attended it for 1 min; it is new in the scene, not the trace of something taken away\n    \
         box-1 number 17 · cursor 42",
    );
}

#[test]
fn a_crowd_level_without_place_and_time() {
    let event = Event {
        kind: EventKind::CrowdDensity.into(),
        state: EventState::Updated.into(),
        body: Some(Body::CrowdDensity(CrowdDensity {
            level: Some("busy".to_owned()),
            previous_level: Some("calm".to_owned()),
            persons: Some(CountBand { at_least: 5, below: Some(10) }),
            persons_per_m2: None,
            relative: true,
            demo_threshold: true,
        })),
        validity: Validity::NotValid.into(),
        ..Event::default()
    };
    check(
        Some(End::Event(event)),
        "received 2026-11-21 14:23:12 UTC  CROWD DENSITY updated  (the policy does not release the place)\n    \
         level calm → busy · 5 to 9 persons · relative: not per square metre · DEMO THRESHOLD\n    \
         NOT VALID: the rule could not see well enough to be believed\n    \
         box-1 number 17 · cursor 42",
    );
}

#[test]
fn a_crowd_that_moves_apart() {
    let event = Event {
        kind: EventKind::CrowdMovement.into(),
        state: EventState::Raised.into(),
        camera: Some("plaza-1".to_owned()),
        body: Some(Body::CrowdMovement(CrowdMovement {
            pattern: MovementPattern::Surge.into(),
            persons: Some(CountBand { at_least: 20, below: Some(30) }),
            speed: Some(SpeedBand { at_least_m_per_s: 2.0, below_m_per_s: Some(3.0) }),
            direction: PictureDirection::UpLeft.into(),
            relative: true,
        })),
        validity: Validity::Valid.into(),
        explanation: vec![condition("speed_rose", None), condition("learned_secs", Some(900.0))],
        ..Event::default()
    };
    check(
        Some(End::Event(event)),
        "received 2026-11-21 14:23:12 UTC  CROWD MOVEMENT raised  camera plaza-1\n    \
         surge: a crowd moves much faster than usual · 20 to 29 persons · 2 to 3 m/s · upwards and to the\n    \
         left in the picture · speed from person heights: no ground plane · valid\n    \
         because the crowd moves faster than is usual here; what is usual here was learnt from 15 min with\n    \
         people\n    \
         box-1 number 17 · cursor 42",
    );
}

#[test]
fn a_camera_state_is_not_updated_it_is() {
    let health = CameraHealth { state: CoverageState::Restarted.into() };
    let event = Event {
        kind: EventKind::CameraHealth.into(),
        state: EventState::Updated.into(),
        camera: Some("plaza-1".to_owned()),
        time: Some(Instant { unix_ms: AT_UNIX_MS, precision_ms: 1_000 }),
        body: Some(Body::CameraHealth(health)),
        ..Event::default()
    };
    check(
        Some(End::Event(event)),
        "2026-11-21 14:23:12 UTC, to 1 s  CAMERA STATE  camera plaza-1\n    \
         the box was restarted: objects placed before may not have been seen\n    \
         box-1 number 17 · cursor 42",
    );
}

#[test]
fn numbers_that_are_no_event() {
    check(
        Some(End::Withheld(Withheld { rule: "schedule".to_owned() })),
        "2026-11-21 14:23:12 UTC  number 17 withheld by rule schedule  box-1 · cursor 42",
    );
    check(
        Some(End::Expired(Expired { key_day: "2026-11-01".to_owned() })),
        "2026-11-21 14:23:12 UTC  number 17 expired: the key of 2026-11-01 was destroyed before it could be sent  \
         box-1 · cursor 42",
    );
    check(
        Some(End::Lost(Lost {
            cause: "record_unreadable".to_owned(),
            incarnation: None,
            last_known_sequence: Some(9),
        })),
        "2026-11-21 14:23:12 UTC  number 17 LOST: the record could not be read back from the box's disk, \
         last known number 9  box-1 · cursor 42",
    );
    check(
        None,
        "2026-11-21 14:23:12 UTC  number 17 of a kind that this program does not know; update it  box-1 · cursor 42",
    );
}

#[test]
fn gaps() {
    assert_eq!(gap("box-1", 5, 5, &Screen::plain()), "GAP: number 5 has not arrived from box-1");
    assert_eq!(gap("box-1", 5, 8, &Screen::plain()), "GAP: numbers 5 to 8 have not arrived from box-1");
}

#[test]
fn counts_in_words() {
    let check =
        |at_least, below, expected: &str| assert_eq!(persons(&PersonsView { at_least, below }), expected);
    check(0, Some(5), "fewer than 5 persons");
    check(5, Some(10), "5 to 9 persons");
    check(5, Some(6), "5 persons");
    check(5, None, "5 persons or more");
}

#[test]
fn long_lines_are_broken_between_words() {
    assert!(wrapped("").is_empty());
    let text = "word ".repeat(60);
    let lines = wrapped(&text);
    assert!(lines.iter().all(|line| line.chars().count() <= WIDTH), "{lines:?}");
    assert_eq!(lines.join(" "), text.trim());
    assert_eq!(wrapped(&"w".repeat(300)).len(), 1, "a long word stays whole");
}
