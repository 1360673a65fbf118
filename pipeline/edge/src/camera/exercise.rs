//! A scenario in the place of a camera: the same frames' way through analysis and gate, on its own memory, and back.
//!
//! Invariants: every alert of it is marked `staged` and ends with it, also where a kill ended it; the rules' memory of the real
//! camera is neither read nor written; the time counts as `exercise`, and no frame of it as one of the camera's.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use velum_analyse::{CameraSettings as AnalysisSettings, Step, ends_of_removed};
use velum_decode::{CameraStream, NextFrame, RawFrame};
use velum_gate::PausedAreas;
use velum_outbox::Entry;
use velum_vocab::{CameraId, CoverageState, Digest, Observation, RuleState};

use super::pace::Pace;
use super::vision::{Eyes, Memory, Vision};
use super::{Camera, CameraError, FRAME_TIMEOUT, LOOK_EVERY, narrow, slowest, widest_px};
use crate::config::CameraSettings;
use crate::exercise::{Playing, may_begin};
use crate::shared::Shared;
use crate::stills::{Keeper, Said, SightModel};

/// How late a scenario may be before it is cut: opening the file takes a moment, too.
const GRACE: Duration = Duration::from_secs(20);
const FAILED: &str = "failed";

/// Where the frames of a scenario come from.
pub(super) type Frames<'f> = dyn FnMut(Duration) -> NextFrame + 'f;

/// How one is played; why it ended.
type Play<'p> = dyn FnMut(&mut Camera, &Playing) -> Result<&'static str, CameraError> + 'p;

/// Under which id the outbox keeps what the rules remember of an exercise: the digest of the camera's name, which no camera is
/// called, so that it never stands in the place of what they remember of the camera.
pub(super) fn slot(camera: &CameraId) -> CameraId {
    let digest = Digest::of(format!("exercise:{camera}").as_bytes()).to_string();
    // 64 hexadecimal digits are a name.
    CameraId::parse(&digest).unwrap_or_else(|_| camera.clone())
}

impl Camera {
    /// Plays the exercise that was ordered, if there is one, to its end.
    pub(super) fn play_what_waits(&mut self) {
        self.play_by(&mut Self::play);
    }

    fn play_by(&mut self, play: &mut Play<'_>) {
        if !self.shared.exercises.waits(&self.settings.id) {
            return;
        }
        let (shared, id) = (Arc::clone(&self.shared), self.settings.id.clone());
        self.end_left_over();
        self.unsent.flush();
        // What waits for the disk would be mixed with it.
        let is_written = self.unsent.waiting_state().is_none();
        let log = &shared.stills.archive.log;
        let allowed = || if is_written { may_begin(&shared, &id) } else { Err("disk") };
        let Some(playing) = shared.exercises.begin(&self.settings, log, shared.gate.policy_digest(), allowed)
        else {
            return;
        };
        let played = catch_unwind(AssertUnwindSafe(|| play(self, &playing)));
        let reason = match played.unwrap_or(Err(CameraError::Panicked)) {
            Ok(reason) => reason,
            Err(error) => {
                tracing::error!(camera = %id, %error, "the exercise cannot be played on");
                FAILED
            }
        };
        // Also of what a failure left open.
        self.has_left_over = true;
        self.end_left_over();
        shared.exercises.end(&id, &playing, (log, shared.gate.policy_digest()), reason);
    }

    /// The alerts of an exercise that is over, or that a kill cut off, end as soon as the policy lets them be told of: not while
    /// people paused the camera.
    pub(super) fn end_left_over(&mut self) {
        let (gate, id) = (&self.shared.gate, &self.settings.id);
        if !self.has_left_over || !gate.permission(id).is_active() || !gate.paused_areas(id).is_empty() {
            return;
        }
        self.has_left_over = false;
        if let Some(staged) = self.shared.exercises.last_staged(id) {
            self.end_alerts_of(&staged);
        }
    }

