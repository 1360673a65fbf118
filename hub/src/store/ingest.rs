//! Storing what boxes send: hellos, batches, coverage.
//!
//! A group of batches is looked up, judged and written in a few statements, however many boxes it is of. Invariants: of a batch
//! all is stored or nothing; one whose number is taken by another event leaves the others of its group alone.

use std::collections::HashMap;

use prost::Message as _;
use velum_proto::v1::{Record, record::End};

use super::arrivals::Arrivals;
use super::engine::{Built, Transaction, Value, filled, query};
use super::group::Batch;
use super::numbers::{
    Account, close_accounts, contiguous_with, first_gap_after, open_accounts, record_holes, shrink_hole,
};
use super::words::ToTell;
use super::{Source, Store, StoreError, unsigned};
use crate::record::{ValidBin, ValidHello, ValidRecord};

/// What became of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ingested {
    /// Every number up to here needs no sending any more.
    pub(crate) acknowledged: u64,
    /// Records that are new.
    pub(crate) stored: usize,
    /// Records that were there already.
    pub(crate) duplicates: usize,
}

/// What became of a group of batches, of each.
#[derive(Debug)]
pub(super) struct Stored {
    pub(super) ingested: Vec<Result<Ingested, StoreError>>,
    /// Before any of them is acknowledged.
    pub(super) to_tell: Option<ToTell>,
}

/// What became of a hello.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Greeted {
    /// Every number up to here needs no sending any more.
    pub(crate) acknowledged: u64,
    /// Numbers that can no longer come.
    pub(crate) newly_missing: u64,
}

impl Store {
    /// Takes note of a box that connected: what it runs, and which numbers it can no longer send.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub(crate) async fn greet(
        &self,
        source: &Source,
        hello: &ValidHello,
        now_unix_ms: i64,
    ) -> Result<Greeted, StoreError> {
        self.greet_whole(source, hello, now_unix_ms).await.map_err(|error| self.located(error))
    }

    async fn greet_whole(
        &self,
        source: &Source,
        hello: &ValidHello,
        now_unix_ms: i64,
    ) -> Result<Greeted, StoreError> {
        let mut transaction = self.begin().await?;
        query(
            "INSERT INTO box (name, last_seen_unix_ms, policy_digest, model_digests, version, policy_id, abilities)
             VALUES ($1, $2, $3, $4, $5, $6, $7)
             ON CONFLICT (name) DO UPDATE SET last_seen_unix_ms = excluded.last_seen_unix_ms,
                 policy_digest = excluded.policy_digest, model_digests = excluded.model_digests,
                 version = excluded.version, policy_id = excluded.policy_id, abilities = excluded.abilities",
        )
        .bind(source.name.as_str())
        .bind(now_unix_ms)
        .bind(&hello.policy_digest)
        .bind(&hello.model_digests)
        .bind(&hello.version)
        .bind(&hello.policy_id)
        .bind(hello.abilities.encode_to_vec())
        .execute(&mut transaction)
        .await?;
        let opened = open_accounts(&mut transaction, &[(source, now_unix_ms)]).await?;
        let mut account = opened.into_iter().next().unwrap_or_default();
        let last_gone = hello.oldest_sequence.saturating_sub(1);
        let mut newly_missing = 0;
        if last_gone > account.contiguous {
            let range = account.contiguous.saturating_add(1)..=last_gone;
            newly_missing = record_holes(&mut transaction, source, range, now_unix_ms).await?;
            account.contiguous = last_gone;
            account.highest = account.highest.max(last_gone);
            account.contiguous = first_gap_after(&mut transaction, source, &account).await?;
            close_accounts(&mut transaction, &[(source, account)]).await?;
        }
        transaction.commit().await?;
        Ok(Greeted { acknowledged: unsigned(account.contiguous), newly_missing: unsigned(newly_missing) })
    }

    /// Stores a group of batches, of as many boxes, in one transaction; when this returns, they are on disk. Gives what became of
    /// each: that of one whose number is taken by another event nothing is stored, the others do not feel.
    ///
    /// # Errors
    /// [`StoreError::Database`]; nothing of any batch is stored then.
    pub(super) async fn store_together(
        &self,
        mut transaction: Transaction,
        batches: &[Batch],
    ) -> Result<Stored, StoreError> {
        let sources: Vec<_> = batches.iter().map(|batch| (&batch.source, batch.now_unix_ms)).collect();
        let accounts = open_accounts(&mut transaction, &sources).await?;
        let mut arrivals = Arrivals::of(&mut transaction, batches).await?;
        let mut taken = Vec::with_capacity(batches.len());
        for (batch, account) in batches.iter().zip(accounts) {
            taken.push(match take(&mut transaction, batch, account, &mut arrivals).await {
                Err(error @ StoreError::Conflict { .. }) => Err(error),
                other => Ok(other?),
            });
        }
        let newest_cursor = arrivals.store(&mut transaction).await?;
        let ingested = close(&mut transaction, batches, taken).await?;
        let to_tell = match newest_cursor {
            Some(cursor) => self.commit_records(transaction, unsigned(cursor)).await?,
            // What is sent again may not have been told: a word of the newest cursor counts for all up to it.
            None if self.fanout.is_some() => {
                self.commit_records(transaction, unsigned(arrivals.newest_cursor())).await?
            }
            None => {
                transaction.commit().await?;
                None
            }
        };
        Ok(Stored { ingested, to_tell })
    }

    /// Stores coverage bins; the newest of an hour replaces the older.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub(crate) async fn record_coverage(
        &self,
        source: &Source,
        bins: &[ValidBin],
        now_unix_ms: i64,
    ) -> Result<(), StoreError> {
        let mut transaction = self.begin().await?;
        for bin in bins {
            query(
                "INSERT INTO coverage (box, camera, hour_unix_secs, payload) VALUES ($1, $2, $3, $4)
                 ON CONFLICT (box, camera, hour_unix_secs) DO UPDATE SET payload = excluded.payload",
            )
            .bind(source.name.as_str())
            .bind(&bin.camera)
            .bind(bin.hour_unix_secs)
            .bind(&bin.payload)
            .execute(&mut transaction)
            .await?;
        }
        touch(&mut transaction, &[(source, now_unix_ms)]).await?;
        transaction.commit().await?;
        Ok(())
    }

    pub(super) async fn begin(&self) -> Result<Transaction, StoreError> {
        Ok(self.writer.begin_write().await?)
    }
}

