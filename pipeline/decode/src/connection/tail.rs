//! From decoded video to packed pictures: the second half of every pipeline.

use std::sync::Arc;
use std::time::Duration;

use gst::prelude::*;
use velum_frame::FrameBuffers;

use super::{Facts, Flow, LEFT_OUT, Learnt, Pace, Receive, add_chain, make};
use crate::picture::Picture;
use crate::{DecodeError, DecoderChoice, SourceConfig, available_decoders};

const BASE: &str = "gstreamer1.0-plugins-base";

/// Builds the tail and returns its entry, where a decoder is linked.
pub(super) fn build(
    pipeline: &gst::Pipeline,
    config: &SourceConfig,
    pace: Pace,
    (facts, limit): Learnt<'_>,
    receive: Receive,
) -> Result<gst::Element, DecodeError> {
    let download = download(config);
    let entry = make("capsfilter", BASE)?;
    entry.set_property("caps", taken_from_decoder(download.is_some()));
    let unpair = make("videoconvert", BASE)?;
    let planar = make("capsfilter", BASE)?;
    let scale = make("videoscale", BASE)?;
    let convert = make("videoconvert", BASE)?;
    let form = make("capsfilter", BASE)?;
    let sink = sink(config, pace, receive);
    let chain = [&unpair, &planar, &scale, &convert, &form, sink.upcast_ref()];
    add_chain(pipeline, &[&entry].into_iter().chain(&download).chain(chain).collect::<Vec<_>>())?;
    watch_entry(&entry, (&planar, &form), config.analysed_width_px, (facts, limit));
    Ok(entry)
}

/// Fetches pictures from the memory of an NVIDIA card. Only those that are analysed: the others are dropped before it, where
/// they are. `None` where no decoder leaves them there.
fn download(config: &SourceConfig) -> Option<gst::Element> {
    let is_nvidia = |decoder: &crate::Decoder| decoder.element.starts_with("nv");
    let is_used = config.decoder == DecoderChoice::Auto && available_decoders().iter().any(is_nvidia);
    is_used.then(|| gst::ElementFactory::make("cudadownload").build().ok()).flatten()
}

/// System memory, but for what [`download`] reads: decoders would otherwise hand on what the scaler cannot.
fn taken_from_decoder(has_download: bool) -> gst::Caps {
    let mut caps = gst::Caps::new_empty();
    let taken = caps.make_mut();
    if has_download {
        let on_card = gst::CapsFeatures::new(["memory:CUDAMemory"]);
        taken.append_structure_full(gst::Structure::new_empty("video/x-raw"), Some(on_card));
    }
    taken.append_structure(gst::Structure::new_empty("video/x-raw"));
    caps
}

/// Drops frames beyond the analysed rate before they cost a conversion, and sets the size to be put out as soon
/// as the source's own is known.
fn watch_entry(
    entry: &gst::Element,
    (planar, form): (&gst::Element, &gst::Element),
    width_px: Option<u32>,
    (facts, limit): Learnt<'_>,
) {
    let Some(pad) = entry.static_pad("sink") else { return };
    let (planar, form) = (planar.downgrade(), form.downgrade());
    let (facts, limit) = (Arc::clone(facts), Arc::clone(limit));
    pad.add_probe(gst::PadProbeType::BUFFER | gst::PadProbeType::EVENT_DOWNSTREAM, move |pad, info| {
        if let Some(buffer) = info.buffer() {
            // A frame without a time stamp counts as taken now: live streams have running time in both.
            let now = || pad.parent_element().and_then(|element| element.current_running_time());
            let at = Duration::from(buffer.pts().or_else(now).unwrap_or_default());
            facts.count_decoded(at);
            return if limit.keeps(at) { gst::PadProbeReturn::Ok } else { LEFT_OUT };
        }
        if let Some(gst::EventView::Caps(event)) = info.event().map(|event| event.view())
            && let (Some(planar), Some(form)) = (planar.upgrade(), form.upgrade())
        {
            planar.set_property("caps", planar_of(event.caps()));
            learn_picture(event.caps(), width_px, &form, &facts);
        }
        gst::PadProbeReturn::Ok
    });
}

