//! A policy with the signatures of its approvers: an [envelope](crate::envelope) whose payload is the file, byte for byte.

use velum_vocab::Digest;

use crate::envelope::Envelope;
use crate::error::PolicyError;
use crate::file::PolicyFile;
use crate::finding::Findings;
use crate::keys::{PublicKey, SigningKey};
use crate::pack::{Limits, Packs};
use crate::quorum::Tally;
use crate::resolve::ResolvedPolicy;
use crate::sections::ChangeControl;
use crate::trust::TrustRoot;

/// What the payload is.
pub const PAYLOAD_TYPE: &str = "application/vnd.velum.policy+toml";

/// The rule of national ceilings.
const CEILING: &str = "RET-002";
/// The command that adds a signature.
const SIGN: &str = "velum policy sign";

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
    packs: String,
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
        let mut tally = Tally::of(&self.envelope, trust);
        tally.enough(&self.path, needed, SIGN)?;
        let file = self.file()?;
        let resolved = file.resolve()?;
        let control = &file.document().change_control;
        tally.keep_named(&control.approver, control.dpo_key.as_deref());
        tally.enough(&self.path, by_policy(control).max(needed), SIGN)?;
        let Digest(digest) = self.digest();
        let packs = Packs::built_in().versions();
        Ok(VerifiedPolicy { file, resolved, digest, signers: tally.counted(), packs })
    }
}

/// How many approvers a policy asks for.
pub(crate) fn needed_of(control: &ChangeControl) -> usize {
    usize::try_from(control.quorum.0).unwrap_or(usize::MAX)
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

    /// The same policy where these packs hold: its retention is met with theirs.
    ///
    /// # Errors
    /// [`PolicyError::Lacking`] where it lacks what they ask for, such as an authorisation. That it asks for more than a
    /// ceiling is no reason: the ceiling is what then applies.
    pub fn under(&self, packs: &Packs) -> Result<Self, PolicyError> {
        // What is waived only because of these packs is waived no longer than anything else.
        let (findings, waived_until) = self.file.linted(packs, None);
        let refused: Vec<_> =
            findings.errors().iter().filter(|one| one.rule != Some(CEILING)).cloned().collect();
        if !refused.is_empty() {
            return Err(PolicyError::Lacking(Findings::new(refused)));
        }
        let limits = Limits::of(packs, self.file.document());
        let resolved = ResolvedPolicy { waived_until, ..self.resolved.clone().under(&limits) };
        Ok(Self { resolved, packs: packs.versions(), ..self.clone() })
    }

    /// SHA-256 of the file.
    pub fn digest(&self) -> [u8; 32] {
        self.digest
    }

    /// The versions of the country packs that it was met with, for example `2026.11+2026.12`.
    pub fn packs(&self) -> &str {
        &self.packs
    }

    /// Who signed it.
    pub fn signers(&self) -> &[PublicKey] {
        &self.signers
    }
}
