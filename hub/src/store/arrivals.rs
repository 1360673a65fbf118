//! What of a group of batches is new, and the rows that are made of it.
//!
//! However many batches a group has, it is looked up and written in a few statements: with a server behind a network each is a
//! wait. Invariants: of one box there is one batch in a group; cursors are given in the order of the batches and of each, after
//! the newest that was ever given.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use super::alerts::nothing_of;
use super::engine::{Built, Transaction, Value, filled, query};
use super::group::Batch;
use super::{StoreError, unsigned};
use crate::record::ValidRecord;

/// So many rows go into one statement at most. A power of two: see [`statements`].
const MOST_ROWS: usize = 128;

/// What the store has of one box already, of what came.
#[derive(Default)]
struct Known {
    /// By the event's id: the cursor of the first record of it.
    first_cursors: HashMap<Vec<u8>, i64>,
    /// Alerts whose content was erased.
    erased: HashSet<Vec<u8>>,
}

/// One row to be.
struct Row<'b> {
    cursor: i64,
    batch: &'b Batch,
    record: &'b ValidRecord,
    same_as: Option<i64>,
    payload: Cow<'b, [u8]>,
}

/// The rows of what is new.
pub(super) struct Arrivals<'b> {
    newest_cursor: i64,
    /// By the box's name.
    known: HashMap<String, Known>,
    rows: Vec<Row<'b>>,
}

impl<'b> Arrivals<'b> {
    /// Looks up what is known of batches.
    pub(super) async fn of(transaction: &mut Transaction, batches: &'b [Batch]) -> Result<Self, StoreError> {
        let mut known = HashMap::new();
        look_up_events(transaction, batches, &mut known).await?;
        look_up_erased(transaction, batches, &mut known).await?;
        Ok(Self { newest_cursor: newest_cursor(transaction).await?, known, rows: Vec::new() })
    }

    /// Takes one that is new. An event that is stored under another number is marked as the same as that one, and not
    /// shown again; of an alert that was erased, nothing is kept.
    pub(super) fn take(&mut self, batch: &'b Batch, record: &'b ValidRecord) {
        let cursor = self.newest_cursor.saturating_add(1);
        self.newest_cursor = cursor;
        let known = self.known.entry(batch.source.name.as_str().to_owned()).or_default();
        let same_as = record.event_id.as_ref().and_then(|id| {
            let first = *known.first_cursors.entry(id.clone()).or_insert(cursor);
            (first != cursor).then_some(first)
        });
        let is_erased = record.alert_id.as_ref().is_some_and(|id| known.erased.contains(id));
        let payload = match is_erased {
            true => nothing_of(unsigned(record.sequence)).into(),
            false => record.payload.as_slice().into(),
        };
        self.rows.push(Row { cursor, batch, record, same_as, payload });
    }

    /// The newest that was ever given.
    pub(super) fn newest_cursor(&self) -> i64 {
        self.newest_cursor
    }

    /// Writes them; gives the newest cursor, where there is a new one.
    pub(super) async fn store(&self, transaction: &mut Transaction) -> Result<Option<i64>, StoreError> {
        for rows in statements(&self.rows) {
            insert(rows).query().execute(&mut *transaction).await?;
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

fn insert<'q>(rows: &'q [Row<'_>]) -> Built<'q> {
    let mut built = Built::new(
        "INSERT INTO record (cursor, box, incarnation, sequence, end_kind, event_kind, stored_unix_ms, payload,
         event_id, same_as) VALUES ",
    );
    built.rows(rows.iter().map(|row| {
        let (record, source) = (row.record, &row.batch.source);
        [
            row.cursor.into(),
            source.name.as_str().into(),
            source.incarnation.0.as_slice().into(),
            record.sequence.into(),
            (record.end as i64).into(),
            record.event_kind.into(),
            row.batch.now_unix_ms.into(),
            row.payload.as_ref().into(),
            record.event_id.as_deref().into(),
            row.same_as.into(),
        ]
    }));
    built
}

/// An id, and the box that it is of.
type Asked<'b> = (&'b str, &'b [u8]);

async fn look_up_events(
    transaction: &mut Transaction,
    batches: &[Batch],
    known: &mut HashMap<String, Known>,
) -> Result<(), StoreError> {
    let event_ids: Vec<Asked<'_>> =
        batches.iter().flat_map(|batch| batch.ids(|record| record.event_id.as_deref())).collect();
    for asked in filled(&event_ids) {
        let mut built = asking(&asked);
        built.push(
            "SELECT asked.box, asked.id, (SELECT MIN(record.cursor) FROM record
                 WHERE record.box = asked.box AND record.event_id = asked.id) FROM asked",
        );
        for row in built.query().fetch_all(&mut *transaction).await? {
            if let Some(first) = row.try_get::<Option<i64>>(2)? {
                known.entry(row.try_get(0)?).or_default().first_cursors.insert(row.try_get(1)?, first);
            }
        }
    }
    Ok(())
}

async fn look_up_erased(
    transaction: &mut Transaction,
    batches: &[Batch],
    known: &mut HashMap<String, Known>,
) -> Result<(), StoreError> {
    let alert_ids: HashSet<Asked<'_>> = batches
        .iter()
        .flat_map(|batch| batch.ids(|record| record.alert_id.as_deref().filter(|id| !id.is_empty())))
        .collect();
    let alert_ids: Vec<Asked<'_>> = alert_ids.into_iter().collect();
    for asked in filled(&alert_ids) {
        let mut built = asking(&asked);
        built.push(
            "SELECT asked.box, asked.id, (SELECT COUNT(*) FROM alert
                 WHERE alert.box = asked.box AND alert.alert_id = asked.id AND alert.lapse = 2) FROM asked",
        );
        for row in built.query().fetch_all(&mut *transaction).await? {
            if row.try_get::<i64>(2)? > 0 {
                known.entry(row.try_get(0)?).or_default().erased.insert(row.try_get(1)?);
            }
        }
    }
    Ok(())
}

/// Begins a statement that looks up what is asked for, one by one, each in a subquery of its own: PostgreSQL keeps the plan that it
/// made for an empty table, and a join's would read all of a large one.
fn asking<'b>(asked: &[Asked<'b>]) -> Built<'b> {
    let mut built = Built::new("WITH asked (box, id) AS (VALUES ");
    built.rows(asked.iter().map(|(name, id)| [Value::from(*name), Value::from(*id)])).push(") ");
    built
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
