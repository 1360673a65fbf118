use std::path::{Path, PathBuf};

use velum_frame::seal_i420;
use velum_redaction::{Method, Plan, redact};
use velum_vocab::{CameraId, Timestamp};

use super::*;
use crate::Catalogue;
use crate::session::InferenceSession;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The runtime of `make setup`, or `None` with a word about it.
fn runtime() -> Option<Runtime> {
    let loaded = Runtime::load(Some(&root().join(".cache/onnxruntime")));
    if let Err(error) = &loaded {
        println!("skipped: {error}");
    }
    loaded.ok()
}

fn open(id: &str, options: DetectorOptions) -> Option<Detector> {
    let runtime = runtime()?;
    let shared = std::env::var_os("VELUM_SHARED").map_or_else(|| root().join("../shared"), PathBuf::from);
    let catalogue =
        Catalogue::open(&[root().join(".cache/models"), shared.join("third-party-models")]).unwrap();
    match catalogue.load(id) {
        Err(error @ ModelError::Absent { .. }) => {
            println!("skipped: {error}");
            None
        }
        model => Some(Detector::open(&runtime, &model.unwrap(), options).unwrap()),
    }
}

/// A frame of smooth blobs that differ from seed to seed.
fn frame(seed: u32) -> RawFrame {
    let (width, height) = (320_u32, 240_u32);
    let luma = (0..width * height).map(|at| {
        let (x, y) = (at % width, at / width);
        (((x * (3 + seed) + y * y / (7 + seed)) / 4) % 200 + 20) as u8
    });
    let chroma = std::iter::repeat_n(128, (width * height / 2) as usize);
    let camera = CameraId::parse("c").unwrap();
    seal_i420(camera, Timestamp::from_unix_secs(1), 1, (width, height), luma.chain(chroma).collect()).unwrap()
}

#[test]
fn every_model_that_is_here_verifies() {
    let Some(runtime) = runtime() else { return };
    let shared = std::env::var_os("VELUM_SHARED").map_or_else(|| root().join("../shared"), PathBuf::from);
    let catalogue =
        Catalogue::open(&[root().join(".cache/models"), shared.join("third-party-models")]).unwrap();
    for line in catalogue.list() {
        let id = line.manifest.id();
        match catalogue.verify(id, &runtime, DetectorOptions::default()) {
            Ok(verified) => println!("{id}: {} in {:?}", verified.provider, verified.inference),
            Err(error @ ModelError::Absent { .. }) => println!("skipped: {error}"),
            Err(error) => panic!("{error}"),
        }
    }
}

/// Frames that run together give what each gives alone.
#[test]
fn a_batch_is_its_frames() {
    let Some(runtime) = runtime() else { return };
    for id in ["velum-person-1", "centerface"] {
        let on_cpu = DetectorOptions {
            provider: ProviderChoice::Cpu,
            batch_max: Some(8),
            ..DetectorOptions::default()
        };
        let Some(alone) = open(id, on_cpu) else { continue };
        let layout = alone.manifest().input().clone();
        let tensors: Vec<Vec<f32>> = (0..3)
            .map(|seed| {
                tensor_from_picture(&Picture::of_raw(&frame(seed)), &layout, alone.0.size(), Vec::new()).0
            })
            .collect();
        let catalogue = Catalogue::open(&[root().join(".cache/models")]).unwrap();
        let model = catalogue.load(id).unwrap();
        let mut session = InferenceSession::<Boxes>::open(&runtime, &model, &on_cpu).unwrap();
        assert!(session.batch_max() > 1, "{id} takes one frame only");
        let together = session.run(&tensors.concat(), 3).unwrap();
        for (tensor, from_batch) in tensors.iter().zip(together) {
            let (single, from_batch) = (session.run_one(tensor).unwrap(), from_batch.unwrap());
            assert_eq!(single.len(), from_batch.len(), "{id}");
            let near = single.iter().zip(&from_batch).all(|(a, b)| (a.score - b.score).abs() < 1e-3);
            assert!(near, "{id}");
        }
    }
}

#[test]
fn cameras_share_one_session() {
    let on_cpu = DetectorOptions { provider: ProviderChoice::Cpu, ..DetectorOptions::default() };
    let counts_of = |batch_max| open("centerface", DetectorOptions { batch_max, ..on_cpu }).map(ask_by_turns);
    let (Some(by_itself), Some(together)) = (counts_of(None), counts_of(Some(8))) else { return };
    assert_eq!((by_itself.frames, by_itself.runs, by_itself.failed), (24, 24, 0));
    assert_eq!((together.frames, together.failed), (24, 0));
    assert!(together.runs < 24, "no frames ran together: {together:?}");
}

#[test]
fn sessions_side_by_side_find_what_one_finds() {
    let on_cpu = DetectorOptions { provider: ProviderChoice::Cpu, ..DetectorOptions::default() };
    let opened = |sessions| open("velum-person-1", DetectorOptions { sessions, ..on_cpu });
    let (Some(one), Some(three)) = (opened(1), opened(3)) else { return };
    for seed in 0..6 {
        assert_eq!(one.detect(&frame(seed)).unwrap(), three.detect(&frame(seed)).unwrap());
    }
    let counts = ask_by_turns(three);
    assert_eq!((counts.frames, counts.runs, counts.failed), (30, 30, 0));
}

/// Four cameras ask for six frames each.
fn ask_by_turns(detector: Detector) -> SessionCounts {
    std::thread::scope(|scope| {
        for camera in 0..4 {
            let detector = &detector;
            scope.spawn(move || (0..6).for_each(|_| drop(detector.detect(&frame(camera)).unwrap())));
        }
    });
    detector.counts()
}

#[test]
fn a_caller_waits_no_longer_than_it_said() {
    let options = DetectorOptions { timeout: Duration::ZERO, ..DetectorOptions::default() };
    let Some(detector) = open("centerface", options) else { return };
    let error = detector.detect(&frame(0)).unwrap_err();
    assert!(matches!(error, ModelError::Timeout { after_ms: 0, .. }), "{error}");
}

#[test]
fn a_provider_that_is_not_there_is_an_error_and_auto_goes_on() {
    let Some(runtime) = runtime() else { return };
    if runtime.offers(Provider::Cuda) {
        println!("skipped: this ONNX Runtime offers CUDA");
        return;
    }
    let model = Catalogue::open(&[root().join(".cache/models")]).unwrap().load("centerface");
    let Ok(model) = model else { return println!("skipped: no centerface.onnx") };
    let options = DetectorOptions { provider: ProviderChoice::Cuda, ..DetectorOptions::default() };
    let error = Detector::open(&runtime, &model, options).unwrap_err().to_string();
    assert!(error.starts_with("model `centerface`: cuda is not available here"), "{error}");
    let detector = Detector::open(&runtime, &model, DetectorOptions::default()).unwrap();
    assert_eq!(detector.provider(), Provider::Cpu);
}

#[test]
fn nobody_is_found_in_a_picture_that_is_all_covered() {
    let Some(detector) = open("centerface", DetectorOptions::default()) else { return };
    let covered = redact(frame(0), &Plan::whole_frame(), Method::SolidFill).unwrap();
    assert!(covered.verified(&detector, 0.3).is_ok());
}
