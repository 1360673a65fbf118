//! What people do about alerts, on the page and by certificate: the same way, and told live.

use serde_json::{Value, json};
use velum_policy::SignedPolicy;
use velum_proto::v1::events_client::EventsClient;
use velum_proto::v1::{Event, EventKind, EventState, Hello, Record, SetVerdictRequest, Verdict, record::End};

use super::browser::{Answer, Browser};
use super::console::{PASSWORD, first_user};
use super::published::text;
use super::stills::audit_text;
use super::town::{Conversation, ROLE, Town, hello, operator};
use crate::clock::Clock as _;
use crate::console::{Purpose, new_link};
use crate::identity::Name;
use crate::store::NewUser;

pub(super) const SIX: &str = "06060606060606060606060606060606";
const STAFFED: &str = "staffed           = \"while somebody watches the terminal\"";
/// The steward is told what others said, and by which role.
pub(super) const FIELDS: [(&str, &str); 2] = [
    (
        "fields        = [\"alert_id\",",
        "fields        = [\"review_outcome\", \"reviewer_role\", \"alert_id\",",
    ),
    ("fields   = [\"alert_id\",", "fields   = [\"review_outcome\", \"reviewer_role\", \"alert_id\","),
];

/// A town in which number 6 raised an alert, under the demonstration's policy with edits.
pub(super) struct Alerted {
    pub(super) town: Town,
    pub(super) lobby: Conversation,
    pub(super) released_under: Vec<u8>,
}

impl Alerted {
    pub(super) async fn under(edits: &[(&str, &str)]) -> Self {
        let town = Town::bare().await;
        town.publish("1.0.0", edits).await;
        let store = town.store().await;
        store.give_recipient(&operator("ben"), ROLE, 1).await.unwrap();
        store.close().await;
        let digest = SignedPolicy::unsigned(&text("1.0.0", edits), "policy.toml").digest().0;
        let channel = town.channel(Some(&town.box_named("lobby"))).await.unwrap();
        let hello = Hello { policy_digest: digest.to_vec(), ..hello(6, 6) };
        let (lobby, _) = Conversation::greeted(channel, hello).await;
        let mut alerted = Self { town, lobby, released_under: digest.to_vec() };
        alerted.send(6, EventState::Raised).await;
        alerted
    }

    /// A record of the alert.
    async fn send(&mut self, id: u8, state: EventState) {
        let event = Event {
            id: vec![id; 16],
            alert_id: vec![6; 16],
            kind: EventKind::AbandonedObject.into(),
            state: state.into(),
            zone: Some("steps".to_owned()),
            policy_digest: self.released_under.clone(),
            ..Event::default()
        };
        let record = Record { sequence: id.into(), end: Some(End::Event(event)) };
        self.lobby.batch(vec![record]).await.unwrap();
    }

    pub(super) async fn stop(mut self) {
        drop(self.lobby);
        self.town.stop().await;
    }
}

pub(super) async fn second_user(town: &Town) -> Browser {
    let (store, ben) = (town.store().await, Name::parse("ben").unwrap());
    let roles = [ROLE.to_owned()];
    let link = new_link(
        &store,
        &town.config(),
        &ben,
        Purpose::Add(NewUser { roles: &roles, is_administrator: false }),
        town.clock.unix_ms(),
    )
    .await
    .unwrap();
    store.close().await;
    let mut browser = town.browser();
    let token = link.split_once("/#setup=").unwrap().1;
    let body = json!({ "token": token, "name": "ben", "password": PASSWORD });
    assert_eq!(browser.post("/api/setup", body).await.0, 200);
    assert_eq!(browser.log_in("ben", PASSWORD).await, 200);
    browser
}

pub(super) async fn say(browser: &Browser, verdict: &str) -> (u16, Value) {
    browser.post("/api/review", json!({ "event_id": SIX, "purpose": "", "verdict": verdict })).await
}

