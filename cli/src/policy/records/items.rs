//! What each letter of GDPR 30(1) and LED 24(1) asks for, and where a policy says it.

use velum_policy::PolicyDuration;
use velum_policy::layers::{Egress, RetentionPatch};
use velum_policy::order::AtMost;
use velum_policy::sections::{Document, Regime, RetentionClass};

use super::Item;
use crate::policy::eea::{self, Abroad};

type Fill = fn(&mut Item, &Document);

/// Letter, what it asks for, and what fills it.
const GDPR: [(&str, &str, Fill); 7] = [
    (
        "GDPR 30(1)(a)",
        "name and contact details of the controller and the data protection officer",
        controller,
    ),
    ("GDPR 30(1)(b)", "purposes of the processing", purposes),
    ("GDPR 30(1)(c)", "categories of data subjects and of personal data", data),
    ("GDPR 30(1)(d)", "categories of recipients", recipients),
    ("GDPR 30(1)(e)", "transfers to third countries, with their safeguards", transfers),
    ("GDPR 30(1)(f)", "time limits for erasure of the categories of data", limits),
    ("GDPR 30(1)(g)", "technical and organisational security measures", security),
];

const LED: [(&str, &str, Fill); 9] = [
    (
        "LED 24(1)(a)",
        "name and contact details of the controller and the data protection officer",
        controller,
    ),
    ("LED 24(1)(b)", "purposes of the processing", purposes),
    ("LED 24(1)(c)", "categories of recipients", recipients),
    ("LED 24(1)(d)", "categories of data subjects and of personal data", data),
    ("LED 24(1)(e)", "use of profiling", profiling),
    ("LED 24(1)(f)", "categories of transfers to third countries", transfers),
    ("LED 24(1)(g)", "legal basis of the processing operations", legal_basis),
    ("LED 24(1)(h)", "time limits for erasure of the categories of data", limits),
    ("LED 24(1)(i)", "technical and organisational security measures", security),
];

/// The article of the policy's regime, item by item.
pub(super) fn of(document: &Document) -> (&'static str, Vec<Item>) {
    let (article, letters): (_, &[(&'static str, &'static str, Fill)]) = match document.policy.regime {
        Regime::Gdpr => ("GDPR 30(1)", &GDPR),
        Regime::Led => ("LED 24(1)", &LED),
    };
    let items = letters.iter().map(|(article, asks_for, fill)| {
        let mut item = Item::new(article, asks_for);
        fill(&mut item, document);
        item
    });
    (article, items.collect())
}

fn controller(item: &mut Item, document: &Document) {
    let controller = &document.controller;
    item.says("controller.name", "name of the controller", &controller.name);
    item.says("controller.contact", "contact of the controller", &controller.contact);
    item.says("controller.dpo_name", "name of the data protection officer", &controller.dpo_name);
    item.says("controller.dpo_contact", "contact of the data protection officer", &controller.dpo_contact);
    item.lacks(None, "joint controllers, and a representative, if there are any");
}

pub(crate) fn purposes(item: &mut Item, document: &Document) {
    for (n, purpose) in document.purpose.iter().enumerate() {
        for (language, text) in &purpose.text {
            item.says(
                format!("purpose[{n}].text.{language}"),
                "the purpose in words",
                &format!("{}: {text}", purpose.id),
            );
        }
        item.says(
            format!("purpose[{n}].dpv"),
            "the purpose in the Data Privacy Vocabulary",
            &purpose.dpv.join(", "),
        );
    }
    if document.purpose.is_empty() {
        item.lacks(Some("purpose".to_owned()), "any purpose");
    }
}

