//! Every picture in a heap of bytes, and whether the marker can be read in one.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use image::{DynamicImage, GrayImage, ImageFormat, ImageReader};

/// What the code says.
pub(super) const MARKER: &str = "VELUM";

/// What was found in a heap of bytes.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Found {
    /// Pictures that could be decoded.
    pub(super) pictures: usize,
    /// Pictures in which the marker could be read.
    pub(super) readable: usize,
}

impl std::ops::Add for Found {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { pictures: self.pictures + other.pictures, readable: self.readable + other.readable }
    }
}

const JPEG: &[u8] = &[0xff, 0xd8, 0xff];
const PNG: &[u8] = &[0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n'];
/// The same two as Base64 writes them.
const JPEG_IN_BASE64: &[u8] = b"/9j/";
const PNG_IN_BASE64: &[u8] = b"iVBORw0KGgo";

/// Decodes whatever looks like a picture, at any place.
pub(super) fn search(bytes: &[u8]) -> Found {
    let mut found = Found::default();
    for (signature, format) in [(JPEG, ImageFormat::Jpeg), (PNG, ImageFormat::Png)] {
        for at in places(bytes, signature) {
            found = found + look(&bytes[at..], format);
        }
    }
    for (signature, format) in [(JPEG_IN_BASE64, ImageFormat::Jpeg), (PNG_IN_BASE64, ImageFormat::Png)] {
        for at in places(bytes, signature) {
            found = found + look(&from_base64(&bytes[at..]), format);
        }
    }
    found
}

fn places<'b>(bytes: &'b [u8], signature: &'b [u8]) -> impl Iterator<Item = usize> + 'b {
    let first = signature[0];
    (bytes.iter().enumerate())
        .filter(move |(at, byte)| **byte == first && bytes[*at..].starts_with(signature))
        .map(|(at, _)| at)
}

fn look(bytes: &[u8], format: ImageFormat) -> Found {
    let end = bytes.len().min(16 << 20);
    let mut reader = ImageReader::new(std::io::Cursor::new(&bytes[..end]));
    reader.set_format(format);
    match reader.decode() {
        Ok(picture) => Found { pictures: 1, readable: usize::from(is_readable(&picture)) },
        Err(_) => Found::default(),
    }
}

/// Whether the marker can be read: as it is, enlarged, and with the contrast drawn apart.
pub(super) fn is_readable(picture: &DynamicImage) -> bool {
    let plain = picture.to_luma8();
    let larger = |times: u32| {
        let (width, height) = (plain.width() * times, plain.height() * times);
        image::imageops::resize(&plain, width, height, image::imageops::FilterType::Triangle)
    };
    reads(&plain) || reads(&larger(2)) || reads(&larger(3)) || reads(&image::imageops::contrast(&plain, 60.0))
}

fn reads(picture: &GrayImage) -> bool {
    let mut prepared = rqrr::PreparedImage::prepare_from_greyscale(
        picture.width() as usize,
        picture.height() as usize,
        |x, y| picture.get_pixel(x as u32, y as u32).0[0],
    );
    prepared.detect_grids().iter().any(|grid| grid.decode().is_ok_and(|(_, text)| text == MARKER))
}

/// The bytes of the Base64 that `text` begins with.
fn from_base64(text: &[u8]) -> Vec<u8> {
    let is_letter = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    let length = text.iter().take_while(is_letter).count() / 4 * 4;
    STANDARD_NO_PAD.decode(&text[..length]).unwrap_or_default()
}

/// The code itself, `module_px` pixels a module.
fn code(module_px: u32) -> GrayImage {
    let code = qrcode::QrCode::with_version(MARKER, qrcode::Version::Normal(1), qrcode::EcLevel::L).unwrap();
    let (across, colours) = (code.width() as u32, code.to_colors());
    GrayImage::from_fn((across + 8) * module_px, (across + 8) * module_px, |x, y| {
        let (x, y) = ((x / module_px).wrapping_sub(4), (y / module_px).wrapping_sub(4));
        let dark = x < across && y < across && colours[(y * across + x) as usize] == qrcode::Color::Dark;
        image::Luma([if dark { 20 } else { 235 }])
    })
}

fn encoded(picture: &GrayImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

#[test]
fn pictures_are_found_wherever_they_are() {
    let shown = code(3);
    let mut covered = shown.clone();
    for y in 0..covered.height() / 2 {
        (0..covered.width()).for_each(|x| covered.put_pixel(x, y, image::Luma([16])));
    }
    let check = |hidden: Vec<u8>, readable: usize| {
        let heap = [b"noise \xff\xd8 and more".as_slice(), &hidden, b"\0\0 the end"].concat();
        assert_eq!(search(&heap), Found { pictures: 1, readable });
    };
    for format in [ImageFormat::Jpeg, ImageFormat::Png] {
        check(encoded(&shown, format), 1);
        check(encoded(&covered, format), 0);
        check(STANDARD_NO_PAD.encode(encoded(&shown, format)).into_bytes(), 1);
    }
}
