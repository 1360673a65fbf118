//! One clip through the real stages, with each detector.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use velum_analyse::{
    AbandonedSettings, CameraAnalysis, CameraSettings, DensitySettings, PictureState, ZoneSettings,
};
use velum_decode::{FrameReader, SourceConfig, SourceUrl};
use velum_frame::RawFrame;
use velum_models::{Alertness, Detect, EstimateDensity, LONGEST_REST, ModelError, Resting};
use velum_vocab::{BoxInFrame, CameraId, Detection, Digest, ObjectClass, Polygon, Timestamp, ZoneId};

use super::continuity::Continuity;
use super::counting::Counting;
use super::disturbance::{Disturbance, Draw};
use super::finding::Finding;
use super::persons::{InFrame, Persons};
use super::report::ClipReport;
use super::score::Said;
use super::suite::{EventClip, Rules};
use super::truth::{ObjectSpec, TruthFile};
use super::{Bench, Played};
use crate::EvalError;
use crate::error::StageError;
use crate::measure::START;
use crate::models;
use crate::picture::Picture;
use crate::player::{Player, Shown};
use crate::suite::Folders;

/// The zone where none is written.
const WHOLE_PICTURE: &str = "frame";
/// Which persons are deleted follows from this.
const DELETING_SEED: u64 = 1;
/// After so many measured seconds somebody who waits is told.
const TOLD_EVERY_SECS: f64 = 300.0;

/// A clip that is played.
struct Playing<'b> {
    bench: &'b Bench<'b>,
    spec: &'b EventClip,
    rules: Rules,
    camera: CameraId,
    config: SourceConfig,
    objects: Vec<ObjectSpec>,
    objects_px: Option<(u32, u32)>,
    persons: Option<Persons>,
    disturbance: Option<Disturbance>,
    /// Made when the first frame tells its size.
    eyes: Vec<Eye>,
    size_px: (u32, u32),
    /// Frames shown, the lead-in among them.
    shown: u64,
    frames: u64,
    /// Of the loops before this one.
    before_secs: f64,
    /// End of the last frame, of this loop.
    end_secs: f64,
    footage_secs: f64,
}

/// The analysis with one detector.
struct Eye {
    model: String,
    detector: Arc<Overheard>,
    analysis: CameraAnalysis,
    said: Said,
    counting: Vec<Counting>,
    finding: Finding,
    continuity: Continuity,
    unseeing_frames: u64,
}

/// A detector whose last finds can be read again, and which may be made poorer.
struct Overheard {
    detector: Resting,
    deleted_fraction: f64,
    draw: Mutex<Draw>,
    last: Mutex<Vec<Detection>>,
}

impl Overheard {
    fn new(detector: Resting, deleted_fraction: f32) -> Self {
        let (draw, last) = (Mutex::new(Draw::new(DELETING_SEED)), Mutex::default());
        Self { detector, deleted_fraction: f64::from(deleted_fraction), draw, last }
    }

    fn is_kept(&self, found: &Detection) -> bool {
        let mut draw = self.draw.lock().unwrap_or_else(PoisonError::into_inner);
        found.class != ObjectClass::Person || draw.share() >= self.deleted_fraction
    }
}

impl Detect for Overheard {
    fn detect(&self, frame: &RawFrame) -> Result<Vec<Detection>, ModelError> {
        let mut found = self.detector.detect(frame)?;
        found.retain(|found| self.is_kept(found));
        self.last.lock().unwrap_or_else(PoisonError::into_inner).clone_from(&found);
        Ok(found)
    }

    fn digest(&self) -> Digest {
        self.detector.digest()
    }
}

/// What is here of a clip and its truth.
struct Given {
    file: PathBuf,
    objects: Vec<ObjectSpec>,
    /// Of the picture in whose pixels their boxes are.
    objects_px: Option<(u32, u32)>,
    persons: Option<Persons>,
}

