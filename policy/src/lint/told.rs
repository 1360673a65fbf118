//! MIN, SPC and AGG: what may be computed and told, and how coarsely.

use std::collections::BTreeSet;

use velum_vocab::polygons_overlap;

use super::Rule;
use super::hits::{Case, Hits, missing, quoted};
use crate::duration::PolicyDuration;
use crate::order::AtLeast;
use crate::sections::{EventField, Identifiable, RecipientRegime, Zone, ZoneKind};

pub(super) const MINIMAL: &[Rule] = &[
    // Fields outside the reviewed list cannot be written; what is left to find is a class that stands twice.
    Rule::error("MIN-001", "GDPR 5(1)(c), 25(2); LED 4(1)(c), 20(2)", |case, hits| {
        let mut seen = BTreeSet::new();
        for (n, event) in case.doc.event.iter().enumerate() {
            let again = !seen.insert(event.class.as_str());
            hits.when(again, format!("event[{n}].class"), format!("`{}` again", event.class));
        }
    })
    .fixed(),
    Rule::error("MIN-002", "GDPR recital 26, 5(1)(c)", |case, hits| {
        for (n, event) in case.doc.event.iter().enumerate() {
            let aggregate = event.identifiable == Identifiable::Aggregate;
            for field in PER_OBJECT.iter().filter(|field| aggregate && event.fields.contains(*field)) {
                hits.at(format!("event[{n}].fields"), quoted(field));
            }
        }
    }),
    Rule::warning("MIN-003", "GDPR 5(1)(c); LED 4(1)(c)", |case, hits| {
        let AtLeast(time) = case.doc.precision.time;
        hits.when(time < PolicyDuration::from_secs(10), "precision.time", quoted(time));
    }),
];

pub(super) const SPECIAL: &[Rule] = &[
    Rule::error("SPC-001", "GDPR 9(1); LED 10; AI Act 5(1)(g),(h)", |case, hits| {
        let analytics = &case.doc.analytics;
        let refused = |name: &&String| is_never_allowed(name) || analytics.forbid.contains(name.as_str());
        for name in analytics.allow.0.iter().filter(refused) {
            hits.at("analytics.allow", quoted(name));
        }
        for (n, sandbox) in case.doc.sandbox.iter().enumerate() {
            for name in sandbox.analytics.0.iter().filter(refused) {
                hits.at(format!("sandbox[{n}].analytics"), quoted(name));
            }
        }
    })
    .fixed(),
    Rule::error("SPC-002", "GDPR 25(2); LED 20(2); AI Act 5", |case, hits| {
        for name in missing(&MUST_FORBID, &case.doc.analytics.forbid.0) {
            hits.at("analytics.forbid", format!("no `{name}`"));
        }
    })
    .fixed(),
    Rule::error("SPC-003", "GDPR 9(1); LED 10; AI Act 5(1)(h), Annex III 1(a)", |case, hits| {
        for (n, model) in case.doc.model.iter().enumerate() {
            hits.when(model.identity_embedding, format!("model[{n}].identity_embedding"), "`true`");
            for output in model.outputs.iter().filter(|output| tells_people_apart(output)) {
                hits.at(format!("model[{n}].outputs"), quoted(output));
            }
        }
    })
    .fixed(),
    Rule::error("SPC-004", "AI Act 5(1)(d); LED 11(3)", |case, hits| {
        for name in ABOUT_INDIVIDUALS.iter().filter(|name| case.doc.analytics.allow.contains(**name)) {
            hits.at("analytics.allow", quoted(name));
        }
    })
    .fixed(),
    Rule::error("SPC-005", "AI Act 5(1)(e); GDPR 5(1)(b)", |case, hits| {
        for name in
            missing(&["face_crop_export", "training_on_captured_imagery"], &case.doc.analytics.forbid.0)
        {
            hits.at("analytics.forbid", format!("no `{name}`"));
        }
    })
    .fixed(),
    Rule::error("SPC-006", "GDPR 9(1) (inference from place); LED 10", |case, hits| {
        for (name, site) in &case.doc.site {
            for (n, place) in site.sensitive_places.iter().enumerate() {
                let cared_for = ["masked", "out-of-view"].contains(&place.handling.as_str());
                let key = format!("site.{name}.sensitive_places[{n}].handling");
                hits.when(!cared_for, key, format!("`{}` for {}", place.handling, place.name));
            }
        }
    }),
    Rule::error("SPC-007", "GDPR 9(1); LED 10", unmasked_places),
];

