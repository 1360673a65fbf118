//! A payload with signatures: a DSSE envelope (Dead Simple Signing Envelope, protocol v1).
//!
//! Source: <https://github.com/secure-systems-lab/dsse/blob/master/protocol.md>. Fields of the JSON: `payloadType`,
//! `payload` (base64), `signatures` (list of `keyid`, here the public key's text, and `sig`, base64 of the Ed25519
//! signature over the pre-authentication encoding, which covers the type, too).

use std::io::Read as _;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use crate::error::PolicyError;
use crate::keys::{PublicKey, SigningKey};

/// More signatures than this are not looked at.
const MOST_SIGNATURES: usize = 32;

/// Bytes of one type and their signatures, none of them verified yet.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Envelope {
    payload_type: &'static str,
    payload: Vec<u8>,
    signatures: Vec<(String, Vec<u8>)>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(rename = "payloadType")]
    payload_type: String,
    payload: String,
    signatures: Vec<WrittenSignature>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenSignature {
    keyid: String,
    sig: String,
}

impl Envelope {
    /// What nobody signed yet.
    pub(crate) fn unsigned(payload_type: &'static str, payload: Vec<u8>) -> Self {
        Self { payload_type, payload, signatures: Vec::new() }
    }

    /// Reads an envelope of this type.
    ///
    /// # Errors
    /// What was found instead.
    pub(crate) fn parse(json: &str, payload_type: &'static str) -> Result<Self, String> {
        let written: Written = serde_json::from_str(json).map_err(|error| format!("found {error}"))?;
        if written.payload_type != payload_type {
            let other = written.payload_type;
            return Err(format!("found the payloadType `{other}` instead of `{payload_type}`"));
        }
        let decode = |what: &str, text: &str| {
            STANDARD.decode(text).map_err(|_| format!("found a {what} that is not base64"))
        };
        let payload = decode("payload", &written.payload)?;
        let mut signatures = Vec::new();
        for signature in written.signatures.into_iter().take(MOST_SIGNATURES) {
            let bytes = decode("signature", &signature.sig)?;
            signatures.push((signature.keyid, bytes));
        }
        Ok(Self { payload_type, payload, signatures })
    }

    /// As JSON.
    pub(crate) fn to_json(&self) -> String {
        let written = Written {
            payload_type: self.payload_type.to_owned(),
            payload: STANDARD.encode(&self.payload),
            signatures: self
                .signatures
                .iter()
                .map(|(keyid, sig)| WrittenSignature { keyid: keyid.clone(), sig: STANDARD.encode(sig) })
                .collect(),
        };
        // Texts and a list of texts always serialise.
        serde_json::to_string_pretty(&written).unwrap_or_default() + "\n"
    }

    /// The bytes inside.
    pub(crate) fn payload(&self) -> &[u8] {
        &self.payload
    }

    /// Who says to have signed, and the signatures.
    pub(crate) fn signatures(&self) -> &[(String, Vec<u8>)] {
        &self.signatures
    }

    /// Adds a signature; one by the same key is replaced.
    pub(crate) fn sign(&mut self, key: &SigningKey) {
        let keyid = key.public().to_string();
        let signature = key.sign(&self.encoded());
        self.signatures.retain(|(other, _)| *other != keyid);
        self.signatures.push((keyid, signature));
    }

    /// Whether this key made this signature over what is inside.
    pub(crate) fn is_signed(&self, key: &PublicKey, signature: &[u8]) -> bool {
        key.verifies(&self.encoded(), signature)
    }

    /// The pre-authentication encoding of DSSE v1.
    fn encoded(&self) -> Vec<u8> {
        let (kind, payload) = (self.payload_type, &self.payload);
        let head = format!("DSSEv1 {} {kind} {} ", kind.len(), payload.len());
        [head.as_bytes(), payload].concat()
    }
}

/// No signed policy or file of packs is longer, bytes.
const MOST_BYTES: u64 = 4 << 20;

/// The text of a file that is as long as a signed file may be.
///
/// # Errors
/// [`PolicyError::Io`].
pub fn read_signed(path: &Path) -> Result<String, PolicyError> {
    let refuse = |source| PolicyError::Io { path: path.display().to_string(), source };
    let mut text = String::new();
    let file = std::fs::File::open(path).map_err(refuse)?;
    file.take(MOST_BYTES).read_to_string(&mut text).map_err(refuse)?;
    Ok(text)
}
