//! One video through the real stages.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use velum_analyse::{CameraAnalysis, CameraSettings, PictureState, Step};
use velum_decode::{FrameReader, SourceConfig, SourceUrl};
use velum_frame::RawFrame;
use velum_models::{Detect, Detector};
use velum_redaction::{Sight, SightState};
use velum_vocab::{CameraId, Timestamp};

use super::{BY_HAND, Bench, Played, START, pseudo_truths, read_truth};
use crate::EvalError;
use crate::error::StageError;
use crate::player::{Player, Shown};
use crate::report::{Footage, FootageKind};
use crate::rig::Rig;
use crate::score::{Asked, Score, Truths};
use crate::suite::ClipSpec;
use crate::truth::{Kind, mot};

/// After so many measured frames somebody who waits is told.
const TOLD_EVERY: u64 = 100;

/// A clip that is played.
struct Playing<'b> {
    bench: &'b Bench<'b>,
    spec: &'b ClipSpec,
    camera: CameraId,
    config: SourceConfig,
    /// The same frames, larger; opened where the analysed ones were made smaller.
    large: Option<FrameReader>,
    by_hand: Option<mot::Frames>,
    eyes: Vec<Eye>,
    rigs: Vec<Rig>,
    scores: Vec<Score>,
    /// Who is in the pictures that were asked for and have not come.
    asked: BTreeMap<Timestamp, Asked>,
    frames: u64,
    measured: u64,
    size_px: (u32, u32),
}

/// The analysis with one detector.
struct Eye {
    model: String,
    detector: Arc<Detector>,
    analysis: CameraAnalysis,
}

/// What one eye saw of a frame: with what moves, and without asking for that.
struct Look {
    whole: Sight,
    detections_only: Sight,
}

pub(super) fn play(bench: &Bench<'_>, spec: &ClipSpec) -> Result<Played, EvalError> {
    let begun = Instant::now();
    let folders = bench.tools.folders;
    let truth = spec.persons_mot.as_ref().map(|file| folders.find(file)).transpose();
    let (file, truth) = match (folders.find(&spec.file), truth) {
        (Ok(file), Ok(truth)) => (file, truth),
        (Err(missing), _) | (_, Err(missing)) => return Ok(Err(format!("clip `{}`: {missing}", spec.id))),
    };
    let by_hand = truth.map(|file| read_truth(&file, mot::parse)).transpose()?;
    let failed = EvalError::stage::<StageError>(&spec.id);
    let config = SourceConfig {
        analysed_fps: bench.suite.fps,
        analysed_width_px: Some(bench.suite.width_px),
        silence: Duration::from_secs(60),
        ..SourceConfig::new(SourceUrl::File(file))
    };
    let mut playing = Playing::new(bench, spec, config, by_hand).map_err(&failed)?;
    playing.run().map_err(&failed)?;
    Ok(Ok(playing.finish(begun.elapsed().as_secs_f64())))
}

impl<'b> Playing<'b> {
    fn new(
        bench: &'b Bench<'b>,
        spec: &'b ClipSpec,
        config: SourceConfig,
        by_hand: Option<mot::Frames>,
    ) -> Result<Self, StageError> {
        let camera = CameraId::parse("eval")?;
        let mut eyes = Vec::new();
        for (model, detector) in bench.sight_models() {
            let settings = CameraSettings::new(camera.clone());
            let analysis = CameraAnalysis::new(settings, Arc::clone(&detector) as Arc<dyn Detect>)?;
            eyes.push(Eye { model, detector, analysis });
        }
        let truths = truth_names(bench, spec, by_hand.is_some());
        let definitions = bench.suite.covered;
        Ok(Self {
            rigs: bench.rigs(&bench.plans, &camera, true)?,
            scores: (bench.plans.iter())
                .map(|plan| Score::new(plan, definitions, &truths, FootageKind::Clip))
                .collect(),
            bench,
            spec,
            camera,
            config,
            large: None,
            by_hand,
            eyes,
            asked: BTreeMap::new(),
            frames: 0,
            measured: 0,
            size_px: (0, 0),
        })
    }

    fn run(&mut self) -> Result<(), StageError> {
        let fps = self.bench.suite.fps;
        let lead_in = (self.bench.suite.warm_up_secs * fps).ceil() as usize;
        let lead_out = self.bench.plans.iter().map(|plan| plan.lookahead_frames as usize).max();
        let secs_max = self.spec.secs.map_or(f64::INFINITY, f64::from);
        let reader = FrameReader::open(self.camera.clone(), &self.config, START)?;
        let player = Player::new(reader, START, secs_max, (lead_in, lead_out.unwrap_or(0)))?;
        for shown in player {
            self.step(&shown?)?;
        }
        Ok(())
    }

