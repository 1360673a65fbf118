//! Rules about what is computed and told.

use std::collections::BTreeSet;

use crate::check::Report;
use crate::duration::PolicyDuration;
use crate::order::AtLeast;
use crate::sections::{Document, EventField, HumanReview, Identifiable, RecipientRegime, Regime};

/// What `analytics.forbid` must name.
const MUST_FORBID: [&str; 16] = [
    "biometric_identification",
    "face_recognition",
    "biometric_categorisation",
    "emotion_recognition",
    "gait_recognition",
    "person_reidentification",
    "cross_camera_tracking",
    "age_estimation",
    "gender_estimation",
    "ethnicity_estimation",
    "clothing_attributes",
    "individual_risk_prediction",
    "behaviour_scoring",
    "audio_analysis",
    "face_crop_export",
    "training_on_captured_imagery",
];

/// What individuals are never put through.
const ABOUT_INDIVIDUALS: [&str; 4] =
    ["individual_risk_prediction", "behaviour_scoring", "predictive_policing_person", "loitering_score"];

/// No minimum group, and no rounding, may be smaller.
const SMALLEST_GROUP: u32 = 5;

pub(super) fn event_classes(report: &mut Report<'_>, document: &Document) {
    let mut seen = BTreeSet::new();
    for (n, event) in document.event.iter().enumerate() {
        if !seen.insert(event.class.as_str()) {
            report.error(
                "MIN-001",
                &format!("event[{n}].class"),
                "each class once",
                &format!("`{}` again", event.class),
                "put the fields of both into one [[event]], or delete one",
            );
        }
        let per_object =
            [EventField::GridCell, EventField::AlertId, EventField::TimeFirstSeen, EventField::DwellBand];
        let found = per_object.iter().find(|field| event.fields.contains(*field));
        if let (Identifiable::Aggregate, Some(field)) = (event.identifiable, found) {
            report.error(
                "MIN-002",
                &format!("event[{n}].fields"),
                "no field about one object in an aggregate",
                &format!("`{field}`"),
                "delete the field, or write `identifiable = \"treated-as-personal\"`",
            );
        }
    }
}

pub(super) fn analytics(report: &mut Report<'_>, document: &Document) {
    let (allow, forbid) = (&document.analytics.allow.0, &document.analytics.forbid.0);
    for both in allow.intersection(forbid) {
        report.error(
            "SPC-001",
            "analytics.allow",
            "nothing that is forbidden",
            &format!("`{both}`"),
            &format!("delete `{both}` from analytics.allow"),
        );
    }
    for individual in ABOUT_INDIVIDUALS.iter().filter(|name| allow.contains(**name)) {
        report.error(
            "SPC-004",
            "analytics.allow",
            "nothing that scores people",
            &format!("`{individual}`"),
            &format!("delete `{individual}` from analytics.allow"),
        );
    }
    for missing in MUST_FORBID.iter().filter(|name| !forbid.contains(**name)) {
        report.error(
            "SPC-002",
            "analytics.forbid",
            &format!("`{missing}` among what is forbidden"),
            "a list without it",
            &format!("add `\"{missing}\"` to analytics.forbid"),
        );
    }
}

pub(super) fn models(report: &mut Report<'_>, document: &Document) {
    for (n, model) in document.model.iter().enumerate() {
        if model.identity_embedding {
            report.error(
                "SPC-003",
                &format!("model[{n}].identity_embedding"),
                "a model that cannot tell people apart",
                "`true`",
                "use a model without an identity embedding; there is no waiver",
            );
        }
        let digits = model.sha256.len() == 64 && model.sha256.bytes().all(|b| b.is_ascii_hexdigit());
        if !digits || model.signed_by.trim().is_empty() {
            report.error(
                "MOD-001",
                &format!("model[{n}].sha256"),
                "64 hexadecimal digits and a signer",
                &format!("`{}`, signed by `{}`", model.sha256, model.signed_by),
                "run `sha256sum` on the model file, and name in `signed_by` who answers for it",
            );
        }
    }
}

