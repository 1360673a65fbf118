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
        (json!({ "event_id": "07".repeat(16), "purpose": "", "verdict": "person" }), 404, "unknown_alert"),
        (json!({ "event_id": SIX, "purpose": "fun", "verdict": "person" }), 403, "review_not_yours"),
        (json!({ "event_id": SIX, "verdict": "person" }), 422, "not_understood"),
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

const CLEAR: &str = "Woman in a green coat\nreturned for it: Mrs Rossi, tel 0444";

async fn write_text(browser: &Browser, text: &str) -> (u16, Value) {
    browser.post("/api/text/write", json!({ "event_id": SIX, "purpose": "", "text": text })).await
}

async fn open_text(browser: &Browser, text_id: &Value, why: &str) -> (u16, Value) {
    let body = json!({ "event_id": SIX, "text_id": text_id, "purpose": "", "justification": why });
    browser.post("/api/text/open", body).await
}

/// Whether these words stand anywhere below the hub's folder in the clear.
fn is_on_disk(town: &Town, words: &str) -> bool {
    let mut open = vec![town.data_dir()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if std::fs::read(&path).unwrap().windows(words.len()).any(|part| part == words.as_bytes())
            {
                return true;
            }
        }
    }
    false
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_people_write_is_sealed_apart_and_opened_one_by_one_for_a_reason() {
    let alerted = Alerted::under(&FIELDS).await;
    let town = &alerted.town;
    let (anna, ben) = (first_user(town).await, second_user(town).await);
    let mut live = anna.ask("GET", "/api/live/newest", "").await;
    assert_eq!(next(&mut live).await["texts"], json!([]));
    let (status, told) = write_text(&anna, CLEAR).await;
    assert_eq!((status, &told["code"]), (409, &json!("no_verdict")), "a text belongs to a word");
    assert_eq!(say(&anna, "known_object").await.0, 200);
    next(&mut live).await;
    assert_eq!(write_text(&anna, &"x".repeat(2_001)).await.0, 400);
    assert_eq!(write_text(&anna, "bell \u{7}").await.0, 400);
    assert_eq!(write_text(&anna, CLEAR).await.0, 200);
    let told = next(&mut live).await;
    let text = &told["texts"][0];
    assert_eq!((&text["mine"], text["text_id"].as_str().unwrap().len()), (&json!(true), 32), "{told}");
    assert!(!told.to_string().contains("Rossi"), "only that there is one");

    assert_eq!(open_text(&anna, &text["text_id"], " ").await.0, 400, "not without a reason");
    let (status, opened) = open_text(&anna, &text["text_id"], "file 12").await;
    assert_eq!((status, &opened["text"]), (200, &json!(CLEAR)), "{opened}");
    let opened = open_text(&ben, &text["text_id"], "the owner asks").await;
    assert_eq!((opened.0, &opened.1["text"]), (200, &json!(CLEAR)), "it is decided, and he is told outcomes");
    let stranger = json!("09".repeat(16));
    assert_eq!(open_text(&ben, &stranger, "the owner asks").await.0, 404);
    let dora = super::oversight::user(town, "dora", true).await;
    assert_eq!(open_text(&dora, &text["text_id"], "curious").await.0, 404, "no recipient is told no more");
    assert!(!is_on_disk(town, "Rossi"), "neither in the store, its log, nor the audit log");
    let log = audit_text(town);
    for part in
        ["writes a text to their own word", "opens a text beside a verdict", "the owner asks", "unknown_text"]
    {
        assert!(log.contains(part), "{part}");
    }

    // With another verdict the text goes, and with its author's wish.
    assert_eq!(say(&anna, "person").await.0, 200);
    assert_eq!(next(&mut live).await["texts"], json!([]));
    assert_eq!(open_text(&anna, &text["text_id"], "file 12").await.0, 404);
    assert_eq!(write_text(&anna, "again").await.0, 200);
    let again = next(&mut live).await["texts"][0]["text_id"].clone();
    assert_eq!(write_text(&anna, "  ").await.0, 200);
    assert_eq!(next(&mut live).await["texts"], json!([]));
    assert_eq!(open_text(&anna, &again, "file 12").await.0, 404);
    drop(live);
    alerted.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_text_belongs_to_a_persons_word_by_whichever_way_they_came() {
    let alerted = Alerted::under(&FIELDS).await;
    let town = &alerted.town;
    let anna = first_user(town).await;
    let store = town.store().await;
    store.give_recipient(&operator("anna"), ROLE, 1).await.unwrap();
    store.close().await;
    let certificate = town.holder("velum:operator:anna:1");
    let mut by_certificate = EventsClient::new(town.channel(Some(&certificate)).await.unwrap());
    let mut says = async |verdict: Verdict| {
        let request = SetVerdictRequest {
            event_id: vec![6; 16],
            verdict: verdict.into(),
            ..SetVerdictRequest::default()
        };
        by_certificate.set_verdict(request).await.unwrap();
    };
    let texts = async || {
        let mut live = anna.ask("GET", "/api/live/newest", "").await;
        next(&mut live).await["texts"].clone()
    };
    assert_eq!(say(&anna, "confirmed").await.0, 200);
    assert_eq!(write_text(&anna, CLEAR).await.0, 200);
    let written = texts().await;
    assert_eq!(written[0]["mine"], json!(true), "{written}");
    says(Verdict::Confirmed).await;
    assert_eq!(texts().await, written, "the same word, by certificate");
    assert_eq!(write_text(&anna, "again").await.0, 200, "it is her word");
    let rewritten = texts().await;
    assert_eq!(rewritten.as_array().unwrap().len(), 1, "{rewritten}");
    assert_ne!(rewritten, written);
    says(Verdict::FurnitureOrBin).await;
    assert_eq!(texts().await, json!([]), "another word takes it away");
    alerted.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_text_whose_key_is_destroyed_is_gone_from_backups_too_of_the_file() {
    let mut alerted = Alerted::under(&FIELDS).await;
    let anna = first_user(&alerted.town).await;
    assert_eq!(say(&anna, "person").await.0, 200);
    assert_eq!(write_text(&anna, CLEAR).await.0, 200);
    let mut live = anna.ask("GET", "/api/live/newest", "").await;
    let text_id = next(&mut live).await["texts"][0]["text_id"].clone();
    drop((live, anna));
    let Alerted { town, lobby, .. } = &mut alerted;
    let (config, to) = (town.config(), town.path().join("backups"));
    std::fs::create_dir(&to).unwrap();
    let backup = crate::backup::make(&config, &to, town.clock.as_ref()).await.unwrap();
    assert!(!backup.join("text-keys").exists(), "no key is in a backup");
    town.stop().await;
    let _gone = &lobby;
    let keys: Vec<_> = std::fs::read_dir(town.data_dir().join("text-keys")).unwrap().flatten().collect();
    assert_eq!(keys.len(), 1);
    // As the retention does it, and then somebody puts the backup back.
    crate::reviews::Sealer::below(&town.data_dir())
        .destroy_before(town.clock.unix_ms() + 86_400_000)
        .unwrap();
    std::fs::rename(town.data_dir(), town.path().join("old")).unwrap();
    crate::backup::put_back(&config, &backup, town.clock.as_ref()).await.unwrap();
    town.start().await;
    let mut anna = town.browser();
    assert_eq!(anna.log_in("anna", PASSWORD).await, 200);
    let (status, told) = open_text(&anna, &text_id, "file 12").await;
    assert_eq!((status, &told["code"]), (410, &json!("text_gone")), "{told}");
    alerted.stop().await;
}
