//! From the source to the decoder: the first half of every pipeline.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use gst::prelude::*;

use super::words::plain_io;
use super::{Facts, LEFT_OUT, Learnt, add_chain, make, tls};
use crate::decoders::{self, Codec, DecoderChoice};
use crate::rate::RateLimit;
use crate::source::{RtspAddress, TestPattern};
use crate::unreferenced::Unreferenced;
use crate::{DecodeError, SourceConfig, SourceUrl};

const GOOD: &str = "gstreamer1.0-plugins-good";
const BAD: &str = "gstreamer1.0-plugins-bad";
const BASE: &str = "gstreamer1.0-plugins-base";

/// Builds the source; what comes out of it is linked to `entry` as soon as its codec is known.
pub(super) fn build(
    pipeline: &gst::Pipeline,
    config: &SourceConfig,
    learnt: Learnt<'_>,
    entry: &gst::Element,
) -> Result<(), DecodeError> {
    let facts = learnt.0;
    match &config.source {
        SourceUrl::Rtsp(address) => rtsp(pipeline, config, address, learnt, entry),
        SourceUrl::File(path) => file(pipeline, config, path, learnt, entry),
        SourceUrl::Test(pattern) => test(pipeline, *pattern, facts, entry),
    }
}

fn rtsp(
    pipeline: &gst::Pipeline,
    config: &SourceConfig,
    address: &RtspAddress,
    learnt: Learnt<'_>,
    entry: &gst::Element,
) -> Result<(), DecodeError> {
    let facts = learnt.0;
    let source = make("rtspsrc", GOOD)?;
    source.set_property("location", address.location());
    source.set_property_from_str("protocols", rtsp_protocols(config, address));
    source.set_property("latency", 200_u32);
    source.set_property("drop-on-latency", true);
    source.set_property("user-agent", "velum");
    if let Some(credentials) = &config.credentials {
        source.set_property("user-id", credentials.user());
        source.set_property("user-pw", credentials.password());
    }
    // The watch over silence tells of a camera that does not answer, before this does.
    source.set_property(
        "tcp-timeout",
        u64::try_from(config.silence.as_micros()).unwrap_or(u64::MAX).saturating_mul(2),
    );
    if address.is_tls() {
        tls::look_at_certificate(&source, config, address, facts)?;
    }
    let described = Arc::clone(facts);
    source.connect("on-sdp", false, move |_| {
        described.set_described();
        None
    });
    refuse_other_media(&source);
    stay_there(&source, address, facts);
    let on_pad = PadLinker::new(pipeline, config, config.source.to_string(), learnt, entry);
    let no_more_pads = on_pad.clone();
    source.connect_pad_added(move |_, pad| on_pad.link(pad));
    source.connect_no_more_pads(move |_| no_more_pads.end());
    pipeline.add(&source).map_err(|e| DecodeError::Gstreamer(e.message.to_string()))
}

fn rtsp_protocols(config: &SourceConfig, address: &RtspAddress) -> &'static str {
    match config.transport {
        crate::Transport::Tcp if address.is_tls() => "tcp+tls",
        crate::Transport::Tcp => "tcp",
        crate::Transport::Udp if address.is_tls() => "udp+tls",
        crate::Transport::Udp => "udp",
    }
}

/// A camera that sends the box to another host gets no further request sent, there or here: name and password are for the
/// address that people wrote.
fn stay_there(source: &gst::Element, address: &RtspAddress, facts: &Arc<Facts>) {
    let (address, facts) = (address.clone(), Arc::clone(facts));
    source.connect("before-send", false, move |values| {
        let source = values.first().and_then(|value| value.get::<gst::Element>().ok());
        let location = source.and_then(|source| source.property::<Option<String>>("location"));
        let stays = location.is_some_and(|location| address.is_at(&location));
        if !stays {
            facts.set_fault(DecodeError::Redirected { address: address.to_string() });
        }
        Some(stays.to_value())
    });
}

/// Sound and metadata are not even set up: what is not fetched cannot leak.
fn refuse_other_media(source: &gst::Element) {
    source.connect("select-stream", false, |values| {
        let caps = values.get(2).and_then(|v| v.get::<gst::Caps>().ok());
        let is_video = caps
            .as_ref()
            .and_then(|caps| caps.structure(0))
            .is_some_and(|s| s.get::<&str>("media").is_ok_and(|media| media == "video"));
        Some(is_video.to_value())
    });
}

