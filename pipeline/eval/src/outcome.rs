//! What one plan left uncovered on one piece of footage, counted.

use std::collections::BTreeMap;

use serde::Serialize;
use velum_redaction::{Mask, PictureWithheld};
use velum_vocab::{BoxInFrame, Timestamp};

use crate::coverage::Covered;
use crate::report::FootageKind;
use crate::runs::{Longest, Runs};
use crate::statistics::{Tally, mean, quantile};
use crate::suite::Definitions;
use crate::truth::{Kind, TruthBox};

/// Less than this share covered is bare.
const BARE_FRACTION: f64 = 0.1;
/// So many of the worst pictures of each piece of footage, plan and truth are kept, and at least this far apart.
const WORST_MAX: usize = 2;
const WORST_APART_SECS: f64 = 1.0;

/// Who was not covered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Uncovered {
    /// By the strict definition.
    pub strict: Tally,
    /// By the lenient one.
    pub lenient: Tally,
    /// Not at all, or hardly.
    pub bare: Tally,
}

impl Uncovered {
    fn add(&mut self, kind: Kind, covered: &Covered, definitions: &Definitions) {
        self.strict.add(!covered.is_enough(kind, &definitions.strict));
        self.lenient.add(!covered.is_enough(kind, &definitions.lenient));
        self.bare.add(covered.whole < BARE_FRACTION);
    }

    /// Takes in another count.
    pub fn join(&mut self, other: &Self) {
        self.strict.join(other.strict);
        self.lenient.join(other.lenient);
        self.bare.join(other.bare);
    }
}

/// One truth against the masks of one plan on one piece of footage.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Against {
    /// The truth's name.
    pub truth: String,
    /// By size, smallest first, see [`Kind::size_bounds_px`].
    pub by_size: [Uncovered; 3],
    /// Smaller than the smallest size: not counted above.
    pub too_small: u64,
    /// The longest time that one of them was uncovered, strictly; none of single pictures.
    pub longest: Option<Longest>,
}

impl Against {
    /// All sizes together.
    pub fn all(&self) -> Uncovered {
        let mut all = Uncovered::default();
        self.by_size.iter().for_each(|size| all.join(size));
        all
    }
}

/// A picture in which much was uncovered: boxes, and never pixels.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct WorstPicture {
    /// The truth's name.
    pub truth: String,
    /// The time in the clip, or the photograph's name.
    pub place: String,
    /// Seconds in the clip; 0 of a photograph.
    pub secs: f64,
    /// Width and height, pixels.
    pub size_px: (u32, u32),
    /// What the plan covers: left, top, right, bottom.
    pub mask_px: Vec<[i32; 4]>,
    /// Who is there.
    pub truths: Vec<DrawnTruth>,
    /// Sides of what is not covered, added up: by this pictures are ranked.
    pub badness_px: f64,
}

/// One box of truth in a picture.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DrawnTruth {
    /// Person or face.
    pub kind: Kind,
    /// Left, top, right, bottom.
    pub box_px: [i32; 4],
    /// Whether it is covered, strictly.
    pub is_covered: bool,
}

/// Everything about one plan on one piece of footage, in the pictures that were shown.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Outcome {
    /// Pictures that were asked for.
    pub asked: u64,
    /// Pictures that came.
    pub shown: u64,
    /// Those that did not, by code.
    pub withheld: BTreeMap<&'static str, u64>,
    /// Share of the shown pictures that is masked, mean.
    pub masked_mean: Option<f64>,
    /// The share that 95 % of them do not exceed.
    pub masked_p95: Option<f64>,
    /// Against each truth.
    pub against: Vec<Against>,
    /// The worst pictures, worst first; kept of plans that are verified, before verification.
    pub worst: Vec<WorstPicture>,
}

/// A picture that was shown.
pub(crate) struct Seen<'a> {
    pub(crate) at: Timestamp,
    pub(crate) place: String,
    pub(crate) secs: f64,
    pub(crate) size_px: (u32, u32),
    pub(crate) mask: &'a Mask,
    pub(crate) boxes: &'a [BoxInFrame],
}

