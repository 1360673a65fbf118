//! A second way to count: a model that sees how many people there are without finding each of them.

use velum_frame::RawFrame;
use velum_models::ModelError;
use velum_vocab::{Digest, Polygon};

/// How many persons a model believes to be in a zone, and how wrong it expects to be (one standard deviation).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MapEstimate {
    /// Persons.
    pub persons: f64,
    /// The model's own error, persons.
    pub sigma: f64,
}

/// A density network. Counts leave it, and no map: a map would show where single persons are.
pub trait CrowdMap: Send + Sync {
    /// How many persons are in each of these zones, in their order.
    ///
    /// # Errors
    /// Where the model failed.
    fn persons_in(&self, frame: &RawFrame, zones: &[&Polygon]) -> Result<Vec<MapEstimate>, ModelError>;

    /// The sha256 of the model's file.
    fn digest(&self) -> Digest;
}
