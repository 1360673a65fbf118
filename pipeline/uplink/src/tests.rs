//! The uplink against a hub in this process, over real TLS on loopback.

mod enrolment;
mod hub;
mod probe;
mod renewal;
mod stills;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{oneshot, watch};
use tokio_stream::wrappers::ReceiverStream;
use tonic::Status;
use velum_outbox::{Entry, Outbox};
use velum_proto::v1::record::End;
use velum_proto::v1::uplink_client::UplinkClient;
use velum_vocab::{Digest, SimulatedClock, Timestamp};

use crate::tls::{Address, Connect};
use crate::{HelloFacts, HubAccess, Settings, Uplink};
use hub::{Behaviour, Hub, Pki};

const NOW: Timestamp = Timestamp::from_unix_secs(1_795_219_200);
const PATIENCE: Duration = Duration::from_secs(30);

struct Box {
    dir: tempfile::TempDir,
    clock: Arc<SimulatedClock>,
    outbox: Arc<Outbox>,
}

impl Box {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let clock = Arc::new(SimulatedClock::at(NOW));
        let outbox = Self::open(dir.path(), &clock);
        Self { dir, clock, outbox }
    }

    fn open(dir: &std::path::Path, clock: &Arc<SimulatedClock>) -> Arc<Outbox> {
        let settings = velum_outbox::Settings { min_free_bytes: 0, ..velum_outbox::Settings::default() };
        let clock = Arc::clone(clock);
        let (outbox, _) = Outbox::open(&dir.join("outbox"), &dir.join("keys"), clock, settings).unwrap();
        Arc::new(outbox)
    }

    /// A clean stop and start on the same folder.
    fn opened_again(self) -> Self {
        let Self { dir, clock, outbox } = self;
        drop(outbox);
        let outbox = Self::open(dir.path(), &clock);
        Self { dir, clock, outbox }
    }

    fn commit(&self, rules: std::ops::RangeInclusive<u64>) {
        let entries = rules.map(|n| Entry::Withheld(format!("rule_{n}"))).collect();
        self.outbox.commit(entries, None).unwrap();
    }

    fn uplink(&self, pki: &Pki, hub: &Hub) -> (Uplink, watch::Sender<HelloFacts>) {
        let access = HubAccess { identity_dir: pki.identity(self.dir.path(), hub), address: None };
        let (facts, said) =
            watch::channel(HelloFacts { version: "0.1.0".to_owned(), ..HelloFacts::default() });
        let settings = Settings {
            batch_records: 4,
            window_records: 8,
            first_backoff: Duration::from_millis(1),
            longest_backoff: Duration::from_millis(20),
            coverage_interval: Duration::from_millis(20),
            ..Settings::default()
        };
        let outbox = Arc::clone(&self.outbox);
        (Uplink::new(outbox, access, said, self.clock.clone(), settings).unwrap(), facts)
    }
}

/// Runs an uplink until it is stopped.
struct Running {
    stop: oneshot::Sender<()>,
    task: tokio::task::JoinHandle<()>,
    facts: watch::Sender<HelloFacts>,
}

impl Running {
    fn start((uplink, facts): (Uplink, watch::Sender<HelloFacts>)) -> Self {
        let (stop, stopped) = oneshot::channel::<()>();
        let task = tokio::spawn(uplink.run(async move {
            let _ = stopped.await;
        }));
        Self { stop, task, facts }
    }

    /// There is something new to say: the box connects again.
    fn facts_changed(&self) {
        self.facts.send_modify(|facts| facts.version.push('x'));
    }

    async fn stop(self) {
        self.stop.send(()).unwrap();
        tokio::time::timeout(PATIENCE, self.task).await.unwrap().unwrap();
    }
}

fn rules(hub: &Hub) -> Vec<String> {
    let rule = |end: &End| match end {
        End::Withheld(withheld) => withheld.rule.clone(),
        End::Lost(lost) => lost.cause.clone(),
        _ => String::new(),
    };
    hub.seen().stored.values().flat_map(BTreeMap::values).map(rule).collect()
}

