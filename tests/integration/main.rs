//! The one integration binary: what is true of the workspace and of the real executables.
#![cfg(test)]

mod architecture;
mod demo;
mod kills;
mod marker;
mod pages;
mod states;
mod tap;

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use velum_tests::town::Town;

/// Towns keep both cores of a small machine busy: one after the other.
fn one_town_at_a_time() -> MutexGuard<'static, ()> {
    static TOWN: Mutex<()> = Mutex::new(());
    TOWN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Waits until something is true of a town; fails, with the end of the box's log, when patience ends.
fn wait_until(town: &Town, what: &str, patience: Duration, mut holds: impl FnMut(&Town) -> bool) {
    let deadline = Instant::now() + patience;
    while !holds(town) {
        assert!(Instant::now() < deadline, "not {what} within {patience:?}:\n{}", town.edge_log_end());
        std::thread::sleep(Duration::from_millis(200));
    }
}
