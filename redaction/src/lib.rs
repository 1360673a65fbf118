//! Redaction: what is to be covered in a picture, and covering it.
//!
//! In reading order: [`Settings`] are what the policy asks for; a [`Timeline`] keeps a camera's last frames with
//! what was [seen](Sight) on them, and gives a [`Job`] when a picture that was asked for has its look-ahead; a
//! [`Redactor`] makes a [`Plan`] of the job's whole window, paints it over ([`redact`]: an [`UnverifiedFrame`]),
//! has a [`Verifier`] look once more, and only then is there a [`RedactedFrame`]. A [`Mask`] is a plan rounded
//! outwards to whole chroma samples; [`solid_fill`] and [`surround_blur`] paint, and neither reads a sample under
//! the mask. A drawn face and a drawn person (`canary`) show at intervals that the models still find anyone.
//!
//! [`redact`] consumes the raw frame: the redacted picture takes the place of its original and never exists
//! beside it. Whatever goes wrong is a [`PictureWithheld`], and the caller then has no picture at all.
//!
//! The types prove that a picture went through here. They do not prove that every person was found: how well
//! that works is measured.

#[cfg(test)]
mod attacks;
mod canary;
mod cover;
mod fill;
mod finder;
mod jpeg;
mod mask;
mod plan;
mod redacted;
mod redactor;
mod settings;
mod sight;
mod surround;
#[cfg(test)]
mod testing;
mod timeline;
mod tracks;
mod verifier;
mod withheld;

pub use canary::{CanaryState, canary_face, canary_person};
pub use fill::{FILL_CHROMA, FILL_LUMA, solid_fill};
pub use finder::{Family, Finder};
pub use mask::Mask;
pub use plan::Plan;
pub use redacted::{RedactedFrame, UnverifiedFrame, redact};
pub use redactor::{Redactor, RedactorParts};
pub use settings::{Method, PersonCover, PlateCover, Settings, SettingsDraft, VERIFY_SCORE_MIN};
pub use sight::{Sight, SightState};
pub use surround::surround_blur;
pub use timeline::{Due, Job, Ticket, Timeline};
pub use verifier::Verifier;
pub use withheld::PictureWithheld;

/// What a model says of its own error.
pub type LookError = Box<dyn std::error::Error + Send + Sync>;

/// Why there is no redacted picture, or nothing to make one with. Whoever gets one of these withholds.
#[derive(Debug, thiserror::Error)]
pub enum RedactionError {
    /// A margin that cannot be added to a box.
    #[error("redaction margin `{0}`: needs a finite share of the box from 0 to 10, for example 0.15")]
    Margin(f32),
    /// A setting with which no picture can be made.
    #[error("redaction {name}: `{found}` needs {needs}; no picture is made")]
    Setting {
        /// Its name.
        name: &'static str,
        /// As given.
        found: String,
        /// What it needs, with an example.
        needs: String,
    },
    /// Nobody finds what must be covered.
    #[error(
        "redaction: no model finds a {0}; choose one that does, for example yolox-nano; no picture is made"
    )]
    NoFinder(&'static str),
    /// Somebody finds it, and is silent where the policy would still cover.
    #[error(
        "redaction: the policy covers a {class} from score {wanted} on, and no model tells of one below {floor}; \
         choose a model that does, for example yolox-nano; no picture is made"
    )]
    ScoreFloor {
        /// What must be covered.
        class: &'static str,
        /// The lowest score that any model tells.
        floor: f32,
        /// The score from which on the policy covers.
        wanted: f32,
    },
    /// The verifier would miss whom the plan missed.
    #[error(
        "redaction: the verifier is of the family `{0}`, and so is a model of the plan; verify with another, \
         for example centerface; no picture is made"
    )]
    SameFamily(Family),
    /// A frame of another camera than the timeline's.
    #[error("a frame of camera `{found}` on the timeline of `{expected}`; it was dropped")]
    OtherCamera {
        /// The timeline's camera.
        expected: velum_vocab::CameraId,
        /// The frame's.
        found: velum_vocab::CameraId,
    },
    /// A plane of the frame is not as large as the mask says.
    #[error("plane {plane} of the frame is smaller than the mask; the picture is withheld")]
    Plane {
        /// 0 is Y, 1 is U, 2 is V.
        plane: usize,
    },
    /// The picture could not be encoded.
    #[error("the redacted picture cannot be written as JPEG")]
    Jpeg(#[source] image::ImageError),
    /// A model could not keep up.
    #[error("the picture was not looked at in time")]
    LookOverloaded(#[source] LookError),
    /// A model failed.
    #[error("the picture could not be looked at")]
    LookFailed(#[source] LookError),
    /// The synthetic picture has no name.
    #[error("the synthetic picture cannot be named")]
    CanaryName(#[source] velum_vocab::IdError),
    /// The synthetic picture has no place.
    #[error("the synthetic picture has no place")]
    CanaryBox(#[source] velum_vocab::GeometryError),
    /// A synthetic picture could not be drawn.
    #[error("the synthetic picture cannot be drawn")]
    Canary(#[source] velum_frame::FrameError),
}
