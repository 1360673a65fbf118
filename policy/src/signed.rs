//! A policy with the signatures of its approvers: an [envelope](crate::envelope) whose payload is the file, byte for byte.

use std::collections::BTreeSet;

use velum_vocab::Digest;

use crate::envelope::Envelope;
use crate::error::{PolicyError, Shortfall};
use crate::file::PolicyFile;
use crate::keys::{PublicKey, SigningKey};
use crate::resolve::ResolvedPolicy;
use crate::sections::{Approver, ChangeControl};
use crate::trust::TrustRoot;

/// What the payload is.
pub const PAYLOAD_TYPE: &str = "application/vnd.velum.policy+toml";

/// A policy file and its signatures, none of them verified yet.
#[derive(Debug, Clone, PartialEq)]
pub struct SignedPolicy {
    path: String,
    envelope: Envelope,
}

/// A policy that enough approvers signed and that no rule refuses. Made only by [`SignedPolicy::verify`].
#[derive(Debug, Clone)]
pub struct VerifiedPolicy {
    file: PolicyFile,
    resolved: ResolvedPolicy,
    digest: [u8; 32],
    signers: Vec<PublicKey>,
}

impl SignedPolicy {
    /// A text that nobody signed yet; `path` is only named in errors.
    pub fn unsigned(text: &str, path: &str) -> Self {
        Self { path: path.to_owned(), envelope: Envelope::unsigned(PAYLOAD_TYPE, text.as_bytes().to_vec()) }
    }

    /// Reads an envelope; `path` is only named in errors.
    ///
    /// # Errors
    /// [`PolicyError::Envelope`] when it is none.
    pub fn parse(json: &str, path: &str) -> Result<Self, PolicyError> {
        let envelope = Envelope::parse(json, PAYLOAD_TYPE)
            .map_err(|reason| PolicyError::Envelope { path: path.to_owned(), reason })?;
        Ok(Self { path: path.to_owned(), envelope })
    }

    /// The envelope as JSON.
    pub fn to_json(&self) -> String {
        self.envelope.to_json()
    }

    /// The file inside, whether or not anybody signed it.
    ///
    /// # Errors
    /// [`PolicyError::Refused`] when it does not parse; [`PolicyError::Envelope`] when it is not text.
    pub fn file(&self) -> Result<PolicyFile, PolicyError> {
        let text = std::str::from_utf8(self.envelope.payload()).map_err(|_| PolicyError::Envelope {
            path: self.path.clone(),
            reason: "found a payload that is not UTF-8 text".to_owned(),
        })?;
        PolicyFile::parse(text, &self.path)
    }

    /// Adds a signature; one by the same key is replaced.
    pub fn sign(&mut self, key: &SigningKey) {
        self.envelope.sign(key);
    }

    /// SHA-256 of the file inside, whether or not anybody signed it: how logs name it.
    pub fn digest(&self) -> Digest {
        Digest::of(self.envelope.payload())
    }

    /// Whether the text inside is this one.
    pub fn holds(&self, text: &str) -> bool {
        self.envelope.payload() == text.as_bytes()
    }

    /// How many signatures there are, verified or not.
    pub fn signature_count(&self) -> usize {
        self.envelope.signatures().len()
    }

    /// Verifies that enough approvers signed who are pinned *and* named by the policy, and that no rule refuses
    /// the policy. Signatures come first: what nobody signed is not even parsed.
    ///
    /// # Errors
    /// [`PolicyError::Quorum`] with what became of each signature, or as [`PolicyFile::resolve`].
    pub fn verify(&self, trust: &TrustRoot) -> Result<VerifiedPolicy, PolicyError> {
        self.verify_by(trust, trust.quorum())
    }

    /// The same by at least so many.
    pub(crate) fn verify_by(&self, trust: &TrustRoot, needed: usize) -> Result<VerifiedPolicy, PolicyError> {
        self.verified(trust, needed, needed_of)
    }

    /// The same by one, whatever the policy itself asks for: for a change that one may decide, and for one that was
    /// accepted before.
    ///
    /// # Errors
    /// As [`SignedPolicy::verify`].
    pub fn verify_alone(&self, trust: &TrustRoot) -> Result<VerifiedPolicy, PolicyError> {
        self.verified(trust, 1, |_| 1)
    }

