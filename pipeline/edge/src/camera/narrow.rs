//! How wide a camera's picture may be analysed: never so wide that a metre of ground shows more pixels than the
//! policy's `capture.max_px_per_m`, whatever the configuration says. The stream is scaled down before anything looks at
//! it, and stills are made of what was analysed.

use velum_analyse::GroundPlane;
use velum_decode::SourceConfig;

/// The picture is looked at in so many places each way.
const PLACES: u32 = 9;

/// The widest picture that keeps to the limit at the place that the camera sees closest; none where no ground is in
/// the picture.
pub(crate) fn widest_px(plane: &GroundPlane, max_px_per_m: u32) -> Option<u32> {
    let fraction = |n: u32| f64::from(n) / f64::from(PLACES - 1);
    let places = (0..PLACES).flat_map(|y| (0..PLACES).map(move |x| (fraction(x), fraction(y))));
    let metres = places.filter_map(|(x, y)| plane.metres_per_width(x, y)).filter(|metres| *metres > 0.0);
    let closest = metres.min_by(f64::total_cmp)?;
    // Rounded down, to what a stream can have: even. Saturating.
    Some((closest * f64::from(max_px_per_m)) as u32 & !1)
}

/// Has the stream put out no wider pictures than that.
pub(crate) fn narrow(config: &mut SourceConfig, widest_px: Option<u32>) {
    if let Some(widest) = widest_px {
        config.analysed_width_px = Some(config.analysed_width_px.map_or(widest, |width| width.min(widest)));
    }
}

#[cfg(test)]
mod tests {
    use velum_analyse::PointPair;
    use velum_vocab::GroundPoint;

    use super::*;
    use crate::testing::floor;

    /// Ten metres wide at the bottom of the picture, forty at its top.
    fn street() -> GroundPlane {
        let pair = |x_fraction: f64, y_fraction: f64, x_m: f64, y_m: f64| PointPair {
            x_fraction,
            y_fraction,
            ground: GroundPoint { x_m, y_m },
        };
        let corners = [
            pair(0.0, 1.0, -5.0, 10.0),
            pair(1.0, 1.0, 5.0, 10.0),
            pair(1.0, 0.0, 20.0, 40.0),
            pair(0.0, 0.0, -20.0, 40.0),
        ];
        GroundPlane::fit(&corners).unwrap()
    }

    #[test]
    fn the_place_seen_closest_decides() {
        let near = |found: Option<u32>, expected: u32| {
            let found = found.unwrap();
            assert!(found.abs_diff(expected) <= 2, "expected {expected}, found {found}");
        };
        near(widest_px(&floor(10.0), 60), 600);
        near(widest_px(&street(), 60), 600);
        near(widest_px(&street(), 25), 250);
    }
}
