//! How far each connector has handed on, how it is, and what its target refused for good.
//!
//! Invariant: a cursor moves on only with the target's acknowledgement, with a dead letter, or over what the connector
//! is not shown; and what is kept of a dead letter are numbers and words about the target, never the record.

use super::engine::{Row, query};
use super::{Store, StoreError, unsigned};
use crate::identity::{Name, Person};

/// How a connector is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ConnectorRow {
    pub(crate) stream: String,
    pub(crate) cursor: u64,
    pub(crate) acknowledged_unix_ms: Option<i64>,
    pub(crate) state: String,
    pub(crate) error: String,
    pub(crate) attempts: u32,
    pub(crate) changed_unix_ms: i64,
    /// How many records, or reviewed alerts, come after the cursor.
    pub(crate) lag: u64,
    pub(crate) dead: u64,
}

/// Something that the target refused for good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DeadRow {
    pub(crate) stream: String,
    pub(crate) cursor: u64,
    pub(crate) reason: String,
    pub(crate) attempts: u32,
    pub(crate) dead_unix_ms: i64,
    pub(crate) replay: bool,
}

/// Where a cursor belongs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place<'a> {
    pub(crate) name: &'a Name,
    pub(crate) stream: &'static str,
    pub(crate) cursor: u64,
}

