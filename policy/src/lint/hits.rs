//! What a rule looks at, and what it finds.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use crate::duration::PolicyDuration;
use crate::file::PolicyFile;
use crate::layers::{Aggregation, Capture, Egress, Redaction, Retention};
use crate::pack::Packs;
use crate::sections::{Document, Regime, RetentionClass};
use crate::when::When;

/// A file, the moment at which it is judged, and what its country asks.
pub(super) struct Case<'f> {
    pub(super) doc: &'f Document,
    /// None on a box, where the gate judges dates at every decision.
    pub(super) at: Option<Timestamp>,
    pub(super) packs: &'f Packs,
    pub(super) capture: Capture,
    pub(super) aggregation: Aggregation,
    pub(super) redaction: Redaction,
    pub(super) retention: Retention,
}

/// One thing that a rule found.
pub(super) struct Hit {
    pub(super) key: String,
    pub(super) found: String,
    /// Only warned of where nobody may be filmed.
    pub(super) soft: bool,
}

/// All that a rule found.
#[derive(Default)]
pub(super) struct Hits(pub(super) Vec<Hit>);

impl Hits {
    /// Found at this key.
    pub(super) fn at(&mut self, key: impl Into<String>, found: impl Into<String>) {
        self.0.push(Hit { key: key.into(), found: found.into(), soft: false });
    }

    /// The same, where a condition holds.
    pub(super) fn when(&mut self, wrong: bool, key: impl Into<String>, found: impl Into<String>) {
        if wrong {
            self.at(key, found);
        }
    }

    /// Found, and only warned of where nobody may be filmed.
    pub(super) fn soft(&mut self, key: impl Into<String>, found: impl Into<String>) {
        self.0.push(Hit { key: key.into(), found: found.into(), soft: true });
    }
}

impl<'f> Case<'f> {
    pub(super) fn of(file: &'f PolicyFile, at: Option<Timestamp>, packs: &'f Packs) -> Self {
        let doc = file.document();
        Self {
            doc,
            at,
            packs,
            capture: doc.capture.filled(),
            aggregation: doc.aggregation.filled(),
            redaction: doc.redaction.filled(),
            retention: doc.retention.filled(),
        }
    }

    pub(super) fn is_led(&self) -> bool {
        self.doc.policy.regime == Regime::Led
    }

    /// Whether any picture may leave.
    pub(super) fn has_egress(&self) -> bool {
        self.redaction.imagery_egress != Egress::None
    }

    /// Whether it lies further back than so many days; never without a moment.
    pub(super) fn is_older(&self, when: When, days: i64) -> bool {
        let limit = SignedDuration::from_hours(24 * days);
        self.at.is_some_and(|now| now.duration_since(when.starts()) > limit)
    }

    /// Whether it is over; never without a moment.
    pub(super) fn is_over(&self, when: When) -> bool {
        self.at.is_some_and(|now| now >= when.ends())
    }

    /// The limit that the city sets for a class of events; none where it sets none.
    pub(super) fn limit(&self, class: RetentionClass) -> Option<PolicyDuration> {
        let section = &self.doc.retention;
        let limit = match class {
            RetentionClass::Event => section.event,
            RetentionClass::EventUnconfirmed => section.event_unconfirmed,
            RetentionClass::EventConfirmed => section.event_confirmed,
            RetentionClass::Statistic => section.statistic,
        };
        limit.map(|most| most.0)
    }
}

/// So many days.
pub(super) const fn days(days: u64) -> PolicyDuration {
    PolicyDuration::from_secs(86_400 * days)
}

/// Whether nothing is written.
pub(super) fn is_blank(text: &str) -> bool {
    text.trim().is_empty()
}

/// In quotes, as one would look for it in the file.
pub(super) fn quoted(text: impl std::fmt::Display) -> String {
    format!("`{text}`")
}

/// What a list of texts lacks.
pub(super) fn missing<'n>(all: &[&'n str], written: &BTreeSet<String>) -> Vec<&'n str> {
    all.iter().filter(|name| !written.contains(**name)).copied().collect()
}
