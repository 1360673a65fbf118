//! Enrolment: a one-use token, and the one call that trades it and a signing request for a certificate.

use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use prost::Message as _;
use rustls::pki_types::CertificateDer;
use tonic::{Request, Response, Status};
use velum_proto::ENROLMENT_TOKEN_PREFIX;
use velum_proto::v1::enrolment_server::Enrolment;
use velum_proto::v1::{EnrolRequest, EnrolResponse, EnrolmentToken};

use crate::authority::Authority;
use crate::clock::Clock;
use crate::config::HubConfig;
use crate::identity::{Identity, Name, Role};
use crate::secret::{digest, new_secret};
use crate::store::{Store, StoreError, TokenState};

/// Why enrolment cannot be offered or a token cannot be given.
#[derive(Debug, thiserror::Error)]
pub(crate) enum EnrolmentError {
    /// The key is missing.
    #[error("hub.toml has no `enrolment_listen`; add it, for example `enrolment_listen = \"0.0.0.0:7444\"`")]
    NotConfigured,
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
        let name = Name::parse(&of.name).map_err(|error| Status::internal(error.to_string()))?;
        let identity = Identity { role: Role::Box, name, generation: of.minimum_generation };
        let certificate = self.authority.sign(request.csr_der, &identity, now_unix_ms)?;
        if !self.store.use_token(&secret, &of, now_unix_ms).await.map_err(|error| failed(&error))? {
            return Err(refused(&TokenState::Used));
        }
        tracing::info!(box = of.name, generation = of.minimum_generation, "a box was enrolled");
        Ok(Response::new(EnrolResponse {
            r#box: of.name,
            certificate_der: certificate.to_vec(),
            authority_der: self.authority.certificate().to_vec(),
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
