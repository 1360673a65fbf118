//! Rules about law, purposes and who may change the file.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use crate::check::Report;
use crate::order::AtLeast;
use crate::sections::{Approver, Document, Regime};

/// A policy ends within two years.
const LONGEST_LIFE_DAYS: i64 = 731;

/// A trial ends within ninety days.
const LONGEST_TRIAL_DAYS: i64 = 90;

pub(super) fn legal_basis(report: &mut Report<'_>, document: &Document) {
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

pub(super) fn authorisation(report: &mut Report<'_>, document: &Document) {
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

pub(super) fn purposes(report: &mut Report<'_>, document: &Document) {
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

pub(super) fn change_control(report: &mut Report<'_>, document: &Document) {
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
    let distinct = |part: fn(&Approver) -> &str| {
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

pub(super) fn life_and_trials(report: &mut Report<'_>, document: &Document) {
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
pub(super) fn dates_at(report: &mut Report<'_>, document: &Document, now: Timestamp) {
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
