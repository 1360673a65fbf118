//! One number out of two: the detector's count and the density network's estimate, each weighted by its own error.
//!
//! *Source*: inverse-variance weighting; where the two disagree by more than their errors explain, the error grows
//! by Birge's ratio (R. T. Birge, Phys. Rev. 40, 1932), for then one of them is wrong and it is not known which.

use std::collections::VecDeque;

use velum_vocab::{Interval, Timestamp};

use super::count::{Counted, Z};
use crate::crowd_map::MapEstimate;

/// Estimates of the network are taken together over this long.
const WINDOW_SECS: f64 = 4.0;
const MAX_ESTIMATES: usize = 64;
/// No estimate is believed to be better than this, persons.
const LEAST_SIGMA: f64 = 0.5;
/// From this ratio on the two disagree, and it is said.
const DISAGREE_RATIO: f64 = 2.0;

/// Estimates of the last seconds.
#[derive(Debug, Default)]
pub(super) struct MapCount(VecDeque<(Timestamp, MapEstimate)>);

impl MapCount {
    /// Takes an estimate; one that is no number is none.
    pub(super) fn take(&mut self, estimate: MapEstimate, at: Timestamp) {
        if estimate.persons.is_finite() && estimate.error.sigma(estimate.persons).is_finite() {
            self.0.push_back((at, estimate));
        }
        self.forget(at);
    }

    fn forget(&mut self, at: Timestamp) {
        let is_old = |then: &Timestamp| !(0.0..=WINDOW_SECS).contains(&at.secs_since(*then));
        while self.0.len() > MAX_ESTIMATES || self.0.front().is_some_and(|(then, _)| is_old(then)) {
            self.0.pop_front();
        }
    }

    /// The median estimate; `None` where the network has not spoken of late. Estimates of one scene share their
    /// errors, so that many are no better than one.
    pub(super) fn estimate(&mut self, at: Timestamp) -> Option<MapEstimate> {
        self.forget(at);
        let mut all: Vec<MapEstimate> = self.0.iter().map(|(_, estimate)| *estimate).collect();
        all.sort_by(|a, b| a.persons.total_cmp(&b.persons));
        let middle = all.get(all.len() / 2)?;
        Some(MapEstimate { persons: middle.persons.max(0.0), ..*middle })
    }
}

/// What came of the estimators.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Combined {
    pub(super) persons: Interval,
    /// The share of the network in it, 0 where there is none.
    pub(super) map_weight: f64,
    pub(super) disagree: bool,
}

/// Combines them.
pub(super) fn combine(counted: Counted, map: Option<MapEstimate>) -> Combined {
    let Some(map) = map else {
        return Combined { persons: counted.interval, map_weight: 0.0, disagree: false };
    };
    // The larger number is nearer the truth where one of the two sees only a part of the crowd.
    let map_sigma = map.error.sigma(map.persons.max(counted.interval.estimate));
    let (detector_variance, map_variance) =
        (counted.sigma.max(LEAST_SIGMA).powi(2), map_sigma.max(LEAST_SIGMA).powi(2));
    let map_weight = detector_variance / (detector_variance + map_variance);
    let estimate = map_weight * map.persons + (1.0 - map_weight) * counted.interval.estimate;
    let apart = (map.persons - counted.interval.estimate).powi(2) / (detector_variance + map_variance);
    let ratio = apart.sqrt().max(1.0);
    let sigma = ratio * (detector_variance * map_variance / (detector_variance + map_variance)).sqrt();
    let persons = Interval { low: (estimate - Z * sigma).max(0.0), estimate, high: estimate + Z * sigma };
    Combined { persons, map_weight, disagree: ratio >= DISAGREE_RATIO }
}

#[cfg(test)]
mod tests {
    use velum_models::CountError;

    use super::*;

    fn believed(persons: f64, sigma: f64) -> MapEstimate {
        MapEstimate { persons, error: CountError { persons: sigma, fraction: 0.0 } }
    }

    fn counted(estimate: f64, sigma: f64) -> Counted {
        let interval = Interval { low: estimate - Z * sigma, estimate, high: estimate + Z * sigma };
        Counted { interval, sigma }
    }

    fn of(count: (f64, f64), map: (f64, f64)) -> Combined {
        combine(counted(count.0, count.1), Some(believed(map.0, map.1)))
    }

    #[test]
    fn the_surer_one_weighs_more() {
        let few = of((6.0, 0.8), (9.0, 4.0));
        assert!(few.map_weight < 0.1 && (few.persons.estimate - 6.0).abs() < 0.3, "{few:?}");
        let many = of((30.0, 12.0), (42.0, 4.0));
        assert!(many.map_weight > 0.85 && (many.persons.estimate - 40.8).abs() < 0.2, "{many:?}");
        let alike = of((20.0, 3.0), (22.0, 3.0));
        assert!((alike.persons.estimate - 21.0).abs() < 1e-9 && !alike.disagree);
        assert!(alike.persons.high - alike.persons.low < 2.0 * Z * 3.0, "two are better than one");
    }

    #[test]
    fn a_network_that_is_blind_to_a_crowd_does_not_hide_it() {
        let error = CountError { persons: 3.0, fraction: 0.4 };
        let blind = combine(counted(24.0, 3.5), Some(MapEstimate { persons: 2.0, error }));
        assert!(blind.map_weight < 0.15 && blind.persons.estimate > 20.0, "{blind:?}");
    }

    #[test]
    fn who_disagrees_is_believed_less() {
        let far = of((5.0, 1.0), (15.0, 1.0));
        assert!(far.disagree);
        assert!(far.persons.low < 5.0 && far.persons.high > 15.0, "{far:?}");
        let alone = combine(counted(5.0, 1.0), None);
        assert_eq!((alone.persons, alone.map_weight), (counted(5.0, 1.0).interval, 0.0));
    }

    #[test]
    fn intervals_hold_the_truth_about_as_often_as_they_say() {
        // Both estimators err as they say, by sums of twelve even numbers.
        let mut state = 7_u64;
        let mut normal = || {
            let twelve = (0..12).map(|_| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                (state >> 11) as f64 / (1_u64 << 53) as f64
            });
            twelve.sum::<f64>() - 6.0
        };
        let (truth, rounds) = (20.0, 4_000);
        let held = (0..rounds)
            .filter(|_| {
                let found = of((truth + 3.0 * normal(), 3.0), (truth + 2.0 * normal(), 2.0)).persons;
                (found.low..=found.high).contains(&truth)
            })
            .count();
        let share = held as f64 / f64::from(rounds);
        assert!((0.88..0.95).contains(&share), "{share}");
    }

    #[test]
    fn old_and_senseless_estimates_are_forgotten() {
        let at = |secs: f64| Timestamp::from_unix_millis((secs * 1000.0) as i64);
        let mut map = MapCount::default();
        map.take(believed(f64::NAN, 1.0), at(0.0));
        map.take(believed(5.0, f64::INFINITY), at(0.0));
        assert_eq!(map.estimate(at(0.1)), None);
        for (secs, persons) in [(1.0, 10.0), (2.0, 90.0), (3.0, 12.0)] {
            map.take(believed(persons, 2.0), at(secs));
        }
        assert_eq!(map.estimate(at(3.0)).unwrap().persons, 12.0, "one outlier does not count");
        assert_eq!(map.estimate(at(8.0)), None);
    }
}
