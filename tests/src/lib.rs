//! The harness of demonstration and tests: a small town (authority, hub, box, simulated cameras) made of the
//! real executables, each a process of its own that can be stopped, killed and started again.
//!
//! `programs` finds the executables, `process` runs one, `town` puts them together, `report` says afterwards
//! what reached the hub, and `plot` draws figures.

pub mod plot;
pub mod process;
pub mod programs;
pub mod report;
pub mod town;
