//! What all cameras of the box share, and the only way by which a camera tells anything: through the gate, into
//! the outbox.

use std::sync::Arc;

use velum_event::{Coverage, Event};
use velum_gate::{Gate, Releasable, Withheld};
use velum_outbox::{Entry, Outbox};
use velum_vocab::{Clock, CoverageBin, Health, IdError, Observation};

use crate::camera::Proofs;
use crate::deliveries::Deliveries;
use crate::density_models::DensityModels;
use crate::detectors::Detectors;
use crate::exercise::Book;
use crate::local::Local;
use crate::metrics::Metrics;
use crate::shutdown::Shutdown;
use crate::stills::Stills;

/// Shared by all cameras.
pub(crate) struct Shared {
    /// Judges whatever is to leave.
    pub(crate) gate: Arc<Gate>,
    /// Keeps what may leave until the hub has it.
    pub(crate) outbox: Arc<Outbox>,
    /// When the hub has what was told.
    pub(crate) deliveries: Deliveries,
    /// What time it is.
    pub(crate) clock: Arc<dyn Clock>,
    /// What the box measures about itself.
    pub(crate) metrics: Metrics,
    /// The detector, opened at first need.
    pub(crate) detectors: Detectors,
    /// Density networks, opened where a camera needs one.
    pub(crate) density_models: DensityModels,
    /// Redacted pictures of alerts.
    pub(crate) stills: Arc<Stills>,
    /// What the box keeps for itself.
    pub(crate) local: Local,
    /// What cameras have shown since they were started last.
    pub(crate) proofs: Proofs,
    /// Exercises that the hub ordered.
    pub(crate) exercises: Book,
    /// The wish to stop.
    pub(crate) shutdown: Shutdown,
}

impl Shared {
    /// What takes a number for this observation: an event, or the rule that withheld it.
    pub(crate) fn judge_observation(&self, observation: Observation) -> Entry {
        self.entry(self.gate.judge(observation), Event::assemble)
    }

    /// What takes a number for this change of a camera's state.
    pub(crate) fn judge_health(&self, health: Health) -> Entry {
        self.entry(self.gate.judge(health), Event::health)
    }

    /// The hours that may leave. Those withheld take no number: they are told again, cumulatively, once the
    /// policy allows it.
    pub(crate) fn judge_coverage(&self, bins: Vec<CoverageBin>) -> Vec<Coverage> {
        let judged = bins.into_iter().map(|bin| self.gate.judge(bin));
        judged.filter_map(Result::ok).map(Coverage::assemble).collect()
    }

    /// The hub has what was told of frames of these ages, seconds.
    pub(crate) fn delivered(&self, ages_secs: Vec<f64>) {
        ages_secs.into_iter().for_each(|age_secs| self.metrics.delivered_in(age_secs));
    }

    fn entry<T: velum_gate::Judged>(
        &self,
        judged: Result<Releasable<T>, Withheld>,
        assemble: impl FnOnce(Releasable<T>) -> Result<Event, IdError>,
    ) -> Entry {
        let rule = match judged.map(assemble) {
            Ok(Ok(event)) => {
                self.metrics.tally.released(&event);
                return Entry::Event(event);
            }
            Ok(Err(_)) => "no_random_id",
            Err(withheld) => withheld.rule(),
        };
        self.metrics.withheld_by(rule);
        Entry::Withheld(rule.to_owned())
    }
}
