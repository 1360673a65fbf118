//! Looks after the policy in force, and takes the next one: from the configured file, or from the hub.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use parking_lot::Mutex;
use velum_gate::{CameraPermission, Gate};
use velum_policy::audit::{Entry, Operation, Outcome, Subject};
use velum_policy::diff::Verdict;
use velum_policy::succession::{Successor, succeed};
use velum_policy::{PolicyError, SignedOpinion, SignedPolicy, VerifiedPolicy};
use velum_uplink::{PolicyDesk, PolicyTaken};
use velum_vocab::{Clock, Digest};

use super::store::{self, Store};
use super::stored;
use crate::audit::BoxLog;
use crate::config::PolicySettings;
use crate::metrics::Metrics;

/// How the hub's offers are named in errors and in the log.
const FROM_HUB: &str = "the policy from the hub";
const WAITED: &str = "the policy that waited";

/// The policy that was accepted last.
struct InForce {
    text: String,
    /// What it stands on, where one approver alone decided it.
    base: Option<String>,
    policy: VerifiedPolicy,
}

/// One that waits for its day.
struct Next {
    policy_json: String,
    opinion_json: Option<String>,
    policy: VerifiedPolicy,
}

/// What the box's files hold that must not be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Altered {
    /// The stored policy is not the one that was accepted.
    store: bool,
    /// The configured file, of which the policy in force came, does not verify any more.
    file: bool,
}

/// Looks after the policy for the gate.
pub(crate) struct PolicyKeeper {
    settings: Option<PolicySettings>,
    store: Store,
    gate: Arc<Gate>,
    metrics: Metrics,
    log: Arc<BoxLog>,
    clock: Arc<dyn Clock>,
    in_force: Option<InForce>,
    next: Option<Next>,
    altered: Altered,
    is_started: bool,
    /// What was read last of the configured file, and which policy it was accepted as.
    seen: Option<Digest>,
    from_file: Option<[u8; 32]>,
}

impl PolicyKeeper {
    /// Nothing was read yet.
    pub(crate) fn new(
        settings: Option<PolicySettings>,
        data_dir: &Path,
        (gate, clock): (Arc<Gate>, Arc<dyn Clock>),
        log: Arc<BoxLog>,
        metrics: Metrics,
    ) -> Self {
        Self {
            settings,
            store: Store::below(data_dir),
            gate,
            metrics,
            log,
            clock,
            in_force: None,
            next: None,
            altered: Altered::default(),
            is_started: false,
            seen: None,
            from_file: None,
        }
    }

    /// Looks at the disk. Says whether another policy is in the gate than before.
    pub(crate) fn refresh(&mut self) -> bool {
        let before = self.gate.policy_digest();
        if self.settings.is_none() {
            self.say_none();
            return false;
        }
        if !self.is_started {
            self.start();
        }
        self.look_at_store();
        self.look_at_file();
        self.begin_next();
        self.hold();
        self.gate.policy_digest() != before
    }

    /// The id of the policy that this box runs, or is configured for; empty where neither is known.
    pub(crate) fn policy_id(&self) -> String {
        let configured = || self.settings.as_ref().and_then(|settings| settings.id.clone());
        let accepted = self.in_force.as_ref().map(|of| of.policy.resolved().id.clone());
        accepted.or_else(configured).unwrap_or_default()
    }

    fn say_none(&mut self) {
        if self.seen.replace(Digest::of(b"")).is_none() {
            self.metrics.set_policy_state("none");
            tracing::warn!(
                "no policy is configured: nothing leaves but the state of cameras; \
                add `[policy]` with `approvers`, and `file` unless the hub hands the policy over"
            );
        }
    }

