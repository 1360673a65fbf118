//! The models of a suite, each opened once; and what one of them found is remembered, so that plans that differ
//! only in their settings do not each look again.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use velum_frame::RawFrame;
use velum_models::{Catalogue, DensityEstimator, Detect, Detector, DetectorOptions, ModelError, Runtime};
use velum_redaction::{Family, Finder, RedactionError};
use velum_vocab::{CameraId, Detection, ObjectClass, Timestamp};

use crate::suite::Suite;
use crate::truth::tiles::detect_tiled;

/// Looks of one finder that are remembered; more than any window is long.
const REMEMBERED_MAX: usize = 256;

/// The models that are here.
pub(crate) struct Models(BTreeMap<String, Arc<Detector>>);

impl Models {
    /// Opens what the suite names; says which are not here, and why.
    pub(crate) fn open(suite: &Suite, catalogue: &Catalogue, runtime: &Runtime) -> (Self, Vec<String>) {
        let of_plans = suite.plans.iter().flat_map(|plan| plan.planners().chain([&plan.verifier]));
        let names: BTreeSet<&String> =
            of_plans.chain(suite.pseudo_truth.iter().map(|pseudo| &pseudo.model)).collect();
        let (mut here, mut absent) = (BTreeMap::new(), Vec::new());
        for name in names {
            match open(name, catalogue, runtime) {
                Ok(detector) => {
                    here.insert(name.clone(), Arc::new(detector));
                }
                Err(error) => absent.push(format!("model `{name}`: {error}")),
            }
        }
        (Self(here), absent)
    }

    pub(crate) fn detector(&self, name: &str) -> Option<Arc<Detector>> {
        self.0.get(name).map(Arc::clone)
    }

    /// Each model and the sha256 of its file.
    pub(crate) fn digests(&self) -> BTreeMap<String, String> {
        self.0.iter().map(|(name, model)| (name.clone(), model.digest().to_string())).collect()
    }
}

/// Opens a model that waits for long, for the machine may be busy with measuring.
pub(crate) fn open(name: &str, catalogue: &Catalogue, runtime: &Runtime) -> Result<Detector, ModelError> {
    Detector::open(runtime, &catalogue.load(name)?, options())
}

/// The same of a density network.
pub(crate) fn open_density(
    name: &str,
    catalogue: &Catalogue,
    runtime: &Runtime,
) -> Result<DensityEstimator, ModelError> {
    DensityEstimator::open(runtime, &catalogue.load(name)?, options())
}

/// One frame in a run on whatever provider: what a model finds may depend, in the last digits, on what it is asked beside it.
fn options() -> DetectorOptions {
    let timeout = Duration::from_secs(120);
    DetectorOptions { timeout, batch_max: Some(1), ..DetectorOptions::default() }
}

/// A detector as a finder that looks at two by two enlarged parts of the frame besides the whole, in which it finds
/// the canaries: not a stage of the box, but what one would buy.
pub(crate) struct Tiled(pub(crate) Arc<Detector>);

impl Finder for Tiled {
    fn find(&self, frame: &RawFrame) -> Result<Vec<Detection>, RedactionError> {
        detect_tiled(self.0.as_ref(), frame, &[1, 2])
            .map_err(|error| RedactionError::LookFailed(Box::new(error)))
    }

    fn finds(&self) -> Vec<ObjectClass> {
        Finder::finds(self.0.as_ref())
    }

    fn score_floor(&self, class: ObjectClass) -> f32 {
        Finder::score_floor(self.0.as_ref(), class)
    }

    fn family(&self) -> Family {
        Finder::family(self.0.as_ref())
    }
}

type Look = (CameraId, Timestamp, u64, (u32, u32));

/// A finder that looks at each frame once. Frames are the same where camera, moment, number and size are.
pub(crate) struct Remembering<F> {
    finder: Arc<F>,
    looks: Mutex<Vec<(Look, Vec<Detection>)>>,
}

impl<F: Finder> Remembering<F> {
    pub(crate) fn new(finder: Arc<F>) -> Self {
        Self { finder, looks: Mutex::new(Vec::new()) }
    }
}

impl<F: Finder> Finder for Remembering<F> {
    fn find(&self, frame: &RawFrame) -> Result<Vec<Detection>, RedactionError> {
        let size_px = (frame.width_px(), frame.height_px());
        let look = (frame.camera().clone(), frame.captured_at(), frame.number(), size_px);
        let mut looks = self.looks.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, found)) = looks.iter().rev().find(|(known, _)| *known == look) {
            return Ok(found.clone());
        }
        let found = self.finder.find(frame)?;
        if looks.len() >= REMEMBERED_MAX {
            looks.remove(0);
        }
        looks.push((look, found.clone()));
        Ok(found)
    }

    fn finds(&self) -> Vec<ObjectClass> {
        self.finder.finds()
    }

    fn score_floor(&self, class: ObjectClass) -> f32 {
        self.finder.score_floor(class)
    }

    fn family(&self) -> Family {
        self.finder.family()
    }
}

#[cfg(test)]
mod tests {
    use velum_frame::seal_i420;

    use super::*;

    struct Counting(Mutex<usize>);

    impl Finder for Counting {
        fn find(&self, _: &RawFrame) -> Result<Vec<Detection>, RedactionError> {
            *self.0.lock().unwrap() += 1;
            Ok(Vec::new())
        }

        fn finds(&self) -> Vec<ObjectClass> {
            vec![ObjectClass::Face]
        }

        fn score_floor(&self, _: ObjectClass) -> f32 {
            0.1
        }

        fn family(&self) -> Family {
            Family("counting")
        }
    }

    #[test]
    fn each_frame_is_looked_at_once() {
        let finder = Remembering::new(Arc::new(Counting(Mutex::new(0))));
        let look = |camera: &str, second: i64, expected: usize| {
            let (camera, at) = (CameraId::parse(camera).unwrap(), Timestamp::from_unix_secs(second));
            finder.find(&seal_i420(camera, at, 1, (2, 2), vec![0; 6]).unwrap()).unwrap();
            assert_eq!(*finder.finder.0.lock().unwrap(), expected);
        };
        look("a", 1, 1);
        look("a", 1, 1);
        look("b", 1, 2);
        look("a", 2, 3);
        look("a", 1, 3);
    }
}
