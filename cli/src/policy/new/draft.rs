//! The policy that the answers make: about a page, with comments, in the order of the examples.
//!
//! Only what was answered, and what the strictest policy has, is written. A day that nobody could know yet is
//! written as `1970-01-01`, a digest as an empty text, each with a comment: the check finds them.

use super::interview::Answered;
use super::kind::polygon;
use super::notation::{list, quoted};

/// The manifest of the detector that is built into the boxes.
const DETECTOR: &str = include_str!("../../../../models/catalogue/velum-person-1.toml");

/// Stands for a day that did not come yet.
const NOT_YET: &str = "1970-01-01";

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

/// The SHA-256 of the built-in detector.
pub(super) fn built_in_detector() -> &'static str {
    let line = DETECTOR.lines().find_map(|line| line.strip_prefix("sha256 = "));
    line.map_or("", |digest| digest.trim_matches('"'))
}

/// The policy.
pub(super) fn policy(a: &Answered) -> String {
    let parts = [
        head(a),
        controller(a),
        supervision(a),
        legal(a),
        purpose(a),
        ai_act(a),
        capture(a),
        analytics(a),
        models(a),
        events(a),
        aggregation(a),
        redaction(a),
        retention(a),
        recipients(a),
        oversight(a),
        rights(a),
        notice(a),
        duties(a),
        change_control(a),
        sites(a),
        cameras(a),
    ];
    parts.join("\n")
}

fn is_led(a: &Answered) -> bool {
    a.one("regime") == "led"
}

fn head(a: &Answered) -> String {
    format!(
        "# Written by `velum policy new`. What is not written is forbidden, or the strictest; `velum policy check`\n\
         # says what is still open, `velum policy sign` takes the signatures. policy/examples/ has longer files.\n\
         schema = \"cctv-policy/1\"\n\n[policy]\nid = {}\nversion = \"1.0.0\"  # every change needs a higher one\n\
         status = \"active\"\nregime = {}\ncountry = {}\nlanguages = {}\neffective_from = {}T00:00:00Z\n\
         review_by = {}  # without a review the boxes stop\nexpires = {}T23:59:59Z\n",
        quoted(a.one("policy_id")),
        quoted(a.one("regime")),
        quoted(a.one("country")),
        list(a.many("languages")),
        a.one("effective_from"),
        a.one("review_by"),
        a.one("expires"),
    )
}

fn controller(a: &Answered) -> String {
    format!(
        "[controller]\nname = {}\npublic_authority = true\ncompetent_authority = {}  # of LED Art 3(7)\ncontact = {}\n\
         dpo_name = {}\ndpo_contact = {}\n",
        quoted(a.one("controller")),
        is_led(a),
        quoted(a.one("contact")),
        quoted(a.one("dpo_name")),
        quoted(a.one("dpo_contact")),
    )
}

fn supervision(a: &Answered) -> String {
    let authority =
        format!("[supervision]\nauthority = {}\n[supervision.dpia]\n", quoted(a.one("authority")));
    if a.one("dpia_done") != "yes" {
        return format!(
            "{authority}ref = \"not written yet\"\nsha256 = \"\"  # not yet: `sha256sum` of the finished assessment\n\
             completed = {NOT_YET}  # not yet\ncovers_policy = \"1.0.0\"\n\
             residual_risk = \"high\"  # not assessed yet: until then it counts as high\n\
             dpo_advice = \"\"  # not yet\nreview_by = {}\nviews_of_data_subjects = \"\"  # not asked yet\n",
            a.one("review_by"),
        );
    }
    format!(
        "{authority}ref = {}\nsha256 = {}\ncompleted = {}\ncovers_policy = \"1.0.0\"\nresidual_risk = {}\n\
         dpo_advice = {}  # an advice, no approval\nreview_by = {}\nviews_of_data_subjects = {}\n",
        quoted(a.one("dpia_ref")),
        quoted(a.one("dpia_sha256")),
        a.one("dpia_completed"),
        quoted(a.one("dpia_residual_risk")),
        quoted(a.one("dpo_advice")),
        a.one("review_by"),
        quoted(a.one("dpia_views")),
    )
}

