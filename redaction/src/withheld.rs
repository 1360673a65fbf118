//! Why there is no picture.

/// Why a picture was withheld. A closed list: each code is stable, and is what coverage and logs tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, thiserror::Error)]
pub enum PictureWithheld {
    /// A frame of the window was not looked at by the detector, or two looks lie too far apart.
    #[error("the detector did not look at every frame around the picture")]
    DetectorStale,
    /// The detector, or a finder of the plan, failed.
    #[error("the detector failed on a frame around the picture")]
    DetectorFailed,
    /// It is too dark for a detector to be believed.
    #[error("it is too dark for detection to be believed")]
    TooDark,
    /// A detector could not keep up, more was found than can be followed, or the picture waited too long.
    #[error("the box could not keep up")]
    Overloaded,
    /// There are fewer frames before or after the picture than hold and look-ahead need, or they follow each other
    /// faster than the policy counts them, or a finder could not look at one of them before it had to be gone.
    #[error("there are too few frames around the picture, or in too short a time")]
    WindowIncomplete,
    /// The verifier still found someone.
    #[error("someone was still found in the finished picture")]
    Verifier,
    /// The verifier failed.
    #[error("the finished picture could not be verified")]
    VerifierFailed,
    /// A detector did not find the synthetic face or person.
    #[error("a detector does not find the synthetic face or person")]
    Canary,
    /// No model finds what the policy wants covered.
    #[error("no model finds what the policy wants covered")]
    NoFinder,
    /// Painting over failed.
    #[error("the picture could not be painted over")]
    PaintingFailed,
}

impl PictureWithheld {
    /// Every reason.
    pub const ALL: [Self; 10] = [
        Self::DetectorStale,
        Self::DetectorFailed,
        Self::TooDark,
        Self::Overloaded,
        Self::WindowIncomplete,
        Self::Verifier,
        Self::VerifierFailed,
        Self::Canary,
        Self::NoFinder,
        Self::PaintingFailed,
    ];

    /// The code in coverage, logs and answers.
    pub fn code(self) -> &'static str {
        match self {
            Self::DetectorStale => "detector_stale",
            Self::DetectorFailed => "detector_failed",
            Self::TooDark => "too_dark",
            Self::Overloaded => "overloaded",
            Self::WindowIncomplete => "window_incomplete",
            Self::Verifier => "verifier",
            Self::VerifierFailed => "verifier_failed",
            Self::Canary => "canary",
            Self::NoFinder => "no_finder",
            Self::PaintingFailed => "painting_failed",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_told_apart() {
        let codes: std::collections::BTreeSet<_> =
            PictureWithheld::ALL.into_iter().map(PictureWithheld::code).collect();
        assert_eq!(codes.len(), PictureWithheld::ALL.len());
    }
}
