//! RGT, TRN, DPI and AIA: rights, signs, assessments, and the AI Act.

use super::Rule;
use super::hits::{Case, Hits, days, is_blank, missing, quoted};
use crate::order::{AtLeast, AtMost};
use crate::sections::{AiAct, Dpia, Notice, Rights, Risk};

pub(super) const RIGHTS: &[Rule] = &[
    Rule::error(
        "RGT-001",
        "GDPR 12(3), 15; LED 12(3), 14 (no number there: 30 days is our ceiling)",
        |case, hits| {
            let Some(rights) = rights(case) else { return hits.at("rights", "no such table") };
            let AtMost(deadline) = rights.deadline;
            hits.when(is_blank(&rights.contact), "rights.contact", "nobody");
            hits.when(deadline > days(30), "rights.deadline", quoted(deadline));
        },
    )
    .about_papers(),
    Rule::error("RGT-002", "GDPR 21(1); EDPB 3/2019 para 106", |case, hits| {
        let Some(rights) = rights(case).filter(|_| !case.is_led()) else { return };
        let stops = ["pause-zone", "pause-camera"].contains(&rights.objection.mechanism.as_str());
        let wrong = !stops && is_blank(&rights.restriction_law);
        hits.when(wrong, "rights.objection.mechanism", quoted(&rights.objection.mechanism));
    })
    .about_papers(),
    Rule::error("RGT-003", "LED 15, 17", |case, hits| {
        let Some(rights) = rights(case).filter(|_| case.is_led()) else { return };
        hits.when(is_blank(&rights.restriction_law), "rights.restriction_law", "no law");
        let route = rights.indirect_access_via.as_deref().unwrap_or_default();
        hits.when(is_blank(route), "rights.indirect_access_via", "nobody");
    })
    .about_papers(),
    Rule::error("RGT-004", "GDPR 13(2)(d), 77; LED 13(1)(d), 52", |case, hits| {
        let Some(rights) = rights(case) else { return };
        hits.when(is_blank(&rights.complaint_authority), "rights.complaint_authority", "nobody");
    })
    .about_papers(),
];

pub(super) const SIGNS: &[Rule] = &[
    Rule::error("TRN-001", "GDPR 13; LED 13(1); EDPB 3/2019 paras 111-117", |case, hits| {
        let Some(notice) = notice(case) else { return hits.at("notice", "no such table") };
        for element in missing(&ON_EVERY_SIGN, &notice.layer1_elements.0) {
            hits.at("notice.layer1_elements", format!("no `{element}`"));
        }
    })
    .about_papers(),
    Rule::warning("TRN-002", "GDPR 12(1)", |case, hits| {
        for language in &case.doc.policy.languages {
            let signed = notice(case).is_none_or(|notice| notice.languages.contains(language));
            hits.when(!signed, "notice.languages", format!("no `{language}`"));
            for (n, purpose) in case.doc.purpose.iter().enumerate() {
                let told = purpose.text.contains_key(language);
                hits.when(!told, format!("purpose[{n}].text"), format!("no `{language}`"));
            }
        }
    }),
    Rule::warning("TRN-003", "GDPR 5(2); BE Royal Decree 22.5.2019", |case, hits| {
        let Some(notice) = notice(case) else { return };
        hits.when(
            case.is_older(notice.last_checked, 365),
            "notice.last_checked",
            quoted(notice.last_checked),
        );
    }),
];

