//! The rules that a policy must pass before it can be signed or used. Ids are those of the reference.
//!
//! They never say that a policy complies with the law: they say which rules found something.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use crate::duration::PolicyDuration;
use crate::error::PolicyError;
use crate::file::PolicyFile;
use crate::finding::{Finding, Findings, Severity};
use crate::layers::{Egress, Redaction, Target};
use crate::order::{AtLeast, AtMost};
use crate::resolve::{ResolvedPolicy, resolve};
use crate::sections::{Document, EventField, HumanReview, Identifiable, Imagery, Regime, RetentionClass};

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

/// The rules that [`PolicyFile::check`] goes through, so that one can say which of them found nothing.
pub const RULE_IDS: [&str; 46] = [
    "AGG-001", "AGG-002", "AGG-003", "AGG-006", "CAP-001", "CAP-006", "CAP-007", "CAP-008", "CHG-001",
    "CHG-002", "CHG-003", "CHG-004", "CHG-005", "CHG-006", "DPI-001", "HUM-001", "HUM-002", "HUM-003",
    "INH-001", "LAW-001", "LAW-006", "LAW-007", "LAW-008", "MIN-001", "MIN-002", "MIN-003", "MOD-001",
    "PUR-003", "PUR-004", "REC-001", "REC-005", "RED-001", "RED-004", "RED-005", "RED-006", "RED-007",
    "RED-008", "RED-009", "RET-001", "RET-004", "RET-008", "RET-009", "SPC-001", "SPC-002", "SPC-003",
    "SPC-004",
];

/// No minimum group, and no rounding, may be smaller.
const SMALLEST_GROUP: u32 = 5;
/// A policy ends within two years.
const LONGEST_LIFE_DAYS: i64 = 731;
/// A trial ends within ninety days.
const LONGEST_TRIAL_DAYS: i64 = 90;

impl PolicyFile {
    /// Every rule, on this file. Rules about today are left out without a moment.
    pub fn check(&self, at: Option<Timestamp>) -> Findings {
        let (_, mut findings) = resolve(self);
        let mut report = Report { file: self, findings: Vec::new() };
        for rule in RULES {
            rule(&mut report, self.document());
        }
        if let Some(now) = at {
            dates_at(&mut report, self.document(), now);
        }
        findings.append(&mut report.findings);
        Findings::new(findings)
    }

    /// What applies to each camera.
    ///
    /// # Errors
    /// [`PolicyError::Refused`] when a rule finds an error.
    pub fn resolve(&self) -> Result<ResolvedPolicy, PolicyError> {
        let findings = self.check(None);
        if findings.has_errors() {
            return Err(PolicyError::Refused(findings.errors()));
        }
        Ok(resolve(self).0)
    }
}

type Rule = fn(&mut Report<'_>, &Document);

const RULES: [Rule; 17] = [
    legal_basis,
    authorisation,
    purposes,
    event_classes,
    analytics,
    models,
    capture,
    schedules,
    imagery,
    masking,
    retention,
    aggregation,
    precision,
    recipients,
    oversight,
    change_control,
    life_and_trials,
];

/// Collects findings.
struct Report<'f> {
    file: &'f PolicyFile,
    findings: Vec<Finding>,
}

impl Report<'_> {
    fn error(&mut self, rule: &'static str, key: &str, expected: &str, found: &str, fix: &str) {
        self.findings.push(self.file.finding(Severity::Error, Some(rule), key, expected, found, fix));
    }

    fn warn(&mut self, rule: &'static str, key: &str, expected: &str, found: &str, fix: &str) {
        self.findings.push(self.file.finding(Severity::Warning, Some(rule), key, expected, found, fix));
    }
}

fn legal_basis(report: &mut Report<'_>, document: &Document) {
    if document.legal.instrument.trim().is_empty() {
        report.error(
            "LAW-001",
            "legal.instrument",
            "the law that allows this",
            "nothing",
            "name law and article",
        );
    }
    if document.policy.regime == Regime::Led && !document.controller.competent_authority {
        report.error(
            "LAW-006",
            "controller.competent_authority",
            "a competent authority in the sense of LED Art 3(7)",
            "`false`",
            "only police and other competent authorities work under `led`; else write `regime = \"gdpr\"`",
        );
    }
    let dpia_missing = document.supervision.as_ref().is_some_and(|s| s.dpia.sha256.trim().is_empty());
    if dpia_missing {
        report.error(
            "DPI-001",
            "supervision.dpia.sha256",
            "the digest of the impact assessment",
            "nothing",
            "run `sha256sum` on the assessment and write the 64 digits",
        );
    }
    if document.supervision.is_none() {
        report.warn(
            "DPI-001",
            "supervision",
            "the authority and the impact assessment",
            "no table `[supervision]`",
            "add it before cameras film the public: GDPR Art 35(3)(c), LED Art 27(1)",
        );
    }
}

