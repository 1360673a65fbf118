//! One box a thing: greedy suppression, class by class.
//!
//! Invariants: the best box of a class always stays; a box is dropped only because a better one of its class
//! overlaps it by more than the limit, so that a box that touches no other always stays.

use velum_vocab::Detection;

/// More than this many boxes in one frame are not things; the best are kept.
const CANDIDATES_MAX: usize = 4_000;

/// The boxes that stay, best first. `iou_max` is 0..=1.
pub(crate) fn suppress(mut detections: Vec<Detection>, iou_max: f32) -> Vec<Detection> {
    detections.sort_by(|a, b| b.score.total_cmp(&a.score));
    detections.truncate(CANDIDATES_MAX);
    let mut kept: Vec<Detection> = Vec::new();
    for found in detections {
        let is_known = kept.iter().any(|better| {
            better.class == found.class && better.box_in_frame.iou(&found.box_in_frame) > iou_max
        });
        if !is_known {
            kept.push(found);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use velum_vocab::{BoxInFrame, ObjectClass};

    use super::*;

    fn person(left: f32, score: f32) -> Detection {
        let box_in_frame = BoxInFrame::new(left, 0.0, left + 10.0, 10.0).unwrap();
        Detection { class: ObjectClass::Person, score, box_in_frame }
    }

    #[test]
    fn the_better_of_two_stays() {
        let kept = suppress(vec![person(0.0, 0.5), person(1.0, 0.9), person(30.0, 0.2)], 0.5);
        assert_eq!(kept, [person(1.0, 0.9), person(30.0, 0.2)]);
    }

    #[test]
    fn boxes_apart_on_both_axes_do_not_suppress_each_other() {
        // Unclamped, the overlap of these would be (-90) * (-90), an overlap above every limit.
        let far = BoxInFrame::new(100.0, 100.0, 110.0, 110.0).unwrap();
        let other = Detection { box_in_frame: far, ..person(0.0, 0.8) };
        assert_eq!(suppress(vec![person(0.0, 0.9), other], 0.1).len(), 2);
    }

    fn any_detection() -> impl Strategy<Value = Detection> {
        let class = prop::sample::select(vec![ObjectClass::Person, ObjectClass::Face]);
        (class, 0.0_f32..=1.0, 0.0_f32..60.0, 0.0_f32..60.0, 0.5_f32..30.0, 0.5_f32..30.0).prop_map(
            |(class, score, x, y, w, h)| {
                let box_in_frame = BoxInFrame::new(x, y, x + w, y + h).unwrap();
                Detection { class, score, box_in_frame }
            },
        )
    }

    proptest! {
        #[test]
        fn what_is_dropped_is_covered_by_a_better_box_that_stays(
            all in prop::collection::vec(any_detection(), 0..40),
            iou_max in 0.05_f32..0.95,
        ) {
            let kept = suppress(all.clone(), iou_max);
            let overlap = |a: &Detection, b: &Detection| {
                if a.class == b.class { a.box_in_frame.iou(&b.box_in_frame) } else { 0.0 }
            };
            for found in &all {
                let stays = kept.contains(found);
                let has_better = kept.iter().any(|b| b.score >= found.score && overlap(b, found) > iou_max);
                prop_assert!(stays || has_better);
                let is_alone = all.iter().filter(|other| overlap(other, found) > 0.0).count() == 1;
                prop_assert!(stays || !is_alone);
            }
            for (at, a) in kept.iter().enumerate() {
                prop_assert!(kept[at + 1..].iter().all(|b| overlap(a, b) <= iou_max && b.score <= a.score));
            }
            prop_assert!(kept.iter().all(|found| all.contains(found)));
        }
    }
}
