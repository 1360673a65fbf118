//! Who truly is in each frame of a clip: boxes or points, and metres on the ground where they are known.

use std::collections::BTreeMap;
use std::path::Path;

use velum_analyse::{AnalyseError, GroundPlane, PointPair};
use velum_vocab::{GroundPoint, PointInFrame};

use super::suite::EventClip;
use crate::EvalError;
use crate::measure::read_truth;
use crate::suite::Folders;
use crate::truth::mot::{self, OnGround};
use crate::truth::{TruthBox, yolo};

/// The picture is parted so many times across and down to fit a plane; each part gives one pair.
const PARTS: usize = 10;
/// Persons that a part needs.
const PART_PERSONS_MIN: usize = 5;

/// Who is in one frame, in analysed pixels.
#[derive(Debug, Clone, Default)]
pub(crate) struct InFrame {
    /// Where each stands.
    pub(crate) feet: Vec<PointInFrame>,
    /// Their boxes; none where the truth is points.
    pub(crate) boxes: Option<Vec<TruthBox>>,
    /// Where those stand whose place is known, metres.
    pub(crate) ground: Vec<GroundPoint>,
}

/// Who is in the frames of one clip.
pub(crate) struct Persons {
    fps: f64,
    /// Of the picture in whose pixels they are; the analysed one where none is said.
    size_px: Option<(u32, u32)>,
    boxes: Option<BTreeMap<u32, Vec<TruthBox>>>,
    /// Where those stand of whom there is no box to be used.
    points: BTreeMap<u32, Vec<PointInFrame>>,
    ground: BTreeMap<u32, Vec<OnGround>>,
}

impl Persons {
    /// Reads what the clip names; the inner error says what is not here.
    pub(crate) fn read(
        clip: &EventClip,
        folders: &Folders,
    ) -> Result<Result<Option<Self>, String>, EvalError> {
        let Some(fps) = clip.persons_fps else { return Ok(Ok(None)) };
        let mut persons = Self {
            fps: f64::from(fps),
            size_px: clip.size_px,
            boxes: None,
            points: BTreeMap::new(),
            ground: BTreeMap::new(),
        };
        let named = clip.persons_mot.as_ref().or(clip.persons_yolo.as_ref()).or(clip.persons_points.as_ref());
        let Some(named) = named else { return Ok(Ok(None)) };
        let file = match folders.find(named) {
            Ok(file) => file,
            Err(missing) => return Ok(Err(missing)),
        };
        if clip.persons_mot.is_some() {
            persons.boxes = Some(read_truth(&file, mot::parse)?);
            persons.points = read_truth(&file, mot::parse_unused_feet)?;
            persons.ground = read_truth(&file, mot::parse_ground)?;
        } else if clip.persons_yolo.is_some() {
            // Fractions are the pixels of a picture of one by one.
            persons.size_px = Some((1, 1));
            persons.boxes = Some(read_yolo(&file)?);
        } else {
            persons.points = read_truth(&file, parse_points)?;
        }
        Ok(Ok(Some(persons)))
    }

    /// Who is in the frame at this time of the file; `None` behind the last one that was annotated.
    pub(crate) fn at(&self, secs: f64, analysed_px: (u32, u32)) -> Option<InFrame> {
        let number = (secs * self.fps).round() as u32 + 1;
        let last = match &self.boxes {
            Some(boxes) => boxes.last_key_value().map(|(last, _)| *last),
            None => self.points.last_key_value().map(|(last, _)| *last),
        };
        if number > last? {
            return None;
        }
        let from_px = self.size_px.unwrap_or(analysed_px);
        let ground = self.ground.get(&number).into_iter().flatten().map(|person| person.ground).collect();
        let points = self.points.get(&number).into_iter().flatten();
        let mut feet: Vec<_> = points.map(|point| scaled(*point, from_px, analysed_px)).collect();
        let Some(boxes) = &self.boxes else { return Some(InFrame { feet, boxes: None, ground }) };
        let boxes: Vec<TruthBox> = (boxes.get(&number).into_iter().flatten())
            .filter_map(|truth| truth.scaled_to(from_px, analysed_px))
            .collect();
        feet.extend(boxes.iter().map(|truth| truth.box_in_frame.foot()));
        Some(InFrame { feet, boxes: Some(boxes), ground })
    }

