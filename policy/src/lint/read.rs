//! REC and HUM: who reads, who decides.

use std::collections::BTreeSet;

use super::Rule;
use super::hits::{Case, Hits, is_blank, quoted};
use crate::duration::PolicyDuration;
use crate::eea::is_in_eea;
use crate::order::AtMost;
use crate::sections::{HumanReview, Identifiable, Imagery, Recipient, RecipientRegime, Regime};

pub(super) const RECIPIENTS: &[Rule] = &[
    Rule::error("REC-001", "GDPR 5(1)(b), 6(4); LED 4(2), 9(1)-(3)", |case, hits| {
        let own = match case.doc.policy.regime {
            Regime::Gdpr => RecipientRegime::Gdpr,
            Regime::Led => RecipientRegime::Led,
        };
        each(case, hits, "regime", |one| {
            let named = one.disclosure.as_ref().is_some_and(|disclosure| !is_blank(&disclosure.law));
            let foreign = one.regime != own && one.regime != RecipientRegime::Public;
            (foreign && !named).then(|| quoted(one.regime))
        });
    })
    .fixed(),
    Rule::error("REC-002", "GDPR 25(2), 32(4); LED 20(2), 29(2)(e)", |case, hits| {
        each(case, hits, "events", |one| {
            (one.events.contains("*") || one.purposes.contains("*")).then(|| "`*`".to_owned())
        });
    })
    .fixed(),
    Rule::error("REC-003", "GDPR 28(3); LED 22(3)", |case, hits| {
        let bound = case.doc.processor.iter().filter(|one| !is_blank(&one.contract));
        let bound: BTreeSet<_> = bound.map(|one| one.name.as_str()).collect();
        each(case, hits, "processor", |one| {
            let processor = one.processor.as_deref()?;
            (!bound.contains(processor)).then(|| format!("`{processor}`, of whom no contract is recorded"))
        });
    }),
    Rule::error("REC-004", "GDPR 44-49; LED 35-40", transfers),
    Rule::error("REC-005", "GDPR 25(2) (not to an indefinite number of persons)", |case, hits| {
        let personal = |class: &&String| {
            !case.doc.event.iter().any(|e| e.class == **class && e.identifiable == Identifiable::Aggregate)
        };
        each(case, hits, "events", |one| {
            let public = one.regime == RecipientRegime::Public;
            let told = one.events.0.iter().find(personal).map(quoted);
            told.or_else(|| one.imagery.then(|| "pictures".to_owned())).filter(|_| public)
        });
    })
    .fixed(),
    Rule::error("REC-006", "GDPR 5(1)(f); LED 25(1)", |case, hits| {
        each(case, hits, "export", |one| {
            let justified = one.justification.as_deref().is_some_and(|text| !is_blank(text));
            (one.export && !justified).then(|| "`true`, and no `justification`".to_owned())
        });
    }),
    Rule::error("REC-007", "GDPR 25(2)", |case, hits| {
        each(case, hits, "fields", |one| {
            let classes = case.doc.event.iter().filter(|event| one.events.contains(&event.class));
            let told: BTreeSet<_> = classes.flat_map(|event| &event.fields.0).collect();
            let wider = one.fields.0.iter().find(|field| !told.contains(field));
            wider.filter(|_| !one.events.0.is_empty()).map(quoted)
        });
    }),
    Rule::warning("REC-008", "GDPR 5(1)(e)", |case, hits| {
        each(case, hits, "max_age", |one| {
            let (AtMost(age), longest) = (one.max_age, longest_kept(case, one)?);
            (age > longest).then(|| format!("`{age}`, of what is kept for `{longest}`"))
        });
    }),
    Rule::error("REC-009", "GDPR 5(1)(c)", |case, hits| {
        each(case, hits, "imagery", |one| {
            let seen =
                case.doc.event.iter().any(|e| e.imagery != Imagery::None && one.events.contains(&e.class));
            (one.imagery && !seen).then(|| "`true`, and none of its events has a picture".to_owned())
        });
    }),
];

