//! A density network beside the detector, drawn.

use velum_models::{CountError, DensityMap, EstimateDensity, ModelError};
use velum_vocab::{CrowdDensity, Validity};

use super::*;

/// Believes that so many people stand in the middle of the picture from a time on, and nobody before.
struct Believes {
    from: Timestamp,
    persons: f32,
    error: CountError,
}

impl EstimateDensity for Believes {
    fn density(&self, frame: &RawFrame) -> Result<DensityMap, ModelError> {
        let persons = if frame.captured_at() >= self.from { self.persons } else { 0.0 };
        let cells = vec![0.0, 0.0, 0.0, 0.0, persons, 0.0, 0.0, 0.0, 0.0];
        Ok(DensityMap::over_picture(3, 3, cells).unwrap())
    }

    fn count_error(&self) -> CountError {
        self.error
    }

    fn digest(&self) -> Digest {
        Digest([8; 32])
    }
}

/// What is said when a network believes this beside a detector that sees nobody; the level begins at 50.
fn said(persons: f32, error: CountError) -> Vec<Observation> {
    let mut world = World::of(Vec::new());
    world.actors.clear();
    world.density_only = true;
    let from = world.draw(8.0, 40).captured_at();
    let analysis = CameraAnalysis::new(world.settings(), world.detector()).unwrap();
    let mut analysis = analysis.with_crowd_map(Arc::new(Believes { from, persons, error }));
    let steps = (0..100).map(|frame| analysis.step(&world.draw(frame as f64 / 5.0, frame)).unwrap());
    steps.flat_map(|step| step.observations).collect()
}

#[test]
fn a_sure_network_counts_the_crowd_that_the_detector_misses() {
    let said = said(120.0, CountError { persons: 0.5, fraction: 0.0 });
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
    assert!(said(120.0, CountError { persons: 60.0, fraction: 0.0 }).is_empty());
    assert!(said(120.0, CountError { persons: 0.5, fraction: 0.5 }).is_empty());
}
