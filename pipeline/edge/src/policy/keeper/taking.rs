//! How a policy takes the place of another: at once, on its day, or not.
//!
//! Invariant: what takes a place is in the audit log and in the gate's memory before it does; what is refused changes
//! nothing.

use velum_gate::GateMemory;
use velum_policy::audit::Outcome;
use velum_policy::diff::Verdict;
use velum_policy::sections::Status;
use velum_policy::succession::{AcceptedPolicy, Successor, may_take_its_place, succeed};
use velum_policy::{PolicyError, SignedOpinion, SignedPolicy, VerifiedPolicy};
use velum_uplink::PolicyTaken;
use velum_vocab::Digest;

use super::super::accepted_before;
use super::super::store::Waiting;
use super::{Altered, FROM_HUB, InForce, Next, PolicyKeeper, WAITED};
use crate::config::PolicySettings;

impl PolicyKeeper {
    /// What waited before this start. Without the policy after which it was accepted it waits on.
    pub(super) fn find_next(&mut self) -> Result<(), PolicyError> {
        let Some((of, settings)) = self.in_force.as_ref().zip(self.settings.as_ref()) else { return Ok(()) };
        let Some(waiting) = self.store.next()? else { return Ok(()) };
        let Waiting { policy_json, opinion_json, after } = waiting;
        let signed = SignedPolicy::parse(&policy_json, WAITED)?;
        let opinion = opinion_json.as_deref().map(|json| SignedOpinion::parse(json, WAITED)).transpose()?;
        let policy = succeed(Some(&of.policy), &signed, opinion.as_ref(), &settings.trust)?.policy;
        self.next = Some(Next { policy_json, opinion_json, policy, after });
        Ok(())
    }

    /// A policy whose day has come.
    pub(super) fn begin_next(&mut self) {
        if self.next.as_ref().is_none_or(|next| self.gate_is_before(&next.policy)) {
            return;
        }
        let Some(next) = self.next.take() else { return };
        let begun = self.begin(&next);
        if let Err(error @ PolicyError::Io { .. }) = &begun {
            // The box's own disk: it is not the policy that is wrong.
            self.tell_trouble(WAITED, error);
            self.next = Some(next);
            return;
        }
        if let Err(error) = begun {
            let refused = Outcome::Denied { rule: "policy".to_owned() };
            let _logged = self.note(&next.policy, refused, format!("what waited was refused: {error}"));
            self.tell_refused(WAITED, &error);
            if let Err(error) = self.store.drop_next() {
                tracing::warn!(%error, "it will be tried again after the next start");
            }
        }
    }

    fn begin(&mut self, next: &Next) -> Result<(), PolicyError> {
        let (Some(of), Some(settings)) = (&self.in_force, &self.settings) else { return Ok(()) };
        let signed = SignedPolicy::parse(&next.policy_json, WAITED)?;
        let opinion =
            next.opinion_json.as_deref().map(|json| SignedOpinion::parse(json, WAITED)).transpose()?;
        let successor = succeed(Some(&of.policy), &signed, opinion.as_ref(), &settings.trust)?;
        if successor.verdict == Verdict::LessPrivate && next.after != Digest(of.policy.digest()) {
            let sentence = "another policy is in force than the one after which it was accepted, and it would undo something \
                            of that: the officer's opinion does not speak of it; publish a new version";
            return Err(PolicyError::Change { rule: "DIF-001", sentence: sentence.to_owned() });
        }
        self.put_in_force(successor, &next.policy_json, WAITED)
    }

    /// Takes a policy, at once or for its day, or refuses it. Gives its digest.
    pub(super) fn offer(
        &mut self,
        (policy_json, opinion_json): (&str, Option<&str>),
        name: &str,
    ) -> Result<(PolicyTaken, [u8; 32]), PolicyError> {
        let settings = self.settings.as_ref().ok_or_else(no_approvers)?;
        let signed = SignedPolicy::parse(policy_json, name)?;
        let digest = signed.digest().0;
        if self.in_force.as_ref().is_some_and(|of| of.policy.digest() == digest) {
            self.mend(name)?;
            return Ok((PolicyTaken::InForce, digest));
        }
        if self.next.as_ref().is_some_and(|next| next.policy.digest() == digest) {
            return Ok((PolicyTaken::Waits, digest));
        }
        let opinion = opinion_json.map(|json| SignedOpinion::parse(json, name)).transpose()?;
        let successor = match &self.in_force {
            Some(of) => succeed(Some(&of.policy), &signed, opinion.as_ref(), &settings.trust)?,
            None => self.first(&signed, settings)?,
        };
        let found = &successor.policy.resolved().id;
        if let Some(installed) = settings.id.clone().filter(|id| id != found) {
            return Err(PolicyError::OtherPolicy { installed, found: found.clone() });
        }
        self.gate.may_follow(&successor.policy)?;
        self.under_packs(&successor.policy)?;
        if let Some(next) = &self.next {
            may_take_its_place(&successor, (&next.policy, &signed), opinion.as_ref(), &settings.trust)?;
        }
        let stops = successor.policy.file().document().policy.status != Status::Active;
        match self.in_force.as_ref().map(|of| Digest(of.policy.digest())) {
            Some(after) if !stops && self.gate_is_before(&successor.policy) => {
                self.put_aside(successor, (policy_json, opinion_json, after), name)?;
                Ok((PolicyTaken::Waits, digest))
            }
            _ => {
                self.put_in_force(successor, policy_json, name)?;
                Ok((PolicyTaken::InForce, digest))
            }
        }
    }

