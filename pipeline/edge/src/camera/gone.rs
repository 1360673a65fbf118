//! Alerts that are open though nobody watches their camera any more: it was taken out of the configuration, or the
//! policy does not name it. They end, told as removed, or numbered as withheld where the policy forbids telling.

use std::sync::Arc;

use velum_analyse::{CameraSettings, ends_of_removed};
use velum_gate::CameraPermission;
use velum_outbox::{Entry, OutboxError};
use velum_vocab::{CameraId, RuleState};

use super::exercise::slot as exercise_slot;
use crate::shared::Shared;

/// What ends the alerts of this state, and the state that is left.
pub(super) fn end_alerts(shared: &Shared, mut state: RuleState) -> (Vec<Entry>, RuleState) {
    // What was raised in shadow was never told.
    let in_shadow = |alert| shared.local.is_shadow_alert(&state.camera, alert, false);
    state.objects.retain(|object| !in_shadow(object.alert));
    state.levels.retain(|level| !in_shadow(level.alert));
    state.movements.retain(|movement| !in_shadow(movement.alert));
    let at = shared.clock.now();
    let no_zones = CameraSettings { zones: Vec::new(), ..CameraSettings::new(state.camera.clone()) };
    let ends = ends_of_removed(&state, &no_zones, &[], at);
    let entries = ends.into_iter().map(|end| shared.judge_observation(end)).collect();
    let (objects, levels, movements) = (Vec::new(), Vec::new(), Vec::new());
    (entries, RuleState { at, objects, levels, movements, usual: Vec::new(), ..state })
}

/// Cameras that no thread of this box watches and whose rules left something behind.
pub(crate) struct Gone {
    shared: Arc<Shared>,
    cameras: Vec<CameraId>,
    failing: bool,
}

impl Gone {
    /// `configured` are those that the configuration names, be they right or wrong.
    ///
    /// # Errors
    /// Where the outbox cannot be read.
    pub(crate) fn find(shared: Arc<Shared>, configured: &[CameraId]) -> Result<Self, OutboxError> {
        let not_named = |id: &CameraId| shared.gate.permission(id) == CameraPermission::CameraNotNamed;
        let mut cameras = shared.outbox.rule_state_cameras()?;
        let slots: Vec<CameraId> = configured.iter().map(exercise_slot).collect();
        cameras.retain(|id| !slots.contains(id) && (!configured.contains(id) || not_named(id)));
        Ok(Self { shared, cameras, failing: false })
    }

    /// Ends what can be ended now; the rest waits for a time at which the policy decides.
    pub(crate) fn look(&mut self) {
        let mut cameras = std::mem::take(&mut self.cameras);
        cameras.retain(|camera| {
            let ended = self.end(camera);
            let is_news = !std::mem::replace(&mut self.failing, ended.is_err());
            if let (Err(error), true) = (&ended, is_news) {
                tracing::error!(%camera, %error, "open alerts of a camera that is gone cannot be ended; it is tried again");
            }
            !ended.unwrap_or(false)
        });
        self.cameras = cameras;
    }

    /// Says whether nothing is left to do.
    fn end(&self, camera: &CameraId) -> Result<bool, OutboxError> {
        let waits = matches!(
            self.shared.gate.permission(camera),
            CameraPermission::OutOfSchedule
                | CameraPermission::UntrustedTime
                | CameraPermission::NotYetEffective
        );
        if waits {
            return Ok(false);
        }
        let Some(state) = self.shared.outbox.rule_state(camera)? else { return Ok(true) };
        if state.is_idle() {
            return Ok(true);
        }
        let (entries, nothing) = end_alerts(&self.shared, state);
        let count = entries.len();
        self.shared.outbox.commit(entries, Some(&nothing))?;
        tracing::info!(%camera, count, "nobody watches this camera any more: its open alerts have ended");
        Ok(true)
    }
}

#[cfg(test)]
mod tests;
