//! `url` and what belongs to it: where a connector connects to, whether that is encrypted, and whether it may be spoken to.

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use hyper::Uri;

use super::{ConfigError, RawConnector, Resolver};
use crate::connectors::is_public;

const TIMEOUT_SECS: u32 = 10;

/// How an address begins, and what follows from it.
pub(in crate::config) struct Scheme {
    pub(in crate::config) name: &'static str,
    /// The usual one.
    pub(in crate::config) port: u16,
    pub(in crate::config) is_plain: bool,
    pub(in crate::config) has_path: bool,
    pub(in crate::config) example: &'static str,
}

pub(in crate::config) const HTTPS: Scheme = Scheme {
    name: "https",
    port: 443,
    is_plain: false,
    has_path: true,
    example: "https://alerts.example.org/velum",
};
pub(super) const MQTTS: Scheme = Scheme {
    name: "mqtts",
    port: 8883,
    is_plain: false,
    has_path: false,
    example: "mqtts://broker.example.org",
};

/// Whether what is sent can be read on the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encryption {
    /// It cannot.
    Tls,
    /// It can, and so leaves the own network only where that is meant.
    Plain {
        /// It is meant.
        in_open_network: bool,
    },
}

/// Where it connects to.
#[derive(Debug, Clone)]
pub(crate) struct TargetConfig {
    /// A name or an address, without brackets.
    pub(crate) host: String,
    pub(crate) port: u16,
    /// Of HTTP, what follows host and port.
    pub(crate) path: String,
    pub(crate) encryption: Encryption,
    /// Whether it may lie in a private network.
    pub(crate) allow_private: bool,
    /// Without it: the system's authorities.
    pub(crate) ca_file: Option<PathBuf>,
    /// Certificate and key by which the hub shows who it is.
    pub(crate) client: Option<(PathBuf, PathBuf)>,
    /// For one attempt, from resolving the name to the answer.
    pub(crate) timeout: Duration,
}

/// The keys of it, as they are written.
#[derive(Debug, Clone, Default)]
pub(in crate::config) struct RawTarget {
    pub(in crate::config) url: String,
    pub(in crate::config) allow_private: bool,
    pub(in crate::config) allow_unencrypted: Option<bool>,
    pub(in crate::config) ca_file: Option<PathBuf>,
    pub(in crate::config) certificate: Option<PathBuf>,
    pub(in crate::config) key: Option<PathBuf>,
    pub(in crate::config) timeout_secs: Option<u32>,
}

impl RawConnector {
    pub(super) fn target(&self) -> RawTarget {
        RawTarget {
            url: self.url.clone(),
            allow_private: self.allow_private,
            allow_unencrypted: self.allow_unencrypted,
            ca_file: self.ca_file.clone(),
            certificate: self.certificate.clone(),
            key: self.key.clone(),
            timeout_secs: self.timeout_secs,
        }
    }
}

impl Resolver<'_> {
    pub(in crate::config) fn target(
        &self,
        raw: &RawTarget,
        schemes: &[Scheme],
    ) -> Result<TargetConfig, ConfigError> {
        let examples: Vec<String> = schemes.iter().map(|scheme| format!("`{}`", scheme.example)).collect();
        // Not repeated: an address may hold a password.
        let refuse =
            |found: &str| self.value("url", found, &format!("an address such as {}", examples.join(" or ")));
        let uri: Uri = raw.url.parse().map_err(|_| refuse("no address"))?;
        let named = uri.scheme_str().unwrap_or("of nothing");
        let Some(scheme) = schemes.iter().find(|scheme| scheme.name == named) else {
            return Err(refuse(&format!("the scheme {named}")));
        };
        let Some(authority) = uri.authority() else { return Err(refuse("no host")) };
        if authority.as_str().contains('@') {
            return Err(refuse("a name or password before the host, which belongs into a file"));
        }
        let encryption = self.encryption(raw, scheme)?;
        let host = self.host(authority.host(), (raw.allow_private, encryption))?;
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        if !scheme.has_path && path != "/" && !path.is_empty() {
            return Err(refuse("a path"));
        }
        let secs = raw.timeout_secs.unwrap_or(TIMEOUT_SECS);
        if !(1..=120).contains(&secs) {
            return Err(self.value("timeout_secs", &secs.to_string(), "a number from 1 to 120"));
        }
        let client = match (&raw.certificate, &raw.key) {
            (Some(certificate), Some(key)) => Some((self.beside(certificate), self.beside(key))),
            (None, None) => None,
            _ => return Err(self.value("certificate", "one of certificate and key", "both, or neither")),
        };
        Ok(TargetConfig {
            port: authority.port_u16().unwrap_or(scheme.port),
            path: path.to_owned(),
            encryption,
            host,
            allow_private: raw.allow_private,
            ca_file: raw.ca_file.as_deref().map(|file| self.beside(file)),
            client,
            timeout: Duration::from_secs(u64::from(secs)),
        })
    }

    /// What is not encrypted needs to be meant: in the own network, or in any.
    fn encryption(&self, raw: &RawTarget, scheme: &Scheme) -> Result<Encryption, ConfigError> {
        if !scheme.is_plain {
            return match raw.allow_unencrypted {
                None => Ok(Encryption::Tls),
                Some(_) => {
                    let expected = format!("no such key: {}:// is encrypted", scheme.name);
                    Err(self.value("allow_unencrypted", "a value", &expected))
                }
            };
        }
        let of_tls = [("ca_file", raw.ca_file.is_some()), ("certificate", raw.certificate.is_some())];
        if let Some((field, _)) = of_tls.into_iter().find(|(_, is_given)| *is_given) {
            let expected = format!("no such key: {}:// has no certificates", scheme.name);
            return Err(self.value(field, "a value", &expected));
        }
        let in_open_network = raw.allow_unencrypted.unwrap_or(false);
        if !raw.allow_private && !in_open_network {
            let expected = "https://, or `allow_private = true` where the server is in your own network, or \
                            `allow_unencrypted = true` where something else encrypts";
            return Err(self.value("url", &format!("{}://, which is not encrypted", scheme.name), expected));
        }
        Ok(Encryption::Plain { in_open_network })
    }

    /// Without brackets. An address that may not be spoken to is refused at once; a name, when it is resolved.
    fn host(
        &self,
        host: &str,
        (allow_private, encryption): (bool, Encryption),
    ) -> Result<String, ConfigError> {
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let expected = match (host.parse::<IpAddr>().map(is_public), encryption) {
            (Ok(false), _) if !allow_private => "an address of the open network, or `allow_private = true`",
            (Ok(true), Encryption::Plain { in_open_network: false }) => {
                "an address of your own network, or https://, or `allow_unencrypted = true`"
            }
            _ => return Ok(host.to_owned()),
        };
        Err(self.value("url", host, expected))
    }
}
