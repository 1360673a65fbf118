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

/// The one model of the policy.
pub(super) const DETECTOR_ID: &str = "detector";

pub(super) fn capture(a: &Answered) -> String {
    format!(
        "capture = {{ max_px_per_m = {}, max_fps = {} }}  # no sound, no zoom, no turning, raw frames in memory only\n",
        a.one("max_px_per_m"),
        a.one("max_fps"),
    )
}

pub(super) fn analytics(a: &Answered) -> String {
    format!(
        "analytics.allow = {}  # the baseline names what is forbidden in any case\n",
        list(a.many("analytics"))
    )
}

/// The rest of a list of names in quotes: lines with `before` each, as many names on a line as fit, and the bracket.
fn wrapped(names: &[&str], before: &str) -> String {
    let (mut lines, mut line) = (Vec::new(), String::new());
    for name in names {
        if before.len() + line.len() + name.len() > 110 {
            lines.push(std::mem::take(&mut line));
        }
        line.push_str(&format!("{}{},", if line.is_empty() { "" } else { " " }, quoted(name)));
    }
    lines.push(format!("{}]", line.trim_end_matches(',')));
    lines.iter().map(|line| format!("\n{before}{line}")).collect()
}

/// One detector serves every analytic, and masking where pictures may leave.
pub(super) fn models(a: &Answered) -> String {
    let allowed = |analytic: &&str| a.many("analytics").iter().any(|one| one == analytic);
    let mut tasks: Vec<_> = ANALYTICS.into_iter().filter(allowed).collect();
    tasks.extend(has_pictures(a).then_some("redaction"));
    let is_evaluated = a.one("detector_evaluated") == "yes";
    let open = if is_evaluated {
        ""
    } else {
        "# The detector was not evaluated by group here: the check says so.\n"
    };
    format!(
        "{open}model = [{{ id = \"{DETECTOR_ID}\", sha256 = {}, signed_by = {}, task = [{}, identity_embedding = {}, \
         outputs = {}{} }}]\n",
        quoted(a.one("detector_sha256")),
        quoted(a.one("detector_signed_by")),
        wrapped(&tasks, "  "),
        a.one("detector_tells_apart") == "yes",
        list(a.many("detector_outputs")),
        if is_evaluated { evaluation(a) } else { String::new() },
    )
}

fn evaluation(a: &Answered) -> String {
    format!(
        ", evaluation = {{ report_sha256 = {}, date = {}, subgroups = {} }}",
        quoted(a.one("evaluation_sha256")),
        a.one("evaluation_date"),
        list(a.many("evaluation_groups"))
    )
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
        let fields: Vec<&str> = fields
            .into_iter()
            .chain(["model_id", "policy_digest"])
            .filter(|field| !(class == "camera_health" && *field == "model_id"))
            .collect();
        let looser = [
            ("identifiable", identifiable, "treated-as-personal"),
            ("imagery", if picture { "redacted_still" } else { "none" }, "none"),
            ("human_review", review, "before-transmission"),
        ];
        let looser = looser.iter().filter(|(_, value, strictest)| value != strictest);
        let looser: String = looser.map(|(key, value, _)| format!("{key} = \"{value}\", ")).collect();
        format!(
            "  {{ class = \"{class}\", purpose = {}, {looser}retention = \"{kept}\", fields = [{} }},\n",
            quoted(a.one("purpose_id")),
            wrapped(&fields, "    "),
        )
    };
    format!("event = [\n{}]\n", classes.into_iter().map(event).collect::<String>())
}

pub(super) fn aggregation(a: &Answered) -> String {
    let group = match a.one("min_group") {
        // As the baseline says.
        "" | "10" => String::new(),
        group => format!("aggregation.min_group = {group}  # smaller groups are never told as a number\n"),
    };
    let levels = if a.many("analytics").iter().any(|one| one == "crowd_density") {
        "aggregation.live_levels = [\"low\", \"busy\", \"dense\", \"critical\"]\n"
    } else {
        ""
    };
    let time = if is_led(a) { "precision.time = \"PT10S\"  # places are told as zones\n" } else { "" };
    group + levels + time
}

pub(super) fn redaction(a: &Answered) -> String {
    if !has_pictures(a) {
        return "# No redaction: no picture leaves a box.\n".to_owned();
    }
    format!(
        "# `measured` is not there yet: it comes from an evaluation report, and until then the check refuses pictures.\n\
         redaction = {{ imagery_egress = \"alert-still\", hold_frames = {} }}\n",
        a.one("max_fps"),
    )
}

pub(super) fn retention(a: &Answered) -> String {
    let events = if is_led(a) {
        format!(
            "retention.event_unconfirmed = {}\nretention.event_confirmed = {}\n",
            quoted(a.one("retention_unconfirmed")),
            quoted(a.one("retention_confirmed"))
        )
    } else {
        format!(
            "retention.event = {}  # days and hours only; raw video is never kept\n",
            quoted(a.one("retention_event"))
        )
    };
    let stills = if has_pictures(a) { "retention.redacted_still = \"PT24H\"\n" } else { "" };
    events + stills
}

pub(super) fn recipients(a: &Answered) -> String {
    let classes = event_classes(a);
    let mut fields: Vec<&str> = classes.iter().flat_map(|(_, fields, ..)| fields.iter().copied()).collect();
    fields.sort_unstable();
    fields.dedup();
    let age = if is_led(a) { a.one("retention_unconfirmed") } else { a.one("retention_event") };
    let regime = quoted(a.one("regime"));
    let imagery = if has_pictures(a) { "imagery = true, " } else { "" };
    format!(
        "recipient = [\n  {{ role = {}, organisation = {}, regime = {regime}, location = {}, max_age = {}, {imagery}\
         purposes = [\n    {}], events = {}, fields = [{} }},\n  \
         {{ role = \"dpo-auditor\", organisation = {}, regime = {regime}, location = {}, max_age = \"P730D\", \
         purposes = [\n    \"audit\"], audit_log = true, export = true, \
         justification = \"the number of the audit file\" }},\n]\n",
        quoted(a.one("operator_role")),
        quoted(a.one("operator_organisation")),
        quoted(a.one("operator_location")),
        quoted(age),
        quoted(a.one("purpose_id")),
        list(classes.iter().map(|(class, ..)| *class)),
        wrapped(&fields, "    "),
        quoted(a.one("controller")),
        quoted(a.one("country")),
    )
}
