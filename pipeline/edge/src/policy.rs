//! The policy in force: where it lies, what may take its place, and what becomes of one that was tampered with.
//!
//! `store` holds the policy that was accepted last; `keeper` looks after it, takes what the configured file or the hub
//! offers, and puts it into the gate. Invariants: nothing takes the place of a policy but what
//! [`velum_policy::succession`] lets follow it, logged before; what lies on the disk is verified again and again, and
//! where it does not verify any more nothing leaves but health; a candidate that is refused changes nothing.

mod keeper;
mod store;

use std::path::Path;

use velum_policy::succession::succeed;
use velum_policy::{PolicyError, SignedPolicy, TrustRoot, VerifiedPolicy};

use crate::config::PolicySettings;
pub(crate) use keeper::{Delivery, PolicyKeeper};
use store::Store;

/// The policy that this box would run: the one that it accepted last, else the configured file's. For commands beside
/// the running box.
///
/// # Errors
/// As [`SignedPolicy::verify`]; [`PolicyError::Io`] where there is none.
pub(crate) fn in_force(data_dir: &Path, settings: &PolicySettings) -> Result<VerifiedPolicy, PolicyError> {
    let store = Store::below(data_dir);
    match store.in_force()? {
        Some(text) => stored(&store, &text, &settings.trust),
        None => load(settings),
    }
}

/// Reads and verifies the configured file.
///
/// # Errors
/// As [`SignedPolicy::verify`]; [`PolicyError::Io`] where there is none.
pub(crate) fn load(settings: &PolicySettings) -> Result<VerifiedPolicy, PolicyError> {
    let file = settings.file.as_deref().unwrap_or(Path::new("policy.file"));
    SignedPolicy::parse(&store::read(file)?, &file.display().to_string())?.verify(&settings.trust)
}

/// Verifies what was accepted before. Where one approver alone had decided, it stands on the policy before.
fn stored(store: &Store, text: &str, trust: &TrustRoot) -> Result<VerifiedPolicy, PolicyError> {
    let signed = SignedPolicy::parse(text, &store.in_force_path().display().to_string())?;
    let Some(base) = store.base()? else { return signed.verify(trust) };
    let base = SignedPolicy::parse(&base, &store.base_path().display().to_string())?.verify(trust)?;
    Ok(succeed(Some(&base), &signed, None, trust)?.policy)
}

#[cfg(test)]
mod tests;
