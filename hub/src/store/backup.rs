//! A copy of the database as it is at one moment.

use std::path::Path;

use super::engine::Pool;
use super::operators::{Change, note};
use super::{Store, StoreError, sqlite};

impl Store {
    /// Copies everything that is not deleted into a new file, while others read and write. Leaves word for the audit
    /// log before: the word is in the copy, too.
    ///
    /// # Errors
    /// [`StoreError::Database`], also where the file is there already; [`StoreError::OnServer`].
    pub(crate) async fn copy_to(&self, path: &Path, words: &str) -> Result<(), StoreError> {
        self.leave_word(words).await?;
        match &self.writer {
            Pool::Sqlite(writer) => Ok(sqlite::copy(writer, path).await?),
            Pool::Postgres(_) => Err(StoreError::OnServer),
        }
    }

    /// Word for the audit log of what was done at the command line of this machine.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub(crate) async fn leave_word(&self, words: &str) -> Result<(), StoreError> {
        let mut transaction = self.begin().await?;
        note(&mut transaction, "command-line", &Change { rule: None, recipient: None }, words).await?;
        transaction.commit().await?;
        Ok(())
    }
}
