//! The town's authority with its key: signs the certificates of boxes that enrol, of whoever renews, and the hub's own.
//!
//! Invariant: the hub alone names the holder. Of a request, only the public key is taken.

use std::path::Path;
use std::time::Duration;

use rcgen::{
    CertificateParams, CertificateSigningRequestParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose,
    IsCa, Issuer, KeyPair, KeyUsagePurpose, PublicKeyData as _, SanType, SerialNumber,
};
use ring::rand::{SecureRandom as _, SystemRandom};
use rustls::pki_types::{CertificateDer, CertificateSigningRequestDer};
use tonic::Status;

use crate::config::EnrolmentConfig;
use crate::identity::Identity;

const DAY_SECS: u64 = 86_400;
/// A signing request of one key has a few hundred.
const REQUEST_BYTES: usize = 4_096;
/// A machine whose clock is a little behind must not find its certificate in the future.
const BACKDATED_SECS: u64 = 300;

/// Why the authority's key cannot be used.
#[derive(Debug, thiserror::Error)]
#[error(
    "{path}: the authority's private key cannot be used ({cause}); put `authority.key` of `velum pki init` there, or leave out `enrolment_listen`"
)]
pub(crate) struct AuthorityError {
    path: String,
    cause: String,
}

/// Why a certificate was not signed, for the hub's own log.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SigningError {
    /// The name does not fit into a certificate, or the key does not sign.
    #[error("the certificate cannot be made ({0})")]
    Certificate(#[from] rcgen::Error),
    /// No random bytes.
    #[error("the system's random number generator failed")]
    Random,
    /// The clock.
    #[error("the hub's clock is before 1970")]
    Clock,
}

/// The authority with its key.
pub(crate) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    certificate: CertificateDer<'static>,
    valid_days: u32,
}

impl Authority {
    /// Reads the authority's key and checks that it is that of its certificate.
    ///
    /// # Errors
    /// [`AuthorityError`].
    pub(crate) fn open(
        config: &EnrolmentConfig,
        certificate: CertificateDer<'static>,
    ) -> Result<Self, AuthorityError> {
        let path = &config.authority_key;
        let text = std::fs::read_to_string(path).map_err(|error| key_error(path, &error))?;
        let key = KeyPair::from_pem(&text).map_err(|error| key_error(path, &error))?;
        let public_key = subject_public_key(&certificate).ok_or_else(|| key_error(path, &"no authority"))?;
        if public_key != key.subject_public_key_info() {
            return Err(key_error(path, &"it is not the key of authority.pem"));
        }
        let issuer = Issuer::from_ca_cert_der(&certificate, key).map_err(|error| key_error(path, &error))?;
        Ok(Self { issuer, certificate, valid_days: config.certificate_valid_days })
    }

    /// Its certificate.
    pub(crate) fn certificate(&self) -> &CertificateDer<'static> {
        &self.certificate
    }

    /// Signs the public key of a request for this box or operator.
    ///
    /// # Errors
    /// What is wrong with the request, for whoever asked.
    pub(crate) fn sign(
        &self,
        csr_der: Vec<u8>,
        of: &Identity,
        now_unix_ms: i64,
    ) -> Result<CertificateDer<'static>, Status> {
        if csr_der.len() > REQUEST_BYTES {
            return Err(Status::invalid_argument(format!(
                "csr_der: {} bytes, expected at most {REQUEST_BYTES}",
                csr_der.len()
            )));
        }
        let request = CertificateSigningRequestParams::from_der(&CertificateSigningRequestDer::from(csr_der))
            .map_err(|error| Status::invalid_argument(format!("csr_der: not a signing request ({error})")))?;
        let good = [&rcgen::PKCS_ECDSA_P256_SHA256, &rcgen::PKCS_ECDSA_P384_SHA384, &rcgen::PKCS_ED25519];
        if !good.contains(&request.public_key.algorithm()) {
            return Err(Status::invalid_argument("csr_der: expected a key of type P-256, P-384 or Ed25519"));
        }
        let signed = || -> Result<_, SigningError> {
            let mut params = self.params(&format!("{}:{}", of.role, of.name), now_unix_ms)?;
            params.subject_alt_names = vec![SanType::URI(of.uri().try_into()?)];
            params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
            Ok(params.signed_by(&request.public_key, &self.issuer)?)
        };
        let certificate = signed().map_err(|error| {
            tracing::error!(%error, "a certificate could not be signed");
            Status::internal("the hub cannot sign at the moment; its log says why")
        })?;
        Ok(certificate.der().clone())
    }

    /// A certificate for the hub itself, under these names.
    ///
    /// # Errors
    /// [`SigningError`].
    pub(crate) fn sign_hub(
        &self,
        key: &KeyPair,
        names: Vec<SanType>,
        now_unix_ms: i64,
    ) -> Result<rcgen::Certificate, SigningError> {
        let mut params = self.params("Velum hub", now_unix_ms)?;
        params.subject_alt_names = names;
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        Ok(params.signed_by(key, &self.issuer)?)
    }

    fn params(&self, common_name: &str, now_unix_ms: i64) -> Result<CertificateParams, SigningError> {
        let mut params = CertificateParams::default();
        params.distinguished_name = DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, common_name);
        params.is_ca = IsCa::ExplicitNoCa;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.use_authority_key_identifier_extension = true;
        params.serial_number = Some(random_serial()?);
        let now_secs = u64::try_from(now_unix_ms.div_euclid(1_000)).map_err(|_| SigningError::Clock)?;
        let epoch = rcgen::date_time_ymd(1970, 1, 1);
        params.not_before = epoch + Duration::from_secs(now_secs.saturating_sub(BACKDATED_SECS));
        let until_secs = now_secs.saturating_add(u64::from(self.valid_days) * DAY_SECS);
        params.not_after = epoch + Duration::from_secs(until_secs);
        Ok(params)
    }
}

/// The answer of a hub without the authority's key.
pub(crate) fn signs_nothing() -> Status {
    Status::failed_precondition(
        "this hub signs no certificates (hub.toml has no `enrolment_listen`); ask where they are signed",
    )
}

fn random_serial() -> Result<SerialNumber, SigningError> {
    let mut bytes = [0_u8; 16];
    SystemRandom::new().fill(&mut bytes).map_err(|_| SigningError::Random)?;
    // Positive and of full length (RFC 5280, 4.1.2.2).
    bytes[0] = (bytes[0] & 0x7f) | 0x40;
    Ok(SerialNumber::from(bytes.to_vec()))
}

fn subject_public_key(certificate: &[u8]) -> Option<Vec<u8>> {
    let (_, parsed) = x509_parser::parse_x509_certificate(certificate).ok()?;
    Some(parsed.public_key().raw.to_vec())
}

fn key_error(path: &Path, cause: &dyn std::fmt::Display) -> AuthorityError {
    AuthorityError { path: path.display().to_string(), cause: cause.to_string() }
}