/// Counts while a piece of footage is played.
pub(crate) struct Counter {
    definitions: Definitions,
    outcome: Outcome,
    masked: Vec<f64>,
    /// Empty for single pictures: they do not follow each other.
    runs: Vec<Runs>,
}

impl Counter {
    /// Against these truths.
    pub(crate) fn new(definitions: Definitions, truths: &[String], kind: FootageKind) -> Self {
        let against = truths.iter().map(|name| Against { truth: name.clone(), ..Against::default() });
        let outcome = Outcome { against: against.collect(), ..Outcome::default() };
        let followed = if kind == FootageKind::Clip { truths } else { &[] };
        let runs = followed.iter().map(|_| Runs::default()).collect();
        Self { definitions, outcome, masked: Vec::new(), runs }
    }

    /// A picture was asked for and did not come.
    pub(crate) fn withheld(&mut self, reason: PictureWithheld) {
        self.outcome.asked += 1;
        *self.outcome.withheld.entry(reason.code()).or_default() += 1;
        self.runs.iter_mut().for_each(Runs::withheld);
    }

    /// A picture came. `truths`: who is in it, for each of the truths; `None` where that truth was not asked.
    pub(crate) fn shown(&mut self, seen: &Seen<'_>, truths: &[Option<Vec<TruthBox>>]) {
        self.outcome.asked += 1;
        self.outcome.shown += 1;
        self.masked.push(seen.mask.covered_fraction());
        for (index, boxes) in truths.iter().enumerate() {
            if let Some(boxes) = boxes {
                self.compare(index, seen, boxes);
            }
        }
    }

    fn compare(&mut self, index: usize, seen: &Seen<'_>, boxes: &[TruthBox]) {
        let Some(against) = self.outcome.against.get_mut(index) else { return };
        let mut uncovered = Vec::new();
        let mut drawn = Vec::new();
        for truth in boxes {
            let Some(size) = truth.size_class().and_then(|class| against.by_size.get_mut(class)) else {
                against.too_small += 1;
                continue;
            };
            let covered = Covered::of(truth, seen.mask);
            size.add(truth.kind, &covered, &self.definitions);
            let is_covered = covered.is_enough(truth.kind, &self.definitions.strict);
            drawn.push(DrawnTruth { kind: truth.kind, box_px: edges(&truth.box_in_frame), is_covered });
            if !is_covered {
                uncovered.push(*truth);
            }
        }
        if let Some(runs) = self.runs.get_mut(index) {
            runs.shown(seen.at, &uncovered);
        }
        if !uncovered.is_empty() {
            let worst = worst_picture(&against.truth, seen, drawn, &uncovered);
            keep_worst(&mut self.outcome.worst, worst);
        }
    }

    /// The counts.
    pub(crate) fn finish(self) -> Outcome {
        let mut outcome = self.outcome;
        outcome.masked_mean = mean(&self.masked);
        outcome.masked_p95 = quantile(&self.masked, 0.95);
        for (against, runs) in outcome.against.iter_mut().zip(&self.runs) {
            against.longest = Some(runs.longest());
        }
        outcome
    }
}

fn worst_picture(
    truth: &str,
    seen: &Seen<'_>,
    truths: Vec<DrawnTruth>,
    uncovered: &[TruthBox],
) -> WorstPicture {
    let (width_px, height_px) = seen.size_px;
    let inside = seen.boxes.iter().filter_map(|area| area.clipped_to(width_px, height_px));
    WorstPicture {
        truth: truth.to_owned(),
        place: seen.place.clone(),
        secs: seen.secs,
        size_px: seen.size_px,
        mask_px: outermost(inside.map(|area| edges(&area)).collect()),
        truths,
        badness_px: uncovered.iter().map(|truth| f64::from(truth.box_in_frame.area_px2()).sqrt()).sum(),
    }
}

/// Keeps the worst of each truth, not two of nearly the same moment.
fn keep_worst(all: &mut Vec<WorstPicture>, next: WorstPicture) {
    let is_near = |other: &WorstPicture| {
        other.truth == next.truth
            && (other.place == next.place
                || (other.secs - next.secs).abs() < WORST_APART_SECS && next.secs > 0.0)
    };
    if all.iter().any(|other| is_near(other) && other.badness_px >= next.badness_px) {
        return;
    }
    all.retain(|other| !is_near(other));
    let truth = next.truth.clone();
    all.push(next);
    all.sort_by(|a, b| b.badness_px.total_cmp(&a.badness_px));
    let mut of_truth = 0;
    all.retain(|other| {
        of_truth += usize::from(other.truth == truth);
        other.truth != truth || of_truth <= WORST_MAX
    });
}

