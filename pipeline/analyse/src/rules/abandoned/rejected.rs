//! What is told of a candidate that was refused: coded and banded, for tuning. No place, no moment, nothing of a
//! person but whether one was near.

use velum_vocab::{Band, ZoneId};

use super::evidence::perhaps_person_before;
use super::thing::Thing;
use super::{Scene, Suppression};
use crate::picture::WorkingSize;

/// Edges of the bands: heights of a person there, grey levels against its surroundings, seconds that it stood.
const HEIGHT_EDGES: [f64; 6] = [0.1, 0.2, 0.4, 0.6, 0.8, 1.2];
const CONTRAST_EDGES: [f64; 4] = [10.0, 20.0, 40.0, 80.0];
const STOOD_EDGES: [f64; 5] = [5.0, 10.0, 30.0, 60.0, 300.0];
/// A person is near within this many of its own heights.
const NEAR_PERSONS: f32 = 1.0;

/// A candidate that was refused, or an object that a person was found at.
#[derive(Debug, Clone, PartialEq)]
pub struct Rejected {
    /// Why.
    pub code: Suppression,
    /// In which zone.
    pub zone: ZoneId,
    /// Its height in heights of a person there.
    pub height_in_persons: Band,
    /// How its brightness differs from what is around it, grey levels.
    pub contrast: Band,
    /// For how long it had looked as it did, seconds.
    pub stood_secs: Band,
    /// Whether somebody may have been near it at that moment.
    pub person_near: bool,
}

impl Rejected {
    /// The name of the code.
    pub fn name(&self) -> &'static str {
        self.code.name()
    }

    pub(super) fn of(
        thing: &Thing,
        code: Suppression,
        zone: &ZoneId,
        person_px: f32,
        scene: &Scene<'_>,
        size: &WorkingSize,
    ) -> Self {
        let height = thing.area.height as f32 / person_px.max(1.0);
        let near = thing.area.grown((NEAR_PERSONS * person_px) as usize, size.width_px, size.height_px);
        let person_near = near.as_box().is_some_and(|near| perhaps_person_before(scene.detections, &near));
        Self {
            code,
            zone: zone.clone(),
            height_in_persons: Band::of(f64::from(height), &HEIGHT_EDGES),
            contrast: Band::of(f64::from(thing.contrast.abs()), &CONTRAST_EDGES),
            stood_secs: Band::of(scene.at.secs_since(thing.put_down_at), &STOOD_EDGES),
            person_near,
        }
    }
}
