//! The plane that people walk on: from the picture to metres.
//!
//! *Source*: normalised direct linear transformation, Hartley and Zisserman, *Multiple View Geometry*, 2nd ed.,
//! algorithm 4.2; least squares where there are more than four pairs. Picture points are fractions, so that a
//! calibration holds at every resolution.

mod matrix;

use velum_vocab::{GroundPoint, Polygon};

use crate::error::AnalyseError;
use matrix::Matrix3;

/// Standing height from which a person's height in the picture is foretold, metres.
pub(crate) const PERSON_HEIGHT_M: f64 = 1.7;
/// Pairs may disagree with the fitted plane by this share of the measured area's extent.
const TOLERATED_MISFIT_FRACTION: f64 = 0.1;
/// Three points whose triangle is smaller than this share of their spread lie on a line.
const COLLINEAR: f64 = 1e-3;

/// A point seen in the picture, and where it is on the ground.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PointPair {
    /// Fraction of the picture's width from its left edge.
    pub x_fraction: f64,
    /// Fraction of the picture's height from its top edge.
    pub y_fraction: f64,
    /// Where it is on the ground.
    pub ground: GroundPoint,
}

/// Maps points of the picture onto the ground and back.
#[derive(Debug, Clone, PartialEq)]
pub struct GroundPlane {
    ground_from_picture: Matrix3,
    picture_from_ground: Matrix3,
}

impl GroundPlane {
    /// The plane through four or more point pairs.
    ///
    /// # Units
    /// Picture points as fractions of width and height, ground points in metres.
    ///
    /// # Errors
    /// [`AnalyseError::TooFewPairs`], [`AnalyseError::PairOutOfRange`], [`AnalyseError::DegeneratePairs`] where
    /// the points lie on a line, [`AnalyseError::InconsistentPairs`] where no camera sees such a plane.
    pub fn fit(pairs: &[PointPair]) -> Result<Self, AnalyseError> {
        if pairs.len() < 4 {
            return Err(AnalyseError::TooFewPairs(pairs.len()));
        }
        for (index, pair) in pairs.iter().enumerate() {
            check_range(index, pair)?;
        }
        let picture: Vec<_> = pairs.iter().map(|p| (p.x_fraction, p.y_fraction)).collect();
        let ground: Vec<_> = pairs.iter().map(|p| (p.ground.x_m, p.ground.y_m)).collect();
        if !in_general_position(&picture) || !in_general_position(&ground) {
            return Err(AnalyseError::DegeneratePairs);
        }
        let ground_from_picture =
            matrix::homography(&picture, &ground).ok_or(AnalyseError::DegeneratePairs)?;
        let picture_from_ground = ground_from_picture.inverse().ok_or(AnalyseError::DegeneratePairs)?;
        let plane = Self { ground_from_picture, picture_from_ground }.facing(&picture);
        plane.check_misfit(pairs)?;
        Ok(plane)
    }

    /// The same plane with positive depth at the first pair: points beyond the horizon have negative depth.
    fn facing(mut self, picture: &[(f64, f64)]) -> Self {
        let ahead = picture.first().is_none_or(|&(x, y)| self.ground_from_picture.depth(x, y) > 0.0);
        if !ahead {
            self.ground_from_picture = self.ground_from_picture.scaled(-1.0);
        }
        self
    }

    fn check_misfit(&self, pairs: &[PointPair]) -> Result<(), AnalyseError> {
        let ground = pairs.iter().map(|p| (p.ground.x_m, p.ground.y_m));
        let extent_m = matrix::extent(ground);
        let worst = pairs
            .iter()
            .enumerate()
            .map(|(index, pair)| (index, self.misfit_m(pair)))
            .max_by(|a, b| a.1.total_cmp(&b.1));
        match worst {
            Some((index, off_m)) if off_m > TOLERATED_MISFIT_FRACTION * extent_m => {
                Err(AnalyseError::InconsistentPairs { index, off_m })
            }
            _ => Ok(()),
        }
    }

    fn misfit_m(&self, pair: &PointPair) -> f64 {
        let found = self.ground_at(pair.x_fraction, pair.y_fraction);
        found.map_or(f64::INFINITY, |p| (p.x_m - pair.ground.x_m).hypot(p.y_m - pair.ground.y_m))
    }

