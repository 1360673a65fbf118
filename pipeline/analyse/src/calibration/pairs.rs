//! How well point pairs fit one plane.

use crate::error::AnalyseError;
use crate::ground_plane::{GroundPlane, PointPair};

/// Points that span less than this share of the picture, or less than so many metres, fix little beside them.
const SMALL_IN_PICTURE: f64 = 0.2;
const SMALL_ON_GROUND_M: f64 = 2.0;
/// The narrow side of the points' spread to its long side: less is nearly one line.
const NEARLY_A_LINE: f64 = 0.12;

/// How far one pair lies from where the plane puts it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PairResidual {
    /// In the picture, pixels.
    pub off_px: f64,
    /// On the ground, metres.
    pub off_m: f64,
    /// On the ground, by a plane that was fitted without this pair; `None` where the others determine none. This is
    /// what the plane is wrong by where nothing was measured.
    pub off_without_m: Option<f64>,
}

/// What makes a fit doubtful.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PairsWarning {
    /// Four pairs always fit: nothing shows an error in one of them.
    NothingToCheck,
    /// The points lie close together in the picture.
    SmallInPicture,
    /// The points lie close together on the ground.
    SmallOnGround,
    /// The points lie nearly on one line.
    NearlyCollinear,
}

impl PairsWarning {
    /// What is wrong, and the fix.
    pub fn words(self) -> &'static str {
        match self {
            Self::NothingToCheck => {
                "four pairs always fit exactly, so that nothing shows a wrong one; measure at least two more"
            }
            Self::SmallInPicture => {
                "the points span less than a fifth of the picture: far from them the plane is a guess; spread them out"
            }
            Self::SmallOnGround => {
                "the points span less than 2 m on the ground: a slip of a few centimetres is scaled up; use a larger base"
            }
            Self::NearlyCollinear => {
                "the points lie nearly on one line: across it the plane is a guess; add points to its side"
            }
        }
    }
}

/// A plane with its residuals.
#[derive(Debug, Clone, PartialEq)]
pub struct PairsReport {
    /// The plane.
    pub plane: GroundPlane,
    /// One for each pair, in their order.
    pub residuals: Vec<PairResidual>,
    /// What makes it doubtful.
    pub warnings: Vec<PairsWarning>,
}

/// Fits the pairs and says how well, in a picture of this size.
///
/// # Errors
/// As [`GroundPlane::fit`].
pub fn report_pairs(
    pairs: &[PointPair],
    (width_px, height_px): (u32, u32),
) -> Result<PairsReport, AnalyseError> {
    let plane = GroundPlane::fit(pairs)?;
    let residuals = pairs.iter().enumerate().map(|(index, pair)| {
        let seen = plane.picture_at(pair.ground);
        let off_px = seen.map_or(f64::INFINITY, |(x, y)| {
            ((x - pair.x_fraction) * f64::from(width_px)).hypot((y - pair.y_fraction) * f64::from(height_px))
        });
        let others: Vec<PointPair> =
            pairs.iter().enumerate().filter(|(i, _)| *i != index).map(|(_, pair)| *pair).collect();
        let without = GroundPlane::fit(&others).ok();
        PairResidual {
            off_px,
            off_m: off_m(&plane, pair).unwrap_or(f64::INFINITY),
            off_without_m: without.and_then(|plane| off_m(&plane, pair)),
        }
    });
    Ok(PairsReport { residuals: residuals.collect(), warnings: warnings(pairs), plane })
}

fn off_m(plane: &GroundPlane, pair: &PointPair) -> Option<f64> {
    let found = plane.ground_at(pair.x_fraction, pair.y_fraction)?;
    Some((found.x_m - pair.ground.x_m).hypot(found.y_m - pair.ground.y_m))
}

