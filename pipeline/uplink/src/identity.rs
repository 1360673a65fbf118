//! What the box shows to its hub, and whom it trusts.
//!
//! A folder: `box.key` (PKCS#8, PEM, mode 0600; made here, never leaves), `box.crt` and `authority.crt` (X.509,
//! PEM), `hub` (one line, `host:port`).

use std::fmt;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::error::UplinkError;

pub(crate) const KEY_FILE: &str = "box.key";
pub(crate) const CERTIFICATE_FILE: &str = "box.crt";
pub(crate) const AUTHORITY_FILE: &str = "authority.crt";
pub(crate) const HUB_FILE: &str = "hub";

/// The identity of an enrolled box. The key is never printed.
pub struct Identity {
    pub(crate) key: PrivateKeyDer<'static>,
    pub(crate) chain: Vec<CertificateDer<'static>>,
    pub(crate) authority: CertificateDer<'static>,
    hub_address: String,
}

impl Identity {
    /// Reads the identity that an enrolment has written.
    ///
    /// # Errors
    /// Names the file that is missing or damaged.
    pub fn load(dir: &Path) -> Result<Self, UplinkError> {
        let key = PrivateKeyDer::from_pem_slice(&read(dir, KEY_FILE)?);
        let key = key.map_err(|_| content(dir, KEY_FILE, "a private key"))?;
        let chain = CertificateDer::pem_slice_iter(&read(dir, CERTIFICATE_FILE)?).collect();
        let chain: Vec<_> = chain_of(chain).ok_or_else(|| content(dir, CERTIFICATE_FILE, "a certificate"))?;
        let authority = CertificateDer::from_pem_slice(&read(dir, AUTHORITY_FILE)?);
        let authority = authority.map_err(|_| content(dir, AUTHORITY_FILE, "a certificate"))?;
        let hub = String::from_utf8(read(dir, HUB_FILE)?);
        let hub = hub.map_err(|_| content(dir, HUB_FILE, "an address like `hub.example.org:7443`"))?;
        Ok(Self { key, chain, authority, hub_address: hub.trim().to_owned() })
    }

    /// The rights of the key's file where others than its owner may read or write it; none where all is well.
    ///
    /// # Errors
    /// Where there is no such file.
    pub fn key_rights_too_wide(dir: &Path) -> Result<Option<u32>, UplinkError> {
        let path = dir.join(KEY_FILE);
        let rights = fs::metadata(&path).map_err(UplinkError::file(&path))?.permissions().mode() & 0o777;
        Ok((rights & 0o077 != 0).then_some(rights))
    }

    /// Where the hub takes events, `host:port`, as the enrolment said.
    pub fn hub_address(&self) -> &str {
        &self.hub_address
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity").field("hub_address", &self.hub_address).finish_non_exhaustive()
    }
}

type Certificates = Result<Vec<CertificateDer<'static>>, rustls::pki_types::pem::Error>;

fn chain_of(read: Certificates) -> Option<Vec<CertificateDer<'static>>> {
    read.ok().filter(|chain| !chain.is_empty())
}

fn read(dir: &Path, name: &str) -> Result<Vec<u8>, UplinkError> {
    let path = dir.join(name);
    fs::read(&path).map_err(UplinkError::file(&path))
}

fn content(dir: &Path, name: &str, expected: &'static str) -> UplinkError {
    UplinkError::Content { path: dir.join(name), expected }
}
