//! What people paused: whole cameras, and single zones of cameras that go on.
//!
//! Invariants: nothing is told of a zone while it is paused; no picture is kept on which a paused zone was not painted
//! over, and none leaves that may have been taken before it was.

use std::collections::BTreeMap;
use std::time::Duration;

use velum_vocab::{CameraId, Polygon, Timestamp, ZoneId};

use crate::withheld::Withheld;

/// From so long after a pause was asked for on, its zone is painted over for certain: within two seconds, and the moment
/// is known to the second.
const PAINTED_AFTER: Duration = Duration::from_secs(3);

/// What is paused, and until when.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Pauses {
    /// Whole cameras.
    pub cameras: BTreeMap<CameraId, Timestamp>,
    /// Zones of cameras.
    pub zones: BTreeMap<CameraId, Vec<PausedZone>>,
}

/// A zone that people paused.
#[derive(Debug, Clone, PartialEq)]
pub struct PausedZone {
    /// Its name, in the configuration of the box or in the policy.
    pub zone: String,
    /// What is painted over.
    pub areas: Vec<Polygon>,
    /// Since when.
    pub since: Timestamp,
    /// Until when.
    pub until: Timestamp,
}

/// The zones of a camera that are paused at a moment, by their names, with what is painted over.
pub type PausedAreas = BTreeMap<String, Vec<Polygon>>;

impl Pauses {
    /// The zones of the camera that are paused now.
    pub(crate) fn zones_of(&self, camera: &CameraId, now: Timestamp) -> impl Iterator<Item = &PausedZone> {
        let all = self.zones.get(camera).into_iter().flatten();
        all.filter(move |paused| now < paused.until)
    }

    /// The same with what is painted over.
    pub(crate) fn areas_of(&self, camera: &CameraId, now: Timestamp) -> PausedAreas {
        let mut areas = PausedAreas::new();
        for paused in self.zones_of(camera, now) {
            areas.entry(paused.zone.clone()).or_default().extend(paused.areas.iter().cloned());
        }
        areas
    }

    /// Whether something may be told of the zone.
    pub(crate) fn may_tell_of(
        &self,
        camera: &CameraId,
        zone: &ZoneId,
        now: Timestamp,
    ) -> Result<(), Withheld> {
        let paused = self.zones_of(camera, now).find(|paused| paused.zone == zone.as_str());
        paused.map_or(Ok(()), |paused| Err(refused(paused, "nothing is told of it")))
    }

    /// Whether all zones that are paused now are among what was painted over on a picture.
    pub(crate) fn are_painted(
        &self,
        camera: &CameraId,
        painted: &[Polygon],
        now: Timestamp,
    ) -> Result<(), Withheld> {
        let is_seen = |paused: &&PausedZone| paused.areas.iter().any(|area| !painted.contains(area));
        let seen = self.zones_of(camera, now).find(is_seen);
        seen.map_or(Ok(()), |paused| Err(refused(paused, "it is not painted over on the picture")))
    }

    /// Whether the zones that are paused now were so for certain when a picture was taken.
    pub(crate) fn were_painted(
        &self,
        camera: &CameraId,
        captured_at: Timestamp,
        now: Timestamp,
    ) -> Result<(), Withheld> {
        let is_seen = |paused: &&PausedZone| captured_at < paused.since.plus(PAINTED_AFTER);
        let seen = self.zones_of(camera, now).find(is_seen);
        seen.map_or(Ok(()), |paused| Err(refused(paused, "the picture was taken before it was painted over")))
    }
}

fn refused(paused: &PausedZone, why: &str) -> Withheld {
    Withheld::new("paused_zone", format!("people paused the zone `{}`: {why}", paused.zone))
}
