//! A painted picture as JPEG.

use image::ExtendedColorType;
use image::codecs::jpeg::JpegEncoder;

use velum_frame::{Pixels, RawFrame};

use crate::RedactionError;

const QUALITY: u8 = 85;

/// Baseline JPEG with the JFIF header and nothing else beside the picture.
pub(crate) fn encode(frame: &RawFrame) -> Result<Vec<u8>, RedactionError> {
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, QUALITY)
        .encode(&rgb_from_i420(frame), frame.width_px(), frame.height_px(), ExtendedColorType::Rgb8)
        .map_err(RedactionError::Jpeg)?;
    Ok(bytes)
}

/// *Shape*: `[height, width, 3] u8`, RGB 0..=255. *Source*: BT.601, limited range.
fn rgb_from_i420(frame: &RawFrame) -> Vec<u8> {
    let (luma, chroma_u, chroma_v) = (frame.luma(), frame.chroma_u(), frame.chroma_v());
    let mut rgb = Vec::with_capacity(luma.samples().len() * 3);
    for y_px in 0..luma.height_px() {
        let chroma = chroma_u.row(y_px / 2).iter().zip(chroma_v.row(y_px / 2));
        for (pair, (&u, &v)) in luma.row(y_px).chunks(2).zip(chroma) {
            pair.iter().for_each(|&y| rgb.extend(rgb_from_yuv(y, u, v)));
        }
    }
    rgb
}

fn rgb_from_yuv(y: u8, u: u8, v: u8) -> [u8; 3] {
    let (y, u, v) = (i32::from(y) - 16, i32::from(u) - 128, i32::from(v) - 128);
    let scaled = |sum: i32| ((sum + 128) >> 8).clamp(0, 255) as u8;
    [scaled(298 * y + 409 * v), scaled(298 * y - 100 * u - 208 * v), scaled(298 * y + 516 * u)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_follow_bt601() {
        let check = |yuv: [u8; 3], rgb: [u8; 3]| {
            let found = rgb_from_yuv(yuv[0], yuv[1], yuv[2]);
            assert!(
                found.iter().zip(rgb).all(|(a, b)| a.abs_diff(b) <= 2),
                "{yuv:?}: {found:?}, not {rgb:?}"
            );
        };
        check([16, 128, 128], [0, 0, 0]);
        check([235, 128, 128], [255, 255, 255]);
        check([81, 90, 240], [255, 0, 0]);
        check([145, 54, 34], [0, 255, 0]);
        check([41, 240, 110], [0, 0, 255]);
    }
}
