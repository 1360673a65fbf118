//! A second way to count: a model that sees how many people there are without finding each of them.
//!
//! Counts leave it, and no map: a map would show where single persons are.

use velum_frame::RawFrame;
use velum_models::{CountError, EstimateDensity, ModelError};
use velum_vocab::Polygon;

/// How many persons a density network believes to be in a zone, and how wrong it is by its manifest.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct MapEstimate {
    pub(crate) persons: f64,
    pub(crate) error: CountError,
}

/// Of each of these zones, in their order.
///
/// # Errors
/// Where the model failed.
pub(crate) fn persons_in(
    network: &dyn EstimateDensity,
    frame: &RawFrame,
    zones: &[&Polygon],
) -> Result<Vec<MapEstimate>, ModelError> {
    let (map, error) = (network.density(frame)?, network.count_error());
    Ok(zones.iter().map(|zone| MapEstimate { persons: map.persons_in(zone), error }).collect())
}
