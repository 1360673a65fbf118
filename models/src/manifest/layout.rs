//! How a frame becomes a model's tensor.

use serde::{Deserialize, Serialize};

/// Order of the tensor's colour planes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Channels {
    /// Red first.
    Rgb,
    /// Blue first.
    Bgr,
    /// One plane of brightness.
    Gray,
}

impl Channels {
    /// Planes of the tensor.
    pub fn count(self) -> usize {
        match self {
            Self::Rgb | Self::Bgr => 3,
            Self::Gray => 1,
        }
    }
}

/// Range of the tensor's values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Range {
    /// 0 to 255.
    #[serde(rename = "0..255")]
    Bytes,
    /// 0 to 1.
    #[serde(rename = "0..1")]
    Unit,
}

/// How a frame is fitted into the tensor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fit {
    /// Scaled evenly, at the top left; the rest has the pad value.
    LetterboxTopLeft,
    /// Scaled evenly, in the middle; the rest has the pad value.
    LetterboxCentre,
    /// Stretched over the whole tensor.
    Stretch,
}

/// How a frame becomes a tensor `[n, 3, height_px, width_px] f32`, or `[n, 1, ...]` of brightness alone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InputLayout {
    /// Width of the tensor, pixels.
    pub width_px: u32,
    /// Height of the tensor, pixels.
    pub height_px: u32,
    /// Order of the planes.
    pub channels: Channels,
    /// Range of the values.
    pub range: Range,
    /// How the frame is fitted in.
    pub fit: Fit,
    /// What fills the rest, 0..=255; it goes through range, mean and std as the picture does.
    pub pad_value: u8,
    /// Taken off each plane, in the order of the planes and in the unit of `range`; none takes nothing off.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mean: Vec<f32>,
    /// Each plane is divided by it after that; none divides by 1.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub std: Vec<f32>,
}

/// How a sample of 0..=255 becomes a value of the tensor.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Affine {
    scale: f32,
    offset: f32,
}

impl Affine {
    pub(crate) fn of(self, sample: f32) -> f32 {
        sample * self.scale + self.offset
    }
}

impl InputLayout {
    /// What happens to the samples of a plane, counted from 0.
    pub(crate) fn affine(&self, plane: usize) -> Affine {
        let unit = match self.range {
            Range::Bytes => 1.0,
            Range::Unit => 1.0 / 255.0,
        };
        let mean = self.mean.get(plane).copied().unwrap_or(0.0);
        let std = self.std.get(plane).copied().unwrap_or(1.0);
        Affine { scale: unit / std, offset: -mean / std }
    }
}
