//! The coverage ledger of one camera: every second has exactly one state, by the hour.
//!
//! Hours are cumulative: a bin that is told again replaces the one told before.

use std::collections::BTreeMap;
use std::time::Duration;

use velum_vocab::{CameraId, CoverageBin, CoverageState, FrameCounts, Timestamp};

/// Between two looks at the ledger lies about a second. Where it was more than this, the box itself stood
/// still (suspended, starved), and nobody knows what the camera would have shown.
const LONGEST_LOOK: Duration = Duration::from_secs(30);
const HOUR: Duration = Duration::from_secs(3_600);
/// Hours that wait to be told while the policy does not let them out.
const HOURS_KEPT: usize = 168;
/// Of a longer time in which the box stood still, or over which its clock leapt, only the end is booked.
const LONGEST_BOOKED: Duration = Duration::from_secs(HOURS_KEPT as u64 * 3_600);

/// One hour. Microseconds, so that looks of a fraction of a second add up.
#[derive(Debug, Clone, Default)]
struct Hour {
    micros_by_state: BTreeMap<CoverageState, u64>,
    frames: FrameCounts,
    stills_withheld: BTreeMap<String, u32>,
}

impl Hour {
    fn restored(bin: &CoverageBin) -> Self {
        let micros =
            |(state, secs): (&CoverageState, &u32)| (*state, u64::from(*secs).saturating_mul(1_000_000));
        Self {
            micros_by_state: bin.secs_by_state.iter().map(micros).collect(),
            frames: bin.counts,
            stills_withheld: bin.stills_withheld.clone(),
        }
    }

    fn bin(&self, camera: &CameraId, hour: i64) -> CoverageBin {
        let secs = |(state, micros): (&CoverageState, &u64)| {
            (*state, u32::try_from(micros / 1_000_000).unwrap_or(u32::MAX))
        };
        CoverageBin {
            camera: camera.clone(),
            hour: Timestamp::from_unix_secs(hour),
            secs_by_state: self.micros_by_state.iter().map(secs).collect(),
            counts: self.frames,
            stills_withheld: self.stills_withheld.clone(),
        }
    }
}

/// What one camera's time was spent on.
#[derive(Debug)]
pub(crate) struct Ledger {
    camera: CameraId,
    hours: BTreeMap<i64, Hour>,
    state: CoverageState,
    settled_to: Timestamp,
    counted: FrameCounts,
}

impl Ledger {
    /// Begins in `state`, on top of what was stored for the hour under way.
    pub(crate) fn begin(
        camera: CameraId,
        now: Timestamp,
        state: CoverageState,
        stored: Option<&CoverageBin>,
    ) -> Self {
        let hours = stored.map(|bin| (hour_of(bin.hour), Hour::restored(bin))).into_iter().collect();
        Self { camera, hours, state, settled_to: now, counted: FrameCounts::default() }
    }

    /// The state that holds.
    pub(crate) fn state(&self) -> CoverageState {
        self.state
    }

    /// Books the time until now on the state that held, and goes on in `state`.
    pub(crate) fn enter(&mut self, state: CoverageState, now: Timestamp) {
        self.settle(now);
        self.state = state;
    }

    /// Books the time until now on the state that holds. Time that went backwards is not booked.
    pub(crate) fn settle(&mut self, now: Timestamp) {
        let stood_still = now.secs_since(self.settled_to) > LONGEST_LOOK.as_secs_f64();
        let state = if stood_still { CoverageState::Overloaded } else { self.state };
        if stood_still {
            self.settled_to = self.settled_to.max(now.minus(LONGEST_BOOKED));
        }
        while self.settled_to < now {
            let until = self.settled_to.floor_to(HOUR).plus(HOUR).min(now);
            let micros = until.unix_micros().saturating_sub(self.settled_to.unix_micros());
            let bin = self.hours.entry(hour_of(self.settled_to)).or_default();
            let booked = bin.micros_by_state.entry(state).or_default();
            *booked = booked.saturating_add(micros.unsigned_abs());
            self.settled_to = until;
        }
        self.settled_to = now;
    }

