//! Where alerts stand with the people: what they said, who looks at it, whether it was escalated, and whether its time
//! for review passed. An alert goes by the id of the event that raised it.
//!
//! Invariants: whatever changes there gets a new number of `alert_change` in the same transaction; what is erased is
//! overwritten and ends as withheld by [`REVIEW_DEADLINE`], under its number.

use prost::Message as _;
use velum_proto::v1::{Event, EventKind, Record, Verdict, Withheld, record::End};

use super::engine::{Row, Transaction, query};
use super::reviews::verdict;
use super::texts::drop_all;
use super::{FoundEvent, Store, StoreError, TextOf, Word, unsigned};
use crate::identity::{Name, Person, same_person};

/// The rule by which erased alerts are withheld.
pub(crate) const REVIEW_DEADLINE: &str = "review_deadline";
/// As many records are looked through at a time for those of an alert.
const CHUNK: i64 = 1_000;

/// What one person said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Said {
    /// As the audit log names people.
    pub(crate) person: String,
    pub(crate) role: String,
    pub(crate) verdict: Verdict,
    pub(crate) unix_ms: i64,
    needed: u32,
}

/// Who looks at an alert.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Taken {
    pub(crate) person: String,
    pub(crate) role: String,
    pub(crate) until_unix_ms: i64,
}

/// That somebody wants others to look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Escalated {
    pub(crate) reason: String,
    pub(crate) role: String,
    pub(crate) unix_ms: i64,
}

/// What became of an alert that nobody decided in time; columns of the table `alert`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lapse {
    /// It is kept, and marked.
    Kept = 1,
    /// Its content is erased.
    Erased = 2,
}

/// All of it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct AlertRow {
    /// In the order of what was said.
    pub(crate) said: Vec<Said>,
    pub(crate) taken: Option<Taken>,
    pub(crate) escalated: Option<Escalated>,
    pub(crate) lapse: Option<Lapse>,
    /// Who wrote something beside it; what, lies apart.
    pub(crate) texts: Vec<TextOf>,
}

impl AlertRow {
    /// How many must say the same: what the policy asks for, or what was asked for by what is to follow.
    pub(crate) fn needed(&self, by_policy: u32) -> u32 {
        self.said.iter().map(|one| one.needed).fold(by_policy, u32::max)
    }

    /// The last word that enough people said.
    pub(crate) fn decided(&self) -> Option<&Said> {
        let needed = self.needed(1);
        self.said.iter().rfind(|one| self.count(one.verdict) >= needed)
    }

    /// How many say the same, at most.
    pub(crate) fn agree(&self) -> u32 {
        self.said.iter().map(|one| self.count(one.verdict)).max().unwrap_or(0)
    }

    fn count(&self, verdict: Verdict) -> u32 {
        let same = self.said.iter().filter(|one| one.verdict == verdict).count();
        u32::try_from(same).unwrap_or(u32::MAX)
    }
}

/// An alert whose time has passed.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Lapsing<'l> {
    /// The event that raised it.
    pub(crate) found: &'l FoundEvent,
    pub(crate) lapse: Lapse,
}

