//! What callers see of the stills: keeping, erasing, and taking one out for who asked.

use std::fmt;
use std::time::Duration;

use velum_event::{Still, StillFacts, StillOrder};
use velum_proto::v1;
use velum_vocab::{EventId, Timestamp};

use crate::error::OutboxError;
use crate::outbox::Outbox;
use crate::stills::{ErasureReceipt, KeptStill};
use crate::wire;

/// A still that was taken out to be sent. It shows nothing when it is printed.
pub struct OpenStill(v1::Still);

impl OpenStill {
    /// Bytes of the picture.
    pub fn picture_bytes(&self) -> usize {
        self.0.jpeg.len()
    }

    /// As it travels.
    pub fn into_wire(self) -> v1::Still {
        self.0
    }
}

impl fmt::Debug for OpenStill {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OpenStill({} bytes)", self.picture_bytes())
    }
}

impl Outbox {
    /// Keeps the still of an alert's raised event, sealed; it is on the disk when this returns. A newer one of the
    /// same event replaces the older.
    ///
    /// # Errors
    /// [`OutboxError::Full`] while [`Outbox::stills_in_excess`] names any, [`OutboxError::DiskFull`],
    /// [`OutboxError::TooLarge`], or what the disk or the key says; nothing is kept then.
    pub fn keep_still(&self, event: EventId, still: &Still) -> Result<(), OutboxError> {
        self.stills.keep(event, still.facts(), still.jpeg(), self.shared.clock.as_ref())
    }

    /// The oldest stills, that must be erased before this one can be kept.
    pub fn stills_in_excess(&self, still: &Still) -> Vec<KeptStill> {
        self.stills.in_excess(still.jpeg().len())
    }

    /// The stills whose time is over: kept no longer than the policy allowed when they were, and than `retention`
    /// says now where it says anything. Give it trusted time only.
    pub fn stills_due(
        &self,
        now: Timestamp,
        retention: impl Fn(&StillFacts) -> Option<Duration>,
    ) -> Vec<KeptStill> {
        self.stills.due(now, retention)
    }

    /// The stills that were taken after this moment: of the future, where it is later than now.
    pub fn stills_after(&self, moment: Timestamp) -> Vec<KeptStill> {
        self.stills.after(moment)
    }

    /// Erases these stills for good: overwritten, removed, and the key of each day destroyed of which no still is
    /// left.
    ///
    /// # Errors
    /// Where a file or key cannot be erased; calling again goes on from there.
    pub fn erase_stills(&self, events: &[EventId]) -> Result<ErasureReceipt, OutboxError> {
        self.stills.erase(events)
    }

    /// What is known of the still of this event; none where none is kept.
    pub fn still_facts(&self, event: EventId) -> Option<StillFacts> {
        self.stills.facts(event)
    }

    /// Takes the ordered still out, to be sent. It stays kept until its time is over.
    ///
    /// # Errors
    /// [`OutboxError::NoStill`], [`OutboxError::StillUnreadable`], or what the disk or the key says.
    pub fn open_still(&self, order: StillOrder) -> Result<OpenStill, OutboxError> {
        let (facts, jpeg) = self.stills.read(order.event())?;
        Ok(OpenStill(wire::still(&facts, jpeg, order.captured(), order.policy_digest())))
    }
}