/// Hardware puts out NV12, of which U and V take turns in one plane. They are parted before anything is scaled, for
/// GStreamer scales pairs to other colours than planes, and software decoders put out planes. All else passes.
fn planar_of(caps: &gst::CapsRef) -> gst::Caps {
    let Some(structure) = caps.structure(0) else { return gst::Caps::new_any() };
    if structure.get::<&str>("format") != Ok("NV12") {
        return gst::Caps::builder("video/x-raw").build();
    }
    // All else stays as the decoder has it, or colours would be converted here and not where those of planes are.
    let own = ["colorimetry", "chroma-site"].map(|name| (name, structure.get::<&str>(name)));
    let form = gst::Caps::builder("video/x-raw").field("format", "I420");
    own.into_iter().fold(form, |form, (name, value)| form.field_if_some(name, value.ok())).build()
}

fn learn_picture(caps: &gst::CapsRef, width_px: Option<u32>, form: &gst::Element, facts: &Facts) {
    let Some(structure) = caps.structure(0) else { return };
    let side = |name| structure.get::<i32>(name).ok().and_then(|v| u32::try_from(v).ok()).unwrap_or(0);
    let aspect = structure.get::<gst::Fraction>("pixel-aspect-ratio").map_or(1.0, fraction);
    let source_px = (side("width"), side("height"));
    let declared_fps = structure.get::<gst::Fraction>("framerate").ok().map(fraction).filter(|f| *f > 0.0);
    facts.set_picture(source_px, declared_fps);
    let (width, height) = output_size(source_px, aspect, width_px);
    let caps = gst::Caps::builder("video/x-raw")
        .field("format", "I420")
        .field("width", width)
        .field("height", height)
        .field("pixel-aspect-ratio", gst::Fraction::new(1, 1))
        // All others become one of them here; the second is turned while it is copied.
        .field("colorimetry", gst::List::new(["bt601", "bt709"]))
        .build();
    form.set_property("caps", caps);
}

fn fraction(value: gst::Fraction) -> f64 {
    f64::from(value.numer()) / f64::from(value.denom().max(1))
}

/// The size put out for a source of this size and pixel shape: square pixels, even sides, never larger than
/// the source's rows.
fn output_size((width, height): (u32, u32), aspect: f64, wanted_width: Option<u32>) -> (i32, i32) {
    let shown_width = (f64::from(width) * aspect).max(2.0);
    let out_width = wanted_width.map_or(shown_width, |w| f64::from(w).min(shown_width));
    let out_height = f64::from(height) * out_width / shown_width;
    let even = |side: f64| ((side / 2.0).round() as i32 * 2).clamp(2, 16_384);
    // Without scaling, an odd side loses its last row or column instead of being stretched.
    let floor_even = |side: f64| ((side / 2.0).floor() as i32 * 2).clamp(2, 16_384);
    if out_width < shown_width {
        (even(out_width), even(out_height))
    } else {
        (floor_even(out_width), floor_even(out_height))
    }
}

