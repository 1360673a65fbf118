//! The analysis of one camera: from a frame to what the rules have to say.

mod memory;

use std::sync::Arc;

use velum_frame::RawFrame;
use velum_models::{Detect, EstimateDensity};
use velum_vocab::{
    BoxInFrame, Detection, Digest, ExplanationCode as Code, ObjectClass, Observation, RuleState, Timestamp,
};

use crate::background::Background;
use crate::crowd_map;
use crate::error::AnalyseError;
use crate::flow::Flow;
use crate::followed::{self, Followed};
use crate::ground_plane::GroundPlane;
use crate::person_height::PersonHeight;
use crate::picture::{PictureMaker, WorkingSize};
use crate::removed;
use crate::rules::abandoned::{AbandonedRule, Furniture, Rejected, Scene, Watched};
use crate::rules::density::scenery::Scenery;
use crate::rules::density::{Crowd, DensityRule, ZoneCount};
use crate::rules::movement::{MovementRule, Moving};
use crate::rules::validity::RuleValidity;
use crate::seen::{self, Seen};
use crate::settings::CameraSettings;
use crate::sight::{PictureState, Sight};
use crate::tracks::Tracker;

/// A longer time between two frames counts as this long.
const MAX_STEP_SECS: f64 = 1.0;
/// The density network is asked this often.
const MAP_EVERY_SECS: f64 = 1.0;
/// Persons seen within this time are in the picture.
const SEEN_SECS: f64 = 1.0;

/// What came of one frame.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Step {
    /// What the rules have to say, in the order in which it happened.
    pub observations: Vec<Observation>,
    /// What the picture is good for; the rules rest while it is not [`PictureState::Normal`].
    pub picture: PictureState,
    /// What was not said, and why, coded and banded: for counters and for tuning.
    pub suppressed: Vec<Rejected>,
    /// Objects that nobody may be attending, alerted or not.
    pub watched: Vec<Watched>,
    /// Whether each rule could see well enough to be believed.
    pub validity: Vec<RuleValidity>,
    /// How many persons the density rules count, zone by zone, once they have seen enough. For the evaluator: it
    /// never leaves the process but as observations, through the gate.
    pub counts: Vec<ZoneCount>,
    /// What must be covered before a picture of this frame may be shown. It never leaves the process. `None`
    /// where it is not known what moves (nothing can be seen, the scene is being learnt or changes as a whole):
    /// a picture of the frame must then be withheld.
    pub seen: Option<Seen>,
}

/// Analyses the frames of one camera.
///
/// All time is the frames' own. The same frames give the same observations, but for the random alert ids.
pub struct CameraAnalysis {
    settings: CameraSettings,
    detector: Arc<dyn Detect>,
    /// Counts where people are many or small.
    crowd_map: Option<Arc<dyn EstimateDensity>>,
    mapped_at: Option<Timestamp>,
    models: Vec<Digest>,
    sight: Sight,
    density: Vec<DensityRule>,
    movement: Vec<MovementRule>,
    view: Option<View>,
    /// What was restored and waits for the first step, which needs its frame's size and tells what it ends.
    waiting: Option<RuleState>,
    stepped_at: Option<Timestamp>,
    furniture: Vec<Furniture>,
}

/// Everything that depends on the size of the frames.
struct View {
    size: WorkingSize,
    maker: PictureMaker,
    tracker: Tracker,
    heights: PersonHeight,
    background: Background,
    scenery: Scenery,
    /// Only where a rule needs it.
    flow: Option<Flow>,
    abandoned: AbandonedRule,
    /// When the rule for objects made its last step.
    abandoned_at: Option<Timestamp>,
}

impl View {
    fn new(settings: &CameraSettings, size: WorkingSize, models: Vec<Digest>) -> Result<Self, AnalyseError> {
        Ok(Self {
            size,
            maker: PictureMaker::new(size),
            tracker: Tracker::default(),
            heights: PersonHeight::new(size),
            background: Background::new(size)?,
            scenery: Scenery::default(),
            flow: if watches_movement(settings) { Some(Flow::new(size)?) } else { None },
            abandoned: AbandonedRule::new(settings.clone(), size, models),
            abandoned_at: None,
        })
    }
}

impl CameraAnalysis {
    /// The analysis that these settings ask for, with this detector.
    ///
    /// # Errors
    /// [`AnalyseError`] where a setting does not fit, see [`CameraSettings::check`].
    pub fn new(settings: CameraSettings, detector: Arc<dyn Detect>) -> Result<Self, AnalyseError> {
        settings.check()?;
        // One camera, one thread: OpenCV's own would compete with the detector's.
        opencv::core::set_num_threads(1)?;
        Ok(Self {
            density: DensityRule::all(&settings)?,
            movement: MovementRule::all(&settings),
            models: vec![detector.digest()],
            settings,
            detector,
            crowd_map: None,
            mapped_at: None,
            sight: Sight::default(),
            view: None,
            waiting: None,
            stepped_at: None,
            furniture: Vec::new(),
        })
    }