fn authorisation(report: &mut Report<'_>, document: &Document) {
    let authorisation = &document.legal.authorisation;
    if !authorisation.is_required() {
        if authorisation.reason.as_deref().unwrap_or_default().trim().is_empty() {
            report.error(
                "LAW-007",
                "legal.authorisation.reason",
                "why no authorisation is required",
                "nothing",
                "write what counsel found, as `reason = \"...\"`",
            );
        }
        return;
    }
    if authorisation.valid_until.is_none() {
        report.error(
            "LAW-008",
            "legal.authorisation.valid_until",
            "until when the authorisation holds",
            "nothing",
            "write the date of its end: an authorisation without an end counts as lapsed",
        );
    }
    for analytic in document.analytics.allow.0.difference(&authorisation.covers.0) {
        report.error(
            "LAW-008",
            "legal.authorisation.covers",
            &format!("an authorisation that covers `{analytic}`"),
            "one that does not",
            &format!("delete `{analytic}` from analytics.allow, or obtain an authorisation that names it"),
        );
    }
}

fn purposes(report: &mut Report<'_>, document: &Document) {
    let declared: BTreeSet<&str> = document.purpose.iter().map(|purpose| purpose.id.as_str()).collect();
    let mut used: Vec<(String, &str)> = Vec::new();
    for (n, event) in document.event.iter().enumerate() {
        used.push((format!("event[{n}].purpose"), &event.purpose));
    }
    for (name, camera) in &document.camera {
        used.extend(
            camera.purposes.0.iter().map(|purpose| (format!("camera.{name}.purposes"), purpose.as_str())),
        );
        if camera.purposes.0.is_empty() {
            report.warn(
                "PUR-004",
                &format!("camera.{name}.purposes"),
                "what the camera is for",
                "nothing",
                "name a purpose of this file; without one the camera may tell nothing",
            );
        }
    }
    for (n, recipient) in document.recipient.iter().enumerate() {
        let audit = |purpose: &str| recipient.audit_log && purpose == "audit";
        let named = recipient.purposes.0.iter().filter(|purpose| !audit(purpose));
        used.extend(named.map(|purpose| (format!("recipient[{n}].purposes"), purpose.as_str())));
    }
    for (key, purpose) in used {
        if !declared.contains(purpose) {
            report.error(
                "PUR-003",
                &key,
                "a purpose that is declared",
                &format!("`{purpose}`"),
                &format!("name an id of [[purpose]], or declare `{purpose}` there in plain words"),
            );
        }
    }
}

