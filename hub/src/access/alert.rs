//! What a person may see of where an alert stands with the others.
//!
//! Invariants: nobody is ever named, roles are; what the others said is told to whoever is given `review_outcome`, and
//! not before they said something themselves or it is decided: a second look is one's own.

use std::collections::BTreeSet;

use velum_policy::EventField;
use velum_proto::v1::Verdict;

use super::reader::{Reader, class_of};
use super::{Decision, Rule};
use crate::identity::same_person;
use crate::store::{AlertRow, FoundEvent, Lapse, Said};

/// Where an alert stands, for one person.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct AlertState {
    pub(crate) event_id: Vec<u8>,
    /// Whether the person is told when events were: to others the deadline is told to the minute.
    pub(crate) tells_time: bool,
    /// Whether the person may say something.
    pub(crate) may_review: bool,
    /// How many people must say the same.
    pub(crate) needed: u32,
    /// How many do, at most.
    pub(crate) agree: u32,
    /// How many said something.
    pub(crate) people: u32,
    /// What this person said.
    pub(crate) mine: Option<Verdict>,
    /// What was decided.
    pub(crate) decided: Option<Word>,
    /// What the others said.
    pub(crate) others: Vec<Word>,
    pub(crate) taken: Option<TakenState>,
    pub(crate) escalated: Option<EscalatedState>,
    pub(crate) lapse: Option<Lapse>,
    /// That somebody wrote something beside it; what, is opened one by one.
    pub(crate) texts: Vec<TextState>,
}

/// That somebody wrote something beside their word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TextState {
    pub(crate) text_id: [u8; 16],
    pub(crate) is_mine: bool,
    pub(crate) role: Option<String>,
}

/// What somebody said, as far as it is told.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Word {
    pub(crate) verdict: Option<Verdict>,
    pub(crate) role: Option<String>,
    pub(crate) unix_ms: Option<i64>,
}

/// That somebody looks at it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct TakenState {
    pub(crate) is_mine: bool,
    pub(crate) role: Option<String>,
    pub(crate) until_unix_ms: i64,
}

/// That somebody wants others to look.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct EscalatedState {
    pub(crate) reason: String,
    pub(crate) role: Option<String>,
    pub(crate) unix_ms: i64,
}

impl Reader {
    /// Where the alert stands, with what this person may see of it, or the rule by which they see nothing.
    pub(crate) fn show_alert(
        &self,
        found: &FoundEvent,
        row: &AlertRow,
        now_unix_ms: i64,
    ) -> Result<AlertState, Rule> {
        let fields = match self.decide(&found.event, found.stored_unix_ms, now_unix_ms) {
            Decision::Allowed { fields, .. } => fields,
            Decision::Denied { rule } => return Err(rule),
        };
        let class = class_of(found.event.kind()).ok_or(Rule::EventClass)?;
        let by_policy = self.book.rules_of(&found.event.policy_digest)?.terms().reviewers(class, "");
        let me = same_person(&self.person.to_string());
        let mine = row.said.iter().find(|said| same_person(&said.person) == me).map(|said| said.verdict);
        let telling = Telling { fields: &fields, mine };
        let others = row.said.iter().filter(|said| same_person(&said.person) != me);
        let is_mine = |person: &str| same_person(person) == me;
        Ok(AlertState {
            event_id: found.event.id.clone(),
            tells_time: fields.contains(&EventField::Time),
            may_review: row.lapse != Some(Lapse::Erased) && self.reviewer(found, "", now_unix_ms).is_ok(),
            needed: row.needed(by_policy),
            agree: row.agree(),
            people: u32::try_from(row.said.len()).unwrap_or(u32::MAX),
            mine,
            decided: row.decided().map(|said| telling.word(said)),
            others: if mine.is_some() { others.map(|said| telling.word(said)).collect() } else { Vec::new() },
            taken: row.taken.as_ref().filter(|taken| taken.until_unix_ms > now_unix_ms).map(|taken| {
                TakenState {
                    is_mine: is_mine(&taken.person),
                    role: telling.role(&taken.role),
                    until_unix_ms: taken.until_unix_ms,
                }
            }),
            escalated: row.escalated.as_ref().map(|escalated| EscalatedState {
                reason: escalated.reason.clone(),
                role: telling.role(&escalated.role),
                unix_ms: escalated.unix_ms,
            }),
            lapse: row.lapse,
            texts: telling.texts(row, &me),
        })
    }
}

/// What a recipient is told of other people's words.
struct Telling<'t> {
    fields: &'t BTreeSet<EventField>,
    mine: Option<Verdict>,
}

impl Telling<'_> {
    fn word(&self, said: &Said) -> Word {
        // Whoever said the same knows it.
        let is_told = self.fields.contains(&EventField::ReviewOutcome) || self.mine == Some(said.verdict);
        Word {
            verdict: is_told.then_some(said.verdict),
            role: self.role(&said.role),
            unix_ms: self.fields.contains(&EventField::ReviewSeconds).then_some(said.unix_ms),
        }
    }

    /// One's own, and others' where one is told what they said.
    fn texts(&self, row: &AlertRow, me: &str) -> Vec<TextState> {
        let is_told = self.fields.contains(&EventField::ReviewOutcome)
            && (self.mine.is_some() || row.decided().is_some());
        let role = |person: &str| {
            let said = row.said.iter().find(|said| same_person(&said.person) == same_person(person))?;
            self.role(&said.role)
        };
        let told = row.texts.iter().filter(|text| is_told || same_person(&text.person) == me);
        told.map(|text| TextState {
            text_id: text.text_id,
            is_mine: same_person(&text.person) == me,
            role: role(&text.person),
        })
        .collect()
    }

    fn role(&self, role: &str) -> Option<String> {
        self.fields.contains(&EventField::ReviewerRole).then(|| role.to_owned())
    }
}
