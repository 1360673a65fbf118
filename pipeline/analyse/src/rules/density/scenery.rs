//! What the background says of each track: somebody stands before it, or nothing is there but scenery.
//!
//! A detector that takes a sign or a statue for a person finds it in every frame, at the same place, and the
//! background shows it too. A person who was there when the background was learnt, and sits still, looks alike; but
//! people breathe, turn and are passed. So stillness is evidence that grows with time, and nobody moves unnoticed.
//! Invariant: while it is not known what differs from the background, nothing is concluded from it.

use std::collections::BTreeMap;

use velum_vocab::{PointInFrame, Timestamp};

use crate::background::Background;
use crate::patch::Area;
use crate::picture::WorkingSize;
use crate::tracks::{Track, TrackId, Tracker, distance_px};

/// So long without any movement makes it less likely by a factor of e that a track is a person. People who were
/// looked at (39 s of a guard's desk, 20 s in a shop, 80 s on a plaza) moved visibly every 1.6 s or more often.
const STILL_SECS: f64 = 15.0;
/// Somebody before the background makes it more likely by this, as a logarithm: seven times.
const SOMEBODY_LOG_ODDS: f64 = 2.0;
/// Whoever moved further than this share of its box's height moved.
const MOVED_FRACTION: f32 = 0.12;
/// With more foreground than this in the box somebody is there.
const FOREGROUND_FRACTION: f32 = 0.05;

/// What is known of all tracks.
#[derive(Debug, Default)]
pub(crate) struct Scenery(BTreeMap<TrackId, Stay>);

/// A track that stays where it is.
#[derive(Debug, Clone, Copy)]
struct Stay {
    foot: PointInFrame,
    since: Timestamp,
    somebody: bool,
}

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
        let is_known = background.is_foreground_known();
        for track in tracker.tracks() {
            let foot = track.last_foot();
            let somebody = is_known && somebody_is_there(track, background, size);
            let stays = |stay: &&Stay| {
                distance_px(stay.foot, foot) <= MOVED_FRACTION * track.box_in_frame.height_px()
            };
            let before = self.0.get(&track.id).filter(stays).filter(|_| is_known && !somebody);
            let (foot, since) = before.map_or((foot, at), |stay| (stay.foot, stay.since));
            self.0.insert(track.id, Stay { foot, since, somebody });
        }
    }

    /// What the background adds to the logarithm of the odds that a track is a person; 0 where it says nothing.
    pub(crate) fn log_odds(&self, track: &Track, at: Timestamp) -> f64 {
        let Some(stay) = self.0.get(&track.id) else { return 0.0 };
        if stay.somebody { SOMEBODY_LOG_ODDS } else { -at.secs_since(stay.since).max(0.0) / STILL_SECS }
    }
}

fn somebody_is_there(track: &Track, background: &Background, size: &WorkingSize) -> bool {
    let nowhere = Area { left: 0, top: 0, width: 0, height: 0 };
    let area = Area::covering(&track.box_in_frame, size.width_px, size.height_px);
    area.is_none_or(|area| background.foreground_fraction(&area, &nowhere) > FOREGROUND_FRACTION)
}
