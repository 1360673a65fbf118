//! What can go wrong. Every error can be cloned: one failed group commit answers many callers.

use std::io;
use std::path::{Path, PathBuf};

/// Why the outbox refused or failed. Nothing here names what a record holds.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OutboxError {
    /// Another process holds the outbox.
    #[error("{}: another process uses this outbox; stop it, or give this box a folder of its own", .0.display())]
    InUse(PathBuf),
    /// A file could not be read or written.
    #[error("{}: {kind}; check the disk and that this user may write there", path.display())]
    File {
        /// Which file or folder.
        path: PathBuf,
        /// What the system said.
        kind: io::ErrorKind,
    },
    /// The limit of records or bytes is reached: the hub has been away for too long.
    #[error(
        "outbox: full, {records} records ({bytes} bytes) wait for the hub; the hub must be \
         reachable again to make room; `velum-edge check` says whether it is"
    )]
    Full {
        /// Records that wait.
        records: u64,
        /// Bytes that they take.
        bytes: u64,
    },
    /// The disk has too little room.
    #[error(
        "outbox: {free_bytes} bytes free on the disk, expected at least {needed_bytes}; \
         make room, nothing is numbered until then"
    )]
    DiskFull {
        /// Bytes free.
        free_bytes: u64,
        /// Bytes that must stay free.
        needed_bytes: u64,
    },
    /// One entry is larger than any event can be.
    #[error("outbox: an entry of {bytes} bytes, expected at most {limit_bytes}")]
    TooLarge {
        /// Its size.
        bytes: usize,
        /// The limit.
        limit_bytes: usize,
    },
    /// The disk was busy for too long before these entries' turn came: they have no number and never will, and
    /// can be committed again.
    #[error(
        "outbox: the disk did not get to these entries within {0} s, nothing was numbered; check its health"
    )]
    NotBegun(u64),
    /// The disk did not confirm in time. Whether the entries got numbers is not known: commit the same events
    /// again; their ids show a double.
    #[error("outbox: the disk did not confirm within {0} s; check its health")]
    Unconfirmed(u64),
    /// The database failed; it is opened again at the next call. As for `Unconfirmed`, the same events may be
    /// committed again.
    #[error("outbox: the database failed ({0}); it is opened again at the next call")]
    Failed(&'static str),
    /// An acknowledgement beyond the numbers that were given: this disk was set back to an earlier state.
    #[error("outbox: number {acknowledged} is acknowledged, but only {given} were given here")]
    AheadOfBox {
        /// What was acknowledged.
        acknowledged: u64,
        /// The highest number given.
        given: u64,
    },
    /// Another incarnation has begun.
    #[error("outbox: another incarnation has begun; ask for its numbers")]
    OtherIncarnation,
    /// The system gives no random bytes: nothing can be sealed.
    #[error("the system's random number generator failed; nothing can be sealed")]
    Random,
    /// A day's key cannot be made or read.
    #[error("{}: the day's key cannot be used; check the folder of keys", .0.display())]
    Key(PathBuf),
    /// Too many callers wait already: the disk does not keep up.
    #[error("outbox: the disk does not keep up with what is committed; check its health")]
    Busy,
    /// No still is kept of this event.
    #[error("outbox: no still of this event is kept")]
    NoStill,
    /// A still is there and does not open, or is not what was sealed.
    #[error("outbox: the still of this event cannot be read; it is not sent")]
    StillUnreadable,
    /// The outbox was closed.
    #[error("outbox: closed")]
    Closed,
}

impl OutboxError {
    pub(crate) fn file(path: &Path) -> impl FnOnce(io::Error) -> Self + '_ {
        move |error| Self::File { path: path.to_owned(), kind: error.kind() }
    }
}
