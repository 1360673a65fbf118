//! Single pictures: what the detectors alone cover. There is no background, nothing is held, nothing comes later.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use image::imageops::FilterType;
use velum_frame::seal_i420;
use velum_models::{Detect, Detector};
use velum_redaction::{Sight, SightState};
use velum_vocab::{CameraId, Timestamp};

use super::{BY_HAND, Bench, Played, START, pseudo_truths, read_truth};
use crate::EvalError;
use crate::error::StageError;
use crate::picture::{Picture, i420_of_rgb};
use crate::report::{Footage, FootageKind};
use crate::rig::Rig;
use crate::score::{Asked, Score, Truths};
use crate::suite::{PhotographsSpec, PlanSpec};
use crate::truth::{Kind, TruthBox, dlib, mot, yolo};

/// What people annotated, by file.
#[derive(Default)]
struct ByHand {
    faces: Option<dlib::Images>,
    persons_mot: Option<mot::Frames>,
    persons_yolo: Option<PathBuf>,
}

struct Session<'b> {
    bench: &'b Bench<'b>,
    spec: &'b PhotographsSpec,
    camera: CameraId,
    by_hand: ByHand,
    models: BTreeMap<String, Arc<Detector>>,
    plans: Vec<&'b PlanSpec>,
    rigs: Vec<Rig>,
    scores: Vec<Score>,
    number: u64,
}

pub(super) fn play(bench: &Bench<'_>, spec: &PhotographsSpec) -> Result<Played, EvalError> {
    let begun = Instant::now();
    let missing = |missing: String| Ok(Err(format!("photographs `{}`: {missing}", spec.id)));
    let folder = match bench.tools.folders.find(&spec.folder) {
        Ok(folder) => folder,
        Err(text) => return missing(text),
    };
    let by_hand = match find_truths(bench, spec) {
        Ok(places) => places.read()?,
        Err(text) => return missing(text),
    };
    let files = files_of(&folder, spec, &by_hand)?;
    if files.is_empty() {
        return missing(format!("no picture in `{}`", folder.display()));
    }
    let failed = EvalError::stage::<StageError>(&spec.id);
    let mut session = Session::new(bench, spec, by_hand).map_err(&failed)?;
    for file in &files {
        let photograph = image::open(file)
            .map_err(|source| EvalError::Photograph { file: file.clone(), source })?
            .to_rgb8();
        let truths = session.annotated(file, (photograph.width(), photograph.height()))?;
        session.show(file, &photograph, truths).map_err(&failed)?;
    }
    Ok(Ok(Footage {
        id: spec.id.clone(),
        kind: FootageKind::Photographs,
        tuned: spec.tuned.clone(),
        size_px: None,
        pictures: files.len() as u64,
        secs: begun.elapsed().as_secs_f64(),
        outcomes: session.scores.into_iter().map(Score::finish).collect(),
    }))
}

/// Where the annotations are.
struct Places {
    faces: Vec<PathBuf>,
    persons_mot: Option<PathBuf>,
    persons_yolo: Option<PathBuf>,
}

fn find_truths(bench: &Bench<'_>, spec: &PhotographsSpec) -> Result<Places, String> {
    let find = |path: &PathBuf| bench.tools.folders.find(path);
    Ok(Places {
        faces: spec.faces_dlib.iter().map(find).collect::<Result<_, _>>()?,
        persons_mot: spec.persons_mot.as_ref().map(find).transpose()?,
        persons_yolo: spec.persons_yolo.as_ref().map(find).transpose()?,
    })
}

impl Places {
    fn read(self) -> Result<ByHand, EvalError> {
        let mut faces = (!self.faces.is_empty()).then(dlib::Images::new);
        for file in &self.faces {
            let read = read_truth(file, dlib::parse)?;
            faces.iter_mut().for_each(|all| all.extend(read.clone()));
        }
        let persons_mot = self.persons_mot.map(|file| read_truth(&file, mot::parse)).transpose()?;
        Ok(ByHand { faces, persons_mot, persons_yolo: self.persons_yolo })
    }
}

/// The pictures of the folder that are to be shown, in the order of their names.
fn files_of(folder: &Path, spec: &PhotographsSpec, by_hand: &ByHand) -> Result<Vec<PathBuf>, EvalError> {
    let listed = std::fs::read_dir(folder).map_err(EvalError::io(folder))?;
    let is_picture =
        |path: &PathBuf| path.extension().is_some_and(|extension| extension == "jpg" || extension == "png");
    let mut files: Vec<PathBuf> = listed.flatten().map(|entry| entry.path()).filter(is_picture).collect();
    files.sort();
    let is_wanted = |file: &PathBuf| {
        let name = name_of(file);
        (spec.begins_with.is_empty() || spec.begins_with.iter().any(|start| name.starts_with(start)))
            && by_hand.faces.as_ref().is_none_or(|faces| faces.contains_key(&name))
    };
    Ok(files.into_iter().filter(is_wanted).step_by(spec.every).collect())
}

