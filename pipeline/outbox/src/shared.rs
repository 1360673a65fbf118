//! What the callers' threads and the writing thread share.

use std::fs::File;
use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use parking_lot::{Mutex, RwLock};
use tokio::sync::watch;
use velum_vocab::Clock;

use crate::error::OutboxError;
use crate::keys::DayKeys;
use crate::layout::Incarnation;
use crate::marks::{MarkFile, Marks, MarksFound};
use crate::outbox::{Produced, Settings};
use crate::position::Position;
use crate::recovery::{self, Recovery};
use crate::store::{Store, StoreError};

pub(crate) struct Shared {
    pub(crate) dir: PathBuf,
    pub(crate) settings: Settings,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) keys: DayKeys,
    /// None after a fault, until it is opened again.
    pub(crate) store: RwLock<Option<Store>>,
    pub(crate) position: Mutex<Position>,
    pub(crate) marks: Mutex<MarkKeeper>,
    pub(crate) produced: watch::Sender<Produced>,
    pub(crate) refused: AtomicU64,
    /// Why the newest commit could not be sealed; none where it was.
    pub(crate) unsealed: Mutex<Option<OutboxError>>,
    pub(crate) produced_log: Option<Mutex<File>>,
    /// Held for as long as the outbox is open: one process an outbox.
    pub(crate) _lock: File,
}

impl Shared {
    /// Reads from the database; a fault closes it, and the writing thread opens it again.
    pub(crate) fn read<T>(
        &self,
        read: impl FnOnce(&Store) -> Result<T, StoreError>,
    ) -> Result<T, OutboxError> {
        let done = match self.store.read().as_ref() {
            Some(store) => read(store),
            None => return Err(OutboxError::Failed("closed")),
        };
        done.map_err(|error| self.fail(error))
    }

    /// Closes the database after a fault.
    pub(crate) fn fail(&self, error: StoreError) -> OutboxError {
        tracing::error!(code = error.code(), "outbox database failed");
        drop(self.store.write().take());
        OutboxError::Failed(error.code())
    }

    /// Opens the database again after a fault; does nothing where it is open.
    pub(crate) fn reopen(&self) -> Result<Option<Recovery>, OutboxError> {
        if self.store.read().is_some() {
            return Ok(None);
        }
        let marks = MarksFound::Marks(self.marks.lock().now);
        let opened = recovery::open(&self.dir, &self.keys, self.settings.cache_bytes, marks)?;
        self.marks.lock().given(opened.position.incarnation, opened.position.last_sequence)?;
        *self.position.lock() = opened.position;
        *self.store.write() = Some(opened.store);
        tracing::warn!(waiting = opened.recovery.waiting, "outbox database opened again");
        self.announce();
        Ok(Some(opened.recovery))
    }

    /// Tells who waits for new numbers.
    pub(crate) fn announce(&self) {
        let position = self.position.lock();
        let now = Produced { incarnation: position.incarnation, last_sequence: position.last_sequence };
        drop(position);
        self.produced.send_replace(now);
    }

    /// Remembers and tells that these numbers are durable. They are so already: a mark or a line that cannot be
    /// written is reported and takes nothing back.
    pub(crate) fn note_given(&self, incarnation: Incarnation, first: u64, last: u64) {
        if self.marks.lock().given(incarnation, last).is_err() {
            tracing::error!(code = "marks", "outbox marks cannot be written");
        }
        if let Some(log) = &self.produced_log {
            let lines: String =
                (first..=last).map(|sequence| format!("{incarnation} {sequence}\n")).collect();
            let mut log = log.lock();
            if log.write_all(lines.as_bytes()).and_then(|()| log.sync_data()).is_err() {
                tracing::error!(code = "produced_log", "log of produced numbers cannot be written");
            }
        }
        self.announce();
    }
}

/// The marks, in memory and on the disk.
pub(crate) struct MarkKeeper {
    pub(crate) file: MarkFile,
    pub(crate) now: Marks,
}

impl MarkKeeper {
    /// Remembers which number was given last; on the disk when this returns.
    pub(crate) fn given(&mut self, incarnation: Incarnation, last_sequence: u64) -> Result<(), OutboxError> {
        let marks = Marks { incarnation, last_sequence };
        if marks != self.now {
            self.file.write(&marks)?;
            self.now = marks;
        }
        Ok(())
    }
}