fn edges(area: &BoxInFrame) -> [i32; 4] {
    [area.left_px(), area.top_px(), area.right_px(), area.bottom_px()].map(|px| px.round() as i32)
}

/// Without the rectangles that lie in others.
fn outermost(mut all: Vec<[i32; 4]>) -> Vec<[i32; 4]> {
    all.sort_by_key(|[left, top, right, bottom]| -(i64::from(right - left) * i64::from(bottom - top)));
    let mut kept: Vec<[i32; 4]> = Vec::new();
    for area in all {
        let lies_in = |outer: &[i32; 4]| {
            outer[0] <= area[0] && outer[1] <= area[1] && outer[2] >= area[2] && outer[3] >= area[3]
        };
        if !kept.iter().any(lies_in) {
            kept.push(area);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use velum_redaction::Plan;

    use super::*;
    use crate::truth::box_of_corner;

    fn person(left: f32) -> TruthBox {
        TruthBox::new(Kind::Person, box_of_corner(left, 0.0, 20.0, 60.0).unwrap())
    }

    /// Two persons, of whom the mask covers the left one, at this second.
    fn show(counter: &mut Counter, second: i64) {
        let boxes = [box_of_corner(0.0, 0.0, 20.0, 60.0).unwrap()];
        let mask = Mask::of(&Plan::default().with_box(boxes[0]), 100, 60);
        let at = Timestamp::from_unix_secs(second);
        let (secs, place) = (second as f64, format!("{second} s"));
        let seen = Seen { at, place, secs, size_px: (100, 60), mask: &mask, boxes: &boxes };
        let tiny = TruthBox::new(Kind::Person, box_of_corner(0.0, 0.0, 5.0, 5.0).unwrap());
        counter.shown(&seen, &[Some(vec![person(0.0), person(50.0), tiny]), None]);
    }

    #[test]
    fn what_is_shown_is_counted_and_what_is_withheld_is_not() {
        let mut counter = Counter::new(
            Definitions::default(),
            &["by hand".to_owned(), "other".to_owned()],
            FootageKind::Clip,
        );
        (1..=3).for_each(|second| show(&mut counter, second));
        counter.withheld(PictureWithheld::Verifier);
        let outcome = counter.finish();
        assert_eq!((outcome.asked, outcome.shown, outcome.withheld["verifier"]), (4, 3, 1));
        let against = &outcome.against[0];
        assert_eq!(against.by_size[1].strict, Tally { hits: 3, of: 6 });
        assert_eq!((against.all().bare, against.too_small), (Tally { hits: 3, of: 6 }, 3));
        assert_eq!(against.longest, Some(Longest { frames: 3, secs: 2.0 }));
        assert_eq!(outcome.against[1].all().strict, Tally::default());
        assert!((outcome.masked_mean.unwrap() - 0.2).abs() < 1e-9);
    }

    #[test]
    fn the_worst_pictures_are_kept_apart() {
        let mut counter =
            Counter::new(Definitions::default(), &["by hand".to_owned()], FootageKind::Photographs);
        (1..=5).for_each(|second| show(&mut counter, second));
        let outcome = counter.finish();
        assert_eq!(outcome.against[0].longest, None, "single pictures do not follow each other");
        let worst = outcome.worst;
        assert_eq!(worst.len(), WORST_MAX);
        assert_eq!(worst[0].mask_px, [[0, 0, 20, 60]]);
        assert_eq!(worst[0].truths.iter().filter(|truth| !truth.is_covered).count(), 1);
    }

    #[test]
    fn rectangles_inside_others_are_left_out() {
        let all = vec![[1, 1, 2, 2], [0, 0, 4, 4], [3, 3, 6, 6]];
        assert_eq!(outermost(all), [[0, 0, 4, 4], [3, 3, 6, 6]]);
    }
}
