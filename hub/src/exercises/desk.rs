//! Where exercises are ordered and stopped.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;
use velum_policy::audit::Outcome;
use velum_proto::v1::exercise_report::State;

use crate::access::{self, Access, Refused};
use crate::audit::{Audit, AuditFailure};
use crate::clock::Clock;
use crate::identity::{Name, Person};
use crate::pending::random_id;
use crate::sessions::Sessions;
use crate::store::{EXERCISES, ExerciseRow, Store, StoreError, Turn};

/// What a box has not begun by then does not begin: who ordered it waits for it.
const BEGINS_WITHIN: Duration = Duration::from_secs(120);
const WHY_CHARS: usize = 200;

/// What somebody wants to be played, where and why.
#[derive(Debug, Clone)]
pub(crate) struct StartAsk {
    pub(crate) r#box: String,
    pub(crate) camera: String,
    pub(crate) scenario: String,
    pub(crate) why: String,
}

/// Why nothing was done.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ExerciseError {
    /// Something in the request cannot be.
    #[error("{field}: expected {expected}, found {found}")]
    Invalid {
        /// The field.
        field: &'static str,
        /// What would do.
        expected: String,
        /// What was there.
        found: String,
    },
    /// The person may not.
    #[error("exercises are ordered by administrators: `velum-hub user add NAME --administrator`")]
    NotYours,
    /// The person is beyond the control room.
    #[error("exercises are for the control room; your recipient is beyond it")]
    BeyondControlRoom,
    /// The box is not there.
    #[error("the box `{0}` is not connected: nothing can be played there now")]
    Away(Name),
    /// The box's program is too old, or has no scenarios.
    #[error(
        "the box `{0}` plays no exercises: its program does not know them yet, or it has none; update it, and put scenarios \
         into the folder of `[exercises] dir` of its edge.toml"
    )]
    Outdated(Name),
    /// Another one has the camera.
    #[error("another exercise runs on this camera, or waits for it; stop that first")]
    Busy,
    /// No such exercise.
    #[error("no such exercise is known here (any more)")]
    Unknown,
    /// The audit log failed.
    #[error("the audit log cannot be written, so that nothing is done; the hub's log says why")]
    NotLogged,
    /// The store failed.
    #[error("the hub cannot use its store at the moment; its log says why")]
    Store,
}

impl From<AuditFailure> for ExerciseError {
    fn from(error: AuditFailure) -> Self {
        tracing::error!(%error, "the audit log cannot be written; nothing is done about an exercise");
        Self::NotLogged
    }
}

impl From<StoreError> for ExerciseError {
    fn from(error: StoreError) -> Self {
        tracing::error!(%error, "the store failed; nothing is done about an exercise");
        Self::Store
    }
}

/// What a desk works with.
pub(crate) struct Doors {
    pub(crate) store: Arc<Store>,
    pub(crate) access: Arc<Access>,
    pub(crate) audit: Arc<Audit>,
    pub(crate) sessions: Arc<Sessions>,
    pub(crate) clock: Arc<dyn Clock>,
}

/// Where people order and stop exercises.
pub(crate) struct ExerciseDesk {
    doors: Doors,
    /// What is looked at before the log is written still holds after it.
    turn: Mutex<()>,
}

impl ExerciseDesk {
    /// A desk.
    pub(crate) fn new(doors: Doors) -> Self {
        Self { doors, turn: Mutex::default() }
    }