fn event_classes(report: &mut Report<'_>, document: &Document) {
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

fn analytics(report: &mut Report<'_>, document: &Document) {
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

fn models(report: &mut Report<'_>, document: &Document) {
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

fn capture(report: &mut Report<'_>, document: &Document) {
    let capture = document.capture.filled();
    let switches = [
        ("CAP-001", "capture.audio", capture.audio.0, "no sound"),
        ("CAP-007", "capture.covert", capture.covert.0, "no filming in secret"),
    ];
    for (rule, key, on, expected) in switches {
        if on {
            report.error(rule, key, expected, "`true`", "write `false`, or delete the key");
        }
    }
    let ten_seconds = PolicyDuration::from_secs(10);
    if capture.raw_store != crate::layers::RawStore::Ram || capture.raw_lifetime.0 > ten_seconds {
        report.error(
            "CAP-006",
            "capture.raw_lifetime",
            "raw frames in memory, for at most ten seconds",
            &format!("`{}` for {}", capture.raw_store, capture.raw_lifetime.0),
            "write `raw_store = \"ram\"` and `raw_lifetime = \"PT10S\"` or less",
        );
    }
}

fn schedules(report: &mut Report<'_>, document: &Document) {
    for (name, site) in &document.site {
        let key = format!("site.{name}.schedule");
        if site.schedule.is_empty() {
            report.warn(
                "CAP-008",
                &key,
                "a window in which the site is analysed",
                "none",
                "without a window nothing is ever analysed; all week is `days = [\"mon\", ...]`, \
                 `from = \"00:00\"`, `to = \"24:00\"`",
            );
        }
        for (n, window) in site.schedule.iter().enumerate() {
            let key = format!("{key}[{n}]");
            if window.is_empty() || window.days.is_empty() {
                report.error(
                    "CAP-008",
                    &key,
                    "days, and an end that differs from the beginning",
                    "a window that is never open",
                    "name the days and the times; a whole day is `from = \"00:00\", to = \"24:00\"`",
                );
            }
            if window.why.as_deref().unwrap_or_default().trim().is_empty() {
                report.warn("CAP-008", &key, "a reason", "none", "add `why = \"...\"` to the window");
            }
        }
    }
}

/// Each level's redaction: that of the city, and what is left of it for each camera.
fn imagery(report: &mut Report<'_>, document: &Document) {
    let redaction = document.redaction.filled();
    if redaction.imagery_egress == Egress::None {
        for (n, event) in document.event.iter().enumerate() {
            if event.imagery != Imagery::None {
                report.error(
                    "RED-009",
                    &format!("event[{n}].imagery"),
                    "no picture, as redaction.imagery_egress is `none`",
                    &format!("`{}`", event.imagery),
                    "write `imagery = \"none\"`",
                );
            }
        }
        return;
    }
    let missing: Vec<_> = Target::ALL.iter().filter(|target| !redaction.targets.contains(*target)).collect();
    for target in missing {
        report.error(
            "RED-001",
            "redaction.targets",
            "all of person, head, face and plate, as pictures may leave",
            &format!("no `{target}`"),
            &format!("add `\"{target}\"`, or write `imagery_egress = \"none\"`"),
        );
    }
    if redaction.imagery_egress == Egress::Live {
        report.warn(
            "RED-008",
            "redaction.imagery_egress",
            "a still for an alert",
            "`live`",
            "write `\"alert-still\"` unless a still is not enough",
        );
    }
    measured(report, document);
}

fn measured(report: &mut Report<'_>, document: &Document) {
    let good = document.redaction.measured.as_ref().is_some_and(|m| {
        m.recall_head.get() >= 0.99 && m.recall_plate.get() >= 0.99 && m.worst_subgroup_recall.get() >= 0.98
    });
    if !good {
        let found = if document.redaction.measured.is_some() { "less" } else { "no measurement" };
        report.error(
            "RED-006",
            "redaction.measured",
            "a measured recall of at least 0.99 (worst group 0.98), as pictures may leave",
            found,
            "write `imagery_egress = \"none\"` until an evaluation report shows it; copy its figures, invent none",
        );
    }
}

fn masking(report: &mut Report<'_>, document: &Document) {
    let Redaction { imagery_egress, min_confidence, hold_frames, lookahead_frames, canary_interval, .. } =
        document.redaction.filled();
    if imagery_egress == Egress::None {
        return;
    }
    if min_confidence.0.get() > 0.25 {
        report.error(
            "RED-004",
            "redaction.min_confidence",
            "at most 0.25",
            &min_confidence.0.get().to_string(),
            "write `0.1`: a mask too many is better than a face too few",
        );
    }
    if hold_frames < AtLeast(1) || lookahead_frames < AtLeast(3) {
        report.warn(
            "RED-005",
            "redaction.hold_frames",
            "a hold of about a second, and a look-ahead of three frames",
            &format!("{} and {}", hold_frames.0, lookahead_frames.0),
            "write for example `hold_frames = 12` and `lookahead_frames = 6`",
        );
    }
    let minute = PolicyDuration::from_secs(60);
    if canary_interval == AtMost(PolicyDuration::ZERO) || canary_interval.0 > minute {
        report.error(
            "RED-007",
            "redaction.canary_interval",
            "a test of the masking at least every minute",
            &canary_interval.0.to_string(),
            "write for example `canary_interval = \"PT30S\"`",
        );
    }
}

fn retention(report: &mut Report<'_>, document: &Document) {
    let section = &document.retention;
    let limit = |class| match class {
        RetentionClass::Event => section.event,
        RetentionClass::EventUnconfirmed => section.event_unconfirmed,
        RetentionClass::EventConfirmed => section.event_confirmed,
        RetentionClass::Statistic => section.statistic,
    };
    for (n, event) in document.event.iter().enumerate() {
        if limit(event.retention).is_none() {
            report.error(
                "RET-001",
                &format!("event[{n}].retention"),
                &format!("a limit `retention.{}`", event.retention),
                "none: such events would be destroyed at once",
                &format!("add for example `{} = \"P14D\"` to [retention]", event.retention),
            );
        }
    }
    let filled = section.filled();
    if filled.raw_video.0 > PolicyDuration::ZERO {
        report.error(
            "RET-009",
            "retention.raw_video",
            "no raw video",
            &filled.raw_video.0.to_string(),
            "write `raw_video = \"PT0S\"`, or delete the key",
        );
    }
    let unreviewed = PolicyDuration::from_secs(72 * 3_600);
    if document.policy.regime == Regime::Led && filled.event_unconfirmed.0 > unreviewed {
        report.error(
            "RET-008",
            "retention.event_unconfirmed",
            "at most 72 hours for alerts that nobody confirmed",
            &filled.event_unconfirmed.0.to_string(),
            "write `event_unconfirmed = \"PT72H\"` or less",
        );
    }
}

fn aggregation(report: &mut Report<'_>, document: &Document) {
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

fn precision(report: &mut Report<'_>, document: &Document) {
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

fn recipients(report: &mut Report<'_>, document: &Document) {
    let own = match document.policy.regime {
        Regime::Gdpr => crate::sections::RecipientRegime::Gdpr,
        Regime::Led => crate::sections::RecipientRegime::Led,
    };
    for (n, recipient) in document.recipient.iter().enumerate() {
        let public = recipient.regime == crate::sections::RecipientRegime::Public;
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

fn oversight(report: &mut Report<'_>, document: &Document) {
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

fn change_control(report: &mut Report<'_>, document: &Document) {
    let control = &document.change_control;
    let enough = control.quorum >= AtLeast(2);
    let reachable = usize::try_from(control.quorum.0).is_ok_and(|quorum| quorum <= control.approver.len());
    if !enough || !reachable {
        report.error(
            "CHG-001",
            "change_control.quorum",
            "at least two approvers, and as many named",
            &format!("a quorum of {} of {} approvers", control.quorum.0, control.approver.len()),
            "write `quorum = 2` and name two or more people under `approver`",
        );
    }
    let dpo_approves = control.approver.iter().any(|one| Some(&one.key) == control.dpo_key.as_ref());
    if control.dpo_counts_in_quorum || dpo_approves {
        report.error(
            "CHG-002",
            "change_control.dpo_counts_in_quorum",
            "a data protection officer who advises and does not approve",
            "one who counts as an approver",
            "write `dpo_counts_in_quorum = false`, and keep the officer's key out of `approver`: GDPR Art 38(6)",
        );
    }
    let distinct = |part: fn(&crate::sections::Approver) -> &str| {
        control.approver.iter().map(part).collect::<BTreeSet<_>>().len() == control.approver.len()
    };
    if !distinct(|one| &one.key) || !distinct(|one| &one.role) {
        report.error(
            "CHG-003",
            "change_control.approver",
            "a key and a role of its own for each approver",
            "one that two share",
            "make a pair for each person with `velum policy keygen`, and give each another role",
        );
    }
}

fn life_and_trials(report: &mut Report<'_>, document: &Document) {
    let identity = &document.policy;
    let life = identity.expires.ends().duration_since(identity.effective_from.starts());
    if life <= SignedDuration::ZERO || life > days(LONGEST_LIFE_DAYS) {
        report.error(
            "CHG-004",
            "policy.expires",
            "an end after the beginning and within 24 months",
            &format!("`{}`, beginning `{}`", identity.expires, identity.effective_from),
            "move `expires`; a policy that is still needed is reviewed and signed anew",
        );
    }
    for (n, sandbox) in document.sandbox.iter().enumerate() {
        let length = sandbox.until.ends().duration_since(sandbox.from.starts());
        if length <= SignedDuration::ZERO || length > days(LONGEST_TRIAL_DAYS) {
            report.error(
                "CHG-005",
                &format!("sandbox[{n}].until"),
                "an end within 90 days",
                &format!("`{}`, beginning `{}`", sandbox.until, sandbox.from),
                "move `until`; a second trial is a new entry",
            );
        }
        for operational in sandbox.analytics.0.intersection(&document.analytics.allow.0) {
            report.error(
                "CHG-006",
                &format!("sandbox[{n}].analytics"),
                "an analytic that is not in operation",
                &format!("`{operational}`"),
                "delete it here, or from analytics.allow until the trial is over",
            );
        }
    }
}

fn days(days: i64) -> SignedDuration {
    SignedDuration::from_hours(days * 24)
}

/// What today makes of the dates.
fn dates_at(report: &mut Report<'_>, document: &Document, now: Timestamp) {
    let identity = &document.policy;
    if now >= identity.expires.ends() {
        report.error(
            "CHG-004",
            "policy.expires",
            "an end that lies ahead",
            &format!("`{}`", identity.expires),
            "review the need, raise the version and the dates, and have it signed anew",
        );
    } else if now >= identity.review_by.ends() {
        report.error(
            "RET-004",
            "policy.review_by",
            "a review that lies ahead",
            &format!("`{}`", identity.review_by),
            "review the need, move `review_by`, raise the version and have it signed anew",
        );
    }
    let authorisation = &document.legal.authorisation;
    let lapsed = authorisation.valid_until.filter(|until| authorisation.is_required() && now >= until.ends());
    if let Some(until) = lapsed {
        report.error(
            "LAW-008",
            "legal.authorisation.valid_until",
            "an authorisation that still holds",
            &format!("one that ended `{until}`"),
            "have it renewed, and write the new date",
        );
    }
}
