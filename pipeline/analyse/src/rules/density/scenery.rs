//! Boxes that are no persons: a detector that takes a statue or a pillar for one finds it in every frame, at the same
//! place, and the background says that nothing is there but scenery.
//!
//! A person who sits still for very long looks alike; so nobody is left out who moved at all in between, and people
//! breathe, turn and are passed: the time must be long and the place very still.

use std::collections::BTreeMap;

use velum_vocab::{PointInFrame, Timestamp};

use crate::background::Background;
use crate::patch::Area;
use crate::picture::WorkingSize;
use crate::tracks::{Track, TrackId, Tracker, distance_px};

/// Still for this long: no person.
const STILL_SECS: f64 = 240.0;
/// Whoever moved further than this share of its box's height moved.
const MOVED_FRACTION: f32 = 0.12;
/// With more foreground than this in the box somebody is there.
const FOREGROUND_FRACTION: f32 = 0.05;

/// Tracks that have not moved.
#[derive(Debug, Default)]
pub(crate) struct Scenery(BTreeMap<TrackId, (PointInFrame, Timestamp)>);

impl Scenery {
    /// Watches the tracks of a frame.
    pub(crate) fn look(
        &mut self,
        tracker: &Tracker,
        background: &Background,
        size: &WorkingSize,
        at: Timestamp,
    ) {
        self.0.retain(|id, _| tracker.find(*id).is_some());
        for track in tracker.tracks() {
            let foot = track.last_foot();
            let moved = |from: PointInFrame| {
                distance_px(from, foot) > MOVED_FRACTION * track.box_in_frame.height_px()
            };
            let stays = self.0.get(&track.id).is_some_and(|(from, _)| !moved(*from));
            if !stays || somebody_is_there(track, background, size) {
                self.0.insert(track.id, (foot, at));
            }
        }
    }

    /// Whether a track is scenery.
    pub(crate) fn is(&self, track: &Track, at: Timestamp) -> bool {
        self.0.get(&track.id).is_some_and(|(_, since)| at.secs_since(*since) >= STILL_SECS)
    }
}

fn somebody_is_there(track: &Track, background: &Background, size: &WorkingSize) -> bool {
    let area = Area::covering(&track.box_in_frame, size.width_px, size.height_px);
    area.is_none_or(|area| background.foreground_fraction(&area, &[]) > FOREGROUND_FRACTION)
}
