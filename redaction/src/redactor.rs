//! From a job to a picture that may be judged, or the reason why there is none.

use std::sync::Arc;
use std::time::Duration;

use velum_frame::RawFrame;
use velum_vocab::{Clock, Detection, ObjectClass, Timestamp};

use crate::canary::{Canary, CanaryState, finder_is_well, verifier_is_well};
use crate::cover::{Moment, plan_of};
use crate::timeline::Slot;
use crate::{
    Finder, Job, PictureWithheld, Plan, RedactedFrame, RedactionError, Settings, Timeline, Verifier, redact,
};

/// More things than this in one frame cannot be followed.
const DETECTIONS_MAX: usize = 1_000;

/// The models of redaction, and the clock.
pub struct RedactorParts {
    /// The running detector, whose detections are the sights on the timeline. It is not run again.
    pub sight: Arc<dyn Finder>,
    /// Whoever is run besides, on the frames of the window and only there: so they cost nothing otherwise. Our own
    /// person detector, where another one runs.
    pub finders: Vec<Arc<dyn Finder>>,
    /// Who looks at the finished picture: CenterFace. Measured, this withheld fewer pictures and let fewer faces
    /// through than the other way round.
    pub verifier: Arc<dyn Verifier>,
    /// The time now.
    pub clock: Arc<dyn Clock>,
}

/// Makes redacted pictures; all cameras share one. A picture's settings come with its job.
pub struct Redactor {
    parts: RedactorParts,
    canary: Canary,
}

impl Redactor {
    /// A redactor with these models.
    ///
    /// # Errors
    /// [`RedactionError::NoFinder`] where none finds persons, [`RedactionError::SameFamily`] where the verifier
    /// is of the family of one that makes the plan.
    pub fn new(parts: RedactorParts) -> Result<Self, RedactionError> {
        let redactor = Self { parts, canary: Canary::default() };
        if !redactor.finds(ObjectClass::Person) {
            return Err(RedactionError::NoFinder(ObjectClass::Person.name()));
        }
        let family = redactor.parts.verifier.family();
        if redactor.planners().any(|finder| finder.family() == family) {
            return Err(RedactionError::SameFamily(family));
        }
        Ok(redactor)
    }

    /// Whether pictures can be made under these settings.
    ///
    /// # Errors
    /// [`RedactionError::NoFinder`] where plates must be covered and no model finds vehicles,
    /// [`RedactionError::ScoreFloor`] where none tells of what it doubts as much as the policy covers.
    pub fn check(&self, settings: &Settings) -> Result<(), RedactionError> {
        settings.check_floors(|class| {
            let finders = self.planners().filter(|finder| finder.finds().contains(&class));
            finders.map(|finder| finder.score_floor(class)).reduce(f32::min)
        })
    }

    /// Shows the drawn face and person to every model, where the last time is an interval ago. Call it now and
    /// then, so that coverage learns of a blind model before a picture is asked for.
    ///
    /// # Errors
    /// [`PictureWithheld::Canary`] while a model misses them or failed: no picture is made until the next success.
    pub fn watch(&self, interval: Duration) -> Result<(), PictureWithheld> {
        let well = self.canary.is_well(self.parts.clock.as_ref(), interval, || self.show_canaries());
        if well { Ok(()) } else { Err(PictureWithheld::Canary) }
    }

    /// How the drawings stand. Does not wait while they are shown.
    pub fn canaries(&self) -> CanaryState {
        self.canary.state()
    }

    /// Makes the picture: plan, paint, verify. The raw frame is gone afterwards, whatever happens.
    ///
    /// # Errors
    /// [`PictureWithheld`]: there is no picture.
    pub fn make(&self, mut job: Job) -> Result<RedactedFrame, PictureWithheld> {
        let settings = Arc::clone(&job.settings);
        job.wipe_older(self.parts.clock.now().minus(settings.raw_lifetime()));
        let plan = self.plan(&job)?;
        let Job { target, window, .. } = job;
        drop(window);
        // Another picture's window still holds the frame: pictures were not made in the order they came due.
        let frame = Arc::try_unwrap(target).map_err(|_shared| PictureWithheld::Overloaded)?;
        // The models may have taken their time.
        if !self.is_alive(&frame, &settings) {
            return Err(PictureWithheld::Overloaded);
        }
        let painted = redact(frame, &plan, settings.method()).map_err(|_| PictureWithheld::PaintingFailed)?;
        painted.verified(self.parts.verifier.as_ref(), settings.verify_score_min())
    }

    /// What would be covered in the picture: for measurements.
    ///
    /// # Errors
    /// [`PictureWithheld`]: there would be no picture.
    pub fn plan(&self, job: &Job) -> Result<Plan, PictureWithheld> {
        let settings = job.settings.as_ref();
        self.check(settings).map_err(|_| PictureWithheld::NoFinder)?;
        if !self.is_alive(&job.target, settings) {
            return Err(PictureWithheld::Overloaded);
        }
        self.watch(settings.canary_interval())?;
        check_sights(&job.window, settings)?;
        check_times(&job.window, job.captured_at(), settings)?;
        let moments: Vec<Moment> =
            job.window.iter().map(|slot| self.moment(slot, job)).collect::<Result<_, _>>()?;
        plan_of(&moments, job.captured_at(), settings).map_err(|_| PictureWithheld::PaintingFailed)
    }

