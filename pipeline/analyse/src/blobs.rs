//! Connected regions of static foreground.

use opencv::core::{BORDER_CONSTANT, Mat, Point, Size, ToInputArray};
use opencv::imgproc;
use opencv::prelude::*;

use crate::background::Stillness;
use crate::error::AnalyseError;
use crate::patch::Area;
use crate::picture::WorkingSize;

/// At a width of 640 pixels: gaps narrower than this are closed, smaller regions are left out.
const CLOSED_GAP_PX: f32 = 9.0;
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
    let still: Vec<u8> =
        stillness.iter().zip(zones).map(|(still, zone)| u8::from(*still >= at_least as u8) & zone).collect();
    if still.iter().all(|still| *still == 0) {
        return Ok(Vec::new());
    }
    let scale = size.width_px as f32 / RATED_WIDTH_PX;
    let regions = close_and_open(&still, size, (CLOSED_GAP_PX * scale) as i32 | 1)?;
    let (mut labels, mut stats, mut centroids) = (Mat::default(), Mat::default(), Mat::default());
    imgproc::connected_components_with_stats_def(&regions, &mut labels, &mut stats, &mut centroids)?;
    let labels = labels.data_typed::<i32>()?;
    let min_pixels = (MIN_PIXELS * scale * scale).max(16.0) as usize;
    let mut blobs: Vec<Blob> = stats
        .data_typed::<i32>()?
        .chunks_exact(5)
        .zip(0_i32..)
        .skip(1)
        .filter_map(|(row, label)| blob(row, label, labels, size.width_px as usize))
        .filter(|blob| blob.pixels >= min_pixels)
        .collect();
    blobs.sort_by_key(|blob| (std::cmp::Reverse(blob.pixels), blob.area.top, blob.area.left));
    blobs.truncate(MAX_BLOBS);
    Ok(blobs)
}

fn close_and_open(still: &[u8], size: &WorkingSize, gap_px: i32) -> Result<Mat, AnalyseError> {
    let source = Mat::new_rows_cols_with_data(size.height_px as i32, size.width_px as i32, still)?;
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

/// `row`: left, top, width, height, pixels.
fn blob(row: &[i32], label: i32, labels: &[i32], picture_width: usize) -> Option<Blob> {
    let [left, top, width, height, pixels] = <[i32; 5]>::try_from(row).ok()?.map(|v| v.max(0) as usize);
    let area = Area { left, top, width, height };
    let mask = area.indices(picture_width).map(|index| labels.get(index) == Some(&label)).collect();
    Some(Blob { area, mask, pixels })
}
