//! What is SQLite's alone: the file, its settings that survive a kill, its migrations, and how it is copied, looked at and
//! rid of what was deleted.

use std::path::Path;
use std::time::Duration;

use prost::Message as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions as _, Connection as _, Row as _, Sqlite, SqlitePool, Transaction};
use velum_proto::v1::Record;
use velum_proto::v1::record::End;

use super::schema::Trouble;

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
    include_str!("migrations/0018_newest_number.sql"),
];
/// In the folder of `data_dir`.
pub(super) const FILE_NAME: &str = "hub.sqlite";
const READERS: u32 = 4;
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);
/// The schema of the first hub.
const FIRST: usize = 1;
/// SQLite's code for a full disk.
const FULL: u32 = 13;
/// SQLite's codes for a file that is locked, not writable, unreadable, spoilt, on a full disk, not to be opened, not its own.
const UNWELL: [u32; 8] = [5, 6, 8, 10, 11, FULL, 14, 26];
/// So many faults are told.
const FAULTS: u32 = 5;

/// Opens the file, or makes it, and migrates it: who writes, and who reads.
pub(super) async fn open(path: &Path) -> Result<(SqlitePool, SqlitePool), Trouble> {
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
    Ok((writer, readers))
}

/// Opens the file to read from it alone, without migrating it: with its schema.
pub(super) async fn open_beside(path: &Path) -> Result<(SqlitePool, usize), Trouble> {
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
    let schema = usize::try_from(found).map_err(|_| Trouble::Newer(found, known()))?;
    if schema > known() {
        readers.close().await;
        return Err(Trouble::Newer(found, known()));
    }
    Ok((readers, schema))
}

/// The newest schema that this program knows.
pub(super) fn known() -> usize {
    MIGRATIONS.len()
}

/// What is wrong with the file itself, by SQLite's own look at every page.
pub(super) async fn faults(readers: &SqlitePool) -> Result<Vec<String>, sqlx::Error> {
    let rows = sqlx::raw_sql(&format!("PRAGMA quick_check({FAULTS})")).fetch_all(readers).await?;
    let lines = rows.iter().map(|row| row.try_get::<String, _>(0)).collect::<Result<Vec<_>, _>>()?;
    Ok(lines.into_iter().filter(|line| line != "ok").collect())
}

/// Copies everything that is not deleted into a new file.
pub(super) async fn copy(writer: &SqlitePool, to: &Path) -> Result<(), sqlx::Error> {
    // An INTO takes a bound value; what is deleted is not copied.
    sqlx::query("VACUUM INTO ?").bind(to.display().to_string()).execute(writer).await?;
    Ok(())
}

/// Folds the log in and cuts it; false where somebody reads at the moment. It waits for no reader: boxes would wait with it.
pub(super) async fn fold(writer: &SqlitePool) -> Result<bool, sqlx::Error> {
    let mut writer = writer.acquire().await?;
    sqlx::query("PRAGMA busy_timeout = 0").execute(&mut *writer).await?;
    let folded = sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").fetch_one(&mut *writer).await;
    let timeout = format!("PRAGMA busy_timeout = {}", BUSY_TIMEOUT.as_millis());
    sqlx::query(&timeout).execute(&mut *writer).await?;
    Ok(folded?.try_get::<i64, _>(0)? == 0)
}

/// Bytes of the database and of its log.
pub(super) fn bytes(path: &Path) -> u64 {
    let size = |path: &Path| std::fs::metadata(path).map_or(0, |found| found.len());
    size(path).saturating_add(size(&path.with_extension("sqlite-wal")))
}

/// Whether the disk is full.
pub(super) fn is_full(error: &sqlx::Error) -> bool {
    code_of(error) == Some(FULL)
}

/// Whether whatever is tried next fails in the same way: the file is locked, cannot be written or read, or the disk is full.
pub(super) fn is_unwell(error: &sqlx::Error) -> bool {
    code_of(error).is_some_and(|code| UNWELL.contains(&code))
}

async fn migrate(writer: &SqlitePool) -> Result<(), Trouble> {
    let mut transaction = writer.begin_with("BEGIN IMMEDIATE").await?;
    let found: i64 = sqlx::query("PRAGMA user_version").fetch_one(&mut *transaction).await?.try_get(0)?;
    let done = usize::try_from(found).map_err(|_| Trouble::Newer(found, known()))?;
    if done > MIGRATIONS.len() {
        return Err(Trouble::Newer(found, known()));
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

/// SQLite's primary result code (sqlite.org/rescode.html).
fn code_of(error: &sqlx::Error) -> Option<u32> {
    let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code)?;
    code.parse::<u32>().ok().map(|code| code & 0xff)
}

/// What helps.
pub(super) fn fix_of(error: &sqlx::Error) -> &'static str {
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
