//! A picture as a PNG, to be looked at.

use std::path::Path;

use anyhow::Context;

use crate::footage::Picture;

/// Writes a picture as a PNG.
///
/// # Errors
/// Where the file cannot be written.
pub fn write(path: &Path, picture: &Picture) -> anyhow::Result<()> {
    let (width, height) = (picture.width, picture.height);
    let sample =
        |plane: usize, index: usize| f32::from(picture.plane(plane).get(index).copied().unwrap_or(128));
    let colour = |x: u32, y: u32| {
        let (x, y) = (x as usize, y as usize);
        let chroma = y / 2 * (width / 2) + x / 2;
        let luma = 1.164 * (sample(0, y * width + x) - 16.0);
        let (u, v) = (sample(1, chroma) - 128.0, sample(2, chroma) - 128.0);
        let rgb = [luma + 1.596 * v, luma - 0.392 * u - 0.813 * v, luma + 2.017 * u];
        image::Rgb(rgb.map(|c| c.round().clamp(0.0, 255.0) as u8))
    };
    let png = image::RgbImage::from_fn(u32::try_from(width)?, u32::try_from(height)?, colour);
    png.save(path).with_context(|| format!("`{}` cannot be written", path.display()))
}
