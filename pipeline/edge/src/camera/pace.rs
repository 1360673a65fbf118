//! How fast a camera may be analysed: never faster than the policy's `capture.max_fps`, whatever the configuration says.

use std::time::Duration;

use velum_vocab::Timestamp;

/// Lets frames through at the policy's rate at most; the others are dropped unopened.
#[derive(Debug, Default)]
pub(super) struct Pace {
    next_due: Option<Timestamp>,
}

impl Pace {
    /// Whether the frame of this moment may be analysed. None at all at a rate of nought.
    pub(super) fn lets(&mut self, at: Timestamp, max_fps: u32) -> bool {
        if max_fps == 0 {
            return false;
        }
        let period = Duration::from_secs(1) / max_fps;
        // More than a period ahead of the frame: the clock went back, or the policy allows more than before.
        let due = self.next_due.filter(|due| *due <= at.plus(period)).unwrap_or(at);
        // A tenth of a period of tolerance: the time stamps of cameras jitter.
        if at.plus(period / 10) < due {
            return false;
        }
        let is_late = at > due.plus(period);
        self.next_due = Some(if is_late { at } else { due }.plus(period));
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn let_through(max_fps: u32, times_ms: impl IntoIterator<Item = i64>) -> Vec<i64> {
        let mut pace = Pace::default();
        let lets = |ms: &i64| pace.lets(Timestamp::from_unix_millis(*ms), max_fps);
        times_ms.into_iter().filter(lets).collect()
    }

    #[test]
    fn no_more_frames_a_second_than_the_policy_says_are_let_through() {
        assert_eq!(let_through(5, (0..10).map(|n| n * 100)), [0, 200, 400, 600, 800]);
        assert_eq!(let_through(10, (0..1_190).map(|n| n * 1_000 / 120)).len(), 100);
        assert_eq!(let_through(5, [0, 195, 405, 600]), [0, 195, 405, 600], "jitter costs no frame");
        assert_eq!(let_through(30, (0..50).map(|n| n * 200)).len(), 50);
        assert_eq!(let_through(10, [0, 5_000, 5_020, 5_040, 5_100]), [0, 5_000, 5_100]);
        assert_eq!(let_through(10, [60_000, 60_020, 0, 20, 100]), [60_000, 0, 100]);
        assert_eq!(let_through(0, [0, 5_000]), [0; 0]);
    }
}
