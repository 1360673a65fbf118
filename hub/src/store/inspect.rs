//! Looking at the database from beside a hub that may be running. Invariant: nothing is written, and nothing migrated.

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64};

use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};
use sqlx::{ConnectOptions as _, Row as _, SqlitePool};
use tokio::sync::watch;

use super::schema::{BUSY_TIMEOUT, FILE_NAME, OpenError, Trouble, explain, known};
use super::{Store, StoreError};

/// So many faults are told.
const FAULTS: u32 = 5;

/// Which schema a database has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Schema {
    pub(crate) found: usize,
    pub(crate) known: usize,
}

impl Store {
    /// Whether there is a database in a folder; where this user may not look, there may be one.
    pub(crate) fn is_at(data_dir: &Path) -> bool {
        !matches!(data_dir.join(FILE_NAME).try_exists(), Ok(false))
    }

    /// Opens the database to read from it alone; none where there is none.
    ///
    /// # Errors
    /// [`OpenError`], with what would help.
    pub(crate) async fn beside(data_dir: &Path) -> Result<Option<(Self, Schema)>, OpenError> {
        if !Self::is_at(data_dir) {
            return Ok(None);
        }
        let path = data_dir.join(FILE_NAME);
        let (readers, found) = open(&path).await.map_err(|error| explain(&path, error))?;
        let store = Self {
            // Of the same connection, which can write nothing.
            writer: readers.clone(),
            readers,
            newest: watch::Sender::default(),
            reviews: watch::Sender::default(),
            orders: watch::Sender::default(),
            dir: data_dir.to_owned(),
            owes_fold: AtomicBool::new(false),
            erasures: AtomicU64::default(),
        };
        Ok(Some((store, Schema { found, known: known() })))
    }

    /// What is wrong with the file itself, by SQLite's own look at every page.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub(crate) async fn faults(&self) -> Result<Vec<String>, StoreError> {
        let rows = sqlx::raw_sql(&format!("PRAGMA quick_check({FAULTS})")).fetch_all(&self.readers).await?;
        let lines = rows.iter().map(|row| row.try_get::<String, _>(0)).collect::<Result<Vec<_>, _>>()?;
        Ok(lines.into_iter().filter(|line| line != "ok").collect())
    }
}

async fn open(path: &Path) -> Result<(SqlitePool, usize), Trouble> {
    // Without its log nobody has the file open, and it is whole by itself: to read it as one that never changes makes
    // no other files beside it.
    let has_log = path.with_extension("sqlite-wal").exists();
    let options = SqliteConnectOptions::new()
        .filename(path)
        .read_only(true)
        .immutable(!has_log)
        .busy_timeout(BUSY_TIMEOUT)
        .disable_statement_logging();
    let readers = SqlitePoolOptions::new().max_connections(1).connect_with(options).await?;
    let found: i64 = sqlx::query("PRAGMA user_version").fetch_one(&readers).await?.try_get(0)?;
    let schema = usize::try_from(found).map_err(|_| Trouble::Newer(found))?;
    if schema > known() {
        readers.close().await;
        return Err(Trouble::Newer(found));
    }
    Ok((readers, schema))
}