    fn verified(
        &self,
        trust: &TrustRoot,
        needed: usize,
        by_policy: impl FnOnce(&ChangeControl) -> usize,
    ) -> Result<VerifiedPolicy, PolicyError> {
        let mut tally = self.tally(trust);
        self.enough(&tally, needed)?;
        let file = self.file()?;
        let resolved = file.resolve()?;
        let control = &file.document().change_control;
        tally.keep_named(&control.approver, control.dpo_key.as_deref());
        self.enough(&tally, by_policy(control).max(needed))?;
        let Digest(digest) = self.digest();
        Ok(VerifiedPolicy { file, resolved, digest, signers: tally.counted.into_iter().collect() })
    }

    /// Which pinned keys really signed.
    fn tally(&self, trust: &TrustRoot) -> Tally {
        let mut tally = Tally::default();
        for (keyid, signature) in self.envelope.signatures() {
            let pinned = trust.approvers().iter().find(|key| key.to_string() == *keyid);
            match pinned {
                Some(key) if self.envelope.is_signed(key, signature) => {
                    tally.counted.insert(*key);
                }
                Some(_) => {
                    tally.is_altered = true;
                    tally.note(keyid, "does not match: the file was changed after it was signed");
                }
                None if trust.dpo().is_some_and(|dpo| dpo.to_string() == *keyid) => {
                    tally.note(keyid, "is the data protection officer's, who advises and does not approve");
                }
                None => {
                    tally.has_stranger = true;
                    tally.note(keyid, "is not among this box's approvers");
                }
            }
        }
        tally
    }

    fn enough(&self, tally: &Tally, needed: usize) -> Result<(), PolicyError> {
        if tally.counted.len() >= needed {
            return Ok(());
        }
        let shortfall = self.shortfall(tally);
        let details = match tally.notes.as_slice() {
            [] if shortfall == Shortfall::Unsigned => "nobody signed it yet".to_owned(),
            [] => "no signature was refused".to_owned(),
            notes => notes.join("; "),
        };
        let found = tally.counted.len();
        Err(PolicyError::Quorum { path: self.path.clone(), needed, found, details, shortfall })
    }

    /// The most alarming first.
    fn shortfall(&self, tally: &Tally) -> Shortfall {
        if tally.is_altered {
            Shortfall::Altered
        } else if tally.has_stranger {
            Shortfall::Stranger
        } else if self.envelope.signatures().is_empty() {
            Shortfall::Unsigned
        } else {
            Shortfall::Missing
        }
    }
}

/// How many approvers a policy asks for.
pub(crate) fn needed_of(control: &ChangeControl) -> usize {
    usize::try_from(control.quorum.0).unwrap_or(usize::MAX)
}

/// Signatures that count, and what became of the others.
#[derive(Debug, Default)]
struct Tally {
    counted: BTreeSet<PublicKey>,
    notes: Vec<String>,
    is_altered: bool,
    has_stranger: bool,
}

impl Tally {
    fn note(&mut self, keyid: &str, fate: &str) {
        let shown: String = keyid.chars().take(20).collect();
        self.notes.push(format!("`{shown}…` {fate}"));
    }

    /// Lets go of keys that the policy does not name as approvers, or names as the officer's.
    fn keep_named(&mut self, approvers: &[Approver], dpo: Option<&str>) {
        let counted = std::mem::take(&mut self.counted);
        for key in counted {
            let text = key.to_string();
            if dpo.map(str::trim) == Some(text.as_str()) {
                self.note(&text, "is the data protection officer's, who advises and does not approve");
            } else if approvers.iter().any(|approver| approver.key == text) {
                self.counted.insert(key);
            } else {
                self.note(&text, "is not named under change_control.approver");
            }
        }
    }
}

impl VerifiedPolicy {
    /// What it says.
    pub fn file(&self) -> &PolicyFile {
        &self.file
    }

    /// What applies to each camera.
    pub fn resolved(&self) -> &ResolvedPolicy {
        &self.resolved
    }

    /// SHA-256 of the file.
    pub fn digest(&self) -> [u8; 32] {
        self.digest
    }

    /// Who signed it.
    pub fn signers(&self) -> &[PublicKey] {
        &self.signers
    }
}
