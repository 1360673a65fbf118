//! What cannot be done with a picture and its redaction.

#![expect(clippy::unwrap_used, reason = "a test program")]

#[path = "../../pipeline/frame/tests/shared/refused.rs"]
mod refused;

refused::refused_programs!(
    original_is_gone,
    redacted_cannot_be_cloned,
    redacted_cannot_be_made_of_fields,
    redacted_cannot_be_serialised,
    redacted_must_be_verified,
    redacted_shows_only_its_jpeg,
);
