//! What is PostgreSQL's alone: how the server is reached, what it must be set to, and its migrations.
//!
//! Invariants: beyond this machine the server is spoken to by TLS alone, and only where its certificate is good for its name;
//! a commit is on the server's disk before it counts; a hub that stops in the middle of a transaction holds up the others for
//! [`LONGEST_IDLE`] at most, and one that hangs in a turn for a minute.

use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions, PgSslMode};
use sqlx::{ConnectOptions as _, Connection as _, PgPool, Row as _};
use zeroize::Zeroizing;

use super::schema::Trouble;
use crate::config::ServerConfig;

/// In order; the number of a migration is its place, from 1. Never edit one that was released: add another, and one of SQLite
/// that does the same (`the_same_tables_on_both_engines` compares).
const MIGRATIONS: &[&str] = &[
    include_str!("migrations/postgres/0001_all.sql"),
    include_str!("migrations/postgres/0002_replicas.sql"),
];
const READERS: u32 = 8;
/// For a connection, where all are in use or the server is away.
const LONGEST_ACQUIRE: Duration = Duration::from_secs(10);
/// Another hub that writes may take so long.
const LONGEST_WAIT: &str = "10s";
/// A hub that went away in the middle of a transaction holds the lock of writers for no longer.
const LONGEST_IDLE: &str = "10s";
const LONGEST_STATEMENT: &str = "60s";
/// There are about 200 statements.
const STATEMENTS_KEPT: usize = 256;
/// PostgreSQL's codes (postgresql.org/docs/current/errcodes-appendix.html): a full disk.
const FULL: &str = "53100";
/// Classes: the connection is lost, transactions ended or read-only, resources short, locked, ended by the operator, broken.
const UNWELL: [&str; 7] = ["08", "25", "53", "55", "57", "58", "XX"];

/// The password, where there is one.
///
/// # Errors
/// What is wrong with its file, never what stands in it.
pub(super) fn password(server: &ServerConfig) -> Result<Option<Zeroizing<String>>, String> {
    server.password_file.as_deref().map(crate::secret_file::read).transpose()
}

/// Connects, makes the tables or migrates them: who writes, and who reads.
pub(super) async fn open(server: &ServerConfig, password: Option<&str>) -> Result<(PgPool, PgPool), Trouble> {
    let options = options(server, password);
    // A pool tries for long, and then tells no cause.
    options.connect().await?.close().await?;
    let writer = pool(1).connect_with(options.clone()).await?;
    is_fit(&writer).await?;
    migrate(&writer).await?;
    let readers = pool(READERS).connect_with(options).await?;
    Ok((writer, readers))
}

/// Connects to read alone, without migrating: with its schema, 0 where there is none yet.
pub(super) async fn open_beside(
    server: &ServerConfig,
    password: Option<&str>,
) -> Result<(PgPool, usize), Trouble> {
    let options = options(server, password).options([("default_transaction_read_only", "on")]);
    options.connect().await?.close().await?;
    let readers = pool(1).connect_with(options).await?;
    is_fit(&readers).await?;
    let found = schema(&readers).await?;
    let number = usize::try_from(found).map_err(|_| Trouble::Newer(found, known()))?;
    if number > known() {
        readers.close().await;
        return Err(Trouble::Newer(found, known()));
    }
    Ok((readers, number))
}

/// The newest schema that this program knows.
pub(super) fn known() -> usize {
    MIGRATIONS.len()
}

/// Bytes of the database.
pub(super) async fn bytes(readers: &PgPool) -> Result<i64, sqlx::Error> {
    sqlx::query("SELECT pg_database_size(current_database())").fetch_one(readers).await?.try_get(0)
}

/// Whether the server's disk is full.
pub(super) fn is_full(error: &sqlx::Error) -> bool {
    code_of(error).is_some_and(|code| code == FULL)
}

/// Whether whatever is tried next fails in the same way: the server stops, has no room, or holds the lock of writers for another.
pub(super) fn is_unwell(error: &sqlx::Error) -> bool {
    code_of(error).is_some_and(|code| UNWELL.iter().any(|class| code.starts_with(class)))
}

fn pool(most: u32) -> PgPoolOptions {
    PgPoolOptions::new().max_connections(most).acquire_timeout(LONGEST_ACQUIRE)
}

