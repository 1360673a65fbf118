//! What a box may say of its cameras' settings and of itself as a machine.

use velum_proto::v1::{BoxState, PlaneSketch, SettingsReceipt, SettingsReport};

use super::{MODELS, NAME_BYTES, Refusal, finite, length, name, text};
use crate::settings::Shape;

const CAMERAS: usize = 1_024;
/// Kinds and classes of what left.
const LEFT: usize = 64;
const PROBLEMS: usize = 64;
/// 500 characters.
const PROBLEM_BYTES: usize = 2_000;
const GRID_NUMBERS: usize = 16_384;
const POINTS: usize = 1_024;
const SENTENCE_BYTES: usize = 512;

/// Settings of a camera that may be kept.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ValidReport {
    pub(crate) camera: String,
    pub(crate) settings: Shape,
    pub(crate) digest: Vec<u8>,
    pub(crate) from_hub: bool,
    pub(crate) takes_settings: bool,
    /// What became of the last offer.
    pub(crate) last: Option<SettingsReceipt>,
}

/// Checks what a box says of a camera's settings.
///
/// # Errors
/// [`Refusal`] with the field.
pub(crate) fn settings_report(report: SettingsReport) -> Result<ValidReport, Refusal> {
    name("settings_report.camera", &report.camera)?;
    let settings = Shape::parse(&report.settings_json)
        .map_err(|problem| Refusal::new("settings_report.settings_json", "settings of a camera", problem))?;
    let digest = ring::digest::digest(&ring::digest::SHA256, report.settings_json.as_bytes());
    if digest.as_ref() != report.digest {
        return Err(Refusal::new("settings_report.digest", "the SHA-256 of settings_json", "another"));
    }
    report.last.as_ref().map_or(Ok(()), settings_receipt)?;
    Ok(ValidReport {
        camera: report.camera,
        settings,
        digest: report.digest,
        from_hub: report.from_hub,
        takes_settings: report.takes_settings,
        last: report.last,
    })
}

/// Checks a box's answer to an offer.
///
/// # Errors
/// [`Refusal`] with the field.
pub(crate) fn settings_receipt(receipt: &SettingsReceipt) -> Result<(), Refusal> {
    length("settings_receipt.offer_id", &receipt.offer_id, 16)?;
    text("settings_receipt.camera", &receipt.camera, NAME_BYTES)?;
    super::optional_digest("settings_receipt.digest", &receipt.digest)?;
    at_most("settings_receipt.problems", receipt.problems.len(), PROBLEMS)?;
    for problem in &receipt.problems {
        text("settings_receipt.problems.path", &problem.path, SENTENCE_BYTES)?;
        text("settings_receipt.problems.text", &problem.text, PROBLEM_BYTES)?;
    }
    receipt.plane.as_ref().map_or(Ok(()), plane)
}

fn plane(plane: &PlaneSketch) -> Result<(), Refusal> {
    at_most("settings_receipt.plane.lines", plane.lines.len(), GRID_NUMBERS)?;
    plane.lines.iter().try_for_each(|number| finite("settings_receipt.plane.lines", *number))?;
    at_most("settings_receipt.plane.points", plane.points.len(), POINTS)?;
    for point in &plane.points {
        finite("settings_receipt.plane.points.off_px", point.off_px)?;
        finite("settings_receipt.plane.points.off_m", point.off_m)?;
        point
            .off_without_m
            .map_or(Ok(()), |off| finite("settings_receipt.plane.points.off_without_m", off))?;
    }
    at_most("settings_receipt.plane.warnings", plane.warnings.len(), PROBLEMS)?;
    let warning = |warning: &String| text("settings_receipt.plane.warnings", warning, PROBLEM_BYTES);
    plane.warnings.iter().try_for_each(warning)
}

