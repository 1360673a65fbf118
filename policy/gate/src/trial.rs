//! Trials: what a policy lets be computed for a time though it is not in operation. Nothing of it ever leaves.

use velum_policy::{ResolvedPolicy, Trial as Named};
use velum_vocab::{CameraId, Timestamp};

use crate::permission::{self, CameraPermission, calendar};
use crate::released::EventKind;

/// A trial that holds now, of one kind on one camera: it may be computed and kept on the box, and told to nobody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trial {
    /// As the policy names it.
    pub id: String,
    /// What is tried.
    pub kind: EventKind,
    /// The first moment at which it may not run any more. The same name with another end is another trial.
    pub until: Timestamp,
}

/// Why a trial that was begun is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrialOver {
    /// Its time has passed.
    Until,
    /// The policy does not name it so any more: it was taken out or changed, its camera was, or what it tries is in
    /// operation or forbidden by now.
    Changed,
    /// The policy itself was retired or has expired.
    PolicyEnded,
}

impl TrialOver {
    /// The field of the policy that decided.
    pub fn rule(self) -> &'static str {
        match self {
            Self::Until => "sandbox.until",
            Self::Changed => "sandbox",
            Self::PolicyEnded => "policy.expires",
        }
    }
}

/// The trial of this kind that holds on the camera at the moment; of several, the one that ends last.
pub(crate) fn of(
    policy: &ResolvedPolicy,
    camera: &CameraId,
    kind: EventKind,
    moment: Timestamp,
) -> Option<Trial> {
    let moment = calendar(moment)?;
    let holds = |trial: &&Named| trial.from <= moment && moment < trial.until;
    let longest = named(policy, camera, kind).filter(holds).max_by_key(|trial| trial.until)?;
    Some(Trial { id: longest.id.clone(), kind, until: timestamp(longest.until) })
}

/// Why this trial, which was begun on the camera, is over at a moment that was reached for certain; none while it goes
/// on. Without a policy that says so only its time ends it.
pub(crate) fn over(
    policy: Option<&ResolvedPolicy>,
    camera: &CameraId,
    begun: &Trial,
    moment: Timestamp,
) -> Option<TrialOver> {
    if begun.until <= moment {
        return Some(TrialOver::Until);
    }
    let policy = policy?;
    if matches!(permission::of_policy(policy, moment), CameraPermission::Retired | CameraPermission::Expired)
    {
        return Some(TrialOver::PolicyEnded);
    }
    let is_same = |trial: &Named| trial.id == begun.id && timestamp(trial.until) == begun.until;
    (!named(policy, camera, begun.kind).any(is_same)).then_some(TrialOver::Changed)
}

/// Trials of this kind on the camera. What is in operation, or forbidden, is in no trial.
fn named<'p>(
    policy: &'p ResolvedPolicy,
    camera: &'p CameraId,
    kind: EventKind,
) -> impl Iterator<Item = &'p Named> {
    let analytics = &policy.analytics;
    let tried = |name: &&str| !analytics.allow.contains(*name) && !analytics.forbid.contains(*name);
    let analytic = kind.analytic().filter(tried).filter(|_| policy.cameras.contains_key(camera.as_str()));
    let trials = analytic.map(|_| policy.trials.as_slice()).unwrap_or_default();
    trials.iter().filter(move |trial| {
        analytic.is_some_and(|name| trial.analytics.contains(name))
            && trial.cameras.iter().any(|named| named == camera.as_str())
    })
}

fn timestamp(moment: jiff::Timestamp) -> Timestamp {
    Timestamp::from_unix_micros(moment.as_microsecond())
}
