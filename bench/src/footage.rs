//! The recording, read frame by frame.

use std::path::Path;

use anyhow::{Context, bail};
use velum_decode::{FrameReader, SourceConfig, SourceUrl};
use velum_frame::Pixels;
use velum_vocab::{CameraId, Timestamp};

/// One picture, tightly packed I420.
#[derive(Debug, Clone, PartialEq)]
pub struct Picture {
    /// Pixels across; even.
    pub width: usize,
    /// Pixels down; even.
    pub height: usize,
    /// Y, then U, then V.
    pub bytes: Vec<u8>,
}

/// Size, length and pace of a recording.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shape {
    /// Pixels across.
    pub width: usize,
    /// Pixels down.
    pub height: usize,
    /// Frames that were read.
    pub frames: u64,
    /// Their pace.
    pub frames_per_sec: f64,
}

impl Picture {
    /// Y, U and V, to be painted on.
    pub fn planes_mut(&mut self) -> [&mut [u8]; 3] {
        let luma = (self.width * self.height).min(self.bytes.len());
        let (y, chroma) = self.bytes.split_at_mut(luma);
        let (u, v) = chroma.split_at_mut(chroma.len() / 2);
        [y, u, v]
    }

    /// The bytes of Y, U or V.
    pub fn plane(&self, index: usize) -> &[u8] {
        let luma = self.width * self.height;
        let (start, len) = match index {
            0 => (0, luma),
            1 => (luma, luma / 4),
            _ => (luma + luma / 4, luma / 4),
        };
        self.bytes.get(start..start + len).unwrap_or_default()
    }
}

/// At which pace and size a recording is read. The default is its own.
#[derive(Debug, Clone, Copy, Default)]
pub struct Reading {
    /// Frames a second at most.
    pub fps: Option<f32>,
    /// Pixels across at most; the height keeps the proportions.
    pub width_px: Option<u32>,
    /// Stop after so many frames.
    pub frames_max: Option<u64>,
}

/// Reads the whole recording and hands each frame to `each`, with its number from 0.
///
/// # Errors
/// Where the file cannot be read or shows less than 2 frames, and whatever `each` fails with.
pub fn read(video: &Path, each: impl FnMut(u64, Picture) -> anyhow::Result<()>) -> anyhow::Result<Shape> {
    read_as(video, Reading::default(), each)
}

/// The same, at another pace and size.
///
/// # Errors
/// As [`read`].
pub fn read_as(
    video: &Path,
    reading: Reading,
    mut each: impl FnMut(u64, Picture) -> anyhow::Result<()>,
) -> anyhow::Result<Shape> {
    let mut config = SourceConfig::new(SourceUrl::parse(&video.to_string_lossy())?);
    if config.source.is_live() {
        bail!("`{}`: expected the path of a file", config.source);
    }
    config.analysed_fps = reading.fps.unwrap_or(120.0);
    config.analysed_width_px = reading.width_px;
    let start = Timestamp::from_unix_secs(0);
    let (mut shape, mut newest) = (None::<Shape>, start);
    for frame in FrameReader::open(CameraId::parse("recording")?, &config, start)? {
        let frame = frame?;
        newest = frame.captured_at();
        let (layout, bytes) = frame.into_i420();
        let (width, height) = (layout.width_px() as usize, layout.height_px() as usize);
        let shape = shape.get_or_insert(Shape { width, height, frames: 0, frames_per_sec: 0.0 });
        if (shape.width, shape.height) != (width, height) {
            bail!("`{}`: the size of the picture changes; choose another recording", video.display());
        }
        each(shape.frames, Picture { width, height, bytes })?;
        shape.frames += 1;
        if reading.frames_max.is_some_and(|most| shape.frames >= most) {
            break;
        }
    }
    let mut shape = shape.with_context(|| format!("`{}`: has no frame", video.display()))?;
    let secs = newest.secs_since(start);
    if reading.frames_max.is_some_and(|most| shape.frames >= most) {
        shape.frames_per_sec = (shape.frames - 1) as f64 / secs.max(1e-3);
        return Ok(shape);
    }
    if shape.frames < 2 || secs <= 0.0 {
        bail!("`{}`: is too short; choose one of 2 s or more", video.display());
    }
    shape.frames_per_sec = (shape.frames - 1) as f64 / secs;
    Ok(shape)
}
