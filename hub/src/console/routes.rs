//! What the console answers.

use std::sync::Arc;

use axum::extract::rejection::JsonRejection;
use axum::extract::{DefaultBodyLimit, Extension, Path, Request, State};
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::from_fn;
use axum::response::sse::Sse;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use tokio::sync::{SemaphorePermit, mpsc};
use tokio_stream::wrappers::ReceiverStream;
use zeroize::Zeroizing;

use super::guard::{COOKIE_NAME, Refusal, keep_house};
use super::listener::From as CameFrom;
use super::live::Watching;
use super::logins::Visitor;
use super::view::StillView;
use super::{Console, assets, password, words};
use crate::identity::Name;
use crate::secret::digest;
use crate::stills::{Ask, StillError};
use crate::store::{SetupState, StoreError};

const BODY_BYTES: usize = 16 * 1_024;
const AHEAD: usize = 64;
/// How many records the page begins with.
const NEWEST: u32 = 1_000;

type Answer<T> = Result<Json<T>, Refusal>;

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
        .layer(DefaultBodyLimit::max(BODY_BYTES))
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

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LoginRequest {
    name: String,
    password: Zeroizing<String>,
}

async fn login(
    State(console): State<Arc<Console>>,
    Extension(from): Extension<CameFrom>,
    body: Result<Json<LoginRequest>, JsonRejection>,
) -> Result<Response, Refusal> {
    let LoginRequest { name, password } = understood(body)?;
    let now = console.parts.clock.instant();
    // What is no name at all is counted and compared like an unknown one.
    let name = name.trim().to_lowercase();
    let counted: String = name.chars().take(64).collect();
    console.throttle.attempt(&counted, from.0, now).map_err(|wait| {
        tracing::warn!(from = %from.0, "too many attempts to log in");
        let text = format!("too many attempts; the next in {} min", wait.as_secs().div_ceil(60));
        Refusal::new(StatusCode::TOO_MANY_REQUESTS, "too_many_attempts", text).later(wait)
    })?;
    let user = match Name::parse(&name) {
        Ok(name) => console.parts.store.user(&name).await.map_err(|error| store_failed(&error))?,
        Err(_) => None,
    };
    let kept = user.as_ref().and_then(|user| user.password_hash.clone());
    let matches = {
        let _place = place_to_hash(&console).await?;
        let console = Arc::clone(&console);
        hashed(move || Some(console.passwords.matches(&password, kept.as_deref()))).await?
    };
    let Some(user) = user.filter(|_| matches) else {
        // The name is not logged: people type their password there.
        tracing::warn!(from = %from.0, "a log-in to the console was refused");
        let text = "name or password is wrong";
        return Err(Refusal::new(StatusCode::UNAUTHORIZED, "wrong_password", text));
    };
    console.throttle.succeeded(&counted, from.0);
    console.parts.audit.logged_in(&user.name).await.map_err(|error| {
        tracing::error!(%error, "nobody is let in");
        Refusal::from(StillError::NotLogged)
    })?;
    let unix_ms = console.parts.clock.unix_ms();
    console.parts.store.note_login(&user.name, unix_ms).await.map_err(|error| store_failed(&error))?;
    let secret = console.logins.open(&user, now).map_err(|error| failed(&error))?;
    tracing::info!(user = %user.name, from = %from.0, "a person logged in to the console");
    with_cookie(&format!("{COOKIE_NAME}={secret}; Path=/; Secure; HttpOnly; SameSite=Strict"))
}

async fn logout(State(console): State<Arc<Console>>, visitor: Visitor) -> Result<Response, Refusal> {
    console.logins.log_out(&visitor);
    with_cookie(&format!("{COOKIE_NAME}=; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=0"))
}

fn with_cookie(cookie: &str) -> Result<Response, Refusal> {
    let value = HeaderValue::from_str(cookie).map_err(|error| failed(&error))?;
    Ok(([(SET_COOKIE, value)], Json(Done {})).into_response())
}

