//! Painting over: one colour, the same everywhere, so that nothing of what was there is left in any plane.

use velum_frame::{Pixels, PlaneMut, RawFrame};

use crate::{Mask, RedactionError};

/// Brightness of what is covered: black, limited range.
pub const FILL_LUMA: u8 = 16;
/// Colour difference of what is covered: none.
pub const FILL_CHROMA: u8 = 128;

/// Paints the covered blocks of all three planes.
///
/// *Shape*: Y `[height, width] u8`, U and V `[height / 2, width / 2] u8`; the mask `[height / 2, width / 2]`.
///
/// # Errors
/// [`RedactionError::Plane`] where the frame is smaller than the mask.
pub fn solid_fill(frame: &mut RawFrame, mask: &Mask) -> Result<(), RedactionError> {
    for (index, mut plane) in frame.planes_mut().into_iter().enumerate() {
        let (block_px, value) = if index == 0 { (2, FILL_LUMA) } else { (1, FILL_CHROMA) };
        fill_plane(&mut plane, mask, block_px, value).ok_or(RedactionError::Plane { plane: index })?;
    }
    Ok(())
}

/// `None` where a covered block is not in the plane.
fn fill_plane(plane: &mut PlaneMut<'_>, mask: &Mask, block_px: usize, value: u8) -> Option<()> {
    for row in 0..mask.rows() {
        for y_px in row * block_px..(row + 1) * block_px {
            fill_row(plane.row_mut(y_px), mask.row(row), block_px, value)?;
        }
    }
    Some(())
}

fn fill_row(samples: &mut [u8], blocks: &[bool], block_px: usize, value: u8) -> Option<()> {
    if samples.len() != blocks.len() * block_px {
        return None;
    }
    let covered = samples.chunks_exact_mut(block_px).zip(blocks).filter(|(_, covered)| **covered);
    covered.for_each(|(block, _)| block.fill(value));
    Some(())
}
