//! Exercises: an administrator has a box play a scenario in the place of a camera; anybody of the control room stops it; and
//! afterwards it is looked at together.
//!
//! `desk` is the one way to one, `debrief` what came of it. Invariants: what is ordered or stopped is in the audit log before it
//! is; an order names a scenario and a camera of a box that has them, one at a time; whatever an exercise raises says so
//! everywhere, and is in no figure, no statistic and no suppression.

mod debrief;
mod desk;

use velum_proto::v1::Event;

pub(crate) use debrief::{Debrief, SeenAlert, debrief};
pub(crate) use desk::{Doors, ExerciseDesk, ExerciseError, StartAsk};

/// What `Event.staged` of an exercise begins with.
pub(crate) const STAGED: &str = "exercise: ";

/// Whether an event is of an exercise, and not of what was staged before a camera.
pub(crate) fn is_exercise(event: &Event) -> bool {
    event.staged.as_ref().is_some_and(|staged| staged.starts_with(STAGED))
}