impl Store {
    /// Where an alert stands.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub(crate) async fn alert(&self, event_id: &[u8]) -> Result<AlertRow, StoreError> {
        let said = query(
            "SELECT person, role, verdict, reviewed_unix_ms, needed FROM review WHERE event_id = $1
             ORDER BY reviewed_unix_ms, person",
        )
        .bind(event_id)
        .fetch_all(&self.readers)
        .await?;
        let said = said.iter().map(said_of).collect::<Result<_, StoreError>>()?;
        let texts = self.texts_of(event_id).await?;
        let row = query(
            "SELECT taken_by, taken_role, taken_until_unix_ms, escalation, escalated_role, escalated_unix_ms, lapse
             FROM alert WHERE event_id = $1",
        )
        .bind(event_id)
        .fetch_optional(&self.readers)
        .await?;
        let Some(row) = row else { return Ok(AlertRow { said, texts, ..AlertRow::default() }) };
        Ok(AlertRow { said, taken: taken(&row)?, escalated: escalated(&row)?, lapse: lapse(&row)?, texts })
    }

    /// Somebody looks at an alert, in the place of whoever did.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub(crate) async fn take_alert(
        &self,
        event_id: &[u8],
        (person, role, until_unix_ms): (&Person, &str, i64),
        now_unix_ms: i64,
    ) -> Result<(), StoreError> {
        let mut transaction = self.begin().await?;
        query(
            "INSERT INTO alert (event_id, taken_by, taken_role, taken_until_unix_ms, changed_unix_ms)
             VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (event_id) DO UPDATE
             SET taken_by = $2, taken_role = $3, taken_until_unix_ms = $4, changed_unix_ms = $5",
        )
        .bind(event_id)
        .bind(person.to_string())
        .bind(role)
        .bind(until_unix_ms)
        .bind(now_unix_ms)
        .execute(&mut transaction)
        .await?;
        self.commit_change(transaction, event_id, now_unix_ms).await
    }

    /// Somebody wants others to look.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub(crate) async fn escalate_alert(
        &self,
        event_id: &[u8],
        (reason, role): (&str, &str),
        now_unix_ms: i64,
    ) -> Result<(), StoreError> {
        let mut transaction = self.begin().await?;
        query(
            "INSERT INTO alert (event_id, escalation, escalated_role, escalated_unix_ms, changed_unix_ms)
             VALUES ($1, $2, $3, $4, $4)
             ON CONFLICT (event_id) DO UPDATE
             SET escalation = $2, escalated_role = $3, escalated_unix_ms = $4, changed_unix_ms = $4",
        )
        .bind(event_id)
        .bind(reason)
        .bind(role)
        .bind(now_unix_ms)
        .execute(&mut transaction)
        .await?;
        self.commit_change(transaction, event_id, now_unix_ms).await
    }

    /// Marks an alert that nobody decided in time, or erases what its events said; gives how many records were erased.
    /// Of those, [`Store::fold_if_owed`] takes away the last copy.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub(crate) async fn lapse_alert(&self, of: &Lapsing<'_>, now_unix_ms: i64) -> Result<u64, StoreError> {
        let event = &of.found.event;
        let mut transaction = self.begin().await?;
        query(
            "INSERT INTO alert (event_id, lapse, box, alert_id, event_kind, policy_digest, stored_unix_ms, changed_unix_ms)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
             ON CONFLICT (event_id) DO UPDATE SET lapse = $2, box = $3, alert_id = $4, event_kind = $5,
                 policy_digest = $6, stored_unix_ms = $7, changed_unix_ms = $8",
        )
        .bind(&event.id)
        .bind(of.lapse as i64)
        .bind(of.found.of.as_str())
        .bind(&event.alert_id)
        .bind(event.kind)
        .bind(&event.policy_digest)
        .bind(of.found.stored_unix_ms)
        .bind(now_unix_ms)
        .execute(&mut transaction)
        .await?;
        let erased = match of.lapse {
            Lapse::Kept => 0,
            Lapse::Erased => {
                drop_all(&mut transaction, &event.id).await?;
                erase(&mut transaction, of.found).await?
            }
        };
        if erased > 0 {
            // With the erasure itself, or a hub that ends in between would leave the others showing it.
            self.say_within(&mut transaction, Word::Erasures).await?;
        }
        self.commit_change(transaction, &event.id, now_unix_ms).await?;
        if erased > 0 {
            self.owe_fold();
            self.hear(Word::Erasures);
        }
        Ok(erased)
    }

    /// Whether the content of this box's event is still there.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub(crate) async fn holds(&self, found: &FoundEvent) -> Result<bool, StoreError> {
        let rows = query("SELECT payload FROM record WHERE box = $1 AND event_id = $2")
            .bind(found.of.as_str())
            .bind(&found.event.id)
            .fetch_all(&self.readers)
            .await?;
        let is_event =
            |payload| Record::decode(payload).is_ok_and(|record| matches!(record.end, Some(End::Event(_))));
        rows.iter().try_fold(false, |is_held, row| Ok(is_held || is_event(row.try_get::<&[u8]>(0)?)))
    }

    /// What an erased alert was, as far as it decides who is told that it was erased.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub(crate) async fn erased_alert(&self, event_id: &[u8]) -> Result<Option<FoundEvent>, StoreError> {
        let row = query(
            "SELECT box, alert_id, event_kind, policy_digest, stored_unix_ms FROM alert WHERE event_id = $1 AND lapse = $2",
        )
        .bind(event_id)
        .bind(Lapse::Erased as i64)
        .fetch_optional(&self.readers)
        .await?;
        let Some(row) = row else { return Ok(None) };
        let kind = i32::try_from(row.try_get::<i64>(2)?).unwrap_or_default();
        let event = Event {
            id: event_id.to_vec(),
            alert_id: row.try_get(1)?,
            kind: EventKind::try_from(kind).unwrap_or_default().into(),
            policy_digest: row.try_get(3)?,
            ..Event::default()
        };
        let of = Name::parse(row.try_get(0)?).map_err(|_| StoreError::Unreadable(0))?;
        Ok(Some(FoundEvent { of, event, stored_unix_ms: row.try_get(4)? }))
    }

    /// The newest number of a change.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub(crate) async fn newest_alert_change(&self) -> Result<u64, StoreError> {
        let row = query("SELECT newest FROM newest_number WHERE stream = 'alert_change'")
            .fetch_optional(&self.readers)
            .await?;
        Ok(row.map_or(Ok(0), |row| row.try_get::<i64>(0)).map(unsigned)?)
    }

    /// At most `limit` alerts that changed after a number, each once, by its last change.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub(crate) async fn alert_changes(
        &self,
        after_change: u64,
        limit: u32,
    ) -> Result<Vec<(u64, Vec<u8>)>, StoreError> {
        let rows =
            query("SELECT change, event_id FROM alert_change WHERE change > $1 ORDER BY change LIMIT $2")
                .bind(i64::try_from(after_change).unwrap_or(i64::MAX))
                .bind(i64::from(limit))
                .fetch_all(&self.readers)
                .await?;
        rows.iter().map(|row| Ok((unsigned(row.try_get(0)?), row.try_get(1)?))).collect()
    }

    /// Ends a transaction that changed where an alert stands, and wakes whoever follows.
    pub(super) async fn commit_change(
        &self,
        mut transaction: Transaction,
        event_id: &[u8],
        now_unix_ms: i64,
    ) -> Result<(), StoreError> {
        query("DELETE FROM alert_change WHERE event_id = $1")
            .bind(event_id)
            .execute(&mut transaction)
            .await?;
        query(concat!(
            "INSERT INTO alert_change (change, event_id, changed_unix_ms) VALUES (",
            next_of!("alert_change"),
            ", $1, $2)"
        ))
        .bind(event_id)
        .bind(now_unix_ms)
        .execute(&mut transaction)
        .await?;
        self.commit_saying(transaction, Word::Reviews).await
    }
}

