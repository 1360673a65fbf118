//! What the console answers.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, Query, Request, State};
use axum::http::StatusCode;
use axum::http::header::ACCEPT_LANGUAGE;
use axum::middleware::from_fn;
use axum::response::sse::Sse;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use velum_policy::audit::Subject;

use super::entry::{login, logout, look_at_setup, set_up};
use super::guard::{Refusal, keep_house};
use super::live::Watching;
use super::logins::Visitor;
use super::view::StillView;
use super::{Console, alerts, assets, boxes, cameras, exercises, oversight, plans, texts};
use crate::access::{self, Action, Held, Reader, Refused, Rule, Why};
use crate::audit::AuditFailure;
use crate::identity::Person;
use crate::stills::{Ask, StillError};
use crate::store::StoreError;
use crate::telling::telling;

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
        .route("/api/review", post(alerts::review))
        .route("/api/take", post(alerts::take))
        .route("/api/escalate", post(alerts::escalate))
        .route("/api/text/write", post(texts::write))
        .route("/api/text/open", post(texts::open))
        .route("/api/suppress", post(alerts::suppress))
        .route("/api/lift", post(alerts::lift))
        .route("/api/exercises", get(exercises::look))
        .route("/api/exercises/start", post(exercises::start))
        .route("/api/exercises/stop", post(exercises::stop))
        .route("/api/exercises/debrief", post(exercises::debrief))
        .route("/api/boxes", get(boxes::look))
        .route("/api/boxes/token", post(boxes::make_token))
        .route("/api/boxes/revoke", post(boxes::revoke))
        .route("/api/boxes/suspend", post(boxes::suspend))
        .route("/api/boxes/resume", post(boxes::resume))
        .route("/api/cameras/settings", get(cameras::settings))
        .route("/api/cameras/settings/try", post(cameras::try_out))
        .route("/api/cameras/settings/propose", post(cameras::propose))
        .route("/api/cameras/settings/decide", post(cameras::decide))
        .route("/api/cameras/settings/withdraw", post(cameras::withdraw))
        .route("/api/plans", get(plans::look))
        .route("/api/plans/upload", post(plans::upload))
        .route("/api/plans/title", post(plans::retitle))
        .route("/api/plans/cameras", post(plans::place))
        .route("/api/plans/remove", post(plans::remove))
        .route("/api/plans/{plan}/picture", get(plans::picture))
        .route("/api/oversight", post(oversight::look))
        .route("/api/oversight/diff", post(oversight::compare))
        .route("/api/oversight/verify", post(oversight::verify))
        .route("/api/oversight/pack", post(oversight::pack))
        .route("/api/oversight/checkpoint", post(oversight::checkpoint))
        .fallback(page)
        .layer(from_fn(move |request, next| keep_house(Arc::clone(&house), request, next)))
        .with_state(console)
}

async fn page(request: Request) -> Response {
    let language = request.headers().get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    let file = (request.method() == axum::http::Method::GET)
        .then(|| assets::at(request.uri().path(), language.unwrap_or_default()))
        .flatten();
    file.unwrap_or_else(|| Refusal::of(StatusCode::NOT_FOUND, "no_such_page").into_response())
}

#[derive(Serialize)]
struct SessionView {
    user: String,
    csrf: String,
    idle_left_secs: u64,
    left_secs: u64,
    /// The roles of recipients of the published policies that the person was given.
    recipients: BTreeSet<String>,
    /// What they may read for; of several, the person chooses one.
    purposes: BTreeSet<String>,
    /// Where there is no recipient: how the person gets one.
    give_command: Option<String>,
    /// Whether they may let boxes in and shut them out.
    is_administrator: bool,
    /// Whether they may look at the audit log, and have to say why.
    oversight: Option<OversightView>,
}

#[derive(Serialize)]
struct OversightView {
    needs_reason: bool,
}

async fn session_view(console: &Console, visitor: &Visitor) -> Answer<SessionView> {
    let person = Person::Console(visitor.user.clone());
    let recipients = console.parts.access.roles(&person).await.map_err(|error| store_failed(&error))?;
    let oversight = console.parts.access.oversight(&person).await.map_err(|error| store_failed(&error))?;
    let is_administrator =
        console.parts.access.is_administrator(&person).await.map_err(|error| store_failed(&error))?;
    let is_recipient = console.parts.access.book().has_recipient(&recipients);
    Ok(Json(SessionView {
        user: visitor.user.to_string(),
        csrf: visitor.csrf.clone(),
        idle_left_secs: visitor.idle_left.as_secs(),
        left_secs: visitor.left.as_secs(),
        purposes: console.parts.access.purposes(&recipients),
        give_command: (!is_recipient).then(|| access::give_command(&person)),
        recipients,
        is_administrator,
        oversight: oversight.map(|may| OversightView { needs_reason: may.needs_reason }),
    }))
}

async fn session(State(console): State<Arc<Console>>, visitor: Visitor) -> Answer<SessionView> {
    session_view(&console, &visitor).await
}

async fn extend(State(console): State<Arc<Console>>, mut visitor: Visitor) -> Answer<SessionView> {
    console.logins.touch(&visitor, console.parts.clock.instant());
    visitor.idle_left = console.config.idle_limit.min(visitor.left);
    session_view(&console, &visitor).await
}