/// A batch of which all that is new was taken.
struct Taken {
    account: Account,
    stored: usize,
}

/// Takes of a batch what is new. Nothing is written where a number is taken by another event.
async fn take<'b>(
    transaction: &mut Transaction,
    batch: &'b Batch,
    mut account: Account,
    arrivals: &mut Arrivals<'b>,
) -> Result<Taken, StoreError> {
    let known = known_numbers(transaction, batch, &account).await?;
    for record in &batch.records {
        if let Some(event_id) = known.get(&record.sequence) {
            refuse_conflict(transaction, &batch.source, record, event_id.as_deref()).await?;
        }
    }
    let (ended, mut stored) = (account.contiguous, 0_usize);
    for record in &batch.records {
        let has_end = known.contains_key(&record.sequence)
            // Ended long ago, but for a hole; its record may have been deleted by retention since.
            || (record.sequence <= ended && !shrink_hole(transaction, &batch.source, record.sequence).await?);
        if !has_end {
            arrivals.take(batch, record);
            account.count(record);
            stored = stored.saturating_add(1);
        }
    }
    Ok(Taken { account, stored })
}

/// Writes the accounts of what was taken and stored.
async fn close(
    transaction: &mut Transaction,
    batches: &[Batch],
    taken: Vec<Result<Taken, StoreError>>,
) -> Result<Vec<Result<Ingested, StoreError>>, StoreError> {
    let (mut accounts, mut seen, mut ingested) = (Vec::new(), Vec::new(), Vec::with_capacity(batches.len()));
    for (Batch { source, records, now_unix_ms }, taken) in batches.iter().zip(taken) {
        ingested.push(match taken {
            Err(error) => Err(error),
            Ok(Taken { mut account, stored }) => {
                account.contiguous = contiguous_with(transaction, source, &account, records).await?;
                accounts.push((source, account));
                seen.push((source, *now_unix_ms));
                let duplicates = records.len().saturating_sub(stored);
                Ok(Ingested { acknowledged: unsigned(account.contiguous), stored, duplicates })
            }
        });
    }
    close_accounts(transaction, &accounts).await?;
    touch(transaction, &seen).await?;
    Ok(ingested)
}

/// Which numbers of a batch have a record, and of which event.
async fn known_numbers(
    transaction: &mut Transaction,
    Batch { source, records, .. }: &Batch,
    account: &Account,
) -> Result<HashMap<i64, Option<Vec<u8>>>, StoreError> {
    let (Some(first), Some(last)) = (records.first(), records.last()) else { return Ok(HashMap::new()) };
    if first.sequence > account.highest {
        return Ok(HashMap::new());
    }
    let rows = query(
        "SELECT sequence, event_id FROM record WHERE box = $1 AND incarnation = $2 AND sequence BETWEEN $3 AND $4",
    )
    .bind(source.name.as_str())
    .bind(source.incarnation.0.as_slice())
    .bind(first.sequence)
    .bind(last.sequence)
    .fetch_all(transaction)
    .await?;
    rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
}

/// A record sent again may have lost its event meanwhile (its key expired, the policy withheld it); the first end
/// counts. An *event* where another end is stored, or another event, is a second truth: the outbox was set
/// back, and taking the event for a duplicate would lose it.
async fn refuse_conflict(
    transaction: &mut Transaction,
    source: &Source,
    record: &ValidRecord,
    stored_id: Option<&[u8]>,
) -> Result<(), StoreError> {
    let Some(event_id) = &record.event_id else { return Ok(()) };
    if stored_id == Some(event_id.as_slice()) {
        // The same event, though its content may have been erased since.
        return Ok(());
    }
    let stored = query("SELECT payload FROM record WHERE box = $1 AND incarnation = $2 AND sequence = $3")
        .bind(source.name.as_str())
        .bind(source.incarnation.0.as_slice())
        .bind(record.sequence)
        .fetch_optional(transaction)
        .await?;
    let Some(stored) = stored else { return Ok(()) };
    let stored = Record::decode(stored.try_get::<&[u8]>(0)?).unwrap_or_default();
    match stored.end {
        None => Ok(()),
        Some(End::Event(event)) if event.id == *event_id => Ok(()),
        Some(_) => Err(StoreError::Conflict { name: source.name.to_string(), sequence: record.sequence }),
    }
}

/// Boxes were heard.
async fn touch(transaction: &mut Transaction, seen: &[(&Source, i64)]) -> Result<(), StoreError> {
    for told in filled(seen) {
        let mut built = Built::new("WITH told (name, unix_ms) AS (VALUES ");
        built.rows(
            told.iter().map(|(source, unix_ms)| [Value::from(source.name.as_str()), Value::from(*unix_ms)]),
        );
        built.push(") UPDATE box SET last_seen_unix_ms = told.unix_ms FROM told WHERE box.name = told.name");
        built.query().execute(&mut *transaction).await?;
    }
    Ok(())
}
