//! Files as people and attackers make them.

use image::codecs::jpeg::JpegEncoder;
use image::{ColorType, ImageFormat, Rgb, Rgba, RgbaImage};

use super::*;

const MARKER: &[u8] = b"taken by anna at her flat";

fn sketch(width_px: u32, height_px: u32) -> RgbImage {
    RgbImage::from_fn(width_px, height_px, |x, y| {
        if x < width_px / 2 { Rgb([200, 30, 30]) } else { Rgb([(x % 251) as u8, (y % 241) as u8, 90]) }
    })
}

fn png(image: &DynamicImage) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    image.write_to(&mut bytes, ImageFormat::Png).unwrap();
    bytes.into_inner()
}

/// A JPEG whose camera was held in a way (EXIF 0x0112), with a remark in its EXIF.
fn jpeg(image: &RgbImage, orientation: u8) -> Vec<u8> {
    let mut exif = b"MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
    exif.extend([orientation, 0, 0, 0, 0, 0, 0]);
    exif.extend(MARKER);
    let mut bytes = Vec::new();
    let mut encoder = JpegEncoder::new_with_quality(&mut bytes, 90);
    encoder.set_exif_metadata(exif).unwrap();
    encoder.encode_image(image).unwrap();
    bytes
}

/// A chunk of a PNG, with its checksum.
fn chunk(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let mut crc = u32::MAX;
    for byte in kind.iter().chain(data) {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 };
        }
    }
    let length = u32::try_from(data.len()).unwrap().to_be_bytes();
    [length.as_slice(), kind, data, &(!crc).to_be_bytes()].concat()
}

fn head(width_px: u32, height_px: u32, bits: u8, colour: u8) -> Vec<u8> {
    let size = [width_px.to_be_bytes(), height_px.to_be_bytes()].concat();
    chunk(b"IHDR", &[size.as_slice(), &[bits, colour, 0, 0, 0]].concat())
}

/// Much that is nothing, packed by an encoder: 64 MB in less than a thousandth of it.
fn packed_zeros() -> Vec<u8> {
    let whole = png(&DynamicImage::from(image::GrayImage::new(8_000, 8_000)));
    let (mut rest, mut data) = (&whole[PNG_START.len()..], Vec::new());
    while let Some((length, after)) = rest.split_first_chunk::<4>() {
        let length = u32::from_be_bytes(*length) as usize;
        if after.starts_with(b"IDAT") {
            data.extend(&after[4..4 + length]);
        }
        rest = &after[4 + length + 4..];
    }
    data
}

