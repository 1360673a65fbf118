//! What the hub shows of itself: the certificates of its listeners, read anew while it runs, and the hub's own, which renews
//! itself where the authority's key is at hand.
//!
//! Invariants: a listener always has a certificate: what cannot be read or made, or what boxes would refuse, leaves the one in
//! use. The authority is that of the hub's start: whom a hub trusts changes with a restart, and what it shows not before. The administrator's
//! files are never written. What the hub made for itself lies in its data folder, key and certificate in one file, and
//! counts only with the names of the administrator's, under the authority of now, and while it is the newer one that holds.

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rcgen::{KeyPair, SanType};
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use tokio::sync::watch;
use velum_proto::is_due_for_renewal;
use x509_parser::extensions::GeneralName;

use crate::authority::{Authority, SigningError};
use crate::clock::Clock;
use crate::config::HubConfig;
use crate::secret_file;
use crate::tls::{self, TlsError};

/// In `data_dir`: what the hub made for itself.
pub(crate) const RENEWED_FILE: &str = "hub-certificate.pem";
/// How often files are read anew.
const LOOK: Duration = Duration::from_secs(60);
/// Every so many looks it is tried to renew.
const LOOKS_A_TRY: u32 = 60;

/// Why the hub did not renew its certificate. The one in use stays.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RenewalError {
    /// What is there cannot be read.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// Not a name of a host.
    #[error(
        "the certificate has a name that is neither a host's nor an address; make another with `velum pki hub`"
    )]
    Name,
    /// It cannot be signed.
    #[error(transparent)]
    Signing(#[from] SigningError),
    /// It cannot be kept.
    #[error("{path}: cannot be written ({source})")]
    Write {
        /// The file.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// Boxes and operators would not take it.
    #[error("what the authority signed would be refused: {0}")]
    Refused(String),
}

/// The certificate that a listener shows; may change while it runs.
#[derive(Debug)]
pub(crate) struct Shown(watch::Sender<Arc<CertifiedKey>>);

impl Shown {
    pub(crate) fn new(certified: CertifiedKey) -> Arc<Self> {
        Arc::new(Self(watch::Sender::new(Arc::new(certified))))
    }

    fn shows(&self, one: &CertifiedKey) -> bool {
        self.0.borrow().cert == one.cert
    }

    /// Shows another from the next connection on; whether it is another.
    fn change(&self, to: CertifiedKey) -> bool {
        self.0.send_if_modified(|shown| {
            let is_other = shown.cert != to.cert;
            if is_other {
                *shown = Arc::new(to);
            }
            is_other
        })
    }
}

impl ResolvesServerCert for Shown {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0.borrow()))
    }
}

/// The certificate by which boxes and operators know the hub.
#[derive(Debug)]
pub(crate) struct Own {
    pub(crate) certified: CertifiedKey,
    /// Where it stands.
    pub(crate) path: PathBuf,
    /// From when to when it holds, in seconds since 1970.
    pub(crate) validity: (i64, i64),
    /// None where one is of a kind that the hub cannot write.
    names: Option<Vec<SanType>>,
}

impl Own {
    fn read(certificate: &Path, private_key: &Path) -> Result<Self, TlsError> {
        let certified = tls::certified(certificate, private_key)?;
        let validity = tls::validity(certificate).unwrap_or_default();
        let names = certified.cert.first().and_then(|der| names_in(der));
        Ok(Self { certified, path: certificate.to_owned(), validity, names })
    }

    /// The certificate itself.
    pub(crate) fn der(&self) -> CertificateDer<'static> {
        self.certified.cert.first().cloned().unwrap_or_else(|| CertificateDer::from(Vec::new()))
    }

    fn holds(&self, now_secs: i64) -> bool {
        (self.validity.0..=self.validity.1).contains(&now_secs)
    }
}

