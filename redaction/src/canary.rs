//! A face and a person that never were: drawn of ellipses, to show that the models still find someone.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use velum_frame::RawFrame;
use velum_vocab::{BoxInFrame, Clock, Detection, ObjectClass, Timestamp};

use crate::verifier::is_human;
use crate::{Finder, Method, Plan, RedactionError, Verifier, redact};

pub(crate) mod drawing;
mod face;
mod person;

pub use face::canary_face;
pub use person::canary_person;

/// What is found of a drawing must be this sure: the highest threshold for masking that a policy may set.
const SCORE_MIN: f32 = 0.25;
/// And must lie on it so far.
const IOU_MIN: f32 = 0.3;

/// A drawn picture and what must be found on it.
pub(crate) struct Drawing {
    pub(crate) frame: RawFrame,
    pub(crate) class: ObjectClass,
    pub(crate) box_in_frame: BoxInFrame,
}

/// What is known of the drawings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CanaryState {
    /// When they were last shown, and whether every model found them.
    pub last: Option<(Timestamp, bool)>,
    /// How often every model found them.
    pub passed: u64,
    /// How often one did not, or failed.
    pub failed: u64,
}

/// When the drawings were last shown, and whether all was well then.
#[derive(Debug, Default)]
pub(crate) struct Canary {
    /// Held while they are shown.
    last: Mutex<Option<(Timestamp, bool)>>,
    /// The same for who must not wait.
    state: Mutex<CanaryState>,
}

impl Canary {
    /// Whether every model found what it must, now or less than an interval ago. After a failure the drawings
    /// are shown again when the interval has passed, and until then nothing is well.
    pub(crate) fn is_well(
        &self,
        clock: &dyn Clock,
        interval: Duration,
        show: impl FnOnce() -> Result<bool, RedactionError>,
    ) -> bool {
        let now = clock.now();
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((at, well)) = *last
            && at <= now
            && now < at.plus(interval)
        {
            return well;
        }
        let well = show().unwrap_or(false);
        *last = Some((now, well));
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.last = *last;
        let count = if well { &mut state.passed } else { &mut state.failed };
        *count = count.saturating_add(1);
        well
    }

    pub(crate) fn state(&self) -> CanaryState {
        *self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether a finder finds what it can find of the drawings. One that can find neither is not well.
pub(crate) fn finder_is_well(finder: &dyn Finder) -> Result<bool, RedactionError> {
    let drawings = drawings_of(&finder.finds())?;
    for drawing in &drawings {
        if !is_found(drawing, &finder.find(&drawing.frame)?) {
            return Ok(false);
        }
    }
    Ok(!drawings.is_empty())
}

/// Whether the verifier sees someone in the drawings as they are.
pub(crate) fn verifier_is_well(verifier: &dyn Verifier) -> Result<bool, RedactionError> {
    let drawings = drawings_of(&verifier.finds())?;
    let any = !drawings.is_empty();
    for drawing in drawings {
        let open = redact(drawing.frame, &Plan::default(), Method::SolidFill)?;
        let found = verifier.look(&open)?;
        if !found.iter().any(|found| is_human(found.class) && found.score >= SCORE_MIN) {
            return Ok(false);
        }
    }
    Ok(any)
}

/// The drawings for what a model can find.
fn drawings_of(classes: &[ObjectClass]) -> Result<Vec<Drawing>, RedactionError> {
    let mut drawings = Vec::new();
    if classes.contains(&ObjectClass::Face) {
        drawings.push(face::drawing()?);
    }
    if classes.contains(&ObjectClass::Person) {
        drawings.push(person::drawing()?);
    }
    Ok(drawings)
}

fn is_found(drawing: &Drawing, found: &[Detection]) -> bool {
    found.iter().any(|found| {
        found.class == drawing.class
            && found.score >= SCORE_MIN
            && found.box_in_frame.iou(&drawing.box_in_frame) >= IOU_MIN
    })
}
