//! What people found alerts to be, and the stream of what was decided.

use velum_proto::v1::Verdict;

use super::alerts::give_back;
use super::engine::{Transaction, query};
use super::texts::drop_unless_same;
use super::{Store, StoreError, unsigned};
use crate::identity::{Person, same_person};

/// One person's word.
#[derive(Debug, Clone)]
pub(crate) struct Review {
    pub(crate) event_id: Vec<u8>,
    pub(crate) person: Person,
    /// By which role.
    pub(crate) role: String,
    pub(crate) verdict: Verdict,
    /// How many people must say the same.
    pub(crate) needed: u32,
    /// When the event came to this hub.
    pub(crate) stored_unix_ms: i64,
}

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Reviewed {
    /// Enough people said the same.
    pub(crate) is_decided: bool,
    /// Its number in the stream, where this goes beyond the control room.
    pub(crate) cursor: Option<u64>,
}

/// One entry of the stream.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ReviewedRow {
    pub(crate) cursor: u64,
    pub(crate) event_id: Vec<u8>,
    pub(crate) verdict: Verdict,
    pub(crate) role: String,
    pub(crate) review_secs: u32,
}

impl Store {
    /// Takes down a person's word. What is confirmed enters the stream, and so does that it was wrong after all; what
    /// is rejected at first stays in the control room.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub(crate) async fn review(&self, review: &Review, now_unix_ms: i64) -> Result<Reviewed, StoreError> {
        let mut transaction = self.begin().await?;
        let of = (review.event_id.as_slice(), &review.person);
        if drop_unless_same(&mut transaction, of, i64::from(i32::from(review.verdict))).await? {
            self.owe_fold();
        }
        take_down(&mut transaction, review, now_unix_ms).await?;
        give_back(&mut transaction, &review.event_id, &review.person).await?;
        let row = query("SELECT max(needed), sum(CASE WHEN verdict = $2 THEN 1 ELSE 0 END) FROM review WHERE event_id = $1")
            .bind(&review.event_id)
            .bind(i64::from(i32::from(review.verdict)))
            .fetch_one(&mut transaction)
            .await?;
        let (needed, agree): (i64, i64) = (row.try_get(0)?, row.try_get(1)?);
        let is_decided = agree >= needed;
        let before = last_outcome(&mut transaction, &review.event_id).await?;
        let confirms = review.verdict == Verdict::Confirmed;
        let is_news = match before {
            None => confirms,
            Some(before) => before != review.verdict && (confirms || before == Verdict::Confirmed),
        };
        let cursor = match is_decided && is_news {
            true => Some(append(&mut transaction, review, now_unix_ms).await?),
            false => None,
        };
        self.commit_change(transaction, &review.event_id, now_unix_ms).await?;
        Ok(Reviewed { is_decided, cursor })
    }

    /// The newest number of the stream.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub(crate) async fn newest_reviewed(&self) -> Result<u64, StoreError> {
        let row = query("SELECT max(cursor) FROM reviewed").fetch_one(&self.readers).await?;
        Ok(row.try_get::<Option<i64>>(0)?.map_or(0, unsigned))
    }

    /// At most `limit` entries after a number.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub(crate) async fn reviewed(
        &self,
        after_cursor: u64,
        limit: u32,
    ) -> Result<Vec<ReviewedRow>, StoreError> {
        let rows = query(
            "SELECT cursor, event_id, verdict, role, review_secs FROM reviewed WHERE cursor > $1
             ORDER BY cursor LIMIT $2",
        )
        .bind(i64::try_from(after_cursor).unwrap_or(i64::MAX))
        .bind(i64::from(limit))
        .fetch_all(&self.readers)
        .await?;
        rows.iter()
            .map(|row| {
                Ok(ReviewedRow {
                    cursor: unsigned(row.try_get(0)?),
                    event_id: row.try_get(1)?,
                    verdict: verdict(row.try_get(2)?),
                    role: row.try_get(3)?,
                    review_secs: u32::try_from(row.try_get::<i64>(4)?).unwrap_or(u32::MAX),
                })
            })
            .collect()
    }
}

pub(super) fn verdict(number: i64) -> Verdict {
    i32::try_from(number).ok().and_then(|number| Verdict::try_from(number).ok()).unwrap_or_default()
}

async fn take_down(
    transaction: &mut Transaction,
    review: &Review,
    now_unix_ms: i64,
) -> Result<(), StoreError> {
    // One person has one word, by whichever way they came.
    query(concat!(
        "DELETE FROM review WHERE event_id = $1 AND person <> $2 AND ",
        name_in!("person"),
        " = $3"
    ))
    .bind(&review.event_id)
    .bind(review.person.to_string())
    .bind(same_person(&review.person.to_string()))
    .execute(&mut *transaction)
    .await?;
    query(
        "INSERT INTO review (event_id, person, role, verdict, needed, reviewed_unix_ms)
         VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (event_id, person)
         DO UPDATE SET role = $3, verdict = $4, needed = CASE WHEN review.needed < $5 THEN $5 ELSE review.needed END,
             reviewed_unix_ms = $6",
    )
    .bind(&review.event_id)
    .bind(review.person.to_string())
    .bind(&review.role)
    .bind(i64::from(i32::from(review.verdict)))
    .bind(i64::from(review.needed))
    .bind(now_unix_ms)
    .execute(&mut *transaction)
    .await?;
    Ok(())
}

async fn last_outcome(transaction: &mut Transaction, event_id: &[u8]) -> Result<Option<Verdict>, StoreError> {
    let row = query("SELECT verdict FROM reviewed WHERE event_id = $1 ORDER BY cursor DESC LIMIT 1")
        .bind(event_id)
        .fetch_optional(&mut *transaction)
        .await?;
    row.map(|row| Ok(verdict(row.try_get(0)?))).transpose()
}

async fn append(transaction: &mut Transaction, review: &Review, now_unix_ms: i64) -> Result<u64, StoreError> {
    let review_secs = now_unix_ms.saturating_sub(review.stored_unix_ms).max(0).div_euclid(1_000);
    let row = query(concat!(
        "INSERT INTO reviewed (cursor, event_id, verdict, role, review_secs, reviewed_unix_ms) VALUES (",
        next_of!("reviewed"),
        ", $1, $2, $3, $4, $5) RETURNING cursor"
    ))
    .bind(&review.event_id)
    .bind(i64::from(i32::from(review.verdict)))
    .bind(&review.role)
    .bind(review_secs)
    .bind(now_unix_ms)
    .fetch_one(&mut *transaction)
    .await?;
    Ok(unsigned(row.try_get(0)?))
}
