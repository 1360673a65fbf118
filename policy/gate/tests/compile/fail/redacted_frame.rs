//! A redacted picture that belongs to no alert cannot be judged, nor one that nobody verified.

use velum_gate::Gate;
use velum_redaction::{RedactedFrame, UnverifiedFrame};

fn judge(gate: &Gate, frame: RedactedFrame) {
    let _ = gate.judge(frame);
}

fn judge_unverified(gate: &Gate, frame: UnverifiedFrame) {
    let _ = gate.judge(frame);
}

fn main() {}
