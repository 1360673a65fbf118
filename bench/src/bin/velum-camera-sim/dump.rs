//! The staged scene in a video file, to be tried against offline.

use std::path::Path;

use anyhow::Context;
use velum_bench::mp4;

use crate::server::Camera;

/// Writes the first `secs` of a camera as it is streamed: H.264 in MP4.
pub(crate) fn write_video(path: &Path, camera: &Camera, secs: f64) -> anyhow::Result<()> {
    let units: Option<Vec<gst::Buffer>> =
        (0..camera.schedule.tick_at(secs)).map(|tick| camera.unit(tick)).collect();
    mp4::write(path, camera.schedule.frames_per_sec, units.context("the encoder failed")?)
        .context("--write-video")
}
