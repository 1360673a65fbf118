//! A server for webhooks: TLS, one request a connection, and answers of every kind.

use std::collections::{BTreeMap, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use rcgen::{CertificateParams, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

/// How it answers.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Answer {
    /// With this head, and nothing more.
    Head(&'static str),
    /// Never.
    Silence,
    /// With a head, and a body without end.
    HugeBody,
    /// With a head without end.
    HugeHead,
    /// With what is no HTTP.
    Noise,
    /// By hanging up.
    HangUp,
}

/// A request.
#[derive(Debug, Clone)]
pub(crate) struct Got {
    pub(crate) path: String,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: String,
}

pub(crate) struct Receiver {
    pub(crate) port: u16,
    pub(crate) ca_file: PathBuf,
    answers: Arc<Mutex<VecDeque<Answer>>>,
    got: mpsc::UnboundedReceiver<Got>,
    _serving: JoinSet<()>,
}

impl Receiver {
    /// Listens on loopback as `localhost`, with its own authority in `dir`. After its script it answers 204.
    pub(crate) async fn start(dir: &Path, name: &str) -> Self {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        let certificate = params.self_signed(&key).unwrap();
        let ca_file = dir.join(format!("{name}-ca.pem"));
        std::fs::write(&ca_file, certificate.pem()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let tls = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (sender, got) = mpsc::unbounded_channel();
        let answers: Arc<Mutex<VecDeque<Answer>>> = Arc::default();
        let mut serving = JoinSet::new();
        serving.spawn(serve(listener, TlsAcceptor::from(Arc::new(tls)), Arc::clone(&answers), sender));
        Self { port, ca_file, answers, got, _serving: serving }
    }

    pub(crate) fn answer(&self, answers: impl IntoIterator<Item = Answer>) {
        self.answers.lock().unwrap().extend(answers);
    }

    /// The next request; none where there is none yet.
    pub(crate) fn try_got(&mut self) -> Option<Got> {
        self.got.try_recv().ok()
    }

    pub(crate) async fn got(&mut self) -> Got {
        self.got.recv().await.unwrap()
    }
}

async fn serve(
    listener: TcpListener,
    tls: TlsAcceptor,
    answers: Arc<Mutex<VecDeque<Answer>>>,
    got: mpsc::UnboundedSender<Got>,
) {
    let mut open = JoinSet::new();
    loop {
        let Ok((tcp, _)) = listener.accept().await else { return };
        let answering = one(tcp, tls.clone(), Arc::clone(&answers), got.clone());
        open.spawn(async move {
            let _hung_up = answering.await;
        });
    }
}

async fn one(
    tcp: TcpStream,
    tls: TlsAcceptor,
    answers: Arc<Mutex<VecDeque<Answer>>>,
    got: mpsc::UnboundedSender<Got>,
) -> Option<()> {
    let mut stream = BufReader::new(tls.accept(tcp).await.ok()?);
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await.ok()? <= 2 {
            break;
        }
        lines.push(line.trim_end().to_owned());
    }
    let path = lines.first()?.split(' ').nth(1)?.to_owned();
    let pair =
        |line: &String| line.split_once(": ").map(|(name, value)| (name.to_lowercase(), value.to_owned()));
    let headers: BTreeMap<String, String> = lines.iter().skip(1).filter_map(pair).collect();
    let mut body = vec![0; headers.get("content-length")?.parse().ok()?];
    stream.read_exact(&mut body).await.ok()?;
    let answer = answers.lock().unwrap().pop_front();
    let _told = got.send(Got { path, headers, body: String::from_utf8(body).ok()? });
    match answer.unwrap_or(Answer::Head("HTTP/1.1 204 No Content")) {
        Answer::Head(head) => {
            let text = format!("{head}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
            stream.write_all(text.as_bytes()).await.ok()?;
            stream.flush().await.ok()?;
            // Until the other side hangs up.
            let _end = stream.read_u8().await;
        }
        Answer::Silence => {
            let _end = stream.read_u8().await;
        }
        Answer::HugeBody => {
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n").await.ok()?;
            while stream.write_all(&[b'x'; 16_384]).await.is_ok() {}
        }
        Answer::HugeHead => {
            stream.write_all(b"HTTP/1.1 200 OK\r\nx: ").await.ok()?;
            while stream.write_all(&[b'x'; 16_384]).await.is_ok() {}
        }
        Answer::Noise => {
            stream.write_all(b"SSH-2.0-OpenSSH_9.2\r\n\r\n").await.ok()?;
            stream.flush().await.ok()?;
        }
        Answer::HangUp => {}
    }
    Some(())
}
