//! What becomes of stills while people have paused a zone of the camera.

use velum_gate::{PausedZone, Pauses};
use velum_vocab::Polygon;

use super::*;

const MINUTE: Duration = Duration::from_secs(60);

/// People pause the right half of the picture, in which nothing lies, for a minute.
fn pause(place: &Place) {
    let right = Polygon::from_fractions(&[(0.5, 0.0), (1.0, 0.0), (1.0, 1.0), (0.5, 1.0)]).unwrap();
    let since = Timestamp::from_unix_secs(place.edge.shared.clock.now().unix_secs());
    let paused =
        PausedZone { zone: "terrace".to_owned(), areas: vec![right], since, until: since.plus(MINUTE) };
    let zones = [(camera(), vec![paused])].into();
    place.edge.shared.gate.set_paused(Pauses { zones, ..Pauses::default() });
}

#[test]
fn of_frames_from_before_nothing_is_made_and_none_is_looked_at() {
    let mut place = Place::usual();
    place.quiet(BEFORE);
    let event = place.alert();
    pause(&place);
    place.quiet(AFTER);
    place.stills.worker.reached();
    place.assert_withheld(event, "window_incomplete");
}

#[test]
fn a_picture_that_waits_to_be_made_goes_unseen() {
    let mut place = Place::usual();
    let other = Arc::clone(&place.other);
    let stalled = other.stall.lock().unwrap();
    place.quiet(BEFORE);
    let event = place.alert();
    place.quiet(AFTER);
    pause(&place);
    place.quiet(1);
    drop(stalled);
    place.stills.worker.reached();
    place.assert_withheld(event, "paused_zone");
}

#[test]
fn a_picture_that_is_made_and_not_kept_yet_goes() {
    let mut place = Place::usual();
    let event = moments::hidden(&mut place);
    place.slowly(15, moments::before_it);
    assert!(!place.is_kept(event), "it has a picture, and looks for a better one");
    pause(&place);
    place.slowly(1, nothing);
    place.assert_withheld(event, "paused_zone");
}

#[test]
fn one_that_was_made_meanwhile_has_the_zone_covered_and_is_given_out_as_any_other() {
    let mut place = Place::usual();
    pause(&place);
    place.edge.clock.advance(Duration::from_secs(3));
    let event = place.whole_alert();
    let facts = place.edge.shared.outbox.still_facts(event).unwrap();
    assert!((0.5..0.51).contains(&facts.covered_fraction), "{}", facts.covered_fraction);
    let terms = place.edge.shared.gate.redaction_terms(&camera()).unwrap();
    assert_eq!(facts.redaction_terms, terms.digest, "a pause is no other policy");
    assert!(place.ask(&place.wish(event)).is_ok());
    place.edge.clock.advance(MINUTE);
    assert!(place.ask(&place.wish(event)).is_ok());
    // Who was in the zone a moment ago nobody knows: the frames that were held go at the end, too.
    let event = place.alert();
    place.quiet(AFTER);
    place.clear(event);
    assert_eq!(place.ask(&place.wish(event)), Err("window_incomplete"));
}

#[test]
fn an_older_one_waits_until_the_zone_goes_on() {
    let mut place = Place::usual();
    let event = place.whole_alert();
    let (wish, desk) =
        (place.wish(event), Desk::at(place.stills.archive.clone(), "hub.test:7443".to_owned()));
    assert!(place.ask(&wish).is_ok());
    pause(&place);
    assert_eq!(place.ask(&wish), Err("paused_zone"));
    // One that was given out and still waits in the uplink, too.
    assert_eq!(desk.still_allowed(&wish), Err("paused_zone"));
    assert!(place.is_kept(event) && place.log().contains("\"paused_zone\""));
    place.edge.clock.advance(MINUTE);
    assert!(place.ask(&place.wish(event)).is_ok());
}
