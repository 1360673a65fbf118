//! The connection: TCP, then TLS 1.3 with one authority, on the box's own idea of time.
//!
//! tonic's own TLS would offer 1.2 as well and read the system's clock; certificates here are judged by the
//! [`Clock`] that the box trusts.

use std::fmt;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use hyper_util::rt::TokioIo;
use rustls::client::WantsClientCert;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::time_provider::TimeProvider;
use rustls::{ClientConfig, ConfigBuilder, RootCertStore};
use tokio::io::AsyncBufReadExt;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tonic::codegen::{Service, http::Uri};
use tonic::transport::{Channel, Endpoint};
use velum_vocab::Clock;

use crate::error::UplinkError;
use crate::identity::Identity;

/// So long a server may take to refuse the box's certificate.
const JUDGED_WITHIN: Duration = Duration::from_secs(3);

/// A host and a port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Address {
    host: String,
    port: u16,
    name: ServerName<'static>,
}

impl Address {
    pub(crate) fn parse(text: &str) -> Result<Self, UplinkError> {
        let refuse = || UplinkError::Address(text.to_owned());
        let (host, port) = text.rsplit_once(':').ok_or_else(refuse)?;
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let port = port.parse().ok().filter(|&port| port != 0).ok_or_else(refuse)?;
        let name = ServerName::try_from(host.clone()).map_err(|_| refuse())?;
        Ok(Self { host, port, name })
    }

    /// The authority part that requests name; the connection itself is made by [`Connect`].
    fn uri(&self) -> String {
        format!("http://{self}")
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, port, .. } = self;
        if host.contains(':') { write!(f, "[{host}]:{port}") } else { write!(f, "{host}:{port}") }
    }
}

/// How to connect: to where, trusting whom, showing what.
#[derive(Clone)]
pub(crate) struct Connect {
    address: Address,
    config: Arc<ClientConfig>,
}

impl Connect {
    /// As an enrolled box.
    pub(crate) fn mutual(
        address: Address,
        identity: &Identity,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, UplinkError> {
        let config = trusting(identity.authority.clone(), clock)?
            .with_client_auth_cert(identity.chain.clone(), identity.key.clone_key())
            .map_err(|_| UplinkError::Crypto("the box's certificate"))?;
        Ok(Self::with(address, config))
    }

    /// Without a certificate of one's own: for enrolment only.
    pub(crate) fn server_only(
        address: Address,
        authority: CertificateDer<'static>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, UplinkError> {
        Ok(Self::with(address, trusting(authority, clock)?.with_no_client_auth()))
    }

    fn with(address: Address, mut config: ClientConfig) -> Self {
        config.alpn_protocols = vec![b"h2".to_vec()];
        Self { address, config: Arc::new(config) }
    }

    /// Where to.
    pub(crate) fn address(&self) -> String {
        self.address.to_string()
    }

    /// Connects now; `timeout` bounds name, connection and handshake together.
    pub(crate) async fn channel(&self, timeout: Duration) -> Result<Channel, tonic::transport::Error> {
        let endpoint = Endpoint::from_shared(self.address.uri())?
            .connect_timeout(timeout)
            .http2_keep_alive_interval(Duration::from_secs(20))
            .keep_alive_timeout(Duration::from_secs(20))
            .keep_alive_while_idle(true);
        endpoint.connect_with_connector(self.clone()).await
    }
}

fn trusting(
    authority: CertificateDer<'static>,
    clock: Arc<dyn Clock>,
) -> Result<ConfigBuilder<ClientConfig, WantsClientCert>, UplinkError> {
    let mut roots = RootCertStore::empty();
    roots.add(authority).map_err(|_| UplinkError::Crypto("the authority's certificate"))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_details(provider, Arc::new(ClockTime(clock)))
        .with_protocol_versions(&[&rustls::version::TLS13])
        .map_err(|_| UplinkError::Crypto("TLS 1.3"))?;
    Ok(builder.with_root_certificates(roots))
}

impl Service<Uri> for Connect {
    type Response = TokioIo<TlsStream<TcpStream>>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Self::Response>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Uri) -> Self::Future {
        let Self { address, config } = self.clone();
        Box::pin(async move {
            let tcp = TcpStream::connect((address.host.as_str(), address.port)).await?;
            tcp.set_nodelay(true)?;
            let mut tls = TlsConnector::from(config).connect(address.name, tcp).await?;
            hear_judgement(&mut tls).await?;
            Ok(TokioIo::new(tls))
        })
    }
}

/// With TLS 1.3 a server judges the client's certificate when the handshake is over here. Its refusal is read
/// now: later, HTTP would swallow it. A server that speaks HTTP/2 speaks first; nobody waits long for another.
async fn hear_judgement(tls: &mut TlsStream<TcpStream>) -> io::Result<()> {
    match tokio::time::timeout(JUDGED_WITHIN, tls.fill_buf()).await {
        Ok(Ok([])) => Err(io::ErrorKind::UnexpectedEof.into()),
        Ok(Ok(_)) | Err(_) => Ok(()),
        Ok(Err(error)) => Err(error),
    }
}

/// The box's clock, as rustls asks for it.
struct ClockTime(Arc<dyn Clock>);

impl fmt::Debug for ClockTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClockTime")
    }
}

impl TimeProvider for ClockTime {
    fn current_time(&self) -> Option<UnixTime> {
        let secs = u64::try_from(self.0.now().unix_secs()).ok()?;
        Some(UnixTime::since_unix_epoch(Duration::from_secs(secs)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_name_host_and_port() {
        for good in ["hub.example.org:7443", "127.0.0.1:1", "[::1]:7443", "localhost:65535"] {
            assert!(Address::parse(good).is_ok(), "{good}");
        }
        for bad in ["", "hub", "hub:", "hub:0", "hub:70000", ":7443", "ho st:1", "https://hub:1"] {
            assert_eq!(Address::parse(bad), Err(UplinkError::Address(bad.to_owned())));
        }
        assert_eq!(Address::parse("[::1]:7443").unwrap().uri(), "http://[::1]:7443");
    }
}
