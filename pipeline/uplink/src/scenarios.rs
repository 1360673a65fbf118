//! Scenarios for exercises, as the hub is told of them: what they are and what should be noticed, never where they lie.

use velum_proto::v1;

/// One that this box could play.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Scenario {
    /// By which it is ordered.
    pub id: String,
    /// What people call it.
    pub title: String,
    /// How long it lasts.
    pub secs: u32,
    /// Where the footage comes from.
    pub source: String,
    /// By what right it is used.
    pub licence: String,
    /// What should be noticed.
    pub expected: Vec<ExpectedAlert>,
}

/// An alert that should come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpectedAlert {
    /// As events name it, for example `abandoned_object`.
    pub kind: String,
    /// From the start.
    pub at_secs: u32,
    /// What happens.
    pub words: String,
}

pub(crate) fn to_wire(of: &Scenario) -> v1::Scenario {
    let expected = |one: &ExpectedAlert| v1::ExpectedEvent {
        kind: one.kind.clone(),
        at_secs: one.at_secs,
        words: one.words.clone(),
    };
    v1::Scenario {
        id: of.id.clone(),
        title: of.title.clone(),
        secs: of.secs,
        source: of.source.clone(),
        licence: of.licence.clone(),
        expected: of.expected.iter().map(expected).collect(),
    }
}
