//! The database, and its faults kept in: sled 0.34 can panic inside, and every call here survives that.
//!
//! Two things that sled does not do are done here. `flush` on Linux is `sync_file_range`, which writes the data
//! but neither the file's new length nor the drive's cache: [`Store::make_durable`] syncs the file as well. And
//! an error of input or output stays with a sled handle for good: the owner drops the store and opens it anew.

use std::fs::File;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use sled::IVec;

use crate::error::OutboxError;
use crate::files;

/// What went wrong inside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StoreError {
    /// The content cannot be trusted.
    Unreadable(&'static str),
    /// The system refused; the content may be well.
    System(io::ErrorKind),
}

impl StoreError {
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Unreadable(code) => code,
            Self::System(io::ErrorKind::StorageFull) => "disk_full",
            Self::System(_) => "input_output",
        }
    }
}

/// One open database.
pub(crate) struct Store {
    db: Option<sled::Db>,
    file: File,
}

impl Store {
    /// Opens or makes the database in this folder.
    pub(crate) fn open(dir: &Path, cache_bytes: u64) -> Result<Self, StoreError> {
        let config = sled::Config::new().path(dir).cache_capacity(cache_bytes).flush_every_ms(None);
        let db = guarded(|| config.open())?;
        let file = File::open(dir.join("db")).map_err(|error| StoreError::System(error.kind()));
        let store = Self { db: Some(db), file: file? };
        store.make_durable()?;
        let names = [dir.join("blobs"), dir.to_owned()];
        let conf = File::open(dir.join("conf")).and_then(|conf| conf.sync_all());
        conf.map_err(|error| StoreError::System(error.kind()))?;
        names.iter().try_for_each(|name| files::sync_dir(name)).map_err(system)?;
        Ok(store)
    }

    pub(crate) fn value(&self, key: &[u8]) -> Result<Option<IVec>, StoreError> {
        guarded(|| self.db()?.get(key))
    }

    /// Every key that begins so, in order, for as long as `take` says true.
    pub(crate) fn scan(
        &self,
        prefix: &[u8],
        from: &[u8],
        mut take: impl FnMut(&[u8], &[u8]) -> bool,
    ) -> Result<(), StoreError> {
        guarded(|| {
            for item in self.db()?.range(from.to_vec()..) {
                let (key, value) = item?;
                if !key.starts_with(prefix) || !take(&key, &value) {
                    break;
                }
            }
            Ok(())
        })
    }

    /// All of the batch or nothing, also after a crash; durable at the next [`Store::make_durable`].
    pub(crate) fn apply(&self, batch: sled::Batch) -> Result<(), StoreError> {
        guarded(|| self.db()?.apply_batch(batch))
    }

    /// What was applied before is on the disk when this returns.
    pub(crate) fn make_durable(&self) -> Result<(), StoreError> {
        guarded(|| self.db()?.flush())?;
        self.file.sync_all().map_err(|error| StoreError::System(error.kind()))
    }

    pub(crate) fn size_bytes(&self) -> u64 {
        self.file.metadata().map_or(0, |data| data.len())
    }

    fn db(&self) -> sled::Result<&sled::Db> {
        self.db.as_ref().ok_or_else(|| sled::Error::ReportableBug("closed".to_owned()))
    }
}

impl Drop for Store {
    /// Closing writes and may panic inside sled.
    fn drop(&mut self) {
        let db = self.db.take();
        if catch_unwind(AssertUnwindSafe(|| drop(db))).is_err() {
            tracing::warn!(code = "panicked", "outbox database failed while closing");
        }
    }
}

fn guarded<T>(work: impl FnOnce() -> sled::Result<T>) -> Result<T, StoreError> {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(error)) => Err(fault(&error)),
        Err(_) => Err(StoreError::Unreadable("panicked")),
    }
}

fn fault(error: &sled::Error) -> StoreError {
    use io::ErrorKind as Kind;
    match error {
        sled::Error::Io(error) => match error.kind() {
            Kind::PermissionDenied
            | Kind::StorageFull
            | Kind::QuotaExceeded
            | Kind::FileTooLarge
            | Kind::ReadOnlyFilesystem
            | Kind::OutOfMemory
            | Kind::WouldBlock
            | Kind::Interrupted => StoreError::System(error.kind()),
            _ if error.to_string().starts_with("could not acquire lock") => {
                StoreError::System(Kind::ResourceBusy)
            }
            _ => StoreError::Unreadable("input_output"),
        },
        sled::Error::Corruption { .. } => StoreError::Unreadable("corrupt"),
        sled::Error::Unsupported(_) => StoreError::Unreadable("unsupported"),
        sled::Error::CollectionNotFound(_) => StoreError::Unreadable("incomplete"),
        sled::Error::ReportableBug(_) => StoreError::Unreadable("bug"),
    }
}

fn system(error: OutboxError) -> StoreError {
    match error {
        OutboxError::File { kind, .. } => StoreError::System(kind),
        _ => StoreError::System(io::ErrorKind::Other),
    }
}
