//! Several hubs on one database: which of them lead, which are there, and which box talks to which.
//!
//! Invariants: one hub at a time leads, by a lock that the server takes back when the hub's connection ends; a box has one
//! session on all hubs together, the newest. On SQLite one hub owns the file: it leads, and there is no other.

use std::sync::Arc;
use std::time::Duration;

use sqlx::postgres::PgConnection;
use sqlx::{ConnectOptions as _, Connection as _, PgPool, Row as _};
use tokio::sync::{oneshot, watch};

use super::engine::{Pool, Transaction, query};
use super::{Store, StoreError, unsigned};
use crate::identity::Name;

/// How often a hub that waits to lead asks, and one that leads looks whether it still does.
const ASK: Duration = Duration::from_secs(1);
/// A server that answers no sooner is away.
const PATIENCE: Duration = Duration::from_secs(3);
/// Who has a turn says so this often: the server ends whoever is silent in a transaction for ten seconds.
const KEEP: Duration = Duration::from_secs(3);
/// Whoever needs longer than a minute hangs, and holds up all hubs.
const KEPT_MOST: u32 = 20;
/// A hub that was not seen for so long is gone, and its sessions with it.
const GONE: &str = "interval '15 seconds'";

/// What only one hub does at a time. Each is a lock of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Turn {
    /// Leads: retention, deadlines, connectors, word for the audit log.
    Lead = 1,
    /// Decides about alerts.
    Reviews = 2,
    /// Orders exercises.
    Exercises = 3,
    /// Publishes.
    Policies = 4,
}

/// Nobody else has this turn, on any hub, until it is dropped.
#[derive(Debug)]
pub(crate) struct Alone(#[expect(dead_code, reason = "held, not looked at")] Option<oneshot::Sender<()>>);

/// A box that talks to a hub.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct HeldSession {
    pub(crate) r#box: String,
    /// The hub's name; none where it is this one.
    pub(crate) elsewhere: Option<String>,
    pub(crate) number: u64,
}

impl Store {
    /// Whether there may be other hubs on the same database.
    pub(crate) fn is_shared(&self) -> bool {
        matches!(self.writer, Pool::Postgres(_))
    }

    /// Whether this hub does what only one hub does.
    pub(crate) fn is_leading(&self) -> bool {
        *self.leads.borrow()
    }

    /// As if no other hub could be there.
    #[cfg(test)]
    pub(crate) fn lead_alone(&self) {
        self.leads.send_replace(true);
    }

    /// Tells when this hub begins to lead, and when it no longer does.
    pub(crate) fn leads(&self) -> watch::Receiver<bool> {
        self.leads.subscribe()
    }

    /// Takes a turn that no other hub then has. Within one hub, whoever calls has it alone already.
    ///
    /// # Errors
    /// [`StoreError::Database`], also where another hub has it for too long.
    pub(crate) async fn turn(&self, of: Turn) -> Result<Alone, StoreError> {
        let Pool::Postgres(_) = &self.readers else { return Ok(Alone(None)) };
        let mut transaction = self.readers.begin_turn().await?;
        query("SELECT pg_advisory_xact_lock($1::int, hashtext(current_schema()))")
            .bind(of as i64)
            .execute(&mut transaction)
            .await?;
        let (held, over) = oneshot::channel();
        tokio::spawn(keep(transaction, KEEP, over));
        Ok(Alone(Some(held)))
    }

    /// Waits to lead, leads, and waits again, for ever; ends at once where there is nobody else.
    pub(crate) async fn stand(self: Arc<Self>) {
        let Pool::Postgres(readers) = &self.readers else { return };
        loop {
            if let Err(error) = self.lead_once(readers).await {
                tracing::warn!(%error, "the database cannot be asked who leads");
            }
            if self.leads.send_replace(false) {
                tracing::warn!("this hub leads no longer");
            }
            tokio::time::sleep(ASK).await;
        }
    }

    async fn lead_once(&self, readers: &PgPool) -> Result<(), sqlx::Error> {
        let mut connection = readers.connect_options().connect().await?;
        while !asked(try_lead(&mut connection)).await? {
            tokio::time::sleep(ASK).await;
        }
        tracing::info!("this hub leads: retention, deadlines and connectors are its own");
        self.leads.send_replace(true);
        loop {
            tokio::time::sleep(ASK).await;
            asked(connection.ping()).await?;
        }
    }

