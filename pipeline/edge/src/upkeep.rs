//! What the box does besides watching: the policy file, what must survive a restart, and what is too old.

use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use tokio::sync::watch;
use velum_gate::CameraPermission;
use velum_uplink::HelloFacts;
use velum_vocab::Digest;

use crate::attest::Attestor;
use crate::furniture::Desk;
use crate::pause::{PauseDesk, Suspended, Zones};
use crate::policy::PolicyKeeper;
use crate::shared::Shared;
use crate::stills::erase_due;
use crate::trial;

const POLICY_EVERY: Duration = Duration::from_millis(400);
const FURNITURE_EVERY: Duration = Duration::from_secs(2);
/// Somebody stands before the camera and objects.
const PAUSE_EVERY: Duration = Duration::from_secs(1);
/// What a trial left is not kept longer.
const TRIALS_EVERY: Duration = Duration::from_secs(5);
/// The gate asks for at least every minute.
const REMEMBER_EVERY: Duration = Duration::from_secs(30);
const EXPIRE_EVERY: Duration = Duration::from_secs(60);
/// Each time something is written durably: seldom enough for a flash disk.
const TROUBLE_EVERY: Duration = Duration::from_secs(10);

/// Something that is due again and again.
#[derive(Debug)]
struct Due {
    every: Duration,
    last: Option<Instant>,
}

impl Due {
    fn every(every: Duration) -> Self {
        Self { every, last: None }
    }

    fn is_now(&mut self) -> bool {
        let due = self.last.is_none_or(|last| last.elapsed() >= self.every);
        if due {
            self.last = Some(Instant::now());
        }
        due
    }
}

/// Keeps the box in order.
pub(crate) struct Upkeep {
    shared: Arc<Shared>,
    attestor: Attestor,
    policy: Arc<Mutex<PolicyKeeper>>,
    furniture: Arc<Mutex<Desk>>,
    furniture_due: Due,
    pause: PauseDesk,
    pause_due: Due,
    /// What the hub suspended beside; none without a hub.
    suspended: Option<Arc<Suspended>>,
    facts: watch::Sender<HelloFacts>,
    policy_due: Due,
    trials_due: Due,
    remember_due: Due,
    expire_due: Due,
    trouble_due: Due,
    /// Which policy was in the gate when its memory was kept last.
    remembered: Option<Digest>,
    /// What the policy as a whole was at the last look.
    standing: Option<CameraPermission>,
    /// Under which refusal, and up to which number, what waits was withheld.
    withheld: Option<(CameraPermission, u64)>,
}

impl Upkeep {
    /// Nothing was done yet.
    pub(crate) fn new(shared: Arc<Shared>, policy: Arc<Mutex<PolicyKeeper>>, zones: Zones) -> Self {
        Self {
            furniture: Arc::new(Mutex::new(Desk::new(shared.local.dir(), Arc::clone(&shared.clock)))),
            furniture_due: Due::every(FURNITURE_EVERY),
            pause: PauseDesk::new(shared.local.dir(), zones, Arc::clone(&shared.clock)),
            pause_due: Due::every(PAUSE_EVERY),
            suspended: None,
            attestor: Attestor::new(Arc::clone(&shared)),
            shared,
            policy,
            facts: watch::Sender::default(),
            policy_due: Due::every(POLICY_EVERY),
            trials_due: Due::every(TRIALS_EVERY),
            remember_due: Due::every(REMEMBER_EVERY),
            expire_due: Due::every(EXPIRE_EVERY),
            trouble_due: Due::every(TROUBLE_EVERY),
            remembered: None,
            standing: None,
            withheld: None,
        }
    }

    /// The same, with what the hub suspends.
    pub(crate) fn with_suspended(self, suspended: Option<Arc<Suspended>>) -> Self {
        Self { suspended, ..self }
    }

    /// Zones of cameras lie elsewhere from now on.
    pub(crate) fn know_zones(&mut self, zones: Zones) {
        self.pause.know_zones(zones);
    }

    /// What the hub is told of this box, now and later.
    pub(crate) fn facts(&self) -> watch::Receiver<HelloFacts> {
        self.facts.subscribe()
    }

    /// Where furniture is added and removed: by people at the box, and by the hub's orders.
    pub(crate) fn furniture(&self) -> Arc<Mutex<Desk>> {
        Arc::clone(&self.furniture)
    }