impl Given {
    /// Finds and reads it; the inner error says what is not here.
    fn find(spec: &EventClip, folders: &Folders) -> Result<Result<Self, String>, EvalError> {
        let truth = spec.truth.as_ref().map(|named| folders.find(named)).transpose();
        let (file, truth, persons) = match (folders.find(&spec.file), truth, Persons::read(spec, folders)?) {
            (Ok(file), Ok(truth), Ok(persons)) => (file, truth, persons),
            (Err(missing), _, _) | (_, Err(missing), _) | (_, _, Err(missing)) => return Ok(Err(missing)),
        };
        let Some(truth) = truth else {
            let (objects, objects_px) = (spec.objects.clone(), spec.size_px);
            return Ok(Ok(Self { file, objects, objects_px, persons }));
        };
        let text = std::fs::read_to_string(&truth).map_err(EvalError::io(&truth))?;
        let read = TruthFile::parse(&text, &truth)?;
        let objects_px = Some(read.size_px());
        Ok(Ok(Self { file, objects: read.objects, objects_px, persons }))
    }
}

pub(super) fn play(bench: &Bench<'_>, spec: &EventClip) -> Result<Played, EvalError> {
    let begun = Instant::now();
    let missing = |what: String| Ok(Err(format!("clip `{}`: {what}", spec.id)));
    if let Some(name) = bench.suite.density_model_of(spec)
        && !bench.density_models.contains_key(name)
    {
        return missing(format!("its density model `{name}` is not here"));
    }
    let given = match Given::find(spec, bench.tools.folders)? {
        Ok(given) => given,
        Err(what) => return missing(what),
    };
    let failed = EvalError::stage::<StageError>(&spec.id);
    let mut playing = Playing::new(bench, spec, given).map_err(&failed)?;
    playing.run().map_err(&failed)?;
    if playing.frames == 0 {
        return missing("no frame could be read of it".to_owned());
    }
    Ok(Ok((playing.finish(), begun.elapsed().as_secs_f64())))
}

impl<'b> Playing<'b> {
    fn new(bench: &'b Bench<'b>, spec: &'b EventClip, given: Given) -> Result<Self, StageError> {
        let config = SourceConfig {
            analysed_fps: bench.suite.fps,
            analysed_width_px: Some(bench.suite.width_px),
            silence: Duration::from_secs(120),
            ..SourceConfig::new(SourceUrl::File(given.file))
        };
        Ok(Self {
            bench,
            spec,
            rules: bench.suite.rules_of(spec),
            camera: CameraId::parse("eval")?,
            config,
            objects: given.objects,
            objects_px: given.objects_px,
            persons: given.persons,
            disturbance: spec.again.as_ref().map(Disturbance::new),
            eyes: Vec::new(),
            size_px: (0, 0),
            shown: 0,
            frames: 0,
            before_secs: 0.0,
            end_secs: 0.0,
            footage_secs: 0.0,
        })
    }

    fn run(&mut self) -> Result<(), StageError> {
        let lead_in = (self.lead_in_secs() * f64::from(self.bench.suite.fps)).round() as usize;
        let secs_max = self.spec.secs.map_or(f64::INFINITY, f64::from);
        for turn in 0..self.spec.again.map_or(1, |again| again.loops) {
            let reader = FrameReader::open(self.camera.clone(), &self.config, START)?;
            let lead_in = if turn == 0 { lead_in } else { 0 };
            for shown in Player::new(reader, START, secs_max, (lead_in, 0))? {
                self.step(&shown?, turn)?;
            }
            if turn == 0 {
                self.footage_secs = self.end_secs;
            }
            self.before_secs += self.end_secs;
            self.end_secs = 0.0;
        }
        Ok(())
    }

    fn lead_in_secs(&self) -> f64 {
        f64::from(self.spec.lead_in_secs.unwrap_or(self.bench.suite.lead_in_secs))
    }

