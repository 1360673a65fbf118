//! Where the hub learns what time it is.

use std::time::{SystemTime, UNIX_EPOCH};

/// A source of time, so that ages and expiries are tested without waiting.
pub(crate) trait Clock: Send + Sync + 'static {
    /// Milliseconds since 1970-01-01T00:00:00Z.
    fn unix_ms(&self) -> i64;
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
}

#[cfg(test)]
pub(crate) mod simulated {
    use std::sync::atomic::{AtomicI64, Ordering};

    use super::Clock;

    /// A clock that stands still until it is moved.
    pub(crate) struct SimulatedClock(AtomicI64);

    impl SimulatedClock {
        pub(crate) fn at(unix_ms: i64) -> Self {
            Self(AtomicI64::new(unix_ms))
        }

        pub(crate) fn advance_ms(&self, by_ms: i64) {
            self.0.fetch_add(by_ms, Ordering::SeqCst);
        }
    }

    impl Clock for SimulatedClock {
        fn unix_ms(&self) -> i64 {
            self.0.load(Ordering::SeqCst)
        }
    }
}
