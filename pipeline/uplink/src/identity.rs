//! What the box shows to its hub, and whom it trusts.
//!
//! A folder: `box.key` (PKCS#8, PEM, mode 0600; made here, never leaves), `box.crt` and `authority.crt` (X.509,
//! PEM), `hub` (one line, `host:port`). Key and certificate are two files: `NAME.new` is written first, then both are renamed, the
//! key first. A box that is switched off in between finds the certificate of its key beside the old one.

use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;

use crate::error::UplinkError;
use crate::renewal::Validity;

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
    /// The certificate is not in its place yet.
    pub(crate) is_half_put: bool,
}

impl Identity {
    /// Reads the identity that an enrolment has written.
    ///
    /// # Errors
    /// Names the file that is missing or damaged.
    pub fn load(dir: &Path) -> Result<Self, UplinkError> {
        let key = PrivateKeyDer::from_pem_slice(&read(dir, KEY_FILE)?);
        let key: PrivateKeyDer<'static> = key.map_err(|_| content(dir, KEY_FILE, "a private key"))?;
        let chain = chain_in(dir, CERTIFICATE_FILE)?;
        let beside = || chain_in(dir, &format!("{CERTIFICATE_FILE}{ASIDE}")).ok();
        let half_put = if is_of(&key, &chain) { None } else { beside().filter(|chain| is_of(&key, chain)) };
        let (is_half_put, chain) = (half_put.is_some(), half_put.unwrap_or(chain));
        let authority = CertificateDer::from_pem_slice(&read(dir, AUTHORITY_FILE)?);
        let authority = authority.map_err(|_| content(dir, AUTHORITY_FILE, "a certificate"))?;
        let hub = String::from_utf8(read(dir, HUB_FILE)?);
        let hub = hub.map_err(|_| content(dir, HUB_FILE, "an address like `hub.example.org:7443`"))?;
        Ok(Self { key, chain, authority, hub_address: hub.trim().to_owned(), is_half_put })
    }

    /// From when to when the box's certificate holds; none where it cannot be read.
    pub fn validity(&self) -> Option<Validity> {
        Validity::of(&self.chain)
    }

    /// The same box at the same hub, with another key.
    pub(crate) fn with(self, key: PrivateKeyDer<'static>, chain: Vec<CertificateDer<'static>>) -> Self {
        Self { key, chain, is_half_put: false, ..self }
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

/// What is written and does not count yet.
const ASIDE: &str = ".new";

/// Whether the first certificate of a chain is that of the key.
pub(crate) fn is_of(key: &PrivateKeyDer<'static>, chain: &[CertificateDer<'static>]) -> bool {
    let provider = rustls::crypto::ring::default_provider();
    CertifiedKey::from_der(chain.to_vec(), key.clone_key(), &provider)
        .is_ok_and(|certified| certified.keys_match().is_ok())
}

fn chain_in(dir: &Path, name: &str) -> Result<Vec<CertificateDer<'static>>, UplinkError> {
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&read(dir, name)?).collect();
    let chain = chain.ok().filter(|chain| !chain.is_empty());
    chain.ok_or_else(|| content(dir, name, "a certificate"))
}

fn aside(dir: &Path, name: &str) -> PathBuf {
    dir.join(format!("{name}{ASIDE}"))
}

/// Writes beside the file, for this user alone.
pub(crate) fn write_aside(dir: &Path, name: &str, bytes: &[u8]) -> Result<(), UplinkError> {
    let path = aside(dir, name);
    let write = || {
        // A file left by an earlier attempt may have other rights.
        if path.exists() {
            fs::remove_file(&path)?;
        }
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
        file.write_all(bytes)?;
        file.sync_all()
    };
    write().map_err(UplinkError::file(&path))
}

/// Puts what was written beside the files in their place, in this order.
pub(crate) fn put_in_place(dir: &Path, names: &[&str]) -> Result<(), UplinkError> {
    for name in names {
        let path = dir.join(name);
        fs::rename(aside(dir, name), &path).map_err(UplinkError::file(&path))?;
    }
    File::open(dir).and_then(|dir| dir.sync_all()).map_err(UplinkError::file(dir))
}

fn read(dir: &Path, name: &str) -> Result<Vec<u8>, UplinkError> {
    let path = dir.join(name);
    fs::read(&path).map_err(UplinkError::file(&path))
}

fn content(dir: &Path, name: &str, expected: &'static str) -> UplinkError {
    UplinkError::Content { path: dir.join(name), expected }
}
