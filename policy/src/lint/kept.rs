//! RET: how long what is kept.

use super::Rule;
use super::hits::{Case, Hits, days, quoted};
use crate::duration::PolicyDuration;
use crate::order::{AtLeast, AtMost};
use crate::pack::limited;
use crate::sections::{HumanReview, Identifiable, RetentionClass};

const THREE_DAYS: PolicyDuration = days(3);

pub(super) const RULES: &[Rule] = &[
    Rule::error("RET-001", "GDPR 5(1)(e), 13(2)(a), 30(1)(f); LED 4(1)(e), 5", |case, hits| {
        for (n, event) in case.doc.event.iter().enumerate() {
            let found = format!("no `retention.{}`", event.retention);
            hits.when(case.limit(event.retention).is_none(), format!("event[{n}].retention"), found);
        }
    })
    .fixed(),
    Rule::error("RET-002", "national ceiling, e.g. BE law 21.3.2007, FR CSI L252-5, AT DSG 13(3)", ceilings)
        .fixed(),
    Rule::warning("RET-003", "EDPB 3/2019 ch. 8 (72 h)", |case, hits| {
        let AtMost(kept) = case.retention.redacted_still;
        hits.when(kept > THREE_DAYS, "retention.redacted_still", quoted(kept));
    }),
    Rule::error("RET-004", "LED 5; GDPR 5(1)(e), recital 39", reviews),
    Rule::unsayable("RET-005", "GDPR 5(1)(e) (a limit must be a number)"),
    Rule::warning("RET-006", "LED 25; AI Act 26(6)", |case, hits| {
        let AtLeast(kept) = case.retention.audit_log;
        hits.when(!(days(183)..=days(1826)).contains(&kept), "retention.audit_log", quoted(kept));
    }),
    Rule::unsayable("RET-007", "GDPR 17, 5(2); LED 16(2), 4(4)"),
    Rule::error("RET-008", "LED 4(1)(c),(e); GDPR 5(1)(c)", |case, hits| {
        let AtMost(kept) = case.retention.event_unconfirmed;
        hits.when(kept > THREE_DAYS, "retention.event_unconfirmed", quoted(kept));
        for (n, event) in case.doc.event.iter().enumerate().filter(|_| case.is_led()) {
            // Until a person has looked at it, nobody has confirmed it, under whatever class it is kept.
            let kept = case.limit(event.retention).unwrap_or(PolicyDuration::ZERO);
            let late = event.human_review == HumanReview::BeforeTransmission && kept > THREE_DAYS;
            let unnamed = event.retention != RetentionClass::EventUnconfirmed;
            hits.when(
                late && unnamed,
                format!("event[{n}].retention"),
                format!("{}, {}", quoted(event.retention), quoted(kept)),
            );
        }
    }),
    Rule::error("RET-009", "GDPR 5(1)(e)", |case, hits| {
        let AtMost(kept) = case.retention.raw_video;
        hits.when(kept > PolicyDuration::ZERO, "retention.raw_video", quoted(kept));
    }),
    Rule::error("RET-010", "BE law on the police function (access after the first month)", |case, hits| {
        let personal =
            case.doc.event.iter().filter(|event| event.identifiable == Identifiable::TreatedAsPersonal);
        let longest = personal.filter_map(|event| case.limit(event.retention)).max();
        let kept = longest.unwrap_or(PolicyDuration::ZERO).max(case.retention.event_confirmed.0);
        let open = case.doc.retention.access_gate.as_deref().unwrap_or_default().is_empty();
        for gate in case.packs.age_gates(&case.doc.policy.country, case.doc.policy.regime) {
            let found = format!("none for events kept `{kept}` ({}, {})", gate.law, gate.status.mark());
            hits.when(open && kept >= gate.after, "retention.access_gate", found);
        }
    }),
];

fn ceilings(case: &Case<'_>, hits: &mut Hits) {
    for (_, ceiling) in case.packs.ceilings(&case.doc.policy.country, case.doc.policy.regime) {
        for time in limited(case.doc, ceiling.data) {
            let kept = time.of(&case.retention);
            let found =
                format!("`{kept}` over `{}` ({}, {})", ceiling.max, ceiling.law, ceiling.status.mark());
            hits.when(kept > ceiling.max, format!("retention.{time}"), found);
        }
    }
}

fn reviews(case: &Case<'_>, hits: &mut Hits) {
    let key = "retention.review_every";
    match case.doc.retention.review_every {
        None => hits.at(key, "none"),
        Some(AtMost(every)) => hits.when(every > days(366), key, quoted(every)),
    }
    let review_by = case.doc.policy.review_by;
    let overdue = case.is_over(review_by) && !case.is_over(case.doc.policy.expires);
    hits.when(overdue, "policy.review_by", format!("{}, which has passed", quoted(review_by)));
}
