//! A file of packs with the signatures of approvers: an [envelope](crate::envelope) of a type of its own, so that no
//! policy can be taken for packs, nor packs for a policy.
//!
//! Invariant: given packs are used only beside those of the program ([`Packs::with`](super::Packs::with)); whatever
//! they say, they never loosen.

use velum_vocab::Digest;

use crate::envelope::Envelope;
use crate::error::PolicyError;
use crate::keys::{PublicKey, SigningKey};
use crate::pack::{CountryPacks, PackVersion};
use crate::quorum::Tally;
use crate::trust::TrustRoot;

/// What the payload is.
pub const PACKS_TYPE: &str = "application/vnd.velum.packs+toml";
/// The command that adds a signature.
const SIGN: &str = "velum policy packs sign";

/// Packs and their signatures, none of them verified yet.
#[derive(Debug, Clone, PartialEq)]
pub struct SignedPacks {
    path: String,
    envelope: Envelope,
}

/// Packs that enough approvers signed. Made only by [`SignedPacks::verify`].
#[derive(Debug, Clone, PartialEq)]
pub struct AcceptedPacks {
    packs: CountryPacks,
    digest: Digest,
    signers: Vec<PublicKey>,
}

impl SignedPacks {
    /// A text that nobody signed yet; `path` is only named in errors.
    pub fn unsigned(text: &str, path: &str) -> Self {
        Self { path: path.to_owned(), envelope: Envelope::unsigned(PACKS_TYPE, text.as_bytes().to_vec()) }
    }

    /// Reads an envelope; `path` is only named in errors.
    ///
    /// # Errors
    /// [`PolicyError::Packs`] when it is none.
    pub fn parse(json: &str, path: &str) -> Result<Self, PolicyError> {
        let envelope = Envelope::parse(json, PACKS_TYPE).map_err(|reason| PolicyError::Packs {
            path: path.to_owned(),
            reason: format!(
                "expected signed packs (JSON with payloadType, payload and signatures), {reason}; make them with \
                 `{SIGN} FILE --key KEY --out FILE.signed.json`"
            ),
        })?;
        Ok(Self { path: path.to_owned(), envelope })
    }

    /// The envelope as JSON.
    pub fn to_json(&self) -> String {
        self.envelope.to_json()
    }

    /// The packs inside, whether or not anybody signed them.
    ///
    /// # Errors
    /// [`PolicyError::Packs`] when they do not parse, or hold what only the program's own may.
    pub fn packs(&self) -> Result<CountryPacks, PolicyError> {
        let refuse = |reason: String| PolicyError::Packs { path: self.path.clone(), reason };
        let text = std::str::from_utf8(self.envelope.payload())
            .map_err(|_| refuse("expected text in UTF-8, found other bytes; write it again".to_owned()))?;
        CountryPacks::parse_given(text, &self.path)
    }

    /// Adds a signature; one by the same key is replaced.
    pub fn sign(&mut self, key: &SigningKey) {
        self.envelope.sign(key);
    }

    /// How many signatures there are, verified or not.
    pub fn signature_count(&self) -> usize {
        self.envelope.signatures().len()
    }

    /// SHA-256 of the file inside, whether or not anybody signed it.
    pub fn digest(&self) -> Digest {
        Digest::of(self.envelope.payload())
    }

    /// Verifies that enough pinned approvers signed. Signatures come first: what nobody signed is not even parsed.
    ///
    /// # Errors
    /// [`PolicyError::Quorum`] with what became of each signature, or as [`SignedPacks::packs`].
    pub fn verify(&self, trust: &TrustRoot) -> Result<AcceptedPacks, PolicyError> {
        let tally = Tally::of(&self.envelope, trust);
        tally.enough(&self.path, trust.quorum(), SIGN)?;
        Ok(AcceptedPacks { packs: self.packs()?, digest: self.digest(), signers: tally.counted() })
    }

    /// The same, as those that follow packs that were accepted before.
    ///
    /// # Errors
    /// As [`SignedPacks::verify`]; [`PolicyError::OlderPacks`] when they are older, or others of the same version;
    /// [`PolicyError::LooserPacks`] where they let something go that those before held to.
    pub fn verify_after(
        &self,
        before: Option<&AcceptedPacks>,
        trust: &TrustRoot,
    ) -> Result<AcceptedPacks, PolicyError> {
        let next = self.verify(trust)?;
        let Some(before) = before else { return Ok(next) };
        let (found, accepted) = (next.version(), before.version());
        if found < accepted || (found == accepted && next.digest != before.digest) {
            return Err(PolicyError::OlderPacks { path: self.path.clone(), found, accepted });
        }
        match next.packs.looser_than(&before.packs) {
            Some(what) => Err(PolicyError::LooserPacks { path: self.path.clone(), what, accepted }),
            None => Ok(next),
        }
    }
}

