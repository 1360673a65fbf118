//! The detector that all cameras share: chosen, checked and opened at first need, and said which.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use parking_lot::{Mutex, RwLock};
use velum_models::{
    Catalogue, Detect, Detector, DetectorOptions, Manifest, ModelError, Presence, Runtime, Task,
};
use velum_vocab::{Digest, ObjectClass};

use crate::config::{DetectorChoice, LimitSettings, ModelSettings, processors};

/// Better where it is there, by our own measurements.
const PREFERRED: &str = "yolox-nano";
/// In this program.
pub(crate) const EMBEDDED: &str = "velum-person-1";
/// Where `make setup` puts what it fetched, below the working directory.
const SETUP_RUNTIME: &str = ".cache/onnxruntime";
/// Where `make setup` and `velum-edge models fetch` put models, below the working directory.
pub(crate) const CACHED_MODELS: &str = ".cache/models";

/// Runs of the detector side by side, where there are processors for them: sixteen cameras would wait for one. The second took
/// some 15 MiB.
const SESSIONS_MAX: usize = 4;

/// Opens the detector once; an attempt that failed is made again at the next need.
pub(crate) struct Detectors {
    settings: ModelSettings,
    options: DetectorOptions,
    open: RwLock<Option<Arc<Detector>>>,
    /// Held while one is opened, which takes minutes on some accelerators; reading goes on meanwhile.
    opening: Mutex<()>,
}

impl Detectors {
    /// Nothing is open yet.
    pub(crate) fn new(settings: ModelSettings, limits: LimitSettings) -> Self {
        let intra_threads = limits.inference_threads;
        let sessions = (processors() / intra_threads.max(1)).clamp(1, SESSIONS_MAX);
        let options = DetectorOptions { intra_threads, sessions, ..DetectorOptions::default() };
        Self { settings, options, open: RwLock::new(None), opening: Mutex::new(()) }
    }

    /// The detector.
    pub(crate) fn open(&self) -> Result<Arc<Detector>, ModelError> {
        let _one_at_a_time = self.opening.lock();
        if let Some(detector) = self.open.read().as_ref() {
            return Ok(Arc::clone(detector));
        }
        let detector = Arc::new(self.choose()?);
        tracing::info!(
            model = detector.manifest().id(),
            digest = %detector.digest(),
            provider = %detector.provider(),
            "persons are found by this detector"
        );
        *self.open.write() = Some(Arc::clone(&detector));
        Ok(detector)
    }

    /// The models that are open, for the hub.
    pub(crate) fn digests(&self) -> Vec<Digest> {
        self.open.read().iter().map(|detector| detector.digest()).collect()
    }

    fn choose(&self) -> Result<Detector, ModelError> {
        let catalogue = Catalogue::open(&model_folders(&self.settings))?;
        let runtime = load_runtime(&self.settings)?;
        let open = |id: &str| {
            finds_persons(catalogue.manifest(id)?)?;
            catalogue.load(id).and_then(|model| Detector::open(&runtime, &model, self.options))
        };
        match &self.settings.detector {
            DetectorChoice::Named(id) => open(id),
            DetectorChoice::Auto if usual_detector(&catalogue)? == EMBEDDED => open(EMBEDDED),
            DetectorChoice::Auto => open(PREFERRED).or_else(|error| {
                tracing::warn!(%error, "`{PREFERRED}` is there and cannot be used; the embedded `{EMBEDDED}` is");
                open(EMBEDDED)
            }),
        }
    }
}

/// The detector that is taken where none is named: the best that is here.
pub(crate) fn usual_detector(catalogue: &Catalogue) -> Result<&'static str, ModelError> {
    Ok(if catalogue.presence(PREFERRED)? == Presence::Absent { EMBEDDED } else { PREFERRED })
}

/// Refuses a model that finds something else: a face detector must not count persons, nor may one that knows none.
fn finds_persons(manifest: &Manifest) -> Result<(), ModelError> {
    let (found, expected, id) = (manifest.task(), Task::Objects, manifest.id().to_owned());
    if found != expected {
        return Err(ModelError::Task { id, found: found.name(), expected: expected.name() });
    }
    if manifest.classes().iter().any(|entry| entry.class == ObjectClass::Person) {
        return Ok(());
    }
    let reason = "none of its [[classes]] is `person`, and the rules need it; add it, or take for example \
                  \"velum-person-1\"";
    Err(ModelError::Refused { model: id, reason: reason.to_owned() })
}

/// Where models are looked for.
pub(crate) fn model_folders(settings: &ModelSettings) -> Vec<PathBuf> {
    let configured: Vec<_> = settings.dir.iter().cloned().chain([PathBuf::from(CACHED_MODELS)]).collect();
    Catalogue::usual_folders(&configured)
}

/// ONNX Runtime: as configured, as the environment says, as `make setup` left it, or in the usual places.
pub(crate) fn load_runtime(settings: &ModelSettings) -> Result<Runtime, ModelError> {
    let named_by_environment = std::env::var_os("ORT_DYLIB_PATH").is_some_and(|path| !path.is_empty());
    let from_setup = Path::new(SETUP_RUNTIME);
    let fallback = (!named_by_environment && from_setup.is_dir()).then_some(from_setup);
    Runtime::load(settings.onnxruntime.as_deref().or(fallback))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_face_detector_does_not_count_persons() {
        let catalogue = Catalogue::open(&[]).unwrap();
        assert!(finds_persons(catalogue.manifest(EMBEDDED).unwrap()).is_ok());
        let refused = finds_persons(catalogue.manifest("centerface").unwrap()).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "`models.detector`: `centerface` finds faces, and rules need objects; write for example \"velum-person-1\""
        );
    }

    #[test]
    fn a_model_that_knows_no_persons_is_no_detector() {
        let bags = include_str!("../../../models/catalogue/velum-person-1.toml")
            .replace("\"person\"", "\"suitcase\"");
        let refused = finds_persons(&Manifest::parse(&bags, "bags.toml").unwrap()).unwrap_err().to_string();
        assert!(refused.contains("none of its [[classes]] is `person`"), "{refused}");
        let density = Catalogue::open(&[]).unwrap().manifest("mcnn").cloned().unwrap();
        let refused = finds_persons(&density).unwrap_err().to_string();
        assert!(refused.contains("`mcnn` finds density, and rules need objects"), "{refused}");
    }
}
