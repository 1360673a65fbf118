//! Each minute the box writes down which rules ran, in a log of its own beside the audit log: what `velum audit
//! question` answers from.
//!
//! Invariant: "all the time" is said only of what was looked at each second and found so. What could not be written is
//! not made up for: the next attestation says how many are missing, and counts on from the last that was written.
//!
//! `manifest` writes into the same log what leaves the box, before it does.
//! `tally` is counted wherever something happens, `looks` sums up what was looked at each second.

mod looks;
mod manifest;
mod tally;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use velum_policy::audit::{Attestation, Installed, Software, file_digest};
use velum_policy::pack::Packs;
use velum_redaction::{CanaryState, Redactor};
use velum_vocab::{Digest, Timestamp};

use crate::ledger::hour_of;
use crate::shared::Shared;
use looks::{CameraLook, Look, Looks};
pub(crate) use manifest::{EventManifest, StillLeaving, StillManifest};
pub(crate) use tally::Tally;

const EVERY_SECS: i64 = 60;
/// The program that runs, whatever has become of its file since.
const EXECUTABLE: &str = "/proc/self/exe";

/// Looks at the box each second, and attests each minute.
pub(crate) struct Attestor {
    shared: Arc<Shared>,
    /// From when on the next attestation counts.
    from: Timestamp,
    looks: Looks,
    /// Attestations that could not be written since the last that was.
    missed: u64,
    /// Canaries that were told of.
    canaries: [u64; 2],
    /// Canaries that had failed at the last look.
    failed: u64,
    /// The hour whose withheld events were not told yet.
    hour: i64,
    /// Whether all of it was counted: a part of an hour would tell who was there.
    is_hour_whole: bool,
    is_showing: Arc<AtomicBool>,
}

impl Attestor {
    /// Begins now.
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        let now = shared.clock.now();
        Self {
            from: whole(now),
            looks: Looks::since(now),
            missed: 0,
            canaries: [0; 2],
            failed: 0,
            hour: hour_of(now),
            is_hour_whole: begins_hour(now),
            is_showing: Arc::default(),
            shared,
        }
    }

    /// Once a second.
    pub(crate) fn look(&mut self) {
        let canary = self.show_canaries();
        self.add_look(canary);
        let since = self.shared.clock.now().unix_secs().saturating_sub(self.from.unix_secs());
        if !(0..EVERY_SECS).contains(&since) {
            self.attest(canary);
        }
    }

    /// The box stops: the time up to now is told, and signed.
    pub(crate) fn end(&mut self) {
        let canary = self.shared.stills.studio.redactor().map(|redactor| redactor.canaries());
        self.add_look(canary);
        if whole(self.shared.clock.now()) != self.from {
            self.attest(canary);
        }
        self.shared.stills.archive.log.sign_attestations();
    }

    fn add_look(&mut self, canary: Option<CanaryState>) {
        self.looks.add(self.seen(canary.map(|canary| marred(canary, self.failed))));
        self.failed = canary.map_or(0, |canary| canary.failed);
    }

    fn seen(&self, canary: Option<CanaryState>) -> Look {
        let (gate, board) = (&self.shared.gate, &self.shared.stills.archive.board);
        let now = self.shared.clock.now();
        let told = self.shared.metrics.tally.look().into_iter();
        let cameras = told.map(|(camera, state)| {
            let permission = gate.permission(&camera);
            let arming = board.look(&camera, now, canary);
            (camera, CameraLook { permission, state, arming })
        });
        let policy = gate.policy().map(|policy| Installed {
            digest: Digest(policy.digest()),
            version: policy.resolved().version.to_string(),
        });
        let (standing, is_trusted) = (gate.standing(), gate.trusts_time());
        Look { now, policy, standing, is_trusted, cameras: cameras.collect() }
    }

    fn attest(&mut self, canary: Option<CanaryState>) {
        let until = whole(self.shared.clock.now());
        let tally = self.shared.metrics.tally.clone();
        let sums = tally.take();
        let hour_is_over = hour_of(until) != self.hour;
        let mut withheld = if hour_is_over { tally.take_withheld() } else { BTreeMap::new() };
        if !self.is_hour_whole {
            withheld.clear();
        }
        let shown = canary.map_or(self.canaries, |canary| [canary.passed, canary.failed]);
        let attested = |(camera, sums): (_, &tally::CameraSums)| {
            self.looks.camera(camera, sums).map(|said| (camera.clone(), said))
        };
        let said = Attestation {
            from: self.from,
            until,
            policies: self.looks.policies.clone(),
            in_force: self.looks.in_force(),
            packs: Some(self.packs()),
            models: self.models(),
            software: Software { version: env!("CARGO_PKG_VERSION").to_owned(), executable: executable() },
            time_source: "system_clock".to_owned(),
            time_trusted: self.looks.is_trusted,
            missed: self.missed,
            canaries: [0, 1].map(|n| since(&shown, &self.canaries, n)),
            events: sums.events.clone(),
            withheld: withheld.clone(),
            cameras: sums.cameras.iter().filter_map(attested).collect(),
        };
        if self.shared.stills.archive.log.attest(said) {
            (self.from, self.looks, self.missed) = (until, self.looks.next(), 0);
            self.canaries = shown;
            if hour_is_over {
                (self.hour, self.is_hour_whole) = (hour_of(until), begins_hour(until));
            }
            self.shared.metrics.attested();
        } else {
            tally.put_back(sums);
            tally.put_back_withheld(withheld);
            self.missed = self.missed.saturating_add(1);
            self.shared.metrics.not_attested();
        }
    }

    /// The country packs that the policy in the gate is met with.
    fn packs(&self) -> String {
        let policy = self.shared.gate.policy();
        policy.map_or_else(|| Packs::built_in().versions(), |policy| policy.packs().to_owned())
    }

    fn models(&self) -> BTreeMap<String, Vec<Digest>> {
        let shared = &self.shared;
        let redaction = shared.stills.studio.digests();
        let verifier = redaction.last().copied().into_iter().collect();
        let roles = [
            ("detector", shared.detectors.digests()),
            ("density", shared.density_models.digests()),
            ("redaction", redaction),
            ("verifier", verifier),
        ];
        let open = roles.into_iter().filter(|(_, digests)| !digests.is_empty());
        open.map(|(role, digests)| (role.to_owned(), digests)).collect()
    }

    /// How the canaries stand. Where some camera holds frames and they were not shown for as long as the policy says,
    /// they are shown, on a thread of their own: models may take their time.
    fn show_canaries(&self) -> Option<CanaryState> {
        let stills = &self.shared.stills;
        let redactor = stills.studio.redactor()?;
        let state = redactor.canaries();
        if let Some(interval) = stills.archive.board.canary_interval() {
            let now = self.shared.clock.now();
            let is_recent = state.last.is_some_and(|(at, _)| at <= now && now < at.plus(interval));
            if !is_recent && !self.is_showing.swap(true, Ordering::SeqCst) {
                show(redactor, interval, Arc::clone(&self.is_showing));
            }
        }
        Some(state)
    }
}

