//! Work on as many threads as there are cores, its outcomes in the order in which it was given.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, PoisonError};

/// Does each piece of work; the first failure ends what has not begun.
///
/// # Errors
/// The first failure, in the order of the work.
pub(crate) fn in_order<W: Send, T: Send, E: Send>(
    work: Vec<W>,
    threads_max: usize,
    play: impl Fn(&W) -> Result<T, E> + Sync,
    told: impl Fn(&W, &Result<T, E>, usize) + Sync,
) -> Result<Vec<T>, E> {
    let queue = Mutex::new(work.into_iter().enumerate().collect::<VecDeque<_>>());
    let done = Mutex::new(BTreeMap::new());
    std::thread::scope(|scope| {
        for _ in 0..threads().min(threads_max) {
            scope.spawn(|| {
                // Taken in a closure, so that the lock is free again before the playing begins.
                let next = || lock(&queue).pop_front();
                while let Some((index, work)) = next() {
                    let outcome = play(&work);
                    told(&work, &outcome, lock(&done).len() + 1);
                    let failed = outcome.is_err();
                    lock(&done).insert(index, outcome);
                    if failed {
                        lock(&queue).clear();
                    }
                }
            });
        }
    });
    done.into_inner().unwrap_or_else(PoisonError::into_inner).into_values().collect()
}

/// The cores of this machine.
pub(crate) fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outcomes_keep_the_order_of_the_work_and_a_failure_ends_it() {
        let all = in_order((0..50).collect(), 4, |n| Ok::<_, u32>(n * 2), |_, _, _| {});
        assert_eq!(all, Ok((0..50).map(|n| n * 2).collect()));
        let played = Mutex::new(0);
        let failed = in_order(
            (0..1000).collect(),
            2,
            |n| {
                *lock(&played) += 1;
                if *n == 3 { Err(*n) } else { Ok(*n) }
            },
            |_, _, _| {},
        );
        assert_eq!(failed, Err(3));
        assert!(*lock(&played) < 1000);
    }
}
