//! What the policy says lies outside the European Economic Area.

use velum_policy::sections::Document;

/// The countries of the area by ISO 3166 code, and what a policy may write for all of them.
const INSIDE: [&str; 32] = [
    "EEA", "EU", "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE",
    "IS", "IT", "LI", "LT", "LU", "LV", "MT", "NL", "NO", "PL", "PT", "RO", "SE", "SI", "SK",
];

/// Recipients and processors that are not inside, each with its place as it is written. What is not known to be
/// inside is outside.
pub(crate) fn abroad(document: &Document) -> Vec<(&str, &str)> {
    let recipients = document.recipient.iter().map(|one| (one.organisation.as_str(), one.location.as_str()));
    let processors = document.processor.iter().map(|one| (one.name.as_str(), one.location.as_str()));
    recipients.chain(processors).filter(|(_, location)| !INSIDE.contains(location)).collect()
}
