//! What was seen on one frame, beside its pixels.

use velum_vocab::{BoxInFrame, Detection};

use crate::PictureWithheld;

/// Whether a frame was really looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SightState {
    /// It was: the detections are those of this very frame.
    Seen,
    /// The detector has not looked at it, or its answer is of another frame.
    Stale,
    /// The detector failed.
    Failed,
    /// The detector could not keep up.
    Overloaded,
    /// It is too dark for a detector to be believed.
    TooDark,
}

impl SightState {
    /// Why a picture whose window holds such a sight is withheld.
    pub fn withholds(self) -> Option<PictureWithheld> {
        match self {
            Self::Seen => None,
            Self::Stale => Some(PictureWithheld::DetectorStale),
            Self::Failed => Some(PictureWithheld::DetectorFailed),
            Self::Overloaded => Some(PictureWithheld::Overloaded),
            Self::TooDark => Some(PictureWithheld::TooDark),
        }
    }
}

/// What was seen on one frame.
#[derive(Debug, Clone, PartialEq)]
pub struct Sight {
    /// What the running detector found, down to the lowest scores that it tells. Frame space, pixels.
    pub detections: Vec<Detection>,
    /// Rectangles around whatever moves, classified or not: an outline would show a gait. Frame space, pixels.
    pub moving_regions: Vec<BoxInFrame>,
    /// Whether the frame was looked at at all.
    pub seen: SightState,
}

impl Sight {
    /// A frame that was not looked at, and why.
    pub fn blind(seen: SightState) -> Self {
        Self { detections: Vec::new(), moving_regions: Vec::new(), seen }
    }
}
