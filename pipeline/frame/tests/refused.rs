//! What a raw frame cannot do.

#![expect(clippy::unwrap_used, reason = "a test program")]

#[path = "shared/refused.rs"]
mod refused;

refused::refused_programs!(
    cannot_be_cloned,
    cannot_be_made_of_fields,
    cannot_be_serialised,
    cannot_show_its_bytes,
    opens_only_through_pixels,
);
