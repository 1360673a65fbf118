//! LAW and PUR: the legal basis, authorisations, national gates, and purposes.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use super::Rule;
use super::hits::{Case, Hits, is_blank, quoted};

pub(super) const RULES: &[Rule] = &[
    Rule::error("LAW-001", "GDPR 6(3); LED 8(1)-(2)", |case, hits| {
        hits.when(
            case.doc.legal.instrument.trim().len() < 10,
            "legal.instrument",
            quoted(&case.doc.legal.instrument),
        );
    })
    .fixed(),
    Rule::error("LAW-002", "GDPR 6(1) 2nd subpara", |case, hits| {
        let wrong = case.doc.controller.public_authority
            && names(&case.doc.legal.basis, &["A6-1-f", "#LegitimateInterest"]);
        hits.when(wrong, "legal.basis", quoted(&case.doc.legal.basis));
    })
    .fixed(),
    Rule::error("LAW-003", "GDPR 7, recital 43; EDPB 3/2019 ch. 3.3", |case, hits| {
        let wrong = names(&case.doc.legal.basis, &["A6-1-a", "#Consent"]);
        hits.when(wrong, "legal.basis", quoted(&case.doc.legal.basis));
    })
    .fixed(),
    Rule::error("LAW-004", "GDPR 2(2)(d); LED 1(1), 2", police_purposes).fixed(),
    Rule::error("LAW-005", "LED 8(2)", |case, hits| {
        for part in ["objectives", "data", "purposes"] {
            let wrong = case.is_led() && !case.doc.legal.specifies.contains(part);
            hits.when(wrong, "legal.specifies", format!("no `{part}`"));
        }
    })
    .fixed(),
    Rule::error("LAW-006", "LED 3(7)", |case, hits| {
        let wrong = case.is_led() && !case.doc.controller.competent_authority;
        hits.when(wrong, "controller.competent_authority", "`false`");
    })
    .fixed(),
    Rule::error(
        "LAW-007",
        "national gate, e.g. FR: CE 30.1.2026 no 506370, loi 2023-380 Art 10; BE: LFP 25/4",
        national_gates,
    )
    .fixed(),
    Rule::error("LAW-008", "as the authorisation says; FR CSI L252-1; BE LFP 25/4", authorisation).fixed(),
    Rule::warning("LAW-009", "GDPR 5(2); LED 4(4)", |case, hits| {
        let confirmed = case.doc.legal.confirmed_by_counsel;
        hits.when(case.is_older(confirmed, 365), "legal.confirmed_by_counsel", quoted(confirmed));
    }),
    Rule::error("LAW-010", "GDPR 10", offence_data).fixed(),
    Rule::warning("LAW-011", "GDPR 5(1)(c), 35(7)(b); LED 4(1)(c)", |case, hits| {
        let legal = &case.doc.legal;
        hits.when(legal.alternatives.is_empty(), "legal.alternatives", "none");
        hits.when(legal.necessity.len() < 60, "legal.necessity", quoted(&legal.necessity));
    }),
    Rule::error("PUR-001", "GDPR 5(1)(b); LED 4(1)(b); EDPB 3/2019", |case, hits| {
        for (n, purpose) in case.doc.purpose.iter().enumerate() {
            hits.when(purpose.text.is_empty(), format!("purpose[{n}].text"), "none");
            for (language, text) in &purpose.text {
                hits.when(is_vague(text), format!("purpose[{n}].text.{language}"), quoted(text));
            }
        }
    }),
    Rule::error("PUR-002", "GDPR 30(1)(b); LED 24(1)(b)", vocabulary).about_papers(),
    Rule::error("PUR-003", "GDPR 5(1)(b); LED 4(1)(b)", undeclared).fixed(),
    Rule::warning("PUR-004", "GDPR 5(1)(c); EDPB 3/2019 (purpose per camera)", purpose_per_camera),
];

/// Terms of the Data Privacy Vocabulary for what only competent authorities do.
const POLICE_TERMS: [&str; 3] = [
    "https://w3id.org/dpv/sector/law#",
    "https://w3id.org/dpv#ProtectionOfPublicSecurity",
    "https://w3id.org/dpv#ProtectionOfNationalSecurity",
];

/// Event classes that say of somebody that they broke the law.
const OFFENCES: [&str; 8] = [
    "theft",
    "fight",
    "vandalism",
    "trespass",
    "begging",
    "drug_dealing",
    "aggression",
    "suspicious_behaviour",
];

/// Analytics that only ever count.
const STATISTICS: [&str; 5] =
    ["cyclist_count", "cargo_bike_count", "vehicle_count", "pedestrian_count", "crowd_statistics"];

const VAGUE: [&str; 7] =
    ["safety", "security", "for your safety", "public safety", "crime", "monitoring", "surveillance"];

/// The Data Privacy Vocabulary 2.3, a term a line (<https://w3id.org/dpv>, commit f01a55c, 28 February 2026).
static VOCABULARY: LazyLock<BTreeSet<&'static str>> =
    LazyLock::new(|| include_str!("../../rules/dpv-2.3-iris.txt").lines().collect());

fn names(basis: &str, terms: &[&str]) -> bool {
    terms.iter().any(|term| basis.contains(term))
}

/// Whether the class has these words in it: `theft_alert` tells of `theft`.
fn is_named_in(class: &str, words: &str) -> bool {
    format!("_{}_", class.to_lowercase()).contains(&format!("_{words}_"))
}

fn is_vague(text: &str) -> bool {
    let plain = text.to_lowercase();
    VAGUE.contains(&plain.trim_matches([' ', '.'])) || text.split_whitespace().count() < 8
}

