//! Connected regions of foreground.

use opencv::core::{BORDER_CONSTANT, Mat, Point, Size, ToInputArray};
use opencv::imgproc;
use opencv::prelude::*;

use crate::background::Stillness;
use crate::error::AnalyseError;
use crate::patch::Area;
use crate::picture::WorkingSize;
use crate::runs::{ConnectedRuns, Region};

/// At a width of 640 pixels: gaps narrower than this are closed, smaller regions are left out.
const CLOSED_GAP_PX: f32 = 9.0;
/// Where regions are cut apart, they must not grow together again.
const CLOSE_GAP_PX: f32 = 4.0;
const MIN_PIXELS: f32 = 50.0;
const RATED_WIDTH_PX: f32 = 640.0;
/// The largest regions are looked at; with more than this, the scene is in turmoil.
const MAX_BLOBS: usize = 48;

/// One connected region.
#[derive(Debug, Clone)]
pub(crate) struct Blob {
    pub(crate) area: Area,
    /// Which pixels of the area belong to it.
    pub(crate) mask: Vec<bool>,
    pub(crate) pixels: usize,
}

impl Blob {
    /// Whether another region lies within this one, by its first pixel. Both are of one picture of this width.
    pub(crate) fn holds(&self, other: &Self, picture_width: usize) -> bool {
        let inside = other.area.indices(picture_width).zip(&other.mask).find(|(_, inside)| **inside);
        inside.is_some_and(|(index, _)| {
            let (x, y) = (index % picture_width, index / picture_width);
            let within =
                self.area.holds(x, y).then(|| (y - self.area.top) * self.area.width + x - self.area.left);
            within.and_then(|within| self.mask.get(within)).copied().unwrap_or(false)
        })
    }
}

/// Regions that have been static at least this long, inside the mask of the zones, largest first.
///
/// # Shape
/// `stillness` and `zones`: `[height * width] u8`; `zones` is 1 inside.
pub(crate) fn find(
    stillness: &[u8],
    at_least: Stillness,
    zones: &[u8],
    size: &WorkingSize,
) -> Result<Vec<Blob>, AnalyseError> {
    let still: Vec<u8> = stillness.iter().map(|still| u8::from(*still >= at_least as u8)).collect();
    find_in(&still, zones, size)
}

/// Regions inside the mask of the zones, largest first.
///
/// # Shape
/// `wanted` and `zones`: `[height * width] u8`, 1 where something is, and inside.
pub(crate) fn find_in(wanted: &[u8], zones: &[u8], size: &WorkingSize) -> Result<Vec<Blob>, AnalyseError> {
    let wanted: Vec<u8> = wanted.iter().zip(zones).map(|(wanted, zone)| wanted & zone).collect();
    connected(&wanted, CLOSED_GAP_PX, size)
}

/// Regions of pixels that lie close together, largest first. *Shape*: as [`find_in`].
pub(crate) fn find_close(wanted: &[u8], size: &WorkingSize) -> Result<Vec<Blob>, AnalyseError> {
    connected(wanted, CLOSE_GAP_PX, size)
}

fn connected(wanted: &[u8], gap_px: f32, size: &WorkingSize) -> Result<Vec<Blob>, AnalyseError> {
    let scale = size.width_px as f32 / RATED_WIDTH_PX;
    let min_pixels = (MIN_PIXELS * scale * scale).max(16.0) as usize;
    let Some(labelled) = label(wanted, gap_px, size)? else { return Ok(Vec::new()) };
    let mut regions = labelled.regions(min_pixels);
    regions.truncate(MAX_BLOBS);
    Ok(regions
        .into_iter()
        .map(|region| Blob { area: region.area, mask: labelled.mask(&region), pixels: region.pixels })
        .collect())
}

/// The rectangles around all regions of at least so many pixels, largest first.
///
/// # Shape
/// `wanted`: `[height * width] u8`, 1 where something is.
pub(crate) fn areas(wanted: &[u8], min_pixels: usize, size: &WorkingSize) -> Result<Vec<Area>, AnalyseError> {
    let regions = label(wanted, CLOSED_GAP_PX, size)?.map(|labelled| labelled.regions(min_pixels));
    Ok(regions.into_iter().flatten().map(|region| region.area).collect())
}

/// What is wanted, gaps closed and specks taken away, as connected runs.
struct Labelled {
    /// The part of the picture that was looked at: all else lies outside every region.
    window: Area,
    runs: ConnectedRuns,
}

impl Labelled {
    /// In the picture, largest first.
    fn regions(&self, min_pixels: usize) -> Vec<Region> {
        let mut regions = self.runs.regions();
        regions.retain(|region| region.pixels >= min_pixels);
        for region in &mut regions {
            region.area.left += self.window.left;
            region.area.top += self.window.top;
        }
        regions.sort_by_key(|region| (std::cmp::Reverse(region.pixels), region.area.top, region.area.left));
        regions
    }

    /// Which pixels of its area belong to a region of this picture.
    fn mask(&self, region: &Region) -> Vec<bool> {
        let Area { left, top, width, height } = region.area;
        let mut mask = vec![false; width * height];
        for run in self.runs.belonging_to(region.root) {
            let start = (run.row + self.window.top - top) * width + run.start + self.window.left - left;
            mask.get_mut(start..start + run.end - run.start).into_iter().for_each(|pixels| pixels.fill(true));
        }
        mask
    }
}

