//! Country packs that were given to the box: what holds, and the policy in force under it.
//!
//! Invariant: what cannot be verified changes nothing, and is in the audit log as what is taken is.

use velum_policy::audit::Outcome;
use velum_policy::pack::{GivenPacks, Packs};
use velum_policy::{PolicyError, VerifiedPolicy};

use super::{Altered, PolicyKeeper};

const HOLD_ON: &str =
    "the given country packs are not used; those that were accepted before, and the built-in ones, hold on";
const UNKNOWN: &str = "the country packs that were accepted before cannot be read, so that it is not known what holds: nothing leaves but the \
                       state of cameras; put the file back or, once today's approvers have signed packs again, remove it";

impl PolicyKeeper {
    /// The packs that hold.
    pub(super) fn packs(&self) -> &Packs {
        self.packs.as_ref().map_or(Packs::built_in(), GivenPacks::packs)
    }

    /// A policy as it is under the packs that hold.
    ///
    /// # Errors
    /// [`PolicyError::Lacking`]; [`PolicyError::Io`] while it is not known which packs hold.
    pub(super) fn under_packs(&self, policy: &VerifiedPolicy) -> Result<VerifiedPolicy, PolicyError> {
        if self.packs.as_ref().is_none_or(GivenPacks::is_known) {
            return policy.under(self.packs());
        }
        let path = self.store.packs_path().display().to_string();
        Err(PolicyError::Io { path, source: std::io::Error::other(UNKNOWN) })
    }

    /// Reads the file of packs where it changed. What cannot be verified changes nothing; either is in the audit log. Says
    /// whether the policy in force must be looked at anew.
    pub(super) fn look_at_packs(&mut self) -> bool {
        let Some(given) = &mut self.packs else { return false };
        let was_known = given.is_known();
        let looked = given.look();
        let (versions, is_known) = (given.packs().versions(), given.is_known());
        match &looked {
            Ok(true) => {
                tracing::info!(packs = versions, "other country packs hold");
                let _logged = self.log_of(None, Outcome::Allowed, &format!("country packs {versions} hold"));
            }
            Ok(false) => {}
            Err(error) => {
                let consequence = if is_known { HOLD_ON } else { UNKNOWN };
                tracing::error!(key = "policy.packs", %error, packs = versions, "{consequence}");
                let refused = Outcome::Denied { rule: "packs".to_owned() };
                let _logged = self.log_of(None, refused, &format!("country packs are refused: {error}"));
            }
        }
        looked.unwrap_or(false) || was_known != is_known
    }

    /// Puts the policy in force into the gate as it is under the packs that hold; none where it lacks what they ask for.
    pub(super) fn apply_packs(&mut self) {
        let Some(of) = &self.in_force else { return };
        let is_altered = self.altered != Altered::default();
        let applied = self.under_packs(&of.policy);
        let is_lacking = applied.is_err();
        // What was altered stays out of the gate.
        let applied = applied.and_then(|policy| if is_altered { Ok(()) } else { self.gate.install(policy) });
        self.is_lacking = is_lacking;
        match applied {
            Ok(()) if is_altered => {}
            Ok(()) => self.metrics.set_policy_state("installed"),
            Err(error) => self.tell_refused("the policy in force, under the country packs", &error),
        }
    }
}
