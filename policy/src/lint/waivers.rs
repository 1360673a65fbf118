//! Waivers: two approvers accept what a rule found, in one place and for a time.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use super::Rule;
use super::hits::{Case, Hits, is_blank, quoted};
use crate::finding::{Finding, Severity};
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
        faults.push((
            "scope",
            format!(
                "`{}`, which is not exactly one of `city`, a site and a camera of this file",
                waiver.scope
            ),
        ));
    }
    // Held against the beginning of the policy, which signatures fix: box and linter say the same.
    let from = case.doc.policy.effective_from.starts();
    if waiver.expires.ends().duration_since(from) > SignedDuration::from_hours(24 * LONGEST_DAYS) {
        let found =
            format!("{}, more than {LONGEST_DAYS} days after the policy begins", quoted(waiver.expires));
        faults.push(("expires", found));
    }
    faults
}

/// The sites and cameras that a scope covers; none where it names nothing of the file, or more than one thing.
fn scope(document: &Document, name: &str) -> Option<Scope> {
    let (is_camera, is_site) = (document.camera.contains_key(name), document.site.contains_key(name));
    match (name == CITY, is_camera, is_site) {
        (true, false, false) => Some(Scope::City),
        (false, true, false) => Some(Scope::Places(BTreeSet::from([format!("camera.{name}")]))),
        (false, false, true) => {
            let of_site = document.camera.iter().filter(|(_, camera)| camera.site == name);
            let cameras = of_site.map(|(camera, _)| format!("camera.{camera}"));
            Some(Scope::Places(cameras.chain([format!("site.{name}")]).collect()))
        }
        _ => None,
    }
}

/// What a waiver covers.
enum Scope {
    /// Everything.
    City,
    /// Tables of sites and cameras.
    Places(BTreeSet<String>),
}

impl Scope {
    fn covers(&self, document: &Document, key: &str) -> bool {
        match self {
            Self::City => true,
            Self::Places(places) => place_of(document, key).is_some_and(|place| places.contains(&place)),
        }
    }
}

/// The site or camera whose table a key is in. Names may hold dots, and so the longest name that fits is meant.
fn place_of(document: &Document, key: &str) -> Option<String> {
    let cameras = document.camera.keys().map(|name| format!("camera.{name}"));
    let sites = document.site.keys().map(|name| format!("site.{name}"));
    let holds = |place: &String| key.strip_prefix(place.as_str()).is_some_and(|rest| rest.starts_with('.'));
    cameras.chain(sites).filter(holds).max_by_key(String::len)
}

/// Lowers what valid waivers cover to [`Severity::Waived`]; returns when the first of the errors among it is waived no
/// longer, of several waivers for one counting the last.
pub(super) fn apply(case: &Case<'_>, findings: &mut [Finding]) -> Option<Timestamp> {
    let holds = |waiver: &&Waiver| !case.is_over(waiver.expires) && faults_of(case, waiver).is_empty();
    let holding: Vec<_> = case.doc.waiver.iter().filter(holds).collect();
    let mut first_end = None;
    for finding in findings.iter_mut() {
        let covers = |waiver: &&&Waiver| {
            finding.rule == Some(waiver.rule.as_str())
                && scope(case.doc, &waiver.scope).is_some_and(|scope| scope.covers(case.doc, &finding.key))
        };
        let Some(waiver) = holding.iter().filter(covers).max_by_key(|waiver| waiver.expires.ends()) else {
            continue;
        };
        if finding.severity == Severity::Error {
            let end = waiver.expires.ends();
            first_end = Some(first_end.map_or(end, |first: Timestamp| first.min(end)));
        }
        finding.severity = Severity::Waived;
        let by = waiver.approved_by.join(" and ");
        finding.fix = format!("waived until {} by {by}: {}", waiver.expires, waiver.reason);
    }
    first_end
}
