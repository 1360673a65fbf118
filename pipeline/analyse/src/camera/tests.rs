mod counts;
mod crowd_map;
mod movement;
mod removed;
mod seen;
mod world;

use velum_vocab::{AlertState, ExplanationCode as Code, ObservationBody, Validity};

use super::*;
use world::{Played, World, bag, person};

const PLACE: (f32, f32) = (180.0, 200.0);

/// Somebody comes from the left, stands beside the bag's place, and goes away to the right.
fn owner(leaves_at: f64) -> world::Actor {
    let beside = PLACE.0 - 24.0;
    person(
        200,
        &[
            (10.0, -20.0, 200.0),
            (14.0, beside, 200.0),
            (leaves_at, beside, 200.0),
            (leaves_at + 6.0, 340.0, 160.0),
        ],
    )
}

/// A bag is put down at 15 s; its owner leaves at 17 s, and is 3 m away at about 19 s.
fn put_down() -> World {
    World::of(vec![owner(17.0), bag(PLACE, 15.0, f64::INFINITY)])
}

fn states(played: &Played) -> Vec<AlertState> {
    played.said().into_iter().map(|(_, state)| state).collect()
}

fn check_silent(world: &World, until: f64) {
    let played = world.play(until);
    let said: Vec<_> = played.observations().iter().map(|(t, o)| (*t, o.explanation.clone())).collect();
    assert!(said.is_empty(), "{said:?}, refused: {:?}", played.suppressed());
}

fn codes(observation: &Observation) -> Vec<Code> {
    observation.explanation.iter().map(|e| e.code).collect()
}

#[test]
fn a_bag_left_alone_raises_one_alert_that_explains_itself() {
    let played = put_down().play(60.0);
    assert_eq!(states(&played), [AlertState::Raised], "refused: {:?}", played.suppressed());
    let (at, raised) = played.observations()[0];
    assert!((29.0..36.0).contains(&at), "raised at {at}");
    for code in [
        Code::PutDownSecsAgo,
        Code::OwnerLeftSecsAgo,
        Code::UnattendedSecs,
        Code::OwnerBackTraced,
        Code::DropOffWitnessed,
        Code::NewlyArrived,
        Code::StaticSecs,
        Code::NotAPerson,
        Code::NotLight,
        Code::PlausibleSize,
    ] {
        assert!(codes(raised).contains(&code), "{} is missing", code.name());
    }
    let ObservationBody::AbandonedObject(object) = &raised.body else { panic!("an object") };
    let truth = velum_vocab::BoxInFrame::new(170.0, 182.0, 190.0, 200.0).unwrap();
    assert!(object.box_in_frame.iou(&truth) > 0.6, "{:?}", object.box_in_frame);
    let put_down = object.put_down_at.unix_millis() - 1_700_000_000_000;
    assert!((14_000..17_500).contains(&put_down), "put down at {put_down} ms");
    assert_eq!(raised.staged.as_deref(), Some("a drawn scene"));
    assert_eq!(raised.models, [velum_vocab::Digest([9; 32])]);
}

#[test]
fn without_back_tracing_it_says_that_proximity_decided() {
    let mut world = put_down();
    world.back_tracing_allowed = false;
    let played = world.play(60.0);
    assert_eq!(states(&played), [AlertState::Raised]);
    let raised = codes(played.observations()[0].1);
    assert!(raised.contains(&Code::ProximityOnly) && !raised.contains(&Code::OwnerBackTraced));
}

#[test]
fn an_owner_who_stays_keeps_it_attended() {
    check_silent(&World::of(vec![owner(500.0), bag(PLACE, 15.0, f64::INFINITY)]), 70.0);
}

#[test]
fn a_place_where_something_was_taken_away_is_no_object() {
    let world = World::of(vec![owner(17.0), bag(PLACE, -1.0, 15.0)]);
    check_silent(&world, 60.0);
    let refused = world.play(30.0).suppressed();
    assert!(refused.contains(&"taken_away") || refused.contains(&"low_contrast"), "{refused:?}");
}

#[test]
fn a_person_standing_still_for_minutes_is_no_object() {
    check_silent(&World::of(vec![owner(200.0)]), 150.0);
    let mut now_and_then = owner(200.0);
    now_and_then.seen = 0.5;
    check_silent(&World::of(vec![now_and_then]), 120.0);
}

#[test]
fn someone_sitting_low_is_no_object() {
    let mut sitting = person(60, &[(12.0, 100.0, 200.0), (14.0, 180.0, 200.0), (200.0, 180.0, 200.0)]);
    sitting.size = (30.0, 34.0);
    check_silent(&World::of(vec![sitting]), 90.0);
}

