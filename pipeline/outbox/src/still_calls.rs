//! What callers see of the stills: keeping, erasing, and taking one out for who asked.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use velum_event::{Still, StillFacts, StillOrder};
use velum_proto::v1;
use velum_vocab::{Digest, EventId, Timestamp};

use crate::departure;
use crate::error::OutboxError;
use crate::outbox::Outbox;
use crate::stills::{ErasureReceipt, KeptStill};
use crate::wire;

/// A still that was taken out to be sent. It shows nothing when it is printed.
pub struct OpenStill {
    still: v1::Still,
    commitment: Option<Digest>,
}

/// What is said of a still that leaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StillDeparture {
    /// The fields beside the picture, and how precise each is.
    pub fields: BTreeMap<String, String>,
    /// Bytes of the picture.
    pub bytes: u64,
    /// Width, pixels.
    pub width_px: u32,
    /// Height, pixels.
    pub height_px: u32,
    /// How much of it is painted over, thousandths.
    pub covered_permille: u64,
    /// To the picture.
    pub commitment: Option<Digest>,
}

impl OpenStill {
    /// What is said of it when it leaves.
    pub fn facts(&self) -> StillDeparture {
        let mut fields = BTreeMap::from([("picture".to_owned(), "redacted".to_owned())]);
        for name in ["policy_digest", "model_id"] {
            fields.insert(name.to_owned(), "exact".to_owned());
        }
        if let Some(captured) = &self.still.captured {
            fields.insert("time".to_owned(), departure::duration(captured.precision_ms));
        }
        StillDeparture {
            fields,
            bytes: u64::try_from(self.picture_bytes()).unwrap_or(u64::MAX),
            width_px: self.still.width_px,
            height_px: self.still.height_px,
            covered_permille: (self.still.covered_fraction.clamp(0.0, 1.0) * 1_000.0).round() as u64,
            commitment: self.commitment,
        }
    }

    /// Bytes of the picture.
    pub fn picture_bytes(&self) -> usize {
        self.still.jpeg.len()
    }

    /// As it travels.
    pub fn into_wire(self) -> v1::Still {
        self.still
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
        let commitment = self.stills.salt_of(order.event())?.map(|salt| departure::commitment(&salt, &jpeg));
        let still = wire::still(&facts, jpeg, order.captured(), order.policy_digest());
        Ok(OpenStill { still, commitment })
    }
}
