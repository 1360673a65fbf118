//! The grid of square metres around what was fitted, for a page and for the hub's editor.

use velum_analyse::calibration::grid_lines;
use velum_analyse::{GroundPlane, PointPair};

/// How far the grid is drawn around what was fitted, and at most, metres.
const AROUND_M: f64 = 3.0;
const WIDEST_M: f64 = 60.0;

/// Its lines, in fractions of the picture.
pub(crate) fn grid(plane: &GroundPlane, pairs: &[PointPair]) -> Vec<[(f64, f64); 2]> {
    grid_lines(plane, extent_m(pairs))
}

/// The ground around the pairs, whole metres: left, right, near, far.
fn extent_m(pairs: &[PointPair]) -> (i32, i32, i32, i32) {
    let span = |pick: fn(&PointPair) -> f64| {
        let values = pairs.iter().map(pick);
        let (low, high) =
            values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)));
        let middle = (low + high) / 2.0;
        let half = ((high - low) / 2.0 + AROUND_M).min(WIDEST_M / 2.0);
        ((middle - half).floor() as i32, (middle + half).ceil() as i32)
    };
    let ((left, right), (near, far)) = (span(|p| p.ground.x_m), span(|p| p.ground.y_m));
    (left, right, near, far)
}
