//! Enrolment: a one-use token and a signing request for a certificate.

use std::fs;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tonic::Status;
use velum_proto::v1::enrolment_client::EnrolmentClient;
use velum_proto::v1::{EnrolRequest, EnrolResponse};
use velum_vocab::{BoxId, Clock};

use crate::error::UplinkError;
use crate::identity::{
    AUTHORITY_FILE, CERTIFICATE_FILE, HUB_FILE, Identity, KEY_FILE, is_of, put_in_place, write_aside,
};
use crate::tls::{Address, Connect};
use crate::token::Token;
use crate::trouble::Trouble;

const TIMEOUT: Duration = Duration::from_secs(15);
/// The hub's reason for a refusal is shown as far as this.
const REASON_LIMIT_CHARS: usize = 200;

/// What an enrolment gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enrolled {
    /// The name that the hub gave this box.
    pub box_id: BoxId,
    /// Where the hub takes events.
    pub hub_address: String,
}

/// Trades the token for a certificate and writes the identity into `dir`. The private key is made here, readable
/// by this user alone, and never leaves. An identity that is there already is replaced only once the new one is
/// complete and checked.
///
/// # Errors
/// [`UplinkError`]; nothing in `dir` has changed then, unless writing itself failed.
pub async fn enroll(token: &str, dir: &Path, clock: Arc<dyn Clock>) -> Result<Enrolled, UplinkError> {
    let token = Token::parse(token)?;
    if token.expires_at <= clock.now() {
        return Err(UplinkError::TokenExpired(token.box_id.to_string()));
    }
    Address::parse(&token.hub_address)?;
    let address = Address::parse(&token.enrol_address)?;
    let authority = CertificateDer::from(token.authority_der.clone());
    let connect = Connect::server_only(address, authority, clock)?;
    // Written first: a token that was traded must not be wasted on a folder that cannot be written.
    fs::DirBuilder::new().recursive(true).mode(0o700).create(dir).map_err(UplinkError::file(dir))?;
    let key = KeyPair::generate().map_err(|_| UplinkError::Crypto("the box's key"))?;
    write_aside(dir, KEY_FILE, key.serialize_pem().as_bytes())?;
    let answer = ask(&connect, &token, signing_request(&key, token.box_id.as_str())?).await?;
    check(&answer, &token, &key)?;
    write_aside(dir, CERTIFICATE_FILE, pem(&answer.certificate_der).as_bytes())?;
    write_aside(dir, AUTHORITY_FILE, pem(&token.authority_der).as_bytes())?;
    write_aside(dir, HUB_FILE, format!("{}\n", token.hub_address).as_bytes())?;
    put_in_place(dir, &[KEY_FILE, CERTIFICATE_FILE, AUTHORITY_FILE, HUB_FILE])?;
    Identity::load(dir)?;
    Ok(Enrolled { box_id: token.box_id, hub_address: token.hub_address })
}

/// A key as TLS takes it.
pub(crate) fn private(key: &KeyPair) -> Result<PrivateKeyDer<'static>, UplinkError> {
    PrivateKeyDer::try_from(key.serialize_der()).map_err(|_| UplinkError::Crypto("the box's key"))
}

/// A request for a certificate of this key.
pub(crate) fn signing_request(key: &KeyPair, common_name: &str) -> Result<Vec<u8>, UplinkError> {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, common_name);
    let request = params.serialize_request(key).map_err(|_| UplinkError::Crypto("the signing request"))?;
    Ok(request.der().to_vec())
}

async fn ask(connect: &Connect, token: &Token, csr_der: Vec<u8>) -> Result<EnrolResponse, UplinkError> {
    let refuse = |code: String| UplinkError::Connect { address: token.enrol_address.clone(), code };
    let channel =
        connect.channel(TIMEOUT).await.map_err(|error| refuse(Trouble::of(&error).what().to_owned()))?;
    let request = EnrolRequest { token_secret: token.secret.clone(), csr_der };
    let mut client = EnrolmentClient::new(channel);
    let answer = tokio::time::timeout(TIMEOUT, client.enrol(request)).await;
    let answer = answer.map_err(|_| refuse("timed out".to_owned()))?;
    match answer {
        Ok(answer) => Ok(answer.into_inner()),
        Err(status) => Err(UplinkError::Refused(reason(&status))),
    }
}

/// The hub's own words, fit for a terminal; where it has none, what the code says.
fn reason(status: &Status) -> String {
    let said: String =
        status.message().chars().filter(|one| !one.is_control()).take(REASON_LIMIT_CHARS).collect();
    if said.trim().is_empty() {
        let code = status.code().description();
        return format!("{code}; the token may be used up: print a new one with `velum-hub enroll`");
    }
    said
}

/// The answer must name the box of the token, under the token's authority, and certify our key.
fn check(answer: &EnrolResponse, token: &Token, key: &KeyPair) -> Result<(), UplinkError> {
    if answer.r#box != token.box_id.as_str() {
        return Err(UplinkError::Answer("another box's name"));
    }
    if answer.authority_der != token.authority_der {
        return Err(UplinkError::Answer("another authority"));
    }
    let chain = [CertificateDer::from(answer.certificate_der.clone())];
    let is_ours = is_of(&private(key)?, &chain);
    if is_ours { Ok(()) } else { Err(UplinkError::Answer("a certificate for another key")) }
}

/// A certificate as text.
pub(crate) fn pem(der: &[u8]) -> String {
    let lines = pem::EncodeConfig::new().set_line_ending(pem::LineEnding::LF);
    pem::encode_config(&pem::Pem::new("CERTIFICATE", der), lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hubs_reason_is_shown_and_cannot_steer_a_terminal() {
        let shown = |text: &str| reason(&Status::permission_denied(text));
        assert_eq!(shown("this token was used already"), "this token was used already");
        assert_eq!(shown("\u{1b}[31mred\r\nnext"), "[31mrednext");
        assert_eq!(shown(&"ä".repeat(1_000)).chars().count(), REASON_LIMIT_CHARS);
        assert!(shown("\n ").contains("the token may be used up"));
    }
}
