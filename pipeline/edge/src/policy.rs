//! The policy file: read at the start and whenever it changes, verified, and put into the gate.
//!
//! Invariant: a file that is missing, unsigned, altered or older than before changes nothing in the gate. What
//! is installed stays in force until it ends by itself; where nothing is installed, nothing leaves but health.

use std::path::Path;
use std::sync::Arc;

use velum_gate::Gate;
use velum_policy::{PolicyError, SignedPolicy, VerifiedPolicy};
use velum_vocab::Digest;

use crate::config::PolicySettings;
use crate::metrics::Metrics;

/// Watches the policy file for the gate.
pub(crate) struct PolicyKeeper {
    settings: Option<PolicySettings>,
    gate: Arc<Gate>,
    metrics: Metrics,
    /// What was read last.
    seen: Option<Digest>,
}

impl PolicyKeeper {
    /// Nothing was read yet.
    pub(crate) fn new(settings: Option<PolicySettings>, gate: Arc<Gate>, metrics: Metrics) -> Self {
        Self { settings, gate, metrics, seen: None }
    }

    /// Reads the file where it changed since the last call. Says whether a policy was installed.
    pub(crate) fn refresh(&mut self) -> bool {
        let Some(settings) = &self.settings else {
            if self.seen.replace(Digest::of(b"")).is_none() {
                self.metrics.set_policy_state("none");
                tracing::warn!(
                    "no policy is configured: nothing leaves but the state of cameras; \
                    add `[policy]` with `file` and `approvers`"
                );
            }
            return false;
        };
        let text = read(&settings.file);
        let state = match &text {
            Ok(text) => Digest::of(text.as_bytes()),
            Err(error) => Digest::of(error.to_string().as_bytes()),
        };
        if self.seen.replace(state) == Some(state) {
            return false;
        }
        let verified = text.and_then(|text| verify(settings, &text));
        self.take(verified)
    }

    fn take(&self, verified: Result<VerifiedPolicy, PolicyError>) -> bool {
        match verified.and_then(|policy| self.gate.install(policy)) {
            Ok(()) => {
                self.metrics.set_policy_state("installed");
                true
            }
            Err(error) => {
                self.metrics.set_policy_state("refused");
                let kept = self.gate.policy_digest().is_some();
                let consequence =
                    if kept { "the one before stays" } else { "nothing leaves but the state of cameras" };
                tracing::error!(%error, consequence, "the policy was refused");
                false
            }
        }
    }
}

/// Reads and verifies the policy of these settings.
pub(crate) fn load(settings: &PolicySettings) -> Result<VerifiedPolicy, PolicyError> {
    verify(settings, &read(&settings.file)?)
}

fn verify(settings: &PolicySettings, text: &str) -> Result<VerifiedPolicy, PolicyError> {
    SignedPolicy::parse(text, &settings.file.display().to_string())?.verify(&settings.trust)
}

fn read(path: &Path) -> Result<String, PolicyError> {
    std::fs::read_to_string(path)
        .map_err(|source| PolicyError::Io { path: path.display().to_string(), source })
}

#[cfg(test)]
mod tests;
