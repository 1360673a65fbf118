//! A still, from the operator's question to the box's answer, over real TLS.

use serde_json::json;
use tonic::Code;
use velum_proto::v1::stills_client::StillsClient;
use velum_proto::v1::{
    Event, EventKind, EventState, GetStillRequest, Instant, ListRequest, Record, Still, StillAnswer,
    StillRefused, StillRequest, SubscribeRequest, SummaryRequest, box_message, hub_message, record::End,
    still_answer::Answer,
};

use super::published::released_under;
use super::town::{Conversation, Town, hello};
use crate::stills::least_jpeg;

pub(super) fn event(id: u8, still_may_be_asked_for: bool) -> Event {
    Event {
        id: vec![id; 16],
        alert_id: vec![id; 16],
        kind: EventKind::AbandonedObject.into(),
        state: EventState::Raised.into(),
        camera: Some("plaza-2".to_owned()),
        policy_digest: released_under(),
        still_may_be_asked_for,
        ..Event::default()
    }
}

fn good() -> Still {
    Still {
        jpeg: least_jpeg(640, 360),
        width_px: 640,
        height_px: 360,
        covered_fraction: 0.2,
        policy_digest: vec![1; 32],
        model_digests: vec![vec![2; 32]],
        captured: None,
    }
}

fn ask(id: u8) -> GetStillRequest {
    GetStillRequest {
        event_id: vec![id; 16],
        purpose: "plaza-safety".to_owned(),
        justification: "who left the suitcase?".to_owned(),
    }
}

/// A box with an alert of which a still may be asked for (1) and one without (2).
async fn town_with_box() -> (Town, Conversation) {
    let town = Town::found().await;
    let channel = town.channel(Some(&town.box_named("lobby"))).await.unwrap();
    let (mut lobby, _) = Conversation::greeted(channel, hello(1, 1)).await;
    let record = |sequence, event| Record { sequence, end: Some(End::Event(event)) };
    lobby.batch(vec![record(1, event(1, true)), record(2, event(2, false))]).await.unwrap();
    (town, lobby)
}

async fn asked(lobby: &mut Conversation) -> StillRequest {
    match lobby.next().await.unwrap().unwrap() {
        hub_message::Message::StillRequest(request) => request,
        other => panic!("expected a still request, found {other:?}"),
    }
}

async fn answer(lobby: &Conversation, request_id: &[u8], answer: Answer) {
    let answer = StillAnswer { request_id: request_id.to_vec(), answer: Some(answer) };
    lobby.send(box_message::Message::StillAnswer(answer)).await;
}

/// What the hub says, as (code, message), when the box gives this answer.
async fn outcome(town: &Town, lobby: &mut Conversation, given: Answer) -> Result<Still, (Code, String)> {
    let mut client = town.stills().await;
    let asking = tokio::spawn(async move { client.get(ask(1)).await });
    let request = asked(lobby).await;
    answer(lobby, &request.request_id, given).await;
    let got = asking.await.unwrap();
    got.map(|got| got.into_inner().still.unwrap())
        .map_err(|status| (status.code(), status.message().to_owned()))
}