fn file(
    pipeline: &gst::Pipeline,
    config: &SourceConfig,
    path: &std::path::Path,
    learnt: Learnt<'_>,
    entry: &gst::Element,
) -> Result<(), DecodeError> {
    let wrong = |reason: String| DecodeError::File { path: path.to_path_buf(), reason };
    let metadata = std::fs::metadata(path).map_err(|e| wrong(plain_io(&e)))?;
    if !metadata.is_file() {
        return Err(wrong("is not a file".to_owned()));
    }
    std::fs::File::open(path).map_err(|e| wrong(plain_io(&e)))?;
    let source = make("filesrc", "libgstreamer1.0-0")?;
    source.set_property("location", path.to_string_lossy().as_ref());
    let parse = make("parsebin", BASE)?;
    let on_pad = PadLinker::new(pipeline, config, path.display().to_string(), learnt, entry);
    let no_more_pads = on_pad.clone();
    parse.connect_pad_added(move |_, pad| on_pad.link(pad));
    parse.connect_no_more_pads(move |_| no_more_pads.end());
    add_chain(pipeline, &[&source, &parse])
}

fn test(
    pipeline: &gst::Pipeline,
    pattern: TestPattern,
    facts: &Facts,
    entry: &gst::Element,
) -> Result<(), DecodeError> {
    let source = make("videotestsrc", BASE)?;
    source.set_property("is-live", true);
    source.set_property_from_str("pattern", pattern.name());
    let form = make("capsfilter", BASE)?;
    let caps = gst::Caps::builder("video/x-raw")
        .field("format", "I420")
        .field("width", 640_i32)
        .field("height", 360_i32)
        .field("framerate", gst::Fraction::new(25, 1))
        .build();
    form.set_property("caps", caps);
    facts.set_coding("drawn here", "videotestsrc", false);
    add_chain(pipeline, &[&source, &form])?;
    form.link(entry).map_err(|e| DecodeError::Gstreamer(e.message.to_string()))
}

/// Links the first video pad of a source to the tail; runs on GStreamer's threads.
#[derive(Clone)]
struct PadLinker {
    pipeline: gst::glib::WeakRef<gst::Pipeline>,
    facts: Arc<Facts>,
    limit: Arc<RateLimit>,
    entry: gst::glib::WeakRef<gst::Element>,
    address: String,
    decoder: DecoderChoice,
    taken: Arc<AtomicBool>,
}

impl PadLinker {
    fn new(
        pipeline: &gst::Pipeline,
        config: &SourceConfig,
        address: String,
        (facts, limit): Learnt<'_>,
        entry: &gst::Element,
    ) -> Self {
        Self {
            pipeline: pipeline.downgrade(),
            facts: Arc::clone(facts),
            limit: Arc::clone(limit),
            entry: entry.downgrade(),
            address,
            decoder: config.decoder,
            taken: Arc::default(),
        }
    }

    fn link(&self, pad: &gst::Pad) {
        let caps = pad.current_caps().unwrap_or_else(|| pad.query_caps(None));
        let (Some(structure), Some(pipeline), Some(entry)) =
            (caps.structure(0), self.pipeline.upgrade(), self.entry.upgrade())
        else {
            return;
        };
        let Some(coding) = self.coding(structure, &caps) else { return };
        if self.taken.swap(true, Ordering::SeqCst) {
            return;
        }
        if let Err(fault) = coding.and_then(|coding| self.link_decoder(&pipeline, pad, &coding, &entry)) {
            self.facts.set_fault(fault);
        }
    }

    /// Said by the source when it has shown all its streams.
    fn end(&self) {
        if !self.taken.load(Ordering::SeqCst) {
            self.facts.set_fault(DecodeError::NoVideo { address: self.address.clone() });
        }
    }

