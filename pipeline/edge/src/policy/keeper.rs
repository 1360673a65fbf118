//! Looks after the policy in force, and takes the next one: from the configured file, or from the hub.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use parking_lot::Mutex;
use velum_gate::{Gate, GateMemory};
use velum_policy::audit::{Entry, JUSTIFICATION_CHARS, Operation, Outcome, Subject, plain};
use velum_policy::diff::Verdict;
use velum_policy::pack::{GivenPacks, Packs};
use velum_policy::sections::Status;
use velum_policy::succession::{AcceptedPolicy, Successor, may_take_its_place, succeed};
use velum_policy::{PolicyError, SignedOpinion, SignedPolicy, VerifiedPolicy};
use velum_uplink::{PolicyDesk, PolicyTaken};
use velum_vocab::Digest;

use super::store::{self, Store, Waiting};
use super::{accepted as accepted_as, accepted_before, given_packs};
use crate::audit::BoxLog;
use crate::config::PolicySettings;
use crate::metrics::Metrics;

/// How the hub's offers are named in errors and in the log.
const FROM_HUB: &str = "the policy from the hub";
const WAITED: &str = "the policy that waited";

/// The policy that was accepted last.
struct InForce {
    text: String,
    policy: VerifiedPolicy,
}

/// One that waits for its day.
struct Next {
    policy_json: String,
    opinion_json: Option<String>,
    policy: VerifiedPolicy,
    /// After which policy it was accepted: of the step from that one the officer's opinion speaks.
    after: Digest,
}

/// Keeps the gate's memory on the disk, before what it remembers is done.
pub(crate) type Remember = Arc<dyn Fn(&GateMemory) -> std::io::Result<()> + Send + Sync>;

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
    remember: Remember,
    in_force: Option<InForce>,
    next: Option<Next>,
    altered: Altered,
    /// Country packs that were given in a file.
    packs: Option<GivenPacks>,
    /// The policy in force lacks what the packs ask for, such as an authorisation.
    is_lacking: bool,
    is_started: bool,
    /// What the box's own disk was last found wrong with.
    trouble: Option<String>,
    /// What was read last of the configured file, and which policy it was accepted as.
    seen: Option<Digest>,
    from_file: Option<[u8; 32]>,
}

impl PolicyKeeper {
    /// Nothing was read yet.
    pub(crate) fn new(
        settings: Option<PolicySettings>,
        data_dir: &Path,
        (gate, remember): (Arc<Gate>, Remember),
        log: Arc<BoxLog>,
        metrics: Metrics,
    ) -> Self {
        let store = Store::below(data_dir);
        Self {
            packs: settings.as_ref().and_then(|settings| given_packs(&store, settings)),
            is_lacking: false,
            settings,
            store,
            gate,
            metrics,
            log,
            remember,
            in_force: None,
            next: None,
            altered: Altered::default(),
            is_started: false,
            trouble: None,
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
        let packs_changed = self.look_at_packs();
        if !self.is_started {
            self.start();
        } else if packs_changed {
            self.apply_packs();
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
            let accepted = self.gate.memory().policy;
            let policy = accepted_as(&text, &self.store.in_force_path(), &settings.trust, accepted.as_ref())?;
            self.gate.may_follow(&policy)?;
            Ok(Some(InForce { text, policy }))
        });
        match found {
            Ok(found) => self.in_force = found,
            Err(error) => self.tell_refused("the policy that this box had accepted", &error),
        }
        self.apply_packs();
        if let Err(error) = self.find_next() {
            self.tell_refused(WAITED, &error);
        }
    }

    /// The packs that hold.
    fn packs(&self) -> &Packs {
        self.packs.as_ref().map_or(Packs::built_in(), GivenPacks::packs)
    }

    /// Reads the file of packs where it changed. What cannot be verified changes nothing; either is in the audit log.
    fn look_at_packs(&mut self) -> bool {
        let Some(given) = &mut self.packs else { return false };
        let looked = given.look();
        let versions = given.packs().versions();
        match &looked {
            Ok(true) => {
                tracing::info!(packs = versions, "other country packs hold");
                let _logged = self.log_of(None, Outcome::Allowed, &format!("country packs {versions} hold"));
            }
            Ok(false) => {}
            Err(error) => {
                tracing::error!(
                    key = "policy.packs", %error, packs = versions,
                    "the given country packs are not used; those that were accepted before, and the built-in ones, hold on"
                );
                let refused = Outcome::Denied { rule: "packs".to_owned() };
                let _logged = self.log_of(
                    None,
                    refused,
                    &format!("country packs are refused, {versions} hold on: {error}"),
                );
            }
        }
        looked.unwrap_or(false)
    }

