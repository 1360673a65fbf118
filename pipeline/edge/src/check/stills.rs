//! Stills: whether this box keeps any, and if not, why not.

use velum_gate::{EventKind, Gate};
use velum_models::{Catalogue, Manifest, ModelError};
use velum_policy::check::{Finding, Verdict};
use velum_vocab::ObjectClass;

use crate::config::{CameraSettings, DetectorChoice, Settings};
use crate::detectors::{EMBEDDED, model_folders, usual_detector};
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
    let mut findings: Vec<_> = asked.iter().filter_map(|camera| terms(camera, settings, gate)).collect();
    findings.push(models(settings));
    findings
}

fn may_keep(camera: &CameraSettings, gate: &Gate) -> bool {
    EventKind::ALL.into_iter().any(|kind| gate.may_keep_still(&camera.id, kind).is_ok())
}

/// What the policy asks of pictures and cannot be met.
fn terms(camera: &CameraSettings, settings: &Settings, gate: &Gate) -> Option<Finding> {
    let subject = format!("stills of {}", camera.id);
    match gate.redaction_terms(&camera.id) {
        Err(withheld) => {
            let fix = "correct it in the policy and have it signed";
            Some(Finding::error(subject, withheld.to_string(), fix))
        }
        Ok(terms) => {
            let met = settings_of(terms).and_then(|asked| match planners(settings) {
                Ok(models) => asked.check_floors(|class| lowest_floor(&models, class)),
                // Said of the models themselves.
                Err(_) => Ok(()),
            });
            met.err().map(|error| Finding::of_error(subject, Verdict::Error, &error))
        }
    }
}

/// The models that would make the plans.
fn planners(settings: &Settings) -> Result<Vec<Manifest>, ModelError> {
    let catalogue = Catalogue::open(&model_folders(&settings.models))?;
    let sight = sight(settings, &catalogue)?;
    [sight.as_str(), EMBEDDED].into_iter().map(|id| catalogue.manifest(id).cloned()).collect()
}

/// The lowest score that any of them tells of this class.
fn lowest_floor(models: &[Manifest], class: ObjectClass) -> Option<f32> {
    models.iter().filter_map(|model| model.mask_floor(class)).reduce(f32::min)
}

fn sight(settings: &Settings, catalogue: &Catalogue) -> Result<String, ModelError> {
    match &settings.models.detector {
        DetectorChoice::Named(id) => Ok(id.clone()),
        DetectorChoice::Auto => usual_detector(catalogue).map(str::to_owned),
    }
}

fn models(settings: &Settings) -> Finding {
    let found =
        Catalogue::open(&model_folders(&settings.models)).map_err(Refusal::from).and_then(|catalogue| {
            let sight = sight(settings, &catalogue)?;
            let verifier = verifier_of(&catalogue, &settings.stills.verifier, &sight)?;
            Ok(format!("masked by what `{sight}` finds, verified by `{}`", verifier.id()))
        });
    match found {
        Ok(found) => Finding::ok("stills", found),
        Err(refusal @ Refusal::SwitchedOff) => Finding::ok("stills", format!("none are kept: {refusal}")),
        Err(refusal) => Finding::of_error("stills", Verdict::Warning, &refusal),
    }
}

#[cfg(test)]
mod tests {
    use velum_models::Catalogue;

    use super::*;

    /// With our own model alone, plates cannot be covered; YOLOX-nano sees vehicles well enough.
    #[test]
    fn vehicles_are_not_left_to_a_model_that_knows_few() {
        let catalogue = Catalogue::open(&[]).unwrap();
        let floor = |ids: &[&str]| {
            let models: Vec<_> = ids.iter().map(|id| catalogue.manifest(id).unwrap().clone()).collect();
            lowest_floor(&models, ObjectClass::Vehicle)
        };
        assert_eq!(floor(&[EMBEDDED, EMBEDDED]), None);
        assert_eq!(floor(&["yolox-nano", EMBEDDED]), Some(0.1));
    }
}
