//! The detector alone: which of the persons it finds, and which of its finds are persons.

use velum_vocab::{BoxInFrame, Detection, ObjectClass};

use super::report::DetectionReport;
use crate::statistics::Tally;
use crate::truth::TruthBox;

/// The point of operation of every model in the catalogue.
const SCORE_MIN: f32 = 0.5;
/// Boxes that overlap this much are of the same person.
const SAME_IOU: f32 = 0.5;

/// Compares boxes of persons.
#[derive(Default)]
pub(crate) struct Finding {
    recall: Tally,
    precision: Tally,
}

impl Finding {
    /// Takes in one frame; each box of truth is found once, by the surest.
    pub(crate) fn add(&mut self, truth: &[TruthBox], found: &[Detection]) {
        let mut open: Vec<BoxInFrame> = truth.iter().map(|truth| truth.box_in_frame).collect();
        let mut found: Vec<&Detection> = found
            .iter()
            .filter(|found| found.class == ObjectClass::Person && found.score >= SCORE_MIN)
            .collect();
        found.sort_by(|a, b| b.score.total_cmp(&a.score));
        for one in found {
            let best = open
                .iter()
                .map(|truth| truth.iou(&one.box_in_frame))
                .enumerate()
                .max_by(|a, b| a.1.total_cmp(&b.1))
                .filter(|(_, iou)| *iou >= SAME_IOU);
            self.precision.add(best.is_some());
            best.map(|(index, _)| open.swap_remove(index));
        }
        let found = truth.len().saturating_sub(open.len()) as u64;
        self.recall.join(Tally { hits: found, of: truth.len() as u64 });
    }

    pub(crate) fn finish(self) -> Option<DetectionReport> {
        (self.recall.of > 0).then_some(DetectionReport {
            score_min: SCORE_MIN,
            recall: self.recall,
            precision: self.precision,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::truth::{Kind, box_of_corner};

    #[test]
    fn each_person_is_found_once_and_by_the_surest() {
        let place = |left: f32| box_of_corner(left, 0.0, 20.0, 50.0).unwrap();
        let truth = [0.0, 100.0].map(|left| TruthBox::new(Kind::Person, place(left)));
        let found = |left, score, class| Detection { class, score, box_in_frame: place(left) };
        let mut finding = Finding::default();
        finding.add(
            &truth,
            &[
                found(2.0, 0.6, ObjectClass::Person),
                found(0.0, 0.9, ObjectClass::Person),
                found(100.0, 0.4, ObjectClass::Person),
                found(100.0, 0.9, ObjectClass::Suitcase),
                found(300.0, 0.7, ObjectClass::Person),
            ],
        );
        finding.add(&[], &[]);
        let report = finding.finish().unwrap();
        assert_eq!(report.recall, Tally { hits: 1, of: 2 });
        assert_eq!(report.precision, Tally { hits: 1, of: 3 });
    }
}
