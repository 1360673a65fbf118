//! ONNX Runtime, what it can run on, and the models that `run` would take.

use std::collections::BTreeMap;

use velum_models::{Catalogue, Detect, EstimateDensity, Provider};
use velum_vocab::Digest;

use super::finding::{Finding, Verdict};
use crate::config::{DensityModel, Settings};
use crate::density_models::DensityModels;
use crate::detectors::{Detectors, load_runtime, model_folders};

/// The library, the accelerators, the detector, the density networks.
pub(super) fn look(settings: &Settings) -> Vec<Finding> {
    let mut findings = Vec::new();
    match load_runtime(&settings.models) {
        Ok(runtime) => {
            findings.push(Finding::ok("onnx runtime", runtime.library().display().to_string()));
            findings.push(accelerators(&runtime.providers()));
        }
        Err(error) => return vec![Finding::of_error("onnx runtime", Verdict::Error, &error)],
    }
    if let Err(error) = Catalogue::open(&model_folders(&settings.models)) {
        findings.push(Finding::of_error("models", Verdict::Error, &error));
        return findings;
    }
    findings.push(match Detectors::new(settings.models.clone(), settings.limits).open() {
        Ok(detector) => {
            let (id, digest) = (detector.manifest().id(), short(Detect::digest(detector.as_ref())));
            Finding::ok("detector", format!("{id} (sha256 {digest}…) on {}", detector.provider()))
        }
        Err(error) => Finding::of_error("detector", Verdict::Error, &error),
    });
    let models = DensityModels::new(settings.models.clone(), settings.limits);
    findings
        .extend(named(settings).into_iter().map(|(model, cameras)| density_model(&models, model, &cameras)));
    findings
}

/// The density networks that cameras name, each with its cameras.
fn named(settings: &Settings) -> Vec<(&DensityModel, Vec<&str>)> {
    let mut named: BTreeMap<&str, (&DensityModel, Vec<&str>)> = BTreeMap::new();
    for camera in &settings.cameras {
        let Some(model) = &camera.density_model else { continue };
        named.entry(&model.id).or_insert_with(|| (model, Vec::new())).1.push(camera.id.as_str());
    }
    named.into_values().collect()
}

fn density_model(models: &DensityModels, model: &DensityModel, cameras: &[&str]) -> Finding {
    match models.open(model) {
        Ok(open) => {
            let (digest, error) = (short(EstimateDensity::digest(open.as_ref())), open.count_error());
            Finding::ok(
                "density model",
                format!(
                    "{} (sha256 {digest}…) on {}, for {}; wrong by {} persons and {:.0} %, by its manifest",
                    model.id,
                    open.provider(),
                    cameras.join(", "),
                    error.persons,
                    100.0 * error.fraction
                ),
            )
        }
        Err(error) => Finding::of_error("density model", Verdict::Error, &error),
    }
}

fn short(digest: Digest) -> String {
    digest.to_string().chars().take(12).collect()
}

fn accelerators(providers: &[Provider]) -> Finding {
    let names: Vec<_> = providers.iter().map(|provider| provider.name()).collect();
    Finding::ok("accelerators", names.join(", "))
}
