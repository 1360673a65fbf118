//! The policy in force: where it lies, what may take its place, and what becomes of one that was tampered with.
//!
//! `store` holds the policy that was accepted last; `keeper` looks after it, takes what the configured file or the hub
//! offers, and puts it into the gate, met with the country packs that hold. Invariants: nothing takes the place of a policy but what
//! [`velum_policy::succession`] lets follow it, logged before; what lies on the disk is compared again and again with what
//! was accepted, and where it differs nothing leaves but health; a candidate that may not follow changes nothing.

mod keeper;
mod store;

use std::path::Path;

use velum_policy::pack::{GivenPacks, Packs};
use velum_policy::succession::AcceptedPolicy;
use velum_policy::{PolicyError, SignedPolicy, TrustRoot, VerifiedPolicy, read_signed};

use crate::config::PolicySettings;
pub(crate) use keeper::{Delivery, PolicyKeeper, Remember};
use store::Store;

/// The policy that this box would run: the one that it accepted last, else the configured file's. For commands beside
/// the running box.
///
/// # Errors
/// As [`SignedPolicy::verify`]; [`PolicyError::Io`] where there is none.
pub(crate) fn in_force(data_dir: &Path, settings: &PolicySettings) -> Result<VerifiedPolicy, PolicyError> {
    let store = Store::below(data_dir);
    let memory = crate::check::remembered_by_gate(data_dir).map_err(|words| PolicyError::Io {
        path: data_dir.display().to_string(),
        source: std::io::Error::other(words),
    })?;
    let (text, path) = match store.in_force()? {
        Some(text) => (text, store.in_force_path()),
        None => {
            let file = settings.file.as_deref().ok_or_else(none_named)?;
            (read_signed(file)?, file.to_owned())
        }
    };
    let policy = accepted(&text, &path, &settings.trust, memory.policy.as_ref())?;
    policy.under(&packs(data_dir, settings)?.0)
}

/// The country packs that hold on this box, and what is wrong with those that were given. For commands beside the
/// running box.
///
/// # Errors
/// Where it is not known which hold.
pub(crate) fn packs(
    data_dir: &Path,
    settings: &PolicySettings,
) -> Result<(Packs, Option<PolicyError>), PolicyError> {
    let Some(mut given) = given_packs(&Store::below(data_dir), settings) else {
        return Ok((Packs::built_in().clone(), None));
    };
    match given.look_only() {
        Err(error) if !given.is_known() => Err(error),
        looked => Ok((given.packs().clone(), looked.err())),
    }
}

/// The packs that the configuration names, not looked at yet.
fn given_packs(store: &Store, settings: &PolicySettings) -> Option<GivenPacks> {
    let file = settings.packs.as_deref()?;
    Some(GivenPacks::new(file, &store.packs_path(), &settings.trust))
}

fn none_named() -> PolicyError {
    PolicyError::Io {
        path: "[policy] file".to_owned(),
        source: std::io::Error::other(
            "no policy was accepted yet, and none is named here; the hub hands one over once it is published \
             (`velum policy publish`) and this box is connected",
        ),
    }
}

/// Verifies what lies there as the policy that was accepted last, or as the first one.
fn accepted(
    text: &str,
    path: &Path,
    trust: &TrustRoot,
    accepted: Option<&AcceptedPolicy>,
) -> Result<VerifiedPolicy, PolicyError> {
    let signed = SignedPolicy::parse(text, &path.display().to_string())?;
    accepted.map_or_else(|| signed.verify(trust), |accepted| accepted_before(&signed, trust, accepted))
}

/// The policy that was accepted before, which one approver alone may have decided, and no other.
fn accepted_before(
    signed: &SignedPolicy,
    trust: &TrustRoot,
    accepted: &AcceptedPolicy,
) -> Result<VerifiedPolicy, PolicyError> {
    if signed.digest() == accepted.digest {
        return signed.verify_alone(trust);
    }
    let AcceptedPolicy { id, version, digest } = accepted;
    let sentence = format!(
        "this box had accepted `{id}` {version} (sha256 {digest}), which is missing or altered, and what is offered is not \
         that one; hand over that very version first, or set the box up anew with an empty data folder"
    );
    Err(PolicyError::Change { rule: "accepted", sentence })
}

#[cfg(test)]
mod tests;
