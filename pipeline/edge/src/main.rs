//! The edge box: runs the stages for each camera, and lets out only what the gate released.
mod backoff;
mod harden;
mod health;
mod ledger;
mod logs;
mod metrics;
mod shutdown;

fn main() {}
