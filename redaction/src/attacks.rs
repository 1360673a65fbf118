//! Attacks on what was painted over: is a face recognised again, with or without deblurring? The attacker is
//! given everything but the picture itself: where the face was, how it was painted over, and a gallery with
//! each person's face, seen a second time. A blur and a mosaic, which the language does not have, are the
//! positive controls: against them the same attacks succeed.

use std::path::{Path, PathBuf};

use image::imageops::{self, FilterType};
use image::{GrayImage, Luma};
use velum_frame::{Pixels, RawFrame, seal_i420};
use velum_vocab::{BoxInFrame, CameraId, Timestamp};

use crate::canary::drawing::{Canvas, Colour, Ellipse, HEIGHT_PX, WIDTH_PX};
use crate::{Method, Plan, redact};

/// Sides of the faces that are compared, pixels.
const SIDE_PX: u32 = 32;
/// By how much a face's mask is grown.
const MARGIN: f32 = 0.15;

/// A face in a frame, and the same face seen another time.
struct Case {
    frame: RawFrame,
    face: BoxInFrame,
    gallery: GrayImage,
}

/// How a picture is painted over, the real ways and the controls.
#[derive(Debug, Clone, Copy)]
enum Painted {
    Truly(Method),
    Blurred,
    Mosaic,
}

/// Evenly spread numbers from 0 to 1, the same in every run.
struct Spread(u64);

impl Spread {
    fn next(&mut self) -> f32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 40) as f32 / (1_u64 << 24) as f32
    }

    fn between(&mut self, from: f32, to: f32) -> f32 {
        from + self.next() * (to - from)
    }
}

fn gray_of(frame: &RawFrame) -> GrayImage {
    let luma = frame.luma();
    GrayImage::from_raw(frame.width_px(), frame.height_px(), luma.samples().to_vec()).unwrap()
}

fn face_of(picture: &GrayImage, face: &BoxInFrame) -> GrayImage {
    let (x, y) = (face.left_px().max(0.0) as u32, face.top_px().max(0.0) as u32);
    let crop = imageops::crop_imm(picture, x, y, face.width_px() as u32, face.height_px() as u32).to_image();
    imageops::resize(&crop, SIDE_PX, SIDE_PX, FilterType::Triangle)
}

/// What the attacker sees of the face.
fn seen(case: &Case, painted: Painted) -> GrayImage {
    let picture = gray_of(&case.frame);
    let side = case.face.width_px();
    match painted {
        Painted::Blurred => face_of(&imageops::blur(&picture, side / 8.0), &case.face),
        Painted::Mosaic => {
            let small = imageops::resize(&face_of(&picture, &case.face), 6, 6, FilterType::Triangle);
            imageops::resize(&small, SIDE_PX, SIDE_PX, FilterType::Nearest)
        }
        Painted::Truly(method) => {
            let bytes = [case.frame.luma(), case.frame.chroma_u(), case.frame.chroma_v()];
            let bytes = bytes.iter().flat_map(|plane| plane.samples().to_vec()).collect();
            let size_px = (case.frame.width_px(), case.frame.height_px());
            let frame = sealed(size_px, bytes);
            let plan = Plan::default().with_boxes([case.face], MARGIN).unwrap();
            face_of(&gray_of(redact(frame, &plan, method).unwrap().painted()), &case.face)
        }
    }
}

fn sealed(size_px: (u32, u32), bytes: Vec<u8>) -> RawFrame {
    seal_i420(CameraId::parse("c").unwrap(), Timestamp::from_unix_secs(1), 1, size_px, bytes).unwrap()
}

/// Van Cittert's iteration against a blur of a quarter of the face. *Source*: van Cittert, Z. Physik 69 (1931).
fn deblurred(picture: &GrayImage) -> GrayImage {
    let mut guess = picture.clone();
    for _ in 0..6 {
        let blurred = imageops::blur(&guess, SIDE_PX as f32 / 8.0);
        for (at, pixel) in guess.pixels_mut().enumerate() {
            let residue = f32::from(picture.as_raw()[at]) - f32::from(blurred.as_raw()[at]);
            pixel.0[0] = (f32::from(pixel.0[0]) + residue).clamp(0.0, 255.0) as u8;
        }
    }
    guess
}

