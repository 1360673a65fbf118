//! Looks after the policy in force, and takes the next one: from the configured file, or from the hub. `taking` is how one takes
//! the place of another, `packs` what country packs change of it, `told` what is said and logged.

mod packs;
mod taking;
mod told;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use parking_lot::Mutex;
use velum_gate::{Gate, GateMemory};
use velum_policy::pack::GivenPacks;
use velum_policy::{PolicyError, VerifiedPolicy, read_signed};
use velum_uplink::{PolicyDesk, PolicyTaken};
use velum_vocab::Digest;

use super::store::{self, Store};
use super::{accepted as accepted_as, given_packs};
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
        let offered = read_signed(&file).and_then(|text| {
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
                let put_back = self.under_packs(&of.policy).and_then(|policy| self.gate.install(policy));
                match put_back {
                    Ok(()) => self.metrics.set_policy_state("installed"),
                    Err(error) => self.tell_refused("the policy that was in force", &error),
                }
            }
            _ => {}
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
