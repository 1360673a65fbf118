//! What is said of policies: in the audit log before it is done, in the metrics, and once in the program's own log.

use velum_policy::audit::{Entry, JUSTIFICATION_CHARS, Operation, Outcome, Subject, plain};
use velum_policy::{PolicyError, VerifiedPolicy};
use velum_vocab::Digest;

use super::{Altered, FROM_HUB, PolicyKeeper};

impl PolicyKeeper {
    pub(super) fn say_none(&mut self) {
        if self.seen.replace(Digest::of(b"")).is_none() {
            self.metrics.set_policy_state("none");
            tracing::warn!(
                "no policy is configured: nothing leaves but the state of cameras; \
                add `[policy]` with `approvers`, and `file` unless the hub hands the policy over"
            );
        }
    }

    pub(super) fn note_altered(&self, policy: &VerifiedPolicy, words: &str) -> Result<(), PolicyError> {
        self.note(policy, Outcome::Denied { rule: "altered".to_owned() }, words.to_owned())
    }

    pub(super) fn note_whole(&self, policy: &VerifiedPolicy) -> Result<(), PolicyError> {
        self.note(policy, Outcome::Allowed, "what had been altered on the disk is whole again".to_owned())
    }

    /// Logged before it is done.
    pub(super) fn note(
        &self,
        policy: &VerifiedPolicy,
        outcome: Outcome,
        words: String,
    ) -> Result<(), PolicyError> {
        self.log_of(Some(policy), outcome, &words)
    }

    pub(super) fn log_of(
        &self,
        policy: Option<&VerifiedPolicy>,
        outcome: Outcome,
        words: &str,
    ) -> Result<(), PolicyError> {
        let mut entry = Entry::new(Operation::Alteration, Subject::Policy, outcome);
        entry.policy_digest = policy.map(|policy| Digest(policy.digest()));
        entry.regime = policy.map(|policy| policy.file().document().policy.regime);
        entry.justification = Some(plain(&words.replace('\n', " "), JUSTIFICATION_CHARS));
        self.log.append(entry).map_err(|_| PolicyError::Io {
            path: "audit log".to_owned(),
            source: std::io::Error::other(
                "cannot be written, so that no policy is changed; see the box's log",
            ),
        })
    }

    /// Once, until something else happens.
    pub(super) fn tell_trouble(&mut self, name: &str, error: &PolicyError) {
        let text = error.to_string();
        if self.trouble.replace(text.clone()) != Some(text) {
            tracing::error!(from = name, %error, "the policy cannot be taken now; it is tried again");
        }
    }

    pub(super) fn tell_refused(&self, name: &str, error: &PolicyError) {
        let is_altered = self.altered != Altered::default();
        self.metrics.set_policy_state(if is_altered { "altered" } else { "refused" });
        let consequence = if self.in_force.is_some() && !is_altered && !self.is_lacking {
            "the one before stays"
        } else {
            "nothing leaves but the state of cameras"
        };
        // A hub hands versions over in their order, from the first on where it does not know what a box has.
        if name == FROM_HUB && matches!(error, PolicyError::Rollback { .. }) {
            tracing::info!(from = name, %error, "a version before the one in force was offered");
        } else {
            tracing::error!(from = name, %error, consequence, "the policy was refused");
        }
    }
}
