//! Whether a policy may take the place of the one before it: the diff gate, as every box and every hub holds to it.
//!
//! Source: `docs/policy-guide.md` and rules DIF-001 to DIF-006 of [`crate::diff`]. A change that makes everything it
//! touches more private may be decided by one approver, where the policy before says so; every other one needs the
//! quorum; what makes anything less private needs besides an opinion of the data protection officer on this very
//! file, and waits from the day of that opinion. So does naming another officer, or moving what is painted over or
//! raises no alert. A version that stops everything (`status` is not `active`), and leaves to others who decides, is more
//! private whatever else it says. What a file shows to be missing refuses it.
//!
//! Invariant: what is decided here depends on files, signatures and pinned keys alone, never on a clock: everybody
//! who holds the same files comes to the same answer.

use jiff::{SignedDuration, Timestamp};
use velum_vocab::Digest;

use crate::diff::{PolicyDiff, State, Verdict};
use crate::error::PolicyError;
use crate::keys::PublicKey;
use crate::opinion::SignedOpinion;
use crate::sections::{Document, Status, Zone, ZoneKind};
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
    let given = opinion.map(|opinion| Given::of(opinion, &policy, before, trust)).transpose();
    // Without an opinion the waiting time is not asked for: the change is refused before, or needs none.
    let at = given.as_ref().ok().and_then(|given| given.as_ref()).map_or(Timestamp::MIN, |given| given.at);
    let diff = PolicyDiff::between(before.file(), policy.file(), at);
    let (old, new) = (before.file().document(), policy.file().document());
    let verdict = match diff.verdict {
        _ if stops(old, new) => Verdict::MorePrivate,
        Verdict::LessPrivate => Verdict::LessPrivate,
        _ if moves_officer_or_mask(old, new) => Verdict::LessPrivate,
        verdict => verdict,
    };
    let quorum = quorum.max(needed_of(&new.change_control));
    let decided_alone = policy.signers().len() < quorum;
    if decided_alone && !matches!(verdict, Verdict::MorePrivate | Verdict::Same) {
        next.verify_by(trust, quorum)?;
    }
    if verdict == Verdict::MorePrivate && diff.verdict != Verdict::MorePrivate {
        return Ok(Successor { policy, verdict, decided_alone });
    }
    if verdict == Verdict::LessPrivate {
        let given = given?.ok_or_else(|| no_opinion(before, trust))?;
        waited(old, new, &given)?;
    }
    match diff.needs.iter().find(|need| need.state == State::Open) {
        Some(open) => Err(PolicyError::Change { rule: open.rule, sentence: open.sentence.clone() }),
        None => Ok(Successor { policy, verdict, decided_alone }),
    }
}

/// Nothing leaves any more, and who decides about the next version stays the same.
fn stops(old: &Document, new: &Document) -> bool {
    new.policy.status != Status::Active && old.change_control == new.change_control
}

/// Another officer than the one whose opinions count; or a place that is painted over, or raises no alert, that is no
/// longer just so.
fn moves_officer_or_mask(old: &Document, new: &Document) -> bool {
    let officer = |document: &Document| document.change_control.dpo_key.clone();
    let moves_officer = officer(old).is_some() && officer(old) != officer(new);
    let is_kept = |name: &String, zone: &Zone| {
        let still = new.camera.get(name).map(|camera| camera.zone.as_slice()).unwrap_or_default();
        still.iter().any(|other| other.kind == zone.kind && other.polygon == zone.polygon)
    };
    let protects = |zone: &&Zone| matches!(zone.kind, ZoneKind::PrivateMask | ZoneKind::NoAlert);
    let cameras = old.camera.iter().filter(|(name, _)| new.camera.contains_key(*name));
    let mut zones =
        cameras.flat_map(|(name, camera)| camera.zone.iter().filter(protects).map(move |zone| (name, zone)));
    moves_officer || zones.any(|(name, zone)| !is_kept(name, zone))
}

/// A loosening waits from the day of the opinion on.
fn waited(old: &Document, new: &Document, given: &Given) -> Result<(), PolicyError> {
    let refuse = |sentence: String| Err(PolicyError::Change { rule: LOOSENING, sentence });
    let Some(wait) = &old.change_control.loosening_cooling_off else {
        return refuse(
            "the policy before has no change_control.loosening_cooling_off, which means that a loosening waits without \
             end: write one first"
                .to_owned(),
        );
    };
    let pause = SignedDuration::try_from(wait.0.get()).unwrap_or(SignedDuration::MAX);
    let earliest = given.at.checked_add(pause).unwrap_or(Timestamp::MAX);
    let from = new.policy.effective_from;
    if from.starts() >= earliest {
        return Ok(());
    }
    refuse(format!(
        "the officer's opinion is of {}, and a loosening waits {} from then on: policy.effective_from is {from}, write \
         {earliest} or a later moment",
        given.at, wait.0
    ))
}

/// An opinion that holds.
struct Given {
    at: Timestamp,
}

impl Given {
    fn of(
        opinion: &SignedOpinion,
        policy: &VerifiedPolicy,
        before: &VerifiedPolicy,
        trust: &TrustRoot,
    ) -> Result<Self, PolicyError> {
        let officer = officer(before, trust).ok_or_else(no_officer)?;
        let opinion = opinion.verify(policy.file(), &officer)?;
        let at = opinion.given.parse().map_err(|_| PolicyError::Change {
            rule: LOOSENING,
            sentence: format!(
                "the opinion's `given` is `{}`, expected a moment such as `2026-12-03T08:14:20Z`; make the opinion \
                 with `velum policy opinion`",
                opinion.given
            ),
        })?;
        Ok(Self { at })
    }
}

/// The pinned key counts; where none is, the one that the policy before named, which two approvers signed.
fn officer(before: &VerifiedPolicy, trust: &TrustRoot) -> Option<PublicKey> {
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
