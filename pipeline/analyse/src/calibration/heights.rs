//! A ground plane from people: the further away somebody stands, the smaller and the nearer to the horizon.
//!
//! *Source*: the pinhole camera with one tilt; compare Hoiem et al., *Putting Objects in Perspective*, CVPR 2006.
//! Camera height and tilt are fitted to the row of the feet and the height in pixels of many people, by least absolute
//! deviation, so that sitting people and bad boxes do not pull. All lengths scale with the body height that is assumed
//! for the mean, and lengths along the view also with the field of view: neither can be seen in the picture.

use velum_vocab::GroundPoint;

use crate::ground_plane::{GroundPlane, PERSON_HEIGHT_M, PointPair};

/// The mean height of people with shoes differs from place to place by about this much.
const PERSON_HEIGHT_SIGMA_M: f64 = 0.05;
/// Fewer people, or people in fewer rows, fix nothing.
const MIN_SAMPLES: usize = 60;
const MIN_ROWS_FRACTION: f64 = 0.15;
const MAX_SAMPLES: usize = 600;
/// The fit is repeated with each of so many parts left out.
const PARTS: usize = 6;
const ROUNDS: usize = 6;
const STEPS: usize = 24;

/// One person: where the feet are and how tall it is, as fractions of the picture's height.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HeightSample {
    /// From the picture's top edge to the feet.
    pub foot_fraction: f64,
    /// From feet to head.
    pub height_fraction: f64,
}

/// How the camera sees.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct View {
    /// The picture's width, pixels.
    pub width_px: u32,
    /// The picture's height, pixels.
    pub height_px: u32,
    /// How much the camera sees from the left to the right edge, degrees.
    pub field_of_view_degrees: f64,
}

/// A camera over a plane, as people show it.
#[derive(Debug, Clone, PartialEq)]
pub struct HeightsFit {
    /// The plane: its origin is below the camera, x to the right, y along the view.
    pub plane: GroundPlane,
    /// Pairs from which the plane comes out again.
    pub pairs: Vec<PointPair>,
    /// How high the camera hangs, metres, and its standard error by the samples.
    pub camera_height_m: (f64, f64),
    /// How far it looks down, degrees, and its standard error by the samples.
    pub tilt_degrees: (f64, f64),
    /// The row of the horizon, a fraction of the picture's height; above the picture where negative.
    pub horizon_fraction: f64,
    /// All lengths may be wrong by this share, since people are not all 1.7 m tall on the mean (one sigma).
    pub scale_error_fraction: f64,
    /// Half of the people are nearer to the line than this share of their height.
    pub median_misfit_fraction: f64,
    /// How many people were used.
    pub samples: usize,
}

/// Why no plane comes of them.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum HeightError {
    /// Too few people.
    #[error(
        "{found} whole, standing people were seen, and {MIN_SAMPLES} are needed; watch for longer, or at a busier hour"
    )]
    TooFew {
        /// How many.
        found: usize,
    },
    /// All at one distance.
    #[error(
        "people were seen only between rows {low:.2} and {high:.2} of the picture: their heights show no perspective; watch until they \
         walk near and far, or measure points"
    )]
    OneRow {
        /// The highest row of feet.
        low: f64,
        /// The lowest.
        high: f64,
    },
    /// No camera sees people so.
    #[error("the heights of people fit no camera above a plane; measure at least four points instead")]
    NoCamera,
    /// The field of view is none.
    #[error("the field of view is `{0}` degrees: expected 10 to 150, for example 60")]
    FieldOfView(f64),
}

/// Camera height in body heights, and tilt in radians.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Pose {
    height: f64,
    tilt: f64,
}

/// A camera's optics in the picture's own unit, its height.
#[derive(Debug, Clone, Copy)]
struct Optics {
    focal: f64,
    aspect: f64,
}

impl Optics {
    /// The ray at a row of the picture: how far it points below the horizontal, radians.
    fn below(&self, row: f64, tilt: f64) -> f64 {
        tilt + ((row - 0.5) / self.focal).atan()
    }

    /// How tall a person is in the picture whose feet are at this row; `None` above the horizon.
    fn person(&self, foot: f64, pose: Pose) -> Option<f64> {
        let down = self.below(foot, pose.tilt);
        if !(1e-3..1.55).contains(&down) {
            return None;
        }
        // The head is one body height nearer to the camera's own height.
        let head = (down.tan() * (1.0 - 1.0 / pose.height)).atan();
        Some(foot - (0.5 + self.focal * (head - pose.tilt).tan()))
    }

    /// The point on the ground at a place of the picture, in body heights.
    fn ground(&self, x: f64, y: f64, pose: Pose) -> Option<(f64, f64)> {
        let (right, down) = ((x - 0.5) * self.aspect / self.focal, (y - 0.5) / self.focal);
        let (sin, cos) = pose.tilt.sin_cos();
        let (fall, ahead) = (sin + down * cos, cos - down * sin);
        (fall > 1e-3).then(|| (right * pose.height / fall, ahead * pose.height / fall))
    }
}

