//! The account of the numbers of an outbox.
//!
//! Per (box, incarnation): `contiguous` is what is acknowledged; every number up to it is stored or lies in a
//! hole. Numbers above it, up to `highest`, may be stored already (a gap lies between). A hole is a range that the box said it
//! no longer has; should one of its numbers come after all, it is taken and the hole shrinks.

use std::collections::HashMap;
use std::ops::RangeInclusive;

use super::engine::{Built, Row, Transaction, Value, filled, query};
use super::{Source, StoreError};
use crate::record::{EndKind, ValidRecord};

/// The account of one incarnation; columns of the table `incarnation`.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Account {
    pub(super) contiguous: i64,
    pub(super) highest: i64,
    stored: i64,
    withheld: i64,
    expired: i64,
    lost: i64,
}

impl Account {
    fn of(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            contiguous: row.try_get(1)?,
            highest: row.try_get(2)?,
            stored: row.try_get(3)?,
            withheld: row.try_get(4)?,
            expired: row.try_get(5)?,
            lost: row.try_get(6)?,
        })
    }

    /// A number came that had no end before.
    pub(super) fn count(&mut self, record: &ValidRecord) {
        let counter = match record.end {
            EndKind::Event => &mut self.stored,
            EndKind::Withheld => &mut self.withheld,
            EndKind::Expired => &mut self.expired,
            EndKind::Lost => &mut self.lost,
        };
        *counter = counter.saturating_add(1);
        self.highest = self.highest.max(record.sequence);
    }
}

/// Reads the accounts of incarnations, one of each box, and opens those that are not there.
pub(super) async fn open_accounts(
    transaction: &mut Transaction,
    sources: &[(&Source, i64)],
) -> Result<Vec<Account>, StoreError> {
    let mut found = HashMap::new();
    for asked in filled(sources) {
        let mut built = Built::new("WITH asked (box, incarnation) AS (VALUES ");
        built.rows(asked.iter().map(|(source, _)| key(source))).push(
            ") SELECT account.box, contiguous, highest, stored, withheld, expired, lost
             FROM asked CROSS JOIN incarnation AS account
             WHERE account.box = asked.box AND account.incarnation = asked.incarnation",
        );
        for row in built.query().fetch_all(&mut *transaction).await? {
            found.insert(row.try_get::<String>(0)?, Account::of(&row)?);
        }
    }
    let mut accounts = Vec::with_capacity(sources.len());
    for (source, now_unix_ms) in sources {
        accounts.push(match found.get(source.name.as_str()) {
            Some(account) => *account,
            None => open_account(transaction, source, *now_unix_ms).await?,
        });
    }
    Ok(accounts)
}

async fn open_account(
    transaction: &mut Transaction,
    source: &Source,
    now_unix_ms: i64,
) -> Result<Account, StoreError> {
    query("INSERT INTO incarnation (box, incarnation, first_seen_unix_ms) VALUES ($1, $2, $3)")
        .bind(source.name.as_str())
        .bind(source.incarnation.0.as_slice())
        .bind(now_unix_ms)
        .execute(transaction)
        .await?;
    Ok(Account::default())
}

/// Writes accounts that were opened.
pub(super) async fn close_accounts(
    transaction: &mut Transaction,
    accounts: &[(&Source, Account)],
) -> Result<(), StoreError> {
    for told in filled(accounts) {
        let mut built = Built::new(
            "WITH told (box, incarnation, contiguous, highest, stored, withheld, expired, lost) AS (VALUES ",
        );
        built.rows(told.iter().map(|(source, of)| {
            let [name, incarnation] = key(source);
            let numbers = [of.contiguous, of.highest, of.stored, of.withheld, of.expired, of.lost];
            let [contiguous, highest, stored, withheld, expired, lost] = numbers.map(Value::from);
            [name, incarnation, contiguous, highest, stored, withheld, expired, lost]
        }));
        built.push(
            ") UPDATE incarnation SET contiguous = told.contiguous, highest = told.highest, stored = told.stored,
                 withheld = told.withheld, expired = told.expired, lost = told.lost
             FROM told WHERE incarnation.box = told.box AND incarnation.incarnation = told.incarnation",
        );
        built.query().execute(&mut *transaction).await?;
    }
    Ok(())
}

fn key(source: &Source) -> [Value<'_>; 2] {
    [source.name.as_str().into(), source.incarnation.0.as_slice().into()]
}

/// The highest number such that all up to it have an end, once all of a batch have one.
pub(super) async fn contiguous_with(
    transaction: &mut Transaction,
    source: &Source,
    account: &Account,
    records: &[ValidRecord],
) -> Result<i64, StoreError> {
    let (Some(first), Some(last)) = (records.first(), records.last()) else { return Ok(account.contiguous) };
    if first.sequence > account.contiguous.saturating_add(1) {
        // The gap is still there.
        return Ok(account.contiguous);
    }
    let joined = Account { contiguous: account.contiguous.max(last.sequence), ..*account };
    first_gap_after(transaction, source, &joined).await
}

/// The highest number such that all up to it have an end.
pub(super) async fn first_gap_after(
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
pub(super) async fn shrink_hole(
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
