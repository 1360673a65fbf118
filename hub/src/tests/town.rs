//! A hub for one test, its authority, and clients with any certificate. Waiting is on conditions, never on time.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use prost::Message as _;
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer,
    KeyPair, KeyUsagePurpose, SanType,
};
use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;
use tokio_rustls::client::TlsStream;
use tokio_stream::wrappers::ReceiverStream;
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity};
use tonic::{Status, Streaming};
use velum_proto::v1::enrolment_client::EnrolmentClient;
use velum_proto::v1::events_client::EventsClient;
use velum_proto::v1::policy_client::PolicyClient;
use velum_proto::v1::stills_client::StillsClient;
use velum_proto::v1::uplink_client::UplinkClient;
use velum_proto::v1::{
    Ack, Batch, BoxMessage, EnrolmentToken, Event, EventKind, Hello, HubMessage, PublishPolicyRequest,
    Record, Welcome, box_message, hub_message, record::End,
};

use super::browser::Browser;
use super::published::{approvers, released_under, text};
use crate::clock::simulated::SimulatedClock;
use crate::clock::{Clock, SystemClock};
use crate::config::HubConfig;
use crate::identity::{Name, Person};
use crate::policies::tests::Approvers;
use crate::server::{Hub, HubError};
use crate::store::Store;

/// Long enough for a loaded machine; a test that needs it has failed.
const PATIENCE: Duration = Duration::from_secs(60);

/// The recipient of the demonstration's policy.
pub(super) const ROLE: &str = "plaza-steward";

/// Waits for something that must happen.
pub(crate) async fn soon<T>(what: &str, happens: impl Future<Output = T>) -> T {
    match tokio::time::timeout(PATIENCE, happens).await {
        Ok(value) => value,
        Err(_) => panic!("{what}: did not happen"),
    }
}

/// The operator of this name.
pub(super) fn operator(name: &str) -> Person {
    Person::Certificate(Name::parse(name).unwrap())
}

/// A certificate and its key, PEM.
#[derive(Clone)]
pub(super) struct Holder {
    pub(super) certificate: String,
    pub(super) key: String,
}

struct Running {
    stop: oneshot::Sender<()>,
    task: JoinHandle<Result<(), HubError>>,
}

pub(super) struct Town {
    dir: TempDir,
    pub(super) approvers: &'static Approvers,
    issuer: Issuer<'static, KeyPair>,
    pub(super) clock: Arc<SimulatedClock>,
    authority: String,
    address: String,
    enrolment_address: String,
    console_port: u16,
    pub(super) rest_port: u16,
    /// Where metrics are served, if hub.toml says so.
    pub(super) metrics_address: Option<SocketAddr>,
    /// What hub.toml begins with, from the next start on.
    pub(super) settings: String,
    /// The `[[connector]]`s of hub.toml, from the next start on.
    pub(super) connectors: String,
    running: Option<Running>,
    leads: Option<watch::Receiver<bool>>,
}

/// Another hub on the database of a town.
pub(super) struct Replica {
    address: String,
    leads: watch::Receiver<bool>,
    running: Running,
}

impl Replica {
    /// Whether it leads.
    pub(super) fn leads(&self) -> watch::Receiver<bool> {
        self.leads.clone()
    }

    /// Stops it in order.
    pub(super) async fn stop(self) {
        let Running { stop, task } = self.running;
        stop.send(()).unwrap();
        soon("the hub stops", task).await.unwrap().unwrap();
    }
}

impl Town {
    /// A bare town in which the demonstration's policy is published; the operators anna and ben, and the console's
    /// first user, are its stewards.
    pub(super) async fn found() -> Self {
        let town = Self::bare().await;
        town.publish("1.0.0", &[]).await;
        let store = town.store().await;
        for name in ["anna", "ben"] {
            store.give_recipient(&operator(name), ROLE, 1).await.unwrap();
        }
        store.close().await;
        town
    }

