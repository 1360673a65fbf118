//! How tall a person is in the picture, by the row where the feet are.
//!
//! Learnt from the person boxes as a line, robustly (least absolute deviations by reweighting); until enough whole
//! ones were seen, from the ground plane, else from the few boxes at hand, else a sixth of the picture's height. It is
//! the yardstick of every size and, without a ground plane, of every distance.

use std::collections::VecDeque;

use velum_vocab::{BoxInFrame, Detection, ObjectClass};

use crate::ground_plane::GroundPlane;
use crate::picture::WorkingSize;

/// Boxes with less score are not learnt from.
const MIN_SCORE: f32 = 0.45;
const BANDS: usize = 24;
const SAMPLES_PER_BAND: usize = 24;
const ENOUGH: usize = 20;
/// Of boxes that may be cut by the picture's edge this many say how tall people are about; most of them are too small.
const FEW: usize = 5;
const FEW_KEPT: usize = 60;
const FEW_QUANTILE: f32 = 0.75;
const REFIT_AFTER: usize = 15;
const BEYOND_SLOPE: f32 = 0.5;
const UNKNOWN_SHARE_OF_PICTURE: f32 = 1.0 / 6.0;
const MIN_HEIGHT_PX: f32 = 12.0;
/// The longer side of a person's box is at least this share of a standing person's height.
const MIN_PERSON_FRACTION: f32 = 0.5;
const EDGE_PX: f32 = 3.0;

/// The learnt line, in working pixels.
#[derive(Debug)]
pub(crate) struct PersonHeight {
    size: WorkingSize,
    bands: Vec<VecDeque<(f32, f32)>>,
    since_fit: usize,
    line: Option<Line>,
    /// Heights of the last boxes, whole or not, until there is a line.
    few_px: VecDeque<f32>,
}

/// Height over the row of the feet; beyond the rows in which people were seen it rises and falls half as steeply, for
/// a few people side by side say little of how it goes on.
#[derive(Debug, Clone, Copy)]
struct Line {
    slope: f32,
    offset: f32,
    rows_px: (f32, f32),
}

impl Line {
    fn at(&self, foot_px: f32) -> f32 {
        let seen_px = foot_px.clamp(self.rows_px.0, self.rows_px.1);
        self.slope * (seen_px + BEYOND_SLOPE * (foot_px - seen_px)) + self.offset
    }
}

impl PersonHeight {
    pub(crate) fn new(size: WorkingSize) -> Self {
        Self { size, bands: vec![VecDeque::new(); BANDS], since_fit: 0, line: None, few_px: VecDeque::new() }
    }

    /// Learns from the person boxes of one frame, given in working pixels.
    pub(crate) fn learn(&mut self, detections: &[Detection]) {
        let persons = detections.iter().filter(|d| d.class == ObjectClass::Person && d.score >= MIN_SCORE);
        for found in persons.map(|d| d.box_in_frame) {
            if self.line.is_none() {
                self.take_one_of_few(found.height_px());
            }
            if self.is_whole(&found) {
                self.take(found.bottom_px(), found.height_px());
            }
        }
        if self.since_fit >= REFIT_AFTER {
            self.since_fit = 0;
            self.fit();
        }
    }

    /// Boxes cut by the picture's edge, or of no upright shape, say nothing of a person's height.
    fn is_whole(&self, found: &BoxInFrame) -> bool {
        let inside = found.top_px() > 2.0 && found.bottom_px() < self.size.height_px as f32 - 3.0;
        inside && (1.3..=5.0).contains(&(found.height_px() / found.width_px()))
    }

    fn take(&mut self, foot_px: f32, height_px: f32) {
        let band = (foot_px / self.size.height_px as f32 * BANDS as f32) as usize;
        if let Some(samples) = self.bands.get_mut(band) {
            samples.push_back((foot_px, height_px));
            if samples.len() > SAMPLES_PER_BAND {
                samples.pop_front();
            }
            self.since_fit += 1;
        }
    }

    fn take_one_of_few(&mut self, height_px: f32) {
        self.few_px.push_back(height_px);
        if self.few_px.len() > FEW_KEPT {
            self.few_px.pop_front();
        }
    }

    /// What the few boxes at hand say, the same for all rows.
    fn by_few(&self) -> Option<f32> {
        let mut heights: Vec<f32> = self.few_px.iter().copied().collect();
        heights.sort_by(f32::total_cmp);
        let at = (FEW_QUANTILE * heights.len() as f32) as usize;
        heights.get(at).copied().filter(|_| heights.len() >= FEW)
    }

    fn fit(&mut self) {
        let samples: Vec<(f32, f32)> = self.bands.iter().flatten().copied().collect();
        if samples.len() >= ENOUGH {
            let (slope, offset) = line_through(&samples);
            let rows = samples.iter().map(|(foot_px, _)| *foot_px);
            let rows_px = rows.fold((f32::MAX, f32::MIN), |(low, high), row| (low.min(row), high.max(row)));
            self.line = Some(Line { slope, offset, rows_px });
        }
    }

