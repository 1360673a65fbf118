//! Who finds people for the plan.

use std::fmt;

use velum_frame::RawFrame;
use velum_vocab::{Detection, ObjectClass};

use crate::RedactionError;

/// What kind of model looks: two of one family miss the same people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Family(pub &'static str);

impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// Finds persons, heads, faces or vehicles on a raw frame. The models implement it.
pub trait Finder: Send + Sync {
    /// What is in the frame, in frame space, pixels, down to the lowest scores that the model tells.
    ///
    /// # Errors
    /// [`RedactionError::LookOverloaded`], [`RedactionError::LookFailed`]: the picture is then withheld.
    fn find(&self, frame: &RawFrame) -> Result<Vec<Detection>, RedactionError>;

    /// What it can find, so that it may be relied on.
    fn finds(&self) -> Vec<ObjectClass>;

    /// The score below which it tells nothing of a class, 0..=1: nothing that is less certain can be covered.
    fn score_floor(&self, class: ObjectClass) -> f32;

    /// What kind of model it is.
    fn family(&self) -> Family;
}
