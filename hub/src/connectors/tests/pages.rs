//! The examples of docs/integration are what is sent: the same messages are sent in the tests, and compared.

use serde_json::Value;
use velum_proto::v1::{
    AbandonedObject, CameraHealth, ConfidenceBand, CountBand, CoverageState, CrowdDensity, CrowdMovement,
    DurationBand, Event, EventKind, EventState, Explanation, HeldBack, Instant, Interval, MovementPattern,
    PictureDirection, Record, ReviewedRecord, SpeedBand, StoredRecord, Validity, Verdict, Withheld,
    event::Body, record::End,
};

use super::super::Message;
use super::super::cloudevents::CloudEvent;

const WEBHOOK: &str = include_str!("../../../../docs/integration/webhook.md");
const MQTT: &str = include_str!("../../../../docs/integration/mqtt.md");
const MILESTONE: &str = include_str!("../../../../docs/integration/milestone.md");

fn stored(cursor: u64, sequence: u64, end: End) -> Message {
    Message::Record(StoredRecord {
        cursor,
        r#box: "tram-hub-3".to_owned(),
        incarnation: vec![7; 16],
        stored_unix_ms: 1_795_270_992_000,
        record: Some(Record { sequence, end: Some(end) }),
        held_back: Vec::new(),
    })
}

fn event(kind: EventKind, body: Body) -> Event {
    Event {
        id: vec![1; 16],
        alert_id: vec![2; 16],
        kind: kind.into(),
        state: EventState::Raised.into(),
        site: Some("plaza".to_owned()),
        camera: Some("plaza-2".to_owned()),
        zone: Some("steps".to_owned()),
        time: Some(Instant { unix_ms: 1_795_270_980_000, precision_ms: 60_000 }),
        confidence: ConfidenceBand::High.into(),
        validity: Validity::Valid.into(),
        body: Some(body),
        ..Event::default()
    }
}

fn abandoned() -> Event {
    let body = AbandonedObject {
        object_kind: Some("suitcase".to_owned()),
        dwell: Some(DurationBand { at_least_secs: 60, below_secs: Some(120) }),
        grid_cell: None,
        first_seen: Some(Instant { unix_ms: 1_795_270_860_000, precision_ms: 60_000 }),
    };
    let explanation = vec![Explanation { code: "unattended_secs".to_owned(), value: Some(90.0) }];
    Event { explanation, ..event(EventKind::AbandonedObject, Body::AbandonedObject(body)) }
}

fn density() -> Event {
    let body = CrowdDensity {
        level: Some("dense".to_owned()),
        previous_level: Some("busy".to_owned()),
        persons: Some(CountBand { at_least: 20, below: Some(25) }),
        persons_per_m2: Some(Interval { low: 0.5, high: 1.25 }),
        relative: false,
        demo_threshold: false,
    };
    event(EventKind::CrowdDensity, Body::CrowdDensity(body))
}

fn movement() -> Event {
    let body = CrowdMovement {
        pattern: MovementPattern::Dispersal.into(),
        persons: Some(CountBand { at_least: 10, below: Some(15) }),
        speed: Some(SpeedBand { at_least_m_per_s: 2.0, below_m_per_s: Some(3.0) }),
        direction: PictureDirection::Unspecified.into(),
        relative: false,
    };
    event(EventKind::CrowdMovement, Body::CrowdMovement(body))
}

fn health() -> Event {
    let body = CameraHealth { state: CoverageState::Dark.into() };
    let of_camera = event(EventKind::CameraHealth, Body::CameraHealth(body));
    Event { alert_id: Vec::new(), zone: None, confidence: 0, validity: 0, ..of_camera }
}

/// Every block of JSON of a page, with the last code in backticks before it.
fn examples(page: &str) -> Vec<(String, Value)> {
    let mut blocks = page.split("```");
    let (mut all, mut label) = (Vec::new(), String::new());
    while let (Some(text), Some(block)) = (blocks.next(), blocks.next()) {
        if let Some(code) = text.rsplit('`').nth(1) {
            code.clone_into(&mut label);
        }
        if let Some(json) = block.strip_prefix("json\n") {
            all.push((label.clone(), serde_json::from_str(json).unwrap()));
        }
    }
    all
}

#[test]
fn the_page_of_webhooks_shows_what_is_sent() {
    let withheld = End::Withheld(Withheld { rule: "schedule".to_owned() });
    let held_back = vec![HeldBack {
        rule: "max_age".to_owned(),
        events: 3,
        message: "older than the policy lets your recipient read".to_owned(),
    }];
    let reviewed = ReviewedRecord {
        cursor: 12,
        class: "abandoned_object_confirmed".to_owned(),
        event: Some(abandoned()),
        outcome: Verdict::Confirmed.into(),
        reviewer_role: "shift-supervisor".to_owned(),
        review_secs: Some(48),
    };
    let messages = [
        stored(1_041, 12, End::Event(density())),
        stored(1_042, 13, withheld),
        Message::Record(StoredRecord { cursor: 1_045, held_back, ..StoredRecord::default() }),
        Message::Reviewed(reviewed),
    ];
    let shown = examples(WEBHOOK);
    for (place, message) in messages.iter().enumerate() {
        let sent = serde_json::to_value(CloudEvent::of(message, "hub.example.org").unwrap()).unwrap();
        let shown = shown.get(place).map(|(_, json)| json);
        assert_eq!(
            shown,
            Some(&sent),
            "example {place} should be\n{}",
            serde_json::to_string_pretty(&sent).unwrap()
        );
    }
}

