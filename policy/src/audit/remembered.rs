//! A checkpoint that somebody else kept: what the log cannot take back.

use std::fmt;

use velum_vocab::Digest;

use crate::audit::AuditError;
use crate::audit::line::Line;
use crate::audit::note::{self, SignedCheckpoint};
use crate::keys::PublicKey;

/// A checkpoint that somebody else kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Remembered {
    /// The whole signed note.
    Note(Box<SignedCheckpoint>),
    /// How many records and the root of their tree, copied by hand.
    Short {
        /// How many records there were.
        number: u64,
        /// The root of their tree.
        root: Digest,
    },
}

impl Remembered {
    /// Reads a signed note, a checkpoint's line of the log, or `NUMBER:ROOT` with the root in base64.
    ///
    /// # Errors
    /// [`AuditError::Checkpoint`] for anything else.
    pub fn parse(text: &str) -> Result<Self, AuditError> {
        let trimmed = text.trim();
        if let Some((number, root)) = trimmed.split_once(':')
            && let (Some(number), Some(root)) = (note::number(number), note::root(root))
        {
            return Ok(Self::Short { number, root });
        }
        if let Ok(Line::Checkpoint(signed)) = crate::audit::read_line(trimmed.as_bytes()) {
            return Ok(Self::Note(Box::new(signed)));
        }
        SignedCheckpoint::parse(&format!("{trimmed}\n")).map(|signed| Self::Note(Box::new(signed)))
    }

    /// How many records there were.
    pub fn number(&self) -> u64 {
        match self {
            Self::Note(signed) => signed.checkpoint().number(),
            Self::Short { number, .. } => *number,
        }
    }

    /// The root of the tree over them.
    pub fn root(&self) -> Digest {
        match self {
            Self::Note(signed) => signed.checkpoint().root(),
            Self::Short { root, .. } => *root,
        }
    }

    /// Those of these keys that signed it; none of a `NUMBER:ROOT`, which nobody did.
    pub fn signers<'k>(&self, keys: &'k [PublicKey]) -> Vec<&'k PublicKey> {
        match self {
            Self::Note(signed) => signed.signers(keys),
            Self::Short { .. } => Vec::new(),
        }
    }

    /// Whether it can be of the log with this origin.
    pub(crate) fn is_of(&self, origin: &str) -> bool {
        match self {
            Self::Note(signed) => signed.checkpoint().origin() == origin,
            Self::Short { .. } => true,
        }
    }
}

/// As [`Remembered::parse`] reads it.
impl fmt::Display for Remembered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Note(signed) => f.write_str(signed.text()),
            Self::Short { number, root } => write!(f, "{number}:{}", note::root_text(*root)),
        }
    }
}
