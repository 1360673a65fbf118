//! Stills: whether this box keeps any, and if not, why not.

use velum_gate::{EventKind, Gate};
use velum_models::Catalogue;

use super::finding::{Finding, Verdict};
use crate::config::{CameraSettings, DetectorChoice, Settings};
use crate::detectors::{model_folders, usual_detector};
use crate::stills::{Refusal, settings_of, verifier_of};

/// One finding a camera of which the policy allows stills, and one where it allows none of any.
pub(super) fn look(settings: &Settings, gate: &Gate) -> Vec<Finding> {
    let asked: Vec<_> = settings.cameras.iter().filter(|camera| may_keep(camera, gate)).collect();
    if asked.is_empty() {
        return vec![Finding::ok(
            "stills",
            "none are kept: the policy allows no pictures of these cameras now",
        )];
    }
    let mut findings: Vec<_> = asked.iter().filter_map(|camera| terms(camera, gate)).collect();
    findings.push(models(settings));
    findings
}

fn may_keep(camera: &CameraSettings, gate: &Gate) -> bool {
    EventKind::ALL.into_iter().any(|kind| gate.may_keep_still(&camera.id, kind).is_ok())
}

/// What the policy asks of pictures and cannot be met.
fn terms(camera: &CameraSettings, gate: &Gate) -> Option<Finding> {
    let subject = format!("stills of {}", camera.id);
    match gate.redaction_terms(&camera.id) {
        Err(withheld) => {
            let fix = "correct it in the policy and have it signed";
            Some(Finding::error(subject, withheld.to_string(), fix))
        }
        Ok(terms) => settings_of(terms).err().map(|error| Finding::of_error(subject, Verdict::Error, &error)),
    }
}

fn models(settings: &Settings) -> Finding {
    let found =
        Catalogue::open(&model_folders(&settings.models)).map_err(Refusal::from).and_then(|catalogue| {
            let sight = match &settings.models.detector {
                DetectorChoice::Named(id) => id.clone(),
                DetectorChoice::Auto => usual_detector(&catalogue)?.to_owned(),
            };
            let verifier = verifier_of(&catalogue, &settings.stills.verifier, &sight)?;
            Ok(format!("masked by what `{sight}` finds, verified by `{}`", verifier.id()))
        });
    match found {
        Ok(found) => Finding::ok("stills", found),
        Err(refusal @ Refusal::SwitchedOff) => Finding::ok("stills", format!("none are kept: {refusal}")),
        Err(refusal) => Finding::of_error("stills", Verdict::Warning, &refusal),
    }
}