    /// What was accepted before this start.
    fn start(&mut self) {
        self.is_started = true;
        let found = self.store.in_force().and_then(|text| {
            let Some((text, settings)) = text.zip(self.settings.as_ref()) else { return Ok(None) };
            let policy = stored(&self.store, &text, &settings.trust)?;
            self.gate.install(policy.clone())?;
            Ok(Some(InForce { text, base: self.store.base()?, policy }))
        });
        match found {
            Ok(found) => self.in_force = found,
            Err(error) => self.tell_refused("the policy that this box had accepted", &error),
        }
        if self.in_force.is_some() {
            self.metrics.set_policy_state("installed");
        }
        match self.store.next() {
            Ok(Some((policy, opinion))) => {
                if let Err(error) = self.offer((&policy, opinion.as_deref()), WAITED) {
                    self.tell_refused(WAITED, &error);
                }
            }
            Ok(None) => {}
            Err(error) => self.tell_refused(WAITED, &error),
        }
    }

    /// Whether what lies there is what was accepted.
    fn look_at_store(&mut self) {
        let Some(in_force) = &self.in_force else { return };
        let altered = !matches!(self.store.in_force(), Ok(Some(text)) if text == in_force.text);
        if altered && !self.altered.store {
            let path = self.store.in_force_path();
            tracing::error!(
                "{}: was altered or removed: nothing leaves but the state of cameras; find out by whom, and have \
                 the policy published again",
                path.display()
            );
            // Nothing leaves any more, logged or not.
            let refused = Outcome::Denied { rule: "altered".to_owned() };
            let _logged =
                self.note(&in_force.policy, refused, "what lies on the disk was altered".to_owned());
        }
        self.altered.store = altered;
    }

    /// Reads the configured file where it changed since the last look.
    fn look_at_file(&mut self) {
        let Some(file) = self.settings.as_ref().and_then(|settings| settings.file.clone()) else { return };
        let offered = store::read(&file).and_then(|text| {
            let opinion = store::present(&opinion_beside(&file))?;
            Ok((text, opinion))
        });
        let state = match &offered {
            Ok((text, opinion)) => Digest::of(format!("{text}\0{opinion:?}").as_bytes()),
            Err(error) => Digest::of(error.to_string().as_bytes()),
        };
        let is_first_look = self.seen.is_none();
        if self.seen.replace(state) == Some(state) {
            return;
        }
        let name = file.display().to_string();
        let taken = offered.and_then(|(text, opinion)| self.offer((&text, opinion.as_deref()), &name));
        match taken {
            Ok((_, digest)) => {
                self.from_file = Some(digest);
                self.altered.file = false;
            }
            // The hub handed a newer one over: the file is what was put there at first.
            Err(PolicyError::Rollback { .. }) if is_first_look && self.in_force.is_some() => {
                tracing::info!(
                    file = name,
                    "the file holds an older version than the one in force: not used"
                );
            }
            Err(error) => {
                let is_its_source =
                    self.in_force.as_ref().is_some_and(|of| self.from_file == Some(of.policy.digest()));
                self.altered.file = is_its_source && is_broken(&error);
                self.tell_refused(&name, &error);
            }
        }
    }

    /// A policy whose day has come.
    fn begin_next(&mut self) {
        if self.next.as_ref().is_none_or(|next| self.gate_is_before(&next.policy)) {
            return;
        }
        let Some(next) = self.next.take() else { return };
        let offer = (next.policy_json.as_str(), next.opinion_json.as_deref());
        if let Err(error) = self.offer(offer, WAITED) {
            self.tell_refused(WAITED, &error);
            if let Err(error) = self.store.drop_next() {
                tracing::warn!(%error, "it will be tried again after the next start");
            }
        }
    }

    /// Takes the policy out of the gate while files are not as they must be, and puts it back once they are.
    fn hold(&mut self) {
        let is_altered = self.altered != Altered::default();
        match (&self.in_force, self.gate.policy_digest()) {
            (_, Some(_)) if is_altered => {
                self.gate.withdraw();
                self.metrics.set_policy_state("altered");
            }
            (Some(of), None) if !is_altered => match self.gate.install(of.policy.clone()) {
                Ok(()) => self.metrics.set_policy_state("installed"),
                Err(error) => self.tell_refused("the policy that was in force", &error),
            },
            _ => {}
        }
    }

