//! What packs say, entry by entry.

use serde::Serialize;
use velum_policy::pack::{Ceiling, Confidence, CountryPacks, NationalGate, Packs};

use crate::screen::harmless;

/// One entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct PackEntry {
    /// `EU`, or two capital letters.
    country: String,
    /// Under which law.
    regime: &'static str,
    /// What it says.
    says: String,
    /// V, K or U.
    mark: &'static str,
    /// Which law.
    law: String,
    /// `pack 2026.11`, or `given pack 2026.12`.
    origin: String,
}

/// Every entry, or those of one country.
pub(super) fn entries(packs: &Packs, country: Option<&str>) -> Vec<PackEntry> {
    let all = packs.files().iter().flat_map(of_file);
    all.filter(|entry| country.is_none_or(|country| entry.country == country)).collect()
}

fn of_file(pack: &CountryPacks) -> Vec<PackEntry> {
    let origin = format!("{} {}", pack.kind(), pack.version);
    let entry = |country: &str, regime: &'static str, says: String, (law, status): (&str, Confidence)| {
        let (country, law, origin) = (country.to_owned(), law.to_owned(), origin.clone());
        PackEntry { country, regime, says, mark: status.mark(), law, origin }
    };
    let union = pack
        .eu
        .iter()
        .map(|(name, rule)| entry("EU", "any", format!("{name} = {}", rule.value), (&rule.why, rule.status)));
    let ceilings = pack
        .retention
        .iter()
        .map(|one| entry(&one.country, one.regime.name(), ceiling(one), (&one.law, one.status)));
    let ages = pack.access_gate.iter().map(|one| {
        let says = format!("older than {}: reading needs what the policy's access_gate says", one.after);
        entry(&one.country, one.regime.name(), says, (&one.law, one.status))
    });
    let gates = pack
        .gate
        .iter()
        .map(|one| entry(&one.country, one.applies_to.name(), gate(one), (&one.law, one.status)));
    union.chain(ceilings).chain(ages).chain(gates).collect()
}

fn ceiling(one: &Ceiling) -> String {
    format!("{} at most {}", one.data, one.max)
}

fn gate(one: &NationalGate) -> String {
    let exempt = one.exempt_if.map_or_else(String::new, |exempt| format!(", but for {exempt}"));
    let events = match one.allowed_events.as_slice() {
        [] => String::new(),
        some => format!(", which can cover {}", some.join(", ")),
    };
    format!("{}: needs an authorisation {}{events}{exempt}", one.id, one.requires_kind.join(" or "))
}

/// For people, by file.
pub(super) fn text(packs: &Packs, entries: &[PackEntry]) -> String {
    let mut lines = Vec::new();
    for pack in packs.files() {
        let origin = format!("{} {}", pack.kind(), pack.version);
        lines.push(format!("{origin}{}", if pack.is_given { "" } else { " (built in)" }));
        for entry in entries.iter().filter(|entry| entry.origin == origin) {
            let PackEntry { country, regime, says, mark, law, .. } = entry;
            lines.push(harmless(&format!("  {country} {regime}: {says}")));
            lines.push(harmless(&format!("      [{mark}] {law}")));
        }
    }
    lines.push(
        "V: read in a source; K: known, not read again; U: counsel must check. All of them hold at once."
            .to_owned(),
    );
    lines.join("\n")
}

/// Ceilings of a given file that are above a built-in one, and so change nothing.
pub(super) fn without_effect(given: &CountryPacks) -> Vec<String> {
    let built_in = Packs::built_in().files();
    let lower = |one: &Ceiling| {
        let same = |own: &&Ceiling| {
            own.country == one.country
                && own.data == one.data
                && own.max < one.max
                && own.regime == one.regime
        };
        built_in.iter().flat_map(|pack| pack.retention.iter()).find(same)
    };
    let told = given.retention.iter().filter_map(|one| Some((one, lower(one)?)));
    told.map(|(one, own)| {
        format!(
            "without effect: {} {} {}: the built-in pack says at most {}",
            one.country,
            one.regime,
            ceiling(one),
            own.max
        )
    })
    .collect()
}
