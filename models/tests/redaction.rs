//! Redaction with the real models: they find the drawings, and how often a picture is withheld or a face stays
//! visible with each plan. What is not on this machine is
//! skipped, and said so.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test that reads files whose form is known, and says what it measured"
)]

use std::sync::Arc;
use std::time::Duration;

use photographs::{Photograph, coco_people, dlib_faces, open};
use velum_frame::RawFrame;
use velum_models::{Detect, Detector};
use velum_redaction::{
    Due, Finder, Mask, Method, PersonCover, PictureWithheld, Plan, PlateCover, RedactedFrame, RedactionError,
    Redactor, RedactorParts, Settings, SettingsDraft, Sight, SightState, Timeline, VERIFY_SCORE_MIN,
};
use velum_vocab::{BoxInFrame, SimulatedClock};

#[path = "support/photographs.rs"]
mod photographs;

const EMBEDDED: &str = "velum-person-1";
const BETTER: &str = "yolox-nano";
const FACES: &str = "centerface";

fn shared_open(id: &str) -> Option<Arc<Detector>> {
    open(id).map(Arc::new)
}

fn redactor(
    sight: &Arc<Detector>,
    finders: &[&Arc<Detector>],
    verifier: &Arc<Detector>,
    frame: &RawFrame,
) -> Result<Redactor, RedactionError> {
    let finders = finders.iter().map(|finder| Arc::clone(*finder) as Arc<dyn Finder>).collect();
    Redactor::new(RedactorParts {
        sight: Arc::clone(sight) as _,
        finders,
        verifier: Arc::clone(verifier) as _,
        clock: Arc::new(SimulatedClock::at(frame.captured_at())),
    })
}

/// Single photographs: no frame before, none after. That is the hardest case, and what is measured with it is
/// worse than what a camera's window gives.
fn settings() -> Settings {
    Settings::new(SettingsDraft {
        margin_fraction: 0.2,
        max_fps: 1,
        hold_frames: 0,
        lookahead_frames: 0,
        method: Method::SolidFill,
        persons: PersonCover::Whole,
        plates: PlateCover::AsFound,
        private_areas: Vec::new(),
        score_min: 0.1,
        verify_score_min: VERIFY_SCORE_MIN,
        raw_lifetime: Duration::from_secs(10),
        max_detector_age: Duration::from_secs(1),
        canary_interval: Duration::from_secs(30),
    })
    .unwrap()
}

/// The plan, and the picture or why there is none.
fn made(
    redactor: &Redactor,
    sight: &Detector,
    frame: RawFrame,
) -> (Plan, Result<RedactedFrame, PictureWithheld>) {
    let mut timeline = Timeline::new(frame.camera().clone(), Arc::new(settings()));
    let detections = sight.detect(&frame).unwrap();
    timeline.push(frame, Sight { detections, moving_regions: Vec::new(), seen: SightState::Seen }).unwrap();
    timeline.ask_newest().unwrap();
    let Due { job, .. } = timeline.due().unwrap();
    let job = job.unwrap();
    let plan = redactor.plan(&job).unwrap();
    (plan, redactor.make(job))
}

/// The share of a box that the mask covers.
fn covered_fraction(mask: &Mask, area: &BoxInFrame) -> f32 {
    let blocks = |from: f32, to: f32| (from.max(0.0) / 2.0) as usize..(to.max(0.0) / 2.0).ceil() as usize;
    let (columns, rows) = (blocks(area.left_px(), area.right_px()), blocks(area.top_px(), area.bottom_px()));
    let all = rows.flat_map(|row| columns.clone().map(move |column| (column, row)));
    let (covered, count) = all.fold((0, 0), |(covered, count), (column, row)| {
        (covered + u32::from(mask.covers(column, row)), count + 1)
    });
    covered as f32 / (count as f32).max(1.0)
}