pub(crate) fn data(item: &mut Item, document: &Document) {
    match &document.data_subjects {
        Some(subjects) => {
            item.says(
                "data_subjects.categories",
                "categories of data subjects",
                &subjects.categories.join(", "),
            );
            let vulnerable =
                if subjects.vulnerable { "vulnerable people are among them" } else { "none vulnerable" };
            item.says("data_subjects.vulnerable", "whether vulnerable people are among them", vulnerable);
        }
        None => item.lacks(Some("data_subjects".to_owned()), "categories of data subjects"),
    }
    for (n, event) in document.event.iter().enumerate() {
        let fields: Vec<_> = event.fields.0.iter().map(ToString::to_string).collect();
        let value = format!(
            "{} ({}; pictures: {}): {}",
            event.class,
            event.identifiable,
            event.imagery,
            fields.join(", ")
        );
        item.says(format!("event[{n}].fields"), "fields of the event", &value);
    }
    let special = "whether there are special categories of data";
    match document.legal.special_categories.as_deref().filter(|said| !said.trim().is_empty()) {
        Some(said) => item.says("legal.special_categories", special, &format!("special categories: {said}")),
        None => item.lacks(Some("legal.special_categories".to_owned()), special),
    }
}

pub(crate) fn recipients(item: &mut Item, document: &Document) {
    for (n, one) in document.recipient.iter().enumerate() {
        let events: Vec<_> = one.events.0.iter().map(String::as_str).collect();
        let mut value = format!("{}, {} ({})", one.role, one.organisation, one.regime);
        let told = if events.is_empty() { "no events".to_owned() } else { events.join(", ") };
        value.push_str(&format!(": {told}, not older than {}", one.max_age.0));
        if one.imagery {
            value.push_str("; redacted pictures");
        }
        if one.audit_log {
            value.push_str("; the audit log");
        }
        if let Some(disclosure) = &one.disclosure {
            value.push_str(&format!("; disclosure under {}: {}", disclosure.law, disclosure.data));
        }
        item.says(format!("recipient[{n}]"), "the recipient", &value);
    }
    for (n, one) in document.processor.iter().enumerate() {
        item.says(
            format!("processor[{n}]"),
            "the processor",
            &format!("processor {}: {} ({})", one.name, one.role, one.contract),
        );
    }
    if document.recipient.is_empty() {
        item.lacks(Some("recipient".to_owned()), "any recipient: nobody may read anything");
    }
}

pub(crate) fn transfers(item: &mut Item, document: &Document) {
    let abroad = eea::abroad(document);
    if abroad.is_empty() {
        let value = "none: every recipient and processor of the policy is in the European Economic Area";
        item.says("recipient, processor", "location of recipients", value);
    }
    for Abroad { name, location, transfer } in abroad {
        item.says("recipient, processor", "location", &format!("{name}: {location}"));
        match transfer {
            Some(tool) => item.says("recipient, processor", "transfer", &format!("{name}: {tool}")),
            None => item.lacks(
                None,
                &format!("the safeguard of the transfer to {name}, where the data are personal"),
            ),
        }
    }
}

fn profiling(item: &mut Item, document: &Document) {
    let profiling = ["individual_risk_prediction", "behaviour_scoring"];
    let analytics = &document.analytics;
    let never = |name: &&str| analytics.forbid.contains(*name) && !analytics.allow.contains(*name);
    if profiling.iter().all(never) {
        let value = format!("none: {} are forbidden", profiling.join(" and "));
        item.says("analytics.forbid", "use of profiling", &value);
    } else {
        item.lacks(Some("analytics.forbid".to_owned()), "whether there is profiling: it does not forbid it");
    }
}

pub(crate) fn legal_basis(item: &mut Item, document: &Document) {
    let legal = &document.legal;
    item.says("legal.basis", "the basis", &legal.basis);
    item.says("legal.instrument", "the law", &legal.instrument);
    item.says("legal.instrument_url", "where to read it", &legal.instrument_url);
    if legal.authorisation.is_required() {
        let reference = legal.authorisation.reference.as_deref().unwrap_or_default();
        item.says("legal.authorisation.ref", "the reference of the authorisation", reference);
    }
}

