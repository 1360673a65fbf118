//! What came of an exercise: what was expected and when, what was raised, and what people did about it.
//!
//! Invariant: an alert is told to whoever may read it, with no more than they may read; persons are named to administrators
//! alone, as the audit log names them.

use velum_policy::EventField;
use velum_proto::v1::{Event, EventState, ExpectedEvent, Record, StoredRecord, record::End};

use crate::access::Reader;
use crate::clock::Clock;
use crate::console::view::event_kind;
use crate::store::{Act, ExerciseRow, Store, StoreError};

/// An alert may come so much before the moment that was written: footage is not that exact.
const EARLY_MS: i64 = 30_000;
/// What comes later is no answer to it.
const LATE_MS: i64 = 300_000;
/// Events may come to the hub so much after the end.
const AFTER_MS: i64 = 3_600_000;

/// All of one exercise.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Debrief {
    pub(crate) row: ExerciseRow,
    /// What was expected, with the alert that answered it.
    pub(crate) expected: Vec<(ExpectedEvent, Option<usize>)>,
    /// What was raised, in the order of its coming.
    pub(crate) alerts: Vec<SeenAlert>,
    /// Alerts that this person may not read.
    pub(crate) held_back: usize,
}

/// One alert.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct SeenAlert {
    pub(crate) event: Event,
    /// From the beginning of the exercise to when it came to the hub; none where this person is not told when.
    pub(crate) after_ms: Option<i64>,
    pub(crate) stored_unix_ms: i64,
    pub(crate) acts: Vec<Act>,
    /// Whether this person is told by which role something was done.
    pub(crate) tells_role: bool,
    /// Whether they are told what was said.
    pub(crate) tells_verdict: bool,
}

/// Looks at it with this person's eyes.
///
/// # Errors
/// [`StoreError`].
pub(crate) async fn debrief(
    store: &Store,
    reader: &Reader,
    clock: &dyn Clock,
    row: ExerciseRow,
) -> Result<Debrief, StoreError> {
    let now_unix_ms = clock.unix_ms();
    let end_unix_ms = if row.ended_unix_ms > 0 { row.ended_unix_ms } else { now_unix_ms };
    let records = store.exercise_events(&row, end_unix_ms.saturating_add(AFTER_MS)).await?;
    let (mut alerts, mut held_back) = (Vec::new(), 0_usize);
    for record in records {
        let Some(event) = raised(&record).filter(|event| is_within(event, &row)) else { continue };
        match seen(reader, &event, record, (row.began_unix_ms, now_unix_ms)) {
            Some(mut alert) => {
                alert.acts = store.exercise_acts(&event.id).await?;
                alerts.push(alert);
            }
            None => held_back = held_back.saturating_add(1),
        }
    }
    let expected = answered(&row.scenario.expected, &alerts);
    Ok(Debrief { row, expected, alerts, held_back })
}

/// Whether it came about in the exercise, by the clock of the box, which says when that began and ended: another one of the same
/// scenario is told in its own debrief. Of an event without a time that cannot be said.
fn is_within(event: &Event, row: &ExerciseRow) -> bool {
    let Some(time) = &event.time else { return row.began_unix_ms > 0 };
    let last_ms = if row.ended_unix_ms > 0 { row.ended_unix_ms } else { i64::MAX };
    let latest_ms = time.unix_ms.saturating_add(time.precision_ms.into());
    row.began_unix_ms > 0 && latest_ms > row.began_unix_ms && time.unix_ms <= last_ms
}

fn raised(record: &StoredRecord) -> Option<Event> {
    let Some(Record { end: Some(End::Event(event)), .. }) = &record.record else { return None };
    (event.state() == EventState::Raised).then(|| event.clone())
}

fn seen(
    reader: &Reader,
    event: &Event,
    record: StoredRecord,
    (began_unix_ms, now_unix_ms): (i64, i64),
) -> Option<SeenAlert> {
    let stored_unix_ms = record.stored_unix_ms;
    let fields = reader.fields_of_event(event, stored_unix_ms, now_unix_ms);
    let shown = reader.show(record, now_unix_ms).ok()?;
    let Some(Record { end: Some(End::Event(event)), .. }) = shown.record else { return None };
    let tells_time = fields.contains(&EventField::Time) && began_unix_ms > 0;
    Some(SeenAlert {
        event,
        after_ms: tells_time.then(|| stored_unix_ms.saturating_sub(began_unix_ms).max(0)),
        stored_unix_ms,
        acts: Vec::new(),
        tells_role: fields.contains(&EventField::ReviewerRole),
        tells_verdict: fields.contains(&EventField::ReviewOutcome),
    })
}

/// To each expected event the first alert of its kind that is left and came about then.
fn answered(expected: &[ExpectedEvent], alerts: &[SeenAlert]) -> Vec<(ExpectedEvent, Option<usize>)> {
    let mut order: Vec<usize> = (0..expected.len()).collect();
    order.sort_by_key(|index| expected.get(*index).map(|one| one.at_secs));
    let mut answers = vec![None; expected.len()];
    let mut is_taken = vec![false; alerts.len()];
    for index in order {
        let Some(one) = expected.get(index) else { continue };
        let at_ms = i64::from(one.at_secs).saturating_mul(1_000);
        let fits = |alert: &SeenAlert| {
            event_kind(alert.event.kind()) == one.kind
                && alert.after_ms.is_none_or(|after_ms| {
                    (at_ms.saturating_sub(EARLY_MS)..=at_ms.saturating_add(LATE_MS)).contains(&after_ms)
                })
        };
        let found = alerts
            .iter()
            .enumerate()
            .position(|(place, alert)| is_taken.get(place) == Some(&false) && fits(alert));
        if let Some(taken) = found.and_then(|place| is_taken.get_mut(place)) {
            *taken = true;
        }
        if let Some(answer) = answers.get_mut(index) {
            *answer = found;
        }
    }
    expected.iter().cloned().zip(answers).collect()
}

#[cfg(test)]
mod tests;