fn expected(rules: std::ops::RangeInclusive<u64>) -> Vec<String> {
    rules.map(|n| format!("rule_{n}")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn records_arrive_once_in_order_across_lost_connections_and_lost_acknowledgements() {
    let pki = Pki::new();
    let hub = Hub::start(&pki, Behaviour { vanish_every: Some(3), ..Behaviour::default() }).await;
    let edge = Box::new();
    edge.commit(1..=30);
    let running = Running::start(edge.uplink(&pki, &hub));
    hub.until(|seen| seen.acknowledged() >= 30).await;
    edge.commit(31..=60);
    hub.until(|seen| seen.acknowledged() >= 60).await;
    running.stop().await;
    assert_eq!(rules(&hub), expected(1..=60));
    let seen = hub.seen();
    assert!(seen.hellos.len() > 3, "{} connections", seen.hellos.len());
    assert!(seen.duplicates > 0, "a lost acknowledgement was never followed by a second sending");
    assert_eq!(seen.out_of_order, 0);
    assert_eq!(edge.outbox.stats().waiting, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hub_that_acknowledges_late_is_never_sent_more_than_the_window() {
    let pki = Pki::new();
    let hub = Hub::start(&pki, Behaviour { acknowledge_every: 8, ..Behaviour::default() }).await;
    let edge = Box::new();
    edge.commit(1..=40);
    let running = Running::start(edge.uplink(&pki, &hub));
    hub.until(|seen| seen.acknowledged() >= 40).await;
    running.stop().await;
    assert_eq!(rules(&hub), expected(1..=40));
    assert!(hub.seen().most_under_way <= 8, "{}", hub.seen().most_under_way);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_under_way_at_a_shutdown_is_drained() {
    let pki = Pki::new();
    let hub = Hub::start(&pki, Behaviour::default()).await;
    let edge = Box::new();
    let running = Running::start(edge.uplink(&pki, &hub));
    hub.until(|seen| !seen.hellos.is_empty()).await;
    edge.commit(1..=20);
    running.stop().await;
    assert_eq!(rules(&hub), expected(1..=20));
    assert_eq!(edge.outbox.stats().waiting, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn hello_tells_the_incarnation_and_the_new_facts() {
    let pki = Pki::new();
    let hub = Hub::start(&pki, Behaviour::default()).await;
    let edge = Box::new();
    edge.commit(1..=2);
    let (uplink, facts) = edge.uplink(&pki, &hub);
    let mut status = uplink.status();
    let (stop, stopped) = oneshot::channel::<()>();
    let task = tokio::spawn(uplink.run(async move {
        let _ = stopped.await;
    }));
    let both = status.wait_for(|status| status.acknowledged == 2);
    assert_eq!(tokio::time::timeout(PATIENCE, both).await.unwrap().unwrap().connections, 1);
    let digest = Digest::of(b"policy");
    facts.send_modify(|facts| facts.policy_digest = Some(digest));
    hub.until(|seen| seen.hellos.last().is_some_and(|hello| hello.policy_digest == digest.0)).await;
    let hello = hub.seen().hellos.last().unwrap().clone();
    assert_eq!(hello.incarnation, edge.outbox.stats().incarnation.as_bytes());
    assert_eq!((hello.oldest_sequence, hello.next_sequence), (3, 3));
    tokio::time::timeout(PATIENCE, status.wait_for(|status| status.is_connected && status.connections == 2))
        .await
        .unwrap()
        .unwrap();
    stop.send(()).unwrap();
    tokio::time::timeout(PATIENCE, task).await.unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hub_that_knows_later_numbers_gets_a_new_incarnation() {
    let pki = Pki::new();
    let edge = Box::new();
    edge.commit(1..=3);
    let old = *edge.outbox.stats().incarnation.as_bytes();
    let behaviour = Behaviour { ahead: Some((old.to_vec(), 9)), ..Behaviour::default() };
    let hub = Hub::start(&pki, behaviour).await;
    let running = Running::start(edge.uplink(&pki, &hub));
    hub.until(|seen| seen.stored.iter().any(|(id, of)| *id != old && of.len() == 4)).await;
    running.stop().await;
    let new = edge.outbox.stats().incarnation;
    let stored = &hub.seen().stored[&new.as_bytes().to_vec()];
    match &stored[&1] {
        End::Lost(lost) => {
            assert_eq!(lost.incarnation.as_deref(), Some(&old[..]));
            assert_eq!(lost.last_known_sequence, Some(9));
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(rules(&hub)[1..], expected(1..=3));
}

/// The hub holds numbers 1 to 10. The box is set back to number 4 and gives 5 to 16 again, to other events,
/// before it reaches the hub: what the hub acknowledges are not these.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_given_again_after_a_disk_was_set_back_is_not_taken_for_stored() {
    let pki = Pki::new();
    let hub = Hub::start(&pki, Behaviour::default()).await;
    let mut edge = Box::new();
    edge.commit(1..=4);
    let running = Running::start(edge.uplink(&pki, &hub));
    hub.until(|seen| seen.acknowledged() >= 4).await;
    running.stop().await;
    edge = edge.opened_again();
    let earlier = tempfile::tempdir().unwrap();
    copy(edge.dir.path(), earlier.path());
    edge.commit(5..=10);
    let running = Running::start(edge.uplink(&pki, &hub));
    hub.until(|seen| seen.acknowledged() >= 10).await;
    running.stop().await;
    let old = edge.outbox.stats().incarnation.as_bytes().to_vec();

    edge = Box { dir: earlier, ..edge }.opened_again();
    edge.commit(25..=36);
    let running = Running::start(edge.uplink(&pki, &hub));
    hub.until(|seen| seen.stored.iter().any(|(id, of)| *id != old && of.len() >= 13)).await;
    running.stop().await;
    let rule = |end: &End| matches!(end, End::Withheld(withheld) if withheld.rule.starts_with("rule_"));
    let new = edge.outbox.stats().incarnation.as_bytes().to_vec();
    let stored = hub.seen().stored;
    assert_eq!(stored[&new].values().filter(|end| rule(end)).count(), 12);
    assert_eq!((stored[&old].len(), edge.outbox.stats().waiting), (10, 0));
}

fn copy(from: &std::path::Path, to: &std::path::Path) {
    for entry in std::fs::read_dir(from).unwrap() {
        let (path, to) = entry.map(|entry| (entry.path(), to.join(entry.file_name()))).unwrap();
        if path.is_dir() {
            std::fs::create_dir_all(&to).unwrap();
            copy(&path, &to);
        } else {
            std::fs::copy(&path, &to).unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conflict_at_the_hub_begins_a_new_incarnation() {
    let pki = Pki::new();
    let edge = Box::new();
    edge.commit(1..=3);
    let old = edge.outbox.stats().incarnation.as_bytes().to_vec();
    let hub = Hub::start(&pki, Behaviour { conflict: Some(old.clone()), ..Behaviour::default() }).await;
    let running = Running::start(edge.uplink(&pki, &hub));
    hub.until(|seen| seen.stored.iter().any(|(id, of)| *id != old && of.len() == 4)).await;
    running.stop().await;
    assert_eq!(rules(&hub), ["disk_set_back", "rule_1", "rule_2", "rule_3"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_without_a_certificate_is_refused() {
    let pki = Pki::new();
    let hub = Hub::start(&pki, Behaviour::default()).await;
    let address = Address::parse(&hub.address).unwrap();
    let clock = Arc::new(SimulatedClock::at(NOW));
    let connect = Connect::server_only(address, pki.authority_der(), clock).unwrap();
    // With TLS 1.3 the connection itself may succeed; the first call fails.
    if let Ok(channel) = connect.channel(PATIENCE).await {
        let (_messages, none) = tokio::sync::mpsc::channel(1);
        let mut client = UplinkClient::new(channel);
        let answer = client.connect(ReceiverStream::new(none));
        assert!(tokio::time::timeout(PATIENCE, answer).await.unwrap().is_err());
    }
    assert!(hub.seen().hellos.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hub_of_another_authority_or_time_hears_nothing() {
    let pki = Pki::new();
    let hub = Hub::start(&pki, Behaviour::default()).await;
    let before_all_certificates = Timestamp::from_unix_secs(86_400);
    for (authority, time, expected) in [
        (Pki::new(), NOW, "hub certificate not of this authority; "),
        (pki.clone(), before_all_certificates, "hub certificate not valid yet; check this box's clock"),
    ] {
        let edge = Box::new();
        edge.clock.set(time);
        let (uplink, facts) = edge.uplink(&authority, &hub);
        let mut status = uplink.status();
        let running = Running::start((uplink, facts));
        let ended = tokio::time::timeout(PATIENCE, status.wait_for(|status| status.last_end.is_some()));
        let told = ended.await.unwrap().unwrap().last_end.clone().unwrap();
        assert!(told.starts_with(expected), "{told}");
        running.stop().await;
    }
    assert!(hub.seen().hellos.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_box_that_is_enrolled_again_needs_no_restart() {
    let (pki, before) = (Pki::new(), Pki::new());
    let hub = Hub::start(&pki, Behaviour::default()).await;
    let edge = Box::new();
    edge.commit(1..=3);
    // Of an authority that the hub does not know, and that does not know the hub.
    let (uplink, facts) = edge.uplink(&before, &hub);
    let mut status = uplink.status();
    let running = Running::start((uplink, facts));
    let refused = status.wait_for(|status| status.last_end.is_some());
    tokio::time::timeout(PATIENCE, refused).await.unwrap().unwrap();
    pki.identity(edge.dir.path(), &hub);
    hub.until(|seen| seen.acknowledged() >= 3).await;
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_reason_of_a_refusal_is_told_in_own_words() {
    let pki = Pki::new();
    for (status, expected) in [
        (Status::permission_denied("\u{1b}[31m"), "the hub refuses this box: its certificate was revoked"),
        (Status::aborted("x"), "another connection of this box took over; where two boxes share"),
        (Status::unavailable("x"), "the hub takes nothing at the moment"),
    ] {
        let hub = Hub::start(&pki, Behaviour { refuse: Some(status), ..Behaviour::default() }).await;
        let edge = Box::new();
        let (uplink, facts) = edge.uplink(&pki, &hub);
        let mut status = uplink.status();
        let running = Running::start((uplink, facts));
        let ended = tokio::time::timeout(PATIENCE, status.wait_for(|status| status.last_end.is_some()));
        let told = ended.await.unwrap().unwrap().last_end.clone().unwrap();
        assert!(told.starts_with(expected), "{told}");
        running.stop().await;
    }
}