    /// Books the frames since the last call, and returns them; `total` counts from the start of the stream.
    pub(crate) fn count(&mut self, total: FrameCounts) -> FrameCounts {
        let before = std::mem::replace(&mut self.counted, total);
        let more = FrameCounts {
            decoded: total.decoded.saturating_sub(before.decoded),
            analysed: total.analysed.saturating_sub(before.analysed),
            dropped: total.dropped.saturating_sub(before.dropped),
        };
        let frames = &mut self.hours.entry(hour_of(self.settled_to)).or_default().frames;
        frames.decoded = frames.decoded.saturating_add(more.decoded);
        frames.analysed = frames.analysed.saturating_add(more.analysed);
        frames.dropped = frames.dropped.saturating_add(more.dropped);
        more
    }

    /// Books alerts that were left without a still since the last call, by the reason.
    pub(crate) fn count_withheld(&mut self, alerts_by_reason: BTreeMap<&'static str, u32>) {
        let hour = hour_of(self.settled_to);
        for (reason, alerts) in alerts_by_reason {
            let withheld = &mut self.hours.entry(hour).or_default().stills_withheld;
            let sum = withheld.entry(reason.to_owned()).or_default();
            *sum = sum.saturating_add(alerts);
        }
    }

    /// A new stream counts from nought.
    pub(crate) fn stream_opened(&mut self) {
        self.counted = FrameCounts::default();
    }

    /// The hours to report. They are handed out until [`Ledger::told`] says that they were taken.
    pub(crate) fn report(&self) -> Vec<CoverageBin> {
        self.hours.iter().map(|(hour, content)| content.bin(&self.camera, *hour)).collect()
    }

    /// The hours of the last report were taken: those that ended are forgotten.
    pub(crate) fn told(&mut self) {
        let current = hour_of(self.settled_to);
        self.hours.retain(|hour, _| *hour >= current);
    }

    /// Nobody took the hours: so many are kept, the oldest go.
    pub(crate) fn not_told(&mut self) {
        while self.hours.len() > HOURS_KEPT {
            self.hours.pop_first();
        }
    }
}

/// Start of the hour, Unix seconds.
pub(crate) fn hour_of(at: Timestamp) -> i64 {
    at.floor_to(HOUR).unix_secs()
}

#[cfg(test)]
mod tests {
    use super::*;
    use CoverageState::{Analysed, Offline, Overloaded};

    fn at(secs: i64) -> Timestamp {
        Timestamp::from_unix_secs(secs)
    }

    fn begin(secs: i64, state: CoverageState) -> Ledger {
        Ledger::begin(CameraId::parse("c").unwrap(), at(secs), state, None)
    }

    fn secs(ledger: &mut Ledger) -> Vec<(i64, Vec<(CoverageState, u32)>)> {
        let flat = |bin: CoverageBin| (bin.hour.unix_secs(), bin.secs_by_state.into_iter().collect());
        let report = ledger.report().into_iter().map(flat).collect();
        ledger.told();
        report
    }

    #[test]
    fn every_second_has_one_state_and_hours_are_cut() {
        let mut ledger = begin(3_590, Offline);
        ledger.enter(Analysed, at(3_595));
        ledger.settle(at(3_610));
        assert_eq!(
            secs(&mut ledger),
            [(0, vec![(Analysed, 5), (Offline, 5)]), (3_600, vec![(Analysed, 10)])]
        );
        ledger.settle(at(3_612));
        assert_eq!(secs(&mut ledger), [(3_600, vec![(Analysed, 12)])], "an hour that ended is told once");
    }

    #[test]
    fn hours_that_nobody_took_are_told_again_and_bounded() {
        let mut ledger = begin(0, Analysed);
        ledger.settle(at(3_599));
        for hour in 1..300 {
            for secs in (0..3_600).step_by(30) {
                ledger.settle(at(hour * 3_600 + secs));
            }
            ledger.not_told();
        }
        let report = ledger.report();
        assert_eq!(report.len(), HOURS_KEPT);
        assert_eq!(report[HOURS_KEPT - 1].hour, at(299 * 3_600));
    }

