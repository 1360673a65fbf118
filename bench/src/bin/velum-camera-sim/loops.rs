//! The recording as H.264, once without and once with the bag, in step: frame for frame, key frame for key frame.
//! Encoding runs ahead of play, so that cameras can be reached at once.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use anyhow::{Context, bail};
use gst::prelude::*;

use crate::footage::Picture;
use crate::schedule::KEY_FRAME_EVERY;

/// Bits a second at the recording's own rate.
const BITS_PER_SEC: u32 = 2_500_000;

/// One coded loop, filled by the encoder and read by every player.
#[derive(Default)]
pub(crate) struct CodedLoop {
    coded: Mutex<Coded>,
    grew: Condvar,
}

#[derive(Default)]
struct Coded {
    units: Vec<gst::Buffer>,
    failed: bool,
}

impl CodedLoop {
    /// The coded frame with this number, once the encoder has come so far; `None` where it failed.
    pub(crate) fn unit(&self, frame: u64) -> Option<gst::Buffer> {
        let index = usize::try_from(frame).ok()?;
        let coded = self.lock();
        let wait = self.grew.wait_while(coded, |coded| coded.units.len() <= index && !coded.failed);
        wait.unwrap_or_else(PoisonError::into_inner).units.get(index).cloned()
    }

    fn push(&self, unit: gst::Buffer) {
        self.lock().units.push(unit);
        self.grew.notify_all();
    }

    fn len(&self) -> usize {
        self.lock().units.len()
    }

    /// Frees whoever waits: nothing more will come.
    pub(crate) fn fail(&self) {
        self.lock().failed = true;
        self.grew.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, Coded> {
        self.coded.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Encodes pictures into a loop.
pub(crate) struct Encoder {
    pipeline: gst::Pipeline,
    source: gst_app::AppSrc,
    sink: gst_app::AppSink,
    frames_per_sec: f64,
    frames: u64,
}

impl Encoder {
    /// An encoder for pictures of this size. Software without GPL: OpenH264.
    pub(crate) fn new((width, height): (usize, usize), frames_per_sec: f64) -> anyhow::Result<Self> {
        let text = format!(
            "appsrc name=src format=time block=true max-buffers=4 ! \
             openh264enc gop-size={KEY_FRAME_EVERY} bitrate={BITS_PER_SEC} rate-control=bitrate complexity=medium \
             multi-thread=1 scene-change-detection=false background-detection=false ! \
             h264parse config-interval=-1 ! video/x-h264,stream-format=byte-stream,alignment=au ! \
             appsink name=sink sync=false max-buffers=4"
        );
        let pipeline = gst::parse::launch(&text)
            .context("no H.264 encoder; run `make setup`, or `apt-get install gstreamer1.0-plugins-bad`")?;
        let pipeline = pipeline.downcast::<gst::Pipeline>().ok().context("not a pipeline")?;
        let source = pipeline.by_name("src").and_downcast::<gst_app::AppSrc>().context("no appsrc")?;
        let sink = pipeline.by_name("sink").and_downcast::<gst_app::AppSink>().context("no appsink")?;
        let rate =
            gst::Fraction::approximate_f64(frames_per_sec).unwrap_or_else(|| gst::Fraction::new(10, 1));
        let caps = gst::Caps::builder("video/x-raw")
            .field("format", "I420")
            .field("width", i32::try_from(width)?)
            .field("height", i32::try_from(height)?)
            .field("framerate", rate)
            .field("colorimetry", "bt601")
            .build();
        source.set_caps(Some(&caps));
        pipeline.set_state(gst::State::Playing)?;
        Ok(Self { pipeline, source, sink, frames_per_sec, frames: 0 })
    }

    /// Gives the encoder one more picture, and the loop what is ready.
    pub(crate) fn encode(&mut self, picture: Picture, into: &CodedLoop) -> anyhow::Result<()> {
        let mut buffer = gst::Buffer::from_slice(picture.bytes);
        if let Some(buffer) = buffer.get_mut() {
            buffer.set_pts(gst::ClockTime::from_nseconds(
                (self.frames as f64 / self.frames_per_sec * 1e9) as u64,
            ));
        }
        self.frames += 1;
        self.source.push_buffer(buffer).context("the encoder stopped")?;
        while let Some(sample) = self.sink.try_pull_sample(gst::ClockTime::ZERO) {
            keep(&sample, into)?;
        }
        Ok(())
    }

    /// Ends the loop; every picture must have become one unit, and every tenth a key frame.
    pub(crate) fn finish(self, into: &CodedLoop) -> anyhow::Result<()> {
        self.source.end_of_stream().context("the encoder stopped")?;
        while let Ok(sample) = self.sink.pull_sample() {
            keep(&sample, into)?;
        }
        if into.len() as u64 != self.frames {
            bail!("the encoder made {} frames of {}", into.len(), self.frames);
        }
        Ok(())
    }
}

impl Drop for Encoder {
    fn drop(&mut self) {
        let _ = self.pipeline.set_state(gst::State::Null);
    }
}

/// Copies a coded frame, without the encoder's time stamps, into the loop.
fn keep(sample: &gst::Sample, into: &CodedLoop) -> anyhow::Result<()> {
    let buffer = sample.buffer().context("a sample without a buffer")?;
    let is_key = !buffer.flags().contains(gst::BufferFlags::DELTA_UNIT);
    let must_be_key = (into.len() as u64).is_multiple_of(KEY_FRAME_EVERY);
    if must_be_key && !is_key {
        bail!("the encoder made no key frame at frame {}", into.len());
    }
    let bytes = buffer.map_readable().context("an unreadable buffer")?.to_vec();
    let mut unit = gst::Buffer::from_slice(bytes);
    if let (Some(unit), false) = (unit.get_mut(), is_key) {
        unit.set_flags(gst::BufferFlags::DELTA_UNIT);
    }
    into.push(unit);
    Ok(())
}
