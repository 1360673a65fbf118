//! Who may read what of an event: the `[[recipient]]`s of a policy as Cedar policies, strictly validated.
//!
//! [`Terms`] are what a policy says of reading, `compile` makes Cedar policies of them, and [`Rules::decide`] asks them.
//! The hub asks on every read, and `velum policy test` before a policy is signed: the same code. Here are no store, no
//! event and no clock. Invariant: what is not decided, for whatever reason, is a no that names a [`Rule`].

mod compile;
mod rule;
mod rules;
mod terms;

pub use compile::CompileError;
pub use rule::Rule;
pub use rules::{Action, Decision, Facts, Rules, Why};
pub use terms::{Terms, is_of_regime};

#[cfg(test)]
mod tests;