    /// How a pad's video is coded; `None` for what is no video.
    fn coding(&self, structure: &gst::StructureRef, caps: &gst::Caps) -> Option<Result<Coding, DecodeError>> {
        let unsupported = |codec: &str| DecodeError::UnsupportedCodec {
            address: self.address.clone(),
            codec: codec.to_owned(),
        };
        let name = structure.name().as_str();
        if name == "application/x-rtp" {
            if structure.get::<&str>("media").is_ok_and(|media| media != "video") {
                return None;
            }
            let encoding = structure.get::<&str>("encoding-name").unwrap_or("unknown");
            let codec = Codec::from_rtp_encoding(encoding).ok_or_else(|| unsupported(encoding));
            return Some(codec.map(Coding::Rtp));
        }
        if !(name.starts_with("video/") || name.starts_with("image/")) {
            return None;
        }
        if name == "video/x-raw" {
            return Some(Ok(Coding::Raw));
        }
        if let Some(codec) = refused_codec(name) {
            return Some(Err(unsupported(codec)));
        }
        let known = Codec::from_caps(structure).map(Coding::Parsed);
        Some(known.or_else(|| other_decoder(caps)).ok_or_else(|| unsupported(name)))
    }

    fn link_decoder(
        &self,
        pipeline: &gst::Pipeline,
        pad: &gst::Pad,
        coding: &Coding,
        entry: &gst::Element,
    ) -> Result<(), DecodeError> {
        let facts = &self.facts;
        let learnt = (facts, &self.limit);
        let chain = match coding {
            Coding::Rtp(codec) => {
                let mut chain = vec![depayloader(*codec)?];
                chain.extend(parser_and_decoder(*codec, self.decoder, learnt)?);
                chain
            }
            Coding::Parsed(codec) => parser_and_decoder(*codec, self.decoder, learnt)?,
            Coding::Other { name, factory } => {
                facts.set_coding(name, &factory.name(), false);
                let decoder = factory.create().build();
                let decoder = decoder.map_err(|e| DecodeError::Gstreamer(e.message.to_string()))?;
                set_software_options(&decoder);
                vec![decoder]
            }
            Coding::Raw => {
                facts.set_coding("raw", "none", false);
                Vec::new()
            }
        };
        let failed = |e: gst::glib::BoolError| DecodeError::Gstreamer(e.message.to_string());
        let added = add_chain(pipeline, &chain.iter().collect::<Vec<_>>());
        if added.is_err() && facts.is_hardware() {
            let element = facts.decoder().unwrap_or_default();
            facts.note_error(Some(&element));
            return Err(DecodeError::DecoderStart { element });
        }
        added?;
        if let Some(last) = chain.last() {
            last.link(entry).map_err(failed)?;
        }
        let first = chain.first().unwrap_or(entry);
        let sink =
            first.static_pad("sink").ok_or_else(|| DecodeError::Gstreamer("no sink pad".to_owned()))?;
        pad.link(&sink).map(|_| ()).map_err(|e| DecodeError::Gstreamer(e.to_string()))
    }
}

/// How video comes out of a source.
enum Coding {
    /// In RTP packets.
    Rtp(Codec),
    /// As frames of a codec that cameras use.
    Parsed(Codec),
    /// As frames of a codec that only old recordings use, with the decoder for it, in software.
    Other { name: String, factory: gst::ElementFactory },
    /// Not coded.
    Raw,
}

/// What is refused out of files as it is refused from cameras.
fn refused_codec(caps_name: &str) -> Option<&'static str> {
    match caps_name {
        "video/x-vp8" => Some("VP8"),
        "video/x-vp9" => Some("VP9"),
        "video/x-av1" => Some("AV1"),
        _ => None,
    }
}

fn other_decoder(caps: &gst::Caps) -> Option<Coding> {
    let kinds = gst::ElementFactoryType::DECODER | gst::ElementFactoryType::MEDIA_VIDEO;
    let factories = gst::ElementFactory::factories_with_type(kinds, gst::Rank::MARGINAL);
    let is_software = |f: &gst::ElementFactory| !f.has_type(gst::ElementFactoryType::HARDWARE);
    let factory = factories.into_iter().find(|f| f.can_sink_any_caps(caps) && is_software(f))?;
    let name = caps.structure(0)?.name().to_string();
    Some(Coding::Other { name, factory })
}

