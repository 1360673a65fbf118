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
    /// Whether each buffer is a whole picture: no field of one, no slice of one.
    has_whole_pictures: bool,
    /// H.265: the highest temporal layer that the stream may have, as it says itself.
    highest_layer: Option<u8>,
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
        Self { codec, framing: Framing::StartCodes, has_whole_pictures: false, highest_layer: None }
    }

    /// Takes what the decoder is told of the stream.
    ///
    /// *Source*: ISO/IEC 14496-15, 5.3.3.1.2 (avcC) and 8.3.3.1.2 (hvcC): lengthSizeMinusOne, numTemporalLayers (0: not
    /// known). Of H.264 the parser says whether pictures are frames.
    pub(crate) fn learn_form(&mut self, form: &gst::StructureRef) {
        let says = |field, value: &str| form.get::<&str>(field).is_ok_and(|said| said == value);
        let is_field = form.has_field("interlace-mode") && !says("interlace-mode", "progressive");
        self.has_whole_pictures = match self.codec {
            Codec::H264 => says("alignment", "au") && says("coded-picture-structure", "frame") && !is_field,
            Codec::H265 => says("alignment", "au") && !is_field,
            Codec::Mjpeg => !is_field,
            Codec::Mpeg4 => false,
        };
        // Of another stream, its own parameters tell.
        (self.framing, self.highest_layer) = (Framing::StartCodes, None);
        let Ok(data) = form.get::<gst::Buffer>("codec_data") else { return };
        let place = if self.codec == Codec::H265 { 21 } else { 4 };
        let byte = data.map_readable().ok().and_then(|bytes| bytes.get(place).copied());
        self.framing = Framing::Lengths(byte.map_or(0, |byte| usize::from(byte & 3) + 1));
        self.highest_layer = byte.and_then(|byte| (byte >> 3 & 7).checked_sub(1));
    }

    /// Takes the next picture, and says whether the decoder can do without it.
    pub(crate) fn look(&mut self, picture: &[u8], is_key: bool) -> bool {
        match self.codec {
            _ if !self.has_whole_pictures => false,
            Codec::Mjpeg => true,
            Codec::Mpeg4 => false,
            Codec::H264 => self.consists_of_unreferenced(picture, h264),
            Codec::H265 => self.look_at_layers(picture, is_key),
        }
    }

    /// A picture of the highest layer is needed by no other where it says that none of its own layer needs it.
    fn look_at_layers(&mut self, picture: &[u8], is_key: bool) -> bool {
        if is_key && let Some(highest) = units(picture, self.framing).find_map(highest_layer) {
            self.highest_layer = Some(highest);
        }
        let layer = units(picture, self.framing).find_map(layer);
        layer.is_some() && layer == self.highest_layer && self.consists_of_unreferenced(picture, h265)
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

/// What the parameters of a sequence of H.265 allow: sps_max_sub_layers_minus1.
///
/// *Source*: ITU-T H.265, 7.3.2.2.1.
fn highest_layer(unit: &[u8]) -> Option<u8> {
    match *unit {
        [first, _, parameters, ..] if first >> 1 & 0x3f == 33 => Some(parameters >> 1 & 7),
        _ => None,
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
