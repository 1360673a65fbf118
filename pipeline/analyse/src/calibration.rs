//! Calibrating a camera: how well measured point pairs fit, and a ground plane from the heights of people.
//!
//! Both end in point pairs for the configuration, and in errors that say how far to trust them.

mod heights;
mod pairs;

pub use heights::{HeightError, HeightSample, HeightsFit, View, fit_heights};
pub use pairs::{PairResidual, PairsReport, PairsWarning, report_pairs};

use velum_vocab::GroundPoint;

use crate::ground_plane::GroundPlane;

/// Where a grid of square metres is seen: lines from point to point, as fractions of the picture.
///
/// # Units
/// `extent_m` is the ground that is drawn: left, right, near, far.
pub fn grid_lines(
    plane: &GroundPlane,
    (left, right, near, far): (i32, i32, i32, i32),
) -> Vec<[(f64, f64); 2]> {
    let at = |x_m: i32, y_m: i32| {
        let seen = plane.picture_at(GroundPoint { x_m: f64::from(x_m), y_m: f64::from(y_m) })?;
        let near_picture = |v: f64| (-1.0..=2.0).contains(&v);
        (near_picture(seen.0) && near_picture(seen.1)).then_some(seen)
    };
    let across = (near..=far).flat_map(|y| (left..right).map(move |x| [(x, y), (x + 1, y)]));
    let along = (left..=right).flat_map(|x| (near..far).map(move |y| [(x, y), (x, y + 1)]));
    across.chain(along).filter_map(|[a, b]| Some([at(a.0, a.1)?, at(b.0, b.1)?])).collect()
}