fn warnings(pairs: &[PointPair]) -> Vec<PairsWarning> {
    let picture: Vec<_> = pairs.iter().map(|p| (p.x_fraction, p.y_fraction)).collect();
    let ground: Vec<_> = pairs.iter().map(|p| (p.ground.x_m, p.ground.y_m)).collect();
    let spans = |points: &[(f64, f64)]| {
        let span = |pick: fn(&(f64, f64)) -> f64| {
            let (low, high) = points
                .iter()
                .map(pick)
                .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)));
            high - low
        };
        span(|p| p.0).max(span(|p| p.1))
    };
    let mut found = Vec::new();
    if pairs.len() == 4 {
        found.push(PairsWarning::NothingToCheck);
    }
    if spans(&picture) < SMALL_IN_PICTURE {
        found.push(PairsWarning::SmallInPicture);
    }
    if spans(&ground) < SMALL_ON_GROUND_M {
        found.push(PairsWarning::SmallOnGround);
    }
    if narrowness(&picture) < NEARLY_A_LINE || narrowness(&ground) < NEARLY_A_LINE {
        found.push(PairsWarning::NearlyCollinear);
    }
    found
}

/// The smaller to the larger standard deviation along the points' own axes.
fn narrowness(points: &[(f64, f64)]) -> f64 {
    let count = points.len().max(1) as f64;
    let (cx, cy) = points.iter().fold((0.0, 0.0), |c, p| (c.0 + p.0 / count, c.1 + p.1 / count));
    let (xx, xy, yy) = points.iter().fold((0.0, 0.0, 0.0), |s, p| {
        let (dx, dy) = (p.0 - cx, p.1 - cy);
        (s.0 + dx * dx, s.1 + dx * dy, s.2 + dy * dy)
    });
    let (mean, half) = ((xx + yy) / 2.0, ((xx - yy) / 2.0).hypot(xy));
    if mean + half <= 0.0 { 0.0 } else { ((mean - half).max(0.0) / (mean + half)).sqrt() }
}

#[cfg(test)]
mod tests {
    use velum_vocab::GroundPoint;

    use super::*;

    fn pair(x: f64, y: f64, slip_m: f64) -> PointPair {
        // A camera that looks straight down: 10 m across the picture.
        let ground = GroundPoint { x_m: 10.0 * x + slip_m, y_m: 8.0 * y };
        PointPair { x_fraction: x, y_fraction: y, ground }
    }

    #[test]
    fn a_slip_shows_where_there_are_more_than_four() {
        let corners = [(0.1, 0.1), (0.9, 0.1), (0.9, 0.9), (0.1, 0.9)];
        let four: Vec<_> = corners.iter().map(|&(x, y)| pair(x, y, 0.0)).collect();
        let report = report_pairs(&four, (1000, 800)).unwrap();
        assert_eq!(report.warnings, [PairsWarning::NothingToCheck]);
        assert!(
            report.residuals.iter().all(|r| r.off_px < 1e-6 && r.off_m < 1e-6 && r.off_without_m.is_none())
        );
        let more = [(0.5, 0.2), (0.3, 0.6), (0.7, 0.5)];
        let mut seven = four;
        seven.extend(more.iter().map(|&(x, y)| pair(x, y, 0.0)));
        seven[5] = pair(0.3, 0.6, 0.3);
        let report = report_pairs(&seven, (1000, 800)).unwrap();
        assert!(report.warnings.is_empty());
        let without = report.residuals[5].off_without_m.unwrap();
        assert!((without - 0.3).abs() < 1e-6, "the others put it where it belongs: {without}");
        assert!(report.residuals[5].off_px > 5.0, "{report:?}");
    }

    #[test]
    fn a_poor_base_is_said() {
        let report = |points: &[(f64, f64)]| {
            let pairs: Vec<_> = points.iter().map(|&(x, y)| pair(x, y, 0.0)).collect();
            report_pairs(&pairs, (1000, 800)).unwrap().warnings
        };
        let small = [(0.5, 0.5), (0.6, 0.5), (0.6, 0.6), (0.5, 0.6), (0.55, 0.56)];
        assert_eq!(report(&small), [PairsWarning::SmallInPicture, PairsWarning::SmallOnGround]);
        let flat = [(0.1, 0.5), (0.9, 0.5), (0.9, 0.56), (0.1, 0.56), (0.4, 0.53)];
        assert_eq!(report(&flat), [PairsWarning::NearlyCollinear]);
    }
}
