//! Connected regions of foreground.

use opencv::core::{BORDER_CONSTANT, Mat, Point, Size, ToInputArray};
use opencv::imgproc;
use opencv::prelude::*;

use crate::background::Stillness;
use crate::error::AnalyseError;
use crate::patch::Area;
use crate::picture::WorkingSize;

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
    if wanted.iter().all(|wanted| *wanted == 0) {
        return Ok(Vec::new());
    }
    let scale = size.width_px as f32 / RATED_WIDTH_PX;
    let min_pixels = (MIN_PIXELS * scale * scale).max(16.0) as usize;
    let (labels, mut regions) = label(wanted, min_pixels, gap_px, size)?;
    regions.truncate(MAX_BLOBS);
    let labels = labels.data_typed::<i32>()?;
    let width = size.width_px as usize;
    Ok(regions
        .into_iter()
        .map(|Region { label, area, pixels }| {
            let mask = area.indices(width).map(|index| labels.get(index) == Some(&label)).collect();
            Blob { area, mask, pixels }
        })
        .collect())
}

/// The rectangles around all regions of at least so many pixels, largest first.
///
/// # Shape
/// `wanted`: `[height * width] u8`, 1 where something is.
pub(crate) fn areas(wanted: &[u8], min_pixels: usize, size: &WorkingSize) -> Result<Vec<Area>, AnalyseError> {
    Ok(label(wanted, min_pixels, CLOSED_GAP_PX, size)?.1.into_iter().map(|region| region.area).collect())
}

struct Region {
    label: i32,
    area: Area,
    pixels: usize,
}

/// Connected regions, largest first, and to which each pixel belongs. *Shape*: `[height, width] i32`.
fn label(
    wanted: &[u8],
    min_pixels: usize,
    gap_px: f32,
    size: &WorkingSize,
) -> Result<(Mat, Vec<Region>), AnalyseError> {
    let gap_px = (gap_px * size.width_px as f32 / RATED_WIDTH_PX) as i32 | 1;
    let closed = close_and_open(wanted, size, gap_px)?;
    let (mut labels, mut stats, mut centroids) = (Mat::default(), Mat::default(), Mat::default());
    imgproc::connected_components_with_stats_def(&closed, &mut labels, &mut stats, &mut centroids)?;
    let rows = stats.data_typed::<i32>()?.chunks_exact(5).zip(0_i32..).skip(1);
    let mut regions: Vec<Region> = rows
        .filter_map(|(row, label)| region(row, label))
        .filter(|region| region.pixels >= min_pixels)
        .collect();
    regions.sort_by_key(|region| (std::cmp::Reverse(region.pixels), region.area.top, region.area.left));
    Ok((labels, regions))
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
fn region(row: &[i32], label: i32) -> Option<Region> {
    let [left, top, width, height, pixels] = <[i32; 5]>::try_from(row).ok()?.map(|v| v.max(0) as usize);
    Some(Region { label, area: Area { left, top, width, height }, pixels })
}
