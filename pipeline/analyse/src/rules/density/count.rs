//! Persons in a zone, smoothed over two seconds, with the uncertainty that the detector's errors give.
//!
//! A track counts by the probability that it is a person, of its score and of what the background says; one that is
//! not seen in this frame counts only where a person who was missed is likelier than one who left.

use std::collections::VecDeque;

use velum_vocab::{Interval, PointInFrame, Timestamp};

use super::Crowd;
use crate::settings::DensitySettings;
use crate::tracks::Track;

/// The median is taken over this long.
const WINDOW_SECS: f64 = 2.0;
/// Before the first count, and after a gap in the frames, this much must be seen.
const MIN_WINDOW_SECS: f64 = 1.5;
const GAP_SECS: f64 = 3.0;
const MAX_COUNTS: usize = 128;
/// A track may count while it was seen within this time; tracks bridge the frames in which a person is missed.
const SEEN_SECS: f64 = 1.0;
/// A track seen only once may be a false find.
const MIN_HITS: u32 = 2;
/// A track that was followed for so long is a person's who is there, rather than a passing false find.
const ESTABLISHED_SECS: f64 = 1.0;
/// Nearer to the picture's edge than this share of its box's height, a track that is not seen any more has left.
const EDGE_FRACTION: f32 = 0.25;
/// A track that is not seen, and is overlapped so much by one that is, goes on in that one.
const SAME_PERSON_IOU: f32 = 0.1;
/// Detectors' scores are told so that at this one a find is as likely right as wrong.
const EVEN_SCORE: f64 = 0.5;
/// How the logarithm of the odds rises with the score: 0.8 is 20 to 1.
const LOG_ODDS_PER_SCORE: f64 = 10.0;
/// Whoever is this likely a person counts in full.
const SURE: f64 = 0.95;
/// The interval holds the true number with a probability of about 90 %.
pub(super) const Z: f64 = 1.645;

/// A count, and how wrong it may be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Counted {
    pub(super) interval: Interval,
    /// One standard deviation, false finds and missed persons together.
    pub(super) sigma: f64,
}

/// Counts of the last seconds.
#[derive(Debug, Default)]
pub(super) struct PersonCount(VecDeque<(Timestamp, f64)>);

impl PersonCount {
    /// Counts the persons whose foot is inside.
    pub(super) fn look(&mut self, crowd: &Crowd<'_>, inside: impl Fn(PointInFrame) -> bool) {
        let at = crowd.at;
        if self.0.back().is_some_and(|(before, _)| at.secs_since(*before) > GAP_SECS) {
            self.0.clear();
        }
        let there = crowd.tracker.tracks().iter().filter(|track| {
            track.hits >= MIN_HITS
                && inside(track.last_foot())
                && (track.seen_at == at || is_missed(track, crowd))
        });
        self.0.push_back((at, there.map(|track| weight(track, crowd)).sum()));
        while self.0.len() > MAX_COUNTS
            || self.0.front().is_some_and(|(then, _)| at.secs_since(*then) > WINDOW_SECS)
        {
            self.0.pop_front();
        }
    }

    /// Persons by the median count; `None` until enough was seen.
    pub(super) fn persons(&self, settings: &DensitySettings) -> Option<Counted> {
        let (first, last) = (self.0.front()?.0, self.0.back()?.0);
        if last.secs_since(first) < MIN_WINDOW_SECS {
            return None;
        }
        let mut counts: Vec<f64> = self.0.iter().map(|(_, count)| *count).collect();
        counts.sort_by(f64::total_cmp);
        let median = *counts.get(counts.len() / 2)?;
        let (recall, precision) = (settings.detector_recall, settings.detector_precision);
        let (false_sigma, missed_sigma) = sigmas(median, recall, precision);
        let sigma = (false_sigma / recall).hypot(missed_sigma);
        Some(Counted { interval: interval(median, recall, precision), sigma })
    }
}

/// How much a track counts.
fn weight(track: &Track, crowd: &Crowd<'_>) -> f64 {
    let of_score = LOG_ODDS_PER_SCORE * (f64::from(track.score) - EVEN_SCORE);
    let log_odds = of_score + crowd.scenery.log_odds(track, crowd.at);
    let probability = 1.0 / (1.0 + (-log_odds).exp());
    (probability / SURE).min(1.0)
}

/// Whether a track that is not seen in this frame is likelier a person whom the detector missed than one who left, or
/// whose track goes on under another name.
fn is_missed(track: &Track, crowd: &Crowd<'_>) -> bool {
    let (place, size) = (&track.box_in_frame, crowd.size);
    let followed_secs = track.first_place().map_or(0.0, |first| track.seen_at.secs_since(first.at));
    let from_edge_px = [
        place.left_px(),
        place.top_px(),
        size.width_px as f32 - place.right_px(),
        size.height_px as f32 - place.bottom_px(),
    ];
    let goes_on_in =
        |other: &Track| other.seen_at == crowd.at && other.box_in_frame.iou(place) > SAME_PERSON_IOU;
    crowd.at.secs_since(track.seen_at) <= SEEN_SECS
        && followed_secs >= ESTABLISHED_SECS
        && from_edge_px.iter().all(|px| *px >= EDGE_FRACTION * place.height_px())
        && !crowd.tracker.tracks().iter().any(goes_on_in)
}

/// The true number behind a count: some finds are false (binomial by precision), some persons are missed
/// (negative binomial by recall).
pub(crate) fn interval(counted: f64, recall: f64, precision: f64) -> Interval {
    let estimate = counted * precision / recall;
    let (false_sigma, missed_sigma) = sigmas(counted, recall, precision);
    let low = (counted * precision - Z * false_sigma).max(0.0).min(estimate);
    let high = (counted / recall + Z * missed_sigma).max(estimate);
    Interval { low, estimate, high }
}

/// Of false finds among the counted, and of missed persons.
fn sigmas(counted: f64, recall: f64, precision: f64) -> (f64, f64) {
    let false_sigma = (counted * precision * (1.0 - precision)).sqrt();
    (false_sigma, ((counted + 0.5) * (1.0 - recall)).sqrt() / recall)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_holds_the_estimate_and_grows_with_error() {
        for counted in [0.0, 1.0, 5.5, 40.0] {
            let good = interval(counted, 0.95, 0.95);
            let poor = interval(counted, 0.6, 0.8);
            assert!(good.low <= good.estimate && good.estimate <= good.high);
            assert!(poor.high - poor.low > good.high - good.low);
        }
        let sure = interval(6.0, 1.0, 1.0);
        assert!((sure.low - 6.0).abs() < 1e-9 && (sure.high - 6.0).abs() < 1e-9);
    }
}