fn legal(a: &Answered) -> String {
    let authorisation = if a.one("authorisation") == "none-required" {
        format!("{{ kind = \"none-required\", reason = {} }}", quoted(a.one("authorisation_reason")))
    } else {
        format!(
            "{{ kind = {}, ref = {}, valid_until = {}, covers = {} }}",
            quoted(a.one("authorisation")),
            quoted(a.one("authorisation_ref")),
            a.one("authorisation_until"),
            list(a.many("analytics")),
        )
    };
    format!(
        "[legal]\nbasis = {}\ninstrument = {}\ninstrument_url = {}\nconfirmed_by_counsel = {}\n\
         specifies = [\"objectives\", \"data\", \"purposes\"]\nnecessity = {}\nalternatives = {}\n\
         special_categories = \"none\"\noffence_data = {}\nauthorisation = {authorisation}\n",
        quoted(a.one("legal_basis")),
        quoted(a.one("legal_instrument")),
        quoted(a.one("legal_url")),
        day_or_not(a, "counsel_confirmed"),
        quoted(a.one("necessity")),
        list(a.many("alternatives")),
        quoted(if is_led(a) { "none-generated" } else { "none" }),
    )
}

/// A day, or the mark that it did not come yet.
fn day_or_not(a: &Answered, path: &str) -> String {
    match a.one(path) {
        "" => format!("{NOT_YET}  # not yet: write the day"),
        day => day.to_owned(),
    }
}

fn purpose(a: &Answered) -> String {
    let mut text = format!(
        "[[purpose]]\nid = {}\ndpv = [{}]\n",
        quoted(a.one("purpose_id")),
        quoted(a.one("purpose_dpv"))
    );
    for language in a.many("languages") {
        text.push_str(&format!("text.{language} = {}\n", quoted(a.one(&format!("purpose_text.{language}")))));
    }
    text
}

fn ai_act(a: &Answered) -> String {
    format!(
        "[ai_act]\nrole = \"deployer\"\nannex_iii_point = \"none\"\nhigh_risk = false\nrationale = {}\n\
         actuates_traffic_control = false\nreassess_by = {}\nliteracy = {}\n\n[data_subjects]\ncategories = {}\n\
         assign_to_individuals = \"never\"\nvulnerable = true\nsystematic_monitoring = true\nlarge_scale = true\n",
        quoted(a.one("ai_rationale")),
        a.one("review_by"),
        quoted(a.one("training")),
        list(a.many("data_subjects")),
    )
}

fn capture(a: &Answered) -> String {
    format!(
        "[capture]  # no sound, no zoom, no turning, raw frames in memory only: what is not written is the strictest\n\
         max_px_per_m = {}\nmax_fps = {}\nraw_lifetime = \"PT10S\"\n",
        a.one("max_px_per_m"),
        a.one("max_fps"),
    )
}

fn analytics(a: &Answered) -> String {
    format!(
        "[analytics]\nallow = {}\nforbid = [\n  \"biometric_identification\", \"face_recognition\", \
         \"biometric_categorisation\", \"emotion_recognition\",\n  \"gait_recognition\", \
         \"person_reidentification\", \"cross_camera_tracking\", \"licence_plate_recognition\",\n  \
         \"age_estimation\", \"gender_estimation\", \"ethnicity_estimation\", \"clothing_attributes\",\n  \
         \"individual_risk_prediction\", \"behaviour_scoring\", \"loitering_detection\", \"audio_analysis\",\n  \
         \"face_crop_export\", \"training_on_captured_imagery\", \"owner_backtracking\", \"watchlist_matching\",\n]\n",
        list(a.many("analytics")),
    )
}

