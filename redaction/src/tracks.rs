//! Simple tracks through one window: which detections of one class are the same thing, so that gaps are filled
//! and ends are prolonged. In memory for one picture, and forgotten with it.

use velum_vocab::{BoxInFrame, Detection, ObjectClass, Timestamp};

/// How fast a person is taken to walk where nothing else is known, metres a second.
const WALK_M_PER_SEC: f32 = 1.5;
/// Two sightings are the same thing up to this many times that speed: a wrong link only covers too much.
const LINK_SPEED_FACTOR: f32 = 1.7;
/// How fast a vehicle is taken to go, in its own widths a second.
const VEHICLE_WIDTHS_PER_SEC: f32 = 2.5;
/// No prolonged box grows by more than this many of its own widths on a side.
const GROWTH_WIDTHS_MAX: f32 = 2.0;

/// One detection at one place of the window.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Sighting {
    pub(crate) at: Timestamp,
    pub(crate) box_in_frame: BoxInFrame,
}

/// One thing through the window; at least one sighting, in order of time.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Track {
    pub(crate) class: ObjectClass,
    pub(crate) sightings: Vec<Sighting>,
}

/// The tracks of a window, given as its frames' times and detections in order of time.
pub(crate) fn tracks_of<'a>(frames: impl Iterator<Item = (Timestamp, &'a [Detection])>) -> Vec<Track> {
    let mut tracks: Vec<Track> = Vec::new();
    for (at, detections) in frames {
        let known = tracks.len();
        let mut taken = vec![false; known];
        for found in detections {
            let sighting = Sighting { at, box_in_frame: found.box_in_frame };
            let nearest = tracks
                .iter()
                .zip(&taken)
                .enumerate()
                .filter(|(_, (track, taken))| !**taken && track.class == found.class)
                .filter_map(|(index, (track, _))| Some((index, track.distance_in_reach(&sighting)?)))
                .min_by(|a, b| a.1.total_cmp(&b.1));
            match nearest.and_then(|(index, _)| Some((tracks.get_mut(index)?, taken.get_mut(index)?))) {
                Some((track, taken)) => {
                    track.sightings.push(sighting);
                    *taken = true;
                }
                None => {
                    tracks.push(Track { class: found.class, sightings: vec![sighting] });
                    taken.push(true);
                }
            }
        }
    }
    tracks
}

impl Track {
    /// Where the thing must be covered at a moment at which it was not seen: everywhere between the sightings
    /// before and after, or from the nearest one to where it would have gone. Nothing where it was seen.
    pub(crate) fn unseen_at(&self, at: Timestamp) -> Option<BoxInFrame> {
        if self.sightings.iter().any(|seen| seen.at == at) {
            return None;
        }
        let before = self.sightings.iter().rfind(|seen| seen.at < at);
        let after = self.sightings.iter().find(|seen| seen.at > at);
        match (before, after) {
            (Some(before), Some(after)) => Some(hull(&before.box_in_frame, &after.box_in_frame)),
            (Some(nearest), None) | (None, Some(nearest)) => Some(self.prolonged(nearest, at)),
            (None, None) => None,
        }
    }

    /// The tallest that the thing was seen.
    pub(crate) fn height_max_px(&self) -> f32 {
        self.sightings.iter().map(|seen| seen.box_in_frame.height_px()).fold(0.0, f32::max)
    }

    /// From the nearest sighting to where its speed would have led, and as far again as that is unsure.
    fn prolonged(&self, nearest: &Sighting, at: Timestamp) -> BoxInFrame {
        let secs = at.secs_since(nearest.at) as f32;
        let (dx_px, dy_px, unsure) = match self.velocity_beside(nearest) {
            Some((vx, vy)) => (vx * secs, vy * secs, 0.5),
            None => (0.0, 0.0, 1.0),
        };
        let there = moved(&nearest.box_in_frame, dx_px, dy_px);
        let reach_px = self.speed_px_per_sec(&nearest.box_in_frame) * secs.abs();
        let growth_px = unsure * reach_px.min(GROWTH_WIDTHS_MAX * nearest.box_in_frame.width_px());
        grown_px(&hull(&nearest.box_in_frame, &there), growth_px)
    }

    /// Pixels a second, from the two sightings at the nearest end; none of a single one.
    fn velocity_beside(&self, nearest: &Sighting) -> Option<(f32, f32)> {
        let index = self.sightings.iter().position(|seen| seen.at == nearest.at)?;
        let neighbour = if index == 0 { self.sightings.get(1)? } else { self.sightings.get(index - 1)? };
        let secs = nearest.at.secs_since(neighbour.at) as f32;
        let (here, there) = (nearest.box_in_frame.centre(), neighbour.box_in_frame.centre());
        (secs != 0.0).then(|| ((here.x_px - there.x_px) / secs, (here.y_px - there.y_px) / secs))
    }

    /// How fast the thing is taken to move, pixels a second.
    fn speed_px_per_sec(&self, seen: &BoxInFrame) -> f32 {
        match self.class {
            ObjectClass::Vehicle => VEHICLE_WIDTHS_PER_SEC * seen.width_px(),
            ObjectClass::Head | ObjectClass::Face => WALK_M_PER_SEC * seen.height_px() / HEAD_M,
            _ => WALK_M_PER_SEC * seen.height_px() / PERSON_M,
        }
    }

