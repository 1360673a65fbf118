//! A detector: what finds things in a frame, through sessions that all cameras share.

use std::time::Duration;

use velum_frame::RawFrame;
use velum_vocab::{BoxInFrame, Detection, Digest};

use crate::head::{Boxes, Candidate};
use crate::manifest::{Manifest, Task};
use crate::preprocess::{Picture, Placement, tensor_from_picture};
use crate::shared_session::{SessionCounts, SharedSession};
use crate::suppression::suppress;
use crate::{LoadedModel, ModelError, Provider, ProviderChoice, Runtime};

/// Whatever finds things in a frame.
pub trait Detect: Send + Sync {
    /// What is in the frame, best first, in the frame's own pixels. Scores go down to the floors of the model's
    /// manifest (0.1 for people): whoever asks decides what to believe.
    ///
    /// # Errors
    /// [`ModelError`]: this frame was not looked at, and nothing may be concluded of it.
    fn detect(&self, frame: &RawFrame) -> Result<Vec<Detection>, ModelError>;

    /// The sha256 of the model's file.
    fn digest(&self) -> Digest;
}

/// How a detector or an estimator of density runs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DetectorOptions {
    /// What it runs on.
    pub provider: ProviderChoice,
    /// Threads of one run on the processor.
    pub intra_threads: usize,
    /// So many runs side by side, each of frames of its own: on the processor only.
    pub sessions: usize,
    /// The most frames of one run, where the model takes more than one. None: as many as the provider gains by, which is one on
    /// the processor.
    pub batch_max: Option<usize>,
    /// How long a caller waits for its answer.
    pub timeout: Duration,
    /// Width and height of the tensor, where the model leaves them open; multiples of 32.
    pub input_px: Option<(u32, u32)>,
}

impl Default for DetectorOptions {
    fn default() -> Self {
        Self {
            provider: ProviderChoice::Auto,
            intra_threads: 1,
            sessions: 1,
            batch_max: None,
            timeout: Duration::from_secs(5),
            input_px: None,
        }
    }
}

/// A model that runs; shared by all cameras as `Arc<dyn Detect>`.
pub struct Detector(SharedSession<Boxes>);

impl Detector {
    /// Loads the model and runs it once; TensorRT may take minutes for that.
    ///
    /// # Errors
    /// [`ModelError::Session`], [`ModelError::Provider`], [`ModelError::Answer`], [`ModelError::Refused`].
    pub fn open(
        runtime: &Runtime,
        model: &LoadedModel,
        options: DetectorOptions,
    ) -> Result<Self, ModelError> {
        if model.manifest().task() == Task::Density {
            let reason = "it makes a map of persons and finds no boxes; a detector needs task \"objects\" or \"faces\"";
            return Err(ModelError::refused(model.manifest().id(), reason));
        }
        SharedSession::open(runtime, model, options).map(Self)
    }

    /// What it runs on.
    pub fn provider(&self) -> Provider {
        self.0.provider()
    }

    /// The model's manifest.
    pub fn manifest(&self) -> &Manifest {
        self.0.manifest()
    }

    /// What it has done so far.
    pub fn counts(&self) -> SessionCounts {
        self.0.counts()
    }

    pub(crate) fn detect_in(&self, picture: &Picture<'_>) -> Result<Vec<Detection>, ModelError> {
        let manifest = self.manifest();
        let (tensor, placement) =
            tensor_from_picture(picture, manifest.input(), self.0.size(), self.0.memory());
        let candidates = self.0.ask(tensor)?;
        let found = detections_in_picture(&candidates, &placement, picture.size_px());
        Ok(suppress(found, manifest.nms_iou.unwrap_or(1.0)))
    }
}

/// Candidates as detections in frame space: all of them inside the picture.
pub(crate) fn detections_in_picture(
    candidates: &[Candidate],
    placement: &Placement,
    (width_px, height_px): (usize, usize),
) -> Vec<Detection> {
    let found = candidates.iter().filter_map(|candidate| {
        let (left, top, right, bottom) = placement.frame_from_tensor(candidate);
        let box_in_frame = BoxInFrame::new(left, top, right, bottom).ok()?;
        let box_in_frame = box_in_frame.clipped_to(width_px as u32, height_px as u32)?;
        Some(Detection { class: candidate.class, score: candidate.score, box_in_frame })
    });
    found.collect()
}

impl Detect for Detector {
    fn detect(&self, frame: &RawFrame) -> Result<Vec<Detection>, ModelError> {
        self.detect_in(&Picture::of_raw(frame))
    }

    fn digest(&self) -> Digest {
        self.0.digest()
    }
}

impl std::fmt::Debug for Detector {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Detector({} on {})", self.manifest().id(), self.provider())
    }
}

#[cfg(test)]
mod tests;
