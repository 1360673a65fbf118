//! What can go wrong while analysing, one enum for the crate.

use velum_models::ModelError;
use velum_vocab::{CameraId, IdError};

/// Why settings, calibration or a frame could not be used.
#[derive(Debug, thiserror::Error)]
pub enum AnalyseError {
    /// A setting is out of range or does not fit the others.
    #[error("{field}: {problem}; {fix}")]
    Settings {
        /// The path of the setting within the camera, for example `zones[1].density.hold_secs`.
        field: String,
        /// What was expected and what was found.
        problem: String,
        /// How to mend it, with an example value.
        fix: String,
    },
    /// The ground plane needs more point pairs.
    #[error("ground_plane: needs at least 4 point pairs, found {0}; measure {missing} more on the ground", missing = 4 - .0)]
    TooFewPairs(usize),
    /// A coordinate of a pair is not finite, or lies outside the picture.
    #[error(
        "ground_plane[{index}]: `{value}` is not a usable coordinate; write the picture point as fractions between 0 and 1 and the ground point in metres, for example picture = [0.25, 0.80], ground_m = [3.0, 1.5]"
    )]
    PairOutOfRange {
        /// Which pair, from 0.
        index: usize,
        /// As given.
        value: f64,
    },
    /// The pairs lie on a line, or repeat each other: they determine no plane.
    #[error(
        "ground_plane: the point pairs lie on one line or coincide and determine no plane; use at least 4 points of which no 3 lie on a line, for example the corners of a rectangle on the ground"
    )]
    DegeneratePairs,
    /// No plane seen by a camera maps these pairs onto each other.
    #[error(
        "ground_plane[{index}]: this pair lies {off_m:.2} m from where the others put it; measure it again, or check that picture and ground points are in the same order"
    )]
    InconsistentPairs {
        /// The pair that fits worst, from 0.
        index: usize,
        /// How far off, metres on the ground.
        off_m: f64,
    },
    /// A zone reaches above the horizon of the ground plane.
    #[error(
        "{zone}: reaches beyond the horizon of the ground plane, where it has no area in square metres; lower its upper edge"
    )]
    BeyondHorizon {
        /// The zone's path in the settings.
        zone: String,
    },
    /// A frame of another camera.
    #[error("camera `{expected}` was given a frame of camera `{found}`; give each camera its own analysis")]
    OtherCamera {
        /// The camera of these settings.
        expected: CameraId,
        /// The camera of the frame or state.
        found: CameraId,
    },
    /// The detector failed on a frame.
    #[error("the detector failed: {0}")]
    Detector(#[from] ModelError),
    /// The image library failed.
    #[error("an image operation failed: {0}")]
    Image(#[from] opencv::Error),
    /// No random id could be drawn.
    #[error(transparent)]
    Id(#[from] IdError),
}