    /// Does what is due.
    pub(crate) fn look(&mut self) {
        if self.policy_due.is_now() {
            self.policy.lock().refresh();
        }
        let digest = self.shared.gate.policy_digest();
        let installed = self.remembered != digest;
        self.remembered = digest;
        if self.remember_due.is_now() || installed {
            self.remember();
            self.shared.local.save();
        }
        if self.trials_due.is_now() || installed {
            trial::end_over(&self.shared);
        }
        if self.pause_due.is_now() {
            let policy = self.shared.gate.policy();
            let paused = self.pause.look(&self.shared.stills.archive.log, policy.as_deref());
            let mut pauses = paused.for_gate();
            if let Some(suspended) = &self.suspended {
                suspended.add_to(&mut pauses);
            }
            self.shared.gate.set_paused(pauses);
        }
        if self.furniture_due.is_now() {
            let log = &self.shared.stills.archive.log;
            let desk = self.furniture.lock();
            let in_force = desk.look(log, self.shared.gate.policy_digest());
            self.shared.local.set_furniture(in_force);
        }
        self.tell_standing();
        self.withhold_waiting();
        if self.expire_due.is_now() {
            self.expire();
            self.erase_stills();
        }
        self.renew_facts();
        if self.trouble_due.is_now() {
            let trouble = self.shared.outbox.trouble();
            self.shared.metrics.set_trouble(trouble.map(|error| error.to_string()));
        }
        let stats = self.shared.outbox.stats();
        self.shared.metrics.set_outbox(stats.waiting, stats.last_sequence, stats.acknowledged);
        self.shared.metrics.stills.set_held(stats.stills);
        self.attestor.look();
    }

    /// The box stops: what the last minute was is attested.
    pub(crate) fn end(&mut self) {
        self.attestor.end();
    }

    /// Says once when an installed policy is not in force, or is no more, and when it is again.
    fn tell_standing(&mut self) {
        let standing = self.shared.gate.standing();
        let before = self.standing.replace(standing);
        if before == Some(standing) {
            return;
        }
        match standing {
            CameraPermission::Active => tracing::info!("the policy is in force"),
            // Told where the file is read.
            CameraPermission::NoPolicy => {}
            refused => {
                let policy = self.shared.gate.policy();
                let date = policy.and_then(|policy| refused.date(policy.resolved()));
                let rule = refused.rule();
                tracing::warn!(
                    rule,
                    date,
                    "{}; until then nothing leaves but the state of cameras",
                    refused.words()
                );
            }
        }
    }

    fn renew_facts(&self) {
        let facts = HelloFacts {
            policy_digest: self.shared.gate.policy_digest(),
            policy_id: self.policy.lock().policy_id(),
            model_digests: self.model_digests(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            scenarios: self.shared.exercises.scenarios(),
        };
        self.facts.send_if_modified(|before| {
            let differs = *before != facts;
            *before = facts;
            differs
        });
    }

    /// Of the detector, of density networks, and of those that only redaction uses.
    fn model_digests(&self) -> Vec<Digest> {
        let mut digests = self.shared.detectors.digests();
        let others = self.shared.density_models.digests();
        for digest in others.into_iter().chain(self.shared.stills.studio.digests()) {
            if !digests.contains(&digest) {
                digests.push(digest);
            }
        }
        digests
    }

    /// Under trusted time alone, as [`Upkeep::expire`].
    fn erase_stills(&self) {
        let now = self.shared.clock.now();
        let archive = &self.shared.stills.archive;
        if let Some(mark) = self.shared.gate.memory().time_high_water.filter(|mark| *mark <= now) {
            erase_due(archive, mark);
        }
        archive.log.sign_if_due();
    }

    /// Time and policy must not be turned back by a restart.
    pub(crate) fn remember(&self) {
        if let Err(error) = self.shared.outbox.keep_gate_memory(&self.shared.gate.memory().to_text()) {
            tracing::warn!(%error, "the newest time and policy could not be kept for a restart");
        }
    }

    /// What was released and waits must not leave when the policy was withdrawn meanwhile. While that lasts it
    /// is done again for what was judged before and got its number only now.
    fn withhold_waiting(&mut self) {
        let outbox = &self.shared.outbox;
        let state = self.shared.gate.withdrawn().map(|refused| (refused, outbox.stats().last_sequence));
        if self.withheld == state {
            return;
        }
        let Some((refused, _)) = state else {
            self.withheld = None;
            return;
        };
        match outbox.withhold_waiting(refused.rule()) {
            Ok(0) => self.withheld = state,
            Ok(count) => {
                self.withheld = state;
                tracing::warn!(rule = refused.rule(), count, "events that waited may not leave any more");
            }
            Err(error) => tracing::error!(%error, "what waits could not be withheld; it is tried again"),
        }
    }

    /// Ends what is older than the policy allows, under trusted time alone: what is destroyed stays destroyed.
    ///
    /// Age is measured at the gate's mark, not at the clock: the mark does not follow a glitch into the future.
    fn expire(&self) {
        let now = self.shared.clock.now();
        let memory = self.shared.gate.memory();
        let mark = memory.time_high_water.filter(|mark| *mark <= now);
        if let Some(mark) = mark {
            self.shared.local.expire(mark, memory.event_retention);
        }
        let (Some(mark), Some(retention)) = (mark, memory.event_retention) else { return };
        match self.shared.outbox.expire(mark, retention) {
            Ok(counts) => tracing::debug!(?counts, "what was too old has ended"),
            Err(error) => tracing::warn!(%error, "what is too old could not be ended; it is tried again"),
        }
    }
}

#[cfg(test)]
mod tests;