fn sink(config: &SourceConfig, pace: Pace, mut receive: Receive) -> gst_app::AppSink {
    let buffers = FrameBuffers::default();
    let paced_by_sink = !config.source.is_live() && pace == Pace::RealTime;
    let callbacks = gst_app::AppSinkCallbacks::builder()
        .new_sample(move |sink| {
            let sample = sink.pull_sample().map_err(|_| gst::FlowError::Eos)?;
            match Picture::from_sample(&sample, sink.current_running_time(), &buffers).map(&mut receive) {
                Some(Flow::Continue) => Ok(gst::FlowSuccess::Ok),
                Some(Flow::Stop) => Err(gst::FlowError::Eos),
                None => Err(gst::FlowError::NotNegotiated),
            }
        })
        .build();
    gst_app::AppSink::builder()
        .sync(paced_by_sink)
        .enable_last_sample(false)
        .max_buffers(1)
        .callbacks(callbacks)
        .build()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(source_px: (u32, u32), aspect: f64, wanted: Option<u32>, expected: (i32, i32)) {
        assert_eq!(output_size(source_px, aspect, wanted), expected, "{source_px:?} {aspect} {wanted:?}");
    }

    /// The pictures that come out of the tail for what a decoder puts out in this form.
    fn pictures(form: &str, width_px: Option<u32>) -> Vec<Vec<u8>> {
        crate::init().unwrap();
        let source = crate::SourceUrl::parse("test:smpte").unwrap();
        let config =
            SourceConfig { analysed_fps: 25.0, analysed_width_px: width_px, ..SourceConfig::new(source) };
        let (sender, pictures) = std::sync::mpsc::channel();
        let receive = Box::new(move |picture: Picture| {
            sender.send(picture.bytes).unwrap();
            Flow::Continue
        });
        let pipeline = gst::Pipeline::new();
        let limit = Arc::new(crate::rate::RateLimit::new(config.analysed_fps));
        let entry = build(&pipeline, &config, Pace::AsTaken, (&Arc::default(), &limit), receive).unwrap();
        let decoder = gst::parse::bin_from_description(
            &format!(
                "videotestsrc num-buffers=3 ! video/x-raw,format={form},width=320,height=240,framerate=25/1 ! identity"
            ),
            true,
        );
        let decoder = decoder.unwrap();
        pipeline.add(&decoder).unwrap();
        decoder.link(&entry).unwrap();
        pipeline.set_state(gst::State::Playing).unwrap();
        let end = pipeline.bus().unwrap().timed_pop_filtered(
            gst::ClockTime::from_seconds(20),
            &[gst::MessageType::Eos, gst::MessageType::Error],
        );
        assert_eq!(end.unwrap().type_(), gst::MessageType::Eos);
        pipeline.set_state(gst::State::Null).unwrap();
        pictures.try_iter().collect()
    }

    #[test]
    fn hardware_and_software_put_out_the_same_pictures() {
        for width_px in [None, Some(160), Some(200)] {
            for colours in ["bt601", "bt709"] {
                let form = |format: &str| format!("{format},colorimetry={colours},chroma-site=mpeg2");
                let (planes, pairs) = (pictures(&form("I420"), width_px), pictures(&form("NV12"), width_px));
                assert_eq!(planes.len(), 3);
                assert!(planes == pairs, "{width_px:?} {colours}");
            }
        }
    }

    #[test]
    fn pictures_of_bt709_come_out_in_the_colours_of_bt601() {
        let planes = pictures("I420,colorimetry=bt601,chroma-site=mpeg2", None);
        let turned = pictures("I420,colorimetry=bt709,chroma-site=mpeg2", None);
        // The coloured bars of each plane; below them is noise.
        let bars = |picture: &Vec<u8>| {
            let [luma, u, v] =
                [0..150 * 320, 240 * 320..240 * 320 + 75 * 160, 300 * 320..300 * 320 + 75 * 160];
            [&picture[luma], &picture[u], &picture[v]].concat()
        };
        let differing = |(one, other): (&Vec<u8>, &Vec<u8>)| {
            let (one, other) = (bars(one), bars(other));
            let far = one.iter().zip(&other).filter(|(a, b)| a.abs_diff(**b) > 2).count();
            far as f64 / one.len() as f64
        };
        // The same test picture, drawn in either standard; where bars meet, two pixels share a colour.
        let worst = planes.iter().zip(&turned).map(differing).fold(0.0, f64::max);
        assert!(planes.len() == 3 && worst < 0.03, "{worst}");
    }

    #[test]
    fn sizes_are_even_and_keep_proportions() {
        check((1920, 1080), 1.0, Some(640), (640, 360));
        check((768, 576), 1.0, Some(640), (640, 480));
        check((768, 576), 1.0, None, (768, 576));
        check((640, 480), 1.0, Some(1280), (640, 480));
        check((1920, 1080), 1.0, Some(641), (642, 360));
        check((321, 241), 1.0, None, (320, 240));
        check((720, 576), 16.0 / 15.0, None, (768, 576));
        check((0, 0), 1.0, None, (2, 2));
    }
}