    /// Where a point of the picture lies on the ground; `None` at or beyond the horizon.
    pub fn ground_at(&self, x_fraction: f64, y_fraction: f64) -> Option<GroundPoint> {
        let (x_m, y_m) = self.ground_from_picture.apply(x_fraction, y_fraction)?;
        Some(GroundPoint { x_m, y_m })
    }

    /// Where a point of the ground is seen, as fractions of the picture; `None` behind the camera.
    pub fn picture_at(&self, point: GroundPoint) -> Option<(f64, f64)> {
        let seen = self.picture_from_ground.apply_any(point.x_m, point.y_m)?;
        (self.ground_from_picture.depth(seen.0, seen.1) > 0.0).then_some(seen)
    }

    /// The area of a zone on the ground, square metres; `None` where it reaches beyond the horizon.
    pub fn area_m2(&self, polygon: &Polygon) -> Option<f64> {
        let corners: Option<Vec<GroundPoint>> =
            polygon.fractions().iter().map(|&(x, y)| self.ground_at(x, y)).collect();
        let corners = corners?;
        let next = corners.iter().cycle().skip(1);
        let doubled: f64 = corners.iter().zip(next).map(|(a, b)| a.x_m * b.y_m - b.x_m * a.y_m).sum();
        Some(doubled.abs() / 2.0)
    }

    /// Metres on the ground that one picture width spans, sideways, at this point.
    pub fn metres_per_width(&self, x_fraction: f64, y_fraction: f64) -> Option<f64> {
        const STEP: f64 = 1e-4;
        let left = self.ground_at(x_fraction - STEP, y_fraction)?;
        let right = self.ground_at(x_fraction + STEP, y_fraction)?;
        Some((right.x_m - left.x_m).hypot(right.y_m - left.y_m) / (2.0 * STEP))
    }

    /// Height in pixels at which a standing person is seen whose feet are at this point: sideways scale holds
    /// for upright things too, as long as the camera does not look straight down.
    pub fn person_height_px(&self, x_fraction: f64, y_fraction: f64, width_px: u32) -> Option<f64> {
        let metres = self.metres_per_width(x_fraction, y_fraction)?;
        (metres > 1e-9).then(|| PERSON_HEIGHT_M * f64::from(width_px) / metres)
    }
}

fn check_range(index: usize, pair: &PointPair) -> Result<(), AnalyseError> {
    let picture = [pair.x_fraction, pair.y_fraction];
    let ground = [pair.ground.x_m, pair.ground.y_m];
    let wrong = picture.into_iter().find(|v| !(0.0..=1.0).contains(v));
    let wrong = wrong.or_else(|| ground.into_iter().find(|v| !v.is_finite() || v.abs() > 1e5));
    wrong.map_or(Ok(()), |value| Err(AnalyseError::PairOutOfRange { index, value }))
}

/// Whether four of the points have no three on a line, so that they determine a plane.
fn in_general_position(points: &[(f64, f64)]) -> bool {
    let spread = matrix::extent(points.iter().copied());
    let flat = |a: (f64, f64), b: (f64, f64), c: (f64, f64)| {
        ((b.0 - a.0) * (c.1 - a.1) - (b.1 - a.1) * (c.0 - a.0)).abs() <= COLLINEAR * spread * spread
    };
    let mut chosen: Vec<(f64, f64)> = Vec::new();
    pick(points, &mut chosen, &flat)
}

/// Chooses four points with no three on a line, trying each in turn.
fn pick(
    rest: &[(f64, f64)],
    chosen: &mut Vec<(f64, f64)>,
    flat: &impl Fn((f64, f64), (f64, f64), (f64, f64)) -> bool,
) -> bool {
    if chosen.len() == 4 {
        return true;
    }
    for (index, &point) in rest.iter().enumerate() {
        let on_a_line = chosen
            .iter()
            .enumerate()
            .any(|(i, &a)| a == point || chosen.iter().skip(i + 1).any(|&b| flat(a, b, point)));
        if on_a_line {
            continue;
        }
        chosen.push(point);
        if pick(rest.get(index + 1..).unwrap_or_default(), chosen, flat) {
            return true;
        }
        chosen.pop();
    }
    false
}

#[cfg(test)]
mod tests;