    /// Puts the policy in force into the gate as it is under the packs that hold; none where it lacks what they ask for.
    fn apply_packs(&mut self) {
        let Some(of) = &self.in_force else { return };
        let is_altered = self.altered != Altered::default();
        let applied = of.policy.under(self.packs());
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

    /// What waited before this start. Without the policy after which it was accepted it waits on.
    fn find_next(&mut self) -> Result<(), PolicyError> {
        let Some((of, settings)) = self.in_force.as_ref().zip(self.settings.as_ref()) else { return Ok(()) };
        let Some(waiting) = self.store.next()? else { return Ok(()) };
        let Waiting { policy_json, opinion_json, after } = waiting;
        let signed = SignedPolicy::parse(&policy_json, WAITED)?;
        let opinion = opinion_json.as_deref().map(|json| SignedOpinion::parse(json, WAITED)).transpose()?;
        let policy = succeed(Some(&of.policy), &signed, opinion.as_ref(), &settings.trust)?.policy;
        self.next = Some(Next { policy_json, opinion_json, policy, after });
        Ok(())
    }

    /// Whether what lies there is what was accepted.
    fn look_at_store(&mut self) {
        let Some(in_force) = &self.in_force else { return };
        let found = self.store.in_force();
        let is_whole = matches!(&found, Ok(Some(text)) if *text == in_force.text);
        // Nothing leaves any more, or again, logged or not.
        match (is_whole, self.altered.store, found) {
            (false, false, Err(error)) => {
                tracing::error!(%error, "the policy cannot be read: nothing leaves but the state of cameras");
            }
            (false, false, Ok(_)) => {
                let path = self.store.in_force_path();
                tracing::error!(
                    "{}: was altered or removed: nothing leaves but the state of cameras; find out by whom, and have \
                     the policy published again",
                    path.display()
                );
                let _logged = self.note_altered(&in_force.policy, "what lies on the disk was altered");
            }
            (true, true, _) => {
                let _logged = self.note_whole(&in_force.policy);
            }
            _ => {}
        }
        self.altered.store = !is_whole;
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
        let before = self.seen.replace(state);
        if before == Some(state) {
            return;
        }
        let is_first_look = before.is_none();
        let name = file.display().to_string();
        let is_read = offered.is_ok();
        let taken = offered.and_then(|(text, opinion)| self.offer((&text, opinion.as_deref()), &name));
        match taken {
            // The box's own disk: it is not the file that is wrong, and it is looked at again.
            Err(error @ PolicyError::Io { .. }) if is_read => {
                self.tell_trouble(&name, &error);
                self.seen = before;
            }
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
                let is_altered = is_its_source && is_broken(&error);
                if let Some(of) = self.in_force.as_ref().filter(|_| is_altered && !self.altered.file) {
                    let _logged = self.note_altered(&of.policy, "the configured file was altered");
                }
                self.altered.file = is_altered;
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

    /// Takes the policy out of the gate while files are not as they must be, and puts it back once they are.
    fn hold(&mut self) {
        let is_altered = self.altered != Altered::default();
        let wanted = self.in_force.as_ref().filter(|_| !is_altered && !self.is_lacking);
        let in_gate = self.gate.policy_digest();
        match wanted {
            None if in_gate.is_some() && self.in_force.is_some() => {
                self.gate.withdraw();
                self.metrics.set_policy_state(if is_altered { "altered" } else { "refused" });
            }
            Some(of) if in_gate != Some(Digest(of.policy.digest())) => {
                let put_back = of.policy.under(self.packs()).and_then(|policy| self.gate.install(policy));
                match put_back {
                    Ok(()) => self.metrics.set_policy_state("installed"),
                    Err(error) => self.tell_refused("the policy that was in force", &error),
                }
            }
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
        successor.policy.under(self.packs())?;
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
    fn first(&self, signed: &SignedPolicy, settings: &PolicySettings) -> Result<Successor, PolicyError> {
        match self.gate.memory().policy {
            None => succeed(None, signed, None, &settings.trust),
            Some(accepted) => {
                let policy = accepted_before(signed, &settings.trust, &accepted)?;
                Ok(Successor { policy, verdict: Verdict::Same, decided_alone: false })
            }
        }
    }

    /// The same policy again: what was altered on the disk is whole again.
    fn mend(&mut self, name: &str) -> Result<(), PolicyError> {
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
        let applied = policy.under(self.packs())?;
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

    fn note_altered(&self, policy: &VerifiedPolicy, words: &str) -> Result<(), PolicyError> {
        self.note(policy, Outcome::Denied { rule: "altered".to_owned() }, words.to_owned())
    }

    fn note_whole(&self, policy: &VerifiedPolicy) -> Result<(), PolicyError> {
        self.note(policy, Outcome::Allowed, "what had been altered on the disk is whole again".to_owned())
    }

    /// Logged before it is done.
    fn note(&self, policy: &VerifiedPolicy, outcome: Outcome, words: String) -> Result<(), PolicyError> {
        self.log_of(Some(policy), outcome, &words)
    }

    fn log_of(
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

    /// By the mark, which does not follow a glitch of the clock into the future.
    fn gate_is_before(&self, policy: &VerifiedPolicy) -> bool {
        let _observed = self.gate.standing();
        let mark = self.gate.memory().time_high_water;
        let mark = mark.and_then(|mark| jiff::Timestamp::from_microsecond(mark.unix_micros()).ok());
        mark.is_none_or(|mark| mark < policy.resolved().effective_from)
    }

    /// Once, until something else happens.
    fn tell_trouble(&mut self, name: &str, error: &PolicyError) {
        let text = error.to_string();
        if self.trouble.replace(text.clone()) != Some(text) {
            tracing::error!(from = name, %error, "the policy cannot be taken now; it is tried again");
        }
    }

    fn tell_refused(&self, name: &str, error: &PolicyError) {
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

/// The keeper, where the hub's offers come in.
pub(crate) struct Delivery(pub(crate) Arc<Mutex<PolicyKeeper>>);

impl PolicyDesk for Delivery {
    fn offered(&self, policy_json: &str, opinion_json: Option<&str>) -> Result<PolicyTaken, String> {
        let mut keeper = self.0.lock();
        let taken = keeper.offer((policy_json, opinion_json), FROM_HUB);
        if let Err(error) = &taken {
            keeper.tell_refused(FROM_HUB, error);
            if keeper.in_force.is_some() && keeper.altered == Altered::default() && !keeper.is_lacking {
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
