//! Which moment after an alert becomes its still.

use super::*;

/// Somebody whose box covers this part of the suitcase, margins left aside.
fn person_up_to(right_px: f32) -> Seen {
    let box_in_frame = BoxInFrame::new(-20.0, -20.0, right_px, 60.0).unwrap();
    let detections = vec![Detection { class: ObjectClass::Person, score: 0.9, box_in_frame }];
    Seen { detections, moving_regions: Vec::new() }
}

pub(super) fn before_it() -> Seen {
    person_up_to(40.0)
}

fn beside_it() -> Seen {
    person_up_to(2.0)
}

/// How many stills are logged as collected, allowed and denied.
fn collected(place: &Place) -> (usize, usize) {
    let log = place.log();
    let lines = || log.lines().filter(|line| line.contains("\"collection\""));
    let allowed = lines().filter(|line| line.contains("\"allowed\"")).count();
    (allowed, lines().count() - allowed)
}

fn secs_after_the_alert(place: &Place, event: EventId) -> f64 {
    let facts = place.edge.shared.outbox.still_facts(event).unwrap();
    facts.captured_at.secs_since(START.plus(STEP * BEFORE as u32))
}

/// The alert is raised while somebody is before the suitcase.
pub(super) fn hidden(place: &mut Place) -> EventId {
    place.quiet(BEFORE);
    place.alert_on(before_it())
}

#[test]
fn a_picture_that_hides_the_object_gives_way_to_one_that_does_not() {
    let mut place = Place::usual();
    let event = hidden(&mut place);
    place.slowly(20, before_it);
    assert!(!place.is_kept(event));
    assert_eq!(place.ask(&place.wish(event)), Err("being_made"));
    place.slowly(30, nothing);
    // Until 4 s somebody was there, and for as many frames as the hold it stays covered.
    let secs = secs_after_the_alert(&place, event);
    assert!((4.7..7.0).contains(&secs), "{secs}");
    assert_eq!(place.edge.shared.outbox.still_facts(event).unwrap().covered_fraction, 0.0);
    assert_eq!(collected(&place), (1, 0));
    assert!(place.edge.shared.metrics.page().unwrap().contains("velum_stills_kept_total 1"));
}

#[test]
fn where_all_hide_the_object_the_least_covered_is_kept_at_the_end() {
    let mut place = Place::usual();
    let event = hidden(&mut place);
    place.slowly(20, before_it);
    place.slowly(25, || person_up_to(9.0));
    place.slowly(20, before_it);
    assert!(!place.is_kept(event), "it is searched for 20 s, or ten times");
    place.slowly(40, before_it);
    assert_eq!(collected(&place), (1, 0));
    let secs = secs_after_the_alert(&place, event);
    assert!((4.7..8.7).contains(&secs), "{secs}");
    place.slowly(50, nothing);
    assert_eq!(secs_after_the_alert(&place, event), secs, "and nothing comes after it");
}

#[test]
fn a_scene_without_the_object_is_better_than_none() {
    let mut place = Place::usual();
    let event = hidden(&mut place);
    place.slowly(110, before_it);
    assert!(secs_after_the_alert(&place, event) < 0.1);
}

#[test]
fn who_stands_beside_the_object_hides_nothing_of_it() {
    let mut place = Place::usual();
    place.quiet(BEFORE);
    let event = place.alert_on(beside_it());
    place.slowly(AFTER, beside_it);
    assert!(secs_after_the_alert(&place, event) < 0.1);
    assert!(place.edge.shared.outbox.still_facts(event).unwrap().covered_fraction > 0.0);
}

#[test]
fn what_was_withheld_is_tried_again() {
    let check = |break_it: fn(&Place), mend: fn(&Place)| {
        let mut place = Place::usual();
        break_it(&place);
        let event = place.whole_alert();
        assert_eq!(place.ask(&place.wish(event)), Err("being_made"));
        mend(&place);
        place.slowly(20, nothing);
        assert!(place.is_kept(event));
        assert_eq!(collected(&place), (1, 0), "what was tried before is no denial");
    };
    check(
        |place| *place.other.painted.lock().unwrap() = failed,
        |place| *place.other.painted.lock().unwrap() = || Ok(Vec::new()),
    );
    check(
        |place| *place.other.raw.lock().unwrap() = starved,
        |place| *place.other.raw.lock().unwrap() = || Ok(Vec::new()),
    );
}

#[test]
fn whom_the_verifier_finds_once_ends_the_search_and_what_it_found() {
    let mut place = Place::usual();
    let event = hidden(&mut place);
    place.slowly(20, before_it);
    *place.other.painted.lock().unwrap() = someone;
    place.slowly(10, before_it);
    place.assert_withheld(event, "verifier");
    *place.other.painted.lock().unwrap() = || Ok(Vec::new());
    place.slowly(60, nothing);
    place.assert_withheld(event, "verifier");
    assert_eq!(collected(&place), (0, 1));
}

#[test]
fn the_end_of_the_alert_or_of_the_camera_ends_the_search_with_the_best_picture() {
    let check = |end: fn(&mut Place, EventId)| {
        let mut place = Place::usual();
        let event = hidden(&mut place);
        place.slowly(10, before_it);
        end(&mut place, event);
        assert!(secs_after_the_alert(&place, event) < 0.1);
        place.slowly(60, nothing);
        assert!(secs_after_the_alert(&place, event) < 0.1, "a picture without the object shows nothing");
        assert_eq!(collected(&place), (1, 0));
    };
    check(|place, event| {
        place.clear(event);
        // The picture that was asked for before is still made.
        place.slowly(AFTER + 2, before_it);
    });
    check(|place, _| place.keeper.close(PictureWithheld::WindowIncomplete));
    check(|place, _| {
        place.edge.clock.advance(Duration::from_secs(30));
        place.keeper.look();
        place.stills.worker.reached();
    });
}

#[test]
fn a_policy_that_ends_stills_ends_the_search_and_what_it_found() {
    let mut place = Place::usual();
    let event = hidden(&mut place);
    place.slowly(10, before_it);
    place.install("1.1.0", &NO_IMAGERY);
    place.slowly(1, nothing);
    assert_eq!(place.ask(&place.wish(event)), Err("imagery"));
    assert!(!place.is_kept(event));
}

#[test]
fn alerts_of_one_frame_have_a_picture_each() {
    let mut place = Place::usual();
    place.quiet(BEFORE);
    let said: Vec<_> = (0..2).map(|_| place.said(suitcase(place.edge.shared.clock.now()))).collect();
    let events: Vec<_> = said.iter().map(|said| said.raised().unwrap().event).collect();
    place.frame(Some(nothing()), PictureState::Normal, &said);
    place.slowly(20, nothing);
    assert!(events.iter().all(|event| place.is_kept(*event)));
}