    /// Shows one frame to all eyes.
    fn step(&mut self, shown: &Shown, turn: u32) -> Result<(), StageError> {
        let period_secs = 1.0 / f64::from(self.bench.suite.fps);
        if self.eyes.is_empty() {
            self.size_px = shown.picture.size_px();
            self.eyes = self.open_eyes()?;
        }
        let secs = match shown.measured_secs {
            Some(secs) => self.before_secs + secs,
            None => self.shown as f64 * period_secs - self.lead_in_secs(),
        };
        self.shown += 1;
        let at = START.plus(Duration::from_secs_f64((self.lead_in_secs() + secs).max(0.0)));
        let disturbed = self.disturbed(&shown.picture, secs, turn);
        let picture = disturbed.as_ref().unwrap_or(&*shown.picture);
        let truth = shown.measured_secs.filter(|_| turn == 0).and_then(|secs| self.truth_at(secs));
        let beginning = self.beginning();
        for eye in &mut self.eyes {
            let frame = picture.frame(&self.camera, at, self.shown)?;
            eye.step(&frame, secs, truth.as_ref(), beginning)?;
        }
        if let Some(own_secs) = shown.measured_secs {
            self.frames += 1;
            self.end_secs = own_secs + period_secs;
            self.tell(secs, period_secs);
        }
        Ok(())
    }

    /// The moment of the clip's beginning.
    fn beginning(&self) -> Timestamp {
        START.plus(Duration::from_secs_f64(self.lead_in_secs()))
    }

    fn tell(&self, secs: f64, period_secs: f64) {
        if secs % TOLD_EVERY_SECS < period_secs && secs > period_secs {
            (self.bench.tools.progress)(&format!("{}: {secs:.0} s", self.spec.id));
        }
    }

    fn disturbed(&mut self, picture: &Picture, secs: f64, turn: u32) -> Option<Picture> {
        let disturbance = self.disturbance.as_mut().filter(|_| turn > 0)?;
        let (width_px, height_px) = picture.size_px();
        Some(picture.changed(|i420| disturbance.change(i420, width_px, height_px, secs)))
    }

    fn truth_at(&self, secs: f64) -> Option<InFrame> {
        self.persons.as_ref().and_then(|persons| persons.at(secs, self.size_px))
    }

    fn open_eyes(&self) -> Result<Vec<Eye>, StageError> {
        let plane = match (&self.persons, self.spec.calibrated_by_mot) {
            (Some(persons), true) => Some(persons.ground_plane(self.size_px)?),
            _ => None,
        };
        let zones = self.zones(plane.is_some())?;
        let settings = CameraSettings {
            zones: zones.clone(),
            ground_plane: plane.clone(),
            back_tracing_allowed: self.rules.back_tracing.unwrap_or(true),
            ..CameraSettings::new(self.camera.clone())
        };
        let density = self.density()?;
        let mut eyes = Vec::new();
        for model in self.bench.models.keys() {
            let tools = self.bench.tools;
            // One for each clip, one frame at a time: what a model finds may depend, in the last digits, on what
            // else it is asked at the same moment.
            let detector = models::open(model, tools.catalogue, tools.runtime)?;
            // As on a box where nothing else is written.
            let detector = Resting::new(Arc::new(detector), LONGEST_REST);
            detector.be(Alertness::MayRest);
            let detector = Arc::new(Overheard::new(detector, self.spec.persons_deleted_fraction));
            let mut analysis =
                CameraAnalysis::new(settings.clone(), Arc::clone(&detector) as Arc<dyn Detect>)?;
            if let Some(density) = &density {
                analysis = analysis.with_crowd_map(Arc::clone(density));
            }
            let counting = zones
                .iter()
                .map(|zone| Counting::new(zone.id.to_string(), zone.polygon.clone(), plane.clone()))
                .collect();
            eyes.push(Eye {
                model: model.clone(),
                detector,
                analysis,
                said: Said::default(),
                counting,
                finding: Finding::default(),
                continuity: Continuity::default(),
                unseeing_frames: 0,
            });
        }
        Ok(eyes)
    }

    /// The density network of this clip, one for all its eyes: they look one after the other.
    fn density(&self) -> Result<Option<Arc<dyn EstimateDensity>>, ModelError> {
        let tools = self.bench.tools;
        let Some(name) = self.bench.suite.density_model_of(self.spec) else { return Ok(None) };
        models::open_density(name, tools.catalogue, tools.runtime).map(|model| Some(Arc::new(model) as _))
    }

