//! Retention: what is too old is deleted and overwritten; the account of numbers stays.

use std::sync::atomic::Ordering;

use super::engine::{Pool, query};
use super::numbers::record_holes;
use super::{Source, Store, StoreError, Word, sqlite};
use crate::identity::Name;
use crate::record::Incarnation;

/// Small transactions, so that boxes wait for milliseconds only.
const CHUNK: i64 = 1_000;

/// What was deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Purged {
    pub(crate) records: u64,
    pub(crate) coverage_bins: u64,
}

impl Store {
    /// Deletes records stored, reviews and whatever else was made of alerts, and dead letters, before `before_unix_ms`, and coverage
    /// of hours before it.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub(crate) async fn purge(&self, before_unix_ms: i64, now_unix_ms: i64) -> Result<Purged, StoreError> {
        self.give_up_old_gaps(before_unix_ms, now_unix_ms).await?;
        let records = self
            .delete_in_chunks(
                "DELETE FROM record WHERE cursor IN (SELECT cursor FROM record WHERE stored_unix_ms < $1 LIMIT $2)",
                before_unix_ms,
            )
            .await;
        // Where it failed, too: some may be gone.
        if !matches!(records, Ok(0)) {
            self.owe_fold();
            self.say(Word::Erasures).await?;
        }
        let records = records?;
        for statement in [
            "DELETE FROM review WHERE (event_id, person) IN
             (SELECT event_id, person FROM review WHERE reviewed_unix_ms < $1 LIMIT $2)",
            "DELETE FROM review_text WHERE text_id IN
             (SELECT text_id FROM review_text WHERE written_unix_ms < $1 LIMIT $2)",
            "DELETE FROM reviewed WHERE cursor IN (SELECT cursor FROM reviewed WHERE reviewed_unix_ms < $1 LIMIT $2)",
            "DELETE FROM alert WHERE event_id IN (SELECT event_id FROM alert WHERE changed_unix_ms < $1 LIMIT $2)",
            "DELETE FROM alert_change WHERE change IN
             (SELECT change FROM alert_change WHERE changed_unix_ms < $1 LIMIT $2)",
            "DELETE FROM suppression WHERE order_id IN (SELECT order_id FROM suppression WHERE until_unix_ms < $1 LIMIT $2)",
            "DELETE FROM exercise WHERE order_id IN (SELECT order_id FROM exercise WHERE ordered_unix_ms < $1 LIMIT $2)",
            "DELETE FROM exercise_act WHERE (event_id, person, what) IN
             (SELECT event_id, person, what FROM exercise_act WHERE unix_ms < $1 LIMIT $2)",
            "DELETE FROM connector_dead WHERE (connector, stream, cursor) IN
             (SELECT connector, stream, cursor FROM connector_dead WHERE dead_unix_ms < $1 LIMIT $2)",
        ] {
            self.delete_in_chunks(statement, before_unix_ms).await?;
        }
        let coverage_bins = self
            .delete_in_chunks(
                "DELETE FROM coverage WHERE (box, camera, hour_unix_secs) IN
                 (SELECT box, camera, hour_unix_secs FROM coverage WHERE hour_unix_secs < $1 LIMIT $2)",
                before_unix_ms.div_euclid(1_000),
            )
            .await?;
        self.fold_if_owed().await?;
        Ok(Purged { records, coverage_bins })
    }

    /// How often content was deleted since the start: what was read before is read anew before it is shown.
    pub(crate) fn erasures(&self) -> u64 {
        self.erasures.load(Ordering::Acquire)
    }

    /// The log of the database still holds what was deleted, until it is folded in and cut.
    pub(crate) fn owe_fold(&self) {
        self.owes_fold.store(true, Ordering::Release);
    }

    /// Folds the log in where that is owed; where somebody reads at the moment, it stays owed.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub(crate) async fn fold_if_owed(&self) -> Result<bool, StoreError> {
        if !self.owes_fold.swap(false, Ordering::AcqRel) {
            return Ok(true);
        }
        let folded = self.fold().await;
        if !matches!(folded, Ok(true)) {
            self.owe_fold();
        }
        folded
    }

    /// Whether it could be done. A server has no log that could be cut for one database: what was deleted leaves its files
    /// and its archive by its own rules (docs/operations.md).
    async fn fold(&self) -> Result<bool, StoreError> {
        match &self.writer {
            Pool::Sqlite(writer) => Ok(sqlite::fold(writer).await?),
            Pool::Postgres(_) => Ok(true),
        }
    }

    async fn delete_in_chunks(&self, statement: &'static str, before: i64) -> Result<u64, StoreError> {
        let mut deleted = 0_u64;
        loop {
            let done = query(statement).bind(before).bind(CHUNK).execute(&self.writer).await?;
            deleted = deleted.saturating_add(done.rows_affected());
            if done.rows_affected() == 0 {
                return Ok(deleted);
            }
        }
    }

    /// Records that wait behind a gap for the whole retention are not kept longer: the gap becomes a hole.
    async fn give_up_old_gaps(&self, before_unix_ms: i64, now_unix_ms: i64) -> Result<(), StoreError> {
        let mut transaction = self.begin().await?;
        let rows = query(
            "SELECT i.box, i.incarnation, i.contiguous, MAX(r.sequence) FROM incarnation i
             JOIN record r ON r.box = i.box AND r.incarnation = i.incarnation AND r.sequence > i.contiguous
             WHERE i.highest > i.contiguous AND r.stored_unix_ms < $1 GROUP BY i.box, i.incarnation",
        )
        .bind(before_unix_ms)
        .fetch_all(&mut transaction)
        .await?;
        for row in rows {
            let (name, incarnation): (String, Vec<u8>) = (row.try_get(0)?, row.try_get(1)?);
            let (contiguous, last): (i64, i64) = (row.try_get(2)?, row.try_get(3)?);
            let (Ok(name), Ok(incarnation)) = (Name::parse(&name), incarnation.try_into()) else { continue };
            let source = Source { name, incarnation: Incarnation(incarnation) };
            record_holes(&mut transaction, &source, contiguous.saturating_add(1)..=last, now_unix_ms).await?;
            query("UPDATE incarnation SET contiguous = $1 WHERE box = $2 AND incarnation = $3")
                .bind(last)
                .bind(source.name.as_str())
                .bind(source.incarnation.0.as_slice())
                .execute(&mut transaction)
                .await?;
        }
        transaction.commit().await?;
        Ok(())
    }
}
