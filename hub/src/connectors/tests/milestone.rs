//! XProtect's analytics events: by the schema, by HTTP, by HTTPS and bare, and what a server does that is none of ours.

use std::collections::BTreeMap;

use proptest::prelude::*;
use velum_proto::v1::{AbandonedObject, Event, Record, StoredRecord, event::Body, record::End};

use super::super::courier::{Courier, Step};
use super::super::milestone::{Milestone, document};
use super::super::{Message, Outcome, Target as _};
use super::desk::{Desk, config};
use super::event_server::{EventServer, Manner, fault, text_of};
use super::pages::milestone_examples;
use super::receiver::{Answer, Receiver};
use crate::config::{ConnectorConfig, KindConfig, MilestoneConfig, SourceConfig, Transport};

const GUID: &str = "0f5d7b6a-8a3c-4f0e-9d5b-2f1f6a0c9e11";

/// As docs/integration/milestone.md has it.
pub(super) fn example() -> MilestoneConfig {
    MilestoneConfig {
        transport: Transport::Http,
        message_prefix: "Velum".to_owned(),
        cameras: BTreeMap::from([("plaza-2".to_owned(), SourceConfig::Guid(GUID.to_owned()))]),
    }
}

fn connector(address: &str, keys: &str) -> ConnectorConfig {
    let text = format!(
        "[[connector]]\nname = \"vms\"\nkind = \"milestone\"\nrecipient = \"dispatch-system\"\nreason = \"a test\"\n\
         url = \"{address}\"\n{keys}"
    );
    let dir = tempfile::tempdir().unwrap();
    let [config] = config(dir.path(), &text).try_into().unwrap();
    config
}

fn open(config: &ConnectorConfig) -> Milestone {
    let KindConfig::Milestone(milestone) = &config.kind else { panic!("{config:?}") };
    Milestone::open(&config.target, milestone).unwrap()
}

fn target(address: &str, keys: &str) -> Milestone {
    open(&connector(address, &format!("allow_private = true\n{keys}")))
}

fn trial() -> Message {
    Message::Test { id: "7".to_owned(), unix_ms: 0 }
}

#[tokio::test]
async fn every_kind_of_event_is_taken_by_http_and_bare_and_is_what_the_schema_has() {
    let mut server = EventServer::start(&[], Manner::Published).await;
    for scheme in ["http", "tcp"] {
        let mut milestone = target(&format!("{scheme}://localhost:{}", server.port), "");
        for (message, name) in milestone_examples() {
            assert_eq!(milestone.deliver(&message).await, Outcome::Acknowledged, "{scheme} {name}");
            let got = server.got().await;
            assert_eq!(fault(&got), None, "{got}");
            assert_eq!(text_of(&got, "Message").as_deref(), Some(name));
            for picture in ["BoundingBox", "Polygon", "Motion", "Mask", "Snapshot", "Path"] {
                assert!(!got.contains(&format!("<{picture}")), "{picture}: {got}");
            }
        }
    }
}

#[tokio::test]
async fn what_a_server_says_decides_and_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let https = Receiver::start(dir.path(), "xprotect").await;
    let address = format!("https://localhost:{}", https.port);
    let keys = format!("timeout_secs = 1\nca_file = {:?}\n", https.ca_file);
    for (answer, expected) in [
        (Answer::Head("HTTP/1.1 200 OK"), "Acknowledged"),
        (Answer::Head("HTTP/1.1 400 Bad Request"), "Refused(\"the target answered 400"),
        (
            Answer::Head("HTTP/1.1 403 Forbidden"),
            "Failed { reason: \"the server answered 403: is the hub among",
        ),
        (Answer::Head("HTTP/1.1 500 Internal Server Error"), "Failed { reason: \"the target answered 500"),
        (Answer::Silence, "Failed { reason: \"no answer within 1 s"),
        (Answer::Noise, "did not answer in HTTP"),
    ] {
        https.answer([answer.clone()]);
        let found = format!("{:?}", target(&address, &keys).deliver(&trial()).await);
        assert!(found.contains(expected), "{answer:?}: {found}");
    }
    let knows_one = EventServer::start(&["Velum abandoned object"], Manner::Published).await;
    let address = format!("http://localhost:{}", knows_one.port);
    let Outcome::Refused(reason) = target(&address, "").deliver(&trial()).await else { panic!("taken") };
    assert!(reason.contains("knows no analytics event `Velum trial`: add it"), "{reason}");
    let abandoned = &milestone_examples()[0].0;
    assert_eq!(target(&address, "").deliver(abandoned).await, Outcome::Acknowledged);
    let Outcome::Refused(reason) = target(&address, "message_prefix = \"Stad\"\n").deliver(abandoned).await
    else {
        panic!("taken")
    };
    assert!(reason.contains("`Stad abandoned object`"), "{reason}");
}

#[tokio::test]
async fn bare_what_was_not_read_to_its_end_does_not_count_as_taken() {
    for (manner, expected) in
        [(Manner::Silent, "did not close the connection within 1 s"), (Manner::Broken, "broke")]
    {
        let mut server = EventServer::start(&[], manner).await;
        let mut milestone = target(&format!("tcp://127.0.0.1:{}", server.port), "timeout_secs = 1\n");
        let Outcome::Failed { reason, .. } = milestone.deliver(&trial()).await else { panic!("{manner:?}") };
        assert!(reason.contains(expected), "{manner:?}: {reason}");
        assert_eq!(server.try_got(), None);
    }
}

