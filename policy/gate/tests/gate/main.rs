//! The gate, rule by rule: what leaves, what does not, and how coarse it is.

mod coarse;
mod health;
mod imagery;
mod policies;
mod rules;
mod town;
