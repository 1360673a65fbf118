//! What moves where between two pictures: dense optical flow on a small grey picture.
//!
//! *Source*: Kroeger et al., *Fast Optical Flow using Dense Inverse Search*, ECCV 2016 (OpenCV's `DISOpticalFlow`).
//! Invariant: only the picture before the present one is kept, in memory; vectors are read in groups and never kept
//! beside a person.

use opencv::core::{Mat, Ptr, Size, Vec2f};
use opencv::prelude::*;
use opencv::video::{DISOpticalFlow, DISOpticalFlow_PRESET_FAST};
use opencv::{imgproc, video};
use velum_vocab::{BoxInFrame, Timestamp};

use crate::error::AnalyseError;
use crate::picture::WorkingSize;

/// Width of the grey picture.
const WIDTH_PX: u32 = 320;
/// Two pictures nearer in time than this are too alike, further apart too different.
const MIN_STEP_SECS: f64 = 0.12;
const MAX_STEP_SECS: f64 = 0.7;
/// Points of the scene are looked at in this grid, where the grey levels around one differ by [`MIN_TEXTURE`].
const GRID_PX: usize = 8;
const MIN_TEXTURE: u8 = 24;
/// With fewer such points nothing can be said of the camera.
const MIN_POINTS: usize = 24;
/// The scene's points moved by more than this, most of them alike: the camera moves.
const CAMERA_MOVES_PX: f32 = 0.8;
const ALIKE_PX: f32 = 0.8;
const ALIKE_FRACTION: f64 = 0.6;

/// The flow of one camera.
pub(crate) struct Flow {
    size: WorkingSize,
    method: Ptr<DISOpticalFlow>,
    grey: Mat,
    before: Mat,
    /// Pixels of the grey picture from the picture before to this one. *Shape*: `[height, width, 2] f32`.
    vectors: Mat,
    looked_at: Option<Timestamp>,
    /// Seconds that the vectors span; `None` where they are not those of the last picture.
    span_secs: Option<f64>,
}

/// A mean movement in working pixels per second: x to the right, y down.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct PixelVelocity {
    pub(crate) x_px_per_s: f64,
    pub(crate) y_px_per_s: f64,
}

impl Flow {
    pub(crate) fn new(working: WorkingSize) -> Result<Self, AnalyseError> {
        Ok(Self {
            size: WorkingSize::of_frame((working.width_px, working.height_px), WIDTH_PX),
            method: DISOpticalFlow::create(DISOpticalFlow_PRESET_FAST)?,
            grey: Mat::default(),
            before: Mat::default(),
            vectors: Mat::default(),
            looked_at: None,
            span_secs: None,
        })
    }

    /// Takes the next working picture; says whether vectors came of it.
    pub(crate) fn look(&mut self, picture: &Mat, at: Timestamp) -> Result<bool, AnalyseError> {
        let since_secs = self.looked_at.map_or(f64::INFINITY, |before| at.secs_since(before));
        self.span_secs = None;
        if (0.0..MIN_STEP_SECS).contains(&since_secs) {
            return Ok(false);
        }
        std::mem::swap(&mut self.grey, &mut self.before);
        self.shrink(picture)?;
        self.looked_at = Some(at);
        if !(0.0..=MAX_STEP_SECS).contains(&since_secs) {
            return Ok(false);
        }
        // The vectors of the picture before are where the search begins, if they are there.
        let mut vectors = Mat::default();
        video::DenseOpticalFlowTrait::calc(&mut self.method, &self.before, &self.grey, &mut vectors)?;
        self.vectors = vectors;
        self.span_secs = Some(since_secs);
        Ok(true)
    }

    fn shrink(&mut self, picture: &Mat) -> Result<(), AnalyseError> {
        let size = Size::new(self.size.width_px as i32, self.size.height_px as i32);
        let mut grey = Mat::default();
        imgproc::cvt_color_def(picture, &mut grey, imgproc::COLOR_BGR2GRAY)?;
        if grey.size()? == size {
            self.grey = grey;
        } else {
            imgproc::resize(&grey, &mut self.grey, size, 0.0, 0.0, imgproc::INTER_AREA)?;
        }
        Ok(())
    }

