//! Places at which boxes raise no alert for some days, after a decided review: what is wanted, and what the box said.
//!
//! Invariant: what the hub wants is kept until the box has done it or its time is over; a box answers for its own orders
//! alone.

use velum_proto::v1::suppression_receipt::Outcome;
use velum_proto::v1::{SuppressionOrder, SuppressionReceipt, Verdict};

use super::engine::{Row, query};
use super::reviews::verdict;
use super::{Store, StoreError, Word, unsigned};
use crate::identity::Name;
use crate::reviews::name_of;

const COLUMNS: &str = "order_id, box, event_id, camera, verdict, days, role, ordered_unix_ms, until_unix_ms,
                       lifted_role, lifted_unix_ms, outcome, number, reason";

/// One order, with what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SuppressionRow {
    pub(crate) order_id: [u8; 16],
    pub(crate) r#box: String,
    pub(crate) event_id: Vec<u8>,
    pub(crate) camera: Option<String>,
    pub(crate) verdict: Verdict,
    pub(crate) days: u32,
    pub(crate) role: String,
    pub(crate) ordered_unix_ms: i64,
    pub(crate) until_unix_ms: i64,
    /// By which role alerts are wanted there again.
    pub(crate) lifted_role: Option<String>,
    pub(crate) lifted_unix_ms: Option<i64>,
    pub(crate) outcome: Outcome,
    pub(crate) number: u64,
    pub(crate) reason: String,
}

impl SuppressionRow {
    /// Whether the box may leave out the place now, or may soon: it is wanted or not lifted yet, and not over.
    pub(crate) fn is_open(&self, now_unix_ms: i64) -> bool {
        self.until_unix_ms > now_unix_ms && matches!(self.outcome, Outcome::Unspecified | Outcome::Added)
    }

    /// How it stands, as the page names it.
    pub(crate) fn state(&self, now_unix_ms: i64) -> &'static str {
        match (self.outcome, self.lifted_unix_ms) {
            (Outcome::Removed, _) => "removed",
            (Outcome::Refused, _) => "refused",
            (Outcome::UnknownPlace, _) => "unknown_place",
            _ if self.until_unix_ms <= now_unix_ms => "over",
            (Outcome::Unspecified | Outcome::Added, Some(_)) => "lifting",
            (Outcome::Added, None) => "in_force",
            (Outcome::Unspecified, None) => "waiting",
        }
    }

    fn to_box(&self) -> SuppressionOrder {
        SuppressionOrder {
            order_id: self.order_id.to_vec(),
            event_id: self.event_id.clone(),
            verdict: name_of(self.verdict),
            days: self.days,
            until_unix_ms: self.until_unix_ms,
            role: self.lifted_role.as_ref().unwrap_or(&self.role).chars().take(128).collect(),
            lift: self.lifted_unix_ms.is_some(),
        }
    }
}

impl Store {
    /// Keeps an order; boxes are sent it from now on.
    ///
    /// # Errors
    /// [`StoreError::Full`], [`StoreError::Database`].
    pub(crate) async fn add_suppression(&self, row: &SuppressionRow, person: &str) -> Result<(), StoreError> {
        let done = query(
            "INSERT INTO suppression (order_id, box, event_id, camera, verdict, days, person, role, ordered_unix_ms,
                 until_unix_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        )
        .bind(row.order_id.as_slice())
        .bind(&row.r#box)
        .bind(&row.event_id)
        .bind(&row.camera)
        .bind(i64::from(i32::from(row.verdict)))
        .bind(i64::from(row.days))
        .bind(person)
        .bind(&row.role)
        .bind(row.ordered_unix_ms)
        .bind(row.until_unix_ms)
        .execute(&self.writer)
        .await;
        done.map_err(|error| self.located(error.into()))?;
        self.say(Word::Orders).await
    }

    /// Alerts are wanted there again.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub(crate) async fn lift_suppression(
        &self,
        order_id: &[u8; 16],
        role: &str,
        now_unix_ms: i64,
    ) -> Result<(), StoreError> {
        query(
            "UPDATE suppression SET lifted_role = $2, lifted_unix_ms = $3, reason = ''
             WHERE order_id = $1 AND lifted_unix_ms IS NULL",
        )
        .bind(order_id.as_slice())
        .bind(role)
        .bind(now_unix_ms)
        .execute(&self.writer)
        .await?;
        self.say(Word::Orders).await
    }

