//! LOG, SEC and MOD: the log, the box and its models.

use std::collections::BTreeSet;

use super::Rule;
use super::hits::{Case, days, is_blank, missing, quoted};
use super::owed::is_sha256;
use super::told::is_never_allowed;
use crate::duration::PolicyDuration;
use crate::order::AtMost;
use crate::sections::{Logging, Security};

pub(super) const LOG: &[Rule] = &[
    Rule::error("LOG-001", "LED 25(1) (applied to GDPR files too: 5(2), 32)", |case, hits| {
        let Some(logging) = logging(case) else { return hits.soft("logging", "no such table") };
        for operation in missing(&OPERATIONS, &logging.operations.0) {
            hits.at("logging.operations", format!("no `{operation}`"));
        }
    })
    .fixed(),
    Rule::error("LOG-002", "LED 25(1), 2nd sentence", |case, hits| {
        let Some(logging) = logging(case) else { return };
        for part in missing(&["time", "operator", "justification", "recipient"], &logging.record.0) {
            hits.at("logging.record", format!("no `{part}`"));
        }
    })
    .fixed(),
    Rule::error("LOG-003", "LED 25(2)", |case, hits| {
        let uses = logging(case).map(|logging| &logging.uses.0);
        for other in uses.into_iter().flatten().filter(|one| !USES.contains(&one.as_str())) {
            hits.at("logging.uses", quoted(other));
        }
    })
    .fixed(),
    Rule::error("LOG-004", "GDPR 5(1)(f), 32(1)(b); LED 29(2)(h),(j)", |case, hits| {
        let Some(logging) = logging(case) else {
            return hits.at("logging", "no such table, and so no witness");
        };
        let integrity = &logging.integrity;
        let AtMost(every) = integrity.checkpoint_every;
        hits.when(!integrity.hash_chain, "logging.integrity.hash_chain", "`false`");
        hits.when(integrity.witnesses.is_empty(), "logging.integrity.witnesses", "nobody");
        hits.when(
            every > PolicyDuration::from_secs(3600),
            "logging.integrity.checkpoint_every",
            quoted(every),
        );
        let other = integrity.signature != "ed25519";
        hits.when(other, "logging.integrity.signature", quoted(&integrity.signature));
    })
    .about_papers(),
    Rule::error("LOG-005", "GDPR 5(1)(c)", |case, hits| {
        let holds = logging(case).is_some_and(|logging| logging.contains_public_personal_data);
        hits.when(holds, "logging.contains_public_personal_data", "`true`");
    }),
];

pub(super) const SECURITY: &[Rule] = &[
    Rule::error("SEC-001", "GDPR 32(1)(a); LED 29(2)", |case, hits| {
        let Some(box_) = security(case) else { return hits.at("security", "no such table") };
        hits.when(box_.disk != "luks2-tpm2", "security.disk", quoted(&box_.disk));
        hits.when(!box_.secure_boot, "security.secure_boot", "`false`");
        hits.when(box_.debug_ports != "disabled", "security.debug_ports", quoted(&box_.debug_ports));
        let kept_apart = ["tpm2", "hsm", "secure-element"].contains(&box_.key_store.as_str());
        hits.when(!kept_apart, "security.key_store", quoted(&box_.key_store));
    })
    .about_papers(),
    Rule::error("SEC-002", "GDPR 32; LED 29(2)(h)", |case, hits| {
        let other = security(case).filter(|one| one.transport != "mtls-1.3");
        other.into_iter().for_each(|one| hits.at("security.transport", quoted(&one.transport)));
    }),
    Rule::error("SEC-003", "GDPR 5(1)(e), 25", |case, hits| {
        let sound = |time: &str| ["nts+monotonic", "gnss+monotonic"].contains(&time);
        let other = security(case).filter(|one| !sound(&one.time));
        other.into_iter().for_each(|one| hits.at("security.time", quoted(&one.time)));
    }),
    Rule::error("SEC-004", "GDPR 33(1), 33(5); LED 30(1), 30(5)", |case, hits| {
        let Some(breach) = &case.doc.breach else { return hits.at("breach", "no such table") };
        hits.when(!breach.register, "breach.register", "`false`");
        let late = breach.authority_deadline > days(3);
        hits.when(late, "breach.authority_deadline", quoted(breach.authority_deadline));
    })
    .about_papers(),
];

