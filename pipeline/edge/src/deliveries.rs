//! How long it takes until the hub has what was told of a frame.

use std::collections::VecDeque;

use parking_lot::Mutex;
use velum_vocab::Timestamp;

/// While the hub is away, more than this is not measured: it would say how long it was away.
const WAITING_MAX: usize = 1_000;

/// Numbers that the hub does not have yet, and the time of the frame that each is about.
#[derive(Debug, Default)]
pub(crate) struct Deliveries(Mutex<Waiting>);

#[derive(Debug, Default)]
struct Waiting {
    acknowledged: u64,
    of: VecDeque<(u64, Timestamp)>,
}

impl Deliveries {
    /// What was told of the frame at this time has these numbers. Gives, as seconds, the age of what the hub has already: it may
    /// have answered before whoever committed went on.
    pub(crate) fn committed(&self, numbers: &[u64], at: Timestamp, now: Timestamp) -> Vec<f64> {
        let mut waiting = self.0.lock();
        waiting.of.extend(numbers.iter().map(|number| (*number, at)));
        let surplus = waiting.of.len().saturating_sub(WAITING_MAX);
        waiting.of.drain(..surplus);
        waiting.take(now)
    }

    /// The hub has all up to this number: how old each one's frame is, seconds. Where the number falls, the outbox began anew,
    /// and what waited has other numbers or none.
    pub(crate) fn acknowledged(&self, up_to: u64, now: Timestamp) -> Vec<f64> {
        let mut waiting = self.0.lock();
        if up_to < waiting.acknowledged {
            waiting.of.clear();
        }
        waiting.acknowledged = up_to;
        waiting.take(now)
    }
}

impl Waiting {
    fn take(&mut self, now: Timestamp) -> Vec<f64> {
        let mut ages = Vec::new();
        self.of.retain(|(number, at)| {
            let waits = *number > self.acknowledged;
            if !waits {
                ages.push(now.secs_since(*at));
            }
            waits
        });
        ages
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::testing::START;

    #[test]
    fn each_number_is_measured_once_when_the_hub_has_it() {
        let deliveries = Deliveries::default();
        let later = |secs| START.plus(Duration::from_secs(secs));
        assert!(deliveries.committed(&[3, 4], START, START).is_empty());
        // Another camera's thread came first.
        assert!(deliveries.committed(&[2], later(1), later(1)).is_empty());
        assert_eq!(deliveries.acknowledged(1, later(2)), [0.0; 0]);
        assert_eq!(deliveries.acknowledged(3, later(2)), [2.0, 1.0]);
        assert_eq!(deliveries.acknowledged(3, later(3)), [0.0; 0]);
        assert_eq!(deliveries.acknowledged(9, later(4)), [4.0]);
        assert_eq!(deliveries.committed(&[8, 9, 10], later(4), later(6)), [2.0, 2.0], "the hub was quicker");
        assert_eq!(deliveries.acknowledged(0, later(7)), [0.0; 0], "the outbox began anew");
        assert!(deliveries.committed(&(1..=2_000).collect::<Vec<_>>(), START, START).is_empty());
        assert_eq!(deliveries.acknowledged(u64::MAX, START).len(), WAITING_MAX);
    }
}
