//! One camera: frames from its stream, through analysis and the gate, into the outbox. `run` starts `run_once`
//! again with backoff, and nothing that happens here touches another camera.

mod crew;
mod exercise;
mod gone;
mod load;
mod narrow;
mod pace;
mod proofs;
mod refused;
mod report;
mod rest;
mod shadow;
mod unsent;
mod vision;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use velum_analyse::{AnalyseError, PictureState, Step};
use velum_decode::{CameraStream, DecodeError, NextFrame, RawFrame, StreamState};
use velum_gate::CameraPermission;
use velum_models::ModelError;
use velum_outbox::Entry;
use velum_policy::layers::Capture;
use velum_redaction::PictureWithheld;
use velum_vocab::{AlertState, Backoff, CoverageState, Observation, ObservationBody, RuleState, ZoneId};

use crate::config::CameraSettings;
use crate::density_models::DensityModelError;
use crate::local::Rectangle;
use crate::shared::Shared;
use crate::shutdown::Shutdown;
use crate::stills::{Keeper, Said, SightModel};
pub(crate) use crew::Crew;
pub(crate) use gone::Gone;
pub(crate) use narrow::{narrow, widest_px};
use pace::Pace;
pub(crate) use proofs::Proofs;
pub(crate) use refused::RefusedCameras;
use report::Report;
pub(crate) use rest::crowds_rest;
use shadow::Shadow;
use unsent::Unsent;
use vision::{Eyes, Memory, Vision};
pub(crate) use vision::{asks_for, level_boundaries};

/// How often the camera's state is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How long a frame is waited for, so that a wish to stop is heard soon.
const FRAME_TIMEOUT: Duration = Duration::from_millis(250);
/// A run that lasted so long was a success: the next failure begins with the shortest wait.
const STEADY: Duration = Duration::from_secs(60);
const FIRST_BACKOFF: Duration = Duration::from_millis(500);
const LONGEST_BACKOFF: Duration = Duration::from_secs(60);

