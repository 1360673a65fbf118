//! Of which cameras the masking cannot work now, and why. Nothing of these is given out, also nothing that was made
//! before: they tell events and hours, and no picture, until the masking works again.

use std::collections::BTreeMap;

use parking_lot::Mutex;
use velum_vocab::CameraId;

/// Cameras whose masking is known not to work, with the rule.
#[derive(Debug, Default)]
pub(super) struct Masking(Mutex<BTreeMap<CameraId, &'static str>>);

impl Masking {
    /// It cannot work, for this reason.
    pub(super) fn fails(&self, camera: &CameraId, rule: &'static str) {
        self.0.lock().insert(camera.clone(), rule);
    }

    /// It works, or is not wanted.
    pub(super) fn works(&self, camera: &CameraId) {
        self.0.lock().remove(camera);
    }

    /// Whether a picture of the camera may be given out.
    ///
    /// # Errors
    /// The rule, for example `no_verifier`.
    pub(super) fn of(&self, camera: &CameraId) -> Result<(), &'static str> {
        self.0.lock().get(camera).map_or(Ok(()), |rule| Err(rule))
    }
}
