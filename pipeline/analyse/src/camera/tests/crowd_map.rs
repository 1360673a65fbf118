//! A density network beside the detector, drawn.

use velum_models::ModelError;
use velum_vocab::{CrowdDensity, Polygon, Validity};

use super::*;
use crate::{CrowdMap, MapEstimate};

/// Believes that so many people are in every zone from a time on, and nobody before.
struct Believes {
    from: Timestamp,
    persons: f64,
    sigma: f64,
}

impl CrowdMap for Believes {
    fn persons_in(&self, frame: &RawFrame, zones: &[&Polygon]) -> Result<Vec<MapEstimate>, ModelError> {
        let persons = if frame.captured_at() >= self.from { self.persons } else { 0.0 };
        Ok(zones.iter().map(|_| MapEstimate { persons, sigma: self.sigma }).collect())
    }

    fn digest(&self) -> Digest {
        Digest([8; 32])
    }
}

/// What is said when a network believes this beside a detector that sees nobody; the level begins at 50.
fn said(persons: f64, sigma: f64) -> Vec<Observation> {
    let mut world = World::of(Vec::new());
    world.actors.clear();
    world.density_only = true;
    let from = world.draw(8.0, 40).captured_at();
    let analysis = CameraAnalysis::new(world.settings(), world.detector()).unwrap();
    let mut analysis = analysis.with_crowd_map(Arc::new(Believes { from, persons, sigma }));
    let steps = (0..100).map(|frame| analysis.step(&world.draw(frame as f64 / 5.0, frame)).unwrap());
    steps.flat_map(|step| step.observations).collect()
}

#[test]
fn a_sure_network_counts_the_crowd_that_the_detector_misses() {
    let said = said(120.0, 0.5);
    let [raised] = &said[..] else { panic!("{said:?}") };
    let ObservationBody::CrowdDensity(CrowdDensity { level, persons, .. }) = &raised.body else { panic!() };
    assert_eq!((level.as_str(), raised.models.len()), ("busy", 2));
    assert!(persons.estimate > 52.5 && persons.high > 120.0, "{persons:?}");
    let codes = codes(raised);
    assert!(
        codes.contains(&Code::EstimatedByCrowdMap) && codes.contains(&Code::EstimatesDisagree),
        "{codes:?}"
    );
    assert_eq!(raised.validity, Validity::NotValid, "neither is surer, and one must be wrong");
}

#[test]
fn an_unsure_network_does_not() {
    assert!(said(120.0, 60.0).is_empty());
}
