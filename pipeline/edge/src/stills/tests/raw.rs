//! How long raw frames are there, and what that means for pictures.

use super::*;
use crate::stills::search::Mask;
use crate::stills::worker::is_still_wanted;
use velum_event::EventKind;

/// The window takes longer than raw frames may live: the second model looks at each while it is there.
#[test]
fn a_short_lifetime_of_raw_frames_shortens_no_window() {
    let alert_in = |place: &mut Place| {
        place.quiet(BEFORE);
        let event = place.alert();
        place.slowly(AFTER, nothing);
        event
    };
    let short = [("raw_lifetime = \"PT10S\"", "raw_lifetime = \"PT1S\"")];
    let mut place = Place::new(logging, &short);
    let event = alert_in(&mut place);
    assert!(place.is_kept(event));

    let mut place = Place::new(logging, &short);
    *place.other.raw.lock().unwrap() = || Err(RedactionError::LookFailed("broken".into()));
    let event = alert_in(&mut place);
    place.clear(event);
    place.assert_withheld(event, "window_incomplete");
}

/// A picture that waited is not even begun where the policy is another by then.
#[test]
fn a_picture_that_waited_is_dropped_where_the_policy_changed() {
    let place = Place::usual();
    let archive = &place.stills.archive;
    let redaction_terms = archive.gate.redaction_terms(&camera()).unwrap().digest;
    let mask = Mask { redaction_terms, painted: Vec::new() };
    let wanted = || is_still_wanted(archive, &camera(), EventKind::AbandonedObject, &mask);
    assert_eq!(wanted(), Ok(()));
    place.install("1.1.0", &[("margin              = 0.20", "margin              = 0.30")]);
    assert_eq!(wanted(), Err("redaction_changed"));
    place.install("1.2.0", &NO_IMAGERY);
    assert_eq!(wanted(), Err("imagery"));
    place.edge.clock.advance(Duration::from_secs(400 * 86_400));
    assert_eq!(wanted(), Err("expires"));
}
