//! The database, and its faults kept in: sled 0.34 can panic inside, and every call here survives that.
//!
//! What sled 0.34 does not do, and what is done about it:
//! - `flush` on Linux is `sync_file_range`, which writes the data but neither the file's new length nor the
//!   drive's cache: [`Store::make_durable`] syncs the file as well.
//! - A page beyond a quarter of a segment goes to a file of its own that is never synced: segments are so large
//!   and values so small here (`VALUE_LIMIT_BYTES`) that no page gets there.
//! - An error of input or output stays with a handle for good: the owner drops the store and opens it anew.
//! - After such an error `flush` may wait for ever for a wake-up that was forgotten; any other caller of
//!   `flush` gives it. [`Nudge`] is that caller.

use std::fs::File;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

use sled::IVec;

use crate::error::OutboxError;
use crate::files;

/// 2 MiB. A leaf holds at most 17 values, and a quarter of this is more than those can take.
const SEGMENT_BYTES: usize = 2 * 1_024 * 1_024;
/// A flush that takes longer is nudged, so many times at most.
const NUDGE_AFTER: Duration = Duration::from_secs(2);
const NUDGES: usize = 5;
/// What the system says where the disk cannot read or write a block.
const EIO: i32 = 5;

/// What went wrong inside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StoreError {
    /// The content cannot be trusted.
    Unreadable(&'static str),
    /// The system refused; the content may be well.
    System(io::ErrorKind),
    /// A day's key cannot be read now; the content may be well.
    Key(io::ErrorKind),
}

impl StoreError {
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Unreadable(code) => code,
            Self::System(io::ErrorKind::StorageFull) => "disk_full",
            Self::System(_) => "input_output",
            Self::Key(_) => "key",
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
        let config = sled::Config::new().path(dir).cache_capacity(cache_bytes);
        let config = config.segment_size(SEGMENT_BYTES).flush_every_ms(None);
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
        let nudge = self.db.clone().and_then(Nudge::begin);
        let flushed = guarded(|| self.db()?.flush());
        drop(nudge);
        flushed?;
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

/// Wakes a flush that waits for ever; it does nothing to one that is merely slow.
struct Nudge {
    done: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Nudge {
    fn begin(db: sled::Db) -> Option<Self> {
        let (done, waiting) = channel::<()>();
        let nudge = move || {
            let mut nudges = Vec::new();
            while nudges.len() < NUDGES && waiting.recv_timeout(NUDGE_AFTER) == Err(RecvTimeoutError::Timeout)
            {
                let db = db.clone();
                let flush = move || {
                    let _ = guarded(|| db.flush());
                };
                nudges.extend(Builder::new().spawn(flush));
            }
            // All handles of the database must be gone before it can be opened again.
            for nudge in nudges {
                let _ = nudge.join();
            }
        };
        let thread = Builder::new().name("outbox-nudge".to_owned()).spawn(nudge).ok();
        thread.is_some().then_some(Self { done: Some(done), thread })
    }
}

impl Drop for Nudge {
    fn drop(&mut self) {
        drop(self.done.take());
        if self.thread.take().is_some_and(|thread| thread.join().is_err()) {
            tracing::warn!(code = "panicked", "outbox nudge failed");
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
    match error {
        sled::Error::Io(error) => io_fault(error),
        sled::Error::Corruption { .. } => StoreError::Unreadable("corrupt"),
        sled::Error::Unsupported(_) => StoreError::Unreadable("unsupported"),
        sled::Error::CollectionNotFound(_) => StoreError::Unreadable("incomplete"),
        sled::Error::ReportableBug(_) => StoreError::Unreadable("bug"),
    }
}

/// A database is set aside only on evidence against its content: bytes that make no sense, or a disk that cannot
/// give them back. No free file handle, a stale mount or a slow one say nothing about it.
fn io_fault(error: &io::Error) -> StoreError {
    use io::ErrorKind as Kind;
    match error.kind() {
        _ if error.to_string().starts_with("could not acquire lock") => {
            StoreError::System(Kind::ResourceBusy)
        }
        // The system itself never says `Other`: sled does, of what it cannot make sense of.
        Kind::InvalidData | Kind::UnexpectedEof | Kind::Other => StoreError::Unreadable("input_output"),
        _ if error.raw_os_error() == Some(EIO) => StoreError::Unreadable("input_output"),
        kind => StoreError::System(kind),
    }
}

fn system(error: OutboxError) -> StoreError {
    match error {
        OutboxError::File { kind, .. } => StoreError::System(kind),
        _ => StoreError::System(io::ErrorKind::Other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_evidence_against_the_content_sets_a_database_aside() {
        const UNREADABLE: StoreError = StoreError::Unreadable("input_output");
        let system = |code| io::Error::from_raw_os_error(code);
        let said = |kind, text| io::Error::new(kind, text);
        let passing = |code| (system(code), StoreError::System(system(code).kind()));
        let lock = "could not acquire lock on \"db\": WouldBlock";
        let cases = [
            // EPERM, ENOMEM, EACCES, ENFILE, EMFILE, ENOSPC, EROFS, ETIMEDOUT, ESTALE
            passing(1),
            passing(12),
            passing(13),
            passing(23),
            passing(24),
            passing(28),
            passing(30),
            passing(110),
            passing(116),
            (system(EIO), UNREADABLE),
            (said(io::ErrorKind::InvalidData, "x"), UNREADABLE),
            (said(io::ErrorKind::UnexpectedEof, "x"), UNREADABLE),
            (said(io::ErrorKind::Other, "crc mismatch"), UNREADABLE),
            (said(io::ErrorKind::Other, lock), StoreError::System(io::ErrorKind::ResourceBusy)),
        ];
        for (error, expected) in cases {
            let text = error.to_string();
            assert_eq!(fault(&sled::Error::Io(error)), expected, "{text}");
        }
    }
}
