//! Who moves where: person boxes joined over time, on one camera, in memory only.
//!
//! *Source*: ByteTrack (Zhang et al., ECCV 2022, arXiv:2110.06864): a constant-velocity Kalman filter per track;
//! confident boxes are matched first, then the doubtful ones to what is left, so that people half hidden are
//! kept. At five frames a second boxes are grown before they are compared (buffered IoU, C-BIoU, WACV 2023).
//! Invariant: a track holds places and times; no appearance, and nothing that outlives [`FORGOTTEN_SECS`].

mod assignment;
mod motion;

use std::collections::VecDeque;

use velum_vocab::{BoxInFrame, Detection, ObjectClass, PointInFrame, Timestamp};

use assignment::assign;
use motion::BoxMotion;

/// Boxes with this score may begin a track, and are matched first.
const CONFIDENT_SCORE: f32 = 0.45;
/// Boxes with this score may continue a track.
const DOUBTFUL_SCORE: f32 = 0.1;
/// Grown boxes must overlap this much, in the first and the second stage.
const MIN_IOU: [f32; 2] = [0.2, 0.35];
/// Each side is grown by this share before boxes are compared.
const GROWTH: f32 = 0.25;
/// A track that was not seen for this long is no longer continued.
const LOST_SECS: f64 = 2.0;
/// What a track leaves behind is forgotten after this long.
const FORGOTTEN_SECS: f64 = 15.0;
/// Places remembered per track.
const MAX_PLACES: usize = 128;
/// Tracks kept at a time; a frame with more confident boxes begins no further ones.
const MAX_TRACKS: usize = 192;
/// Boxes looked at in one frame, the best ones.
const MAX_BOXES: usize = 256;

/// A track's name: unique on its camera while the program runs, and meaningless elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct TrackId(u64);

impl TrackId {
    pub(crate) fn number(self) -> u64 {
        self.0
    }
}

/// Where a track was at a moment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Place {
    pub(crate) at: Timestamp,
    pub(crate) foot: PointInFrame,
}

/// One person, followed.
#[derive(Debug, Clone)]
pub(crate) struct Track {
    pub(crate) id: TrackId,
    /// Where it was seen last, or where it is expected now.
    pub(crate) box_in_frame: BoxInFrame,
    /// Smoothed score of the boxes that it was made of.
    pub(crate) score: f32,
    /// Frames in which it was seen.
    pub(crate) hits: u32,
    pub(crate) seen_at: Timestamp,
    /// Where it was, oldest first.
    pub(crate) places: VecDeque<Place>,
    motion: BoxMotion,
}

impl Track {
    fn begin(id: TrackId, detection: &Detection, at: Timestamp) -> Self {
        let place = Place { at, foot: detection.box_in_frame.foot() };
        Self {
            id,
            box_in_frame: detection.box_in_frame,
            score: detection.score,
            hits: 1,
            seen_at: at,
            places: VecDeque::from([place]),
            motion: BoxMotion::at_rest(&detection.box_in_frame),
        }
    }

    fn see(&mut self, detection: &Detection, at: Timestamp) {
        self.motion.correct(&detection.box_in_frame);
        self.box_in_frame = detection.box_in_frame;
        self.score += 0.3 * (detection.score - self.score);
        self.hits = self.hits.saturating_add(1);
        self.seen_at = at;
        self.places.push_back(Place { at, foot: detection.box_in_frame.foot() });
        if self.places.len() > MAX_PLACES {
            self.places.pop_front();
        }
    }

    /// Where it was seen last.
    pub(crate) fn last_foot(&self) -> PointInFrame {
        self.places.back().map_or_else(|| self.box_in_frame.foot(), |place| place.foot)
    }

    /// When and where it was seen first, as far as that is remembered.
    pub(crate) fn first_place(&self) -> Option<Place> {
        self.places.front().copied()
    }

    /// Pixels between where it is and where it was this many seconds ago; `None` while it is younger.
    pub(crate) fn moved_px(&self, secs: f64) -> Option<f32> {
        let then = self.places.iter().rev().find(|place| self.seen_at.secs_since(place.at) >= secs)?;
        Some(distance_px(self.last_foot(), then.foot))
    }
}

/// Pixels between two points.
pub(crate) fn distance_px(a: PointInFrame, b: PointInFrame) -> f32 {
    (a.x_px - b.x_px).hypot(a.y_px - b.y_px)
}

/// Joins the person boxes of one camera.
#[derive(Debug, Default)]
pub(crate) struct Tracker {
    tracks: Vec<Track>,
    past: VecDeque<Track>,
    stepped_at: Option<Timestamp>,
    begun: u64,
}

