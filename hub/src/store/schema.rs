//! Opening the database file: settings that survive a kill, and numbered migrations.

use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::time::Duration;

use prost::Message as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection as _, Row, Sqlite, SqlitePool, Transaction};
use tokio::sync::watch;
use velum_proto::v1::Record;
use velum_proto::v1::record::End;

use super::{Store, unsigned};

/// In order; the number of a migration is its place, from 1. Never edit one that was released: add another.
const MIGRATIONS: &[&str] = &[
    include_str!("migrations/0001_records.sql"),
    include_str!("migrations/0002_doubled_events.sql"),
    include_str!("migrations/0003_console.sql"),
    include_str!("migrations/0004_access.sql"),
    include_str!("migrations/0005_policies.sql"),
    include_str!("migrations/0006_recipients.sql"),
    include_str!("migrations/0007_reviews.sql"),
    include_str!("migrations/0008_alerts.sql"),
    include_str!("migrations/0009_connectors.sql"),
    include_str!("migrations/0010_administrators.sql"),
    include_str!("migrations/0011_boxes.sql"),
    include_str!("migrations/0012_site_plans.sql"),
    include_str!("migrations/0013_review_texts.sql"),
    include_str!("migrations/0014_orders.sql"),
    include_str!("migrations/0015_exercises.sql"),
    include_str!("migrations/0016_one_word_each.sql"),
    include_str!("migrations/0017_lifted.sql"),
];
pub(super) const FILE_NAME: &str = "hub.sqlite";
const READERS: u32 = 4;
pub(super) const BUSY_TIMEOUT: Duration = Duration::from_secs(10);
/// The schema of the first hub.
const FIRST: usize = 1;
/// SQLite's code for a full disk.
pub(super) const FULL: u32 = 13;

/// Why the database could not be opened.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OpenError {
    /// The folder cannot be made or written.
    #[error(
        "{path}: cannot write in the folder of `data_dir` ({source}); make it writable for this user, or choose another"
    )]
    Folder {
        /// The folder.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// A newer program wrote it.
    #[error(
        "{path}: written by a newer velum-hub (schema {found}, this program knows {known}); start the newer program"
    )]
    Newer {
        /// The file.
        path: String,
        /// The schema found.
        found: i64,
        /// The newest known.
        known: usize,
    },
    /// SQLite could not open or change it.
    #[error("{path}: {cause}; {fix}")]
    Database {
        /// The file.
        path: String,
        /// What SQLite said.
        cause: sqlx::Error,
        /// What helps.
        fix: &'static str,
    },
}

impl Store {
    /// Opens the database in `data_dir`, or makes it.
    ///
    /// # Errors
    /// [`OpenError`], with what would help.
    pub(crate) async fn open(data_dir: &Path) -> Result<Self, OpenError> {
        let folder = |source| OpenError::Folder { path: data_dir.display().to_string(), source };
        // What boxes report is for the hub's user alone.
        DirBuilder::new().recursive(true).mode(0o700).create(data_dir).map_err(folder)?;
        let path = data_dir.join(FILE_NAME);
        let opened = Self::open_file(&path).await;
        let (writer, readers, newest) = opened.map_err(|error| explain(&path, error))?;
        Ok(Self {
            writer,
            readers,
            newest: watch::Sender::new(newest),
            reviews: watch::Sender::default(),
            orders: watch::Sender::default(),
            dir: data_dir.to_owned(),
            // What an earlier run deleted and did not fold in before it ended.
            owes_fold: AtomicBool::new(true),
            erasures: AtomicU64::default(),
        })
    }

    async fn open_file(path: &PathBuf) -> Result<(SqlitePool, SqlitePool, u64), Trouble> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(BUSY_TIMEOUT)
            // What is deleted is overwritten: retention is not a matter of appearance.
            .pragma("secure_delete", "ON")
            .disable_statement_logging();
        let writer = SqlitePoolOptions::new()
            .max_connections(1)
            // On a full disk SQLite may roll back by itself; sqlx's own rollback then fails, and it takes the
            // connection to be in a transaction for ever. Such a one is closed and replaced.
            .before_acquire(|connection, _| Box::pin(async { Ok(!connection.is_in_transaction()) }))
            .connect_with(options.clone())
            .await?;
        migrate(&writer).await?;
        let readers = SqlitePoolOptions::new().max_connections(READERS).connect_with(options).await?;
        let newest = sqlx::query("SELECT seq FROM sqlite_sequence WHERE name = 'record'")
            .fetch_optional(&readers)
            .await?
            .map_or(Ok(0), |row| row.try_get::<i64, _>(0))?;
        Ok((writer, readers, unsigned(newest)))
    }
}

