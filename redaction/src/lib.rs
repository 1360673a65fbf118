//! Redaction: what is to be covered in a picture, and covering it.
//!
//! A [`Plan`] says what must not be seen (boxes of people, private areas, or everything), a [`Mask`] is that
//! plan rounded outwards to whole chroma samples, and [`redact`] paints it over and gives a [`RedactedFrame`].
//! [`redact`] consumes the raw frame: the redacted picture takes the place of its original and never exists
//! beside it. Whatever goes wrong is an error, and the caller then has no picture at all.
//!
//! The types prove that a picture went through here. They do not prove that every person was found: a
//! [`Verifier`] looks once more, and how well that works is measured.

mod fill;
mod jpeg;
mod mask;
mod plan;
mod redacted;
mod verifier;

pub use fill::{FILL_CHROMA, FILL_LUMA, solid_fill};
pub use mask::Mask;
pub use plan::Plan;
pub use redacted::{RedactedFrame, redact};
pub use verifier::Verifier;

/// Why there is no redacted picture. Whoever gets one of these withholds.
#[derive(Debug, thiserror::Error)]
pub enum RedactionError {
    /// A margin that cannot be added to a box.
    #[error("redaction margin `{0}`: needs a finite share of the box from 0 to 10, for example 0.15")]
    Margin(f32),
    /// A plane of the frame is not as large as the mask says.
    #[error("plane {plane} of the frame is smaller than the mask; the picture is withheld")]
    Plane {
        /// 0 is Y, 1 is U, 2 is V.
        plane: usize,
    },
    /// The picture could not be encoded.
    #[error("the redacted picture cannot be written as JPEG")]
    Jpeg(#[source] image::ImageError),
    /// The verifier could not look at the picture.
    #[error("the redacted picture cannot be verified")]
    Verifier(#[source] Box<dyn std::error::Error + Send + Sync>),
}
