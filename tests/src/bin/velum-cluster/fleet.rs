//! Simulated boxes: each with a certificate of its own, numbers of its own, and a patience that does not end. What a box's
//! uplink does on the line, they do: hello, batches, and again what was not acknowledged.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use rcgen::{CertificateParams, ExtendedKeyUsagePurpose, Issuer, KeyPair, SanType};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::Streaming;
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity};
use velum_proto::v1::record::End;
use velum_proto::v1::uplink_client::UplinkClient;
use velum_proto::v1::{
    Batch, BoxMessage, Event, EventKind, EventState, Hello, HubMessage, Record, box_message, hub_message,
};

use crate::account::{Account, lock};

/// As many as the box's own uplink puts into one message.
const BATCH: usize = 256;
/// So many wait on a box at most before it makes more.
const MOST_WAITING: usize = 1_024;
const BACKOFF: Duration = Duration::from_millis(250);
const PATIENCE: Duration = Duration::from_secs(15);
/// Every so many events one is of an object, and all others of crowds.
const OBJECT_EVERY: u64 = 10;
/// Shorter waits for an acknowledgement are not told of.
const LONG: Duration = Duration::from_millis(100);

/// Where hubs are, and who signs.
pub(crate) struct Line {
    authority: String,
    issuer: Issuer<'static, KeyPair>,
    pub(crate) ports: Vec<u16>,
    pub(crate) policy_digest: Vec<u8>,
}

impl Line {
    /// Of the town's own authority.
    pub(crate) fn open(pki: &Path, ports: Vec<u16>) -> Result<Self> {
        let read = |name: &str| std::fs::read_to_string(pki.join(name)).with_context(|| name.to_owned());
        let authority = read("authority.pem")?;
        let key = KeyPair::from_pem(&read("authority.key")?)?;
        let issuer = Issuer::from_ca_cert_pem(&authority, key)?;
        Ok(Self { authority, issuer, ports, policy_digest: Vec::new() })
    }

    /// A certificate of a box, and its key, PEM.
    fn box_identity(&self, name: &str) -> Result<Identity> {
        let mut params = CertificateParams::default();
        params.subject_alt_names = vec![SanType::URI(format!("velum:box:{name}:1").try_into()?)];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        let key = KeyPair::generate()?;
        let certificate = params.signed_by(&key, &self.issuer)?;
        Ok(Identity::from_pem(certificate.pem(), key.serialize_pem()))
    }

    /// A connection to one of the hubs.
    pub(crate) async fn channel(&self, hub: usize, identity: Identity) -> Result<Channel> {
        let port = self.ports.get(hub % self.ports.len().max(1)).context("a hub")?;
        let authority = Certificate::from_pem(&self.authority);
        let tls = ClientTlsConfig::new().ca_certificate(authority).identity(identity);
        let endpoint = Endpoint::from_shared(format!("https://localhost:{port}"))?.tls_config(tls)?;
        let endpoint = endpoint.connect_timeout(PATIENCE).http2_keep_alive_interval(Duration::from_secs(5));
        Ok(endpoint.keep_alive_timeout(Duration::from_secs(5)).connect().await?)
    }
}

/// How fast boxes make events.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Pace {
    /// As fast as they are taken.
    AsTaken,
    /// So many a second, of all boxes together.
    PerSecond(f64),
}

/// What all boxes share.
pub(crate) struct Fleet {
    pub(crate) line: Line,
    pub(crate) account: Account,
    pub(crate) connected: AtomicUsize,
    /// No more events are made; what waits is handed over.
    pub(crate) is_over: AtomicBool,
    /// Boxes end.
    pub(crate) is_ended: AtomicBool,
    /// When a stream broke, and for how long its box had none.
    outages: std::sync::Mutex<Vec<(Instant, u64)>>,
    /// The middle of each long wait for an acknowledgement, and how long it was.
    waits: std::sync::Mutex<Vec<(Instant, u64)>>,
    prefix: String,
    boxes: usize,
    pace: Pace,
    salt: u64,
    reconnections: AtomicU64,
}

