//! A hub that keeps what it hears, and misbehaves as told.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, CertificateSigningRequestParams, DnType, IsCa, Issuer, KeyPair,
};
use rustls::pki_types::{CertificateDer, CertificateSigningRequestDer};
use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};
use tokio_stream::wrappers::{ReceiverStream, TcpListenerStream};
use tokio_stream::{Stream, StreamExt};
use tonic::transport::{Certificate, Server, ServerTlsConfig};
use tonic::{Request, Response, Status, Streaming};
use velum_proto::v1::record::End;
use velum_proto::v1::uplink_server::{Uplink, UplinkServer};
use velum_proto::v1::{
    Ack, BoxMessage, Hello, HubMessage, Record, RenewRequest, RenewResponse, StillAnswer, StillRequest,
    Welcome, box_message, hub_message,
};

use super::PATIENCE;

/// An authority, and what it signed.
#[derive(Clone)]
pub(crate) struct Pki {
    pub(crate) authority_pem: String,
    authority_key: String,
}

impl Pki {
    pub(crate) fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, "test authority");
        let authority_pem = params.self_signed(&key).unwrap().pem();
        Self { authority_pem, authority_key: key.serialize_pem() }
    }

    pub(crate) fn issuer(&self) -> Issuer<'static, KeyPair> {
        let key = KeyPair::from_pem(&self.authority_key).unwrap();
        Issuer::from_ca_cert_pem(&self.authority_pem, key).unwrap()
    }

    pub(crate) fn authority_der(&self) -> CertificateDer<'static> {
        use rustls::pki_types::pem::PemObject;
        CertificateDer::from_pem_slice(self.authority_pem.as_bytes()).unwrap()
    }

    /// Certificate and key, PEM.
    pub(crate) fn leaf(&self, name: &str) -> (String, String) {
        self.leaf_until(name, 2100)
    }

    /// The same, valid to the beginning of this year.
    pub(crate) fn leaf_until(&self, name: &str, year: i32) -> (String, String) {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        params.not_after = rcgen::date_time_ymd(year, 1, 1);
        (params.signed_by(&key, &self.issuer()).unwrap().pem(), key.serialize_pem())
    }

    /// The folder of an enrolled box.
    pub(crate) fn identity(&self, dir: &Path, hub: &Hub) -> PathBuf {
        let dir = dir.join("identity");
        std::fs::create_dir_all(&dir).unwrap();
        let (certificate, key) = self.leaf("box-1");
        for (name, text) in [
            ("box.crt", &certificate),
            ("box.key", &key),
            ("authority.crt", &self.authority_pem),
            ("hub", &hub.address),
        ] {
            std::fs::write(dir.join(name), text).unwrap();
        }
        dir
    }
}

/// What the hub does, beside storing and acknowledging.
#[derive(Clone, Default)]
pub(crate) struct Behaviour {
    /// Stores every so many-th batch of a connection, then ends the connection without an acknowledgement.
    pub(crate) vanish_every: Option<u64>,
    /// Acknowledges only when so many records wait for it.
    pub(crate) acknowledge_every: u64,
    /// Welcomes this incarnation with a number that it never gave.
    pub(crate) ahead: Option<(Vec<u8>, u64)>,
    /// Asks for these stills at each connection.
    pub(crate) asks: Vec<StillRequest>,
    /// Holds other events under the numbers of this incarnation.
    pub(crate) conflict: Option<Vec<u8>>,
    /// Answers every call with this.
    pub(crate) refuse: Option<Status>,
    /// Renews certificates so.
    pub(crate) renews: Option<Renews>,
}

/// By whom a new certificate is signed, and how.
#[derive(Clone)]
pub(crate) struct Renews {
    pub(crate) pki: Pki,
    pub(crate) until_year: i32,
    /// Not the one that was asked for.
    pub(crate) of_another_key: bool,
}

/// What the hub has heard.
#[derive(Clone, Default)]
pub(crate) struct Seen {
    pub(crate) stored: BTreeMap<Vec<u8>, BTreeMap<u64, End>>,
    pub(crate) hellos: Vec<Hello>,
    pub(crate) duplicates: u64,
    pub(crate) out_of_order: u64,
    pub(crate) most_under_way: u64,
    pub(crate) answers: Vec<StillAnswer>,
    acknowledged: BTreeMap<Vec<u8>, u64>,
}

impl Seen {
    /// The highest number acknowledged of any incarnation.
    pub(crate) fn acknowledged(&self) -> u64 {
        self.acknowledged.values().copied().max().unwrap_or(0)
    }
}

#[derive(Clone)]
struct Service {
    seen: Arc<watch::Sender<Seen>>,
    behaviour: Behaviour,
}

pub(crate) struct Hub {
    pub(crate) address: String,
    seen: Arc<watch::Sender<Seen>>,
    server: tokio::task::JoinHandle<()>,
}

impl Hub {
    pub(crate) async fn start(pki: &Pki, behaviour: Behaviour) -> Self {
        let (certificate, key) = pki.leaf("localhost");
        let tls = ServerTlsConfig::new()
            .identity(tonic::transport::Identity::from_pem(certificate, key))
            .client_ca_root(Certificate::from_pem(&pki.authority_pem));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("localhost:{}", listener.local_addr().unwrap().port());
        let seen = Arc::new(watch::Sender::new(Seen::default()));
        let service = UplinkServer::new(Service { seen: Arc::clone(&seen), behaviour });
        let server = Server::builder().tls_config(tls).unwrap().add_service(service);
        let server = tokio::spawn(async move {
            server.serve_with_incoming(TcpListenerStream::new(listener)).await.unwrap();
        });
        Self { address, seen, server }
    }

