//! Reading records back by cursor, and the summary.

use prost::Message as _;
use velum_proto::v1::{
    BoxSummary, CoverageBin, Event, EventKind, Filter, IncarnationSummary, Record, StoredRecord, record::End,
};

use super::engine::{Built, Row, query};
use super::{Store, StoreError, unsigned};
use crate::identity::Name;
use crate::record::EndKind;

/// A page stops at this size, below the 4 MiB that gRPC clients take by default.
const PAGE_BYTES: usize = 2 * 1024 * 1024;
const COVERAGE_HOURS: i64 = 24;
/// The kind of no event.
const NO_KIND: i32 = -1;

/// Which records a caller wants to see.
#[derive(Debug, Clone, Default)]
pub(crate) struct Selection {
    boxes: Vec<String>,
    kinds: Vec<i32>,
}

impl Selection {
    /// Of these, what is no event or tells of the state of a camera.
    pub(crate) fn without_alerts(&self) -> Self {
        let health = EventKind::CameraHealth as i32;
        let has_health = self.kinds.is_empty() || self.kinds.contains(&health);
        Self { boxes: self.boxes.clone(), kinds: vec![if has_health { health } else { NO_KIND }] }
    }
}

impl From<Option<Filter>> for Selection {
    fn from(filter: Option<Filter>) -> Self {
        let filter = filter.unwrap_or_default();
        let kinds = filter.kinds.into_iter().filter(|kind| *kind != EventKind::Unspecified as i32).collect();
        Self { boxes: filter.boxes, kinds }
    }
}

/// An event, and the box that it came from.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct FoundEvent {
    pub(crate) of: Name,
    pub(crate) event: Event,
    pub(crate) stored_unix_ms: i64,
}

/// Some records, in the order of their cursors.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Page {
    pub(crate) records: Vec<StoredRecord>,
    /// Where the next page begins; none where there is no more.
    pub(crate) next_cursor: Option<u64>,
}

impl Store {
    /// Reads at most `limit` records after a cursor.
    ///
    /// # Errors
    /// [`StoreError::Database`], [`StoreError::Unreadable`].
    pub(crate) async fn page(
        &self,
        after_cursor: u64,
        limit: u32,
        selection: &Selection,
    ) -> Result<Page, StoreError> {
        let mut built = select(after_cursor, limit, selection);
        let rows = built.query().fetch_all(&self.readers).await?;
        let mut page = Page::default();
        let mut bytes = 0;
        for row in &rows {
            if page.records.len() == usize::try_from(limit).unwrap_or(usize::MAX) || bytes > PAGE_BYTES {
                page.next_cursor = page.records.last().map(|last| last.cursor);
                break;
            }
            bytes += row.try_get::<&[u8]>(4)?.len();
            page.records.push(stored_record(row)?);
        }
        Ok(page)
    }

