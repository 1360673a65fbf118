//! When a change of a camera's state is worth an event: when it lasted.

use std::time::Duration;

use velum_vocab::{CoverageState, Timestamp};

/// A state must hold this long before it is told.
const HOLD: Duration = Duration::from_secs(5);

/// Lets through each state that lasted, once.
#[derive(Debug)]
pub(crate) struct HealthWatch {
    told: Option<CoverageState>,
    state: CoverageState,
    since: Timestamp,
}

impl HealthWatch {
    /// Nothing was told yet.
    pub(crate) fn begin(state: CoverageState, now: Timestamp) -> Self {
        Self { told: None, state, since: now }
    }

    /// This state was told by another way.
    pub(crate) fn told(&mut self, state: CoverageState) {
        self.told = Some(state);
    }

    /// The state now. Returns a state to tell and when it began.
    pub(crate) fn observe(
        &mut self,
        state: CoverageState,
        now: Timestamp,
    ) -> Option<(CoverageState, Timestamp)> {
        if state != self.state || now < self.since {
            self.state = state;
            self.since = now;
        }
        let lasted = now.secs_since(self.since) >= HOLD.as_secs_f64();
        if !lasted || self.told == Some(state) {
            return None;
        }
        self.told = Some(state);
        Some((state, self.since))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use CoverageState::{Analysed, Frozen, Offline};

    fn told(states: &[(i64, CoverageState)]) -> Vec<(CoverageState, i64)> {
        let mut watch = HealthWatch::begin(Offline, Timestamp::from_unix_secs(0));
        states
            .iter()
            .filter_map(|&(secs, state)| watch.observe(state, Timestamp::from_unix_secs(secs)))
            .map(|(state, since)| (state, since.unix_secs()))
            .collect()
    }

    #[test]
    fn only_what_lasted_is_told_once_with_its_beginning() {
        let steady = [(1, Analysed), (3, Analysed), (6, Analysed), (7, Analysed), (60, Analysed)];
        assert_eq!(told(&steady), [(Analysed, 1)]);
    }

    #[test]
    fn a_flicker_is_not_told() {
        let flicker = [
            (0, Analysed),
            (5, Analysed),
            (6, Offline),
            (8, Analysed),
            (9, Frozen),
            (10, Analysed),
            (20, Analysed),
        ];
        assert_eq!(told(&flicker), [(Analysed, 0)]);
    }

    #[test]
    fn an_outage_and_its_end_are_both_told() {
        let outage =
            [(0, Analysed), (5, Analysed), (10, Offline), (15, Offline), (20, Analysed), (25, Analysed)];
        assert_eq!(told(&outage), [(Analysed, 0), (Offline, 10), (Analysed, 20)]);
    }

    #[test]
    fn a_clock_set_back_starts_the_hold_anew() {
        assert_eq!(told(&[(10, Analysed), (2, Analysed), (6, Analysed), (7, Analysed)]), [(Analysed, 2)]);
    }
}
