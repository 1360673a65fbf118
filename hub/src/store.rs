//! What the hub remembers: one SQLite file in WAL mode, or a database on a PostgreSQL server; every commit flushed to disk.
//!
//! `engine` runs the statements of all others on either, `sqlite` and `postgres` are what each has alone. `schema` opens and
//! migrates, `words` wakes whoever waits for something, on all hubs of one database, `replicas` knows of these, `group` takes
//! together the batches that wait, `ingest` stores what boxes send, `arrivals` writes what of it is new, `numbers` keeps their account,
//! `query` reads it back by cursor, `boxes` knows who is enrolled and who is revoked,
//! `box_states` how boxes are and what is suspended, `settings` how their cameras are set and who wants to change that, `users` who may log in to the
//! console, `operators` whose certificates are refused, `policies` what was published, `recipients` which roles people
//! have, `reviews` what they found alerts to be, `texts` what people wrote beside it, sealed, `alerts` where each alert stands
//! with them, `connectors` how far each has handed on, `plans` what is drawn of sites, `purge` deletes what is too old,
//! `backup` copies it, `inspect` reads it from beside a hub, `abilities` what boxes can do, `suppressions` places that
//! are left out for a time, `exercises` what was played and what people did about it, `account` sums up all boxes,
//! `figures` what people decided. Invariant: a number is acknowledged only after the transaction that stored it is on disk.

/// The name in a column that names a person, as `identity::same_person` folds it.
macro_rules! name_in {
    ($column:literal) => {
        concat!("lower(substr(", $column, ", instr(", $column, ", ':') + 1))")
    };
}

/// The next number of a stream whose numbers are given in order, within a transaction that writes.
macro_rules! next_of {
    ($stream:literal) => {
        concat!("(SELECT COALESCE(MAX(newest), 0) + 1 FROM newest_number WHERE stream = '", $stream, "')")
    };
}

mod abilities;
mod account;
mod alerts;
mod arrivals;
mod backup;
mod box_states;
mod boxes;
mod connectors;
mod engine;
mod exercises;
mod fanout;
mod figures;
mod group;
mod ingest;
mod inspect;
mod numbers;
mod operators;
mod plans;
mod policies;
mod postgres;
mod purge;
mod query;
mod recipients;
mod replicas;
mod reviews;
mod schema;
mod settings;
mod sqlite;
mod suppressions;
mod texts;
mod users;
mod words;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64};

use prometheus_client::metrics::counter::Counter;
use tokio::sync::watch;

pub(crate) use abilities::{EXERCISES, SUPPRESSIONS};
#[cfg(test)]
pub(crate) use alerts::REVIEW_DEADLINE;
pub(crate) use alerts::{AlertRow, Lapse, Lapsing, Said};
pub(crate) use box_states::{SuspensionRow, ToldState};
pub(crate) use boxes::{BoxStanding, TokenState};
pub(crate) use connectors::{ConnectorRow, DeadRow, Place};
use engine::Pool;
pub(crate) use exercises::{Act, ExerciseRow};
pub(crate) use fanout::{Fanout, FanoutError, look as look_at_stream};
pub(crate) use figures::{CountedAlert, CountedAlerts};
use group::Queue;
pub(crate) use ingest::Ingested;
pub(crate) use operators::AuditNote;
pub(crate) use plans::{CameraPlace, PlanChange, PlanRow};
pub(crate) use policies::{BoxPolicyRow, PolicyRow};
pub(crate) use query::{FoundEvent, Selection};
pub(crate) use replicas::{Alone, HeldSession, Turn};
pub(crate) use reviews::{Review, Reviewed, ReviewedRow};
pub(crate) use schema::{OpenError, make_folder};
pub(crate) use settings::{ChangeRow, ChangeState, Decision, SettingsRow};
pub(crate) use suppressions::SuppressionRow;
pub(crate) use texts::TextOf;
pub(crate) use users::{NewUser, SetupState, UserRow};
use words::Wakers;
pub(crate) use words::Word;

use crate::config::DatabaseConfig;
use crate::identity::Name;
use crate::record::Incarnation;

/// Where records come from: a box by its certificate, an outbox by its hello.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    pub(crate) name: Name,
    pub(crate) incarnation: Incarnation,
}