    fn play(&mut self, playing: &Playing) -> Result<&'static str, CameraError> {
        let detector = self.shared.detectors.open()?;
        let named = playing.settings.density_model.as_ref();
        let density = named.map(|named| self.shared.density_models.open(named)).transpose()?;
        let mut config = playing.settings.source_config()?;
        config.analysed_fps = slowest(config.analysed_fps, self.max_fps());
        narrow(&mut config, self.widest_of(&playing.settings));
        let (id, clock) = (self.settings.id.clone(), Arc::clone(&self.shared.clock));
        let stream = CameraStream::start(id.clone(), config, clock)?;
        let sight = SightModel::of(&detector);
        let eyes = Eyes { detector: detector as _, density: density.map(|model| model as _) };
        let keeper = Keeper::new(id, Arc::clone(&self.shared.stills), sight);
        // A file that cannot be read on is no camera that comes back: the real one waits.
        let mut is_lost = false;
        let reason =
            self.play_frames(playing, eyes, keeper, &mut |timeout| match stream.next_frame(timeout) {
                NextFrame::Waiting if stream.status().losses > 0 => {
                    is_lost = true;
                    NextFrame::Finished
                }
                next => next,
            })?;
        Ok(if is_lost { FAILED } else { reason })
    }

    /// Plays to its end; why it ended.
    pub(super) fn play_frames(
        &mut self,
        playing: &Playing,
        eyes: Eyes,
        mut keeper: Keeper,
        frames: &mut Frames<'_>,
    ) -> Result<&'static str, CameraError> {
        let mut stage = Stage {
            shared: Arc::clone(&self.shared),
            vision: Vision::new(playing.settings.clone(), Arc::clone(&self.shared), eyes, Memory::Fresh),
            slot: slot(&self.settings.id),
            pace: Pace::default(),
        };
        self.tell_exercise();
        let mut looked_at = self.shared.clock.now();
        let reason = loop {
            if let Some(reason) = self.reason_to_end(playing) {
                break reason;
            }
            match frames(FRAME_TIMEOUT) {
                NextFrame::Frame(frame) => self.take_of(&mut stage, &playing.settings, frame, &mut keeper)?,
                NextFrame::Waiting => {}
                NextFrame::Finished => break "finished",
            }
            // By the box's clock, which books the time; it may be set back.
            let now = self.shared.clock.now();
            if now.secs_since(looked_at).abs() >= LOOK_EVERY.as_secs_f64() {
                looked_at = now;
                self.tell_exercise();
                keeper.look();
            }
        };
        self.unsent.remember(stage.remembered());
        self.unsent.flush();
        Ok(reason)
    }

    /// The time of the camera counts as this.
    fn tell_exercise(&mut self) {
        let changed = self.report.look(CoverageState::Exercise);
        self.unsent.add(changed);
        self.unsent.flush();
    }

    /// What ends it before its file does: people, the policy, the box, or the clock.
    fn reason_to_end(&self, playing: &Playing) -> Option<&'static str> {
        let shared = &self.shared;
        match () {
            () if shared.shutdown.is_requested() => Some("box_stopped"),
            () if self.stop.is_requested() => Some("settings"),
            () if !shared.exercises.is_wanted(&playing.order) => Some("stopped"),
            () if shared.clock.now() >= playing.ends_at.plus(GRACE) => Some("too_long"),
            () => may_begin(shared, &self.settings.id).err(),
        }
    }

    fn take_of(
        &mut self,
        stage: &mut Stage,
        settings: &CameraSettings,
        mut frame: RawFrame,
        keeper: &mut Keeper,
    ) -> Result<(), CameraError> {
        let at = frame.captured_at();
        if !stage.pace.lets(at, self.max_fps()) {
            return Ok(());
        }
        if let Some(widest_px) = self.widest_of(settings).filter(|widest| frame.width_px() > *widest) {
            return Err(CameraError::TooDetailed { width_px: frame.width_px(), widest_px });
        }
        let nothing = PausedAreas::new();
        if stage.vision.is_outdated(&nothing) {
            // Under a new policy the rules begin anew: what they said before ends.
            let before = stage.remembered();
            self.unsent.remember(before);
            self.unsent.flush();
            self.end_alerts_of(settings.analysis.staged.as_deref().unwrap_or_default());
        }
        keeper.follow_policy(&nothing);
        let Step { observations, picture, seen, .. } =
            stage.vision.step(&mut frame, &nothing, None, keeper.alertness())?;
        let judge = |of: Observation| keeper.truthful(stage.shared.judge_observation(of));
        let said: Vec<_> = observations.into_iter().map(|seen| Said::judged(seen, judge)).collect();
        keeper.take(frame, seen, picture, &said);
        if said.is_empty() {
            return Ok(());
        }
        self.unsent.add(said.into_iter().map(Said::into_entry));
        self.unsent.remember(stage.rule_state());
        self.unsent.flush();
        Ok(())
    }

    fn widest_of(&self, settings: &CameraSettings) -> Option<u32> {
        let plane = settings.analysis.ground_plane.as_ref()?;
        widest_px(plane, self.capture()?.max_px_per_m.0)
    }

    /// Whatever an exercise raised and did not clear is cleared, with its mark.
    fn end_alerts_of(&mut self, staged: &str) {
        let (camera, slot) = (self.settings.id.clone(), slot(&self.settings.id));
        let stored = match self.shared.outbox.rule_state(&slot) {
            Ok(stored) => stored,
            Err(error) => {
                tracing::error!(%camera, %error, "open alerts of an exercise cannot be ended");
                return;
            }
        };
        let Some(state) = stored.filter(|state| !state.is_idle()) else { return };
        let (entries, nothing) = ends(&self.shared, &camera, staged, state);
        self.unsent.add(entries);
        self.unsent.remember(Some(nothing));
        self.unsent.flush();
    }
}

/// What plays in the place of the camera.
struct Stage {
    shared: Arc<Shared>,
    vision: Vision,
    slot: CameraId,
    pace: Pace,
}

impl Stage {
    /// What the rules remember, closed.
    fn remembered(&mut self) -> Option<RuleState> {
        self.vision.close().map(|state| RuleState { camera: self.slot.clone(), ..state })
    }

    fn rule_state(&mut self) -> Option<RuleState> {
        self.vision.rule_state().map(|state| RuleState { camera: self.slot.clone(), ..state })
    }
}

fn ends(shared: &Shared, camera: &CameraId, staged: &str, state: RuleState) -> (Vec<Entry>, RuleState) {
    let at = shared.clock.now();
    let of_camera = RuleState { camera: camera.clone(), ..state.clone() };
    let no_zones = AnalysisSettings {
        zones: Vec::new(),
        staged: Some(staged.to_owned()),
        ..AnalysisSettings::new(camera.clone())
    };
    let ends = ends_of_removed(&of_camera, &no_zones, &[], at);
    let entries = ends.into_iter().map(|end| shared.judge_observation(end)).collect();
    let (objects, levels, movements) = (Vec::new(), Vec::new(), Vec::new());
    (entries, RuleState { at, objects, levels, movements, usual: Vec::new(), ..state })
}

#[cfg(test)]
mod tests;