    #[test]
    fn a_box_that_stood_still_did_not_analyse() {
        let mut ledger = begin(0, Analysed);
        ledger.settle(at(1));
        ledger.settle(at(101));
        assert_eq!(secs(&mut ledger), [(0, vec![(Analysed, 1), (Overloaded, 100)])]);
    }

    #[test]
    fn a_clock_that_was_set_for_the_first_time_makes_no_hours_of_decades() {
        let mut ledger = begin(0, Analysed);
        ledger.settle(at(1));
        let now = 1_795_219_200 + 60;
        ledger.settle(at(now));
        let report = ledger.report();
        assert_eq!(report.len(), 1 + HOURS_KEPT + 1, "the first, and those of a week from within an hour");
        let secs: u64 =
            report.iter().skip(1).flat_map(|bin| bin.secs_by_state.values()).map(|s| u64::from(*s)).sum();
        assert_eq!(secs, LONGEST_BOOKED.as_secs());
        assert_eq!(report[0].secs_by_state, BTreeMap::from([(Analysed, 1)]));
    }

    #[test]
    fn time_that_went_back_is_not_booked() {
        let mut ledger = begin(100, Analysed);
        ledger.settle(at(50));
        ledger.settle(at(52));
        assert_eq!(secs(&mut ledger), [(0, vec![(Analysed, 2)])]);
    }

    #[test]
    fn a_restart_within_the_hour_goes_on_from_what_was_stored() {
        let stored = CoverageBin {
            camera: CameraId::parse("c").unwrap(),
            hour: at(0),
            secs_by_state: BTreeMap::from([(Analysed, 40)]),
            counts: FrameCounts { decoded: 200, analysed: 190, dropped: 10 },
            stills_withheld: BTreeMap::from([("too_dark".to_owned(), 2)]),
        };
        let mut ledger = Ledger::begin(stored.camera.clone(), at(60), Offline, Some(&stored));
        ledger.settle(at(65));
        ledger.count(FrameCounts { decoded: 5, analysed: 4, dropped: 1 });
        ledger.count_withheld(BTreeMap::from([("too_dark", 1), ("verifier", 1)]));
        let report = ledger.report();
        assert_eq!(report[0].secs_by_state, BTreeMap::from([(Analysed, 40), (Offline, 5)]));
        assert_eq!(report[0].counts, FrameCounts { decoded: 205, analysed: 194, dropped: 11 });
        assert_eq!(withheld(&report[0]), [("too_dark", 3), ("verifier", 1)]);
    }

    fn withheld(bin: &CoverageBin) -> Vec<(&str, u32)> {
        bin.stills_withheld.iter().map(|(reason, alerts)| (reason.as_str(), *alerts)).collect()
    }

    #[test]
    fn missing_stills_count_in_the_hour_in_which_they_are_booked() {
        let mut ledger = begin(3_590, Analysed);
        ledger.count_withheld(BTreeMap::from([("detector_stale", 1)]));
        ledger.settle(at(3_601));
        ledger.count_withheld(BTreeMap::new());
        ledger.count_withheld(BTreeMap::from([("detector_stale", u32::MAX)]));
        ledger.count_withheld(BTreeMap::from([("detector_stale", 1)]));
        let report = ledger.report();
        let hours: Vec<_> = report.iter().map(withheld).collect();
        assert_eq!(hours, [[("detector_stale", 1)], [("detector_stale", u32::MAX)]]);
    }

    #[test]
    fn frames_are_counted_once_over_reconnects() {
        let mut ledger = begin(0, Analysed);
        let total = |decoded, analysed, dropped| FrameCounts { decoded, analysed, dropped };
        ledger.count(total(10, 8, 2));
        ledger.count(total(15, 12, 3));
        ledger.stream_opened();
        ledger.count(total(4, 4, 0));
        assert_eq!(ledger.report()[0].counts, total(19, 16, 3));
    }
}