/// zlib (RFC 1950) that packs nothing.
fn stored(data: &[u8]) -> Vec<u8> {
    let length = u16::try_from(data.len()).unwrap();
    let (a, b) = data.iter().fold((1_u32, 0_u32), |(a, b), byte| {
        let a = (a + u32::from(*byte)) % 65_521;
        (a, (b + a) % 65_521)
    });
    let block = [&[1], length.to_le_bytes().as_slice(), &(!length).to_le_bytes(), data].concat();
    [&[0x78, 0x01], block.as_slice(), &(b << 16 | a).to_be_bytes()].concat()
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

#[test]
fn what_comes_out_is_a_png_of_its_pixels_and_of_nothing_else() {
    let whole = png(&sketch(640, 480).into());
    let (before_end, end) = whole.split_at(whole.len() - 12);
    let text = chunk(b"tEXt", &[b"Comment\0", MARKER].concat());
    let remarked = [before_end, &text, end, b"PK\x03\x04<script>", MARKER].concat();
    let drawn = drawn_anew(&remarked).unwrap();
    assert_eq!((drawn.width_px, drawn.height_px), (640, 480));
    assert!(drawn.png.starts_with(PNG_START) && drawn.png.ends_with(b"IEND\xaeB`\x82"));
    for part in [MARKER, b"tEXt", b"<script>", b"eXIf", b"iCCP", b"PK\x03\x04"] {
        assert!(!contains(&drawn.png, part), "{}", String::from_utf8_lossy(part));
    }
    let again = image::load_from_memory(&drawn.png).unwrap();
    assert_eq!(again.to_rgb8(), sketch(640, 480), "and looks the same");
    assert_eq!(drawn_anew(&drawn.png).unwrap(), drawn);
}

#[test]
fn a_photograph_is_turned_as_it_was_held_and_its_remarks_are_gone() {
    let upright = jpeg(&sketch(400, 300), 1);
    assert!(contains(&upright, MARKER));
    let drawn = drawn_anew(&upright).unwrap();
    assert_eq!((drawn.width_px, drawn.height_px), (400, 300));
    assert!(!contains(&drawn.png, MARKER));
    let turned = drawn_anew(&jpeg(&sketch(400, 300), 6)).unwrap();
    assert_eq!((turned.width_px, turned.height_px), (300, 400));
    // Its left half is red: turned clockwise, that is the upper one.
    let pixels = image::load_from_memory(&turned.png).unwrap().to_rgb8();
    let Rgb([red, green, _]) = *pixels.get_pixel(250, 20);
    assert!(red > 170 && green < 80, "{red} {green}");
}

#[test]
fn large_ones_are_scaled_and_keep_their_shape() {
    let check = |width_px, height_px, expected| {
        let drawn = drawn_anew(&png(&sketch(width_px, height_px).into())).unwrap();
        assert_eq!((drawn.width_px, drawn.height_px), expected);
    };
    check(2_400, 300, (2_400, 300));
    check(4_800, 1_200, (2_400, 600));
    check(1_000, 3_000, (800, 2_400));
}

#[test]
fn every_usual_kind_of_colour_is_read_and_what_is_transparent_is_paper() {
    let transparent = RgbaImage::from_pixel(64, 64, Rgba([9, 9, 9, 0]));
    let drawn = drawn_anew(&png(&transparent.into())).unwrap();
    let pixels = image::load_from_memory(&drawn.png).unwrap().to_rgb8();
    assert_eq!(*pixels.get_pixel(5, 5), Rgb([255, 255, 255]));
    let image = DynamicImage::from(sketch(64, 64));
    for kind in
        [ColorType::L8, ColorType::La8, ColorType::L16, ColorType::La16, ColorType::Rgb16, ColorType::Rgba16]
    {
        let one = match kind {
            ColorType::L8 => image.to_luma8().into(),
            ColorType::La8 => image.to_luma_alpha8().into(),
            ColorType::L16 => image.to_luma16().into(),
            ColorType::La16 => image.to_luma_alpha16().into(),
            ColorType::Rgb16 => image.to_rgb16().into(),
            _ => DynamicImage::from(image.to_rgba16()),
        };
        assert_eq!(drawn_anew(&png(&one)).unwrap().width_px, 64, "{kind:?}");
    }
    // Two bits a pixel, with a palette.
    let rows: Vec<u8> = (0..64).flat_map(|_| [vec![0], vec![0b00_01_10_11; 16]].concat()).collect();
    let packed = stored(&rows);
    let palette = chunk(b"PLTE", &[0, 0, 0, 255, 0, 0, 0, 255, 0, 255, 255, 255]);
    let file =
        [PNG_START, &head(64, 64, 2, 3), &palette, &chunk(b"IDAT", &packed), &chunk(b"IEND", b"")].concat();
    assert_eq!(drawn_anew(&file).unwrap().height_px, 64);
}

#[test]
fn other_files_and_sizes_are_refused_in_words() {
    let check = |file: &[u8], expected: &str| {
        let error = drawn_anew(file).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    };
    check(b"", "expected a PNG or a JPEG");
    check(b"<svg onload='alert(1)'/>", "expected a PNG or a JPEG");
    check(b"GIF89a", "expected a PNG or a JPEG");
    check(&vec![0; MOST_BYTES + 1], "at most 8 MiB");
    check(&png(&sketch(31, 400).into()), "at least 32 x 32");
    check(&png(&sketch(1_000, 40).into()), "20 times its width");
    check(PNG_START, "cannot be read");
    check(JPEG_START, "cannot be read");
}

#[test]
fn the_size_is_read_from_the_head_before_anything_is_decoded() {
    let bomb = |width_px, height_px, bits, colour| {
        let data = chunk(b"IDAT", &stored(&[0; 1_000]));
        [PNG_START, &head(width_px, height_px, bits, colour), &data, &chunk(b"IEND", b"")].concat()
    };
    for file in [
        bomb(31_000, 31_000, 8, 6),
        bomb(6_400, 6_400, 8, 6),
        bomb(8_000, 4_900, 16, 6),
        bomb(40_000, 500, 8, 0),
    ] {
        assert!(matches!(drawn_anew(&file), Err(PictureError::TooLarge { .. })), "{:?}", drawn_anew(&file));
    }
    let mut claims = jpeg(&sketch(64, 64), 1);
    let frame = claims.windows(2).position(|two| two == [0xff, 0xc0]).unwrap();
    claims[frame + 5..frame + 9].copy_from_slice(&[0xff, 0xff, 0xff, 0xff]);
    assert!(matches!(drawn_anew(&claims), Err(PictureError::TooLarge { .. })));
}

/// Data that is far longer than the picture, or a remark that is: neither is unpacked.
#[test]
fn more_data_than_the_picture_has_is_not_unpacked() {
    let long = packed_zeros();
    assert!(long.len() < 1_000_000, "{}", long.len());
    let remark = chunk(b"zTXt", &[b"Comment\0\0", long.as_slice()].concat());
    let profile = chunk(b"iCCP", &[b"profile\0\0", long.as_slice()].concat());
    let data = chunk(b"IDAT", &long);
    for middle in [data.clone(), [remark, data.clone()].concat(), [profile, data].concat()] {
        let file = [PNG_START, &head(64, 64, 8, 2), &middle, &chunk(b"IEND", b"")].concat();
        if let Ok(drawn) = drawn_anew(&file) {
            assert!(drawn.png.len() < 10_000);
        }
    }
}

#[test]
fn fuzz_damaged_and_random_files_give_a_picture_or_a_reason() {
    let mut random = fastrand::Rng::with_seed(27);
    let small = sketch(48, 40);
    let turned: Vec<Vec<u8>> =
        vec![png(&small.clone().into()), jpeg(&small, 3), png(&DynamicImage::from(small).to_rgba16().into())];
    for whole in &turned {
        for _ in 0..400 {
            let mut damaged = whole.clone();
            for _ in 0..random.usize(1..6) {
                let at = random.usize(..damaged.len());
                damaged[at] = random.u8(..);
            }
            damaged.truncate(random.usize(..=damaged.len()).max(damaged.len() / 4));
            let _either = drawn_anew(&damaged);
        }
    }
    for start in [PNG_START, JPEG_START] {
        for _ in 0..400 {
            let noise: Vec<u8> = (0..random.usize(..400)).map(|_| random.u8(..)).collect();
            assert!(drawn_anew(&[start, &noise].concat()).is_err());
        }
    }
}
