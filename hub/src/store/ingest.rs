//! Storing what boxes send, and keeping the account of their numbers.
//!
//! Per (box, incarnation): `contiguous` is what is acknowledged; every number up to it is stored or lies in a
//! hole. Numbers above it may be stored already (a gap lies between). A hole is a range that the box said it
//! no longer has; should one of its numbers come after all, it is taken and the hole shrinks.

use std::ops::RangeInclusive;

use prost::Message as _;
use velum_proto::v1::{Record, record::End};

use super::arrivals::Arrivals;
use super::engine::{Transaction, query};
use super::{Source, Store, StoreError, Word, unsigned};
use crate::record::{EndKind, ValidBin, ValidHello, ValidRecord};

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

/// What became of a hello.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Greeted {
    /// Every number up to here needs no sending any more.
    pub(crate) acknowledged: u64,
    /// Numbers that can no longer come.
    pub(crate) newly_missing: u64,
}

/// The account of one incarnation; columns of the table `incarnation`.
#[derive(Debug, Clone, Copy, Default)]
struct Account {
    contiguous: i64,
    highest: i64,
    stored: i64,
    withheld: i64,
    expired: i64,
    lost: i64,
}

impl Account {
    fn count(&mut self, end: EndKind) {
        let counter = match end {
            EndKind::Event => &mut self.stored,
            EndKind::Withheld => &mut self.withheld,
            EndKind::Expired => &mut self.expired,
            EndKind::Lost => &mut self.lost,
        };
        *counter = counter.saturating_add(1);
    }
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
        let mut account = open_account(&mut transaction, source, now_unix_ms).await?;
        let last_gone = hello.oldest_sequence.saturating_sub(1);
        let mut newly_missing = 0;
        if last_gone > account.contiguous {
            let range = account.contiguous.saturating_add(1)..=last_gone;
            newly_missing = record_holes(&mut transaction, source, range, now_unix_ms).await?;
            account.contiguous = last_gone;
            account.highest = account.highest.max(last_gone);
            account.contiguous = first_gap_after(&mut transaction, source, &account).await?;
            close_account(&mut transaction, source, &account).await?;
        }
        transaction.commit().await?;
        Ok(Greeted { acknowledged: unsigned(account.contiguous), newly_missing: unsigned(newly_missing) })
    }

    /// Stores a batch in one transaction; when this returns, it is on disk.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when a number is taken by another event; [`StoreError::Full`];
    /// [`StoreError::Database`]. In all cases nothing of the batch is stored.
    pub(crate) async fn ingest(
        &self,
        source: &Source,
        records: &[ValidRecord],
        now_unix_ms: i64,
    ) -> Result<Ingested, StoreError> {
        self.ingest_whole(source, records, now_unix_ms).await.map_err(|error| self.located(error))
    }

    async fn ingest_whole(
        &self,
        source: &Source,
        records: &[ValidRecord],
        now_unix_ms: i64,
    ) -> Result<Ingested, StoreError> {
        let mut transaction = self.begin().await?;
        let mut account = open_account(&mut transaction, source, now_unix_ms).await?;
        let mut arrivals = Arrivals::of(&mut transaction, source, records).await?;
        for record in records {
            if is_new(&mut transaction, source, record, (&account, &arrivals)).await? {
                arrivals.take(record);
                account.count(record.end);
                account.highest = account.highest.max(record.sequence);
            }
        }
        let newest_cursor = arrivals.store(&mut transaction, source, now_unix_ms).await?;
        let stored = arrivals.count();
        account.contiguous = first_gap_after(&mut transaction, source, &account).await?;
        close_account(&mut transaction, source, &account).await?;
        touch(&mut transaction, source, now_unix_ms).await?;
        match newest_cursor {
            Some(cursor) => self.commit_saying(transaction, Word::Records(unsigned(cursor))).await?,
            None => transaction.commit().await?,
        }
        Ok(Ingested {
            acknowledged: unsigned(account.contiguous),
            stored,
            duplicates: records.len().saturating_sub(stored),
        })
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
        touch(&mut transaction, source, now_unix_ms).await?;
        transaction.commit().await?;
        Ok(())
    }

    pub(super) async fn begin(&self) -> Result<Transaction, StoreError> {
        Ok(self.writer.begin_write().await?)
    }
}