    /// One frame of the window, with what all finders see on it.
    fn moment(&self, slot: &Slot, job: &Job) -> Result<Moment, PictureWithheld> {
        let found = self.found_on(slot, job)?;
        let detections: Vec<Detection> = slot.sight.detections.iter().copied().chain(found).collect();
        if detections.len() > DETECTIONS_MAX || slot.sight.moving_regions.len() > DETECTIONS_MAX {
            return Err(PictureWithheld::Overloaded);
        }
        Ok(Moment { at: slot.at, detections, moving_regions: slot.sight.moving_regions.clone() })
    }

    /// What the finders see on one frame, asked once. They must have seen every frame of the window.
    fn found_on(&self, slot: &Slot, job: &Job) -> Result<Vec<Detection>, PictureWithheld> {
        if let Some(found) = slot.found.get() {
            return Ok(found.clone());
        }
        if self.parts.finders.is_empty() {
            return Ok(Vec::new());
        }
        let target = (slot.at == job.captured_at()).then_some(job.target.as_ref());
        let frame = slot.frame.as_deref().or(target).filter(|frame| self.is_alive(frame, &job.settings));
        let found = self.find(frame.ok_or(PictureWithheld::WindowIncomplete)?)?;
        Ok(slot.found.get_or_init(|| found).clone())
    }

    /// Has the finders look at the frames that may have to be gone before a picture needs them. Call it after each
    /// frame; where raw frames live for much longer than a window, nothing is looked at.
    pub fn look_before_wiping(&self, timeline: &Timeline) {
        let now = self.parts.clock.now();
        if self.parts.finders.is_empty() {
            return;
        }
        for (slot, frame) in timeline.soon_gone(now) {
            // Where they fail nothing is known of the frame, and a picture whose window holds it is withheld.
            if let Ok(found) = self.find(frame) {
                slot.found.get_or_init(|| found);
            }
        }
    }

    /// Whether the policy still lets the raw frame be in memory.
    fn is_alive(&self, frame: &RawFrame, settings: &Settings) -> bool {
        self.parts.clock.now() <= frame.captured_at().plus(settings.raw_lifetime())
    }

    fn find(&self, frame: &RawFrame) -> Result<Vec<Detection>, PictureWithheld> {
        let mut all = Vec::new();
        for finder in &self.parts.finders {
            all.extend(finder.find(frame).map_err(|error| match error {
                RedactionError::LookOverloaded(_) => PictureWithheld::Overloaded,
                _ => PictureWithheld::DetectorFailed,
            })?);
        }
        Ok(all)
    }

    /// Everyone who takes part in the plan.
    fn planners(&self) -> impl Iterator<Item = &dyn Finder> {
        std::iter::once(self.parts.sight.as_ref()).chain(self.parts.finders.iter().map(AsRef::as_ref))
    }

    fn finds(&self, class: ObjectClass) -> bool {
        self.planners().any(|finder| finder.finds().contains(&class))
    }

    fn show_canaries(&self) -> Result<bool, RedactionError> {
        for finder in self.planners() {
            if !finder_is_well(finder)? {
                return Ok(false);
            }
        }
        verifier_is_well(self.parts.verifier.as_ref())
    }
}

/// Whether the running detector looked at every frame of the window, and often enough.
fn check_sights(window: &[Slot], settings: &Settings) -> Result<(), PictureWithheld> {
    if window.len() != settings.window_frames() {
        return Err(PictureWithheld::WindowIncomplete);
    }
    if let Some(reason) = window.iter().find_map(|slot| slot.sight.seen.withholds()) {
        return Err(reason);
    }
    let is_late = |(earlier, later): (&Slot, &Slot)| later.at > earlier.at.plus(settings.max_detector_age());
    if window.iter().zip(window.iter().skip(1)).any(is_late) {
        return Err(PictureWithheld::DetectorStale);
    }
    Ok(())
}

/// Whether the window is as long as hold and look-ahead take at the policy's highest rate: frames that follow each
/// other faster count for less.
fn check_times(window: &[Slot], at: Timestamp, settings: &Settings) -> Result<(), PictureWithheld> {
    let (Some(first), Some(last)) = (window.first(), window.last()) else {
        return Err(PictureWithheld::WindowIncomplete);
    };
    let reaches =
        |from: Timestamp, to: Timestamp, wanted: Duration| from.plus(wanted) <= to.plus(settings.jitter());
    if reaches(first.at, at, settings.hold()) && reaches(at, last.at, settings.lookahead()) {
        return Ok(());
    }
    Err(PictureWithheld::WindowIncomplete)
}

#[cfg(test)]
mod tests;
