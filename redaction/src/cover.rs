//! From a whole window of sights to the plan of one picture.
//!
//! Everything that any frame of the window shows is covered: what was seen before is held, and what is found
//! late is covered in the frames before. To that come the places between and beyond the sightings of each
//! track, so that the picture's own missed detection is not a gap.

use velum_vocab::{BoxInFrame, Detection, ObjectClass, Timestamp};

use crate::tracks::{Track, tracks_of};
use crate::verifier::is_human;
use crate::{PersonCover, Plan, RedactionError, Settings};

/// Where a person's head is not seen, the box is taken to end below it, by this share of its height.
const UNSEEN_HEAD_SHARE: f32 = 0.25;
/// A head or face lies in this upper share of a person's box.
const HEAD_ZONE_SHARE: f32 = 0.4;

/// One frame of the window, all finders' detections together. Frame space, pixels.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Moment {
    pub(crate) at: Timestamp,
    pub(crate) detections: Vec<Detection>,
    pub(crate) moving_regions: Vec<BoxInFrame>,
}

/// The plan of the picture taken `at`, of its whole window, in order of time.
///
/// # Errors
/// [`RedactionError::Margin`] for a margin that is none.
pub(crate) fn plan_of(window: &[Moment], at: Timestamp, settings: &Settings) -> Result<Plan, RedactionError> {
    // Not written as `score >= score_min`: a score that is no number must be covered.
    let is_below = |score: f32| score < settings.score_min();
    let is_covered = |class| is_human(class) || class == ObjectClass::Vehicle;
    let covered = |found: &Detection| is_covered(found.class) && !is_below(found.score);
    let believed: Vec<(Timestamp, Vec<Detection>)> = window
        .iter()
        .map(|moment| (moment.at, moment.detections.iter().copied().filter(covered).collect()))
        .collect();
    let tracks = tracks_of(believed.iter().map(|(at, found)| (*at, found.as_slice())));
    let heads: Vec<(Timestamp, BoxInFrame)> = (believed.iter())
        .flat_map(|(at, found)| found.iter().map(|found| (*at, found)))
        .filter(|(_, found)| matches!(found.class, ObjectClass::Head | ObjectClass::Face))
        .map(|(at, found)| (at, found.box_in_frame))
        .collect();
    let from_tracks = tracks.iter().flat_map(|track| boxes_of(track, at, &heads, settings.persons()));
    let moving = window.iter().flat_map(|moment| moment.moving_regions.iter().copied());
    let plan = Plan::default().with_boxes(from_tracks.chain(moving), settings.margin_fraction())?;
    Ok(settings.private_areas().iter().cloned().fold(plan, Plan::with_private_area))
}

/// What a track needs covered: every sighting, and where it must be at the moment of the picture.
fn boxes_of(
    track: &Track,
    at: Timestamp,
    heads: &[(Timestamp, BoxInFrame)],
    persons: PersonCover,
) -> Vec<BoxInFrame> {
    if track.class != ObjectClass::Person {
        return track.sightings.iter().map(|seen| seen.box_in_frame).chain(track.unseen_at(at)).collect();
    }
    let tallest_px = track.height_max_px();
    let seen = track.sightings.iter().map(|seen| {
        let has_head = heads.iter().any(|(at, head)| *at == seen.at && is_head_of(head, &seen.box_in_frame));
        if has_head { seen.box_in_frame } else { with_head(&seen.box_in_frame, tallest_px) }
    });
    let all = seen.chain(track.unseen_at(at).map(|area| with_head(&area, tallest_px)));
    all.map(|area| match persons {
        PersonCover::Whole => area,
        PersonCover::Head => upper_share(&area, HEAD_ZONE_SHARE),
    })
    .collect()
}

/// Whether a head or face lies in the upper part of a person's box.
fn is_head_of(head: &BoxInFrame, person: &BoxInFrame) -> bool {
    head.covered_fraction_by(&upper_share(person, HEAD_ZONE_SHARE)) >= 0.5
}

/// The box up to where the head must be: a share of its own height, or the track's tallest box, whichever is
/// more. A box wider than tall (lying, bent) is lengthened to both sides too.
fn with_head(area: &BoxInFrame, tallest_px: f32) -> BoxInFrame {
    let up_px = (UNSEEN_HEAD_SHARE * area.height_px()).max(tallest_px - area.height_px());
    let is_wide = area.width_px() > area.height_px();
    let aside_px = if is_wide { UNSEEN_HEAD_SHARE * area.width_px() } else { 0.0 };
    BoxInFrame::new(
        area.left_px() - aside_px,
        area.top_px() - up_px,
        area.right_px() + aside_px,
        area.bottom_px(),
    )
    .unwrap_or(*area)
}

fn upper_share(area: &BoxInFrame, share: f32) -> BoxInFrame {
    let bottom_px = area.top_px() + share * area.height_px();
    BoxInFrame::new(area.left_px(), area.top_px(), area.right_px(), bottom_px).unwrap_or(*area)
}

#[cfg(test)]
mod tests;
