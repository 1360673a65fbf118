//! Why an entry was not logged, or a log not read.

use std::path::{Path, PathBuf};

use crate::audit::writer::Writer;

/// Why an entry was not logged, or a log not read. To whoever asked before acting it means: do not act.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    /// A field is missing that the law asks for.
    #[error("audit entry: {operation} that is allowed needs `{field}`; ask for it, or log the denial")]
    Missing {
        /// The field.
        field: &'static str,
        /// The operation.
        operation: &'static str,
    },
    /// A text is too long, empty, or has characters that a log line must not have.
    #[error("audit entry: `{field}` {reason}")]
    Text {
        /// The field.
        field: &'static str,
        /// What is wrong, and what is expected.
        reason: String,
    },
    /// A file could not be read or written.
    #[error("{}: {error}", .path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        error: std::io::Error,
    },
    /// Another process writes this log.
    #[error("{}: another process writes this audit log; stop it, or choose another folder", .0.display())]
    InUse(PathBuf),
    /// The folder holds the log of another writer.
    #[error("{}: expected the audit log of `{expected}`, found that of `{found}`; choose another folder", .path.display())]
    OtherWriter {
        /// The file.
        path: PathBuf,
        /// Who writes now.
        expected: Writer,
        /// Who wrote it.
        found: Writer,
    },
    /// There is no log file where one was looked for.
    #[error("{}: expected audit log files, named like `audit-000001-2026-11.jsonl`, found none", .0.display())]
    NoLog(PathBuf),
    /// A checkpoint that was kept elsewhere is none.
    #[error("checkpoint: {0}; expected a file or text as the log's owner handed it out, or `NUMBER:ROOT`")]
    Checkpoint(String),
    /// A proof cannot be taken out of the log.
    #[error("{}: {reason}", .path.display())]
    NotProvable {
        /// The log.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// An export or a pack cannot be made.
    #[error("{}: {reason}", .path.display())]
    NotExportable {
        /// The log, or where the export should be written.
        path: PathBuf,
        /// Why, and what to do.
        reason: String,
    },
    /// In a pack lies something else than files and folders.
    #[error(
        "{}: expected a file or a folder, found a link, a pipe or a device; no audit pack has one, and nothing of this one was read: ask for it anew",
        .0.display()
    )]
    NotPlain(PathBuf),
    /// The clock shows a time that no calendar has.
    #[error("the clock shows no time of this calendar; set it")]
    Clock,
    /// The system gave no random bytes.
    #[error("the system's random number generator failed; no audit log can begin")]
    Random,
    /// A thread ended in the middle of an entry; nothing can be said of the log any more.
    #[error("the audit log stopped in the middle of an entry; restart the program")]
    Stopped,
}

impl AuditError {
    /// An input or output error at this path.
    pub(crate) fn at(path: &Path) -> impl FnOnce(std::io::Error) -> Self + '_ {
        move |error| Self::Io { path: path.to_owned(), error }
    }
}
