//! From frames to observations: what happens on one camera's picture, by rules that explain themselves.
//!
//! In reading order: [`settings`] say what to look for; [`camera`] runs a frame through `sight` (can anything be
//! seen?), the shared detector, `tracks` (who moves where), `background` and `blobs` (what is new and still), `flow`
//! (how the picture moves), and the `rules`; `seen` tells redaction what to cover; [`ground_plane`] turns pixels into metres.
//!
//! Invariant: pixels stay in memory, in this crate; what leaves is [`Observation`](velum_vocab::Observation)
//! (judged by the gate) and [`RuleState`](velum_vocab::RuleState) (rectangles and times). Everything is bounded,
//! all time is the frames' own, and the same frames give the same observations.

pub mod calibration;
pub mod camera;
pub mod error;
pub mod ground_plane;
pub mod settings;

mod appearance;
mod background;
mod blobs;
mod crowd_map;
mod flow;
mod followed;
mod patch;
mod person_height;
mod picture;
mod removed;
mod rules;
mod runs;
mod seen;
mod sight;
mod tracks;

pub use camera::{CameraAnalysis, Step};
pub use error::AnalyseError;
pub use followed::Followed;
pub use ground_plane::{GroundPlane, PointPair};
pub use removed::ends as ends_of_removed;
pub use rules::abandoned::{Furniture, Rejected, Suppression, Watched};
pub use rules::density::ZoneCount;
pub use rules::validity::RuleValidity;
pub use seen::{EXPLAINED_SCORE, Seen};
pub use settings::{
    AbandonedSettings, CameraSettings, DensitySettings, LevelBoundary, LevelFrom, MovementSettings,
    ZoneSettings,
};
pub use sight::PictureState;
