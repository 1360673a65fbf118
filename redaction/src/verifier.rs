//! A second look at a redacted picture.

use crate::{RedactedFrame, RedactionError};

/// Looks for people in a picture after its redaction. The models implement it: a detector that took no part in
/// making the plan is best.
pub trait Verifier: Send + Sync {
    /// Whether anyone (a person, a head or a face) can still be found.
    ///
    /// # Errors
    /// [`RedactionError::Verifier`] where it could not look. The picture is then withheld, as if someone had
    /// been found.
    fn finds_anyone(&self, picture: &RedactedFrame) -> Result<bool, RedactionError>;
}
