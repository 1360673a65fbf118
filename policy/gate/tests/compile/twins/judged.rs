//! The twin of `forged.rs`, `raw_frame.rs` and `ignored.rs`: a part is judged, and what becomes of it is used.
#![deny(unused_must_use)]

use std::sync::Arc;

use velum_gate::{Gate, Releasable, Withheld};
use velum_vocab::{CameraId, CoverageState, Health, SystemClock, Timestamp};

fn judge(gate: &Gate, part: Health) -> Result<Releasable<Health>, Withheld> {
    gate.judge(part)
}

fn keep(_withheld: Withheld) {}

pub(crate) fn main() {
    let gate = Gate::new(Arc::new(SystemClock));
    let Ok(camera) = CameraId::parse("plaza-1") else { return };
    let part =
        Health { camera, at: Timestamp::from_unix_secs(0), state: CoverageState::Offline, staged: None };
    match judge(&gate, part) {
        Ok(releasable) => drop(releasable.into_released()),
        Err(withheld) => keep(withheld),
    }
}
