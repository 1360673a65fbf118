//! Where data protection law of the Union holds.

/// The countries of the European Economic Area by ISO 3166 code, and what a policy may write for all of them.
const INSIDE: [&str; 32] = [
    "EEA", "EU", "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE",
    "IS", "IT", "LI", "LT", "LU", "LV", "MT", "NL", "NO", "PL", "PT", "RO", "SE", "SI", "SK",
];

/// Whether a place, as a policy writes it, is known to be inside. What is not known is outside.
pub fn is_in_eea(location: &str) -> bool {
    INSIDE.contains(&location)
}
