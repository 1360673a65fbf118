//! What the hub measures of its store: sums over everything, nothing of one camera or event.

use super::engine::{Pool, query};
use super::{Store, StoreError, postgres, sqlite, unsigned};
use crate::config::DatabaseConfig;

/// The numbers of all boxes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Account {
    pub(crate) boxes: u64,
    /// By how they ended.
    pub(crate) ends: [(&'static str, u64); 4],
    pub(crate) missing: u64,
}

impl Store {
    /// The account of all boxes.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub(crate) async fn account(&self) -> Result<Account, StoreError> {
        let row = query(
            "SELECT (SELECT COUNT(*) FROM box), CAST(COALESCE(SUM(stored), 0) AS BIGINT),
             CAST(COALESCE(SUM(withheld), 0) AS BIGINT), CAST(COALESCE(SUM(expired), 0) AS BIGINT),
             CAST(COALESCE(SUM(lost), 0) AS BIGINT), CAST(COALESCE(SUM(highest), 0) AS BIGINT) FROM incarnation",
        )
        .fetch_one(&self.readers)
        .await?;
        let [boxes, event, withheld, expired, lost, highest] = {
            let mut counts = [0_u64; 6];
            for (index, count) in counts.iter_mut().enumerate() {
                *count = unsigned(row.try_get::<i64>(index)?);
            }
            counts
        };
        let ended = [event, withheld, expired, lost].into_iter().fold(0, u64::saturating_add);
        let ends = [("event", event), ("withheld", withheld), ("expired", expired), ("lost", lost)];
        Ok(Account { boxes, ends, missing: highest.saturating_sub(ended) })
    }

    /// When the oldest record that is kept was stored.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub(crate) async fn oldest_record_unix_ms(&self) -> Result<Option<i64>, StoreError> {
        let row = query("SELECT MIN(stored_unix_ms) FROM record").fetch_one(&self.readers).await?;
        Ok(row.try_get(0)?)
    }

    /// Bytes of the database, and of its log where it is a file.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub(crate) async fn bytes(&self) -> Result<u64, StoreError> {
        match (&self.database, &self.readers) {
            (_, Pool::Postgres(readers)) => Ok(unsigned(postgres::bytes(readers).await?)),
            (DatabaseConfig::File(dir), _) => Ok(sqlite::bytes(&dir.join(sqlite::FILE_NAME))),
            (DatabaseConfig::Server(_), Pool::Sqlite(_)) => Ok(0),
        }
    }
}
