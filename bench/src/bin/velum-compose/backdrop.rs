//! The footage behind everything: its frames, the empty scene (their median), and who moves in front of what.

use std::path::Path;
use std::sync::OnceLock;

use anyhow::{Context, bail};
use velum_bench::bag::Rect;
use velum_bench::footage::{self, Picture, Reading};
use velum_bench::mask::{blob, grown, shrunk};

use crate::spec::{FPS, Play, WIDTH_PX};

/// Frames from which the empty scene is made, at most.
const MEDIAN_FRAMES: usize = 41;
/// Blobs with fewer pixels of the half-size mask are noise.
const SMALLEST_BLOB: usize = 14;
/// What moves over more of the picture than one part of so many is a change of light: it hides nothing.
const LARGEST_BLOB_PART: usize = 7;

/// A blob of what moves, in pixels of the picture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Mover {
    pub(crate) rect: Rect,
    pub(crate) area_px: usize,
}

/// What moves in one frame.
#[derive(Debug, Default)]
pub(crate) struct Movement {
    pub(crate) movers: Vec<Mover>,
    /// Half the picture's size: the row of the feet of what is there, 0 where nothing moves.
    feet: Vec<u16>,
    width: usize,
}

/// Whether a pixel is no longer the empty scene: `colour::moved` or `colour::differs`.
pub(crate) type Differs = fn([u8; 3], [u8; 3]) -> bool;

/// The footage of one scene.
pub(crate) struct Backdrop {
    frames: Vec<Picture>,
    pub(crate) plate: Picture,
    play: Play,
    pub(crate) differs: Differs,
    movement: Vec<OnceLock<Movement>>,
}

impl Backdrop {
    /// Reads frames `from..until` (of 10 a second) of a recording, or a photograph.
    pub(crate) fn read(
        file: &Path,
        span: Option<[usize; 2]>,
        play: Play,
        differs: Differs,
    ) -> anyhow::Result<Self> {
        let is_photograph = file.extension().is_some_and(|end| end == "jpg" || end == "png");
        let frames = if is_photograph { vec![photograph(file)?] } else { recording(file, span)? };
        if frames.is_empty() {
            bail!(
                "`{}`: has no frame in the span {span:?}; frames are counted at {FPS} a second",
                file.display()
            );
        }
        Self::of(frames, play, differs).context("no frame")
    }

    /// A backdrop of frames that are at hand.
    pub(crate) fn of(frames: Vec<Picture>, play: Play, differs: Differs) -> Option<Self> {
        let plate = median(&frames)?;
        let movement = frames.iter().map(|_| OnceLock::new()).collect();
        Some(Self { frames, plate, play, differs, movement })
    }

    pub(crate) fn size_px(&self) -> (usize, usize) {
        (self.plate.width, self.plate.height)
    }

    /// How many frames there are.
    pub(crate) fn len(&self) -> usize {
        self.frames.len()
    }

    /// The frame that is shown at a tick: to and fro, so that nothing jumps; `None` is the empty scene.
    pub(crate) fn shown(&self, tick: usize) -> Option<usize> {
        match self.play {
            Play::Still => None,
            Play::ToAndFro => Some(to_and_fro(tick, self.frames.len())),
        }
    }

    /// A frame, or the empty scene.
    pub(crate) fn picture(&self, frame: Option<usize>) -> &Picture {
        frame.and_then(|frame| self.frames.get(frame)).unwrap_or(&self.plate)
    }

    /// What moves in a frame.
    pub(crate) fn movement(&self, frame: usize) -> Option<&Movement> {
        let picture = self.frames.get(frame)?;
        self.movement
            .get(frame)
            .map(|cell| cell.get_or_init(|| Movement::find(picture, &self.plate, self.differs)))
    }
}

impl Movement {
    fn find(now: &Picture, plate: &Picture, differs: Differs) -> Self {
        let (width, height) = (now.width / 2, now.height / 2);
        let differs = |i: usize| differs(half_size(now, i, width), half_size(plate, i, width));
        let raw: Vec<bool> = (0..width * height).map(differs).collect();
        let opened = grown(&shrunk(&raw, width, 1), width, 1);
        let mask = shrunk(&grown(&opened, width, 2), width, 2);
        let mut found = Self { movers: Vec::new(), feet: vec![0; mask.len()], width };
        let mut visited = vec![false; mask.len()];
        for start in 0..mask.len() {
            let blob = blob(&mask, &mut visited, start, width);
            if blob.len() >= SMALLEST_BLOB && blob.len() < mask.len() / LARGEST_BLOB_PART {
                found.keep(&blob);
            }
        }
        found
    }