impl Fleet {
    pub(crate) fn new(line: Line, prefix: &str, boxes: usize, pace: Pace, salt: u64) -> Arc<Self> {
        Arc::new(Self {
            line,
            account: Account::of(boxes),
            connected: AtomicUsize::default(),
            is_over: AtomicBool::default(),
            is_ended: AtomicBool::default(),
            outages: std::sync::Mutex::default(),
            waits: std::sync::Mutex::default(),
            prefix: prefix.to_owned(),
            boxes,
            pace,
            salt,
            reconnections: AtomicU64::default(),
        })
    }

    /// The number of a box, by its name.
    pub(crate) fn number(&self, name: &str) -> Option<usize> {
        name.strip_prefix(self.prefix.as_str())?.parse().ok()
    }

    /// How long boxes had no hub, of those whose stream broke in a time; in order.
    pub(crate) fn outages_ms(&self, from: Instant, to: Instant) -> Vec<u64> {
        let all = lock(&self.outages);
        let mut of: Vec<u64> =
            all.iter().filter(|(at, _)| (from..to).contains(at)).map(|(_, ms)| *ms).collect();
        of.sort_unstable();
        of
    }

    /// The longest that a box waited on one stream for an acknowledgement, in a time.
    pub(crate) fn longest_wait_ms(&self, from: Instant, to: Instant) -> Option<u64> {
        let all = lock(&self.waits);
        all.iter().filter(|(at, _)| (from..to).contains(at)).map(|(_, ms)| *ms).max()
    }

    /// Of what was made, alerts of objects.
    pub(crate) fn count_objects(&self) -> u64 {
        self.account.count_made_every(OBJECT_EVERY)
    }

    /// Starts all boxes.
    pub(crate) fn start(self: &Arc<Self>, running: &mut tokio::task::JoinSet<()>) {
        for number in 0..self.boxes {
            running.spawn(Arc::clone(self).run(number));
        }
    }

    /// One box, until the fleet ends.
    async fn run(self: Arc<Self>, number: usize) {
        let Ok(identity) = self.line.box_identity(&format!("{}{number}", self.prefix)) else { return };
        let mut state = OneBox {
            number,
            hub: number,
            made: 0,
            waiting: VecDeque::new(),
            broke: None,
            began: Instant::now(),
        };
        while !self.is_ended.load(Ordering::Relaxed) {
            if let Err(error) = self.converse(&mut state, identity.clone()).await {
                tracing_line(&format!("box {number}: {error:#}"));
            }
            state.broke.get_or_insert_with(Instant::now);
            self.reconnections.fetch_add(1, Ordering::Relaxed);
            // Another hub next time, as a name with several addresses would lead to.
            state.hub = state.hub.wrapping_add(1);
            tokio::time::sleep(BACKOFF).await;
        }
    }

    async fn converse(&self, state: &mut OneBox, identity: Identity) -> Result<()> {
        let channel = self.line.channel(state.hub, identity).await?;
        let (messages, stream) = mpsc::channel(8);
        messages.send(self.hello(state)).await?;
        let mut client = UplinkClient::new(channel);
        let call = client.connect(ReceiverStream::new(stream));
        let mut answers = tokio::time::timeout(PATIENCE, call).await??.into_inner();
        let welcomed = next_acknowledged(&mut answers).await?;
        self.acknowledged(state, welcomed);
        self.connected.fetch_add(1, Ordering::Relaxed);
        let talked = self.talk(state, &messages, &mut answers).await;
        self.connected.fetch_sub(1, Ordering::Relaxed);
        talked
    }

    async fn talk(
        &self,
        state: &mut OneBox,
        messages: &mpsc::Sender<BoxMessage>,
        answers: &mut Streaming<HubMessage>,
    ) -> Result<()> {
        while !self.is_ended.load(Ordering::Relaxed) {
            self.make(state);
            if state.waiting.is_empty() {
                tokio::time::sleep(Duration::from_millis(5)).await;
                continue;
            }
            let records = state.waiting.iter().take(BATCH).cloned().collect();
            let sent = Instant::now();
            messages.send(message(box_message::Message::Batch(Batch { records }))).await?;
            let acknowledged = next_acknowledged(answers).await?;
            self.waited(sent);
            self.acknowledged(state, acknowledged);
        }
        Ok(())
    }

