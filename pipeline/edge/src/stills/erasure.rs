//! The end of stills whose time is over, or that must make room: logged, erased for good, and looked for after.

use velum_gate::CLOCK_TOLERANCE;
use velum_outbox::KeptStill;
use velum_policy::audit::{Entry, ErasedDay, KeyDay, Operation, Outcome, Subject};
use velum_vocab::{EventId, Timestamp};

use super::Archive;

/// Erases what is past its retention at this trusted moment. To be called where the clock is not behind it.
pub(crate) fn erase_due(archive: &Archive, mark: Timestamp) {
    let retention = |facts: &velum_event::StillFacts| archive.gate.still_retention(&facts.camera);
    let due = archive.outbox.stills_due(mark, retention);
    if !due.is_empty() {
        erase(archive, due, "retention.redacted_still");
    }
    // Of the future: the clock was wrong when they were taken, and they would outlive their retention.
    let ahead = archive.outbox.stills_after(archive.clock.now().plus(CLOCK_TOLERANCE));
    if !ahead.is_empty() {
        erase(archive, ahead, "trusted_time");
    }
}

/// Erases these. A log that cannot be written keeps nothing alive: it is told, and they go nevertheless.
pub(super) fn erase(archive: &Archive, stills: Vec<KeptStill>, rule: &str) {
    for still in &stills {
        let mut entry = Entry::new(Operation::Erasure, Subject::Still(still.event), Outcome::Allowed);
        entry.camera = Some(still.facts.camera.clone());
        entry.policy_digest = archive.gate.policy_digest();
        entry.records = Some(1);
        let _refused = archive.log.append(entry);
    }
    let events: Vec<EventId> = stills.iter().map(|still| still.event).collect();
    match archive.outbox.erase_stills(&events) {
        Ok(receipt) => {
            tracing::info!(
                rule,
                stills = receipt.events.len(),
                days = receipt.key_days.len(),
                "stills erased"
            );
            archive.metrics.stills.erased(receipt.events.len());
            let found_after =
                events.iter().filter(|event| archive.outbox.still_facts(**event).is_some()).count();
            for day in &receipt.key_days {
                let _refused =
                    KeyDay::parse(day).map(|day| archive.log.append(receipt_of(day, rule, found_after)));
            }
        }
        Err(error) => tracing::error!(%error, "stills could not be erased; it is tried again"),
    }
}

/// The receipt: what was sealed under this day's key opens no more.
fn receipt_of(key_day: KeyDay, rule: &str, found_after: usize) -> Entry {
    let day = ErasedDay {
        key_day,
        rule: rule.to_owned(),
        searched: vec!["stills".to_owned()],
        found_after: u64::try_from(found_after).unwrap_or(u64::MAX),
    };
    Entry::new(Operation::Erasure, Subject::Day(day), Outcome::Allowed)
}
