//! A small rectangle cut out of the working picture, with the pixels that belong to a thing.

use opencv::core::{Mat, Vec3b};
use opencv::prelude::*;
use velum_vocab::{BoxInFrame, PointInFrame};

use crate::error::AnalyseError;

/// A rectangle of whole pixels in the working picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Area {
    pub(crate) left: usize,
    pub(crate) top: usize,
    pub(crate) width: usize,
    pub(crate) height: usize,
}

impl Area {
    /// The whole pixels that a box touches, inside a picture of this size; `None` where it lies outside.
    pub(crate) fn covering(found: &BoxInFrame, width_px: u32, height_px: u32) -> Option<Self> {
        let inside = found.clipped_to(width_px, height_px)?;
        let (left, top) = (inside.left_px().floor() as usize, inside.top_px().floor() as usize);
        let (right, bottom) = (inside.right_px().ceil() as usize, inside.bottom_px().ceil() as usize);
        Some(Self { left, top, width: right - left, height: bottom - top })
    }

    pub(crate) fn pixels(&self) -> usize {
        self.width * self.height
    }

    pub(crate) fn right(&self) -> usize {
        self.left + self.width
    }

    pub(crate) fn bottom(&self) -> usize {
        self.top + self.height
    }

    pub(crate) fn holds(&self, x: usize, y: usize) -> bool {
        (self.left..self.right()).contains(&x) && (self.top..self.bottom()).contains(&y)
    }

    pub(crate) fn foot(&self) -> PointInFrame {
        PointInFrame { x_px: self.left as f32 + self.width as f32 / 2.0, y_px: self.bottom() as f32 }
    }

    pub(crate) fn as_box(&self) -> Option<BoxInFrame> {
        BoxInFrame::new(self.left as f32, self.top as f32, self.right() as f32, self.bottom() as f32).ok()
    }

    /// Grown on each side by this many pixels, inside a picture of this size.
    pub(crate) fn grown(&self, by: usize, width_px: u32, height_px: u32) -> Self {
        let (left, top) = (self.left.saturating_sub(by), self.top.saturating_sub(by));
        let right = (self.right() + by).min(width_px as usize);
        let bottom = (self.bottom() + by).min(height_px as usize);
        Self { left, top, width: right.saturating_sub(left), height: bottom.saturating_sub(top) }
    }

    /// Indices of the area's pixels in a picture of this width, row after row.
    pub(crate) fn indices(self, picture_width: usize) -> impl Iterator<Item = usize> {
        (self.top..self.bottom())
            .flat_map(move |y| (self.left..self.right()).map(move |x| y * picture_width + x))
    }

    /// The share of this area that the other covers.
    pub(crate) fn covered_fraction_by(&self, other: &Self) -> f32 {
        let width = self.right().min(other.right()).saturating_sub(self.left.max(other.left));
        let height = self.bottom().min(other.bottom()).saturating_sub(self.top.max(other.top));
        (width * height) as f32 / self.pixels().max(1) as f32
    }
}

/// The colours of an area. *Shape*: `[height * width, 3] u8`, blue, green, red.
pub(crate) type Colours = Vec<[u8; 3]>;

/// Cuts an area out of a picture; the area must lie inside.
pub(crate) fn cut(picture: &Mat, area: &Area) -> Result<Colours, AnalyseError> {
    let pixels = picture.data_typed::<Vec3b>()?;
    let indices = area.indices(picture.cols() as usize);
    Ok(indices.map(|index| pixels.get(index).map_or([0; 3], |pixel| pixel.0)).collect())
}

/// The largest difference of the three channels.
pub(crate) fn difference(a: [u8; 3], b: [u8; 3]) -> u8 {
    let [a0, a1, a2] = a;
    let [b0, b1, b2] = b;
    a0.abs_diff(b0).max(a1.abs_diff(b1)).max(a2.abs_diff(b2))
}

/// The share of the masked pixels whose colours differ by less than `tolerance`.
pub(crate) fn alike_fraction(a: &[[u8; 3]], b: &[[u8; 3]], mask: &[bool], tolerance: u8) -> f32 {
    let inside = a.iter().zip(b).zip(mask).filter(|(_, inside)| **inside);
    let (alike, all) = inside.fold((0_u32, 0_u32), |(alike, all), ((a, b), _)| {
        (alike + u32::from(difference(*a, *b) < tolerance), all + 1)
    });
    if all == 0 { 0.0 } else { alike as f32 / all as f32 }
}

/// Mean of the three channels.
pub(crate) fn grey(colour: [u8; 3]) -> f32 {
    colour.iter().map(|channel| f32::from(*channel)).sum::<f32>() / 3.0
}

/// The pixels of an area inside the ellipse that fills it: all that is known of a thing's outline after a restart.
pub(crate) fn ellipse(area: &Area) -> Vec<bool> {
    let (half_width, half_height) = (area.width as f32 / 2.0, area.height as f32 / 2.0);
    let row = |y: usize| (y as f32 + 0.5 - half_height) / half_height;
    let column = |x: usize| (x as f32 + 0.5 - half_width) / half_width;
    (0..area.height)
        .flat_map(|y| (0..area.width).map(move |x| (x, y)))
        .map(|(x, y)| column(x).powi(2) + row(y).powi(2) <= 1.0)
        .collect()
}

/// Mean brightness in the ellipse that fills the area, less that of the ring around the area.
pub(crate) fn brightness_contrast(picture: &Mat, area: &Area) -> Result<f32, AnalyseError> {
    const RING_PX: usize = 5;
    let (width, height) = (picture.cols() as u32, picture.rows() as u32);
    let around = area.grown(RING_PX, width, height);
    let whole: f32 = cut(picture, &around)?.iter().map(|c| grey(*c)).sum();
    let within = cut(picture, area)?;
    let inner: f32 = within.iter().map(|c| grey(*c)).sum();
    let ring_pixels = around.pixels().saturating_sub(area.pixels()).max(1);
    let (sum, count) = within
        .iter()
        .zip(ellipse(area))
        .filter(|(_, inside)| *inside)
        .fold((0.0, 0_u32), |(sum, count), (colour, _)| (sum + grey(*colour), count + 1));
    Ok(sum / count.max(1) as f32 - (whole - inner) / ring_pixels as f32)
}
