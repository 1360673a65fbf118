//! Exercises: ordered by administrators, stopped by anybody, told of to everybody, and in no figure.

use serde_json::{Value, json};
use velum_proto::v1::exercise_report::State;
use velum_proto::v1::{
    CoverageBin, CoverageReport, CoverageState, Event, EventKind, EventState, ExerciseOrder, ExerciseReport,
    ExpectedEvent, Hello, Instant, Record, Scenario, box_message, hub_message, record::End,
};

use super::browser::{Answer, Browser};
use super::console::PASSWORD;
use super::published::released_under;
use super::stills::audit_text;
use super::town::{Conversation, ROLE, Town, hello};
use crate::clock::Clock as _;
use crate::console::{Purpose, new_link};
use crate::identity::Name;
use crate::store::NewUser;

const STAGED: &str = "exercise: A bag at the bench";

fn bag() -> Scenario {
    let expected =
        |kind: &str, at_secs| ExpectedEvent { kind: kind.to_owned(), at_secs, words: "a bag".to_owned() };
    Scenario {
        id: "bag".to_owned(),
        title: "A bag at the bench".to_owned(),
        secs: 90,
        source: "composed".to_owned(),
        licence: "CC0-1.0".to_owned(),
        expected: vec![expected("abandoned_object", 40), expected("crowd_density", 60)],
    }
}

/// Anna, who lets boxes in and reads alerts.
async fn administrator(town: &Town) -> Browser {
    let (store, anna) = (town.store().await, Name::parse("anna").unwrap());
    let roles = [ROLE.to_owned()];
    let new = Purpose::Add(NewUser { roles: &roles, is_administrator: true });
    let link = new_link(&store, &town.config(), &anna, new, town.clock.unix_ms()).await.unwrap();
    store.close().await;
    let mut browser = town.browser();
    let token = link.split_once("/#setup=").unwrap().1;
    let body = json!({ "token": token, "name": "anna", "password": PASSWORD });
    assert_eq!(browser.post("/api/setup", body).await.0, 200);
    assert_eq!(browser.log_in("anna", PASSWORD).await, 200);
    browser
}

/// A box that has a scenario, and told of a camera.
async fn box_with(town: &Town, scenarios: Vec<Scenario>) -> Conversation {
    let channel = town.channel(Some(&town.box_named("lobby"))).await.unwrap();
    let (lobby, _) = Conversation::greeted(channel, Hello { scenarios, ..hello(1, 1) }).await;
    let bin = CoverageBin {
        camera: "plaza-1".to_owned(),
        hour_unix_secs: town.clock.unix_ms() / 3_600_000 * 3_600,
        secs_by_state: [(CoverageState::Analysed.into(), 60)].into(),
        ..CoverageBin::default()
    };
    lobby.send(box_message::Message::Coverage(CoverageReport { bins: vec![bin] })).await;
    lobby
}

async fn order(lobby: &mut Conversation) -> ExerciseOrder {
    loop {
        match lobby.next().await.unwrap() {
            Some(hub_message::Message::ExerciseOrder(order)) => return order,
            Some(hub_message::Message::Ack(_)) => {}
            other => panic!("{other:?}"),
        }
    }
}

async fn report(
    lobby: &Conversation,
    order: &ExerciseOrder,
    state: State,
    (began, ended): (i64, i64),
    reason: &str,
) {
    let report = ExerciseReport {
        order_id: order.order_id.clone(),
        state: state.into(),
        began_unix_ms: began,
        ended_unix_ms: ended,
        reason: reason.to_owned(),
    };
    lobby.send(box_message::Message::ExerciseReport(report)).await;
}

async fn start(browser: &Browser, camera: &str, scenario: &str) -> (u16, Value) {
    let body = json!({ "box": "lobby", "camera": camera, "scenario": scenario, "why": "the yearly drill" });
    browser.post("/api/exercises/start", body).await
}

