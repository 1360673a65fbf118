//! What comes of a case, as it is expected and as it was found, in the notation of the file.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::policy::notation::{list, quoted};

/// What comes of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Answer {
    /// These fields leave the box, and no others.
    Released(BTreeMap<&'static str, String>),
    /// Nothing leaves, by this rule of the gate.
    Withheld(String),
    /// It is computed in this trial, or in none.
    Tried(String),
    /// The recipient may be shown these fields, and no others.
    Shown(BTreeSet<&'static str>),
    /// The recipient is shown nothing, by this rule of the hub.
    HeldBack(String),
}

impl Answer {
    /// What stands in the place of a trial where there is none.
    pub(super) const NOTHING_TRIED: &str = "nothing";

    /// What is otherwise than expected, field by field; nothing where the answers are not of one kind.
    pub(super) fn differences(&self, found: &Self) -> Vec<String> {
        match (self, found) {
            (Self::Released(expected), Self::Released(found)) => released(expected, found),
            (Self::Shown(expected), Self::Shown(found)) => {
                let not_shown = expected.difference(found).map(|field| format!("{field}: is not shown"));
                let shown = found.difference(expected).map(|field| format!("{field}: is shown"));
                not_shown.chain(shown).collect()
            }
            _ => Vec::new(),
        }
    }
}

fn released(
    expected: &BTreeMap<&'static str, String>,
    found: &BTreeMap<&'static str, String>,
) -> Vec<String> {
    let names: BTreeSet<_> = expected.keys().chain(found.keys()).collect();
    let difference = |name: &&'static str| match (expected.get(name), found.get(name)) {
        (Some(expected), Some(found)) if expected == found => None,
        (Some(expected), Some(found)) => Some(format!("{name}: expected {expected}, found {found}")),
        (Some(expected), None) => Some(format!("{name}: expected {expected}, does not leave")),
        (None, Some(found)) => Some(format!("{name}: leaves, as {found}")),
        (None, None) => None,
    };
    names.into_iter().filter_map(difference).collect()
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Released(fields) if fields.is_empty() => f.write_str("released = {}"),
            Self::Released(fields) => {
                let fields: Vec<_> = fields.iter().map(|(name, value)| format!("{name} = {value}")).collect();
                write!(f, "released = {{ {} }}", fields.join(", "))
            }
            Self::Withheld(rule) => write!(f, "withheld = {}", quoted(rule)),
            Self::Tried(trial) => write!(f, "tried = {}", quoted(trial)),
            Self::Shown(fields) => {
                write!(f, "shown = {}", list(fields))
            }
            Self::HeldBack(rule) => write!(f, "held_back = {}", quoted(rule)),
        }
    }
}
