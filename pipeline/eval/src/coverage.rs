//! How much of a box lies under the mask, and when that is enough.

use serde::{Deserialize, Serialize};
use velum_redaction::Mask;
use velum_vocab::BoxInFrame;

use crate::truth::{Kind, TruthBox};

/// Side of a block of the mask, pixels.
const BLOCK_PX: f32 = 2.0;
/// The head of an upright person: this share of the height, from the top.
pub(crate) const HEAD_HEIGHT_FRACTION: f32 = 0.15;
/// And this share of the width, in the middle.
pub(crate) const HEAD_WIDTH_FRACTION: f32 = 0.5;

/// From which shares on something counts as covered.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Enough {
    /// Of a face's box.
    pub face: f64,
    /// Of a person's head region.
    pub head: f64,
    /// Of a person's whole box, besides.
    pub person: f64,
}

impl Enough {
    /// What the figures are about: nearly all of a face, head and most of the body of a person.
    pub const STRICT: Self = Self { face: 0.9, head: 0.9, person: 0.7 };
    /// Half of everything.
    pub const LENIENT: Self = Self { face: 0.5, head: 0.5, person: 0.5 };
}

/// The shares of one person or face that lie under the mask, 0..=1.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Covered {
    /// Of the whole box.
    pub whole: f64,
    /// Of the head region; of a face, the whole.
    pub head: f64,
}

impl Covered {
    /// What of this box the mask covers; only what lies inside the picture counts.
    pub fn of(truth: &TruthBox, mask: &Mask) -> Self {
        let whole = covered_fraction(&truth.box_in_frame, mask);
        match truth.kind {
            Kind::Face => Self { whole, head: whole },
            Kind::Person => Self { whole, head: covered_fraction(&head_region(&truth.box_in_frame), mask) },
        }
    }

    /// Nothing is covered.
    pub const NOT: Self = Self { whole: 0.0, head: 0.0 };

    /// Whether that is enough.
    pub fn is_enough(&self, kind: Kind, enough: &Enough) -> bool {
        match kind {
            Kind::Face => self.whole >= enough.face,
            Kind::Person => self.head >= enough.head && self.whole >= enough.person,
        }
    }
}

/// Where the head of an upright person is.
pub(crate) fn head_region(person: &BoxInFrame) -> BoxInFrame {
    let aside = person.width_px() * (1.0 - HEAD_WIDTH_FRACTION) / 2.0;
    let bottom = person.top_px() + person.height_px() * HEAD_HEIGHT_FRACTION;
    BoxInFrame::new(person.left_px() + aside, person.top_px(), person.right_px() - aside, bottom)
        .unwrap_or(*person)
}

/// The share of the part of the box inside the picture that lies under the mask, 0..=1; 1 of a box that is
/// wholly outside: nothing of it is shown.
pub(crate) fn covered_fraction(area: &BoxInFrame, mask: &Mask) -> f64 {
    let (width_px, height_px) = (mask.columns() as f32 * BLOCK_PX, mask.rows() as f32 * BLOCK_PX);
    let Some(inside) = area.clipped_to(width_px as u32, height_px as u32) else { return 1.0 };
    let columns = blocks(inside.left_px(), inside.right_px());
    let mut covered_px2 = 0.0;
    for (row, rows_px) in blocks(inside.top_px(), inside.bottom_px()) {
        let across_px: f64 =
            columns.clone().filter(|(column, _)| mask.covers(*column, row)).map(|(_, px)| px).sum();
        covered_px2 += rows_px * across_px;
    }
    let (width, height) = (f64::from(inside.width_px()), f64::from(inside.height_px()));
    (covered_px2 / (width * height)).clamp(0.0, 1.0)
}

/// The blocks that a span touches, and how many pixels of each it takes.
fn blocks(from_px: f32, to_px: f32) -> impl Iterator<Item = (usize, f64)> + Clone {
    let first = (from_px / BLOCK_PX).max(0.0) as usize;
    let end = (to_px / BLOCK_PX).ceil().max(0.0) as usize;
    (first..end).map(move |block| {
        let start_px = block as f32 * BLOCK_PX;
        (block, f64::from(to_px.min(start_px + BLOCK_PX) - from_px.max(start_px)))
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use velum_redaction::Plan;

    use super::*;

    fn area(left: f32, top: f32, right: f32, bottom: f32) -> BoxInFrame {
        BoxInFrame::new(left, top, right, bottom).unwrap()
    }

    fn mask(boxes: &[BoxInFrame]) -> Mask {
        let plan = boxes.iter().fold(Plan::default(), |plan, covered| plan.with_box(*covered));
        Mask::of(&plan, 40, 30)
    }

    #[test]
    fn only_what_is_inside_the_picture_counts() {
        let left_half = mask(&[area(0.0, 0.0, 20.0, 30.0)]);
        let check = |of: BoxInFrame, expected: f64| {
            let found = covered_fraction(&of, &left_half);
            assert!((found - expected).abs() < 1e-6, "{of:?}: {found}");
        };
        check(area(0.0, 0.0, 40.0, 30.0), 0.5);
        check(area(-40.0, 0.0, 20.0, 30.0), 1.0);
        check(area(19.0, 5.0, 23.0, 6.0), 0.25);
        check(area(30.0, -9.0, 70.0, 9.0), 0.0);
        check(area(50.0, 50.0, 60.0, 60.0), 1.0);
    }

    #[test]
    fn a_covered_body_with_a_bare_head_is_not_enough() {
        let person = TruthBox::new(Kind::Person, area(10.0, 0.0, 20.0, 30.0));
        let check = |covered: BoxInFrame, strict: bool, lenient: bool| {
            let found = Covered::of(&person, &mask(&[covered]));
            let enough = [Enough::STRICT, Enough::LENIENT].map(|e| found.is_enough(Kind::Person, &e));
            assert_eq!(enough, [strict, lenient], "{covered:?}: {found:?}");
        };
        check(area(10.0, 0.0, 20.0, 30.0), true, true);
        check(area(10.0, 0.0, 20.0, 22.0), true, true);
        check(area(10.0, 0.0, 20.0, 16.0), false, true);
        check(area(10.0, 6.0, 20.0, 30.0), false, false);
    }

    proptest! {
        /// On a grid of quarter pixels, point by point.
        #[test]
        fn the_share_is_what_counting_points_gives(
            boxes in prop::collection::vec((0_u8..40, 0_u8..30, 1_u8..20, 1_u8..20), 0..5),
            (left, top) in (-20_i16..170, -20_i16..130),
            (width, height) in (1_i16..90, 1_i16..90),
        ) {
            let boxes: Vec<_> = boxes
                .iter()
                .map(|&(x, y, w, h)| area(f32::from(x), f32::from(y), f32::from(x + w), f32::from(y + h)))
                .collect();
            let mask = mask(&boxes);
            let quarter = |at: i16| f32::from(at) / 4.0;
            let of = area(quarter(left), quarter(top), quarter(left + width), quarter(top + height));
            let (mut inside, mut covered) = (0, 0);
            for y in top.max(0)..(top + height).min(120) {
                for x in left.max(0)..(left + width).min(160) {
                    inside += 1;
                    covered += u32::from(mask.covers(x as usize / 8, y as usize / 8));
                }
            }
            let expected = if inside == 0 { 1.0 } else { f64::from(covered) / f64::from(inside) };
            prop_assert!((covered_fraction(&of, &mask) - expected).abs() < 1e-5);
        }
    }
}