    /// The first policy of this box; or, where the one that it had accepted is gone, that very one.
    pub(super) fn first(
        &self,
        signed: &SignedPolicy,
        settings: &PolicySettings,
    ) -> Result<Successor, PolicyError> {
        match self.gate.memory().policy {
            None => succeed(None, signed, None, &settings.trust),
            Some(accepted) => {
                let policy = accepted_before(signed, &settings.trust, &accepted)?;
                Ok(Successor { policy, verdict: Verdict::Same, decided_alone: false })
            }
        }
    }

    /// The same policy again: what was altered on the disk is whole again.
    pub(super) fn mend(&mut self, name: &str) -> Result<(), PolicyError> {
        if name == FROM_HUB {
            // The file is no source any more.
            (self.from_file, self.altered.file) = (None, false);
        }
        let Some(of) = self.in_force.as_ref().filter(|_| self.altered.store) else { return Ok(()) };
        self.note_whole(&of.policy)?;
        self.store.put_in_force(&of.text)?;
        self.altered.store = false;
        Ok(())
    }

    fn put_aside(
        &mut self,
        successor: Successor,
        (policy_json, opinion_json, after): (&str, Option<&str>, Digest),
        name: &str,
    ) -> Result<(), PolicyError> {
        let policy = successor.policy;
        let (from, version) = (policy.resolved().effective_from, policy.resolved().version);
        if let Some(next) = self.next.as_ref().filter(|next| next.policy.resolved().effective_from < from) {
            let sentence = format!(
                "version {} waits until {}; one that begins later is taken once that has begun",
                next.policy.resolved().version,
                next.policy.resolved().effective_from
            );
            return Err(PolicyError::Change { rule: "effective_from", sentence });
        }
        let words = format!("version {version} waits until {from}, from {name}");
        self.note(&policy, Outcome::Allowed, words)?;
        let waiting = Waiting {
            policy_json: policy_json.to_owned(),
            opinion_json: opinion_json.map(str::to_owned),
            after,
        };
        self.store.put_next(&waiting)?;
        tracing::info!(%version, %from, "a policy is accepted and waits for its day");
        let Waiting { policy_json, opinion_json, after } = waiting;
        self.next = Some(Next { policy_json, opinion_json, policy, after });
        Ok(())
    }

    fn put_in_force(
        &mut self,
        successor: Successor,
        policy_json: &str,
        name: &str,
    ) -> Result<(), PolicyError> {
        let Successor { policy, verdict, .. } = successor;
        let applied = self.under_packs(&policy)?;
        let version = policy.resolved().version;
        let way = match (&self.in_force, self.gate.memory().policy) {
            (Some(_), _) => verdict.name(),
            (None, Some(_)) => "put back",
            (None, None) => "the first one",
        };
        let words = format!("version {version} takes its place ({way}), from {name}");
        self.note(&policy, Outcome::Allowed, words)?;
        let memory = GateMemory { policy: Some(AcceptedPolicy::of(&policy)), ..self.gate.memory() };
        (self.remember)(&memory)
            .map_err(|source| PolicyError::Io { path: "the gate's memory".to_owned(), source })?;
        self.store.put_in_force(policy_json)?;
        self.in_force = Some(InForce { text: policy_json.to_owned(), policy: policy.clone() });
        (self.altered, self.is_lacking) = (Altered::default(), false);
        // Where the hub handed it over, the file is its source no more.
        self.from_file = self.from_file.filter(|source| *source == policy.digest());
        self.gate.install(applied)?;
        self.trouble = None;
        self.metrics.set_policy_state("installed");
        if self.next.as_ref().is_none_or(|next| next.policy.resolved().version <= version) {
            if let Some(next) = self.next.take().filter(|next| next.policy.digest() != policy.digest()) {
                let refused = Outcome::Denied { rule: "superseded".to_owned() };
                let _logged = self.note(
                    &next.policy,
                    refused,
                    format!("what waited never begins: {version} took its place"),
                );
            }
            if let Err(error) = self.store.drop_next() {
                tracing::warn!(%error, "what waited is no longer wanted, and lies there still");
            }
        }
        Ok(())
    }

    /// By the mark, which does not follow a glitch of the clock into the future.
    fn gate_is_before(&self, policy: &VerifiedPolicy) -> bool {
        let _observed = self.gate.standing();
        let mark = self.gate.memory().time_high_water;
        let mark = mark.and_then(|mark| jiff::Timestamp::from_microsecond(mark.unix_micros()).ok());
        mark.is_none_or(|mark| mark < policy.resolved().effective_from)
    }
}

fn no_approvers() -> PolicyError {
    PolicyError::Trust {
        path: "[policy]".to_owned(),
        reason:
            "this box pins no approvers, and so takes no policy; write `approvers` into its configuration"
                .to_owned(),
    }
}
