//! The analytics, and the tasks and outputs of models, that this program knows well enough to deny something.
//!
//! A name that is not here may stand for anything: it takes every denial from a page, until somebody has looked at
//! what it does and written it down here.

use velum_policy::sections::Model;

/// What is computed, and the class of event that tells it, where one class alone does.
const ANALYTICS: [(&str, Option<&str>); 10] = [
    ("abandoned_object", Some("abandoned_object_alert")),
    ("abandoned_object_lowlight", Some("abandoned_object_alert")),
    ("owner_backtracking", Some("abandoned_object_alert")),
    ("crowd_density", Some("crowd_density_level")),
    ("crowd_movement", Some("crowd_movement_alert")),
    ("crowd_statistics", None),
    ("cyclist_count", Some("road_user_count")),
    ("cargo_bike_count", Some("road_user_count")),
    ("vehicle_count", Some("road_user_count")),
    ("pedestrian_count", Some("road_user_count")),
];

/// The task of a model that finds what must be covered.
const MASKING: &str = "redaction";

/// Tasks that are named otherwise than an analytic.
const TASKS: [&str; 2] = [MASKING, "road_user_count"];

/// Outputs that tell that somebody or something is there, or how many: no feature of a person.
const OUTPUTS: [&str; 12] = [
    "density",
    "density_map",
    "boxes:person",
    "boxes:head",
    "boxes:vehicle",
    "boxes:cyclist",
    "boxes:pedestrian",
    "boxes:cargo-bike",
    "boxes:bag",
    "boxes:suitcase",
    "boxes:box",
    "boxes:other-object",
];

/// Outputs that are there to cover what they find, and for nothing else.
const COVERED: [&str; 2] = ["boxes:face", "boxes:plate"];

/// Whether this program knows what an analytic computes.
pub(super) fn is_analytic(name: &str) -> bool {
    ANALYTICS.iter().any(|(known, _)| *known == name)
}

/// The class of event that alone tells the results of an analytic; none where that is not known.
pub(super) fn class_of(analytic: &str) -> Option<&'static str> {
    ANALYTICS.iter().find(|(known, _)| *known == analytic).and_then(|(_, class)| *class)
}

/// What of a model is not known to be harmless: its task, or an output.
pub(super) fn unknown_of(model: &Model) -> Option<String> {
    let mut unknown = model.task.iter().filter(|task| !is_analytic(task) && !TASKS.contains(task));
    if let Some(task) = unknown.next() {
        return Some(format!("task `{task}` of the model `{}`", model.id));
    }
    let is_harmless = |output: &String| {
        let output = output.as_str();
        OUTPUTS.contains(&output) || (model.task.is_only(MASKING) && COVERED.contains(&output))
    };
    let unknown = model.outputs.iter().find(|output| !is_harmless(output))?;
    Some(format!("output `{unknown}` of the model `{}`", model.id))
}