/// The hub's own certificate in use: the administrator's, or the one that the hub made after it.
///
/// # Errors
/// [`TlsError`] of the administrator's.
pub(crate) fn in_use(config: &HubConfig, now_unix_ms: i64) -> Result<Own, TlsError> {
    let now_secs = now_unix_ms.div_euclid(1_000);
    let given = Own::read(&config.certificate, &config.private_key)?;
    let path = config.data_dir.join(RENEWED_FILE);
    if !path.exists() {
        return Ok(given);
    }
    let renewed = match Own::read(&path, &path) {
        Ok(renewed) => renewed,
        Err(error) => {
            tracing::warn!(%error, "the certificate that the hub made for itself is not used");
            return Ok(given);
        }
    };
    let is_newer = renewed.validity.0 >= given.validity.0 || !given.holds(now_secs);
    let is_of_same_names = given.names.is_some() && renewed.names == given.names;
    let replaces = is_newer && is_of_same_names && judged(config, &renewed.der(), now_unix_ms).is_ok();
    Ok(if replaces { renewed } else { given })
}

/// Whether boxes and operators take this certificate for the hub's now.
///
/// # Errors
/// Why not.
pub(crate) fn judged(config: &HubConfig, der: &CertificateDer<'_>, now_unix_ms: i64) -> Result<(), String> {
    let mut roots = rustls::RootCertStore::empty();
    roots.add(tls::first_certificate(&config.authority)?).map_err(|error| error.to_string())?;
    let verifier = WebPkiServerVerifier::builder_with_provider(roots.into(), tls::provider()).build();
    let verifier = verifier.map_err(|error| error.to_string())?;
    let now = UnixTime::since_unix_epoch(Duration::from_millis(now_unix_ms.unsigned_abs()));
    let judged = verifier.verify_server_cert(der, &[], &server_name(config)?, &[], now);
    judged.map(drop).map_err(|error| error.to_string())
}

/// The name by which the hub is known, as certificates have it.
///
/// # Errors
/// In words.
pub(crate) fn server_name(config: &HubConfig) -> Result<ServerName<'static>, String> {
    let host = config.name().trim_start_matches('[').trim_end_matches(']').to_owned();
    ServerName::try_from(host).map_err(|error| error.to_string())
}

fn names_in(der: &CertificateDer<'_>) -> Option<Vec<SanType>> {
    let (_, parsed) = x509_parser::parse_x509_certificate(der).ok()?;
    let names = &parsed.subject_alternative_name().ok()??.value.general_names;
    names.iter().map(name_of).collect()
}

fn name_of(name: &GeneralName<'_>) -> Option<SanType> {
    match name {
        GeneralName::DNSName(host) => Some(SanType::DnsName((*host).try_into().ok()?)),
        GeneralName::IPAddress(bytes) => {
            let v4 = <[u8; 4]>::try_from(*bytes).map(IpAddr::from);
            let address = v4.or_else(|_| <[u8; 16]>::try_from(*bytes).map(IpAddr::from));
            Some(SanType::IpAddress(address.ok()?))
        }
        _ => None,
    }
}

/// The certificates of a running hub.
pub(crate) struct Certificates {
    config: HubConfig,
    clock: Arc<dyn Clock>,
    /// By which the listeners judge whoever connects.
    trusted: CertificateDer<'static>,
    hub: Arc<Shown>,
    /// The hub's own where the console has no other.
    console: Option<Arc<Shown>>,
    authority: Option<Arc<Authority>>,
}

