//! How long one person or face stays uncovered.
//!
//! Boxes of successive frames are one person where they have the same id, or, without ids, where they overlap
//! best. A run ends with a frame in which the person is covered, is not there, or nothing is shown.

use serde::Serialize;
use velum_vocab::{BoxInFrame, Timestamp};

use crate::truth::{Kind, TruthBox};

/// Without ids, boxes of successive frames that overlap at least this much are the same person.
const SAME_IOU: f32 = 0.2;

/// The longest time that one person or face was uncovered.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub struct Longest {
    /// Successive pictures.
    pub frames: u32,
    /// From the first of them to the last.
    pub secs: f64,
}

impl Longest {
    /// The longer of two.
    #[must_use]
    pub fn max(self, other: Self) -> Self {
        if (other.frames, other.secs) > (self.frames, self.secs) { other } else { self }
    }
}

#[derive(Debug, Clone, Copy)]
struct Open {
    kind: Kind,
    id: Option<u32>,
    box_in_frame: BoxInFrame,
    frames: u32,
    since: Timestamp,
}

/// Follows uncovered boxes through one clip.
#[derive(Debug, Default)]
pub(crate) struct Runs {
    open: Vec<Open>,
    longest: Longest,
}

impl Runs {
    /// The next picture that is shown, with what is uncovered in it; each of these belongs to at most one run.
    pub(crate) fn shown(&mut self, at: Timestamp, uncovered: &[TruthBox]) {
        let mut before = std::mem::take(&mut self.open);
        for truth in uncovered {
            let known = best_match(&before, truth).map(|index| before.swap_remove(index));
            let open = Open {
                kind: truth.kind,
                id: truth.id,
                box_in_frame: truth.box_in_frame,
                frames: known.map_or(0, |open| open.frames) + 1,
                since: known.map_or(at, |open| open.since),
            };
            self.longest = self.longest.max(Longest { frames: open.frames, secs: at.secs_since(open.since) });
            self.open.push(open);
        }
    }

    /// The next picture is not shown: every run ends.
    pub(crate) fn withheld(&mut self) {
        self.open.clear();
    }

    pub(crate) fn longest(&self) -> Longest {
        self.longest
    }
}

fn best_match(before: &[Open], truth: &TruthBox) -> Option<usize> {
    let score = |open: &Open| match (open.id, truth.id) {
        _ if open.kind != truth.kind => 0.0,
        (Some(a), Some(b)) => f32::from(u8::from(a == b)),
        _ => open.box_in_frame.iou(&truth.box_in_frame),
    };
    let scored = before.iter().map(score).enumerate();
    let best = scored.max_by(|a, b| a.1.total_cmp(&b.1))?;
    (best.1 >= SAME_IOU).then_some(best.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn face(left: f32, id: Option<u32>) -> TruthBox {
        let box_in_frame = BoxInFrame::new(left, 0.0, left + 10.0, 10.0).unwrap();
        TruthBox { id, ..TruthBox::new(Kind::Face, box_in_frame) }
    }

    /// Frames a second apart; `None` is a picture that is not shown.
    fn check(frames: &[Option<Vec<TruthBox>>], expected: u32) {
        let mut runs = Runs::default();
        for (second, uncovered) in frames.iter().enumerate() {
            match uncovered {
                Some(uncovered) => runs.shown(Timestamp::from_unix_secs(second as i64), uncovered),
                None => runs.withheld(),
            }
        }
        let longest = runs.longest();
        assert_eq!(longest.frames, expected);
        assert_eq!(longest.secs, f64::from(expected.max(1) - 1));
    }

    #[test]
    fn a_run_is_one_person_in_successive_pictures() {
        let at = |left| Some(vec![face(left, None)]);
        check(&[], 0);
        check(&[at(0.0)], 1);
        check(&[at(0.0), at(2.0), at(4.0)], 3);
        check(&[at(0.0), at(50.0), at(0.0)], 1);
        check(&[at(0.0), at(0.0), Some(Vec::new()), at(0.0)], 2);
        check(&[at(0.0), None, at(0.0)], 1);
    }

    #[test]
    fn ids_hold_where_there_are_some() {
        let both = |a, b| Some(vec![face(0.0, Some(a)), face(1.0, Some(b))]);
        check(&[both(1, 2), both(2, 3), both(2, 1)], 3);
        check(&[both(1, 2), both(3, 4)], 1);
    }

    #[test]
    fn two_who_overlap_do_not_share_a_run() {
        let one = Some(vec![face(0.0, None)]);
        let two = Some(vec![face(0.0, None), face(1.0, None)]);
        check(&[one, two.clone(), two], 3);
    }
}
