//! A certificate that nears its end is renewed by itself: a new key, and a certificate from the hub that takes the box by the
//! old one.
//!
//! Invariant: the new identity takes the place of the old one only after the hub took the box by it. Whatever fails before
//! leaves the old one as it is, and is tried again.

use std::convert::Infallible;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rcgen::KeyPair;
use rustls::pki_types::CertificateDer;
use tonic::Code;
use velum_proto::v1::RenewRequest;
use velum_proto::v1::uplink_client::UplinkClient;
use velum_vocab::{Clock, Timestamp};
use x509_parser::prelude::{FromDer, X509Certificate};

use crate::access::{HubAccess, hear};
use crate::enroll::{pem, private, signing_request};
use crate::error::UplinkError;
use crate::identity::{CERTIFICATE_FILE, Identity, KEY_FILE, is_of, put_in_place, write_aside};
use crate::tls::Connect;
use crate::trouble::Trouble;
use crate::uplink::Uplink;

/// How often it is looked whether the time has come.
const LOOK: Duration = Duration::from_secs(3_600);
const DAY_SECS: i64 = 86_400;
/// For each step of a renewal.
const TIMEOUT: Duration = Duration::from_secs(15);

/// Why a certificate was not renewed. The old one is used on.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RenewalError {
    /// The identity cannot be read or written.
    #[error(transparent)]
    Identity(#[from] UplinkError),
    /// The hub signs nothing.
    #[error(
        "the hub renews no certificates ({0}); enrol this box with a new token before its certificate ends"
    )]
    NotHere(String),
    /// The hub cannot be asked.
    #[error("the hub cannot be asked ({0})")]
    Unasked(Trouble),
    /// What it answered cannot be used.
    #[error("the hub's answer is {0}")]
    Answer(&'static str),
    /// The hub does not take the box by the new certificate.
    #[error("the hub does not take this box by the new certificate ({0})")]
    NotTaken(Trouble),
}

/// From when to when a certificate holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Validity {
    from: Timestamp,
    until: Timestamp,
}

impl Validity {
    /// From one moment to another.
    pub fn new(from: Timestamp, until: Timestamp) -> Self {
        Self { from, until }
    }

    /// Of the first certificate of a chain; none where it cannot be read.
    pub(crate) fn of(chain: &[CertificateDer<'static>]) -> Option<Self> {
        let (_, certificate) = X509Certificate::from_der(chain.first()?).ok()?;
        let validity = certificate.validity();
        let [from, until] = [&validity.not_before, &validity.not_after]
            .map(|time| Timestamp::from_unix_secs(time.timestamp()));
        Some(Self { from, until })
    }

    /// When it ends.
    pub fn ends(self) -> Timestamp {
        self.until
    }

    /// Whole days until it ends; less than none where it has ended.
    pub fn days_left(self, now: Timestamp) -> i64 {
        self.until.unix_secs().saturating_sub(now.unix_secs()).div_euclid(DAY_SECS)
    }

    /// Whether it is to be renewed.
    pub fn is_due(self, now: Timestamp) -> bool {
        velum_proto::is_due_for_renewal((self.from.unix_secs(), self.until.unix_secs()), now.unix_secs())
    }
}

/// Renews whenever it is time, for ever.
pub(crate) async fn keep(uplink: &Uplink) -> Infallible {
    let mut status = uplink.status.subscribe();
    loop {
        // A hub that is away is not asked either.
        if status.wait_for(|status| status.is_connected).await.is_err() {
            return std::future::pending().await;
        }
        match renew_if_due(&uplink.access, &uplink.clock).await {
            Ok(None) => {}
            Ok(Some(until)) => {
                tracing::info!(until_unix_secs = until.unix_secs(), "the box's certificate was renewed")
            }
            Err(error) => {
                tracing::warn!(%error, "the box's certificate could not be renewed; tried again in an hour")
            }
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// Renews where it is time; says until when the new certificate holds.
pub(crate) async fn renew_if_due(
    access: &HubAccess,
    clock: &Arc<dyn Clock>,
) -> Result<Option<Timestamp>, RenewalError> {
    let dir = &access.identity_dir;
    let old = Identity::load(dir)?;
    if old.is_half_put {
        put_in_place(dir, &[CERTIFICATE_FILE])?;
    }
    let unreadable = RenewalError::Answer("a certificate that cannot be read");
    let validity = Validity::of(&old.chain).ok_or(UplinkError::Crypto("the box's certificate"))?;
    if !validity.is_due(clock.now()) {
        return Ok(None);
    }
    let key = KeyPair::generate().map_err(|_| UplinkError::Crypto("the box's key"))?;
    write_aside(dir, KEY_FILE, key.serialize_pem().as_bytes())?;
    let chain = vec![ask(&access.connect(Arc::clone(clock))?, signing_request(&key, "box")?).await?];
    let renewed = Validity::of(&chain).ok_or(unreadable)?;
    if renewed.until <= validity.until {
        return Err(RenewalError::Answer("a certificate that ends no later than the old one"));
    }
    let key = private(&key)?;
    if !is_of(&key, &chain) {
        return Err(RenewalError::Answer("a certificate for another key"));
    }
    take_over(dir, (access, clock), old.with(key, chain)).await?;
    Ok(Some(renewed.until))
}

async fn ask(connect: &Connect, csr_der: Vec<u8>) -> Result<CertificateDer<'static>, RenewalError> {
    let channel =
        connect.channel(TIMEOUT).await.map_err(|error| RenewalError::Unasked(Trouble::of(&error)))?;
    let answer =
        tokio::time::timeout(TIMEOUT, UplinkClient::new(channel).renew(RenewRequest { csr_der })).await;
    match answer.map_err(|_| RenewalError::Unasked(Trouble::timed_out()))? {
        Ok(answer) => Ok(CertificateDer::from(answer.into_inner().certificate_der)),
        Err(status) if matches!(status.code(), Code::FailedPrecondition | Code::Unimplemented) => {
            Err(RenewalError::NotHere(status.code().description().to_owned()))
        }
        Err(status) => Err(RenewalError::Unasked(Trouble::of_status(&status))),
    }
}

/// Tries the new identity at the hub, then puts it in the place of the old one.
async fn take_over(
    dir: &Path,
    (access, clock): (&HubAccess, &Arc<dyn Clock>),
    identity: Identity,
) -> Result<(), RenewalError> {
    let [certificate] = identity.chain.as_slice() else { return Err(RenewalError::Answer("no certificate")) };
    write_aside(dir, CERTIFICATE_FILE, pem(certificate).as_bytes())?;
    let connect = access.connect_as(&identity, Arc::clone(clock))?;
    let heard = tokio::time::timeout(TIMEOUT, hear(&connect, TIMEOUT)).await;
    heard.unwrap_or_else(|_| Err(Trouble::timed_out())).map_err(RenewalError::NotTaken)?;
    Ok(put_in_place(dir, &[KEY_FILE, CERTIFICATE_FILE])?)
}
