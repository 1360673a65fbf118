//! How the light of the whole scene changed over the last seconds.

use std::collections::VecDeque;

use velum_vocab::Timestamp;

use super::gain::{self, SmallBrightness, Tiles};

/// A change is measured against the picture this long ago.
const COMPARED_SECS: f64 = 4.0;
/// Changes are remembered for this long.
const REMEMBERED_SECS: f64 = 15.0;
const MAX_REMEMBERED: usize = 128;

/// Brightness by region, and how much it changed.
#[derive(Debug, Default)]
pub(crate) struct LightHistory {
    brightness: VecDeque<(Timestamp, Tiles)>,
    changes: VecDeque<(Timestamp, f32)>,
}

impl LightHistory {
    pub(super) fn look(&mut self, brightness: &SmallBrightness, at: Timestamp) {
        let tiles = brightness.each_tile(|samples| gain::median(samples) + 8.0);
        self.brightness.push_back((at, tiles));
        while self.brightness.front().is_some_and(|(then, _)| at.secs_since(*then) > COMPARED_SECS)
            || self.brightness.len() > MAX_REMEMBERED
        {
            self.brightness.pop_front();
        }
        let before = self.brightness.front().map_or(tiles, |(_, tiles)| *tiles);
        let mut ratios: Vec<f32> = tiles.iter().zip(&before).map(|(now, then)| (now / then).ln()).collect();
        self.changes.push_back((at, gain::median(&mut ratios).abs()));
        while self.changes.front().is_some_and(|(then, _)| at.secs_since(*then) > REMEMBERED_SECS)
            || self.changes.len() > MAX_REMEMBERED
        {
            self.changes.pop_front();
        }
    }

    /// The largest change since a moment: the logarithm of the ratio of brightness over four seconds.
    pub(crate) fn largest_change_since(&self, since: Timestamp) -> f32 {
        self.changes.iter().filter(|(at, _)| *at >= since).map(|(_, change)| *change).fold(0.0, f32::max)
    }
}
