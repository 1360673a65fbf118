//! The enrolment token: what the hub prints for one box, and a person carries to it.
//!
//! Text: `velum1.`, then base64url without padding of a `velum.v1.EnrolmentToken`. It carries the authority's
//! certificate itself, so that the box trusts the enrolment listener by that and by nothing else.

use std::fmt;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use prost::Message;
use velum_proto::ENROLMENT_TOKEN_PREFIX;
use velum_proto::v1::EnrolmentToken;
use velum_vocab::{BoxId, Timestamp};

use crate::error::UplinkError;

/// A token, parsed. Its secret is never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Token {
    /// The name that the hub will give this box.
    pub box_id: BoxId,
    /// Where the hub takes events, `host:port`.
    pub hub_address: String,
    /// Where the hub enrols, `host:port`.
    pub enrol_address: String,
    /// Until when the hub takes it.
    pub expires_at: Timestamp,
    pub(crate) authority_der: Vec<u8>,
    pub(crate) secret: String,
}

impl Token {
    /// Parses what the hub printed; white space around it does not matter.
    ///
    /// # Errors
    /// [`UplinkError::Token`] says what is wrong.
    pub fn parse(text: &str) -> Result<Self, UplinkError> {
        let body = text.trim().strip_prefix(ENROLMENT_TOKEN_PREFIX);
        let body = body.ok_or(UplinkError::Token("it does not begin with `velum1.`"))?;
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(body).map_err(|_| UplinkError::Token("not base64url"))?;
        let read = EnrolmentToken::decode(&*bytes).map_err(|_| UplinkError::Token("not a token inside"))?;
        let box_id = BoxId::parse(&read.r#box).map_err(|_| UplinkError::Token("no box name"))?;
        if read.authority_der.is_empty() || read.secret.is_empty() {
            return Err(UplinkError::Token("authority or secret is missing"));
        }
        Ok(Self {
            box_id,
            hub_address: read.hub_address,
            enrol_address: read.enrol_address,
            expires_at: Timestamp::from_unix_millis(read.expires_unix_ms),
            authority_der: read.authority_der,
            secret: read.secret,
        })
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Token").field("box_id", &self.box_id).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(message: &EnrolmentToken) -> String {
        format!("velum1.{}", BASE64_URL_SAFE_NO_PAD.encode(message.encode_to_vec()))
    }

    fn message() -> EnrolmentToken {
        EnrolmentToken {
            hub_address: "hub.example.org:7443".to_owned(),
            enrol_address: "hub.example.org:7444".to_owned(),
            authority_der: vec![1, 2, 3],
            secret: "s3cret".to_owned(),
            r#box: "box-1".to_owned(),
            expires_unix_ms: 5,
        }
    }

    #[test]
    fn a_printed_token_reads_back_and_hides_its_secret() {
        let token = Token::parse(&format!("  {}\n", text(&message()))).unwrap();
        assert_eq!(token.box_id.as_str(), "box-1");
        assert_eq!(token.expires_at.unix_millis(), 5);
        assert!(!format!("{token:?}").contains("s3cret"));
    }

    #[test]
    fn damaged_tokens_are_refused() {
        let good = text(&message());
        for length in 0..good.len() {
            // A token cut at the end of a field may still decode: then a part is missing, or the time is.
            if let Ok(cut) = Token::parse(&good[..length]) {
                assert_eq!(cut.expires_at.unix_millis(), 0, "{length}");
            }
        }
        for bad in ["", "velum1.", "velum2.AAAA", "velum1.!!", "velum1.AAAA"] {
            assert!(matches!(Token::parse(bad), Err(UplinkError::Token(_))), "{bad}");
        }
    }

    #[test]
    fn fuzz_parse() {
        let mut random = fastrand::Rng::with_seed(7);
        for _ in 0..2_000 {
            let bytes: Vec<u8> = (0..random.usize(..200)).map(|_| random.u8(..)).collect();
            let _ = Token::parse(&format!("velum1.{}", BASE64_URL_SAFE_NO_PAD.encode(bytes)));
        }
    }
}
