//! Where the hub learns what time it is.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// A source of time, so that ages and expiries are tested without waiting.
pub(crate) trait Clock: Send + Sync + 'static {
    /// Milliseconds since 1970-01-01T00:00:00Z.
    fn unix_ms(&self) -> i64;

    /// The monotonic clock, which nobody sets.
    fn instant(&self) -> Instant;
}

/// The system's real-time clock.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct SystemClock;

impl Clock for SystemClock {
    fn unix_ms(&self) -> i64 {
        match SystemTime::now().duration_since(UNIX_EPOCH) {
            Ok(since) => i64::try_from(since.as_millis()).unwrap_or(i64::MAX),
            Err(_) => 0,
        }
    }

    fn instant(&self) -> Instant {
        Instant::now()
    }
}

#[cfg(test)]
pub(crate) mod simulated {
    use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
    use std::time::{Duration, Instant};

    use super::Clock;

    /// A clock that stands still until it is moved.
    pub(crate) struct SimulatedClock {
        unix_ms: AtomicI64,
        started: Instant,
        passed_ms: AtomicU64,
    }

    impl SimulatedClock {
        pub(crate) fn at(unix_ms: i64) -> Self {
            Self { unix_ms: AtomicI64::new(unix_ms), started: Instant::now(), passed_ms: AtomicU64::new(0) }
        }

        /// Time passes.
        pub(crate) fn advance_ms(&self, by_ms: i64) {
            self.set_ms(by_ms);
            self.passed_ms.fetch_add(by_ms.unsigned_abs(), Ordering::SeqCst);
        }

        /// Somebody sets the wall clock, forward or back.
        pub(crate) fn set_ms(&self, by_ms: i64) {
            self.unix_ms.fetch_add(by_ms, Ordering::SeqCst);
        }
    }

    impl Clock for SimulatedClock {
        fn unix_ms(&self) -> i64 {
            self.unix_ms.load(Ordering::SeqCst)
        }

        fn instant(&self) -> Instant {
            self.started + Duration::from_millis(self.passed_ms.load(Ordering::SeqCst))
        }
    }
}