/// Reads the account of an incarnation, or opens it.
async fn open_account(
    connection: &mut Transaction,
    source: &Source,
    now_unix_ms: i64,
) -> Result<Account, StoreError> {
    let row = query(
        "SELECT contiguous, highest, stored, withheld, expired, lost FROM incarnation
         WHERE box = $1 AND incarnation = $2",
    )
    .bind(source.name.as_str())
    .bind(source.incarnation.0.as_slice())
    .fetch_optional(&mut *connection)
    .await?;
    if let Some(row) = row {
        return Ok(Account {
            contiguous: row.try_get(0)?,
            highest: row.try_get(1)?,
            stored: row.try_get(2)?,
            withheld: row.try_get(3)?,
            expired: row.try_get(4)?,
            lost: row.try_get(5)?,
        });
    }
    query("INSERT INTO incarnation (box, incarnation, first_seen_unix_ms) VALUES ($1, $2, $3)")
        .bind(source.name.as_str())
        .bind(source.incarnation.0.as_slice())
        .bind(now_unix_ms)
        .execute(connection)
        .await?;
    Ok(Account::default())
}

async fn close_account(
    connection: &mut Transaction,
    source: &Source,
    account: &Account,
) -> Result<(), StoreError> {
    query(
        "UPDATE incarnation SET contiguous = $1, highest = $2, stored = $3, withheld = $4, expired = $5, lost = $6
         WHERE box = $7 AND incarnation = $8",
    )
    .bind(account.contiguous)
    .bind(account.highest)
    .bind(account.stored)
    .bind(account.withheld)
    .bind(account.expired)
    .bind(account.lost)
    .bind(source.name.as_str())
    .bind(source.incarnation.0.as_slice())
    .execute(connection)
    .await?;
    Ok(())
}

async fn touch(connection: &mut Transaction, source: &Source, now_unix_ms: i64) -> Result<(), StoreError> {
    query("UPDATE box SET last_seen_unix_ms = $1 WHERE name = $2")
        .bind(now_unix_ms)
        .bind(source.name.as_str())
        .execute(connection)
        .await?;
    Ok(())
}

