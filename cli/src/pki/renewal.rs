//! An operator's certificate that nears its end is renewed by the hub, by the one that still holds.
//!
//! Key and certificate are two files, as other programs want them: `NAME.key.new` and `NAME.pem.new` are written whole, then
//! renamed, the key first. Invariant: whatever fails before leaves the old pair as it is; a power cut between the two renames
//! is mended at the next use.

use std::fs::File;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, bail};
use rcgen::{CertificateParams, KeyPair, PublicKeyData as _};
use tonic::Code;
use tonic::transport::Channel;
use velum_proto::is_due_for_renewal;
use velum_proto::v1::RenewRequest;
use velum_proto::v1::operators_client::OperatorsClient;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::{FromDer as _, X509Certificate};

use super::files::{ASIDE, Folder};
use crate::hub::refusal;

const DAY_SECS: i64 = 86_400;
const LIMIT: Duration = Duration::from_secs(10);

/// When a certificate is renewed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum When {
    /// A third of its life is left.
    Due,
    /// In any case.
    Now,
}

/// How it stands with an operator's certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Standing {
    /// From when to when it holds, in seconds since 1970.
    pub(crate) validity: (i64, i64),
    /// It is another than before.
    pub(crate) is_renewed: bool,
}

impl Standing {
    /// Whole days until it ends.
    pub(crate) fn days_left(self, now_secs: i64) -> i64 {
        self.validity.1.saturating_sub(now_secs).div_euclid(DAY_SECS)
    }

    /// Whether it should be renewed by now.
    pub(crate) fn is_due(self, now_secs: i64) -> bool {
        is_due_for_renewal(self.validity, now_secs)
    }
}

/// Seconds since 1970.
pub(crate) fn now_secs() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

/// How long the operator's certificate holds; none where it cannot be read.
pub(crate) fn standing(dir: &Path, name: &str) -> Option<Standing> {
    let pem = Folder::open(dir).read(&format!("{name}.pem")).ok()?;
    Some(Standing { validity: Certificate::parse(&pem)?.validity, is_renewed: false })
}

/// Puts the certificate in its place where a power cut came between it and its key.
pub(crate) fn mend(dir: &Path, name: &str) {
    let folder = Folder::open(dir);
    let (pem, aside) = (format!("{name}.pem"), format!("{name}.pem{ASIDE}"));
    let Ok(beside) = folder.read(&aside) else { return };
    let is_half_put = || {
        let key = KeyPair::from_pem(&folder.read(&format!("{name}.key")).ok()?).ok()?;
        Some(
            Certificate::parse(&beside)?.is_of(&key)
                && !Certificate::parse(&folder.read(&pem).ok()?)?.is_of(&key),
        )
    };
    if is_half_put() == Some(true) {
        // Where it cannot be mended, the connection says what is wrong with the pair.
        let _mended = folder.put_in_place(&[&pem]);
    }
}

/// Renews the operator's certificate where it is time, one program at a time.
///
/// # Errors
/// Why the old one is used on.
pub(crate) async fn renew(dir: &Path, name: &str, hub: Channel, when: When) -> Result<Standing> {
    let at = || dir.display();
    let lock = File::open(dir).with_context(|| format!("{}: cannot be opened", at()))?;
    lock.lock().with_context(|| format!("{}: cannot be locked", at()))?;
    let folder = Folder::open(dir);
    let (key_file, pem_file) = (format!("{name}.key"), format!("{name}.pem"));
    let old = Certificate::parse(&folder.read(&pem_file)?)
        .with_context(|| format!("{}: holds no certificate", dir.join(&pem_file).display()))?;
    if when == When::Due && !is_due_for_renewal(old.validity, now_secs()) {
        return Ok(Standing { validity: old.validity, is_renewed: false });
    }
    let renewed = anew(&folder, (&key_file, &pem_file), &old, hub).await;
    if renewed.is_err() {
        folder.drop_aside(&[&key_file, &pem_file]);
    }
    renewed
}

/// Another key, and the certificate for it.
async fn anew(
    folder: &Folder,
    (key_file, pem_file): (&str, &str),
    old: &Certificate,
    hub: Channel,
) -> Result<Standing> {
    let key = KeyPair::generate()?;
    // First of all: a folder that cannot be written is no reason to ask.
    folder.write_aside(key_file, &key.serialize_pem())?;
    let csr_der = CertificateParams::default().serialize_request(&key)?.der().to_vec();
    let der =
        tokio::time::timeout(LIMIT, ask(hub, csr_der)).await.context("the hub did not answer in time")??;
    let new = Certificate::of_der(&der).context("the hub's answer is no certificate")?;
    if !new.is_of(&key) || new.holder != old.holder || new.validity.1 <= old.validity.1 {
        bail!("the hub's answer is another's certificate, or one that ends no later");
    }
    folder.write_aside(pem_file, &pem_of(&der))?;
    folder.put_in_place(&[key_file, pem_file])?;
    Ok(Standing { validity: new.validity, is_renewed: true })
}

async fn ask(hub: Channel, csr_der: Vec<u8>) -> Result<Vec<u8>> {
    match OperatorsClient::new(hub).renew(RenewRequest { csr_der }).await {
        Ok(answer) => Ok(answer.into_inner().certificate_der),
        Err(status) if status.code() == Code::Unimplemented => {
            bail!("the hub is of an older release, which renews no certificates of operators")
        }
        Err(status) => Err(refusal(&status)),
    }
}

fn pem_of(der: &[u8]) -> String {
    let lines = pem::EncodeConfig::new().set_line_ending(pem::LineEnding::LF);
    pem::encode_config(&pem::Pem::new("CERTIFICATE", der), lines)
}

/// What is looked at in a certificate.
#[derive(Debug)]
struct Certificate {
    validity: (i64, i64),
    /// `velum:operator:NAME:GENERATION`.
    holder: Option<String>,
    public_key_der: Vec<u8>,
}

impl Certificate {
    fn parse(pem: &str) -> Option<Self> {
        Self::of_der(pem::parse(pem).ok()?.contents())
    }

    fn of_der(der: &[u8]) -> Option<Self> {
        let (_, parsed) = X509Certificate::from_der(der).ok()?;
        let names = parsed.subject_alternative_name().ok()?.map(|names| &names.value.general_names);
        let holder = names.into_iter().flatten().find_map(|name| match name {
            GeneralName::URI(uri) if uri.starts_with("velum:") => Some((*uri).to_owned()),
            _ => None,
        });
        let held = parsed.validity();
        Some(Self {
            validity: (held.not_before.timestamp(), held.not_after.timestamp()),
            holder,
            public_key_der: parsed.public_key().raw.to_vec(),
        })
    }

    fn is_of(&self, key: &KeyPair) -> bool {
        self.public_key_der == key.subject_public_key_info()
    }
}

#[cfg(test)]
mod tests;
