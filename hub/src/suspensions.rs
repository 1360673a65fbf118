//! Boxes and cameras that administrators suspend and resume: kept here until they are lifted, and told to the box each
//! time it connects. Invariant: both are in the audit log before they count.

use std::sync::Arc;

use tokio::sync::watch;
use velum_policy::audit::Outcome;
use velum_proto::v1::{Suspension, Suspensions};

use crate::access;
use crate::audit::{Audit, AuditFailure};
use crate::clock::Clock;
use crate::identity::{Name, Person};
use crate::pending::random_id;
use crate::store::{Store, StoreError, SuspensionRow, Word};

const REASON_CHARS: usize = 300;
const NO_RANDOM: &str = "the system's random number generator failed; see the hub's log";

/// Why not.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SuspensionError {
    /// A field cannot be.
    #[error("{0}")]
    Invalid(String),
    /// No such box, or it has no such camera.
    #[error("there is no such box, or it has told of no such camera; load the page anew")]
    Unknown,
    /// It is suspended, or resumed, already.
    #[error("this is {0} already; load the page anew")]
    Done(&'static str),
    /// The audit log failed.
    #[error("the audit log cannot be written, so that nothing is changed; the hub's log says why")]
    Audit(#[from] AuditFailure),
    /// The store failed.
    #[error("the hub cannot store at the moment; its log says why")]
    Store(#[from] StoreError),
}

/// Where it is done.
pub(crate) struct SuspensionDesk {
    store: Arc<Store>,
    audit: Arc<Audit>,
    clock: Arc<dyn Clock>,
}

/// A box, or one of its cameras.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub(crate) of: Name,
    /// Empty: all of the box.
    pub(crate) camera: String,
}

impl SuspensionDesk {
    /// What was suspended before stays so.
    pub(crate) fn new(store: Arc<Store>, audit: Arc<Audit>, clock: Arc<dyn Clock>) -> Self {
        Self { store, audit, clock }
    }

    /// Wakes whoever tells boxes.
    pub(crate) fn watch(&self) -> watch::Receiver<u64> {
        self.store.told_suspensions()
    }

    /// All that is suspended on a box, and what was lifted.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(crate) async fn of(&self, of: &Name) -> Result<Suspensions, StoreError> {
        let all = self.store.suspensions().await?;
        let told = |row: SuspensionRow| Suspension {
            id: row.id,
            camera: row.camera,
            by: row.suspended_by,
            reason: row.reason,
            since_unix_ms: row.since_unix_ms,
        };
        let suspensions = all.into_iter().filter(|row| row.of == of.as_str()).map(told).collect();
        Ok(Suspensions { suspensions, lifted: self.store.lifted(of).await? })
    }

    /// Suspends a place until somebody resumes it.
    ///
    /// # Errors
    /// [`SuspensionError`]: nothing changed.
    pub(crate) async fn suspend(
        &self,
        by: &Person,
        place: Place,
        reason: &str,
    ) -> Result<(), SuspensionError> {
        let reason = checked(reason)?;
        if !self.knows(&place).await? {
            return Err(SuspensionError::Unknown);
        }
        if self.holds(&place).await? {
            return Err(SuspensionError::Done("suspended"));
        }
        let what = format!("suspended {}: {reason}", place.words());
        self.audit.box_changed(by, (place.of.as_str(), &what), Outcome::Allowed).await?;
        let id = random_id().ok_or_else(|| SuspensionError::Invalid(NO_RANDOM.to_owned()))?.to_vec();
        let row = SuspensionRow {
            id,
            of: place.of.to_string(),
            camera: place.camera,
            suspended_by: by.to_string(),
            reason,
            since_unix_ms: self.clock.unix_ms(),
        };
        let is_new = self.store.suspend(&row).await?;
        self.store.say(Word::Suspensions).await?;
        if is_new { Ok(()) } else { Err(SuspensionError::Done("suspended")) }
    }

    /// Lifts what was suspended here, and nothing that people at the box paused.
    ///
    /// # Errors
    /// [`SuspensionError`]: nothing changed.
    pub(crate) async fn resume(
        &self,
        by: &Person,
        place: Place,
        reason: &str,
    ) -> Result<(), SuspensionError> {
        let reason = checked(reason)?;
        if !self.holds(&place).await? {
            return Err(SuspensionError::Done("resumed"));
        }
        let what = format!("resumed {}: {reason}", place.words());
        self.audit.box_changed(by, (place.of.as_str(), &what), Outcome::Allowed).await?;
        let was_there = self.store.lift(&place.of, &place.camera, self.clock.unix_ms()).await?;
        self.store.say(Word::Suspensions).await?;
        if was_there { Ok(()) } else { Err(SuspensionError::Done("resumed")) }
    }

    async fn holds(&self, place: &Place) -> Result<bool, StoreError> {
        let all = self.store.suspensions().await?;
        Ok(all.iter().any(|row| row.of == place.of.as_str() && row.camera == place.camera))
    }

    async fn knows(&self, place: &Place) -> Result<bool, StoreError> {
        let standings = self.store.box_standings(self.clock.unix_ms()).await?;
        let is_box = standings.iter().any(|one| one.name == place.of.as_str());
        if place.camera.is_empty() || !is_box {
            return Ok(is_box);
        }
        let states = self.store.box_states().await?;
        Ok(states
            .iter()
            .any(|told| told.of == place.of.as_str() && told.state.cameras.contains(&place.camera)))
    }
}

impl Place {
    /// For the log.
    pub(crate) fn words(&self) -> String {
        match self.camera.as_str() {
            "" => format!("every camera of box {}", self.of),
            camera => format!("camera {camera} of box {}", self.of),
        }
    }
}

fn checked(reason: &str) -> Result<String, SuspensionError> {
    access::one_line(reason, 1..=REASON_CHARS).map_err(|(expected, found)| {
        SuspensionError::Invalid(format!("reason: expected {expected}, found {found}"))
    })
}
