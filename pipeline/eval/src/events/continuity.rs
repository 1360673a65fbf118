//! The tracks alone: whether each true person is followed, and by one track.
//!
//! *Source*: identity switches as in CLEAR MOT (Bernardin and Stiefelhagen, 2008), mostly tracked as in Li et al.
//! (2009), both as MOTChallenge counts them; but boxes are matched best first, not to the greatest sum.
//! Invariant: numbers of persons and tracks stay in here; what is told are counts.

use std::collections::{BTreeMap, BTreeSet};

use velum_analyse::Followed;

use super::report::ContinuityReport;
use crate::statistics::Tally;
use crate::truth::TruthBox;

/// Boxes that overlap this much are of the same person.
const SAME_IOU: f32 = 0.5;
/// Who is followed in so many of their frames is mostly tracked.
const MOSTLY_PERCENT: u64 = 80;

/// Compares tracks with persons.
#[derive(Default)]
pub(crate) struct Continuity {
    frames: u64,
    persons: BTreeMap<u32, Person>,
    identity_switches: u64,
}

/// A true person.
#[derive(Default)]
struct Person {
    /// Frames in which they are.
    frames: u64,
    /// Frames in which each track followed them.
    followed: BTreeMap<u64, u64>,
    last: Option<Match>,
}

/// A track that followed somebody in a frame.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Match {
    track: u64,
    frame: u64,
}

/// What may be a match.
struct Pair {
    person: u32,
    track: u64,
    /// Whether they were matched in the frame before.
    continued: bool,
    iou: f32,
}

impl Continuity {
    /// Takes in one frame; persons without a number are left out.
    pub(crate) fn add(&mut self, truth: &[TruthBox], followed: &[Followed]) {
        self.frames += 1;
        for id in truth.iter().filter_map(|truth| truth.id) {
            self.persons.entry(id).or_default().frames += 1;
        }
        for (id, track) in matched(self.pairs(truth, followed)) {
            let Some(person) = self.persons.get_mut(&id) else { continue };
            let before = person.last.replace(Match { track, frame: self.frames });
            self.identity_switches += u64::from(before.is_some_and(|before| before.track != track));
            *person.followed.entry(track).or_default() += 1;
        }
    }

    /// Those that overlap enough.
    fn pairs(&self, truth: &[TruthBox], followed: &[Followed]) -> Vec<Pair> {
        let mut pairs = Vec::new();
        for (person, place) in truth.iter().filter_map(|truth| Some((truth.id?, truth.box_in_frame))) {
            let last = self.persons.get(&person).and_then(|person| person.last);
            let with = |followed: &Followed| Pair {
                person,
                track: followed.track,
                continued: last == Some(Match { track: followed.track, frame: self.frames - 1 }),
                iou: place.iou(&followed.box_in_frame),
            };
            pairs.extend(followed.iter().map(with).filter(|pair| pair.iou >= SAME_IOU));
        }
        pairs
    }

    /// `None` where the truth has no numbers.
    pub(crate) fn finish(self) -> Option<ContinuityReport> {
        let mut report = ContinuityReport {
            matched: Tally::default(),
            identity_switches: self.identity_switches,
            mostly_tracked: Tally::default(),
            mostly_one_track: Tally::default(),
        };
        for person in self.persons.values() {
            let followed = person.followed.values().sum();
            let longest = person.followed.values().max().copied().unwrap_or_default();
            report.matched.join(Tally { hits: followed, of: person.frames });
            report.mostly_tracked.add(person.is_mostly(followed));
            report.mostly_one_track.add(person.is_mostly(longest));
        }
        (report.matched.of > 0).then_some(report)
    }
}

impl Person {
    fn is_mostly(&self, frames: u64) -> bool {
        frames * 100 >= self.frames * MOSTLY_PERCENT
    }
}

