//! Enrolment: a one-use token, the one call that trades it and a signing request for a certificate, and the authority, which
//! also signs what renews a certificate.
//!
//! Invariant: the hub alone names the box. Of the request, only the public key is taken.

use std::path::Path;
use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use prost::Message as _;
use rcgen::{
    CertificateParams, CertificateSigningRequestParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose,
    IsCa, Issuer, KeyPair, KeyUsagePurpose, PublicKeyData as _, SanType, SerialNumber,
};
use ring::rand::{SecureRandom as _, SystemRandom};
use rustls::pki_types::{CertificateDer, CertificateSigningRequestDer};
use tonic::{Request, Response, Status};
use velum_proto::ENROLMENT_TOKEN_PREFIX;
use velum_proto::v1::enrolment_server::Enrolment;
use velum_proto::v1::{EnrolRequest, EnrolResponse, EnrolmentToken};

use crate::clock::Clock;
use crate::config::{EnrolmentConfig, HubConfig};
use crate::identity::{Identity, Name, Role};
use crate::secret::{digest, new_secret};
use crate::store::{BoxRow, Store, StoreError, TokenState};

const DAY_SECS: u64 = 86_400;
/// A signing request of one key has a few hundred.
const REQUEST_BYTES: usize = 4_096;
/// A box whose clock is a little behind must not find its certificate in the future.
const BACKDATED_SECS: u64 = 300;

/// Why enrolment cannot be offered or a token cannot be given.
#[derive(Debug, thiserror::Error)]
pub(crate) enum EnrolmentError {
    /// The key is missing.
    #[error("hub.toml has no `enrolment_listen`; add it, for example `enrolment_listen = \"0.0.0.0:7444\"`")]
    NotConfigured,
    /// The key cannot be read.
    #[error(
        "{path}: the authority's private key cannot be used ({cause}); put `authority.key` of `velum pki init` there, or leave out `enrolment_listen`"
    )]
    AuthorityKey {
        /// The file.
        path: String,
        /// Why not.
        cause: String,
    },
    /// No random bytes.
    #[error("the system's random number generator failed; no token can be made")]
    Random,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Makes a token for a box and keeps the digest of its secret.
///
/// # Errors
/// [`EnrolmentError`].
pub(crate) async fn new_token(
    store: &Store,
    config: &HubConfig,
    authority: &CertificateDer<'_>,
    name: &Name,
    now_unix_ms: i64,
) -> Result<String, EnrolmentError> {
    let enrolment = config.enrolment.as_ref().ok_or(EnrolmentError::NotConfigured)?;
    let secret = new_secret().map_err(|_| EnrolmentError::Random)?;
    let valid_ms = i64::try_from(enrolment.token_valid.as_millis()).unwrap_or(i64::MAX);
    let expires_unix_ms = now_unix_ms.saturating_add(valid_ms);
    store.add_token(&digest(&secret), name, now_unix_ms, expires_unix_ms).await?;
    let token = EnrolmentToken {
        hub_address: config.public_address.clone(),
        enrol_address: enrolment.public_address.clone(),
        authority_der: authority.to_vec(),
        secret,
        r#box: name.to_string(),
        expires_unix_ms,
    };
    let text = BASE64_URL_SAFE_NO_PAD.encode(token.encode_to_vec());
    Ok(format!("{ENROLMENT_TOKEN_PREFIX}{text}"))
}

/// The authority with its key: signs certificates of boxes.
pub(crate) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    certificate: CertificateDer<'static>,
    valid_days: u32,
}

impl Authority {
    /// Reads the authority's key and checks that it is that of its certificate.
    ///
    /// # Errors
    /// [`EnrolmentError::AuthorityKey`].
    pub(crate) fn open(
        config: &EnrolmentConfig,
        certificate: CertificateDer<'static>,
    ) -> Result<Self, EnrolmentError> {
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

    /// A new certificate for the holder of one that still holds.
    ///
    /// # Errors
    /// What is wrong with the request, for the box.
    pub(crate) fn renew(
        &self,
        csr_der: Vec<u8>,
        of: &Identity,
        now_unix_ms: i64,
    ) -> Result<CertificateDer<'static>, Status> {
        let of = BoxRow { name: of.name.to_string(), minimum_generation: of.generation };
        self.sign(csr_der, &of, now_unix_ms)
    }

