//! The still of an alert needs a picture that was verified.

use velum_gate::{AlertStill, EventKind};
use velum_redaction::UnverifiedFrame;
use velum_vocab::Digest;

fn still(picture: UnverifiedFrame) -> AlertStill {
    AlertStill {
        picture,
        kind: EventKind::AbandonedObject,
        redaction_terms: Digest::of(b"terms"),
        painted: Vec::new(),
        looked_for: Vec::new(),
        models: Vec::new(),
    }
}

fn main() {}
