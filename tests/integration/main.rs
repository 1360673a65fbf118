//! The one integration binary: what is true of the workspace and of the real executables.
#![cfg(test)]

mod architecture;
mod demo;
mod kills;
mod marker;
mod pages;
mod tap;

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Towns keep both cores of a small machine busy: one after the other.
fn one_town_at_a_time() -> MutexGuard<'static, ()> {
    static TOWN: Mutex<()> = Mutex::new(());
    TOWN.lock().unwrap_or_else(PoisonError::into_inner)
}
