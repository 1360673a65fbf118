//! One thing that is handed on: what a subscriber with the same role would be told.

use velum_proto::v1::{Event, Record, ReviewedRecord, StoredRecord, record::End};

use crate::console::view::event_kind;

/// What is handed on.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Message {
    /// A number of a box and its end, or how much is held back.
    Record(StoredRecord),
    /// What people decided.
    Reviewed(ReviewedRecord),
    /// A person tries the connector: tells nothing of anything.
    Test {
        /// Another at each trial.
        id: String,
        unix_ms: i64,
    },
}

impl Message {
    /// Its place in the connector's stream.
    pub(crate) fn cursor(&self) -> u64 {
        match self {
            Self::Record(record) => record.cursor,
            Self::Reviewed(record) => record.cursor,
            Self::Test { .. } => 0,
        }
    }

    /// The event in it.
    pub(super) fn event(&self) -> Option<&Event> {
        match self {
            Self::Record(StoredRecord {
                record: Some(Record { end: Some(End::Event(event)), .. }), ..
            }) => Some(event),
            Self::Reviewed(record) => record.event.as_ref(),
            Self::Record(_) | Self::Test { .. } => None,
        }
    }

    /// Whether it tells of a gap: a number that is no event, or how much is held back.
    pub(super) fn is_gap(&self) -> bool {
        matches!(self, Self::Record(_)) && self.event().is_none()
    }

    /// The same at each attempt, and of nothing else: after a backup was put back, a number of what people decided is
    /// given again, and so the event is part of it.
    pub(super) fn id(&self) -> String {
        match self {
            Self::Record(held) if held.record.is_none() => format!("held/{}", held.cursor),
            Self::Record(stored) => {
                let sequence = stored.record.as_ref().map_or(0, |record| record.sequence);
                format!("{}/{}/{sequence}", stored.r#box, hex::encode(&stored.incarnation))
            }
            Self::Reviewed(record) => {
                let event_id = record.event.as_ref().map(|event| hex::encode(&event.id)).unwrap_or_default();
                format!("reviewed/{}/{event_id}", record.cursor)
            }
            Self::Test { id, .. } => format!("test/{id}"),
        }
    }

    /// What it is, for whoever chooses.
    pub(crate) fn kind(&self) -> String {
        let of_record =
            |stored: &StoredRecord| match stored.record.as_ref().and_then(|record| record.end.as_ref()) {
                Some(End::Event(event)) => format!("velum.event.{}", event_kind(event.kind())),
                Some(End::Withheld(_)) => "velum.number.withheld".to_owned(),
                Some(End::Expired(_)) => "velum.number.expired".to_owned(),
                Some(End::Lost(_)) => "velum.number.lost".to_owned(),
                None if stored.record.is_some() => "velum.number.unknown".to_owned(),
                None => "velum.held_back".to_owned(),
            };
        match self {
            Self::Record(stored) => of_record(stored),
            Self::Reviewed(record) => {
                let kind = record.event.as_ref().map_or("unknown", |event| event_kind(event.kind()));
                format!("velum.reviewed.{kind}")
            }
            Self::Test { .. } => "velum.test".to_owned(),
        }
    }
}
