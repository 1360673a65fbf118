//! Planar YUV 4:2:0, tightly packed.

use crate::FrameError;

/// Where the planes of a tightly packed I420 picture lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct I420Layout {
    width_px: u32,
    height_px: u32,
}

impl I420Layout {
    /// The layout of a picture of this size.
    ///
    /// # Errors
    /// [`FrameError::Size`] for odd sides, or sides outside 2..=16384.
    pub fn new(width_px: u32, height_px: u32) -> Result<Self, FrameError> {
        let good = |side: u32| (2..=16_384).contains(&side) && side.is_multiple_of(2);
        if good(width_px) && good(height_px) {
            Ok(Self { width_px, height_px })
        } else {
            Err(FrameError::Size { width_px, height_px })
        }
    }

    /// Width of the picture, pixels.
    pub fn width_px(&self) -> u32 {
        self.width_px
    }

    /// Height of the picture, pixels.
    pub fn height_px(&self) -> u32 {
        self.height_px
    }

    /// Bytes of the whole picture.
    pub fn byte_len(&self) -> usize {
        self.luma_len() + 2 * (self.luma_len() / 4)
    }

    fn luma_len(&self) -> usize {
        self.width_px as usize * self.height_px as usize
    }

    /// Sides of a plane: 0 is Y, 1 is U, 2 is V.
    fn plane_size(&self, index: usize) -> (usize, usize) {
        let halving = if index == 0 { 1 } else { 2 };
        (self.width_px as usize / halving, self.height_px as usize / halving)
    }

    fn plane_start(&self, index: usize) -> usize {
        match index {
            0 => 0,
            1 => self.luma_len(),
            _ => self.luma_len() + self.luma_len() / 4,
        }
    }

    pub(crate) fn plane<'a>(&self, index: usize, bytes: &'a [u8]) -> Plane<'a> {
        let (width_px, height_px) = self.plane_size(index);
        let start = self.plane_start(index);
        let bytes = bytes.get(start..start + width_px * height_px).unwrap_or_default();
        Plane { width_px, height_px, bytes }
    }

    pub(crate) fn planes_mut<'a>(&self, bytes: &'a mut [u8]) -> [PlaneMut<'a>; 3] {
        let (luma, chroma) = bytes.split_at_mut(self.luma_len().min(bytes.len()));
        let (u, v) = chroma.split_at_mut(chroma.len() / 2);
        let make = |index, bytes| {
            let (width_px, height_px) = self.plane_size(index);
            PlaneMut { width_px, height_px, bytes }
        };
        [make(0, luma), make(1, u), make(2, v)]
    }
}

/// One plane, for reading.
#[derive(Clone, Copy)]
pub struct Plane<'a> {
    width_px: usize,
    height_px: usize,
    bytes: &'a [u8],
}

impl<'a> Plane<'a> {
    /// Samples in a row.
    pub fn width_px(&self) -> usize {
        self.width_px
    }

    /// Rows.
    pub fn height_px(&self) -> usize {
        self.height_px
    }

    /// All samples, row after row without gaps.
    pub fn samples(&self) -> &'a [u8] {
        self.bytes
    }

    /// One row; empty beyond the last.
    pub fn row(&self, y_px: usize) -> &'a [u8] {
        self.bytes.get(y_px * self.width_px..(y_px + 1) * self.width_px).unwrap_or_default()
    }
}

/// One plane, to be painted over.
pub struct PlaneMut<'a> {
    width_px: usize,
    height_px: usize,
    bytes: &'a mut [u8],
}

impl PlaneMut<'_> {
    /// Samples in a row.
    pub fn width_px(&self) -> usize {
        self.width_px
    }

    /// Rows.
    pub fn height_px(&self) -> usize {
        self.height_px
    }

    /// One row; empty beyond the last.
    pub fn row_mut(&mut self, y_px: usize) -> &mut [u8] {
        self.bytes.get_mut(y_px * self.width_px..(y_px + 1) * self.width_px).unwrap_or_default()
    }
}
