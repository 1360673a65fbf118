//! Whether the clock can be believed. Limits of time hold only if time cannot be turned back.

use std::time::Duration;

use velum_vocab::Timestamp;

/// So far may a clock be set back without losing trust: time servers do it by fractions of a second.
const TOLERATED: Duration = Duration::from_secs(60);

/// The highest time ever seen, and whether the clock has fallen behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct TrustedTime {
    high_water: Option<Timestamp>,
    lost: bool,
}

impl TrustedTime {
    /// From what was persisted before the start.
    pub(crate) fn from_mark(high_water: Option<Timestamp>) -> Self {
        Self { high_water, lost: false }
    }

    /// Looks at the clock. Trust is lost more than a minute behind the mark, and comes back only once the
    /// clock has reached the mark again. The mark moves under trusted time alone.
    pub(crate) fn observe(&mut self, now: Timestamp) -> bool {
        let mark = self.high_water.unwrap_or(now);
        self.lost = if self.lost { now < mark } else { now.plus(TOLERATED) < mark };
        if !self.lost {
            self.high_water = Some(mark.max(now));
        }
        !self.lost
    }

    /// Whether the last look was believed.
    pub(crate) fn is_trusted(&self) -> bool {
        !self.lost
    }

    pub(crate) fn high_water(&self) -> Option<Timestamp> {
        self.high_water
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_set_back_is_trusted_again_when_it_has_caught_up() {
        let mut time = TrustedTime::default();
        let steps = [
            (1_000, true),
            (940, true),  // a minute back is tolerated
            (939, false), // more is not
            (941, false), // nor is it forgiven half-way
            (999, false),
            (1_000, true),
            (2_000, true),
            (1_500, false),
        ];
        for (secs, trusted) in steps {
            assert_eq!(time.observe(Timestamp::from_unix_secs(secs)), trusted, "{secs}");
        }
        assert_eq!(time.high_water(), Some(Timestamp::from_unix_secs(2_000)));
    }

    #[test]
    fn the_mark_survives_a_restart() {
        let mut time = TrustedTime::from_mark(Some(Timestamp::from_unix_secs(5_000)));
        assert!(!time.observe(Timestamp::from_unix_secs(1_000)));
        assert_eq!(time.high_water(), Some(Timestamp::from_unix_secs(5_000)));
    }
}
