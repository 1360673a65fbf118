//! Certificates: EC P-256 keys, signed by the town's own authority.

use std::net::IpAddr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result};
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer,
    KeyPair, KeyUsagePurpose, SanType,
};

/// How long the hub's and an operator's certificate are good.
pub(crate) const VALID_DAYS: u64 = 825;
const AUTHORITY_VALID_DAYS: u64 = 3_652;
const DAY_SECS: u64 = 86_400;
/// A machine whose clock is a little behind must not find its certificate in the future.
const BACKDATED_SECS: u64 = 300;

/// A certificate and its private key.
pub(crate) struct Signed {
    pub(crate) certificate_pem: String,
    pub(crate) key_pem: String,
}

/// The authority, with its key.
pub(crate) struct Authority {
    certificate_pem: String,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    /// Makes a new one.
    pub(crate) fn new() -> Result<Self> {
        let key = KeyPair::generate()?;
        let mut params = params("", AUTHORITY_VALID_DAYS)?;
        // Two towns' authorities must not be taken for each other: that would end in unclear errors.
        let id: String =
            params.key_identifier(&key).iter().take(4).map(|byte| format!("{byte:02x}")).collect();
        params.distinguished_name = DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, format!("Velum authority {id}"));
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let certificate_pem = params.self_signed(&key)?.pem();
        Ok(Self { certificate_pem, issuer: Issuer::new(params, key) })
    }

    /// Reads one that was made before.
    pub(crate) fn load(certificate_pem: &str, key_pem: &str) -> Result<Self> {
        let key = KeyPair::from_pem(key_pem).context("authority.key")?;
        let issuer = Issuer::from_ca_cert_pem(certificate_pem, key).context("authority.pem")?;
        Ok(Self { certificate_pem: certificate_pem.to_owned(), issuer })
    }

    pub(crate) fn certificate_pem(&self) -> &str {
        &self.certificate_pem
    }

    pub(crate) fn key_pem(&self) -> String {
        self.issuer.key().serialize_pem()
    }

    /// A server certificate for the hub under these names.
    pub(crate) fn sign_hub(&self, names: &[String]) -> Result<Signed> {
        let mut params = params("Velum hub", VALID_DAYS)?;
        params.subject_alt_names = names.iter().map(|name| host(name)).collect::<Result<_>>()?;
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        self.sign(params)
    }

    /// A client certificate for an operator.
    pub(crate) fn sign_operator(&self, name: &str) -> Result<Signed> {
        let mut params = params(&format!("operator:{name}"), VALID_DAYS)?;
        params.subject_alt_names = vec![SanType::URI(format!("velum:operator:{name}:1").try_into()?)];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        self.sign(params)
    }

    fn sign(&self, mut params: CertificateParams) -> Result<Signed> {
        params.is_ca = IsCa::ExplicitNoCa;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.use_authority_key_identifier_extension = true;
        let key = KeyPair::generate()?;
        let certificate_pem = params.signed_by(&key, &self.issuer)?.pem();
        Ok(Signed { certificate_pem, key_pem: key.serialize_pem() })
    }
}

fn host(name: &str) -> Result<SanType> {
    match name.parse::<IpAddr>() {
        Ok(address) => Ok(SanType::IpAddress(address)),
        Err(_) => {
            let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-');
            if name.is_empty() || !name.chars().all(plain) {
                anyhow::bail!(
                    "--hub-name `{name}`: expected a host name or an IP address, for example `hub.example.org` or `192.0.2.7`"
                );
            }
            Ok(SanType::DnsName(name.try_into()?))
        }
    }
}

fn params(common_name: &str, valid_days: u64) -> Result<CertificateParams> {
    let now_secs =
        SystemTime::now().duration_since(UNIX_EPOCH).context("the clock is before 1970")?.as_secs();
    let epoch = rcgen::date_time_ymd(1970, 1, 1);
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, common_name);
    params.not_before = epoch + Duration::from_secs(now_secs.saturating_sub(BACKDATED_SECS));
    params.not_after = epoch + Duration::from_secs(now_secs.saturating_add(valid_days * DAY_SECS));
    Ok(params)
}