#[test]
fn a_bag_put_down_beside_someone_who_stands_there_is_cut_apart_from_him() {
    // Nobody finds the one who stands: he and the bag are one region, that is too large for a thing.
    let mut stands = person(60, &[(3.0, 201.0, 201.0), (200.0, 201.0, 201.0)]);
    stands.seen = 0.0;
    let mut world = put_down();
    world.actors.push(stands);
    let played = world.play(70.0);
    assert_eq!(states(&played), [AlertState::Raised], "refused: {:?}", played.suppressed());
    let ObservationBody::AbandonedObject(object) = &played.observations()[0].1.body else { panic!() };
    assert!(object.box_in_frame.height_px() < 30.0, "{:?}", object.box_in_frame);
}

#[test]
fn nobody_who_lies_down_unseen_becomes_an_object_piece_by_piece() {
    for width in [52.0, 34.0] {
        let mut lying = person(60, &[(12.0, 150.0, 205.0), (14.0, 180.0, 205.0), (200.0, 180.0, 205.0)]);
        (lying.size, lying.seen) = ((width, 22.0), 0.0);
        let mut comes = owner(16.0);
        comes.foot = person(60, &[(8.0, -20.0, 205.0), (14.0, 176.0, 205.0)]).foot;
        check_silent(&World::of(vec![comes, lying]), 60.0);
    }
}

#[test]
fn another_bag_that_is_taken_for_a_person_is_not_its_owner() {
    let beside = (PLACE.0 + 34.0, PLACE.1);
    let mut taken_for_a_person = person(40, &[(15.0, beside.0, beside.1), (200.0, beside.0, beside.1)]);
    taken_for_a_person.size = (20.0, 34.0);
    let mut world = put_down();
    world.actors.push(taken_for_a_person);
    let played = world.play(70.0);
    let raised = played.observations().iter().filter(|(_, o)| o.state == AlertState::Raised).count();
    assert!(raised >= 1, "refused: {:?}", played.suppressed());
}

#[test]
fn where_the_crowd_is_too_dense_nothing_is_raised_and_what_is_told_is_not_valid() {
    let crowd = |from: f64, until: f64| {
        [60.0, 110.0, 260.0].map(|x| person(205, &[(from, x, 140.0), (until, x + 20.0, 140.0)]))
    };
    let mut always = put_down();
    always.valid_up_to_persons = 2.0;
    always.actors.extend(crowd(12.0, 200.0));
    let played = always.play(60.0);
    assert!(states(&played).is_empty());
    let doubts = played.steps.iter().flat_map(|(_, step)| &step.validity).filter_map(|rule| rule.doubt);
    assert!(doubts.filter(|doubt| *doubt == "too_dense").count() > 100);

    let mut later = World::of(vec![owner(17.0), bag(PLACE, 15.0, 60.0)]);
    later.valid_up_to_persons = 2.0;
    later.actors.extend(crowd(45.0, 200.0));
    let played = later.play(80.0);
    assert_eq!(states(&played), [AlertState::Raised, AlertState::Cleared]);
    let told = played.observations();
    assert_eq!(told.first().unwrap().1.validity, Validity::Valid);
    let cleared = told.last().unwrap().1;
    assert_eq!(cleared.validity, Validity::NotValid);
    assert!(codes(cleared).contains(&Code::TooDense));
}

#[test]
fn passers_by_neither_reset_nor_raise_it() {
    let undisturbed = put_down().play(60.0).said()[0].0;
    let mut world = put_down();
    for start in [20.0, 24.0, 27.0, 31.0] {
        world.actors.push(person(210, &[(start, -20.0, 215.0), (start + 7.0, 340.0, 215.0)]));
    }
    let played = world.play(70.0);
    assert_eq!(states(&played), [AlertState::Raised]);
    let (at, raised) = played.observations()[0];
    assert!(
        at >= undisturbed - 0.3 && at <= undisturbed + 8.0,
        "{undisturbed} s undisturbed, {at} s with passers-by"
    );
    assert!(codes(raised).contains(&Code::HiddenSecs));
}

#[test]
fn somebody_standing_before_it_stops_the_timer_and_does_not_reset_it() {
    let mut world = put_down();
    let before = (PLACE.0, PLACE.1 + 20.0);
    world.actors.push(person(
        210,
        &[(22.0, -20.0, 220.0), (26.0, before.0, before.1), (46.0, before.0, before.1), (50.0, 340.0, 220.0)],
    ));
    let played = world.play(80.0);
    assert_eq!(states(&played), [AlertState::Raised]);
    let at = played.said()[0].0;
    assert!((46.0..72.0).contains(&at), "raised at {at}");
}

