//! How many connections begin at once. Sixteen cameras that begin together, or come back together after their switch did,
//! would wait for each other until all are given up as silent, and be tried again with growing pauses.

use std::collections::BTreeSet;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// A connection without a picture keeps its turn no longer: cameras that are dead hold up nobody for long.
pub(crate) const LONGEST: Duration = Duration::from_secs(2);

/// The turns of this process: its cameras share the processors.
pub(crate) static TURNS: Turns = Turns::new();

/// Connections begin in the order in which they asked, so many at once as there are processors.
pub(crate) struct Turns {
    queue: Mutex<Queue>,
    changed: Condvar,
}

#[derive(Debug)]
struct Queue {
    taken: usize,
    next: u64,
    waiting: BTreeSet<u64>,
}

/// The turn to begin; over when dropped.
pub(crate) struct Turn<'a>(&'a Turns);

/// A place in the queue; left when dropped.
pub(crate) struct Place<'a> {
    turns: &'a Turns,
    number: u64,
}

impl Turns {
    const fn new() -> Self {
        let queue = Queue { taken: 0, next: 0, waiting: BTreeSet::new() };
        Self { queue: Mutex::new(queue), changed: Condvar::new() }
    }

    /// Joins the queue.
    pub(crate) fn ask(&self) -> Place<'_> {
        let mut queue = self.queue();
        let number = queue.next;
        queue.next += 1;
        queue.waiting.insert(number);
        Place { turns: self, number }
    }

    /// Each change is one step: a poisoned lock still guards consistent facts.
    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<'a> Place<'a> {
    /// The turn, once it has come, waiting for it up to `at_most`.
    pub(crate) fn turn(&self, at_once: usize, at_most: Duration) -> Option<Turn<'a>> {
        let must_wait =
            |queue: &mut Queue| queue.taken >= at_once.max(1) || queue.waiting.first() != Some(&self.number);
        let waited = self.turns.changed.wait_timeout_while(self.turns.queue(), at_most, must_wait);
        let (mut queue, timeout) = waited.unwrap_or_else(PoisonError::into_inner);
        if timeout.timed_out() {
            return None;
        }
        queue.waiting.remove(&self.number);
        queue.taken += 1;
        drop(queue);
        self.turns.changed.notify_all();
        Some(Turn(self.turns))
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        if self.turns.queue().waiting.remove(&self.number) {
            self.turns.changed.notify_all();
        }
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.0.queue().taken -= 1;
        self.0.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turns_come_in_order_and_so_many_at_once() {
        let turns = Turns::new();
        let places: Vec<_> = (0..4).map(|_| turns.ask()).collect();
        let now = |place: &Place<'_>| place.turn(2, Duration::ZERO).is_some();
        assert!(!now(&places[1]), "the first has not had its turn");
        let first = places[0].turn(2, Duration::ZERO).unwrap();
        let second = places[1].turn(2, Duration::ZERO).unwrap();
        assert!(!now(&places[2]));
        drop(first);
        assert!(!now(&places[3]) && now(&places[2]) && now(&places[3]));
        drop(second);
        assert_eq!(turns.queue().taken, 0);
    }

    #[test]
    fn who_leaves_the_queue_holds_nobody_up() {
        let turns = Turns::new();
        let (first, second) = (turns.ask(), turns.ask());
        std::thread::scope(|scope| {
            let waits = scope.spawn(|| second.turn(1, Duration::from_secs(60)).is_some());
            drop(first);
            assert!(waits.join().unwrap());
        });
        assert!(turns.queue().waiting.is_empty());
    }
}
