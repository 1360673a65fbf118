//! Pictures as H.264, a unit for each, with key frames where they were asked for: loops coded so stay in step.

use std::path::Path;

use anyhow::{Context, bail};
use gst::prelude::*;

use crate::footage::Picture;

/// How pictures are coded.
#[derive(Debug, Clone, Copy)]
pub struct Coding {
    /// At the pictures' own rate.
    pub bits_per_sec: u32,
    /// Frames from one key frame to the next.
    pub key_frame_every: u64,
}

/// What an encoder may take for its last frames, on a busy machine.
const LONGEST_ENCODING: gst::ClockTime = gst::ClockTime::from_seconds(20);

/// How a loop is coded.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Codec {
    /// H.264.
    #[default]
    H264,
    /// H.265.
    H265,
}

impl Codec {
    /// As GStreamer's elements are named by it.
    pub fn name(self) -> &'static str {
        match self {
            Self::H264 => "h264",
            Self::H265 => "h265",
        }
    }
}

/// One coded loop: a unit for each frame of the recording.
#[derive(Default)]
pub struct CodedLoop {
    codec: Codec,
    units: Vec<gst::Buffer>,
}

/// A recording that was coded elsewhere.
pub struct CodedRecording {
    /// Its units.
    pub coded: CodedLoop,
    /// Their pace.
    pub frames_per_sec: f64,
    /// The numbers of its key frames; the first frame is one.
    pub key_frames: Vec<u64>,
}

impl CodedLoop {
    /// How it is coded.
    pub fn codec(&self) -> Codec {
        self.codec
    }

    /// The coded frame with this number.
    pub fn unit(&self, frame: u64) -> Option<gst::Buffer> {
        self.units.get(usize::try_from(frame).ok()?).cloned()
    }

    /// How many there are.
    pub fn len(&self) -> u64 {
        self.units.len() as u64
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.units.is_empty()
    }
}

/// Encodes pictures into a loop.
pub struct Encoder {
    pipeline: gst::Pipeline,
    source: gst_app::AppSrc,
    sink: gst_app::AppSink,
    frames_per_sec: f64,
    key_frame_every: u64,
    frames: u64,
    coded: CodedLoop,
}

