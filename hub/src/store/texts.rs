//! What people write beside their verdicts, sealed: this file sees no clear text and no key.
//!
//! Invariant: a text stands beside the word of its author and no longer: with another verdict, with the end of the alert, or
//! with the retention it is deleted.

use super::engine::{Transaction, query};
use super::{Store, StoreError};
use crate::identity::{Person, same_person};
use crate::reviews::SealedText;

/// That somebody wrote something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TextOf {
    pub(crate) text_id: [u8; 16],
    /// As the audit log names people.
    pub(crate) person: String,
}

/// One of them, sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TextRow {
    pub(crate) sealed: SealedText,
    pub(crate) written_unix_ms: i64,
}

impl Store {
    /// Who wrote something about an alert.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub(crate) async fn texts_of(&self, event_id: &[u8]) -> Result<Vec<TextOf>, StoreError> {
        let rows = query(
            "SELECT text_id, person FROM review_text WHERE event_id = $1 ORDER BY written_unix_ms, text_id",
        )
        .bind(event_id)
        .fetch_all(&self.readers)
        .await?;
        rows.iter()
            .map(|row| {
                let text_id = <[u8; 16]>::try_from(row.try_get::<&[u8]>(0)?);
                Ok(TextOf {
                    text_id: text_id.map_err(|_| StoreError::Unreadable(0))?,
                    person: row.try_get(1)?,
                })
            })
            .collect()
    }

    /// One text.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub(crate) async fn text(&self, event_id: &[u8], text_id: &[u8]) -> Result<Option<TextRow>, StoreError> {
        let row = query(
            "SELECT key_day, sealed, written_unix_ms FROM review_text WHERE event_id = $1 AND text_id = $2",
        )
        .bind(event_id)
        .bind(text_id)
        .fetch_optional(&self.readers)
        .await?;
        let Some(row) = row else { return Ok(None) };
        let sealed = SealedText { key_day: row.try_get(0)?, bytes: row.try_get(1)? };
        Ok(Some(TextRow { sealed, written_unix_ms: row.try_get(2)? }))
    }

    /// Keeps a person's text about an alert, in the place of an older one; none takes the older one away.
    ///
    /// # Errors
    /// [`StoreError::Database`], [`StoreError::Full`].
    pub(crate) async fn put_text(
        &self,
        (event_id, person): (&[u8], &Person),
        text: Option<(&[u8; 16], &SealedText)>,
        now_unix_ms: i64,
    ) -> Result<(), StoreError> {
        let mut transaction = self.begin().await?;
        query(concat!("DELETE FROM review_text WHERE event_id = $1 AND ", name_in!("person"), " = $2"))
            .bind(event_id)
            .bind(same_person(&person.to_string()))
            .execute(&mut transaction)
            .await?;
        if let Some((text_id, SealedText { key_day, bytes })) = text {
            query(
                "INSERT INTO review_text (text_id, event_id, person, key_day, sealed, written_unix_ms)
                 VALUES ($1, $2, $3, $4, $5, $6)",
            )
            .bind(text_id.as_slice())
            .bind(event_id)
            .bind(person.to_string())
            .bind(key_day)
            .bind(bytes)
            .bind(now_unix_ms)
            .execute(&mut transaction)
            .await
            .map_err(|error| self.located(error.into()))?;
        }
        self.owe_fold();
        self.commit_change(transaction, event_id, now_unix_ms).await
    }
}

/// A text goes with the verdict that it was written to.
pub(super) async fn drop_unless_same(
    transaction: &mut Transaction,
    (event_id, person): (&[u8], &Person),
    verdict: i64,
) -> Result<bool, StoreError> {
    let done = query(concat!(
        "DELETE FROM review_text WHERE event_id = $1 AND ",
        name_in!("person"),
        " = $2 AND NOT EXISTS (SELECT 1 FROM review WHERE event_id = $1 AND verdict = $3 AND ",
        name_in!("person"),
        " = $2)"
    ))
    .bind(event_id)
    .bind(same_person(&person.to_string()))
    .bind(verdict)
    .execute(&mut *transaction)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Of an alert that is erased nothing is left.
pub(super) async fn drop_all(transaction: &mut Transaction, event_id: &[u8]) -> Result<(), StoreError> {
    query("DELETE FROM review_text WHERE event_id = $1").bind(event_id).execute(&mut *transaction).await?;
    Ok(())
}
