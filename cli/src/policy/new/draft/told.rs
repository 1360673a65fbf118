//! What may be computed, told and kept, and to whom.

use super::is_led;
use crate::policy::new::interview::Answered;
use crate::policy::new::questions::ANALYTICS;
use crate::policy::notation::{list, quoted};

/// Fields of an event about one object, about a crowd, and about a camera.
const OBJECT: &[&str] = &[
    "alert_id",
    "site",
    "camera",
    "zone",
    "time",
    "time_first_seen",
    "dwell_band",
    "object_kind",
    "confidence_band",
    "validity",
    "explanation",
];
const DENSITY: &[&str] = &[
    "alert_id",
    "site",
    "zone",
    "time",
    "level",
    "previous_level",
    "confidence_band",
    "validity",
    "explanation",
];
const MOVEMENT: &[&str] = &[
    "alert_id",
    "site",
    "zone",
    "time",
    "movement",
    "direction_sector",
    "speed_band",
    "confidence_band",
    "validity",
    "explanation",
];
const CONFIRMED: &[&str] =
    &["alert_id", "site", "zone", "time_first_seen", "object_kind", "review_outcome", "reviewer_role"];
const HEALTH: &[&str] = &["site", "camera", "time", "health_code"];

pub(super) fn capture(a: &Answered) -> String {
    format!(
        "[capture]  # no sound, no zoom, no turning, raw frames in memory only\n\
         max_px_per_m = {}\nmax_fps = {}\nraw_lifetime = \"PT10S\"\n",
        a.one("max_px_per_m"),
        a.one("max_fps"),
    )
}

pub(super) fn analytics(a: &Answered) -> String {
    format!("[analytics]\nallow = {}\nforbid = [\n{}]\n", list(a.many("analytics")), wrapped(&NEVER),)
}

/// What no policy of this program allows.
const NEVER: [&str; 20] = [
    "biometric_identification",
    "face_recognition",
    "biometric_categorisation",
    "emotion_recognition",
    "gait_recognition",
    "person_reidentification",
    "cross_camera_tracking",
    "licence_plate_recognition",
    "age_estimation",
    "gender_estimation",
    "ethnicity_estimation",
    "clothing_attributes",
    "individual_risk_prediction",
    "behaviour_scoring",
    "loitering_detection",
    "audio_analysis",
    "face_crop_export",
    "training_on_captured_imagery",
    "owner_backtracking",
    "watchlist_matching",
];

/// In quotes, as many on a line as fit.
fn wrapped(names: &[&str]) -> String {
    let (mut text, mut width) = (String::new(), 0);
    for name in names {
        if width + name.len() > 110 {
            text.push('\n');
            width = 0;
        }
        text.push_str(if width == 0 { "  " } else { " " });
        text.push_str(&format!("\"{name}\","));
        width += name.len() + 4;
    }
    text + "\n"
}

/// The names of the models, one for each analytic, and one for masking where pictures may leave.
pub(super) fn model_tasks(a: &Answered) -> Vec<(String, &str)> {
    let named = |task: &'static str| (format!("detector-for-{}", task.replace('_', "-")), task);
    let mut tasks: Vec<_> = ANALYTICS
        .into_iter()
        .filter(|analytic| a.many("analytics").iter().any(|one| one == analytic))
        .map(named)
        .collect();
    if has_pictures(a) {
        tasks.push(named("redaction"));
    }
    tasks
}

pub(super) fn models(a: &Answered) -> String {
    let mut text =
        "# The same detector serves all of them. It was not evaluated by group here: the check says so.\n"
            .to_owned();
    for (id, task) in model_tasks(a) {
        text.push_str(&format!(
            "[[model]]\nid = {}\ntask = {}\nsha256 = {}\nsigned_by = {}\noutputs = {}\nidentity_embedding = {}\n",
            quoted(&id),
            quoted(task),
            quoted(a.one("detector_sha256")),
            quoted(a.one("detector_signed_by")),
            list(a.many("detector_outputs")),
            a.one("detector_tells_apart") == "yes",
        ));
    }
    text
}

fn has_pictures(a: &Answered) -> bool {
    a.one("pictures") == "yes" && a.many("analytics").iter().any(|one| one == "abandoned_object")
}

/// The classes of events: class, fields, whether with a picture, review, retention.
fn event_classes(a: &Answered) -> Vec<(&'static str, Vec<&'static str>, bool, &'static str, &'static str)> {
    let (review, kept) =
        if is_led(a) { ("before-transmission", "event_unconfirmed") } else { ("before-action", "event") };
    let allowed = |analytic: &str| a.many("analytics").iter().any(|one| one == analytic);
    let mut classes = Vec::new();
    if allowed("abandoned_object") {
        let mut fields = OBJECT.to_vec();
        fields.extend(has_pictures(a).then_some("still_ref"));
        classes.push(("abandoned_object_alert", fields, has_pictures(a), review, kept));
    }
    if allowed("crowd_density") {
        classes.push(("crowd_density_level", DENSITY.to_vec(), false, review, kept));
    }
    if allowed("crowd_movement") {
        classes.push(("crowd_movement_alert", MOVEMENT.to_vec(), false, review, kept));
    }
    if is_led(a) && allowed("abandoned_object") {
        classes.push(("abandoned_object_confirmed", CONFIRMED.to_vec(), false, "done", "event_confirmed"));
    }
    classes
}