fn police_purposes(case: &Case<'_>, hits: &mut Hits) {
    for (n, purpose) in case.doc.purpose.iter().enumerate().filter(|_| !case.is_led()) {
        for term in &purpose.dpv {
            let police = POLICE_TERMS.iter().any(|prefix| term.starts_with(prefix));
            hits.when(police, format!("purpose[{n}].dpv"), quoted(term));
        }
    }
}

fn national_gates(case: &Case<'_>, hits: &mut Hits) {
    let authorisation = &case.doc.legal.authorisation;
    let reason = authorisation.reason.as_deref().unwrap_or_default();
    let unexplained = !authorisation.is_required() && is_blank(reason);
    hits.when(unexplained, "legal.authorisation.reason", "no reason why none is required");
    let country = &case.doc.policy.country;
    let is_code = country.len() == 2 && country.bytes().all(|b| b.is_ascii_uppercase());
    hits.when(
        !is_code,
        "policy.country",
        format!("{}, which is no code of two capital letters", quoted(country)),
    );
    let computed = computed(case);
    let only_statistics = computed.iter().all(|name| STATISTICS.contains(&name.as_str()));
    for gate in case.packs.gates(&case.doc.policy.country, case.doc.policy.regime) {
        let exempt = gate.exempts_statistics() && only_statistics;
        if !exempt && !gate.requires_kind.contains(&authorisation.kind) {
            let asked = gate.requires_kind.join("` or `");
            let (kind, mark) = (&authorisation.kind, gate.status.mark());
            let found = format!("`{kind}`; {} asks for `{asked}` ({}, {mark})", gate.id, gate.law);
            hits.at("legal.authorisation.kind", found);
        } else if !exempt && !gate.allowed_events.is_empty() {
            let beyond = computed.iter().filter(|name| !gate.allowed_events.contains(name));
            for name in beyond {
                let found = format!(
                    "`{name}`, which {} does not let be authorised ({})",
                    gate.id,
                    gate.status.mark()
                );
                hits.at("analytics.allow", found);
            }
        }
    }
}

/// What is computed of people, in operation or on trial.
fn computed(case: &Case<'_>) -> BTreeSet<String> {
    let trials = case.doc.sandbox.iter().flat_map(|sandbox| &sandbox.analytics.0);
    case.doc.analytics.allow.0.iter().chain(trials).cloned().collect()
}

fn authorisation(case: &Case<'_>, hits: &mut Hits) {
    let authorisation = &case.doc.legal.authorisation;
    if !authorisation.is_required() {
        return;
    }
    let key = "legal.authorisation.valid_until";
    match authorisation.valid_until {
        None => hits.at(key, "no end; one without an end counts as lapsed"),
        Some(until) => hits.when(case.is_over(until), key, format!("one that ended {}", quoted(until))),
    }
    // Trials are let be: the rule's text says why.
    for analytic in case.doc.analytics.allow.0.difference(&authorisation.covers.0) {
        hits.at("legal.authorisation.covers", format!("one that does not cover `{analytic}`"));
    }
}

fn offence_data(case: &Case<'_>, hits: &mut Hits) {
    if case.is_led() {
        return;
    }
    for (n, event) in case.doc.event.iter().enumerate() {
        let offence = OFFENCES.iter().any(|offence| is_named_in(&event.class, offence));
        hits.when(offence, format!("event[{n}].class"), quoted(&event.class));
    }
    let written = case.doc.legal.offence_data.as_deref().unwrap_or("none");
    hits.when(written != "none", "legal.offence_data", quoted(written));
}

fn vocabulary(case: &Case<'_>, hits: &mut Hits) {
    for (n, purpose) in case.doc.purpose.iter().enumerate() {
        let key = format!("purpose[{n}].dpv");
        hits.when(purpose.dpv.is_empty(), key.as_str(), "no term");
        for term in purpose.dpv.iter().filter(|term| !VOCABULARY.contains(term.as_str())) {
            hits.at(key.as_str(), quoted(term));
        }
    }
}

/// Every purpose that something is for, with the key that says so. `audit` belongs to whoever may read the log.
fn used_purposes<'f>(case: &Case<'f>) -> Vec<(String, &'f str)> {
    let doc = case.doc;
    let events = doc.event.iter().enumerate();
    let mut used: Vec<_> =
        events.map(|(n, event)| (format!("event[{n}].purpose"), event.purpose.as_str())).collect();
    for (name, camera) in &doc.camera {
        used.extend(camera.purposes.0.iter().map(|one| (format!("camera.{name}.purposes"), one.as_str())));
    }
    for (n, recipient) in doc.recipient.iter().enumerate() {
        let named = recipient.purposes.0.iter().filter(|one| !(recipient.audit_log && *one == "audit"));
        used.extend(named.map(|one| (format!("recipient[{n}].purposes"), one.as_str())));
    }
    used
}

fn undeclared(case: &Case<'_>, hits: &mut Hits) {
    let declared: BTreeSet<&str> = case.doc.purpose.iter().map(|purpose| purpose.id.as_str()).collect();
    for (key, purpose) in used_purposes(case) {
        hits.when(!declared.contains(purpose), key, quoted(purpose));
    }
}

fn purpose_per_camera(case: &Case<'_>, hits: &mut Hits) {
    let cameras = &case.doc.camera;
    for (name, camera) in cameras {
        hits.when(camera.purposes.0.is_empty(), format!("camera.{name}.purposes"), "a camera for nothing");
    }
    for (n, purpose) in case.doc.purpose.iter().enumerate() {
        let served = cameras.values().any(|camera| camera.purposes.contains(&purpose.id));
        hits.when(!served, format!("purpose[{n}].id"), format!("`{}`, which no camera serves", purpose.id));
    }
}
