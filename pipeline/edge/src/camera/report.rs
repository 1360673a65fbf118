//! What a camera tells about itself: its state, its hours, its frames.

use std::sync::Arc;
use std::time::{Duration, Instant};

use velum_gate::CameraPermission;
use velum_outbox::Entry;
use velum_vocab::{CameraId, CoverageState, FrameCounts, Health, Timestamp};

use super::load::Load;
use crate::health::HealthWatch;
use crate::ledger::Ledger;
use crate::shared::Shared;

/// How often the hours are told.
const TELL_EVERY: Duration = Duration::from_secs(10);

/// The state of one camera, over all its runs.
pub(super) struct Report {
    shared: Arc<Shared>,
    health: Health,
    ledger: Ledger,
    watch: HealthWatch,
    load: Load,
    /// What the newest analysed frame was good for; none before the first.
    picture: Option<CoverageState>,
    unopened: u64,
    told: Instant,
}

impl Report {
    /// Begins in `state`, where the hour under way was left.
    pub(super) fn begin(
        camera: CameraId,
        staged: Option<String>,
        state: CoverageState,
        shared: Arc<Shared>,
    ) -> Self {
        let now = shared.clock.now();
        let stored = shared.outbox.coverage_since(now).unwrap_or_else(|error| {
            tracing::warn!(%camera, %error, "this hour's coverage begins anew");
            Vec::new()
        });
        let stored = stored.iter().find(|bin| bin.camera == camera);
        Self {
            ledger: Ledger::begin(camera.clone(), now, state, stored),
            watch: HealthWatch::begin(state, now),
            health: Health { camera, at: now, state, staged },
            shared,
            load: Load::default(),
            picture: None,
            unopened: 0,
            told: Instant::now(),
        }
    }

    /// The state in which it began, told at once and not again.
    pub(super) fn tell_now(&mut self) -> Entry {
        self.watch.told(self.health.state);
        self.entry(self.health.state, self.shared.clock.now())
    }

    /// A new stream counts its frames from nought.
    pub(super) fn stream_opened(&mut self) {
        self.ledger.stream_opened();
        self.picture = None;
        self.unopened = 0;
    }

    /// A frame was dropped unopened, for lack of permission.
    pub(super) fn frame_unopened(&mut self) {
        self.unopened = self.unopened.saturating_add(1);
        self.picture = None;
    }

    /// A frame was dropped unopened, for the policy lets fewer be analysed.
    pub(super) fn frame_too_many(&mut self) {
        self.unopened = self.unopened.saturating_add(1);
    }

    /// A frame was analysed, and was good for this.
    pub(super) fn frame_analysed(&mut self, picture: CoverageState) {
        self.picture = Some(picture);
    }

    /// Takes in the stream's own counts; returns the frames since the last call.
    pub(super) fn count(&mut self, total: FrameCounts) -> FrameCounts {
        let unopened = self.unopened.min(total.analysed);
        let total = FrameCounts {
            analysed: total.analysed.saturating_sub(unopened),
            dropped: total.dropped.saturating_add(unopened),
            ..total
        };
        let more = self.ledger.count(total);
        self.shared.metrics.add_frames(&self.health.camera, more);
        more
    }

    /// The state of a camera whose frames arrive and may be analysed.
    pub(super) fn playing_state(&mut self, more: FrameCounts) -> CoverageState {
        let overloaded = self.load.add(more);
        match self.picture {
            // Until the first frame was analysed, the state before goes on.
            None => self.ledger.state(),
            Some(CoverageState::Analysed) if overloaded => CoverageState::Overloaded,
            Some(picture) => picture,
        }
    }

    /// Books the time, tells the hours, and returns an event where the state changed and lasted.
    pub(super) fn look(&mut self, state: CoverageState) -> Option<Entry> {
        let now = self.shared.clock.now();
        self.ledger.enter(state, now);
        self.count_missing_stills();
        self.shared.metrics.set_camera_state(&self.health.camera, state);
        if self.told.elapsed() >= TELL_EVERY {
            self.tell();
        }
        let (state, since) = self.watch.observe(state, now)?;
        tracing::info!(camera = %self.health.camera, state = state.name(), "the camera's state changed");
        Some(self.entry(state, since))
    }

    /// Books and tells what is left.
    pub(super) fn end(&mut self) {
        self.ledger.settle(self.shared.clock.now());
        self.count_missing_stills();
        self.tell();
    }

    fn count_missing_stills(&mut self) {
        let missing = self.shared.stills.archive.take_missing(&self.health.camera);
        self.ledger.count_withheld(missing);
    }

    /// Hours that the policy does not let out, or that could not be kept, are told again later.
    fn tell(&mut self) {
        self.told = Instant::now();
        self.shared.local.cover(&self.health.camera, &self.ledger.report());
        if !hours_may_leave(self.shared.gate.permission(&self.health.camera)) {
            return self.ledger.not_told();
        }
        let hours = self.ledger.report();
        let count = hours.len();
        let released = self.shared.judge_coverage(hours);
        if released.len() < count {
            return self.ledger.not_told();
        }
        match self.shared.outbox.record_coverage(released) {
            Ok(()) => self.ledger.told(),
            Err(error) => {
                self.ledger.not_told();
                tracing::warn!(camera = %self.health.camera, %error, "coverage could not be kept");
            }
        }
    }

    fn entry(&self, state: CoverageState, at: Timestamp) -> Entry {
        self.shared.judge_health(Health { at, state, ..self.health.clone() })
    }
}

/// Whether it makes sense to have hours judged: outside the schedule too, what the time was spent on is told.
fn hours_may_leave(permission: CameraPermission) -> bool {
    permission.is_active() || permission == CameraPermission::OutOfSchedule
}

#[cfg(test)]
mod tests;
