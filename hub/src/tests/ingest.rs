use tonic::Code;
use velum_proto::v1::events_client::EventsClient;
use velum_proto::v1::uplink_client::UplinkClient;
use velum_proto::v1::{
    BoxMessage, BoxSummary, CoverageBin, CoverageReport, CoverageState, IncarnationSummary, ListRequest,
    Record, SummaryRequest, Withheld, box_message, record::End,
};

use super::town::{Conversation, Town, event, events, hello, soon};
use crate::config::DatabaseConfig;
use crate::identity::Name;
use crate::server::{Hub, HubError};

async fn summary(town: &Town) -> BoxSummary {
    let answer = town.events().await.summary(SummaryRequest {}).await.unwrap().into_inner();
    answer.boxes.into_iter().next().unwrap()
}

async fn numbers(town: &Town) -> IncarnationSummary {
    summary(town).await.incarnations.into_iter().next().unwrap()
}

async fn stored_sequences(town: &Town) -> Vec<u64> {
    let answer = town.events().await.list(ListRequest::default()).await.unwrap().into_inner();
    answer.records.into_iter().filter_map(|stored| Some(stored.record?.sequence)).collect()
}

#[tokio::test]
async fn stores_before_it_acknowledges_and_takes_duplicates_once() {
    let mut town = Town::found().await;
    let lobby = town.box_named("lobby");
    let (mut conversation, acknowledged) =
        Conversation::greeted(town.channel(Some(&lobby)).await.unwrap(), hello(1, 1)).await;
    assert_eq!(acknowledged, 0);
    assert_eq!(conversation.batch(events(1..=3)).await.unwrap(), 3);
    assert_eq!(conversation.batch(events(2..=4)).await.unwrap(), 4);
    assert_eq!(stored_sequences(&town).await, [1, 2, 3, 4]);
    let found = summary(&town).await;
    assert!(found.connected);
    assert_eq!((found.r#box.as_str(), found.version.as_str()), ("lobby", "velum-edge 0.1.0"));

    // The hub goes and comes back; the box sends again what it is not sure of.
    town.stop().await;
    town.start().await;
    let (mut conversation, acknowledged) =
        Conversation::greeted(town.channel(Some(&lobby)).await.unwrap(), hello(3, 6)).await;
    assert_eq!(acknowledged, 4);
    assert_eq!(conversation.batch(events(3..=5)).await.unwrap(), 5);
    assert_eq!(stored_sequences(&town).await, [1, 2, 3, 4, 5]);
    town.stop().await;
}

#[tokio::test]
async fn a_gap_is_shown_until_it_is_filled() {
    let mut town = Town::found().await;
    let lobby = town.box_named("lobby");
    let channel = town.channel(Some(&lobby)).await.unwrap();
    let (mut conversation, _) = Conversation::greeted(channel, hello(1, 7)).await;
    assert_eq!(conversation.batch(events(1..=2)).await.unwrap(), 2);
    assert_eq!(conversation.batch(events(5..=6)).await.unwrap(), 2);
    let found = numbers(&town).await;
    assert_eq!((found.stored, found.missing, found.highest_sequence), (4, 2, 6));
    assert_eq!(conversation.batch(events(3..=4)).await.unwrap(), 6);
    assert_eq!(numbers(&town).await.missing, 0);
    town.stop().await;
}

#[tokio::test]
async fn what_the_box_no_longer_has_is_shown_as_missing_and_does_not_stall() {
    let mut town = Town::found().await;
    let lobby = town.box_named("lobby");
    let channel = town.channel(Some(&lobby)).await.unwrap();
    let (mut conversation, _) = Conversation::greeted(channel.clone(), hello(1, 4)).await;
    assert_eq!(conversation.batch(events(1..=3)).await.unwrap(), 3);
    drop(conversation);
    // As after a restore of the hub's backup: 4 to 9 were acknowledged and deleted on the box.
    let (mut conversation, acknowledged) = Conversation::greeted(channel, hello(10, 12)).await;
    assert_eq!(acknowledged, 9);
    assert_eq!(conversation.batch(events(10..=11)).await.unwrap(), 11);
    let found = numbers(&town).await;
    assert_eq!((found.stored, found.missing, found.highest_sequence), (5, 6, 11));
    // One of them comes after all.
    assert_eq!(conversation.batch(events(5..=5)).await.unwrap(), 11);
    let found = numbers(&town).await;
    assert_eq!((found.stored, found.missing, found.highest_sequence), (6, 5, 11));
    town.stop().await;
}

#[tokio::test]
async fn every_kind_of_end_is_counted_and_coverage_is_replaced() {
    let mut town = Town::found().await;
    let lobby = town.box_named("lobby");
    let channel = town.channel(Some(&lobby)).await.unwrap();
    let (mut conversation, _) = Conversation::greeted(channel, hello(1, 3)).await;
    let withheld = Record { sequence: 2, end: Some(End::Withheld(Withheld { rule: "schedule".to_owned() })) };
    let hour_unix_secs = crate::clock::Clock::unix_ms(town.clock.as_ref()) / 3_600_000 * 3_600;
    for secs in [10, 20] {
        let bin = CoverageBin {
            camera: "plaza-1".to_owned(),
            hour_unix_secs,
            secs_by_state: [(CoverageState::Analysed.into(), secs)].into(),
            stills_withheld: [("too_dark".to_owned(), secs / 10)].into(),
            ..CoverageBin::default()
        };
        conversation.send(box_message::Message::Coverage(CoverageReport { bins: vec![bin] })).await;
    }
    assert_eq!(conversation.batch(vec![event(1), withheld]).await.unwrap(), 2);
    let found = summary(&town).await;
    let incarnation = found.incarnations.first().unwrap();
    assert_eq!((incarnation.stored, incarnation.withheld), (1, 1));
    let secs: Vec<u32> = found.coverage.iter().flat_map(|bin| bin.secs_by_state.values().copied()).collect();
    assert_eq!(secs, [20]);
    let withheld: Vec<_> = found.coverage.iter().flat_map(|bin| bin.stills_withheld.clone()).collect();
    assert_eq!(withheld, [("too_dark".to_owned(), 2)]);
    town.stop().await;
}

async fn check_refused(records: Vec<Record>, code: Code, text: &str) {
    let mut town = Town::found().await;
    let lobby = town.box_named("lobby");
    let channel = town.channel(Some(&lobby)).await.unwrap();
    let (mut conversation, _) = Conversation::greeted(channel, hello(1, 4)).await;
    assert_eq!(conversation.batch(events(1..=2)).await.unwrap(), 2);
    let status = conversation.batch(records).await.unwrap_err();
    assert_eq!(status.code(), code, "{status}");
    assert!(status.message().contains(text), "`{}` should say `{text}`", status.message());
    assert_eq!(stored_sequences(&town).await, [1, 2], "nothing of a refused batch is stored");
    town.stop().await;
}

#[tokio::test]
async fn refusals_close_the_stream_and_say_why() {
    let mut short_id = event(3);
    if let Some(End::Event(event)) = &mut short_id.end {
        event.id.pop();
    }
    check_refused(vec![short_id], Code::InvalidArgument, "record 3: event.id: expected 16 bytes, found 15")
        .await;
    check_refused(vec![event(3), event(5)], Code::InvalidArgument, "batch: expected number 4, found 5").await;
    check_refused(events(3..=259), Code::InvalidArgument, "expected 1 to 256 records").await;
    let mut other = event(4);
    other.sequence = 2;
    check_refused(vec![other, event(3)], Code::FailedPrecondition, "start a new incarnation").await;
}

#[tokio::test]
async fn the_first_message_is_a_hello_and_only_the_first() {
    let mut town = Town::found().await;
    let channel = town.channel(Some(&town.box_named("lobby"))).await.unwrap();
    let (mut conversation, _) = Conversation::greeted(channel.clone(), hello(1, 1)).await;
    conversation.send(box_message::Message::Hello(hello(1, 1))).await;
    assert_eq!(conversation.next().await.unwrap_err().code(), Code::InvalidArgument);

    let coverage = box_message::Message::Coverage(CoverageReport::default());
    let first = tokio_stream::iter([BoxMessage { message: Some(coverage) }]);
    let mut answers = UplinkClient::new(channel.clone()).connect(first).await.unwrap().into_inner();
    assert_eq!(soon("a refusal", answers.message()).await.unwrap_err().code(), Code::InvalidArgument);

    let mut wrong = Conversation::open(channel, hello(5, 4)).await.unwrap();
    assert_eq!(wrong.next().await.unwrap_err().code(), Code::InvalidArgument);
    town.stop().await;
}

#[tokio::test]
async fn roles_cannot_act_for_each_other() {
    let mut town = Town::found().await;
    let as_box = town.channel(Some(&town.box_named("lobby"))).await.unwrap();
    let status = EventsClient::new(as_box).list(ListRequest::default()).await.unwrap_err();
    assert_eq!(status.code(), Code::PermissionDenied);
    let as_operator = town.channel(Some(&town.operator())).await.unwrap();
    let status = Conversation::open(as_operator, hello(1, 1)).await.err().unwrap();
    assert_eq!(status.code(), Code::PermissionDenied);
    let nobody = town.channel(Some(&town.holder("https://example.org"))).await.unwrap();
    let status = EventsClient::new(nobody).list(ListRequest::default()).await.unwrap_err();
    assert_eq!(status.code(), Code::Unauthenticated);
    town.stop().await;
}

/// With TLS 1.3 a client learns of a refused certificate at its first call, or as it connects.
async fn check_turned_away(town: &Town, holder: Option<&super::town::Holder>) {
    let Ok(channel) = town.channel(holder).await else { return };
    let refused = soon("a refusal", EventsClient::new(channel).list(ListRequest::default())).await;
    assert!(refused.is_err());
}

#[tokio::test]
async fn nobody_comes_in_without_a_certificate_of_our_authority() {
    let mut town = Town::found().await;
    check_turned_away(&town, None).await;
    check_turned_away(&town, Some(&town.stranger())).await;
    town.stop().await;
}

#[tokio::test]
async fn revocation_closes_the_stream_and_keeps_it_closed() {
    let mut town = Town::found().await;
    let channel = town.channel(Some(&town.box_named("lobby"))).await.unwrap();
    let (mut conversation, _) = Conversation::greeted(channel.clone(), hello(1, 1)).await;
    let store = town.store().await;
    assert!(
        store.revoke(&Name::parse("yard").unwrap()).await.unwrap_err().to_string().contains("known: lobby")
    );
    store.revoke(&Name::parse("lobby").unwrap()).await.unwrap();
    assert_eq!(conversation.next().await.unwrap_err().code(), Code::PermissionDenied);
    let status = Conversation::open(channel, hello(1, 1)).await.err().unwrap();
    assert_eq!(status.code(), Code::PermissionDenied);
    // Enrolled anew, it gets a certificate of the next generation.
    let anew = town.channel(Some(&town.holder("velum:box:lobby:2"))).await.unwrap();
    let (conversation, _) = Conversation::greeted(anew, hello(1, 1)).await;
    drop(conversation);
    store.close().await;
    town.stop().await;
}

#[tokio::test]
async fn two_hubs_do_not_share_their_data() {
    let mut town = Town::found().await;
    let clock = std::sync::Arc::<crate::clock::simulated::SimulatedClock>::clone(&town.clock);
    let refused = Hub::start(&town.config(), clock).await.err().unwrap();
    assert!(matches!(refused, HubError::Locked { .. }), "{refused}");
    town.stop().await;
}

#[tokio::test]
async fn a_taken_port_and_a_damaged_store_are_named() {
    let mut town = Town::found().await;
    town.stop().await;
    let start = async |config| {
        let clock = std::sync::Arc::<crate::clock::simulated::SimulatedClock>::clone(&town.clock);
        Hub::start(&config, clock).await.err().unwrap().to_string()
    };
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let mut config = town.config();
    config.listen = taken.local_addr().unwrap();
    let error = start(config).await;
    assert!(error.contains("listen: cannot listen on `127.0.0.1:"), "{error}");

    let mut config = town.config();
    config.data_dir = town.path().join("other");
    config.database = DatabaseConfig::File(config.data_dir.clone());
    std::fs::create_dir(&config.data_dir).unwrap();
    std::fs::write(config.data_dir.join("hub.sqlite"), vec![7_u8; 8_192]).unwrap();
    let error = start(config).await;
    assert!(error.contains("move it aside and restore a backup"), "{error}");

    let mut config = town.config();
    config.certificate = town.path().join("nowhere.pem");
    let error = start(config).await;
    assert!(error.contains("nowhere.pem: no certificate can be read"), "{error}");
}

/// What `velum-edge check` does beside a box that runs.
#[tokio::test]
async fn a_call_without_a_hello_ends_no_session() {
    let mut town = Town::found().await;
    let lobby = town.box_named("lobby");
    let (mut conversation, _) =
        Conversation::greeted(town.channel(Some(&lobby)).await.unwrap(), hello(1, 1)).await;
    let mut asking = UplinkClient::new(town.channel(Some(&lobby)).await.unwrap());
    let answer = soon("an answer", asking.connect(tokio_stream::empty::<BoxMessage>())).await;
    let heard = soon("the end", answer.unwrap().into_inner().message()).await;
    assert_eq!(heard.unwrap(), None);
    assert_eq!(conversation.batch(events(1..=1)).await.unwrap(), 1);
    town.stop().await;
}
