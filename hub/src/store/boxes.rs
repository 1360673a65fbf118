//! Who is enrolled, by which token, and who is revoked.

use super::engine::query;
use super::{Store, StoreError};
use crate::identity::Name;

/// What the hub holds of a box's standing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BoxRow {
    pub(crate) name: String,
    /// Certificates of an older generation are refused.
    pub(crate) minimum_generation: u32,
}

/// Whether a token may still be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum TokenState {
    /// Yes, for this box, whose certificate gets this generation.
    Good(BoxRow),
    /// It was used.
    Used,
    /// It is too old.
    Expired,
    /// It was never given, or a revocation took it back.
    Unknown,
}

/// What the hub knows of a box's way in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BoxStanding {
    pub(crate) name: String,
    pub(crate) last_seen_unix_ms: Option<i64>,
    /// Of the certificate that it showed last.
    pub(crate) certificate_ends_unix_ms: Option<i64>,
    /// The certificate that it showed last is refused.
    pub(crate) is_revoked: bool,
    /// Until when the last of its unused tokens is good.
    pub(crate) token_until_unix_ms: Option<i64>,
}

impl Store {
    /// Takes note of the certificate by which a box comes. One that is not enrolled here is not made known by it.
    ///
    /// # Errors
    /// [`StoreError::Full`], [`StoreError::Database`].
    pub(crate) async fn certificate_shown(
        &self,
        name: &Name,
        generation: u32,
        ends_unix_ms: Option<i64>,
    ) -> Result<(), StoreError> {
        let done = query(
            "UPDATE box SET certificate_ends_unix_ms = $1, certificate_generation = $2
             WHERE name = $3 AND (certificate_ends_unix_ms IS DISTINCT FROM $1 OR certificate_generation IS DISTINCT FROM $2)",
        )
        .bind(ends_unix_ms)
        .bind(generation)
        .bind(name.as_str())
        .execute(&self.writer)
        .await;
        done.map(drop).map_err(|error| self.located(error.into()))
    }