/// Whether a number has no end yet. One that has, must not come with another event.
async fn is_new(
    transaction: &mut Transaction,
    source: &Source,
    record: &ValidRecord,
    (account, arrivals): (&Account, &Arrivals<'_>),
) -> Result<bool, StoreError> {
    let has_end = arrivals.has(record.sequence)
        // Ended long ago, but for a hole; its record may have been deleted by retention since.
        || (record.sequence <= account.contiguous && !shrink_hole(transaction, source, record.sequence).await?);
    if has_end {
        refuse_conflict(transaction, source, record).await?;
        return Ok(false);
    }
    Ok(true)
}

/// A record sent again may have lost its event meanwhile (its key expired, the policy withheld it); the first end
/// counts. An *event* where another end is stored, or another event, is a second truth: the outbox was set
/// back, and taking the event for a duplicate would lose it.
async fn refuse_conflict(
    connection: &mut Transaction,
    source: &Source,
    record: &ValidRecord,
) -> Result<(), StoreError> {
    let Some(event_id) = &record.event_id else { return Ok(()) };
    let stored =
        query("SELECT payload, event_id FROM record WHERE box = $1 AND incarnation = $2 AND sequence = $3")
            .bind(source.name.as_str())
            .bind(source.incarnation.0.as_slice())
            .bind(record.sequence)
            .fetch_optional(connection)
            .await?;
    let Some(stored) = stored else { return Ok(()) };
    if stored.try_get::<Option<&[u8]>>(1)? == Some(event_id.as_slice()) {
        // The same event, though its content may have been erased since.
        return Ok(());
    }
    let stored = Record::decode(stored.try_get::<&[u8]>(0)?).unwrap_or_default();
    match stored.end {
        None => Ok(()),
        Some(End::Event(event)) if event.id == *event_id => Ok(()),
        Some(_) => Err(StoreError::Conflict { name: source.name.to_string(), sequence: record.sequence }),
    }
}

/// The highest number such that all up to it have an end.
async fn first_gap_after(
    connection: &mut Transaction,
    source: &Source,
    account: &Account,
) -> Result<i64, StoreError> {
    let mut contiguous = account.contiguous;
    while contiguous < account.highest {
        let rows = query(
            "SELECT sequence FROM record WHERE box = $1 AND incarnation = $2 AND sequence > $3
             ORDER BY sequence LIMIT 1000",
        )
        .bind(source.name.as_str())
        .bind(source.incarnation.0.as_slice())
        .bind(contiguous)
        .fetch_all(&mut *connection)
        .await?;
        if rows.is_empty() {
            return Ok(contiguous);
        }
        for row in rows {
            if row.try_get::<i64>(0)? != contiguous.saturating_add(1) {
                return Ok(contiguous);
            }
            contiguous = contiguous.saturating_add(1);
        }
    }
    Ok(contiguous)
}

/// Records as holes those numbers of `range` that are not stored; gives how many they are.
pub(super) async fn record_holes(
    connection: &mut Transaction,
    source: &Source,
    range: RangeInclusive<i64>,
    now_unix_ms: i64,
) -> Result<i64, StoreError> {
    let rows = query(
        "SELECT sequence FROM record WHERE box = $1 AND incarnation = $2 AND sequence BETWEEN $3 AND $4 ORDER BY sequence",
    )
    .bind(source.name.as_str())
    .bind(source.incarnation.0.as_slice())
    .bind(*range.start())
    .bind(*range.end())
    .fetch_all(&mut *connection)
    .await?;
    let mut next = *range.start();
    let mut missing = 0_i64;
    let present = rows.iter().map(|row| row.try_get::<i64>(0));
    for bound in present.chain([Ok(range.end().saturating_add(1))]) {
        let bound = bound?;
        if next < bound {
            add_hole(connection, source, next..=bound.saturating_sub(1), now_unix_ms).await?;
            missing = missing.saturating_add(bound.saturating_sub(next));
        }
        next = bound.saturating_add(1);
    }
    Ok(missing)
}

async fn add_hole(
    connection: &mut Transaction,
    source: &Source,
    range: RangeInclusive<i64>,
    now_unix_ms: i64,
) -> Result<(), StoreError> {
    query(
        "INSERT INTO hole (box, incarnation, first_sequence, last_sequence, recorded_unix_ms) VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(source.name.as_str())
    .bind(source.incarnation.0.as_slice())
    .bind(*range.start())
    .bind(*range.end())
    .bind(now_unix_ms)
    .execute(connection)
    .await?;
    Ok(())
}

/// Takes a number out of the hole it lies in; false where it lies in none.
async fn shrink_hole(
    connection: &mut Transaction,
    source: &Source,
    sequence: i64,
) -> Result<bool, StoreError> {
    let row = query(
        "DELETE FROM hole WHERE box = $1 AND incarnation = $2 AND $3 BETWEEN first_sequence AND last_sequence
         RETURNING first_sequence, last_sequence, recorded_unix_ms",
    )
    .bind(source.name.as_str())
    .bind(source.incarnation.0.as_slice())
    .bind(sequence)
    .fetch_optional(&mut *connection)
    .await?;
    let Some(row) = row else { return Ok(false) };
    let (first, last, recorded): (i64, i64, i64) = (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
    if first < sequence {
        add_hole(connection, source, first..=sequence.saturating_sub(1), recorded).await?;
    }
    if sequence < last {
        add_hole(connection, source, sequence.saturating_add(1)..=last, recorded).await?;
    }
    Ok(true)
}
