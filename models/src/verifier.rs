//! A detector as the verifier of redacted pictures.

use velum_redaction::{RedactedFrame, RedactionError, Verifier};
use velum_vocab::ObjectClass;

use crate::Detector;
use crate::preprocess::Picture;

impl Verifier for Detector {
    fn finds_anyone(&self, picture: &RedactedFrame) -> Result<bool, RedactionError> {
        let found = self
            .detect_in(&Picture::of_redacted(picture))
            .map_err(|error| RedactionError::Verifier(Box::new(error)))?;
        let shows_someone =
            |class| matches!(class, ObjectClass::Person | ObjectClass::Head | ObjectClass::Face);
        let score_min = self.options().verifier_score_min;
        Ok(found.iter().any(|seen| shows_someone(seen.class) && seen.score >= score_min))
    }
}
