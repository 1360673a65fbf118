//! A drawn face.

use velum_frame::RawFrame;
use velum_vocab::{BoxInFrame, ObjectClass};

use super::Drawing;
use super::drawing::{Canvas, Colour, Ellipse};
use crate::RedactionError;

const SKIN: Colour = [222.0, 174.0, 146.0];
const SHADE: Colour = [164.0, 112.0, 90.0];
const HAIR: Colour = [52.0, 36.0, 28.0];

/// A drawn face as a camera's frame.
///
/// # Errors
/// [`RedactionError::Canary`].
pub fn canary_face() -> Result<RawFrame, RedactionError> {
    drawing().map(|drawing| drawing.frame)
}

pub(super) fn drawing() -> Result<Drawing, RedactionError> {
    let mut canvas = Canvas::room([150.0, 156.0, 160.0], [120.0, 116.0, 110.0], 340.0);
    draw_head(&mut canvas, 320.0, 170.0, 60.0);
    let box_in_frame = BoxInFrame::new(272.0, 110.0, 368.0, 240.0).map_err(RedactionError::CanaryBox)?;
    Ok(Drawing { frame: canvas.into_frame()?, class: ObjectClass::Face, box_in_frame })
}

/// A head of this half height, pixels, with shoulders below it.
pub(super) fn draw_head(canvas: &mut Canvas, x_px: f32, y_px: f32, size_px: f32) {
    let mut part = |dx: f32, dy: f32, width: f32, height: f32, colour: Colour, edge: f32, strength: f32| {
        let shape = Ellipse {
            x_px: x_px + dx * size_px,
            y_px: y_px + dy * size_px,
            half_width_px: width * size_px,
            half_height_px: height * size_px,
        };
        canvas.ellipse(shape, colour, edge, strength);
    };
    // Shoulders, neck, hair behind.
    part(0.0, 2.6, 2.0, 1.25, [58.0, 72.0, 104.0], 0.04, 1.0);
    part(0.0, 1.15, 0.40, 0.60, SHADE, 0.2, 1.0);
    part(0.0, -0.18, 0.88, 1.08, HAIR, 0.08, 1.0);
    // Ears, face, light and shade.
    part(-0.76, 0.12, 0.12, 0.22, SHADE, 0.3, 1.0);
    part(0.76, 0.12, 0.12, 0.22, SHADE, 0.3, 1.0);
    part(0.0, 0.12, 0.74, 1.0, SKIN, 0.10, 1.0);
    part(0.42, 0.3, 0.42, 0.75, SHADE, 1.0, 0.5);
    part(-0.25, -0.35, 0.45, 0.35, [244.0, 206.0, 180.0], 1.0, 0.7);
    part(0.0, 1.0, 0.45, 0.25, SHADE, 1.0, 0.7);
    // Hair over the brow.
    part(0.0, -0.82, 0.72, 0.34, HAIR, 0.25, 1.0);
    for side in [-1.0, 1.0] {
        part(side * 0.31, -0.05, 0.24, 0.17, SHADE, 0.9, 0.8);
        part(side * 0.32, -0.23, 0.22, 0.055, HAIR, 0.5, 0.95);
        part(side * 0.31, -0.02, 0.155, 0.075, [236.0, 230.0, 226.0], 0.3, 1.0);
        part(side * 0.31, -0.02, 0.075, 0.078, [48.0, 34.0, 28.0], 0.3, 1.0);
        part(side * 0.31, -0.075, 0.17, 0.03, [60.0, 38.0, 30.0], 0.5, 0.9);
        part(side * 0.09, 0.37, 0.055, 0.035, [110.0, 66.0, 52.0], 0.6, 0.9);
        part(side * 0.45, 0.38, 0.20, 0.18, [228.0, 150.0, 128.0], 1.0, 0.5);
    }
    // Nose, mouth, chin.
    part(0.10, 0.18, 0.07, 0.30, SHADE, 1.0, 0.7);
    part(0.0, 0.31, 0.12, 0.08, [238.0, 192.0, 166.0], 1.0, 0.8);
    part(0.0, 0.62, 0.27, 0.10, [176.0, 84.0, 80.0], 0.35, 0.95);
    part(0.0, 0.605, 0.26, 0.022, [104.0, 44.0, 44.0], 0.5, 0.95);
    part(0.0, 0.77, 0.17, 0.05, SHADE, 1.0, 0.6);
}
