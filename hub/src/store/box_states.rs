//! How boxes stand as machines, as they told it last, and what administrators suspended on them.
//!
//! Invariant: what a box holds as suspended, and nobody here lifted, stays suspended: a hub that was restored from a backup
//! learns of it from the box.

use prost::Message as _;
use velum_proto::v1::{BoxState, HeldSuspension};

use super::engine::{Built, Row, Transaction, query};
use super::{Store, StoreError};
use crate::identity::Name;

/// Of one box, as it is told them; older ones are forgotten.
const LIFTED: i64 = 1_000;
/// So many suspensions of one box, and nothing more is believed of it: a box may be in wrong hands.
const MOST_ADOPTED: i64 = 512;

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
    /// Empty, and so is the reason: the box holds it, and this hub has no record of it.
    pub(crate) suspended_by: String,
    pub(crate) reason: String,
    pub(crate) since_unix_ms: i64,
}

impl Store {
    /// Keeps what a box told of itself; its cameras that are no more have no settings any more, and what it holds as
    /// suspended is.
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
        query("UPDATE box SET told_state = $1, told_state_unix_ms = $2 WHERE name = $3")
            .bind(state.encode_to_vec())
            .bind(now_unix_ms)
            .bind(of.as_str())
            .execute(&mut transaction)
            .await?;
        let mut gone = Built::new("DELETE FROM camera_settings WHERE box = ");
        gone.bind(of.as_str());
        if !state.cameras.is_empty() {
            gone.push(" AND camera NOT IN (").list(&state.cameras).push(")");
        }
        gone.query().execute(&mut transaction).await?;
        for held in &state.suspensions {
            adopt(&mut transaction, of, held, now_unix_ms).await?;
        }
        Ok(transaction.commit().await?)
    }

    /// What each box told of itself last, by name.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub(crate) async fn box_states(&self) -> Result<Vec<ToldState>, StoreError> {
        let rows = query(
            "SELECT name, told_state_unix_ms, told_state FROM box WHERE told_state IS NOT NULL ORDER BY name",
        )
        .fetch_all(&self.readers)
        .await?;
        let told = |row: &Row| {
            let state = BoxState::decode(row.try_get::<&[u8]>(2)?).map_err(|_| StoreError::Unreadable(0))?;
            Ok(ToldState { of: row.try_get(0)?, told_unix_ms: row.try_get(1)?, state })
        };
        rows.iter().map(told).collect()
    }

    /// All that is suspended.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub(crate) async fn suspensions(&self) -> Result<Vec<SuspensionRow>, StoreError> {
        let rows = query(
            "SELECT id, box, camera, suspended_by, reason, since_unix_ms FROM suspension ORDER BY box, camera",
        )
        .fetch_all(&self.readers)
        .await?;
        let row = |row: &Row| {
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
        let done = query(
            "INSERT INTO suspension (id, box, camera, suspended_by, reason, since_unix_ms) VALUES ($1, $2, $3, $4, $5, $6)
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
    pub(crate) async fn lift(&self, of: &Name, camera: &str, now_unix_ms: i64) -> Result<bool, StoreError> {
        let mut transaction = self.begin().await?;
        let row = query("DELETE FROM suspension WHERE box = $1 AND camera = $2 RETURNING id")
            .bind(of.as_str())
            .bind(camera)
            .fetch_optional(&mut transaction)
            .await?;
        let Some(row) = row else { return Ok(false) };
        note_lifted(&mut transaction, of, row.try_get(0)?, now_unix_ms).await?;
        transaction.commit().await?;
        Ok(true)
    }

    /// The newest ids of what was lifted on a box.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub(crate) async fn lifted(&self, of: &Name) -> Result<Vec<Vec<u8>>, StoreError> {
        let rows = query(
            "SELECT id FROM lifted_suspension WHERE box = $1 ORDER BY lifted_unix_ms DESC, id LIMIT $2",
        )
        .bind(of.as_str())
        .bind(LIFTED)
        .fetch_all(&self.readers)
        .await?;
        rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
    }
}

/// What a box holds and this hub neither suspended nor lifted: it was suspended after the backup that this hub was restored
/// from. Where the place is suspended anew, that one counts, and the older one is over.
async fn adopt(
    transaction: &mut Transaction,
    of: &Name,
    held: &HeldSuspension,
    now_unix_ms: i64,
) -> Result<(), StoreError> {
    let known = query(
        "SELECT 1 FROM suspension WHERE id = $1 UNION ALL SELECT 1 FROM lifted_suspension WHERE id = $1",
    )
    .bind(&held.id)
    .fetch_optional(&mut *transaction)
    .await?;
    let row = query("SELECT count(*) FROM suspension WHERE box = $1").bind(of.as_str());
    let held_already: i64 = row.fetch_one(&mut *transaction).await?.try_get(0)?;
    if known.is_some() || held_already >= MOST_ADOPTED {
        return Ok(());
    }
    let done = query(
        "INSERT INTO suspension (id, box, camera, suspended_by, reason, since_unix_ms) VALUES ($1, $2, $3, '', '', $4)
         ON CONFLICT (box, camera) DO NOTHING",
    )
    .bind(&held.id)
    .bind(of.as_str())
    .bind(&held.camera)
    .bind(held.since_unix_ms)
    .execute(&mut *transaction)
    .await?;
    if done.rows_affected() == 0 {
        return note_lifted(transaction, of, held.id.clone(), now_unix_ms).await;
    }
    tracing::warn!(box = %of, camera = held.camera, "the box holds a suspension that this hub has no record of: it stays");
    Ok(())
}

async fn note_lifted(
    transaction: &mut Transaction,
    of: &Name,
    id: Vec<u8>,
    now_unix_ms: i64,
) -> Result<(), StoreError> {
    query("INSERT INTO lifted_suspension (id, box, lifted_unix_ms) VALUES ($1, $2, $3)")
        .bind(id)
        .bind(of.as_str())
        .bind(now_unix_ms)
        .execute(&mut *transaction)
        .await?;
    query(
        "DELETE FROM lifted_suspension WHERE box = $1 AND id NOT IN
         (SELECT id FROM lifted_suspension WHERE box = $1 ORDER BY lifted_unix_ms DESC, id LIMIT $2)",
    )
    .bind(of.as_str())
    .bind(LIFTED)
    .execute(&mut *transaction)
    .await?;
    Ok(())
}