/// Correlation of two pictures without their means, -1..=1; 0 where one of them is of one brightness.
fn likeness(a: &GrayImage, b: &GrayImage) -> f32 {
    let mean = |picture: &GrayImage| {
        picture.as_raw().iter().map(|v| f32::from(*v)).sum::<f32>() / picture.as_raw().len() as f32
    };
    let (mean_a, mean_b) = (mean(a), mean(b));
    let pairs =
        a.as_raw().iter().zip(b.as_raw()).map(|(a, b)| (f32::from(*a) - mean_a, f32::from(*b) - mean_b));
    let (ab, aa, bb) =
        pairs.fold((0.0, 0.0, 0.0), |(ab, aa, bb), (a, b)| (ab + a * b, aa + a * a, bb + b * b));
    if aa == 0.0 || bb == 0.0 { 0.0 } else { ab / (aa * bb).sqrt() }
}

/// How many faces are matched with the right one of the gallery: as they are, deblurred, and with a gallery that
/// was blurred too.
fn matched(cases: &[Case], painted: Painted) -> [usize; 3] {
    let sharp: Vec<GrayImage> = cases.iter().map(|case| case.gallery.clone()).collect();
    let soft: Vec<GrayImage> = sharp.iter().map(|face| imageops::blur(face, SIDE_PX as f32 / 8.0)).collect();
    let mut counts = [0; 3];
    for (index, case) in cases.iter().enumerate() {
        let probe = seen(case, painted);
        let attacks = [(probe.clone(), &sharp), (deblurred(&probe), &sharp), (probe, &soft)];
        for (count, (probe, gallery)) in counts.iter_mut().zip(attacks) {
            let likeness = gallery.iter().map(|face| likeness(&probe, face)).enumerate();
            let likest = likeness.max_by(|a, b| a.1.total_cmp(&b.1)).unwrap();
            *count += usize::from(likest.0 == index);
        }
    }
    counts
}

/// The most matches that guessing reaches with a probability of 99.9 %: binomial, one in `faces` each time.
fn chance_max(faces: usize) -> usize {
    let (n, p) = (faces as f64, 1.0 / faces as f64);
    let mut probability = (1.0 - p).powf(n);
    let (mut sum, mut matches) = (probability, 0);
    while sum < 0.999 {
        matches += 1;
        probability *= (n - matches as f64 + 1.0) / matches as f64 * p / (1.0 - p);
        sum += probability;
    }
    matches
}

/// Both methods stand at chance, and the controls do not.
fn check(name: &str, cases: &[Case]) {
    let faces = cases.len();
    for control in [Painted::Blurred, Painted::Mosaic] {
        let counts = matched(cases, control);
        println!("{name}: {control:?}: {counts:?} of {faces} matched: as it is, deblurred, gallery blurred");
        assert!(
            counts.iter().any(|count| count * 2 > faces),
            "the attack does not even succeed against {control:?}"
        );
    }
    for method in [Method::SolidFill, Method::SurroundBlur] {
        let counts = matched(cases, Painted::Truly(method));
        println!(
            "{name}: {method:?}: {counts:?} of {faces} matched; chance is at most {}",
            chance_max(faces)
        );
        assert!(counts.iter().all(|count| *count <= chance_max(faces)), "{name}: {method:?}: {counts:?}");
    }
}

/// A face that differs from others as faces do: in proportions and shades. The second view is moved, lit
/// otherwise, and noisy.
fn drawn_face(identity: u64, is_second_view: bool) -> (RawFrame, BoxInFrame) {
    let mut traits = Spread(identity * 7_919 + 1);
    let mut view = Spread(identity * 2 + u64::from(is_second_view));
    let (x, y) = (320.0 + view.between(-3.0, 3.0), 180.0 + view.between(-3.0, 3.0));
    let light = view.between(0.85, 1.1);
    let grey = |value: f32| -> Colour { [value * light; 3] };
    let mut canvas = Canvas::room(grey(150.0), grey(110.0), 300.0);
    let mut part = |dx: f32, dy: f32, width: f32, height: f32, value: f32| {
        let shape = Ellipse { x_px: x + dx, y_px: y + dy, half_width_px: width, half_height_px: height };
        canvas.ellipse(shape, grey(value), 0.2, 1.0);
    };
    let (skin, hair) = (traits.between(90.0, 220.0), traits.between(20.0, 190.0));
    let (width, eyes, eye_y) =
        (traits.between(34.0, 48.0), traits.between(14.0, 24.0), traits.between(-18.0, -4.0));
    part(0.0, -22.0, width + traits.between(2.0, 12.0), traits.between(44.0, 62.0), hair);
    part(0.0, 4.0, width, traits.between(46.0, 60.0), skin);
    for side in [-1.0, 1.0] {
        part(side * eyes, eye_y, traits.between(6.0, 11.0), traits.between(3.0, 6.0), 235.0);
        part(side * eyes, eye_y, 4.0, 4.0, 30.0);
        part(side * eyes, eye_y - traits.between(8.0, 14.0), traits.between(8.0, 13.0), 3.0, hair);
    }
    part(0.0, traits.between(8.0, 18.0), traits.between(4.0, 9.0), traits.between(8.0, 16.0), skin * 0.8);
    part(0.0, traits.between(26.0, 40.0), traits.between(10.0, 22.0), traits.between(3.0, 8.0), skin * 0.5);
    (canvas.into_frame().unwrap(), BoxInFrame::new(270.0, 112.0, 370.0, 248.0).unwrap())
}