/// The messages of the page of MQTT, and what it shows of each: topics and payloads.
pub(super) fn mqtt_examples() -> Vec<(Message, Vec<(String, Value)>)> {
    let mut shown = examples(MQTT).into_iter();
    let cleared = Event { state: EventState::Cleared.into(), ..abandoned() };
    let events = [(abandoned(), 1), (cleared, 1), (density(), 2), (movement(), 1), (health(), 1)];
    let sequences = 12_u64..;
    let message = |(sequence, (event, count)): (u64, (Event, usize))| {
        (stored(1_029 + sequence, sequence, End::Event(event)), shown.by_ref().take(count).collect())
    };
    sequences.zip(events).map(message).collect()
}

#[test]
fn the_page_of_mqtt_shows_what_is_published() {
    for (message, shown) in mqtt_examples() {
        let published = super::super::mqtt::published(&message, "velum/port-velum");
        let pretty: Vec<String> = published
            .iter()
            .map(|(topic, payload)| format!("`{topic}`\n{}", serde_json::to_string_pretty(payload).unwrap()))
            .collect();
        assert_eq!(shown, published, "the page should have\n{}", pretty.join("\n"));
    }
}

/// One of each kind of message that becomes an analytics event, and its name there.
pub(super) fn milestone_examples() -> Vec<(Message, &'static str)> {
    let cleared = Event { state: EventState::Cleared.into(), ..abandoned() };
    let staged = Event { staged: Some("exercise".to_owned()), ..abandoned() };
    let placeless =
        Event { site: None, camera: None, zone: None, time: None, alert_id: Vec::new(), ..abandoned() };
    let reviewed = ReviewedRecord {
        cursor: 12,
        class: "abandoned_object_confirmed".to_owned(),
        event: Some(abandoned()),
        outcome: Verdict::Shadow.into(),
        reviewer_role: "shift-supervisor".to_owned(),
        review_secs: Some(48),
    };
    let untold = Event { body: Some(Body::CameraHealth(CameraHealth::default())), ..health() };
    let record = |event| stored(1_041, 12, End::Event(event));
    vec![
        (record(abandoned()), "Velum abandoned object"),
        (record(density()), "Velum crowd density dense"),
        (record(cleared), "Velum abandoned object cleared"),
        (record(staged), "Velum abandoned object staged"),
        (record(placeless), "Velum abandoned object"),
        (record(movement()), "Velum crowd movement dispersal"),
        (record(health()), "Velum camera dark"),
        (record(untold), "Velum camera"),
        (Message::Reviewed(reviewed), "Velum abandoned object rejected"),
        (Message::Test { id: "7".to_owned(), unix_ms: 1 }, "Velum trial"),
    ]
}

#[test]
fn the_page_of_milestone_shows_what_is_sent() {
    let config = super::milestone::example();
    for (message, name) in &milestone_examples()[..2] {
        let document = super::super::milestone::document(message, &config, 1_795_270_992_000).unwrap();
        let sent = super::event_server::pretty(&document);
        assert!(MILESTONE.contains(&sent), "the page should have, of `{name}`,\n{sent}");
    }
}

#[test]
fn the_template_of_the_page_makes_json() {
    let (_, rest) = WEBHOOK.split_once("```jinja\n").unwrap();
    let (source, _) = rest.split_once("```").unwrap();
    let event = CloudEvent::of(&stored(1_041, 12, End::Event(density())), "hub.example.org").unwrap();
    let body: Value = serde_json::from_str(&super::super::webhook::render(source, &event)).unwrap();
    assert_eq!(body["text"], "Alert at plaza-2, state raised");
}

/// The snippet of the page, run by Python against a message that is signed here.
#[test]
fn the_page_of_webhooks_verifies_in_python_what_is_signed() {
    let Some((_, rest)) = WEBHOOK.split_once("```python\n") else { panic!("the page has no Python") };
    let (snippet, _) = rest.split_once("```").unwrap();
    let body = "{\"a\": \"€\"}";
    let now_secs = jiff::Timestamp::now().as_second();
    let signature = super::super::webhook::sign(super::webhooks::SECRET, "lobby/7/1", now_secs, body);
    for (timestamp, given, expected) in [
        (now_secs, signature.clone(), "good"),
        (now_secs, format!("v1,AAAA {signature}"), "good"),
        (now_secs + 1, signature.clone(), "bad"),
        (now_secs, signature.replace("v1,", "v2,"), "bad"),
    ] {
        let call = format!(
            "{snippet}\nheaders = {{'webhook-id': 'lobby/7/1', 'webhook-timestamp': '{timestamp}', \
             'webhook-signature': '{given}'}}\n\
             print('good' if is_from_the_hub({:?}, headers, '{body}'.encode()) else 'bad')",
            super::webhooks::SECRET
        );
        let Ok(output) = std::process::Command::new("python3").args(["-c", &call]).output() else {
            eprintln!("skipped: python3 is not installed");
            return;
        };
        let said = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        assert_eq!(said, expected, "{timestamp} {given}: {}", String::from_utf8_lossy(&output.stderr));
    }
}
