//! Whether a policy may take the place of the one before it: the diff gate, as every box and every hub holds to it.
//!
//! Source: `docs/policy-guide.md` and rules DIF-001 to DIF-006 of [`crate::diff`]. A change that makes everything it
//! touches more private may be decided by one approver, where the policy before says so; every other one needs the
//! quorum; what makes anything less private needs besides an opinion of the data protection officer on this very
//! file, and waits from the day of that opinion. What a file shows to be missing refuses it.
//!
//! Invariant: what is decided here depends on files, signatures and pinned keys alone, never on a clock: everybody
//! who holds the same files comes to the same answer.

use jiff::Timestamp;
use velum_vocab::Digest;

use crate::diff::{PolicyDiff, State, Verdict};
use crate::error::PolicyError;
use crate::keys::PublicKey;
use crate::opinion::SignedOpinion;
use crate::sections::Status;
use crate::signed::{SignedPolicy, VerifiedPolicy, needed_of};
use crate::trust::TrustRoot;
use crate::version::Version;

/// Less private: quorum, opinion, waiting time.
const LOOSENING: &str = "DIF-001";

/// A policy that was accepted, by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AcceptedPolicy {
    /// Its id, the same in every version.
    pub id: String,
    /// Its version.
    pub version: Version,
    /// The digest of its file.
    pub digest: Digest,
}

impl AcceptedPolicy {
    /// Of a policy that was verified.
    pub fn of(policy: &VerifiedPolicy) -> Self {
        let resolved = policy.resolved();
        Self { id: resolved.id.clone(), version: resolved.version, digest: Digest(policy.digest()) }
    }

    /// Whether `next` may follow: the same policy, in a higher version or unchanged.
    ///
    /// # Errors
    /// [`PolicyError::OtherPolicy`], [`PolicyError::Rollback`] or [`PolicyError::SameVersion`].
    pub fn may_be_followed_by(&self, next: &Self) -> Result<(), PolicyError> {
        let (id, version) = (next.id.clone(), next.version);
        if next.id != self.id {
            return Err(PolicyError::OtherPolicy { installed: self.id.clone(), found: id });
        }
        if next.version < self.version {
            return Err(PolicyError::Rollback { id, found: version, highest: self.version });
        }
        if next.version == self.version && next.digest != self.digest {
            return Err(PolicyError::SameVersion { id, version });
        }
        Ok(())
    }
}

/// A policy that may take its place.
#[derive(Debug, Clone)]
pub struct Successor {
    /// The policy.
    pub policy: VerifiedPolicy,
    /// Which way it goes; [`Verdict::Same`] where there was none before.
    pub verdict: Verdict,
    /// Fewer approvers signed than a change usually needs.
    pub decided_alone: bool,
}

/// Verifies a policy as the one that follows `before`; as the first one where there is none before.
///
/// # Errors
/// As [`SignedPolicy::verify`]; as [`AcceptedPolicy::may_be_followed_by`]; [`PolicyError::Change`] with the rule of
/// the diff gate that refuses it; [`PolicyError::Opinion`] where the opinion does not hold.
pub fn succeed(
    before: Option<&VerifiedPolicy>,
    next: &SignedPolicy,
    opinion: Option<&SignedOpinion>,
    trust: &TrustRoot,
) -> Result<Successor, PolicyError> {
    let Some(before) = before else {
        return Ok(Successor { policy: next.verify(trust)?, verdict: Verdict::Same, decided_alone: false });
    };
    let control = &before.file().document().change_control;
    let quorum = needed_of(control).max(trust.quorum());
    let policy =
        if control.tighten_alone { next.verify_alone(trust)? } else { next.verify_by(trust, quorum)? };
    AcceptedPolicy::of(before).may_be_followed_by(&AcceptedPolicy::of(&policy))?;
    let given = opinion.map(|opinion| given(opinion, &policy, before, trust)).transpose();
    // Without an opinion the waiting time is not asked for: the change is refused before, or needs none.
    let at = given.as_ref().ok().and_then(|given| *given).unwrap_or(Timestamp::MIN);
    let diff = PolicyDiff::between(before.file(), policy.file(), at);
    let quorum = quorum.max(needed_of(&policy.file().document().change_control));
    let decided_alone = policy.signers().len() < quorum;
    if decided_alone && !matches!(diff.verdict, Verdict::MorePrivate | Verdict::Same) {
        next.verify_by(trust, quorum)?;
    }
    if diff.verdict == Verdict::LessPrivate && given?.is_none() {
        return Err(no_opinion(before, trust));
    }
    match diff.needs.iter().find(|need| need.state == State::Open) {
        Some(open) => Err(PolicyError::Change { rule: open.rule, sentence: open.sentence.clone() }),
        None => Ok(Successor { policy, verdict: diff.verdict, decided_alone }),
    }
}

/// Whether a policy may take the place of one that waits, too, which then never begins: what one approver decides must
/// not undo what others have decided for a later day, but for a stop. One of a lower version leaves the other waiting.
///
/// # Errors
/// As [`succeed`].
pub fn may_take_its_place(
    successor: &Successor,
    (waiting, signed): (&VerifiedPolicy, &SignedPolicy),
    opinion: Option<&SignedOpinion>,
    trust: &TrustRoot,
) -> Result<(), PolicyError> {
    let stops = successor.policy.file().document().policy.status != Status::Active;
    let leaves_it = successor.policy.resolved().version < waiting.resolved().version;
    if stops || leaves_it || !successor.decided_alone {
        return Ok(());
    }
    succeed(Some(waiting), signed, opinion, trust).map(drop)
}

/// The day of an opinion that holds.
fn given(
    opinion: &SignedOpinion,
    policy: &VerifiedPolicy,
    before: &VerifiedPolicy,
    trust: &TrustRoot,
) -> Result<Timestamp, PolicyError> {
    let officer = officer(before, trust).ok_or_else(no_officer)?;
    let opinion = opinion.verify(policy.file(), &officer)?;
    opinion.given.parse().map_err(|_| PolicyError::Change {
        rule: LOOSENING,
        sentence: format!(
            "the opinion's `given` is `{}`, expected a moment such as `2026-12-03T08:14:20Z`; make the opinion \
             with `velum policy opinion`",
            opinion.given
        ),
    })
}

/// Whose opinion counts on what follows `before`: the pinned key; where none is, the one that the policy before named,
/// which two approvers signed.
pub fn officer(before: &VerifiedPolicy, trust: &TrustRoot) -> Option<PublicKey> {
    let named = before.file().document().change_control.dpo_key.as_deref();
    trust.dpo().or_else(|| PublicKey::parse(named?.trim()).ok())
}

fn no_opinion(before: &VerifiedPolicy, trust: &TrustRoot) -> PolicyError {
    if officer(before, trust).is_none() {
        return no_officer();
    }
    let sentence = "the change makes something less private and comes without the data protection officer's opinion; \
                    make one with `velum policy opinion`, and give it along (publish --opinion FILE.opinion.json, \
                    or lay it beside the policy's file)";
    PolicyError::Change { rule: LOOSENING, sentence: sentence.to_owned() }
}

fn no_officer() -> PolicyError {
    let sentence = "the change makes something less private and needs the opinion of a data protection officer, \
                    whose key is neither pinned (`dpo_key` beside the approvers) nor named by the policy before \
                    (change_control.dpo_key); write it there first, as a change of its own";
    PolicyError::Change { rule: LOOSENING, sentence: sentence.to_owned() }
}