    /// How a person moves whose box is this, in working pixels: the median over the upper body, where `foreground`
    /// shows it, else over its middle. `None` where there are no vectors, or the box has no pixel.
    pub(crate) fn of_person(&self, found: &BoxInFrame, foreground: Option<&[u8]>) -> Option<PixelVelocity> {
        let span_secs = self.span_secs?;
        let (width, height) = (found.width_px(), found.height_px());
        let (left, right) = (found.left_px() + 0.2 * width, found.right_px() - 0.2 * width);
        // The legs swing; the body shows where the person goes.
        let (top, bottom) = (found.top_px() + 0.1 * height, found.top_px() + 0.65 * height);
        let inner = BoxInFrame::new(left, top, right, bottom).ok()?;
        let inner =
            self.size.working_from_frame(&inner).clipped_to(self.size.width_px, self.size.height_px)?;
        let vectors = self.vectors.data_typed::<Vec2f>().ok()?;
        let all = || self.pixels(&inner);
        let seen: Vec<usize> = match foreground {
            Some(mask) => all().filter(|&(x, y)| self.is_set(mask, x, y)).map(|p| self.index(p)).collect(),
            None => Vec::new(),
        };
        let chosen =
            if 4 * seen.len() >= all().count() { seen } else { all().map(|p| self.index(p)).collect() };
        let mut x: Vec<f32> = chosen.iter().filter_map(|index| Some(vectors.get(*index)?.0[0])).collect();
        let mut y: Vec<f32> = chosen.iter().filter_map(|index| Some(vectors.get(*index)?.0[1])).collect();
        let per_s = |moved: f32, all: u32, small: u32| {
            f64::from(moved) * f64::from(all) / f64::from(small.max(1)) / span_secs
        };
        Some(PixelVelocity {
            x_px_per_s: per_s(median(&mut x)?, self.size.frame_width_px, self.size.width_px),
            y_px_per_s: per_s(median(&mut y)?, self.size.frame_height_px, self.size.height_px),
        })
    }

    fn pixels(&self, found: &BoxInFrame) -> impl Iterator<Item = (usize, usize)> + use<> {
        let rows = found.top_px() as usize..found.bottom_px().ceil() as usize;
        let columns = found.left_px() as usize..found.right_px().ceil() as usize;
        rows.flat_map(move |y| columns.clone().map(move |x| (x, y)))
    }

    fn index(&self, (x, y): (usize, usize)) -> usize {
        y * self.size.width_px as usize + x
    }

    /// Whether a mask of the working picture is set where this pixel is.
    fn is_set(&self, mask: &[u8], x: usize, y: usize) -> bool {
        let (all, small) = (self.size.frame_width_px as usize, self.size.width_px.max(1) as usize);
        let column = x * all / small;
        let row = y * self.size.frame_height_px as usize / self.size.height_px.max(1) as usize;
        mask.get(row * all + column).is_some_and(|set| *set != 0)
    }

    /// Whether the scene itself moves in the picture, but for these boxes of persons (in working pixels).
    pub(crate) fn camera_moves(&self, persons: &[BoxInFrame]) -> bool {
        let Some(moved) = self.scene_vectors(persons) else { return false };
        let mut x: Vec<f32> = moved.iter().map(|v| v[0]).collect();
        let mut y: Vec<f32> = moved.iter().map(|v| v[1]).collect();
        let Some((x, y)) = median(&mut x).zip(median(&mut y)) else { return false };
        let alike = moved.iter().filter(|v| (v[0] - x).hypot(v[1] - y) <= ALIKE_PX).count();
        x.hypot(y) > CAMERA_MOVES_PX && alike as f64 >= ALIKE_FRACTION * moved.len() as f64
    }

    /// Vectors at textured points of the scene; `None` where there are too few.
    fn scene_vectors(&self, persons: &[BoxInFrame]) -> Option<Vec<[f32; 2]>> {
        self.span_secs?;
        let vectors = self.vectors.data_typed::<Vec2f>().ok()?;
        let grey = self.grey.data_typed::<u8>().ok()?;
        let persons: Vec<BoxInFrame> =
            persons.iter().map(|p| self.size.working_from_frame(&p.grown_by(0.1))).collect();
        let free = |x: usize, y: usize| {
            let (x, y) = (x as f32, y as f32);
            !persons
                .iter()
                .any(|p| (p.left_px()..p.right_px()).contains(&x) && (p.top_px()..p.bottom_px()).contains(&y))
        };
        let (width, height) = (self.size.width_px as usize, self.size.height_px as usize);
        let rows = (GRID_PX..height.saturating_sub(GRID_PX)).step_by(GRID_PX);
        let points =
            rows.flat_map(|y| (GRID_PX..width.saturating_sub(GRID_PX)).step_by(GRID_PX).map(move |x| (x, y)));
        let moved: Vec<[f32; 2]> = points
            .filter(|&(x, y)| free(x, y) && self.texture(grey, x, y) >= MIN_TEXTURE)
            .filter_map(|point| vectors.get(self.index(point)).map(|v| v.0))
            .collect();
        (moved.len() >= MIN_POINTS).then_some(moved)
    }

    fn texture(&self, grey: &[u8], x: usize, y: usize) -> u8 {
        let around = [(0, 4), (4, 0), (4, 4), (8, 4), (4, 8)];
        let levels = around.iter().filter_map(|(dx, dy)| grey.get(self.index((x + dx - 4, y + dy - 4))));
        let (low, high) = levels.fold((u8::MAX, 0), |(low, high), v| (low.min(*v), high.max(*v)));
        high.saturating_sub(low)
    }
}

fn median(values: &mut [f32]) -> Option<f32> {
    let middle = values.len() / 2;
    if values.is_empty() {
        return None;
    }
    Some(*values.select_nth_unstable_by(middle, f32::total_cmp).1)
}
