use tonic::Code;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;
use tonic_reflection::pb::v1::ServerReflectionRequest;
use tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient;
use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;
use tonic_reflection::pb::v1::server_reflection_response::MessageResponse;
use velum_proto::v1::events_client::EventsClient;
use velum_proto::v1::{
    EventKind, Filter, GetStillRequest, ListRequest, StoredRecord, SubscribeRequest, SummaryRequest,
};

use super::stills::audit_text;
use super::town::{Conversation, Town, events, hello, soon};
use crate::identity::Name;

const BATCHES: u64 = 60;
const BATCH: u64 = 20;

fn sequence(record: &StoredRecord) -> u64 {
    record.record.as_ref().map_or(0, |record| record.sequence)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_subscriber_misses_nothing_while_records_arrive() {
    let mut town = Town::found().await;
    let channel = town.channel(Some(&town.box_named("lobby"))).await.unwrap();
    let (mut conversation, _) = Conversation::greeted(channel, hello(1, 1)).await;
    for batch in 0..BATCHES / 2 {
        conversation.batch(events(batch * BATCH + 1..=(batch + 1) * BATCH)).await.unwrap();
    }
    let request = SubscribeRequest { after_cursor: Some(0), ..SubscribeRequest::default() };
    let mut records = town.events().await.subscribe(request).await.unwrap().into_inner();
    let sender = tokio::spawn(async move {
        for batch in BATCHES / 2..BATCHES {
            conversation.batch(events(batch * BATCH + 1..=(batch + 1) * BATCH)).await.unwrap();
        }
        conversation
    });
    let mut cursor = 0;
    for expected in 1..=BATCHES * BATCH {
        let record = soon("a record", records.message()).await.unwrap().unwrap();
        assert_eq!(sequence(&record), expected);
        assert!(record.cursor > cursor);
        cursor = record.cursor;
    }
    let conversation = sender.await.unwrap();
    drop(conversation);
    town.stop().await;
    assert_eq!(soon("the end", records.message()).await.unwrap_err().code(), Code::Unavailable);
}

#[tokio::test]
async fn a_subscription_of_what_is_new_says_where_it_began() {
    let mut town = Town::found().await;
    let channel = town.channel(Some(&town.box_named("lobby"))).await.unwrap();
    let (mut conversation, _) = Conversation::greeted(channel, hello(1, 1)).await;
    conversation.batch(events(1..=3)).await.unwrap();
    let answer = town.events().await.subscribe(SubscribeRequest::default()).await.unwrap();
    assert_eq!(answer.metadata().get("velum-after-cursor").unwrap(), "3");
    conversation.batch(events(4..=4)).await.unwrap();
    let record = soon("a record", answer.into_inner().message()).await.unwrap().unwrap();
    assert_eq!((record.cursor, record.r#box.as_str(), sequence(&record)), (4, "lobby", 4));
    drop(conversation);
    town.stop().await;
}

#[tokio::test]
async fn lists_page_by_page_and_by_filter() {
    let mut town = Town::found().await;
    for name in ["lobby", "yard"] {
        let channel = town.channel(Some(&town.box_named(name))).await.unwrap();
        let (mut conversation, _) = Conversation::greeted(channel, hello(1, 1)).await;
        conversation.batch(events(1..=5)).await.unwrap();
    }
    let mut client = town.events().await;
    let mut cursors = Vec::new();
    let mut after_cursor = Some(0);
    while let Some(after) = after_cursor {
        let request = ListRequest { after_cursor: after, limit: 4, ..ListRequest::default() };
        let page = client.list(request).await.unwrap().into_inner();
        cursors.extend(page.records.iter().map(|record| record.cursor));
        after_cursor = page.next_cursor;
    }
    assert_eq!(cursors, (1..=10).collect::<Vec<u64>>());
    let mut count = async |boxes: &[&str], kinds: &[EventKind]| {
        let filter = Filter {
            boxes: boxes.iter().map(|name| (*name).to_owned()).collect(),
            kinds: kinds.iter().map(|kind| i32::from(*kind)).collect(),
        };
        let request = ListRequest { filter: Some(filter), ..ListRequest::default() };
        client.list(request).await.unwrap().into_inner().records.len()
    };
    assert_eq!(count(&["yard"], &[]).await, 5);
    assert_eq!(count(&["yard", "lobby"], &[EventKind::CrowdDensity]).await, 10);
    assert_eq!(count(&[], &[EventKind::CameraHealth]).await, 0);
    town.stop().await;
}

#[tokio::test]
async fn tells_its_health_and_describes_itself() {
    let mut town = Town::found().await;
    let channel = town.channel(Some(&town.operator())).await.unwrap();
    for service in ["", "velum.v1.Uplink", "velum.v1.Events"] {
        let request = HealthCheckRequest { service: service.to_owned() };
        let answer = HealthClient::new(channel.clone()).check(request).await.unwrap().into_inner();
        assert_eq!(answer.status(), ServingStatus::Serving, "{service}");
    }
    let message_request = Some(MessageRequest::ListServices(String::new()));
    let request = tokio_stream::iter([ServerReflectionRequest { host: String::new(), message_request }]);
    let mut answers =
        ServerReflectionClient::new(channel).server_reflection_info(request).await.unwrap().into_inner();
    let answer = soon("an answer", answers.message()).await.unwrap().unwrap();
    let Some(MessageResponse::ListServicesResponse(list)) = answer.message_response else {
        panic!("{answer:?}")
    };
    let names: Vec<&str> = list.service.iter().map(|service| service.name.as_str()).collect();
    assert!(names.contains(&"velum.v1.Events") && names.contains(&"velum.v1.Uplink"), "{names:?}");
    town.stop().await;
}

#[tokio::test]
async fn whatever_an_operator_looks_at_is_in_the_audit_log() {
    let mut town = Town::found().await;
    let channel = town.channel(Some(&town.box_named("lobby"))).await.unwrap();
    let (mut conversation, _) = Conversation::greeted(channel, hello(1, 1)).await;
    conversation.batch(events(1..=3)).await.unwrap();
    let mut client = town.events().await;
    let logged = |expected: &[&str]| {
        let log = audit_text(&town);
        let found = log.lines().rfind(|line| line.contains("live monitoring")).unwrap_or_default();
        for part in expected.iter().chain(&["certificate:anna", "consultation", "allowed"]) {
            assert!(found.contains(part), "{part}: {found}");
        }
        log.matches("live monitoring").count()
    };
    let filter = Some(Filter { boxes: vec!["lobby".to_owned()], kinds: Vec::new() });
    client.list(ListRequest { after_cursor: 1, filter, ..ListRequest::default() }).await.unwrap();
    logged(&["lists records after cursor 1 of box: lobby, any kind", "\"records\":2"]);
    client.summary(SummaryRequest::default()).await.unwrap();
    logged(&["counts and coverage", "summary"]);
    client.subscribe(SubscribeRequest::default()).await.unwrap();
    assert_eq!(logged(&["follows records after cursor 3 of any box, any kind"]), 3, "one entry a call");
    drop(conversation);
    town.stop().await;
}

#[tokio::test]
async fn a_revoked_operator_is_refused_and_open_subscriptions_end() {
    let mut town = Town::found().await;
    let (mut anna, ben) = (town.events().await, town.holder("velum:operator:ben:1"));
    let mut ben = EventsClient::new(town.channel(Some(&ben)).await.unwrap());
    let mut records = anna.subscribe(SubscribeRequest::default()).await.unwrap().into_inner();
    let store = town.store().await;
    store.revoke_operator(&Name::parse("anna").unwrap(), 1).await.unwrap();
    store.close().await;
    assert_eq!(soon("the end", records.message()).await.unwrap_err().code(), Code::PermissionDenied);
    for status in [
        anna.list(ListRequest::default()).await.unwrap_err(),
        anna.subscribe(SubscribeRequest::default()).await.unwrap_err(),
        anna.summary(SummaryRequest::default()).await.unwrap_err(),
        town.stills().await.get(GetStillRequest::default()).await.unwrap_err(),
    ] {
        assert_eq!(status.code(), Code::PermissionDenied, "{status}");
        assert!(status.message().contains("revoked"), "{status}");
    }
    ben.list(ListRequest::default()).await.unwrap();
    town.stop().await;
}