#[test]
fn drawn_faces_are_not_recognised_again() {
    let cases: Vec<Case> = (0..60)
        .map(|identity| {
            let (frame, face) = drawn_face(identity, false);
            let gallery = face_of(&gray_of(&drawn_face(identity, true).0), &face);
            Case { frame, face, gallery }
        })
        .collect();
    check("drawn faces", &cases);
}

/// Photographs with boxes of faces. *Source*: dlib's `training.xml` and `testing.xml`, `<image file='..'>` and
/// `<box top left width height>`.
fn photographed_faces() -> Vec<(PathBuf, BoxInFrame)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let shared = std::env::var_os("VELUM_SHARED").map_or_else(|| root.join("../shared"), PathBuf::from);
    let folder = shared.join("footage/faces/dlib");
    let value = |line: &str, key: &str| {
        let from = line.find(&format!("{key}='")).unwrap() + key.len() + 2;
        line[from..].split('\'').next().unwrap().to_owned()
    };
    let (mut faces, mut photograph) = (Vec::new(), PathBuf::new());
    for list in ["training.xml", "testing.xml"] {
        let Ok(text) = std::fs::read_to_string(folder.join(list)) else {
            println!("skipped: no {}", folder.join(list).display());
            continue;
        };
        for line in text.lines().map(str::trim) {
            if line.starts_with("<image file") {
                photograph = folder.join(value(line, "file"));
            } else if line.starts_with("<box ") {
                let [top, left, width, height] =
                    ["top", "left", "width", "height"].map(|key| value(line, key).parse::<f32>().unwrap());
                let face = BoxInFrame::new(left.max(0.0), top.max(0.0), left + width, top + height);
                faces.push((photograph.clone(), face.unwrap()));
            }
        }
    }
    faces
}

/// Faces of photographs, each put into the same empty room: what lies around a face tells nothing here, so that
/// what is measured is what comes through the mask. The gallery has the photograph itself, a little moved and
/// darker: the strongest that an attacker can have.
#[test]
fn photographed_faces_are_not_recognised_again() {
    let faces = photographed_faces();
    if faces.is_empty() {
        return;
    }
    let place = BoxInFrame::new(280.0, 140.0, 360.0, 220.0).unwrap();
    let mut cases = Vec::new();
    for (path, face) in faces {
        let photograph = image::open(&path).unwrap().to_luma8();
        let crop = face_of(&photograph, &face);
        let moved = BoxInFrame::new(
            face.left_px() + face.width_px() / 24.0,
            face.top_px() + face.height_px() / 24.0,
            face.right_px() + face.width_px() / 24.0,
            face.bottom_px() + face.height_px() / 24.0,
        );
        let mut gallery = face_of(&photograph, &moved.unwrap());
        gallery.pixels_mut().for_each(|pixel| *pixel = Luma([(f32::from(pixel.0[0]) * 0.8) as u8]));
        let room = Canvas::room([150.0; 3], [110.0; 3], 300.0).into_frame().unwrap();
        let mut picture = gray_of(&room);
        imageops::replace(&mut picture, &imageops::resize(&crop, 80, 80, FilterType::Triangle), 280, 140);
        let mut bytes = picture.into_raw();
        bytes.resize((WIDTH_PX * HEIGHT_PX * 3 / 2) as usize, 128);
        cases.push(Case { frame: sealed((WIDTH_PX, HEIGHT_PX), bytes), face: place, gallery });
    }
    check("photographed faces", &cases);
}
