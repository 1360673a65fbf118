//! Two hubs on one PostgreSQL server. On SQLite there is nothing to try: the folder is taken.

use tokio::sync::watch;
use velum_proto::v1::events_client::EventsClient;
use velum_proto::v1::record::End;
use velum_proto::v1::{
    GetStillRequest, Hello, PolicyStatusRequest, SubscribeRequest, SummaryRequest, hub_message,
};

use super::database::is_server;
use super::town::{Conversation, Replica, Town, events, hello, soon};

async fn leading(mut leads: watch::Receiver<bool>) {
    soon("it leads", leads.wait_for(|leads| *leads)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_one_hub_stores_is_told_at_once_to_who_listens_to_the_other() {
    if !is_server() {
        return;
    }
    let town = Town::found().await;
    let other = town.replica("data-2").await;
    let request = SubscribeRequest { after_cursor: Some(0), ..SubscribeRequest::default() };
    let mut there = town.events_of(&other).await.subscribe(request).await.unwrap().into_inner();
    let channel = town.channel(Some(&town.box_named("lobby"))).await.unwrap();
    let (mut conversation, _) = Conversation::greeted(channel, hello(1, 1)).await;
    for first in (1..100).step_by(10) {
        conversation.batch(events(first..=first + 9)).await.unwrap();
    }
    for expected in 1..=100 {
        let record = soon("a record", there.message()).await.unwrap().unwrap();
        assert_eq!(record.record.unwrap().sequence, expected);
    }
    other.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_box_has_one_session_on_all_hubs_and_goes_on_where_it_was() {
    if !is_server() {
        return;
    }
    let town = Town::found().await;
    let other = town.replica("data-2").await;
    let lobby = town.box_named("lobby");
    let (mut here, _) = Conversation::greeted(town.channel(Some(&lobby)).await.unwrap(), hello(1, 1)).await;
    let mut records = events(1..=3);
    let first = super::stills::event(9, true);
    let event_id = first.id.clone();
    records[0].end = Some(End::Event(first));
    here.batch(records).await.unwrap();
    let channel = town.channel_of(&other, &lobby).await;
    let (mut there, acknowledged) = Conversation::greeted(channel, hello(1, 4)).await;
    assert_eq!(acknowledged, 3);
    let ended = soon("the older session ends", here.next()).await.unwrap_err();
    assert!(ended.message().contains("this box connected again"), "{ended}");
    assert_eq!(there.batch(events(3..=5)).await.unwrap(), 5);
    // Both know that it is connected, and the one that it does not talk to says where to ask.
    let is_connected = async |mut of: EventsClient<_>| {
        of.summary(SummaryRequest {}).await.unwrap().into_inner().boxes[0].connected
    };
    assert!(is_connected(town.events().await).await && is_connected(town.events_of(&other).await).await);
    let ask = GetStillRequest {
        event_id,
        purpose: "plaza-safety".to_owned(),
        justification: "who is there".to_owned(),
    };
    let refused = town.stills().await.get(ask).await.unwrap_err();
    assert!(refused.message().contains("talks to the hub"), "{refused}");
    drop(there);
    let gone = async {
        while is_connected(town.events().await).await {
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    };
    soon("both know that it is gone", gone).await;
    other.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_leads_and_the_other_after_it_was_cut_off() {
    if !is_server() {
        return;
    }
    let mut town = Town::found().await;
    leading(town.leads()).await;
    let second: Replica = town.replica("data-2").await;
    assert!(!*second.leads().borrow());
    town.cut_off().await;
    leading(second.leads()).await;
    second.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_policy_that_is_published_on_one_hub_counts_on_the_other() {
    if !is_server() {
        return;
    }
    let town = Town::bare().await;
    let other = town.replica("data-2").await;
    town.publish("1.0.0", &[]).await;
    let mut policy = town.policy_of(&other).await;
    let known = async {
        while policy.status(PolicyStatusRequest {}).await.unwrap().into_inner().policies.is_empty() {
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    };
    soon("the other hub has it", known).await;
    let without = Hello { policy_digest: Vec::new(), ..hello(1, 1) };
    let channel = town.channel_of(&other, &town.box_named("lobby")).await;
    let (mut lobby, _) = Conversation::greeted(channel, without).await;
    let handed = lobby.next().await.unwrap();
    assert!(matches!(handed, Some(hub_message::Message::SignedPolicy(_))), "{handed:?}");
    other.stop().await;
}