pub(super) const PEOPLE: &[Rule] = &[
    Rule::error("HUM-001", "GDPR 22; LED 11(1); AI Act 14", |case, hits| {
        let actions = case.doc.human_oversight.as_ref().map_or(&[][..], |one| &one.automatic_actions);
        for action in actions {
            hits.at("human_oversight.automatic_actions", quoted(action));
        }
    })
    .fixed(),
    Rule::warning("HUM-002", "AI Act 14(4), 26(2); LED 11(1)", |case, hits| {
        let Some(oversight) = &case.doc.human_oversight else {
            return hits.at("human_oversight", "no such table");
        };
        hits.when(is_blank(&oversight.training), "human_oversight.training", "none");
        hits.when(oversight.stop_authority.is_empty(), "human_oversight.stop_authority", "nobody");
    }),
    Rule::error("HUM-003", "LED 7(1)-(2)", |case, hits| {
        for (n, event) in case.doc.event.iter().enumerate() {
            let verified = [HumanReview::BeforeTransmission, HumanReview::Done].contains(&event.human_review);
            let personal = event.identifiable == Identifiable::TreatedAsPersonal;
            let key = format!("event[{n}].human_review");
            hits.when(case.is_led() && personal && !verified, key, quoted(event.human_review));
        }
    })
    .fixed(),
    Rule::unsayable("HUM-004", "LED 6"),
    Rule::warning("HUM-005", "LED 11(1); AI Act 14(4)(b)", |case, hits| {
        let Some(oversight) = &case.doc.human_oversight else { return };
        let control = &oversight.bias_control;
        let explained = control.reason.as_deref().is_some_and(|text| !is_blank(text));
        let key = "human_oversight.bias_control.decoy_rate_per_1000";
        hits.when(control.decoy_rate_per_1000 == 0 && !explained, key, "`0`, and no `reason`");
    }),
    Rule::error("HUM-006", "LED 4(1)(e), 7(2)", |case, hits| {
        // Where nothing is written the strictest holds: they are erased.
        let written = case.doc.human_oversight.as_ref().and_then(|one| one.unreviewed.as_deref());
        let kept = written.filter(|fate| case.is_led() && *fate != "erase");
        kept.into_iter().for_each(|fate| hits.at("human_oversight.unreviewed", quoted(fate)));
    }),
];

/// Looks at each recipient; what is found is said at this key of it.
fn each(case: &Case<'_>, hits: &mut Hits, key: &str, find: impl Fn(&Recipient) -> Option<String>) {
    for (n, recipient) in case.doc.recipient.iter().enumerate() {
        if let Some(found) = find(recipient) {
            hits.at(format!("recipient[{n}].{key}"), format!("{found} for `{}`", recipient.role));
        }
    }
}

/// The longest that any event lives which the recipient may read.
fn longest_kept(case: &Case<'_>, recipient: &Recipient) -> Option<PolicyDuration> {
    let read = case.doc.event.iter().filter(|event| recipient.events.contains(&event.class));
    read.map(|event| case.limit(event.retention).unwrap_or(PolicyDuration::ZERO)).max()
}

fn transfers(case: &Case<'_>, hits: &mut Hits) {
    let without = |location: &str, tool: Option<&str>| !is_in_eea(location) && tool.is_none_or(is_blank);
    for (n, one) in case.doc.processor.iter().enumerate() {
        let outside = without(&one.location, one.transfer.as_deref());
        hits.when(outside, format!("processor[{n}].location"), quoted(&one.location));
    }
    for (n, one) in case.doc.recipient.iter().enumerate() {
        let outside =
            without(&one.location, one.transfer.as_deref()) && one.regime != RecipientRegime::Public;
        hits.when(outside, format!("recipient[{n}].location"), quoted(&one.location));
    }
}
