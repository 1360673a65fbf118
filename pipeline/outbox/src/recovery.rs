//! Opening: mends what can be mended, sets aside what cannot be read, and says which of it happened.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use velum_proto::v1::{Lost, record::End};

use crate::error::OutboxError;
use crate::files;
use crate::keys::DayKeys;
use crate::layout::{self, Incarnation};
use crate::marks::MarksFound;
use crate::position::{Position, ReadBack};
use crate::store::{Store, StoreError};

/// So many databases set aside are kept; the oldest goes.
const SET_ASIDE_KEPT: usize = 3;

/// What opening found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recovery {
    /// Whose numbers are given from now on.
    pub incarnation: Incarnation,
    /// There was no outbox here before.
    pub fresh: bool,
    /// The highest number given so far.
    pub last_sequence: u64,
    /// Numbers that wait for the hub.
    pub waiting: u64,
    /// Numbers whose record could not be read back; each travels as `Lost`.
    pub unreadable: u64,
    /// The database that had to be set aside, if one had.
    pub set_aside: Option<SetAside>,
}

/// A database that could not be read. Its numbers travel as one `Lost` record, the first of the new incarnation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetAside {
    /// Where it lies now; none where there was nothing left to move.
    pub folder: Option<PathBuf>,
    /// A code, such as `corrupt`, `panicked`, `emptied`.
    pub cause: &'static str,
    /// The incarnation that ended.
    pub incarnation: Option<Incarnation>,
    /// The highest number that it is known to have given.
    pub last_known_sequence: Option<u64>,
}

/// An open database and all that was found in it.
pub(crate) struct Opened {
    pub(crate) store: Store,
    pub(crate) position: Position,
    pub(crate) recovery: Recovery,
}

/// Opens the database under `dir`, or sets it aside and begins a new one.
pub(crate) fn open(
    dir: &Path,
    keys: &DayKeys,
    cache_bytes: u64,
    found: MarksFound,
) -> Result<Opened, OutboxError> {
    let db_dir = dir.join("db");
    let marks = found.known();
    let known_last =
        |incarnation| marks.filter(|marks| marks.incarnation == incarnation).map_or(0, |m| m.last_sequence);
    let opened = Store::open(&db_dir, cache_bytes)
        .and_then(|store| Position::read(&store, keys, known_last).map(|read| (store, read)));
    let ended = |folder, cause| SetAside {
        folder,
        cause,
        incarnation: marks.map(|marks| marks.incarnation),
        last_known_sequence: marks.map(|marks| marks.last_sequence),
    };
    match opened {
        Ok((store, Some(read))) => {
            if found == MarksFound::Damaged {
                tracing::error!(
                    code = "marks",
                    "outbox marks were damaged; the database alone says what was given"
                );
            }
            resume(store, read, keys, dir)
        }
        // Not the first start: numbers were given here, or may have been.
        Ok((store, None)) => {
            begin(store, (found != MarksFound::Nothing).then(|| ended(None, "emptied")), dir)
        }
        Err(StoreError::Unreadable(cause)) => {
            let folder = set_aside(dir, &db_dir)?;
            tracing::error!(code = cause, "outbox database set aside");
            let store = Store::open(&db_dir, cache_bytes).map_err(|error| fault(dir, error))?;
            begin(store, Some(ended(Some(folder), cause)), dir)
        }
        Err(StoreError::Key(kind)) => Err(OutboxError::File { path: keys.dir().to_owned(), kind }),
        Err(error) => Err(fault(dir, error)),
    }
}

