//! CHG, PCK and INH: who may change the file, its life, trials and waivers, and what it was checked against.

use std::collections::BTreeSet;

use jiff::SignedDuration;

use super::hits::{Case, Hits, days, is_blank, quoted};
use super::told::is_never_allowed;
use super::waivers::faults;
use super::{Finder, Rule};
use crate::order::AtLeast;
use crate::pack::PackVersion;
use crate::sections::{Approver, ChangeControl, Sandbox};
use crate::when::When;

pub(super) const RULES: &[Rule] = &[
    Rule::error("CHG-001", "GDPR 24, 5(2); LED 19, 4(4)", |case, hits| {
        let control = &case.doc.change_control;
        let (AtLeast(quorum), named) = (control.quorum, control.approver.len());
        let reachable = usize::try_from(quorum).is_ok_and(|quorum| quorum <= named);
        let wrong = quorum < 2 || !reachable;
        hits.when(wrong, "change_control.quorum", format!("a quorum of {quorum} of {named} approvers"));
    })
    .fixed(),
    Rule::error(
        "CHG-002",
        "GDPR 38(6), 39; LED 33-34 (by analogy: no text like 38(6) there)",
        |case, hits| {
            let control = &case.doc.change_control;
            let officer = control.dpo_key.as_deref().map(str::trim);
            let approves = control.approver.iter().any(|one| Some(one.key.trim()) == officer);
            hits.when(control.dpo_counts_in_quorum, "change_control.dpo_counts_in_quorum", "`true`");
            hits.when(approves, "change_control.dpo_key", "a key that is also an approver's");
        },
    )
    .fixed(),
    Rule::error("CHG-003", "GDPR 32; LED 29", |case, hits| {
        let shared = |what, part| shares(&case.doc.change_control, part).then_some(what);
        let found = [shared("key", |one| &one.key), shared("role", |one| &one.role)];
        for what in found.into_iter().flatten() {
            hits.at("change_control.approver", format!("a {what} that two share"));
        }
    }),
    Rule::error("CHG-004", "GDPR 5(1)(e); LED 5", |case, hits| {
        let identity = &case.doc.policy;
        let key = "policy.expires";
        let found = format!("{}, beginning {}", quoted(identity.expires), quoted(identity.effective_from));
        hits.when(!lasts(identity.effective_from, identity.expires, 731), key, found);
        let over = format!("{}, which has passed", quoted(identity.expires));
        hits.when(case.is_over(identity.expires), key, over);
    })
    .fixed(),
    Rule::error("CHG-005", "GDPR 5(1)(b); AI Act 60 by analogy", |case, hits| {
        each_trial(case, hits, "until", |one| {
            let found = format!("{}, beginning {}", quoted(one.until), quoted(one.from));
            (!lasts(one.from, one.until, 90)).then_some(found)
        });
        each_trial(case, hits, "on_expiry", |one| {
            (one.on_expiry != "disable-and-erase").then(|| quoted(&one.on_expiry))
        });
    })
    .fixed(),
    Rule::error("CHG-006", "GDPR 35(11)", |case, hits| {
        each_trial(case, hits, "dpia_annex", |one| is_blank(&one.dpia_annex).then(|| "none".to_owned()));
        let analytics = &case.doc.analytics;
        each_trial(case, hits, "analytics", |one| {
            let operational = one.analytics.0.intersection(&analytics.allow.0).next();
            let forbidden = one.analytics.0.intersection(&analytics.forbid.0).next();
            let never = one.analytics.0.iter().find(|name| is_never_allowed(name));
            operational
                .map(|name| format!("`{name}`, which is in operation"))
                .or_else(|| forbidden.map(|name| format!("`{name}`, which analytics.forbid names")))
                .or_else(|| never.map(|name| format!("`{name}`, which is never allowed")))
        });
        each_trial(case, hits, "cameras", |one| {
            let unknown = one.cameras.iter().find(|name| !case.doc.camera.contains_key(*name));
            unknown.map(|name| format!("`{name}`, which is no camera of this file"))
        });
    }),
    Rule::warning("CHG-007", "GDPR 24", |case, hits| {
        // Where nothing is written the strictest holds: a loosening waits without end.
        let written = case.doc.change_control.loosening_cooling_off;
        for AtLeast(wait) in written.into_iter().filter(|AtLeast(wait)| *wait < days(2)) {
            hits.at("change_control.loosening_cooling_off", quoted(wait));
        }
    }),
    Rule::error("CHG-008", "GDPR 5(2)", faults).fixed(),
    Rule::warning("PCK-001", "GDPR 5(2), 24; LED 4(4)", packs),
    Rule { finder: Finder::Inheritance, ..Rule::unsayable("INH-001", "GDPR 25(2); LED 20(2)") },
];

/// The packs that a policy says it was checked against, and those at hand.
fn packs(case: &Case<'_>, hits: &mut Hits) {
    let identity = &case.doc.policy;
    let country = identity.country.to_lowercase();
    let at_hand = format!("at hand is {}", case.packs.versions());
    let mut checked = BTreeSet::new();
    for (n, named) in identity.packs.iter().enumerate() {
        let parts = named.split_once('@').and_then(|(of, version)| Some((of, PackVersion::parse(version)?)));
        let known = parts.filter(|(of, version)| {
            (*of == "eu" || *of == country) && case.packs.files().iter().any(|pack| pack.version == *version)
        });
        hits.when(known.is_none(), format!("policy.packs[{n}]"), format!("{}; {at_hand}", quoted(named)));
        checked.extend(known.map(|(_, version)| version));
    }
    let given = case.packs.files().iter().filter(|pack| pack.is_given && pack.is_about(&identity.country));
    for pack in given.filter(|pack| !checked.contains(&pack.version) && !identity.packs.is_empty()) {
        hits.at("policy.packs", format!("no `{country}@{}`; {at_hand}", pack.version));
    }
}

fn shares(control: &ChangeControl, part: fn(&Approver) -> &str) -> bool {
    control.approver.iter().map(part).collect::<BTreeSet<_>>().len() < control.approver.len()
}

/// Whether it ends after it begins, and within so many days.
fn lasts(from: When, until: When, most_days: i64) -> bool {
    let life = until.ends().duration_since(from.starts());
    life > SignedDuration::ZERO && life <= SignedDuration::from_hours(24 * most_days)
}

fn each_trial(case: &Case<'_>, hits: &mut Hits, key: &str, find: impl Fn(&Sandbox) -> Option<String>) {
    for (n, sandbox) in case.doc.sandbox.iter().enumerate() {
        if let Some(found) = find(sandbox) {
            hits.at(format!("sandbox[{n}].{key}"), found);
        }
    }
}
