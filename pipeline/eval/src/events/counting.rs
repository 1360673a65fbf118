//! Counts of a zone against the truth, frame by frame.

use velum_analyse::{GroundPlane, ZoneCount};
use velum_vocab::{Interval, PointInFrame, Polygon, Validity};

use super::persons::InFrame;
use super::report::{CountReport, DensityReport};
use crate::statistics::{Tally, mean};

/// Compares the counts of one zone.
pub(crate) struct Counting {
    zone: String,
    polygon: Polygon,
    plane: Option<GroundPlane>,
    area_m2: Option<f64>,
    frames: u64,
    not_valid: u64,
    /// Seconds, the true number, and the count where there is one.
    counted: Vec<(f64, f64, Interval)>,
    /// True and counted persons per square metre.
    per_m2: Vec<(f64, f64)>,
}

impl Counting {
    pub(crate) fn new(zone: String, polygon: Polygon, plane: Option<GroundPlane>) -> Self {
        let area_m2 = plane.as_ref().and_then(|plane| plane.area_m2(&polygon));
        let (counted, per_m2) = (Vec::new(), Vec::new());
        Self { zone, polygon, plane, area_m2, frames: 0, not_valid: 0, counted, per_m2 }
    }

    /// Takes in one frame of which the truth is known.
    pub(crate) fn add(&mut self, secs: f64, truth: &InFrame, counts: &[ZoneCount], size_px: (u32, u32)) {
        self.frames += 1;
        let Some(count) = counts.iter().find(|count| count.zone.to_string() == self.zone) else { return };
        self.not_valid += u64::from(count.validity == Validity::NotValid);
        let inside = |foot: &&PointInFrame| {
            self.polygon.contains(inside_picture(**foot, size_px), size_px.0, size_px.1)
        };
        let there = truth.feet.iter().filter(inside).count();
        self.counted.push((secs, there as f64, count.persons));
        if let (Some(plane), Some(area_m2), Some(per_m2)) = (&self.plane, self.area_m2, count.persons_per_m2)
        {
            let seen = |point| plane.picture_at(point);
            let inside = truth.ground.iter().filter_map(|point| seen(*point)).filter(|(x, y)| {
                let foot =
                    PointInFrame { x_px: *x as f32 * size_px.0 as f32, y_px: *y as f32 * size_px.1 as f32 };
                self.polygon.contains(inside_picture(foot, size_px), size_px.0, size_px.1)
            });
            self.per_m2.push((inside.count() as f64 / area_m2, per_m2.estimate));
        }
    }

    pub(crate) fn finish(self) -> Option<CountReport> {
        let errors: Vec<f64> = self.counted.iter().map(|(_, truth, count)| count.estimate - truth).collect();
        let mut in_interval = Tally::default();
        for (_, truth, count) in &self.counted {
            in_interval.add((count.low..=count.high).contains(truth));
        }
        let absolute: Vec<f64> = errors.iter().map(|error| error.abs()).collect();
        Some(CountReport {
            frames: self.frames,
            counted: self.counted.len() as u64,
            not_valid: self.not_valid,
            mean_absolute_error: mean(&absolute)?,
            bias: mean(&errors)?,
            in_interval,
            truth_mean: mean(&self.counted.iter().map(|(_, truth, _)| *truth).collect::<Vec<_>>())?,
            density: self.area_m2.and_then(|area_m2| density(area_m2, &self.per_m2)),
            series: self.counted.iter().map(|(secs, truth, count)| point(*secs, *truth, *count)).collect(),
            zone: self.zone,
        })
    }
}

fn density(area_m2: f64, per_m2: &[(f64, f64)]) -> Option<DensityReport> {
    let errors: Vec<f64> = (per_m2.iter().filter(|(truth, _)| *truth > 0.0))
        .map(|(truth, found)| (found - truth).abs() / truth)
        .collect();
    let truth_mean = mean(&per_m2.iter().map(|(truth, _)| *truth).collect::<Vec<_>>())?;
    let measured_mean = mean(&per_m2.iter().map(|(_, found)| *found).collect::<Vec<_>>())?;
    Some(DensityReport {
        area_m2,
        truth_mean,
        measured_mean,
        measured_over_truth: (truth_mean > 0.0).then(|| measured_mean / truth_mean),
        mean_absolute_error_fraction: mean(&errors)?,
    })
}

/// To two digits behind the point, which is what a plot shows.
fn point(secs: f64, truth: f64, count: Interval) -> [f64; 5] {
    [secs, truth, count.estimate, count.low, count.high].map(|value| (value * 100.0).round() / 100.0)
}

/// A foot below the picture's edge stands at it.
fn inside_picture(foot: PointInFrame, size_px: (u32, u32)) -> PointInFrame {
    PointInFrame {
        x_px: foot.x_px.clamp(0.0, size_px.0 as f32 - 0.5),
        y_px: foot.y_px.clamp(0.0, size_px.1 as f32 - 0.5),
    }
}

#[cfg(test)]
mod tests {
    use velum_vocab::ZoneId;

    use super::*;

    fn counted(zone: &str, low: f64, estimate: f64, high: f64) -> ZoneCount {
        let persons = Interval { low, estimate, high };
        let zone = ZoneId::parse(zone).unwrap();
        ZoneCount { zone, persons, persons_per_m2: None, validity: Validity::Valid }
    }

    #[test]
    fn errors_bias_and_coverage_are_of_the_zone_alone() {
        let left = Polygon::from_fractions(&[(0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0)]).unwrap();
        let mut counting = Counting::new("left".to_owned(), left, None);
        let foot = |x_px, y_px| PointInFrame { x_px, y_px };
        let truth = InFrame {
            feet: vec![foot(10.0, 50.0), foot(20.0, 120.0), foot(80.0, 50.0)],
            ..InFrame::default()
        };
        let add =
            |counting: &mut Counting, counts: &[ZoneCount]| counting.add(1.0, &truth, counts, (100, 100));
        add(&mut counting, &[counted("left", 1.0, 1.5, 2.0), counted("right", 9.0, 9.0, 9.0)]);
        add(&mut counting, &[counted("left", 3.0, 4.0, 5.0)]);
        add(&mut counting, &[]);
        let report = counting.finish().unwrap();
        assert_eq!((report.frames, report.counted, report.truth_mean), (3, 2, 2.0));
        assert_eq!((report.mean_absolute_error, report.bias), (1.25, 0.75));
        assert_eq!(report.in_interval, Tally { hits: 1, of: 2 });
        assert_eq!(report.series[0], [1.0, 2.0, 1.5, 1.0, 2.0]);
    }
}
