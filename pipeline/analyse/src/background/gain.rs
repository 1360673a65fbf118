//! How much lighter or darker the picture is than the background, region by region.
//!
//! Clouds and camera exposure change brightness by a factor that varies slowly over the picture. The factor is
//! the median over each of 8x6 tiles; where a tile disagrees within itself, the picture's median holds.

use opencv::core::{Mat, Size, Vec3b};
use opencv::imgproc;
use opencv::prelude::*;

use crate::error::AnalyseError;

pub(super) const COLUMNS: usize = 8;
pub(super) const ROWS: usize = 6;
const SMALL_TILE: usize = 10;
/// A tile whose ratios deviate from their median by this much on the median holds something else than light.
const MAX_SPREAD: f32 = 0.12;
const MIN_GAIN: f32 = 0.4;
const MAX_GAIN: f32 = 2.5;
/// Gains this close to 1 are not worth correcting.
const EVEN: f32 = 0.015;

/// One number a tile.
pub(super) type Tiles = [f32; COLUMNS * ROWS];

/// Brightness of the picture over that of the background.
pub(super) struct LightGain {
    tiles: Tiles,
}

impl LightGain {
    pub(super) fn between(picture: &SmallBrightness, background: &SmallBrightness) -> Self {
        let pairs = picture.0.iter().zip(&background.0);
        let ratios = SmallBrightness(pairs.map(|(now, behind)| (now + 8.0) / (behind + 8.0)).collect());
        let whole = median(&mut ratios.0.clone());
        let tiles = ratios.each_tile(|samples| {
            let middle = median(samples);
            samples.iter_mut().for_each(|sample| *sample = (*sample - middle).abs());
            let gain = if median(samples) >= MAX_SPREAD { whole } else { middle };
            gain.clamp(MIN_GAIN, MAX_GAIN)
        });
        Self { tiles: smooth(&tiles) }
    }

    fn is_even(&self) -> bool {
        self.tiles.iter().all(|gain| (gain - 1.0).abs() < EVEN)
    }

    fn tile(&self, column: usize, row: usize) -> f32 {
        self.tiles.get(row.min(ROWS - 1) * COLUMNS + column.min(COLUMNS - 1)).copied().unwrap_or(1.0)
    }

    /// The picture in the background's light.
    pub(super) fn correct(&self, picture: &Mat, corrected: &mut Mat) -> Result<(), AnalyseError> {
        if self.is_even() {
            picture.copy_to(corrected)?;
            return Ok(());
        }
        let (width, height) = (picture.cols() as usize, picture.rows() as usize);
        let columns: Vec<(usize, f32)> = (0..width).map(|x| position(x, width, COLUMNS)).collect();
        let mut factors = vec![[256_u16; 3]; width];
        let rows_in = picture.data_bytes()?.chunks_exact(3 * width);
        let rows_out = corrected.data_bytes_mut()?.chunks_exact_mut(3 * width);
        for (y, (row_in, row_out)) in rows_in.zip(rows_out).enumerate() {
            self.fill_factors(&mut factors, &columns, position(y, height, ROWS));
            for ((from, to), factor) in row_in.iter().zip(row_out).zip(factors.as_flattened()) {
                *to = ((u32::from(*from) * u32::from(*factor) + 128) >> 8).min(255) as u8;
            }
        }
        Ok(())
    }

    /// For each pixel of a row what its channels are multiplied by, times 256.
    fn fill_factors(&self, factors: &mut [[u16; 3]], columns: &[(usize, f32)], row: (usize, f32)) {
        let by_tile = self.row_factors(row);
        let pixels = factors.iter_mut().zip(columns);
        for (factor, &(column, share)) in pixels {
            let (left, step) = by_tile.get(column).copied().unwrap_or((256.0, 0.0));
            *factor = [(left + share * step) as u16; 3];
        }
    }

    /// For one row: at each tile's centre the factor to multiply by, times 256, and its step to the next tile.
    fn row_factors(&self, (row, share): (usize, f32)) -> [(f32, f32); COLUMNS] {
        let factor = |column: usize| {
            let gain = self.tile(column, row) * (1.0 - share) + self.tile(column, row + 1) * share;
            256.0 / gain
        };
        std::array::from_fn(|column| (factor(column), factor(column + 1) - factor(column)))
    }
}

/// Between which tile centres a pixel lies, and how far along.
fn position(pixel: usize, pixels: usize, tiles: usize) -> (usize, f32) {
    let along = ((pixel as f32 + 0.5) * tiles as f32 / pixels as f32 - 0.5).clamp(0.0, tiles as f32 - 1.0);
    (along as usize, along.fract())
}

/// Mean of the channels of a picture shrunk to 80x60; also the ratio of two such.
pub(super) struct SmallBrightness(Vec<f32>);

impl SmallBrightness {
    pub(super) fn of(picture: &Mat) -> Result<Self, AnalyseError> {
        let mut small = Mat::default();
        let size = Size::new((COLUMNS * SMALL_TILE) as i32, (ROWS * SMALL_TILE) as i32);
        imgproc::resize(picture, &mut small, size, 0.0, 0.0, imgproc::INTER_AREA)?;
        let brightness = |pixel: &Vec3b| pixel.0.iter().map(|channel| f32::from(*channel)).sum::<f32>() / 3.0;
        Ok(Self(small.data_typed::<Vec3b>()?.iter().map(brightness).collect()))
    }

    /// Calls `judge` with the samples of each tile.
    pub(super) fn each_tile(&self, mut judge: impl FnMut(&mut [f32]) -> f32) -> Tiles {
        std::array::from_fn(|tile| {
            let (column, row) = (tile % COLUMNS, tile / COLUMNS);
            let rows = self.0.chunks_exact(COLUMNS * SMALL_TILE).skip(row * SMALL_TILE).take(SMALL_TILE);
            let mut samples: Vec<f32> =
                rows.flat_map(|row| row.iter().skip(column * SMALL_TILE).take(SMALL_TILE).copied()).collect();
            judge(&mut samples)
        })
    }
}

/// The middle value; 0 of nothing. Reorders the samples.
pub(super) fn median(samples: &mut [f32]) -> f32 {
    let middle = samples.len() / 2;
    if samples.is_empty() {
        return 0.0;
    }
    *samples.select_nth_unstable_by(middle, f32::total_cmp).1
}

/// Each tile becomes the median of itself and its neighbours.
fn smooth(tiles: &Tiles) -> Tiles {
    std::array::from_fn(|tile| {
        let (column, row) = (tile % COLUMNS, tile / COLUMNS);
        let mut around: Vec<f32> = tiles
            .iter()
            .enumerate()
            .filter(|(i, _)| (i % COLUMNS).abs_diff(column) <= 1 && (i / COLUMNS).abs_diff(row) <= 1)
            .map(|(_, gain)| *gain)
            .collect();
        median(&mut around)
    })
}
