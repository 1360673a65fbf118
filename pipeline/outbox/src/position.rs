//! Where the numbers stand, read back from the database and kept beside it.

use std::collections::{BTreeMap, VecDeque};
use std::io;

use crate::day::Day;
use crate::error::OutboxError;
use crate::keys::DayKeys;
use crate::layout::{self, Incarnation};
use crate::store::{Store, StoreError};
use velum_proto::v1::record::End;

/// More numbers than this without a record are no crash but a damaged counter.
const GAP_LIMIT: u64 = 1_000_000;

/// What is known of the numbers. `sizes_bytes` has one item for each number not yet acknowledged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Position {
    pub(crate) incarnation: Incarnation,
    pub(crate) last_sequence: u64,
    pub(crate) acknowledged: u64,
    pub(crate) sizes_bytes: VecDeque<u32>,
    pub(crate) bytes: u64,
}

/// A position, and what had to be mended to reach it.
pub(crate) struct ReadBack {
    pub(crate) position: Position,
    /// Records that cannot be opened, gaps counted.
    pub(crate) unreadable: u64,
    /// Numbers that were given and have no record.
    pub(crate) gaps: Vec<u64>,
    /// Days whose destruction was begun.
    pub(crate) doomed: Vec<Day>,
}

impl Position {
    pub(crate) fn fresh(incarnation: Incarnation) -> Self {
        Self { incarnation, last_sequence: 0, acknowledged: 0, sizes_bytes: VecDeque::new(), bytes: 0 }
    }

    pub(crate) fn records(&self) -> u64 {
        self.last_sequence.saturating_sub(self.acknowledged)
    }

    /// One more number, with the size of its value.
    pub(crate) fn push(&mut self, size_bytes: usize) {
        let size = u32::try_from(size_bytes).unwrap_or(u32::MAX);
        self.last_sequence = self.last_sequence.saturating_add(1);
        self.sizes_bytes.push_back(size);
        self.bytes = self.bytes.saturating_add(u64::from(size));
    }

    /// The value of a number that still waits was replaced.
    pub(crate) fn resize(&mut self, sequence: u64, size_bytes: usize) {
        let index = sequence.saturating_sub(self.acknowledged).saturating_sub(1);
        let slot = usize::try_from(index).ok().and_then(|index| self.sizes_bytes.get_mut(index));
        if let Some(slot) = slot {
            let size = u32::try_from(size_bytes).unwrap_or(u32::MAX);
            self.bytes = self.bytes.saturating_sub(u64::from(*slot)).saturating_add(u64::from(size));
            *slot = size;
        }
    }

    /// Numbers up to this one are done with.
    pub(crate) fn acknowledge(&mut self, up_to: u64) {
        while self.acknowledged < up_to {
            self.acknowledged = self.acknowledged.saturating_add(1);
            let size = self.sizes_bytes.pop_front().unwrap_or(0);
            self.bytes = self.bytes.saturating_sub(u64::from(size));
        }
    }

    /// Reads the position; none where the database has never been begun. `known_last` is the highest number that
    /// was given by this incarnation as far as the marks know.
    pub(crate) fn read(
        store: &Store,
        keys: &DayKeys,
        known_last: impl FnOnce(Incarnation) -> u64,
    ) -> Result<Option<ReadBack>, StoreError> {
        let Some(value) = store.value(layout::INCARNATION)? else { return Ok(None) };
        let id = <[u8; 16]>::try_from(&*value).map_err(|_| StoreError::Unreadable("incarnation"))?;
        let incarnation = Incarnation(id);
        let acknowledged = number(store, layout::ACKNOWLEDGED)?;
        let counted = number(store, layout::LAST_SEQUENCE)?.max(known_last(incarnation)).max(acknowledged);
        let doomed = doomed_days(store)?;
        let (sizes, mut unreadable) = read_records(store, keys, incarnation, &doomed)?;
        let last = sizes.last_key_value().map_or(counted, |(&last, _)| last.max(counted));
        let waiting = last.saturating_sub(acknowledged);
        if waiting > GAP_LIMIT.saturating_add(u64::try_from(sizes.len()).unwrap_or(u64::MAX)) {
            return Err(StoreError::Unreadable("numbers"));
        }
        let mut position = Self { last_sequence: acknowledged, acknowledged, ..Self::fresh(incarnation) };
        let mut gaps = Vec::new();
        for sequence in acknowledged.saturating_add(1)..=last {
            let size = sizes.get(&sequence);
            position.push(size.copied().unwrap_or(0));
            gaps.extend(size.is_none().then_some(sequence));
        }
        unreadable = unreadable.saturating_add(u64::try_from(gaps.len()).unwrap_or(u64::MAX));
        Ok(Some(ReadBack { position, unreadable, gaps, doomed }))
    }
}

fn number(store: &Store, key: &[u8]) -> Result<u64, StoreError> {
    let Some(value) = store.value(key)? else { return Ok(0) };
    <[u8; 8]>::try_from(&*value).map(u64::from_be_bytes).map_err(|_| StoreError::Unreadable("numbers"))
}

pub(crate) fn doomed_days(store: &Store) -> Result<Vec<Day>, StoreError> {
    let mut days = Vec::new();
    store.scan(layout::DOOMED_DAYS, layout::DOOMED_DAYS, |key, _| {
        days.extend(layout::doomed_day(key));
        true
    })?;
    Ok(days)
}

/// The size of each record's value, and how many cannot be opened.
fn read_records(
    store: &Store,
    keys: &DayKeys,
    incarnation: Incarnation,
    doomed: &[Day],
) -> Result<(BTreeMap<u64, usize>, u64), StoreError> {
    let mut sizes = BTreeMap::new();
    let mut unreadable = 0_u64;
    let mut unavailable = None;
    store.scan(layout::RECORDS, layout::RECORDS, |key, value| {
        if let Some(sequence) = layout::record_sequence(key) {
            match layout::open_record(keys, incarnation, sequence, value, doomed) {
                Ok(record) => {
                    let is_sealed = layout::sealed_hour(value).is_some();
                    let is_lost = matches!(record.end, Some(End::Lost(_))) && is_sealed;
                    unreadable = unreadable.saturating_add(u64::from(is_lost));
                    sizes.insert(sequence, value.len());
                }
                Err(error) => unavailable = Some(error),
            }
        }
        unavailable.is_none()
    })?;
    match unavailable {
        None => Ok((sizes, unreadable)),
        Some(OutboxError::File { kind, .. }) => Err(StoreError::Key(kind)),
        Some(_) => Err(StoreError::Key(io::ErrorKind::Other)),
    }
}
