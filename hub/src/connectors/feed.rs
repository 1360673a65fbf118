//! What a connector's recipient may be told: the same streams, by the same way, as a person with that role follows.

use super::Message;
use crate::access::{Ask, Reader, Rule};
use crate::config::StreamKind;
use crate::following::{Doors, Records, Reviewed, Trouble};
use crate::identity::Person;
use crate::store::{Selection, StoreError};

/// Small: it is read anew for each message.
const PAGE: u32 = 32;

/// One stream.
pub(super) enum Feed {
    Records(Box<Records>),
    Reviewed(Box<Reviewed>),
}

impl Feed {
    /// Follows from after a cursor on.
    pub(super) async fn after(
        (stream, cursor): (StreamKind, u64),
        doors: Doors,
        (person, ask): (&Person, Ask),
    ) -> Result<Self, Trouble> {
        Ok(match stream {
            StreamKind::Records => {
                let all = (Selection::default(), "of any box, any kind");
                let records = Records::after(cursor, doors, (person, ask), all, PAGE).await?;
                Self::Records(Box::new(records))
            }
            StreamKind::Reviewed => {
                Self::Reviewed(Box::new(Reviewed::after(cursor, doors, (person, ask)).await?))
            }
        })
    }

    /// The next; none where there is nothing more at the moment.
    pub(super) async fn try_next(&mut self) -> Result<Option<Message>, Trouble> {
        Ok(match self {
            Self::Records(records) => records.try_next().await?.map(Message::Record),
            Self::Reviewed(reviewed) => reviewed.try_next().await?.map(Message::Reviewed),
        })
    }

    /// Up to where everything is told or passed over.
    pub(super) fn cursor(&self) -> u64 {
        match self {
            Self::Records(records) => records.cursor(),
            Self::Reviewed(reviewed) => reviewed.cursor(),
        }
    }

    /// By whom the newest was judged.
    pub(super) fn reader(&self) -> &Reader {
        match self {
            Self::Records(records) => records.reader(),
            Self::Reviewed(reviewed) => reviewed.reader(),
        }
    }

    /// What was read is forgotten, and judged again when it is read again.
    pub(super) fn go_back_to(&mut self, cursor: u64) {
        match self {
            Self::Records(records) => records.go_back_to(cursor),
            Self::Reviewed(reviewed) => reviewed.go_back_to(cursor),
        }
    }
}

/// Why a dead letter cannot be sent again.
pub(super) enum Nothing {
    /// Its record is deleted.
    Gone,
    /// The recipient may not have it, any more or ever.
    Held(Rule),
}

/// What stands at one place of a stream, as far as this reader may be told it.
pub(super) async fn at(
    doors: &Doors,
    reader: &Reader,
    (stream, cursor): (StreamKind, u64),
) -> Result<Result<Message, Nothing>, StoreError> {
    let (before, now_unix_ms) = (cursor.saturating_sub(1), doors.clock.unix_ms());
    match stream {
        StreamKind::Records => {
            let page = doors.store.page(before, 1, &Selection::default()).await?;
            let Some(record) = page.records.into_iter().find(|record| record.cursor == cursor) else {
                return Ok(Err(Nothing::Gone));
            };
            Ok(reader.show(record, now_unix_ms).map(Message::Record).map_err(Nothing::Held))
        }
        StreamKind::Reviewed => {
            let rows = doors.store.reviewed(before, 1).await?;
            let Some(row) = rows.into_iter().find(|row| row.cursor == cursor) else {
                return Ok(Err(Nothing::Gone));
            };
            let Some(found) = doors.store.event(&row.event_id).await? else { return Ok(Err(Nothing::Gone)) };
            let shown = reader.show_reviewed(&row, found, now_unix_ms);
            Ok(shown.map(Message::Reviewed).map_err(Nothing::Held))
        }
    }
}
