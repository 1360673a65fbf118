//! The density networks that cameras share: each opened once, at first need, and only where the configuration names one.
//!
//! Invariant: a camera that shall have one and cannot does not run without it, for its counts would be other counts.

use std::collections::BTreeMap;
use std::sync::Arc;

use parking_lot::{Mutex, RwLock};
use velum_models::{
    Catalogue, DensityEstimator, DetectorOptions, EstimateDensity, Manifest, ModelError, Task,
};
use velum_vocab::Digest;

use crate::config::{DensityModel, LimitSettings, ModelSettings};
use crate::detectors::{load_runtime, model_folders};

/// Why a camera has not got the density network that it shall have.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DensityModelError {
    /// No manifest has this id.
    #[error(
        "{key}: `{id}`: expected a density model of the catalogue ({known}), found none of this name; write one of them, \
         or delete the key"
    )]
    Unknown {
        /// Where it was named.
        key: String,
        /// As given.
        id: String,
        /// The density models that there are.
        known: String,
    },
    /// The model is there and does something else.
    #[error(
        "{key}: `{id}`: expected a density model of the catalogue ({known}), found one for {found}; write one of them, or \
         delete the key"
    )]
    Task {
        /// Where it was named.
        key: String,
        /// Which model.
        id: String,
        /// What it finds.
        found: &'static str,
        /// The density models that there are.
        known: String,
    },
    /// The model is not here, is another file than its manifest means, or cannot run.
    #[error("{key}: {source}")]
    Model {
        /// Where it was named.
        key: String,
        /// What is wrong with it.
        source: Box<ModelError>,
    },
}

/// Opens each model once; an attempt that failed is made again at the next need.
pub(crate) struct DensityModels {
    settings: ModelSettings,
    options: DetectorOptions,
    open: RwLock<BTreeMap<String, Arc<DensityEstimator>>>,
    /// Held while one is opened, which takes minutes on some accelerators; reading goes on meanwhile.
    opening: Mutex<()>,
}

impl DensityModels {
    /// Nothing is open yet.
    pub(crate) fn new(settings: ModelSettings, limits: LimitSettings) -> Self {
        let options =
            DetectorOptions { intra_threads: limits.inference_threads, ..DetectorOptions::default() };
        Self { settings, options, open: RwLock::default(), opening: Mutex::new(()) }
    }

    /// The model of this name, the same for all who ask.
    pub(crate) fn open(&self, named: &DensityModel) -> Result<Arc<DensityEstimator>, DensityModelError> {
        let _one_at_a_time = self.opening.lock();
        if let Some(model) = self.open.read().get(&named.id) {
            return Ok(Arc::clone(model));
        }
        let of_key = |source| DensityModelError::Model { key: named.key.clone(), source: Box::new(source) };
        let catalogue = Catalogue::open(&model_folders(&self.settings)).map_err(of_key)?;
        counts_crowds(&catalogue, named)?;
        let model = Arc::new(self.load(&catalogue, &named.id).map_err(of_key)?);
        let digest = EstimateDensity::digest(model.as_ref());
        tracing::info!(model = named.id, %digest, provider = %model.provider(), "crowds are counted by this model, too");
        self.open.write().insert(named.id.clone(), Arc::clone(&model));
        Ok(model)
    }

    /// The models that are open, for the hub.
    pub(crate) fn digests(&self) -> Vec<Digest> {
        self.open.read().values().map(|model| EstimateDensity::digest(model.as_ref())).collect()
    }

    fn load(&self, catalogue: &Catalogue, id: &str) -> Result<DensityEstimator, ModelError> {
        let runtime = load_runtime(&self.settings)?;
        DensityEstimator::open(&runtime, &catalogue.load(id)?, self.options)
    }
}

/// Refuses a name that is none, and a model that finds something else.
fn counts_crowds(catalogue: &Catalogue, named: &DensityModel) -> Result<(), DensityModelError> {
    let (key, id) = (named.key.clone(), named.id.clone());
    match catalogue.manifest(&id).map(Manifest::task) {
        Ok(Task::Density) => Ok(()),
        Ok(found) => Err(DensityModelError::Task { key, id, found: found.name(), known: known(catalogue) }),
        Err(_) => Err(DensityModelError::Unknown { key, id, known: known(catalogue) }),
    }
}

fn known(catalogue: &Catalogue) -> String {
    let all = catalogue.list().into_iter().map(|listing| listing.manifest);
    let names: Vec<_> = all.filter(|model| model.task() == Task::Density).map(Manifest::id).collect();
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_counts_no_crowd_is_refused_with_its_key_and_the_fix() {
        let limits = LimitSettings { inference_threads: 1, min_free_disk_mib: 0 };
        let models = DensityModels::new(ModelSettings::default(), limits);
        let check = |id: &str, expected: &str| {
            let named = DensityModel { id: id.to_owned(), key: "cameras.door.density_model".to_owned() };
            let error = models.open(&named).unwrap_err().to_string();
            assert!(error.starts_with("cameras.door.density_model: ") && error.contains(expected), "{error}");
        };
        check("mcn", "`mcn`: expected a density model of the catalogue ");
        check("yolox-nano", "`yolox-nano`: expected a density model of the catalogue ");
        check("centerface", "`centerface`: expected a density model of the catalogue ");
        assert!(models.digests().is_empty());
    }

    #[test]
    fn another_file_than_its_manifest_means_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("mcnn-shanghaitech-b.onnx"), b"altered").unwrap();
        let settings = ModelSettings { dir: Some(folder.path().to_owned()), ..ModelSettings::default() };
        let limits = LimitSettings { inference_threads: 1, min_free_disk_mib: 0 };
        let named = DensityModel { id: "mcnn".to_owned(), key: "models.density_model".to_owned() };
        let error = DensityModels::new(settings, limits).open(&named).unwrap_err();
        let DensityModelError::Model { source, .. } = &error else { panic!("{error}") };
        // Without ONNX Runtime nothing is opened at all.
        let is_expected = matches!(**source, ModelError::Digest { .. } | ModelError::RuntimeAbsent { .. });
        assert!(is_expected && error.to_string().starts_with("models.density_model: "), "{error}");
    }
}
