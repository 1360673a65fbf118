//! Changes of cameras' settings and suspensions, over the whole hub: two people, a box that is there or away, and one that
//! is too old.

use ring::digest::{SHA256, digest};
use serde_json::{Value, json};
use velum_proto::v1::settings_receipt::Outcome;
use velum_proto::v1::{
    BoxState, HeldSuspension, PlaneSketch, PointFit, SettingsOffer, SettingsProblem, SettingsReceipt,
    SettingsReport, Suspensions, box_message, hub_message,
};

use super::browser::Browser;
use super::oversight::user;
use super::stills::audit_text;
use super::town::{Conversation, Town, hello, soon};

const BEFORE: &str = "{\"zones\":[]}";

fn sha256(text: &str) -> Vec<u8> {
    digest(&SHA256, text.as_bytes()).as_ref().to_vec()
}

fn report(settings_json: &str) -> SettingsReport {
    SettingsReport {
        camera: "door".to_owned(),
        settings_json: settings_json.to_owned(),
        digest: sha256(settings_json),
        takes_settings: true,
        ..SettingsReport::default()
    }
}

/// A box that tells of itself and of its one camera.
async fn lobby(town: &Town, reports: SettingsReport) -> Conversation {
    let channel = town.channel(Some(&town.box_named("lobby"))).await.unwrap();
    let mut lobby = Conversation::greeted(channel, hello(1, 1)).await.0;
    lobby.send(box_message::Message::SettingsReport(reports)).await;
    let state = BoxState { cameras: vec!["door".to_owned()], ..BoxState::default() };
    lobby.send(box_message::Message::BoxState(state)).await;
    match lobby.next().await {
        Ok(Some(hub_message::Message::Suspensions(_))) => lobby,
        other => panic!("expected suspensions, found {other:?}"),
    }
}

async fn offered(lobby: &mut Conversation) -> SettingsOffer {
    match lobby.next().await {
        Ok(Some(hub_message::Message::SettingsOffer(offer))) => offer,
        other => panic!("expected an offer, found {other:?}"),
    }
}

async fn answered(lobby: &Conversation, offer: &SettingsOffer, outcome: Outcome, problem: &str) {
    let problem = SettingsProblem { path: "zones[0]".to_owned(), text: problem.to_owned() };
    let receipt = SettingsReceipt {
        offer_id: offer.offer_id.clone(),
        camera: offer.camera.clone(),
        outcome: outcome.into(),
        problems: if problem.text.is_empty() { vec![] } else { vec![problem] },
        digest: sha256(BEFORE),
        plane: None,
    };
    lobby.send(box_message::Message::SettingsReceipt(receipt)).await;
}

async fn look(browser: &Browser) -> Value {
    let (status, told) = browser.get("/api/cameras/settings?box=lobby&camera=door").await;
    assert_eq!(status, 200, "{told}");
    told
}

/// Until the newest change is in this state.
async fn until(browser: &Browser, state: &str) -> Value {
    soon(state, async {
        loop {
            let change = look(browser).await["changes"][0].clone();
            if change["state"] == state {
                return change;
            }
        }
    })
    .await
}

async fn propose(browser: &Browser, note: &str) -> (u16, Value) {
    let settings = json!({"zones": [{"id": "terrace", "polygon": [[0.1, 0.1], [0.5, 0.1], [0.3, 0.9]]}]});
    let base_digest = hex::encode(sha256(BEFORE));
    let body = json!({"box": "lobby", "camera": "door", "settings": settings, "base_digest": base_digest, "note": note});
    browser.post("/api/cameras/settings/propose", body).await
}

async fn decide(browser: &Browser, id: &Value, approve: bool) -> (u16, Value) {
    let body = json!({"id": id, "approve": approve, "reason": if approve { "" } else { "too wide" }});
    browser.post("/api/cameras/settings/decide", body).await
}