pub(crate) fn limits(item: &mut Item, document: &Document) {
    let city = &document.retention;
    for event in &document.event {
        let (key, limit) = match event.retention {
            RetentionClass::Event => ("event", city.event),
            RetentionClass::EventUnconfirmed => ("event_unconfirmed", city.event_unconfirmed),
            RetentionClass::EventConfirmed => ("event_confirmed", city.event_confirmed),
            RetentionClass::Statistic => ("statistic", city.statistic),
        };
        limit_of(item, key, &event.class, limit);
    }
    limit_of(item, "raw_video", "raw video", Some(city.filled().raw_video));
    if document.redaction.filled().imagery_egress != Egress::None {
        limit_of(item, "redacted_still", "redacted stills", city.redacted_still);
    }
    limit_of(item, "dsr_file", "files of requests", city.dsr_file);
    match city.audit_log {
        Some(least) => item.says("retention.audit_log", "", &format!("audit log: at least {}", least.0)),
        None => item.lacks(Some("retention.audit_log".to_owned()), "how long the audit log is kept"),
    }
    for (name, site) in &document.site {
        tighter(item, &format!("site.{name}"), &site.retention);
    }
    for (name, camera) in &document.camera {
        tighter(item, &format!("camera.{name}"), &camera.retention);
    }
}

fn limit_of(item: &mut Item, key: &str, what: &str, limit: Option<AtMost<PolicyDuration>>) {
    let key = format!("retention.{key}");
    match limit {
        Some(AtMost(PolicyDuration::ZERO)) => item.says(key, what, &format!("{what}: not kept")),
        Some(AtMost(limit)) => item.says(key, what, &format!("{what}: {limit}")),
        None => item.lacks(Some(key), &format!("how long {what} is kept: without it, not at all")),
    }
}

/// What a site or a camera keeps for less long.
fn tighter(item: &mut Item, place: &str, patch: &RetentionPatch) {
    let limits = [
        ("redacted_still", patch.redacted_still),
        ("event", patch.event),
        ("event_unconfirmed", patch.event_unconfirmed),
        ("event_confirmed", patch.event_confirmed),
        ("statistic", patch.statistic),
    ];
    for (key, limit) in limits {
        if let Some(AtMost(limit)) = limit {
            item.says(format!("{place}.retention.{key}"), "", &format!("there: {limit}"));
        }
    }
}

pub(crate) fn security(item: &mut Item, document: &Document) {
    match &document.security {
        Some(security) => {
            let boot = if security.secure_boot { "secure boot" } else { "no secure boot" };
            for (key, value) in [
                ("transport", security.transport.as_str()),
                ("disk", &security.disk),
                ("secure_boot", boot),
                ("key_store", &security.key_store),
                ("debug_ports", &security.debug_ports),
                ("updates", &security.updates),
                ("time", &security.time),
                ("tamper", &security.tamper),
            ] {
                item.says(format!("security.{key}"), key, &format!("{}: {value}", key.replace('_', " ")));
            }
        }
        None => item.lacks(Some("security".to_owned()), "measures on the boxes and on the wire"),
    }
    match &document.logging {
        Some(logging) => {
            let value = format!(
                "accesses are logged ({}), signed with {} every {}",
                logging.integrity.merkle, logging.integrity.signature, logging.integrity.checkpoint_every.0
            );
            item.says("logging.integrity", "how accesses are logged", &value);
        }
        None => item.lacks(Some("logging".to_owned()), "how accesses are logged"),
    }
    match document.retention.on_expiry {
        Some(how) => item.says("retention.on_expiry", "", &format!("erasure: {how}")),
        None => item.lacks(Some("retention.on_expiry".to_owned()), "how data are erased"),
    }
    let redaction = document.redaction.filled();
    if redaction.imagery_egress != Egress::None {
        let targets: Vec<_> = redaction.targets.0.iter().map(ToString::to_string).collect();
        let value = format!("pictures are masked ({}): {}", redaction.method, targets.join(", "));
        item.says("redaction", "how pictures are masked", &value);
    }
    let control = &document.change_control;
    let alone = if control.tighten_alone { "; one of them may tighten or stop" } else { "" };
    let value =
        format!("changes are signed by {} of {} approvers{alone}", control.quorum.0, control.approver.len());
    item.says("change_control.quorum", "who approves changes", &value);
}
