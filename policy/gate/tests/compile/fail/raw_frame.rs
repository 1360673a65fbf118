//! A raw frame cannot be judged.

use velum_frame::RawFrame;
use velum_gate::Gate;

fn judge(gate: &Gate, frame: RawFrame) {
    let _ = gate.judge(frame);
}

fn main() {}
