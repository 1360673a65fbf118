//! A connection to a target, over TLS but where the kind has none. Names are resolved here, once for each connection, and the address that is connected
//! to is the one that was judged: a name that is resolved to something else a moment later changes nothing.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::{Fault, is_public};
use crate::client_tls;
use crate::config::{Encryption, TargetConfig};

/// What is read from and written to.
pub(super) trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Duplex for T {}

/// A connection, encrypted or not.
pub(super) type Stream = Box<dyn Duplex>;

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
    /// What is sent could be read by anybody on the way.
    #[error(
        "`{host}` is in the open network, where anybody on the way could read what is sent; take an address with TLS, or set `allow_unencrypted = true` where something else encrypts"
    )]
    Open {
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
    encryption: Encryption,
    /// None where nothing is encrypted.
    tls: Option<TlsConnector>,
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
        let tls = match config.encryption {
            Encryption::Tls => Some(TlsConnector::from(Arc::new(client_tls::config(
                config.ca_file.as_deref(),
                config.client.as_ref(),
            )?))),
            Encryption::Plain { .. } => None,
        };
        Ok(Self {
            server_name,
            host: config.host.clone(),
            port: config.port,
            allow_private: config.allow_private,
            encryption: config.encryption,
            tls,
            timeout: config.timeout,
        })
    }

    /// Host, and port where it is not the usual one.
    pub(super) fn authority(&self, usual_port: u16) -> String {
        let host = if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        if self.port == usual_port { host } else { format!("{host}:{}", self.port) }
    }

    /// Connects. The caller bounds the time.
    ///
    /// # Errors
    /// [`ConnectError`].
    pub(super) async fn connect(&self) -> Result<Stream, ConnectError> {
        let tcp = self.connect_tcp().await?;
        let Some(tls) = &self.tls else { return Ok(Box::new(tcp)) };
        match tls.connect(self.server_name.clone(), tcp).await {
            Ok(stream) => Ok(Box::new(stream)),
            Err(source) => Err(ConnectError::Tls { host: self.host.clone(), source }),
        }
    }

    async fn connect_tcp(&self) -> Result<TcpStream, ConnectError> {
        let unresolved = |source| ConnectError::Unresolved { host: self.host.clone(), source };
        let found = tokio::net::lookup_host((self.host.as_str(), self.port)).await.map_err(unresolved)?;
        let addresses: Vec<_> = found.take(MOST_ADDRESSES).collect();
        // One that answers nothing leaves time for the others.
        let each =
            self.timeout.checked_div(u32::try_from(addresses.len()).unwrap_or(1)).unwrap_or(self.timeout);
        let mut last = None;
        for address in addresses {
            match self.try_address(address, each).await {
                Ok(tcp) => return Ok(tcp),
                // That an address did not answer says more than that another may not be spoken to.
                Err(error @ ConnectError::Unreachable { .. }) => last = Some(error),
                Err(error) => last = last.or(Some(error)),
            }
        }
        Err(last.unwrap_or_else(|| unresolved(std::io::ErrorKind::NotFound.into())))
    }

    async fn try_address(&self, address: SocketAddr, within: Duration) -> Result<TcpStream, ConnectError> {
        self.judge(address)?;
        let unreachable = |source| ConnectError::Unreachable { host: self.host.clone(), source };
        let connected = tokio::time::timeout(within, TcpStream::connect(address)).await;
        let tcp = connected.unwrap_or_else(|late| Err(late.into())).map_err(unreachable)?;
        self.judge(tcp.peer_addr().map_err(unreachable)?)?;
        if let Err(error) = tcp.set_nodelay(true) {
            tracing::debug!(host = self.host, %error, "the connection keeps small packets back");
        }
        Ok(tcp)
    }

    /// Whether this address may be spoken to.
    fn judge(&self, address: SocketAddr) -> Result<(), ConnectError> {
        match (is_public(address.ip()), self.encryption) {
            (false, _) if !self.allow_private => Err(ConnectError::Private { host: self.host.clone() }),
            (true, Encryption::Plain { in_open_network: false }) => {
                Err(ConnectError::Open { host: self.host.clone() })
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(allow_private: bool, encryption: Encryption, expected: [&str; 2]) {
        let config = TargetConfig {
            host: "example.org".to_owned(),
            port: 1,
            path: "/".to_owned(),
            encryption,
            allow_private,
            ca_file: None,
            client: None,
            timeout: Duration::from_secs(1),
        };
        let destination = Destination::open(&config).unwrap();
        let found =
            ["10.1.2.3:1", "1.1.1.1:1"].map(|address| match destination.judge(address.parse().unwrap()) {
                Ok(()) => "spoken to",
                Err(ConnectError::Private { .. }) => "private",
                Err(ConnectError::Open { .. }) => "open",
                Err(_) => "something else",
            });
        assert_eq!(found, expected, "{allow_private} {encryption:?}");
    }

    #[test]
    fn where_nothing_is_encrypted_only_the_own_network_is_spoken_to_unless_that_is_meant() {
        let plain = |in_open_network| Encryption::Plain { in_open_network };
        check(false, Encryption::Tls, ["private", "spoken to"]);
        check(true, Encryption::Tls, ["spoken to", "spoken to"]);
        check(true, plain(false), ["spoken to", "open"]);
        check(false, plain(true), ["private", "spoken to"]);
        check(true, plain(true), ["spoken to", "spoken to"]);
        check(false, plain(false), ["private", "open"]);
    }
}