#[test]
fn every_model_finds_its_drawing() {
    let (Some(embedded), Some(faces)) = (shared_open(EMBEDDED), shared_open(FACES)) else { return };
    let better = shared_open(BETTER);
    let frame = velum_redaction::canary_face().unwrap();
    for sight in [Some(&embedded), better.as_ref()].into_iter().flatten() {
        let redactor = redactor(sight, &[&embedded], &faces, &frame).unwrap();
        assert_eq!(redactor.watch(Duration::from_secs(30)), Ok(()), "{sight:?}");
    }
    for (sight, finders) in [(&embedded, vec![]), (&embedded, vec![&faces])] {
        let refused = redactor(sight, &finders, &embedded, &frame);
        assert!(matches!(refused, Err(RedactionError::SameFamily(_))));
    }
}

/// YuNet verifies where CenterFace is not here: it finds the drawing, and on the annotated faces no more of them stay
/// visible. What it withholds is said.
#[test]
fn yunet_verifies_too() {
    let (Some(embedded), Some(yunet)) = (shared_open(EMBEDDED), shared_open("yunet")) else { return };
    let frame = velum_redaction::canary_face().unwrap();
    let canary = redactor(&embedded, &[], &yunet, &frame).unwrap();
    assert_eq!(canary.watch(Duration::from_secs(30)), Ok(()));
    let photographs = dlib_faces();
    if photographs.is_empty() {
        return;
    }
    let found = outcome(&photographs, &embedded, &[], &yunet);
    println!("annotated faces, velum-person-1 alone, verified by yunet: {found:?}");
    assert_eq!(found.visible, 0, "{found:?}");
}

/// What became of the photographs with one way of sharing out the models.
#[derive(Debug, Default)]
struct Outcome {
    pictures: usize,
    withheld: usize,
    released: usize,
    truths_released: usize,
    visible: usize,
    visible_pictures: usize,
}

fn outcome(
    photographs: &[Photograph],
    sight: &Arc<Detector>,
    finders: &[&Arc<Detector>],
    verifier: &Arc<Detector>,
) -> Outcome {
    let mut outcome = Outcome { pictures: photographs.len(), ..Outcome::default() };
    let redactor = redactor(sight, finders, verifier, &photographs[0].frame()).unwrap();
    for photograph in photographs {
        let frame = photograph.frame();
        let size_px = (frame.width_px(), frame.height_px());
        let (plan, picture) = made(&redactor, sight, frame);
        if let Err(reason) = picture {
            assert_eq!(reason, PictureWithheld::Verifier);
            outcome.withheld += 1;
            continue;
        }
        let mask = Mask::of(&plan, size_px.0, size_px.1);
        let visible = photograph.truth.iter().filter(|area| covered_fraction(&mask, area) < 0.7).count();
        outcome.released += 1;
        outcome.truths_released += photograph.truth.len();
        outcome.visible += visible;
        outcome.visible_pictures += usize::from(visible > 0);
    }
    outcome
}

/// Plan by the person detectors, or by our own alone, and verification by CenterFace.
fn check(name: &str, photographs: &[Photograph], visible_max: usize) {
    let (Some(embedded), Some(faces)) = (shared_open(EMBEDDED), shared_open(FACES)) else { return };
    let Some(better) = shared_open(BETTER) else { return };
    if photographs.is_empty() {
        return;
    }
    let a = outcome(photographs, &better, &[&embedded], &faces);
    let alone = outcome(photographs, &embedded, &[], &faces);
    println!("{name}, yolox-nano and velum-person-1, verified by centerface: {a:?}");
    println!("{name}, velum-person-1 alone, verified by centerface: {alone:?}");
    assert!(a.visible <= visible_max, "{a:?}");
    assert!(a.released * 2 > a.pictures, "{a:?}");
}

#[test]
fn faces_in_group_photographs_do_not_stay_visible() {
    check("annotated faces", &dlib_faces(), 0);
}

/// A person counts as visible where less than 0.7 of the annotated box is covered.
#[test]
fn people_in_photographs_do_not_stay_visible() {
    check("annotated people", &coco_people(), 3);
}
