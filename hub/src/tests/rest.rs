//! Programs without gRPC: what they are told, and that it is what gRPC tells.

use serde_json::{Value, json};

use super::town::{Conversation, Holder, Town, events, hello};

/// A town whose box has told these events.
async fn told(sequences: std::ops::RangeInclusive<u64>) -> (Town, Conversation) {
    let town = Town::found().await;
    let lobby = town.box_named("lobby");
    let (mut conversation, _) =
        Conversation::greeted(town.channel(Some(&lobby)).await.unwrap(), hello(1, 1)).await;
    let last = *sequences.end();
    assert_eq!(conversation.batch(events(sequences)).await.unwrap(), last);
    (town, conversation)
}

fn sequences(of: &Value) -> Vec<u64> {
    of.as_array().unwrap().iter().map(|event| event["data"]["sequence"].as_u64().unwrap()).collect()
}

#[tokio::test]
async fn a_page_has_the_events_as_connectors_tell_them_and_what_comes_next() {
    let (mut town, _conversation) = told(1..=3).await;
    let anna = town.program(&town.operator());
    let (status, page) = anna.get("/v1/events?limit=2&purpose=plaza-safety").await;
    assert_eq!((status, sequences(&page["events"])), (200, vec![1, 2]), "{page}");
    let first = &page["events"][0];
    assert_eq!((&first["specversion"], &first["source"]), (&json!("1.0"), &json!("//localhost")));
    assert_eq!(first["id"], json!(format!("lobby/{}/1", hex::encode([7; 16]))));
    let (status, page) = anna.get(&format!("/v1/events?after={}", page["next"])).await;
    assert_eq!((status, sequences(&page["events"]), &page["next"]), (200, vec![3], &Value::Null));
    let (status, page) = anna.get("/v1/events?box=yard").await;
    assert_eq!((status, &page["events"]), (200, &json!([])));
    let (status, boxes) = anna.get("/v1/boxes").await;
    assert_eq!((status, &boxes["boxes"][0]["numbers"]["stored"]), (200, &json!(3)), "{boxes}");
    let (status, described) = anna.get("/v1/openapi.json").await;
    assert_eq!((status, &described["openapi"]), (200, &json!("3.1.0")));
    let answer = anna.ask("GET", "/v1/events", "").await;
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    town.stop().await;
}

#[tokio::test]
async fn a_stream_goes_on_where_the_program_was_and_ends_with_the_hub() {
    let (mut town, mut conversation) = told(1..=3).await;
    let anna = town.program(&town.operator());
    let mut stream = anna.ask("GET", "/v1/events/stream?after=1", "").await;
    assert_eq!((stream.status, stream.header("content-type")), (200, Some("text/event-stream")));
    assert_eq!(stream.header("velum-after-cursor"), Some("1"));
    for expected in [2, 3] {
        let event = stream.event("velum.event.crowd_density").await.unwrap();
        assert_eq!(event["data"]["sequence"], expected, "{event}");
    }
    assert_eq!(conversation.batch(events(4..=4)).await.unwrap(), 4);
    let event = stream.event("velum.event.crowd_density").await.unwrap();
    assert_eq!(event["data"]["sequence"], 4);

    let mut again = anna.ask_with("/v1/events/stream?after=1", "last-event-id: 3\r\n").await;
    let event = again.event("velum.event.crowd_density").await.unwrap();
    assert_eq!(event["data"]["sequence"], 4, "what it saw last counts more");
    let mut reviewed = anna.ask("GET", "/v1/reviewed/stream?after=0", "").await;
    assert_eq!(reviewed.status, 200);
    town.stop().await;
    for stream in [&mut stream, &mut reviewed] {
        assert_eq!(stream.event("ended").await.unwrap()["status"], 503);
    }
}

#[tokio::test]
async fn who_may_not_and_what_cannot_be_is_told_in_words() {
    let (mut town, _conversation) = told(1..=1).await;
    let refused = async |holder: &Holder, path: &str, expected: u16, words: &str| {
        let (status, problem) = town.program(holder).get(path).await;
        assert_eq!((status, &problem["status"]), (expected, &json!(expected)), "{path}: {problem}");
        assert!(problem["detail"].as_str().unwrap().contains(words), "{path}: {problem}");
    };
    let anna = town.operator();
    refused(&anna, "/v1/events?afer=1", 400, "afer").await;
    refused(&anna, "/v1/events?after=-1", 400, "after").await;
    refused(&anna, "/v1/events?kind=bag", 400, "abandoned_object").await;
    let (status, page) = town.program(&anna).get("/v1/events?purpose=marketing").await;
    assert_eq!((status, &page["held_back"]["held"][0]["rule"]), (200, &json!("recipient_purpose")), "{page}");
    refused(&anna, "/v1/boxes?x=1", 400, "x").await;
    refused(&anna, "/v1/nothing", 404, "openapi.json").await;
    refused(&town.box_named("lobby"), "/v1/events", 403, "for the role operator").await;
    refused(&town.box_named("lobby"), "/v1/events/stream", 403, "for the role operator").await;
    refused(&town.holder("https://example.org"), "/v1/boxes", 401, "names nobody").await;
    let answer = town.program(&anna).ask("POST", "/v1/events", "{}").await;
    assert_eq!(answer.status, 405);
    let bad = town.program(&anna).ask_with("/v1/events/stream", "last-event-id: x\r\n").await;
    assert_eq!(bad.status, 400);

    let (status, page) = town.program(&town.holder("velum:operator:carl:1")).get("/v1/events").await;
    assert_eq!((status, &page["events"]), (200, &json!([])), "carl is no recipient");
    assert_eq!(page["held_back"]["held"][0]["events"], 0, "nor is told how much there is: {page}");

    let store = town.store().await;
    store.revoke_operator(&crate::identity::Name::parse("anna").unwrap(), 1).await.unwrap();
    store.close().await;
    refused(&anna, "/v1/events", 403, "revoked").await;
    town.stop().await;
}
