//! What becomes of stills that were masked, or are being masked, under a policy that is no longer in force.

use super::*;

const MOUNT: &str = "mount    = \"recorded footage\"\n";
const DWELLING: &str = "mount    = \"recorded footage\"\nzone = [ { id = \"door\", kind = \"private_mask\", polygon = \
                        [[0.0,0.0],[0.5,0.0],[0.5,0.5]], reason = \"a dwelling\" } ]\n";

/// What a later policy may say otherwise, and what becomes of the stills from before.
const CHANGES: [(&str, &str, Option<&str>); 6] = [
    (MOUNT, DWELLING, Some("redaction_changed")),
    ("\"head\", \"face\"]", "\"head\", \"face\", \"plate\"]", Some("redaction_changed")),
    ("margin              = 0.20", "margin              = 0.30", Some("redaction_changed")),
    ("min_confidence      = 0.10", "min_confidence      = 0.05", Some("redaction_changed")),
    ("review_by      = 2026-12-20", "review_by      = 2026-12-10", None),
    ("redacted_still = \"PT24H\"", "redacted_still = \"PT12H\"", None),
];

#[test]
fn a_kept_still_leaves_only_by_the_terms_by_which_it_was_masked() {
    for (from, to, refused) in CHANGES {
        let mut place = Place::usual();
        let event = place.whole_alert();
        let wish = place.wish(event);
        assert!(place.ask(&wish).is_ok());
        let desk = Desk::at(place.stills.archive.clone(), "hub.test:7443".to_owned());
        assert_eq!(desk.still_allowed(&wish), Ok(()));
        place.install("1.1.0", &[(from, to)]);
        assert_eq!(place.ask(&wish).err(), refused, "{to}");
        // One that was given out and still waits in the uplink, too.
        assert_eq!(desk.still_allowed(&wish).err(), refused, "{to}");
        if let Some(rule) = refused {
            let denied = || place.log().matches(&format!("\"{rule}\"")).count();
            assert_eq!(denied(), 1, "{}", place.log());
            desk.withdrawn(&wish, rule);
            assert_eq!(denied(), 2, "{}", place.log());
        }
    }
}

#[test]
fn a_picture_that_was_being_made_is_kept_only_by_the_terms_of_its_own_mask() {
    for (from, to, refused) in CHANGES {
        let mut place = Place::usual();
        let other = Arc::clone(&place.other);
        let stalled = other.stall.lock().unwrap();
        place.quiet(BEFORE);
        let event = place.alert();
        place.quiet(AFTER);
        place.install("1.1.0", &[(from, to)]);
        drop(stalled);
        place.stills.worker.reached();
        match refused {
            Some(rule) => place.assert_withheld(event, rule),
            None => assert!(place.is_kept(event), "{to}"),
        }
    }
}

#[test]
fn a_search_that_was_under_way_keeps_no_picture_of_another_mask() {
    for (from, to, refused) in CHANGES {
        let mut place = Place::usual();
        let event = moments::hidden(&mut place);
        place.slowly(15, moments::before_it);
        assert!(!place.is_kept(event), "it has a picture, and looks for a better one");
        place.install("1.1.0", &[(from, to)]);
        place.slowly(1, nothing);
        match refused {
            Some(rule) => place.assert_withheld(event, rule),
            None => assert!(place.is_kept(event), "{to}"),
        }
    }
}

#[test]
fn a_still_of_the_future_stays_in_and_is_erased() {
    let mut place = Place::usual();
    place.quiet(1);
    place.edge.clock.set(START.plus(Duration::from_secs(5 * 86_400)));
    let event = place.whole_alert();
    assert!(place.is_kept(event), "while the clock is wrong it is like any other");
    let glitch_over = START.plus(Duration::from_secs(60));
    place.edge.clock.set(glitch_over);
    assert_eq!(place.ask(&place.wish(event)), Err("trusted_time"));
    assert!(place.is_kept(event));
    erase_due(&place.stills.archive, glitch_over);
    assert!(!place.is_kept(event));
    assert!(place.log().contains("\"erasure\""));
}
