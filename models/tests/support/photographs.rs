//! Photographs with ground truth, and the models that are on this machine.

use std::path::{Path, PathBuf};

use velum_frame::{RawFrame, seal_i420};
use velum_models::{Catalogue, Detector, DetectorOptions, ModelError, Runtime};
use velum_vocab::{BoxInFrame, CameraId, Timestamp};

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

pub(crate) fn shared() -> PathBuf {
    std::env::var_os("VELUM_SHARED").map_or_else(|| root().join("../shared"), PathBuf::from)
}

/// `None`, and a word about it, where the runtime or the model is not here.
pub(crate) fn open(id: &str) -> Option<Detector> {
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

pub(crate) struct Photograph {
    pub(crate) path: PathBuf,
    pub(crate) truth: Vec<BoxInFrame>,
}

impl Photograph {
    /// The photograph as a camera's frame: even sides, I420, limited-range BT.601.
    pub(crate) fn frame(&self) -> RawFrame {
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
pub(crate) fn coco_people() -> Vec<Photograph> {
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

/// Faces in dlib's group photographs. *Source*: `<image file='..'>` and `<box top left width height>`.
pub(crate) fn dlib_faces() -> Vec<Photograph> {
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