/// The names of the models, one for each analytic, and one for masking where pictures may leave.
fn model_tasks(a: &Answered) -> Vec<(String, &str)> {
    let named = |task: &'static str| (format!("detector-for-{}", task.replace('_', "-")), task);
    let mut tasks: Vec<_> = super::questions::ANALYTICS
        .into_iter()
        .filter(|analytic| a.many("analytics").iter().any(|one| one == analytic))
        .map(named)
        .collect();
    if has_pictures(a) {
        tasks.push(named("redaction"));
    }
    tasks
}

fn models(a: &Answered) -> String {
    let mut text =
        "# The same detector serves all of them. It was not evaluated by group here: the check says so.\n"
            .to_owned();
    for (id, task) in model_tasks(a) {
        text.push_str(&format!(
            "[[model]]\nid = {}\ntask = {}\nsha256 = {}\nsigned_by = {}\n\
             outputs = [\"boxes:person\", \"boxes:head\", \"boxes:vehicle\"]\nidentity_embedding = false\n",
            quoted(&id),
            quoted(task),
            quoted(a.one("detector_sha256")),
            quoted(a.one("detector_signed_by")),
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

fn events(a: &Answered) -> String {
    let kept = if is_led(a) { "event_unconfirmed" } else { "event" };
    let mut classes: Vec<_> =
        event_classes(a).into_iter().map(|class| (class, "treated-as-personal")).collect();
    classes.push((("camera_health", HEALTH.to_vec(), false, "not-applicable", kept), "aggregate"));
    let event = |((class, fields, picture, review, kept), identifiable)| {
        let fields: Vec<&str> = fields;
        let fields = list(
            fields
                .into_iter()
                .chain(["model_id", "policy_digest"])
                .filter(|field| !(class == "camera_health" && *field == "model_id")),
        );
        let imagery = if picture { "redacted_still" } else { "none" };
        format!(
            "[[event]]\nclass = \"{class}\"\npurpose = {}\nfields = {fields}\nepistemic = \"assessment\"\n\
             identifiable = \"{identifiable}\"\nimagery = \"{imagery}\"\nhuman_review = \"{review}\"\n\
             retention = \"{kept}\"\n",
            quoted(a.one("purpose_id")),
        )
    };
    classes.into_iter().map(event).collect::<Vec<_>>().join("")
}

fn aggregation(a: &Answered) -> String {
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
        "[aggregation]\nmin_group = {group}\nround_to = 10\ntime_bin = \"PT15M\"\n{levels}\
         overlap_of_zones = \"forbidden\"\n\n[precision]\nlocation = \"zone\"\ntime = \"{time}\"\nbox = \"none\"\n"
    )
}

fn redaction(a: &Answered) -> String {
    if !has_pictures(a) {
        return "[redaction]\nimagery_egress = \"none\"  # no picture leaves a box\n".to_owned();
    }
    let fps = a.one("max_fps");
    format!(
        "# `measured` is not there yet: it comes from an evaluation report, and until then the check refuses pictures.\n\
         [redaction]\nimagery_egress = \"alert-still\"\ntargets = [\"person\", \"head\", \"face\", \"plate\"]\n\
         method = \"solid_fill\"\nmargin = 0.2\nmin_confidence = 0.1\nhold_frames = {fps}\nlookahead_frames = 3\n\
         unknown_motion = \"mask\"\non_detector_failure = \"drop_frame\"\non_overload = \"drop_frame\"\n\
         on_low_light = \"drop_frame\"\nmax_detector_age = \"PT1S\"\ncanary_interval = \"PT30S\"\n\
         canary_action = \"stop_stream\"\nmetadata_strip = true\n"
    )
}

fn retention(a: &Answered) -> String {
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
        "[retention]\nraw_video = \"PT0S\"\nredacted_still = \"{}\"\n{events}audit_log = \"P730D\"\n\
         dsr_file = \"P730D\"\nreview_every = \"P180D\"\non_expiry = \"crypto-shred\"\n",
        if has_pictures(a) { "PT24H" } else { "PT0S" },
    )
}

fn recipients(a: &Answered) -> String {
    let classes = event_classes(a);
    let mut fields: Vec<&str> = classes.iter().flat_map(|(_, fields, ..)| fields.iter().copied()).collect();
    fields.sort_unstable();
    fields.dedup();
    let age = if is_led(a) { a.one("retention_unconfirmed") } else { a.one("retention_event") };
    let regime = quoted(a.one("regime"));
    format!(
        "[[recipient]]\nrole = {}\norganisation = {}\nregime = {regime}\npurposes = [{}]\nevents = {}\nfields = {}\n\
         imagery = {}\nmax_age = {}\nexport = false\nlocation = \"EEA\"\n\
         [[recipient]]\nrole = \"dpo-auditor\"\norganisation = {}\nregime = {regime}\npurposes = [\"audit\"]\n\
         events = []\nfields = []\nimagery = false\naudit_log = true\nmax_age = \"P730D\"\nexport = true\n\
         justification = \"the number of the audit file\"\nlocation = \"EEA\"\n",
        quoted(a.one("operator_role")),
        quoted(a.one("operator_organisation")),
        quoted(a.one("purpose_id")),
        list(classes.iter().map(|(class, ..)| *class)),
        list(fields),
        has_pictures(a),
        quoted(age),
        quoted(a.one("controller")),
    )
}

fn oversight(a: &Answered) -> String {
    let unreviewed = if is_led(a) { "review_deadline = \"PT3M\"\nunreviewed = \"erase\"\n" } else { "" };
    format!(
        "[human_oversight]\ndecision = \"human-only\"\nautomatic_actions = []\nstop_authority = {}\ntraining = {}\n\
         staffed = {}\n{unreviewed}bias_control = {{ decoy_rate_per_1000 = {} }}\n",
        list([a.one("operator_role"), "dpo-auditor"]),
        quoted(a.one("training")),
        quoted(a.one("staffed")),
        a.one("decoys_per_1000"),
    )
}

fn rights(a: &Answered) -> String {
    let (objection, limits) = if is_led(a) {
        let limits = format!(
            "restriction_law = {}\nindirect_access_via = {}\n",
            quoted(a.one("restriction_law")),
            quoted(a.one("indirect_access"))
        );
        ("{ mechanism = \"not-applicable\" }  # LED has no right to object (K)".to_owned(), limits)
    } else {
        let role = quoted(a.one("objection_role"));
        let objection = format!("{{ mechanism = \"pause-zone\", max = \"PT30M\", handled_by = {role} }}");
        (objection, "restriction_law = \"\"\n".to_owned())
    };
    format!(
        "[rights]\ncontact = {}\nchannels = {}\ndeadline = \"P30D\"\nidentification = \"none-kept\"\n\
         objection = {objection}\n{limits}complaint_authority = {}\n",
        quoted(a.one("rights_contact")),
        list(a.many("rights_channels")),
        quoted(a.one("authority")),
    )
}

fn notice(a: &Answered) -> String {
    format!(
        "[notice]  # `velum policy notice` draws the signs\nlayer1_elements = [\"controller\", \"purposes\", \"rights\", \
         \"greatest_impact\", \"dpo_contact\", \"layer2_link\",\n  \"retention\", \"no_identification\", \"icon\", \
         \"legal_basis\"]\nlayer2_url = {}\nlanguages = {}\nqr = true\nplacement = {}\nlast_checked = {}\n",
        quoted(a.one("notice_url")),
        list(a.many("languages")),
        quoted(a.one("signs_placement")),
        day_or_not(a, "signs_checked"),
    )
}

fn duties(a: &Answered) -> String {
    format!(
        "[logging]\noperations = [\"collection\", \"alteration\", \"consultation\", \"disclosure\", \"combination\", \
         \"erasure\"]\nrecord = [\"time\", \"operator\", \"justification\", \"recipient\", \"scope\", \"policy_digest\"]\n\
         operator_identity = \"named, sealed; opened by two persons\"\n\
         integrity = {{ hash_chain = true, merkle = \"rfc6962-sha256\", checkpoint_every = \"PT1H\", \
         signature = \"ed25519\", witnesses = {} }}\ncontains_public_personal_data = false\n\
         uses = [\"lawfulness\", \"self-monitoring\", \"integrity-security\"]\n\n\
         [security]  # what the boxes must have: see that yours do\ntransport = \"mtls-1.3\"\ndisk = \"luks2-tpm2\"\n\
         secure_boot = true\nkey_store = \"tpm2\"\ndebug_ports = \"disabled\"\nupdates = \"signed\"\n\
         time = \"nts+monotonic\"\ntamper = \"wipe-keys\"\n\n[breach]\nregister = true\n\
         detect_to_controller = \"PT4H\"\nauthority_deadline = \"PT72H\"\nplaybook = {}\n",
        list(a.many("witnesses")),
        quoted(a.one("breach_playbook")),
    )
}

fn change_control(a: &Answered) -> String {
    let approvers: Vec<_> = (0..a.count("approver"))
        .map(|n| {
            let (key, role) = (format!("approver[{n}].key"), format!("approver[{n}].role"));
            format!("  {{ key = {}, role = {} }},\n", quoted(a.one(&key)), quoted(a.one(&role)))
        })
        .collect();
    let dpo_key = match a.one("dpo_key") {
        "" => "# dpo_key = \"ed25519:...\"  # not yet: `velum policy keygen --role dpo`\n".to_owned(),
        key => format!("dpo_key = {}\n", quoted(key)),
    };
    format!(
        "[change_control]\nquorum = 2\napprover = [\n{}]\n{dpo_key}loosening_cooling_off = \"P3D\"\n",
        approvers.concat()
    )
}

fn sites(a: &Answered) -> String {
    let site = |n: usize| {
        let one = |key: &str| a.one(&format!("site[{n}].{key}"));
        format!(
            "[site.{}]\nname = {}\nschedule = [{{ days = {}, from = {}, to = {}, tz = {}, why = {} }}]\n\
             sensitive_places = []  # {{ kind = \"place-of-worship\", name = \"...\", handling = \"masked\" }}\n",
            one("id"),
            quoted(one("name")),
            list(a.many(&format!("site[{n}].days"))),
            quoted(one("from")),
            quoted(one("to")),
            quoted(one("timezone")),
            quoted(one("why")),
        )
    };
    (0..a.count("site")).map(site).collect()
}

fn cameras(a: &Answered) -> String {
    let models = list(model_tasks(a).into_iter().map(|(id, _)| id));
    let camera = |n: usize| {
        let one = |key: &str| a.one(&format!("camera[{n}].{key}"));
        let corners = polygon(one("mask")).unwrap_or_default();
        let corners: Vec<_> = corners.iter().map(|(x, y)| format!("[{x:?}, {y:?}]")).collect();
        let zones = if corners.is_empty() {
            String::new()
        } else {
            format!(
                "zone = [{{ id = \"dwellings\", kind = \"private_mask\", polygon = [{}], reason = \"dwellings\" }}]\n",
                corners.join(", ")
            )
        };
        format!(
            "[camera.{}]\nsite = {}\npurposes = [{}]\nmodels = {models}\nviews_dwelling = {}\nmount = {}\n{zones}",
            one("id"),
            quoted(one("site")),
            quoted(a.one("purpose_id")),
            one("views_dwelling") == "yes",
            quoted(one("mount")),
        )
    };
    (0..a.count("camera")).map(camera).collect()
}
