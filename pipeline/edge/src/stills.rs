//! Redacted stills of alerts: made when an alert is raised, kept sealed, and given out one by one to who asks.
//!
//! Invariants: nothing of this runs for a camera whose policy allows no still (no ring of frames, no second model);
//! an error, whatever it is, means that there is no picture; and each of collection, disclosure and erasure is in
//! the audit log before it is done.
//!
//! In reading order: the `studio` opens the models; each camera has a `keeper`, which holds its last frames while
//! its policy allows stills, and hears what the rules `said`; for each alert there is a `search` for a picture on
//! which one can see what it is about; one `worker` makes, judges and keeps the pictures, and has a search on
//! `loan` meanwhile; the `desk` answers requests; `erasure` ends what was kept for too long.

mod board;
mod desk;
mod erasure;
mod keeper;
mod loan;
mod missing;
mod reasons;
mod said;
mod search;
mod searches;
mod studio;
mod worker;

use std::collections::BTreeMap;
use std::sync::Arc;

use velum_gate::Gate;
use velum_outbox::Outbox;
use velum_policy::audit::{Entry, Operation, Outcome, Subject};
use velum_uplink::StillLimits;
use velum_vocab::{CameraId, Clock, EventId};

use crate::audit::BoxLog;
use crate::config::{LimitSettings, ModelSettings, StillSettings};
use crate::metrics::Metrics;

pub(crate) use board::{Arming, Board};
pub(crate) use desk::Desk;
pub(crate) use erasure::erase_due;
pub(crate) use keeper::{Keeper, sight_of};
use missing::Missing;
use reasons::Reasons;
pub(crate) use said::Said;
pub(crate) use studio::{Refusal, SightModel, Studio, Team, settings_of, verifier_of};
pub(crate) use worker::Worker;

/// What keeping and giving out need.
#[derive(Clone)]
pub(crate) struct Archive {
    /// Judges both.
    pub(crate) gate: Arc<Gate>,
    /// Keeps them sealed.
    pub(crate) outbox: Arc<Outbox>,
    /// Hears of both before they are done.
    pub(crate) log: Arc<BoxLog>,
    /// The time now.
    pub(crate) clock: Arc<dyn Clock>,
    /// Counts both.
    pub(crate) metrics: Metrics,
    /// Whether pictures could be made.
    pub(crate) board: Arc<Board>,
    reasons: Arc<Reasons>,
    missing: Arc<Missing>,
}

impl Archive {
    /// Nothing is known of any alert yet.
    pub(crate) fn new(
        gate: Arc<Gate>,
        outbox: Arc<Outbox>,
        log: BoxLog,
        clock: Arc<dyn Clock>,
        metrics: Metrics,
    ) -> Self {
        let (log, board, reasons, missing) = (Arc::new(log), Arc::default(), Arc::default(), Arc::default());
        Self { gate, outbox, log, clock, metrics, board, reasons, missing }
    }

    /// Counts and logs that there is no still of this event. What is withheld stays so, logged or not.
    pub(crate) fn withhold(&self, camera: &CameraId, event: EventId, rule: &'static str) {
        self.reasons.remember(event, rule);
        tracing::info!(%camera, rule, "no still of this alert");
        self.metrics.stills.withheld(rule);
        self.missing.count(camera, rule);
        self.board.missing(camera, rule);
        let outcome = Outcome::Denied { rule: rule.to_owned() };
        let mut entry = Entry::new(Operation::Collection, Subject::Still(event), outcome);
        entry.camera = Some(camera.clone());
        entry.policy_digest = self.gate.policy_digest();
        // The log has said by itself what is wrong with it, and nothing is done either way.
        let _refused = self.log.append(entry);
    }

    /// How many alerts of the camera were left without a still since the last call, by the reason.
    pub(crate) fn take_missing(&self, camera: &CameraId) -> BTreeMap<&'static str, u32> {
        self.missing.take(camera)
    }
}

/// What all cameras share.
pub(crate) struct Stills {
    /// Where pictures are kept.
    pub(crate) archive: Archive,
    /// The models.
    pub(crate) studio: Studio,
    /// Who makes the pictures.
    pub(crate) worker: Worker,
    /// How many may be asked for.
    pub(crate) limits: StillLimits,
}

impl Stills {
    /// Opens no model yet.
    ///
    /// # Errors
    /// Where the system gives no thread.
    pub(crate) fn start(
        archive: Archive,
        settings: &StillSettings,
        models: &ModelSettings,
        limits: LimitSettings,
    ) -> std::io::Result<Self> {
        let clock = Arc::clone(&archive.clock);
        let studio = Studio::new(models.clone(), settings.verifier.clone(), limits, clock);
        let worker = Worker::start(archive.clone())?;
        let limits = StillLimits {
            per_hour: settings.per_hour,
            per_operator_per_hour: settings.per_operator_per_hour,
            ..StillLimits::default()
        };
        Ok(Self { archive, studio, worker, limits })
    }
}

#[cfg(test)]
mod tests;
