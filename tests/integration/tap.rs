//! A tap on the line between box and hub: ends both sides of the mutual TLS with the town's own keys and keeps
//! every byte that passes in the clear.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, ServerConfig};
use tokio_rustls::{TlsAcceptor, TlsConnector};

/// The bytes of one direction of one connection.
type Direction = Arc<Mutex<Vec<u8>>>;

/// A listening tap; ends when dropped.
pub(crate) struct Tap {
    port: u16,
    /// Whether it is what the box says, and its bytes.
    directions: Arc<Mutex<Vec<(bool, Direction)>>>,
    _runtime: tokio::runtime::Runtime,
}

impl Tap {
    /// Listens for the box of the town in `dir`, and connects to its hub as that box.
    pub(crate) fn start(dir: &Path, hub_port: u16) -> Self {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let directions: Arc<Mutex<Vec<(bool, Direction)>>> = Arc::default();
        let listener = runtime.block_on(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))).unwrap();
        let port = listener.local_addr().unwrap().port();
        let (dir, kept) = (dir.to_owned(), Arc::clone(&directions));
        runtime.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (dir, kept) = (dir.clone(), Arc::clone(&kept));
                // A connection that fails is tried again by the box.
                tokio::spawn(async move { drop(pass(stream, &dir, hub_port, &kept).await) });
            }
        });
        Self { port, directions, _runtime: runtime }
    }

    /// Where the box is to connect.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// What passed so far, without the framing of HTTP/2: the payload of each stream of each direction, or of what the
    /// box said alone.
    pub(crate) fn payloads(&self, of_box_alone: bool) -> Vec<Vec<u8>> {
        let directions = self.directions.lock().unwrap_or_else(PoisonError::into_inner);
        let wanted = directions.iter().filter(|(is_of_box, _)| *is_of_box || !of_box_alone);
        let bytes = |direction: &Direction| direction.lock().unwrap_or_else(PoisonError::into_inner).clone();
        wanted.flat_map(|(_, direction)| unframed(&bytes(direction))).collect()
    }
}

async fn pass(
    from_box: TcpStream,
    dir: &Path,
    hub_port: u16,
    kept: &Mutex<Vec<(bool, Direction)>>,
) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let from_box = TlsAcceptor::from(Arc::new(as_hub(dir)?)).accept(from_box).await?;
    let to_hub = TcpStream::connect(SocketAddr::from((Ipv4Addr::LOCALHOST, hub_port))).await?;
    let connector = TlsConnector::from(Arc::new(as_box(dir)?));
    let to_hub = connector.connect(ServerName::try_from("localhost")?, to_hub).await?;
    let (sent, answered) = (Direction::default(), Direction::default());
    kept.lock()
        .unwrap_or_else(PoisonError::into_inner)
        .extend([(true, Arc::clone(&sent)), (false, Arc::clone(&answered))]);
    let ((box_reads, box_writes), (hub_reads, hub_writes)) =
        (tokio::io::split(from_box), tokio::io::split(to_hub));
    tokio::select! {
        ended = copy(box_reads, hub_writes, sent) => ended?,
        ended = copy(hub_reads, box_writes, answered) => ended?,
    }
    Ok(())
}

async fn copy(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    kept: Direction,
) -> std::io::Result<()> {
    let mut buffer = vec![0; 16 * 1024];
    loop {
        let count = from.read(&mut buffer).await?;
        if count == 0 {
            return to.shutdown().await;
        }
        kept.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(&buffer[..count]);
        to.write_all(&buffer[..count]).await?;
        to.flush().await?;
    }
}

type Identity = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

fn identity(certificate: &Path, key: &Path) -> Result<Identity, Box<dyn std::error::Error + Send + Sync>> {
    let chain = CertificateDer::pem_file_iter(certificate)?.collect::<Result<_, _>>()?;
    Ok((chain, PrivateKeyDer::from_pem_file(key)?))
}

fn as_hub(dir: &Path) -> Result<ServerConfig, Box<dyn std::error::Error + Send + Sync>> {
    let (chain, key) = identity(&dir.join("pki/hub.pem"), &dir.join("pki/hub.key"))?;
    let mut config = ServerConfig::builder().with_no_client_auth().with_single_cert(chain, key)?;
    config.alpn_protocols = vec![b"h2".to_vec()];
    Ok(config)
}

fn as_box(dir: &Path) -> Result<ClientConfig, Box<dyn std::error::Error + Send + Sync>> {
    let mut roots = RootCertStore::empty();
    for authority in CertificateDer::pem_file_iter(dir.join("pki/authority.pem"))? {
        roots.add(authority?)?;
    }
    let (chain, key) = identity(&dir.join("identity/box.crt"), &dir.join("identity/box.key"))?;
    let mut config =
        ClientConfig::builder().with_root_certificates(roots).with_client_auth_cert(chain, key)?;
    config.alpn_protocols = vec![b"h2".to_vec()];
    Ok(config)
}

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const DATA: u8 = 0;
const PADDED: u8 = 8;

/// The payload of the DATA frames of each stream (RFC 9113, 4.1 and 6.1), in order.
fn unframed(bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut rest = bytes.strip_prefix(PREFACE).unwrap_or(bytes);
    let mut streams: BTreeMap<[u8; 4], Vec<u8>> = BTreeMap::new();
    while let Some((head, after)) = rest.split_first_chunk::<9>() {
        let [a, b, c, kind, flags, stream @ ..] = *head;
        let length = usize::from(a) << 16 | usize::from(b) << 8 | usize::from(c);
        let (payload, next) = after.split_at(length.min(after.len()));
        rest = next;
        if kind != DATA {
            continue;
        }
        let padding = if flags & PADDED != 0 { payload.first().map(|n| usize::from(*n)) } else { None };
        let from = usize::from(padding.is_some());
        let to = payload.len().saturating_sub(padding.unwrap_or(0)).max(from);
        streams.entry(stream).or_default().extend_from_slice(&payload[from..to]);
    }
    streams.into_values().collect()
}

#[test]
fn the_payload_of_interleaved_streams_is_put_together() {
    let frame = |kind: u8, flags: u8, stream: u8, payload: &[u8]| {
        let mut bytes = vec![0, 0, payload.len() as u8, kind, flags, 0, 0, 0, stream];
        bytes.extend_from_slice(payload);
        bytes
    };
    let line = [
        PREFACE.to_vec(),
        frame(4, 0, 0, b"settings"),
        frame(DATA, 0, 1, b"one "),
        frame(DATA, 0, 3, b"other"),
        frame(DATA, PADDED, 1, b"\x02still\0\0"),
    ]
    .concat();
    assert_eq!(unframed(&line), vec![b"one still".to_vec(), b"other".to_vec()]);
}
