//! ONNX Runtime, what it can run on, and the models that `run` would take.

use std::collections::BTreeMap;

use velum_models::{Catalogue, Detect, EstimateDensity, Provider};
use velum_policy::check::{Finding, Verdict};
use velum_vocab::Digest;

use crate::config::{DensityModel, Settings};
use crate::density_models::DensityModels;
use crate::detectors::{Detectors, load_runtime, model_folders};

/// The library, the accelerators, the detector, the density networks.
pub(super) fn look(settings: &Settings) -> Vec<Finding> {
    let mut findings = Vec::new();
    let offered = match load_runtime(&settings.models) {
        Ok(runtime) => {
            findings.push(Finding::ok("onnx runtime", runtime.library().display().to_string()));
            runtime.providers()
        }
        Err(error) => return vec![Finding::of_error("onnx runtime", Verdict::Error, &error)],
    };
    if let Err(error) = Catalogue::open(&model_folders(&settings.models)) {
        findings.push(Finding::of_error("models", Verdict::Error, &error));
        return findings;
    }
    match Detectors::new(settings.models.clone(), settings.limits).open() {
        Ok(detector) => {
            let (id, digest) = (detector.manifest().id(), short(Detect::digest(detector.as_ref())));
            findings.push(accelerators(&offered, detector.provider()));
            let found = format!("{id} (sha256 {digest}…) on {}", detector.provider());
            findings.push(Finding::ok("detector", found));
        }
        Err(error) => findings.push(Finding::of_error("detector", Verdict::Error, &error)),
    }
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

/// What the library was built with is not yet what works: that shows when a model is opened.
fn accelerators(offered: &[Provider], taken: Provider) -> Finding {
    let built_with: Vec<_> =
        offered.iter().filter(|offer| **offer != Provider::Cpu).map(|offer| offer.name()).collect();
    if built_with.is_empty() {
        return Finding::ok("accelerators", "none: this library runs on the processor");
    }
    let built_with = built_with.join(", ");
    if taken != Provider::Cpu {
        return Finding::ok(
            "accelerators",
            format!("{taken} works (the library was built with {built_with})"),
        );
    }
    Finding::warning(
        "accelerators",
        format!("the library was built with {built_with}, and none of them works here"),
        "the log above says why; install the libraries that it names, or look at `nvidia-smi`",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_accelerator_counts_when_it_works() {
        let all = [Provider::TensorRt, Provider::Cuda, Provider::Cpu];
        let check = |offered: &[Provider], taken, verdict, expected: &str| {
            let finding = accelerators(offered, taken);
            assert_eq!((finding.verdict, finding.found.as_str()), (verdict, expected));
        };
        check(&all[2..], Provider::Cpu, Verdict::Ok, "none: this library runs on the processor");
        let works = "cuda works (the library was built with tensorrt, cuda)";
        check(&all, Provider::Cuda, Verdict::Ok, works);
        let idle = "the library was built with tensorrt, cuda, and none of them works here";
        check(&all, Provider::Cpu, Verdict::Warning, idle);
    }
}
