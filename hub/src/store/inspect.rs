//! Looking at the database from beside a hub that may be running. Invariant: nothing is written, and nothing migrated.

use super::engine::Pool;
use super::schema::{OpenError, explain};
use super::{Store, StoreError, postgres, sqlite};
use crate::config::{DatabaseConfig, ServerConfig};

/// Which schema a database has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Schema {
    pub(crate) found: usize,
    pub(crate) known: usize,
}

impl Store {
    /// Whether there is a database's file; where this user may not look, and on a server, there may be one.
    pub(crate) fn is_at(config: &DatabaseConfig) -> bool {
        match config {
            DatabaseConfig::File(dir) => !matches!(dir.join(sqlite::FILE_NAME).try_exists(), Ok(false)),
            DatabaseConfig::Server(_) => true,
        }
    }

    /// Opens the database to read from it alone; none where there is none.
    ///
    /// # Errors
    /// [`OpenError`], with what would help.
    pub(crate) async fn beside(config: &DatabaseConfig) -> Result<Option<(Self, Schema)>, OpenError> {
        if !Self::is_at(config) {
            return Ok(None);
        }
        let (readers, schema) = match config {
            DatabaseConfig::File(dir) => {
                let opened = sqlite::open_beside(&dir.join(sqlite::FILE_NAME)).await;
                let (readers, found) = opened.map_err(|trouble| explain(config, trouble))?;
                (Pool::Sqlite(readers), Schema { found, known: sqlite::known() })
            }
            DatabaseConfig::Server(server) => match on_server(config, server).await? {
                Some(opened) => opened,
                None => return Ok(None),
            },
        };
        // Both of the same connection, which can write nothing.
        Ok(Some((Self::of(config, (readers.clone(), readers), (0, Default::default())), schema)))
    }

    /// What of a server's settings lets a power cut spoil everything; of a file the hub sets them itself.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub(crate) async fn doubt(&self) -> Result<Option<String>, StoreError> {
        match &self.readers {
            Pool::Sqlite(_) => Ok(None),
            Pool::Postgres(readers) => Ok(postgres::doubt(readers).await?),
        }
    }

    /// What is wrong with the file itself. A server looks after its own.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub(crate) async fn faults(&self) -> Result<Vec<String>, StoreError> {
        match &self.readers {
            Pool::Sqlite(readers) => Ok(sqlite::faults(readers).await?),
            Pool::Postgres(_) => Ok(Vec::new()),
        }
    }
}

async fn on_server(
    config: &DatabaseConfig,
    server: &ServerConfig,
) -> Result<Option<(Pool, Schema)>, OpenError> {
    let password = postgres::password(server).map_err(OpenError::Password)?;
    let opened = postgres::open_beside(server, password.as_ref().map(|text| text.as_str())).await;
    let (readers, found) = opened.map_err(|trouble| explain(config, trouble))?;
    if found == 0 {
        readers.close().await;
        return Ok(None);
    }
    Ok(Some((Pool::Postgres(readers), Schema { found, known: postgres::known() })))
}
