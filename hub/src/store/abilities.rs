//! What boxes say that they can do beside watching: which orders they do, and what they have for exercises.

use prost::Message as _;
use velum_proto::v1::Hello;

use super::engine::query;
use super::{Store, StoreError};
use crate::identity::Name;

/// The order by which a scenario is played.
pub(crate) const EXERCISES: &str = "exercises";
/// The order by which a place is left out.
pub(crate) const SUPPRESSIONS: &str = "suppressions";

impl Store {
    /// What a box said last; nothing where it is not known, or is of a release before this.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub(crate) async fn abilities(&self, of: &Name) -> Result<Hello, StoreError> {
        let row = query("SELECT abilities FROM box WHERE name = $1")
            .bind(of.as_str())
            .fetch_optional(&self.readers)
            .await?;
        let bytes: Vec<u8> = row.map(|row| row.try_get(0)).transpose()?.unwrap_or_default();
        Ok(Hello::decode(bytes.as_slice()).unwrap_or_default())
    }
}