pub(super) const COUNTS: &[Rule] = &[
    Rule::error("AGG-001", "GDPR recital 26, 25(2)", |case, hits| {
        let AtLeast(group) = case.aggregation.min_group;
        hits.when(group < SMALLEST_GROUP, "aggregation.min_group", quoted(group));
    })
    .fixed(),
    Rule::warning("AGG-002", "GDPR recital 26; official-statistics practice (threshold 10)", |case, hits| {
        let AtLeast(group) = case.aggregation.min_group;
        hits.when((SMALLEST_GROUP..10).contains(&group), "aggregation.min_group", quoted(group));
    }),
    Rule::error("AGG-003", "GDPR recital 26; Eurostat rounding", |case, hits| {
        let AtLeast(step) = case.aggregation.round_to;
        hits.when(step < SMALLEST_GROUP, "aggregation.round_to", quoted(step));
    }),
    Rule::warning("AGG-004", "GDPR 5(1)(c)", |case, hits| {
        let AtLeast(bin) = case.aggregation.time_bin;
        hits.when(bin < PolicyDuration::from_secs(60), "aggregation.time_bin", quoted(bin));
    }),
    Rule::error("AGG-005", "GDPR recital 26 (differencing)", overlapping_zones),
    Rule::error("AGG-006", "GDPR 5(1)(c); trajectory recovery from aggregates", |case, hits| {
        hits.when(case.aggregation.cross_camera_linking.0, "aggregation.cross_camera_linking", "`true`");
    })
    .fixed(),
    Rule::warning("AGG-007", "GDPR 25(2)", |case, hits| {
        let AtLeast(delay) = case.aggregation.public_delay;
        let open = case.doc.recipient.iter().any(|one| one.regime == RecipientRegime::Public);
        hits.when(open && delay < PolicyDuration::from_secs(3600), "aggregation.public_delay", quoted(delay));
    }),
];

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
pub(super) const ABOUT_INDIVIDUALS: [&str; 4] =
    ["individual_risk_prediction", "behaviour_scoring", "predictive_policing_person", "loitering_score"];

/// Whether a model's output, by its name, is one that tells people apart.
pub fn tells_people_apart(output: &str) -> bool {
    let output = output.to_lowercase();
    ["embed", "feature", "reid", "arcface", "identity"].iter().any(|word| output.contains(word))
}

/// Whether the analytic can never be allowed, whatever a file says.
pub(super) fn is_never_allowed(name: &str) -> bool {
    MUST_FORBID.contains(&name) || ABOUT_INDIVIDUALS.contains(&name)
}

/// Fields that tell of one object.
const PER_OBJECT: [EventField; 5] = [
    EventField::GridCell,
    EventField::AlertId,
    EventField::TimeFirstSeen,
    EventField::DwellBand,
    EventField::StillRef,
];

/// No minimum group, and no rounding, may be smaller.
const SMALLEST_GROUP: u32 = 5;

/// Sites that say a place is masked, while no camera of theirs has a mask that could be for it. Masks of dwelling
/// windows say so in their reason, and are for the dwellings.
fn unmasked_places(case: &Case<'_>, hits: &mut Hits) {
    for (name, site) in &case.doc.site {
        let of_site = case.doc.camera.values().filter(|camera| camera.site == *name);
        let has_mask = of_site.flat_map(|camera| &camera.zone).any(|zone| {
            let for_windows = zone.reason.as_deref().unwrap_or_default().contains("window");
            zone.kind == ZoneKind::PrivateMask && !for_windows
        });
        let first_masked = site.sensitive_places.iter().position(|place| place.handling == "masked");
        if let (Some(n), false) = (first_masked, has_mask) {
            hits.at(
                format!("site.{name}.sensitive_places[{n}].handling"),
                "`masked`, and no camera with a mask",
            );
        }
    }
}

fn corners(zone: &Zone) -> Vec<(f64, f64)> {
    zone.polygon.iter().map(|[x, y]| (x.get(), y.get())).collect()
}

fn overlapping_zones(case: &Case<'_>, hits: &mut Hits) {
    for (name, camera) in &case.doc.camera {
        let counting: Vec<_> =
            camera.zone.iter().enumerate().filter(|(_, zone)| zone.kind == ZoneKind::Count).collect();
        for (place, (n, zone)) in counting.iter().enumerate() {
            let earlier = counting.iter().take(place).map(|(_, other)| *other);
            for other in earlier.filter(|other| polygons_overlap(&corners(zone), &corners(other))) {
                hits.at(
                    format!("camera.{name}.zone[{n}].polygon"),
                    format!("`{}` over `{}`", zone.id, other.id),
                );
            }
        }
    }
}