/// Whoever looked at an alert has said what it is.
pub(super) async fn give_back(
    transaction: &mut Transaction,
    event_id: &[u8],
    person: &Person,
) -> Result<(), StoreError> {
    query(concat!(
        "UPDATE alert SET taken_by = NULL, taken_role = NULL, taken_until_unix_ms = NULL
         WHERE event_id = $1 AND ",
        name_in!("taken_by"),
        " = $2"
    ))
    .bind(event_id)
    .bind(same_person(&person.to_string()))
    .execute(&mut *transaction)
    .await?;
    Ok(())
}

/// A number whose event was erased.
pub(super) fn nothing_of(sequence: u64) -> Vec<u8> {
    let end = End::Withheld(Withheld { rule: REVIEW_DEADLINE.to_owned() });
    Record { sequence, end: Some(end) }.encode_to_vec()
}

/// Overwrites every record of the alert: the event that raised it, and all that came of it later.
async fn erase(transaction: &mut Transaction, of: &FoundEvent) -> Result<u64, StoreError> {
    let first = query("SELECT MIN(cursor) FROM record WHERE box = $1 AND event_id = $2")
        .bind(of.of.as_str())
        .bind(&of.event.id)
        .fetch_one(&mut *transaction)
        .await?;
    let Some(first) = first.try_get::<Option<i64>>(0)? else { return Ok(0) };
    let (mut after, mut erased) = (first.saturating_sub(1), 0_u64);
    loop {
        let rows = query(
            "SELECT cursor, payload FROM record
             WHERE cursor > $1 AND box = $2 AND event_kind = $3 ORDER BY cursor LIMIT $4",
        )
        .bind(after)
        .bind(of.of.as_str())
        .bind(of.event.kind)
        .bind(CHUNK)
        .fetch_all(&mut *transaction)
        .await?;
        for row in &rows {
            after = row.try_get(0)?;
            let record = Record::decode(row.try_get::<&[u8]>(1)?).unwrap_or_default();
            let Some(End::Event(event)) = &record.end else { continue };
            if is_of(event, &of.event) {
                overwrite(transaction, after, record.sequence).await?;
                erased = erased.saturating_add(1);
            }
        }
        if rows.len() < usize::try_from(CHUNK).unwrap_or(usize::MAX) {
            return Ok(erased);
        }
    }
}

fn is_of(event: &Event, raised: &Event) -> bool {
    event.id == raised.id || (!raised.alert_id.is_empty() && event.alert_id == raised.alert_id)
}

async fn overwrite(transaction: &mut Transaction, cursor: i64, sequence: u64) -> Result<(), StoreError> {
    query("UPDATE record SET payload = $1 WHERE cursor = $2")
        .bind(nothing_of(sequence))
        .bind(cursor)
        .execute(&mut *transaction)
        .await?;
    Ok(())
}

pub(super) fn said_of(row: &Row) -> Result<Said, StoreError> {
    Ok(Said {
        person: row.try_get(0)?,
        role: row.try_get(1)?,
        verdict: verdict(row.try_get(2)?),
        unix_ms: row.try_get(3)?,
        needed: u32::try_from(row.try_get::<i64>(4)?).unwrap_or(u32::MAX),
    })
}

fn taken(row: &Row) -> Result<Option<Taken>, StoreError> {
    let (person, role, until) = (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
    let (Some(person), Some(role), Some(until_unix_ms)) = (person, role, until) else { return Ok(None) };
    Ok(Some(Taken { person, role, until_unix_ms }))
}

fn escalated(row: &Row) -> Result<Option<Escalated>, StoreError> {
    let (reason, role, since) = (row.try_get(3)?, row.try_get(4)?, row.try_get(5)?);
    let (Some(reason), Some(role), Some(unix_ms)) = (reason, role, since) else { return Ok(None) };
    Ok(Some(Escalated { reason, role, unix_ms }))
}

fn lapse(row: &Row) -> Result<Option<Lapse>, StoreError> {
    Ok(match row.try_get::<Option<i64>>(6)? {
        None => None,
        Some(1) => Some(Lapse::Kept),
        Some(_) => Some(Lapse::Erased),
    })
}
