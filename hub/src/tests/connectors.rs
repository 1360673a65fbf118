//! Connectors of a running hub: a target that answers badly beside one that does not, and a hub that ends in between.

use std::path::Path;

use clap::Parser as _;
use velum_proto::v1::{Hello, Record, StoredRecord, SubscribeRequest, record::End};

use super::published::{digest, text};
use super::stills::audit_text;
use super::town::{self, Conversation, ROLE, Town, hello, operator, soon};
use crate::connectors::tests::desk::RECIPIENT;
use crate::connectors::tests::receiver::{Answer, Got, Receiver};
use crate::identity::Name;

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

fn connector(name: &str, of: &Receiver) -> String {
    format!(
        "[[connector]]\nname = \"{name}\"\nkind = \"webhook\"\nrecipient = \"dispatch-system\"\nreason = \"a test\"\n\
         url = \"https://localhost:{}/{name}\"\nca_file = {:?}\nsecret_file = \"secret\"\nallow_private = true\n\
         timeout_secs = 60\n",
        of.port, of.ca_file
    )
}

/// A town whose policy has the machines' recipient, with these connectors; and a box that is heard.
async fn town_with(connectors: &str) -> (Town, Conversation) {
    let mut town = Town::bare().await;
    town.publish("1.0.0", &[RECIPIENT]).await;
    let store = town.store().await;
    store.give_recipient(&operator("anna"), ROLE, 1).await.unwrap();
    store.close().await;
    write_secret(town.path());
    town.stop().await;
    town.connectors = connectors.to_owned();
    town.start().await;
    let lobby = box_of(&town).await;
    (town, lobby)
}

fn write_secret(dir: &Path) {
    crate::connectors::tests::write_secret(&dir.join("secret"), SECRET);
}

async fn box_of(town: &Town) -> Conversation {
    let channel = town.channel(Some(&town.box_named("lobby"))).await.unwrap();
    let hello = Hello { policy_digest: released_under(), ..hello(1, 1) };
    Conversation::greeted(channel, hello).await.0
}

fn released_under() -> Vec<u8> {
    digest(&text("1.0.0", &[RECIPIENT])).to_vec()
}

/// Of that policy.
fn events(sequences: std::ops::RangeInclusive<u64>) -> Vec<Record> {
    let mut records = town::events(sequences);
    for record in &mut records {
        if let Some(End::Event(event)) = &mut record.end {
            event.policy_digest = released_under();
        }
    }
    records
}

/// `velum-hub connector` with these words, as somebody types them.
async fn command(town: &Town, words: &[&str]) -> anyhow::Result<()> {
    let config = town.path().join("hub.toml").display().to_string();
    let line = [&["velum-hub", "connector"], words, &["--config", &config]].concat();
    match crate::Arguments::try_parse_from(line).unwrap().command {
        crate::Command::Connector { command } => crate::connectors::run(command).await,
        other => panic!("{other:?}"),
    }
}

fn sequence(got: &Got) -> u64 {
    let body: serde_json::Value = serde_json::from_str(&got.body).unwrap();
    body["data"]["sequence"].as_u64().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_target_that_is_silent_delays_no_other_nor_subscribers_nor_boxes() {
    let dir = tempfile::tempdir().unwrap();
    let (mut silent, mut good) =
        (Receiver::start(dir.path(), "silent").await, Receiver::start(dir.path(), "good").await);
    silent.answer(std::iter::repeat_n(Answer::Silence, 100));
    let connectors = format!("{}{}", connector("silent", &silent), connector("good", &good));
    let (mut town, mut lobby) = town_with(&connectors).await;
    let mut records = town.events().await.subscribe(SubscribeRequest::default()).await.unwrap().into_inner();
    assert_eq!(lobby.batch(events(1..=20)).await.unwrap(), 20);
    assert_eq!(sequence(&soon("the silent one is asked", silent.got()).await), 1);
    for expected in 1..=20 {
        assert_eq!(sequence(&soon("the good one is sent all", good.got()).await), expected);
        let told: StoredRecord = soon("a subscriber is told", records.message()).await.unwrap().unwrap();
        assert_eq!(told.record.unwrap().sequence, expected);
    }
    assert!(silent.try_got().is_none(), "nothing overtakes what is not acknowledged");
    let log = audit_text(&town);
    for who in ["connector:silent", "connector:good"] {
        let given =
            log.lines().any(|line| line.contains(who) && line.contains("may read what the policy gives"));
        assert!(given, "{who} has no role in the audit log");
    }
    drop(lobby);
    town.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_sent_and_not_acknowledged_when_the_hub_ended_is_sent_again_and_nothing_is_lost() {
    let dir = tempfile::tempdir().unwrap();
    let mut target = Receiver::start(dir.path(), "target").await;
    let (mut town, mut lobby) = town_with(&connector("dispatch", &target)).await;
    target.answer([Answer::Head("HTTP/1.1 200 OK"), Answer::Silence]);
    lobby.batch(events(1..=4)).await.unwrap();
    let first = soon("the first", target.got()).await;
    let second = soon("the second", target.got()).await;
    assert_eq!((sequence(&first), sequence(&second)), (1, 2));
    drop(lobby);
    town.stop().await;
    town.start().await;
    let again = soon("the second again", target.got()).await;
    assert_eq!(again.headers["webhook-id"], second.headers["webhook-id"], "the same id");
    for expected in 3..=4 {
        assert_eq!(sequence(&soon("the rest", target.got()).await), expected);
    }
    town.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dead_letters_are_listed_and_replayed_by_another_process_and_roles_go_with_hub_toml() {
    let dir = tempfile::tempdir().unwrap();
    let mut target = Receiver::start(dir.path(), "target").await;
    let (mut town, mut lobby) = town_with(&connector("dispatch", &target)).await;
    target.answer([Answer::Head("HTTP/1.1 400 Bad Request")]);
    lobby.batch(events(1..=1)).await.unwrap();
    soon("the first", target.got()).await;
    let (store, name) = (town.store().await, Name::parse("dispatch").unwrap());
    let listed = async {
        while store.dead_letters(&name).await.unwrap().is_empty() {
            tokio::task::yield_now().await;
        }
    };
    soon("the dead letter", listed).await;
    command(&town, &["list"]).await.unwrap();
    command(&town, &["dead", "dispatch"]).await.unwrap();
    let error = command(&town, &["replay", "dispatch", "7"]).await.unwrap_err().to_string();
    assert!(error.contains("has no dead letter 7"), "{error}");
    command(&town, &["replay", "dispatch", "1"]).await.unwrap();
    assert_eq!(sequence(&soon("the first again", target.got()).await), 1);
    command(&town, &["test", "dispatch"]).await.unwrap();
    assert!(soon("the trial", target.got()).await.headers["webhook-id"].starts_with("test/"));
    target.answer([Answer::Head("HTTP/1.1 403 Forbidden")]);
    let error = command(&town, &["test", "dispatch"]).await.unwrap_err().to_string();
    assert!(error.contains("refuses it for good: the target answered 403"), "{error}");
    let error = command(&town, &["test", "nobody"]).await.unwrap_err().to_string();
    assert!(error.contains("no [[connector]] `nobody`") && error.contains("known: dispatch"), "{error}");
    drop(lobby);
    town.stop().await;
    town.connectors = String::new();
    town.start().await;
    let left = store.recipients().await.unwrap();
    assert!(left.iter().all(|(person, _)| !person.starts_with("connector:")), "{left:?}");
    store.close().await;
    town.stop().await;
}
