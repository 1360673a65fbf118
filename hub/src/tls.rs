//! TLS 1.3 only, and the stream of accepted connections.
//!
//! Three kinds: mutual (boxes, operators), where a client without a certificate of our authority is turned away
//! in the handshake; server-only (enrolment), where the caller has no certificate yet; and browsers (the console),
//! where people log in. Connections, the time of a handshake and the time until somebody begins to speak are bounded; a
//! place among the open connections is taken only after the handshake.

mod prompt;

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use rustls::pki_types::pem::{Error as PemError, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ResolvesServerCert, WebPkiClientVerifier};
use rustls::sign::CertifiedKey;
use rustls::{RootCertStore, ServerConfig};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tokio_stream::wrappers::ReceiverStream;
use tonic::transport::server::Connected;

use crate::config::HubConfig;
use crate::identity::{IdentityError, Peer};
use crate::places::{Limits, Place, Places, network};
use prompt::Prompt;

const HANDSHAKE_LIMIT: Duration = Duration::from_secs(5);
const FIRST_WORDS_LIMIT: Duration = Duration::from_secs(15);

/// Why the hub's own identity cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TlsError {
    /// A file is missing or holds no such thing.
    #[error(
        "{path}: no {what} can be read ({cause}); where it is not there, make the hub's identity with `velum pki init --dir DIR` and name its folder as `pki_dir`; where it is, \
         give it to the hub's user (`chown velum-hub: FILE`)"
    )]
    File {
        /// The file.
        path: String,
        /// What should be in it.
        what: &'static str,
        /// Why not.
        cause: PemError,
    },
    /// They do not belong together.
    #[error(
        "{certificate}: does not go with the private key or cannot be used ({cause}); name the folder of one `velum pki init` as `pki_dir`"
    )]
    Unusable {
        /// The certificate's file.
        certificate: String,
        /// What the TLS library said.
        cause: rustls::Error,
    },
    /// The library offers no TLS 1.3.
    #[error("TLS cannot be set up ({0})")]
    Setup(rustls::Error),
    /// The authority's certificate cannot be used.
    #[error(
        "{authority}: cannot be used as an authority ({cause}); name the folder of one `velum pki init` as `pki_dir`"
    )]
    Authority {
        /// The authority's file.
        authority: String,
        /// What the TLS library said.
        cause: String,
    },
}

/// The certificate of the authority that signs boxes and operators.
///
/// # Errors
/// [`TlsError::File`].
pub(crate) fn authority(config: &HubConfig) -> Result<CertificateDer<'static>, TlsError> {
    CertificateDer::from_pem_file(&config.authority)
        .map_err(|cause| file_error(&config.authority, "certificate", cause))
}

/// From when to when the first certificate of a file holds, in seconds since 1970.
///
/// # Errors
/// In words: there is none, or it cannot be read.
pub(crate) fn validity(path: &Path) -> Result<(i64, i64), String> {
    let der = first_certificate(path)?;
    let (_, parsed) = x509_parser::parse_x509_certificate(&der).map_err(|error| error.to_string())?;
    let held = parsed.validity();
    Ok((held.not_before.timestamp(), held.not_after.timestamp()))
}

/// The first certificate of a file.
///
/// # Errors
/// In words.
pub(crate) fn first_certificate(path: &Path) -> Result<CertificateDer<'static>, String> {
    CertificateDer::from_pem_file(path).map_err(|error| format!("no certificate can be read ({error})"))
}

/// A certificate and its key, out of their files.
///
/// # Errors
/// [`TlsError`], with the file.
pub(crate) fn certified(certificate: &Path, private_key: &Path) -> Result<CertifiedKey, TlsError> {
    let chain = CertificateDer::pem_file_iter(certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .and_then(|chain| if chain.is_empty() { Err(PemError::NoItemsFound) } else { Ok(chain) })
        .map_err(|cause| file_error(certificate, "certificate", cause))?;
    let key = PrivateKeyDer::from_pem_file(private_key)
        .map_err(|cause| file_error(private_key, "private key", cause))?;
    CertifiedKey::from_der(chain, key, &provider())
        .map_err(|cause| TlsError::Unusable { certificate: certificate.display().to_string(), cause })
}

/// TLS where the client must show a certificate of our authority.
///
/// # Errors
/// [`TlsError`], with the file.
pub(crate) fn mutual(
    config: &HubConfig,
    shown: Arc<dyn ResolvesServerCert>,
) -> Result<Arc<ServerConfig>, TlsError> {
    let unusable =
        |cause: String| TlsError::Authority { authority: config.authority.display().to_string(), cause };
    let mut roots = RootCertStore::empty();
    roots.add(authority(config)?).map_err(|error| unusable(error.to_string()))?;
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider())
        .build()
        .map_err(|error| unusable(error.to_string()))?;
    server_config(shown, b"h2", |builder| builder.with_client_cert_verifier(verifier))
}

/// The same for programs that speak HTTP/1.1, too.
pub(crate) fn also_http1(mutual: &ServerConfig) -> Arc<ServerConfig> {
    let mut both = mutual.clone();
    both.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Arc::new(both)
}

/// TLS where only the hub shows a certificate.
///
/// # Errors
/// [`TlsError::Setup`].
pub(crate) fn server_only(shown: Arc<dyn ResolvesServerCert>) -> Result<Arc<ServerConfig>, TlsError> {
    server_config(shown, b"h2", |builder| builder.with_no_client_auth())
}

/// TLS for browsers.
///
/// # Errors
/// [`TlsError::Setup`].
pub(crate) fn browsers(shown: Arc<dyn ResolvesServerCert>) -> Result<Arc<ServerConfig>, TlsError> {
    server_config(shown, b"http/1.1", |builder| builder.with_no_client_auth())
}