impl Store {
    /// The cursor of a connector. One that is new, or follows another stream than before, begins at `newest`.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub(crate) async fn open_connector(
        &self,
        newest: Place<'_>,
        now_unix_ms: i64,
    ) -> Result<u64, StoreError> {
        let row = query(
            "INSERT INTO connector (name, stream, cursor, state, changed_unix_ms) VALUES ($1, $2, $3, '', $4)
             ON CONFLICT (name) DO UPDATE SET
             cursor = CASE WHEN connector.stream = $2 THEN connector.cursor ELSE $3 END, stream = $2 RETURNING cursor",
        )
        .bind(newest.name.as_str())
        .bind(newest.stream)
        .bind(signed(newest.cursor))
        .bind(now_unix_ms)
        .fetch_one(&self.writer)
        .await?;
        Ok(unsigned(row.try_get(0)?))
    }

    /// Everything up to a cursor is acknowledged.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(crate) async fn connector_acknowledged(
        &self,
        at: Place<'_>,
        state: &str,
        now_unix_ms: i64,
    ) -> Result<(), StoreError> {
        let done = query(
            "UPDATE connector SET cursor = $2, acknowledged_unix_ms = $4, state = $3, error = '', attempts = 0,
             changed_unix_ms = $4 WHERE name = $1",
        )
        .bind(at.name.as_str())
        .bind(signed(at.cursor))
        .bind(state)
        .bind(now_unix_ms)
        .execute(&self.writer)
        .await;
        done.map(drop).map_err(|error| self.located(error.into()))
    }

    /// Everything up to a cursor is passed over: nothing of it is for this connector.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(crate) async fn connector_passed(&self, at: Place<'_>) -> Result<(), StoreError> {
        let done = query("UPDATE connector SET cursor = $2 WHERE name = $1 AND cursor < $2")
            .bind(at.name.as_str())
            .bind(signed(at.cursor))
            .execute(&self.writer)
            .await;
        done.map(drop).map_err(|error| self.located(error.into()))
    }

    /// How it is, and what is in the way.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(crate) async fn connector_is(
        &self,
        name: &Name,
        (state, error, attempts): (&str, &str, u32),
        now_unix_ms: i64,
    ) -> Result<(), StoreError> {
        let done = query(
            "UPDATE connector SET state = $1, error = $2, attempts = $3, changed_unix_ms = $4 WHERE name = $5",
        )
        .bind(state)
        .bind(error)
        .bind(attempts)
        .bind(now_unix_ms)
        .bind(name.as_str())
        .execute(&self.writer)
        .await;
        done.map(drop).map_err(|error| self.located(error.into()))
    }

    /// The target refused this for good: it goes to the dead letters, and the connector goes on.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(crate) async fn connector_refused(
        &self,
        at: Place<'_>,
        (reason, attempts): (&str, u32),
        now_unix_ms: i64,
    ) -> Result<(), StoreError> {
        let done = async {
            let mut transaction = self.begin().await?;
            query(
                "INSERT INTO connector_dead (connector, stream, cursor, reason, attempts, dead_unix_ms)
                 VALUES ($1, $2, $3, $4, $5, $6)
                 ON CONFLICT (connector, stream, cursor)
                 DO UPDATE SET reason = $4, attempts = connector_dead.attempts + $5, replay = FALSE",
            )
            .bind(at.name.as_str())
            .bind(at.stream)
            .bind(signed(at.cursor))
            .bind(reason)
            .bind(attempts)
            .bind(now_unix_ms)
            .execute(&mut transaction)
            .await?;
            query("UPDATE connector SET cursor = CASE WHEN cursor < $2 THEN $2 ELSE cursor END, attempts = 0 WHERE name = $1")
                .bind(at.name.as_str())
                .bind(signed(at.cursor))
                .execute(&mut transaction)
                .await?;
            Ok(transaction.commit().await?)
        };
        done.await.map_err(|error: StoreError| self.located(error))
    }

    /// The target did not take a dead letter that somebody asked for again: it stays asked for.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(crate) async fn dead_tried(&self, at: Place<'_>, reason: &str) -> Result<(), StoreError> {
        let done = query(
            "UPDATE connector_dead SET reason = $4, attempts = attempts + 1
             WHERE connector = $1 AND stream = $2 AND cursor = $3",
        )
        .bind(at.name.as_str())
        .bind(at.stream)
        .bind(signed(at.cursor))
        .bind(reason)
        .execute(&self.writer)
        .await;
        done.map(drop).map_err(|error| self.located(error.into()))
    }

    /// A dead letter is acknowledged after all, or gone.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(crate) async fn bury_dead(&self, at: Place<'_>) -> Result<(), StoreError> {
        let done = query("DELETE FROM connector_dead WHERE connector = $1 AND stream = $2 AND cursor = $3")
            .bind(at.name.as_str())
            .bind(at.stream)
            .bind(signed(at.cursor))
            .execute(&self.writer)
            .await;
        done.map(drop).map_err(|error| self.located(error.into()))
    }

    /// The first dead letter of a stream that a person asked for again.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub(crate) async fn next_replay(&self, name: &Name, stream: &str) -> Result<Option<DeadRow>, StoreError> {
        let row = query(
            "SELECT stream, cursor, reason, attempts, dead_unix_ms, replay FROM connector_dead
             WHERE connector = $1 AND stream = $2 AND replay = TRUE ORDER BY cursor LIMIT 1",
        )
        .bind(name.as_str())
        .bind(stream)
        .fetch_optional(&self.readers)
        .await?;
        row.as_ref().map(dead_row).transpose()
    }

    /// All dead letters of a connector.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub(crate) async fn dead_letters(&self, name: &Name) -> Result<Vec<DeadRow>, StoreError> {
        let rows = query(
            "SELECT stream, cursor, reason, attempts, dead_unix_ms, replay FROM connector_dead
             WHERE connector = $1 ORDER BY stream, cursor",
        )
        .bind(name.as_str())
        .fetch_all(&self.readers)
        .await?;
        rows.iter().map(dead_row).collect()
    }

    /// Asks that dead letters are sent again: one, or all. How many there are.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(crate) async fn ask_replay(&self, name: &Name, cursor: Option<u64>) -> Result<u64, StoreError> {
        let done = query(
            "UPDATE connector_dead SET replay = TRUE WHERE connector = $1 AND ($2 IS NULL OR cursor = $2)",
        )
        .bind(name.as_str())
        .bind(cursor.map(signed))
        .execute(&self.writer)
        .await;
        done.map(|done| done.rows_affected()).map_err(|error| self.located(error.into()))
    }

    /// How a connector is; none where it never ran.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub(crate) async fn connector(&self, name: &Name) -> Result<Option<ConnectorRow>, StoreError> {
        let row = query(
            "SELECT stream, cursor, acknowledged_unix_ms, state, error, attempts, changed_unix_ms,
             CASE stream WHEN 'reviewed' THEN (SELECT count(*) FROM reviewed WHERE reviewed.cursor > connector.cursor)
             ELSE (SELECT count(*) FROM record WHERE record.cursor > connector.cursor AND same_as IS NULL) END,
             (SELECT count(*) FROM connector_dead WHERE connector = name)
             FROM connector WHERE name = $1",
        )
        .bind(name.as_str())
        .fetch_optional(&self.readers)
        .await?;
        row.map(|row| {
            Ok(ConnectorRow {
                stream: row.try_get(0)?,
                cursor: unsigned(row.try_get(1)?),
                acknowledged_unix_ms: row.try_get(2)?,
                state: row.try_get(3)?,
                error: row.try_get(4)?,
                attempts: row.try_get(5)?,
                changed_unix_ms: row.try_get(6)?,
                lag: unsigned(row.try_get(7)?),
                dead: unsigned(row.try_get(8)?),
            })
        })
        .transpose()
    }

    /// Sets the roles of connectors to what hub.toml says; what changes is told to the audit log, as for people.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub(crate) async fn set_connector_roles(
        &self,
        connectors: &[(Name, String)],
        now_unix_ms: i64,
    ) -> Result<(), StoreError> {
        for (person, role) in self.recipients().await? {
            let Some(name) = person.strip_prefix(Person::CONNECTOR) else { continue };
            let is_named = connectors.iter().any(|(one, of)| one.as_str() == name && *of == role);
            if let (false, Ok(name)) = (is_named, Name::parse(name)) {
                self.take_recipient(&Person::Connector(name), &role).await?;
            }
        }
        for (name, role) in connectors {
            let person = Person::Connector(name.clone());
            if !self.roles_of(&person).await?.contains(role) {
                self.give_recipient(&person, role, now_unix_ms).await?;
            }
        }
        Ok(())
    }
}

fn dead_row(row: &Row) -> Result<DeadRow, StoreError> {
    Ok(DeadRow {
        stream: row.try_get(0)?,
        cursor: unsigned(row.try_get(1)?),
        reason: row.try_get(2)?,
        attempts: row.try_get(3)?,
        dead_unix_ms: row.try_get(4)?,
        replay: row.try_get(5)?,
    })
}

fn signed(cursor: u64) -> i64 {
    i64::try_from(cursor).unwrap_or(i64::MAX)
}