async fn waiting_until_known(browser: &Browser) {
    soon("the settings are known", async {
        while browser.get("/api/cameras/settings?box=lobby&camera=door").await.0 != 200 {}
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_needs_two_administrators_and_the_box_decides() {
    let town = Town::found().await;
    let (anna, ben) = (user(&town, "anna", true).await, user(&town, "ben", true).await);
    let carl = user(&town, "carl", false).await;
    assert_eq!(anna.get("/api/cameras/settings?box=lobby&camera=door").await.0, 404);
    let mut lobby = lobby(&town, report(BEFORE)).await;
    waiting_until_known(&anna).await;
    let told = look(&anna).await;
    assert_eq!((&told["current"], &told["connected"]), (&json!({"zones": []}), &json!(true)));
    assert_eq!((&told["may_propose"], &told["may_approve"]), (&json!(true), &json!(true)));

    assert_eq!(propose(&carl, "a bench").await.1["code"], "not_administrator");
    assert_eq!(propose(&anna, "").await.1["code"], "worded");
    let (status, proposed) = propose(&anna, "a bench").await;
    assert_eq!(status, 200, "{proposed}");
    assert_eq!(propose(&ben, "another").await.1["code"], "waiting");
    let id = &proposed["id"];
    assert_eq!(decide(&anna, id, true).await.1["code"], "own_proposal", "four eyes");
    assert_eq!(decide(&ben, id, true).await.0, 200);
    assert_eq!(decide(&ben, id, true).await.1["code"], "decided");
    let offer = offered(&mut lobby).await;
    assert_eq!(
        (offer.camera.as_str(), offer.check_only, &offer.base_digest),
        ("door", false, &sha256(BEFORE))
    );
    assert!(offer.approved_by.contains("ben") && offer.settings_json.contains("terrace"), "{offer:?}");
    until(&anna, "offered").await;

    answered(&lobby, &offer, Outcome::RolledBack, "no frame came within 30 s").await;
    let change = until(&anna, "rolled_back").await;
    assert_eq!(change["problems"], json!([{"path": "zones[0]", "text": "no frame came within 30 s"}]));
    assert_eq!(
        (&change["reason"], &change["note"]),
        (&json!("no frame came within 30 s"), &json!("a bench"))
    );
    let log = audit_text(&town);
    for entry in ["proposed change", "would have approved change", "four_eyes", "rolled_back"] {
        assert!(log.contains(entry), "{entry}");
    }

    let id = &propose(&ben, "once more").await.1["id"];
    assert_eq!(decide(&anna, id, false).await.0, 200);
    assert_eq!(until(&anna, "declined").await["reason"], "too wide");
    let id = &propose(&ben, "and again").await.1["id"];
    assert_eq!(anna.post("/api/cameras/settings/withdraw", json!({"id": id})).await.0, 200);
    until(&anna, "withdrawn").await;
    propose(&ben, "from old settings").await;
    lobby.send(box_message::Message::SettingsReport(report("{\"ground_plane\":[]}"))).await;
    until(&anna, "superseded").await;
    assert_eq!(propose(&ben, "too late").await.1["code"], "outdated");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_box_that_is_away_is_handed_the_change_when_it_is_back() {
    let town = Town::found().await;
    let (anna, ben) = (user(&town, "anna", true).await, user(&town, "ben", true).await);
    let first = lobby(&town, report(BEFORE)).await;
    waiting_until_known(&anna).await;
    drop(first);
    let away = async { while look(&anna).await["connected"] == true {} };
    soon("the box is away", away).await;
    let draft = json!({"box": "lobby", "camera": "door", "settings": {"zones": []}});
    assert_eq!(anna.post("/api/cameras/settings/try", draft.clone()).await.1["code"], "settings_away");
    let id = propose(&anna, "a bench").await.1["id"].clone();
    assert_eq!(decide(&ben, &id, true).await.0, 200);
    assert_eq!(until(&anna, "approved").await["unanswered"], false);

    let mut back = lobby(&town, report(BEFORE)).await;
    let offer = offered(&mut back).await;
    town.clock.advance_ms(130_000);
    assert_eq!(until(&anna, "offered").await["unanswered"], true, "a box that knows no offers says nothing");
    drop(back);
    // The answer was lost with the connection: the report tells it.
    let last = SettingsReceipt {
        offer_id: offer.offer_id.clone(),
        camera: "door".to_owned(),
        outcome: Outcome::InForce.into(),
        ..SettingsReceipt::default()
    };
    let settings = offer.settings_json.as_str();
    let mut back =
        lobby(&town, SettingsReport { last: Some(last), from_hub: true, ..report(settings) }).await;
    until(&anna, "in_force").await;
    assert_eq!(look(&anna).await["from_hub"], true);

    // A draft is looked at by the box, and nothing is kept.
    let trying = anna.post("/api/cameras/settings/try", draft);
    let answering = async {
        let offer = offered(&mut back).await;
        assert!(offer.check_only);
        let sketch = PlaneSketch {
            lines: vec![0.1, 0.2, 0.3, 0.4],
            points: vec![PointFit { off_px: 1.5, off_m: 0.1, off_without_m: None }],
            warnings: vec!["small".to_owned()],
        };
        let receipt = SettingsReceipt {
            offer_id: offer.offer_id,
            outcome: Outcome::Checked.into(),
            plane: Some(sketch),
            ..SettingsReceipt::default()
        };
        back.send(box_message::Message::SettingsReceipt(receipt)).await;
    };
    let ((status, told), ()) = tokio::join!(trying, answering);
    assert_eq!(status, 200, "{told}");
    let plane = json!({"lines": [[[0.1, 0.2], [0.3, 0.4]]],
        "points": [{"off_px": 1.5, "off_m": 0.1, "off_without_m": null}], "warnings": ["small"]});
    assert_eq!(told, json!({"problems": [], "plane": plane}));
    assert_eq!(look(&anna).await["changes"].as_array().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_suspension_is_told_at_each_connection_until_it_is_lifted() {
    let mut town = Town::found().await;
    let (anna, carl) = (user(&town, "anna", true).await, user(&town, "carl", false).await);
    let mut there = lobby(&town, report(BEFORE)).await;
    waiting_until_known(&anna).await;
    let body = |camera: Value, reason: &str| json!({"box": "lobby", "camera": camera, "reason": reason});
    assert_eq!(
        carl.post("/api/boxes/suspend", body(json!("door"), "roadworks")).await.1["code"],
        "not_administrator"
    );
    assert_eq!(
        anna.post("/api/boxes/suspend", body(json!("attic"), "roadworks")).await.1["code"],
        "unknown_place"
    );
    assert_eq!(anna.post("/api/boxes/suspend", body(json!("door"), "")).await.1["code"], "worded");
    assert_eq!(anna.post("/api/boxes/suspend", body(json!("door"), "roadworks")).await.0, 200);
    assert_eq!(
        anna.post("/api/boxes/suspend", body(json!("door"), "roadworks")).await.1["code"],
        "done_already"
    );
    let told = |message| heard(message).suspensions;
    let suspended = told(there.next().await.unwrap());
    assert_eq!(
        (suspended.len(), suspended[0].camera.as_str(), suspended[0].reason.as_str()),
        (1, "door", "roadworks")
    );
    assert!(suspended[0].by.starts_with("console:"));
    assert!(audit_text(&town).contains("suspended camera door of box lobby: roadworks"));
    drop(there);

    // Over a restart of the hub.
    town.stop().await;
    town.start().await;
    let channel = town.channel(Some(&town.box_named("lobby"))).await.unwrap();
    let mut back = Conversation::greeted(channel, hello(1, 1)).await.0;
    back.send(box_message::Message::BoxState(BoxState {
        cameras: vec!["door".to_owned()],
        ..BoxState::default()
    }))
    .await;
    assert_eq!(told(back.next().await.unwrap()), suspended);
    let mut anna = town.browser();
    assert_eq!(anna.log_in("anna", super::console::PASSWORD).await, 200);
    assert_eq!(anna.post("/api/boxes/resume", body(json!("door"), "done")).await.0, 200);
    let lifted = vec![suspended[0].id.clone()];
    // A hub that begins to listen to the others tells once more what is suspended.
    let mut heard_last = heard(back.next().await.unwrap());
    while heard_last.suspensions == suspended {
        heard_last = heard(back.next().await.unwrap());
    }
    assert_eq!(heard_last, Suspensions { suspensions: vec![], lifted });
    assert_eq!(anna.post("/api/boxes/resume", body(json!("door"), "done")).await.1["code"], "done_already");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_box_holds_and_a_restored_hub_has_forgotten_stays_suspended_until_it_is_lifted() {
    let town = Town::found().await;
    let anna = user(&town, "anna", true).await;
    let channel = town.channel(Some(&town.box_named("lobby"))).await.unwrap();
    let mut lobby = Conversation::greeted(channel, hello(1, 1)).await.0;
    let held = |number: u8, camera: &str| HeldSuspension {
        id: vec![number; 16],
        camera: camera.to_owned(),
        since_unix_ms: 1_795_219_200_000,
        ..HeldSuspension::default()
    };
    let state =
        |suspensions| BoxState { cameras: vec!["door".to_owned()], suspensions, ..BoxState::default() };
    lobby.send(box_message::Message::BoxState(state(vec![held(1, "door")]))).await;
    let told = heard(lobby.next().await.unwrap());
    assert_eq!((told.suspensions.len(), &told.suspensions[0].id, told.lifted), (1, &vec![1; 16], vec![]));
    let (_, page) = anna.get("/api/boxes").await;
    let shown = &page["boxes"][0]["suspensions"][0];
    assert_eq!((&shown["state"], &shown["suspended_by"]), (&json!("in_force"), &json!("")), "{page}");
    let body = json!({"box": "lobby", "camera": "door", "reason": "known again"});
    assert_eq!(anna.post("/api/boxes/resume", body).await.0, 200);
    let told = heard(lobby.next().await.unwrap());
    assert_eq!(told, Suspensions { suspensions: vec![], lifted: vec![vec![1; 16]] });
    // What the box said before it heard of it brings nothing back.
    lobby.send(box_message::Message::BoxState(state(vec![held(1, "door")]))).await;

    // One who suspends the same place anew means the new one.
    let body = json!({"box": "lobby", "camera": "door", "reason": "roadworks"});
    assert_eq!(anna.post("/api/boxes/suspend", body).await.0, 200);
    let new = heard(lobby.next().await.unwrap()).suspensions[0].id.clone();
    drop(lobby);
    let channel = town.channel(Some(&town.box_named("lobby"))).await.unwrap();
    let mut lobby = Conversation::greeted(channel, hello(1, 1)).await.0;
    lobby.send(box_message::Message::BoxState(state(vec![held(2, "door")]))).await;
    let told = heard(lobby.next().await.unwrap());
    assert_eq!(told.suspensions.iter().map(|one| &one.id).collect::<Vec<_>>(), [&new]);
    assert!(told.lifted.contains(&vec![2; 16]));
}

fn heard(message: Option<hub_message::Message>) -> Suspensions {
    match message {
        Some(hub_message::Message::Suspensions(all)) => all,
        other => panic!("expected suspensions, found {other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_box_says_of_itself_and_cannot_be_kept_holds_up_no_events() {
    let town = Town::found().await;
    let anna = user(&town, "anna", true).await;
    let channel = town.channel(Some(&town.box_named("lobby"))).await.unwrap();
    let mut lobby = Conversation::greeted(channel, hello(1, 2)).await.0;
    lobby.send(box_message::Message::SettingsReport(report("{\"source\":[]}"))).await;
    lobby.send(box_message::Message::SettingsReceipt(SettingsReceipt::default())).await;
    let state = BoxState { cameras: vec!["\u{1b}[2J".to_owned()], ..BoxState::default() };
    lobby.send(box_message::Message::BoxState(state)).await;
    assert_eq!(lobby.batch(super::town::events(1..=1)).await.unwrap(), 1);
    assert_eq!(anna.get("/api/cameras/settings?box=lobby&camera=door").await.0, 404);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_older_box_is_told_nothing_that_it_does_not_know() {
    let town = Town::found().await;
    let anna = user(&town, "anna", true).await;
    let channel = town.channel(Some(&town.box_named("lobby"))).await.unwrap();
    let mut old = Conversation::greeted(channel, hello(1, 2)).await.0;
    let body = json!({"box": "lobby", "camera": null, "reason": "roadworks"});
    assert_eq!(anna.post("/api/boxes/suspend", body).await.0, 200);
    assert_eq!(
        old.batch(super::town::events(1..=1)).await.unwrap(),
        1,
        "no message came before the acknowledgement"
    );
    assert_eq!(anna.get("/api/cameras/settings?box=lobby&camera=door").await.0, 404);
}
