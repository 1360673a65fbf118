//! pipeline/outbox
