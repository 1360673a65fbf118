//! Waivers: two approvers accept what a rule found, in one place and for a time.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use super::Rule;
use super::hits::{Case, Hits, is_blank, quoted};
use crate::finding::{Finding, Findings, Severity};
use crate::sections::{Document, Waiver};

/// No waiver reaches further ahead.
const LONGEST_DAYS: i64 = 180;

/// What covers the whole file.
const CITY: &str = "city";

/// CHG-008: waivers that waive nothing.
pub(super) fn faults(case: &Case<'_>, hits: &mut Hits) {
    for (n, waiver) in case.doc.waiver.iter().enumerate() {
        for (key, found) in faults_of(case, waiver) {
            hits.at(format!("waiver[{n}].{key}"), found);
        }
    }
}

fn faults_of(case: &Case<'_>, waiver: &Waiver) -> Vec<(&'static str, String)> {
    let mut faults = Vec::new();
    match Rule::find(&waiver.rule) {
        None => faults.push(("rule", format!("`{}`, which is no rule", waiver.rule))),
        Some(rule) if !rule.waivable => {
            faults.push(("rule", format!("`{}`, which nobody can waive", rule.id)))
        }
        Some(_) => {}
    }
    let roles: BTreeSet<_> = case.doc.change_control.approver.iter().map(|one| one.role.as_str()).collect();
    let by: BTreeSet<_> =
        waiver.approved_by.iter().map(String::as_str).filter(|one| roles.contains(one)).collect();
    if by.len() < 2 {
        faults.push(("approved_by", format!("{} of the approvers' roles", by.len())));
    }
    if is_blank(&waiver.reason) {
        faults.push(("reason", "none".to_owned()));
    }
    if scope(case.doc, &waiver.scope).is_none() {
        faults
            .push(("scope", format!("`{}`, which is no `city`, site or camera of this file", waiver.scope)));
    }
    // Without a moment it is held against the beginning of the policy, which signatures fix.
    let from = case.at.unwrap_or(case.doc.policy.effective_from.starts());
    if waiver.expires.ends().duration_since(from) > SignedDuration::from_hours(24 * LONGEST_DAYS) {
        faults.push(("expires", format!("{}, more than {LONGEST_DAYS} days ahead", quoted(waiver.expires))));
    }
    faults
}

/// The tables that a scope covers; none where it names nothing of the file.
fn scope(document: &Document, name: &str) -> Option<Vec<String>> {
    if name == CITY {
        return Some(Vec::new());
    }
    if document.camera.contains_key(name) {
        return Some(vec![format!("camera.{name}.")]);
    }
    let of_site = document.camera.iter().filter(|(_, camera)| camera.site == name);
    let cameras = of_site.map(|(camera, _)| format!("camera.{camera}."));
    document.site.contains_key(name).then(|| cameras.chain([format!("site.{name}.")]).collect())
}

/// Lowers what valid waivers cover to [`Severity::Waived`].
pub(super) fn apply(case: &Case<'_>, findings: &mut [Finding]) {
    let holds = |waiver: &&Waiver| !case.is_over(waiver.expires) && faults_of(case, waiver).is_empty();
    for waiver in case.doc.waiver.iter().filter(holds) {
        let Some(scope) = scope(case.doc, &waiver.scope) else { continue };
        let covers = |key: &str| scope.is_empty() || scope.iter().any(|prefix| key.starts_with(prefix));
        let waived = findings.iter_mut().filter(|f| f.rule == Some(waiver.rule.as_str()) && covers(&f.key));
        for finding in waived {
            finding.severity = Severity::Waived;
            let by = waiver.approved_by.join(" and ");
            finding.fix = format!("waived until {} by {by}: {}", waiver.expires, waiver.reason);
        }
    }
}

/// When the first waiver ends that an error of the file needs; none where no error is waived.
pub(super) fn first_end(document: &Document, findings: &Findings) -> Option<Timestamp> {
    let needed = |waiver: &&Waiver| {
        let error = Rule::find(&waiver.rule).is_some_and(|rule| rule.severity == Severity::Error);
        error
            && findings.iter().any(|f| f.severity == Severity::Waived && f.rule == Some(waiver.rule.as_str()))
    };
    document.waiver.iter().filter(needed).map(|waiver| waiver.expires.ends()).min()
}
