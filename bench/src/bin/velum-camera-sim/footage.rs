//! The recording, read frame by frame.

use std::path::Path;

use anyhow::{Context, bail};
use velum_decode::{FrameReader, SourceConfig, SourceUrl};
use velum_frame::Pixels;
use velum_vocab::{CameraId, Timestamp};

/// One picture, tightly packed I420.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Picture {
    pub(crate) width: usize,
    pub(crate) height: usize,
    pub(crate) bytes: Vec<u8>,
}

/// Size, length and pace of a recording.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Shape {
    pub(crate) width: usize,
    pub(crate) height: usize,
    pub(crate) frames: u64,
    pub(crate) frames_per_sec: f64,
}

impl Picture {
    /// Y, U and V, to be painted on.
    pub(crate) fn planes_mut(&mut self) -> [&mut [u8]; 3] {
        let luma = (self.width * self.height).min(self.bytes.len());
        let (y, chroma) = self.bytes.split_at_mut(luma);
        let (u, v) = chroma.split_at_mut(chroma.len() / 2);
        [y, u, v]
    }

    /// The bytes of Y, U or V.
    pub(crate) fn plane(&self, index: usize) -> &[u8] {
        let luma = self.width * self.height;
        let (start, len) = match index {
            0 => (0, luma),
            1 => (luma, luma / 4),
            _ => (luma + luma / 4, luma / 4),
        };
        self.bytes.get(start..start + len).unwrap_or_default()
    }
}

/// Reads the whole recording and hands each frame to `each`, with its number from 0.
pub(crate) fn read(
    video: &Path,
    mut each: impl FnMut(u64, Picture) -> anyhow::Result<()>,
) -> anyhow::Result<Shape> {
    let mut config = SourceConfig::new(SourceUrl::parse(&video.to_string_lossy())?);
    if config.source.is_live() {
        bail!("--video: `{}`: expected the path of a file", config.source);
    }
    config.analysed_fps = 120.0;
    let start = Timestamp::from_unix_secs(0);
    let (mut shape, mut newest) = (None::<Shape>, start);
    for frame in FrameReader::open(CameraId::parse("recording")?, &config, start)? {
        let frame = frame?;
        newest = frame.captured_at();
        let (layout, bytes) = frame.into_i420();
        let (width, height) = (layout.width_px() as usize, layout.height_px() as usize);
        let shape = shape.get_or_insert(Shape { width, height, frames: 0, frames_per_sec: 0.0 });
        if (shape.width, shape.height) != (width, height) {
            bail!(
                "--video: `{}`: the size of the picture changes; choose another recording",
                video.display()
            );
        }
        each(shape.frames, Picture { width, height, bytes })?;
        shape.frames += 1;
    }
    let mut shape = shape.with_context(|| format!("--video: `{}`: has no frame", video.display()))?;
    let secs = newest.secs_since(start);
    if shape.frames < 2 || secs <= 0.0 {
        bail!("--video: `{}`: is too short; choose one of 2 s or more", video.display());
    }
    shape.frames_per_sec = (shape.frames - 1) as f64 / secs;
    Ok(shape)
}
