//! One slot between the decoder and the analysis: the latest frame wins, and each one replaced is counted.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use velum_vocab::FrameCounts;

/// A slot for one value.
pub(crate) struct LatestCell<T> {
    slot: Mutex<Slot<T>>,
    changed: Condvar,
}

struct Slot<T> {
    value: Option<T>,
    closed: bool,
    counts: FrameCounts,
}

/// What was in the slot.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Taken<T> {
    Value(T),
    Empty,
    Closed,
}

impl<T> LatestCell<T> {
    pub(crate) fn new() -> Self {
        let slot = Slot { value: None, closed: false, counts: FrameCounts::default() };
        Self { slot: Mutex::new(slot), changed: Condvar::new() }
    }

    /// Puts a value in; one that nobody took is dropped and counted.
    pub(crate) fn put(&self, value: T) {
        let mut slot = self.lock();
        slot.counts.decoded += 1;
        if slot.value.replace(value).is_some() {
            slot.counts.dropped += 1;
        }
        drop(slot);
        self.changed.notify_all();
    }

    /// Takes the value out, waiting for one up to `timeout`. A closed cell still gives its last value.
    pub(crate) fn take(&self, timeout: Duration) -> Taken<T> {
        let deadline = Instant::now() + timeout;
        let mut slot = self.lock();
        loop {
            if let Some(value) = slot.value.take() {
                slot.counts.analysed += 1;
                return Taken::Value(value);
            }
            if slot.closed {
                return Taken::Closed;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Taken::Empty;
            }
            slot = self.changed.wait_timeout(slot, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Says that no value will come any more.
    pub(crate) fn close(&self) {
        self.lock().closed = true;
        self.changed.notify_all();
    }

    pub(crate) fn counts(&self) -> FrameCounts {
        self.lock().counts
    }

    fn lock(&self) -> MutexGuard<'_, Slot<T>> {
        self.slot.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NO_TIME: Duration = Duration::ZERO;

    #[test]
    fn the_latest_wins_and_the_rest_is_counted() {
        let cell = LatestCell::new();
        assert_eq!(cell.take(NO_TIME), Taken::Empty);
        (1..=3).for_each(|n| cell.put(n));
        assert_eq!(cell.take(NO_TIME), Taken::Value(3));
        assert_eq!(cell.take(NO_TIME), Taken::Empty);
        assert_eq!(cell.counts(), FrameCounts { decoded: 3, analysed: 1, dropped: 2 });
    }

    #[test]
    fn a_closed_cell_gives_its_last_value_first() {
        let cell = LatestCell::new();
        cell.put('a');
        cell.close();
        assert_eq!(cell.take(NO_TIME), Taken::Value('a'));
        assert_eq!(cell.take(Duration::from_secs(60)), Taken::Closed);
    }

    #[test]
    fn a_waiting_taker_is_woken() {
        let cell = LatestCell::new();
        std::thread::scope(|scope| {
            let taker = scope.spawn(|| cell.take(Duration::from_secs(60)));
            cell.put(7);
            assert_eq!(taker.join().unwrap(), Taken::Value(7));
        });
    }

    #[test]
    fn nothing_is_lost_from_the_count_under_contention() {
        let cell = LatestCell::new();
        let taken = std::thread::scope(|scope| {
            let taker = scope.spawn(|| {
                std::iter::from_fn(|| match cell.take(Duration::from_secs(60)) {
                    Taken::Value(n) => Some(n),
                    Taken::Empty | Taken::Closed => None,
                })
                .collect::<Vec<u64>>()
            });
            (0..1_000).for_each(|n| cell.put(n));
            cell.close();
            taker.join().unwrap()
        });
        let counts = cell.counts();
        assert_eq!(counts.decoded, 1_000);
        assert_eq!(counts.analysed, taken.len() as u64);
        assert_eq!(counts.analysed + counts.dropped, 1_000);
        assert!(taken.is_sorted() && taken.last() == Some(&999));
    }
}