/// The hub's memory. One writer, several readers.
#[derive(Debug)]
pub(crate) struct Store {
    writer: Pool,
    readers: Pool,
    /// Batches that wait to be stored.
    queue: Queue,
    wakers: Wakers,
    /// By which other hubs are told; none where the database's server does it.
    fanout: Option<Arc<Fanout>>,
    leads: watch::Sender<bool>,
    /// Names this hub among others on the same database; random.
    replica: [u8; 16],
    database: DatabaseConfig,
    /// Something was deleted that the log of the database may still hold.
    owes_fold: AtomicBool,
    /// How often content was deleted: what was read before is not shown after.
    erasures: AtomicU64,
}

/// Why the store could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StoreError {
    /// The number is taken by another event.
    #[error(
        "number {sequence} is already stored with another event; the outbox of box `{name}` was set back; \
         start a new incarnation on the box"
    )]
    Conflict {
        /// The box.
        name: String,
        /// The number.
        sequence: i64,
    },
    /// No room for what was to be stored; nothing of it is stored.
    #[error("disk full at {place}; make room, no restart is needed")]
    Full {
        /// The folder, or the server.
        place: String,
    },
    /// What failed for all who were to be stored together.
    #[error(transparent)]
    OfGroup(Arc<StoreError>),
    /// It is stored, and other hubs could not be told.
    #[error(transparent)]
    NotTold(#[from] FanoutError),
    /// Who wrote for several boxes ended in the middle.
    #[error(
        "the task that stored for several boxes ended in the middle; what is not acknowledged is sent again"
    )]
    Interrupted,
    /// What is on a server is not copied by the hub.
    #[error(
        "the database is on a PostgreSQL server; back it up there, with pg_dump (docs/operations.md says how)"
    )]
    OnServer,
    /// The engine refused.
    #[error(transparent)]
    Database(#[from] sqlx::Error),
    /// A stored payload cannot be decoded.
    #[error("the stored record at cursor {0} cannot be read; restore the database from a backup")]
    Unreadable(i64),
    /// No such box.
    #[error("no box `{name}` is known; known: {known}")]
    UnknownBox {
        /// What was asked for.
        name: String,
        /// The names that would do.
        known: String,
    },
    /// No such user of the console.
    #[error("no user `{name}` is known; known: {known}")]
    UnknownUser {
        /// What was asked for.
        name: String,
        /// The names that would do.
        known: String,
    },
    /// The name is taken.
    #[error("user `{name}` is there already; `velum-hub user reset {name}` makes a new link for them")]
    UserExists {
        /// The name.
        name: String,
    },
}

impl Store {
    /// Other hubs are told through a stream.
    pub(crate) fn telling_by(self, fanout: Option<Arc<Fanout>>) -> Self {
        Self { fanout, ..self }
    }

    /// Words to other hubs that a stream did not take.
    pub(crate) fn words_refused(&self) -> Counter {
        self.fanout.as_ref().map(|fanout| fanout.refused()).unwrap_or_default()
    }

    /// Names the folder where the disk is full.
    fn located(&self, error: StoreError) -> StoreError {
        match error {
            StoreError::Database(error) if sqlite::is_full(&error) || postgres::is_full(&error) => {
                StoreError::Full { place: self.place() }
            }
            other => other,
        }
    }

    fn place(&self) -> String {
        match &self.database {
            DatabaseConfig::File(dir) => format!("{} (the folder of `data_dir`)", dir.display()),
            DatabaseConfig::Server(server) => format!("the server of {}", server.words()),
        }
    }

    /// Somebody who reads, until it is dropped.
    #[cfg(test)]
    pub(crate) async fn reading(&self) -> Reading {
        let mut reading = self.readers.begin_read().await.unwrap();
        engine::query("SELECT COUNT(*) FROM record").fetch_one(&mut reading).await.unwrap();
        Reading(reading)
    }

    /// Flushes and closes it.
    pub(crate) async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }
}

/// Somebody who reads.
#[cfg(test)]
pub(crate) struct Reading(engine::Transaction);

#[cfg(test)]
impl Reading {
    /// Has read.
    pub(crate) async fn end(self) {
        self.0.commit().await.unwrap();
    }
}

fn unsigned(value: i64) -> u64 {
    u64::try_from(value).unwrap_or(0)
}

#[cfg(test)]
mod tests;
