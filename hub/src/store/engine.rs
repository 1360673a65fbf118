//! The engine under the store: SQLite in a file, or a PostgreSQL server. One set of statements for both.
//!
//! `query` binds values and runs statements, `row` reads what comes back, `built` is for statements whose length depends on
//! what is asked. Statements are written so that both engines take them: numbered placeholders (`$1`), `ON CONFLICT`,
//! `RETURNING`, no function that only one of them has. Invariant: whoever changes more than one row does it in a transaction of
//! [`Pool::begin_write`], and of those there is one at a time: on SQLite by its lock, on PostgreSQL by an advisory lock that all
//! hubs on the database share. So cursors become visible in their order, and nobody who reads on from one misses a record.

mod built;
mod query;
mod row;

use sqlx::{PgPool, Postgres, Sqlite, SqlitePool};

pub(super) use built::{Built, filled};
pub(super) use query::{Value, query};
pub(super) use row::Row;

/// Takes the lock of writers in the same message that begins the transaction. It is that of the tables' schema; the first number
/// is "velu" in ASCII.
pub(super) const BEGIN_ALONE: &str = "BEGIN ISOLATION LEVEL READ COMMITTED;
     SELECT pg_advisory_xact_lock(1986358389, hashtext(current_schema()))";

/// Connections to one of the engines.
#[derive(Debug, Clone)]
pub(super) enum Pool {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

impl Pool {
    /// Begins a transaction that writes, once nobody else is in one.
    pub(super) async fn begin_write(&self) -> Result<Transaction, sqlx::Error> {
        Ok(match self {
            Self::Sqlite(pool) => Transaction::Sqlite(pool.begin_with("BEGIN IMMEDIATE").await?),
            Self::Postgres(pool) => Transaction::Postgres(pool.begin_with(BEGIN_ALONE).await?),
        })
    }

    /// Begins a transaction that reads everything as it is at one moment.
    pub(super) async fn begin_read(&self) -> Result<Transaction, sqlx::Error> {
        let at_one_moment = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY";
        Ok(match self {
            Self::Sqlite(pool) => Transaction::Sqlite(pool.begin().await?),
            Self::Postgres(pool) => Transaction::Postgres(pool.begin_with(at_one_moment).await?),
        })
    }

    /// Begins a transaction that only holds a lock.
    pub(super) async fn begin_turn(&self) -> Result<Transaction, sqlx::Error> {
        Ok(match self {
            Self::Sqlite(pool) => Transaction::Sqlite(pool.begin().await?),
            Self::Postgres(pool) => Transaction::Postgres(pool.begin().await?),
        })
    }

    /// Waits for what is under way, and closes.
    pub(super) async fn close(&self) {
        match self {
            Self::Sqlite(pool) => pool.close().await,
            Self::Postgres(pool) => pool.close().await,
        }
    }
}

/// A transaction; undone where it is dropped before it is committed.
#[derive(Debug)]
pub(super) enum Transaction {
    Sqlite(sqlx::Transaction<'static, Sqlite>),
    Postgres(sqlx::Transaction<'static, Postgres>),
}

impl Transaction {
    /// Makes it last: on disk when this returns.
    pub(super) async fn commit(self) -> Result<(), sqlx::Error> {
        match self {
            Self::Sqlite(transaction) => transaction.commit().await,
            Self::Postgres(transaction) => transaction.commit().await,
        }
    }
}