fn resume(store: Store, read: ReadBack, keys: &DayKeys, dir: &Path) -> Result<Opened, OutboxError> {
    let ReadBack { mut position, unreadable, gaps, doomed } = read;
    let mut batch = sled::Batch::default();
    for &sequence in &gaps {
        let value = layout::plain_record(sequence, layout::lost(layout::RECORD_UNREADABLE));
        position.resize(sequence, value.len());
        batch.insert(layout::record_key(sequence), value);
    }
    batch.insert(layout::LAST_SEQUENCE, &position.last_sequence.to_be_bytes());
    let write = store.apply(batch).and_then(|()| store.make_durable());
    write.map_err(|error| fault(dir, error))?;
    doomed.iter().try_for_each(|&day| keys.destroy(day))?;
    let recovery = Recovery {
        incarnation: position.incarnation,
        fresh: false,
        last_sequence: position.last_sequence,
        waiting: position.records(),
        unreadable,
        set_aside: None,
    };
    Ok(Opened { store, position, recovery })
}

fn begin(store: Store, set_aside: Option<SetAside>, dir: &Path) -> Result<Opened, OutboxError> {
    let incarnation = Incarnation::random()?;
    let first = set_aside.as_ref().map(|ended| {
        End::Lost(Lost {
            cause: layout::DATABASE_UNREADABLE.to_owned(),
            incarnation: ended.incarnation.map(|id| id.as_bytes().to_vec()),
            last_known_sequence: ended.last_known_sequence,
        })
    });
    let mut batch = sled::Batch::default();
    let position = begin_incarnation(&mut batch, incarnation, first);
    let write = store.apply(batch).and_then(|()| store.make_durable());
    write.map_err(|error| fault(dir, error))?;
    let recovery = Recovery {
        incarnation,
        fresh: set_aside.is_none(),
        last_sequence: position.last_sequence,
        waiting: position.records(),
        unreadable: 0,
        set_aside,
    };
    Ok(Opened { store, position, recovery })
}

/// Writes a new incarnation into the batch, with its first record if it has something to say.
pub(crate) fn begin_incarnation(
    batch: &mut sled::Batch,
    incarnation: Incarnation,
    first: Option<End>,
) -> Position {
    let mut position = Position::fresh(incarnation);
    if let Some(end) = first {
        let value = layout::plain_record(1, end);
        position.push(value.len());
        batch.insert(layout::record_key(1), value);
    }
    batch.insert(layout::INCARNATION, incarnation.as_bytes());
    batch.insert(layout::ACKNOWLEDGED, &0_u64.to_be_bytes());
    batch.insert(layout::LAST_SEQUENCE, &position.last_sequence.to_be_bytes());
    position
}

/// Renames the database to the next `quarantine-<n>`, and removes the oldest where there are too many.
fn set_aside(dir: &Path, db_dir: &Path) -> Result<PathBuf, OutboxError> {
    let mut numbers = quarantined(dir)?;
    let next = numbers.last().map_or(1, |last| last.saturating_add(1));
    let folder = dir.join(format!("quarantine-{next}"));
    fs::rename(db_dir, &folder).map_err(OutboxError::file(db_dir))?;
    files::sync_dir(dir)?;
    numbers.push(next);
    for old in numbers.iter().rev().skip(SET_ASIDE_KEPT) {
        let old = dir.join(format!("quarantine-{old}"));
        fs::remove_dir_all(&old).map_err(OutboxError::file(&old))?;
    }
    Ok(folder)
}

fn quarantined(dir: &Path) -> Result<Vec<u64>, OutboxError> {
    let names = fs::read_dir(dir).map_err(OutboxError::file(dir))?;
    let number = |name: &str| name.strip_prefix("quarantine-")?.parse().ok();
    let mut numbers: Vec<u64> =
        names.flatten().filter_map(|entry| number(entry.file_name().to_str()?)).collect();
    numbers.sort_unstable();
    Ok(numbers)
}

fn fault(dir: &Path, error: StoreError) -> OutboxError {
    match error {
        StoreError::System(io::ErrorKind::ResourceBusy) => OutboxError::InUse(dir.to_owned()),
        StoreError::System(kind) | StoreError::Key(kind) => OutboxError::File { path: dir.join("db"), kind },
        StoreError::Unreadable(code) => OutboxError::Failed(code),
    }
}