    /// The cursor before the newest `count` records.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub(crate) async fn cursor_before_newest(&self, count: u32) -> Result<u64, StoreError> {
        let row =
            query("SELECT cursor FROM record WHERE same_as IS NULL ORDER BY cursor DESC LIMIT 1 OFFSET $1")
                .bind(count)
                .fetch_optional(&self.readers)
                .await?;
        Ok(row.map_or(Ok(0), |row| row.try_get::<i64>(0)).map(unsigned)?)
    }

    /// The cursor before the first record that was stored at this moment or later.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub(crate) async fn cursor_before(&self, stored_unix_ms: i64) -> Result<u64, StoreError> {
        let row = query(
            "SELECT COALESCE((SELECT MIN(cursor) FROM record WHERE stored_unix_ms >= $1) - 1,
             (SELECT newest FROM newest_number WHERE stream = 'record'), 0)",
        )
        .bind(stored_unix_ms)
        .fetch_one(&self.readers)
        .await?;
        Ok(unsigned(row.try_get(0)?))
    }

    /// The coverage of all cameras in the hours that begin in a time, with the boxes.
    ///
    /// # Errors
    /// [`StoreError::Database`], [`StoreError::Unreadable`].
    pub(crate) async fn coverage_between(
        &self,
        from_unix_ms: i64,
        to_unix_ms: i64,
    ) -> Result<Vec<(String, CoverageBin)>, StoreError> {
        let rows = query(
            "SELECT box, payload FROM coverage WHERE hour_unix_secs >= $1 AND hour_unix_secs < $2
             ORDER BY hour_unix_secs, box, camera",
        )
        .bind(from_unix_ms.div_euclid(1_000))
        .bind(to_unix_ms.div_euclid(1_000))
        .fetch_all(&self.readers)
        .await?;
        let bin = |row: &Row| {
            let bin = CoverageBin::decode(row.try_get::<&[u8]>(1)?).map_err(|_| StoreError::Unreadable(0))?;
            Ok((row.try_get(0)?, bin))
        };
        rows.iter().map(bin).collect()
    }

    /// The event of this id; none where there is none, where it was erased, or where two boxes claim it.
    ///
    /// # Errors
    /// [`StoreError::Database`], [`StoreError::Unreadable`].
    pub(crate) async fn event(&self, id: &[u8]) -> Result<Option<FoundEvent>, StoreError> {
        // By way of the boxes, so that the index on box and event is used.
        let rows = query(
            "SELECT record.cursor, record.box, record.payload, record.stored_unix_ms FROM box CROSS JOIN record
             WHERE record.box = box.name AND record.event_id = $1 AND record.same_as IS NULL LIMIT 2",
        )
        .bind(id)
        .fetch_all(&self.readers)
        .await?;
        let [row] = rows.as_slice() else { return Ok(None) };
        let unreadable = |cursor: i64| StoreError::Unreadable(cursor);
        let cursor: i64 = row.try_get(0)?;
        let record = Record::decode(row.try_get::<&[u8]>(2)?).map_err(|_| unreadable(cursor))?;
        let event = match record.end {
            Some(End::Event(event)) => event,
            // Its content was erased.
            Some(End::Withheld(_)) => return Ok(None),
            _ => return Err(unreadable(cursor)),
        };
        let of = Name::parse(row.try_get(1)?).map_err(|_| unreadable(cursor))?;
        Ok(Some(FoundEvent { of, event, stored_unix_ms: row.try_get(3)? }))
    }

    /// The account of every box, its coverage of the last day, and what it last said of itself.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub(crate) async fn summary(&self, now_unix_ms: i64) -> Result<Vec<BoxSummary>, StoreError> {
        let rows = query(
            "SELECT name, last_seen_unix_ms, policy_digest, model_digests, version FROM box ORDER BY name",
        )
        .fetch_all(&self.readers)
        .await?;
        let mut boxes = Vec::with_capacity(rows.len());
        for row in &rows {
            let name: String = row.try_get(0)?;
            let model_digests: &[u8] = row.try_get(3)?;
            boxes.push(BoxSummary {
                connected: false,
                last_seen_unix_ms: row.try_get(1)?,
                incarnations: self.incarnations(&name).await?,
                coverage: self.coverage(&name, now_unix_ms).await?,
                policy_digest: row.try_get(2)?,
                model_digests: model_digests.chunks(32).map(<[u8]>::to_vec).collect(),
                version: row.try_get(4)?,
                r#box: name,
            });
        }
        Ok(boxes)
    }

    async fn incarnations(&self, name: &str) -> Result<Vec<IncarnationSummary>, StoreError> {
        let rows = query(
            "SELECT incarnation, stored, withheld, expired, lost, highest FROM incarnation
             WHERE box = $1 ORDER BY first_seen_unix_ms, incarnation",
        )
        .bind(name)
        .fetch_all(&self.readers)
        .await?;
        rows.iter().map(incarnation_summary).collect()
    }

    async fn coverage(&self, name: &str, now_unix_ms: i64) -> Result<Vec<CoverageBin>, StoreError> {
        let since = now_unix_ms.div_euclid(1_000).saturating_sub(COVERAGE_HOURS * 3_600);
        let rows = query(
            "SELECT payload FROM coverage WHERE box = $1 AND hour_unix_secs >= $2 ORDER BY camera, hour_unix_secs",
        )
        .bind(name)
        .bind(since)
        .fetch_all(&self.readers)
        .await?;
        rows.iter()
            .map(|row| CoverageBin::decode(row.try_get::<&[u8]>(0)?).map_err(|_| StoreError::Unreadable(0)))
            .collect()
    }
}

fn select<'q>(after_cursor: u64, limit: u32, selection: &'q Selection) -> Built<'q> {
    let mut built = Built::new(
        "SELECT cursor, box, incarnation, stored_unix_ms, payload FROM record WHERE same_as IS NULL AND cursor > ",
    );
    built.bind(i64::try_from(after_cursor).unwrap_or(i64::MAX));
    if !selection.boxes.is_empty() {
        built.push(" AND box IN (").list(&selection.boxes).push(")");
    }
    if !selection.kinds.is_empty() {
        built.push(" AND (end_kind != ").bind(EndKind::Event as i64).push(" OR event_kind IN (");
        built.list(selection.kinds.iter().copied()).push("))");
    }
    built.push(" ORDER BY cursor LIMIT ").bind(i64::from(limit).saturating_add(1));
    built
}

fn stored_record(row: &Row) -> Result<StoredRecord, StoreError> {
    let cursor: i64 = row.try_get(0)?;
    let payload: &[u8] = row.try_get(4)?;
    Ok(StoredRecord {
        cursor: unsigned(cursor),
        r#box: row.try_get(1)?,
        incarnation: row.try_get(2)?,
        stored_unix_ms: row.try_get(3)?,
        record: Some(Record::decode(payload).map_err(|_| StoreError::Unreadable(cursor))?),
        held_back: Vec::new(),
    })
}

fn incarnation_summary(row: &Row) -> Result<IncarnationSummary, StoreError> {
    let mut counts = [0_u64; 5];
    for (index, count) in counts.iter_mut().enumerate() {
        *count = unsigned(row.try_get::<i64>(index + 1)?);
    }
    let [stored, withheld, expired, lost, highest_sequence] = counts;
    let ended = [stored, withheld, expired, lost].into_iter().fold(0, u64::saturating_add);
    Ok(IncarnationSummary {
        incarnation: row.try_get(0)?,
        stored,
        withheld,
        expired,
        lost,
        missing: highest_sequence.saturating_sub(ended),
        highest_sequence,
    })
}
