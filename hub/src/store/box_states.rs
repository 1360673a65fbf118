//! How boxes stand as machines, as they told it last, and what administrators suspended on them.

use prost::Message as _;
use sqlx::Row as _;
use velum_proto::v1::BoxState;

use super::{Store, StoreError};
use crate::identity::Name;

/// What a box told of itself, and when.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ToldState {
    pub(crate) of: String,
    pub(crate) told_unix_ms: i64,
    pub(crate) state: BoxState,
}

/// A box or a camera that an administrator suspended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SuspensionRow {
    pub(crate) id: Vec<u8>,
    pub(crate) of: String,
    /// Empty: every camera of the box.
    pub(crate) camera: String,
    pub(crate) suspended_by: String,
    pub(crate) reason: String,
    pub(crate) since_unix_ms: i64,
}

impl Store {
    /// Keeps what a box told of itself; its cameras that are no more have no settings any more.
    ///
    /// # Errors
    /// [`StoreError::Full`], [`StoreError::Database`].
    pub(crate) async fn keep_box_state(
        &self,
        of: &Name,
        state: &BoxState,
        now_unix_ms: i64,
    ) -> Result<(), StoreError> {
        let kept = self.keep_state(of, state, now_unix_ms).await;
        kept.map_err(|error| self.located(error))
    }

    async fn keep_state(&self, of: &Name, state: &BoxState, now_unix_ms: i64) -> Result<(), StoreError> {
        let mut transaction = self.begin().await?;
        sqlx::query("UPDATE box SET told_state = ?, told_state_unix_ms = ? WHERE name = ?")
            .bind(state.encode_to_vec())
            .bind(now_unix_ms)
            .bind(of.as_str())
            .execute(&mut *transaction)
            .await?;
        let cameras = serde_json::Value::from(state.cameras.clone()).to_string();
        sqlx::query(
            "DELETE FROM camera_settings WHERE box = ? AND camera NOT IN (SELECT value FROM json_each(?))",
        )
        .bind(of.as_str())
        .bind(cameras)
        .execute(&mut *transaction)
        .await?;
        Ok(transaction.commit().await?)
    }

    /// What each box told of itself last, by name.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub(crate) async fn box_states(&self) -> Result<Vec<ToldState>, StoreError> {
        let rows = sqlx::query(
            "SELECT name, told_state_unix_ms, told_state FROM box WHERE told_state IS NOT NULL ORDER BY name",
        )
        .fetch_all(&self.readers)
        .await?;
        let told = |row: &sqlx::sqlite::SqliteRow| {
            let state =
                BoxState::decode(row.try_get::<&[u8], _>(2)?).map_err(|_| StoreError::Unreadable(0))?;
            Ok(ToldState { of: row.try_get(0)?, told_unix_ms: row.try_get(1)?, state })
        };
        rows.iter().map(told).collect()
    }

    /// All that is suspended.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub(crate) async fn suspensions(&self) -> Result<Vec<SuspensionRow>, StoreError> {
        let rows = sqlx::query(
            "SELECT id, box, camera, suspended_by, reason, since_unix_ms FROM suspension ORDER BY box, camera",
        )
        .fetch_all(&self.readers)
        .await?;
        let row = |row: &sqlx::sqlite::SqliteRow| {
            Ok(SuspensionRow {
                id: row.try_get(0)?,
                of: row.try_get(1)?,
                camera: row.try_get(2)?,
                suspended_by: row.try_get(3)?,
                reason: row.try_get(4)?,
                since_unix_ms: row.try_get(5)?,
            })
        };
        rows.iter().map(row).collect()
    }

    /// Suspends; false where that place is suspended already.
    ///
    /// # Errors
    /// [`StoreError::Full`], [`StoreError::Database`].
    pub(crate) async fn suspend(&self, row: &SuspensionRow) -> Result<bool, StoreError> {
        let done = sqlx::query(
            "INSERT INTO suspension (id, box, camera, suspended_by, reason, since_unix_ms) VALUES (?, ?, ?, ?, ?, ?)
             ON CONFLICT DO NOTHING",
        )
        .bind(&row.id)
        .bind(&row.of)
        .bind(&row.camera)
        .bind(&row.suspended_by)
        .bind(&row.reason)
        .bind(row.since_unix_ms)
        .execute(&self.writer)
        .await;
        Ok(done.map_err(|error| self.located(error.into()))?.rows_affected() == 1)
    }

    /// Lifts a suspension; false where there is none.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub(crate) async fn lift(&self, of: &Name, camera: &str) -> Result<bool, StoreError> {
        let done = sqlx::query("DELETE FROM suspension WHERE box = ? AND camera = ?")
            .bind(of.as_str())
            .bind(camera)
            .execute(&self.writer)
            .await?;
        Ok(done.rows_affected() == 1)
    }
}