pub(super) fn aggregation(report: &mut Report<'_>, document: &Document) {
    let aggregation = document.aggregation.filled();
    let (AtLeast(min_group), AtLeast(round_to)) = (aggregation.min_group, aggregation.round_to);
    let write = |name: &str| format!("write `{name} = 5` or more");
    if min_group < SMALLEST_GROUP {
        let found = min_group.to_string();
        report.error("AGG-001", "aggregation.min_group", "at least 5", &found, &write("min_group"));
    } else if min_group < 10 {
        report.warn(
            "AGG-002",
            "aggregation.min_group",
            "at least 10, as in official statistics",
            &min_group.to_string(),
            "write `min_group = 10`, or have the reason at hand",
        );
    }
    if round_to < SMALLEST_GROUP {
        report.error(
            "AGG-003",
            "aggregation.round_to",
            "at least 5",
            &round_to.to_string(),
            &write("round_to"),
        );
    }
    if aggregation.cross_camera_linking.0 {
        report.error(
            "AGG-006",
            "aggregation.cross_camera_linking",
            "no flow followed from camera to camera",
            "`true`",
            "write `false`, or delete the key",
        );
    }
}

pub(super) fn precision(report: &mut Report<'_>, document: &Document) {
    let AtLeast(time) = document.precision.time;
    if time < PolicyDuration::from_secs(10) {
        report.warn(
            "MIN-003",
            "precision.time",
            "ten seconds or coarser",
            &time.to_string(),
            "write for example `time = \"PT60S\"` unless the purpose needs finer times",
        );
    }
}

pub(super) fn recipients(report: &mut Report<'_>, document: &Document) {
    let own = match document.policy.regime {
        Regime::Gdpr => RecipientRegime::Gdpr,
        Regime::Led => RecipientRegime::Led,
    };
    for (n, recipient) in document.recipient.iter().enumerate() {
        let public = recipient.regime == RecipientRegime::Public;
        if recipient.regime != own && !public && recipient.disclosure.is_none() {
            report.error(
                "REC-001",
                &format!("recipient[{n}].regime"),
                "the regime of this file, or a named disclosure",
                &format!("`{}`", recipient.regime),
                "add `disclosure = { law = \"...\", data = \"...\", logged = true }`, or delete the recipient",
            );
        }
        let personal = document.event.iter().find(|event| {
            recipient.events.contains(&event.class) && event.identifiable != Identifiable::Aggregate
        });
        if let (true, Some(event)) = (public, personal) {
            report.error(
                "REC-005",
                &format!("recipient[{n}].events"),
                "only aggregates for the public",
                &format!("`{}`", event.class),
                "delete the event from this recipient",
            );
        }
    }
}

pub(super) fn oversight(report: &mut Report<'_>, document: &Document) {
    if let Some(oversight) = &document.human_oversight {
        if !oversight.automatic_actions.is_empty() {
            report.error(
                "HUM-001",
                "human_oversight.automatic_actions",
                "no action without a person",
                &format!("{:?}", oversight.automatic_actions),
                "write `automatic_actions = []`",
            );
        }
        if oversight.stop_authority.is_empty() {
            report.warn(
                "HUM-002",
                "human_oversight.stop_authority",
                "somebody who may stop the analysis",
                "nobody",
                "name a role",
            );
        }
    }
    for (n, event) in document.event.iter().enumerate() {
        let unreviewed = event.human_review == HumanReview::NotApplicable;
        let personal = event.identifiable == Identifiable::TreatedAsPersonal;
        if document.policy.regime == Regime::Led && personal && unreviewed {
            report.error(
                "HUM-003",
                &format!("event[{n}].human_review"),
                "a review by a person before it leaves the control room",
                "`not-applicable`",
                "write `human_review = \"before-transmission\"`",
            );
        }
    }
}