pub(super) fn events(a: &Answered) -> String {
    let kept = if is_led(a) { "event_unconfirmed" } else { "event" };
    let mut classes: Vec<_> =
        event_classes(a).into_iter().map(|class| (class, "treated-as-personal")).collect();
    classes.push((("camera_health", HEALTH.to_vec(), false, "not-applicable", kept), "aggregate"));
    // What is left out of each is the strictest: personal, without pictures, reviewed before it is passed on.
    let event = |((class, fields, picture, review, kept), identifiable)| {
        let fields: Vec<&str> = fields;
        let fields = list(
            fields
                .into_iter()
                .chain(["model_id", "policy_digest"])
                .filter(|field| !(class == "camera_health" && *field == "model_id")),
        );
        let looser = [
            ("identifiable", identifiable, "treated-as-personal"),
            ("imagery", if picture { "redacted_still" } else { "none" }, "none"),
            ("human_review", review, "before-transmission"),
        ];
        let looser = looser.iter().filter(|(_, value, strictest)| value != strictest);
        let looser: String = looser.map(|(key, value, _)| format!("{key} = \"{value}\"\n")).collect();
        format!(
            "[[event]]\nclass = \"{class}\"\npurpose = {}\nfields = {fields}\n{looser}retention = \"{kept}\"\n",
            quoted(a.one("purpose_id")),
        )
    };
    classes.into_iter().map(event).collect::<Vec<_>>().join("")
}

pub(super) fn aggregation(a: &Answered) -> String {
    let group = match a.one("min_group") {
        "" => "10",
        group => group,
    };
    let levels = if a.many("analytics").iter().any(|one| one == "crowd_density") {
        "live_levels = [\"low\", \"busy\", \"dense\", \"critical\"]\nlive_bin = \"PT60S\"\n"
    } else {
        ""
    };
    let time = if is_led(a) { "PT10S" } else { "PT60S" };
    format!(
        "[aggregation]  # smaller groups are never told as a number\nmin_group = {group}\nround_to = 10\ntime_bin = \"PT15M\"\n{levels}[precision]  # places are told as zones, no box of anything is\ntime = \"{time}\"\n"
    )
}

pub(super) fn redaction(a: &Answered) -> String {
    if !has_pictures(a) {
        return "# No [redaction]: no picture leaves a box.\n".to_owned();
    }
    let fps = a.one("max_fps");
    format!(
        "# `measured` is not there yet: it comes from an evaluation report, and until then the check refuses pictures.\n\
         [redaction]\nimagery_egress = \"alert-still\"\n\
         margin = 0.2\nmin_confidence = 0.1\nhold_frames = {fps}\nlookahead_frames = 3\non_detector_failure = \"drop_frame\"\non_overload = \"drop_frame\"\n\
         on_low_light = \"drop_frame\"\nmax_detector_age = \"PT1S\"\ncanary_interval = \"PT30S\"\n\
         canary_action = \"stop_stream\"\n"
    )
}

pub(super) fn retention(a: &Answered) -> String {
    let events = if is_led(a) {
        format!(
            "event_unconfirmed = {}\nevent_confirmed = {}\n",
            quoted(a.one("retention_unconfirmed")),
            quoted(a.one("retention_confirmed"))
        )
    } else {
        format!("event = {}\n", quoted(a.one("retention_event")))
    };
    format!(
        "[retention]  # days and hours only: raw video is never kept\n{}{events}audit_log = \"P730D\"\n\
         dsr_file = \"P730D\"\nreview_every = \"P180D\"\non_expiry = \"crypto-shred\"\n",
        if has_pictures(a) { "redacted_still = \"PT24H\"\n" } else { "" },
    )
}

pub(super) fn recipients(a: &Answered) -> String {
    let classes = event_classes(a);
    let mut fields: Vec<&str> = classes.iter().flat_map(|(_, fields, ..)| fields.iter().copied()).collect();
    fields.sort_unstable();
    fields.dedup();
    let age = if is_led(a) { a.one("retention_unconfirmed") } else { a.one("retention_event") };
    let regime = quoted(a.one("regime"));
    let imagery = if has_pictures(a) { "imagery = true\n" } else { "" };
    format!(
        "[[recipient]]\nrole = {}\norganisation = {}\nregime = {regime}\npurposes = [{}]\nevents = {}\nfields = {}\n\
         {imagery}max_age = {}\nlocation = {}\n[[recipient]]\nrole = \"dpo-auditor\"\norganisation = {}\nregime = {regime}\npurposes = [\"audit\"]\n\
         audit_log = true\nmax_age = \"P730D\"\nexport = true\n\
         justification = \"the number of the audit file\"\nlocation = {}\n",
        quoted(a.one("operator_role")),
        quoted(a.one("operator_organisation")),
        quoted(a.one("purpose_id")),
        list(classes.iter().map(|(class, ..)| *class)),
        list(fields),
        quoted(age),
        quoted(a.one("operator_location")),
        quoted(a.one("controller")),
        quoted(a.one("country")),
    )
}