/// Where there is no thread, the drawings are not shown, and masking counts as not armed.
fn show(redactor: Arc<Redactor>, interval: Duration, is_showing: Arc<AtomicBool>) {
    let shown = Arc::clone(&is_showing);
    let work = move || {
        if let Err(reason) = redactor.watch(interval) {
            tracing::warn!(code = reason.code(), "{reason}: no picture is made until it does");
        }
        shown.store(false, Ordering::SeqCst);
    };
    if let Err(error) = std::thread::Builder::new().name("canary".to_owned()).spawn(work) {
        tracing::warn!(%error, "the drawn face and person are not shown to the models");
        is_showing.store(false, Ordering::SeqCst);
    }
}

/// As if the last had failed, where one failed since the last look: one that passed later does not undo it.
fn marred(canary: CanaryState, failed_before: u64) -> CanaryState {
    // Fewer than before are those of other models, of which nobody knows which failed before the look.
    if canary.failed == failed_before || canary.failed == 0 {
        return canary;
    }
    CanaryState { last: canary.last.map(|(at, _)| (at, false)), ..canary }
}

/// Whether an hour began just before.
fn begins_hour(at: Timestamp) -> bool {
    at.unix_secs().saturating_sub(hour_of(at)) <= EVERY_SECS
}

fn since(now: &[u64; 2], before: &[u64; 2], n: usize) -> u64 {
    let at = |counts: &[u64; 2]| counts.get(n).copied().unwrap_or(0);
    at(now).saturating_sub(at(before))
}

fn whole(at: Timestamp) -> Timestamp {
    Timestamp::from_unix_secs(at.unix_secs())
}

/// SHA-256 of the program that runs, measured once.
fn executable() -> Option<Digest> {
    static MEASURED: OnceLock<Option<Digest>> = OnceLock::new();
    *MEASURED.get_or_init(|| match file_digest(Path::new(EXECUTABLE)) {
        Ok(digest) => Some(digest),
        Err(error) => {
            tracing::warn!(%error, "the program cannot be measured; attestations do not name its digest");
            None
        }
    })
}

#[cfg(test)]
mod tests;