#[derive(Serialize)]
struct Done {}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LookRequest {
    token: String,
}

#[derive(Serialize)]
struct SetupView {
    /// None: the first user chooses a name.
    name: Option<String>,
}

async fn look_at_setup(
    State(console): State<Arc<Console>>,
    body: Result<Json<LookRequest>, JsonRejection>,
) -> Answer<SetupView> {
    let request = understood(body)?;
    let now_unix_ms = console.parts.clock.unix_ms();
    let state = console.parts.store.setup_state(&digest(&request.token), now_unix_ms).await;
    match state.map_err(|error| store_failed(&error))? {
        SetupState::First => Ok(Json(SetupView { name: None })),
        SetupState::Of(name) => Ok(Json(SetupView { name: Some(name.to_string()) })),
        SetupState::Bad => Err(bad_link()),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SetupRequest {
    token: String,
    name: String,
    password: Zeroizing<String>,
}

async fn set_up(
    State(console): State<Arc<Console>>,
    body: Result<Json<SetupRequest>, JsonRejection>,
) -> Answer<Done> {
    let SetupRequest { token, name, password } = understood(body)?;
    let now_unix_ms = console.parts.clock.unix_ms();
    let token = digest(&token);
    // Looked at first: hashing is dear, and only whoever holds a link may cause it.
    let state = console.parts.store.setup_state(&token, now_unix_ms).await;
    if state.map_err(|error| store_failed(&error))? == SetupState::Bad {
        return Err(bad_link());
    }
    let invalid = |text: String| Refusal::new(StatusCode::BAD_REQUEST, "invalid", text);
    let name = Name::parse(&name.trim().to_lowercase()).map_err(|error| invalid(error.to_string()))?;
    if let Some(shortcoming) = password::shortcoming(&password, name.as_str()) {
        return Err(invalid(format!("password: {shortcoming}")));
    }
    let hash = {
        let _place = place_to_hash(&console).await?;
        hashed(move || password::hash(&password)).await?
    };
    let used = console.parts.store.use_setup(&token, &name, &hash, now_unix_ms).await;
    if !used.map_err(|error| store_failed(&error))? {
        return Err(bad_link());
    }
    tracing::info!(user = %name, "a person chose a password for the console");
    Ok(Json(Done {}))
}

fn bad_link() -> Refusal {
    let text = "this link was used, is too old, or was replaced by a newer one; ask for a new one: velum-hub user reset NAME";
    Refusal::new(StatusCode::GONE, "bad_link", text)
}

async fn place_to_hash(console: &Console) -> Result<SemaphorePermit<'_>, Refusal> {
    console.hashing.acquire().await.map_err(|error| failed(&error))
}

/// Works on a thread of its own: hashing takes a tenth of a second.
async fn hashed<T: Send + 'static>(work: impl FnOnce() -> Option<T> + Send + 'static) -> Result<T, Refusal> {
    let done = tokio::task::spawn_blocking(work).await.map_err(|error| failed(&error))?;
    done.ok_or_else(|| failed(&"a password could not be hashed"))
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

fn understood<T>(body: Result<Json<T>, JsonRejection>) -> Result<T, Refusal> {
    match body {
        Ok(Json(body)) => Ok(body),
        // What was sent may hold a password: it is not repeated.
        Err(rejection) => Err(Refusal::new(rejection.status(), "invalid", "the request is not understood")),
    }
}

fn store_failed(error: &StoreError) -> Refusal {
    tracing::error!(%error, "the store failed");
    Refusal::from(StillError::Store)
}

fn failed(error: &dyn std::fmt::Display) -> Refusal {
    tracing::error!(%error, "a request failed");
    Refusal::new(
        StatusCode::INTERNAL_SERVER_ERROR,
        "failed",
        "the hub cannot do that at the moment; its log says why",
    )
}