fn name_of(file: &Path) -> String {
    file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

impl<'b> Session<'b> {
    fn new(bench: &'b Bench<'b>, spec: &'b PhotographsSpec, by_hand: ByHand) -> Result<Self, StageError> {
        let camera = CameraId::parse("eval")?;
        let names = truth_names(bench, spec, &by_hand);
        let definitions = bench.suite.covered;
        let plans = plans_that_differ(&bench.plans);
        Ok(Self {
            rigs: bench.rigs(&plans, &camera, false)?,
            scores: (plans.iter())
                .map(|plan| Score::new(plan, definitions, &names, FootageKind::Photographs))
                .collect(),
            models: bench.sight_models(),
            plans,
            bench,
            spec,
            camera,
            by_hand,
            number: 0,
        })
    }

    /// Whom people annotated, in the photograph's own pixels.
    fn annotated(&self, file: &Path, size_px: (u32, u32)) -> Result<Vec<Vec<TruthBox>>, EvalError> {
        let mut truths = Vec::new();
        if let Some(frames) = &self.by_hand.persons_mot {
            let stem = file.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
            let number = stem.parse().ok();
            truths.push(number.and_then(|number: u32| frames.get(&number)).cloned().unwrap_or_default());
        }
        if let Some(folder) = &self.by_hand.persons_yolo {
            let boxes = folder.join(file.with_extension("txt").file_name().unwrap_or_default());
            // COCO writes no file for a picture without anything in it.
            let read = |boxes: &Path| read_truth(boxes, |text| yolo::parse(text, size_px));
            truths.push(if boxes.exists() { read(&boxes)? } else { Vec::new() });
        }
        if let Some(faces) = &self.by_hand.faces {
            truths.push(faces.get(&name_of(file)).cloned().unwrap_or_default());
        }
        Ok(truths)
    }

    fn show(
        &mut self,
        file: &Path,
        photograph: &image::RgbImage,
        annotated: Vec<Vec<TruthBox>>,
    ) -> Result<(), StageError> {
        self.number += 1;
        // Far apart, so that nothing is held from one to the next.
        let at = START.plus(Duration::from_secs(60 * self.number));
        let shown = picture_of(&self.camera, &fitted(photograph, self.bench.suite.width_px), at)?;
        let (from_px, size_px) = ((photograph.width(), photograph.height()), shown.size_px());
        let scaled = |truths: Vec<TruthBox>| {
            Some(truths.iter().filter_map(|truth| truth.scaled_to(from_px, size_px)).collect())
        };
        let mut truths: Truths = annotated.into_iter().map(scaled).collect();
        let large = picture_of(&self.camera, &fitted(photograph, self.bench.suite.truth_width_px), at)?
            .frame(&self.camera, at, self.number)?;
        truths.extend(pseudo_truths(&self.bench.pseudo(&self.spec.pseudo), &large, size_px)?);
        self.plan(&shown, at, &Asked { place: name_of(file), secs: 0.0, size_px, truths })
    }

    fn plan(&mut self, shown: &Picture, at: Timestamp, asked: &Asked) -> Result<(), StageError> {
        let frame = || shown.frame(&self.camera, at, self.number);
        let mut sights = BTreeMap::new();
        for (model, detector) in &self.models {
            let detections = detector.detect(&frame()?)?;
            sights.insert(model, Sight { detections, moving_regions: Vec::new(), seen: SightState::Seen });
        }
        for ((rig, score), plan) in self.rigs.iter_mut().zip(&mut self.scores).zip(&self.plans) {
            let Some(sight) = sights.get(&plan.detector) else { continue };
            for made in rig.step(frame()?, sight.clone(), true)? {
                score.add(&made, asked);
            }
        }
        Ok(())
    }
}

/// The plans less those that differ from an earlier one only in what needs other frames: look-ahead, hold, motion.
fn plans_that_differ<'s>(plans: &[&'s PlanSpec]) -> Vec<&'s PlanSpec> {
    let says_all = |earlier: &PlanSpec, plan: &PlanSpec| {
        let models = |plan: &PlanSpec| {
            (plan.detector.clone(), plan.finders.clone(), plan.tiled_finders.clone(), plan.verifier.clone())
        };
        let is_verified_alike =
            !plan.verified || (earlier.verified && earlier.verify_score_min == plan.verify_score_min);
        models(earlier) == models(plan)
            && (earlier.margin, earlier.score_min) == (plan.margin, plan.score_min)
            && is_verified_alike
    };
    let mut differ: Vec<&PlanSpec> = Vec::new();
    for plan in plans {
        if !differ.iter().any(|earlier| says_all(earlier, plan)) {
            differ.push(plan);
        }
    }
    differ
}

fn truth_names(bench: &Bench<'_>, spec: &PhotographsSpec, by_hand: &ByHand) -> Vec<String> {
    let has = |kind: Kind| match kind {
        Kind::Person => by_hand.persons_mot.is_some() || by_hand.persons_yolo.is_some(),
        Kind::Face => by_hand.faces.is_some(),
    };
    let annotated = BY_HAND.iter().filter(|(kind, _)| has(*kind)).map(|(_, name)| (*name).to_owned());
    annotated.chain(bench.pseudo(&spec.pseudo).into_iter().map(|(pseudo, _)| pseudo.id.clone())).collect()
}

/// Not wider than this.
fn fitted(photograph: &image::RgbImage, width_max_px: u32) -> image::RgbImage {
    if photograph.width() <= width_max_px {
        return photograph.clone();
    }
    let height = f64::from(photograph.height()) * f64::from(width_max_px) / f64::from(photograph.width());
    image::imageops::resize(photograph, width_max_px, height.round() as u32, FilterType::Triangle)
}

fn picture_of(camera: &CameraId, rgb: &image::RgbImage, at: Timestamp) -> Result<Picture, StageError> {
    let (size_px, bytes) = i420_of_rgb(rgb);
    Ok(Picture::of(seal_i420(camera.clone(), at, 1, size_px, bytes)?))
}