    /// Takes a policy, at once or for its day, or refuses it. Gives its digest.
    fn offer(
        &mut self,
        (policy_json, opinion_json): (&str, Option<&str>),
        name: &str,
    ) -> Result<(PolicyTaken, [u8; 32]), PolicyError> {
        let settings = self.settings.as_ref().ok_or_else(no_approvers)?;
        let signed = SignedPolicy::parse(policy_json, name)?;
        let opinion = opinion_json.map(|json| SignedOpinion::parse(json, name)).transpose()?;
        let before = self.in_force.as_ref().map(|of| &of.policy);
        let judged = succeed(before, &signed, opinion.as_ref(), &settings.trust);
        let successor = match judged {
            Ok(successor) => successor,
            Err(error) => self.after_next(&signed, opinion.as_ref(), settings).ok_or(error)?,
        };
        self.gate.may_follow(&successor.policy)?;
        let digest = successor.policy.digest();
        if before.is_some_and(|before| before.digest() == digest) {
            self.mend(policy_json)?;
            return Ok((PolicyTaken::InForce, digest));
        }
        if before.is_some() && self.gate_is_before(&successor.policy) {
            self.put_aside(successor, (policy_json, opinion_json), name)?;
            return Ok((PolicyTaken::Waits, digest));
        }
        self.put_in_force(successor, policy_json, name)?;
        Ok((PolicyTaken::InForce, digest))
    }

    /// One that may follow the policy that waits, and begins no sooner.
    fn after_next(
        &self,
        signed: &SignedPolicy,
        opinion: Option<&SignedOpinion>,
        settings: &PolicySettings,
    ) -> Option<Successor> {
        let next = &self.next.as_ref()?.policy;
        let successor = succeed(Some(next), signed, opinion, &settings.trust).ok()?;
        let begins = |policy: &VerifiedPolicy| policy.resolved().effective_from;
        let is_no_sooner = begins(&successor.policy) >= begins(next);
        // What stands on a policy that is not in force cannot be verified again after a restart.
        (is_no_sooner && !successor.decided_alone).then_some(successor)
    }

    /// The same policy again: what was altered on the disk is whole again.
    fn mend(&mut self, policy_json: &str) -> Result<(), PolicyError> {
        let Some(of) = self.in_force.as_ref().filter(|_| self.altered.store) else { return Ok(()) };
        let words = "what had been altered on the disk is whole again".to_owned();
        self.note(&of.policy, Outcome::Allowed, words)?;
        self.store.put_in_force(policy_json, of.base.as_deref())?;
        if let Some(of) = &mut self.in_force {
            of.text = policy_json.to_owned();
        }
        self.altered.store = false;
        Ok(())
    }

    fn put_aside(
        &mut self,
        successor: Successor,
        (policy_json, opinion_json): (&str, Option<&str>),
        name: &str,
    ) -> Result<(), PolicyError> {
        let policy = successor.policy;
        if self.next.as_ref().is_some_and(|next| next.policy.digest() == policy.digest()) {
            return Ok(());
        }
        let from = policy.resolved().effective_from;
        let version = policy.resolved().version;
        let words = format!("version {version} waits until {from}, from {name}");
        self.note(&policy, Outcome::Allowed, words)?;
        self.store.put_next(policy_json, opinion_json)?;
        tracing::info!(%version, %from, "a policy is accepted and waits for its day");
        let (policy_json, opinion_json) = (policy_json.to_owned(), opinion_json.map(str::to_owned));
        self.next = Some(Next { policy_json, opinion_json, policy });
        Ok(())
    }

