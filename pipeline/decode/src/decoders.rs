//! Which decoders are really there. An element counts when it is registered *and* reaches READY: a driver
//! package without its device registers elements that cannot be opened.

use std::sync::OnceLock;

use gst::prelude::*;

use crate::{DecodeError, device};

/// How video is coded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Codec {
    /// H.264 / AVC.
    H264,
    /// H.265 / HEVC.
    H265,
    /// Motion JPEG.
    Mjpeg,
    /// MPEG-4 part 2.
    Mpeg4,
}

/// A decoder that works on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decoder {
    /// What it decodes.
    pub codec: Codec,
    /// GStreamer's name of it, for example `avdec_h264`.
    pub element: &'static str,
    /// Whether it runs on a graphics or video processor.
    pub hardware: bool,
}

/// Which decoders may be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DecoderChoice {
    /// Hardware where it is really there, else software.
    #[default]
    Auto,
    /// Software, whatever else is there.
    Software,
}

impl DecoderChoice {
    /// The choice with this name, `auto` or `software`.
    ///
    /// # Errors
    /// [`DecodeError::Setting`] for any other name.
    pub fn parse(name: &str) -> Result<Self, DecodeError> {
        match name {
            "auto" => Ok(Self::Auto),
            "software" => Ok(Self::Software),
            _ => Err(DecodeError::Setting {
                field: "decoder",
                value: name.to_owned(),
                expected: "`auto` or `software`",
            }),
        }
    }

    fn allows(self, decoder: &Decoder) -> bool {
        self == Self::Auto || !decoder.hardware
    }
}

impl Codec {
    /// Every codec.
    pub const ALL: [Self; 4] = [Self::H264, Self::H265, Self::Mjpeg, Self::Mpeg4];

    /// The name as people write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::H264 => "H.264",
            Self::H265 => "H.265",
            Self::Mjpeg => "MJPEG",
            Self::Mpeg4 => "MPEG-4",
        }
    }

    /// The codec of an RTP stream. *Source*: RFC 6184, 7798, 2435, 6416.
    pub(crate) fn from_rtp_encoding(name: &str) -> Option<Self> {
        match name.to_ascii_uppercase().as_str() {
            "H264" => Some(Self::H264),
            "H265" => Some(Self::H265),
            "JPEG" => Some(Self::Mjpeg),
            "MP4V-ES" => Some(Self::Mpeg4),
            _ => None,
        }
    }

    /// The codec of a stream out of a file.
    pub(crate) fn from_caps(caps: &gst::StructureRef) -> Option<Self> {
        match caps.name().as_str() {
            "video/x-h264" => Some(Self::H264),
            "video/x-h265" => Some(Self::H265),
            "image/jpeg" => Some(Self::Mjpeg),
            "video/mpeg" if caps.get::<i32>("mpegversion") == Ok(4) => Some(Self::Mpeg4),
            _ => None,
        }
    }

    /// The element that takes this codec out of RTP.
    pub(crate) fn depayloader(self) -> &'static str {
        match self {
            Self::H264 => "rtph264depay",
            Self::H265 => "rtph265depay",
            Self::Mjpeg => "rtpjpegdepay",
            Self::Mpeg4 => "rtpmp4vdepay",
        }
    }

    /// The element that finds pictures and key frames.
    pub(crate) fn parser(self) -> &'static str {
        match self {
            Self::H264 => "h264parse",
            Self::H265 => "h265parse",
            Self::Mjpeg => "jpegparse",
            Self::Mpeg4 => "mpeg4videoparse",
        }
    }

    /// Not `nvjpegdec`, which cost the processor twice what `jpegdec` does and put out other pictures, nor
    /// `nvmpeg4videodec`, which refused a plain recording: both seen on an H200, `bench/results`.
    fn hardware_elements(self) -> &'static [&'static str] {
        match self {
            Self::H264 => &["nvh264dec", "vah264dec"],
            Self::H265 => &["nvh265dec", "vah265dec"],
            Self::Mjpeg => &["vajpegdec"],
            Self::Mpeg4 => &[],
        }
    }

    fn software_elements(self) -> &'static [&'static str] {
        match self {
            Self::H264 => &["avdec_h264", "openh264dec"],
            Self::H265 => &["avdec_h265", "libde265dec"],
            Self::Mjpeg => &["jpegdec", "avdec_mjpeg"],
            Self::Mpeg4 => &["avdec_mpeg4"],
        }
    }
}

/// Every decoder that works here, the preferred first for each codec. Looked up once a process.
/// Empty where GStreamer does not start.
pub fn available_decoders() -> &'static [Decoder] {
    static FOUND: OnceLock<Vec<Decoder>> = OnceLock::new();
    FOUND.get_or_init(|| {
        if crate::init().is_err() {
            return Vec::new();
        }
        Codec::ALL.into_iter().flat_map(candidates).filter(|d| reaches_ready(d.element)).collect()
    })
}

/// The decoder to take for a codec.
pub(crate) fn preferred(codec: Codec, choice: DecoderChoice) -> Option<&'static Decoder> {
    available_decoders().iter().find(|d| d.codec == codec && choice.allows(d))
}

fn candidates(codec: Codec) -> impl Iterator<Item = Decoder> {
    let made = move |hardware: bool| move |&element: &&'static str| Decoder { codec, element, hardware };
    let hardware = codec.hardware_elements().iter().map(move |e| made(true)(e));
    hardware.chain(codec.software_elements().iter().map(move |e| made(false)(e)))
}

fn reaches_ready(element: &str) -> bool {
    let Ok(element) = gst::ElementFactory::make(element).build() else {
        return false;
    };
    // In a pipeline, which learns of the device that the decoder opened.
    let pipeline = gst::Pipeline::new();
    let ready = pipeline.add(&element).is_ok() && pipeline.set_state(gst::State::Ready).is_ok();
    if ready {
        device::keep(&pipeline);
    }
    let _ = pipeline.set_state(gst::State::Null);
    ready
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_codec_has_a_decoder_here_and_hardware_comes_first() {
        let found = available_decoders();
        for codec in Codec::ALL {
            let of_codec: Vec<&Decoder> = found.iter().filter(|d| d.codec == codec).collect();
            assert!(!of_codec.is_empty(), "no decoder for {}; run `make setup`", codec.name());
            assert!(of_codec.is_sorted_by_key(|d| !d.hardware), "{of_codec:?}");
            assert_eq!(preferred(codec, DecoderChoice::Auto), of_codec.first().copied());
            let software = preferred(codec, DecoderChoice::Software);
            assert!(software.is_some_and(|d| !d.hardware), "{codec:?}: {software:?}");
        }
    }

    #[test]
    fn an_element_that_does_not_exist_is_not_there() {
        crate::init().unwrap();
        assert!(!reaches_ready("nosuchdec"));
    }

    #[test]
    fn choices_by_their_names() {
        assert_eq!(DecoderChoice::parse("auto"), Ok(DecoderChoice::Auto));
        assert_eq!(DecoderChoice::parse("software"), Ok(DecoderChoice::Software));
        let error = DecoderChoice::parse("gpu").unwrap_err().to_string();
        assert_eq!(error, "decoder: `gpu`: expected `auto` or `software`");
    }

    #[test]
    fn codecs_by_their_rtp_names() {
        for (name, codec) in [("H264", Some(Codec::H264)), ("h265", Some(Codec::H265)), ("VP9", None)] {
            assert_eq!(Codec::from_rtp_encoding(name), codec);
        }
    }
}