    /// The plane through feet and places of all persons.
    ///
    /// # Errors
    /// As [`GroundPlane::fit`].
    pub(crate) fn ground_plane(&self, analysed_px: (u32, u32)) -> Result<GroundPlane, AnalyseError> {
        let (width, height) = self.size_px.unwrap_or(analysed_px);
        let mut parts: BTreeMap<(usize, usize), Vec<PointPair>> = BTreeMap::new();
        for person in self.ground.values().flatten() {
            let x_fraction = f64::from(person.foot.x_px) / f64::from(width.max(1));
            let y_fraction = f64::from(person.foot.y_px) / f64::from(height.max(1));
            if !(0.0..1.0).contains(&x_fraction) || !(0.0..1.0).contains(&y_fraction) {
                continue;
            }
            let part = |fraction: f64| (fraction * PARTS as f64) as usize;
            let pair = PointPair { x_fraction, y_fraction, ground: person.ground };
            parts.entry((part(x_fraction), part(y_fraction))).or_default().push(pair);
        }
        let full = parts.into_values().filter(|part| part.len() >= PART_PERSONS_MIN);
        GroundPlane::fit(&full.map(|part| middle_of(&part)).collect::<Vec<_>>())
    }
}

/// The mean of pairs that lie near each other, where picture and ground are as good as proportional.
fn middle_of(pairs: &[PointPair]) -> PointPair {
    let count = pairs.len().max(1) as f64;
    let mean = |value: fn(&PointPair) -> f64| pairs.iter().map(value).sum::<f64>() / count;
    PointPair {
        x_fraction: mean(|pair| pair.x_fraction),
        y_fraction: mean(|pair| pair.y_fraction),
        ground: GroundPoint { x_m: mean(|pair| pair.ground.x_m), y_m: mean(|pair| pair.ground.y_m) },
    }
}

fn scaled(point: PointInFrame, from_px: (u32, u32), to_px: (u32, u32)) -> PointInFrame {
    PointInFrame {
        x_px: point.x_px * to_px.0 as f32 / from_px.0.max(1) as f32,
        y_px: point.y_px * to_px.1 as f32 / from_px.1.max(1) as f32,
    }
}

/// The files of a folder that are named for a number.
fn read_yolo(folder: &Path) -> Result<BTreeMap<u32, Vec<TruthBox>>, EvalError> {
    let mut frames = BTreeMap::new();
    for entry in std::fs::read_dir(folder).map_err(EvalError::io(folder))? {
        let file = entry.map_err(EvalError::io(folder))?.path();
        let number = file.file_stem().and_then(|stem| stem.to_str()).and_then(|stem| stem.parse().ok());
        let Some(number) = number else { continue };
        frames.insert(number, read_truth(&file, |text| yolo::parse(text, (1, 1)))?);
    }
    Ok(frames)
}

/// Reads `frame,x,y` a line.
fn parse_points(text: &str) -> Result<BTreeMap<u32, Vec<PointInFrame>>, String> {
    let mut frames: BTreeMap<u32, Vec<PointInFrame>> = BTreeMap::new();
    for (index, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let numbers: Result<Vec<f32>, _> = line.split(',').map(|field| field.trim().parse()).collect();
        let Ok([frame, x_px, y_px]) = numbers.as_deref() else {
            let shown: String = line.chars().take(60).collect();
            return Err(format!("line {}: expected `frame,x,y` in numbers, found `{shown}`", index + 1));
        };
        frames.entry(*frame as u32).or_default().push(PointInFrame { x_px: *x_px, y_px: *y_px });
    }
    Ok(frames)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_are_read_and_refused() {
        let found = parse_points("1,10,20\n\n3,5.5,6\n3,1,2").unwrap();
        assert_eq!((found.len(), found[&3].len()), (2, 2));
        let check = |text: &str, expected: &str| assert_eq!(parse_points(text).unwrap_err(), expected);
        check("1,2", "line 1: expected `frame,x,y` in numbers, found `1,2`");
        check("1,2,3\n1,2,b", "line 2: expected `frame,x,y` in numbers, found `1,2,b`");
    }

    #[test]
    fn a_plane_is_fitted_to_feet_and_metres() {
        // A camera that looks straight down: 100 pixels a metre.
        let mut ground: BTreeMap<u32, Vec<OnGround>> = BTreeMap::new();
        for number in 0..2_000_u32 {
            let (x, y) = ((number * 37 % 1000) as f32, (number * 91 % 997) as f32);
            let person = OnGround {
                foot: PointInFrame { x_px: x, y_px: y },
                ground: GroundPoint { x_m: f64::from(x) / 100.0, y_m: f64::from(y) / 100.0 },
            };
            ground.entry(number / 10).or_default().push(person);
        }
        let persons = Persons { fps: 10.0, size_px: None, boxes: None, points: BTreeMap::new(), ground };
        let plane = persons.ground_plane((1000, 1000)).unwrap();
        let at = plane.ground_at(0.5, 0.25).unwrap();
        assert!((at.x_m - 5.0).abs() < 0.01 && (at.y_m - 2.5).abs() < 0.01, "{at:?}");
    }
}