    /// An authority, a hub's certificate, and a running hub that knows no policy.
    pub(super) async fn bare() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let (issuer, authority) = new_authority();
        let hub = sign(&issuer, &server_params("localhost"));
        let pki = dir.path().join("pki");
        std::fs::create_dir(&pki).unwrap();
        for (name, text) in [
            ("authority.pem", &authority),
            ("authority.key", &issuer.key().serialize_pem()),
            ("hub.pem", &hub.certificate),
            ("hub.key", &hub.key),
        ] {
            std::fs::write(pki.join(name), text).unwrap();
        }
        let mut town = Self {
            dir,
            approvers: approvers(),
            issuer,
            clock: Arc::new(SimulatedClock::at(SystemClock.unix_ms())),
            authority,
            address: String::new(),
            enrolment_address: String::new(),
            console_port: 0,
            rest_port: 0,
            metrics_address: None,
            settings: String::new(),
            connectors: String::new(),
            running: None,
            leads: None,
        };
        town.start().await;
        town
    }

    /// Publishes the policy in this version, with these edits.
    pub(super) async fn publish(&self, version: &str, edits: &[(&str, &str)]) {
        let policy_json = self.approvers.sign(&text(version, edits), 2);
        let request = PublishPolicyRequest { policy_json, opinion_json: None, check_only: false };
        self.policy().await.publish(request).await.unwrap();
    }

    pub(super) fn config(&self) -> HubConfig {
        let text = "data_dir = \"data\"\npki_dir = \"pki\"\nlisten = \"127.0.0.1:0\"\n\
                    enrolment_listen = \"127.0.0.1:0\"\nrest_listen = \"127.0.0.1:0\"\npublic_host = \"localhost\"\n\
                    [limits]\nmax_message_kib = 1024\nmax_batch_records = 256\n\
                    [stills]\nanswer_limit_secs = 60\nmax_per_operator_per_hour = 3\n\
                    [[stills.purposes]]\nid = \"plaza-safety\"\nwords = \"Safety\"\n\
                    [console]\nlisten = \"127.0.0.1:0\"\n\
                    first_user_recipients = [\"plaza-steward\"]\n\
                    [policy]\napprovers = \"approvers.toml\"\n";
        let database = super::database::toml(&self.data_dir());
        let text = format!("{}{text}{database}{}", self.settings, self.connectors);
        std::fs::write(self.dir.path().join("approvers.toml"), self.approvers.toml()).unwrap();
        let path = self.dir.path().join("hub.toml");
        std::fs::write(&path, text).unwrap();
        HubConfig::read(&path).unwrap()
    }

    pub(super) async fn start(&mut self) {
        let clock = Arc::<SimulatedClock>::clone(&self.clock);
        let hub = Hub::start(&self.config(), clock).await.unwrap();
        self.address = format!("https://localhost:{}", hub.address.port());
        self.enrolment_address = format!("https://localhost:{}", hub.enrolment_address.unwrap().port());
        self.metrics_address = hub.metrics_address;
        self.console_port = hub.console_address.unwrap().port();
        self.rest_port = hub.rest_address.unwrap().port();
        self.leads = Some(hub.store().leads());
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(hub.run_until(async move {
            let _dropped = stopped.await;
        }));
        self.running = Some(Running { stop, task });
    }

    /// Another hub on the same database, with a folder of its own.
    pub(super) async fn replica(&self, folder: &str) -> Replica {
        let config = HubConfig { data_dir: self.dir.path().join(folder), ..self.config() };
        let clock = Arc::<SimulatedClock>::clone(&self.clock);
        let hub = Hub::start(&config, clock).await.unwrap();
        let address = format!("https://localhost:{}", hub.address.port());
        let leads = hub.store().leads();
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(hub.run_until(async move {
            let _dropped = stopped.await;
        }));
        Replica { address, leads, running: Running { stop, task } }
    }

    /// Whether the hub leads those on its database.
    pub(super) fn leads(&self) -> watch::Receiver<bool> {
        self.leads.clone().unwrap()
    }

    /// The hub ends without a word.
    pub(super) async fn cut_off(&mut self) {
        let Running { stop, task } = self.running.take().unwrap();
        task.abort();
        let _cut = task.await;
        drop(stop);
    }

    pub(super) async fn channel_of(&self, replica: &Replica, holder: &Holder) -> Channel {
        self.connect(&replica.address, Some(holder)).await.unwrap()
    }

    pub(super) async fn events_of(&self, replica: &Replica) -> EventsClient<Channel> {
        EventsClient::new(self.channel_of(replica, &self.operator()).await)
    }

    pub(super) async fn policy_of(&self, replica: &Replica) -> PolicyClient<Channel> {
        PolicyClient::new(self.channel_of(replica, &self.operator()).await)
    }

    /// Stops the hub in order; it must not take long, whatever is connected.
    pub(super) async fn stop(&mut self) {
        let Running { stop, task } = self.running.take().unwrap();
        stop.send(()).unwrap();
        soon("the hub stops", task).await.unwrap().unwrap();
    }

    pub(super) fn path(&self) -> &Path {
        self.dir.path()
    }

    pub(super) fn data_dir(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    /// Another process's view of the store, as `velum-hub revoke` and `enroll` have it.
    pub(super) async fn store(&self) -> Store {
        Store::open(&self.config().database).await.unwrap()
    }

    pub(super) fn box_named(&self, name: &str) -> Holder {
        self.holder(&format!("velum:box:{name}:1"))
    }

    pub(super) fn operator(&self) -> Holder {
        self.holder("velum:operator:anna:1")
    }

    pub(super) fn holder(&self, uri: &str) -> Holder {
        sign(&self.issuer, &client_params(uri))
    }

    /// The hub's certificate is one that nears its end.
    pub(super) fn near_the_hubs_end(&self) {
        let mut params = server_params("localhost");
        let day = |secs: i64| rcgen::date_time_ymd(1970, 1, 1) + Duration::from_secs(secs.unsigned_abs());
        let now_secs = self.clock.unix_ms().div_euclid(1_000);
        (params.not_before, params.not_after) = (day(now_secs - 80 * 86_400), day(now_secs + 10 * 86_400));
        let hub = sign(&self.issuer, &params);
        std::fs::write(self.path().join("pki/hub.pem"), hub.certificate).unwrap();
        std::fs::write(self.path().join("pki/hub.key"), hub.key).unwrap();
    }

    /// A certificate of somebody else's authority.
    pub(super) fn stranger(&self) -> Holder {
        let (other, _) = new_authority();
        sign(&other, &client_params("velum:box:lobby:1"))
    }

    pub(super) async fn channel(&self, holder: Option<&Holder>) -> Result<Channel, tonic::transport::Error> {
        self.connect(&self.address, holder).await
    }

    pub(super) async fn events(&self) -> EventsClient<Channel> {
        EventsClient::new(self.channel(Some(&self.operator())).await.unwrap())
    }

    pub(super) async fn stills(&self) -> StillsClient<Channel> {
        StillsClient::new(self.channel(Some(&self.operator())).await.unwrap())
    }

    pub(super) async fn policy(&self) -> PolicyClient<Channel> {
        PolicyClient::new(self.channel(Some(&self.operator())).await.unwrap())
    }

    pub(super) fn browser(&self) -> Browser {
        Browser::new(self.console_port, &self.authority)
    }

    /// A program without gRPC.
    pub(super) fn program(&self, holder: &Holder) -> Browser {
        Browser::with_certificate(self.rest_port, &self.authority, holder)
    }

    pub(super) async fn enrolment(&self) -> EnrolmentClient<Channel> {
        EnrolmentClient::new(self.enrolment_channel().await)
    }

    pub(super) async fn enrolment_channel(&self) -> Channel {
        self.connect(&self.enrolment_address, None).await.unwrap()
    }

    async fn connect(&self, to: &str, holder: Option<&Holder>) -> Result<Channel, tonic::transport::Error> {
        soon("a connection", self.endpoint(to, holder).connect()).await
    }

    /// Of a client that takes little before it has read it.
    pub(super) async fn narrow_channel(&self, holder: &Holder) -> Channel {
        let endpoint = self.endpoint(&self.address, Some(holder));
        let endpoint = endpoint.initial_stream_window_size(16_384).initial_connection_window_size(65_535);
        soon("a connection", endpoint.connect()).await.unwrap()
    }

    fn endpoint(&self, to: &str, holder: Option<&Holder>) -> Endpoint {
        let mut tls = ClientTlsConfig::new().ca_certificate(Certificate::from_pem(&self.authority));
        if let Some(holder) = holder {
            tls = tls.identity(Identity::from_pem(&holder.certificate, &holder.key));
        }
        Endpoint::from_shared(to.to_owned()).unwrap().tls_config(tls).unwrap()
    }

    /// A connection to where boxes are heard, and nothing said on it.
    pub(super) async fn raw(&self, holder: &Holder) -> TlsStream<TcpStream> {
        let port = self.address.rsplit_once(':').unwrap().1.parse().unwrap();
        Browser::with_certificate(port, &self.authority, holder).enter().await.unwrap()
    }

    pub(super) async fn token(&self, name: &str) -> EnrolmentToken {
        let store = self.store().await;
        let authority = crate::tls::authority(&self.config()).unwrap();
        let name = Name::parse(name).unwrap();
        let text =
            crate::enrolment::new_token(&store, &self.config(), &authority, &name, self.clock.unix_ms())
                .await;
        store.close().await;
        let text = text.unwrap();
        let text = text.strip_prefix(velum_proto::ENROLMENT_TOKEN_PREFIX).unwrap();
        EnrolmentToken::decode(BASE64_URL_SAFE_NO_PAD.decode(text).unwrap().as_slice()).unwrap()
    }
}

