//! The redacted picture, and the one way to it: painted over, then verified.

use std::fmt;

use velum_frame::RawFrame;
use velum_vocab::{BoxInFrame, CameraId, Timestamp};

use crate::verifier::is_human;
use crate::{Mask, Method, PictureWithheld, Plan, RedactionError, Verifier, jpeg, solid_fill, surround_blur};

/// A picture in which everything that a [`Plan`] names is painted over, and at which no verifier has looked yet.
/// Made only by [`redact`]; it cannot be encoded, and the gate does not take it.
pub struct UnverifiedFrame {
    // The raw frame's own buffer, painted over in place: the original is gone, and the buffer is wiped on drop.
    painted: RawFrame,
    mask: Mask,
}

/// A picture in which everything that a [`Plan`] names is painted over, and in which a [`Verifier`] found nobody.
/// Made only by [`UnverifiedFrame::verified`]; cannot be cloned or serialised, shows nothing when it is printed,
/// and gives its pixels only as a JPEG.
pub struct RedactedFrame(UnverifiedFrame);

/// Paints over what the plan names. The raw frame is consumed.
///
/// # Errors
/// [`RedactionError::Plane`]; the frame is then gone, and there is no picture.
pub fn redact(mut frame: RawFrame, plan: &Plan, method: Method) -> Result<UnverifiedFrame, RedactionError> {
    let mask = Mask::of(plan, frame.width_px(), frame.height_px());
    match method {
        Method::SolidFill => solid_fill(&mut frame, &mask)?,
        Method::SurroundBlur => surround_blur(&mut frame, &mask)?,
    }
    Ok(UnverifiedFrame { painted: frame, mask })
}

impl UnverifiedFrame {
    /// The painted picture, still closed: only who may name `velum_frame::Pixels` can look at it.
    pub fn painted(&self) -> &RawFrame {
        &self.painted
    }

    /// The share of the picture that is painted over, 0..=1.
    pub fn covered_fraction(&self) -> f64 {
        self.mask.covered_fraction()
    }

    /// The picture, if the verifier finds no person, head or face with at least this score.
    ///
    /// # Errors
    /// [`PictureWithheld::Verifier`] where it finds one, [`PictureWithheld::VerifierFailed`] and
    /// [`PictureWithheld::Overloaded`] where it could not look. The picture is then gone.
    pub fn verified(self, verifier: &dyn Verifier, score_min: f32) -> Result<RedactedFrame, PictureWithheld> {
        let seen = verifier.look(&self).map_err(|error| match error {
            RedactionError::LookOverloaded(_) => PictureWithheld::Overloaded,
            _ => PictureWithheld::VerifierFailed,
        })?;
        // Not written as `score >= score_min`: a score or bound that is no number must withhold too.
        let is_below = |score: f32| score < score_min;
        if seen.iter().any(|found| is_human(found.class) && !is_below(found.score)) {
            return Err(PictureWithheld::Verifier);
        }
        Ok(RedactedFrame(self))
    }
}

impl RedactedFrame {
    /// The camera that it came from.
    pub fn camera(&self) -> &CameraId {
        self.0.painted.camera()
    }

    /// When the picture was taken.
    pub fn captured_at(&self) -> Timestamp {
        self.0.painted.captured_at()
    }

    /// Width, pixels.
    pub fn width_px(&self) -> u32 {
        self.0.painted.width_px()
    }

    /// Height, pixels.
    pub fn height_px(&self) -> u32 {
        self.0.painted.height_px()
    }

    /// The share of the picture that is painted over, 0..=1.
    pub fn covered_fraction(&self) -> f64 {
        self.0.covered_fraction()
    }

    /// The share of a box that is painted over, see [`Mask::covered_fraction_of`]. Frame space, pixels.
    pub fn covered_fraction_of(&self, box_in_frame: &BoxInFrame) -> f64 {
        self.0.mask.covered_fraction_of(box_in_frame)
    }

    /// The picture as a baseline JPEG without metadata: no EXIF, no comment, no thumbnail.
    ///
    /// # Errors
    /// [`RedactionError::Jpeg`].
    pub fn encode_jpeg(&self) -> Result<Vec<u8>, RedactionError> {
        jpeg::encode(&self.0.painted)
    }
}

impl fmt::Debug for UnverifiedFrame {
    /// Names the picture and shows nothing of it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let painted = &self.painted;
        write!(f, "UnverifiedFrame({} {}x{})", painted.camera(), painted.width_px(), painted.height_px())
    }
}

impl fmt::Debug for RedactedFrame {
    /// Names the picture and shows nothing of it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RedactedFrame({} {}x{})", self.camera(), self.width_px(), self.height_px())
    }
}

#[cfg(test)]
mod tests;