#[derive(Serialize)]
struct WordsView {
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
    Json(WordsView { purposes: console.parts.hub.stills.purposes.iter().map(view).collect() })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LiveQuery {
    #[serde(default)]
    purpose: String,
    /// The last change of where an alert stands that the page knows; none: it begins anew.
    change: Option<u64>,
}

/// From a cursor on, or `newest`: with the newest records first.
async fn live(
    State(console): State<Arc<Console>>,
    visitor: Visitor,
    Path(after): Path<String>,
    Query(query): Query<LiveQuery>,
) -> Result<Response, Refusal> {
    let after_cursor = match after.as_str() {
        "newest" => {
            let cursor = console.parts.store.cursor_before_newest(NEWEST).await;
            cursor.map_err(|error| store_failed(&error))?
        }
        cursor => {
            cursor.parse().map_err(|_| Refusal::invalid("after", "`newest` or a cursor", "another text"))?
        }
    };
    let after_change = match query.change {
        Some(change) => change,
        // Seen before the records are read: what changes meanwhile is told after them.
        None => console.parts.store.newest_alert_change().await.map_err(|error| store_failed(&error))?,
    };
    let place = Arc::clone(&visitor.streams)
        .try_acquire_owned()
        .map_err(|_| Refusal::of(StatusCode::TOO_MANY_REQUESTS, "too_many_pages"))?;
    let why = Why { purpose: query.purpose, justification: String::new() };
    let ask = access::Ask { action: Action::Read, why };
    let reader = reader(&console, Person::Console(visitor.user.clone()), &ask).await?;
    let what = format!("opened the page with the live list, after cursor {after_cursor}");
    let logged = console.parts.audit.read(&reader, Subject::Events, &what, None, &Held::default()).await;
    logged.map_err(|error| not_logged(&error))?;
    let (events, last, stream) = telling(AHEAD);
    let told = BTreeSet::new();
    let watching =
        Watching { console, visitor, ask, reader, after_cursor, after_change, events, told, place };
    tokio::spawn(watching.feed(last));
    Ok(Sse::new(stream).into_response())
}

/// Lets a person read, or says why not; a refusal by the policy is logged.
pub(super) async fn reader(console: &Console, person: Person, ask: &access::Ask) -> Result<Reader, Refusal> {
    let refused = match console.parts.access.reader(&person, ask).await {
        Ok(reader) => return Ok(reader),
        Err(refused) => refused,
    };
    if let Refused::BeyondControlRoom { recipient } = &refused {
        let (audit, recipient) = (&console.parts.audit, recipient.clone());
        let logged = audit.read_refused(&person, recipient, Subject::Events, Rule::Unreviewed.name()).await;
        logged.map_err(|error| not_logged(&error))?;
    }
    Err(refused.into())
}

impl From<Refused> for Refusal {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Invalid { field, expected, found } => Self::invalid(field, expected, found),
            Refused::Store(error) => store_failed(&error),
            Refused::BeyondControlRoom { .. } => Self::of(StatusCode::FORBIDDEN, "beyond_control_room"),
        }
    }
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
        operator: Person::Console(visitor.user.clone()),
        event_id,
        purpose: request.purpose,
        justification: request.justification,
    };
    Ok(Json(console.parts.desk.fetch(ask).await?.into()))
}

impl From<StillError> for Refusal {
    fn from(error: StillError) -> Self {
        match error {
            StillError::Invalid { field, expected, found } => Self::invalid(field, expected, found),
            StillError::UnknownEvent => Self::of(StatusCode::NOT_FOUND, "unknown_event"),
            StillError::TooMany { wait } => {
                Self::of(StatusCode::TOO_MANY_REQUESTS, "too_many_stills").later(wait)
            }
            StillError::Withheld { rule } => Self::of(StatusCode::FORBIDDEN, "withheld").by_rule(&rule),
            StillError::Away { name } => {
                Self::of(StatusCode::SERVICE_UNAVAILABLE, "box_away").with("box", name)
            }
            StillError::Elsewhere { name, hub } => {
                Self::of(StatusCode::SERVICE_UNAVAILABLE, "box_elsewhere").with("box", name).with("hub", hub)
            }
            StillError::TimedOut { name } => {
                Self::of(StatusCode::GATEWAY_TIMEOUT, "no_answer").with("box", name)
            }
            StillError::Busy => Self::of(StatusCode::SERVICE_UNAVAILABLE, "busy"),
            StillError::NotLogged => Self::of(StatusCode::SERVICE_UNAVAILABLE, "not_logged"),
            StillError::Store => Self::of(StatusCode::SERVICE_UNAVAILABLE, "store_failed"),
        }
    }
}

pub(super) fn understood<T>(body: Result<Json<T>, JsonRejection>) -> Result<T, Refusal> {
    match body {
        Ok(Json(body)) => Ok(body),
        // What was sent may hold a password: it is not repeated.
        Err(rejection) => Err(Refusal::of(rejection.status(), "not_understood")),
    }
}

pub(super) fn store_failed(error: &StoreError) -> Refusal {
    tracing::error!(%error, "the store failed");
    Refusal::from(StillError::Store)
}

pub(super) fn not_logged(error: &AuditFailure) -> Refusal {
    tracing::error!(%error, "the audit log cannot be written; nothing is shown");
    Refusal::from(StillError::NotLogged)
}

pub(super) fn nothing_done(error: &AuditFailure) -> Refusal {
    tracing::error!(%error, "the audit log cannot be written; nothing is done");
    Refusal::of(StatusCode::SERVICE_UNAVAILABLE, "nothing_done")
}

pub(super) fn failed(error: &dyn std::fmt::Display) -> Refusal {
    tracing::error!(%error, "a request failed");
    Refusal::of(StatusCode::INTERNAL_SERVER_ERROR, "failed")
}
