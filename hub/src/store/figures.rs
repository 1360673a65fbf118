//! What reviews added up to: the alerts of some weeks, with what people decided of them.

use std::collections::HashMap;

use prost::Message as _;
use velum_proto::v1::{EventKind, EventState, Record, Verdict, record::End};

use super::alerts::said_of;
use super::engine::query;
use super::{AlertRow, Store, StoreError};

/// So many records are looked through at most, the newest.
const MOST_RECORDS: i64 = 50_000;
const MOST_REVIEWS: i64 = 100_000;

/// An alert, as far as it is counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CountedAlert {
    pub(crate) r#box: String,
    /// None where the policy does not tell it.
    pub(crate) camera: Option<String>,
    pub(crate) stored_unix_ms: i64,
    /// What was decided last, and when.
    pub(crate) decided: Option<(Verdict, i64)>,
}

/// All of them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct CountedAlerts {
    pub(crate) alerts: Vec<CountedAlert>,
    /// Whether there were too many to look through all of them.
    pub(crate) is_cut: bool,
}

impl Store {
    /// The alerts that came since then. What was staged is no alert of people's; what was erased is none any more.
    ///
    /// # Errors
    /// [`StoreError::Database`], [`StoreError::Unreadable`].
    pub(crate) async fn counted_alerts(&self, since_unix_ms: i64) -> Result<CountedAlerts, StoreError> {
        let rows = query(
            "SELECT cursor, box, stored_unix_ms, payload FROM record
             WHERE stored_unix_ms >= $1 AND end_kind = 1 AND event_kind != $2 AND same_as IS NULL
             ORDER BY cursor DESC LIMIT $3",
        )
        .bind(since_unix_ms)
        .bind(EventKind::CameraHealth as i64)
        .bind(MOST_RECORDS)
        .fetch_all(&self.readers)
        .await?;
        let (reviews, are_reviews_cut) = self.reviews_since(since_unix_ms).await?;
        let mut alerts = Vec::new();
        for row in &rows {
            let cursor: i64 = row.try_get(0)?;
            let payload: &[u8] = row.try_get(3)?;
            let record = Record::decode(payload).map_err(|_| StoreError::Unreadable(cursor))?;
            let Some(End::Event(event)) = record.end else { continue };
            if event.state() != EventState::Raised || event.staged.is_some() {
                continue;
            }
            let decided = reviews.get(&event.id).and_then(AlertRow::decided);
            alerts.push(CountedAlert {
                r#box: row.try_get(1)?,
                camera: event.camera,
                stored_unix_ms: row.try_get(2)?,
                decided: decided.map(|said| (said.verdict, said.unix_ms)),
            });
        }
        let is_cut = are_reviews_cut || i64::try_from(rows.len()).unwrap_or(i64::MAX) >= MOST_RECORDS;
        Ok(CountedAlerts { alerts, is_cut })
    }

    /// By the event that raised the alert; and whether there were too many.
    async fn reviews_since(
        &self,
        since_unix_ms: i64,
    ) -> Result<(HashMap<Vec<u8>, AlertRow>, bool), StoreError> {
        let rows = query(
            "SELECT person, role, verdict, reviewed_unix_ms, needed, event_id FROM review
             WHERE reviewed_unix_ms >= $1 ORDER BY reviewed_unix_ms, person LIMIT $2",
        )
        .bind(since_unix_ms)
        .bind(MOST_REVIEWS)
        .fetch_all(&self.readers)
        .await?;
        let mut reviews: HashMap<Vec<u8>, AlertRow> = HashMap::new();
        for row in &rows {
            reviews.entry(row.try_get(5)?).or_default().said.push(said_of(row)?);
        }
        Ok((reviews, i64::try_from(rows.len()).unwrap_or(i64::MAX) >= MOST_REVIEWS))
    }
}
