//! A second look at a redacted picture.

use velum_vocab::{Detection, ObjectClass};

use crate::{Family, RedactionError, UnverifiedFrame};

/// Looks for people in a picture after its redaction. The models implement it: a detector of another family than
/// those that made the plan.
pub trait Verifier: Send + Sync {
    /// What can still be found, with scores.
    ///
    /// # Errors
    /// [`RedactionError::LookOverloaded`], [`RedactionError::LookFailed`]: the picture is then withheld, as if
    /// someone had been found.
    fn look(&self, picture: &UnverifiedFrame) -> Result<Vec<Detection>, RedactionError>;

    /// What it can find.
    fn finds(&self) -> Vec<ObjectClass>;

    /// What kind of model it is.
    fn family(&self) -> Family;
}

/// Whether this is a person or part of one.
pub(crate) fn is_human(class: ObjectClass) -> bool {
    matches!(class, ObjectClass::Person | ObjectClass::Head | ObjectClass::Face)
}
