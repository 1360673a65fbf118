//! The four parts of GDPR 35(7), and what people write after them.

use jiff::Timestamp;
use velum_policy::PolicyFile;
use velum_policy::order::{AtLeast, AtMost};
use velum_policy::sections::{Document, Regime};

use super::figures::Report;
use crate::policy::notice::{claims_enforced, claims_unmet};
use crate::policy::records::{Item, Source, items};

/// One part of the annex.
pub(super) struct Section {
    pub(super) title: &'static str,
    pub(super) items: Vec<Item>,
    /// What is left to people.
    pub(super) judged: Vec<&'static str>,
}

/// The articles that the parts answer to.
struct Articles {
    describe: &'static str,
    necessity: &'static str,
    risks: &'static str,
    measures: &'static str,
}

const GDPR: Articles = Articles {
    describe: "GDPR 35(7)(a)",
    necessity: "GDPR 35(7)(b)",
    risks: "GDPR 35(7)(c)",
    measures: "GDPR 35(7)(d)",
};
const LED: Articles = Articles {
    describe: "LED 27(2)",
    necessity: "LED 4(1), 27(2)",
    risks: "LED 27(2)",
    measures: "LED 27(2)",
};

type Fill = fn(&mut Item, &Document);

/// All parts, in order.
pub(super) fn of(file: &PolicyFile, reports: &[Report], at: Timestamp) -> Vec<Section> {
    let document = file.document();
    let articles = match document.policy.regime {
        Regime::Gdpr => GDPR,
        Regime::Led => LED,
    };
    let filled = |article: &'static str, parts: &[(&'static str, Fill)]| -> Vec<Item> {
        let item = |(asks_for, fill): &(&'static str, Fill)| {
            let mut item = Item::new(article, asks_for);
            fill(&mut item, document);
            item
        };
        parts.iter().map(item).collect()
    };
    let describe: [(&'static str, Fill); 7] = [
        ("purposes", items::purposes),
        ("what is computed, with which models", computed),
        ("whose data, and which", items::data),
        ("where and when", places),
        ("who may read them", items::recipients),
        ("transfers", items::transfers),
        ("how long they are kept", items::limits),
    ];
    let necessity: [(&'static str, Fill); 4] = [
        ("legal basis", items::legal_basis),
        ("why it is needed, and what else was tried, in the controller's words", need),
        ("how little is taken in and told", minimised),
        ("rights and information", rights),
    ];
    let measures: [(&'static str, Fill); 3] =
        [("security", items::security), ("people", people), ("what the policy excludes", excluded)];
    let mut risks = vec![Item::new(articles.risks, "how often it errs, out of evaluation reports")];
    risks.iter_mut().for_each(|item| errs(item, document, reports));
    risks.push(open(articles.risks, file, at));
    vec![
        Section {
            title: "(a) Systematic description",
            items: filled(articles.describe, &describe),
            judged: vec![],
        },
        Section {
            title: "(b) Necessity and proportionality",
            items: filled(articles.necessity, &necessity),
            judged: vec!["whether it is necessary and proportionate"],
        },
        Section {
            title: "(c) Risks",
            items: risks,
            judged: vec!["the risks to people's rights and freedoms, their likelihood and severity"],
        },
        Section {
            title: "(d) Measures",
            items: filled(articles.measures, &measures),
            judged: vec![
                "whether these measures suffice, and what risk is left",
                "the views of the people concerned",
                "the advice of the data protection officer",
                "the decision",
            ],
        },
    ]
}

fn computed(item: &mut Item, document: &Document) {
    for analytic in &document.analytics.allow.0 {
        item.tells(Source::Held, "analytics.allow", "what is computed", analytic);
    }
    for (n, model) in document.model.iter().enumerate() {
        let value = format!(
            "{} ({}): SHA-256 {}, outputs {}",
            model.id,
            model.task,
            model.sha256,
            model.outputs.join(", ")
        );
        item.says(format!("model[{n}]"), "the model", &value);
    }
    if document.model.is_empty() {
        item.lacks(Some("model".to_owned()), "which models are used");
    }
    for (n, trial) in document.sandbox.iter().enumerate() {
        let what: Vec<_> = trial.analytics.0.iter().map(String::as_str).collect();
        let value = format!(
            "trial {}: {} from {} until {}; nobody acts on it",
            trial.id,
            what.join(", "),
            trial.from,
            trial.until
        );
        item.says(format!("sandbox[{n}]"), "the trial", &value);
    }
}

fn places(item: &mut Item, document: &Document) {
    for (id, site) in &document.site {
        let cameras = document.camera.values().filter(|camera| camera.site == *id).count();
        item.says(format!("site.{id}"), "the site", &format!("{}: cameras: {cameras}", site.name));
        for (n, window) in site.schedule.iter().enumerate() {
            let days: Vec<_> = window.days.iter().map(ToString::to_string).collect();
            let value = format!("{} {} to {} ({})", days.join(", "), window.from, window.to, window.tz);
            item.tells(Source::Held, format!("site.{id}.schedule[{n}]"), "when", &value);
        }
        for (n, place) in site.sensitive_places.iter().enumerate() {
            let value = format!("{} ({}): {}", place.name, place.kind, place.handling);
            item.says(format!("site.{id}.sensitive_places[{n}]"), "the sensitive place", &value);
        }
    }
    for (id, camera) in &document.camera {
        let dwellings =
            if camera.views_dwelling { "dwellings are in view" } else { "no dwelling is in view" };
        item.says(format!("camera.{id}"), "the camera", &format!("{}: {dwellings}", camera.mount));
    }
}

fn need(item: &mut Item, document: &Document) {
    item.says("legal.necessity", "why it is needed", &document.legal.necessity);
    for (n, alternative) in document.legal.alternatives.iter().enumerate() {
        item.says(format!("legal.alternatives[{n}]"), "the alternative", alternative);
    }
    if document.legal.alternatives.is_empty() {
        item.lacks(Some("legal.alternatives".to_owned()), "less intrusive alternatives");
    }
}

fn minimised(item: &mut Item, document: &Document) {
    let capture = document.capture.filled();
    let AtMost(raw) = capture.raw_lifetime;
    let taken = [
        (Source::Policy, "max_px_per_m", format!("at most {} pixels per metre", capture.max_px_per_m.0)),
        (Source::Held, "max_fps", format!("at most {} frames a second", capture.max_fps.0)),
        (Source::Held, "raw_lifetime", format!("raw frames are held for at most {raw}")),
        (Source::Policy, "raw_store", format!("raw frames are in `{}`", capture.raw_store)),
        (Source::Policy, "audio", format!("sound: {}", if capture.audio.0 { "taken in" } else { "none" })),
    ];
    for (source, key, value) in taken {
        item.tells(source, format!("capture.{key}"), "what is taken in", &value);
    }
    let aggregation = document.aggregation.filled();
    match (document.aggregation.min_group, document.aggregation.round_to) {
        (Some(AtLeast(group)), Some(AtLeast(round))) => item.tells(
            Source::Held,
            "aggregation",
            "how people are counted",
            &format!("no number of fewer than {group} people; rounded to {round}"),
        ),
        _ => item
            .lacks(Some("aggregation".to_owned()), "how people are counted: without it, no number is told"),
    }
    let linked = if aggregation.cross_camera_linking.0 { "linked" } else { "not linked" };
    item.says("aggregation.cross_camera_linking", "linking", &format!("cameras are {linked}"));
    let precision = &document.precision;
    let value = format!(
        "places to the {}, times to {}, boxes: {}",
        precision.location, precision.time.0, precision.boxes
    );
    item.tells(Source::Held, "precision", "how exactly", &value);
}

fn rights(item: &mut Item, document: &Document) {
    match &document.rights {
        Some(rights) => {
            item.says("rights.contact", "where rights are asked for", &rights.contact);
            item.says("rights.deadline", "the deadline", &format!("answer within {}", rights.deadline.0));
            let objection = format!("objection on the spot: {}", rights.objection.mechanism);
            item.says("rights.objection", "how to object", &objection);
            item.says("rights.complaint_authority", "where to complain", &rights.complaint_authority);
        }
        None => item.lacks(Some("rights".to_owned()), "how rights are served"),
    }
    match &document.notice {
        Some(notice) => {
            item.says("notice.layer2_url", "the notice", &notice.layer2_url);
            item.says("notice.placement", "where the signs hang", &notice.placement);
        }
        None => item.lacks(Some("notice".to_owned()), "how people are told"),
    }
}

fn people(item: &mut Item, document: &Document) {
    let Some(oversight) = &document.human_oversight else {
        return item.lacks(Some("human_oversight".to_owned()), "who decides");
    };
    item.says("human_oversight.decision", "who decides", &format!("decision: {}", oversight.decision));
    item.says(
        "human_oversight.stop_authority",
        "who may stop it",
        &format!("may stop it: {}", oversight.stop_authority.join(", ")),
    );
    item.says("human_oversight.training", "training", &oversight.training);
    let decoys = oversight.bias_control.decoy_rate_per_1000;
    item.says("human_oversight.bias_control", "decoys", &format!("decoys among 1000 alerts: {decoys}"));
}

fn excluded(item: &mut Item, document: &Document) {
    for sentence in claims_enforced(document) {
        item.tells(Source::Follows, "the conditions of `velum policy notice`", "what is excluded", &sentence);
    }
    for (claim, unmet) in claims_unmet(document) {
        item.lacks(None, &format!("{claim}: it cannot be said, for it is not so that {unmet}"));
    }
}

fn errs(item: &mut Item, document: &Document, reports: &[Report]) {
    for (n, report) in reports.iter().enumerate() {
        tells(item, document, &format!("report {}", n + 1), report);
    }
    let named = |report: &Report| report.said.models.values().any(|digest| is_named(document, digest));
    if !reports.is_empty() && !reports.iter().any(named) {
        item.lacks(None, "figures of a model that the policy names: these are of others");
    }
    let objects = reports.iter().any(|report| !report.objects().is_empty());
    let counts = reports.iter().any(|report| !report.counts().is_empty());
    for analytic in &document.analytics.allow.0 {
        let measured = match analytic.as_str() {
            "abandoned_object" => objects,
            "crowd_density" => counts,
            _ => false,
        };
        if !measured {
            item.lacks(None, &format!("{analytic}: not measured"));
        }
    }
    for what in
        ["masking of people on pictures", "errors by group of people", "errors on these cameras themselves"]
    {
        item.lacks(None, &format!("{what}: not measured by these reports"));
    }
}

/// What one report tells.
fn tells(item: &mut Item, document: &Document, key: &str, report: &Report) {
    let which = format!(
        "{}, made at {}, SHA-256 {}: {}",
        report.path,
        report.made_at(),
        report.sha256,
        report.said.about
    );
    item.tells(Source::Measured, key, "the report", &which);
    for (model, digest) in &report.said.models {
        let whether =
            if is_named(document, digest) { "named by the policy" } else { "not named by the policy" };
        item.tells(
            Source::Measured,
            key,
            "the model",
            &format!("measured with {model}, SHA-256 {digest}: {whether}"),
        );
    }
    for line in report.objects().iter().chain(&report.counts()) {
        item.tells(Source::Measured, key, "the figure", line);
    }
}

fn is_named(document: &Document, digest: &str) -> bool {
    document.model.iter().any(|model| model.sha256 == digest)
}

/// What the rules find, and which of them were waived.
fn open(article: &'static str, file: &PolicyFile, at: Timestamp) -> Item {
    let mut item = Item::new(article, "what the rules of `velum policy lint` find");
    let findings = file.lint(Some(at));
    for finding in findings.iter() {
        let severity = finding.severity.name();
        let rule = finding.rule.unwrap_or("no rule");
        let value = format!("{severity} {rule}: expected {}, found {}", finding.expected, finding.found);
        item.tells(Source::Found, finding.key.clone(), "the finding", &value);
    }
    if findings.is_empty() {
        item.tells(Source::Found, "velum policy lint", "findings", "no rule found anything");
    }
    for (n, waiver) in file.document().waiver.iter().enumerate() {
        let value =
            format!("waived {} at {} until {}: {}", waiver.rule, waiver.scope, waiver.expires, waiver.reason);
        item.tells(Source::Found, format!("waiver[{n}]"), "the waiver", &value);
    }
    item
}
