//! The box's side of the connection to its hub.
//!
//! Invariants:
//! - Nothing is said without TLS 1.3, a hub certificate of the one authority that this box was enrolled under,
//!   and this box's own certificate.
//! - A record is deleted from the outbox only when the hub has acknowledged its number; until then it is sent
//!   again after every reconnection.
//! - No log line holds more than numbers, codes and words of this program ([`Trouble`]).
//!
//! # Layout, in reading order
//! [`Uplink::run`] connects for ever, with backoff; `session` is one connection from hello to its end;
//! `boxes` is what an administrator asks of the box and what it tells of itself;
//! [`HubAccess`] says to which hub and as whom; `tls` makes the connection; [`Identity`] is what the box shows;
//! [`enroll`] gets it, with a token that the hub printed ([`Token`]).

mod access;
mod boxes;
mod enroll;
mod error;
mod identity;
mod manifest;
mod orders;
mod policies;
mod renewal;
mod scenarios;
mod session;
mod status;
mod stills;
mod tls;
mod token;
mod trouble;
mod uplink;

pub use access::{HubAccess, ProbeError};
pub use boxes::{
    BoxDesk, LeftSum, SettingsAnswer, SettingsOutcome, SettingsTold, SettingsWish, Sketch, Standing,
    SuspensionHeld, SuspensionWish,
};
pub use enroll::{Enrolled, enroll};
pub use error::UplinkError;
pub use identity::Identity;
pub use manifest::SendLog;
pub use orders::{
    ExerciseDesk, ExerciseStanding, ExerciseWish, SuppressionDesk, SuppressionStanding, SuppressionWish,
};
pub use policies::{PolicyDesk, PolicyTaken};
pub use renewal::Validity;
pub use scenarios::{ExpectedAlert, Scenario};
pub use status::{SentBytes, UplinkStatus};
pub use stills::{StillDesk, StillLimits, StillWish};
pub use token::Token;
pub use trouble::Trouble;
pub use uplink::{HelloFacts, Settings, Uplink};

#[cfg(test)]
mod tests;
