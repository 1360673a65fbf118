//! A policy, from the operator who publishes it to the boxes that run it, over real TLS.

use tonic::Code;
use velum_proto::v1::policy_receipt::Outcome;
use velum_proto::v1::{
    Hello, PolicyReceipt, PolicyStatusRequest, PolicyStatusResponse, PublishPolicyRequest, SignedPolicy,
    box_message, hub_message,
};

use super::town::{Conversation, Town, hello};
use crate::policies::tests::STRICTER;

const ID: &str = "zz.port-velum.demo";

fn request(policy_json: String) -> PublishPolicyRequest {
    PublishPolicyRequest { policy_json, opinion_json: None, check_only: false }
}

async fn publish(town: &Town, version: &str, edits: &[(&str, &str)]) -> Vec<u8> {
    let json = town.approvers.sign(&town.approvers.text(version, edits), 2);
    let answer = town.policy().await.publish(request(json)).await.unwrap().into_inner();
    answer.policy.unwrap().digest
}

async fn connect(town: &Town, name: &str, policy_digest: &[u8]) -> Conversation {
    let channel = town.channel(Some(&town.box_named(name))).await.unwrap();
    let hello = Hello { policy_id: ID.to_owned(), policy_digest: policy_digest.to_vec(), ..hello(1, 1) };
    Conversation::greeted(channel, hello).await.0
}

async fn handed(conversation: &mut Conversation) -> SignedPolicy {
    match conversation.next().await.unwrap().unwrap() {
        hub_message::Message::SignedPolicy(policy) => policy,
        other => panic!("expected a policy, found {other:?}"),
    }
}

async fn say(conversation: &Conversation, digest: &[u8], outcome: Outcome, reason: &str) {
    let receipt =
        PolicyReceipt { digest: digest.to_vec(), outcome: outcome.into(), reason: reason.to_owned() };
    conversation.send(box_message::Message::PolicyReceipt(receipt)).await;
}

async fn status(town: &Town) -> PolicyStatusResponse {
    town.policy().await.status(PolicyStatusRequest {}).await.unwrap().into_inner()
}

#[tokio::test]
async fn a_published_policy_reaches_boxes_that_are_there_and_those_that_come_later() {
    let mut town = Town::bare().await;
    let mut lobby = connect(&town, "lobby", b"").await;
    let first = publish(&town, "1.0.0", &[]).await;
    assert_eq!(handed(&mut lobby).await.digest, first);
    let second = publish(&town, "1.1.0", &[STRICTER]).await;
    say(&lobby, &first, Outcome::InForce, "").await;
    let policy = handed(&mut lobby).await;
    assert_eq!(policy.digest, second, "the next version, once the one before is taken");
    assert!(policy.policy_json.contains("payload"));
    say(&lobby, &second, Outcome::Refused, "no room on the disk").await;
    let third = publish(&town, "1.2.0", &[STRICTER]).await;
    assert_eq!(handed(&mut lobby).await.digest, third, "what is refused is in nobody's way");
    say(&lobby, &third, Outcome::Refused, "no room on the disk").await;
    // Whatever came before is done once this is answered.
    lobby.batch(super::town::events(1..=1)).await.unwrap();
    let told = status(&town).await;
    assert_eq!(
        told.policies.iter().map(|one| one.version.as_str()).collect::<Vec<_>>(),
        ["1.2.0", "1.1.0", "1.0.0"]
    );
    let row = &told.boxes[0];
    assert_eq!((row.r#box.as_str(), row.policy_id.as_str(), row.is_connected), ("lobby", ID, true));
    assert_eq!((row.offered_digest.clone(), row.outcome()), (third, Outcome::Refused));
    assert_eq!(row.reason, "no room on the disk");

    town.stop().await;
    town.start().await;
    let mut yard = connect(&town, "yard", &first).await;
    assert_eq!(handed(&mut yard).await.digest, second, "also after a restart of the hub");
    let told = status(&town).await;
    assert!(!told.boxes[0].is_connected && told.boxes[1].is_connected);
    assert_eq!(told.boxes[1].outcome(), Outcome::Unspecified, "it has not answered yet");
}

#[tokio::test]
async fn only_operators_publish_and_what_is_refused_says_why() {
    let town = Town::bare().await;
    let json = town.approvers.sign(&town.approvers.text("1.0.0", &[]), 1);
    let refused = town.policy().await.publish(request(json.clone())).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    assert!(refused.message().contains("2 approvers must sign, found 1"), "{}", refused.message());
    let channel = town.channel(Some(&town.box_named("lobby"))).await.unwrap();
    let mut of_box = velum_proto::v1::policy_client::PolicyClient::new(channel);
    assert_eq!(of_box.publish(request(json)).await.unwrap_err().code(), Code::PermissionDenied);
    let good = town.approvers.sign(&town.approvers.text("1.0.0", &[]), 2);
    let only_asked = PublishPolicyRequest { check_only: true, ..request(good) };
    let answer = town.policy().await.publish(only_asked).await.unwrap().into_inner();
    assert_eq!(answer.policy.unwrap().change, "first");
    assert_eq!(status(&town).await.policies, []);
}

#[tokio::test]
async fn a_receipt_that_is_none_ends_the_stream() {
    let town = Town::bare().await;
    let mut lobby = connect(&town, "lobby", b"").await;
    say(&lobby, b"short", Outcome::InForce, "").await;
    let ended = lobby.next().await.unwrap_err();
    assert_eq!(ended.code(), Code::InvalidArgument);
    assert!(ended.message().contains("policy_receipt.digest"), "{}", ended.message());
}