pub(super) enum Trouble {
    /// A newer program wrote it.
    Newer(i64),
    /// SQLite refused.
    Sql(sqlx::Error),
}

impl From<sqlx::Error> for Trouble {
    fn from(error: sqlx::Error) -> Self {
        Self::Sql(error)
    }
}

/// The newest schema that this program knows.
pub(super) fn known() -> usize {
    MIGRATIONS.len()
}

async fn migrate(writer: &SqlitePool) -> Result<(), Trouble> {
    let mut transaction = writer.begin_with("BEGIN IMMEDIATE").await?;
    let found: i64 = sqlx::query("PRAGMA user_version").fetch_one(&mut *transaction).await?.try_get(0)?;
    let done = usize::try_from(found).map_err(|_| Trouble::Newer(found))?;
    if done > MIGRATIONS.len() {
        return Err(Trouble::Newer(found));
    }
    for migration in MIGRATIONS.iter().skip(done) {
        sqlx::raw_sql(migration).execute(&mut *transaction).await?;
    }
    if done == FIRST {
        name_events(&mut transaction).await?;
    }
    let version = format!("PRAGMA user_version = {}", MIGRATIONS.len());
    sqlx::raw_sql(&version).execute(&mut *transaction).await?;
    transaction.commit().await?;
    Ok(())
}

/// The first schema did not keep the ids of events by themselves. Without them nobody could take, review or erase an alert
/// of that time.
async fn name_events(transaction: &mut Transaction<'_, Sqlite>) -> Result<(), sqlx::Error> {
    let mut after = 0_i64;
    loop {
        let rows = sqlx::query(
            "SELECT cursor, box, payload FROM record WHERE cursor > ? AND end_kind = 1 ORDER BY cursor LIMIT 1000",
        )
        .bind(after)
        .fetch_all(&mut **transaction)
        .await?;
        let Some(last) = rows.last() else { return Ok(()) };
        after = last.try_get(0)?;
        for row in &rows {
            let Some(End::Event(event)) =
                Record::decode(row.try_get::<&[u8], _>(2)?).ok().and_then(|record| record.end)
            else {
                continue;
            };
            sqlx::query(
                "UPDATE record SET event_id = ?2,
                 same_as = (SELECT MIN(cursor) FROM record WHERE box = ?3 AND event_id = ?2) WHERE cursor = ?1",
            )
            .bind(row.try_get::<i64, _>(0)?)
            .bind(event.id)
            .bind(row.try_get::<&str, _>(1)?)
            .execute(&mut **transaction)
            .await?;
        }
    }
}

/// In words, with what would help.
pub(super) fn explain(path: &Path, trouble: Trouble) -> OpenError {
    let path = path.display().to_string();
    match trouble {
        Trouble::Newer(found) => OpenError::Newer { path, found, known: MIGRATIONS.len() },
        Trouble::Sql(cause) => OpenError::Database { fix: fix_of(&cause), path, cause },
    }
}

/// SQLite's primary result code (sqlite.org/rescode.html).
pub(super) fn code_of(error: &sqlx::Error) -> Option<u32> {
    let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code)?;
    code.parse::<u32>().ok().map(|code| code & 0xff)
}

fn fix_of(error: &sqlx::Error) -> &'static str {
    match code_of(error) {
        Some(5 | 6) => "another program holds the database; stop it and start again",
        Some(8) => "make the file and its folder writable for this user",
        Some(11 | 26) => {
            "the file is damaged or no database: move it aside and restore a backup; boxes send again what they still hold"
        }
        Some(FULL) => "the disk is full; make room and start again",
        Some(10 | 14) => "check that the disk is mounted and the file is readable and writable for this user",
        _ => "see the cause; the file was left as it is",
    }
}
