//! From a closed frame to the small colour picture on which the background model works.

use opencv::core::{Mat, Size};
use opencv::imgproc;
use velum_frame::{Pixels, Plane, RawFrame};
use velum_vocab::BoxInFrame;

use crate::error::AnalyseError;

/// The size of the working picture and of the frames that it is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct WorkingSize {
    pub(crate) width_px: u32,
    pub(crate) height_px: u32,
    pub(crate) frame_width_px: u32,
    pub(crate) frame_height_px: u32,
}

impl WorkingSize {
    /// The largest even size of the frame's shape that is no wider than `limit_px`.
    pub(crate) fn of_frame((frame_width_px, frame_height_px): (u32, u32), limit_px: u32) -> Self {
        let width_px = (frame_width_px.min(limit_px) & !1).max(2);
        let height = u64::from(frame_height_px) * u64::from(width_px) / u64::from(frame_width_px.max(1));
        let height_px = (u32::try_from(height).unwrap_or(frame_height_px) & !1).max(2);
        Self { width_px, height_px, frame_width_px, frame_height_px }
    }

    /// A box of the frame, in the working picture.
    pub(crate) fn working_from_frame(&self, found: &BoxInFrame) -> BoxInFrame {
        self.scaled(found, self.x_scale(), self.y_scale())
    }

    /// A box of the working picture, in the frame.
    pub(crate) fn frame_from_working(&self, found: &BoxInFrame) -> BoxInFrame {
        self.scaled(found, 1.0 / self.x_scale(), 1.0 / self.y_scale())
    }

    fn scaled(&self, found: &BoxInFrame, x: f32, y: f32) -> BoxInFrame {
        BoxInFrame::new(found.left_px() * x, found.top_px() * y, found.right_px() * x, found.bottom_px() * y)
            .unwrap_or(*found)
    }

    fn x_scale(&self) -> f32 {
        self.width_px as f32 / self.frame_width_px as f32
    }

    fn y_scale(&self) -> f32 {
        self.height_px as f32 / self.frame_height_px as f32
    }

    pub(crate) fn cv_size(&self) -> Size {
        Size::new(self.width_px as i32, self.height_px as i32)
    }

    pub(crate) fn pixels(&self) -> usize {
        self.width_px as usize * self.height_px as usize
    }
}

/// Makes working pictures and keeps the buffers between frames.
pub(crate) struct PictureMaker {
    size: WorkingSize,
    i420: Vec<u8>,
    bgr: Mat,
    smooth: Mat,
}

impl PictureMaker {
    pub(crate) fn new(size: WorkingSize) -> Self {
        Self { size, i420: vec![0; size.pixels() / 2 * 3], bgr: Mat::default(), smooth: Mat::default() }
    }

    /// The frame's picture, shrunk and slightly smoothed.
    ///
    /// # Shape
    /// `[height, width, 3] u8`, blue, green, red.
    pub(crate) fn make(&mut self, frame: &RawFrame) -> Result<&Mat, AnalyseError> {
        let (width, height) = (self.size.width_px as i32, self.size.height_px as i32);
        let (luma, chroma) = self.i420.split_at_mut(self.size.pixels());
        let (u, v) = chroma.split_at_mut(chroma.len() / 2);
        shrink(&frame.luma(), luma, width, height)?;
        shrink(&frame.chroma_u(), u, width / 2, height / 2)?;
        shrink(&frame.chroma_v(), v, width / 2, height / 2)?;
        let planes = Mat::new_rows_cols_with_data(height / 2 * 3, width, &self.i420)?;
        imgproc::cvt_color_def(&planes, &mut self.bgr, imgproc::COLOR_YUV2BGR_I420)?;
        imgproc::gaussian_blur_def(&self.bgr, &mut self.smooth, Size::new(3, 3), 0.0)?;
        Ok(&self.smooth)
    }
}

/// Shrinks a plane into `out`, by area from a half on and linearly above, which is enough there and faster; copies
/// it where the sizes are equal.
fn shrink(plane: &Plane<'_>, out: &mut [u8], width_px: i32, height_px: i32) -> Result<(), AnalyseError> {
    if plane.width_px() == width_px as usize && plane.height_px() == height_px as usize {
        out.copy_from_slice(plane.samples());
        return Ok(());
    }
    let source =
        Mat::new_rows_cols_with_data(plane.height_px() as i32, plane.width_px() as i32, plane.samples())?;
    let mut target = Mat::new_rows_cols_with_data_mut(height_px, width_px, out)?;
    let size = Size::new(width_px, height_px);
    let much = plane.width_px() >= 2 * width_px as usize;
    let method = if much { imgproc::INTER_AREA } else { imgproc::INTER_LINEAR };
    imgproc::resize(&source, &mut target, size, 0.0, 0.0, method)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_shape_and_even_sides() {
        let check = |frame, limit, expected| {
            let size = WorkingSize::of_frame(frame, limit);
            assert_eq!((size.width_px, size.height_px), expected);
        };
        check((1920, 1080), 640, (640, 360));
        check((768, 576), 640, (640, 480));
        check((320, 240), 640, (320, 240));
        check((718, 405), 333, (332, 186));
        check((2, 2), 640, (2, 2));
    }

    #[test]
    fn boxes_come_back_where_they_were() {
        let size = WorkingSize::of_frame((1920, 1080), 640);
        let found = BoxInFrame::new(100.0, 200.0, 300.0, 500.0).unwrap();
        let back = size.frame_from_working(&size.working_from_frame(&found));
        assert!(back.iou(&found) > 0.999);
    }
}
