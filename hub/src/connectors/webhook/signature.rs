//! The signature of a webhook: who has the key knows that the hub sent this, when, and that nobody changed it.
//!
//! *Source*: Standard Webhooks 1.0.0 (github.com/standard-webhooks): HMAC-SHA256 over `id.timestamp.body`, base64, after
//! `v1,`; with two keys two signatures, so that a key can be changed without losing a message.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use ring::hmac;
use zeroize::Zeroizing;

const PREFIX: &str = "whsec_";
/// Bytes, as the standard asks.
const KEY_BYTES: std::ops::RangeInclusive<usize> = 24..=64;
const MOST_KEYS: usize = 2;

/// One key, or an old and a new one.
pub(super) struct Keys(Vec<hmac::Key>);

impl Keys {
    /// Of the text of a file: one key a line.
    ///
    /// # Errors
    /// What was expected; never what was found.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let keys: Option<Vec<hmac::Key>> = text.lines().map(|line| key(line.trim())).collect();
        match keys {
            Some(keys) if (1..=MOST_KEYS).contains(&keys.len()) => Ok(Self(keys)),
            _ => Err(
                "expected one or two lines of `whsec_` and 24 to 64 random bytes in base64; make one with \
                      `echo \"whsec_$(openssl rand -base64 32)\"`"
                    .to_owned(),
            ),
        }
    }

    /// The value of the header `webhook-signature`.
    pub(super) fn sign(&self, id: &str, timestamp_secs: i64, body: &str) -> String {
        let signed = format!("{id}.{timestamp_secs}.{body}");
        let sign = |key| format!("v1,{}", BASE64_STANDARD.encode(hmac::sign(key, signed.as_bytes())));
        self.0.iter().map(sign).collect::<Vec<_>>().join(" ")
    }
}

fn key(line: &str) -> Option<hmac::Key> {
    let bytes = Zeroizing::new(BASE64_STANDARD.decode(line.strip_prefix(PREFIX)?).ok()?);
    KEY_BYTES.contains(&bytes.len()).then(|| hmac::Key::new(hmac::HMAC_SHA256, &bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    #[test]
    fn the_vector_of_the_standard_is_met() {
        // The example of the standard's reference libraries.
        let body = "{\"test\": 2432232314}";
        let signed = Keys::parse(KEY).unwrap().sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, body);
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn two_keys_sign_twice_and_what_is_no_key_is_refused() {
        let two = Keys::parse(&format!("{KEY}\n{KEY}")).unwrap().sign("a", 1, "b");
        assert_eq!(two.split(' ').count(), 2);
        for text in ["", "geheim", "whsec_", "whsec_AAAA", "whsec_!!", &format!("{KEY}\n{KEY}\n{KEY}")] {
            let error = Keys::parse(text).err().unwrap();
            assert!(error.contains("whsec_") && !error.contains("geheim"), "{error}");
        }
    }
}