#[test]
fn a_change_of_light_is_no_object() {
    let lit = |light: fn(f64, usize, usize) -> f64| {
        let mut world = World::of(vec![person(200, &[(14.0, -20.0, 200.0), (26.0, 340.0, 200.0)])]);
        world.light = Box::new(light);
        check_silent(&world, 60.0);
    };
    lit(|t, _, _| if t > 20.0 { 1.35 } else { 1.0 });
    lit(|t, _, _| 1.0 + 0.3 * (t / 7.0).sin());
    // A lamp that lights a patch of the size of a bag, while somebody walks by.
    lit(|t, x, y| if t > 20.0 && (170..190).contains(&x) && (182..200).contains(&y) { 1.4 } else { 1.0 });
    // A shadow of that size.
    lit(|t, x, y| if t > 20.0 && (170..190).contains(&x) && (182..200).contains(&y) { 0.6 } else { 1.0 });
}

#[test]
fn what_is_picked_up_is_cleared() {
    let taker =
        person(60, &[(44.0, -20.0, 200.0), (50.0, 176.0, 200.0), (52.0, 176.0, 200.0), (58.0, -20.0, 200.0)]);
    let world = World::of(vec![owner(17.0), bag(PLACE, 15.0, 51.0), taker]);
    let played = world.play(75.0);
    assert_eq!(states(&played), [AlertState::Raised, AlertState::Cleared]);
    let all = played.observations();
    let (raised, cleared) = (all[0].1, all[all.len() - 1].1);
    assert_eq!(raised.alert, cleared.alert);
    assert!(codes(cleared).contains(&Code::PickedUp));
    assert!(played.state.unwrap().objects.is_empty());
}

#[test]
fn an_alert_that_goes_on_is_updated_sparingly() {
    let played = put_down().play(150.0);
    let states: Vec<_> = played.observations().iter().map(|(_, o)| o.state).collect();
    let [AlertState::Raised, updates @ ..] = &states[..] else { panic!("{states:?}") };
    assert!((2..=4).contains(&updates.len()), "{states:?}");
}

/// Exactly one alert over all lives of the box, whenever the kill comes, as long as the bag had been seen alone.
#[test]
fn a_kill_at_any_moment_neither_loses_nor_doubles_the_alert() {
    for kill in (0..14).map(|i| 22.0 + 2.1 * f64::from(i)) {
        let played = put_down().play_with_kills(80.0, &[kill], 2.0);
        assert_eq!(
            states(&played),
            [AlertState::Raised],
            "killed at {kill}, refused: {:?}",
            played.suppressed()
        );
    }
}

#[test]
fn a_thing_that_appears_by_itself_is_remembered_from_its_first_frame_on() {
    for kill in [15.2, 15.4, 15.8, 16.2, 17.4, 18.0, 19.0, 20.0, 21.5] {
        let world = World::of(vec![bag(PLACE, 15.0, f64::INFINITY)]);
        let played = world.play_with_kills(70.0, &[kill], 2.0);
        assert_eq!(
            states(&played),
            [AlertState::Raised],
            "killed at {kill}, refused: {:?}",
            played.suppressed()
        );
        assert!(codes(played.observations()[0].1).contains(&Code::RestoredAfterRestart));
    }
}

#[test]
fn what_moved_at_the_moment_of_a_kill_is_no_object() {
    for kill in (0..8).map(|i| 15.0 + 0.6 * f64::from(i)) {
        let mut missed = person(210, &[(14.0, -20.0, 200.0), (20.0, 340.0, 200.0)]);
        missed.size = (20.0, 30.0);
        missed.seen = 0.0;
        let world = World::of(vec![missed]);
        let played = world.play_with_kills(50.0, &[kill], 2.0);
        assert!(states(&played).is_empty(), "killed at {kill}");
        assert!(played.state.unwrap().objects.is_empty(), "killed at {kill}");
    }
}

#[test]
fn repeated_kills_let_the_timer_go_on() {
    let played = put_down().play_with_kills(110.0, &[24.0, 31.0, 38.0, 60.0, 75.0], 1.0);
    assert_eq!(states(&played), [AlertState::Raised]);
    let raised = played.observations()[0].1;
    assert!(codes(raised).contains(&Code::RestoredAfterRestart));
}

