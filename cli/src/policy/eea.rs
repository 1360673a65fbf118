//! What the policy says lies outside the European Economic Area.

use velum_policy::is_in_eea;
use velum_policy::sections::Document;

/// A recipient or processor that is not inside.
pub(crate) struct Abroad<'d> {
    pub(crate) name: &'d str,
    /// As it is written.
    pub(crate) location: &'d str,
    /// What allows the transfer, where the policy says it.
    pub(crate) transfer: Option<&'d str>,
}

/// All of them.
pub(crate) fn abroad(document: &Document) -> Vec<Abroad<'_>> {
    let recipients = document.recipient.iter().map(|one| Abroad {
        name: &one.organisation,
        location: &one.location,
        transfer: one.transfer.as_deref(),
    });
    let processors = document.processor.iter().map(|one| Abroad {
        name: &one.name,
        location: &one.location,
        transfer: one.transfer.as_deref(),
    });
    recipients.chain(processors).filter(|one| !is_in_eea(one.location)).collect()
}
