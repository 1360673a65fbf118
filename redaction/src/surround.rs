//! Painting over with a blur of what lies around: smooth, and made of nothing that lies under the mask.
//!
//! A pyramid of ever coarser averages is made of the uncovered blocks alone (*pull*), and every covered block
//! takes its value from the finest coarser level that has one, interpolated (*push*). Whole numbers throughout,
//! so that the same surroundings give the same bytes on every machine.
//!
//! *Source*: Gortler et al., "The Lumigraph", SIGGRAPH 1996, section 3.4 (pull-push); Knutsson and Westin,
//! "Normalized and differential convolution", CVPR 1993.

use velum_frame::{Pixels, PlaneMut, RawFrame};

use crate::{FILL_CHROMA, FILL_LUMA, Mask, RedactionError};

/// Values are kept in 1/256.
const ONE: u32 = 256;

/// Paints the covered blocks of all three planes with a blur of the uncovered ones. Where everything is covered,
/// it is one colour.
///
/// *Shape*: Y `[height, width] u8`, U and V `[height / 2, width / 2] u8`; the mask `[height / 2, width / 2]`.
///
/// # Errors
/// [`RedactionError::Plane`] where the frame is smaller than the mask.
pub fn surround_blur(frame: &mut RawFrame, mask: &Mask) -> Result<(), RedactionError> {
    for (index, mut plane) in frame.planes_mut().into_iter().enumerate() {
        let (block_px, nothing) = if index == 0 { (2, FILL_LUMA) } else { (1, FILL_CHROMA) };
        paint_plane(&mut plane, mask, block_px, nothing).ok_or(RedactionError::Plane { plane: index })?;
    }
    Ok(())
}

/// `None` where the plane has another size than the mask.
fn paint_plane(plane: &mut PlaneMut<'_>, mask: &Mask, block_px: usize, nothing: u8) -> Option<()> {
    if (plane.width_px(), plane.height_px()) != (mask.columns() * block_px, mask.rows() * block_px) {
        return None;
    }
    let outside = Level::outside(plane, mask, block_px);
    let filled = outside.filled(u32::from(nothing) * ONE);
    for y_px in 0..plane.height_px() {
        let covered = mask.row(y_px / block_px);
        for (column, block) in plane.row_mut(y_px).chunks_exact_mut(block_px).enumerate() {
            if covered.get(column).copied().unwrap_or(true) {
                for (dx, sample) in block.iter_mut().enumerate() {
                    *sample = rounded(filled.sample(column * block_px + dx, y_px, block_px));
                }
            }
        }
    }
    Some(())
}

fn rounded(value: u32) -> u8 {
    u8::try_from((value + ONE / 2) / ONE).unwrap_or(u8::MAX)
}

/// One level of the pyramid: values where there is something outside the mask to know them by.
struct Level {
    columns: usize,
    rows: usize,
    values: Vec<Option<u32>>,
}

/// A level in which every place has a value.
struct Filled {
    columns: usize,
    rows: usize,
    values: Vec<u32>,
}

impl Level {
    /// The means of the uncovered blocks. No sample of a covered one is read.
    fn outside(plane: &mut PlaneMut<'_>, mask: &Mask, block_px: usize) -> Self {
        let mut sums = vec![0_u32; mask.columns() * mask.rows()];
        for (row, sums) in sums.chunks_exact_mut(mask.columns().max(1)).enumerate() {
            for y_px in row * block_px..(row + 1) * block_px {
                let samples = plane.row_mut(y_px);
                let blocks = samples.chunks_exact(block_px).zip(mask.row(row)).zip(sums.iter_mut());
                for ((block, _), sum) in blocks.filter(|((_, covered), _)| !**covered) {
                    *sum += block.iter().map(|sample| u32::from(*sample)).sum::<u32>();
                }
            }
        }
        let samples = (block_px * block_px) as u32;
        let covered = (0..mask.rows()).flat_map(|row| mask.row(row).iter());
        let values = sums.iter().zip(covered).map(|(sum, covered)| (!covered).then_some(sum * ONE / samples));
        Self { columns: mask.columns(), rows: mask.rows(), values: values.collect() }
    }

    fn at(&self, column: usize, row: usize) -> Option<u32> {
        if column >= self.columns {
            return None;
        }
        self.values.get(row * self.columns + column).copied().flatten()
    }