/// Why a run of a camera ended before it was asked to.
#[derive(Debug, thiserror::Error)]
enum CameraError {
    #[error(transparent)]
    Decode(#[from] DecodeError),
    #[error(transparent)]
    Model(#[from] ModelError),
    #[error(transparent)]
    DensityModel(#[from] DensityModelError),
    #[error(transparent)]
    Analyse(#[from] AnalyseError),
    #[error(transparent)]
    Outbox(#[from] velum_outbox::OutboxError),
    #[error(
        "the picture is {width_px} pixels wide, and at most {widest_px} keep to the policy's capture.max_px_per_m; \
         the stream is opened anew"
    )]
    TooDetailed { width_px: u32, widest_px: u32 },
    #[error("the camera's thread failed unexpectedly; the log line before this says where")]
    Panicked,
}

impl CameraError {
    /// What the time counts as until the next run.
    fn coverage_state(&self) -> CoverageState {
        match self {
            Self::Decode(_) | Self::TooDetailed { .. } => CoverageState::Offline,
            Self::Model(_) | Self::DensityModel(_) | Self::Analyse(_) | Self::Panicked => {
                CoverageState::ModelFailed
            }
            Self::Outbox(_) => CoverageState::Overloaded,
        }
    }
}

/// One camera and its thread's state.
pub(crate) struct Camera {
    settings: CameraSettings,
    shared: Arc<Shared>,
    report: Report,
    pace: Pace,
    unsent: Unsent,
    shadow: Shadow,
    /// The wish that this camera stops, with the box or to run by other settings.
    stop: Shutdown,
    /// An exercise may have left alerts open, which could not be told of when it ended.
    has_left_over: bool,
}

impl Camera {
    /// A camera that has not begun.
    pub(crate) fn new(settings: CameraSettings, shared: Arc<Shared>, stop: Shutdown) -> Self {
        let (id, staged) = (settings.id.clone(), settings.analysis.staged.clone());
        let report = Report::begin(id, staged, CoverageState::Restarted, Arc::clone(&shared));
        let unsent = Unsent::new(Arc::clone(&shared));
        let shadow = Shadow::new(settings.clone(), Arc::clone(&shared));
        // A kill may have cut one off.
        let has_left_over = true;
        Self { settings, shared, report, pace: Pace::default(), unsent, shadow, stop, has_left_over }
    }

    /// Runs until it is to stop.
    pub(crate) fn run(mut self) {
        // Objects placed before may not have been seen.
        let restarted = self.report.tell_now();
        self.unsent.add([restarted]);
        self.end_left_over();
        let mut backoff = Backoff::new(FIRST_BACKOFF, LONGEST_BACKOFF);
        let mut told = None;
        while !self.stop.is_requested() {
            self.play_what_waits();
            let began = Instant::now();
            let outcome = catch_unwind(AssertUnwindSafe(|| self.run_once()));
            // It was asked to end: by the box, or for an exercise.
            let Err(error) = outcome.unwrap_or(Err(CameraError::Panicked)) else { continue };
            if began.elapsed() >= STEADY {
                backoff.reset();
                told = None;
            }
            let wait = backoff.next_wait();
            let wait_ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
            if is_news(&mut told, &error) {
                tracing::error!(camera = %self.settings.id, %error, wait_ms, "camera stopped; it is started again");
            } else {
                tracing::debug!(camera = %self.settings.id, %error, wait_ms, "camera stopped as before");
            }
            self.shared.metrics.camera_restarted(&self.settings.id);
            self.shared.proofs.failed(&self.settings.id, error.to_string());
            self.rest(wait, error.coverage_state());
        }
        self.report.end();
        self.unsent.flush();
    }

    /// Waits, and goes on telling the state.
    fn rest(&mut self, wait: Duration, state: CoverageState) {
        let until = Instant::now() + wait;
        loop {
            let changed = self.report.look(state);
            self.unsent.add(changed);
            self.unsent.flush();
            let left = until.saturating_duration_since(Instant::now()).min(LOOK_EVERY);
            let is_wanted = self.shared.exercises.waits(&self.settings.id);
            if left.is_zero() || is_wanted || self.stop.wait(left) {
                return;
            }
        }
    }

    fn run_once(&mut self) -> Result<(), CameraError> {
        let detector = self.shared.detectors.open()?;
        let named = self.settings.density_model.as_ref();
        let density = named.map(|named| self.shared.density_models.open(named)).transpose()?;
        let mut config = self.settings.source_config()?;
        config.analysed_fps = slowest(config.analysed_fps, self.max_fps());
        narrow(&mut config, self.widest_px());
        let stream = CameraStream::start(self.settings.id.clone(), config, Arc::clone(&self.shared.clock))?;
        self.report.stream_opened();
        let eyes = Eyes { detector: Arc::clone(&detector) as _, density: density.map(|model| model as _) };
        let mut vision = Vision::new(self.settings.clone(), Arc::clone(&self.shared), eyes, Memory::Kept);
        let stills = Arc::clone(&self.shared.stills);
        let mut keeper = Keeper::new(self.settings.id.clone(), stills, SightModel::of(&detector));
        let mut look_at = Instant::now();
        while !self.stop.is_requested() && !self.shared.exercises.waits(&self.settings.id) {
            match stream.next_frame(FRAME_TIMEOUT) {
                NextFrame::Frame(frame) => self.take(frame, &mut vision, &mut keeper)?,
                NextFrame::Waiting => {}
                NextFrame::Finished => {
                    self.stop.wait(FRAME_TIMEOUT);
                }
            }
            if look_at.elapsed() >= LOOK_EVERY {
                look_at = Instant::now();
                self.look(&stream, &mut vision);
                keeper.look();
            }
        }
        self.unsent.remember(vision.rule_state());
        self.unsent.flush();
        Ok(())
    }

    /// Analyses a frame where the policy allows it, and drops it unopened where it does not.
    fn take(
        &mut self,
        mut frame: RawFrame,
        vision: &mut Vision,
        keeper: &mut Keeper,
    ) -> Result<(), CameraError> {
        let began = Instant::now();
        let permission = self.shared.gate.permission(&self.settings.id);
        if !permission.is_active() {
            self.report.frame_unopened();
            keeper.close(PictureWithheld::WindowIncomplete);
            self.put_away(vision.close(), permission);
            return Ok(());
        }
        if !self.pace.lets(frame.captured_at(), self.max_fps()) {
            self.report.frame_too_many();
            return Ok(());
        }
        if let Some(widest_px) = self.widest_px().filter(|widest| frame.width_px() > *widest) {
            return Err(CameraError::TooDetailed { width_px: frame.width_px(), widest_px });
        }
        let paused = self.shared.gate.paused_areas(&self.settings.id);
        if vision.is_outdated(&paused) {
            // With what waits, in order: an alert's state never overtakes the alert.
            self.unsent.remember(vision.close());
            self.unsent.flush();
        }
        keeper.follow_policy(&paused);
        let own = |state: &&RuleState| state.camera == self.settings.id;
        let step =
            vision.step(&mut frame, &paused, self.unsent.waiting_state().filter(own), keeper.alertness());
        if step.is_err() {
            keeper.close(PictureWithheld::DetectorFailed);
        }
        let at = frame.captured_at();
        let mut step = step?;
        self.shared.proofs.analysed(&self.settings.id, (frame.width_px(), frame.height_px()));
        self.shadow.take(&mut step, at, vision.trials());
        let Step { observations, picture, suppressed, seen, validity, .. } = step;
        self.shared.metrics.set_rules_valid(&self.settings.id, &validity);
        self.shared.metrics.analysed_in(began.elapsed(), self.shared.clock.now().secs_since(at));
        self.report.frame_analysed(match picture {
            PictureState::Normal => CoverageState::Analysed,
            PictureState::Dark => CoverageState::Dark,
            PictureState::Frozen => CoverageState::Frozen,
        });
        for reason in suppressed {
            self.shared.metrics.candidate_rejected(&self.settings.id, reason.name());
            tracing::debug!(camera = %self.settings.id, code = reason.name(), "a thing is no abandoned object");
            self.shared.local.reject(&self.settings.id, &reason);
        }
        let (width_px, height_px) = (frame.width_px(), frame.height_px());
        let judge = |seen: Observation| {
            let place = place_of(&seen, width_px, height_px);
            let entry = keeper.truthful(self.shared.judge_observation(seen));
            if let (Entry::Event(event), Some((zone, rectangle))) = (&entry, place) {
                self.shared.local.place(&self.settings.id, event.id(), &zone, rectangle);
            }
            entry
        };
        let said: Vec<_> = observations.into_iter().map(|seen| Said::judged(seen, judge)).collect();
        keeper.take(frame, seen, picture, &said);
        let ended = vision.take_ended();
        self.unsent.add(ended.into_iter().map(|end| self.shared.judge_observation(end)));
        let state = if said.is_empty() { vision.urgent_rule_state(at) } else { vision.rule_state() };
        if state.is_some() || !said.is_empty() {
            self.unsent.add(said.into_iter().map(Said::into_entry));
            self.unsent.remember(state);
            let numbers = self.unsent.flush();
            self.shared.delivered(self.shared.deliveries.committed(&numbers, at, self.shared.clock.now()));
        }
        Ok(())
    }

    /// The most frames a second that the policy lets be analysed; none without a policy that names the camera.
    fn max_fps(&self) -> u32 {
        self.capture().map_or(0, |capture| capture.max_fps.0)
    }

    /// The widest picture that the policy lets be analysed; none where the camera is not calibrated, or no policy names it.
    fn widest_px(&self) -> Option<u32> {
        let plane = self.settings.analysis.ground_plane.as_ref()?;
        widest_px(plane, self.capture()?.max_px_per_m.0)
    }

    fn capture(&self) -> Option<Capture> {
        let policy = self.shared.gate.policy()?;
        Some(policy.resolved().cameras.get(self.settings.id.as_str())?.capture.clone())
    }

    /// What the rules remember waits for the day on which they may go on; where the policy does not name the camera
    /// any more, its alerts end.
    fn put_away(&mut self, state: Option<RuleState>, permission: CameraPermission) {
        match state {
            Some(state) if permission == CameraPermission::CameraNotNamed => {
                let (entries, nothing) = gone::end_alerts(&self.shared, state);
                self.unsent.add(entries);
                self.unsent.remember(Some(nothing));
            }
            state => self.unsent.remember(state),
        }
    }

    /// Once a second: the state, the frames, and what the rules must remember.
    fn look(&mut self, stream: &CameraStream, vision: &mut Vision) {
        let status = stream.status();
        let more = self.report.count(status.counts);
        let permission = self.shared.gate.permission(&self.settings.id);
        let state = match status.state {
            _ if !permission.is_active() => permission.coverage_state(),
            StreamState::Playing if self.shared.gate.paused_areas(&self.settings.id).is_empty() => {
                self.report.playing_state(more)
            }
            StreamState::Playing => beside_paused_zone(self.report.playing_state(more)),
            StreamState::Connecting | StreamState::Lost | StreamState::Finished => CoverageState::Offline,
        };
        let changed = self.report.look(state);
        self.unsent.add(changed);
        self.end_left_over();
        self.unsent.remember(vision.changed_rule_state());
        self.unsent.flush();
    }
}

/// Where an object lies of which something is told, but its end: so that it can be confirmed as furniture.
fn place_of(seen: &Observation, width_px: u32, height_px: u32) -> Option<(ZoneId, Rectangle)> {
    match &seen.body {
        ObservationBody::AbandonedObject(object) if seen.state != AlertState::Cleared => {
            Some((seen.zone.clone(), Rectangle::of(&object.box_in_frame, width_px, height_px)))
        }
        _ => None,
    }
}

/// What the time of a camera counts as while a zone of it is paused: not as analysed. What is read off its picture would
/// be read off what is painted over, too.
fn beside_paused_zone(state: CoverageState) -> CoverageState {
    match state {
        CoverageState::Analysed | CoverageState::Dark | CoverageState::Frozen => CoverageState::Paused,
        other => other,
    }
}

/// The rate to ask the stream for: as configured, or the policy's where that is slower. Without one the stream runs
/// all the same, and its frames are dropped one by one: the policy may come.
fn slowest(configured_fps: f32, max_fps: u32) -> f32 {
    if max_fps == 0 { configured_fps } else { configured_fps.min(max_fps as f32) }
}

/// Whether the error's text differs from the one told before; it is then the one that was told.
fn is_news(told: &mut Option<String>, error: &CameraError) -> bool {
    let text = error.to_string();
    told.replace(text.clone()) != Some(text)
}

#[cfg(test)]
mod tests;