    /// Whether a box can hold a person, standing, sitting or lying: a detector may take a bag for a small one. Boxes
    /// that the picture's edge cuts always can.
    pub(crate) fn can_be_person(&self, found: &BoxInFrame, ground_plane: Option<&GroundPlane>) -> bool {
        let (width, height) = (self.size.width_px as f32, self.size.height_px as f32);
        let cut = found.left_px() < EDGE_PX
            || found.top_px() < EDGE_PX
            || found.right_px() > width - EDGE_PX
            || found.bottom_px() > height - EDGE_PX;
        let person_px = self.at_px(found.foot().x_px, found.bottom_px(), ground_plane);
        cut || found.height_px().max(found.width_px()) >= MIN_PERSON_FRACTION * person_px
    }

    /// Whether more is known than a guess.
    pub(crate) fn is_known(&self, ground_plane: Option<&GroundPlane>) -> bool {
        self.line.is_some() || ground_plane.is_some() || self.few_px.len() >= FEW
    }

    /// Height in working pixels of a standing person whose feet are at this row.
    pub(crate) fn at_px(&self, x_px: f32, foot_px: f32, ground_plane: Option<&GroundPlane>) -> f32 {
        let by_line = self.line.map(|line| line.at(foot_px));
        let by_plane = || {
            let (x, y) = (x_px / self.size.width_px as f32, foot_px / self.size.height_px as f32);
            let height = ground_plane?.person_height_px(f64::from(x), f64::from(y), self.size.width_px)?;
            Some(height as f32)
        };
        let height = by_line.or_else(by_plane).or_else(|| self.by_few());
        let height = height.unwrap_or(self.size.height_px as f32 * UNKNOWN_SHARE_OF_PICTURE);
        height.clamp(MIN_HEIGHT_PX, self.size.height_px as f32)
    }
}

/// Slope and offset of the line of least absolute deviation; level where the far would be taller than the near.
fn line_through(samples: &[(f32, f32)]) -> (f32, f32) {
    let mut line = (0.0_f64, 0.0_f64);
    let mut weights = vec![1.0_f64; samples.len()];
    for _ in 0..15 {
        let sums = samples.iter().zip(&weights).fold([0.0; 5], |s, (&(x, y), &w)| {
            let (x, y) = (f64::from(x), f64::from(y));
            let [s0, s1, s2, s3, s4] = s;
            [s0 + w, s1 + w * x, s2 + w * y, s3 + w * x * x, s4 + w * x * y]
        });
        let [w, x, y, xx, xy] = sums;
        let spread = w * xx - x * x;
        let slope = if spread > 1e-3 * w * w { ((w * xy - x * y) / spread).max(0.0) } else { 0.0 };
        line = (slope, (y - slope * x) / w);
        for (weight, &(x, y)) in weights.iter_mut().zip(samples) {
            let off = (line.0 * f64::from(x) + line.1 - f64::from(y)).abs();
            *weight = 1.0 / off.max(2.0);
        }
    }
    (line.0 as f32, line.1 as f32)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn learnt(boxes: &[(f32, f32)]) -> PersonHeight {
        let mut heights = PersonHeight::new(WorkingSize::of_frame((640, 480), 640));
        for &(foot, height) in boxes {
            let box_in_frame = BoxInFrame::new(100.0, foot - height, 100.0 + height * 0.4, foot).unwrap();
            heights.learn(&[Detection { class: ObjectClass::Person, score: 0.8, box_in_frame }]);
        }
        heights
    }

    #[test]
    fn learns_the_line_despite_some_wrong_boxes() {
        let mut boxes: Vec<_> =
            (0..40_u8).map(|i| 150.0 + f32::from(i) * 7.0).map(|y| (y, 20.0 + 0.25 * y)).collect();
        boxes.extend([(400.0, 300.0), (300.0, 30.0), (410.0, 310.0)]);
        let heights = learnt(&boxes);
        let off = heights.at_px(0.0, 300.0, None) - 95.0;
        assert!(off.abs() < 4.0, "off by {off}");
    }

    #[test]
    fn a_box_of_a_bags_size_holds_no_person() {
        let heights = PersonHeight::new(WorkingSize::of_frame((640, 480), 640));
        let check = |left, top, right, bottom, expected| {
            let found = BoxInFrame::new(left, top, right, bottom).unwrap();
            assert_eq!(heights.can_be_person(&found, None), expected, "{found:?}");
        };
        check(300.0, 220.0, 330.0, 300.0, true);
        check(300.0, 255.0, 330.0, 300.0, true);
        check(300.0, 280.0, 360.0, 300.0, true);
        check(300.0, 268.0, 330.0, 300.0, false);
        check(300.0, 460.0, 330.0, 479.0, true);
    }

    #[test]
    fn a_few_boxes_are_better_than_none_even_where_the_edge_cuts_them() {
        let mut heights = PersonHeight::new(WorkingSize::of_frame((640, 480), 640));
        for top in [260.0, 250.0, 240.0, 400.0, 255.0, 245.0, 250.0] {
            let box_in_frame = BoxInFrame::new(100.0, top, 220.0, 480.0).unwrap();
            heights.learn(&[Detection { class: ObjectClass::Person, score: 0.8, box_in_frame }]);
        }
        let height = heights.at_px(0.0, 300.0, None);
        assert!((225.0..245.0).contains(&height), "{height}");
    }

    #[test]
    fn has_a_default_until_enough_were_seen() {
        assert!((learnt(&[(300.0, 95.0)]).at_px(0.0, 300.0, None) - 80.0).abs() < 1e-3);
    }
}
