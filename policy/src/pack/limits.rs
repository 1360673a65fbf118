//! What a ceiling on data that is kept means for the table `[retention]`.
//!
//! Invariant: meeting a retention with any packs is never less private than the retention itself.

use std::collections::BTreeMap;

use crate::duration::PolicyDuration;
use crate::layers::Retention;
use crate::order::{AtMost, PrivacyOrder, choice};
use crate::pack::{Ceiling, CountryPacks, KeptData, Packs};
use crate::sections::{Document, EventClass, Identifiable, RetentionClass};

choice!(
    /// A time of `[retention]` that a national ceiling can be about.
    Kept {
        /// Raw video.
        RawVideo = "raw_video",
        /// Redacted stills.
        RedactedStill = "redacted_still",
        /// Events.
        Event = "event",
        /// Alerts that nobody reviewed.
        EventUnconfirmed = "event_unconfirmed",
        /// Alerts that a person confirmed.
        EventConfirmed = "event_confirmed",
        /// Statistics.
        Statistic = "statistic",
    }
);

impl Kept {
    /// How long that is kept.
    pub(crate) fn of(self, retention: &Retention) -> PolicyDuration {
        let AtMost(kept) = match self {
            Self::RawVideo => retention.raw_video,
            Self::RedactedStill => retention.redacted_still,
            Self::Event => retention.event,
            Self::EventUnconfirmed => retention.event_unconfirmed,
            Self::EventConfirmed => retention.event_confirmed,
            Self::Statistic => retention.statistic,
        };
        kept
    }

    fn in_retention(self, retention: &mut Retention) -> &mut AtMost<PolicyDuration> {
        match self {
            Self::RawVideo => &mut retention.raw_video,
            Self::RedactedStill => &mut retention.redacted_still,
            Self::Event => &mut retention.event,
            Self::EventUnconfirmed => &mut retention.event_unconfirmed,
            Self::EventConfirmed => &mut retention.event_confirmed,
            Self::Statistic => &mut retention.statistic,
        }
    }
}

/// The times that a ceiling is about. Logs, statistics and requests are none of the people filmed.
pub(crate) fn limited(document: &Document, data: KeptData) -> Vec<Kept> {
    let mut kept = vec![Kept::RawVideo, Kept::RedactedStill];
    if data == KeptData::Any {
        kept.extend([Kept::Event, Kept::EventUnconfirmed, Kept::EventConfirmed]);
        let is_of_people = |event: &EventClass| {
            event.retention == RetentionClass::Statistic
                && event.identifiable == Identifiable::TreatedAsPersonal
        };
        kept.extend(document.event.iter().any(is_of_people).then_some(Kept::Statistic));
    }
    kept
}

/// The lowest ceiling of the packs on each time, for the country and the law of one policy.
#[derive(Debug)]
pub(crate) struct Limits<'p>(BTreeMap<Kept, (&'p CountryPacks, &'p Ceiling)>);

impl<'p> Limits<'p> {
    /// Of these packs.
    pub(crate) fn of(packs: &'p Packs, document: &Document) -> Self {
        let identity = &document.policy;
        let mut lowest: BTreeMap<Kept, (&CountryPacks, &Ceiling)> = BTreeMap::new();
        for (pack, ceiling) in packs.ceilings(&identity.country, identity.regime) {
            for kept in limited(document, ceiling.data) {
                let (_, lower) = lowest.entry(kept).or_insert((pack, ceiling));
                if ceiling.max < lower.max {
                    lowest.insert(kept, (pack, ceiling));
                }
            }
        }
        Self(lowest)
    }

    /// Retention ∧ packs.
    pub(crate) fn meet(&self, retention: &Retention) -> Retention {
        let mut met = retention.clone();
        for (kept, (_, ceiling)) in &self.0 {
            let time = kept.in_retention(&mut met);
            *time = time.meet(&AtMost(ceiling.max));
        }
        met
    }

    /// What keeps this field of `[retention]` below what the policy says, if a pack does.
    pub(crate) fn below(
        &self,
        field: &str,
        retention: &Retention,
    ) -> Option<(&'p CountryPacks, &'p Ceiling)> {
        let (kept, limit) = self.0.iter().find(|(kept, _)| kept.name() == field)?;
        (limit.1.max < kept.of(retention)).then_some(*limit)
    }
}

#[cfg(test)]
mod tests;