/// `None` where nothing is wanted.
fn label(wanted: &[u8], gap_px: f32, size: &WorkingSize) -> Result<Option<Labelled>, AnalyseError> {
    let gap_px = (gap_px * size.width_px as f32 / RATED_WIDTH_PX) as i32 | 1;
    // So far around what is wanted no pixel changes: the window gives what the whole picture would.
    let Some(window) = window_of(wanted, gap_px as usize + 2, size) else { return Ok(None) };
    let mut inside = Vec::with_capacity(window.width * window.height);
    for row in wanted.chunks_exact(size.width_px as usize).skip(window.top).take(window.height) {
        inside.extend_from_slice(row.get(window.left..window.left + window.width).unwrap_or_default());
    }
    let closed = close_and_open(&inside, &window, gap_px)?;
    let runs = ConnectedRuns::of(closed.data_bytes()?, window.width);
    Ok(Some(Labelled { window, runs }))
}

/// The rectangle around everything that is wanted, and so much more on each side, within the picture.
fn window_of(wanted: &[u8], margin: usize, size: &WorkingSize) -> Option<Area> {
    let (width, height) = (size.width_px as usize, size.height_px as usize);
    let (mut top, mut bottom, mut left, mut right) = (None, 0, width, 0);
    for (y, row) in wanted.chunks_exact(width).enumerate() {
        // Most rows are empty, and this looks at many pixels at once.
        if row.iter().fold(0, |any, wanted| any | wanted) == 0 {
            continue;
        }
        (top, bottom) = (top.or(Some(y)), y);
        left = row.iter().position(|wanted| *wanted != 0).map_or(left, |first| left.min(first));
        right = row.iter().rposition(|wanted| *wanted != 0).map_or(right, |last| right.max(last));
    }
    let (left, top) = (left.saturating_sub(margin), top?.saturating_sub(margin));
    let (right, bottom) = ((right + 1 + margin).min(width), (bottom + 1 + margin).min(height));
    Some(Area { left, top, width: right - left, height: bottom - top })
}

fn close_and_open(still: &[u8], window: &Area, gap_px: i32) -> Result<Mat, AnalyseError> {
    let source = Mat::new_rows_cols_with_data(window.height as i32, window.width as i32, still)?;
    let (mut closed, mut opened) = (Mat::default(), Mat::default());
    morph(&source, &mut closed, imgproc::MORPH_CLOSE, gap_px)?;
    morph(&closed, &mut opened, imgproc::MORPH_OPEN, 3)?;
    Ok(opened)
}

fn morph(
    source: &impl ToInputArray,
    target: &mut Mat,
    operation: i32,
    side_px: i32,
) -> Result<(), AnalyseError> {
    let kernel = imgproc::get_structuring_element_def(imgproc::MORPH_RECT, Size::new(side_px, side_px))?;
    let border = imgproc::morphology_default_border_value()?;
    imgproc::morphology_ex(
        source,
        target,
        operation,
        &kernel,
        Point::new(-1, -1),
        1,
        BORDER_CONSTANT,
        border,
    )?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Gaps of 5 pixels are closed at this width.
    const SIZE: (u32, u32) = (320, 96);

    fn size() -> WorkingSize {
        WorkingSize { width_px: SIZE.0, height_px: SIZE.1, frame_width_px: SIZE.0, frame_height_px: SIZE.1 }
    }

    /// All pixels that belong to a region, found in a window and in the whole picture.
    fn found(wanted: &[u8], whole: bool) -> Vec<(Area, usize, Vec<bool>)> {
        let mut wanted = wanted.to_vec();
        let corners = [0, SIZE.0 as usize - 1, wanted.len() - SIZE.0 as usize, wanted.len() - 1];
        if whole {
            // Single pixels are opened away, and make the window the picture.
            corners.iter().for_each(|corner| wanted[*corner] = 1);
        }
        connected(&wanted, CLOSED_GAP_PX, &size())
            .unwrap()
            .into_iter()
            .map(|b| (b.area, b.pixels, b.mask))
            .collect()
    }

    proptest! {
        #[test]
        fn a_window_gives_what_the_whole_picture_would(
            boxes in proptest::collection::vec((16_usize..280, 16_usize..76, 1_usize..24, 1_usize..24), 1..9),
        ) {
            let mut wanted = vec![0; (SIZE.0 * SIZE.1) as usize];
            for (left, top, width, height) in boxes {
                let (right, bottom) = ((left + width).min(304), (top + height).min(80));
                for y in top..bottom {
                    wanted[y * SIZE.0 as usize + left..y * SIZE.0 as usize + right].fill(1);
                }
            }
            prop_assert_eq!(found(&wanted, false), found(&wanted, true));
        }
    }

    #[test]
    fn nothing_wanted_is_nothing_found() {
        let nothing = vec![0; (SIZE.0 * SIZE.1) as usize];
        assert!(connected(&nothing, CLOSED_GAP_PX, &size()).unwrap().is_empty());
        assert!(areas(&nothing, 1, &size()).unwrap().is_empty());
    }
}
