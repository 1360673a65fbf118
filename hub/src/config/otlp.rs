//! `[otlp]` of `hub.toml`: where the hub's figures are sent to over OTLP, and how often.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;

use super::ConfigError;
use super::connectors::{HTTPS, RawTarget, Resolver, Scheme, TargetConfig};

const EVERY_SECS: u32 = 60;
/// *Source*: OTLP 1.9, "OTLP/HTTP Default Port" and "OTLP/HTTP Request".
const PORT: u16 = 4318;
const PATH: &str = "/v1/metrics";

const SCHEMES: [Scheme; 2] = [
    Scheme { port: PORT, example: "https://collector.example.org:4318", ..HTTPS },
    Scheme { name: "http", port: PORT, is_plain: true, has_path: true, example: "http://127.0.0.1:4318" },
];

/// Where, how often, and with which header.
#[derive(Debug, Clone)]
pub(crate) struct OtlpConfig {
    pub(crate) target: TargetConfig,
    pub(crate) every: Duration,
    /// The file with one header, `name: value`.
    pub(crate) header_file: Option<PathBuf>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawOtlp {
    url: String,
    every_secs: Option<u32>,
    header_file: Option<PathBuf>,
    #[serde(default)]
    allow_private: bool,
    allow_unencrypted: Option<bool>,
    ca_file: Option<PathBuf>,
    certificate: Option<PathBuf>,
    key: Option<PathBuf>,
    timeout_secs: Option<u32>,
}

/// Checks it.
///
/// # Errors
/// [`ConfigError::ValueAt`], with field and what would do.
pub(super) fn resolve(path: &Path, raw: RawOtlp) -> Result<OtlpConfig, ConfigError> {
    let resolver = Resolver { path, place: "[otlp]".to_owned() };
    let secs = raw.every_secs.unwrap_or(EVERY_SECS);
    if !(10..=3_600).contains(&secs) {
        return Err(resolver.value("every_secs", &secs.to_string(), "a number from 10 to 3600"));
    }
    let header_file = raw.header_file.as_deref().map(|file| resolver.beside(file));
    let raw = RawTarget {
        url: raw.url,
        allow_private: raw.allow_private,
        allow_unencrypted: raw.allow_unencrypted,
        ca_file: raw.ca_file,
        certificate: raw.certificate,
        key: raw.key,
        timeout_secs: raw.timeout_secs,
    };
    let mut target = resolver.target(&raw, &SCHEMES)?;
    // As collectors name it; an address with a path of its own is taken as it is.
    if target.path == "/" {
        PATH.clone_into(&mut target.path);
    }
    Ok(OtlpConfig { target, every: Duration::from_secs(u64::from(secs)), header_file })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Encryption;

    fn parsed(text: &str) -> Result<OtlpConfig, String> {
        let raw = toml::from_str(text).map_err(|error: toml::de::Error| error.to_string())?;
        resolve(Path::new("/etc/velum/hub.toml"), raw).map_err(|error| error.to_string())
    }

    #[test]
    fn an_address_alone_will_do_and_stands_where_collectors_listen() {
        let otlp = parsed("url = \"https://collector.example.org\"").unwrap();
        assert_eq!((otlp.target.port, otlp.target.path.as_str()), (4_318, "/v1/metrics"));
        assert_eq!((otlp.every.as_secs(), otlp.target.encryption), (60, Encryption::Tls));
        let own = parsed("url = \"https://vendor.example.org:443/otlp/v1/metrics\"\nheader_file = \"key\"")
            .unwrap();
        assert_eq!((own.target.port, own.target.path.as_str()), (443, "/otlp/v1/metrics"));
        assert_eq!(own.header_file.unwrap(), Path::new("/etc/velum/key"));
    }

    #[test]
    fn what_cannot_be_names_the_key_and_what_would_do() {
        let check = |text: &str, part: &str| {
            let error = parsed(text).unwrap_err();
            assert!(error.contains(part), "{text}: {error}");
        };
        check("url = \"http://127.0.0.1:4318\"", "[otlp]: url: found `http://, which is not encrypted`");
        check("url = \"https://127.0.0.1:4318\"", "allow_private = true");
        check("url = \"grpc://collector:4317\"", "the scheme grpc");
        check("url = \"https://a.example\"\nevery_secs = 1", "every_secs: found `1`");
        check("url = \"https://a.example\"\ncertificate = \"c\"", "both, or neither");
        check("url = \"https://a.example\"\nheaders = 1", "headers");
        assert!(parsed("url = \"http://127.0.0.1:4318\"\nallow_private = true").is_ok());
    }
}
