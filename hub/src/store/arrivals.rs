//! What of a batch is new, and the rows that are made of it.
//!
//! A batch is looked up and written in a few statements, however long it is: with a server behind a network each statement
//! is a wait. Invariant: cursors are given in the order of a batch, after the newest that was ever given.

use std::collections::{HashMap, HashSet};

use super::alerts::nothing_of;
use super::engine::{Built, Transaction, query};
use super::{Source, StoreError, unsigned};
use crate::record::ValidRecord;

/// So many rows go into one statement at most. A power of two: see [`statements`].
const MOST_ROWS: usize = 128;

/// What the store has of a batch already.
pub(super) struct Known {
    sequences: HashSet<i64>,
    /// By the event's id: the cursor of the first record of it.
    first_cursors: HashMap<Vec<u8>, i64>,
    /// Alerts whose content was erased.
    erased: HashSet<Vec<u8>>,
    newest_cursor: i64,
}

/// One row to be.
struct Row<'r> {
    cursor: i64,
    record: &'r ValidRecord,
    same_as: Option<i64>,
    payload: Vec<u8>,
}

/// The rows of what is new.
pub(super) struct Arrivals<'r> {
    known: Known,
    rows: Vec<Row<'r>>,
}

impl Known {
    async fn of(
        transaction: &mut Transaction,
        source: &Source,
        records: &[ValidRecord],
    ) -> Result<Self, StoreError> {
        let event_ids: Vec<&[u8]> = records.iter().filter_map(|record| record.event_id.as_deref()).collect();
        let alert_ids: HashSet<&[u8]> = records
            .iter()
            .filter_map(|record| record.alert_id.as_deref())
            .filter(|id| !id.is_empty())
            .collect();
        let alert_ids: Vec<&[u8]> = alert_ids.into_iter().collect();
        Ok(Self {
            sequences: sequences(transaction, source, records).await?,
            first_cursors: first_cursors(transaction, source, &event_ids).await?,
            erased: erased(transaction, source, &alert_ids).await?,
            newest_cursor: newest_cursor(transaction).await?,
        })
    }
}

impl<'r> Arrivals<'r> {
    /// Looks up what is known of a batch.
    pub(super) async fn of(
        transaction: &mut Transaction,
        source: &Source,
        records: &[ValidRecord],
    ) -> Result<Self, StoreError> {
        Ok(Self {
            known: Known::of(transaction, source, records).await?,
            rows: Vec::with_capacity(records.len()),
        })
    }

    /// Whether a number has a record already.
    pub(super) fn has(&self, sequence: i64) -> bool {
        self.known.sequences.contains(&sequence)
    }

    /// Takes one that is new. An event that is stored under another number is marked as the same as that one, and not
    /// shown again; of an alert that was erased, nothing is kept.
    pub(super) fn take(&mut self, record: &'r ValidRecord) {
        let cursor = self.known.newest_cursor.saturating_add(1);
        self.known.newest_cursor = cursor;
        let same_as = record.event_id.as_ref().and_then(|id| {
            let first = *self.known.first_cursors.entry(id.clone()).or_insert(cursor);
            (first != cursor).then_some(first)
        });
        let is_erased = record.alert_id.as_ref().is_some_and(|id| self.known.erased.contains(id));
        let payload = match is_erased {
            true => nothing_of(unsigned(record.sequence)),
            false => record.payload.clone(),
        };
        self.rows.push(Row { cursor, record, same_as, payload });
    }

    /// How many were taken.
    pub(super) fn count(&self) -> usize {
        self.rows.len()
    }

    /// Writes them; gives the newest cursor, where there is a new one.
    pub(super) async fn store(
        &self,
        transaction: &mut Transaction,
        source: &Source,
        now_unix_ms: i64,
    ) -> Result<Option<i64>, StoreError> {
        for rows in statements(&self.rows) {
            insert(rows, source, now_unix_ms).query().execute(&mut *transaction).await?;
        }
        Ok(self.rows.last().map(|row| row.cursor))
    }
}

