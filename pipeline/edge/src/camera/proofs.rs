//! What cameras have shown of themselves since they were started last: whether changed settings can be believed in.

use std::collections::BTreeMap;

use parking_lot::Mutex;
use velum_vocab::CameraId;

/// Of one camera.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Proof {
    /// Frames that were analysed by every rule of it.
    pub(crate) frames_analysed: u64,
    /// Why it stopped last.
    pub(crate) trouble: Option<String>,
    /// How large its analysed frames are.
    pub(crate) size_px: Option<(u32, u32)>,
    /// A run by other settings is still to begin: what the one before shows is no proof of them.
    awaits_start: bool,
}

/// Of all cameras.
#[derive(Debug, Default)]
pub(crate) struct Proofs(Mutex<BTreeMap<CameraId, Proof>>);

impl Proofs {
    /// The camera is started: what it showed before counts no more.
    pub(crate) fn begin(&self, camera: &CameraId) {
        let mut all = self.0.lock();
        let size_px = all.get(camera).and_then(|proof| proof.size_px);
        all.insert(camera.clone(), Proof { size_px, ..Proof::default() });
    }

    /// The camera is to be started by other settings: until then nothing counts.
    pub(crate) fn await_start(&self, camera: &CameraId) {
        let mut all = self.0.lock();
        let size_px = all.get(camera).and_then(|proof| proof.size_px);
        all.insert(camera.clone(), Proof { size_px, awaits_start: true, ..Proof::default() });
    }

    /// A frame went through every rule of it.
    pub(crate) fn analysed(&self, camera: &CameraId, size_px: (u32, u32)) {
        let mut all = self.0.lock();
        let proof = all.entry(camera.clone()).or_default();
        proof.size_px = Some(size_px);
        if !proof.awaits_start {
            proof.frames_analysed = proof.frames_analysed.saturating_add(1);
        }
    }

    /// It stopped, and is started again.
    pub(crate) fn failed(&self, camera: &CameraId, trouble: String) {
        let mut all = self.0.lock();
        let proof = all.entry(camera.clone()).or_default();
        if !proof.awaits_start {
            (proof.frames_analysed, proof.trouble) = (0, Some(trouble));
        }
    }

    /// What it has shown.
    pub(crate) fn of(&self, camera: &CameraId) -> Proof {
        self.0.lock().get(camera).cloned().unwrap_or_default()
    }
}