pub(super) const MODELS: &[Rule] = &[
    Rule::error("MOD-001", "AI Act 15(5); GDPR 32", |case, hits| {
        for (n, model) in case.doc.model.iter().enumerate() {
            hits.when(!is_sha256(&model.sha256), format!("model[{n}].sha256"), quoted(&model.sha256));
            hits.when(is_blank(&model.signed_by), format!("model[{n}].signed_by"), "nobody");
        }
    })
    .fixed(),
    Rule::warning("MOD-002", "AI Act 10, 15(1); GDPR 5(1)(a) fairness; LED 11(3)", |case, hits| {
        for (n, model) in case.doc.model.iter().enumerate() {
            let key = format!("model[{n}].evaluation");
            let Some(evaluation) = &model.evaluation else {
                hits.at(key, format!("none of `{}`", model.id));
                continue;
            };
            let groups = evaluation.subgroups.len();
            hits.when(groups < 2, format!("{key}.subgroups"), format!("{groups} of `{}`", model.id));
            hits.when(case.is_older(evaluation.date, 365), format!("{key}.date"), quoted(evaluation.date));
        }
    }),
    Rule::error("MOD-003", "GDPR 25(1)", |case, hits| {
        let masking = case.doc.model.iter().filter(|model| model.task.contains(MASKING));
        let masking: BTreeSet<_> = masking.map(|model| &model.id).collect();
        for (name, camera) in case.doc.camera.iter().filter(|_| case.has_egress()) {
            let bare = !camera.models.iter().any(|model| masking.contains(model));
            hits.when(bare, format!("camera.{name}.models"), format!("none of task `{MASKING}`"));
        }
    })
    .about_papers(),
    Rule::error("MOD-004", "GDPR 5(1)(b)", |case, hits| {
        let allow = &case.doc.analytics.allow;
        for (n, model) in case.doc.model.iter().enumerate() {
            for task in model.task.iter().filter(|task| *task != MASKING) {
                let serves = serves(task).iter().any(|analytic| allow.contains(*analytic));
                let trialled = case.doc.sandbox.iter().any(|one| one.analytics.contains(task));
                hits.when(!serves && !trialled, format!("model[{n}].task"), quoted(task));
            }
        }
    }),
    Rule::error("MOD-005", "GDPR 5(1)(b),(c), 25(1)", |case, hits| {
        let served: BTreeSet<_> =
            case.doc.model.iter().flat_map(|model| model.task.iter()).flat_map(serves).copied().collect();
        let analytics = &case.doc.analytics;
        let open = analytics.allow.0.difference(&analytics.forbid.0).filter(|name| !is_never_allowed(name));
        for name in open.filter(|name| !served.contains(name.as_str())) {
            hits.at("analytics.allow", format!("`{name}`, which no [[model]] serves"));
        }
    })
    .about_papers(),
];

/// The operations of LED Art 25(1).
const OPERATIONS: [&str; 6] =
    ["collection", "alteration", "consultation", "disclosure", "combination", "erasure"];

/// What LED Art 25(2) lets a log be used for.
const USES: [&str; 4] = ["lawfulness", "self-monitoring", "integrity-security", "criminal-proceedings"];

/// The task of a model that finds what must be masked.
const MASKING: &str = "redaction";

/// The analytics that a model of this task serves.
fn serves(task: &str) -> &'static [&'static str] {
    match task {
        "crowd_density" => &["crowd_density", "crowd_statistics"],
        "crowd_movement" => &["crowd_movement"],
        "road_user_count" => &["cyclist_count", "vehicle_count", "pedestrian_count", "cargo_bike_count"],
        "abandoned_object" => &["abandoned_object", "owner_backtracking"],
        _ => &[],
    }
}

fn logging<'f>(case: &Case<'f>) -> Option<&'f Logging> {
    case.doc.logging.as_ref()
}

fn security<'f>(case: &Case<'f>) -> Option<&'f Security> {
    case.doc.security.as_ref()
}
