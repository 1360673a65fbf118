//! As much of a browser as the tests need: one request a connection, cookies kept, answers read as they come.

use std::sync::Arc;

use rustls::client::WantsClientCert;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, ConfigBuilder, RootCertStore};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::town::{Holder, soon};

pub(super) struct Browser {
    port: u16,
    tls: TlsConnector,
    pub(super) cookie: String,
    pub(super) csrf: String,
    pub(super) origin: String,
}

/// An answer whose body is not read yet.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) head: String,
    stream: BufReader<TlsStream<TcpStream>>,
}

impl Browser {
    pub(super) fn new(port: u16, authority_pem: &str) -> Self {
        Self::of(port, authority_pem, |builder| builder.with_no_client_auth())
    }

    /// No browser, but a program with a certificate.
    pub(super) fn with_certificate(port: u16, authority_pem: &str, holder: &Holder) -> Self {
        let certificate = CertificateDer::from_pem_slice(holder.certificate.as_bytes()).unwrap();
        let key = PrivateKeyDer::from_pem_slice(holder.key.as_bytes()).unwrap();
        Self::of(port, authority_pem, |builder| {
            builder.with_client_auth_cert(vec![certificate], key).unwrap()
        })
    }

    fn of(
        port: u16,
        authority_pem: &str,
        client_auth: impl FnOnce(ConfigBuilder<ClientConfig, WantsClientCert>) -> ClientConfig,
    ) -> Self {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(authority_pem.as_bytes()).unwrap()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots);
        let config = client_auth(config);
        let origin = format!("https://localhost:{port}");
        let tls = TlsConnector::from(Arc::new(config));
        Self { port, tls, cookie: String::new(), csrf: String::new(), origin }
    }

    /// Connects, and says nothing.
    pub(super) async fn knock(&self) -> TcpStream {
        TcpStream::connect(("127.0.0.1", self.port)).await.unwrap()
    }

    /// Shakes hands, and asks for nothing; none where the hub does not.
    pub(super) async fn enter(&self) -> Option<TlsStream<TcpStream>> {
        let name = ServerName::try_from("localhost").unwrap();
        self.tls.connect(name, self.knock().await).await.ok()
    }

    pub(super) async fn ask(&self, method: &str, path: &str, body: &str) -> Answer {
        self.asked(method, (path, ""), body.as_bytes()).await
    }

    /// Asks with further lines of the head.
    pub(super) async fn ask_with(&self, path: &str, head: &str) -> Answer {
        self.asked("GET", (path, head), &[]).await
    }

    async fn asked(&self, method: &str, (path, head): (&str, &str), body: &[u8]) -> Answer {
        let mut stream = self.enter().await.unwrap();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: localhost:{}\r\nconnection: close\r\norigin: {}\r\ncookie: {}\r\n\
             x-csrf-token: {}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n{head}\r\n",
            self.port,
            self.origin,
            self.cookie,
            self.csrf,
            body.len()
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        // Who is refused before the body is read closes in the middle of it; the answer says so.
        let _sent = stream.write_all(body).await;
        let mut answer = Answer { status: 0, head: String::new(), stream: BufReader::new(stream) };
        while !answer.head.ends_with("\r\n\r\n") {
            let more = answer.stream.read_line(&mut answer.head);
            assert_ne!(soon("a line of the head", more).await.unwrap(), 0, "{}", answer.head);
        }
        answer.status = answer.head.split(' ').nth(1).unwrap().parse().unwrap();
        answer
    }

    pub(super) async fn get(&self, path: &str) -> (u16, Value) {
        let answer = self.ask("GET", path, "").await;
        (answer.status, answer.json().await)
    }

    pub(super) async fn post(&self, path: &str, body: Value) -> (u16, Value) {
        let answer = self.ask("POST", path, &body.to_string()).await;
        (answer.status, answer.json().await)
    }

    /// Posts a file.
    pub(super) async fn send(&self, path: &str, file: &[u8]) -> (u16, Value) {
        let answer = self.asked("POST", (path, ""), file).await;
        (answer.status, answer.json().await)
    }

    /// Logs in, and keeps cookie and CSRF token.
    pub(super) async fn log_in(&mut self, name: &str, password: &str) -> u16 {
        let body = serde_json::json!({ "name": name, "password": password }).to_string();
        let answer = self.ask("POST", "/api/login", &body).await;
        if answer.status == 200 {
            let cookie = answer.head.lines().find_map(|line| line.strip_prefix("set-cookie: ")).unwrap();
            assert!(cookie.ends_with("; Path=/; Secure; HttpOnly; SameSite=Strict"), "{cookie}");
            self.cookie = cookie.split(';').next().unwrap().to_owned();
            let (status, session) = self.get("/api/session").await;
            assert_eq!(status, 200);
            self.csrf = session["csrf"].as_str().unwrap().to_owned();
            return 200;
        }
        answer.status
    }
}

impl Answer {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }

    pub(super) async fn text(mut self) -> String {
        let mut body = Vec::new();
        // A peer that closes without TLS's farewell ends the body as well.
        let _end = soon("the body", self.stream.read_to_end(&mut body)).await;
        String::from_utf8(body).unwrap()
    }

    async fn json(self) -> Value {
        serde_json::from_str(&self.text().await).unwrap_or(Value::Null)
    }

    /// The next server-sent event of this name, and its data; others are passed over. None at the end.
    pub(super) async fn event(&mut self, name: &str) -> Option<Value> {
        let mut is_wanted = false;
        loop {
            let mut line = String::new();
            if soon(name, self.stream.read_line(&mut line)).await.unwrap_or(0) == 0 {
                return None;
            }
            if let Some(found) = line.trim_end().strip_prefix("event: ") {
                is_wanted = found == name;
            }
            if let Some(data) = line.strip_prefix("data: ").filter(|_| is_wanted) {
                return Some(serde_json::from_str(data).unwrap());
            }
        }
    }
}