impl AcceptedPacks {
    /// What they say.
    pub fn packs(&self) -> &CountryPacks {
        &self.packs
    }

    /// Their version.
    pub fn version(&self) -> PackVersion {
        self.packs.version
    }

    /// SHA-256 of their file.
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// Who signed them.
    pub fn signers(&self) -> &[PublicKey] {
        &self.signers
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signed::SignedPolicy;

    fn text(version: &str) -> String {
        format!(
            "schema = \"cctv-pack/1\"\nversion = \"{version}\"\n[[retention]]\ncountry = \"BE\"\nregime = \"led\"\n\
             data = \"any\"\nmax = \"P90D\"\nlaw = \"a decree\"\nstatus = \"recall\"\n"
        )
    }

    fn signed(text: &str, keys: &[&SigningKey]) -> SignedPacks {
        let mut packs = SignedPacks::unsigned(text, "packs.toml");
        keys.iter().for_each(|key| packs.sign(key));
        SignedPacks::parse(&packs.to_json(), "packs.json").unwrap()
    }

    #[test]
    fn two_pinned_approvers_must_sign_and_the_officer_does_not_count() {
        let [a, b, dpo, stranger] = [(); 4].map(|()| SigningKey::generate().unwrap());
        let trust = TrustRoot::new(vec![a.public(), b.public()], 2, Some(dpo.public())).unwrap();
        let accepted = signed(&text("2026.12"), &[&a, &b]).verify(&trust).unwrap();
        assert!(accepted.packs().is_given && accepted.signers().len() == 2);
        let check = |keys: &[&SigningKey], expected: &str| {
            let error = signed(&text("2026.12"), keys).verify(&trust).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        };
        check(&[], "`velum policy packs sign packs.json --key KEY --out FILE.signed.json`");
        check(&[&a], "2 approvers must sign, found 1");
        check(&[&a, &dpo], "advises and does not approve");
        check(&[&a, &stranger], "do not sign it");
    }

    #[test]
    fn no_policy_is_taken_for_packs_and_no_packs_for_a_policy() {
        let [a, b] = [(); 2].map(|()| SigningKey::generate().unwrap());
        let packs = signed(&text("2026.12"), &[&a, &b]).to_json();
        assert!(SignedPolicy::parse(&packs, "p").unwrap_err().to_string().contains("payloadType"));
        let mut policy = SignedPolicy::unsigned(&text("2026.12"), "p");
        policy.sign(&a);
        policy.sign(&b);
        assert!(SignedPacks::parse(&policy.to_json(), "p").unwrap_err().to_string().contains("payloadType"));
        // Not even with the type exchanged: the signatures cover it.
        let trust = TrustRoot::new(vec![a.public(), b.public()], 2, None).unwrap();
        let exchanged = policy.to_json().replace(crate::signed::PAYLOAD_TYPE, PACKS_TYPE);
        assert!(SignedPacks::parse(&exchanged, "p").unwrap().verify(&trust).is_err());
    }

    #[test]
    fn older_packs_and_others_of_the_same_version_are_refused() {
        let [a, b] = [(); 2].map(|()| SigningKey::generate().unwrap());
        let trust = TrustRoot::new(vec![a.public(), b.public()], 2, None).unwrap();
        let accepted = signed(&text("2026.12"), &[&a, &b]).verify(&trust).unwrap();
        let offered = |text: &str| signed(text, &[&a, &b]).verify_after(Some(&accepted), &trust);
        assert!(offered(&text("2026.12")).is_ok() && offered(&text("2026.12.1")).is_ok());
        let older = offered(&text("2026.11.7")).unwrap_err().to_string();
        assert!(older.contains("2026.11.7 were offered and 2026.12 accepted before;"), "{older}");
        let other = offered(&(text("2026.12") + "# more\n")).unwrap_err().to_string();
        assert!(other.contains("before with other contents"), "{other}");
    }

    #[test]
    fn what_is_built_into_the_rules_cannot_be_given() {
        let union = text("2026.12")
            + "[eu]\nbreach_deadline = { value = \"P9D\", why = \"x\", status = \"unsure\" }\n";
        let error = SignedPacks::unsigned(&union, "packs.toml").packs().unwrap_err().to_string();
        assert!(error.starts_with("packs.toml: eu: expected no such table"), "{error}");
    }
}
