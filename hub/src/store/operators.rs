//! Which operators' certificates are refused, and what the audit log is still to be told of people's access.

use super::engine::{Transaction, query};
use super::recipients::forget;
use super::{Store, StoreError};
use crate::identity::{Name, Person};

/// Somebody's access changed; the audit log does not know it yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AuditNote {
    id: i64,
    /// As the audit log names people.
    pub(crate) operator: String,
    /// What ended the access; none where it was given.
    pub(crate) rule: Option<String>,
    /// The role that was given or taken.
    pub(crate) recipient: Option<String>,
    /// The same for people.
    pub(crate) words: String,
}

impl Store {
    /// Refuses every certificate of this operator, whenever it was made.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub(crate) async fn revoke_operator(&self, name: &Name, now_unix_ms: i64) -> Result<(), StoreError> {
        let mut transaction = self.begin().await?;
        query(
            "INSERT INTO operator_revoked (name, revoked_unix_ms) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING",
        )
        .bind(name.as_str())
        .bind(now_unix_ms)
        .execute(&mut transaction)
        .await?;
        let words = "the operator's certificates were revoked on the command line";
        let person = Person::Certificate(name.clone());
        forget(&mut transaction, &person).await?;
        note(&mut transaction, &person.to_string(), &Change::ended("operator_revoked"), words).await?;
        Ok(transaction.commit().await?)
    }

    /// Every operator whose certificates are refused.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub(crate) async fn revoked_operators(&self) -> Result<Vec<String>, StoreError> {
        let rows = query("SELECT name FROM operator_revoked").fetch_all(&self.readers).await?;
        rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
    }

    /// Whether this operator's certificates are refused.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub(crate) async fn is_operator_revoked(&self, name: &Name) -> Result<bool, StoreError> {
        let row = query("SELECT 1 FROM operator_revoked WHERE name = $1")
            .bind(name.as_str())
            .fetch_optional(&self.readers)
            .await?;
        Ok(row.is_some())
    }

    /// What the audit log is still to be told, oldest first.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub(crate) async fn audit_notes(&self) -> Result<Vec<AuditNote>, StoreError> {
        let rows = query("SELECT id, operator, rule, recipient, words FROM audit_note ORDER BY id LIMIT 100")
            .fetch_all(&self.readers)
            .await?;
        rows.iter()
            .map(|row| {
                Ok(AuditNote {
                    id: row.try_get(0)?,
                    operator: row.try_get(1)?,
                    rule: row.try_get(2)?,
                    recipient: row.try_get(3)?,
                    words: row.try_get(4)?,
                })
            })
            .collect()
    }

    /// The audit log was told.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub(crate) async fn audit_told(&self, told: &AuditNote) -> Result<(), StoreError> {
        query("DELETE FROM audit_note WHERE id = $1").bind(told.id).execute(&self.writer).await?;
        Ok(())
    }
}

/// What of a person's access changed.
pub(super) struct Change<'c> {
    /// What ended it; none where it was given.
    pub(super) rule: Option<&'c str>,
    /// The role.
    pub(super) recipient: Option<&'c str>,
}

impl<'c> Change<'c> {
    /// All access ended.
    pub(super) fn ended(rule: &'c str) -> Self {
        Self { rule: Some(rule), recipient: None }
    }
}

/// Leaves word for the audit log, in the transaction of what it is about.
pub(super) async fn note(
    transaction: &mut Transaction,
    operator: &str,
    change: &Change<'_>,
    words: &str,
) -> Result<(), StoreError> {
    query("INSERT INTO audit_note (operator, rule, recipient, words) VALUES ($1, $2, $3, $4)")
        .bind(operator)
        .bind(change.rule)
        .bind(change.recipient)
        .bind(words)
        .execute(&mut *transaction)
        .await?;
    Ok(())
}
