//! Published policies, and what boxes said of those that they were offered.

use super::engine::{Row, query};
use super::{Store, StoreError};
use crate::identity::Name;

/// A policy as it was published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PolicyRow {
    pub(crate) digest: Vec<u8>,
    pub(crate) policy_id: String,
    pub(crate) envelope: String,
    pub(crate) opinion: Option<String>,
    pub(crate) published_by: String,
    pub(crate) published_unix_ms: i64,
}

/// A box and its policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BoxPolicyRow {
    pub(crate) name: String,
    pub(crate) policy_id: String,
    pub(crate) digest: Vec<u8>,
    pub(crate) offered_digest: Vec<u8>,
    pub(crate) outcome: i32,
    pub(crate) reason: String,
}

impl Store {
    /// All that were published, the oldest first.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub(crate) async fn policies(&self) -> Result<Vec<PolicyRow>, StoreError> {
        let rows = query(
            "SELECT digest, policy_id, envelope, opinion, published_by, published_unix_ms FROM policy ORDER BY place",
        )
        .fetch_all(&self.readers)
        .await?;
        let row = |row: &Row| {
            Ok(PolicyRow {
                digest: row.try_get(0)?,
                policy_id: row.try_get(1)?,
                envelope: row.try_get(2)?,
                opinion: row.try_get(3)?,
                published_by: row.try_get(4)?,
                published_unix_ms: row.try_get(5)?,
            })
        };
        rows.iter().map(row).collect()
    }

    /// Keeps one more.
    ///
    /// # Errors
    /// [`StoreError::Full`], [`StoreError::Database`].
    pub(crate) async fn add_policy(&self, row: &PolicyRow) -> Result<(), StoreError> {
        let done = query(
            "INSERT INTO policy (digest, policy_id, envelope, opinion, published_by, published_unix_ms)
             VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(&row.digest)
        .bind(&row.policy_id)
        .bind(&row.envelope)
        .bind(&row.opinion)
        .bind(&row.published_by)
        .bind(row.published_unix_ms)
        .execute(&self.writer)
        .await;
        done.map(drop).map_err(|error| self.located(error.into()))
    }

    /// The box was offered a policy, and has said nothing of it yet.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub(crate) async fn policy_offered(&self, name: &Name, digest: &[u8]) -> Result<(), StoreError> {
        query("UPDATE box SET offered_digest = $1, policy_outcome = 0, policy_reason = '' WHERE name = $2")
            .bind(digest)
            .bind(name.as_str())
            .execute(&self.writer)
            .await?;
        Ok(())
    }

    /// What the box said of what it was offered last; an answer to anything else is not kept.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub(crate) async fn policy_answered(
        &self,
        name: &Name,
        digest: &[u8],
        (outcome, reason): (i32, &str),
    ) -> Result<(), StoreError> {
        query(
            "UPDATE box SET policy_outcome = $1, policy_reason = $2 WHERE name = $3 AND offered_digest = $4",
        )
        .bind(outcome)
        .bind(reason)
        .bind(name.as_str())
        .bind(digest)
        .execute(&self.writer)
        .await?;
        Ok(())
    }

    /// Every box that ever connected, by name.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub(crate) async fn box_policies(&self) -> Result<Vec<BoxPolicyRow>, StoreError> {
        let rows = query(
            "SELECT name, policy_id, policy_digest, offered_digest, policy_outcome, policy_reason
             FROM box WHERE last_seen_unix_ms IS NOT NULL ORDER BY name",
        )
        .fetch_all(&self.readers)
        .await?;
        let row = |row: &Row| {
            Ok(BoxPolicyRow {
                name: row.try_get(0)?,
                policy_id: row.try_get(1)?,
                digest: row.try_get(2)?,
                offered_digest: row.try_get(3)?,
                outcome: row.try_get(4)?,
                reason: row.try_get(5)?,
            })
        };
        rows.iter().map(row).collect()
    }
}
