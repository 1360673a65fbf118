//! pipeline/decode
