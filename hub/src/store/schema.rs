//! Opening the database, whichever engine it is of.

use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64};

use tokio::sync::watch;

use super::engine::{Pool, query};
use super::group::Queue;
use super::words::Wakers;
use super::{Store, postgres, sqlite, unsigned};
use crate::config::{DatabaseConfig, ServerConfig};
use crate::pending::{RequestId, random_id};

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
        /// The file, or the server's database.
        path: String,
        /// The schema found.
        found: i64,
        /// The newest known.
        known: usize,
    },
    /// Its engine could not open or change it.
    #[error("{path}: {cause}; {fix}")]
    Database {
        /// The file, or the server's database.
        path: String,
        /// What the engine said.
        cause: sqlx::Error,
        /// What helps.
        fix: &'static str,
    },
    /// No number names this hub among others.
    #[error("the system's random number generator failed; see the system's own log")]
    NoRandomNumber,
    /// The password of `[database]` cannot be read.
    #[error("database.password_file: {0}")]
    Password(String),
    /// The server would lose, or spoil, what it acknowledged.
    #[error("{path}: {found}; {fix}")]
    Unfit {
        /// The server's database.
        path: String,
        /// What is set there.
        found: String,
        /// What helps.
        fix: &'static str,
    },
}

/// What went wrong, before it is said where.
pub(super) enum Trouble {
    /// A newer program wrote it: its schema, and the newest that this program knows.
    Newer(i64, usize),
    /// The engine refused.
    Sql(sqlx::Error),
    /// Only a server: what is set there, and what helps.
    Unfit(String, &'static str),
}

impl From<sqlx::Error> for Trouble {
    fn from(error: sqlx::Error) -> Self {
        Self::Sql(error)
    }
}

impl Store {
    /// Opens the database, or makes it, and migrates it.
    ///
    /// # Errors
    /// [`OpenError`], with what would help.
    pub(crate) async fn open(config: &DatabaseConfig) -> Result<Self, OpenError> {
        let (writer, readers) = match config {
            DatabaseConfig::File(data_dir) => open_file(data_dir).await?,
            DatabaseConfig::Server(server) => open_server(server).await?,
        };
        let newest = newest(&readers).await.map_err(|cause| explain(config, Trouble::Sql(cause)))?;
        // Hubs that took each other for themselves would not hear what the other erased.
        let replica = random_id().ok_or(OpenError::NoRandomNumber)?;
        Ok(Self::of(config, (writer, readers), (newest, replica)))
    }

    pub(super) fn of(
        config: &DatabaseConfig,
        (writer, readers): (Pool, Pool),
        (newest, replica): (u64, RequestId),
    ) -> Self {
        Self {
            writer,
            readers,
            queue: Queue::default(),
            wakers: Wakers::new(newest),
            fanout: None,
            leads: watch::Sender::new(matches!(config, DatabaseConfig::File(_))),
            replica,
            database: config.clone(),
            // What an earlier run deleted and did not fold in before it ended.
            owes_fold: AtomicBool::new(true),
            erasures: AtomicU64::default(),
        }
    }
}

/// Makes the folder of `data_dir`: what lies there is for the hub's user alone.
///
/// # Errors
/// [`OpenError::Folder`].
pub(crate) fn make_folder(data_dir: &Path) -> Result<(), OpenError> {
    let folder = |source| OpenError::Folder { path: data_dir.display().to_string(), source };
    DirBuilder::new().recursive(true).mode(0o700).create(data_dir).map_err(folder)
}

async fn open_file(data_dir: &Path) -> Result<(Pool, Pool), OpenError> {
    make_folder(data_dir)?;
    let opened = sqlite::open(&data_dir.join(sqlite::FILE_NAME)).await;
    let (writer, readers) =
        opened.map_err(|trouble| explain(&DatabaseConfig::File(data_dir.to_owned()), trouble))?;
    Ok((Pool::Sqlite(writer), Pool::Sqlite(readers)))
}

async fn open_server(server: &ServerConfig) -> Result<(Pool, Pool), OpenError> {
    let password = postgres::password(server).map_err(OpenError::Password)?;
    let opened = postgres::open(server, password.as_ref().map(|text| text.as_str())).await;
    let (writer, readers) =
        opened.map_err(|trouble| explain(&DatabaseConfig::Server(server.clone()), trouble))?;
    Ok((Pool::Postgres(writer), Pool::Postgres(readers)))
}

async fn newest(readers: &Pool) -> Result<u64, sqlx::Error> {
    let row =
        query("SELECT newest FROM newest_number WHERE stream = 'record'").fetch_optional(readers).await?;
    row.map_or(Ok(0), |row| row.try_get(0)).map(unsigned)
}

/// In words, with what would help.
pub(super) fn explain(config: &DatabaseConfig, trouble: Trouble) -> OpenError {
    let (path, fix_of): (_, fn(&sqlx::Error) -> &'static str) = match config {
        DatabaseConfig::File(dir) => (dir.join(sqlite::FILE_NAME).display().to_string(), sqlite::fix_of),
        DatabaseConfig::Server(server) => (server.words(), postgres::fix_of),
    };
    match trouble {
        Trouble::Newer(found, known) => OpenError::Newer { path, found, known },
        Trouble::Sql(cause) => OpenError::Database { fix: fix_of(&cause), path, cause },
        Trouble::Unfit(found, fix) => OpenError::Unfit { path, found, fix },
    }
}
