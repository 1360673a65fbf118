//! A drawn person, standing.

use velum_frame::RawFrame;
use velum_vocab::{BoxInFrame, ObjectClass};

use super::Drawing;
use super::drawing::{Canvas, Colour, Ellipse};
use super::face::draw_head;
use crate::RedactionError;

const COAT: Colour = [44.0, 58.0, 92.0];
const COAT_DARK: Colour = [34.0, 44.0, 72.0];
const TROUSERS: Colour = [40.0, 40.0, 46.0];
const SHOES: Colour = [24.0, 22.0, 22.0];
const SKIN: Colour = [214.0, 166.0, 138.0];

/// A drawn person as a camera's frame.
///
/// # Errors
/// [`RedactionError::Canary`].
pub fn canary_person() -> Result<RawFrame, RedactionError> {
    drawing().map(|drawing| drawing.frame)
}

pub(super) fn drawing() -> Result<Drawing, RedactionError> {
    let mut canvas = Canvas::room([178.0, 180.0, 178.0], [140.0, 136.0, 130.0], 250.0);
    draw_person(&mut canvas, 320.0, 340.0, 200.0);
    let box_in_frame = BoxInFrame::new(282.0, 140.0, 358.0, 342.0).map_err(RedactionError::CanaryBox)?;
    Ok(Drawing { frame: canvas.into_frame()?, class: ObjectClass::Person, box_in_frame })
}

/// A person of this height, pixels, standing on this point.
fn draw_person(canvas: &mut Canvas, foot_x_px: f32, foot_y_px: f32, height_px: f32) {
    let at = |x: f32, up: f32, radius: f32| {
        (foot_x_px + x * height_px, foot_y_px - up * height_px, radius * height_px)
    };
    // A shadow on the ground.
    let shadow = Ellipse {
        x_px: foot_x_px,
        y_px: foot_y_px,
        half_width_px: 0.2 * height_px,
        half_height_px: 0.025 * height_px,
    };
    canvas.ellipse(shadow, [70.0, 68.0, 66.0], 0.8, 0.8);
    let (head_x, head_y, _) = at(0.0, 0.925, 0.0);
    draw_head(canvas, head_x, head_y, 0.062 * height_px);
    for side in [-1.0, 1.0] {
        canvas.limb(at(side * 0.05, 0.48, 0.062), at(side * 0.065, 0.26, 0.042), TROUSERS);
        canvas.limb(at(side * 0.065, 0.26, 0.042), at(side * 0.07, 0.05, 0.03), TROUSERS);
        canvas.limb(at(side * 0.07, 0.025, 0.026), at(side * 0.10, 0.015, 0.02), SHOES);
        canvas.limb(at(side * 0.125, 0.775, 0.042), at(side * 0.165, 0.60, 0.034), COAT_DARK);
        canvas.limb(at(side * 0.165, 0.60, 0.034), at(side * 0.16, 0.47, 0.028), COAT_DARK);
        canvas.limb(at(side * 0.16, 0.455, 0.022), at(side * 0.158, 0.425, 0.02), SKIN);
    }
    canvas.limb(at(0.0, 0.745, 0.115), at(0.0, 0.54, 0.098), COAT);
    canvas.limb(at(0.0, 0.80, 0.07), at(0.0, 0.78, 0.09), COAT);
}