impl Certificates {
    /// Reads all of them.
    ///
    /// # Errors
    /// [`TlsError`], with the file.
    pub(crate) fn open(
        config: &HubConfig,
        authority: Option<Arc<Authority>>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, TlsError> {
        let hub = Shown::new(in_use(config, clock.unix_ms())?.certified);
        let console = match &config.console {
            None => None,
            Some(console) if console.certificate == config.certificate => Some(Arc::clone(&hub)),
            Some(console) => Some(Shown::new(tls::certified(&console.certificate, &console.private_key)?)),
        };
        let trusted = tls::authority(config)?;
        Ok(Self { config: config.clone(), clock, trusted, hub, console, authority })
    }

    /// What boxes and operators are shown.
    pub(crate) fn hub(&self) -> Arc<Shown> {
        Arc::clone(&self.hub)
    }

    /// What browsers are shown.
    pub(crate) fn console(&self) -> Option<Arc<Shown>> {
        self.console.clone()
    }

    /// Reads anew and renews, for ever.
    pub(crate) async fn keep(self) {
        let mut ticks = tokio::time::interval(LOOK);
        for look in 0_u32.. {
            ticks.tick().await;
            self.read_anew();
            if look.is_multiple_of(LOOKS_A_TRY) {
                self.renew();
            }
        }
    }

    /// Makes the hub another certificate where it is time; a failure is logged, and tried again.
    pub(crate) fn renew(&self) {
        match self.renew_if_due() {
            Ok(None) => {}
            Ok(Some(until_secs)) => tracing::info!(until_secs, "the hub's certificate was renewed"),
            Err(error) => {
                tracing::error!(%error, "the hub's certificate could not be renewed; tried again in an hour")
            }
        }
    }

    fn renew_if_due(&self) -> Result<Option<i64>, RenewalError> {
        let Some(authority) = &self.authority else { return Ok(None) };
        let now_unix_ms = self.clock.unix_ms();
        let own = in_use(&self.config, now_unix_ms)?;
        if !is_due_for_renewal(own.validity, now_unix_ms.div_euclid(1_000)) {
            return Ok(None);
        }
        let key = KeyPair::generate().map_err(SigningError::from)?;
        let names = own.names.ok_or(RenewalError::Name)?;
        let certificate = authority.sign_hub(&key, names, now_unix_ms)?;
        judged(&self.config, certificate.der(), now_unix_ms).map_err(RenewalError::Refused)?;
        let path = self.config.data_dir.join(RENEWED_FILE);
        let text = zeroize::Zeroizing::new(format!("{}{}", key.serialize_pem(), certificate.pem()));
        secret_file::put(&path, text.as_bytes())
            .map_err(|source| RenewalError::Write { path: path.display().to_string(), source })?;
        let renewed = in_use(&self.config, now_unix_ms)?;
        let until_secs = renewed.validity.1;
        self.hub.change(renewed.certified);
        Ok(Some(until_secs))
    }

    /// Whoever renews certificates otherwise writes the files; that counts without a restart.
    fn read_anew(&self) {
        changed("hub", self.own_anew(), &self.hub);
        let console = self.config.console.as_ref().filter(|it| it.certificate != self.config.certificate);
        if let Some((files, shown)) = console.zip(self.console.as_ref()) {
            let found = tls::certified(&files.certificate, &files.private_key);
            changed("console", found.map_err(|error| error.to_string()), shown);
        }
    }

    /// The hub's own certificate in use, where it is the one shown or boxes would take it.
    fn own_anew(&self) -> Result<CertifiedKey, String> {
        let now_unix_ms = self.clock.unix_ms();
        let own = in_use(&self.config, now_unix_ms).map_err(|error| error.to_string())?;
        if self.hub.shows(&own.certified) {
            return Ok(own.certified);
        }
        if tls::authority(&self.config).map_err(|error| error.to_string())? != self.trusted {
            return Err("the authority is another than at the hub's start; restart the hub".to_owned());
        }
        judged(&self.config, &own.der(), now_unix_ms)?;
        Ok(own.certified)
    }
}

fn changed(of: &'static str, found: Result<CertifiedKey, String>, shown: &Shown) {
    match found {
        Ok(found) => {
            if shown.change(found) {
                tracing::info!(of, "another certificate is shown");
            }
        }
        Err(error) => tracing::warn!(of, %error, "the certificate in use is shown on"),
    }
}

#[cfg(test)]
mod tests;
