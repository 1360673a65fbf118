//! Coded pictures in an MP4 file.

use std::path::Path;
use std::time::Duration;

use anyhow::Context;
use gst::prelude::*;

/// Writes units of H.264, one a frame, at an even pace.
///
/// # Errors
/// Where the file cannot be written.
pub fn write(
    path: &Path,
    frames_per_sec: f64,
    units: impl IntoIterator<Item = gst::Buffer>,
) -> anyhow::Result<()> {
    let rate = gst::Fraction::approximate_f64(frames_per_sec).context("no frame rate")?;
    let pipeline = gst::parse::launch(
        "appsrc name=src format=time block=true max-buffers=8 ! h264parse ! mp4mux ! filesink name=sink",
    )?;
    let pipeline = pipeline.downcast::<gst::Pipeline>().ok().context("not a pipeline")?;
    let source = pipeline.by_name("src").and_downcast::<gst_app::AppSrc>().context("no appsrc")?;
    let caps = gst::Caps::builder("video/x-h264")
        .field("stream-format", "byte-stream")
        .field("alignment", "au")
        .field("framerate", rate)
        .build();
    source.set_caps(Some(&caps));
    pipeline
        .by_name("sink")
        .context("no filesink")?
        .set_property("location", path.to_string_lossy().as_ref());
    pipeline.set_state(gst::State::Playing)?;
    let frame = gst::ClockTime::try_from(Duration::from_secs_f64(1.0 / frames_per_sec))?;
    for (number, mut unit) in (0_u64..).zip(units) {
        let unit_mut = unit.make_mut();
        let pts = frame * number;
        unit_mut.set_pts(pts);
        unit_mut.set_dts(pts);
        unit_mut.set_duration(frame);
        source.push_buffer(unit).context("the file cannot be written")?;
    }
    source.end_of_stream().context("the file cannot be written")?;
    let bus = pipeline.bus().context("no bus")?;
    let kinds = [gst::MessageType::Eos, gst::MessageType::Error];
    let end = bus.timed_pop_filtered(gst::ClockTime::from_seconds(60), &kinds);
    pipeline.set_state(gst::State::Null)?;
    match end.as_ref().map(|message| message.view()) {
        Some(gst::MessageView::Eos(_)) => Ok(()),
        Some(gst::MessageView::Error(error)) => {
            anyhow::bail!("`{}`: {}", path.display(), error.error())
        }
        _ => anyhow::bail!("`{}` was not finished in 60 s", path.display()),
    }
}
