//! A picture in which somebody was not covered, drawn of filled boxes: the mask, and who is there. No pixels.

use std::fmt::Write as _;

use super::plot::escaped;
use crate::outcome::WorstPicture;

/// The drawing and a line below it.
pub(super) fn scene(footage: &str, picture: &WorstPicture) -> String {
    let (width, height) = picture.size_px;
    let mut svg = format!("<figure><svg class=\"scene\" viewBox=\"0 0 {width} {height}\" role=\"img\">");
    for area in &picture.mask_px {
        svg.push_str(&rectangle("mask", area));
    }
    let covered = picture.truths.iter().filter(|truth| truth.is_covered);
    let uncovered = picture.truths.iter().filter(|truth| !truth.is_covered);
    covered.for_each(|truth| svg.push_str(&rectangle("covered", &truth.box_px)));
    uncovered.clone().for_each(|truth| svg.push_str(&rectangle("uncovered", &truth.box_px)));
    let count = uncovered.count();
    // Writing to a String does not fail.
    let _ = write!(
        svg,
        "</svg><figcaption><b>{}</b>, {}: {count} of {} not covered, by {}</figcaption></figure>",
        escaped(footage),
        escaped(&picture.place),
        picture.truths.len(),
        escaped(&picture.truth)
    );
    svg
}

fn rectangle(class: &str, [left, top, right, bottom]: &[i32; 4]) -> String {
    let (width, height) = (right - left, bottom - top);
    format!("<rect class=\"{class}\" x=\"{left}\" y=\"{top}\" width=\"{width}\" height=\"{height}\"/>")
}
