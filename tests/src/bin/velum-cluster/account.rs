//! What boxes made, what was acknowledged, and what each subscriber was told: how often, and how soon.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Instant;

/// Of the boxes.
#[derive(Default)]
pub(crate) struct Account {
    /// By box: when each number was made, from 1 on.
    made: Vec<Mutex<Vec<Instant>>>,
    pub(crate) acknowledged: AtomicU64,
    /// From when on waits count: all boxes are connected.
    counts_from: OnceLock<Instant>,
}

impl Account {
    pub(crate) fn of(boxes: usize) -> Self {
        Self { made: (0..boxes).map(|_| Mutex::default()).collect(), ..Self::default() }
    }

    pub(crate) fn made(&self, number: usize) {
        if let Some(of) = self.made.get(number) {
            lock(of).push(Instant::now());
        }
    }

    /// Waits count from now on.
    pub(crate) fn all_connected(&self) {
        // Once is enough.
        let _again = self.counts_from.set(Instant::now());
    }

    fn counts(&self, made: Instant) -> bool {
        self.counts_from.get().is_some_and(|from| made >= *from)
    }

    pub(crate) fn count_made(&self) -> u64 {
        self.made.iter().map(|of| lock(of).len() as u64).sum()
    }

    /// How many numbers were made that are multiples of this one.
    pub(crate) fn count_made_every(&self, every: u64) -> u64 {
        self.made.iter().map(|of| lock(of).len() as u64 / every).sum()
    }

    pub(crate) fn count_acknowledged(&self) -> u64 {
        self.acknowledged.load(Ordering::Relaxed)
    }

    fn made_at(&self, number: usize, sequence: u64) -> Option<Instant> {
        let place = usize::try_from(sequence.checked_sub(1)?).ok()?;
        lock(self.made.get(number)?).get(place).copied()
    }
}

/// Of one subscriber.
#[derive(Default)]
pub(crate) struct Told {
    times: HashMap<(usize, u64), u32>,
    pub(crate) latencies_ms: Vec<f64>,
    pub(crate) reconnections: u64,
    pub(crate) cursor: u64,
}

impl Told {
    /// It was told a record of a box.
    pub(crate) fn hear(&mut self, account: &Account, number: usize, sequence: u64) {
        *self.times.entry((number, sequence)).or_default() += 1;
        if let Some(made) = account.made_at(number, sequence).filter(|made| account.counts(*made)) {
            self.latencies_ms.push(made.elapsed().as_secs_f64() * 1_000.0);
        }
    }

    pub(crate) fn distinct(&self) -> u64 {
        self.times.len() as u64
    }

    pub(crate) fn doubled(&self) -> u64 {
        self.times.values().filter(|times| **times > 1).count() as u64
    }
}

/// The value below which so much of a sorted list lies; none of an empty one.
pub(crate) fn quantile(sorted: &[f64], fraction: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    sorted.get(((last as f64) * fraction).round() as usize).copied()
}

pub(crate) fn lock<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}
