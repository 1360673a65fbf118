//! The end of what was kept for too long.
//!
//! A day whose last hour is past its retention loses its key; what is past its own retention within a living day
//! loses its sealed text. The order makes every step safe against a crash: the days are named in the database
//! as doomed and that is durable; their keys are destroyed; their records are replaced. Whatever stops in
//! between is finished at the next opening, and until then a doomed day's records read as expired.

use std::time::Duration;

use velum_vocab::Timestamp;

use crate::day::{Day, Hour};
use crate::error::OutboxError;
use crate::layout;
use crate::position::doomed_days;
use crate::shared::Shared;
use crate::store::{Store, StoreError};

/// What an expiry did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ExpiryCounts {
    /// Numbers that had not been acknowledged and now end as expired.
    pub records: u64,
    /// Keys destroyed.
    pub key_days: u64,
}

/// Runs on the writing thread.
pub(crate) fn expire(
    shared: &Shared,
    now: Timestamp,
    retention: Duration,
) -> Result<ExpiryCounts, OutboxError> {
    let mut days = shared.keys.days()?;
    days.retain(|day| day.is_past(now, retention));
    shared.read(|store| doom(store, &days))?;
    finish(shared, |hour| hour.is_past(now, retention))
}

/// Destroys the keys of all doomed days, and replaces what `is_past` or of a doomed day.
pub(crate) fn finish(shared: &Shared, is_past: impl Fn(Hour) -> bool) -> Result<ExpiryCounts, OutboxError> {
    let doomed = shared.read(doomed_days)?;
    let mut key_days = 0_u64;
    for &day in &doomed {
        shared.keys.destroy(day)?;
        key_days = key_days.saturating_add(1);
    }
    let mut position = shared.position.lock().clone();
    let past = |hour: Hour| is_past(hour) || doomed.contains(&hour.day());
    let (batch, records) = shared.read(|store| replace(store, &doomed, &past, &mut position))?;
    shared.read(|store| store.apply(batch).and_then(|()| store.make_durable()))?;
    *shared.position.lock() = position;
    Ok(ExpiryCounts { records, key_days })
}

fn doom(store: &Store, days: &[Day]) -> Result<(), StoreError> {
    if days.is_empty() {
        return Ok(());
    }
    let mut batch = sled::Batch::default();
    days.iter().for_each(|&day| batch.insert(layout::doomed_day_key(day), Vec::new()));
    store.apply(batch)?;
    store.make_durable()
}

fn replace(
    store: &Store,
    doomed: &[Day],
    past: &impl Fn(Hour) -> bool,
    position: &mut crate::position::Position,
) -> Result<(sled::Batch, u64), StoreError> {
    let mut batch = sled::Batch::default();
    let mut records = 0_u64;
    store.scan(layout::RECORDS, layout::RECORDS, |key, value| {
        let hour = layout::sealed_hour(value).filter(|&hour| past(hour));
        if let (Some(hour), Some(sequence)) = (hour, layout::record_sequence(key)) {
            let plain = layout::plain_record(sequence, layout::expired(hour.day()));
            position.resize(sequence, plain.len());
            batch.insert(key, plain);
            records = records.saturating_add(1);
        }
        true
    })?;
    store.scan(layout::RULE_STATES, layout::RULE_STATES, |key, value| {
        if layout::sealed_hour(value).is_none_or(past) {
            batch.remove(key);
        }
        true
    })?;
    store.scan(layout::COVERAGE, layout::COVERAGE, |key, _| {
        if layout::coverage_hour(key).is_none_or(past) {
            batch.remove(key);
        }
        true
    })?;
    doomed.iter().for_each(|&day| batch.remove(layout::doomed_day_key(day)));
    Ok((batch, records))
}