    fn waited(&self, since: Instant) {
        let waited = since.elapsed();
        if waited >= LONG {
            let ms = u64::try_from(waited.as_millis()).unwrap_or(u64::MAX);
            lock(&self.waits).push((since + waited / 2, ms));
        }
    }

    fn acknowledged(&self, state: &mut OneBox, up_to: u64) {
        while state.waiting.front().is_some_and(|record| record.sequence <= up_to) {
            state.waiting.pop_front();
            self.account.acknowledged.fetch_add(1, Ordering::Relaxed);
        }
        if let Some(broke) = state.broke.take() {
            let ms = u64::try_from(broke.elapsed().as_millis()).unwrap_or(u64::MAX);
            lock(&self.outages).push((broke, ms));
        }
    }

    /// Makes what is due.
    fn make(&self, state: &mut OneBox) {
        if self.is_over.load(Ordering::Relaxed) {
            return;
        }
        let due = match self.pace {
            Pace::AsTaken => state.made + BATCH.saturating_sub(state.waiting.len()) as u64,
            Pace::PerSecond(all) => (state.began.elapsed().as_secs_f64() * all / self.boxes as f64) as u64,
        };
        while state.made < due && state.waiting.len() < MOST_WAITING {
            state.made += 1;
            self.account.made(state.number);
            state.waiting.push_back(self.record(state.number, state.made));
        }
    }

    fn record(&self, number: usize, sequence: u64) -> Record {
        let id = [(number as u64 ^ self.salt).to_be_bytes(), sequence.to_be_bytes()].concat();
        let is_object = sequence.is_multiple_of(OBJECT_EVERY);
        let kind = if is_object { EventKind::AbandonedObject } else { EventKind::CrowdDensity };
        let event = Event {
            alert_id: id.clone(),
            id,
            kind: kind.into(),
            state: EventState::Raised.into(),
            site: Some("plaza".to_owned()),
            camera: Some("plaza-1".to_owned()),
            zone: Some("ramp".to_owned()),
            policy_digest: self.line.policy_digest.clone(),
            ..Event::default()
        };
        Record { sequence, end: Some(End::Event(event)) }
    }

    fn hello(&self, state: &OneBox) -> BoxMessage {
        let next = state.made.saturating_add(1);
        let incarnation = [(state.number as u64).to_be_bytes(), self.salt.to_be_bytes()].concat();
        message(box_message::Message::Hello(Hello {
            incarnation,
            oldest_sequence: state.waiting.front().map_or(next, |record| record.sequence),
            next_sequence: next,
            policy_digest: self.line.policy_digest.clone(),
            version: "velum-cluster".to_owned(),
            ..Hello::default()
        }))
    }
}

struct OneBox {
    number: usize,
    hub: usize,
    made: u64,
    /// Made and not acknowledged.
    waiting: VecDeque<Record>,
    broke: Option<Instant>,
    began: Instant,
}

fn message(message: box_message::Message) -> BoxMessage {
    BoxMessage { message: Some(message) }
}

async fn next_acknowledged(answers: &mut Streaming<HubMessage>) -> Result<u64> {
    loop {
        let answer = tokio::time::timeout(PATIENCE, answers.message()).await.context("no answer")??;
        match answer.context("the stream ended")?.message {
            Some(hub_message::Message::Ack(ack)) => return Ok(ack.acknowledged),
            Some(hub_message::Message::Welcome(welcome)) => return Ok(welcome.acknowledged),
            _ => {}
        }
    }
}

/// To the log of this program, where somebody looks for why.
fn tracing_line(line: &str) {
    use std::io::Write as _;
    if std::env::var_os("VELUM_CLUSTER_VERBOSE").is_some() {
        // Nobody is left to tell if this fails.
        let _told = writeln!(std::io::stderr(), "{line}");
    }
}
