//! What the data protection officer says of a policy: signed, apart from the approvers' signatures, and no approval.
//!
//! GDPR Art 38(6) and 39(1)(c): the officer advises and monitors; who decides are others. So an opinion is a file of
//! its own, an [envelope](crate::envelope) around a small JSON, bound to one policy by its digest. It never counts
//! towards a quorum: its payload type differs, and signatures cover the type.

use serde::{Deserialize, Serialize};
use velum_vocab::Digest;

use crate::envelope::Envelope;
use crate::error::PolicyError;
use crate::file::PolicyFile;
use crate::keys::{PublicKey, SigningKey};
use crate::order::choice;

/// What the payload is.
pub const OPINION_TYPE: &str = "application/vnd.velum.opinion+json";
/// Longer ones belong into a document that the opinion names.
const LONGEST_CHARS: usize = 4000;

choice!(
    /// What the officer advises.
    Advice {
        /// Nothing speaks against it.
        Favourable = "favourable",
        /// Nothing speaks against it once the conditions are met that the text names.
        WithConditions = "favourable-with-conditions",
        /// It should not be done so.
        Unfavourable = "unfavourable",
    }
);

impl Serialize for Advice {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// An opinion on one policy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Opinion {
    /// The policy's id.
    pub policy_id: String,
    /// Its version.
    pub version: String,
    /// SHA-256 of its file, 64 hexadecimal digits.
    pub policy_sha256: String,
    /// What is advised.
    pub advice: Advice,
    /// Why, and under which conditions.
    pub text: String,
    /// When, by the officer's clock: UTC, whole seconds, for example `2026-12-03T08:14:20Z`.
    pub given: String,
}

/// An opinion with the officer's signature, not verified yet.
#[derive(Debug, Clone, PartialEq)]
pub struct SignedOpinion {
    path: String,
    envelope: Envelope,
}

impl SignedOpinion {
    /// Says it of this file, with the officer's key.
    ///
    /// # Errors
    /// [`PolicyError::Opinion`] where the text is empty or too long.
    pub fn give(
        file: &PolicyFile,
        (advice, text): (Advice, &str),
        given: jiff::Timestamp,
        key: &SigningKey,
    ) -> Result<Self, PolicyError> {
        let chars = text.trim().chars().count();
        if !(1..=LONGEST_CHARS).contains(&chars) {
            return Err(PolicyError::Opinion {
                path: "--text".to_owned(),
                reason: format!(
                    "expected 1 to {LONGEST_CHARS} characters, found {chars}; say why, and name a longer document"
                ),
            });
        }
        let identity = &file.document().policy;
        let opinion = Opinion {
            policy_id: identity.id.clone(),
            version: identity.version.to_string(),
            policy_sha256: Digest::of(file.text().as_bytes()).to_string(),
            advice,
            text: text.trim().to_owned(),
            given: given.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        };
        // Texts, a choice and a time always serialise.
        let mut envelope = Envelope::unsigned(OPINION_TYPE, serde_json::to_vec(&opinion).unwrap_or_default());
        envelope.sign(key);
        Ok(Self { path: String::new(), envelope })
    }

    /// Reads one; `path` is only named in errors.
    ///
    /// # Errors
    /// [`PolicyError::Opinion`] when it is none.
    pub fn parse(json: &str, path: &str) -> Result<Self, PolicyError> {
        let envelope = Envelope::parse(json, OPINION_TYPE).map_err(|reason| PolicyError::Opinion {
            path: path.to_owned(),
            reason: format!("expected a signed opinion, {reason}; make one with `velum policy opinion`"),
        })?;
        Ok(Self { path: path.to_owned(), envelope })
    }

    /// As JSON.
    pub fn to_json(&self) -> String {
        self.envelope.to_json()
    }