/// The next time that every page is told of those that run.
async fn running(live: &mut Answer, state: &str) -> Value {
    loop {
        let list = live.event("exercises").await.unwrap();
        if let Some(one) = list["exercises"].as_array().unwrap().iter().find(|one| one["state"] == state) {
            return one.clone();
        }
    }
}

/// What an exercise raises, `secs` after it began.
fn alert(number: u8, at_unix_ms: i64, kind: EventKind) -> Record {
    let event = Event {
        id: vec![number; 16],
        alert_id: vec![number; 16],
        kind: kind.into(),
        state: EventState::Raised.into(),
        camera: Some("plaza-1".to_owned()),
        zone: Some("steps".to_owned()),
        time: Some(Instant { unix_ms: at_unix_ms, precision_ms: 1_000 }),
        staged: Some(STAGED.to_owned()),
        policy_digest: released_under(),
        ..Event::default()
    };
    Record { sequence: number.into(), end: Some(End::Event(event)) }
}

/// Waits until the box's camera is known here.
async fn known(browser: &Browser) -> Value {
    loop {
        let list = browser.get("/api/exercises").await.1;
        if list["places"][0]["cameras"] == json!(["plaza-1"]) {
            return list;
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_exercise_is_ordered_told_to_everybody_looked_back_at_and_counted_nowhere() {
    let mut town = Town::found().await;
    let anna = administrator(&town).await;
    let mut lobby = box_with(&town, vec![bag()]).await;
    let list = known(&anna).await;
    assert_eq!(
        (&list["may_start"], &list["places"][0]["scenarios"][0]["title"]),
        (&json!(true), &json!("A bag at the bench"))
    );
    let check = |found: (u16, Value), status: u16, code: &str| {
        assert_eq!((found.0, &found.1["code"]), (status, &json!(code)), "{}", found.1);
    };
    check(start(&anna, "plaza-1", "other").await, 400, "invalid");
    check(start(&anna, "other", "bag").await, 400, "invalid");
    let unexplained = json!({ "box": "lobby", "camera": "plaza-1", "scenario": "bag", "why": " " });
    check(anna.post("/api/exercises/start", unexplained).await, 400, "invalid");
    let mut live = anna.ask("GET", "/api/live/newest", "").await;
    assert_eq!(start(&anna, "plaza-1", "bag").await.0, 200);
    check(start(&anna, "plaza-1", "bag").await, 409, "exercise_busy");
    let ordered = order(&mut lobby).await;
    assert_eq!((ordered.camera.as_str(), ordered.scenario.as_str(), ordered.stop), ("plaza-1", "bag", false));

    let began = town.clock.unix_ms();
    report(&lobby, &ordered, State::Runs, (began, 0), "").await;
    let told = running(&mut live, "runs").await;
    assert_eq!(
        (&told["camera"], &told["scenario"]["secs"], &told["person"]),
        (&json!("plaza-1"), &json!(90), &Value::Null)
    );
    town.clock.advance_ms(44_000);
    lobby.batch(vec![alert(1, town.clock.unix_ms(), EventKind::AbandonedObject)]).await.unwrap();
    live.event("review").await.unwrap();
    town.clock.advance_ms(5_000);
    let verdict = json!({ "event_id": "01".repeat(16), "purpose": "", "verdict": "furniture_or_bin" });
    assert_eq!(anna.post("/api/review", verdict).await.0, 200);
    let suppress = json!({ "event_id": "01".repeat(16), "purpose": "", "days": 7 });
    check(anna.post("/api/suppress", suppress).await, 409, "not_suppressible");
    lobby.batch(vec![alert(2, town.clock.unix_ms(), EventKind::AbandonedObject)]).await.unwrap();
    town.clock.advance_ms(41_000);
    report(&lobby, &ordered, State::Ended, (began, town.clock.unix_ms()), "finished").await;
    loop {
        let list = anna.get("/api/exercises").await.1;
        if list["exercises"][0]["state"] == "ended" {
            break;
        }
        tokio::task::yield_now().await;
    }

    let body = json!({ "order_id": told["order_id"], "purpose": "" });
    let (status, debrief) = anna.post("/api/exercises/debrief", body).await;
    assert_eq!(status, 200, "{debrief}");
    let expected = &debrief["expected"];
    assert_eq!((&expected[0]["alert"], &expected[0]["delay_secs"]), (&json!(0), &json!(4)), "{debrief}");
    assert_eq!(expected[1]["alert"], Value::Null, "missed");
    let alerts = debrief["alerts"].as_array().unwrap();
    assert_eq!((alerts.len(), &alerts[1]["is_expected"]), (2, &json!(false)), "{debrief}");
    let acts: Vec<_> = alerts[0]["acts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|act| (act["what"].clone(), act["after_secs"].clone(), act["person"].clone()))
        .collect();
    let anna_did = |what: &str, secs: i64| (json!(what), json!(secs), json!("console:anna"));
    assert_eq!(acts, [anna_did("shown", 0), anna_did("said", 5)]);
    assert_eq!(alerts[0]["acts"][1]["code"], json!("furniture_or_bin"));

    let store = town.store().await;
    assert!(store.counted_alerts(0).await.unwrap().alerts.is_empty(), "in no figure");
    store.close().await;
    let log = audit_text(&town);
    for what in [
        "ordered exercise bag in the place of camera plaza-1 of box lobby",
        "the yearly drill",
        "debrief of the exercise",
    ] {
        assert!(
            log.lines().any(|line| line.contains(what) && line.contains("console:anna")),
            "{what}: {log}"
        );
    }
    drop((live, lobby));
    town.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn anybody_stops_it_and_only_administrators_order_it() {
    let mut town = Town::found().await;
    let anna = administrator(&town).await;
    let ben = super::alerts::second_user(&town).await;
    let mut lobby = box_with(&town, vec![bag()]).await;
    known(&anna).await;
    let (status, refused) = start(&ben, "plaza-1", "bag").await;
    assert_eq!((status, &refused["code"]), (403, &json!("not_administrator")));
    assert_eq!(ben.get("/api/exercises").await.1["places"], json!([]));
    assert_eq!(start(&anna, "plaza-1", "bag").await.0, 200);
    let ordered = order(&mut lobby).await;
    report(&lobby, &ordered, State::Runs, (town.clock.unix_ms(), 0), "").await;
    let mut live = ben.ask("GET", "/api/live/newest", "").await;
    let told = running(&mut live, "runs").await;
    let stop = json!({ "order_id": told["order_id"] });
    assert_eq!(ben.post("/api/exercises/stop", stop).await.0, 200);
    while !order(&mut lobby).await.stop {}
    running(&mut live, "stopping").await;
    let log = audit_text(&town);
    assert!(
        log.lines()
            .any(|line| line.contains("would have ordered exercise bag") && line.contains("console:ben")),
        "{log}"
    );
    assert!(
        log.lines()
            .any(|line| line.contains("stopped the exercise on camera plaza-1")
                && line.contains("console:ben")),
        "{log}"
    );
    drop(live);

    // The order outlasts the box's absence, and the hub's; an older program is told as such.
    drop(lobby);
    town.stop().await;
    town.start().await;
    let mut lobby = box_with(&town, vec![bag()]).await;
    assert_eq!(order(&mut lobby).await.order_id, ordered.order_id);
    report(&lobby, &ordered, State::Ended, (1, 2), "stopped").await;
    drop(lobby);
    let mut anna = town.browser();
    assert_eq!(anna.log_in("anna", PASSWORD).await, 200);
    let lobby = box_with(&town, Vec::new()).await;
    let (status, refused) = start(&anna, "plaza-1", "bag").await;
    assert_eq!((status, &refused["code"]), (409, &json!("plays_none")), "{refused}");
    drop(lobby);
    town.stop().await;
}