fn new_authority() -> (Issuer<'static, KeyPair>, String) {
    let key = KeyPair::generate().unwrap();
    let mut params = params("authority");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    let certificate = params.self_signed(&key).unwrap().pem();
    (Issuer::new(params, key), certificate)
}

fn client_params(uri: &str) -> CertificateParams {
    let mut params = params("client");
    params.subject_alt_names = vec![SanType::URI(uri.to_owned().try_into().unwrap())];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    params
}

fn server_params(host: &str) -> CertificateParams {
    let mut params = params("hub");
    params.subject_alt_names = vec![SanType::DnsName(host.try_into().unwrap())];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params
}

/// An authority, and a certificate of it with its key, PEM.
pub(crate) fn server_certificate(host: &str) -> (String, String, String) {
    let (issuer, authority) = new_authority();
    let Holder { certificate, key } = sign(&issuer, &server_params(host));
    (authority, certificate, key)
}

fn params(common_name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, common_name);
    params
}

fn sign(issuer: &Issuer<'static, KeyPair>, params: &CertificateParams) -> Holder {
    let key = KeyPair::generate().unwrap();
    let certificate = params.signed_by(&key, issuer).unwrap().pem();
    Holder { certificate, key: key.serialize_pem() }
}

/// A box's side of the stream.
pub(super) struct Conversation {
    messages: mpsc::Sender<BoxMessage>,
    answers: Streaming<HubMessage>,
}