pub(super) fn audit_text(town: &Town) -> String {
    let files = std::fs::read_dir(town.data_dir().join("audit")).unwrap();
    files.filter_map(|file| std::fs::read_to_string(file.unwrap().path()).ok()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_still_is_logged_asked_for_checked_and_logged_again() {
    let (mut town, mut lobby) = town_with_box().await;
    let mut client = town.stills().await;
    let asking = tokio::spawn(async move { client.get(ask(1)).await });
    let request = asked(&mut lobby).await;
    assert_eq!((request.operator.as_str(), request.purpose.as_str()), ("certificate:anna", "plaza-safety"));
    assert_eq!((request.event_id.as_slice(), request.request_id.len()), ([1; 16].as_slice(), 16));
    let written = audit_text(&town);
    assert!(written.contains("who left the suitcase?"), "before the box knows of it: {written}");
    assert!(!written.contains("\"bytes\""), "{written}");
    answer(&lobby, &[9; 16], Answer::Still(good())).await;
    answer(&lobby, &request.request_id, Answer::Still(good())).await;
    assert_eq!(asking.await.unwrap().unwrap().into_inner().still, Some(good()));
    answer(&lobby, &request.request_id, Answer::Still(good())).await;
    let written = audit_text(&town);
    assert!(written.contains(&hex::encode(&request.request_id)), "{written}");
    assert!(written.contains(&format!("\"bytes\":{}", good().jpeg.len())), "{written}");
    town.stop().await;
    for entry in std::fs::read_dir(town.data_dir()).unwrap() {
        let path = entry.unwrap().path();
        let bytes = std::fs::read(&path).unwrap_or_default();
        let picture = good().jpeg;
        assert!(!bytes.windows(picture.len()).any(|window| window == picture), "{}", path.display());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_box_withholds_or_spoils_is_not_shown() {
    let (mut town, mut lobby) = town_with_box().await;
    let refused = |rule: &str| Answer::Refused(StillRefused { rule: rule.to_owned() });
    let withheld = |rule: &str| Err((Code::PermissionDenied, format!("withheld by rule `{rule}`")));
    assert_eq!(outcome(&town, &mut lobby, refused("verifier")).await, withheld("verifier"));
    assert!(audit_text(&town).contains("verifier"));
    let with_comment = {
        let mut jpeg = good().jpeg;
        jpeg.splice(2..2, [0xff, 0xfe, 0, 4, b'h', b'i']);
        Answer::Still(Still { jpeg, ..good() })
    };
    assert_eq!(outcome(&town, &mut lobby, with_comment).await, withheld("picture_check"));
    let other_size = Answer::Still(Still { width_px: 641, ..good() });
    assert_eq!(outcome(&town, &mut lobby, other_size).await, withheld("picture_check"));
    let (code, text) = outcome_of(&town, ask(1)).await;
    assert_eq!(code, Code::ResourceExhausted, "three an hour: {text}");
    town.clock.advance_ms(3_600_000);
    assert_eq!(outcome(&town, &mut lobby, refused("a\nb")).await, withheld("unnamed"));
    town.stop().await;
}

async fn outcome_of(town: &Town, request: GetStillRequest) -> (Code, String) {
    let status = town.stills().await.get(request).await.unwrap_err();
    (status.code(), status.message().to_owned())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_asked_for_is_told() {
    let (mut town, mut lobby) = town_with_box().await;
    let check = async |request: GetStillRequest, expected: Code, says: &str| {
        let (code, text) = outcome_of(&town, request).await;
        assert!(code == expected && text.contains(says), "{code:?} {text}, expected {expected:?} {says}");
    };
    check(
        GetStillRequest { justification: " ".to_owned(), ..ask(1) },
        Code::InvalidArgument,
        "justification",
    )
    .await;
    check(GetStillRequest { justification: "x".repeat(501), ..ask(1) }, Code::InvalidArgument, "501").await;
    check(GetStillRequest { justification: "a\nb".to_owned(), ..ask(1) }, Code::InvalidArgument, "one line")
        .await;
    let turned = "who\u{202e}?".to_owned();
    check(GetStillRequest { justification: turned, ..ask(1) }, Code::InvalidArgument, "U+202E").await;
    town.clock.advance_ms(3_600_000);
    check(GetStillRequest { purpose: String::new(), ..ask(1) }, Code::InvalidArgument, "purpose").await;
    check(GetStillRequest { purpose: "fun".to_owned(), ..ask(1) }, Code::InvalidArgument, "plaza-safety")
        .await;
    check(ask(7), Code::NotFound, "no such event").await;
    check(ask(2), Code::PermissionDenied, "no_still").await;
    let mut client = town.stills().await;
    let asking = tokio::spawn(async move { client.get(ask(1)).await });
    asked(&mut lobby).await;
    drop(lobby);
    let status = asking.await.unwrap().unwrap_err();
    assert_eq!(
        (status.code(), status.message().contains("`lobby` is not connected")),
        (Code::Unavailable, true)
    );
    let channel = town.channel(Some(&town.box_named("lobby"))).await.unwrap();
    let of_a_box = StillsClient::new(channel).get(ask(1)).await.unwrap_err();
    assert_eq!(of_a_box.code(), Code::PermissionDenied);
    town.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn beside_a_picture_a_recipient_is_told_what_its_fields_have() {
    let (mut town, mut lobby) = town_with_box().await;
    let captured = Some(Instant { unix_ms: 1_000, precision_ms: 1_000 });
    let still = Still { captured, ..good() };
    let given = || Answer::Still(still.clone());
    assert_eq!(outcome(&town, &mut lobby, given()).await, Ok(still.clone()));
    let edits = [
        (
            "fields   = [\"alert_id\", \"site\", \"camera\", \"zone\", \"time\", ",
            "fields   = [\"alert_id\", \"site\", \"camera\", \"zone\", ",
        ),
        (
            "\"still_ref\", \"model_id\", \"policy_digest\"]\nimagery  = true",
            "\"still_ref\"]\nimagery  = true",
        ),
    ];
    town.publish("1.1.0", &edits).await;
    let told = lobby.next().await.unwrap().unwrap();
    assert!(matches!(told, hub_message::Message::SignedPolicy(_)), "the box is told of the policy");
    let bare = Still { captured: None, policy_digest: Vec::new(), model_digests: Vec::new(), ..good() };
    assert_eq!(outcome(&town, &mut lobby, given()).await, Ok(bare));
    town.stop().await;
}

#[tokio::test]
async fn an_event_that_one_may_not_read_is_as_one_that_is_not_there() {
    let (mut town, _lobby) = town_with_box().await;
    let eve = town.holder("velum:operator:eve:1");
    let mut eve = StillsClient::new(town.channel(Some(&eve)).await.unwrap());
    let mut answers = Vec::new();
    for id in [1, 7] {
        let status = eve.get(ask(id)).await.unwrap_err();
        answers.push((status.code(), status.message().to_owned()));
    }
    assert_eq!((answers[0].0, &answers[0]), (Code::NotFound, &answers[1]));
    town.publish("1.1.0", &[("imagery  = true", "imagery  = false")]).await;
    let (code, text) = outcome_of(&town, ask(1)).await;
    assert_eq!(
        (code, text.as_str()),
        (Code::PermissionDenied, "withheld by rule `recipient_imagery`"),
        "who reads it knows of it"
    );
    let log = audit_text(&town);
    for rule in ["no_recipient", "unknown_event"] {
        let told = |line: &&str| line.contains("certificate:eve") && line.contains("denied");
        assert!(log.lines().filter(told).any(|line| line.contains(rule)), "{rule}: {log}");
    }
    town.stop().await;
}

/// No calendar has the time that the clock shows: the audit log refuses every entry.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_the_audit_log_fails_no_box_is_asked_and_nobody_let_in() {
    let (mut town, mut lobby) = town_with_box().await;
    let anna = super::console::first_user(&town).await;
    town.clock.set_ms(-400_000_000_000_000);
    let (code, text) = outcome_of(&town, ask(1)).await;
    assert_eq!((code, text.contains("audit log")), (Code::Unavailable, true), "{text}");
    let mut events = town.events().await;
    for status in [
        events.list(ListRequest::default()).await.unwrap_err(),
        events.subscribe(SubscribeRequest::default()).await.unwrap_err(),
        events.summary(SummaryRequest::default()).await.unwrap_err(),
    ] {
        assert_eq!((status.code(), status.message().contains("audit log")), (Code::Unavailable, true));
    }
    let body =
        json!({ "event_id": hex::encode([1; 16]), "purpose": "plaza-safety", "justification": "why?" });
    assert_eq!(anna.post("/api/still", body).await.1["code"], "not_logged");
    let mut again = town.browser();
    assert_eq!(again.log_in("anna", super::console::PASSWORD).await, 503);
    assert!(again.cookie.is_empty());
    // The next that the box hears is what it is told anyway, and no request.
    let record = Record { sequence: 3, end: Some(End::Event(event(3, true))) };
    assert_eq!(lobby.batch(vec![record]).await.unwrap(), 3);
    town.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_console_shows_what_the_box_releases_and_why_it_does_not() {
    let (mut town, mut lobby) = town_with_box().await;
    let browser = super::console::first_user(&town).await;
    let event_id = hex::encode([1; 16]);
    let body = json!({ "event_id": event_id, "purpose": "plaza-safety", "justification": "who left it?" });
    for (given, status) in [
        (Answer::Still(good()), 200),
        (Answer::Refused(StillRefused { rule: "imagery_egress".to_owned() }), 403),
    ] {
        let asking = browser.post("/api/still", body.clone());
        let answering = async {
            let request = asked(&mut lobby).await;
            assert_eq!(request.operator, "console:anna");
            answer(&lobby, &request.request_id, given).await;
        };
        let ((found, shown), ()) = tokio::join!(asking, answering);
        assert_eq!(found, status);
        match status {
            200 => assert_eq!((&shown["width_px"], &shown["covered_fraction"]), (&json!(640), &json!(0.2))),
            _ => assert_eq!((&shown["code"], &shown["rule"]), (&json!("withheld"), &json!("imagery_egress"))),
        }
    }
    assert!(audit_text(&town).contains("console:anna"));
    town.stop().await;
}