/// Persons with their tracks, each once: a track that still fits goes on, as in CLEAR MOT, then the best first.
fn matched(mut pairs: Vec<Pair>) -> Vec<(u32, u64)> {
    pairs.sort_by(|a, b| b.continued.cmp(&a.continued).then(b.iou.total_cmp(&a.iou)));
    let (mut persons, mut tracks) = (BTreeSet::new(), BTreeSet::new());
    let mut matched = Vec::new();
    for pair in pairs {
        if !persons.contains(&pair.person) && !tracks.contains(&pair.track) {
            persons.insert(pair.person);
            tracks.insert(pair.track);
            matched.push((pair.person, pair.track));
        }
    }
    matched
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::truth::{Kind, box_of_corner};

    /// Numbers of persons or tracks, and the left edges of their boxes, 20 pixels wide.
    type Frame<'f> = &'f [(u32, f32)];

    fn measured(frames: &[(Frame<'_>, Frame<'_>)]) -> Option<ContinuityReport> {
        let place = |left: f32| box_of_corner(left, 0.0, 20.0, 50.0).unwrap();
        let mut continuity = Continuity::default();
        for (truth, tracks) in frames {
            let person = |(id, left): &(u32, f32)| TruthBox {
                id: Some(*id),
                ..TruthBox::new(Kind::Person, place(*left))
            };
            let track =
                |(id, left): &(u32, f32)| Followed { track: u64::from(*id), box_in_frame: place(*left) };
            let truth: Vec<_> = truth.iter().map(person).collect();
            continuity.add(&truth, &tracks.iter().map(track).collect::<Vec<_>>());
        }
        continuity.finish()
    }

    /// Boxes matched, identity switches, persons mostly tracked, and those by one track.
    fn check(what: &str, frames: &[(Frame<'_>, Frame<'_>)], expected: (u64, u64, u64, u64)) {
        let report = measured(frames).unwrap();
        let found = (
            report.matched.hits,
            report.identity_switches,
            report.mostly_tracked.hits,
            report.mostly_one_track.hits,
        );
        assert_eq!(found, expected, "{what}");
    }

    #[test]
    fn one_person_is_followed_lost_or_followed_by_another_track() {
        const AT: Frame<'_> = &[(1, 0.0)];
        let tracks = |tracks: &[Frame<'static>]| -> Vec<(Frame<'static>, Frame<'static>)> {
            tracks.iter().map(|tracks| (AT, *tracks)).collect()
        };
        let [seven, eight, far]: [Frame<'_>; 3] = [&[(7, 1.0)], &[(8, 1.0)], &[(7, 7.0)]];
        check("all along", &tracks(&[seven; 5]), (5, 0, 1, 1));
        check("80 % is mostly", &tracks(&[seven, seven, &[], seven, seven]), (4, 0, 1, 1));
        check("less is not", &tracks(&[seven, seven, &[], &[], seven]), (3, 0, 0, 0));
        check("another track", &tracks(&[seven, seven, eight, eight, eight]), (5, 1, 1, 0));
        check("and back, over a gap", &tracks(&[seven, eight, &[], seven, seven]), (4, 2, 1, 0));
        check("too far away", &tracks(&[far; 5]), (0, 0, 0, 0));
    }

    #[test]
    fn each_box_is_matched_once_and_best_first() {
        check("one track for two", &[(&[(1, 0.0), (2, 4.0)], &[(7, 3.0)])], (1, 0, 1, 1));
        let two_tracks: (Frame<'_>, Frame<'_>) = (&[(1, 0.0)], &[(7, 3.0), (8, 1.0)]);
        check("two tracks for one", &[two_tracks; 2], (2, 0, 1, 1));
    }

    #[test]
    fn a_track_that_still_fits_goes_on_though_another_fits_better() {
        let near: (Frame<'_>, Frame<'_>) = (&[(1, 0.0)], &[(7, 3.0), (8, 1.0)]);
        check("kept", &[(&[(1, 0.0)], &[(7, 0.0)]), near], (2, 0, 1, 1));
        check("not over a gap", &[(&[(1, 0.0)], &[(7, 0.0)]), (&[(1, 0.0)], &[]), near], (2, 1, 0, 0));
    }

    #[test]
    fn two_who_swap_tracks_are_two_switches() {
        let before: (Frame<'_>, Frame<'_>) = (&[(1, 0.0), (2, 100.0)], &[(7, 0.0), (8, 100.0)]);
        let after: (Frame<'_>, Frame<'_>) = (&[(1, 0.0), (2, 100.0)], &[(8, 0.0), (7, 100.0)]);
        check("swapped", &[before, before, after, after], (8, 2, 2, 0));
        let report = measured(&[before, after]).unwrap();
        assert_eq!((report.switches_per_100(), report.mostly_tracked.of), (Some(50.0), 2));
    }

    #[test]
    fn truth_without_numbers_says_nothing_of_continuity() {
        let nobody = TruthBox::new(Kind::Person, box_of_corner(0.0, 0.0, 20.0, 50.0).unwrap());
        let mut continuity = Continuity::default();
        continuity.add(&[nobody], &[Followed { track: 7, box_in_frame: nobody.box_in_frame }]);
        assert!(continuity.finish().is_none());
    }
}