impl Conversation {
    pub(super) async fn open(channel: Channel, hello: Hello) -> Result<Self, Status> {
        let (messages, stream) = mpsc::channel(64);
        messages.try_send(message(box_message::Message::Hello(hello))).unwrap();
        let call = async { UplinkClient::new(channel).connect(ReceiverStream::new(stream)).await };
        Ok(Self { messages, answers: soon("an answer", call).await?.into_inner() })
    }

    /// Opens, and gives what is acknowledged already.
    pub(super) async fn greeted(channel: Channel, hello: Hello) -> (Self, u64) {
        let mut conversation = Self::open(channel, hello).await.unwrap();
        match conversation.next().await {
            Ok(Some(hub_message::Message::Welcome(Welcome { acknowledged, .. }))) => {
                (conversation, acknowledged)
            }
            other => panic!("expected a welcome, found {other:?}"),
        }
    }

    pub(super) async fn send(&self, what: box_message::Message) {
        // The hub may have closed the stream already; the test sees that in its answers.
        let _sent = self.messages.send(message(what)).await;
    }

    pub(super) async fn batch(&mut self, records: Vec<Record>) -> Result<u64, Status> {
        self.send(box_message::Message::Batch(Batch { records })).await;
        loop {
            match self.next().await? {
                Some(hub_message::Message::Ack(Ack { acknowledged })) => return Ok(acknowledged),
                // Sent again until it is answered.
                Some(hub_message::Message::SuppressionOrder(_) | hub_message::Message::ExerciseOrder(_)) => {}
                other => panic!("expected an acknowledgement, found {other:?}"),
            }
        }
    }

    pub(super) async fn next(&mut self) -> Result<Option<hub_message::Message>, Status> {
        Ok(soon("an answer", self.answers.message()).await?.and_then(|answer| answer.message))
    }
}

fn message(message: box_message::Message) -> BoxMessage {
    BoxMessage { message: Some(message) }
}

pub(super) fn hello(oldest_sequence: u64, next_sequence: u64) -> Hello {
    Hello {
        incarnation: vec![7; 16],
        oldest_sequence,
        next_sequence,
        policy_digest: released_under(),
        model_digests: vec![vec![2; 32]],
        version: "velum-edge 0.1.0".to_owned(),
        policy_id: String::new(),
        understands: vec!["suppressions".to_owned(), "exercises".to_owned()],
        scenarios: Vec::new(),
    }
}

/// A well-formed event whose id follows from its number.
pub(crate) fn event(sequence: u64) -> Record {
    let mut id = vec![0; 8];
    id.extend_from_slice(&sequence.to_be_bytes());
    let event = Event {
        id,
        alert_id: vec![3; 16],
        kind: EventKind::CrowdDensity.into(),
        policy_digest: released_under(),
        ..Event::default()
    };
    Record { sequence, end: Some(End::Event(event)) }
}

pub(super) fn events(sequences: std::ops::RangeInclusive<u64>) -> Vec<Record> {
    sequences.map(event).collect()
}
