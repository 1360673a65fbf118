//! A TLS connection to a target. Names are resolved here, once for each connection, and the address that is connected
//! to is the one that was judged: a name that is resolved to something else a moment later changes nothing.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::{Fault, is_public};
use crate::config::TargetConfig;

/// Of a name with more, the first.
const MOST_ADDRESSES: usize = 8;

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub(super) enum ConnectError {
    /// The name is unknown, or nobody could be asked.
    #[error("`{host}` cannot be resolved ({source})")]
    Unresolved {
        /// The name.
        host: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// No address that may be spoken to.
    #[error("`{host}` is not in the open network; where that is meant, set `allow_private = true`")]
    Private {
        /// The name.
        host: String,
    },
    /// Nobody answered.
    #[error("`{host}` cannot be reached ({source})")]
    Unreachable {
        /// The name.
        host: String,
        /// What the system said of the last address.
        source: std::io::Error,
    },
    /// Who answered is not who they should be, or does not speak TLS.
    #[error("TLS with `{host}` failed ({source})")]
    Tls {
        /// The name.
        host: String,
        /// What the TLS library said.
        source: std::io::Error,
    },
}

/// Where to connect to, and who should be there.
pub(super) struct Destination {
    host: String,
    port: u16,
    server_name: ServerName<'static>,
    allow_private: bool,
    tls: TlsConnector,
    /// For one attempt.
    pub(super) timeout: Duration,
}

impl Destination {
    /// With authorities and certificates read.
    ///
    /// # Errors
    /// The key in hub.toml, and what is wrong with the file that it names.
    pub(super) fn open(config: &TargetConfig) -> Result<Self, Fault> {
        let server_name = ServerName::try_from(config.host.clone())
            .map_err(|_| ("url", format!("`{}` is no name of a host", config.host)))?;
        Ok(Self {
            server_name,
            host: config.host.clone(),
            port: config.port,
            allow_private: config.allow_private,
            tls: TlsConnector::from(Arc::new(client_config(config)?)),
            timeout: config.timeout,
        })
    }

    /// Host, and port where it is not the usual one.
    pub(super) fn authority(&self, usual_port: u16) -> String {
        let host = if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        if self.port == usual_port { host } else { format!("{host}:{}", self.port) }
    }

    /// Connects. The caller bounds the time.
    pub(super) async fn connect(&self) -> Result<TlsStream<TcpStream>, ConnectError> {
        let tcp = self.connect_tcp().await?;
        let tls = self.tls.connect(self.server_name.clone(), tcp).await;
        tls.map_err(|source| ConnectError::Tls { host: self.host.clone(), source })
    }

    async fn connect_tcp(&self) -> Result<TcpStream, ConnectError> {
        let host = || self.host.clone();
        let found = tokio::net::lookup_host((self.host.as_str(), self.port)).await;
        let found = found.map_err(|source| ConnectError::Unresolved { host: host(), source })?;
        let mut last = ConnectError::Private { host: host() };
        let addresses: Vec<_> =
            found.filter(|address| self.may_speak_to(address)).take(MOST_ADDRESSES).collect();
        // One that answers nothing leaves time for the others.
        let each =
            self.timeout.checked_div(u32::try_from(addresses.len()).unwrap_or(1)).unwrap_or(self.timeout);
        for address in addresses {
            let connected = tokio::time::timeout(each, TcpStream::connect(address)).await;
            match connected.unwrap_or_else(|late| Err(late.into())) {
                Ok(tcp) if tcp.peer_addr().is_ok_and(|peer| self.may_speak_to(&peer)) => {
                    if let Err(error) = tcp.set_nodelay(true) {
                        tracing::debug!(host = self.host, %error, "the connection keeps small packets back");
                    }
                    return Ok(tcp);
                }
                Ok(_) => {}
                Err(source) => last = ConnectError::Unreachable { host: host(), source },
            }
        }
        Err(last)
    }

    fn may_speak_to(&self, address: &SocketAddr) -> bool {
        self.allow_private || is_public(address.ip())
    }
}

fn client_config(config: &TargetConfig) -> Result<ClientConfig, Fault> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| ("url", error.to_string()))?
        .with_root_certificates(roots(config)?);
    let Some((certificate, key)) = &config.client else { return Ok(builder.with_no_client_auth()) };
    let chain = CertificateDer::pem_file_iter(certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| ("certificate", format!("`{}`: {error}", certificate.display())))?;
    let text = super::secrets::read(key).map_err(|error| ("key", error))?;
    let private = PrivateKeyDer::from_pem_slice(text.as_bytes())
        .map_err(|error| ("key", format!("`{}`: {error}", key.display())))?;
    builder.with_client_auth_cert(chain, private).map_err(|error| {
        ("certificate", format!("`{}` does not go with the key ({error})", certificate.display()))
    })
}

fn roots(config: &TargetConfig) -> Result<RootCertStore, Fault> {
    let mut roots = RootCertStore::empty();
    let Some(file) = &config.ca_file else {
        let (added, _unusable) =
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        return match added {
            0 => Err((
                "ca_file",
                "the system knows no authority; install ca-certificates, or name a file".to_owned(),
            )),
            _ => Ok(roots),
        };
    };
    let refuse = |error: String| ("ca_file", format!("`{}`: {error}", file.display()));
    let authorities = CertificateDer::pem_file_iter(file)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| refuse(error.to_string()))?;
    if authorities.is_empty() {
        return Err(refuse("holds no certificate; expected one in PEM".to_owned()));
    }
    for authority in authorities {
        roots.add(authority).map_err(|error| refuse(error.to_string()))?;
    }
    Ok(roots)
}
