//! The JSON Schema of a policy file, for editors: what a key is called, what it means, what it may hold.
//!
//! It is generated of the types that parse the file, and committed; a test keeps the two the same. TOML's dates
//! are dates here in their written form, as editors of TOML hand them over. What no schema can say (a site may
//! only tighten its city, and the rules) is checked by `velum policy lint`.

/// The schema (JSON Schema, draft 2020-12), as it is committed in `policy/schema/policy.schema.json`.
pub const SCHEMA: &str = include_str!("../schema/policy.schema.json");

#[cfg(test)]
mod tests;
