//! Whether bytes are a baseline JPEG that holds a picture and nothing else.
//!
//! *Source*: ITU-T T.81, annex B. Allowed between start and end: tables (DQT, DHT, DRI), one baseline frame (SOF0),
//! scans, and one JFIF header without a thumbnail. Any other segment could carry what the redaction never saw
//! (Exif thumbnails, positions, comments), and so could bytes after the end.

/// The protocol's limit on a picture.
pub(super) const MOST_BYTES: usize = 3 * 1_024 * 1_024;

/// Why a picture is not shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Unfit {
    /// Longer than the protocol allows.
    #[error("the picture is longer than 3 MiB")]
    TooLong,
    /// No start, no end, or bytes after it.
    #[error("the picture does not begin and end as JPEG does")]
    NotJpeg,
    /// A segment that may carry something else than the picture.
    #[error("the picture carries a segment that it must not (0x{0:02x})")]
    Segment(u8),
    /// Cut off in the middle, or against the format.
    #[error("the picture is not well formed")]
    Malformed,
}

/// Checks a picture; gives its width and height in pixels.
///
/// # Errors
/// [`Unfit`].
pub(super) fn check(bytes: &[u8]) -> Result<(u32, u32), Unfit> {
    if bytes.len() > MOST_BYTES {
        return Err(Unfit::TooLong);
    }
    let Some(mut rest) = bytes.strip_prefix(&[0xff, 0xd8]) else { return Err(Unfit::NotJpeg) };
    let mut size = None;
    let mut has_scan = false;
    loop {
        let (marker, after) = marker(rest)?;
        if marker == 0xd9 {
            let whole = after.is_empty() && has_scan;
            return if whole { size.ok_or(Unfit::Malformed) } else { Err(Unfit::NotJpeg) };
        }
        let (body, after) = segment(after)?;
        rest = after;
        match marker {
            0xe0 if is_plain_jfif(body) => {}
            0xc4 | 0xdb | 0xdd => {}
            0xc0 if size.is_none() => size = Some(frame_size(body).ok_or(Unfit::Malformed)?),
            0xda if size.is_some() => {
                has_scan = true;
                rest = after_scan(rest).ok_or(Unfit::NotJpeg)?;
            }
            other => return Err(Unfit::Segment(other)),
        }
    }
}

fn marker(bytes: &[u8]) -> Result<(u8, &[u8]), Unfit> {
    match bytes {
        [0xff, marker, after @ ..] => Ok((*marker, after)),
        _ => Err(Unfit::NotJpeg),
    }
}

fn segment(bytes: &[u8]) -> Result<(&[u8], &[u8]), Unfit> {
    let [high, low, ..] = bytes else { return Err(Unfit::Malformed) };
    let length = usize::from(u16::from_be_bytes([*high, *low]));
    let (with_length, after) = bytes.split_at_checked(length).ok_or(Unfit::Malformed)?;
    Ok((with_length.get(2..).ok_or(Unfit::Malformed)?, after))
}

/// `JFIF\0`, version, units, densities, and a thumbnail of 0 by 0.
fn is_plain_jfif(body: &[u8]) -> bool {
    body.len() == 14 && body.starts_with(b"JFIF\0") && body.ends_with(&[0, 0])
}

fn frame_size(body: &[u8]) -> Option<(u32, u32)> {
    let [8, high_y, low_y, high_x, low_x, ..] = body else { return None };
    let height_px = u32::from(u16::from_be_bytes([*high_y, *low_y]));
    let width_px = u32::from(u16::from_be_bytes([*high_x, *low_x]));
    (width_px > 0 && height_px > 0).then_some((width_px, height_px))
}

