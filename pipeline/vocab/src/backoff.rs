//! How long to wait before the next attempt, for everything on the box that tries again.

use std::time::Duration;

/// Doubles with each failure from a first step to a longest one. Half of each wait is drawn at random, so that a
/// thousand boxes behind one hub, or a hundred cameras behind one switch, do not come back in one instant.
#[derive(Debug, Clone)]
pub struct Backoff {
    first: Duration,
    longest: Duration,
    step: Duration,
    random: fastrand::Rng,
}

impl Backoff {
    /// No failure yet: the first wait is `first` at most, none is over `longest`.
    pub fn new(first: Duration, longest: Duration) -> Self {
        Self::with_random(first, longest, fastrand::Rng::new())
    }

    fn with_random(first: Duration, longest: Duration, random: fastrand::Rng) -> Self {
        let first = first.min(longest);
        Self { first, longest, step: first, random }
    }

    /// How long to wait after one more failure: between half of the step and all of it.
    pub fn next_wait(&mut self) -> Duration {
        let step = self.step;
        self.step = step.saturating_mul(2).min(self.longest);
        (step / 2).saturating_add((step / 2).mul_f64(self.random.f64())).min(step)
    }

    /// A wait near the longest, where trying soon does harm; those that follow are as long.
    pub fn longest_wait(&mut self) -> Duration {
        self.step = self.longest;
        self.next_wait()
    }

    /// The attempt was a good one: the next wait is the first again.
    pub fn reset(&mut self) {
        self.step = self.first;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn millis(first: u64, longest: u64, seed: u64) -> Backoff {
        let random = fastrand::Rng::with_seed(seed);
        Backoff::with_random(Duration::from_millis(first), Duration::from_millis(longest), random)
    }

    fn check(backoff: &mut Backoff, step_ms: u64) {
        let (wait, step) = (backoff.next_wait(), Duration::from_millis(step_ms));
        assert!(wait >= step / 2 && wait <= step, "{wait:?} of {step:?}");
    }

    #[test]
    fn steps_double_up_to_the_longest_and_start_over_after_a_success() {
        let mut backoff = millis(500, 3_000, 1);
        for step_ms in [500, 1_000, 2_000, 3_000, 3_000] {
            check(&mut backoff, step_ms);
        }
        backoff.reset();
        check(&mut backoff, 500);
        check(&mut backoff, 1_000);
    }

    #[test]
    fn the_longest_wait_comes_at_once_and_stays() {
        let mut backoff = millis(500, 60_000, 1);
        let wait = backoff.longest_wait();
        assert!(wait >= Duration::from_secs(30) && wait <= Duration::from_secs(60), "{wait:?}");
        check(&mut backoff, 60_000);
    }

    #[test]
    fn two_that_fail_together_do_not_come_back_together() {
        assert_ne!(millis(500, 30_000, 1).next_wait(), millis(500, 30_000, 2).next_wait());
        let mut one = millis(60_000, 60_000, 3);
        assert_ne!(one.next_wait(), one.next_wait());
    }

    proptest! {
        #[test]
        fn no_wait_is_over_the_longest(first in any::<Duration>(), longest in any::<Duration>(), seed: u64) {
            let mut backoff = Backoff::with_random(first, longest, fastrand::Rng::with_seed(seed));
            for _ in 0..70 {
                prop_assert!(backoff.next_wait() <= longest);
            }
        }
    }
}