/// Checks what a box says of itself as a machine.
///
/// # Errors
/// [`Refusal`] with the field.
pub(crate) fn box_state(state: &BoxState) -> Result<(), Refusal> {
    text("box_state.version", &state.version, NAME_BYTES)?;
    if let Some(clock) = &state.clock {
        text("box_state.clock.reason", &clock.reason, SENTENCE_BYTES)?;
    }
    at_most("box_state.cameras", state.cameras.len(), CAMERAS)?;
    state.cameras.iter().try_for_each(|camera| name("box_state.cameras", camera))?;
    at_most("box_state.models", state.models.len(), MODELS)?;
    for model in &state.models {
        name("box_state.models.name", &model.name)?;
        text("box_state.models.task", &model.task, NAME_BYTES)?;
        length("box_state.models.digest", &model.digest, 32)?;
    }
    at_most("box_state.suspensions", state.suspensions.len(), CAMERAS)?;
    for held in &state.suspensions {
        length("box_state.suspensions.id", &held.id, 16)?;
        text("box_state.suspensions.trouble", &held.trouble, SENTENCE_BYTES)?;
        text("box_state.suspensions.camera", &held.camera, NAME_BYTES)?;
    }
    at_most("box_state.left", state.left.len(), LEFT)?;
    for left in &state.left {
        name("box_state.left.what", &left.what)?;
        name("box_state.left.class", &left.class)?;
    }
    Ok(())
}

fn at_most(field: &str, found: usize, most: usize) -> Result<(), Refusal> {
    if found <= most {
        Ok(())
    } else {
        Err(Refusal::new(field, format!("at most {most}"), found.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use prost::Message as _;
    use velum_proto::v1::{HeldSuspension, ModelState, SettingsProblem};

    use super::*;

    fn report(settings_json: &str) -> SettingsReport {
        let digest = ring::digest::digest(&ring::digest::SHA256, settings_json.as_bytes());
        SettingsReport {
            camera: "door".to_owned(),
            settings_json: settings_json.to_owned(),
            digest: digest.as_ref().to_vec(),
            ..SettingsReport::default()
        }
    }

    #[test]
    fn a_report_is_taken_whole_or_refused_by_its_field() {
        let check = |report: SettingsReport, expected: Option<&str>| {
            let found = settings_report(report).err().map(|refusal| refusal.field);
            assert_eq!(found.as_deref(), expected);
        };
        let good = report("{\"zones\":[]}");
        check(good.clone(), None);
        check(report("{\"sources\":[]}"), Some("settings_report.settings_json"));
        check(SettingsReport { digest: vec![1; 32], ..good.clone() }, Some("settings_report.digest"));
        check(SettingsReport { camera: String::new(), ..good.clone() }, Some("settings_report.camera"));
        let last = |receipt| SettingsReport { last: Some(receipt), ..good.clone() };
        let receipt = SettingsReceipt { offer_id: vec![1; 16], ..SettingsReceipt::default() };
        check(last(receipt.clone()), None);
        check(
            last(SettingsReceipt { offer_id: vec![1; 15], ..receipt.clone() }),
            Some("settings_receipt.offer_id"),
        );
        let problem = SettingsProblem { path: "zones[0]".to_owned(), text: "a\u{1b}[31m".to_owned() };
        check(
            last(SettingsReceipt { problems: vec![problem], ..receipt.clone() }),
            Some("settings_receipt.problems.text"),
        );
        let sketch = PlaneSketch { lines: vec![f64::NAN], ..PlaneSketch::default() };
        check(last(SettingsReceipt { plane: Some(sketch), ..receipt }), Some("settings_receipt.plane.lines"));
    }

    #[test]
    fn a_state_is_taken_whole_or_refused_by_its_field() {
        let check = |state: BoxState, expected: Option<&str>| {
            let found = box_state(&state).err().map(|refusal| refusal.field);
            assert_eq!(found.as_deref(), expected);
        };
        check(BoxState::default(), None);
        check(BoxState { cameras: vec![String::new()], ..BoxState::default() }, Some("box_state.cameras"));
        let model =
            |bytes| ModelState { name: "a".to_owned(), digest: vec![1; bytes], ..ModelState::default() };
        check(BoxState { models: vec![model(32)], ..BoxState::default() }, None);
        check(BoxState { models: vec![model(31)], ..BoxState::default() }, Some("box_state.models.digest"));
        let held = HeldSuspension { id: vec![1], ..HeldSuspension::default() };
        check(BoxState { suspensions: vec![held], ..BoxState::default() }, Some("box_state.suspensions.id"));
    }

    proptest! {
        /// Whatever bytes a box sends are taken whole or refused.
        #[test]
        fn fuzz_what_boxes_say_of_themselves(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            if let Ok(state) = BoxState::decode(bytes.as_slice()) {
                let _judged = box_state(&state);
            }
            if let Ok(report) = SettingsReport::decode(bytes.as_slice()) {
                let _judged = settings_report(report);
            }
            if let Ok(receipt) = SettingsReceipt::decode(bytes.as_slice()) {
                let _judged = settings_receipt(&receipt);
            }
        }
    }
}