    fn step(&mut self, shown: &Shown) -> Result<(), StageError> {
        self.size_px = shown.picture.size_px();
        let at = START.plus(Duration::from_secs_f64(self.frames as f64 / f64::from(self.bench.suite.fps)));
        self.frames += 1;
        let is_asked = self.note_truths(shown, at)?;
        let looks = self.look(shown, at)?;
        for ((rig, score), plan) in self.rigs.iter_mut().zip(&mut self.scores).zip(&self.bench.plans) {
            let Some(look) = looks.get(&plan.detector) else { continue };
            let sight = if plan.moving_regions { &look.whole } else { &look.detections_only };
            let frame = shown.picture.frame(&self.camera, at, self.frames)?;
            for made in rig.step(frame, sight.clone(), is_asked)? {
                if let Some(asked) = self.asked.get(&made.at) {
                    score.add(&made, asked);
                }
            }
        }
        Ok(())
    }

    /// Notes who is in the frame, if it is one that is measured; says whether it is.
    fn note_truths(&mut self, shown: &Shown, at: Timestamp) -> Result<bool, StageError> {
        let Some(secs) = shown.measured_secs else { return Ok(false) };
        let large = self.large_frame()?;
        let index = self.measured;
        self.measured += 1;
        if self.measured.is_multiple_of(TOLD_EVERY) {
            (self.bench.tools.progress)(&format!("{}: {} frames", self.spec.id, self.measured));
        }
        if !index.is_multiple_of(self.spec.every as u64) {
            return Ok(false);
        }
        let frame = match large {
            Some(large) => large,
            None => shown.picture.frame(&self.camera, at, self.frames)?,
        };
        let truths = self.truths(&frame, secs)?;
        let place = format!("{secs:.1} s");
        self.asked.insert(at, Asked { place, secs, size_px: self.size_px, truths });
        // No window is longer than this.
        while self.asked.len() > 256 {
            self.asked.pop_first();
        }
        Ok(true)
    }

    /// The frame at the width on which truth is looked for, where it is another one.
    fn large_frame(&mut self) -> Result<Option<RawFrame>, StageError> {
        let suite = self.bench.suite;
        if self.size_px.0 < suite.width_px || suite.truth_width_px <= suite.width_px {
            return Ok(None);
        }
        if self.large.is_none() {
            let config =
                SourceConfig { analysed_width_px: Some(suite.truth_width_px), ..self.config.clone() };
            self.large = Some(FrameReader::open(self.camera.clone(), &config, START)?);
        }
        Ok(self.large.as_mut().and_then(Iterator::next).transpose()?)
    }

    fn truths(&self, frame: &RawFrame, secs: f64) -> Result<Truths, StageError> {
        let mut truths = Vec::new();
        if let (Some(frames), Some(fps)) = (&self.by_hand, self.spec.mot_fps) {
            let number = (secs * f64::from(fps)).round() as u32 + 1;
            let from_px = (frame.width_px(), frame.height_px());
            let boxes = frames.get(&number).map(Vec::as_slice).unwrap_or_default();
            let scaled = boxes.iter().filter_map(|truth| truth.scaled_to(from_px, self.size_px));
            truths.push(Some(scaled.collect()));
        }
        truths.extend(pseudo_truths(&self.bench.pseudo(&self.spec.pseudo), frame, self.size_px)?);
        Ok(truths)
    }

    fn look(&mut self, shown: &Shown, at: Timestamp) -> Result<BTreeMap<String, Look>, StageError> {
        let mut looks = BTreeMap::new();
        for eye in &mut self.eyes {
            let frame = shown.picture.frame(&self.camera, at, self.frames)?;
            let step = eye.analysis.step(&frame)?;
            let detections = match &step.seen {
                Some(seen) => seen.detections.clone(),
                None => eye.detector.detect(&frame)?,
            };
            let detections_only = Sight { detections, moving_regions: Vec::new(), seen: SightState::Seen };
            looks.insert(eye.model.clone(), Look { whole: sight_of(step), detections_only });
        }
        Ok(looks)
    }

    fn finish(self, secs: f64) -> Footage {
        let asked = self.measured.div_ceil(self.spec.every as u64);
        Footage {
            id: self.spec.id.clone(),
            kind: FootageKind::Clip,
            tuned: self.spec.tuned.clone(),
            size_px: Some(self.size_px),
            pictures: asked,
            secs,
            outcomes: self.scores.into_iter().map(Score::finish).collect(),
        }
    }
}

fn truth_names(bench: &Bench<'_>, spec: &ClipSpec, by_hand: bool) -> Vec<String> {
    let annotated = BY_HAND.iter().filter(|(kind, _)| by_hand && *kind == Kind::Person);
    let pseudo = bench.pseudo(&spec.pseudo).into_iter().map(|(pseudo, _)| pseudo.id.clone());
    annotated.map(|(_, name)| (*name).to_owned()).chain(pseudo).collect()
}

/// What the box puts on its timeline of this step.
fn sight_of(step: Step) -> Sight {
    match (step.seen, step.picture) {
        (Some(seen), _) => {
            Sight { detections: seen.detections, moving_regions: seen.moving_regions, seen: SightState::Seen }
        }
        (None, PictureState::Dark) => Sight::blind(SightState::TooDark),
        (None, _) => Sight::blind(SightState::Stale),
    }
}
