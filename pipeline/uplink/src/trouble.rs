//! Why there is no connection, in this box's own words: what others say is never repeated in a log.

use std::error::Error;
use std::fmt;
use std::io;

use rustls::{AlertDescription, CertificateError};
use tonic::{Code, Status};

/// What is wrong, and how to mend it; shown as `what; how`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    what: String,
    mend: &'static str,
    is_refusal: bool,
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)?;
        if self.mend.is_empty() { Ok(()) } else { write!(f, "; {}", self.mend) }
    }
}

impl Trouble {
    /// What is wrong, without how to mend it.
    pub(crate) fn what(&self) -> &str {
        &self.what
    }

    /// One side does not want the other; else nobody answered.
    pub(crate) fn is_refusal(&self) -> bool {
        self.is_refusal
    }

    pub(crate) fn timed_out() -> Self {
        Self::unreachable("timed out".to_owned())
    }

    /// What was read from this box's own disk.
    pub(crate) fn own(what: String) -> Self {
        Self { what, mend: "", is_refusal: false }
    }

    fn unreachable(what: String) -> Self {
        let mend = "start the hub, or open the way to it: this box connects outwards, over TCP";
        Self { what, mend, is_refusal: false }
    }

    /// The hub answers, and cannot take anything now.
    fn busy(what: &str) -> Self {
        let mend = "look into the hub's log for the reason; this box keeps its events and tries again";
        Self { what: what.to_owned(), mend, is_refusal: false }
    }

    fn refusal(what: &str, mend: &'static str) -> Self {
        Self { what: what.to_owned(), mend, is_refusal: true }
    }

    /// Of a connection that could not be made: the deepest cause of a known kind.
    pub(crate) fn of(error: &(dyn Error + 'static)) -> Self {
        let mut found = Self::unreachable("connection failed".to_owned());
        let mut cause = Some(error);
        while let Some(error) = cause {
            if let Some(tls) = tls_error(error) {
                return Self::of_tls(tls);
            }
            if let Some(io) = error.downcast_ref::<io::Error>() {
                found = Self::unreachable(io.kind().to_string());
            }
            cause = error.source();
        }
        found
    }

    /// Of a call that the hub, or the way to it, ended.
    pub(crate) fn of_status(status: &Status) -> Self {
        if let Some(cause) = status.source() {
            return Self::of(cause);
        }
        const ENROL: &str = "enrol this box again with a new token of `velum-hub enroll BOX`";
        match status.code() {
            Code::PermissionDenied => Self::refusal(
                "the hub refuses this box: its certificate was revoked, or the hub does not know it",
                ENROL,
            ),
            Code::Unauthenticated => {
                Self::refusal("the hub refuses this box: its certificate names no box", ENROL)
            }
            Code::Aborted => Self::refusal(
                "another connection of this box took over",
                "where two boxes share one identity, enrol one of them again",
            ),
            Code::Unavailable => {
                Self::busy("the hub takes nothing at the moment: it stops, or it cannot store")
            }
            Code::InvalidArgument => Self::refusal(
                "the hub refuses what this box says",
                "look into the hub's log for the reason; box and hub may differ in version",
            ),
            Code::Unimplemented => {
                Self::refusal("the hub does not know this call", "update the hub, or correct hub.address")
            }
            Code::DeadlineExceeded => Self::busy("the hub waited for too long"),
            code => Self::refusal(code.description(), "look into the hub's log for the reason"),
        }
    }

    fn of_tls(error: &rustls::Error) -> Self {
        const AUTHORITY: &str = "enrol this box at that hub, or correct hub.address";
        match error {
            rustls::Error::InvalidCertificate(why) => match why {
                CertificateError::Expired | CertificateError::ExpiredContext { .. } => Self::refusal(
                    "hub certificate expired",
                    "make the hub a new one, or correct this box's clock",
                ),
                CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                    Self::refusal("hub certificate not valid yet", "check this box's clock")
                }
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                    Self::refusal(
                        "hub certificate is for another name",
                        "write in hub.address a name that stands in it, or make the hub one for this name",
                    )
                }
                _ => Self::refusal("hub certificate not of this authority", AUTHORITY),
            },
            rustls::Error::AlertReceived(AlertDescription::CertificateExpired) => Self::refusal(
                "hub refused the box's certificate: expired",
                "enrol this box again, or correct the hub's clock",
            ),
            rustls::Error::AlertReceived(
                AlertDescription::UnknownCA
                | AlertDescription::DecryptError
                | AlertDescription::BadCertificate,
            ) => Self::refusal("hub refused the box's certificate: of another authority", AUTHORITY),
            rustls::Error::AlertReceived(_) => {
                Self::refusal("hub refused the box's certificate", "enrol this box again")
            }
            _ => Self::refusal("tls handshake failed", "correct hub.address: expected a velum-hub there"),
        }
    }
}

fn tls_error<'e>(error: &'e (dyn Error + 'static)) -> Option<&'e rustls::Error> {
    let within = || error.downcast_ref::<io::Error>()?.get_ref()?.downcast_ref();
    error.downcast_ref().or_else(within)
}