    /// Signs the public key of a request, under the name and generation of the box.
    fn sign(
        &self,
        csr_der: Vec<u8>,
        of: &BoxRow,
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
        let params = self.params(of, now_unix_ms).map_err(|error| cannot_sign(&error))?;
        let certificate =
            params.signed_by(&request.public_key, &self.issuer).map_err(|error| cannot_sign(&error))?;
        Ok(certificate.der().clone())
    }

    fn params(&self, of: &BoxRow, now_unix_ms: i64) -> Result<CertificateParams, Box<dyn std::error::Error>> {
        let name = Name::parse(&of.name)?;
        let identity = Identity { role: Role::Box, name, generation: of.minimum_generation };
        let mut params = CertificateParams::default();
        params.distinguished_name = DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, format!("box:{}", of.name));
        params.subject_alt_names = vec![SanType::URI(identity.uri().try_into()?)];
        params.is_ca = IsCa::ExplicitNoCa;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        params.use_authority_key_identifier_extension = true;
        params.serial_number = Some(random_serial()?);
        let now_secs = u64::try_from(now_unix_ms.div_euclid(1_000))?;
        let epoch = rcgen::date_time_ymd(1970, 1, 1);
        let secs = std::time::Duration::from_secs;
        params.not_before = epoch + secs(now_secs.saturating_sub(BACKDATED_SECS));
        params.not_after = epoch + secs(now_secs.saturating_add(u64::from(self.valid_days) * DAY_SECS));
        Ok(params)
    }
}

fn random_serial() -> Result<SerialNumber, EnrolmentError> {
    let mut bytes = [0_u8; 16];
    SystemRandom::new().fill(&mut bytes).map_err(|_| EnrolmentError::Random)?;
    // Positive and of full length (RFC 5280, 4.1.2.2).
    bytes[0] = (bytes[0] & 0x7f) | 0x40;
    Ok(SerialNumber::from(bytes.to_vec()))
}

fn subject_public_key(certificate: &[u8]) -> Option<Vec<u8>> {
    let (_, parsed) = x509_parser::parse_x509_certificate(certificate).ok()?;
    Some(parsed.public_key().raw.to_vec())
}

fn key_error(path: &Path, cause: &dyn std::fmt::Display) -> EnrolmentError {
    EnrolmentError::AuthorityKey { path: path.display().to_string(), cause: cause.to_string() }
}

fn cannot_sign(error: &dyn std::fmt::Display) -> Status {
    tracing::error!(%error, "a certificate could not be signed");
    Status::internal("the hub cannot sign at the moment; its log says why")
}

/// The service on the enrolment port.
#[derive(Clone)]
pub(crate) struct EnrolmentService {
    pub(crate) store: Arc<Store>,
    pub(crate) authority: Arc<Authority>,
    pub(crate) clock: Arc<dyn Clock>,
}

#[tonic::async_trait]
impl Enrolment for EnrolmentService {
    async fn enrol(&self, request: Request<EnrolRequest>) -> Result<Response<EnrolResponse>, Status> {
        let request = request.into_inner();
        let secret = digest(&request.token_secret);
        let now_unix_ms = self.clock.unix_ms();
        let of = match self.store.token_state(&secret, now_unix_ms).await.map_err(|error| failed(&error))? {
            TokenState::Good(of) => of,
            bad => return Err(refused(&bad)),
        };
        let certificate = self.authority.sign(request.csr_der, &of, now_unix_ms)?;
        if !self.store.use_token(&secret, &of, now_unix_ms).await.map_err(|error| failed(&error))? {
            return Err(refused(&TokenState::Used));
        }
        tracing::info!(box = of.name, generation = of.minimum_generation, "a box was enrolled");
        Ok(Response::new(EnrolResponse {
            r#box: of.name,
            certificate_der: certificate.to_vec(),
            authority_der: self.authority.certificate.to_vec(),
        }))
    }
}

fn refused(state: &TokenState) -> Status {
    let why = match state {
        TokenState::Used => "this token was used already",
        TokenState::Expired => "this token is too old",
        TokenState::Unknown | TokenState::Good(_) => "this hub does not know this token, or took it back",
    };
    tracing::warn!(why, "an enrolment was refused");
    Status::permission_denied(format!("{why}; ask for a new one: velum-hub enroll BOX"))
}

fn failed(error: &StoreError) -> Status {
    tracing::error!(%error, "the store failed");
    Status::unavailable("the hub cannot read its store at the moment; its log says why")
}