#[test]
fn what_was_taken_while_the_box_was_down_is_cleared_or_forgotten() {
    let gone_at = |until: f64| World::of(vec![owner(17.0), bag(PLACE, 15.0, until)]);
    let after_alert = gone_at(45.0).play_with_kills(80.0, &[44.0], 3.0);
    assert_eq!(states(&after_alert), [AlertState::Raised, AlertState::Cleared]);
    let before_alert = gone_at(25.0).play_with_kills(80.0, &[24.0], 3.0);
    assert_eq!(states(&before_alert), []);
    assert!(before_alert.state.unwrap().objects.is_empty());
}

#[test]
fn the_same_frames_give_the_same_observations() {
    let told = |played: &Played| -> Vec<String> {
        let all = played.observations().into_iter();
        all.map(|(t, o)| format!("{t} {:?} {:?} {:?} {}", o.state, o.body, o.explanation, o.confidence))
            .collect()
    };
    assert_eq!(told(&put_down().play(60.0)), told(&put_down().play(60.0)));
}

#[test]
fn the_rules_rest_while_nothing_can_be_seen() {
    let mut dark = put_down();
    dark.light = Box::new(|t, _, _| if (20.0..100.0).contains(&t) { 0.12 } else { 1.0 });
    let played = dark.play(90.0);
    assert_eq!(states(&played), []);
    assert_eq!(played.steps.last().unwrap().1.picture, PictureState::Dark);
    let mut frozen = World::of(vec![]);
    frozen.noise = 0;
    let played = frozen.play(40.0);
    assert_eq!(played.steps.last().unwrap().1.picture, PictureState::Frozen);
}

#[test]
fn refuses_the_frames_and_the_state_of_another_camera() {
    let world = World::of(vec![]);
    let mut settings = world.settings();
    settings.camera = velum_vocab::CameraId::parse("other").unwrap();
    let state = world.play(1.0).state.unwrap();
    struct Nothing;
    impl Detect for Nothing {
        fn detect(&self, _frame: &RawFrame) -> Result<Vec<Detection>, velum_models::ModelError> {
            Ok(Vec::new())
        }
        fn digest(&self) -> Digest {
            Digest([0; 32])
        }
    }
    let mut analysis = CameraAnalysis::new(settings, Arc::new(Nothing)).unwrap();
    assert!(matches!(analysis.step(&world.draw(0.0, 0)), Err(AnalyseError::OtherCamera { .. })));
    assert!(matches!(analysis.restore(&state), Err(AnalyseError::OtherCamera { .. })));
}

/// A rectangle around the place of the bag.
fn bench() -> crate::Furniture {
    let (x, y) = (f64::from(PLACE.0) / 320.0, f64::from(PLACE.1) / 240.0);
    crate::Furniture {
        zone: velum_vocab::ZoneId::parse("plaza").unwrap(),
        left_fraction: x - 0.06,
        top_fraction: y - 0.12,
        right_fraction: x + 0.06,
        bottom_fraction: y + 0.04,
    }
}

#[test]
fn what_was_confirmed_as_furniture_is_no_object_and_its_alert_ends() {
    let check = |told_at: f64, expected: &[AlertState]| {
        let mut world = put_down();
        world.furniture = vec![(told_at, vec![bench()])];
        let played = world.play(75.0);
        assert_eq!(states(&played), expected, "told at {told_at}: {:?}", played.suppressed());
        assert!(played.suppressed().contains(&"furniture"), "told at {told_at}");
        if let Some((_, ended)) =
            played.observations().into_iter().find(|(_, o)| o.state == AlertState::Cleared)
        {
            assert!(codes(ended).contains(&Code::ConfirmedFurniture));
        }
    };
    check(0.0, &[]);
    check(22.0, &[]);
    check(55.0, &[AlertState::Raised, AlertState::Cleared]);
}

#[test]
fn furniture_elsewhere_in_another_zone_or_expired_hides_nothing() {
    let elsewhere = crate::Furniture { left_fraction: 0.1, right_fraction: 0.3, ..bench() };
    let other_zone = crate::Furniture { zone: velum_vocab::ZoneId::parse("other").unwrap(), ..bench() };
    for told in [vec![(0.0, vec![elsewhere, other_zone])], vec![(0.0, vec![bench()]), (10.0, Vec::new())]] {
        let mut world = put_down();
        world.furniture = told;
        let played = world.play(60.0);
        assert_eq!(states(&played), [AlertState::Raised], "{:?}", played.suppressed());
    }
}
