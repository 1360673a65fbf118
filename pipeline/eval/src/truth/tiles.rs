//! Pseudo truth: a detector on the whole picture and on enlarged parts of it, everything put together.
//!
//! Boxes that the inner edge of a tile cuts are dropped: the neighbour tile, which overlaps, has them whole.

use velum_frame::{Pixels, Plane, RawFrame, seal_i420};
use velum_models::{Detect, ModelError};
use velum_vocab::{BoxInFrame, Detection};

/// Two boxes of one class that overlap more than this are one thing.
const SAME_IOU: f32 = 0.5;
/// Or where one lies in the other by this share: the upper half of somebody whom the whole box has too.
const INSIDE_FRACTION: f32 = 0.85;
/// How far tiles reach into their neighbours, as a share of their own side.
const OVERLAP_FRACTION: f32 = 0.25;
/// A box that ends closer than this to an inner edge is cut by it, pixels.
const EDGE_PX: f32 = 3.0;

/// One part of a picture, even pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Tile {
    left: usize,
    top: usize,
    width: usize,
    height: usize,
}

/// What the detector finds on the whole picture and on `grid` by `grid` tiles, for each of the grids, best first.
///
/// # Errors
/// What the detector says, on any of them.
pub(crate) fn detect_tiled(
    detector: &dyn Detect,
    frame: &RawFrame,
    grids: &[usize],
) -> Result<Vec<Detection>, ModelError> {
    let whole_px = (frame.width_px() as usize, frame.height_px() as usize);
    let mut found = Vec::new();
    for grid in grids {
        for tile in tiles(whole_px, *grid) {
            let Some(part) = cut_out(frame, &tile) else { continue };
            let inside = detector.detect(&part)?;
            found.extend(inside.iter().filter_map(|seen| in_whole(seen, &tile, whole_px)));
        }
    }
    Ok(fused(found))
}

/// `grid` by `grid` tiles that overlap and together cover everything.
fn tiles((width, height): (usize, usize), grid: usize) -> Vec<Tile> {
    let spans = |side: usize| -> Vec<(usize, usize)> {
        let count = grid.max(1);
        let share = 1.0 / (count as f32 - (count - 1) as f32 * OVERLAP_FRACTION);
        let length = even(((side as f32 * share).ceil() as usize + 1).min(side)).max(2);
        let place = |at: usize| {
            if count == 1 { 0 } else { even((side - length) * at / (count - 1)) }
        };
        // The last begins where it must to reach the end: sides are even, and so is every length.
        (0..count).map(|at| (if at + 1 == count { side - length } else { place(at) }, length)).collect()
    };
    let columns = spans(width);
    spans(height)
        .into_iter()
        .flat_map(|(top, height)| columns.iter().map(move |&(left, width)| Tile { left, top, width, height }))
        .collect()
}

fn even(px: usize) -> usize {
    px / 2 * 2
}

/// The part of the frame as a frame of its own.
fn cut_out(frame: &RawFrame, tile: &Tile) -> Option<RawFrame> {
    let mut bytes = Vec::with_capacity(tile.width * tile.height * 3 / 2);
    copy_plane(&mut bytes, frame.luma(), tile, 1);
    copy_plane(&mut bytes, frame.chroma_u(), tile, 2);
    copy_plane(&mut bytes, frame.chroma_v(), tile, 2);
    let size = (tile.width as u32, tile.height as u32);
    seal_i420(frame.camera().clone(), frame.captured_at(), frame.number(), size, bytes).ok()
}

fn copy_plane(bytes: &mut Vec<u8>, plane: Plane<'_>, tile: &Tile, halving: usize) {
    let (left, width) = (tile.left / halving, tile.width / halving);
    for row in tile.top / halving..(tile.top + tile.height) / halving {
        bytes.extend_from_slice(plane.row(row).get(left..left + width).unwrap_or_default());
    }
}

/// A detection of a tile in the whole picture; `None` where an inner edge cuts it.
fn in_whole(seen: &Detection, tile: &Tile, (width, height): (usize, usize)) -> Option<Detection> {
    let b = &seen.box_in_frame;
    let is_cut = (tile.left > 0 && b.left_px() < EDGE_PX)
        || (tile.top > 0 && b.top_px() < EDGE_PX)
        || (tile.left + tile.width < width && b.right_px() > tile.width as f32 - EDGE_PX)
        || (tile.top + tile.height < height && b.bottom_px() > tile.height as f32 - EDGE_PX);
    if is_cut {
        return None;
    }
    let (dx, dy) = (tile.left as f32, tile.top as f32);
    let moved =
        BoxInFrame::new(b.left_px() + dx, b.top_px() + dy, b.right_px() + dx, b.bottom_px() + dy).ok()?;
    Some(Detection { box_in_frame: moved, ..*seen })
}

