//! Whether packs let something go that others held to: packs that are given may only add and tighten.
//!
//! Invariant: an entry that is not found again, for the same country, law and data, counts as let go.

use super::{AgeGate, Ceiling, CountryPacks, NationalGate};

impl CountryPacks {
    /// The first thing that `before` held to and these do not, in words; none where there is none.
    pub(crate) fn looser_than(&self, before: &Self) -> Option<String> {
        let ceiling = before.retention.iter().find(|one| !self.retention.iter().any(|next| next.holds(one)));
        let age = before.access_gate.iter().find(|one| !self.access_gate.iter().any(|next| next.holds(one)));
        let gate = before.gate.iter().find(|one| !self.gate.iter().any(|next| next.holds(one)));
        ceiling
            .map(|one| format!("retention of {} in {} of at most {}", one.data, one.country, one.max))
            .or_else(|| age.map(|one| format!("access_gate of {} after {}", one.country, one.after)))
            .or_else(|| gate.map(|one| format!("gate {}", one.id)))
            .map(|what| format!("does not hold to {what}"))
    }
}

impl Ceiling {
    fn holds(&self, before: &Self) -> bool {
        let is_of_same =
            self.country == before.country && self.regime == before.regime && self.data == before.data;
        is_of_same && self.max.get() <= before.max.get()
    }
}

impl AgeGate {
    fn holds(&self, before: &Self) -> bool {
        let is_of_same = self.country == before.country && self.regime == before.regime;
        is_of_same && self.after.get() <= before.after.get()
    }
}

impl NationalGate {
    /// As many doors or fewer, and as much behind them or less.
    fn holds(&self, before: &Self) -> bool {
        let is_of_same =
            self.country == before.country && self.id == before.id && self.applies_to == before.applies_to;
        let exempts = self.exempt_if.is_none() || self.exempt_if == before.exempt_if;
        let opens = self.requires_kind.iter().all(|kind| before.requires_kind.contains(kind));
        // None named means that any can be covered.
        let covers = before.allowed_events.is_empty()
            || !self.allowed_events.is_empty()
                && self.allowed_events.iter().all(|event| before.allowed_events.contains(event));
        is_of_same && exempts && opens && covers
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASE: &str = "[[retention]]\ncountry = \"NL\"\nregime = \"any\"\ndata = \"any\"\nmax = \"P2D\"\nlaw = \"x\"\nstatus = \"recall\"\n\
                        [[access_gate]]\ncountry = \"BE\"\nregime = \"led\"\nafter = \"P30D\"\nlaw = \"x\"\nstatus = \"recall\"\n\
                        [[gate]]\ncountry = \"FR\"\nid = \"FR-X\"\napplies_to = \"any\"\nrequires_kind = [\"a\", \"b\"]\n\
                        allowed_events = [\"c\", \"d\"]\nlaw = \"x\"\nstatus = \"recall\"\n";

    fn packs(tables: &str) -> CountryPacks {
        let text = format!("schema = \"cctv-pack/1\"\nversion = \"2026.12\"\n{tables}");
        CountryPacks::parse_given(&text, "packs.toml").unwrap()
    }

    #[test]
    fn what_is_taken_away_or_made_longer_is_named_and_what_is_stricter_is_not() {
        let before = packs(BASE);
        for (from, to, words) in [
            ("", "", None),
            ("P2D", "P1D", None),
            ("P2D", "P60D", Some("retention of any in NL of at most P2D")),
            ("regime = \"any\"", "regime = \"gdpr\"", Some("retention of any in NL")),
            ("P30D", "P20D", None),
            ("P30D", "P40D", Some("access_gate of BE after P30D")),
            ("[\"a\", \"b\"]", "[\"a\"]", None),
            ("[\"a\", \"b\"]", "[\"a\", \"b\", \"z\"]", Some("gate FR-X")),
            ("[\"c\", \"d\"]", "[\"c\"]", None),
            ("[\"c\", \"d\"]", "[]", Some("gate FR-X")),
            ("FR-X", "FR-Y", Some("gate FR-X")),
        ] {
            let found = packs(&BASE.replace(from, to)).looser_than(&before);
            assert_eq!(found.is_some(), words.is_some(), "{from} -> {to}: {found:?}");
            assert!(found.is_none_or(|found| found.contains(words.unwrap())), "{from} -> {to}");
        }
    }
}
