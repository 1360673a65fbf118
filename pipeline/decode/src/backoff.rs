//! How long to wait before a lost camera is tried again.

use std::time::Duration;

const FIRST: Duration = Duration::from_millis(500);
const LONGEST: Duration = Duration::from_secs(30);
/// A connection that played this long was a good one: the next loss starts over.
const GOOD: Duration = Duration::from_secs(10);

/// Exponential backoff from 0.5 s to 30 s; half of each pause is drawn at random, so that a hundred cameras
/// behind one switch do not come back in one instant.
pub(crate) struct Backoff {
    next: Duration,
    random: fastrand::Rng,
}

impl Backoff {
    pub(crate) fn new(random: fastrand::Rng) -> Self {
        Self { next: FIRST, random }
    }

    /// The pause after a connection that played for `played`.
    pub(crate) fn pause_after(&mut self, played: Duration) -> Duration {
        if played >= GOOD {
            self.next = FIRST;
        }
        let pause = self.next;
        self.next = (pause * 2).min(LONGEST);
        pause.mul_f64(0.5 + self.random.f64() / 2.0)
    }

    /// A pause near the longest, where trying soon does harm.
    pub(crate) fn long_pause(&mut self) -> Duration {
        self.next = LONGEST;
        self.pause_after(Duration::ZERO)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grows_to_a_bound_and_starts_over_after_a_good_connection() {
        let mut backoff = Backoff::new(fastrand::Rng::with_seed(1));
        let mut ceiling = FIRST;
        for _ in 0..12 {
            let pause = backoff.pause_after(Duration::ZERO);
            assert!(pause <= ceiling && pause >= ceiling / 2, "{pause:?} of {ceiling:?}");
            ceiling = (ceiling * 2).min(LONGEST);
        }
        assert_eq!(ceiling, LONGEST);
        assert!(backoff.pause_after(GOOD) <= FIRST);
    }

    #[test]
    fn a_refused_password_is_not_tried_again_soon() {
        let mut backoff = Backoff::new(fastrand::Rng::with_seed(1));
        assert!(backoff.long_pause() >= LONGEST / 2);
    }

    #[test]
    fn two_cameras_do_not_come_back_together() {
        let pause = |seed| Backoff::new(fastrand::Rng::with_seed(seed)).pause_after(Duration::ZERO);
        assert_ne!(pause(1), pause(2));
    }
}
