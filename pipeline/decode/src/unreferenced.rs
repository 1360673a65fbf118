//! Coded pictures of which no other is decoded: one that the analysed rate leaves out need not be decoded at all.
//!
//! Invariant: what is not understood counts as referenced, and is decoded.

use crate::Codec;

/// How the units of a coded picture are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Framing {
    /// Before each stand the bytes 0, 0, 1.
    StartCodes,
    /// Before each stands its length, in so many bytes.
    Lengths(usize),
}

/// Looks at the pictures of one stream, in the order in which they are decoded.
#[derive(Debug)]
pub(crate) struct Unreferenced {
    codec: Codec,
    framing: Framing,
    /// H.265: the highest temporal layer that was seen.
    highest_layer: u8,
    key_frames: u8,
}

/// What one unit says of its picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unit {
    /// Part of a picture of which no other is decoded.
    Unreferenced,
    /// Says nothing of that.
    Beside,
    /// Part of a picture of which others are decoded, or not known.
    Needed,
}

impl Unreferenced {
    pub(crate) fn new(codec: Codec) -> Self {
        Self { codec, framing: Framing::StartCodes, highest_layer: 0, key_frames: 0 }
    }

    /// Takes what the decoder is told of the stream.
    ///
    /// *Source*: ISO/IEC 14496-15, 5.3.3.1.2 (avcC) and 8.3.3.1.2 (hvcC), lengthSizeMinusOne.
    pub(crate) fn learn_form(&mut self, caps: &gst::StructureRef) {
        let Ok(data) = caps.get::<gst::Buffer>("codec_data") else {
            self.framing = Framing::StartCodes;
            return;
        };
        let place = if self.codec == Codec::H265 { 21 } else { 4 };
        let length = data.map_readable().ok().and_then(|bytes| bytes.get(place).map(|byte| byte & 3));
        self.framing = Framing::Lengths(length.map_or(0, |less_one| usize::from(less_one) + 1));
    }

    /// Takes the next picture, and says whether the decoder can do without it.
    pub(crate) fn look(&mut self, picture: &[u8], is_key: bool) -> bool {
        match self.codec {
            Codec::Mjpeg => true,
            Codec::Mpeg4 => false,
            Codec::H264 => self.consists_of_unreferenced(picture, h264),
            Codec::H265 => self.look_at_layers(picture, is_key),
        }
    }

    /// A picture of the highest layer is needed by no other where it says that none of its own layer needs it. Which
    /// layer is the highest is known once a group of pictures was seen.
    fn look_at_layers(&mut self, picture: &[u8], is_key: bool) -> bool {
        self.key_frames = self.key_frames.saturating_add(u8::from(is_key));
        let Some(layer) = units(picture, self.framing).find_map(layer) else { return false };
        self.highest_layer = self.highest_layer.max(layer);
        self.key_frames > 1 && layer == self.highest_layer && self.consists_of_unreferenced(picture, h265)
    }

    fn consists_of_unreferenced(&self, picture: &[u8], kind: impl Fn(&[u8]) -> Unit) -> bool {
        let mut parts = 0;
        for unit in units(picture, self.framing) {
            match kind(unit) {
                Unit::Unreferenced => parts += 1,
                Unit::Beside => {}
                Unit::Needed => return false,
            }
        }
        parts > 0
    }
}

/// *Source*: ITU-T H.264, 7.3.1 and table 7-1; `nal_ref_idc` 0: not used for reference.
fn h264(unit: &[u8]) -> Unit {
    match unit.first().map(|first| (first & 0x1f, first >> 5)) {
        Some((1, 0)) => Unit::Unreferenced,
        // Supplemental information, delimiter, filler.
        Some((6 | 9 | 12, _)) => Unit::Beside,
        _ => Unit::Needed,
    }
}

/// *Source*: ITU-T H.265, 7.3.1.2 and table 7-1; even types below 16: not used by pictures of the same temporal layer.
fn h265(unit: &[u8]) -> Unit {
    let &[first, second, ..] = unit else { return Unit::Needed };
    let is_base = first & 1 == 0 && second >> 3 == 0;
    match first >> 1 & 0x3f {
        0 | 2 | 4 | 6 | 8 if is_base => Unit::Unreferenced,
        // Delimiter, filler, supplemental information.
        35 | 38..=40 => Unit::Beside,
        _ => Unit::Needed,
    }
}

/// The temporal layer of a unit of H.265 that is part of a picture.
fn layer(unit: &[u8]) -> Option<u8> {
    let &[first, second, ..] = unit else { return None };
    (first >> 1 & 0x3f < 32).then(|| (second & 7).saturating_sub(1))
}

/// The units of a picture, each from its first byte on: its kind is all that is asked of it. Where what is there cannot be
/// told apart, the last one is empty.
fn units(picture: &[u8], framing: Framing) -> impl Iterator<Item = &[u8]> {
    let mut rest = match framing {
        Framing::StartCodes => after_start_code(picture),
        Framing::Lengths(_) => Some(picture),
    };
    std::iter::from_fn(move || {
        let here = rest.take().filter(|here| !here.is_empty())?;
        match framing {
            Framing::StartCodes => {
                rest = after_start_code(here);
                Some(here)
            }
            Framing::Lengths(size) => {
                let (unit, behind) = by_length(here, size).unzip();
                rest = behind;
                Some(unit.unwrap_or_default())
            }
        }
    })
}

fn by_length(bytes: &[u8], size: usize) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_at_checked(size)?;
    let length = length.iter().fold(0, |length, byte| length << 8 | usize::from(*byte));
    if size == 0 { None } else { rest.split_at_checked(length) }
}

fn after_start_code(bytes: &[u8]) -> Option<&[u8]> {
    let at = bytes.windows(3).position(|three| three == [0, 0, 1])?;
    bytes.get(at + 3..)
}

#[cfg(test)]
mod tests;
