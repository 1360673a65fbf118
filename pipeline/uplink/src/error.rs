//! What can go wrong, in words for the person at the box.

use std::io;
use std::path::{Path, PathBuf};

/// Why the uplink cannot begin, or an enrolment failed. A lost connection is none of these: it is made again.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UplinkError {
    /// A file of the identity is missing or cannot be read or written.
    #[error("{}: {kind}; enrol this box with `velum-edge enroll --token TOKEN`, and check the folder's rights", path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        kind: io::ErrorKind,
    },
    /// A file of the identity does not hold what it should.
    #[error("{}: expected {expected}; enrol this box again with a new token", path.display())]
    Content {
        /// Which file.
        path: PathBuf,
        /// What should be in it.
        expected: &'static str,
    },
    /// The address is not `host:port`.
    #[error("hub address `{0}`: expected host and port, for example `hub.example.org:7443`")]
    Address(String),
    /// The token is not one.
    #[error("the token is damaged or cut off ({0}); copy all of what `velum-hub enroll BOX` printed")]
    Token(&'static str),
    /// The token was valid for too short a time.
    #[error("the token has expired; print a new one with `velum-hub enroll {0}`")]
    TokenExpired(String),
    /// Nobody answers, or who answers is not the hub that the token is for.
    #[error(
        "{address}: cannot connect ({code}); check the address, the network and the hub's enrolment listener"
    )]
    Connect {
        /// The enrolment address.
        address: String,
        /// What failed, for example `connection refused`.
        code: String,
    },
    /// The hub refused the enrolment: its reason, cut and without control characters.
    #[error("the hub refused the enrolment: {0}")]
    Refused(String),
    /// The hub's answer does not fit the token.
    #[error("the hub's answer does not fit the token ({0}); nothing was kept")]
    Answer(&'static str),
    /// A key or a certificate cannot be made or used.
    #[error("{0} cannot be made or used; enrol this box again with a new token")]
    Crypto(&'static str),
}

impl UplinkError {
    pub(crate) fn file(path: &Path) -> impl FnOnce(io::Error) -> Self + '_ {
        move |error| Self::File { path: path.to_owned(), kind: error.kind() }
    }
}
