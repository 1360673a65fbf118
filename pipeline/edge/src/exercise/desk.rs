//! Where the hub's orders come in: judged by the policy of this moment, and again when the camera begins.

use std::sync::Arc;

use velum_uplink::{ExerciseDesk, ExerciseStanding, ExerciseWish};
use velum_vocab::CameraId;

use crate::shared::Shared;

/// The desk of one box.
pub(crate) struct Exercises(pub(crate) Arc<Shared>);

impl ExerciseDesk for Exercises {
    fn exercise(&self, wish: &ExerciseWish) -> ExerciseStanding {
        let shared = &self.0;
        shared.exercises.order(wish, || may_begin(shared, &wish.camera))
    }
}

/// The rule that forbids an exercise on this camera now: what may not be analysed is not played either, and where people
/// paused something nothing is played over it.
pub(crate) fn may_begin(shared: &Shared, camera: &CameraId) -> Result<(), &'static str> {
    let permission = shared.gate.permission(camera);
    if !permission.is_active() {
        return Err(permission.rule());
    }
    if !shared.gate.paused_areas(camera).is_empty() {
        return Err("paused");
    }
    if shared.stills.archive.log.is_open() { Ok(()) } else { Err("audit_log") }
}
