//! Who is followed from frame to frame: for the evaluator, and for nothing else.
//!
//! Invariant: it is asked for and is no part of a [`Step`](crate::Step), so that nothing on a box's path carries it.

use velum_vocab::{BoxInFrame, Timestamp};

use crate::picture::WorkingSize;
use crate::tracks::Tracker;

/// A person who is followed, as the last frame showed them. It never leaves the process and is never written.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Followed {
    /// The track: one number as long as it goes on, on this camera, while the program runs.
    pub track: u64,
    /// Where the person is, in the frame's pixels.
    pub box_in_frame: BoxInFrame,
}

/// The tracks that were seen at this time; not those that are only expected somewhere.
pub(crate) fn seen_at(at: Timestamp, tracker: &Tracker, size: &WorkingSize) -> Vec<Followed> {
    let seen = tracker.tracks().iter().filter(|track| track.seen_at == at);
    seen.map(|track| Followed {
        track: track.id.number(),
        box_in_frame: size.frame_from_working(&track.box_in_frame),
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use velum_vocab::{Detection, ObjectClass};

    use super::*;

    #[test]
    fn only_those_seen_in_this_frame_are_told_in_its_pixels() {
        let size = WorkingSize::of_frame((1280, 720), 640);
        let person = |left: f32| Detection {
            class: ObjectClass::Person,
            score: 0.9,
            box_in_frame: BoxInFrame::new(left, 50.0, left + 20.0, 110.0).unwrap(),
        };
        let (begin, later) = (Timestamp::from_unix_millis(1_000), Timestamp::from_unix_millis(1_200));
        let mut tracker = Tracker::default();
        tracker.step(&[person(100.0), person(400.0)], begin);
        let first = seen_at(begin, &tracker, &size);
        tracker.step(&[person(401.0)], later);
        let [still] = seen_at(later, &tracker, &size)[..] else { panic!("{tracker:?}") };
        let before = first.iter().find(|one| one.track == still.track).unwrap();
        let lefts = (before.box_in_frame.left_px(), still.box_in_frame.left_px());
        assert_eq!((first.len(), lefts), (2, (800.0, 802.0)));
    }
}