    /// Half as wide and high: the means of what is known of each four.
    fn coarser(&self) -> Self {
        let (columns, rows) = (self.columns.div_ceil(2), self.rows.div_ceil(2));
        let mean = |column: usize, row: usize| {
            let four = [(0, 0), (1, 0), (0, 1), (1, 1)];
            let known = four.iter().filter_map(|(dx, dy)| self.at(2 * column + dx, 2 * row + dy));
            let (sum, count) = known.fold((0, 0), |(sum, count), value| (sum + value, count + 1));
            (count > 0).then(|| sum / count)
        };
        let places = (0..rows).flat_map(|row| (0..columns).map(move |column| (column, row)));
        Self { columns, rows, values: places.map(|(column, row)| mean(column, row)).collect() }
    }

    /// Every place filled: what is known stays, the rest is interpolated from coarser levels.
    fn filled(&self, nothing: u32) -> Filled {
        let is_complete = self.values.iter().all(Option::is_some);
        let is_single = self.columns <= 1 && self.rows <= 1;
        let values = if is_complete || is_single {
            self.values.iter().map(|value| value.unwrap_or(nothing)).collect()
        } else {
            let below = self.coarser().filled(nothing);
            let places = (0..self.rows).flat_map(|row| (0..self.columns).map(move |column| (column, row)));
            let values = self.values.iter().zip(places);
            values.map(|(value, (x, y))| value.unwrap_or_else(|| below.sample(x, y, 2))).collect()
        };
        Filled { columns: self.columns, rows: self.rows, values }
    }
}

impl Filled {
    fn at(&self, column: usize, row: usize) -> u32 {
        let (column, row) =
            (column.min(self.columns.saturating_sub(1)), row.min(self.rows.saturating_sub(1)));
        self.values.get(row * self.columns + column).copied().unwrap_or_default()
    }

    /// The value at a place of a grid that is `step` (1 or 2) times finer: bilinear, 3 parts to 1.
    fn sample(&self, x: usize, y: usize, step: usize) -> u32 {
        if step == 1 {
            return self.at(x, y);
        }
        let (near_x, far_x) = near_and_far(x);
        let (near_y, far_y) = near_and_far(y);
        let near = 3 * self.at(near_x, near_y) + self.at(far_x, near_y);
        let far = 3 * self.at(near_x, far_y) + self.at(far_x, far_y);
        (3 * near + far) / 16
    }
}

/// The place that holds it on a grid half as fine, and the neighbour that it lies towards.
fn near_and_far(place: usize) -> (usize, usize) {
    let near = place / 2;
    (near, if place.is_multiple_of(2) { near.saturating_sub(1) } else { near + 1 })
}

#[cfg(test)]
mod tests {
    use velum_frame::seal_i420;
    use velum_vocab::{BoxInFrame, CameraId, Timestamp};

    use super::*;
    use crate::Plan;

    fn frame(luma: impl Fn(usize, usize) -> u8) -> RawFrame {
        let mut bytes: Vec<u8> = (0..48 * 64).map(|at| luma(at % 64, at / 64)).collect();
        bytes.extend(vec![128; 48 * 32]);
        let camera = CameraId::parse("c").unwrap();
        seal_i420(camera, Timestamp::from_unix_secs(1), 1, (64, 48), bytes).unwrap()
    }

    fn mask(plan: &Plan) -> Mask {
        Mask::of(plan, 64, 48)
    }

    fn middle() -> Plan {
        Plan::default().with_box(BoxInFrame::new(20.0, 10.0, 44.0, 40.0).unwrap())
    }

    #[test]
    fn looks_like_what_lies_around() {
        let mut frame =
            frame(|x, y| if (20..44).contains(&x) && (10..40).contains(&y) { 255 } else { 2 * x as u8 });
        surround_blur(&mut frame, &mask(&middle())).unwrap();
        let row: Vec<u8> = frame.luma().row(24)[18..46].to_vec();
        assert!(
            row.windows(2).all(|pair| pair[0] <= pair[1].saturating_add(4) && pair[1].abs_diff(pair[0]) < 24)
        );
        assert!(row.iter().all(|sample| (20..110).contains(sample)), "{row:?}");
    }

    #[test]
    fn what_is_not_covered_stays() {
        let mut painted = frame(|x, y| (x * 3 + y) as u8);
        surround_blur(&mut painted, &mask(&middle())).unwrap();
        let before = frame(|x, y| (x * 3 + y) as u8);
        assert_eq!(painted.luma().row(5), before.luma().row(5));
        assert_eq!(painted.luma().row(20)[..20], before.luma().row(20)[..20]);
    }

    #[test]
    fn without_anything_around_it_is_one_colour() {
        let mut painted = frame(|x, y| (x ^ y) as u8);
        surround_blur(&mut painted, &mask(&Plan::whole_frame())).unwrap();
        assert!(painted.luma().samples().iter().all(|sample| *sample == FILL_LUMA));
        assert!(painted.chroma_u().samples().iter().all(|sample| *sample == FILL_CHROMA));
    }
}