    /// What a box said of one of its orders. What it could not lift is in force still.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub(crate) async fn suppression_answered(
        &self,
        of: &Name,
        receipt: &SuppressionReceipt,
    ) -> Result<(), StoreError> {
        let done = query(
            "UPDATE suppression SET number = CASE WHEN $4 > 0 THEN $4 ELSE number END, reason = $5,
                 outcome = CASE WHEN $3 = 2 AND lifted_unix_ms IS NOT NULL THEN outcome ELSE $3 END,
                 until_unix_ms = CASE WHEN $6 > 0 AND until_unix_ms > $6 THEN $6 ELSE until_unix_ms END
             WHERE box = $1 AND order_id = $2 AND outcome IN (0, 1)
                 AND (outcome != $3 OR reason != $5 OR ($6 > 0 AND until_unix_ms > $6))",
        )
        .bind(of.as_str())
        .bind(&receipt.order_id)
        .bind(receipt.outcome)
        .bind(i64::try_from(receipt.number).unwrap_or(i64::MAX))
        .bind(&receipt.reason)
        .bind(receipt.until_unix_ms)
        .execute(&self.writer)
        .await?;
        if done.rows_affected() > 0 {
            self.say(Word::Orders).await?;
        }
        Ok(())
    }

    /// Which are not over, or ended in the last day, the newest first.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub(crate) async fn suppressions(
        &self,
        ended_after_unix_ms: i64,
    ) -> Result<Vec<SuppressionRow>, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM suppression WHERE until_unix_ms > $1 ORDER BY ordered_unix_ms DESC, order_id LIMIT 2000"
        );
        let rows = query(&sql).bind(ended_after_unix_ms).fetch_all(&self.readers).await?;
        rows.iter().map(row_of).collect()
    }

    /// One of them.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub(crate) async fn suppression(&self, order_id: &[u8]) -> Result<Option<SuppressionRow>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM suppression WHERE order_id = $1");
        let row = query(&sql).bind(order_id).fetch_optional(&self.readers).await?;
        row.as_ref().map(row_of).transpose()
    }

    /// What a box is to be sent: what it has not answered or not lifted, and where `all` are asked about, whatever it has in
    /// force.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub(crate) async fn suppression_orders(
        &self,
        of: &Name,
        all: bool,
        now_unix_ms: i64,
    ) -> Result<Vec<SuppressionOrder>, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM suppression WHERE box = $1 AND until_unix_ms > $2
             AND (outcome = 0 OR (outcome = 1 AND ($3 OR lifted_unix_ms IS NOT NULL)))
             ORDER BY ordered_unix_ms, order_id LIMIT 256"
        );
        let rows = query(&sql).bind(of.as_str()).bind(now_unix_ms).bind(all).fetch_all(&self.readers).await?;
        rows.iter().map(|row| Ok(row_of(row)?.to_box())).collect()
    }
}

fn row_of(row: &Row) -> Result<SuppressionRow, StoreError> {
    Ok(SuppressionRow {
        order_id: row.try_get::<&[u8]>(0)?.try_into().unwrap_or_default(),
        r#box: row.try_get(1)?,
        event_id: row.try_get(2)?,
        camera: row.try_get(3)?,
        verdict: verdict(row.try_get(4)?),
        days: u32::try_from(row.try_get::<i64>(5)?).unwrap_or(0),
        role: row.try_get(6)?,
        ordered_unix_ms: row.try_get(7)?,
        until_unix_ms: row.try_get(8)?,
        lifted_role: row.try_get(9)?,
        lifted_unix_ms: row.try_get(10)?,
        outcome: i32::try_from(row.try_get::<i64>(11)?)
            .ok()
            .and_then(|number| Outcome::try_from(number).ok())
            .unwrap_or_default(),
        number: unsigned(row.try_get(12)?),
        reason: row.try_get(13)?,
    })
}
