//! The twin of `redacted_frame.rs` and `unverified_still.rs`: a verified picture of an alert is judged.

use velum_gate::{AlertStill, EventKind, Gate, Releasable, Withheld};
use velum_redaction::RedactedFrame;
use velum_vocab::Digest;

fn judge(gate: &Gate, picture: RedactedFrame) -> Result<Releasable<AlertStill>, Withheld> {
    gate.judge(AlertStill {
        picture,
        kind: EventKind::AbandonedObject,
        redaction_terms: Digest::of(b"terms"),
        painted: Vec::new(),
        looked_for: Vec::new(),
        models: Vec::new(),
    })
}

pub(crate) fn main() {
    // It is enough that it compiles: a picture takes a whole redaction.
    let _: fn(&Gate, RedactedFrame) -> Result<Releasable<AlertStill>, Withheld> = judge;
}
