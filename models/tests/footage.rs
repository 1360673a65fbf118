//! The detectors on real photographs with ground truth. What is not on this machine is skipped, and said so.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test that reads files whose form is known, and says what it measured"
)]

use std::time::{Duration, Instant};

use photographs::{Photograph, coco_people, dlib_faces, open, shared};
use velum_models::Detect;
use velum_vocab::{BoxInFrame, Detection, ObjectClass};

#[path = "support/photographs.rs"]
mod photographs;

/// Whole people on a crowded street, at least 60 pixels high. *Source*: MOTChallenge `gt.txt`, `frame, id, left,
/// top, width, height, counts, class, visible share`.
fn street_people() -> Vec<Photograph> {
    let mut photographs = Vec::new();
    for sequence in ["MOT17-02-FRCNN", "MOT17-04-FRCNN"] {
        let folder = shared().join("footage/mot17-mini/train").join(sequence);
        let Ok(text) = std::fs::read_to_string(folder.join("gt/gt.txt")) else {
            println!("skipped: no {}", folder.display());
            continue;
        };
        for number in 1.. {
            let path = folder.join(format!("img1/{number:06}.jpg"));
            if !path.is_file() {
                break;
            }
            let people = text.lines().filter_map(|line| {
                let values: Vec<f32> = line.split(',').map(|word| word.parse().unwrap()).collect();
                let counts = values[0] == number as f32 && values[6] == 1.0 && values[7] == 1.0;
                let (left, top, width, height) = (values[2], values[3], values[4], values[5]);
                (counts && height >= 60.0 && values[8] >= 0.7)
                    .then(|| BoxInFrame::new(left, top, left + width, top + height).unwrap())
            });
            photographs.push(Photograph { truth: people.collect(), path });
        }
    }
    photographs
}

#[derive(Default)]
struct Score {
    truth: usize,
    hit: usize,
    found: usize,
    correct: usize,
}

impl Score {
    fn add(&mut self, truth: &[BoxInFrame], found: &[Detection], iou_min: f32) {
        let hits = |a: &BoxInFrame| found.iter().any(|b| a.iou(&b.box_in_frame) >= iou_min);
        self.truth += truth.len();
        self.hit += truth.iter().filter(|face| hits(face)).count();
        self.found += found.len();
        self.correct +=
            found.iter().filter(|b| truth.iter().any(|a| a.iou(&b.box_in_frame) >= iou_min)).count();
    }

    fn recall(&self) -> f32 {
        self.hit as f32 / self.truth as f32
    }

    fn precision(&self) -> f32 {
        self.correct as f32 / self.found.max(1) as f32
    }
}

struct Bound {
    model: &'static str,
    class: ObjectClass,
    score_min: f32,
    iou_min: f32,
    recall_min: f32,
    precision_min: f32,
}

/// Measures a model and holds it against low bounds: they catch a swapped channel or a wrong grid, not a
/// slightly worse model.
fn check(photographs: &[Photograph], bound: &Bound) {
    let Some(detector) = open(bound.model) else { return };
    if photographs.is_empty() {
        return;
    }
    let (mut score, mut times) = (Score::default(), Vec::new());
    for photograph in photographs {
        let frame = photograph.frame();
        let begun = Instant::now();
        let found = detector.detect(&frame).unwrap();
        times.push(begun.elapsed());
        let believed: Vec<Detection> = (found.into_iter())
            .filter(|found| found.class == bound.class && found.score >= bound.score_min)
            .collect();
        score.add(&photograph.truth, &believed, bound.iou_min);
    }
    times.sort();
    let median: Duration = times[times.len() / 2];
    println!(
        "{}: {:?} recall {:.2} precision {:.2} of {} in {} photographs at score {} and IoU {}; {:.1} ms a frame",
        bound.model,
        bound.class,
        score.recall(),
        score.precision(),
        score.truth,
        photographs.len(),
        bound.score_min,
        bound.iou_min,
        median.as_secs_f64() * 1e3
    );
    assert!(score.recall() >= bound.recall_min && score.precision() >= bound.precision_min);
}

#[test]
fn yolox_nano_finds_people() {
    let (model, class) = ("yolox-nano", ObjectClass::Person);
    check(
        &coco_people(),
        &Bound { model, class, score_min: 0.3, iou_min: 0.5, recall_min: 0.5, precision_min: 0.6 },
    );
}

#[test]
fn our_own_model_finds_people() {
    let (model, class) = ("velum-person-1", ObjectClass::Person);
    // A fallback for sparse scenes; its card says how much less it finds in a crowd than YOLOX-nano.
    check(
        &street_people(),
        &Bound { model, class, score_min: 0.5, iou_min: 0.5, recall_min: 0.1, precision_min: 0.2 },
    );
}

#[test]
fn centerface_finds_faces() {
    let (model, class) = ("centerface", ObjectClass::Face);
    check(
        &dlib_faces(),
        &Bound { model, class, score_min: 0.35, iou_min: 0.4, recall_min: 0.8, precision_min: 0.6 },
    );
}

#[test]
fn yunet_finds_faces() {
    let (model, class) = ("yunet", ObjectClass::Face);
    check(
        &dlib_faces(),
        &Bound { model, class, score_min: 0.5, iou_min: 0.4, recall_min: 0.7, precision_min: 0.6 },
    );
}