    fn put_in_force(
        &mut self,
        successor: Successor,
        policy_json: &str,
        name: &str,
    ) -> Result<(), PolicyError> {
        let Successor { policy, verdict, decided_alone } = successor;
        let version = policy.resolved().version;
        let words = format!("version {version} takes its place ({}), from {name}", word(verdict));
        self.note(&policy, Outcome::Allowed, words)?;
        let before = self.in_force.as_ref();
        let base = before.filter(|_| decided_alone).map(|of| of.base.as_ref().unwrap_or(&of.text).clone());
        self.store.put_in_force(policy_json, base.as_deref())?;
        self.in_force = Some(InForce { text: policy_json.to_owned(), base, policy: policy.clone() });
        self.altered.store = false;
        if self.next.as_ref().is_none_or(|next| next.policy.resolved().version <= version) {
            self.next = None;
            self.store.drop_next()?;
        }
        self.gate.install(policy)?;
        self.metrics.set_policy_state("installed");
        Ok(())
    }

    /// Logged before it is done.
    fn note(&self, policy: &VerifiedPolicy, outcome: Outcome, words: String) -> Result<(), PolicyError> {
        let mut entry = Entry::new(Operation::Alteration, Subject::Policy, outcome);
        entry.policy_digest = Some(Digest(policy.digest()));
        entry.regime = Some(policy.file().document().policy.regime);
        entry.justification = Some(words.chars().filter(|c| !c.is_control()).take(500).collect());
        self.log.append(entry).map_err(|_| PolicyError::Io {
            path: "audit log".to_owned(),
            source: std::io::Error::other(
                "cannot be written, so that no policy is changed; see the box's log",
            ),
        })
    }

    fn gate_is_before(&self, policy: &VerifiedPolicy) -> bool {
        let moment = jiff::Timestamp::from_microsecond(self.clock.now().unix_micros());
        let has_begun = moment.is_ok_and(|now| now >= policy.resolved().effective_from);
        !has_begun || self.gate.standing() == CameraPermission::UntrustedTime
    }

    fn tell_refused(&self, name: &str, error: &PolicyError) {
        let is_altered = self.altered != Altered::default();
        self.metrics.set_policy_state(if is_altered { "altered" } else { "refused" });
        let consequence = if self.in_force.is_some() && !is_altered {
            "the one before stays"
        } else {
            "nothing leaves but the state of cameras"
        };
        tracing::error!(from = name, %error, consequence, "the policy was refused");
    }
}

/// The keeper, where the hub's offers come in.
pub(crate) struct Delivery(pub(crate) Arc<Mutex<PolicyKeeper>>);

impl PolicyDesk for Delivery {
    fn offered(&self, policy_json: &str, opinion_json: Option<&str>) -> Result<PolicyTaken, String> {
        let mut keeper = self.0.lock();
        let taken = keeper.offer((policy_json, opinion_json), FROM_HUB);
        if let Err(error) = &taken {
            keeper.tell_refused(FROM_HUB, error);
            if keeper.in_force.is_some() && keeper.altered == Altered::default() {
                keeper.metrics.set_policy_state("installed");
            }
        }
        keeper.hold();
        taken.map(|(taken, _)| taken).map_err(|error| error.to_string())
    }
}

/// Not one that may not follow, but none at all.
fn is_broken(error: &PolicyError) -> bool {
    matches!(
        error,
        PolicyError::Io { .. }
            | PolicyError::Envelope { .. }
            | PolicyError::Quorum { .. }
            | PolicyError::Refused(_)
            | PolicyError::TooLong { .. }
    )
}

/// `policy.signed.json` has its opinion in `policy.opinion.json`.
fn opinion_beside(file: &Path) -> PathBuf {
    let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let stem = name.strip_suffix(".signed.json").or_else(|| name.strip_suffix(".json")).unwrap_or(&name);
    file.with_file_name(format!("{stem}.opinion.json"))
}

fn no_approvers() -> PolicyError {
    PolicyError::Trust {
        path: "[policy]".to_owned(),
        reason:
            "this box pins no approvers, and so takes no policy; write `approvers` into its configuration"
                .to_owned(),
    }
}

fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Same => "the first one",
        Verdict::EveryVersion => "nothing but dates and numbers changes",
        Verdict::MorePrivate => "more private",
        Verdict::Judgement => "a person had to judge",
        Verdict::LessPrivate => "less private",
    }
}
