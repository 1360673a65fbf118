//! Which alert tells of which object: by place and time.
//!
//! An alert is of a thing where their boxes overlap, or its middle lies in the thing's neighbourhood, while the
//! thing is there. The first alert of an object finds it, later ones are duplicates; an alert of nothing, or of
//! what may not alert, is false.

use serde::{Deserialize, Serialize};
use velum_vocab::BoxInFrame;

use super::truth::ObjectKind;

/// Boxes that overlap this much are the same place.
const SAME_IOU: f32 = 0.1;
/// Else the middle of an alert must lie within this many of the thing's longer side from the thing's middle.
const NEAR_SIDES: f32 = 1.0;
/// Times of truth are this exact, seconds.
const TRUTH_SECS: f64 = 1.0;
/// An alert may be raised so long after its thing was taken away.
const LATE_SECS: f64 = 10.0;

/// A thing that is truly there.
#[derive(Debug, Clone)]
pub(crate) struct True {
    pub(crate) kind: ObjectKind,
    pub(crate) box_in_frame: BoxInFrame,
    pub(crate) put_down_secs: f64,
    pub(crate) gone_secs: Option<f64>,
}

/// An alert that was raised.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Raised {
    pub(crate) secs: f64,
    pub(crate) box_in_frame: BoxInFrame,
}

/// What an alert tells of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "is", content = "object")]
pub enum Verdict {
    /// The object with this number, for the first time.
    Finds(usize),
    /// An object that had alerted before.
    Duplicate(usize),
    /// A thing that may not alert.
    FalseOn(usize),
    /// Nothing.
    False,
}

/// The verdict on each alert, in their order, which is that of time.
pub(crate) fn judge(raised: &[Raised], things: &[True]) -> Vec<Verdict> {
    let mut found = vec![false; things.len()];
    raised.iter().map(|alert| judge_one(alert, things, &mut found)).collect()
}

fn judge_one(alert: &Raised, things: &[True], found: &mut [bool]) -> Verdict {
    let mut near: Vec<(usize, f32)> = things
        .iter()
        .enumerate()
        .filter_map(|(index, thing)| Some((index, closeness(alert, thing)?)))
        .collect();
    near.sort_by(|a, b| b.1.total_cmp(&a.1));
    let is_object = |index: usize| things.get(index).is_some_and(|thing| thing.kind == ObjectKind::Object);
    let is_found = |found: &[bool], index: usize| found.get(index).copied().unwrap_or(false);
    // What overlaps goes before what is only near.
    let touches = near.first().is_some_and(|(_, closeness)| *closeness >= 0.0);
    near.retain(|(_, closeness)| !touches || *closeness >= 0.0);
    // Of two objects side by side, the second alert may fit the first one better.
    let fresh = near.iter().find(|(index, _)| touches && is_object(*index) && !is_found(found, *index));
    if let Some(&(index, _)) = fresh.or_else(|| near.iter().find(|(index, _)| is_object(*index))) {
        if is_found(found, index) {
            return Verdict::Duplicate(index);
        }
        if let Some(found) = found.get_mut(index) {
            *found = true;
        }
        return Verdict::Finds(index);
    }
    near.first().map_or(Verdict::False, |(index, _)| Verdict::FalseOn(*index))
}

/// How well the place fits: overlap from 0 on, below 0 by distance; none where place or time do not fit.
fn closeness(alert: &Raised, thing: &True) -> Option<f32> {
    let last = thing.gone_secs.map_or(f64::INFINITY, |gone| gone + LATE_SECS);
    if alert.secs < thing.put_down_secs - TRUTH_SECS || alert.secs > last {
        return None;
    }
    let (a, b) = (&alert.box_in_frame, &thing.box_in_frame);
    let overlap = a.iou(b);
    if overlap >= SAME_IOU {
        return Some(overlap);
    }
    let (from, to) = (a.centre(), b.centre());
    let off = (from.x_px - to.x_px).hypot(from.y_px - to.y_px);
    let reach = NEAR_SIDES * b.width_px().max(b.height_px());
    (off <= reach).then(|| -off / reach - f32::EPSILON)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::truth::box_of_corner;

    fn thing(kind: ObjectKind, left: f32, put_down_secs: f64, gone_secs: Option<f64>) -> True {
        True { kind, box_in_frame: box_of_corner(left, 100.0, 20.0, 30.0).unwrap(), put_down_secs, gone_secs }
    }

    fn at(secs: f64, left: f32) -> Raised {
        Raised { secs, box_in_frame: box_of_corner(left, 100.0, 20.0, 30.0).unwrap() }
    }

    fn check(things: &[True], raised: &[Raised], expected: &[Verdict]) {
        assert_eq!(judge(raised, things), expected, "{raised:?}");
    }

    #[test]
    fn an_alert_belongs_to_what_is_there_at_its_place_and_time() {
        let bag = [thing(ObjectKind::Object, 50.0, 20.0, Some(60.0))];
        check(&bag, &[at(40.0, 50.0)], &[Verdict::Finds(0)]);
        check(&bag, &[at(40.0, 75.0)], &[Verdict::Finds(0)]);
        check(&bag, &[at(40.0, 85.0)], &[Verdict::False]);
        check(&bag, &[at(18.0, 50.0)], &[Verdict::False]);
        check(&bag, &[at(19.5, 50.0)], &[Verdict::Finds(0)]);
        check(&bag, &[at(69.0, 50.0)], &[Verdict::Finds(0)]);
        check(&bag, &[at(71.0, 50.0)], &[Verdict::False]);
        check(&bag, &[], &[]);
    }

    #[test]
    fn the_same_object_is_found_once() {
        let bag = [thing(ObjectKind::Object, 50.0, 20.0, None)];
        let both = [Verdict::Finds(0), Verdict::Duplicate(0)];
        check(&bag, &[at(40.0, 50.0), at(55.0, 52.0)], &both);
    }

    #[test]
    fn two_objects_side_by_side_are_two() {
        let bags = [thing(ObjectKind::Object, 50.0, 20.0, None), thing(ObjectKind::Object, 62.0, 22.0, None)];
        check(&bags, &[at(40.0, 51.0), at(42.0, 61.0)], &[Verdict::Finds(0), Verdict::Finds(1)]);
        check(&bags, &[at(40.0, 55.0), at(42.0, 55.0)], &[Verdict::Finds(0), Verdict::Finds(1)]);
        let apart =
            [thing(ObjectKind::Object, 50.0, 20.0, None), thing(ObjectKind::Object, 75.0, 20.0, None)];
        check(&apart, &[at(40.0, 50.0), at(50.0, 50.0)], &[Verdict::Finds(0), Verdict::Duplicate(0)]);
    }

    #[test]
    fn what_may_not_alert_is_false_and_told() {
        let both =
            [thing(ObjectKind::PersonLying, 50.0, 0.0, None), thing(ObjectKind::Object, 300.0, 20.0, None)];
        check(&both, &[at(30.0, 50.0), at(40.0, 300.0)], &[Verdict::FalseOn(0), Verdict::Finds(1)]);
        let beside =
            [thing(ObjectKind::PersonStill, 50.0, 0.0, None), thing(ObjectKind::Object, 55.0, 20.0, None)];
        check(&beside, &[at(40.0, 51.0)], &[Verdict::Finds(1)]);
    }
}
