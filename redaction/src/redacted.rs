//! The redacted picture, and the one way to it.

use std::fmt;

use velum_frame::{Pixels, Plane, RawFrame};
use velum_vocab::{CameraId, Timestamp};

use crate::{Mask, Plan, RedactionError, jpeg, solid_fill};

/// A picture in which everything that a [`Plan`] names is painted over. Made only by [`redact`]; cannot be
/// cloned or serialised, and shows nothing when it is printed.
pub struct RedactedFrame {
    // The raw frame's own buffer, painted over in place: the original is gone, and the buffer is wiped on drop.
    painted: RawFrame,
    covered_fraction: f64,
}

/// Paints over what the plan names, and gives the picture back as a redacted one. The raw frame is consumed.
///
/// # Errors
/// [`RedactionError::Plane`]; the frame is then gone, and there is no picture.
pub fn redact(mut frame: RawFrame, plan: &Plan) -> Result<RedactedFrame, RedactionError> {
    let mask = Mask::of(plan, frame.width_px(), frame.height_px());
    solid_fill(&mut frame, &mask)?;
    Ok(RedactedFrame { painted: frame, covered_fraction: mask.covered_fraction() })
}

impl RedactedFrame {
    /// The camera that it came from.
    pub fn camera(&self) -> &CameraId {
        self.painted.camera()
    }

    /// When the picture was taken.
    pub fn captured_at(&self) -> Timestamp {
        self.painted.captured_at()
    }

    /// Width, pixels.
    pub fn width_px(&self) -> u32 {
        self.painted.width_px()
    }

    /// Height, pixels.
    pub fn height_px(&self) -> u32 {
        self.painted.height_px()
    }

    /// The share of the picture that is painted over, 0..=1.
    pub fn covered_fraction(&self) -> f64 {
        self.covered_fraction
    }

    /// Brightness after redaction. *Shape*: `[height, width] u8`, 16..=235 nominal.
    pub fn luma(&self) -> Plane<'_> {
        self.painted.luma()
    }

    /// Blue difference after redaction. *Shape*: `[height / 2, width / 2] u8`.
    pub fn chroma_u(&self) -> Plane<'_> {
        self.painted.chroma_u()
    }

    /// Red difference after redaction. *Shape*: `[height / 2, width / 2] u8`.
    pub fn chroma_v(&self) -> Plane<'_> {
        self.painted.chroma_v()
    }

    /// The picture as a baseline JPEG without metadata: no EXIF, no comment, no thumbnail.
    ///
    /// # Errors
    /// [`RedactionError::Jpeg`].
    pub fn encode_jpeg(&self) -> Result<Vec<u8>, RedactionError> {
        jpeg::encode(self)
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