    pub(crate) fn seen(&self) -> Seen {
        self.seen.borrow().clone()
    }

    pub(crate) async fn until(&self, done: impl Fn(&Seen) -> bool) {
        let mut seen = self.seen.subscribe();
        let waited = tokio::time::timeout(PATIENCE, seen.wait_for(|seen| done(seen))).await;
        assert!(waited.is_ok(), "acknowledged only {}", self.seen().acknowledged());
    }
}

impl Drop for Hub {
    fn drop(&mut self) {
        self.server.abort();
    }
}

type Answers = mpsc::Sender<Result<HubMessage, Status>>;

#[tonic::async_trait]
impl Uplink for Service {
    type ConnectStream = Pin<std::boxed::Box<dyn Stream<Item = Result<HubMessage, Status>> + Send>>;

    async fn connect(
        &self,
        request: Request<Streaming<BoxMessage>>,
    ) -> Result<Response<Self::ConnectStream>, Status> {
        if let Some(status) = &self.behaviour.refuse {
            return Err(status.clone());
        }
        let (answers, stream) = mpsc::channel(16);
        let service = self.clone();
        let messages = request.into_inner();
        tokio::spawn(async move {
            let ended = service.serve(messages, &answers).await;
            if let Err(status) = ended {
                let _ = answers.send(Err(status)).await;
            }
        });
        Ok(Response::new(std::boxed::Box::pin(ReceiverStream::new(stream))))
    }

    async fn renew(&self, request: Request<RenewRequest>) -> Result<Response<RenewResponse>, Status> {
        let Some(renews) = &self.behaviour.renews else {
            return Err(Status::failed_precondition("not here"));
        };
        let csr = CertificateSigningRequestDer::from(request.into_inner().csr_der);
        let mut csr = CertificateSigningRequestParams::from_der(&csr).unwrap();
        csr.params.not_after = rcgen::date_time_ymd(renews.until_year, 1, 1);
        let issuer = renews.pki.issuer();
        let certificate = match renews.of_another_key {
            true => csr.params.signed_by(&KeyPair::generate().unwrap(), &issuer),
            false => csr.signed_by(&issuer),
        };
        Ok(Response::new(RenewResponse { certificate_der: certificate.unwrap().der().to_vec() }))
    }
}

impl Service {
    async fn serve(&self, mut messages: Streaming<BoxMessage>, answers: &Answers) -> Result<(), Status> {
        let hello = match messages.next().await {
            Some(Ok(BoxMessage { message: Some(box_message::Message::Hello(hello)) })) => hello,
            None => return Ok(()),
            _ => return Err(Status::failed_precondition("no hello")),
        };
        let of = hello.incarnation.clone();
        let ahead =
            self.behaviour.ahead.as_ref().filter(|(id, _)| *id == of).map_or(0, |&(_, number)| number);
        let mut acknowledged = contiguous(&self.seen.borrow(), &of).max(ahead);
        let welcome = Welcome { acknowledged, hub_unix_ms: 0, hears_of_boxes: false };
        say(answers, hub_message::Message::Welcome(welcome)).await;
        self.seen.send_modify(|seen| seen.hellos.push(hello));
        for ask in &self.behaviour.asks {
            say(answers, hub_message::Message::StillRequest(ask.clone())).await;
        }
        let mut batches = 0;
        while let Some(Ok(message)) = messages.next().await {
            if let Some(box_message::Message::StillAnswer(answer)) = message.message {
                self.seen.send_modify(|seen| seen.answers.push(answer));
                continue;
            }
            let Some(box_message::Message::Batch(batch)) = message.message else { continue };
            if self.behaviour.conflict.as_ref() == Some(&of) {
                return Err(Status::failed_precondition("another event has this number"));
            }
            if differs(&self.seen.borrow(), &of, &batch.records) {
                return Err(Status::failed_precondition("another event has this number"));
            }
            batches += 1;
            let mut reached = 0;
            self.seen.send_modify(|seen| {
                for record in batch.records {
                    store(seen, &of, record.sequence, record.end.unwrap());
                }
                reached = contiguous(seen, &of);
                seen.most_under_way = seen.most_under_way.max(reached - acknowledged);
            });
            if self.behaviour.vanish_every.is_some_and(|every| batches % every == 0) {
                return Err(Status::unavailable("gone"));
            }
            if reached - acknowledged >= self.behaviour.acknowledge_every {
                acknowledged = reached;
                say(answers, hub_message::Message::Ack(Ack { acknowledged })).await;
                self.seen.send_modify(|seen| {
                    seen.acknowledged.insert(of.clone(), acknowledged);
                });
            }
        }
        Ok(())
    }
}

fn store(seen: &mut Seen, of: &[u8], sequence: u64, end: End) {
    let known = seen.stored.entry(of.to_vec()).or_default();
    let next = known.last_key_value().map_or(1, |(&last, _)| last + 1);
    if sequence > next {
        seen.out_of_order += 1;
    }
    if known.insert(sequence, end).is_some() {
        seen.duplicates += 1;
    }
}

fn differs(seen: &Seen, of: &[u8], records: &[Record]) -> bool {
    let held = |record: &Record| seen.stored.get(of)?.get(&record.sequence);
    records.iter().any(|record| held(record).is_some_and(|end| Some(end) != record.end.as_ref()))
}

fn contiguous(seen: &Seen, of: &[u8]) -> u64 {
    let Some(known) = seen.stored.get(of) else { return 0 };
    (1..).zip(known.keys()).take_while(|(expected, number)| expected == *number).count() as u64
}

async fn say(answers: &Answers, message: hub_message::Message) {
    let _ = answers.send(Ok(HubMessage { message: Some(message) })).await;
}