    /// How every box stands, by name.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub(crate) async fn box_standings(&self, now_unix_ms: i64) -> Result<Vec<BoxStanding>, StoreError> {
        let rows = query(
            "SELECT name, last_seen_unix_ms, certificate_ends_unix_ms,
                 coalesce(certificate_generation < minimum_generation, minimum_generation > 1),
                 (SELECT max(expires_unix_ms) FROM enrolment_token
                  WHERE box = name AND used_unix_ms IS NULL AND expires_unix_ms > $1)
             FROM box ORDER BY name",
        )
        .bind(now_unix_ms)
        .fetch_all(&self.readers)
        .await?;
        rows.iter()
            .map(|row| {
                Ok(BoxStanding {
                    name: row.try_get(0)?,
                    last_seen_unix_ms: row.try_get(1)?,
                    certificate_ends_unix_ms: row.try_get(2)?,
                    is_revoked: row.try_get(3)?,
                    token_until_unix_ms: row.try_get(4)?,
                })
            })
            .collect()
    }

    /// Keeps a token by the digest of its secret, and the box's name with it.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub(crate) async fn add_token(
        &self,
        secret_sha256: &[u8],
        name: &Name,
        now_unix_ms: i64,
        expires_unix_ms: i64,
    ) -> Result<(), StoreError> {
        let mut transaction = self.begin().await?;
        // Old tokens only answer the question "used or expired?"; a week is long enough for that.
        query("DELETE FROM enrolment_token WHERE expires_unix_ms < $1")
            .bind(now_unix_ms.saturating_sub(7 * 86_400_000))
            .execute(&mut transaction)
            .await?;
        query("INSERT INTO box (name) VALUES ($1) ON CONFLICT (name) DO NOTHING")
            .bind(name.as_str())
            .execute(&mut transaction)
            .await?;
        query("INSERT INTO enrolment_token (secret_sha256, box, expires_unix_ms) VALUES ($1, $2, $3)")
            .bind(secret_sha256)
            .bind(name.as_str())
            .bind(expires_unix_ms)
            .execute(&mut transaction)
            .await?;
        transaction.commit().await?;
        Ok(())
    }

    /// Whether the token of this secret may be used now.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub(crate) async fn token_state(
        &self,
        secret_sha256: &[u8],
        now_unix_ms: i64,
    ) -> Result<TokenState, StoreError> {
        let row = query(
            "SELECT name, minimum_generation, expires_unix_ms, used_unix_ms
             FROM enrolment_token JOIN box ON box.name = enrolment_token.box WHERE secret_sha256 = $1",
        )
        .bind(secret_sha256)
        .fetch_optional(&self.readers)
        .await?;
        let Some(row) = row else { return Ok(TokenState::Unknown) };
        if row.try_get::<Option<i64>>(3)?.is_some() {
            return Ok(TokenState::Used);
        }
        if row.try_get::<i64>(2)? <= now_unix_ms {
            return Ok(TokenState::Expired);
        }
        Ok(TokenState::Good(BoxRow { name: row.try_get(0)?, minimum_generation: row.try_get(1)? }))
    }

    /// Uses a token up; false where another call was quicker, or a revocation took it back meanwhile.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub(crate) async fn use_token(
        &self,
        secret_sha256: &[u8],
        of: &BoxRow,
        now_unix_ms: i64,
    ) -> Result<bool, StoreError> {
        let done = query(
            "UPDATE enrolment_token SET used_unix_ms = $1
             WHERE secret_sha256 = $2 AND used_unix_ms IS NULL AND expires_unix_ms > $1
               AND box = (SELECT name FROM box WHERE name = $3 AND minimum_generation = $4)",
        )
        .bind(now_unix_ms)
        .bind(secret_sha256)
        .bind(&of.name)
        .bind(of.minimum_generation)
        .execute(&self.writer)
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Refuses every certificate that the box has now, and takes back its unused tokens.
    ///
    /// # Errors
    /// [`StoreError::UnknownBox`], [`StoreError::Database`].
    pub(crate) async fn revoke(&self, name: &Name) -> Result<(), StoreError> {
        let mut transaction = self.begin().await?;
        let done = query("UPDATE box SET minimum_generation = minimum_generation + 1 WHERE name = $1")
            .bind(name.as_str())
            .execute(&mut transaction)
            .await?;
        if done.rows_affected() == 0 {
            drop(transaction);
            return Err(self.unknown(name).await?);
        }
        query("DELETE FROM enrolment_token WHERE box = $1 AND used_unix_ms IS NULL")
            .bind(name.as_str())
            .execute(&mut transaction)
            .await?;
        transaction.commit().await?;
        Ok(())
    }

    async fn unknown(&self, name: &Name) -> Result<StoreError, StoreError> {
        let rows = query("SELECT name FROM box ORDER BY name").fetch_all(&self.readers).await?;
        let names: Vec<String> = rows.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?;
        let known = if names.is_empty() { "none yet".to_owned() } else { names.join(", ") };
        Ok(StoreError::UnknownBox { name: name.to_string(), known })
    }

    /// Every box that was ever revoked, with the oldest generation that is still taken.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub(crate) async fn revoked(&self) -> Result<Vec<BoxRow>, StoreError> {
        let rows = query("SELECT name, minimum_generation FROM box WHERE minimum_generation > 1")
            .fetch_all(&self.readers)
            .await?;
        rows.iter()
            .map(|row| Ok(BoxRow { name: row.try_get(0)?, minimum_generation: row.try_get(1)? }))
            .collect()
    }

    /// Whether a box's certificate of this generation was revoked.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub(crate) async fn is_revoked(&self, name: &Name, generation: u32) -> Result<bool, StoreError> {
        let row = query("SELECT minimum_generation FROM box WHERE name = $1")
            .bind(name.as_str())
            .fetch_optional(&self.readers)
            .await?;
        let minimum: u32 = row.map_or(Ok(1), |row| row.try_get(0))?;
        Ok(generation < minimum)
    }
}