    fn keep(&mut self, blob: &[usize]) {
        let columns = blob.iter().map(|i| i % self.width);
        let rows = blob.iter().map(|i| i / self.width);
        let (left, right) = (columns.clone().min().unwrap_or(0), columns.max().unwrap_or(0));
        let (top, bottom) = (rows.clone().min().unwrap_or(0), rows.max().unwrap_or(0));
        let feet = u16::try_from((bottom + 1) * 2).unwrap_or(u16::MAX);
        for index in blob {
            self.feet.get_mut(*index).into_iter().for_each(|row| *row = feet);
        }
        let rect = Rect {
            left: left * 2,
            top: top * 2,
            width: (right + 1 - left) * 2,
            height: (bottom + 1 - top) * 2,
        };
        self.movers.push(Mover { rect, area_px: blob.len() * 4 });
    }

    /// How much of a pixel is hidden by somebody whose feet are below `foot_row`, 0..=1.
    pub(crate) fn hides(&self, x: usize, y: usize, foot_row: f64) -> f32 {
        let hidden = |dx: usize, dy: usize| {
            let index = (y + dy) / 2 * self.width + ((x + dx) / 2).min(self.width - 1);
            self.feet.get(index).is_some_and(|feet| f64::from(*feet) > foot_row)
        };
        let hits = [(0, 0), (1, 0), (0, 1), (1, 1)].into_iter().filter(|(dx, dy)| hidden(*dx, *dy)).count();
        hits as f32 / 4.0
    }
}

/// 0, 1, .. n-1, n-2, .. 1, 0, 1, ..
fn to_and_fro(tick: usize, frames: usize) -> usize {
    let period = (2 * frames).saturating_sub(2).max(1);
    let at = tick % period;
    if at < frames { at } else { period - at }
}

/// The colour of two by two pixels of the picture.
fn half_size(picture: &Picture, index: usize, width: usize) -> [u8; 3] {
    let (x, y) = (index % width, index / width);
    let luma = |dx: usize, dy: usize| {
        let at = (2 * y + dy) * picture.width + 2 * x + dx;
        picture.plane(0).get(at).copied().map_or(0, u16::from)
    };
    let mean = (luma(0, 0) + luma(1, 0) + luma(0, 1) + luma(1, 1)) / 4;
    let chroma = |plane: usize| picture.plane(plane).get(index).copied().unwrap_or_default();
    [u8::try_from(mean).unwrap_or(u8::MAX), chroma(1), chroma(2)]
}

fn recording(file: &Path, span: Option<[usize; 2]>) -> anyhow::Result<Vec<Picture>> {
    let [from, until] = span.unwrap_or([0, usize::MAX]);
    let mut frames = Vec::new();
    let reading =
        Reading { fps: Some(FPS as f32), width_px: Some(WIDTH_PX), frames_max: u64::try_from(until).ok() };
    footage::read_as(file, reading, |number, picture| {
        if number as usize >= from {
            frames.push(even(picture));
        }
        Ok(())
    })?;
    Ok(frames)
}

/// A photograph as a picture of the composed size.
fn photograph(file: &Path) -> anyhow::Result<Picture> {
    let image = image::open(file).with_context(|| format!("`{}` cannot be read", file.display()))?.to_rgb8();
    let scale = f64::from(WIDTH_PX) / f64::from(image.width().max(1));
    let height = (f64::from(image.height()) * scale.min(1.0)) as u32 & !1;
    let width = (f64::from(image.width()) * scale.min(1.0)) as u32 & !1;
    let image = image::imageops::resize(&image, width, height, image::imageops::FilterType::Triangle);
    let (width, height) = (width as usize, height as usize);
    let mut picture = Picture { width, height, bytes: vec![128; width * height * 3 / 2] };
    let [luma, u, v] = picture.planes_mut();
    for (x, y, pixel) in image.enumerate_pixels() {
        let colour = velum_bench::colour::yuv_from_rgb(pixel.0.map(f32::from));
        let (x, y) = (x as usize, y as usize);
        let sample = |value: f32| value.round().clamp(0.0, 255.0) as u8;
        luma.get_mut(y * width + x).into_iter().for_each(|s| *s = sample(colour.0));
        if x.is_multiple_of(2) && y.is_multiple_of(2) {
            let at = y / 2 * (width / 2) + x / 2;
            u.get_mut(at).into_iter().for_each(|s| *s = sample(colour.1));
            v.get_mut(at).into_iter().for_each(|s| *s = sample(colour.2));
        }
    }
    Ok(picture)
}

