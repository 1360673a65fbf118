//! Which decoded frames are kept, so that the analysed rate holds on average.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// A step back beyond this is a new beginning of the stream's time, not a reordered frame.
const NEW_BEGINNING: Duration = Duration::from_secs(1);

/// Keeps at most so many frames a second by dropping; never repeats one. Asked before the decoder and behind it.
pub(crate) struct RateLimit {
    period: Duration,
    kept: Mutex<Kept>,
}

/// What was kept so far.
#[derive(Debug, Default)]
struct Kept {
    next_due: Option<Duration>,
    newest: Duration,
}

impl RateLimit {
    pub(crate) fn new(frames_per_sec: f32) -> Self {
        Self { period: Duration::from_secs_f32(1.0 / frames_per_sec), kept: Mutex::default() }
    }

    /// Whether the frame at this time of the stream is kept. Frames older than one that was kept are not.
    pub(crate) fn keeps(&self, at: Duration) -> bool {
        let mut kept = self.kept();
        if self.is_too_early(&kept, at) {
            return false;
        }
        let due = kept.next_due.filter(|_| !kept.begins_anew(at)).unwrap_or(at);
        let late = at > due + self.period;
        kept.next_due = Some(if late { at } else { due } + self.period);
        kept.newest = at;
        true
    }

    /// Whether a frame of this time will not be kept, whatever else comes before it: what is kept meanwhile only makes the next
    /// one due later. Frames come out of a decoder in order, and less than a second after they went in.
    pub(crate) fn will_drop(&self, at: Duration) -> bool {
        self.is_too_early(&self.kept(), at)
    }

    fn is_too_early(&self, kept: &Kept, at: Duration) -> bool {
        // A tenth of a period of tolerance: cameras' time stamps jitter.
        let is_early = kept.next_due.is_some_and(|due| at < kept.newest || at + self.period / 10 < due);
        is_early && !kept.begins_anew(at)
    }

    /// A poisoned lock still guards consistent facts here: each is replaced whole.
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn begins_anew(&self, at: Duration) -> bool {
        self.newest.saturating_sub(at) > NEW_BEGINNING
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(fps: f32, times_ms: impl IntoIterator<Item = u64>) -> Vec<u64> {
        let limit = RateLimit::new(fps);
        times_ms.into_iter().filter(|&ms| limit.keeps(Duration::from_millis(ms))).collect()
    }

    #[test]
    fn keeps_the_rate_on_average() {
        assert_eq!(kept(5.0, (0..10).map(|n| n * 100)), [0, 200, 400, 600, 800]);
        assert_eq!(kept(5.0, (0..250).map(|n| n * 40)).len(), 50);
        assert_eq!(kept(5.0, (0..70).map(|n| n * 1000 / 7)).len(), 50);
        assert_eq!(kept(30.0, (0..250).map(|n| n * 40)).len(), 250);
    }

    #[test]
    fn jitter_does_not_halve_the_rate() {
        assert_eq!(kept(5.0, [0, 95, 195, 305, 396, 500, 599]), [0, 195, 396, 599]);
    }

    #[test]
    fn reordered_frames_are_dropped_and_a_new_beginning_is_kept() {
        assert_eq!(kept(100.0, [0, 80, 40, 120, 60, 160]), [0, 80, 120, 160]);
        assert_eq!(kept(10.0, [60_000, 60_100, 0, 100, 200]), [60_000, 60_100, 0, 100, 200]);
    }

    #[test]
    fn what_will_be_dropped_is_known_before_and_only_that() {
        let mut random = fastrand::Rng::with_seed(7);
        let limit = RateLimit::new(5.0);
        assert!(!limit.will_drop(Duration::ZERO));
        for _ in 0..4_000 {
            // Some twenty frames a second, out of order, with gaps and new beginnings.
            let at = Duration::from_millis(limit.kept().newest.as_millis() as u64 + random.u64(0..100))
                .saturating_sub(Duration::from_millis(*random.choice([&0, &0, &60, &3_000]).unwrap()));
            let foretold = limit.will_drop(at);
            // Those that a decoder still holds, which are shown before it.
            for ahead in [80, 40] {
                let held = at.saturating_sub(Duration::from_millis(ahead));
                if random.bool() && held >= limit.kept().newest {
                    limit.keeps(held);
                }
            }
            let is_kept = limit.keeps(at);
            assert!(!(foretold && is_kept));
        }
    }

    #[test]
    fn a_gap_is_not_made_up_for() {
        assert_eq!(kept(10.0, [0, 5_000, 5_020, 5_040, 5_100]), [0, 5_000, 5_100]);
    }
}
