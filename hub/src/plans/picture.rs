//! An uploaded picture, decoded and drawn anew.
//!
//! Only PNG and JPEG are decoded, each named by its first bytes and not by what the browser says. How large the picture is,
//! is read from its head before anything is decoded. Invariant: the PNG that comes out is written from pixels alone: no
//! metadata, no comment, no thumbnail, no bytes behind the end.

use std::io::Cursor;

use image::codecs::jpeg::JpegDecoder;
use image::codecs::png::{CompressionType, FilterType, PngDecoder, PngEncoder};
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageEncoder as _, ImageError, Limits, Pixel as _, RgbImage};

/// The longest file that is taken.
pub(crate) const MOST_BYTES: usize = 8 << 20;
const MOST_PIXELS: u64 = 40_000_000;
/// 40 megapixels of four bytes: whoever has more bits a colour saves it with eight.
const MOST_DECODED_BYTES: u64 = 4 * MOST_PIXELS;
const MOST_SIDE_PX: u32 = 32_000;
/// The long side of what is kept.
const LONG_SIDE_PX: u32 = 2_400;
const LEAST_SIDE_PX: u32 = 32;
/// Of the long side to the short one.
const MOST_RATIO: u32 = 20;
const PNG_START: &[u8] = b"\x89PNG\r\n\x1a\n";
const JPEG_START: &[u8] = b"\xff\xd8\xff";

/// A picture that this program wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Picture {
    pub(crate) png: Vec<u8>,
    pub(crate) width_px: u32,
    pub(crate) height_px: u32,
}

/// Why there is none.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PictureError {
    /// Another kind of file.
    #[error("file: expected a PNG or a JPEG, found another kind of file; export the plan as PNG")]
    Kind,
    /// Longer than is taken.
    #[error("file: expected at most 8 MiB, found more; save it smaller, or as JPEG")]
    TooLong,
    /// Larger than is decoded.
    #[error(
        "file: expected at most 40 megapixels with 8 bits a colour and 32,000 pixels a side, found {width_px} x \
         {height_px} pixels of {bytes_per_pixel} bytes; scale it down"
    )]
    TooLarge {
        /// By its head.
        width_px: u32,
        /// By its head.
        height_px: u32,
        /// As it would be decoded.
        bytes_per_pixel: u8,
    },
    /// Smaller than anything could be seen on.
    #[error(
        "file: expected at least 32 x 32 pixels and no stripe longer than 20 times its width, found {width_px} x \
         {height_px}; choose another one"
    )]
    TooSmall {
        /// By its head.
        width_px: u32,
        /// By its head.
        height_px: u32,
    },
    /// It is damaged, or of a kind of PNG or JPEG that is not read.
    #[error("file: it cannot be read as a picture ({0}); export the plan anew as PNG")]
    Unreadable(ImageError),
}

/// Decodes a file and draws it anew. It takes a second and up to a quarter of a gigabyte: not on an async thread, and
/// one at a time.
///
/// # Errors
/// [`PictureError`].
pub(crate) fn drawn_anew(file: &[u8]) -> Result<Picture, PictureError> {
    if file.len() > MOST_BYTES {
        return Err(PictureError::TooLong);
    }
    let decoded = if file.starts_with(PNG_START) {
        let decoder = PngDecoder::with_limits(Cursor::new(file), limits());
        decoded(decoder.map_err(PictureError::Unreadable)?)?
    } else if file.starts_with(JPEG_START) {
        decoded(JpegDecoder::new(Cursor::new(file)).map_err(PictureError::Unreadable)?)?
    } else {
        return Err(PictureError::Kind);
    };
    encoded(&on_white(&decoded))
}

/// Of memory; the sides are looked at here, to say in words what is wrong.
fn limits() -> Limits {
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(MOST_DECODED_BYTES);
    limits
}

/// Turned as its camera said, and scaled down.
fn decoded(mut decoder: impl ImageDecoder) -> Result<DynamicImage, PictureError> {
    let (width_px, height_px) = decoder.dimensions();
    let bytes_per_pixel = decoder.color_type().bytes_per_pixel();
    let is_within = u64::from(width_px) * u64::from(height_px) <= MOST_PIXELS
        && width_px.max(height_px) <= MOST_SIDE_PX
        && decoder.total_bytes() <= MOST_DECODED_BYTES;
    if !is_within {
        return Err(PictureError::TooLarge { width_px, height_px, bytes_per_pixel });
    }
    // Of a long stripe nothing would be left once it is scaled.
    if width_px.min(height_px) < LEAST_SIDE_PX.max(width_px.max(height_px) / MOST_RATIO) {
        return Err(PictureError::TooSmall { width_px, height_px });
    }
    decoder.set_limits(limits()).map_err(PictureError::Unreadable)?;
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let mut image = DynamicImage::from_decoder(decoder).map_err(PictureError::Unreadable)?;
    if width_px.max(height_px) > LONG_SIDE_PX {
        image = image.thumbnail(LONG_SIDE_PX, LONG_SIDE_PX);
    }
    image.apply_orientation(orientation);
    Ok(image)
}

/// Plans are drawn on paper: what is transparent is white.
fn on_white(image: &DynamicImage) -> RgbImage {
    if !image.color().has_alpha() {
        return image.to_rgb8();
    }
    let mut drawn = RgbImage::new(image.width(), image.height());
    for (to, from) in drawn.pixels_mut().zip(image.to_rgba8().pixels()) {
        let mut paper = image::Rgba([u8::MAX; 4]);
        paper.blend(from);
        *to = paper.to_rgb();
    }
    drawn
}

fn encoded(image: &RgbImage) -> Result<Picture, PictureError> {
    let (width_px, height_px) = image.dimensions();
    let mut png = Vec::new();
    PngEncoder::new_with_quality(&mut png, CompressionType::Default, FilterType::Adaptive)
        .write_image(image.as_raw(), width_px, height_px, image::ExtendedColorType::Rgb8)
        .map_err(PictureError::Unreadable)?;
    Ok(Picture { png, width_px, height_px })
}

#[cfg(test)]
mod tests;
