//! Whether enough of the pinned approvers signed an envelope. The officer's signature never counts, a key counts once.

use std::collections::BTreeSet;

use crate::envelope::Envelope;
use crate::error::{PolicyError, Shortfall};
use crate::keys::PublicKey;
use crate::sections::Approver;
use crate::trust::TrustRoot;

/// Signatures that count, and what became of the others.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    counted: BTreeSet<PublicKey>,
    notes: Vec<String>,
    is_altered: bool,
    has_stranger: bool,
    is_unsigned: bool,
}

impl Tally {
    /// Which pinned keys really signed.
    pub(crate) fn of(envelope: &Envelope, trust: &TrustRoot) -> Self {
        let mut tally = Self { is_unsigned: envelope.signatures().is_empty(), ..Self::default() };
        for (keyid, signature) in envelope.signatures() {
            let pinned = trust.approvers().iter().find(|key| key.to_string() == *keyid);
            match pinned {
                Some(key) if envelope.is_signed(key, signature) => {
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

    /// Lets go of keys that a policy does not name as approvers, or names as the officer's.
    pub(crate) fn keep_named(&mut self, approvers: &[Approver], dpo: Option<&str>) {
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

    /// Whether as many count as are needed. `path` is only named in errors, with the `command` that adds a signature.
    ///
    /// # Errors
    /// [`PolicyError::Quorum`] with what became of each signature.
    pub(crate) fn enough(&self, path: &str, needed: usize, command: &'static str) -> Result<(), PolicyError> {
        if self.counted.len() >= needed {
            return Ok(());
        }
        let shortfall = self.shortfall();
        let details = match self.notes.as_slice() {
            [] if shortfall == Shortfall::Unsigned => "nobody signed it yet".to_owned(),
            [] => "no signature was refused".to_owned(),
            notes => notes.join("; "),
        };
        let found = self.counted.len();
        Err(PolicyError::Quorum { path: path.to_owned(), needed, found, details, shortfall, command })
    }

    /// The keys that count.
    pub(crate) fn counted(self) -> Vec<PublicKey> {
        self.counted.into_iter().collect()
    }

    fn note(&mut self, keyid: &str, fate: &str) {
        let shown: String = keyid.chars().take(20).collect();
        self.notes.push(format!("`{shown}…` {fate}"));
    }

    /// The most alarming first.
    fn shortfall(&self) -> Shortfall {
        if self.is_altered {
            Shortfall::Altered
        } else if self.has_stranger {
            Shortfall::Stranger
        } else if self.is_unsigned {
            Shortfall::Unsigned
        } else {
            Shortfall::Missing
        }
    }
}
