//! The end of what may no longer leave: a judgement is made with an event and holds only as long as a policy does.

use velum_proto::v1::{Event, EventKind, Record, Withheld, event::Body, record::End};

use crate::day::Hour;
use crate::error::OutboxError;
use crate::layout;
use crate::position::{Position, doomed_days};
use crate::shared::Shared;
use crate::store::{Store, StoreError};

/// Replaces the end of every event that waits, under its number and its day's key, and forgets the hours of coverage: the
/// hub has those that it was told, and the others may not leave any more. Runs on the writing thread.
pub(crate) fn withhold_waiting(shared: &Shared, rule: &str) -> Result<u64, OutboxError> {
    let mut position = shared.position.lock().clone();
    let events = shared.read(|store| waiting_events(shared, store, &position))??;
    let mut batch = sled::Batch::default();
    let mut hours = 0_usize;
    shared.read(|store| {
        store.scan(layout::COVERAGE, layout::COVERAGE, |key, _| {
            batch.remove(key);
            hours += 1;
            true
        })
    })?;
    if events.is_empty() && hours == 0 {
        return Ok(0);
    }
    for &(sequence, hour) in &events {
        let end = End::Withheld(Withheld { rule: rule.to_owned() });
        // Sealed in its old hour: it is kept no longer than before.
        let value = layout::seal_record(&shared.keys, position.incarnation, sequence, hour, end)?;
        position.resize(sequence, value.len());
        batch.insert(layout::record_key(sequence), value);
    }
    // Held while writing, so that nobody reads one event before and the next one after.
    let mut current = shared.position.lock();
    shared.read(|store| store.apply(batch).and_then(|()| store.make_durable()))?;
    *current = position;
    Ok(u64::try_from(events.len()).unwrap_or(u64::MAX))
}

/// The inner error is of a key: the database is well then.
fn waiting_events(
    shared: &Shared,
    store: &Store,
    position: &Position,
) -> Result<Result<Vec<(u64, Hour)>, OutboxError>, StoreError> {
    let doomed = doomed_days(store)?;
    let first = layout::record_key(position.acknowledged.saturating_add(1));
    let mut events = Vec::new();
    let mut unavailable = None;
    store.scan(layout::RECORDS, &first, |key, value| {
        if let (Some(sequence), Some(hour)) = (layout::record_sequence(key), layout::sealed_hour(value)) {
            match layout::open_record(&shared.keys, position.incarnation, sequence, value, &doomed) {
                Ok(Record { end: Some(End::Event(event)), .. }) if !is_health(&event) => {
                    events.push((sequence, hour));
                }
                Ok(_) => {}
                Err(error) => unavailable = Some(error),
            }
        }
        unavailable.is_none()
    })?;
    Ok(unavailable.map_or(Ok(events), Err))
}

/// A camera's health tells of no person and leaves without a policy.
fn is_health(event: &Event) -> bool {
    event.kind() == EventKind::CameraHealth && matches!(event.body, None | Some(Body::CameraHealth(_)))
}