#[tokio::test]
async fn bare_a_server_need_not_say_anything_and_what_it_says_counts() {
    for (words, expected) in [
        ("OK", "Acknowledged"),
        ("Warning: no alarm definition", "Acknowledged"),
        ("HTTP/1.1 200 OK\r\n\r\nOK", "Acknowledged"),
        ("Warning: Event message not known", "Refused(\"the server knows no analytics event `Velum trial`"),
        ("Error: no\x1b such\n thing", "Refused(\"the server did not say OK: Error: no such thing"),
        ("HTTP/1.1 400 Bad Request\r\n\r\n", "Refused(\"the target answered 400 Bad Request"),
        ("HTTP/1.1 500 Oh\r\n\r\n", "Failed { reason: \"the target answered 500"),
    ] {
        let mut server = EventServer::start(&[], Manner::Says(words)).await;
        let mut milestone = target(&format!("tcp://127.0.0.1:{}", server.port), "");
        let found = format!("{:?}", milestone.deliver(&trial()).await);
        assert!(found.starts_with(expected), "{words}: {found}");
        assert_eq!(fault(&server.got().await), None);
    }
}

#[tokio::test]
async fn a_name_in_the_own_network_needs_more_than_that_nothing_is_encrypted() {
    let mut server = EventServer::start(&[], Manner::Published).await;
    let config = connector(&format!("http://localhost:{}", server.port), "allow_unencrypted = true\n");
    let Outcome::Failed { reason, .. } = open(&config).deliver(&trial()).await else { panic!("taken") };
    assert!(reason.contains("`localhost` is not in the open network"), "{reason}");
    assert_eq!(server.try_got(), None);
}

#[tokio::test]
async fn a_courier_hands_events_on_in_order_each_in_the_audit_log_first() {
    let mut server = EventServer::start(&[], Manner::Published).await;
    let desk = Desk::new().await;
    let config = connector(&format!("http://localhost:{}", server.port), "allow_private = true\n");
    let roles = [(config.name.clone(), config.recipient.clone())];
    desk.doors.store.set_connector_roles(&roles, 1).await.unwrap();
    let mut courier = Courier::open(&config, desk.doors.clone(), open(&config)).await.unwrap();
    desk.ingest(desk.events(1..=3)).await;
    while courier.step().await != Step::Idle {}
    for sequence in 1..=3 {
        let id = text_of(&server.got().await, "ID").unwrap();
        assert_eq!(id, format!("00000000-0000-0000-0000-{sequence:012x}"));
    }
    assert_eq!(server.try_got(), None);
    assert_eq!(desk.audit_lines(&["disclosure", "connector:vms", "of its stream by milestone"]), 3);
}

/// Our own cameras by their GUID or address there, others as we call them.
#[test]
fn a_camera_is_named_as_xprotect_knows_it() {
    let abandoned = &milestone_examples()[0].0;
    let check = |cameras: BTreeMap<String, SourceConfig>, name: &str, guid: Option<&str>| {
        let sent = document(abandoned, &MilestoneConfig { cameras, ..example() }, 0).unwrap();
        let (_, source) = sent.split_once("<Source>").unwrap();
        assert!(source.starts_with(&format!("<Name>{name}</Name>")), "{source}");
        assert_eq!(text_of(&sent, "ObjectId").as_deref(), guid);
    };
    check(example().cameras, "plaza-2", Some(GUID));
    let address = SourceConfig::Address("192.0.2.10,1".to_owned());
    check(BTreeMap::from([("plaza-2".to_owned(), address)]), "192.0.2.10,1", None);
    check(BTreeMap::new(), "plaza-2", None);
}

proptest! {
    /// Whatever a site, zone, camera, level or thing is called.
    #[test]
    fn names_do_not_break_out_of_their_elements(names in prop::array::uniform5(any::<String>())) {
        let [site, camera, zone, kind, staged] = names;
        let body = AbandonedObject { object_kind: Some(kind), ..AbandonedObject::default() };
        let event = Event {
            id: vec![1; 16],
            site: Some(site),
            camera: Some(camera),
            zone: Some(zone.clone()),
            staged: Some(staged),
            body: Some(Body::AbandonedObject(body)),
            ..Event::default()
        };
        let record = Record { sequence: 1, end: Some(End::Event(event)) };
        let message = Message::Record(StoredRecord { record: Some(record), ..StoredRecord::default() });
        let sent = document(&message, &example(), 0).unwrap();
        prop_assert_eq!(fault(&sent), None);
        let parsed = roxmltree::Document::parse(&sent).unwrap();
        let rule = parsed.descendants().find(|node| node.tag_name().name() == "Rule").unwrap();
        let read = rule.first_element_child().and_then(|name| name.text()).unwrap_or_default();
        let holds = |c: char| matches!(c, '\t' | '\n' | '\r') || (c >= ' ' && !matches!(c, '\u{fffe}' | '\u{ffff}'));
        let expected: String = zone.chars().map(|c| if holds(c) { c } else { '\u{fffd}' }).collect();
        prop_assert_eq!(read, expected);
    }
}
