use proptest::prelude::*;
use velum_vocab::Polygon;

use super::*;
use crate::testing::{at, draft};
use crate::{Mask, SettingsDraft};

const TARGET: u64 = 2;

fn area(left: f32, top: f32, right: f32, bottom: f32) -> BoxInFrame {
    BoxInFrame::new(left, top, right, bottom).unwrap()
}

fn found(class: ObjectClass, box_in_frame: BoxInFrame) -> Detection {
    Detection { class, score: 0.5, box_in_frame }
}

/// A window of five frames in which this was seen, by frame.
fn window(seen: &[(u64, Detection)], moving: &[(u64, BoxInFrame)]) -> Vec<Moment> {
    let moment = |number| Moment {
        at: at(number),
        detections: seen.iter().filter(|(frame, _)| *frame == number).map(|(_, found)| *found).collect(),
        moving_regions: moving.iter().filter(|(frame, _)| *frame == number).map(|(_, area)| *area).collect(),
    };
    (0..5).map(moment).collect()
}

fn plan_with(window: &[Moment], change: impl FnOnce(&mut SettingsDraft)) -> Plan {
    let mut draft = draft();
    change(&mut draft);
    plan_of(window, at(TARGET), &Settings::new(draft).unwrap()).unwrap()
}

fn plan(window: &[Moment]) -> Plan {
    plan_with(window, |_| ())
}

/// Whether all of the box is covered.
fn covers(plan: &Plan, area: &BoxInFrame) -> bool {
    let mask = Mask::of(plan, 320, 240);
    let columns = (area.left_px() / 2.0) as usize..(area.right_px() / 2.0).ceil() as usize;
    let mut rows = (area.top_px() / 2.0) as usize..(area.bottom_px() / 2.0).ceil() as usize;
    rows.all(|row| columns.clone().all(|column| mask.covers(column, row)))
}

#[test]
fn whatever_any_frame_of_the_window_shows_is_covered() {
    use ObjectClass::{Face, Head, Person, Suitcase, Vehicle};
    let place = area(100.0, 100.0, 120.0, 120.0);
    for number in 0..5 {
        for class in [Face, Head, Person, Vehicle] {
            let plan = plan(&window(&[(number, found(class, place))], &[]));
            assert!(covers(&plan, &place), "{class:?} in frame {number}");
        }
        assert!(covers(&plan(&window(&[], &[(number, place)])), &place), "motion in frame {number}");
        assert!(plan(&window(&[(number, found(Suitcase, place))], &[])).covers_nothing());
    }
}

#[test]
fn a_face_found_late_is_covered_where_it_was_before() {
    // It walks 12 pixels a frame, and is found in the two frames after the picture only.
    let face = |number: u64| area(100.0 + 12.0 * number as f32, 100.0, 120.0 + 12.0 * number as f32, 124.0);
    let late = [3, 4].map(|number| (number, found(ObjectClass::Face, face(number))));
    assert!(covers(&plan(&window(&late, &[])), &face(TARGET)));
}

#[test]
fn a_gap_between_two_sightings_is_filled() {
    let person = |number: u64| area(100.0 + 10.0 * number as f32, 60.0, 120.0 + 10.0 * number as f32, 130.0);
    let seen = [0, 4].map(|number| (number, found(ObjectClass::Person, person(number))));
    assert!(covers(&plan(&window(&seen, &[])), &person(TARGET)));
}

#[test]
fn a_body_without_a_head_is_covered_up_to_where_the_head_must_be() {
    use ObjectClass::{Head, Person};
    let body = area(100.0, 100.0, 130.0, 180.0);
    let above = area(105.0, 82.0, 125.0, 99.0);
    assert!(covers(&plan(&window(&[(TARGET, found(Person, body))], &[])), &above));
    let head = area(108.0, 101.0, 122.0, 118.0);
    let both = window(&[(TARGET, found(Person, body)), (TARGET, found(Head, head))], &[]);
    assert!(!covers(&plan(&both), &above));
    // Seen whole a frame ago: then all of that height is covered.
    let whole = area(100.0, 40.0, 130.0, 180.0);
    let halved = window(&[(1, found(Person, whole)), (TARGET, found(Person, body))], &[]);
    assert!(covers(&plan(&halved), &whole));
}

#[test]
fn heads_alone_are_covered_where_the_policy_has_it_so() {
    let person = found(ObjectClass::Person, area(100.0, 40.0, 140.0, 200.0));
    let plan = plan_with(&window(&[(TARGET, person)], &[]), |draft| draft.persons = PersonCover::Head);
    assert!(covers(&plan, &area(100.0, 20.0, 140.0, 80.0)));
    assert!(!covers(&plan, &area(100.0, 150.0, 140.0, 200.0)));
}

#[test]
fn scores_margin_and_private_areas_are_the_settings() {
    let place = area(100.0, 100.0, 120.0, 120.0);
    let doubtful = Detection { score: 0.2, ..found(ObjectClass::Face, place) };
    let seen = window(&[(TARGET, doubtful)], &[]);
    assert!(plan_with(&seen, |draft| draft.score_min = 0.21).covers_nothing());
    let unknown = Detection { score: f32::NAN, ..doubtful };
    assert!(covers(&plan(&window(&[(TARGET, unknown)], &[])), &place));
    let grown = plan_with(&seen, |draft| draft.margin_fraction = 0.5);
    assert!(covers(&grown, &area(90.0, 90.0, 130.0, 130.0)));
    let window_of_a_house = Polygon::from_fractions(&[(0.0, 0.0), (0.25, 0.0), (0.25, 0.25)]).unwrap();
    let private = plan_with(&window(&[], &[]), |draft| draft.private_areas = vec![window_of_a_house]);
    assert_eq!(private.private_areas().len(), 1);
}

proptest! {
    #[test]
    fn every_box_of_every_frame_is_covered_with_its_margin(
        seen in prop::collection::vec(
            (0_u64..5, 0_usize..4, -10.0_f32..300.0, -10.0_f32..220.0, 1.0_f32..60.0, 1.0_f32..60.0), 0..12),
        margin in 0.0_f32..0.5,
    ) {
        use ObjectClass::{Face, Head, Person, Vehicle};
        let seen: Vec<(u64, Detection)> = seen
            .into_iter()
            .map(|(frame, class, x, y, w, h)| {
                (frame, found([Face, Head, Person, Vehicle][class], area(x, y, x + w, y + h)))
            })
            .collect();
        let plan = plan_with(&window(&seen, &[]), |draft| draft.margin_fraction = margin);
        for (_, found) in &seen {
            if let Some(visible) = found.box_in_frame.grown_by(margin).clipped_to(320, 240) {
                prop_assert!(covers(&plan, &visible), "{found:?}");
            }
        }
    }
}