    /// The distance of the middles, pixels, where the sighting can be this thing's next.
    fn distance_in_reach(&self, next: &Sighting) -> Option<f32> {
        let last = self.sightings.last()?;
        let secs = next.at.secs_since(last.at) as f32;
        let (vx, vy) = self.velocity_beside(last).unwrap_or_default();
        let expected = moved(&last.box_in_frame, vx * secs, vy * secs).centre();
        let centre = next.box_in_frame.centre();
        let distance_px = (centre.x_px - expected.x_px).hypot(centre.y_px - expected.y_px);
        let side_px = last.box_in_frame.width_px().max(next.box_in_frame.width_px());
        let speed_px_per_sec = LINK_SPEED_FACTOR * self.speed_px_per_sec(&last.box_in_frame);
        let reach_px = side_px / 2.0 + speed_px_per_sec * secs;
        (distance_px <= reach_px).then_some(distance_px)
    }
}

/// Height of a standing person, metres, to tell pixels from metres roughly.
const PERSON_M: f32 = 1.7;
/// Height of a head, metres.
const HEAD_M: f32 = 0.25;

/// The smallest box around both: every box on the straight way from one to the other lies in it.
fn hull(a: &BoxInFrame, b: &BoxInFrame) -> BoxInFrame {
    BoxInFrame::new(
        a.left_px().min(b.left_px()),
        a.top_px().min(b.top_px()),
        a.right_px().max(b.right_px()),
        a.bottom_px().max(b.bottom_px()),
    )
    .unwrap_or(*a)
}

fn moved(area: &BoxInFrame, dx_px: f32, dy_px: f32) -> BoxInFrame {
    BoxInFrame::new(
        area.left_px() + dx_px,
        area.top_px() + dy_px,
        area.right_px() + dx_px,
        area.bottom_px() + dy_px,
    )
    .unwrap_or(*area)
}

/// Wider on each side by so much, and taller by a quarter of it: people walk along the ground.
fn grown_px(area: &BoxInFrame, px: f32) -> BoxInFrame {
    BoxInFrame::new(
        area.left_px() - px,
        area.top_px() - px / 4.0,
        area.right_px() + px,
        area.bottom_px() + px / 4.0,
    )
    .unwrap_or(*area)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(tenths: i64) -> Timestamp {
        Timestamp::from_unix_millis(1_000_000 + tenths * 100)
    }

    fn person(left_px: f32) -> Detection {
        let box_in_frame = BoxInFrame::new(left_px, 50.0, left_px + 20.0, 110.0).unwrap();
        Detection { class: ObjectClass::Person, score: 0.9, box_in_frame }
    }

    /// (tenths of a second, left edges) -> tracks.
    fn tracked(frames: &[(i64, &[f32])]) -> Vec<Track> {
        let frames: Vec<_> = frames
            .iter()
            .map(|(tenths, lefts)| (at(*tenths), lefts.iter().map(|left| person(*left)).collect::<Vec<_>>()))
            .collect();
        tracks_of(frames.iter().map(|(at, found)| (*at, found.as_slice())))
    }

    #[test]
    fn one_walker_is_one_track_over_a_gap() {
        let tracks = tracked(&[(0, &[10.0]), (2, &[20.0]), (4, &[]), (6, &[40.0])]);
        assert_eq!(tracks.len(), 1);
        let between = tracks[0].unseen_at(at(4)).unwrap();
        assert_eq!((between.left_px(), between.right_px()), (20.0, 60.0));
        assert_eq!(tracks[0].unseen_at(at(2)), None);
    }

    /// Briskly, and missed for more than a second.
    #[test]
    fn a_long_gap_is_filled_too() {
        let tracks = tracked(&[(0, &[50.0]), (2, &[]), (12, &[121.0])]);
        let between = tracks[0].unseen_at(at(2)).unwrap();
        assert_eq!((tracks.len(), between.left_px(), between.right_px()), (1, 50.0, 141.0));
    }

    #[test]
    fn two_who_stand_apart_are_two() {
        assert_eq!(tracked(&[(0, &[10.0, 300.0]), (2, &[12.0, 298.0])]).len(), 2);
    }

    #[test]
    fn an_end_is_prolonged_the_way_it_went() {
        let tracks = tracked(&[(4, &[40.0]), (6, &[50.0])]);
        let before = tracks[0].unseen_at(at(2)).unwrap();
        assert!(before.left_px() <= 30.0 && before.right_px() >= 60.0, "{before:?}");
        let single = tracked(&[(4, &[40.0])]);
        let before = single[0].unseen_at(at(2)).unwrap();
        assert!(before.left_px() < 35.0 && before.right_px() > 65.0, "{before:?}");
    }

    proptest! {
        #[test]
        fn a_steady_walker_is_covered_wherever_the_detector_missed_it(
            start_px in 50.0_f32..400.0,
            px_per_frame in -12.0_f32..12.0,
            seen in prop::collection::vec(any::<bool>(), 8),
            target in 0_usize..8,
        ) {
            let left = |index: usize| start_px + px_per_frame * index as f32;
            prop_assume!(seen.iter().filter(|seen| **seen).count() >= 2);
            let frames: Vec<(Timestamp, Vec<Detection>)> = seen
                .iter()
                .enumerate()
                .map(|(index, seen)| (at(2 * index as i64), seen.then(|| person(left(index))).into_iter().collect()))
                .collect();
            let tracks = tracks_of(frames.iter().map(|(at, found)| (*at, found.as_slice())));
            let truth = person(left(target)).box_in_frame;
            let sighted = frames[target].1.first().map(|found| found.box_in_frame);
            let covers = |area: &BoxInFrame| truth.covered_fraction_by(area) > 0.999;
            let covered = sighted.is_some_and(|area| covers(&area))
                || tracks.iter().filter_map(|track| track.unseen_at(at(2 * target as i64))).any(|area| covers(&area));
            prop_assert!(covered, "{tracks:?}");
        }
    }
}
