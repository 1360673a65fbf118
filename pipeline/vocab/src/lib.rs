//! The words that every stage of the box shares: ids, time, geometry, detections, observations; and how
//! they wait before trying again.
//!
//! Invariant: nothing here holds a pixel, and nothing here is `Serialize`. What is said in these words can
//! only leave the box through the gate (`velum-gate`), which makes its own, closed types of it.

pub mod backoff;
pub mod band;
pub mod coverage;
pub mod detection;
pub mod geometry;
pub mod id;
pub mod lock;
pub mod observation;
pub mod state;
pub mod time;

pub use backoff::Backoff;
pub use band::Band;
pub use coverage::{CoverageBin, CoverageState, FrameCounts, Health};
pub use detection::{Detection, ObjectClass};
pub use geometry::{
    BoxInFrame, Edge, GeometryError, GroundPoint, PointInFrame, Polygon, crossing_at, polygon_edges,
    polygons_overlap,
};
pub use id::{AlertId, BoxId, CameraId, Digest, EventId, IdError, SiteId, ZoneId};
pub use lock::take_lock;
pub use observation::{
    AbandonedObject, AlertState, CrowdDensity, CrowdMovement, Explanation, ExplanationCode, Interval,
    MovementPattern, Observation, ObservationBody, PictureDirection, Validity,
};
pub use state::{AbandonedCandidate, DensityLevelState, MovementAlertState, RuleState, UsualMovementState};
pub use time::{Clock, SimulatedClock, SystemClock, Timestamp};
