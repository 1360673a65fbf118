//! Where an alert stands with the people, as the page is told.

use serde::Serialize;

use crate::access::{EscalatedState, TakenState, TextState, Word};
use crate::reviews::{Looked, name_of};
use crate::store::Lapse;

/// One alert.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(in crate::console) struct ReviewView {
    /// The event that raised it.
    event_id: String,
    /// Where this is a change: its number, from which a page reads on.
    change: Option<u64>,
    /// Whether the policy wants a person to look.
    owed: bool,
    may_review: bool,
    needed: u32,
    /// How many say the same, at most.
    agree: u32,
    people: u32,
    /// What this person said.
    mine: Option<String>,
    decided: Option<WordView>,
    /// What the others said, once this person did.
    others: Vec<WordView>,
    taken: Option<TakenView>,
    escalated: Option<EscalatedView>,
    /// By the hub's clock.
    deadline_unix_ms: Option<i64>,
    /// Whether it is erased then.
    erases: bool,
    lapse: Option<&'static str>,
    /// What people wrote beside it, each to be opened by its id.
    texts: Vec<TextView>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct TextView {
    text_id: String,
    mine: bool,
    role: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct WordView {
    /// None where the policy does not tell it to this person.
    verdict: Option<String>,
    role: Option<String>,
    unix_ms: Option<i64>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct TakenView {
    mine: bool,
    role: Option<String>,
    until_unix_ms: i64,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct EscalatedView {
    reason: String,
    role: Option<String>,
    unix_ms: i64,
}

impl ReviewView {
    /// The view of an alert, told with it or as a change.
    pub(in crate::console) fn new(looked: Looked, change: Option<u64>) -> Self {
        let Looked { state, owed, deadline_unix_ms } = looked;
        Self {
            event_id: hex::encode(state.event_id),
            change,
            owed: owed.is_some(),
            may_review: state.may_review,
            needed: state.needed,
            agree: state.agree,
            people: state.people,
            mine: state.mine.map(name_of),
            decided: state.decided.map(Into::into),
            others: state.others.into_iter().map(Into::into).collect(),
            taken: state.taken.map(Into::into),
            escalated: state.escalated.map(Into::into),
            deadline_unix_ms,
            erases: owed.is_some_and(|owed| owed.lapse == Lapse::Erased),
            lapse: state.lapse.map(|lapse| match lapse {
                Lapse::Kept => "kept",
                Lapse::Erased => "erased",
            }),
            texts: state.texts.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<Word> for WordView {
    fn from(of: Word) -> Self {
        Self { verdict: of.verdict.map(name_of), role: of.role, unix_ms: of.unix_ms }
    }
}

impl From<TextState> for TextView {
    fn from(of: TextState) -> Self {
        Self { text_id: hex::encode(of.text_id), mine: of.is_mine, role: of.role }
    }
}

impl From<TakenState> for TakenView {
    fn from(of: TakenState) -> Self {
        Self { mine: of.is_mine, role: of.role, until_unix_ms: of.until_unix_ms }
    }
}

impl From<EscalatedState> for EscalatedView {
    fn from(of: EscalatedState) -> Self {
        Self { reason: of.reason, role: of.role, unix_ms: of.unix_ms }
    }
}
