//! Clients that have a certificate and mean no good, or are broken: what they cost, and that others notice nothing.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tonic::Code;
use velum_proto::v1::events_client::EventsClient;
use velum_proto::v1::record::End;
use velum_proto::v1::{SubscribeRequest, SummaryRequest};

use super::town::{Conversation, Town, event, events, hello, soon};
use crate::identity::Name;

/// More than a window of HTTP/2 and what the hub keeps ahead for somebody who is slow.
const MANY: u64 = 6_000;
const BATCH: u64 = 200;

async fn is_served(town: &Town) -> bool {
    town.events().await.summary(SummaryRequest {}).await.is_ok()
}

#[tokio::test]
async fn a_message_above_its_limit_ends_its_own_stream_and_nothing_of_it_is_stored() {
    let mut town = Town::found().await;
    let (lobby, yard) = (town.box_named("lobby"), town.box_named("yard"));
    let (mut honest, _) = Conversation::greeted(town.channel(Some(&yard)).await.unwrap(), hello(1, 1)).await;
    let (mut hostile, _) =
        Conversation::greeted(town.channel(Some(&lobby)).await.unwrap(), hello(1, 1)).await;
    let mut huge = event(1);
    if let Some(End::Event(event)) = &mut huge.end {
        event.alert_id = vec![3; 8 << 20];
    }
    let refused = hostile.batch(vec![huge]).await.unwrap_err();
    assert_eq!(refused.code(), Code::OutOfRange, "{refused:?}");
    assert_eq!(honest.batch(events(1..=2)).await.unwrap(), 2);
    let (mut again, acknowledged) =
        Conversation::greeted(town.channel(Some(&lobby)).await.unwrap(), hello(1, 1)).await;
    assert_eq!(acknowledged, 0);
    assert_eq!(again.batch(events(1..=1)).await.unwrap(), 1);
    // A reader's messages are small.
    let request = SubscribeRequest { justification: "x".repeat(128 << 10), ..SubscribeRequest::default() };
    let refused = town.events().await.subscribe(request).await.unwrap_err();
    assert_eq!(refused.code(), Code::OutOfRange, "{refused:?}");
    drop((honest, again, hostile));
    town.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_subscriber_who_never_reads_delays_nobody_and_once_revoked_hears_no_more() {
    let mut town = Town::found().await;
    let channel = town.channel(Some(&town.box_named("lobby"))).await.unwrap();
    let (mut conversation, _) = Conversation::greeted(channel, hello(1, 1)).await;
    let subscribe = async |channel| {
        let request = SubscribeRequest { after_cursor: Some(0), ..SubscribeRequest::default() };
        EventsClient::new(channel).subscribe(request).await.unwrap().into_inner()
    };
    let (anna, ben) = (town.operator(), town.holder("velum:operator:ben:1"));
    let mut asleep = subscribe(town.narrow_channel(&anna).await).await;
    let mut awake = subscribe(town.channel(Some(&ben)).await.unwrap()).await;
    for batch in 0..MANY / BATCH {
        conversation.batch(events(batch * BATCH + 1..=(batch + 1) * BATCH)).await.unwrap();
    }
    for _ in 0..MANY {
        soon("a record", awake.message()).await.unwrap().unwrap();
    }
    let store = town.store().await;
    for name in ["anna", "ben"] {
        store.revoke_operator(&Name::parse(name).unwrap(), 1).await.unwrap();
    }
    store.close().await;
    let ended = soon("the end", awake.message()).await.unwrap_err();
    assert_eq!(ended.code(), Code::PermissionDenied);
    let mut read = 0;
    let ended = loop {
        match soon("a record or the end", asleep.message()).await {
            Ok(Some(_)) => read += 1,
            Ok(None) => panic!("it ends without a word"),
            Err(status) => break status,
        }
    };
    assert_eq!(ended.code(), Code::PermissionDenied);
    assert!(read < MANY / 2, "{read} were told after all");
    assert_eq!(conversation.batch(events(MANY + 1..=MANY + 1)).await.unwrap(), MANY + 1);
    drop(conversation);
    town.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flood_of_resets_reaches_nobody_else() {
    const FLOOD: usize = 20_000;
    let mut town = Town::found().await;
    let stream = town.raw(&town.box_named("lobby")).await;
    let (mut requests, connection) = h2::client::handshake(stream).await.unwrap();
    let driven = tokio::spawn(connection);
    let flooding = tokio::spawn(async move {
        let mut sent = 0;
        while sent < FLOOD {
            let Ok(ready) = requests.ready().await else { break };
            requests = ready;
            let request = axum::http::Request::post("https://localhost/velum.v1.Uplink/Connect")
                .header("content-type", "application/grpc")
                .body(())
                .unwrap();
            let Ok((_, mut stream)) = requests.send_request(request, false) else { break };
            stream.send_reset(h2::Reason::CANCEL);
            sent += 1;
        }
        sent
    });
    let yard = town.box_named("yard");
    let (mut honest, _) = Conversation::greeted(town.channel(Some(&yard)).await.unwrap(), hello(1, 1)).await;
    for sequence in 1..=50 {
        assert_eq!(honest.batch(events(sequence..=sequence)).await.unwrap(), sequence);
    }
    assert!(soon("the flood ends", flooding).await.unwrap() > 0);
    driven.abort();
    assert!(is_served(&town).await);
    drop(honest);
    town.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_head_of_http2_without_end_closes_its_connection() {
    const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";
    /// What one may say before one is turned out.
    const MOST: usize = 4 << 20;
    let mut town = Town::found().await;
    let stream = town.raw(&town.box_named("lobby")).await;
    let (mut reading, mut writing) = tokio::io::split(stream);
    let listening = tokio::spawn(async move { reading.read_to_end(&mut Vec::new()).await.map(drop) });
    // HEADERS of stream 1 and CONTINUATION, none with END_HEADERS: literal fields that are never indexed.
    let field = [b"\x10\x01x\x7f\xfb\x7e".as_slice(), &[b'x'; 16_384 - 6]].concat();
    let frame = |kind: u8| [&[0, 0x40, 0, kind, 0, 0, 0, 0, 1], field.as_slice()].concat();
    let mut said = 0;
    writing.write_all(PREFACE).await.unwrap();
    writing.write_all(&frame(1)).await.unwrap();
    while said < MOST && writing.write_all(&frame(9)).await.is_ok() && writing.flush().await.is_ok() {
        said += 16_384;
        tokio::task::yield_now().await;
    }
    let _closed = soon("the connection is closed", listening).await.unwrap();
    assert!(said < MOST, "{said} bytes of a head were listened to");
    assert!(is_served(&town).await);
    town.stop().await;
}

#[tokio::test]
async fn one_certificate_has_few_connections_and_leaves_those_of_others() {
    let mut town = Town::found().await;
    let lobby = town.box_named("lobby");
    let mut held = Vec::new();
    while held.len() < 16 {
        held.push(Conversation::greeted(town.channel(Some(&lobby)).await.unwrap(), hello(1, 1)).await);
    }
    // Here, too, the client's handshake is done before it hears that there is no place.
    let refused = match town.channel(Some(&lobby)).await {
        Ok(channel) => Conversation::open(channel, hello(1, 1)).await.is_err(),
        Err(_) => true,
    };
    assert!(refused, "its part is taken");
    let yard = town.box_named("yard");
    let (mut honest, _) = Conversation::greeted(town.channel(Some(&yard)).await.unwrap(), hello(1, 1)).await;
    assert_eq!(honest.batch(events(1..=1)).await.unwrap(), 1);
    assert!(is_served(&town).await);
    drop((held, honest));
    town.stop().await;
}