    /// Every zone with both rules, as a box has them where nothing else is written.
    fn zones(&self, calibrated: bool) -> Result<Vec<ZoneSettings>, StageError> {
        let of = |id: &str, polygon: Polygon| -> Result<ZoneSettings, StageError> {
            Ok(ZoneSettings {
                id: ZoneId::parse(id)?,
                polygon,
                abandoned: Some(abandoned_settings(&self.rules)),
                movement: None,
                density: Some(DensitySettings {
                    levels: DensitySettings::default_levels(calibrated),
                    ..DensitySettings::default()
                }),
            })
        };
        if self.spec.zones.is_empty() {
            return Ok(vec![of(WHOLE_PICTURE, Polygon::whole_frame())?]);
        }
        let zones = self.spec.zones.iter();
        zones.map(|zone| of(&zone.id, Polygon::from_fractions(&zone.polygon)?)).collect()
    }

    fn finish(self) -> Vec<ClipReport> {
        let unattended_secs = abandoned_settings(&self.rules).unattended_secs;
        let objects: Vec<(ObjectSpec, BoxInFrame)> = (self.objects.iter())
            .filter_map(|spec| Some((spec.clone(), spec.box_in(self.objects_px, self.size_px)?)))
            .collect();
        let report = |eye: Eye| {
            let suppressed = eye.said.suppressed().clone();
            let (alerts, objects) = eye.said.finish(&objects, unattended_secs, self.footage_secs);
            ClipReport {
                clip: self.spec.id.clone(),
                detector: eye.model,
                density_model: self.bench.suite.density_model_of(self.spec).map(str::to_owned),
                kind: self.spec.kind,
                half: self.spec.half,
                tuned: self.spec.tuned.clone(),
                tags: self.spec.tags.clone(),
                size_px: self.size_px,
                unattended_secs,
                persons_deleted_fraction: self.spec.persons_deleted_fraction,
                footage_secs: self.footage_secs,
                played_secs: self.before_secs,
                frames: self.frames,
                unseeing_frames: eye.unseeing_frames,
                objects,
                alerts,
                suppressed,
                counts: eye.counting.into_iter().filter_map(Counting::finish).collect(),
                detection: eye.finding.finish(),
                continuity: eye.continuity.finish(),
            }
        };
        self.eyes.into_iter().map(report).collect()
    }
}

impl Eye {
    /// Shows a frame at `secs` of the clip, which began at `beginning`.
    fn step(
        &mut self,
        frame: &RawFrame,
        secs: f64,
        truth: Option<&InFrame>,
        beginning: Timestamp,
    ) -> Result<(), StageError> {
        let step = self.analysis.step(frame)?;
        self.said.take(secs, &step, |at| at.secs_since(beginning));
        self.unseeing_frames += u64::from(secs >= 0.0 && step.picture != PictureState::Normal);
        let (Some(truth), PictureState::Normal) = (truth, step.picture) else { return Ok(()) };
        let size_px = (frame.width_px(), frame.height_px());
        for counting in &mut self.counting {
            counting.add(secs, truth, &step.counts, size_px);
        }
        if let Some(boxes) = &truth.boxes {
            let found = self.detector.last.lock().unwrap_or_else(PoisonError::into_inner);
            self.finding.add(boxes, &found);
            self.continuity.add(boxes, &self.analysis.followed());
        }
        Ok(())
    }
}

fn abandoned_settings(rules: &Rules) -> AbandonedSettings {
    let default = AbandonedSettings::default();
    AbandonedSettings {
        unattended_secs: rules.unattended_secs.unwrap_or(default.unattended_secs),
        attended_radius_m: rules.attended_radius_m.unwrap_or(default.attended_radius_m),
        owner_radius_m: rules.owner_radius_m.unwrap_or(default.owner_radius_m),
        valid_up_to_persons: rules.valid_up_to_persons.unwrap_or(default.valid_up_to_persons),
    }
}
