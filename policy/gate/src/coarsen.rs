//! Rounding and banding. Pure functions; every one of them only ever loses information.

use std::time::Duration;

use velum_vocab::{CrowdDensity, Explanation, ExplanationCode, Timestamp};

use crate::released::{ConfidenceBand, CountBand, DurationBand, ReleasedInterval, ReleasedTime, SpeedBand};

/// The edges of [`dwell`], seconds.
const DWELL_EDGES_SECS: [u64; 11] = [0, 30, 60, 120, 180, 300, 600, 1_200, 1_800, 3_600, 7_200];

/// The edges of [`speed`], metres per second.
const SPEED_EDGES_M_PER_S: [f64; 9] = [0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0];

/// A coarser precision tells no time at all.
const COARSEST: Duration = Duration::from_secs(366 * 86_400);

/// A time, rounded down; none where the precision is coarser than a year.
pub(crate) fn time(at: Timestamp, precision: Duration) -> Option<ReleasedTime> {
    (precision <= COARSEST).then(|| ReleasedTime::floor(at, precision))
}

/// A count of people, as a band as wide as `round_to` and at least as wide as `min_group`, which begins at a multiple of its
/// width. So no band tells a group smaller than `min_group`, and neither does the difference of two of them, be they
/// of two zones of a camera, one within the other, or of two moments: they tell the same, or are `min_group` apart
/// (complement suppression).
pub(crate) fn count(persons: f64, min_group: u32, round_to: u32) -> CountBand {
    let step = round_to.max(min_group).max(1);
    // Saturating: a count that is not a number becomes 0, and so is suppressed.
    let whole = persons.round() as u32;
    let at_least = whole / step * step;
    CountBand { at_least, below: at_least.checked_add(step) }
}

/// People per square metre, as the ends of the count's band over the zone's area.
pub(crate) fn density(body: &CrowdDensity, min_group: u32, round_to: u32) -> Option<ReleasedInterval> {
    let per_m2 = body.persons_per_m2?;
    let band = count(body.persons.estimate, min_group, round_to);
    let (persons, per_m2) = if body.persons.estimate > 0.0 {
        (body.persons.estimate, per_m2.estimate)
    } else {
        (body.persons.high, per_m2.high)
    };
    let area_m2 = persons / per_m2;
    let high = f64::from(band.below?) / area_m2;
    (area_m2.is_finite() && area_m2 > 0.0 && high.is_finite())
        .then(|| ReleasedInterval { low: f64::from(band.at_least) / area_m2, high })
}

/// How long something has lasted, as a band no narrower than `precision`.
pub(crate) fn dwell(secs: f64, precision: Duration) -> DurationBand {
    let mut edges: Vec<u64> = Vec::new();
    for edge in DWELL_EDGES_SECS {
        let far = edges.last().is_none_or(|last| Duration::from_secs(edge - last) >= precision);
        if far {
            edges.push(edge);
        }
    }
    let lasted = secs.max(0.0) as u64;
    let at_least = edges.iter().rev().find(|edge| **edge <= lasted).copied().unwrap_or(0);
    let below = edges.iter().find(|edge| **edge > lasted).copied();
    DurationBand { at_least: Duration::from_secs(at_least), below: below.map(Duration::from_secs) }
}

/// How fast a crowd is; what is not a number is in the lowest band.
pub(crate) fn speed(m_per_s: f64) -> SpeedBand {
    let m_per_s = if m_per_s.is_nan() { 0.0 } else { m_per_s };
    let below_m_per_s = SPEED_EDGES_M_PER_S.into_iter().skip(1).find(|edge| m_per_s < *edge);
    let reached = SPEED_EDGES_M_PER_S.into_iter().rev().find(|edge| m_per_s >= *edge);
    SpeedBand { at_least_m_per_s: reached.unwrap_or(0.0), below_m_per_s }
}

/// How sure the rule is; what is not a number is low.
pub(crate) fn confidence(confidence: f32) -> ConfidenceBand {
    if confidence >= 0.8 {
        ConfidenceBand::High
    } else if confidence >= 0.5 {
        ConfidenceBand::Medium
    } else {
        ConfidenceBand::Low
    }
}

/// Explanations: every code, but those about the owner where back-tracing is forbidden. Of the values only
/// durations, rounded up to `precision`, and the zone's area; a count never.
pub(crate) fn explanations(all: &[Explanation], precision: Duration, back_tracing: bool) -> Vec<Explanation> {
    all.iter()
        .filter(|one| back_tracing || !is_about_the_owner(one.code))
        .map(|one| Explanation {
            code: one.code,
            value: one.value.and_then(|v| value(one.code, v, precision)),
        })
        .collect()
}

fn is_about_the_owner(code: ExplanationCode) -> bool {
    matches!(code, ExplanationCode::OwnerBackTraced | ExplanationCode::OwnerLeftSecsAgo)
}

