//! pipeline/analyse
