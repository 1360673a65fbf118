//! What can be wrong with a log, and what it means.

use std::fmt;
use std::path::PathBuf;

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The line cannot be read, or not as the log writes it.
    #[error("the line is not as the log writes it: {0}")]
    Unreadable(String),
    /// The last line has no end.
    #[error("the last line is not whole")]
    Unfinished,
    /// The line does not carry the hash of the one before.
    #[error("the line does not carry the hash of the line before it")]
    Link,
    /// The number does not follow.
    #[error("expected record {expected}, found record {found}")]
    Number {
        /// What should be here.
        expected: u64,
        /// What is.
        found: u64,
    },
    /// A checkpoint says something else than the lines before it.
    #[error("the checkpoint says something else than the lines before it ({0})")]
    Checkpoint(&'static str),
    /// A checkpoint was signed by none of the given keys.
    #[error("the checkpoint is signed by none of the given keys")]
    Signature {
        /// It names another key.
        names_another_key: bool,
    },
    /// The first line of a file is not an opening, or another line is.
    #[error("{0}")]
    Opening(&'static str),
    /// A file does not go on where the one before ended.
    #[error("the file does not go on where the file before it ended")]
    FileLink,
    /// Files are missing.
    #[error("expected file {expected} of the log, found file {found}")]
    FileNumber {
        /// What should be here.
        expected: u64,
        /// What is.
        found: u64,
    },
    /// The log began anew, though nothing is wrong with the file before.
    #[error("the log began anew here, though the file before it is whole")]
    BeganAnew,
    /// Another program changed the file while the log was written.
    #[error("another program changed or removed the file while it was written")]
    Changed,
    /// Nothing is signed.
    #[error("there is no checkpoint: nothing here is signed")]
    Unsigned,
    /// A line of an export stands where none can.
    #[error("{0}")]
    Part(&'static str),
    /// The checkpoint at the end of an export does not cover the lines above.
    #[error("the seal's checkpoint does not cover the records above it")]
    Seal,
    /// What an export says of itself cannot be read.
    #[error("what the export says of itself is not as the program writes it: {0}")]
    Manifest(String),
    /// An export does not show that it has all of its period.
    #[error("the export does not show that the {0} of its period is all here")]
    Incomplete(&'static str),
    /// A proof that proves nothing.
    #[error("the proof does not hold: {0}")]
    Proof(&'static str),
    /// A file of a pack is not as the pack says.
    #[error("{0}")]
    Pack(String),
    /// What was witnessed is not here.
    #[error("at record {number} the log is not the one whose checkpoint was kept")]
    Witnessed {
        /// The number of the checkpoint that was kept.
        number: u64,
    },
    /// What was witnessed fits, and is signed by a key that is none of the log's own.
    #[error(
        "the checkpoint that was kept, of {number} records, is signed by a key that signed no checkpoint of this log"
    )]
    ForeignKey {
        /// The number of the checkpoint that was kept.
        number: u64,
    },
    /// The log ends before what was witnessed.
    #[error("a checkpoint was kept of {witnessed} records, the log ends at record {found}")]
    CutOff {
        /// The number of the checkpoint that was kept.
        witnessed: u64,
        /// How many there are.
        found: u64,
    },
    /// What was witnessed cannot be compared.
    #[error(
        "the checkpoint that was kept, of {number} records, is of another log or of files not given here"
    )]
    NotComparable {
        /// The number of the checkpoint that was kept.
        number: u64,
    },
}

impl Fault {
    /// What it means, for people.
    pub fn meaning(&self) -> String {
        match self {
            Self::Unreadable(_) => "this line was altered or damaged".to_owned(),
            Self::Unfinished => "either it is being written at this moment (run this again), or the writer lost power \
                 here (at its next start it sets such a line aside and says so), or the end was altered or cut off"
                .to_owned(),
            Self::Link => "the line before it was altered, or lines were removed, added or moved here".to_owned(),
            Self::Number { expected, found } if found > expected => {
                format!("{} records were removed, or lines were moved", found - expected)
            }
            Self::Number { .. } => "lines were repeated or moved".to_owned(),
            Self::Checkpoint(_) => {
                "lines before it were altered, removed or added after it was signed".to_owned()
            }
            Self::Signature { names_another_key: true } => {
                "it names another key: either the wrong public key was given, or somebody else wrote this".to_owned()
            }
            Self::Signature { names_another_key: false } => {
                "it names the given key, but was altered or forged".to_owned()
            }
            Self::Opening(_) => "the beginning of a file was removed, or files were joined".to_owned(),
            Self::FileLink => "the end of the file before it was altered or cut off, or a file was replaced".to_owned(),
            Self::FileNumber { .. } => "whole files were removed or renamed".to_owned(),
            Self::BeganAnew => {
                "somebody changed the log while it was written and put it back, or replaced the file before".to_owned()
            }
            Self::Changed => "lines at its end were cut off or added, or the file was removed".to_owned(),
            Self::Unsigned => "whoever could write the file could have written all of it".to_owned(),
            Self::Part(_) => "lines of an export were moved or added, or the beginning of a log was replaced".to_owned(),
            Self::Seal => "records above it were altered, removed or added after the export was made".to_owned(),
            Self::Manifest(_) => "this file was altered or damaged".to_owned(),
            Self::Incomplete(_) => {
                "records of the period were left out or cut off there, or the period was written wider".to_owned()
            }
            Self::Proof(_) => "the proof was altered, or it is of another log".to_owned(),
            Self::Pack(_) => "a file of the pack was altered, removed or added after it was made".to_owned(),
            Self::Witnessed { .. } => "the log was rewritten after that checkpoint was handed out".to_owned(),
            Self::ForeignKey { .. } => {
                "of several keys one vouched for what was kept, and another for the log: find out whose checkpoint it is"
                    .to_owned()
            }
            Self::CutOff { witnessed, found } => {
                format!("{} records at the end were cut off", witnessed.saturating_sub(*found))
            }
            Self::NotComparable { .. } => {
                "give the folder with all files of that log, or the checkpoint of this one".to_owned()
            }
        }
    }
}

/// A fault and where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Located {
    /// The file.
    pub path: PathBuf,
    /// The first line that is wrong, counted from 1; 0 where it is none of them.
    pub line: u64,
    /// The number of the last record above it; none where there is none, or the fault is of no line.
    pub after: Option<u64>,
    /// What is wrong.
    pub fault: Fault,
}

impl Located {
    /// Of a file or folder as a whole.
    pub fn whole(path: PathBuf, fault: Fault) -> Self {
        Self { path, line: 0, after: None, fault }
    }
}

impl fmt::Display for Located {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.display();
        match self.line {
            0 => write!(f, "{path}: {}", self.fault),
            line => write!(f, "{path}:{line}: {}", self.fault),
        }?;
        self.after.map_or(Ok(()), |record| write!(f, " (behind record {record})"))
    }
}
