//! Exercises: a scenario is played in the place of a camera, by the hub's order. `book` knows which were ordered and how each
//! stands, `desk` is where the hub's orders come in; `camera/exercise` plays them.
//!
//! Invariants: while one runs the real camera is not analysed, and its time counts as `exercise`; whatever comes of it is marked
//! `staged`; policy and gate judge it as always, and where the policy does not let the camera be analysed it does not begin, or
//! ends; its beginning is in the audit log before it begins; what the real rules remember lies untouched meanwhile.

mod book;
mod desk;

pub(crate) use book::{Book, Playing};
pub(crate) use desk::{Exercises, may_begin};
