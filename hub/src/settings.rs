//! Settings of cameras: what boxes told of them, and changes that administrators propose, approve and hand over.
//!
//! `shape` is what may be a change at all, `desk` takes proposals and decisions, hands changes to boxes and hears what
//! became of them, `errors` is what can be wrong with that. Invariants: nobody approves what they proposed themselves;
//! what is proposed, decided or answered is in the audit log before it counts; the hub judges the shape of a change and
//! no more, the box judges what it says, under its own policy.

mod desk;
mod errors;
mod shape;

use velum_proto::v1::SettingsReceipt;

pub(crate) use desk::{Doors, Proposal, SettingsDesk, Standing};
pub(crate) use errors::SettingsError;
pub(crate) use shape::Shape;

/// Answers of boxes to settings that somebody draws.
pub(crate) type Drafts = crate::pending::Pending<SettingsReceipt>;