fn value(code: ExplanationCode, value: f64, precision: Duration) -> Option<f64> {
    let step = match code {
        ExplanationCode::ZoneAreaM2 => 1.0,
        _ if precision > COARSEST => return None,
        ExplanationCode::PutDownSecsAgo
        | ExplanationCode::OwnerLeftSecsAgo
        | ExplanationCode::UnattendedSecs
        | ExplanationCode::StaticSecs
        | ExplanationCode::HiddenSecs
        | ExplanationCode::LevelHeldSecs
        | ExplanationCode::MovementHeldSecs
        | ExplanationCode::LearnedSecs => precision.as_secs_f64().max(1.0),
        _ => return None,
    };
    let rounded = (value / step).ceil() * step;
    (value >= 0.0 && rounded.is_finite()).then_some(rounded)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use velum_vocab::Interval;

    use super::*;

    #[test]
    fn counts_under_the_minimum_group_are_one_band() {
        let band = |at_least, below| CountBand { at_least, below: Some(below) };
        let table = [
            (0.0, 5, 5, band(0, 5)),
            (4.4, 5, 5, band(0, 5)),
            (5.0, 5, 5, band(5, 10)),
            (9.0, 10, 10, band(0, 10)),
            (17.0, 15, 10, band(15, 30)), // in steps of 10 a zone within it could be told apart by 5 people
            (23.0, 15, 10, band(15, 30)),
            (23.0, 5, 10, band(20, 30)),
            (f64::NAN, 5, 5, band(0, 5)),
            (-3.0, 5, 5, band(0, 5)),
            (1e9, u32::MAX, u32::MAX, band(0, u32::MAX)),
        ];
        for (persons, min_group, round_to, expected) in table {
            assert_eq!(count(persons, min_group, round_to), expected, "{persons} {min_group} {round_to}");
        }
        assert_eq!(count(f64::INFINITY, 5, 5).below, None);
    }

    #[test]
    fn speeds_are_bands() {
        let check = |speed_m_per_s, at_least_m_per_s, below_m_per_s| {
            assert_eq!(
                speed(speed_m_per_s),
                SpeedBand { at_least_m_per_s, below_m_per_s },
                "{speed_m_per_s}"
            );
        };
        check(0.0, 0.0, Some(0.5));
        check(2.7, 2.0, Some(3.0));
        check(3.0, 3.0, Some(4.0));
        check(11.0, 8.0, None);
        check(-1.0, 0.0, Some(0.5));
        check(f64::NAN, 0.0, Some(0.5));
        check(f64::INFINITY, 8.0, None);
    }

    proptest! {
        #[test]
        fn a_band_holds_the_count_and_tells_no_small_group(n in 0_u32..10_000, k in 0_u32..200, step in 0_u32..200) {
            let band = count(f64::from(n), k, step);
            let below = band.below.unwrap();
            prop_assert!(band.at_least <= n && n < below);
            prop_assert!(below - band.at_least >= step);
            prop_assert!(band.at_least == 0 || band.at_least >= k);
            prop_assert!(below >= k);
            prop_assert!(below - band.at_least >= k);
            // Bands do not overlap: another count in the band gives the same band.
            prop_assert_eq!(count(f64::from(below - 1), k, step), band);
            prop_assert_eq!(count(f64::from(band.at_least), k, step), band);
        }

        /// Of two counts whatsoever: of nested zones, of successive moments.
        #[test]
        fn the_difference_of_two_bands_tells_no_small_group(n in 0_u32..5_000, m in 0_u32..5_000, k in 1_u32..200, step in 0_u32..200) {
            let [n, m] = [n, m].map(|persons| count(f64::from(persons), k, step));
            let difference = n.at_least.abs_diff(m.at_least);
            prop_assert!(difference == 0 || difference >= k, "{n:?} {m:?}");
            // Nor do the far ends: what is certain of the difference is nought, or as much as a group.
            let certain = n.at_least.saturating_sub(m.below.unwrap()).max(m.at_least.saturating_sub(n.below.unwrap()));
            prop_assert!(certain == 0 || certain >= k, "{n:?} {m:?}");
        }

        #[test]
        fn a_dwell_band_is_no_narrower_than_the_precision(secs in 0.0..20_000.0_f64, precision in 0_u64..4_000) {
            let precision = Duration::from_secs(precision);
            let band = dwell(secs, precision);
            prop_assert!(band.at_least.as_secs_f64() <= secs);
            if let Some(below) = band.below {
                prop_assert!(secs < below.as_secs_f64() && below - band.at_least >= precision);
            }
        }
    }

    #[test]
    fn a_density_tells_no_more_than_the_count() {
        let of = |n: f64| Interval { low: n, estimate: n, high: n };
        let body = |persons: f64, area: f64| CrowdDensity {
            level: "busy".to_owned(),
            previous_level: "low".to_owned(),
            persons: of(persons),
            persons_per_m2: Some(of(persons / area)),
            demo_threshold: false,
        };
        let told = |persons| density(&body(persons, 10.0), 5, 5).map(|d| (d.low, d.high));
        assert_eq!(told(7.0), Some((0.5, 1.0)));
        assert_eq!(told(9.0), told(7.0));
        assert_eq!(told(2.0), Some((0.0, 0.5)));
        assert_eq!(told(0.0), None); // no area to be had
    }

    #[test]
    fn explanations_keep_codes_and_lose_counts() {
        let minute = Duration::from_secs(60);
        let all = [
            Explanation::with(ExplanationCode::UnattendedSecs, 31.2),
            Explanation::with(ExplanationCode::CountedByDetector, 7.0),
            Explanation::with(ExplanationCode::OwnerLeftSecsAgo, 12.0),
            Explanation::with(ExplanationCode::ZoneAreaM2, 118.3),
            Explanation::with(ExplanationCode::HiddenSecs, f64::NAN),
            Explanation::of(ExplanationCode::NewlyArrived),
        ];
        let told = explanations(&all, minute, false);
        let expected = [
            Explanation::with(ExplanationCode::UnattendedSecs, 60.0),
            Explanation::of(ExplanationCode::CountedByDetector),
            Explanation::with(ExplanationCode::ZoneAreaM2, 119.0),
            Explanation::of(ExplanationCode::HiddenSecs),
            Explanation::of(ExplanationCode::NewlyArrived),
        ];
        assert_eq!(told, expected);
        assert_eq!(explanations(&all, minute, true).len(), all.len());
    }
}