    /// What the officer with this key says of this file.
    ///
    /// # Errors
    /// [`PolicyError::Opinion`] where the key did not sign it, or it is about another file.
    pub fn verify(&self, file: &PolicyFile, officer: &PublicKey) -> Result<Opinion, PolicyError> {
        let refuse = |reason: String| PolicyError::Opinion { path: self.path.clone(), reason };
        let signed = |(_, signature): &(String, Vec<u8>)| self.envelope.is_signed(officer, signature);
        if !self.envelope.signatures().iter().any(signed) {
            return Err(refuse(format!(
                "expected a signature of the officer's key {officer}, found none that holds; \
                 fetch the opinion again from the officer"
            )));
        }
        let opinion: Opinion = serde_json::from_slice(self.envelope.payload())
            .map_err(|error| refuse(format!("expected an opinion, found {error}")))?;
        let digest = Digest::of(file.text().as_bytes()).to_string();
        if opinion.policy_sha256 == digest {
            return Ok(opinion);
        }
        let (id, version) = (&opinion.policy_id, &opinion.version);
        Err(refuse(format!(
            "the opinion is about another file (`{id}` {version}, sha256 {}), this one has {digest}; \
             every change needs an opinion of its own",
            opinion.policy_sha256
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signed::SignedPolicy;

    fn file(version: &str) -> PolicyFile {
        let text = include_str!("../examples/gdpr-market-square.toml");
        let text = text.replace("version        = \"1.2.0\"", &format!("version        = \"{version}\""));
        PolicyFile::parse(&text, "policy.toml").unwrap()
    }

    fn give(file: &PolicyFile, key: &SigningKey) -> SignedOpinion {
        let said = (Advice::WithConditions, " the mask first ");
        SignedOpinion::give(file, said, jiff::Timestamp::UNIX_EPOCH, key).unwrap()
    }

    #[test]
    fn an_opinion_is_of_one_officer_on_one_file() {
        let [officer, other] = [(); 2].map(|()| SigningKey::generate().unwrap());
        let policy = file("1.2.0");
        let read = SignedOpinion::parse(&give(&policy, &officer).to_json(), "opinion.json").unwrap();
        let opinion = read.verify(&policy, &officer.public()).unwrap();
        assert_eq!((opinion.advice, opinion.text.as_str()), (Advice::WithConditions, "the mask first"));
        assert_eq!(opinion.version, "1.2.0");
        let refused =
            |file: &PolicyFile, key: &SigningKey| read.verify(file, &key.public()).unwrap_err().to_string();
        assert!(refused(&policy, &other).contains("found none that holds"));
        assert!(refused(&file("1.2.1"), &officer).contains("is about another file"));
    }

    #[test]
    fn an_opinion_is_no_policy_and_its_signature_counts_for_none() {
        let officer = SigningKey::generate().unwrap();
        let policy = file("1.2.0");
        let json = give(&policy, &officer).to_json();
        assert!(SignedPolicy::parse(&json, "opinion.json").unwrap_err().to_string().contains("payloadType"));
        let mut signed = SignedPolicy::unsigned(policy.text(), "policy.toml");
        signed.sign(&officer);
        assert!(SignedOpinion::parse(&signed.to_json(), "policy.json").is_err());
    }

    #[test]
    fn what_was_changed_does_not_verify() {
        let officer = SigningKey::generate().unwrap();
        let policy = file("1.2.0");
        let json = give(&policy, &officer).to_json();
        for at in 0..json.len() {
            let mut bytes = json.clone().into_bytes();
            bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
            let Ok(text) = String::from_utf8(bytes) else { continue };
            let read = SignedOpinion::parse(&text, "opinion.json");
            // Blanks of the JSON, and the key's name, which is not what is believed, may change.
            let opinion = read.and_then(|read| read.verify(&policy, &officer.public()));
            assert!(opinion.is_err() || opinion.unwrap().text == "the mask first", "{at}");
        }
        assert!(
            SignedOpinion::give(&policy, (Advice::Favourable, " "), jiff::Timestamp::UNIX_EPOCH, &officer)
                .is_err()
        );
    }
}