/// The cryptography of all connections.
pub(crate) fn provider() -> Arc<rustls::crypto::CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

fn server_config(
    shown: Arc<dyn ResolvesServerCert>,
    protocol: &[u8],
    client_auth: impl FnOnce(
        rustls::ConfigBuilder<ServerConfig, rustls::WantsVerifier>,
    ) -> rustls::ConfigBuilder<ServerConfig, rustls::server::WantsServerCert>,
) -> Result<Arc<ServerConfig>, TlsError> {
    let builder = ServerConfig::builder_with_provider(provider())
        .with_protocol_versions(&[&rustls::version::TLS13])
        .map_err(TlsError::Setup)?;
    let mut server = client_auth(builder).with_cert_resolver(shown);
    server.alpn_protocols = vec![protocol.to_vec()];
    // Each connection is judged anew: a session that is taken up again would be by the certificate of then.
    server.session_storage = Arc::new(rustls::server::NoServerSessionStorage {});
    server.send_tls13_tickets = 0;
    Ok(Arc::new(server))
}

fn file_error(path: &Path, what: &'static str, cause: PemError) -> TlsError {
    TlsError::File { path: path.display().to_string(), what, cause }
}

/// Accepts connections until the hub stops.
pub(crate) fn accept(
    listener: TcpListener,
    tls: Arc<ServerConfig>,
    limits: Limits,
    mut stopping: watch::Receiver<bool>,
) -> ReceiverStream<io::Result<Connection>> {
    let (accepted, connections) = mpsc::channel(16);
    let handshakes = Places::new(limits.handshakes, limits.handshakes_by_address);
    let door = Door {
        acceptor: TlsAcceptor::from(tls),
        open: Places::new(limits.open, limits.open_by_address),
        holders: Places::new(limits.open, limits.open_by_holder),
        accepted,
    };
    tokio::spawn(async move {
        loop {
            let next = tokio::select! {
                _ = stopping.wait_for(|stop| *stop) => return,
                next = next_connection(&listener) => next,
            };
            let Some((tcp, address)) = next else { continue };
            match handshakes.take(network(address.ip())) {
                Some(place) => drop(tokio::spawn(door.clone().shake_hands(tcp, address, place))),
                None => {
                    tracing::warn!(from = %address, "a connection was closed: too many are in the TLS handshake")
                }
            }
        }
    });
    ReceiverStream::new(connections)
}

async fn next_connection(listener: &TcpListener) -> Option<(TcpStream, SocketAddr)> {
    match listener.accept().await {
        Ok(next) => Some(next),
        Err(error) => {
            // Out of file handles, most likely: wait until some are free.
            tracing::warn!(%error, "a connection could not be accepted");
            tokio::time::sleep(Duration::from_millis(100)).await;
            None
        }
    }
}

/// Where connections come in.
#[derive(Clone)]
struct Door {
    acceptor: TlsAcceptor,
    open: Arc<Places<IpAddr>>,
    holders: Arc<Places<String>>,
    accepted: mpsc::Sender<io::Result<Connection>>,
}

impl Door {
    async fn shake_hands(self, tcp: TcpStream, from: SocketAddr, handshake: Place<IpAddr>) {
        if let Err(error) = tcp.set_nodelay(true) {
            tracing::debug!(%from, %error, "the connection keeps small packets back");
        }
        let stream = match tokio::time::timeout(HANDSHAKE_LIMIT, self.acceptor.accept(tcp)).await {
            Ok(Ok(stream)) => stream,
            Ok(Err(error)) => {
                tracing::warn!(%from, %error, "a connection was refused in the TLS handshake");
                return;
            }
            Err(_) => {
                tracing::warn!(%from, "a connection did not finish the TLS handshake in time");
                return;
            }
        };
        drop(handshake);
        let Some(place) = self.open.take(network(from.ip())) else {
            tracing::warn!(%from, "a connection was closed: too many are open, of this address or of all");
            return;
        };
        let peer = peer_of(&stream);
        let held = match self.held(&peer) {
            Ok(held) => held,
            Err(holder) => {
                tracing::warn!(%from, holder, "a connection was closed: too many are open of this box or operator");
                return;
            }
        };
        let stream = Prompt::new(stream, FIRST_WORDS_LIMIT);
        let connection = Connection { peer, address: from, stream, _places: (place, held) };
        if self.accepted.send(Ok(connection)).await.is_err() {
            tracing::debug!(%from, "the hub stops; the connection is closed");
        }
    }

    /// The holder's place; whoever shows no name has its address's alone.
    fn held(&self, peer: &Peer) -> Result<Option<Place<String>>, String> {
        let Ok(identity) = &peer.identity else { return Ok(None) };
        let holder = format!("{} {}", identity.role, identity.name);
        self.holders.take(holder.clone()).map(Some).ok_or(holder)
    }
}

fn peer_of(stream: &TlsStream<TcpStream>) -> Peer {
    let certificates = stream.get_ref().1.peer_certificates().unwrap_or_default();
    match certificates.first() {
        Some(certificate) => Peer::from_der(certificate),
        None => Peer { identity: Err(IdentityError::Names(0)), certificate_ends_unix_ms: None },
    }
}

/// An encrypted connection, the identity at its other end, and its place among the permitted number.
#[derive(Debug)]
pub(crate) struct Connection {
    stream: Prompt<TlsStream<TcpStream>>,
    peer: Peer,
    address: SocketAddr,
    _places: (Place<IpAddr>, Option<Place<String>>),
}

impl Connection {
    /// Where it comes from.
    pub(crate) fn address(&self) -> IpAddr {
        self.address.ip()
    }
}

impl Connected for Connection {
    type ConnectInfo = Peer;

    fn connect_info(&self) -> Peer {
        self.peer.clone()
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, into)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