fn depayloader(codec: Codec) -> Result<gst::Element, DecodeError> {
    let element = make(codec.depayloader(), GOOD)?;
    // Joining in the middle of a group of pictures, or after a lost packet: nothing up to the next key frame.
    if element.has_property("wait-for-keyframe") {
        element.set_property("wait-for-keyframe", true);
    }
    Ok(element)
}

fn parser_and_decoder(
    codec: Codec,
    choice: DecoderChoice,
    (facts, limit): Learnt<'_>,
) -> Result<Vec<gst::Element>, DecodeError> {
    let decoder = decoders::preferred(codec, choice).ok_or_else(|| DecodeError::MissingElement {
        element: format!("decoder for {}", codec.name()),
        package: "gstreamer1.0-libav",
    })?;
    let parser = make(codec.parser(), BAD)?;
    let element = make(decoder.element, "gstreamer1.0-libav")?;
    if !decoder.hardware {
        set_software_options(&element);
    }
    begin_at_key_frame(&element);
    leave_out_unneeded(&element, codec, (facts, limit));
    watch_offers(&element, facts);
    facts.set_coding(codec.name(), decoder.element, decoder.hardware);
    Ok(vec![parser, element])
}

/// One thread a camera: cameras run side by side, and frame threads would only add delay.
fn set_software_options(decoder: &gst::Element) {
    if decoder.has_property_with_type("max-threads", i32::static_type()) {
        decoder.set_property("max-threads", 1_i32);
    }
    if decoder.has_property_with_type("output-corrupt", bool::static_type()) {
        decoder.set_property("output-corrupt", false);
    }
}

/// Lets nothing into a decoder before the first key frame, whatever the codec: what is decoded without its
/// reference is a corrupt picture, bad for motion and worse for masking.
fn begin_at_key_frame(decoder: &gst::Element) {
    let Some(pad) = decoder.static_pad("sink") else { return };
    pad.add_probe(gst::PadProbeType::BUFFER, |_, info| {
        let is_key = info.buffer().is_some_and(|b| !b.flags().contains(gst::BufferFlags::DELTA_UNIT));
        if is_key { gst::PadProbeReturn::Remove } else { LEFT_OUT }
    });
}

/// Keeps from a decoder what the rate limit behind it will drop and no other picture is decoded from. What is kept is decoded
/// from what it would have been decoded from.
fn leave_out_unneeded(decoder: &gst::Element, codec: Codec, (facts, limit): Learnt<'_>) {
    let Some(pad) = decoder.static_pad("sink") else { return };
    let (facts, limit) = (Arc::clone(facts), Arc::clone(limit));
    let stream = Mutex::new(Unreferenced::new(codec));
    pad.add_probe(gst::PadProbeType::BUFFER | gst::PadProbeType::EVENT_DOWNSTREAM, move |_, info| {
        let mut stream = stream.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(gst::EventView::Caps(event)) = info.event().map(|event| event.view()) {
            event.caps().structure(0).into_iter().for_each(|form| stream.learn_form(form));
        }
        let Some(buffer) = info.buffer() else { return gst::PadProbeReturn::Ok };
        let is_key = !buffer.flags().contains(gst::BufferFlags::DELTA_UNIT);
        let is_unreferenced = buffer.map_readable().is_ok_and(|picture| stream.look(&picture, is_key));
        match buffer.pts().map(Duration::from) {
            Some(at) if is_unreferenced && limit.will_drop(at) => {
                facts.count_left_out(at);
                LEFT_OUT
            }
            _ => gst::PadProbeReturn::Ok,
        }
    });
}

/// Notes what the decoder is given: one that is given pictures and puts none out has failed, whether it says so or not.
fn watch_offers(decoder: &gst::Element, facts: &Arc<Facts>) {
    let Some(pad) = decoder.static_pad("sink") else { return };
    let facts = Arc::clone(facts);
    pad.add_probe(gst::PadProbeType::BUFFER | gst::PadProbeType::EVENT_DOWNSTREAM, move |_, info| {
        if info.buffer().is_some() {
            facts.count_offered();
        } else if info.event().is_some_and(|event| event.type_() == gst::EventType::Caps) {
            facts.set_form_offered();
        }
        gst::PadProbeReturn::Ok
    });
}
