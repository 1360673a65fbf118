//! When a picture was taken, on the one clock of the box.

use std::time::Duration;

use velum_vocab::Timestamp;

/// A picture that says it is older than this has a wrong time stamp.
const OLDEST: Duration = Duration::from_secs(10);

/// Maps the running time of a connection to the box's clock. Lives as long as the stream, over all connections.
///
/// Invariant: the times it gives never go back. Time stamps out of order are held at the newest time; after the
/// clock was set back, time runs on 5 % slow until the clock has caught up, so that durations stay true.
#[derive(Default)]
pub(crate) struct Timeline {
    last: Option<Placed>,
}

struct Placed {
    at: Timestamp,
    running: Duration,
}

impl Timeline {
    /// The time of a picture with this running time, when the clock says `now` and the connection's running
    /// time is `running_now`.
    pub(crate) fn place(&mut self, now: Timestamp, running_now: Duration, running: Duration) -> Timestamp {
        let by_clock = now.minus(running_now.saturating_sub(running).min(OLDEST));
        let at = match &self.last {
            Some(last) if by_clock < last.at => {
                last.at.plus(running.saturating_sub(last.running).mul_f64(0.95))
            }
            _ => by_clock,
        };
        self.last = Some(Placed { at, running });
        at
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use velum_vocab::{Clock, SimulatedClock};

    const START: Timestamp = Timestamp::from_unix_secs(1_000_000);

    /// Milliseconds since `START` at which each (clock, running now, running time of the picture) is placed.
    fn placed_ms(pictures: &[(i64, u64, u64)]) -> Vec<i64> {
        let clock = SimulatedClock::at(START);
        let mut timeline = Timeline::default();
        let place = |&(clock_ms, running_now_ms, running_ms): &(i64, u64, u64)| {
            clock.set(Timestamp::from_unix_millis(START.unix_millis() + clock_ms));
            let at = timeline.place(
                clock.now(),
                Duration::from_millis(running_now_ms),
                Duration::from_millis(running_ms),
            );
            at.unix_millis() - START.unix_millis()
        };
        pictures.iter().map(place).collect()
    }

    #[test]
    fn the_way_through_the_decoder_does_not_count() {
        assert_eq!(placed_ms(&[(300, 300, 0), (430, 430, 100), (500, 500, 200)]), [0, 100, 200]);
    }

    #[test]
    fn time_stamps_out_of_order_are_held() {
        let found = placed_ms(&[(100, 100, 100), (200, 200, 180), (210, 210, 140), (260, 260, 220)]);
        assert_eq!(found, [100, 180, 180, 220]);
    }

    #[test]
    fn a_new_connection_goes_on_where_the_clock_is() {
        assert_eq!(
            placed_ms(&[(5_000, 5_000, 4_900), (9_000, 200, 100), (9_100, 300, 200)]),
            [4_900, 8_900, 9_000]
        );
    }

    #[test]
    fn a_wild_time_stamp_moves_time_by_ten_seconds_at_most() {
        assert_eq!(placed_ms(&[(50_000, 50_000, 50_000), (90_000, 90_000, 0)]), [50_000, 80_000]);
        assert_eq!(placed_ms(&[(100, 100, 3_600_000)]), [100]);
    }

    #[test]
    fn after_the_clock_was_set_back_time_runs_on() {
        let found = placed_ms(&[(10_000, 10_000, 10_000), (1_000, 11_000, 11_000), (2_000, 12_000, 12_000)]);
        assert_eq!(found, [10_000, 10_950, 11_900]);
    }

    #[test]
    fn it_never_goes_back_whatever_comes() {
        let mut random = fastrand::Rng::with_seed(3);
        let mut timeline = Timeline::default();
        let mut last = Timestamp::from_unix_micros(i64::MIN);
        for _ in 0..10_000 {
            let now = Timestamp::from_unix_millis(random.i64(0..1_000_000));
            let any = |random: &mut fastrand::Rng| Duration::from_millis(random.u64(0..1_000_000));
            let at = timeline.place(now, any(&mut random), any(&mut random));
            assert!(at >= last);
            last = at;
        }
    }
}