/// In pieces of 128, 64, 32 and so on: of these lengths there are few, and an engine keeps each as a prepared statement.
fn statements<T>(mut rows: &[T]) -> Vec<&[T]> {
    let mut pieces = Vec::new();
    let mut length = MOST_ROWS;
    while length > 0 {
        while let Some((piece, rest)) = rows.split_at_checked(length) {
            pieces.push(piece);
            rows = rest;
        }
        length /= 2;
    }
    pieces
}

fn insert<'q>(rows: &'q [Row<'_>], source: &'q Source, now_unix_ms: i64) -> Built<'q> {
    let mut built = Built::new(
        "INSERT INTO record (cursor, box, incarnation, sequence, end_kind, event_kind, stored_unix_ms, payload,
         event_id, same_as) VALUES ",
    );
    for (place, row) in rows.iter().enumerate() {
        built.push(if place == 0 { "(" } else { ", (" }).bind(row.cursor).push(", ");
        built.bind(source.name.as_str()).push(", ").bind(source.incarnation.0.as_slice()).push(", ");
        built.list([row.record.sequence, row.record.end as i64]).push(", ");
        built.bind(row.record.event_kind).push(", ").bind(now_unix_ms).push(", ");
        built.bind(&row.payload).push(", ").bind(row.record.event_id.as_deref()).push(", ");
        built.bind(row.same_as).push(")");
    }
    built
}

/// Which numbers of a batch, which are in order, have a record.
async fn sequences(
    transaction: &mut Transaction,
    source: &Source,
    records: &[ValidRecord],
) -> Result<HashSet<i64>, StoreError> {
    let (Some(first), Some(last)) = (records.first(), records.last()) else { return Ok(HashSet::new()) };
    let rows = query(
        "SELECT sequence FROM record WHERE box = $1 AND incarnation = $2 AND sequence BETWEEN $3 AND $4",
    )
    .bind(source.name.as_str())
    .bind(source.incarnation.0.as_slice())
    .bind(first.sequence)
    .bind(last.sequence)
    .fetch_all(transaction)
    .await?;
    rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
}

async fn first_cursors(
    transaction: &mut Transaction,
    source: &Source,
    event_ids: &[&[u8]],
) -> Result<HashMap<Vec<u8>, i64>, StoreError> {
    let mut found = HashMap::new();
    for ids in statements(event_ids) {
        let mut built = Built::new("SELECT event_id, MIN(cursor) FROM record WHERE box = ");
        built.bind(source.name.as_str()).push(" AND event_id IN (").list(ids.iter().copied());
        let rows = built.push(") GROUP BY event_id").query().fetch_all(&mut *transaction).await?;
        for row in rows {
            found.insert(row.try_get(0)?, row.try_get(1)?);
        }
    }
    Ok(found)
}

async fn erased(
    transaction: &mut Transaction,
    source: &Source,
    alert_ids: &[&[u8]],
) -> Result<HashSet<Vec<u8>>, StoreError> {
    let mut found = HashSet::new();
    for ids in statements(alert_ids) {
        let mut built = Built::new("SELECT alert_id FROM alert WHERE box = ");
        built.bind(source.name.as_str()).push(" AND lapse = 2 AND alert_id IN (").list(ids.iter().copied());
        for row in built.push(")").query().fetch_all(&mut *transaction).await? {
            found.insert(row.try_get(0)?);
        }
    }
    Ok(found)
}

async fn newest_cursor(transaction: &mut Transaction) -> Result<i64, StoreError> {
    let row =
        query("SELECT newest FROM newest_number WHERE stream = 'record'").fetch_optional(transaction).await?;
    Ok(row.map_or(Ok(0), |row| row.try_get(0))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_is_cut_into_pieces_of_few_lengths() {
        let check = |length: usize, expected: &[usize]| {
            let numbers: Vec<usize> = (0..length).collect();
            let pieces = statements(&numbers);
            assert_eq!(pieces.iter().map(|piece| piece.len()).collect::<Vec<_>>(), expected);
            assert_eq!(pieces.concat(), numbers);
        };
        check(0, &[]);
        check(1, &[1]);
        check(100, &[64, 32, 4]);
        check(256, &[128, 128]);
        check(300, &[128, 128, 32, 8, 4]);
    }
}