impl Tracker {
    /// Takes the detections of one frame; everything but persons is left out.
    pub(crate) fn step(&mut self, detections: &[Detection], at: Timestamp) {
        let elapsed_secs = self.stepped_at.map_or(0.0, |before| at.secs_since(before)).max(0.0);
        self.stepped_at = Some(at);
        for track in &mut self.tracks {
            track.motion.predict(elapsed_secs as f32);
        }
        let (confident, doubtful) = split_by_score(detections);
        let seen_first = self.match_boxes(&confident, at, MIN_IOU[0], |_| true);
        let before = elapsed_secs.max(0.5);
        // Doubtful boxes only continue what was seen just now: an old track would jump onto noise.
        let fresh = move |track: &Track| at.secs_since(track.seen_at) <= before + 0.6;
        self.match_boxes(&doubtful, at, MIN_IOU[1], fresh);
        for detection in unmatched(&confident, &seen_first) {
            self.begin(detection, at);
        }
        self.retire(at);
    }

    /// Continues tracks not yet seen in this frame; returns which of the boxes were used.
    fn match_boxes(
        &mut self,
        boxes: &[Detection],
        at: Timestamp,
        min_iou: f32,
        may_continue: impl Fn(&Track) -> bool,
    ) -> Vec<bool> {
        let mut waiting: Vec<&mut Track> =
            self.tracks.iter_mut().filter(|track| track.seen_at < at && may_continue(track)).collect();
        let grown: Vec<BoxInFrame> = boxes.iter().map(|d| d.box_in_frame.grown_by(GROWTH)).collect();
        let costs: Vec<Vec<f32>> = waiting
            .iter()
            .map(|track| {
                let expected = track.motion.expected_box().unwrap_or(track.box_in_frame).grown_by(GROWTH);
                grown.iter().map(|found| 1.0 - expected.iou(found)).collect()
            })
            .collect();
        let mut used = vec![false; boxes.len()];
        for (track, column) in waiting.iter_mut().zip(assign(&costs, 1.0 - min_iou)) {
            let Some(column) = column else { continue };
            if let (Some(detection), Some(mark)) = (boxes.get(column), used.get_mut(column)) {
                track.see(detection, at);
                *mark = true;
            }
        }
        used
    }

    fn begin(&mut self, detection: &Detection, at: Timestamp) {
        if self.tracks.len() < MAX_TRACKS {
            self.begun += 1;
            self.tracks.push(Track::begin(TrackId(self.begun), detection, at));
        }
    }

    /// Ends tracks that were not seen for long, and forgets those that ended long ago.
    fn retire(&mut self, at: Timestamp) {
        let (alive, ended): (Vec<_>, Vec<_>) =
            self.tracks.drain(..).partition(|track| at.secs_since(track.seen_at) <= LOST_SECS);
        self.tracks = alive;
        self.past.extend(ended.into_iter().filter(|track| track.hits > 1));
        self.past.retain(|track| at.secs_since(track.seen_at) <= FORGOTTEN_SECS);
        while self.past.len() > MAX_TRACKS {
            self.past.pop_front();
        }
    }

    /// Tracks that go on: seen within the last two seconds.
    pub(crate) fn tracks(&self) -> &[Track] {
        &self.tracks
    }

    /// Tracks that go on, and those that ended a short while ago.
    pub(crate) fn with_past(&self) -> impl Iterator<Item = &Track> {
        self.tracks.iter().chain(&self.past)
    }

    /// The track with this id, if it goes on.
    pub(crate) fn find(&self, id: TrackId) -> Option<&Track> {
        self.tracks.iter().find(|track| track.id == id)
    }
}

/// Persons with high and with low score, best first, at most [`MAX_BOXES`] in all.
fn split_by_score(detections: &[Detection]) -> (Vec<Detection>, Vec<Detection>) {
    let mut persons: Vec<Detection> = detections
        .iter()
        .filter(|d| d.class == ObjectClass::Person && d.score >= DOUBTFUL_SCORE)
        .copied()
        .collect();
    persons.sort_by(|a, b| b.score.total_cmp(&a.score));
    persons.truncate(MAX_BOXES);
    persons.into_iter().partition(|d| d.score >= CONFIDENT_SCORE)
}

fn unmatched<'a>(boxes: &'a [Detection], used: &'a [bool]) -> impl Iterator<Item = &'a Detection> {
    boxes.iter().zip(used).filter(|(_, used)| !**used).map(|(detection, _)| detection)
}

#[cfg(test)]
mod tests;
