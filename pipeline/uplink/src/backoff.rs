//! How long to wait before the next attempt: doubling, with full jitter, so that a thousand boxes do not return to
//! a restarted hub in the same second.

use std::time::Duration;

#[derive(Debug, Clone)]
pub(crate) struct Backoff {
    first: Duration,
    longest: Duration,
    next: Duration,
}

impl Backoff {
    pub(crate) fn new(first: Duration, longest: Duration) -> Self {
        Self { first, longest, next: first }
    }

    /// A random time between half of the current step and all of it; the step doubles.
    pub(crate) fn next(&mut self) -> Duration {
        let step = self.next.min(self.longest);
        self.next = step.saturating_mul(2).min(self.longest);
        step.mul_f64(0.5 + fastrand::f64() / 2.0)
    }

    /// The hub answered: begin again.
    pub(crate) fn reset(&mut self) {
        self.next = self.first;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_double_up_to_the_longest() {
        let mut backoff = Backoff::new(Duration::from_secs(1), Duration::from_secs(5));
        for longest_secs in [1, 2, 4, 5, 5] {
            let wait = backoff.next();
            let longest = Duration::from_secs(longest_secs);
            assert!(wait <= longest && wait >= longest / 2, "{wait:?}");
        }
        backoff.reset();
        assert!(backoff.next() <= Duration::from_secs(1));
    }
}