async fn take(browser: &Browser) -> (u16, Value) {
    browser.post("/api/take", json!({ "event_id": SIX, "purpose": "" })).await
}

async fn next(live: &mut Answer) -> Value {
    live.event("review").await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_word_on_the_page_counts_as_one_by_certificate_and_both_are_told_live() {
    let alerted = Alerted::under(&[]).await;
    let town = &alerted.town;
    let anna = first_user(town).await;
    let mut live = anna.ask("GET", "/api/live/newest", "").await;
    let first = next(&mut live).await;
    assert_eq!(
        (&first["event_id"], &first["owed"], &first["may_review"]),
        (&json!(SIX), &json!(true), &json!(true))
    );
    assert_eq!((&first["people"], &first["needed"], &first["mine"]), (&json!(0), &json!(1), &Value::Null));
    let caught_up = live.event("caught_up").await.unwrap();

    assert_eq!(say(&anna, "furniture_or_bin").await, (200, json!({ "decided": true })));
    let told = next(&mut live).await;
    assert_eq!(
        (&told["mine"], &told["decided"]["verdict"]),
        (&json!("furniture_or_bin"), &json!("furniture_or_bin"))
    );
    town.clock.advance_ms(1_000);
    let ben = town.holder("velum:operator:ben:1");
    let mut ben = EventsClient::new(town.channel(Some(&ben)).await.unwrap());
    let request = SetVerdictRequest {
        event_id: vec![6; 16],
        verdict: Verdict::Confirmed.into(),
        ..SetVerdictRequest::default()
    };
    assert!(ben.set_verdict(request).await.unwrap().into_inner().decided);
    let told = next(&mut live).await;
    assert_eq!((&told["people"], &told["agree"]), (&json!(2), &json!(1)));
    assert_eq!(
        told["decided"],
        json!({ "verdict": null, "role": null, "unix_ms": null }),
        "no field, no word"
    );

    let path = format!("/api/live/{}?change={}", caught_up["cursor"], caught_up["change"]);
    let mut again = anna.ask("GET", &path, "").await;
    let told_again = next(&mut again).await;
    assert_eq!(told_again, told, "a page that was away hears what changed meanwhile");

    for (body, status, code) in [
        (json!({ "event_id": SIX, "purpose": "", "verdict": "a bomb" }), 400, "invalid"),
        (json!({ "event_id": "00", "purpose": "", "verdict": "person" }), 400, "invalid"),
        (json!({ "event_id": "07".repeat(16), "purpose": "", "verdict": "person" }), 404, "unknown_event"),
        (json!({ "event_id": SIX, "purpose": "fun", "verdict": "person" }), 403, "not_yours"),
        (json!({ "event_id": SIX, "verdict": "person" }), 422, "invalid"),
    ] {
        let (found, answer) = anna.post("/api/review", body.clone()).await;
        assert_eq!((found, &answer["code"]), (status, &json!(code)), "{body}: {answer}");
    }
    let log = audit_text(town);
    let line = |parts: &[&str]| log.lines().any(|line| parts.iter().all(|part| line.contains(part)));
    assert!(
        line(&["review of the alert: furniture_or_bin", "alteration", "console:anna", "allowed"]),
        "{log}"
    );
    assert!(line(&["review of the alert: confirmed", "certificate:ben", "allowed"]), "{log}");
    assert!(line(&["review of the alert: person", "console:anna", "denied", "recipient_purpose"]), "{log}");
    drop((live, again));
    alerted.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_reviewer_looks_for_themselves_and_names_are_never_told() {
    let two = (STAFFED, "staffed = \"always\"\nreviewers = 2");
    let alerted = Alerted::under(&[FIELDS[0], FIELDS[1], two]).await;
    let town = &alerted.town;
    let (anna, ben) = (first_user(town).await, second_user(town).await);
    let mut live = ben.ask("GET", "/api/live/newest", "").await;
    assert_eq!(next(&mut live).await["needed"], json!(2));
    assert_eq!(say(&anna, "shadow").await, (200, json!({ "decided": false })));
    let told = next(&mut live).await;
    assert_eq!((&told["people"], &told["decided"], &told["others"]), (&json!(1), &Value::Null, &json!([])));
    assert_eq!(say(&ben, "confirmed").await, (200, json!({ "decided": false })));
    let told = next(&mut live).await;
    assert_eq!(told["others"], json!([{ "verdict": "shadow", "role": ROLE, "unix_ms": null }]));
    assert_eq!(say(&ben, "shadow").await, (200, json!({ "decided": true })));
    let told = next(&mut live).await;
    assert_eq!(told["decided"], json!({ "verdict": "shadow", "role": ROLE, "unix_ms": null }));
    assert!(!told.to_string().contains("anna"), "{told}");
    drop(live);
    alerted.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_person_looks_at_an_alert_at_a_time_and_everybody_sees_what_is_escalated() {
    let alerted = Alerted::under(&FIELDS).await;
    let town = &alerted.town;
    let (anna, ben) = (first_user(town).await, second_user(town).await);
    let mut live = ben.ask("GET", "/api/live/newest", "").await;
    assert_eq!(next(&mut live).await["taken"], Value::Null);
    assert_eq!(take(&anna).await.0, 200);
    let told = next(&mut live).await;
    let until_unix_ms = town.clock.unix_ms() + 300_000;
    assert_eq!(told["taken"], json!({ "mine": false, "role": ROLE, "until_unix_ms": until_unix_ms }));
    let (status, refused) = take(&ben).await;
    assert_eq!((status, &refused["code"]), (409, &json!("taken")));
    town.clock.advance_ms(300_000);
    assert_eq!(take(&ben).await.0, 200, "it ends by itself");
    assert_eq!(next(&mut live).await["taken"]["mine"], json!(true));

    let escalate = async |reason: &str| {
        ben.post("/api/escalate", json!({ "event_id": SIX, "purpose": "", "reason": reason })).await.0
    };
    assert_eq!(escalate("because").await, 400);
    assert_eq!(escalate("cannot_tell").await, 200);
    let escalated = next(&mut live).await["escalated"].clone();
    assert_eq!((&escalated["reason"], &escalated["role"]), (&json!("cannot_tell"), &json!(ROLE)));
    say(&ben, "known_object").await;
    assert_eq!(next(&mut live).await["taken"], Value::Null, "whoever spoke looks no longer");
    let log = audit_text(town);
    let line = |parts: &[&str]| log.lines().any(|line| parts.iter().all(|part| line.contains(part)));
    assert!(line(&["takes the alert", "console:ben", "denied", "taken"]), "{log}");
    assert!(line(&["escalates the alert: cannot_tell", "console:ben", "allowed"]), "{log}");
    drop(live);
    alerted.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_nobody_reviewed_in_time_is_gone_and_the_page_is_told() {
    let erase = (STAFFED, "staffed = \"always\"\nreview_deadline = \"PT3M\"\nunreviewed = \"erase\"");
    let mut alerted = Alerted::under(&[erase]).await;
    let town = &alerted.town;
    let anna = first_user(town).await;
    let mut live = anna.ask("GET", "/api/live/newest", "").await;
    let told = next(&mut live).await;
    let deadline_unix_ms = told["deadline_unix_ms"].as_i64().unwrap();
    assert_eq!((deadline_unix_ms, &told["erases"]), (town.clock.unix_ms() + 180_000, &json!(true)));
    town.clock.advance_ms(180_000);
    let told = next(&mut live).await;
    assert_eq!((&told["lapse"], &told["may_review"]), (&json!("erased"), &json!(false)));
    assert_eq!(say(&anna, "confirmed").await.0, 404);
    alerted.send(7, EventState::Cleared).await;
    let record = live.event("record").await.unwrap();
    assert_eq!(record["end"], json!({ "type": "withheld", "rule": "review_deadline" }));
    drop(live);
    alerted.stop().await;
}
