//! A picture in memory, to be given to several stages that each take it for themselves.

use velum_frame::{I420Layout, Pixels, RawFrame, seal_i420};
use velum_vocab::{CameraId, Timestamp};

use crate::error::StageError;

/// Un-redacted pixels; never written, and gone with the measurement.
pub(crate) struct Picture {
    layout: I420Layout,
    bytes: Vec<u8>,
}

impl Picture {
    /// Takes the pixels of a frame.
    pub(crate) fn of(frame: RawFrame) -> Self {
        let (layout, bytes) = frame.into_i420();
        Self { layout, bytes }
    }

    /// Width and height, pixels.
    pub(crate) fn size_px(&self) -> (u32, u32) {
        (self.layout.width_px(), self.layout.height_px())
    }

    /// A frame of this camera and moment with these pixels.
    pub(crate) fn frame(
        &self,
        camera: &CameraId,
        at: Timestamp,
        number: u64,
    ) -> Result<RawFrame, StageError> {
        Ok(seal_i420(camera.clone(), at, number, self.size_px(), self.bytes.clone())?)
    }
}

impl Picture {
    /// The same, with its bytes (I420) changed.
    pub(crate) fn changed(&self, change: impl FnOnce(&mut [u8])) -> Self {
        let mut bytes = self.bytes.clone();
        change(&mut bytes);
        Self { layout: self.layout, bytes }
    }
}

/// A photograph's colours as a camera gives them.
///
/// # Shape
/// `rgb`: `[height, width, 3] u8`, full range; out: I420, limited range BT.601. Odd sides lose a row.
pub(crate) fn i420_of_rgb(rgb: &image::RgbImage) -> ((u32, u32), Vec<u8>) {
    let (width, height) = (rgb.width() / 2 * 2, rgb.height() / 2 * 2);
    let (mut luma, mut blue, mut red) = (Vec::new(), Vec::new(), Vec::new());
    for y in 0..height {
        luma.extend((0..width).map(|x| luma_of(rgb.get_pixel(x, y))));
    }
    for y in (0..height).step_by(2) {
        for x in (0..width).step_by(2) {
            let (u, v) = chroma_of(rgb, x, y);
            blue.push(u);
            red.push(v);
        }
    }
    luma.extend(blue);
    luma.extend(red);
    ((width, height), luma)
}

fn luma_of(pixel: &image::Rgb<u8>) -> u8 {
    let [r, g, b] = pixel.0.map(f32::from);
    (16.5 + 0.256_788 * r + 0.504_129 * g + 0.097_906 * b) as u8
}

/// Of the mean of four pixels.
fn chroma_of(rgb: &image::RgbImage, x: u32, y: u32) -> (u8, u8) {
    let four = [(x, y), (x + 1, y), (x, y + 1), (x + 1, y + 1)].map(|(x, y)| rgb.get_pixel(x, y).0);
    let mean = |channel: fn(&[u8; 3]) -> u8| four.iter().map(|p| f32::from(channel(p))).sum::<f32>() / 4.0;
    let (r, g, b) = (mean(|[r, _, _]| *r), mean(|[_, g, _]| *g), mean(|[_, _, b]| *b));
    let u = 128.5 - 0.148_223 * r - 0.290_993 * g + 0.439_216 * b;
    let v = 128.5 + 0.439_216 * r - 0.367_788 * g - 0.071_427 * b;
    (u as u8, v as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_become_those_of_a_camera() {
        let check = |rgb: [u8; 3], expected: [u8; 3]| {
            let (size, bytes) = i420_of_rgb(&image::RgbImage::from_pixel(3, 3, image::Rgb(rgb)));
            assert_eq!((size, bytes.len()), ((2, 2), 6));
            assert_eq!([bytes[0], bytes[4], bytes[5]], expected, "{rgb:?}");
        };
        check([0, 0, 0], [16, 128, 128]);
        check([255, 255, 255], [235, 128, 128]);
        check([255, 0, 0], [81, 90, 240]);
    }
}
