//! What the console answers.

use std::sync::Arc;

use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::middleware::from_fn;
use axum::response::sse::Sse;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

use super::entry::{login, logout, look_at_setup, set_up};
use super::guard::{Refusal, keep_house};
use super::live::Watching;
use super::logins::Visitor;
use super::view::StillView;
use super::{Console, assets, words};
use crate::stills::{Ask, StillError};
use crate::store::StoreError;

const AHEAD: usize = 64;
/// How many records the page begins with.
const NEWEST: u32 = 1_000;

pub(super) type Answer<T> = Result<Json<T>, Refusal>;

/// All paths.
pub(super) fn router(console: Arc<Console>) -> Router {
    let house = Arc::clone(&console);
    Router::new()
        .route("/api/session", get(session))
        .route("/api/session/extend", post(extend))
        .route("/api/login", post(login))
        .route("/api/logout", post(logout))
        .route("/api/setup/look", post(look_at_setup))
        .route("/api/setup", post(set_up))
        .route("/api/words", get(tell_words))
        .route("/api/live/{after}", get(live))
        .route("/api/still", post(still))
        .fallback(page)
        .layer(from_fn(move |request, next| keep_house(Arc::clone(&house), request, next)))
        .with_state(console)
}

async fn page(request: Request) -> Response {
    let file =
        (request.method() == axum::http::Method::GET).then(|| assets::at(request.uri().path())).flatten();
    file.unwrap_or_else(|| {
        Refusal::new(StatusCode::NOT_FOUND, "no_such_page", "there is nothing here").into_response()
    })
}

#[derive(Serialize)]
struct SessionView {
    user: String,
    csrf: String,
    idle_left_secs: u64,
    left_secs: u64,
}

impl SessionView {
    fn of(visitor: &Visitor) -> Self {
        Self {
            user: visitor.user.to_string(),
            csrf: visitor.csrf.clone(),
            idle_left_secs: visitor.idle_left.as_secs(),
            left_secs: visitor.left.as_secs(),
        }
    }
}

async fn session(visitor: Visitor) -> Json<SessionView> {
    Json(SessionView::of(&visitor))
}

async fn extend(State(console): State<Arc<Console>>, mut visitor: Visitor) -> Json<SessionView> {
    console.logins.touch(&visitor, console.parts.clock.instant());
    visitor.idle_left = console.config.idle_limit.min(visitor.left);
    Json(SessionView::of(&visitor))
}

#[derive(Serialize)]
struct WordsView {
    catalogue: &'static serde_json::Value,
    purposes: Vec<PurposeView>,
}

#[derive(Serialize)]
struct PurposeView {
    id: String,
    words: String,
}

async fn tell_words(State(console): State<Arc<Console>>, _visitor: Visitor) -> Json<WordsView> {
    let view = |purpose: &crate::config::PurposeConfig| PurposeView {
        id: purpose.id.clone(),
        words: purpose.words.clone(),
    };
    Json(WordsView {
        catalogue: words::catalogue(),
        purposes: console.parts.purposes.iter().map(view).collect(),
    })
}

/// From a cursor on, or `newest`: with the newest records first.
async fn live(
    State(console): State<Arc<Console>>,
    visitor: Visitor,
    Path(after): Path<String>,
) -> Result<Response, Refusal> {
    let after_cursor = match after.as_str() {
        "newest" => {
            let cursor = console.parts.store.cursor_before_newest(NEWEST).await;
            cursor.map_err(|error| store_failed(&error))?
        }
        cursor => cursor
            .parse()
            .map_err(|_| Refusal::new(StatusCode::BAD_REQUEST, "invalid", "expected `newest` or a cursor"))?,
    };
    let place = Arc::clone(&visitor.streams).try_acquire_owned().map_err(|_| {
        Refusal::new(StatusCode::TOO_MANY_REQUESTS, "too_many_pages", "too many pages of this login are open")
    })?;
    let (events, stream) = mpsc::channel(AHEAD);
    tokio::spawn(Watching { console, visitor, after_cursor, events, place }.feed());
    Ok(Sse::new(ReceiverStream::new(stream)).into_response())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StillRequest {
    event_id: String,
    purpose: String,
    justification: String,
}

async fn still(
    State(console): State<Arc<Console>>,
    visitor: Visitor,
    body: Result<Json<StillRequest>, JsonRejection>,
) -> Answer<StillView> {
    let request = understood(body)?;
    console.logins.touch(&visitor, console.parts.clock.instant());
    let event_id = hex::decode(&request.event_id).map_err(|_| Refusal::from(StillError::UnknownEvent))?;
    let ask = Ask {
        operator: format!("console:{}", visitor.user),
        event_id,
        purpose: request.purpose,
        justification: request.justification,
    };
    Ok(Json(console.parts.desk.fetch(ask).await?.into()))
}

impl From<StillError> for Refusal {
    fn from(error: StillError) -> Self {
        let (status, code) = match &error {
            StillError::Invalid { .. } => (StatusCode::BAD_REQUEST, "invalid"),
            StillError::UnknownEvent => (StatusCode::NOT_FOUND, "unknown_event"),
            StillError::TooMany { .. } => (StatusCode::TOO_MANY_REQUESTS, "too_many_stills"),
            StillError::Withheld { .. } => (StatusCode::FORBIDDEN, "withheld"),
            StillError::Away { .. } => (StatusCode::SERVICE_UNAVAILABLE, "box_away"),
            StillError::TimedOut { .. } => (StatusCode::GATEWAY_TIMEOUT, "no_answer"),
            StillError::Busy => (StatusCode::SERVICE_UNAVAILABLE, "busy"),
            StillError::NotLogged => (StatusCode::SERVICE_UNAVAILABLE, "not_logged"),
            StillError::Store => (StatusCode::SERVICE_UNAVAILABLE, "store_failed"),
        };
        let mut refusal = Self::new(status, code, error.to_string());
        match error {
            StillError::Withheld { rule } => refusal.body.rule = Some(rule),
            StillError::TooMany { wait } => refusal = refusal.later(wait),
            _ => {}
        }
        refusal
    }
}

pub(super) fn understood<T>(body: Result<Json<T>, JsonRejection>) -> Result<T, Refusal> {
    match body {
        Ok(Json(body)) => Ok(body),
        // What was sent may hold a password: it is not repeated.
        Err(rejection) => Err(Refusal::new(rejection.status(), "invalid", "the request is not understood")),
    }
}

pub(super) fn store_failed(error: &StoreError) -> Refusal {
    tracing::error!(%error, "the store failed");
    Refusal::from(StillError::Store)
}

pub(super) fn failed(error: &dyn std::fmt::Display) -> Refusal {
    tracing::error!(%error, "a request failed");
    Refusal::new(
        StatusCode::INTERNAL_SERVER_ERROR,
        "failed",
        "the hub cannot do that at the moment; its log says why",
    )
}
