//! What the hub measures of its store: sums over everything, nothing of one camera or event.

use sqlx::Row as _;

use super::schema::FILE_NAME;
use super::{Store, StoreError, unsigned};

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
        let row = sqlx::query(
            "SELECT (SELECT COUNT(*) FROM box), COALESCE(SUM(stored), 0), COALESCE(SUM(withheld), 0),
             COALESCE(SUM(expired), 0), COALESCE(SUM(lost), 0), COALESCE(SUM(highest), 0) FROM incarnation",
        )
        .fetch_one(&self.readers)
        .await?;
        let [boxes, event, withheld, expired, lost, highest] = {
            let mut counts = [0_u64; 6];
            for (index, count) in counts.iter_mut().enumerate() {
                *count = unsigned(row.try_get::<i64, _>(index)?);
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
        let row = sqlx::query("SELECT MIN(stored_unix_ms) FROM record").fetch_one(&self.readers).await?;
        Ok(row.try_get(0)?)
    }

    /// Bytes of the database and of its log.
    pub(crate) fn bytes(&self) -> u64 {
        let database = self.dir.join(FILE_NAME);
        let size = |path: &std::path::Path| std::fs::metadata(path).map_or(0, |found| found.len());
        size(&database).saturating_add(size(&database.with_extension("sqlite-wal")))
    }
}