/// One box a thing, the best of each.
fn fused(mut found: Vec<Detection>) -> Vec<Detection> {
    found.sort_by(|a, b| b.score.total_cmp(&a.score));
    let mut kept: Vec<Detection> = Vec::new();
    for seen in found {
        let same = |better: &Detection| {
            let (a, b) = (&better.box_in_frame, &seen.box_in_frame);
            better.class == seen.class && (a.iou(b) > SAME_IOU || b.covered_fraction_by(a) > INSIDE_FRACTION)
        };
        if !kept.iter().any(same) {
            kept.push(seen);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use proptest::prelude::*;
    use velum_vocab::{CameraId, Digest, ObjectClass, Timestamp};

    use super::*;

    /// Finds the bounding box of what is brighter than the rest.
    struct FindsBright(Mutex<usize>);

    impl Detect for FindsBright {
        fn detect(&self, frame: &RawFrame) -> Result<Vec<Detection>, ModelError> {
            *self.0.lock().unwrap() += 1;
            let luma = frame.luma();
            let bright: Vec<(usize, usize)> = (0..luma.height_px())
                .flat_map(|y| (0..luma.width_px()).map(move |x| (x, y)))
                .filter(|&(x, y)| luma.row(y)[x] > 128)
                .collect();
            let span = |of: fn(&(usize, usize)) -> usize| {
                Some((bright.iter().map(of).min()? as f32, bright.iter().map(of).max()? as f32 + 1.0))
            };
            let (Some((left, right)), Some((top, bottom))) = (span(|p| p.0), span(|p| p.1)) else {
                return Ok(Vec::new());
            };
            let box_in_frame = BoxInFrame::new(left, top, right, bottom).unwrap();
            Ok(vec![Detection { class: ObjectClass::Face, score: 0.9, box_in_frame }])
        }

        fn digest(&self) -> Digest {
            Digest::of(b"bright")
        }
    }

    fn frame_with((left, top, width, height): (usize, usize, usize, usize)) -> RawFrame {
        let mut bytes = vec![20_u8; 64 * 48 * 3 / 2];
        for y in top..top + height {
            bytes[y * 64 + left..y * 64 + left + width].fill(200);
        }
        let camera = CameraId::parse("c").unwrap();
        seal_i420(camera, Timestamp::from_unix_secs(1), 1, (64, 48), bytes).unwrap()
    }

    #[test]
    fn what_several_tiles_see_is_one_thing_at_its_place() {
        let detector = FindsBright(Mutex::new(0));
        let found = detect_tiled(&detector, &frame_with((30, 20, 6, 6)), &[1, 2]).unwrap();
        assert_eq!(*detector.0.lock().unwrap(), 5);
        let [only] = found.as_slice() else { panic!("{found:?}") };
        assert_eq!(only.box_in_frame, BoxInFrame::new(30.0, 20.0, 36.0, 26.0).unwrap());
    }

    #[test]
    fn what_a_tile_cuts_is_left_to_its_neighbour() {
        let detector = FindsBright(Mutex::new(0));
        let found = detect_tiled(&detector, &frame_with((0, 10, 64, 4)), &[2]).unwrap();
        assert!(found.is_empty(), "{found:?}");
    }

    proptest! {
        #[test]
        fn tiles_cover_everything_and_begin_at_even_pixels(
            (width, height) in (4_usize..400, 4_usize..300),
            grid in 1_usize..5,
        ) {
            let (width, height) = (width * 2, height * 2);
            let tiles = tiles((width, height), grid);
            prop_assert_eq!(tiles.len(), grid * grid);
            for tile in &tiles {
                let parts = [tile.left, tile.top, tile.width, tile.height];
                prop_assert!(parts.iter().all(|px| px % 2 == 0), "{:?}", tile);
                prop_assert!(tile.left + tile.width <= width && tile.top + tile.height <= height);
            }
            let covered = |x: usize, y: usize| tiles.iter().any(|tile| {
                (tile.left..tile.left + tile.width).contains(&x) && (tile.top..tile.top + tile.height).contains(&y)
            });
            for (x, y) in (0..width).step_by(7).zip((0..height).step_by(5).cycle()) {
                prop_assert!(covered(x, y) && covered(width - 1, y) && covered(x, height - 1));
            }
        }
    }
}
