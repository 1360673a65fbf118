//! What is seen of an object from moment to moment: itself, something before it, or its place without it.

use std::collections::VecDeque;

use opencv::core::Mat;
use velum_vocab::{BoxInFrame, Detection, ObjectClass, Timestamp};

use crate::background::SAME_COLOUR;
use crate::error::AnalyseError;
use crate::patch::{Area, Colours, alike_fraction, cut};

/// Colours this far apart are alike: the object is seen in changing light.
const ALIKE: u8 = SAME_COLOUR + SAME_COLOUR / 2;
/// The share of an object's pixels that must be alike for it to be seen, and below which it is not.
const SEEN_FRACTION: f32 = 0.5;
/// Where it is not known what was behind, the object must be seen more clearly.
const SEEN_UNKNOWN_BEHIND_FRACTION: f32 = 0.6;
const UNSEEN_FRACTION: f32 = 0.3;
/// The share of its pixels that show what was behind when it is gone.
const BARE_FRACTION: f32 = 0.6;
/// A person box at least this sure counts.
const PERSON_SCORE: f32 = 0.25;
/// And anything that might be a person, where a template is taken.
const PERHAPS_PERSON_SCORE: f32 = 0.1;
const COVERED_FRACTION: f32 = 0.6;
const TOUCHED_FRACTION: f32 = 0.15;
/// A box may also be of something small that the detector takes for a person.
const MIN_SHARE_OF_PERSON: f32 = 0.15;
/// Whoever stays is covered by the same box in this share of the last seconds.
const PERSON_WINDOW_SECS: f64 = 10.0;
const PERSON_SHARE: f32 = 0.2;
const SAME_BOX_IOU: f32 = 0.5;
const MAX_COVERS: usize = 96;

/// What the picture shows where the object is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sighting {
    /// The object.
    Object,
    /// Something before it, or something else.
    Hidden,
    /// Its place without it.
    Bare,
}

/// The look of an object, in memory only.
#[derive(Debug, Clone)]
pub(super) struct Template {
    object: Colours,
    /// What was behind it; not known after a restart.
    behind: Option<Colours>,
    mask: Vec<bool>,
    before: Colours,
}

impl Template {
    pub(super) fn new(object: Colours, behind: Option<Colours>, mask: Vec<bool>) -> Self {
        Self { before: object.clone(), object, behind, mask }
    }

    /// Compares the object with the picture; follows slow changes of light while it is seen.
    pub(super) fn sight(
        &mut self,
        picture: &Mat,
        area: &Area,
        covered: bool,
    ) -> Result<Sighting, AnalyseError> {
        let now = cut(picture, area)?;
        let (tolerance, seen_fraction) = match self.behind {
            Some(_) => (ALIKE, SEEN_FRACTION),
            None => (SAME_COLOUR, SEEN_UNKNOWN_BEHIND_FRACTION),
        };
        let alike = alike_fraction(&now, &self.object, &self.mask, tolerance);
        let like_behind = self.behind.as_ref().map(|behind| alike_fraction(&now, behind, &self.mask, ALIKE));
        let sighting = if alike >= seen_fraction && like_behind.is_none_or(|behind| alike > behind) {
            self.follow(&now);
            Sighting::Object
        } else if alike < UNSEEN_FRACTION && self.is_bare(&now, like_behind, covered) {
            Sighting::Bare
        } else {
            Sighting::Hidden
        };
        self.before = now;
        Ok(sighting)
    }

    fn follow(&mut self, now: &[[u8; 3]]) {
        for (kept, now) in self.object.iter_mut().zip(now) {
            for (kept, now) in kept.iter_mut().zip(now) {
                // One grey level at a time: slower than a person passes, faster than the sun.
                *kept = match i16::from(*now) - i16::from(*kept) {
                    4.. => kept.saturating_add(1),
                    ..=-4 => kept.saturating_sub(1),
                    _ => *kept,
                };
            }
        }
    }

    /// Without knowing what was behind, a place is bare when it is still, and nobody is before it.
    fn is_bare(&self, now: &[[u8; 3]], like_behind: Option<f32>, covered: bool) -> bool {
        match like_behind {
            Some(like_behind) => like_behind > BARE_FRACTION,
            None => !covered && alike_fraction(now, &self.before, &self.mask, SAME_COLOUR) > 0.9,
        }
    }
}

/// Person boxes over an object during the last seconds.
#[derive(Debug, Clone, Default)]
pub(super) struct Covers(VecDeque<(Timestamp, Option<BoxInFrame>)>);

impl Covers {
    /// Takes the detections of a frame, in working pixels.
    pub(super) fn look(&mut self, detections: &[Detection], object: &BoxInFrame, at: Timestamp) {
        let covers = |d: &&Detection| {
            d.class == ObjectClass::Person
                && d.score >= PERSON_SCORE
                && object.covered_fraction_by(&d.box_in_frame) > COVERED_FRACTION
                && object.height_px() > MIN_SHARE_OF_PERSON * d.box_in_frame.height_px()
        };
        let tightest = detections
            .iter()
            .filter(covers)
            .min_by(|a, b| a.box_in_frame.area_px2().total_cmp(&b.box_in_frame.area_px2()));
        self.0.push_back((at, tightest.map(|d| d.box_in_frame)));
        while self.0.len() > MAX_COVERS
            || self.0.front().is_some_and(|(then, _)| at.secs_since(*then) > PERSON_WINDOW_SECS)
        {
            self.0.pop_front();
        }
    }

    /// Whether a person stays there: one box again and again, where passers-by leave a different one each time.
    pub(super) fn show_a_person(&self) -> bool {
        let Some(last) = self.0.iter().rev().find_map(|(_, found)| *found) else { return false };
        let same =
            self.0.iter().filter(|(_, found)| found.is_some_and(|f| f.iou(&last) > SAME_BOX_IOU)).count();
        same > 2 && same as f32 > PERSON_SHARE * self.0.len() as f32
    }
}

/// Whether anything that may be a person touches a box in this frame.
pub(super) fn perhaps_person_before(detections: &[Detection], found: &BoxInFrame) -> bool {
    detections.iter().any(|d| {
        d.class == ObjectClass::Person
            && d.score >= PERHAPS_PERSON_SCORE
            && d.box_in_frame.intersection_px2(found) > 0.0
    })
}

/// Whether a good part of a box may belong to a person in this frame.
pub(super) fn person_touches(detections: &[Detection], found: &BoxInFrame) -> bool {
    detections.iter().any(|d| {
        d.class == ObjectClass::Person
            && d.score >= PERHAPS_PERSON_SCORE
            && found.covered_fraction_by(&d.box_in_frame) > TOUCHED_FRACTION
    })
}

/// What a detector calls the object, if it finds a bag there.
pub(super) fn bag_class(detections: &[Detection], object: &BoxInFrame) -> Option<ObjectClass> {
    let bags = detections.iter().filter(|d| d.class.is_bag() && d.box_in_frame.iou(object) > 0.3);
    bags.max_by(|a, b| a.score.total_cmp(&b.score)).map(|d| d.class)
}
