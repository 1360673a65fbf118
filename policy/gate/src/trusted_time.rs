//! Whether the clock can be believed. Limits of time hold only if time cannot be turned back.

use std::time::Duration;

use velum_vocab::Timestamp;

/// So far may a clock be set back without losing trust: time servers do it by fractions of a second. A picture
/// whose time is further ahead than this was taken while the clock was wrong.
pub const CLOCK_TOLERANCE: Duration = Duration::from_secs(60);

/// A clock that leaps further forward than this between two looks must keep to its new time before the mark follows, so
/// that one glitch into the future does not lock the box until then. Looks are a second apart while a box runs.
const LEAP: Duration = Duration::from_secs(600);
/// The same over a start: a box may have been off for a night, and what begins or ends meanwhile does so at once.
const LEAP_WHILE_OFF: Duration = Duration::from_secs(86_400);
/// For so long.
const CONFIRMED: Duration = Duration::from_secs(600);

/// The highest time ever seen, and whether the clock has fallen behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct TrustedTime {
    high_water: Option<Timestamp>,
    last: Option<Timestamp>,
    leapt_to: Option<Timestamp>,
    lost: bool,
    /// The clock was looked at since the start.
    runs: bool,
}

impl TrustedTime {
    /// From what was persisted before the start.
    pub(crate) fn from_mark(high_water: Option<Timestamp>) -> Self {
        Self { high_water, last: high_water, ..Self::default() }
    }

    /// Looks at the clock. Trust is lost more than a minute behind the mark, and comes back only once the
    /// clock has reached the mark again. The mark moves under trusted time alone, and after a leap only once
    /// the new time has been kept to.
    pub(crate) fn observe(&mut self, now: Timestamp) -> bool {
        let mark = self.high_water.unwrap_or(now);
        self.lost = if self.lost { now < mark } else { now.plus(CLOCK_TOLERANCE) < mark };
        let leap = if std::mem::replace(&mut self.runs, true) { LEAP } else { LEAP_WHILE_OFF };
        if self.last.is_some_and(|last| now > last.plus(leap)) {
            self.leapt_to = Some(now);
        }
        let kept_to = |leapt_to: Timestamp| now < leapt_to || now >= leapt_to.plus(CONFIRMED);
        if self.leapt_to.is_some_and(kept_to) {
            self.leapt_to = None;
        }
        if !self.lost && self.leapt_to.is_none() {
            self.high_water = Some(mark.max(now));
        }
        self.last = Some(now);
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
            (1_500, true),
            (2_000, true),
            (1_500, false),
        ];
        for (secs, trusted) in steps {
            assert_eq!(time.observe(Timestamp::from_unix_secs(secs)), trusted, "{secs}");
        }
        assert_eq!(time.high_water(), Some(Timestamp::from_unix_secs(2_000)));
    }

    #[test]
    fn a_glitch_into_the_far_future_does_not_lock_the_box() {
        let day = |days: i64, secs: i64| Timestamp::from_unix_secs(days * 86_400 + secs);
        let mut time = TrustedTime::default();
        assert!(time.observe(day(10, 0)));
        assert!(time.observe(day(20_000, 0)));
        assert!(time.observe(day(20_000, 599)));
        assert!(time.observe(day(10, 600)), "the glitch is over");
        assert_eq!(time.high_water(), Some(day(10, 600)));
        // A box that was off for a month finds its mark again after ten minutes.
        let mut time = TrustedTime::from_mark(Some(day(10, 0)));
        assert!(time.observe(day(40, 0)));
        assert_eq!(time.high_water(), Some(day(10, 0)));
        assert!(time.observe(day(40, 600)));
        assert_eq!(time.high_water(), Some(day(40, 600)));
        assert!(!time.observe(day(40, 0)));
    }

    /// Found by `make chaos`: six seconds two hours ahead, and a restart, left a box blind for two hours.
    #[test]
    fn a_glitch_of_hours_and_a_restart_do_not_lock_the_box() {
        let at = Timestamp::from_unix_secs;
        let mut time = TrustedTime::default();
        assert!(time.observe(at(10_000)));
        assert!((0..6).all(|secs| time.observe(at(17_200 + secs))));
        assert!(time.observe(at(10_007)));
        let mut time = TrustedTime::from_mark(time.high_water());
        assert!(time.observe(at(10_008)));
        // A box that was off for a night knows the time at once.
        let mut time = TrustedTime::from_mark(Some(at(10_000)));
        assert!(time.observe(at(50_000)));
        assert_eq!(time.high_water(), Some(at(50_000)));
    }

    #[test]
    fn the_mark_survives_a_restart() {
        let mut time = TrustedTime::from_mark(Some(Timestamp::from_unix_secs(5_000)));
        assert!(!time.observe(Timestamp::from_unix_secs(1_000)));
        assert_eq!(time.high_water(), Some(Timestamp::from_unix_secs(5_000)));
    }
}
