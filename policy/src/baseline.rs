//! Baselines: protective values that are the same for every city, as data of the program, by version.
//!
//! A policy names one (`[policy] baseline`), and what it does not write itself is that of the baseline; what it writes
//! stands in its place. Invariants: a baseline never changes once it was in a release, so that a version means the
//! same on every box and for ever; without the key nothing is filled in.

use std::collections::BTreeSet;
use std::fmt;
use std::ops::Range;

use serde::{Deserialize, Deserializer, de};
use toml::Spanned;
use toml::de::{DeTable, DeValue, Error};

use crate::sections::Document;

/// One version.
#[derive(Debug, PartialEq, Eq)]
pub struct Baseline {
    version: &'static str,
    text: &'static str,
}

/// Every version there ever was.
const ALL: &[Baseline] = &[Baseline { version: "2026.11", text: include_str!("../baselines/2026.11.toml") }];

/// Tables that need something that only the city knows, and are filled only where it writes some of them. That there
/// are none is a finding of the linter, with its own words.
pub(crate) const ONLY_BESIDE: [&str; 6] =
    ["analytics", "breach", "change_control", "notice", "redaction", "rights"];

/// The baseline that a policy names: one that this program has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BaselineName(&'static Baseline);

impl fmt::Display for BaselineName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.version)
    }
}

impl<'de> Deserialize<'de> for BaselineName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let version = String::deserialize(deserializer)?;
        Baseline::find(&version).map(Self).ok_or_else(|| {
            let known: Vec<_> = ALL.iter().map(|one| format!("`\"{}\"`", one.version)).collect();
            de::Error::custom(format!(
                "expected a baseline that this program has: {}; name one of them, or update the program, on the \
                 boxes and the hub too",
                known.join(" or ")
            ))
        })
    }
}

/// The one key that is read first, with its place where it is refused.
#[derive(Deserialize)]
struct Naming {
    policy: NamingPolicy,
}

#[derive(Deserialize)]
struct NamingPolicy {
    baseline: BaselineName,
}

/// What a file says together with its baseline.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Filled {
    baseline: Option<&'static Baseline>,
    keys: BTreeSet<String>,
}

impl Baseline {
    /// Every version, the oldest first.
    pub fn all() -> &'static [Self] {
        ALL
    }

    /// For example `2026.11`.
    pub fn version(&self) -> &'static str {
        self.version
    }

    /// What it says.
    pub fn text(&self) -> &'static str {
        self.text
    }

    fn find(version: &str) -> Option<&'static Self> {
        ALL.iter().find(|one| one.version == version)
    }
}

impl Filled {
    /// What a text says, with its baseline where it names one.
    ///
    /// # Errors
    /// As the grammar; an error at the place of `policy.baseline` where that is not known.
    pub(crate) fn read(text: &str) -> Result<(Document, Self), Error> {
        let mut table = DeTable::parse(text)?;
        let Some(named) = named(table.get_ref()) else {
            return Ok((toml::from_str(text)?, Self::default()));
        };
        let at = named.span();
        // First of all: of an unknown one it cannot be said what is missing.
        let Naming { policy: NamingPolicy { baseline: BaselineName(baseline) } } = toml::from_str(text)?;
        let mut filled = Self { baseline: Some(baseline), ..Self::default() };
        filled.fill(table.get_mut(), DeTable::parse(baseline.text)?.into_inner(), "", &at);
        Ok((Document::deserialize(toml::de::Deserializer::from(table))?, filled))
    }

    /// `baseline 2026.11`, where this key is not written in the file but there.
    pub(crate) fn origin(&self, key: &str) -> Option<String> {
        let baseline = self.baseline.filter(|_| self.keys.contains(key))?;
        Some(format!("baseline {}", baseline.version))
    }

    /// What is filled in has the place of the key that names the baseline.
    fn fill<'t>(&mut self, into: &mut DeTable<'t>, from: DeTable<'t>, above: &str, at: &Range<usize>) {
        for (name, value) in from {
            let name = name.into_inner();
            let key = if above.is_empty() { name.to_string() } else { format!("{above}.{name}") };
            match into.get_mut(&*name).map(Spanned::get_mut) {
                Some(DeValue::Table(written)) => {
                    if let DeValue::Table(from) = value.into_inner() {
                        self.fill(written, from, &key, at);
                    }
                }
                Some(_) => {}
                None if ONLY_BESIDE.contains(&key.as_str()) => {}
                None => {
                    self.add(&key, value.get_ref());
                    into.insert(Spanned::new(at.clone(), name), Spanned::new(at.clone(), value.into_inner()));
                }
            }
        }
    }

    fn add(&mut self, key: &str, value: &DeValue<'_>) {
        self.keys.insert(key.to_owned());
        for (name, value) in value.as_table().into_iter().flatten() {
            self.add(&format!("{key}.{}", name.get_ref()), value.get_ref());
        }
    }
}

/// The value of `policy.baseline`, whatever it is.
fn named<'t, 'i>(table: &'t DeTable<'i>) -> Option<&'t Spanned<DeValue<'i>>> {
    table.get("policy")?.get_ref().as_table()?.get("baseline")
}

#[cfg(test)]
mod tests;
