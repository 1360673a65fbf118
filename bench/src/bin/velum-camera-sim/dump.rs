//! The staged scene in a file, to be looked at or to be tried against offline.

use std::path::Path;
use std::time::Duration;

use anyhow::Context;
use gst::prelude::*;

use crate::footage::Picture;
use crate::server::Camera;

/// Writes a picture as a PNG.
pub(crate) fn write_png(path: &Path, picture: &Picture) -> anyhow::Result<()> {
    let (width, height) = (picture.width, picture.height);
    let sample =
        |plane: usize, index: usize| f32::from(picture.plane(plane).get(index).copied().unwrap_or(128));
    let colour = |x: u32, y: u32| {
        let (x, y) = (x as usize, y as usize);
        let chroma = y / 2 * (width / 2) + x / 2;
        let luma = 1.164 * (sample(0, y * width + x) - 16.0);
        let (u, v) = (sample(1, chroma) - 128.0, sample(2, chroma) - 128.0);
        let rgb = [luma + 1.596 * v, luma - 0.392 * u - 0.813 * v, luma + 2.017 * u];
        image::Rgb(rgb.map(|c| c.round().clamp(0.0, 255.0) as u8))
    };
    let png = image::RgbImage::from_fn(u32::try_from(width)?, u32::try_from(height)?, colour);
    png.save(path).with_context(|| format!("--snapshot: `{}` cannot be written", path.display()))
}

/// Writes the first `secs` of a camera as it is streamed: H.264 in MP4.
pub(crate) fn write_video(path: &Path, camera: &Camera, secs: f64) -> anyhow::Result<()> {
    let rate = gst::Fraction::approximate_f64(camera.schedule.frames_per_sec).context("no frame rate")?;
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
    let frame = gst::ClockTime::try_from(Duration::from_secs_f64(camera.schedule.due_secs(1)))?;
    for tick in 0..camera.schedule.tick_at(secs) {
        let mut unit = camera.unit(tick).context("the encoder failed")?;
        let unit_mut = unit.make_mut();
        let pts = frame * tick;
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
            anyhow::bail!("--write-video: `{}`: {}", path.display(), error.error())
        }
        _ => anyhow::bail!("--write-video: `{}` was not finished in 60 s", path.display()),
    }
}
