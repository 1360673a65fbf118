//! How many alerts of each camera were left without a still, and why: for the camera's coverage.

use std::collections::{BTreeMap, HashMap};

use parking_lot::Mutex;
use velum_vocab::CameraId;

/// What was not booked yet. Bounded: cameras and codes are few, and fixed.
#[derive(Debug, Default)]
pub(super) struct Missing(Mutex<HashMap<CameraId, BTreeMap<&'static str, u32>>>);

impl Missing {
    /// One more alert of this camera has none, for this reason.
    pub(super) fn count(&self, camera: &CameraId, rule: &'static str) {
        let mut all = self.0.lock();
        let alerts = all.entry(camera.clone()).or_default().entry(rule).or_default();
        *alerts = alerts.saturating_add(1);
    }

    /// Those since the last call, by the reason.
    pub(super) fn take(&self, camera: &CameraId) -> BTreeMap<&'static str, u32> {
        self.0.lock().remove(camera).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_taken_once_and_by_its_own_camera() {
        let missing = Missing::default();
        let [plaza, gate] = ["plaza-1", "gate-3"].map(|name| CameraId::parse(name).unwrap());
        for rule in ["too_dark", "verifier", "too_dark"] {
            missing.count(&plaza, rule);
        }
        missing.count(&gate, "overloaded");
        assert_eq!(missing.take(&plaza), BTreeMap::from([("too_dark", 2), ("verifier", 1)]));
        assert_eq!(missing.take(&plaza), BTreeMap::new());
        missing.count(&plaza, "canary");
        assert_eq!(missing.take(&plaza), BTreeMap::from([("canary", 1)]));
        assert_eq!(missing.take(&gate), BTreeMap::from([("overloaded", 1)]));
    }
}