    /// What stands there for good, in the place of what was told before: from the next frame on it is no abandoned
    /// object, and alerts about it end.
    pub fn set_furniture(&mut self, furniture: Vec<Furniture>) {
        if let Some(view) = &mut self.view {
            view.abandoned.set_furniture(furniture.clone());
        }
        self.furniture = furniture;
    }

    /// The same with a density network, whose estimates are combined with the detector's counts.
    #[must_use]
    pub fn with_crowd_map(mut self, crowd_map: Arc<dyn EstimateDensity>) -> Self {
        self.models.push(crowd_map.digest());
        self.crowd_map = Some(crowd_map);
        self
    }

    /// Asks the density network, which is slow, once in a while.
    fn ask_crowd_map(&mut self, frame: &RawFrame, at: Timestamp) -> Result<(), AnalyseError> {
        let Some(crowd_map) = self.crowd_map.as_ref().filter(|_| !self.density.is_empty()) else {
            return Ok(());
        };
        let soon = |then: Timestamp| (0.0..MAP_EVERY_SECS).contains(&at.secs_since(then));
        if self.mapped_at.is_some_and(soon) {
            return Ok(());
        }
        self.mapped_at = Some(at);
        let zones: Vec<_> = self.density.iter().map(DensityRule::polygon).collect();
        let estimates = crowd_map::persons_in(crowd_map.as_ref(), frame, &zones)?;
        for (rule, estimate) in self.density.iter_mut().zip(estimates) {
            rule.take_map(estimate, at);
        }
        Ok(())
    }

    /// Analyses the next frame.
    ///
    /// # Errors
    /// [`AnalyseError::OtherCamera`] for a frame of another camera, [`AnalyseError::Detector`] where the model
    /// failed, [`AnalyseError::Image`] where OpenCV did. The rules have then not seen the frame.
    pub fn step(&mut self, frame: &RawFrame) -> Result<Step, AnalyseError> {
        self.check_camera(frame)?;
        let at = frame.captured_at();
        let mut step = self.look(frame, at)?;
        if let Some((state, view)) = self.waiting.take().zip(self.view.as_ref()) {
            let state = state.in_frames_of(view.size.frame_width_px, view.size.frame_height_px);
            step.observations.splice(..0, removed::ends(&state, &self.settings, &self.models, at));
        }
        Ok(step)
    }

    fn look(&mut self, frame: &RawFrame, at: Timestamp) -> Result<Step, AnalyseError> {
        if self.stepped_at == Some(at) {
            return Ok(Step { picture: self.sight.state(), ..Step::default() });
        }
        let picture = self.sight.look(frame);
        self.prepare(frame, at)?;
        self.stepped_at = Some(at);
        if picture != PictureState::Normal {
            let why = if picture == PictureState::Dark { Code::TooDark } else { Code::CameraLost };
            return Ok(Step { observations: self.rest_movement(why, at), picture, ..Step::default() });
        }
        let detections = self.detector.detect(frame)?;
        self.ask_crowd_map(frame, at)?;
        let mut step = Step { picture, ..Step::default() };
        self.run_rules(frame, at, detections, &mut step)?;
        Ok(step)
    }

    fn rest_movement(&mut self, why: Code, at: Timestamp) -> Vec<Observation> {
        let (settings, models) = (&self.settings, &self.models);
        self.movement.iter_mut().flat_map(|rule| rule.rest(why, at, settings, models)).collect()
    }

    fn check_camera(&self, frame: &RawFrame) -> Result<(), AnalyseError> {
        if *frame.camera() == self.settings.camera {
            return Ok(());
        }
        Err(AnalyseError::OtherCamera {
            expected: self.settings.camera.clone(),
            found: frame.camera().clone(),
        })
    }

    /// Makes a view for the first frame, and anew where the frames' size changed or time went back.
    fn prepare(&mut self, frame: &RawFrame, at: Timestamp) -> Result<(), AnalyseError> {
        let frame_size = (frame.width_px(), frame.height_px());
        let size = WorkingSize::of_frame(frame_size, self.settings.background_width_px);
        let went_back = self.stepped_at.is_some_and(|before| at < before);
        if self.view.as_ref().is_some_and(|view| view.size == size && !went_back) {
            return Ok(());
        }
        let state = self.view.is_some().then(|| self.rule_state()).or_else(|| self.waiting.clone());
        let mut view = View::new(&self.settings, size, self.models.clone())?;
        view.abandoned.set_furniture(self.furniture.clone());
        if let Some(state) = state {
            view.abandoned.restore(&state.in_frames_of(size.frame_width_px, size.frame_height_px).objects);
        }
        self.view = Some(view);
        Ok(())
    }

