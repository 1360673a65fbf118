//! After a decided review: the box is told to raise no alert at a place for a time, and to raise them again.

use serde_json::{Value, json};
use velum_proto::v1::suppression_receipt::Outcome;
use velum_proto::v1::{Hello, SuppressionOrder, SuppressionReceipt, box_message, hub_message};

use super::alerts::{Alerted, FIELDS, SIX, say};
use super::browser::{Answer, Browser};
use super::console::first_user;
use super::stills::audit_text;
use super::town::{Conversation, ROLE, hello};
use crate::clock::Clock as _;

const DAY_MS: i64 = 86_400_000;

async fn suppress(browser: &Browser, days: u32) -> (u16, Value) {
    browser.post("/api/suppress", json!({ "event_id": SIX, "purpose": "", "days": days })).await
}

async fn order(lobby: &mut Conversation) -> SuppressionOrder {
    loop {
        match lobby.next().await.unwrap() {
            Some(hub_message::Message::SuppressionOrder(order)) => return order,
            Some(hub_message::Message::Ack(_)) => {}
            other => panic!("{other:?}"),
        }
    }
}

async fn answer(lobby: &Conversation, order: &SuppressionOrder, outcome: Outcome) {
    let receipt = SuppressionReceipt {
        order_id: order.order_id.clone(),
        outcome: outcome.into(),
        number: 4,
        until_unix_ms: if outcome == Outcome::Added { order.until_unix_ms } else { 0 },
        reason: String::new(),
    };
    lobby.send(box_message::Message::SuppressionReceipt(receipt)).await;
}

/// The next time that the page is told of one in this state.
async fn told(live: &mut Answer, state: &str) -> Value {
    loop {
        let list = live.event("suppressions").await.unwrap();
        if let Some(one) = list["suppressions"].as_array().unwrap().iter().find(|one| one["state"] == state) {
            return one.clone();
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_decided_reviewer_has_the_box_leave_a_place_out_and_look_again() {
    let mut alerted = Alerted::under(&FIELDS).await;
    let anna = first_user(&alerted.town).await;
    let mut live = anna.ask("GET", "/api/live/newest", "").await;
    let check = |found: (u16, Value), status: u16, code: &str| {
        assert_eq!((found.0, &found.1["code"]), (status, &json!(code)), "{}", found.1);
    };
    check(suppress(&anna, 7).await, 409, "not_suppressible");
    say(&anna, "person").await;
    check(suppress(&anna, 7).await, 409, "not_suppressible");
    say(&anna, "shadow").await;
    check(suppress(&anna, 0).await, 400, "invalid");
    check(suppress(&anna, 31).await, 400, "invalid");
    assert_eq!(suppress(&anna, 7).await.0, 200);
    check(suppress(&anna, 7).await, 409, "not_suppressible");

    let ordered = order(&mut alerted.lobby).await;
    let until_unix_ms = alerted.town.clock.unix_ms() + 7 * DAY_MS;
    assert_eq!((ordered.verdict.as_str(), ordered.days, ordered.role.as_str()), ("shadow", 7, ROLE));
    assert_eq!((ordered.until_unix_ms, ordered.lift), (until_unix_ms, false));
    assert_eq!(told(&mut live, "waiting").await["until_unix_ms"], json!(until_unix_ms));
    answer(&alerted.lobby, &ordered, Outcome::Added).await;
    let one = told(&mut live, "in_force").await;
    assert_eq!(
        (&one["event_id"], &one["verdict"], &one["role"]),
        (&json!(SIX), &json!("shadow"), &json!(ROLE))
    );
    assert_eq!(one["number"], json!(4));

    let lift = json!({ "order_id": one["order_id"], "purpose": "" });
    assert_eq!(anna.post("/api/lift", lift.clone()).await.0, 200);
    assert_eq!(told(&mut live, "lifting").await["order_id"], one["order_id"]);
    let lifted = order(&mut alerted.lobby).await;
    assert_eq!((lifted.lift, &lifted.order_id), (true, &ordered.order_id));
    answer(&alerted.lobby, &lifted, Outcome::Removed).await;
    told(&mut live, "removed").await;
    let other = json!({ "order_id": "07".repeat(16), "purpose": "" });
    check(anna.post("/api/lift", other).await, 404, "unknown_alert");
    assert_eq!(anna.post("/api/lift", lift).await.0, 200, "it is done already");

    let log = audit_text(&alerted.town);
    let id = one["order_id"].as_str().unwrap();
    for what in ["no alert at its place for 7 days, after shadow: order", "alerts at its place again: order"]
    {
        let line = |line: &&str| [what, id, "console:anna", "allowed"].iter().all(|part| line.contains(part));
        assert!(log.lines().any(|one| line(&one)), "{what}: {log}");
    }
    drop(live);
    alerted.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_order_waits_for_its_box_and_no_other_box_answers_it() {
    let mut alerted = Alerted::under(&FIELDS).await;
    let anna = first_user(&alerted.town).await;
    say(&anna, "known_object").await;
    let mut live = anna.ask("GET", "/api/live/newest", "").await;
    assert_eq!(suppress(&anna, 1).await.0, 200);
    let first = order(&mut alerted.lobby).await;
    // The box goes away without an answer, the hub is started anew, and another box answers in its place.
    drop(live);
    let Alerted { mut town, lobby, released_under } = alerted;
    drop(lobby);
    town.stop().await;
    town.start().await;
    let mut anna = town.browser();
    assert_eq!(anna.log_in("anna", super::console::PASSWORD).await, 200);
    live = anna.ask("GET", "/api/live/newest", "").await;
    let hello = |understands: &[&str]| Hello {
        policy_digest: released_under.clone(),
        understands: understands.iter().map(|one| (*one).to_owned()).collect(),
        ..hello(7, 7)
    };
    let yard = town.channel(Some(&town.box_named("yard"))).await.unwrap();
    let (yard, _) = Conversation::greeted(yard, hello(&["suppressions"])).await;
    answer(&yard, &first, Outcome::Added).await;
    let lobby = town.channel(Some(&town.box_named("lobby"))).await.unwrap();
    let (mut lobby, _) = Conversation::greeted(lobby, hello(&["suppressions"])).await;
    let again = order(&mut lobby).await;
    assert_eq!(again, first);
    told(&mut live, "waiting").await;
    answer(&lobby, &again, Outcome::UnknownPlace).await;
    told(&mut live, "unknown_place").await;

    // An older program does none, and the person is told so.
    drop(lobby);
    let lobby = town.channel(Some(&town.box_named("lobby"))).await.unwrap();
    let (lobby, _) = Conversation::greeted(lobby, hello(&[])).await;
    let (status, refused) = suppress(&anna, 1).await;
    assert_eq!((status, &refused["code"]), (409, &json!("box_outdated")), "{refused}");
    drop((live, yard, lobby));
    town.stop().await;
}
