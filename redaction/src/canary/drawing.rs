//! A small canvas of soft shapes.

use velum_frame::{RawFrame, seal_i420};
use velum_vocab::{CameraId, Timestamp};

use crate::RedactionError;

/// Width of a drawing, pixels.
pub(crate) const WIDTH_PX: u32 = 640;
/// Height of a drawing, pixels.
pub(crate) const HEIGHT_PX: u32 = 384;

/// Red, green, blue, 0..=255.
pub(crate) type Colour = [f32; 3];

/// What is drawn on. *Shape*: `[height][width] RGB f32`.
pub(crate) struct Canvas {
    pixels: Vec<Colour>,
}

/// An ellipse: middle and half sides, pixels.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ellipse {
    pub(crate) x_px: f32,
    pub(crate) y_px: f32,
    pub(crate) half_width_px: f32,
    pub(crate) half_height_px: f32,
}

impl Canvas {
    /// A wall and a floor, with a fall of light.
    pub(crate) fn room(wall: Colour, floor: Colour, floor_from_px: f32) -> Self {
        let places = (0..HEIGHT_PX).flat_map(|y| (0..WIDTH_PX).map(move |x| (x as f32, y as f32)));
        let pixel = |(x, y): (f32, f32)| {
            let base = if y < floor_from_px { wall } else { floor };
            let light = 1.06 - 0.12 * x / WIDTH_PX as f32 - 0.06 * y / HEIGHT_PX as f32;
            base.map(|value| value * light)
        };
        Self { pixels: places.map(pixel).collect() }
    }

    /// Paints a soft ellipse; `edge` is the share of its radius over which it fades, `strength` 0..=1.
    pub(crate) fn ellipse(&mut self, shape: Ellipse, colour: Colour, edge: f32, strength: f32) {
        let (half_width, half_height) = (shape.half_width_px, shape.half_height_px);
        let middle = (shape.x_px, shape.y_px);
        self.paint(colour, middle, (half_width, half_height), |x, y| {
            let (dx, dy) = ((x - shape.x_px) / half_width, (y - shape.y_px) / half_height);
            strength * ((1.0 - dx.hypot(dy)) / edge.max(0.01)).clamp(0.0, 1.0)
        });
    }

    /// Paints a rounded stroke from one point to another (x, y, radius), pixels.
    pub(crate) fn limb(&mut self, from: (f32, f32, f32), to: (f32, f32, f32), colour: Colour) {
        let (dx, dy) = (to.0 - from.0, to.1 - from.1);
        let length2 = (dx * dx + dy * dy).max(1.0);
        let middle = (from.0 + dx / 2.0, from.1 + dy / 2.0);
        let radius_max = from.2.max(to.2) + 1.0;
        let reach = (dx.abs() / 2.0 + radius_max, dy.abs() / 2.0 + radius_max);
        self.paint(colour, middle, reach, |x, y| {
            let along = (((x - from.0) * dx + (y - from.1) * dy) / length2).clamp(0.0, 1.0);
            let radius = from.2 + along * (to.2 - from.2);
            (radius - (x - from.0 - along * dx).hypot(y - from.1 - along * dy) + 0.5).clamp(0.0, 1.0)
        });
    }

    /// Mixes in a colour as far as `cover` says, within reach of a point.
    fn paint(
        &mut self,
        colour: Colour,
        (x_px, y_px): (f32, f32),
        (reach_x_px, reach_y_px): (f32, f32),
        cover: impl Fn(f32, f32) -> f32,
    ) {
        let range = |middle: f32, reach: f32| {
            let first = (middle - reach).floor().max(0.0) as usize;
            (first, ((middle + reach).ceil().max(0.0) as usize + 1).saturating_sub(first))
        };
        let ((first_x, columns), (first_y, rows)) = (range(x_px, reach_x_px), range(y_px, reach_y_px));
        let lines = self.pixels.chunks_exact_mut(WIDTH_PX as usize).enumerate().skip(first_y).take(rows);
        for (y, line) in lines {
            for (x, pixel) in line.iter_mut().enumerate().skip(first_x).take(columns) {
                let share = cover(x as f32, y as f32);
                pixel.iter_mut().zip(colour).for_each(|(to, from)| *to += share * (from - *to));
            }
        }
    }

    /// The drawing as a camera's frame. *Source*: BT.601, limited range.
    pub(crate) fn into_frame(self) -> Result<RawFrame, RedactionError> {
        let luma = |[r, g, b]: &Colour| 16.0 + 0.257 * r + 0.504 * g + 0.098 * b;
        let blue = |[r, g, b]: &Colour| 128.0 - 0.148 * r - 0.291 * g + 0.439 * b;
        let red = |[r, g, b]: &Colour| 128.0 + 0.439 * r - 0.368 * g - 0.071 * b;
        let every_second = || {
            let rows = self.pixels.chunks_exact(WIDTH_PX as usize).step_by(2);
            rows.flat_map(|row| row.iter().step_by(2))
        };
        let bytes = (self.pixels.iter().map(luma))
            .chain(every_second().map(blue))
            .chain(every_second().map(red))
            .map(|value| value.round() as u8)
            .collect();
        let camera = CameraId::parse("canary").map_err(RedactionError::CanaryName)?;
        seal_i420(camera, Timestamp::from_unix_micros(0), 1, (WIDTH_PX, HEIGHT_PX), bytes)
            .map_err(RedactionError::Canary)
    }
}