/// Entropy-coded bytes end at the first marker that is neither a stuffed zero nor a restart.
fn after_scan(bytes: &[u8]) -> Option<&[u8]> {
    let end = bytes.windows(2).position(|pair| match pair {
        [0xff, next] => *next != 0 && !(0xd0..=0xd7).contains(next),
        _ => false,
    })?;
    bytes.get(end..)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    const JFIF: &[u8] = b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0";

    fn part(marker: u8, body: &[u8]) -> Vec<u8> {
        let length = u16::try_from(body.len() + 2).unwrap().to_be_bytes();
        [&[0xff, marker], length.as_slice(), body].concat()
    }

    fn frame(width_px: u16, height_px: u16) -> Vec<u8> {
        let mut body = vec![8];
        body.extend(height_px.to_be_bytes());
        body.extend(width_px.to_be_bytes());
        body.extend([1, 1, 0x11, 0]);
        part(0xc0, &body)
    }

    fn scan() -> Vec<u8> {
        [part(0xda, &[1, 1, 0, 0, 63, 0]), vec![0x12, 0xff, 0, 0x34, 0xff, 0xd0, 0x56]].concat()
    }

    fn picture(middle: &[Vec<u8>]) -> Vec<u8> {
        [vec![0xff, 0xd8], middle.concat(), vec![0xff, 0xd9]].concat()
    }

    /// The least that passes: no decoder would show much of it.
    pub(crate) fn least(width_px: u16, height_px: u16) -> Vec<u8> {
        picture(&[part(0xe0, JFIF), part(0xdb, &[0; 65]), frame(width_px, height_px), scan()])
    }

    #[test]
    fn a_plain_baseline_picture_passes() {
        assert_eq!(check(&least(640, 360)), Ok((640, 360)));
        assert_eq!(check(&picture(&[frame(8, 8), scan(), scan()])), Ok((8, 8)));
    }

    #[test]
    fn whatever_could_carry_more_than_the_picture_is_unfit() {
        let with = |extra: Vec<u8>| picture(&[part(0xe0, JFIF), extra, frame(8, 8), scan()]);
        let check = |name: &str, bytes: &[u8], expected: Unfit| {
            assert_eq!(super::check(bytes), Err(expected), "{name}");
        };
        check("exif", &with(part(0xe1, b"Exif\0\0")), Unfit::Segment(0xe1));
        check("colour profile", &with(part(0xe2, b"ICC_PROFILE\0")), Unfit::Segment(0xe2));
        check("comment", &with(part(0xfe, b"camera 7")), Unfit::Segment(0xfe));
        let thumbnail = [&JFIF[..12], &[1, 1, 9, 9, 9]].concat();
        check("jfif thumbnail", &with(part(0xe0, &thumbnail)), Unfit::Segment(0xe0));
        check("jfif extension", &with(part(0xe0, b"JFXX\0\x10")), Unfit::Segment(0xe0));
        check("progressive", &with(part(0xc2, &[8, 0, 8, 0, 8, 1])), Unfit::Segment(0xc2));
        check("two frames", &with(frame(8, 8)), Unfit::Segment(0xc0));
        check("after the end", &[least(8, 8), vec![0]].concat(), Unfit::NotJpeg);
        check("two pictures", &[least(8, 8), least(8, 8)].concat(), Unfit::NotJpeg);
        check("no scan", &picture(&[frame(8, 8)]), Unfit::NotJpeg);
        check(
            "a scan after a scan's comment",
            &picture(&[frame(8, 8), scan(), part(0xfe, b"x")]),
            Unfit::Segment(0xfe),
        );
        check("png", b"\x89PNG\r\n", Unfit::NotJpeg);
        check("nothing", b"", Unfit::NotJpeg);
        check("no size", &picture(&[frame(0, 8), scan()]), Unfit::Malformed);
        check("too long", &vec![0xff; MOST_BYTES + 1], Unfit::TooLong);
    }

    #[test]
    fn fuzz_no_cut_and_no_flip_panics_and_no_cut_passes() {
        let whole = least(64, 48);
        for end in 0..whole.len() {
            assert!(check(&whole[..end]).is_err(), "cut at {end}");
        }
        let mut random = fastrand::Rng::with_seed(11);
        for _ in 0..2_000 {
            let mut bytes = whole.clone();
            let at = random.usize(..bytes.len());
            bytes[at] = random.u8(..);
            let _either = check(&bytes);
            let noise: Vec<u8> =
                [0xff, 0xd8].into_iter().chain((0..random.usize(..200)).map(|_| random.u8(..))).collect();
            let _either = check(&noise);
        }
    }
}
