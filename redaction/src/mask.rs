//! A plan on the grid of one picture, rounded outwards to whole chroma samples.
//!
//! Invariant: a block (2x2 pixels, one sample of U and V) is covered as soon as any part of the plan touches it,
//! so that no sample of any plane mixes what is covered with what is shown.

use velum_vocab::{BoxInFrame, Polygon};

use crate::Plan;

/// A block's side.
const BLOCK_PX: f32 = 2.0;

/// Which 2x2 blocks of a picture are covered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mask {
    columns: usize,
    rows: usize,
    covered: Vec<bool>,
}

impl Mask {
    /// The plan on a picture of this size, pixels.
    pub fn of(plan: &Plan, width_px: u32, height_px: u32) -> Self {
        let (columns, rows) = (width_px.div_ceil(2) as usize, height_px.div_ceil(2) as usize);
        let mut mask = Self { columns, rows, covered: vec![plan.covers_whole_frame(); columns * rows] };
        plan.boxes_in_frame().iter().for_each(|area| mask.cover_box(area));
        plan.private_areas().iter().for_each(|area| mask.cover_polygon(area, width_px, height_px));
        mask
    }

    /// Blocks in a row.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// Rows of blocks.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// One row of blocks; empty beyond the last.
    pub fn row(&self, row: usize) -> &[bool] {
        self.covered.get(row * self.columns..(row + 1) * self.columns).unwrap_or_default()
    }

    /// Whether the block at this place is covered.
    pub fn covers(&self, column: usize, row: usize) -> bool {
        self.row(row).get(column).copied().unwrap_or(false)
    }

    /// The covered share of the picture, 0..=1.
    pub fn covered_fraction(&self) -> f64 {
        self.covered.iter().filter(|covered| **covered).count() as f64 / self.covered.len().max(1) as f64
    }

    /// The share of the part of a box inside the picture that is covered, 0..=1; 1 of a box that is wholly outside:
    /// nothing of it is shown.
    pub fn covered_fraction_of(&self, box_in_frame: &BoxInFrame) -> f64 {
        let (width_px, height_px) = (self.columns as f32 * BLOCK_PX, self.rows as f32 * BLOCK_PX);
        let Some(inside) = box_in_frame.clipped_to(width_px as u32, height_px as u32) else { return 1.0 };
        let columns = blocks(inside.left_px(), inside.right_px());
        let mut covered_px2 = 0.0;
        for (row, tall_px) in blocks(inside.top_px(), inside.bottom_px()) {
            let covered = columns.clone().filter(|(column, _)| self.covers(*column, row));
            covered_px2 += tall_px * covered.map(|(_, wide_px)| wide_px).sum::<f64>();
        }
        (covered_px2 / (f64::from(inside.width_px()) * f64::from(inside.height_px()))).clamp(0.0, 1.0)
    }

    fn cover_box(&mut self, area: &BoxInFrame) {
        let to_block = |px: f32, limit: usize| ((px / 2.0).max(0.0) as usize).min(limit);
        let columns = to_block(area.left_px(), self.columns)
            ..to_block((area.right_px() / 2.0).ceil() * 2.0, self.columns);
        let rows =
            to_block(area.top_px(), self.rows)..to_block((area.bottom_px() / 2.0).ceil() * 2.0, self.rows);
        for row in rows {
            self.cover_columns(row, columns.clone());
        }
    }

    fn cover_polygon(&mut self, area: &Polygon, width_px: u32, height_px: u32) {
        let corners: Vec<(f64, f64)> = (area.fractions().iter())
            .map(|&(x, y)| (x * f64::from(width_px) / 2.0, y * f64::from(height_px) / 2.0))
            .collect();
        for row in 0..self.rows {
            for (from, to) in touched_columns(&corners, row as f64) {
                let first = from.floor().max(0.0) as usize;
                self.cover_columns(row, first..(to.floor().max(0.0) as usize).saturating_add(1));
            }
        }
    }

