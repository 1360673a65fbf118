//! The detectors on real photographs with ground truth. What is not on this machine is skipped, and said so.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test that reads files whose form is known, and says what it measured"
)]

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use velum_frame::{RawFrame, seal_i420};
use velum_models::{Catalogue, Detect, Detector, DetectorOptions, ModelError, Runtime};
use velum_vocab::{BoxInFrame, CameraId, Detection, ObjectClass, Timestamp};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn shared() -> PathBuf {
    std::env::var_os("VELUM_SHARED").map_or_else(|| root().join("../shared"), PathBuf::from)
}

/// `None`, and a word about it, where the runtime or the model is not here.
fn open(id: &str) -> Option<Detector> {
    let folders = [root().join(".cache/models"), shared().join("third-party-models")];
    let opened = Runtime::load(Some(&root().join(".cache/onnxruntime"))).and_then(|runtime| {
        let model = Catalogue::open(&folders)?.load(id)?;
        Detector::open(&runtime, &model, DetectorOptions::default())
    });
    match opened {
        Err(error @ (ModelError::RuntimeAbsent { .. } | ModelError::Absent { .. })) => {
            println!("skipped: {error}");
            None
        }
        opened => Some(opened.unwrap()),
    }
}

struct Photograph {
    path: PathBuf,
    truth: Vec<BoxInFrame>,
}

impl Photograph {
    /// The photograph as a camera's frame: even sides, I420, limited-range BT.601.
    fn frame(&self) -> RawFrame {
        let rgb = image::open(&self.path).unwrap().to_rgb8();
        let (width, height) = (rgb.width() & !1, rgb.height() & !1);
        let yuv = |x: u32, y: u32| {
            let [r, g, b] = rgb.get_pixel(x, y).0.map(f32::from);
            [
                16.0 + 0.257 * r + 0.504 * g + 0.098 * b,
                128.0 - 0.148 * r - 0.291 * g + 0.439 * b,
                128.0 + 0.439 * r - 0.368 * g - 0.071 * b,
            ]
        };
        let places = |step: usize| {
            let columns = move |y| (0..width).step_by(step).map(move |x| (x, y));
            (0..height).step_by(step).flat_map(columns)
        };
        let plane = |index: usize, step| places(step).map(move |(x, y)| yuv(x, y)[index].round() as u8);
        let bytes = plane(0, 1).chain(plane(1, 2)).chain(plane(2, 2)).collect();
        let camera = CameraId::parse("photograph").unwrap();
        seal_i420(camera, Timestamp::from_unix_secs(1), 1, (width, height), bytes).unwrap()
    }
}

/// People in COCO photographs, at least 40 pixels high. *Source*: YOLO text, `class cx cy w h` as fractions.
fn coco_people() -> Vec<Photograph> {
    let folder = shared().join("footage/coco128");
    let Ok(listed) = std::fs::read_dir(folder.join("images")) else {
        println!("skipped: no {}", folder.display());
        return Vec::new();
    };
    let mut paths: Vec<PathBuf> = listed.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
        .into_iter()
        .map(|path| {
            let (width, height) = image::image_dimensions(&path).unwrap();
            let stem = path.file_stem().unwrap().to_str().unwrap();
            let text = std::fs::read_to_string(folder.join(format!("boxes/{stem}.txt"))).unwrap_or_default();
            let people = text.lines().filter_map(|line| {
                let values: Vec<f32> = line.split(' ').map(|word| word.parse().unwrap()).collect();
                let (x, y) = (values[1] * width as f32, values[2] * height as f32);
                let (half_w, half_h) = (values[3] * width as f32 / 2.0, values[4] * height as f32 / 2.0);
                (values[0] == 0.0 && half_h >= 20.0)
                    .then(|| BoxInFrame::new(x - half_w, y - half_h, x + half_w, y + half_h).unwrap())
            });
            Photograph { truth: people.collect(), path: path.clone() }
        })
        .filter(|photograph| !photograph.truth.is_empty())
        .collect()
}

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

/// Faces in dlib's group photographs. *Source*: `<image file='..'>` and `<box top left width height>`.
fn dlib_faces() -> Vec<Photograph> {
    let folder = shared().join("footage/faces/dlib");
    let mut photographs: Vec<Photograph> = Vec::new();
    for list in ["training.xml", "testing.xml"] {
        let Ok(text) = std::fs::read_to_string(folder.join(list)) else {
            println!("skipped: no {}", folder.join(list).display());
            continue;
        };
        let value = |line: &str, key: &str| {
            let from = line.find(&format!("{key}='")).unwrap() + key.len() + 2;
            line[from..].split('\'').next().unwrap().to_owned()
        };
        for line in text.lines().map(str::trim) {
            if line.starts_with("<image file") {
                photographs.push(Photograph { path: folder.join(value(line, "file")), truth: Vec::new() });
            } else if line.starts_with("<box ") {
                let [top, left, width, height] =
                    ["top", "left", "width", "height"].map(|key| value(line, key).parse::<f32>().unwrap());
                let face = BoxInFrame::new(left, top, left + width, top + height).unwrap();
                photographs.last_mut().unwrap().truth.push(face);
            }
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
    let (model, class) = ("velum-person-0", ObjectClass::Person);
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