/// Fits camera height and tilt to people.
///
/// # Errors
/// [`HeightError`] says what is missing.
pub fn fit_heights(samples: &[HeightSample], view: View) -> Result<HeightsFit, HeightError> {
    if !(10.0..=150.0).contains(&view.field_of_view_degrees) {
        return Err(HeightError::FieldOfView(view.field_of_view_degrees));
    }
    let aspect = f64::from(view.width_px) / f64::from(view.height_px.max(1));
    let focal = aspect / 2.0 / (view.field_of_view_degrees.to_radians() / 2.0).tan();
    let optics = Optics { focal, aspect };
    let chosen = thinned(samples);
    check(&chosen)?;
    let pose = fit(&chosen, optics, None).ok_or(HeightError::NoCamera)?;
    let parts: Vec<Pose> = (0..PARTS)
        .filter_map(|part| {
            let rest: Vec<_> =
                chosen.iter().enumerate().filter(|(i, _)| i % PARTS != part).map(|(_, s)| *s).collect();
            fit(&rest, optics, Some(pose))
        })
        .collect();
    let jackknife = |pick: fn(&Pose) -> f64| {
        let count = parts.len().max(1) as f64;
        let mean = parts.iter().map(pick).sum::<f64>() / count;
        ((count - 1.0) / count * parts.iter().map(|p| (pick(p) - mean).powi(2)).sum::<f64>()).sqrt()
    };
    let pairs = pairs_of(&chosen, optics, pose).ok_or(HeightError::NoCamera)?;
    let plane = GroundPlane::fit(&pairs).map_err(|_| HeightError::NoCamera)?;
    let misfits = chosen.iter().filter_map(|s| {
        Some((optics.person(s.foot_fraction, pose)? - s.height_fraction).abs() / s.height_fraction)
    });
    Ok(HeightsFit {
        plane,
        pairs,
        camera_height_m: (pose.height * PERSON_HEIGHT_M, jackknife(|p| p.height) * PERSON_HEIGHT_M),
        tilt_degrees: (pose.tilt.to_degrees(), jackknife(|p| p.tilt).to_degrees()),
        horizon_fraction: 0.5 - focal * pose.tilt.tan(),
        scale_error_fraction: PERSON_HEIGHT_SIGMA_M / PERSON_HEIGHT_M,
        median_misfit_fraction: median(misfits.collect()),
        samples: chosen.len(),
    })
}

/// At most [`MAX_SAMPLES`], evenly over time.
fn thinned(samples: &[HeightSample]) -> Vec<HeightSample> {
    let usable = |s: &&HeightSample| s.foot_fraction.is_finite() && s.height_fraction > 0.01;
    let usable: Vec<HeightSample> = samples.iter().filter(usable).copied().collect();
    let step = usable.len().div_ceil(MAX_SAMPLES).max(1);
    usable.into_iter().step_by(step).collect()
}

fn check(samples: &[HeightSample]) -> Result<(), HeightError> {
    if samples.len() < MIN_SAMPLES {
        return Err(HeightError::TooFew { found: samples.len() });
    }
    let (low, high) = rows(samples);
    if high - low < MIN_ROWS_FRACTION { Err(HeightError::OneRow { low, high }) } else { Ok(()) }
}

/// Between these rows are the feet of nine tenths.
fn rows(samples: &[HeightSample]) -> (f64, f64) {
    let mut rows: Vec<f64> = samples.iter().map(|s| s.foot_fraction).collect();
    rows.sort_by(f64::total_cmp);
    let at = |share: f64| rows.get((share * rows.len() as f64) as usize).copied().unwrap_or(0.5);
    (at(0.05), at(0.95))
}

/// The pose of least absolute deviation, by a grid that closes in; from `near` where that is known.
fn fit(samples: &[HeightSample], optics: Optics, near: Option<Pose>) -> Option<Pose> {
    // Heights of 1.1 to 30 bodies, tilts from a little upwards to nearly straight down.
    let (mut height, mut tilt) = ((1.1_f64.ln(), 30.0_f64.ln()), (-0.2, 1.45));
    if let Some(near) = near {
        height = (near.height.ln() - 0.3, near.height.ln() + 0.3);
        tilt = (near.tilt - 0.15, near.tilt + 0.15);
    }
    let mut best: Option<(f64, Pose)> = None;
    for _ in 0..ROUNDS {
        for pose in grid(height, tilt) {
            let Some(cost) = cost(samples, optics, pose) else { continue };
            if best.is_none_or(|(least, _)| cost < least) {
                best = Some((cost, pose));
            }
        }
        let (_, pose) = best?;
        let narrower = |range: (f64, f64)| (range.1 - range.0) / 5.0;
        let (h, t) = (narrower(height), narrower(tilt));
        height = ((pose.height.ln() - h).max(1.02_f64.ln()), pose.height.ln() + h);
        tilt = (pose.tilt - t, pose.tilt + t);
    }
    best.map(|(_, pose)| pose)
}

