//! What is told of one frame so that a picture of it can be covered.

use velum_vocab::BoxInFrame;

use super::world::{Played, World, bag, person};
use super::{PLACE, owner, put_down};
use crate::Seen;

/// What was seen at a time.
fn seen_at(played: &Played, t: f64) -> Option<&Seen> {
    let (_, step) = played.steps.iter().find(|(at, _)| (at - t).abs() < 0.01).unwrap();
    step.seen.as_ref()
}

/// The largest share of a box that one moving region covers.
fn covered(seen: &Seen, found: &BoxInFrame) -> f32 {
    seen.moving_regions.iter().map(|region| found.covered_fraction_by(region)).fold(0.0, f32::max)
}

/// Where a person of the drawn world stands whose foot is here.
fn body(x: f32, y: f32) -> BoxInFrame {
    BoxInFrame::new(x - 11.0, y - 60.0, x + 11.0, y).unwrap()
}

#[test]
fn nothing_is_told_while_it_is_not_known_what_moves() {
    let played = World::of(vec![]).play(12.0);
    assert!(played.steps.iter().filter(|(t, _)| *t < 4.0).all(|(_, step)| step.seen.is_none()));
    assert!(seen_at(&played, 11.0).is_some());
    let mut dark = World::of(vec![]);
    dark.light = Box::new(|t, _, _| if t > 8.0 { 0.12 } else { 1.0 });
    assert!(dark.play(14.0).steps.last().unwrap().1.seen.is_none());
    let mut flash = World::of(vec![]);
    // Half of the picture changes at once, in stripes that no change of light explains.
    flash.light = Box::new(|t, x, _| if t > 12.0 && x / 10 % 2 == 0 { 1.9 } else { 1.0 });
    let played = flash.play(14.0);
    assert!(seen_at(&played, 11.8).is_some() && seen_at(&played, 12.4).is_none());
}

#[test]
fn a_person_whom_the_detector_misses_is_a_moving_region_standing_or_walking() {
    for density_only in [false, true] {
        let mut missed = person(210, &[(14.0, -20.0, 200.0), (18.0, 100.0, 200.0), (40.0, 100.0, 200.0)]);
        missed.seen = 0.0;
        let mut world = World::of(vec![missed]);
        world.density_only = density_only;
        let played = world.play(30.0);
        for (t, x) in [(16.0, 40.0), (17.6, 88.0), (20.0, 100.0), (29.0, 100.0)] {
            let seen = seen_at(&played, t).unwrap();
            assert!(covered(seen, &body(x, 200.0)) > 0.99, "at {t}: {:?}", seen.moving_regions);
            assert!(seen.detections.is_empty());
        }
    }
}

#[test]
fn who_is_detected_for_sure_is_told_as_that_and_not_as_a_moving_region() {
    let walker = |score: f32| {
        let mut world = World::of(vec![person(210, &[(14.0, -20.0, 200.0), (22.0, 220.0, 200.0)])]);
        world.score = score;
        world.play(20.0)
    };
    let (sure, doubtful) = (walker(0.8), walker(0.3));
    let (sure, doubtful) = (seen_at(&sure, 18.0).unwrap(), seen_at(&doubtful, 18.0).unwrap());
    let place = body(100.0, 200.0);
    assert!(sure.detections[0].box_in_frame.iou(&place) > 0.9);
    assert!(sure.moving_regions.is_empty(), "{:?}", sure.moving_regions);
    assert_eq!(doubtful.detections.len(), 1);
    assert!(covered(doubtful, &place) > 0.99, "{:?}", doubtful.moving_regions);
}

#[test]
fn an_object_is_covered_until_a_rule_has_confirmed_it() {
    let played = put_down().play(40.0);
    let lies = BoxInFrame::new(PLACE.0 - 10.0, PLACE.1 - 18.0, PLACE.0 + 10.0, PLACE.1).unwrap();
    let covered_at = |t: f64| covered(seen_at(&played, t).unwrap(), &lies);
    assert!(covered_at(16.4) > 0.9 && covered_at(36.0) == 0.0);
    let mut only_watched = World::of(vec![owner(17.0), bag(PLACE, 15.0, f64::INFINITY)]);
    only_watched.density_only = true;
    assert!(covered(seen_at(&only_watched.play(40.0), 36.0).unwrap(), &lies) > 0.99);
}

#[test]
fn boxes_are_in_the_frame_s_pixels() {
    let mut missed = person(210, &[(14.0, -20.0, 200.0), (18.0, 100.0, 200.0), (40.0, 100.0, 200.0)]);
    missed.seen = 0.0;
    let mut world = World::of(vec![missed]);
    world.background_width_px = 160;
    let seen = world.play(22.0);
    let seen = seen_at(&seen, 20.0).unwrap();
    assert!(covered(seen, &body(100.0, 200.0)) > 0.99, "{:?}", seen.moving_regions);
    let inside = |region: &BoxInFrame| region.right_px() <= 320.0 && region.bottom_px() <= 240.0;
    assert!(seen.moving_regions.iter().all(inside));
}
