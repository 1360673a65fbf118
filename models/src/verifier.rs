//! A detector as one that makes plans for redaction, and as the verifier of redacted pictures.

use velum_frame::RawFrame;
use velum_redaction::{Family, Finder, RedactionError, UnverifiedFrame, Verifier};
use velum_vocab::{Detection, ObjectClass};

use crate::preprocess::Picture;
use crate::{Detect, Detector, ModelError};

impl Finder for Detector {
    fn find(&self, frame: &RawFrame) -> Result<Vec<Detection>, RedactionError> {
        self.detect(frame).map_err(look_error)
    }

    fn finds(&self) -> Vec<ObjectClass> {
        self.manifest().masks()
    }

    fn score_floor(&self, class: ObjectClass) -> f32 {
        // What it does not find it never tells.
        self.manifest().mask_floor(class).unwrap_or(1.0)
    }

    fn family(&self) -> Family {
        family_of(self)
    }
}

impl Verifier for Detector {
    fn look(&self, picture: &UnverifiedFrame) -> Result<Vec<Detection>, RedactionError> {
        self.detect_in(&Picture::of_raw(picture.painted())).map_err(look_error)
    }

    fn finds(&self) -> Vec<ObjectClass> {
        self.manifest().classes().iter().map(|entry| entry.class).collect()
    }

    fn family(&self) -> Family {
        family_of(self)
    }
}

fn family_of(detector: &Detector) -> Family {
    Family(detector.manifest().head().family())
}

fn look_error(error: ModelError) -> RedactionError {
    match error {
        ModelError::Busy { .. } | ModelError::Timeout { .. } => {
            RedactionError::LookOverloaded(Box::new(error))
        }
        _ => RedactionError::LookFailed(Box::new(error)),
    }
}
