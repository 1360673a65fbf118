//! A density model on real footage with ground truth: how many persons it counts, said and not gated, for such models
//! are made for crowds. What is not on this machine is skipped, and said so.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "a test on files whose form is known, that says what it measured"
)]

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use velum_decode::{FrameReader, SourceConfig, SourceUrl};
use velum_models::{Catalogue, DensityEstimator, DetectorOptions, EstimateDensity, ModelError, Runtime};
use velum_vocab::{CameraId, Polygon, Timestamp};

/// vtest.avi says that it was recorded at this rate, and its truth counts its frames from 1.
const NOMINAL_FPS: f64 = 10.0;

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn shared() -> PathBuf {
    std::env::var_os("VELUM_SHARED").map_or_else(|| workspace().join("../shared"), PathBuf::from)
}

/// `None`, and a word about it, where the runtime or the model is not here.
fn open(id: &str) -> Option<DensityEstimator> {
    let folders = [workspace().join(".cache/models"), shared().join("third-party-models")];
    let opened = Runtime::load(Some(&workspace().join(".cache/onnxruntime"))).and_then(|runtime| {
        let model = Catalogue::open(&folders)?.load(id)?;
        DensityEstimator::open(&runtime, &model, DetectorOptions::default())
    });
    match opened {
        Err(error @ (ModelError::RuntimeAbsent { .. } | ModelError::Absent { .. })) => {
            println!("skipped: {error}");
            None
        }
        opened => Some(opened.unwrap()),
    }
}

/// Persons in each frame, from 1. *Source*: MOTChallenge `gt.txt`, one line a person and frame.
fn persons_by_frame(text: &str) -> Vec<f64> {
    let frames = text.lines().map(|line| line.split(',').next().unwrap().parse::<usize>().unwrap());
    let mut persons = Vec::new();
    for frame in frames {
        persons.resize(persons.len().max(frame + 1), 0.0);
        persons[frame] += 1.0;
    }
    persons
}

#[test]
fn density_models_count_people_on_a_campus() {
    // A swapped plane or a wrong scale gives none, or hundreds. There are 6 on average.
    check("mcnn", 0.5..50.0);
    check("velum-density-1", 1.0..20.0);
}

fn check(id: &str, mean_count: std::ops::Range<f64>) {
    let file = workspace().join(".cache/fixtures/vtest.avi");
    let (Ok(truth), true) = (std::fs::read_to_string(shared().join("footage/vtest/gt.txt")), file.is_file())
    else {
        println!("skipped: no vtest.avi (make setup), or no footage/vtest/gt.txt in VELUM_SHARED");
        return;
    };
    let Some(model) = open(id) else { return };
    velum_decode::init().unwrap();
    let persons = persons_by_frame(&truth);
    let config = SourceConfig {
        analysed_fps: 0.5,
        analysed_width_px: None,
        silence: Duration::from_secs(60),
        ..SourceConfig::new(SourceUrl::File(file))
    };
    let start = Timestamp::from_unix_secs(0);
    let halves = [[0.0, 0.5], [0.5, 1.0]].map(|[left, right]| {
        Polygon::from_fractions(&[(left, 0.0), (right, 0.0), (right, 1.0), (left, 1.0)]).unwrap()
    });
    let areas = [&[Polygon::whole_frame()], halves.as_slice()].concat();
    let (mut counts, mut times) = (Vec::new(), Vec::new());
    for frame in FrameReader::open(CameraId::parse("vtest").unwrap(), &config, start).unwrap() {
        let frame = frame.unwrap();
        let number = (frame.captured_at().secs_since(start) * NOMINAL_FPS).round() as usize + 1;
        let begun = Instant::now();
        let found = model.persons_in(&frame, &areas).unwrap();
        times.push(begun.elapsed());
        assert!(found.iter().all(|count| count.is_finite() && *count >= 0.0));
        assert!((found[0] - found[1] - found[2]).abs() < 1e-6 * (1.0 + found[0]), "{found:?}");
        if let Some(truth) = persons.get(number) {
            counts.push((found[0], *truth));
        }
    }
    times.sort();
    let mean =
        |value: &dyn Fn(&(f64, f64)) -> f64| counts.iter().map(value).sum::<f64>() / counts.len() as f64;
    println!(
        "{id} on vtest.avi: {} frames, {:.2} persons counted, {:.2} there, mean absolute error {:.2}; {:.0} ms a frame",
        counts.len(),
        mean(&|(found, _)| *found),
        mean(&|(_, truth)| *truth),
        mean(&|(found, truth)| (found - truth).abs()),
        times[times.len() / 2].as_secs_f64() * 1e3
    );
    assert!(counts.len() >= 30);
    assert!(mean_count.contains(&mean(&|(found, _)| *found)));
}