fn grid(height: (f64, f64), tilt: (f64, f64)) -> impl Iterator<Item = Pose> {
    let along = |range: (f64, f64), step: usize| range.0 + (range.1 - range.0) * step as f64 / STEPS as f64;
    (0..=STEPS).flat_map(move |h| {
        (0..=STEPS).map(move |t| Pose { height: along(height, h).exp(), tilt: along(tilt, t) })
    })
}

/// Mean share by which heights are off; `None` where people would stand above the horizon.
fn cost(samples: &[HeightSample], optics: Optics, pose: Pose) -> Option<f64> {
    let mut sum = 0.0;
    for sample in samples {
        let expected = optics.person(sample.foot_fraction, pose)?;
        // Both ways alike: half as tall is as wrong as twice as tall.
        sum += (expected.max(1e-4) / sample.height_fraction).ln().abs();
    }
    Some(sum / samples.len().max(1) as f64)
}

/// Six pairs around where people walk.
fn pairs_of(samples: &[HeightSample], optics: Optics, pose: Pose) -> Option<Vec<PointPair>> {
    let (low, high) = rows(samples);
    let places = [low, (low + high) / 2.0, high].map(|y| y.clamp(0.0, 1.0));
    let places = places.into_iter().flat_map(|y| [(0.15, y), (0.85, y)]);
    places
        .map(|(x_fraction, y_fraction)| {
            let (x, y) = optics.ground(x_fraction, y_fraction, pose)?;
            let ground = GroundPoint { x_m: x * PERSON_HEIGHT_M, y_m: y * PERSON_HEIGHT_M };
            Some(PointPair { x_fraction, y_fraction, ground })
        })
        .collect()
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::INFINITY)
}

#[cfg(test)]
mod tests {
    use super::*;

    const VIEW: View = View { width_px: 768, height_px: 576, field_of_view_degrees: 50.0 };

    /// People of a camera at this height and tilt; every seventh is sitting or a bad box.
    fn people(height_m: f64, tilt_degrees: f64, rows: (f64, f64)) -> Vec<HeightSample> {
        let aspect = 768.0 / 576.0;
        let optics = Optics { focal: aspect / 2.0 / 25.0_f64.to_radians().tan(), aspect };
        let pose = Pose { height: height_m / PERSON_HEIGHT_M, tilt: tilt_degrees.to_radians() };
        (0..300)
            .filter_map(|i| {
                let foot_fraction = rows.0 + (rows.1 - rows.0) * f64::from(i * 37 % 300) / 300.0;
                let person = optics.person(foot_fraction, pose)?;
                let unrest = 1.0 + 0.04 * (f64::from(i * 53 % 100) / 50.0 - 1.0);
                let height_fraction = person * unrest * if i % 7 == 0 { 0.55 } else { 1.0 };
                Some(HeightSample { foot_fraction, height_fraction })
            })
            .collect()
    }

    #[test]
    fn finds_camera_and_plane() {
        for (height_m, tilt) in [(4.0, 12.0), (7.0, 20.0), (9.0, 35.0), (3.0, 5.0)] {
            let fit = fit_heights(&people(height_m, tilt, (0.45, 0.95)), VIEW).unwrap();
            let off = (fit.camera_height_m.0 - height_m).abs() / height_m;
            assert!(off < 0.06, "{height_m} {tilt}: {fit:?}");
            assert!((fit.tilt_degrees.0 - tilt).abs() < 2.0, "{height_m} {tilt}: {fit:?}");
            assert!(fit.median_misfit_fraction < 0.05 && fit.camera_height_m.1 < 0.1 * height_m, "{fit:?}");
            // A metre near the picture's foot is a metre.
            let left = fit.plane.ground_at(0.3, 0.9).unwrap();
            let right = fit.plane.ground_at(0.7, 0.9).unwrap();
            assert!(right.x_m > left.x_m && (right.y_m - left.y_m).abs() < 0.05, "{left:?} {right:?}");
            assert_eq!(fit.pairs.len(), 6);
        }
    }

    #[test]
    fn says_what_is_missing() {
        let few: Vec<_> = people(4.0, 12.0, (0.45, 0.95)).into_iter().take(20).collect();
        assert_eq!(fit_heights(&few, VIEW), Err(HeightError::TooFew { found: 20 }));
        let flat = people(4.0, 12.0, (0.60, 0.65));
        assert!(matches!(fit_heights(&flat, VIEW), Err(HeightError::OneRow { .. })));
        let wrong = View { field_of_view_degrees: 5.0, ..VIEW };
        assert_eq!(fit_heights(&flat, wrong), Err(HeightError::FieldOfView(5.0)));
    }

    #[test]
    fn the_grid_lies_on_the_plane() {
        let plane = fit_heights(&people(5.0, 15.0, (0.45, 0.95)), VIEW).unwrap().plane;
        let lines = super::super::grid_lines(&plane, (-3, 3, 6, 12));
        assert!(lines.len() > 60, "{}", lines.len());
        for [a, b] in lines {
            let (a, b) = (plane.ground_at(a.0, a.1).unwrap(), plane.ground_at(b.0, b.1).unwrap());
            assert!(((a.x_m - b.x_m).hypot(a.y_m - b.y_m) - 1.0).abs() < 1e-6);
        }
    }
}
