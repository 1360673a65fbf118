//! A crowd level whose boundary lies under the minimum group would tell small groups by its name alone.

use velum_vocab::CameraId;

use crate::permission::CameraPermission;

/// Where one crowd level ends and the next begins.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum LevelBoundary {
    /// At so many people in the zone.
    Persons(f64),
    /// At so many people per square metre of a zone.
    PersonsPerM2 {
        /// People per square metre.
        persons_per_m2: f64,
        /// The zone's area.
        zone_area_m2: f64,
    },
}

impl LevelBoundary {
    /// In people.
    pub fn persons(self) -> f64 {
        match self {
            Self::Persons(persons) => persons,
            Self::PersonsPerM2 { persons_per_m2, zone_area_m2 } => persons_per_m2 * zone_area_m2,
        }
    }
}

/// Why a boundary was refused.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum BoundaryError {
    /// It would tell groups smaller than the policy allows.
    #[error(
        "cameras.{camera}: a crowd level begins at {persons} persons: expected at least the policy's min_group of \
         {min_group}; raise the boundary to {min_group} or more"
    )]
    TooFine {
        /// The camera.
        camera: CameraId,
        /// The boundary, in people.
        persons: f64,
        /// The policy's minimum group for this camera.
        min_group: u32,
    },
    /// There is nothing to hold it against.
    #[error("cameras.{camera}: no crowd level can be told: {}", permission.words())]
    NoPolicy {
        /// The camera.
        camera: CameraId,
        /// What the policy says of it.
        permission: CameraPermission,
    },
}

/// Refuses a boundary under `min_group`, or one that is no number.
pub(crate) fn check(camera: &CameraId, boundary: LevelBoundary, min_group: u32) -> Result<(), BoundaryError> {
    let persons = boundary.persons();
    if persons >= f64::from(min_group) && persons.is_finite() {
        return Ok(());
    }
    Err(BoundaryError::TooFine { camera: camera.clone(), persons, min_group })
}
