//! Who writes a log, and which life of it.

use std::fmt;

use velum_vocab::{BoxId, EventId};

use crate::audit::AuditError;

/// Who writes a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Writer {
    /// The control room's server, by its name.
    Hub(BoxId),
    /// A box, as its certificate names it.
    Box(BoxId),
    /// A box, in the log of its attestations and of what left it: a log of its own.
    Attest(BoxId),
}

impl Writer {
    /// The hub with this name.
    ///
    /// # Errors
    /// [`AuditError::Text`] for what is no name (`a-z A-Z 0-9 . _ -`, at most 64).
    pub fn hub(name: &str) -> Result<Self, AuditError> {
        writer_name(name).map(Self::Hub)
    }

    /// The box with this name.
    ///
    /// # Errors
    /// [`AuditError::Text`] for what is no name (`a-z A-Z 0-9 . _ -`, at most 64).
    pub fn edge_box(name: &str) -> Result<Self, AuditError> {
        writer_name(name).map(Self::Box)
    }

    /// The box with this name, in the log of its attestations.
    ///
    /// # Errors
    /// [`AuditError::Text`] for what is no name (`a-z A-Z 0-9 . _ -`, at most 64).
    pub fn attesting(name: &str) -> Result<Self, AuditError> {
        writer_name(name).map(Self::Attest)
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        match text.split_once('/')? {
            ("hub", name) => Self::hub(name).ok(),
            ("box", name) => Self::edge_box(name).ok(),
            ("attest", name) => Self::attesting(name).ok(),
            _ => None,
        }
    }
}

fn writer_name(name: &str) -> Result<BoxId, AuditError> {
    BoxId::parse(name).map_err(|error| AuditError::Text { field: "writer", reason: error.to_string() })
}

impl fmt::Display for Writer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Hub(name) => write!(f, "hub/{name}"),
            Self::Box(name) => write!(f, "box/{name}"),
            Self::Attest(name) => write!(f, "attest/{name}"),
        }
    }
}

/// One life of a log on one disk; numbers count from 1 in each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Incarnation(EventId);

impl Incarnation {
    pub(crate) fn random() -> Result<Self, AuditError> {
        EventId::random().map(Self).map_err(|_| AuditError::Random)
    }

    /// Reads 32 hexadecimal digits in lower case; none for anything else.
    pub fn parse(hex: &str) -> Option<Self> {
        id(hex).map(EventId::from_bytes).map(Self)
    }
}

impl fmt::Display for Incarnation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The name of a log in its checkpoints.
pub(crate) fn origin(writer: &Writer, incarnation: Incarnation) -> String {
    format!("velum-audit/{writer}/{incarnation}")
}

/// 16 bytes in hexadecimal digits, lower case.
pub(crate) fn id(hex: &str) -> Option<[u8; 16]> {
    let is_plain = hex.len() == 32 && hex.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
    let number = u128::from_str_radix(hex, 16).ok().filter(|_| is_plain)?;
    Some(number.to_be_bytes())
}
