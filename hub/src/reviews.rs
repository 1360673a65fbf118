//! What people do about alerts, and what becomes of those that nobody decides in time.
//!
//! `desk` is the one way by which a person says what an alert was, takes or escalates it, for gRPC and console alike;
//! `owed` is what the policy asks of people, `deadline` ends what is past its time; `stream` shows what was decided,
//! `figures` adds up what they did; `texts` takes and opens what they write beside it, which `sealing` seals; `suppress` has
//! a box raise no alert at a place for some days, after a decision that nothing is there.
//! Invariants: what a person does is in the audit log before it counts, and so is what the hub does by itself; an alert
//! is changed by one at a time.

mod deadline;
mod desk;
mod figures;
mod owed;
mod sealing;
mod stream;
mod suppress;
mod texts;

pub(crate) use deadline::keep;
pub(crate) use desk::{AlertAsk, Doors, Escalation, Looked, ReviewDesk, ReviewError, name_of};
pub(crate) use figures::{FEWEST, Figure, figures};
pub(crate) use owed::{Owed, raised_alert};
pub(crate) use sealing::{SealedText, Sealer};
pub(crate) use suppress::SeenSuppression;
pub(crate) use texts::TextAsk;

/// As the audit log names that an id is of no alert here.
pub(crate) const UNKNOWN_EVENT: &str = "unknown_event";
