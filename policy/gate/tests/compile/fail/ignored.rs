//! What was withheld cannot be passed over.
#![deny(unused_must_use)]

use velum_gate::{Gate, Withheld};
use velum_vocab::Health;

fn judge(gate: &Gate, part: Health) {
    gate.judge(part);
}

fn refused() -> Withheld {
    loop {}
}

fn main() {
    refused();
}
