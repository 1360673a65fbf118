//! The whole evaluator on real footage, where it is here: few pictures, two plans.

#![expect(clippy::unwrap_used, reason = "a test on files whose form is known")]

use std::path::{Path, PathBuf};

use velum_eval::{EvalError, Folders, FootageKind, Outcome, Report, Suite, Tools, measure};
use velum_models::{Catalogue, Runtime};

const SUITE: &str = r#"
about = "a street and photographs of groups"
folders = ["$VELUM_SHARED/footage"]
[[plans]]
id = "everything"
detector = "velum-person-1"
verified = true
[[plans]]
id = "detections alone"
detector = "velum-person-1"
hold_frames = 0
lookahead_frames = 0
moving_regions = false
[[pseudo_truth]]
id = "heads"
model = "velum-person-1"
kind = "face"
score_min = 0.5
[[clips]]
id = "tud-campus"
file = "tud-campus/TUD-Campus.mp4"
persons_mot = "tud-campus/gt/gt.txt"
mot_fps = 25
every = 3
pseudo = ["heads"]
[[clips]]
id = "nowhere"
file = "no-such-file.avi"
[[photographs]]
id = "dlib"
folder = "faces/dlib"
faces_dlib = ["faces/dlib/testing.xml"]
"#;

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// What came of it; `None` where the footage is not here.
fn report(suite: &str) -> Option<Result<Report, EvalError>> {
    let shared = std::env::var_os("VELUM_SHARED").map_or(workspace().join("../shared"), PathBuf::from);
    let cache = workspace().join(".cache");
    let runtime = Runtime::load(Some(&cache.join("onnxruntime"))).ok()?;
    if !shared.join("footage/tud-campus").is_dir() || !cache.join("models/centerface.onnx").is_file() {
        return None;
    }
    velum_decode::init().unwrap();
    let suite = Suite::parse(suite, Path::new("suite")).unwrap();
    let folders = Folders::new(&suite.folders, &workspace(), &shared);
    let catalogue = Catalogue::open(&[cache.join("models")]).unwrap();
    let tools = Tools { catalogue: &catalogue, runtime: &runtime, folders: &folders, progress: &|_| {} };
    Some(measure(&suite, &tools))
}

fn strict_of<'r>(report: &'r Report, footage: &str, plan: &str) -> &'r Outcome {
    let footage = report.footage.iter().find(|one| one.id == footage).unwrap();
    &footage.outcomes.iter().find(|outcome| outcome.plan == plan).unwrap().planned
}

#[test]
fn a_street_and_photographs_are_measured_by_the_real_stages() {
    let Some(report) = report(SUITE) else {
        println!("skipped: the footage, CenterFace or ONNX Runtime is not here");
        return;
    };
    let report = report.unwrap();
    assert_eq!(report.absent.len(), 1, "{:?}", report.absent);
    assert!(report.absent[0].starts_with("clip `nowhere`: `no-such-file.avi` is not in "));
    let kinds: Vec<_> = report.footage.iter().map(|footage| footage.kind).collect();
    assert_eq!(kinds, [FootageKind::Clip, FootageKind::Photographs]);

    let everything = strict_of(&report, "tud-campus", "everything");
    let alone = strict_of(&report, "tud-campus", "detections alone");
    assert_eq!((everything.asked, alone.shown), (5, 5), "15 analysed frames, every third");
    let [persons, heads] = alone.against.as_slice() else { panic!("{:?}", alone.against) };
    assert!(persons.all().strict.of >= 15, "annotated persons were matched with their frames: {persons:?}");
    assert!(heads.all().strict.of > 0);
    let share = |outcome: &Outcome| outcome.against[0].all().strict.fraction().unwrap();
    assert!(share(alone) < 0.9, "annotations and pictures belong together: {}", share(alone));
    assert!(share(everything) <= share(alone), "a window covers no less than one frame");
    assert!(everything.masked_mean.unwrap() > alone.masked_mean.unwrap());

    let photographs = strict_of(&report, "dlib", "everything");
    assert_eq!(photographs.asked, 5);
    assert_eq!(photographs.against[0].all().strict.of, 25, "the faces of testing.xml");
    assert_eq!(photographs.against[0].longest, None);
}

/// A verifier of the family of a finder is refused; what still waits is not played, and nobody waits for it.
#[test]
fn what_fails_on_one_clip_ends_the_measurement_and_is_told() {
    let suite = SUITE.replace("verified = true", "finders = [\"centerface\"]\nverified = true");
    let Some(report) = report(&suite) else {
        println!("skipped: the footage, CenterFace or ONNX Runtime is not here");
        return;
    };
    let refused = report.map(drop).unwrap_err().to_string();
    assert!(refused.contains("tud-campus") && refused.contains("centerface"), "{refused}");
}
