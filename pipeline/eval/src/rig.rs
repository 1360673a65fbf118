//! One plan at work on one camera: the real timeline and redactor, asked for a picture of every frame.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use velum_frame::RawFrame;
use velum_models::Detector;
use velum_redaction::{
    Finder, Job, Method, PersonCover, PictureWithheld, Plan, PlateCover, Redactor, RedactorParts, Settings,
    SettingsDraft, Sight, Timeline,
};
use velum_vocab::{CameraId, SimulatedClock, Timestamp};

use crate::error::StageError;
use crate::suite::PlanSpec;

/// A suite's windows count frames alone, at its own rate: no policy is measured here.
const FPS_MAX: u32 = 120;

/// What came of one picture that was asked for.
pub(crate) struct Made {
    /// Of which frame.
    pub(crate) at: Timestamp,
    /// What would be covered, or why there is no picture.
    pub(crate) planned: Result<Plan, PictureWithheld>,
    /// Why the finished picture was withheld; none where it was released or nobody verified.
    pub(crate) refused: Option<PictureWithheld>,
}

/// The models of one plan.
pub(crate) struct RigModels {
    /// Whose detections are the sights.
    pub(crate) sight: Arc<Detector>,
    /// Who looks besides; plans share what they remember.
    pub(crate) finders: Vec<Arc<dyn Finder>>,
    /// Who looks at the finished picture.
    pub(crate) verifier: Arc<Detector>,
}

/// A plan at work.
pub(crate) struct Rig {
    timeline: Timeline,
    redactor: Redactor,
    lookahead_frames: usize,
    is_verified: bool,
    clock: SimulatedClock,
    /// Frames that will be asked for when their look-ahead is complete.
    waiting: VecDeque<(Timestamp, bool)>,
}

impl Rig {
    /// For one camera; `of_clip` is false for single pictures, of which nothing is held and nothing comes later.
    pub(crate) fn new(
        spec: &PlanSpec,
        models: RigModels,
        camera: &CameraId,
        of_clip: bool,
    ) -> Result<Self, StageError> {
        let frames = |count: u32| if of_clip { count } else { 0 };
        let settings = Arc::new(Settings::new(SettingsDraft {
            margin_fraction: spec.margin,
            max_fps: FPS_MAX,
            hold_frames: frames(spec.hold_frames),
            lookahead_frames: frames(spec.lookahead_frames),
            method: Method::SolidFill,
            persons: PersonCover::Whole,
            plates: PlateCover::AsFound,
            private_areas: Vec::new(),
            score_min: spec.score_min,
            verify_score_min: spec.verify_score_min,
            raw_lifetime: Duration::from_secs(10),
            max_detector_age: Duration::from_secs(1),
            canary_interval: Duration::from_secs(24 * 3600),
        })?);
        let clock = SimulatedClock::at(Timestamp::from_unix_secs(0));
        let redactor = Redactor::new(RedactorParts {
            sight: models.sight,
            finders: models.finders,
            verifier: models.verifier,
            clock: Arc::new(clock.clone()),
        })?;
        Ok(Self {
            lookahead_frames: settings.lookahead_frames(),
            timeline: Timeline::new(camera.clone(), settings),
            redactor,
            is_verified: spec.verified,
            clock,
            waiting: VecDeque::new(),
        })
    }

    /// The next frame, what was seen on it, and whether a picture of it is asked for; the pictures that came due.
    pub(crate) fn step(
        &mut self,
        frame: RawFrame,
        sight: Sight,
        is_asked: bool,
    ) -> Result<Vec<Made>, StageError> {
        let at = frame.captured_at();
        self.clock.set(at);
        self.timeline.push(frame, sight)?;
        self.waiting.push_back((at, is_asked));
        let mut made = Vec::new();
        while self.waiting.len() > self.lookahead_frames {
            let Some((at, is_asked)) = self.waiting.pop_front() else { break };
            if is_asked {
                made.extend(self.ask(at));
            }
        }
        Ok(made)
    }

    fn ask(&mut self, at: Timestamp) -> Vec<Made> {
        if let Err(reason) = self.timeline.ask(at) {
            return vec![Made { at, planned: Err(reason), refused: None }];
        }
        let mut made = Vec::new();
        while let Some(due) = self.timeline.due() {
            made.push(match due.job {
                Ok(job) => self.make(job),
                Err(reason) => Made { at, planned: Err(reason), refused: None },
            });
        }
        made
    }

    fn make(&self, job: Job) -> Made {
        let at = job.captured_at();
        let planned = self.redactor.plan(&job);
        let refused = (self.is_verified && planned.is_ok()).then(|| self.redactor.make(job).err()).flatten();
        Made { at, planned, refused }
    }
}