/// The encoder wants even sides: an odd last row or column is left out.
fn even(picture: Picture) -> Picture {
    let (width, height) = (picture.width & !1, picture.height & !1);
    if (width, height) == (picture.width, picture.height) {
        return picture;
    }
    let chroma_width = picture.width.div_ceil(2);
    let rows = |plane: &[u8], from: usize, width: usize, height: usize| -> Vec<u8> {
        plane.chunks(from).take(height).flat_map(|row| row.iter().take(width).copied()).collect()
    };
    let (luma, chroma) = picture.bytes.split_at((picture.width * picture.height).min(picture.bytes.len()));
    let (u, v) = chroma.split_at(chroma.len() / 2);
    let mut bytes = rows(luma, picture.width, width, height);
    bytes.extend(rows(u, chroma_width, width / 2, height / 2));
    bytes.extend(rows(v, chroma_width, width / 2, height / 2));
    Picture { width, height, bytes }
}

/// The median of every sample over frames spread evenly.
fn median(frames: &[Picture]) -> Option<Picture> {
    let step = frames.len().div_ceil(MEDIAN_FRAMES).max(1);
    let chosen: Vec<&[u8]> = frames.iter().step_by(step).map(|frame| frame.bytes.as_slice()).collect();
    let first = frames.first()?;
    let mut values = Vec::with_capacity(chosen.len());
    let bytes = (0..first.bytes.len())
        .map(|index| {
            values.clear();
            values.extend(chosen.iter().filter_map(|bytes| bytes.get(index).copied()));
            let middle = values.len() / 2;
            *values.select_nth_unstable(middle).1
        })
        .collect();
    Some(Picture { bytes, ..*first })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grey(width: usize, height: usize) -> Picture {
        let mut bytes = vec![120; width * height];
        bytes.resize(width * height * 3 / 2, 128);
        Picture { width, height, bytes }
    }

    #[test]
    fn plays_to_and_fro() {
        let shown: Vec<usize> = (0..9).map(|tick| to_and_fro(tick, 4)).collect();
        assert_eq!(shown, [0, 1, 2, 3, 2, 1, 0, 1, 2]);
        assert_eq!(to_and_fro(7, 1), 0);
    }

    #[test]
    fn finds_who_moves_and_what_they_hide() {
        let mut now = grey(80, 80);
        for y in 20..60 {
            for x in 30..44 {
                now.bytes[y * 80 + x] = 220;
            }
        }
        let movement = Movement::find(&now, &grey(80, 80), velum_bench::colour::moved);
        assert_eq!(movement.movers.len(), 1);
        let rect = movement.movers[0].rect;
        assert_eq!((rect.left, rect.top, rect.right(), rect.bottom()), (30, 20, 44, 60));
        assert_eq!(movement.hides(36, 40, 50.0), 1.0, "feet below: in front");
        assert_eq!(movement.hides(36, 40, 70.0), 0.0, "feet above: behind");
        assert_eq!(movement.hides(10, 40, 50.0), 0.0);
    }

    #[test]
    fn the_median_has_no_walker() {
        let frames: Vec<Picture> = (0..9)
            .map(|n| {
                let mut frame = grey(40, 20);
                (0..20).for_each(|y| frame.bytes[y * 40 + n * 4] = 250);
                frame
            })
            .collect();
        assert_eq!(median(&frames).unwrap(), grey(40, 20));
    }

    #[test]
    fn odd_sides_are_cut() {
        let odd = Picture { width: 5, height: 3, bytes: (0..15 + 12).collect() };
        let even = even(odd);
        assert_eq!((even.width, even.height, even.bytes.len()), (4, 2, 12));
        assert_eq!(even.bytes, [0, 1, 2, 3, 5, 6, 7, 8, 15, 16, 21, 22]);
    }
}