    /// Has a scenario played in the place of a camera.
    ///
    /// # Errors
    /// [`ExerciseError`].
    pub(crate) async fn start(&self, person: &Person, ask: &StartAsk) -> Result<(), ExerciseError> {
        let why = access::one_line(&ask.why, 1..=WHY_CHARS)
            .map_err(|(expected, found)| invalid("why", &expected, &found.to_string()))?;
        let name = Name::parse(&ask.r#box)
            .map_err(|error| invalid("box", "the name of a box", &error.to_string()))?;
        let what = format!(
            "exercise {} in the place of camera {} of box {name}",
            plain(&ask.scenario),
            plain(&ask.camera)
        );
        let _turn = (self.turn.lock().await, self.doors.store.turn(Turn::Exercises).await?);
        self.administrator(person, &what).await?;
        let row = self.row(person, ask, (&name, &why)).await?;
        let what = format!(
            "ordered {what}, for {} s, because: {why}; order {}",
            row.scenario.secs,
            hex::encode(row.order_id)
        );
        self.doors.audit.box_changed(person, (name.as_str(), &what), Outcome::Allowed).await?;
        self.doors.store.add_exercise(&row).await?;
        tracing::info!(box = %name, camera = row.camera, by = %person, "an exercise is ordered");
        Ok(())
    }

    /// Ends an exercise at once. Anybody of the control room may: the real camera is looked at again.
    ///
    /// # Errors
    /// [`ExerciseError`].
    pub(crate) async fn stop(&self, person: &Person, order_id: &[u8]) -> Result<(), ExerciseError> {
        self.inside(person).await?;
        let _turn = (self.turn.lock().await, self.doors.store.turn(Turn::Exercises).await?);
        let row = self.doors.store.exercise(order_id).await?.ok_or(ExerciseError::Unknown)?;
        let now_unix_ms = self.doors.clock.unix_ms();
        if !row.is_open(now_unix_ms) || row.stopped_unix_ms.is_some() {
            return Ok(());
        }
        let what = format!(
            "stopped the exercise on camera {} of box {}: order {}",
            row.camera,
            row.r#box,
            hex::encode(row.order_id)
        );
        self.doors.audit.box_changed(person, (&row.r#box, &what), Outcome::Allowed).await?;
        Ok(self.doors.store.stop_exercise(&row.order_id, now_unix_ms).await?)
    }

    /// Whether the person is of the control room: everybody there sees that a camera is not looked at.
    ///
    /// # Errors
    /// [`ExerciseError::BeyondControlRoom`], [`ExerciseError::Store`].
    pub(crate) async fn inside(&self, person: &Person) -> Result<(), ExerciseError> {
        match self.doors.access.is_recipient(person).await {
            Ok(_) => Ok(()),
            Err(Refused::Store(error)) => Err(error.into()),
            Err(_) => Err(ExerciseError::BeyondControlRoom),
        }
    }

    async fn administrator(&self, person: &Person, what: &str) -> Result<(), ExerciseError> {
        if self.doors.access.is_administrator(person).await? {
            return Ok(());
        }
        self.doors.audit.no_administrator(person, &format!("ordered {what}")).await?;
        Err(ExerciseError::NotYours)
    }

    /// What is to be kept, where the box can do it.
    async fn row(
        &self,
        person: &Person,
        ask: &StartAsk,
        (name, why): (&Name, &str),
    ) -> Result<ExerciseRow, ExerciseError> {
        let doors = &self.doors;
        if !doors.sessions.is_connected(name.as_str()) {
            return Err(ExerciseError::Away(name.clone()));
        }
        let abilities = doors.store.abilities(name).await?;
        if !abilities.understands.iter().any(|one| one == EXERCISES) || abilities.scenarios.is_empty() {
            return Err(ExerciseError::Outdated(name.clone()));
        }
        let scenario = abilities.scenarios.into_iter().find(|one| one.id == ask.scenario);
        let scenario =
            scenario.ok_or_else(|| invalid("scenario", "one that the box has", &plain(&ask.scenario)))?;
        let now_unix_ms = doors.clock.unix_ms();
        let summary = doors.store.summary(now_unix_ms).await?;
        let of_box = summary.iter().filter(|one| one.r#box == name.as_str());
        if !of_box.flat_map(|one| &one.coverage).any(|bin| bin.camera == ask.camera) {
            return Err(invalid("camera", "a camera that the box told of", &plain(&ask.camera)));
        }
        let is_busy = |one: &ExerciseRow| {
            one.r#box == name.as_str() && one.camera == ask.camera && one.is_open(now_unix_ms)
        };
        if doors.store.exercises().await?.iter().any(is_busy) {
            return Err(ExerciseError::Busy);
        }
        let within_ms = i64::try_from(BEGINS_WITHIN.as_millis()).unwrap_or(i64::MAX);
        Ok(ExerciseRow {
            order_id: random_id().ok_or(ExerciseError::Store)?,
            r#box: name.to_string(),
            camera: ask.camera.clone(),
            scenario,
            why: why.to_owned(),
            person: person.to_string(),
            ordered_unix_ms: now_unix_ms,
            expires_unix_ms: now_unix_ms.saturating_add(within_ms),
            stopped_unix_ms: None,
            state: State::Unspecified,
            began_unix_ms: 0,
            ended_unix_ms: 0,
            reason: String::new(),
        })
    }
}

fn invalid(field: &'static str, expected: &str, found: &str) -> ExerciseError {
    ExerciseError::Invalid { field, expected: expected.to_owned(), found: found.to_owned() }
}

/// As an audit log takes it.
fn plain(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(64).collect()
}
