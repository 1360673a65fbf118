//! How long to wait before the next try: doubling, with jitter, so that cameras do not come back in step.

use std::time::Duration;

const FIRST: Duration = Duration::from_millis(500);
const LONGEST: Duration = Duration::from_secs(60);

/// Grows with each failure; forgotten after a success.
#[derive(Debug)]
pub(crate) struct Backoff {
    next: Duration,
}

impl Backoff {
    /// No failure yet.
    pub(crate) fn new() -> Self {
        Self { next: FIRST }
    }

    /// How long to wait after one more failure: between half and the whole of the step.
    pub(crate) fn failed(&mut self) -> Duration {
        let step = self.next;
        self.next = step.saturating_mul(2).min(LONGEST);
        step.mul_f64(0.5 + fastrand::f64() / 2.0)
    }

    /// Starts from the shortest wait again.
    pub(crate) fn succeeded(&mut self) {
        self.next = FIRST;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_a_minute_and_fall_back() {
        let mut backoff = Backoff::new();
        let waits: Vec<_> = (0..12).map(|_| backoff.failed()).collect();
        assert!(waits[0] >= FIRST / 2 && waits[0] <= FIRST);
        assert!(waits[11] >= LONGEST / 2 && waits[11] <= LONGEST);
        backoff.succeeded();
        assert!(backoff.failed() <= FIRST);
    }
}
