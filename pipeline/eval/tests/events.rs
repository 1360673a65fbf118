//! The evaluator of events from file to report, on a drawn clip: the same input gives the same report.

#![expect(clippy::unwrap_used, reason = "a test on files that it made itself")]

use std::path::{Path, PathBuf};

use velum_eval::{EventReport, EventSuite, Folders, ObjectOutcome, Tools, measure_events};
use velum_models::{Catalogue, Runtime};

const SUITE: &str = r#"
about = "drawn"
folders = ["."]
detectors = ["velum-person-1", "no-such-model"]
[[clips]]
id = "a box appears"
file = "drawn.avi"
half = "report"
kind = "composed"
unattended_secs = 5
truth = "truth.toml"
persons_points = "nobody.csv"
persons_fps = 10
lead_in_secs = 2
[[clips]]
id = "again"
file = "drawn.avi"
half = "tuning"
again = { loops = 3, gain_fraction = 0.1, noise_sigma = 3, seed = 5 }
[[clips]]
id = "nowhere"
file = "no-such-file.avi"
half = "tuning"
"#;
const TRUTH: &str = r#"
fps = 10.0
width_px = 320
height_px = 240
[[objects]]
id = "box"
put_down_secs = 4.0
owner_left_secs = 4.0
box = [140, 150, 24, 30]
[[objects]]
id = "chair"
kind = "furniture"
put_down_secs = 0.0
box = [20, 20, 40, 40]
"#;
const SIZE_PX: (u32, u32) = (320, 240);
const FRAMES: u32 = 150;

/// A wall with a pattern; a dark box stands in front of it from the fourth second on.
fn drawn(number: u32) -> Vec<u8> {
    let is_box = |x, y| number >= 40 && (140..164).contains(&x) && (150..180).contains(&y);
    let picture = image::RgbImage::from_fn(SIZE_PX.0, SIZE_PX.1, |x, y| {
        let wall = 120 + ((x / 16 + y / 16) % 2 * 20) as u8;
        image::Rgb(if is_box(x, y) { [30, 30, 40] } else { [wall, wall, wall - 10] })
    });
    let mut jpeg = Vec::new();
    let encoder = image::codecs::jpeg::JpegEncoder::new_with_quality(&mut jpeg, 90);
    picture.write_with_encoder(encoder).unwrap();
    jpeg
}

fn chunk(name: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let mut bytes = [name.as_slice(), &(body.len() as u32).to_le_bytes(), body].concat();
    bytes.resize(bytes.len().next_multiple_of(2), 0);
    bytes
}

fn list(name: &[u8; 4], parts: &[Vec<u8>]) -> Vec<u8> {
    chunk(b"LIST", &[name.as_slice(), &parts.concat()].concat())
}

fn numbers(values: &[u32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

/// Motion JPEG in an AVI file, 10 frames a second.
fn avi() -> Vec<u8> {
    let (width, height) = SIZE_PX;
    let main = chunk(b"avih", &numbers(&[100_000, 0, 0, 0x10, FRAMES, 0, 1, 0, width, height, 0, 0, 0, 0]));
    let stream = [
        b"vidsMJPG".to_vec(),
        numbers(&[0, 0, 0, 1, 10, 0, FRAMES, 0, u32::MAX, 0, 0]),
        [width as u16, height as u16].iter().flat_map(|side| side.to_le_bytes()).collect(),
    ];
    let format = [
        numbers(&[40, width, height, 1 | 24 << 16]),
        b"MJPG".to_vec(),
        numbers(&[width * height * 3, 0, 0, 0, 0]),
    ];
    let streams = list(b"strl", &[chunk(b"strh", &stream.concat()), chunk(b"strf", &format.concat())]);
    let frames: Vec<Vec<u8>> = (0..FRAMES).map(|number| chunk(b"00dc", &drawn(number))).collect();
    let mut index = Vec::new();
    let mut at = 4;
    for frame in &frames {
        index.extend_from_slice(b"00dc");
        index.extend(numbers(&[0x10, at, frame.len() as u32 - 8]));
        at += frame.len() as u32;
    }
    let parts = [list(b"hdrl", &[main, streams]), list(b"movi", &frames), chunk(b"idx1", &index)];
    chunk(b"RIFF", &[b"AVI ".as_slice(), &parts.concat()].concat())
}

fn measured(folder: &Path) -> Option<EventReport> {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let runtime = Runtime::load(Some(&workspace.join(".cache/onnxruntime"))).ok()?;
    velum_decode::init().unwrap();
    let suite = EventSuite::parse(SUITE, Path::new("suite")).unwrap();
    let folders = Folders::new(&suite.folders, folder, &PathBuf::new());
    let catalogue = Catalogue::open(&[]).unwrap();
    let tools = Tools { catalogue: &catalogue, runtime: &runtime, folders: &folders, progress: &|_| {} };
    Some(measure_events(&suite, &tools).unwrap())
}

/// All but when and how long.
fn result_of(mut report: EventReport) -> String {
    report.run = velum_eval::Run::default();
    serde_json::to_string(&report).unwrap()
}

#[test]
fn the_same_input_gives_the_same_report() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("drawn.avi"), avi()).unwrap();
    std::fs::write(folder.path().join("truth.toml"), TRUTH).unwrap();
    std::fs::write(folder.path().join("nobody.csv"), "999,10,10\n").unwrap();
    let Some(report) = measured(folder.path()) else {
        println!("skipped: ONNX Runtime is not here");
        return;
    };
    let [first, again] = report.clips.as_slice() else { panic!("{:?}", report.clips) };
    assert_eq!((first.clip.as_str(), first.frames, first.size_px), ("a box appears", 75, SIZE_PX));
    assert!((first.played_secs - 15.0).abs() < 0.11 && (again.played_secs - 45.0).abs() < 0.31);
    assert!((again.footage_secs - 15.0).abs() < 0.11);
    assert_eq!(again.frames, 225);
    let outcomes: Vec<_> = first.objects.iter().map(|object| object.outcome).collect();
    assert_eq!(outcomes[1], ObjectOutcome::Quiet);
    let nothing = first.suppressed.is_empty() && first.alerts.is_empty();
    assert!(nothing, "nobody was seen, by whose height the box could be judged");
    let [zone] = first.counts.as_slice() else { panic!("{:?}", first.counts) };
    assert_eq!((zone.truth_mean, zone.mean_absolute_error), (0.0, 0.0));
    assert!(report.absent[0].starts_with("model `no-such-model`: "), "{:?}", report.absent);
    assert!(
        report.absent[1].starts_with("clip `nowhere`: `no-such-file.avi` is not in "),
        "{:?}",
        report.absent
    );

    let second = measured(folder.path()).unwrap();
    assert_eq!(result_of(report), result_of(second));
}