    /// This hub is there. Hubs that were not seen for a day are forgotten.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub(crate) async fn replica_seen(&self, name: &str) -> Result<(), StoreError> {
        query(
            "INSERT INTO replica (replica, name, seen) VALUES ($1, $2, now())
             ON CONFLICT (replica) DO UPDATE SET seen = now()",
        )
        .bind(self.replica.as_slice())
        .bind(name)
        .execute(&self.writer)
        .await?;
        query("DELETE FROM replica WHERE seen < now() - interval '1 day'").execute(&self.writer).await?;
        Ok(())
    }

    /// This hub is there no more, and neither are its sessions.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub(crate) async fn replica_gone(&self) -> Result<(), StoreError> {
        if !self.is_shared() {
            return Ok(());
        }
        for sql in ["DELETE FROM box_session WHERE replica = $1", "DELETE FROM replica WHERE replica = $1"] {
            query(sql).bind(self.replica.as_slice()).execute(&self.writer).await?;
        }
        Ok(())
    }

    /// A box connected: its older session, on whichever hub, is over.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub(crate) async fn session_opened(&self, of: &Name, number: u64) -> Result<(), StoreError> {
        if !self.is_shared() {
            return Ok(());
        }
        query(
            "INSERT INTO box_session (box, replica, number) VALUES ($1, $2, $3)
             ON CONFLICT (box) DO UPDATE SET replica = excluded.replica, number = excluded.number",
        )
        .bind(of.as_str())
        .bind(self.replica.as_slice())
        .bind(i64::try_from(number).unwrap_or(i64::MAX))
        .execute(&self.writer)
        .await?;
        Ok(())
    }

    /// A session is over, unless a newer one took its place.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub(crate) async fn session_ended(&self, of: &Name, number: u64) -> Result<(), StoreError> {
        if !self.is_shared() {
            return Ok(());
        }
        query("DELETE FROM box_session WHERE box = $1 AND replica = $2 AND number = $3")
            .bind(of.as_str())
            .bind(self.replica.as_slice())
            .bind(i64::try_from(number).unwrap_or(i64::MAX))
            .execute(&self.writer)
            .await?;
        Ok(())
    }

    /// Every box that talks to a hub that is there.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub(crate) async fn held_sessions(&self) -> Result<Vec<HeldSession>, StoreError> {
        let sql = format!(
            "SELECT box_session.box, CASE WHEN replica.replica = $1 THEN NULL ELSE replica.name END, box_session.number
             FROM box_session JOIN replica ON replica.replica = box_session.replica WHERE replica.seen > now() - {GONE}"
        );
        let rows = query(&sql).bind(self.replica.as_slice()).fetch_all(&self.readers).await?;
        rows.iter()
            .map(|row| {
                Ok(HeldSession {
                    r#box: row.try_get(0)?,
                    elsewhere: row.try_get(1)?,
                    number: unsigned(row.try_get(2)?),
                })
            })
            .collect()
    }
}

/// Keeps the lock of a transaction until whoever has the turn is done, but not for ever.
pub(super) async fn keep(mut transaction: Transaction, every: Duration, mut over: oneshot::Receiver<()>) {
    for _ in 0..KEPT_MOST {
        if tokio::time::timeout(every, &mut over).await.is_ok() {
            return;
        }
        if let Err(error) = asked(query("SELECT 1").execute(&mut transaction)).await {
            return tracing::error!(%error, "a turn was lost while it was used; what another hub decides may cross it");
        }
    }
    tracing::error!(
        "a turn takes longer than a minute and is given up; what another hub decides may cross it"
    );
}

async fn try_lead(connection: &mut PgConnection) -> Result<bool, sqlx::Error> {
    sqlx::query("SELECT pg_try_advisory_lock($1, hashtext(current_schema()))")
        .bind(Turn::Lead as i32)
        .fetch_one(connection)
        .await?
        .try_get(0)
}

async fn asked<T>(answer: impl Future<Output = Result<T, sqlx::Error>>) -> Result<T, sqlx::Error> {
    tokio::time::timeout(PATIENCE, answer).await.map_err(|_| sqlx::Error::PoolTimedOut)?
}
