//! What may leave cannot be made without the gate.

use velum_gate::{Releasable, ReleasedHealth};
use velum_vocab::Health;

fn forge(released: ReleasedHealth) -> Releasable<Health> {
    Releasable { released, policy_digest: None }
}

fn main() {}
