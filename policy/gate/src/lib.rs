//! The gate: the one place where it is decided what leaves a box.
//!
//! [`Gate::judge`] takes a part out of a closed set ([`Judged`]) and gives a [`Releasable`], which holds only
//! what the policy in force lists, as coarsely as it says, or a [`Withheld`], which names the rule. A
//! `Releasable` can be made in no other way: its fields are private, and there is no `Deserialize`, `Default`,
//! `Clone` or `From`. Nothing here writes to a disk or a network. An error always means *withhold*.

mod boundary;
mod coarsen;
mod gate;
mod judged;
mod memory;
mod pauses;
mod permission;
mod released;
mod stills;
mod trial;
mod trusted_time;
mod withheld;

pub use boundary::{BoundaryError, LevelBoundary};
pub use gate::{Gate, Releasable};
pub use judged::Judged;
pub use memory::{GateMemory, MemoryError};
pub use pauses::{PausedAreas, PausedZone, Pauses};
pub use permission::CameraPermission;
pub use released::{
    Attestation, ConfidenceBand, CountBand, DurationBand, EventKind, ReleasedAbandonedObject,
    ReleasedAttestation, ReleasedBody, ReleasedCoverage, ReleasedCrowdDensity, ReleasedCrowdMovement,
    ReleasedHealth, ReleasedInterval, ReleasedObservation, ReleasedTime, SpeedBand,
};
pub use stills::{AlertStill, RedactionTerms, ReleasedStill, ReleasedStillAsked, StillAsked};
pub use trial::{Trial, TrialOver};
pub use trusted_time::CLOCK_TOLERANCE;
pub use withheld::Withheld;