    fn cover_columns(&mut self, row: usize, columns: std::ops::Range<usize>) {
        let start = row * self.columns;
        let (from, to) = (columns.start.min(self.columns), columns.end.min(self.columns));
        if let Some(blocks) = self.covered.get_mut(start + from..start + to.max(from)) {
            blocks.fill(true);
        }
    }
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

/// The spans (first and last x, in blocks) of the row of blocks from `top` to `top + 1` that a polygon touches:
/// what its edges pass through, and what lies inside on the row's middle line. A block that no edge touches lies
/// wholly inside or wholly outside, so that its middle decides.
fn touched_columns(corners: &[(f64, f64)], top: f64) -> Vec<(f64, f64)> {
    let edges = || corners.iter().zip(corners.iter().cycle().skip(1)).take(corners.len());
    let mut spans: Vec<(f64, f64)> =
        edges().filter_map(|(&from, &to)| x_range_in_band(from, to, top, top + 1.0)).collect();
    let middle = top + 0.5;
    let mut crossings: Vec<f64> = edges()
        .filter(|(from, to)| (from.1 > middle) != (to.1 > middle))
        .map(|(from, to)| from.0 + (middle - from.1) / (to.1 - from.1) * (to.0 - from.0))
        .collect();
    crossings.sort_by(f64::total_cmp);
    spans.extend(crossings.chunks_exact(2).filter_map(|pair| Some((*pair.first()?, *pair.last()?))));
    spans
}

/// The x range of the part of an edge that lies between two heights; `None` where no part does.
fn x_range_in_band(from: (f64, f64), to: (f64, f64), top: f64, bottom: f64) -> Option<(f64, f64)> {
    let (upper, lower) = if from.1 <= to.1 { (from, to) } else { (to, from) };
    if lower.1 < top || upper.1 > bottom {
        return None;
    }
    let x_at = |y: f64| upper.0 + (y - upper.1) / (lower.1 - upper.1) * (lower.0 - upper.0);
    let (a, b) = if lower.1 > upper.1 {
        (x_at(upper.1.max(top)), x_at(lower.1.min(bottom)))
    } else {
        (upper.0, lower.0)
    };
    Some((a.min(b), a.max(b)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use velum_vocab::PointInFrame;

    use super::*;

    fn drawn(mask: &Mask) -> Vec<String> {
        let line = |row| mask.row(row).iter().map(|&covered| if covered { '#' } else { '.' }).collect();
        (0..mask.rows()).map(line).collect()
    }

    #[test]
    fn boxes_are_rounded_outwards() {
        let check = |edges: (f32, f32, f32, f32), expected: [&str; 3]| {
            let area = BoxInFrame::new(edges.0, edges.1, edges.2, edges.3).unwrap();
            assert_eq!(drawn(&Mask::of(&Plan::default().with_box(area), 8, 6)), expected, "{edges:?}");
        };
        check((2.0, 2.0, 4.0, 4.0), ["....", ".#..", "...."]);
        check((1.9, 1.9, 4.1, 4.1), ["###.", "###.", "###."]);
        check((3.0, 3.0, 3.1, 3.1), ["....", ".#..", "...."]);
        check((-9.0, -9.0, 1.0, 90.0), ["#...", "#...", "#..."]);
        check((8.0, 0.0, 9.0, 9.0), ["....", "....", "...."]);
        check((-1e30, -1e30, 1e30, 1e30), ["####", "####", "####"]);
    }

    #[test]
    fn polygons_cover_what_they_touch() {
        let area = Polygon::from_fractions(&[(0.3, 0.0), (0.45, 0.5), (0.3, 0.9)]).unwrap();
        let mask = Mask::of(&Plan::default().with_private_area(area), 8, 6);
        assert_eq!(drawn(&mask), [".#..", ".#..", ".#.."]);
        let whole = Mask::of(&Plan::default().with_private_area(Polygon::whole_frame()), 8, 6);
        assert_eq!(whole, Mask::of(&Plan::whole_frame(), 8, 6));
    }

    #[test]
    fn the_covered_share_of_a_box_is_that_of_its_part_inside_the_picture() {
        let left_half = BoxInFrame::new(0.0, 0.0, 20.0, 30.0).unwrap();
        let mask = Mask::of(&Plan::default().with_box(left_half), 40, 30);
        let check = |edges: (f32, f32, f32, f32), expected: f64| {
            let area = BoxInFrame::new(edges.0, edges.1, edges.2, edges.3).unwrap();
            let found = mask.covered_fraction_of(&area);
            assert!((found - expected).abs() < 1e-6, "{edges:?}: {found}");
        };
        check((0.0, 0.0, 40.0, 30.0), 0.5);
        check((-40.0, 0.0, 20.0, 30.0), 1.0);
        check((19.0, 5.0, 23.0, 6.0), 0.25);
        check((30.0, -9.0, 70.0, 9.0), 0.0);
        check((50.0, 50.0, 60.0, 60.0), 1.0);
        check((-1e30, -1e30, 1e30, 1e30), 0.5);
    }

    proptest! {
        /// Point by point, on a grid of quarter pixels.
        #[test]
        fn the_covered_share_is_what_counting_points_gives(
            boxes in prop::collection::vec((0_u8..40, 0_u8..30, 1_u8..20, 1_u8..20), 0..4),
            (left, top) in (-20_i16..170, -20_i16..130),
            (width, height) in (1_i16..90, 1_i16..90),
        ) {
            let covered = boxes.iter().map(|&(x, y, w, h)| (x.into(), y.into(), (x + w).into(), (y + h).into()));
            let plan = covered.fold(Plan::default(), |plan, (x, y, right, bottom)| {
                plan.with_box(BoxInFrame::new(x, y, right, bottom).unwrap())
            });
            let mask = Mask::of(&plan, 40, 30);
            let quarter = |at: i16| f32::from(at) / 4.0;
            let area = BoxInFrame::new(quarter(left), quarter(top), quarter(left + width), quarter(top + height));
            let inside = |from: i16, size: i16, most: i16| from.max(0)..(from + size).min(most);
            let points = inside(top, height, 120).flat_map(|y| inside(left, width, 160).map(move |x| (x, y)));
            let (mut all, mut hidden) = (0, 0);
            for (x, y) in points {
                all += 1;
                hidden += u32::from(mask.covers(x as usize / 8, y as usize / 8));
            }
            let expected = if all == 0 { 1.0 } else { f64::from(hidden) / f64::from(all) };
            prop_assert!((mask.covered_fraction_of(&area.unwrap()) - expected).abs() < 1e-5);
        }

        #[test]
        fn no_point_of_a_box_is_left_uncovered(
            (left, top) in (-20.0_f32..70.0, -20.0_f32..50.0),
            (width, height) in (0.01_f32..60.0, 0.01_f32..60.0),
            (u, v) in (0.0_f32..1.0, 0.0_f32..1.0),
        ) {
            let area = BoxInFrame::new(left, top, left + width, top + height).unwrap();
            let mask = Mask::of(&Plan::default().with_box(area), 64, 48);
            let (x, y) = (left + u * width, top + v * height);
            if (0.0..64.0).contains(&x) && (0.0..48.0).contains(&y) {
                prop_assert!(mask.covers((x / 2.0) as usize, (y / 2.0) as usize));
            }
        }

        #[test]
        fn no_point_of_a_polygon_is_left_uncovered(
            corners in prop::collection::vec((0.0_f64..=1.0, 0.0_f64..=1.0), 3..7),
            (x_px, y_px) in (0.0_f32..64.0, 0.0_f32..48.0),
        ) {
            if let Ok(area) = Polygon::from_fractions(&corners) {
                let inside = area.contains(PointInFrame { x_px, y_px }, 64, 48);
                let mask = Mask::of(&Plan::default().with_private_area(area), 64, 48);
                if inside {
                    prop_assert!(mask.covers((x_px / 2.0) as usize, (y_px / 2.0) as usize));
                }
            }
        }
    }
}
