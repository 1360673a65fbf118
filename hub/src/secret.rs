//! Secrets that the hub gives out once and knows by their digest only.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use ring::rand::{SecureRandom as _, SystemRandom};

const SECRET_BYTES: usize = 32;

/// SHA-256 of a secret.
pub(crate) type SecretDigest = [u8; 32];

/// The system gave no random bytes.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("the system's random number generator failed")]
pub(crate) struct NoRandom;

/// 32 random bytes, base64url without padding.
pub(crate) fn new_secret() -> Result<String, NoRandom> {
    let mut secret = [0_u8; SECRET_BYTES];
    SystemRandom::new().fill(&mut secret).map_err(|_| NoRandom)?;
    Ok(BASE64_URL_SAFE_NO_PAD.encode(secret))
}

/// What is kept of a secret. Looking up digests tells an attacker's clock nothing about the secret.
pub(crate) fn digest(secret: &str) -> SecretDigest {
    let mut digest = SecretDigest::default();
    digest.copy_from_slice(ring::digest::digest(&ring::digest::SHA256, secret.as_bytes()).as_ref());
    digest
}