fn options(server: &ServerConfig, password: Option<&str>) -> PgConnectOptions {
    let mut options = PgConnectOptions::new_without_pgpass()
        .port(server.port)
        .database(&server.name)
        .username(&server.user)
        .application_name("velum-hub")
        .statement_cache_capacity(STATEMENTS_KEPT)
        .options([
            ("lock_timeout", LONGEST_WAIT),
            ("idle_in_transaction_session_timeout", LONGEST_IDLE),
            ("statement_timeout", LONGEST_STATEMENT),
        ])
        .disable_statement_logging();
    options = match server.socket() {
        Some(folder) => options.socket(folder),
        None => options.host(&server.host),
    };
    if let Some(password) = password {
        options = options.password(password);
    }
    let must_encrypt = !server.is_local() || server.ca_file.is_some();
    options = options.ssl_mode(if must_encrypt { PgSslMode::VerifyFull } else { PgSslMode::Prefer });
    match &server.ca_file {
        Some(file) => options.ssl_root_cert(file),
        None => options,
    }
}

/// What is acknowledged must be there after a power cut, and every text must fit.
async fn is_fit(pool: &PgPool) -> Result<(), Trouble> {
    let shown = "SELECT current_setting('synchronous_commit'), current_setting('server_encoding')";
    let row = sqlx::query(shown).fetch_one(pool).await?;
    let [commit, encoding]: [String; 2] = [row.try_get(0)?, row.try_get(1)?];
    if commit == "off" {
        return Err(Trouble::Unfit(
            "`synchronous_commit` is off: the server would lose what was acknowledged".to_owned(),
            "`ALTER ROLE ... RESET synchronous_commit`, or set it on for this user",
        ));
    }
    if encoding != "UTF8" {
        let found = format!("its encoding is `{encoding}`, expected `UTF8`");
        return Err(Trouble::Unfit(found, "`CREATE DATABASE velum ENCODING 'UTF8' TEMPLATE template0`"));
    }
    Ok(())
}

/// What of the server's settings lets a power cut spoil everything; none where nothing does.
pub(super) async fn doubt(pool: &PgPool) -> Result<Option<String>, sqlx::Error> {
    let shown = "SELECT name FROM pg_settings WHERE name IN ('fsync', 'full_page_writes') AND setting = 'off' ORDER BY name";
    let rows = sqlx::query(shown).fetch_all(pool).await?;
    let off = rows.iter().map(|row| row.try_get::<String, _>(0)).collect::<Result<Vec<_>, _>>()?;
    Ok((!off.is_empty()).then(|| format!("the server has {} off", off.join(" and "))))
}

async fn schema(pool: &PgPool) -> Result<i64, sqlx::Error> {
    let found = sqlx::query("SELECT to_regclass('schema_version') IS NOT NULL").fetch_one(pool).await?;
    if !found.try_get::<bool, _>(0)? {
        return Ok(0);
    }
    sqlx::query("SELECT version FROM schema_version").fetch_one(pool).await?.try_get(0)
}

async fn migrate(writer: &PgPool) -> Result<(), Trouble> {
    // Not two hubs at once.
    let mut transaction = writer.begin_with(super::engine::BEGIN_ALONE).await?;
    let created = "CREATE TABLE IF NOT EXISTS schema_version (version BIGINT NOT NULL)";
    sqlx::query(created).execute(&mut *transaction).await?;
    let found = sqlx::query("SELECT version FROM schema_version").fetch_optional(&mut *transaction).await?;
    let found: i64 = found.map_or(Ok(0), |row| row.try_get(0))?;
    let done = usize::try_from(found).map_err(|_| Trouble::Newer(found, known()))?;
    if done > known() {
        return Err(Trouble::Newer(found, known()));
    }
    for migration in MIGRATIONS.iter().skip(done) {
        sqlx::raw_sql(migration).execute(&mut *transaction).await?;
    }
    let version = i64::try_from(known()).unwrap_or(i64::MAX);
    sqlx::query("DELETE FROM schema_version").execute(&mut *transaction).await?;
    sqlx::query("INSERT INTO schema_version (version) VALUES ($1)")
        .bind(version)
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await?;
    Ok(())
}

fn code_of(error: &sqlx::Error) -> Option<String> {
    let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code)?;
    Some(code.into_owned())
}

/// What helps.
pub(super) fn fix_of(error: &sqlx::Error) -> &'static str {
    match code_of(error).as_deref() {
        Some("28000" | "28P01") => {
            "check `database.user`, the file of `database.password_file`, and pg_hba.conf of the server"
        }
        Some("3D000") => "make it: `CREATE DATABASE velum OWNER hub ENCODING 'UTF8' TEMPLATE template0`",
        Some("42501") => "let the user make tables: `ALTER DATABASE velum OWNER TO hub`",
        Some(FULL) => "the server's disk is full; make room there and start again",
        Some("53300") => {
            "the server has no connection left; raise its `max_connections` (a hub takes up to 12)"
        }
        Some("55P03" | "57014") => {
            "another program holds the database's lock of writers; see pg_stat_activity"
        }
        Some(_) => "see the cause, and the server's own log",
        None => {
            "check that the server runs, that host and port are right, and that its certificate is good for the host"
        }
    }
}
