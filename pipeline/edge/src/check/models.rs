//! ONNX Runtime, what it can run on, and the detector that `run` would take.

use velum_models::{Catalogue, Detect, Provider};

use super::finding::{Finding, Verdict};
use crate::config::Settings;
use crate::detectors::{Detectors, load_runtime, model_folders};

/// The library, the accelerators, the detector.
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
            let (id, digest) = (detector.manifest().id(), detector.digest().to_string());
            let short: String = digest.chars().take(12).collect();
            Finding::ok("detector", format!("{id} (sha256 {short}…) on {}", detector.provider()))
        }
        Err(error) => Finding::of_error("detector", Verdict::Error, &error),
    });
    findings
}

fn accelerators(providers: &[Provider]) -> Finding {
    let names: Vec<_> = providers.iter().map(|provider| provider.name()).collect();
    Finding::ok("accelerators", names.join(", "))
}
