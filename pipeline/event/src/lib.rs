//! pipeline/event
