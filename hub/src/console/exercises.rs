//! The page of exercises: what could be played where, what was, who may stop it, and the debrief.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::http::StatusCode;
use serde::Deserialize;
use velum_policy::audit::Subject;

use super::Console;
use super::alerts::Done;
use super::guard::Refusal;
use super::logins::Visitor;
use super::routes::{Answer, not_logged, reader, store_failed, understood};
use super::view::{DebriefView, ExercisesView, PlaceSeenView};
use crate::access::{self, Action, Held, Why};
use crate::exercises::{ExerciseError, StartAsk, debrief as look_back};
use crate::identity::{Name, Person};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StartRequest {
    r#box: String,
    camera: String,
    scenario: String,
    why: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StopRequest {
    order_id: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DebriefRequest {
    order_id: String,
    purpose: String,
}

/// What was and is played; to administrators also what could be.
pub(super) async fn look(State(console): State<Arc<Console>>, visitor: Visitor) -> Answer<ExercisesView> {
    let (person, parts) = (Person::Console(visitor.user.clone()), &console.parts);
    parts.exercises.inside(&person).await?;
    let is_administrator =
        parts.access.is_administrator(&person).await.map_err(|error| store_failed(&error))?;
    let rows = parts.store.exercises().await.map_err(|error| store_failed(&error))?;
    let places = if is_administrator { places(&console).await? } else { Vec::new() };
    let logged = parts.audit.counted(&person, "looked at the page of exercises", rows.len()).await;
    logged.map_err(|error| not_logged(&error))?;
    Ok(Json(ExercisesView::of(rows, places, (is_administrator, parts.clock.unix_ms()))))
}

/// The boxes, with their cameras and scenarios.
async fn places(console: &Console) -> Result<Vec<PlaceSeenView>, Refusal> {
    let parts = &console.parts;
    let summary = parts.store.summary(parts.clock.unix_ms()).await.map_err(|error| store_failed(&error))?;
    let mut places = Vec::with_capacity(summary.len());
    for one in summary {
        let Ok(name) = Name::parse(&one.r#box) else { continue };
        let abilities = parts.store.abilities(&name).await.map_err(|error| store_failed(&error))?;
        places.push(PlaceSeenView::of(&one, abilities, parts.sessions.is_connected(&one.r#box)));
    }
    Ok(places)
}

/// Has a scenario played.
pub(super) async fn start(
    State(console): State<Arc<Console>>,
    visitor: Visitor,
    body: Result<Json<StartRequest>, JsonRejection>,
) -> Answer<Done> {
    let StartRequest { r#box, camera, scenario, why } = understood(body)?;
    console.logins.touch(&visitor, console.parts.clock.instant());
    let ask = StartAsk { r#box, camera, scenario, why };
    console.parts.exercises.start(&Person::Console(visitor.user.clone()), &ask).await?;
    Ok(Json(Done {}))
}

/// Ends an exercise at once.
pub(super) async fn stop(
    State(console): State<Arc<Console>>,
    visitor: Visitor,
    body: Result<Json<StopRequest>, JsonRejection>,
) -> Answer<Done> {
    let order_id = hex::decode(understood(body)?.order_id).map_err(|_| ExerciseError::Unknown)?;
    console.logins.touch(&visitor, console.parts.clock.instant());
    console.parts.exercises.stop(&Person::Console(visitor.user.clone()), &order_id).await?;
    Ok(Json(Done {}))
}

/// What came of one.
pub(super) async fn debrief(
    State(console): State<Arc<Console>>,
    visitor: Visitor,
    body: Result<Json<DebriefRequest>, JsonRejection>,
) -> Answer<DebriefView> {
    let DebriefRequest { order_id, purpose } = understood(body)?;
    console.logins.touch(&visitor, console.parts.clock.instant());
    let (person, parts) = (Person::Console(visitor.user.clone()), &console.parts);
    parts.exercises.inside(&person).await?;
    let order_id = hex::decode(order_id).map_err(|_| ExerciseError::Unknown)?;
    let row = parts.store.exercise(&order_id).await.map_err(|error| store_failed(&error))?;
    let row = row.ok_or(ExerciseError::Unknown)?;
    let ask = access::Ask { action: Action::Read, why: Why { purpose, justification: String::new() } };
    let reader = reader(&console, person.clone(), &ask).await?;
    let found = look_back(&parts.store, &reader, parts.clock.as_ref(), row).await;
    let found = found.map_err(|error| store_failed(&error))?;
    let is_administrator =
        parts.access.is_administrator(&person).await.map_err(|error| store_failed(&error))?;
    let what = format!("debrief of the exercise {}", hex::encode(order_id));
    let logged =
        parts.audit.read(&reader, Subject::Events, &what, Some(found.alerts.len()), &Held::default()).await;
    logged.map_err(|error| not_logged(&error))?;
    Ok(Json(DebriefView::of(found, (is_administrator, parts.clock.unix_ms()))))
}

impl From<ExerciseError> for Refusal {
    fn from(error: ExerciseError) -> Self {
        match error {
            ExerciseError::Invalid { field, expected, found } => Self::invalid(field, expected, found),
            ExerciseError::NotYours => Self::of(StatusCode::FORBIDDEN, "not_administrator"),
            ExerciseError::BeyondControlRoom => Self::of(StatusCode::FORBIDDEN, "exercise_beyond"),
            ExerciseError::Away(name) => {
                Self::of(StatusCode::SERVICE_UNAVAILABLE, "exercise_away").with("box", name)
            }
            ExerciseError::Outdated(name) => Self::of(StatusCode::CONFLICT, "plays_none").with("box", name),
            ExerciseError::Busy => Self::of(StatusCode::CONFLICT, "exercise_busy"),
            ExerciseError::Unknown => Self::of(StatusCode::NOT_FOUND, "unknown_exercise"),
            ExerciseError::NotLogged => Self::of(StatusCode::SERVICE_UNAVAILABLE, "nothing_done"),
            ExerciseError::Store => Self::of(StatusCode::SERVICE_UNAVAILABLE, "store_failed"),
        }
    }
}