impl Encoder {
    /// An encoder for pictures of this size. Software without GPL: OpenH264.
    ///
    /// # Errors
    /// Where the encoder is not installed.
    pub fn new((width, height): (usize, usize), frames_per_sec: f64, coding: Coding) -> anyhow::Result<Self> {
        let Coding { bits_per_sec, key_frame_every } = coding;
        let text = format!(
            "appsrc name=src format=time block=true max-buffers=4 ! \
             openh264enc gop-size={key_frame_every} bitrate={bits_per_sec} rate-control=bitrate complexity=low \
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
        let coded = CodedLoop::default();
        Ok(Self { pipeline, source, sink, frames_per_sec, key_frame_every, frames: 0, coded })
    }

    /// Gives the encoder one more picture, and keeps what is ready.
    ///
    /// # Errors
    /// Where the encoder stopped.
    pub fn encode(&mut self, picture: Picture) -> anyhow::Result<()> {
        let mut buffer = gst::Buffer::from_slice(picture.bytes);
        if let Some(buffer) = buffer.get_mut() {
            buffer.set_pts(gst::ClockTime::from_nseconds(
                (self.frames as f64 / self.frames_per_sec * 1e9) as u64,
            ));
        }
        self.frames += 1;
        self.source.push_buffer(buffer).context("the encoder stopped")?;
        while let Some(sample) = self.sink.try_pull_sample(gst::ClockTime::ZERO) {
            self.keep(&sample)?;
        }
        Ok(())
    }

    /// The whole loop; every picture has become one unit. The encoder holds no picture back, so it is not
    /// told of the end: OpenH264 would complain on standard error.
    ///
    /// # Errors
    /// Where a unit is missing.
    pub fn finish(mut self) -> anyhow::Result<CodedLoop> {
        while self.coded.len() < self.frames {
            let sample = self.sink.try_pull_sample(LONGEST_ENCODING);
            let made = self.coded.len();
            self.keep(
                &sample.with_context(|| format!("the encoder made {made} frames of {}", self.frames))?,
            )?;
        }
        Ok(std::mem::take(&mut self.coded))
    }

    fn keep(&mut self, sample: &gst::Sample) -> anyhow::Result<()> {
        let (unit, is_key) = unit_of(sample)?;
        if self.coded.len().is_multiple_of(self.key_frame_every) && !is_key {
            bail!("the encoder made no key frame at frame {}", self.coded.len());
        }
        self.coded.units.push(unit);
        Ok(())
    }
}

/// A copy of a coded frame without its time stamps, and whether it is a key frame.
fn unit_of(sample: &gst::Sample) -> anyhow::Result<(gst::Buffer, bool)> {
    let buffer = sample.buffer().context("a sample without a buffer")?;
    let is_key = !buffer.flags().contains(gst::BufferFlags::DELTA_UNIT);
    let bytes = buffer.map_readable().context("an unreadable buffer")?.to_vec();
    let mut unit = gst::Buffer::from_slice(bytes);
    if let (Some(unit), false) = (unit.get_mut(), is_key) {
        unit.set_flags(gst::BufferFlags::DELTA_UNIT);
    }
    Ok((unit, is_key))
}

impl CodedRecording {
    /// Reads the coded pictures of an MP4 file.
    ///
    /// # Errors
    /// Where it cannot be read, is coded otherwise, or does not begin with a key frame.
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        let wrong = |what: &str| format!("`{}`: {what}", path.display());
        for codec in [Codec::H264, Codec::H265] {
            let name = codec.name();
            let text = format!(
                "filesrc name=file ! qtdemux ! video/x-{name} ! {name}parse config-interval=-1 ! \
                 video/x-{name},stream-format=byte-stream,alignment=au ! appsink name=sink sync=false max-buffers=4"
            );
            let pipeline =
                gst::parse::launch(&text)?.downcast::<gst::Pipeline>().ok().context("no pipeline")?;
            pipeline.by_name("file").context("no filesrc")?.set_property("location", path);
            let sink = pipeline.by_name("sink").and_downcast::<gst_app::AppSink>().context("no appsink")?;
            let read = Self::read_all(&pipeline, &sink, codec);
            pipeline.set_state(gst::State::Null)?;
            if let Some(recording) = read? {
                if recording.key_frames.first() != Some(&0) {
                    bail!(wrong("does not begin with a key frame"));
                }
                return Ok(recording);
            }
        }
        bail!(wrong("expected H.264 or H.265 in MP4"))
    }

    /// None where no picture of this codec came.
    fn read_all(
        pipeline: &gst::Pipeline,
        sink: &gst_app::AppSink,
        codec: Codec,
    ) -> anyhow::Result<Option<Self>> {
        pipeline.set_state(gst::State::Playing)?;
        let mut coded = CodedLoop { codec, units: Vec::new() };
        let (mut key_frames, mut first, mut last) = (Vec::new(), None, None);
        while let Some(sample) = sink.try_pull_sample(gst::ClockTime::from_seconds(5)) {
            let at = sample.buffer().and_then(gst::BufferRef::dts_or_pts);
            (first, last) = (first.or(at), at.or(last));
            let (unit, is_key) = unit_of(&sample)?;
            key_frames.extend(is_key.then_some(coded.len()));
            coded.units.push(unit);
        }
        let secs = last.zip(first).map_or(0.0, |(last, first)| last.saturating_sub(first).seconds_f64());
        if coded.len() < 2 || secs <= 0.0 {
            return Ok(None);
        }
        let frames_per_sec = (coded.len() - 1) as f64 / secs;
        Ok(Some(Self { coded, frames_per_sec, key_frames }))
    }
}

impl Drop for Encoder {
    fn drop(&mut self) {
        let _ = self.pipeline.set_state(gst::State::Null);
    }
}
