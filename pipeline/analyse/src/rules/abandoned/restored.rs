//! Finding again, after a restart, a thing of which only the place and the contrast are known.
//!
//! A fresh look is taken when nobody is before it and the place is still; it must stand out from its surroundings
//! as it did. Downtime does not count as unattended: the timer goes on from the stored evidence.

use velum_vocab::Timestamp;

use super::Scene;
use super::evidence::{Template, perhaps_person_before};
use super::thing::{Ending, Stage, Thing};
use crate::background::SAME_COLOUR;
use crate::error::AnalyseError;
use crate::patch::{Colours, alike_fraction, brightness_contrast, cut};
use crate::picture::WorkingSize;

/// The place must be still for this long before a look is taken.
const STILL_SECS: f64 = 0.7;
/// The contrast must be what it was, within this many grey levels and this share of it, and at least so large.
const CONTRAST_TOLERANCE: f32 = 8.0;
const CONTRAST_TOLERANCE_FRACTION: f32 = 0.25;
const MIN_CONTRAST: f32 = 8.0;
/// A place with and without a thing must differ by this many times that tolerance.
const APART: f32 = 1.5;
/// A thing not found in this many seconds of clear view is gone; one never in clear view is given up after this.
const NOT_FOUND_SECS: f64 = 8.0;
const GIVEN_UP_SECS: f64 = 600.0;
/// A thing that was undecided before the restart is watched for this long before it may raise an alert.
const PROBATION_SECS: f64 = 8.0;

/// How the search for a restored thing goes.
#[derive(Debug, Clone, Default)]
pub(super) struct Search {
    begun_at: Option<Timestamp>,
    before: Option<Colours>,
    still_secs: f64,
    missed_secs: f64,
}

impl Search {
    /// Counts for how long the place has been still.
    fn watch(&mut self, now: &[[u8; 3]], mask: &[bool], step_secs: f64) {
        let before = self.before.as_ref();
        let still = before.is_some_and(|before| alike_fraction(before, now, mask, SAME_COLOUR) > 0.9);
        self.still_secs = if still { self.still_secs + step_secs } else { 0.0 };
    }
}

/// One step of the search.
pub(super) fn find_again(
    thing: &mut Thing,
    scene: &Scene<'_>,
    size: &WorkingSize,
) -> Result<(), AnalyseError> {
    let begun_at = *thing.search.begun_at.get_or_insert(scene.at);
    if scene.at.secs_since(begun_at) > GIVEN_UP_SECS {
        end(thing);
        return Ok(());
    }
    let around = thing.area.grown(3, size.width_px, size.height_px).as_box();
    if around.is_none_or(|around| perhaps_person_before(scene.detections, &around)) {
        (thing.search.before, thing.search.still_secs) = (None, 0.0);
        return Ok(());
    }
    let now = cut(scene.background.picture(), &thing.area)?;
    thing.search.watch(&now, &thing.mask, scene.step_secs);
    if thing.search.still_secs < STILL_SECS {
        thing.search.before = Some(now);
        return Ok(());
    }
    let contrast = brightness_contrast(scene.background.picture(), &thing.area)?;
    if stands_out_as_before(thing, contrast) {
        adopt(thing, now, scene.at);
    } else {
        miss(thing, now, scene.step_secs);
    }
    Ok(())
}

/// Something else is there.
fn miss(thing: &mut Thing, now: Colours, step_secs: f64) {
    thing.search.missed_secs += step_secs;
    thing.search.before = Some(now);
    if thing.search.missed_secs >= NOT_FOUND_SECS {
        end(thing);
    }
}

/// What stood out by its colour alone is only known again where its alert was raised: better no new alert for
/// something else, than an open alert closed by mistake.
fn stands_out_as_before(thing: &Thing, now: f32) -> bool {
    let before = thing.contrast;
    let alike = (now - before).abs() <= CONTRAST_TOLERANCE + CONTRAST_TOLERANCE_FRACTION * before.abs();
    let stands_out =
        before.abs() >= MIN_CONTRAST && now.abs() >= MIN_CONTRAST && now.signum() == before.signum();
    alike && (stands_out || (thing.raised && before.abs() < MIN_CONTRAST))
}

/// Whether a place with a thing in it cannot be taken for the same place without: the contrasts differ by more
/// than is allowed for when a thing is found again.
pub(super) fn can_be_told_apart(with_it: f32, without_it: f32) -> bool {
    let alike = CONTRAST_TOLERANCE + CONTRAST_TOLERANCE_FRACTION * with_it.abs();
    with_it.abs() >= MIN_CONTRAST && (with_it - without_it).abs() > APART * alike
}

fn adopt(thing: &mut Thing, look: Colours, at: Timestamp) {
    thing.template = Some(Template::new(look, None, thing.mask.clone()));
    (thing.stage, thing.seen_at) = (Stage::Object, at);
    thing.search = Search { begun_at: Some(at), ..Search::default() };
}

fn end(thing: &mut Thing) {
    thing.stage = Stage::Object;
    thing.ending = Some(Ending::PickedUp);
}

/// A thing that was undecided is an object when it was seen for long enough and no person was found there.
pub(super) fn pass_probation(thing: &mut Thing, at: Timestamp) {
    let watched_secs = thing.search.begun_at.map_or(0.0, |found_at| at.secs_since(found_at));
    if thing.restored && !thing.confirmed && watched_secs >= PROBATION_SECS && !thing.timer.person_there {
        thing.confirmed = thing.visibility.visible;
    }
}