    fn run_rules(
        &mut self,
        frame: &RawFrame,
        at: Timestamp,
        found: Vec<Detection>,
        step: &mut Step,
    ) -> Result<(), AnalyseError> {
        let Some(view) = &mut self.view else { return Ok(()) };
        let size = view.size;
        let in_working =
            |d: &Detection| Detection { box_in_frame: size.working_from_frame(&d.box_in_frame), ..*d };
        let detections: Vec<Detection> = found.iter().map(in_working).collect();
        view.tracker.step(&detections, at);
        view.heights.learn(&detections);
        let picture = view.maker.make(frame)?;
        let background_stepped = view.background.step(picture, at)?;
        let has_flow = match &mut view.flow {
            Some(flow) => flow.look(picture, at)?,
            None => false,
        };
        view.scenery.look(&view.tracker, &view.background, &size, at);
        let (tracker, heights, scenery) = (&view.tracker, &view.heights, &view.scenery);
        let crowd = Crowd { at, tracker, heights, scenery, size };
        for rule in &mut self.density {
            step.observations.extend(rule.step(&crowd, &self.settings, &self.models)?);
            step.counts.extend(rule.counted(&crowd, &self.settings));
            step.validity.push(rule.validity(&crowd, &self.settings));
        }
        if background_stepped && self.settings.zones.iter().any(|zone| zone.abandoned.is_some()) {
            let plane = self.settings.ground_plane.as_ref();
            look_for_objects(view, at, &detections, plane, step)?;
        }
        if has_flow {
            step.observations.extend(self.watch_movement(at, &detections)?);
            step.validity.extend(self.movement.iter().map(MovementRule::validity));
        }
        let Some(view) = &mut self.view else { return Ok(()) };
        step.watched = view.abandoned.watched(persons_seen(&view.tracker, at));
        let regions = seen::moving_regions(&view.background, &detections, view.abandoned.lying(), &size)?;
        step.seen = regions.map(|moving_regions| Seen { detections: found, moving_regions });
        Ok(())
    }

    /// How the crowds move; nothing is judged while the scene itself moves or changes as a whole.
    fn watch_movement(
        &mut self,
        at: Timestamp,
        detections: &[Detection],
    ) -> Result<Vec<Observation>, AnalyseError> {
        let Some((view, flow)) = self.view.as_ref().and_then(|view| Some((view, view.flow.as_ref()?))) else {
            return Ok(Vec::new());
        };
        let persons: Vec<BoxInFrame> = detections.iter().map(|d| d.box_in_frame).collect();
        let foreground = view.background.foreground();
        let changes = foreground.is_none() && !view.background.is_learning(at);
        if changes || flow.camera_moves(&persons) {
            return Ok(self.rest_movement(Code::CameraMoved, at));
        }
        let moving = Moving {
            at,
            tracker: &view.tracker,
            heights: &view.heights,
            size: view.size,
            flow,
            foreground: foreground.as_deref(),
            ground_plane: self.settings.ground_plane.as_ref(),
        };
        let mut said = Vec::new();
        for rule in &mut self.movement {
            said.extend(rule.step(&moving, &self.settings, &self.models)?);
        }
        Ok(said)
    }

    /// Who is followed in the last frame, persons seen in it only. For the evaluator: it never leaves the process, and
    /// it is not part of a [`Step`], so that nothing on a box's path carries it.
    pub fn followed(&self) -> Vec<Followed> {
        let Some((view, at)) = self.view.as_ref().zip(self.stepped_at) else { return Vec::new() };
        followed::seen_at(at, &view.tracker, &view.size)
    }
}

fn watches_movement(settings: &CameraSettings) -> bool {
    settings.zones.iter().any(|zone| zone.movement.is_some())
}

fn look_for_objects(
    view: &mut View,
    at: Timestamp,
    detections: &[Detection],
    plane: Option<&GroundPlane>,
    step: &mut Step,
) -> Result<(), AnalyseError> {
    let can_be =
        |d: &&Detection| d.class != ObjectClass::Person || view.heights.can_be_person(&d.box_in_frame, plane);
    let detections: Vec<Detection> = detections.iter().filter(can_be).copied().collect();
    let step_secs = view.abandoned_at.map_or(0.0, |before| at.secs_since(before)).clamp(0.0, MAX_STEP_SECS);
    view.abandoned_at = Some(at);
    let persons = persons_seen(&view.tracker, at);
    let mut scene = Scene {
        at,
        step_secs,
        background: &mut view.background,
        detections: &detections,
        tracker: &view.tracker,
        heights: &view.heights,
        persons,
    };
    let said = view.abandoned.step(&mut scene)?;
    step.validity.extend(view.abandoned.validity(&scene));
    step.observations.extend(said.observations);
    step.suppressed.extend(said.suppressed);
    Ok(())
}

fn persons_seen(tracker: &Tracker, at: Timestamp) -> f64 {
    let seen = tracker.tracks().iter().filter(|track| at.secs_since(track.seen_at) <= SEEN_SECS);
    seen.count() as f64
}

#[cfg(test)]
mod tests;