pub(super) const ASSESSMENTS: &[Rule] = &[
    Rule::error("DPI-001", "GDPR 35(1), 35(3)(c); LED 27(1)", |case, hits| {
        let Some(dpia) = dpia(case) else { return hits.at("supervision", "no such table") };
        hits.when(!is_sha256(&dpia.sha256), "supervision.dpia.sha256", quoted(&dpia.sha256));
    })
    .fixed()
    .about_papers(),
    Rule::error("DPI-002", "GDPR 35(11)", |case, hits| {
        let Some(dpia) = dpia(case) else { return };
        let version = case.doc.policy.version;
        let found = format!("{}, and the policy is `{version}`", quoted(&dpia.covers_policy));
        hits.when(dpia.covers_policy != version.to_string(), "supervision.dpia.covers_policy", found);
        hits.when(case.is_over(dpia.review_by), "supervision.dpia.review_by", quoted(dpia.review_by));
    })
    .about_papers(),
    Rule::error("DPI-003", "GDPR 36(1); LED 28(1)", consultation).about_papers(),
    Rule::error("DPI-004", "GDPR 35(2), 39(1)(c); LED 34(c)", |case, hits| {
        let Some(dpia) = dpia(case) else { return };
        hits.when(is_blank(&dpia.dpo_advice), "supervision.dpia.dpo_advice", "none");
    })
    .about_papers(),
    Rule::error("AIA-001", "AI Act 6, Annex III", |case, hits| {
        let Some(act) = ai_act(case) else { return hits.at("ai_act", "no such table") };
        hits.when(act.rationale.len() < 40, "ai_act.rationale", quoted(&act.rationale));
    })
    .about_papers(),
    Rule::error("AIA-002", "AI Act 6(2), Annex III 2", |case, hits| {
        let wrong = ai_act(case).is_some_and(|act| act.actuates_traffic_control && !act.high_risk);
        hits.when(wrong, "ai_act.high_risk", "`false`, though it controls traffic");
    }),
    Rule::error("AIA-003", "AI Act 26(6)", |case, hits| {
        let AtLeast(kept) = case.retention.audit_log;
        let high = ai_act(case).is_some_and(|act| act.high_risk);
        hits.when(high && kept < days(183), "retention.audit_log", quoted(kept));
    }),
    Rule::error("AIA-004", "AI Act 27, 49(3)-(5)", |case, hits| {
        let Some(act) = ai_act(case).filter(|act| act.high_risk) else { return };
        let assessed = act.annex_iii_point == "2" || act.fria.as_ref().is_some_and(|fria| fria.done);
        hits.when(!assessed, "ai_act.fria", "no assessment of fundamental rights");
        hits.when(act.registration.as_deref().is_none_or(is_blank), "ai_act.registration", "none");
    }),
];

/// What a sign must say before anybody walks into the picture.
const ON_EVERY_SIGN: [&str; 5] = ["controller", "purposes", "rights", "greatest_impact", "layer2_link"];

fn rights<'f>(case: &Case<'f>) -> Option<&'f Rights> {
    case.doc.rights.as_ref()
}

fn notice<'f>(case: &Case<'f>) -> Option<&'f Notice> {
    case.doc.notice.as_ref()
}

fn dpia<'f>(case: &Case<'f>) -> Option<&'f Dpia> {
    case.doc.supervision.as_ref().map(|supervision| &supervision.dpia)
}

fn ai_act<'f>(case: &Case<'f>) -> Option<&'f AiAct> {
    case.doc.ai_act.as_ref()
}

/// 64 digits in lower case.
pub(super) fn is_sha256(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

fn consultation(case: &Case<'_>, hits: &mut Hits) {
    let Some(supervision) = &case.doc.supervision else { return };
    let consulted = supervision.prior_consultation.as_ref();
    let high = supervision.dpia.residual_risk == Risk::High;
    if !high && !consulted.is_some_and(|one| one.required) {
        return;
    }
    let Some(one) = consulted else {
        return hits.at("supervision.prior_consultation", "none, and the residual risk is `high`");
    };
    hits.when(is_blank(&one.reference), "supervision.prior_consultation.ref", "no reference");
    let ahead = case.at.is_some_and(|now| one.date.starts() > now);
    hits.when(
        ahead,
        "supervision.prior_consultation.date",
        format!("{}, which lies ahead", quoted(one.date)),
    );
}
