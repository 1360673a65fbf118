//! Whom a box trusts: keys that are pinned on it, never those inside a policy alone.

use serde::Deserialize;

use crate::error::PolicyError;
use crate::keys::PublicKey;

/// No quorum is smaller.
const SMALLEST_QUORUM: u32 = 2;

/// The pinned keys of approvers, and how many of them must sign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustRoot {
    approvers: Vec<PublicKey>,
    quorum: usize,
    dpo: Option<PublicKey>,
}

/// `approvers.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct TrustFile {
    quorum: u32,
    approvers: Vec<String>,
    dpo_key: Option<String>,
}

impl TrustRoot {
    /// Pins these approvers. `dpo`, if named, never counts.
    ///
    /// # Errors
    /// [`PolicyError::Trust`] when fewer than two must sign, when two keys are the same, when the officer's key
    /// is among them, or when there are fewer keys than must sign.
    pub fn new(approvers: Vec<PublicKey>, quorum: u32, dpo: Option<PublicKey>) -> Result<Self, PolicyError> {
        Self::checked(approvers, quorum, dpo, "trust")
    }

    /// Reads `approvers.toml`: `quorum = 2`, `approvers = ["ed25519:...", ...]` and, if there is one,
    /// `dpo_key = "ed25519:..."`; `path` is only named in errors.
    ///
    /// # Errors
    /// [`PolicyError::Trust`] as for [`TrustRoot::new`], and for anything else in the file;
    /// [`PolicyError::PublicKey`] for what is not a key.
    pub fn parse(text: &str, path: &str) -> Result<Self, PolicyError> {
        let file: TrustFile = toml::from_str(text).map_err(|error| PolicyError::Trust {
            path: path.to_owned(),
            reason: format!(
                "{}; write `quorum = 2` and `approvers = [\"ed25519:...\", \"ed25519:...\"]`",
                error.message()
            ),
        })?;
        let approvers = file.approvers.iter().map(|key| PublicKey::parse(key)).collect::<Result<_, _>>()?;
        let dpo = file.dpo_key.as_deref().map(PublicKey::parse).transpose()?;
        Self::checked(approvers, file.quorum, dpo, path)
    }

    fn checked(
        approvers: Vec<PublicKey>,
        quorum: u32,
        dpo: Option<PublicKey>,
        path: &str,
    ) -> Result<Self, PolicyError> {
        let refuse = |reason: String| Err(PolicyError::Trust { path: path.to_owned(), reason });
        let mut distinct = approvers.clone();
        distinct.sort_unstable();
        distinct.dedup();
        let quorum_keys = usize::try_from(quorum).unwrap_or(usize::MAX);
        if quorum < SMALLEST_QUORUM || distinct.len() < quorum_keys {
            return refuse(format!(
                "quorum: expected at least 2 and at most the {} distinct approver keys, found {quorum}; \
                 write `quorum = 2` and pin the keys of two or more people",
                distinct.len()
            ));
        }
        if distinct.len() < approvers.len() {
            return refuse("approvers: the same key stands twice; pin one key for each person".to_owned());
        }
        if dpo.is_some_and(|key| approvers.contains(&key)) {
            return refuse(
                "approvers: the data protection officer's key is among them; the officer advises and does not \
                 approve: delete it here"
                    .to_owned(),
            );
        }
        Ok(Self { approvers, quorum: quorum_keys, dpo })
    }

    /// The pinned keys.
    pub fn approvers(&self) -> &[PublicKey] {
        &self.approvers
    }

    /// How many of them must sign.
    pub fn quorum(&self) -> usize {
        self.quorum
    }

    /// The data protection officer's key, which never counts.
    pub fn dpo(&self) -> Option<PublicKey> {
        self.dpo
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::SigningKey;

    fn check(text: &str, expected: &str) {
        let error = TrustRoot::parse(text, "approvers.toml").unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }

    #[test]
    fn a_trust_root_needs_two_distinct_people() {
        let [a, b, c] = [(); 3].map(|()| SigningKey::generate().unwrap().public());
        assert!(
            TrustRoot::parse(&format!("quorum = 2\napprovers = ['{a}', '{b}']\ndpo_key = '{c}'"), "t")
                .is_ok()
        );
        check(&format!("quorum = 1\napprovers = ['{a}', '{b}']"), "expected at least 2");
        check(&format!("quorum = 3\napprovers = ['{a}', '{b}']"), "at most the 2 distinct");
        check(&format!("quorum = 2\napprovers = ['{a}', '{a}']"), "1 distinct");
        check(&format!("quorum = 2\napprovers = ['{a}', '{b}', '{b}']"), "stands twice");
        check(&format!("quorum = 2\napprovers = ['{a}', '{b}']\ndpo_key = '{b}'"), "officer advises");
        check("quorum = 2\napprover = []", "unknown field `approver`");
        check("quorum = 2\napprovers = ['ed25519:x', 'y']", "velum policy keygen");
    }
}
