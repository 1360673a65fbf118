//! Events for programs without gRPC: JSON over HTTPS, with the same certificates.
//!
//! Invariant: nothing is read here. Each request becomes the call of the [`EventsService`] that answers gRPC, by the
//! caller's own certificate, and its answer is told as CloudEvents, as connectors tell them.

mod problem;
mod query;

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{Extensions, HeaderMap, HeaderName, HeaderValue, header};
use axum::middleware::map_response;
use axum::response::sse::{Event as SseEvent, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde::Serialize;
use serde_json::json;
use tokio_stream::{Stream, StreamExt as _};
use tonic::metadata::MetadataMap;
use tonic::{Request, Status};
use velum_proto::v1::SummaryRequest;
use velum_proto::v1::events_server::Events as _;

use crate::connectors::{CloudEvent, Message};
use crate::console::view::{FleetView, HeldView};
use crate::events::{EventsService, START_CURSOR};
use problem::Problem;
use query::{BoxesQuery, ListQuery, ReviewedQuery, StreamQuery};

/// What this face can do, in OpenAPI 3.1.
const OPENAPI: &str = include_str!("rest/openapi.json");
/// A browser and other clients of server-sent events say with it where they were.
const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

/// What the answers are made of.
pub(crate) struct Rest {
    pub(crate) events: EventsService,
    /// The hub's name in `source`.
    pub(crate) hub: String,
}

type Asked<T> = Result<Query<T>, QueryRejection>;

/// All paths.
pub(crate) fn router(rest: Rest) -> Router {
    Router::new()
        .route("/v1/openapi.json", get(openapi))
        .route("/v1/events", get(list))
        .route("/v1/events/stream", get(stream))
        .route("/v1/reviewed/stream", get(reviewed))
        .route("/v1/boxes", get(boxes))
        .fallback(async || Problem::not_found())
        .method_not_allowed_fallback(async || Problem::only_get())
        .layer(map_response(unstored))
        .with_state(Arc::new(rest))
}

/// What an answer says is for the caller alone.
async fn unstored(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

async fn openapi() -> Response {
    ([(header::CONTENT_TYPE, "application/json")], OPENAPI).into_response()
}

/// As gRPC would carry it: who asks stands in the connection.
fn call<T>(extensions: Extensions, message: T) -> Request<T> {
    Request::from_parts(MetadataMap::new(), extensions, message)
}

#[derive(Serialize)]
struct Page {
    events: Vec<CloudEvent>,
    /// For `after`, where there is more.
    next: Option<u64>,
    held_back: HeldView,
}

async fn list(
    State(rest): State<Arc<Rest>>,
    extensions: Extensions,
    query: Asked<ListQuery>,
) -> Result<Json<Page>, Problem> {
    let request = query?.0.request()?;
    let after_cursor = request.after_cursor;
    let page = rest.events.list(call(extensions, request)).await?.into_inner();
    let reached = page.records.last().map_or(after_cursor, |record| record.cursor);
    let events = page.records.into_iter().map(|record| rest.told(&Message::Record(record)));
    Ok(Json(Page {
        events: events.collect::<Result<_, _>>()?,
        next: page.next_cursor,
        held_back: HeldView::new(page.next_cursor.unwrap_or(reached), page.held_back),
    }))
}

async fn stream(
    State(rest): State<Arc<Rest>>,
    extensions: Extensions,
    headers: HeaderMap,
    query: Asked<StreamQuery>,
) -> Result<Response, Problem> {
    let request = query?.0.request(last_seen(&headers)?)?;
    let answer = rest.events.subscribe(call(extensions, request)).await?;
    let start = answer.metadata().get(START_CURSOR).and_then(|start| start.to_str().ok()?.parse().ok());
    let records = answer.into_inner().map(|record| record.map(Message::Record));
    Ok(rest.follow(records, start))
}

async fn reviewed(
    State(rest): State<Arc<Rest>>,
    extensions: Extensions,
    headers: HeaderMap,
    query: Asked<ReviewedQuery>,
) -> Result<Response, Problem> {
    let request = query?.0.request(last_seen(&headers)?);
    let records = rest.events.reviewed(call(extensions, request)).await?.into_inner();
    Ok(rest.follow(records.map(|record| record.map(Message::Reviewed)), None))
}

async fn boxes(
    State(rest): State<Arc<Rest>>,
    extensions: Extensions,
    query: Asked<BoxesQuery>,
) -> Result<Json<FleetView>, Problem> {
    let BoxesQuery {} = query?.0;
    let summary = rest.events.summary(call(extensions, SummaryRequest {})).await?.into_inner();
    Ok(Json(FleetView::of(summary.boxes)))
}

/// The cursor that a client of server-sent events saw last.
fn last_seen(headers: &HeaderMap) -> Result<Option<u64>, Problem> {
    let Some(text) = headers.get(LAST_EVENT_ID) else { return Ok(None) };
    let cursor = text.to_str().ok().and_then(|text| text.parse().ok());
    cursor
        .map(Some)
        .ok_or_else(|| Problem::invalid("last-event-id", "the `id` of an event of this stream, a number"))
}

impl Rest {
    fn told(&self, message: &Message) -> Result<CloudEvent, Problem> {
        CloudEvent::of(message, &self.hub).map_err(|error| {
            tracing::error!(%error, "a record cannot be told as JSON");
            Problem::from(Status::internal("a record cannot be told as JSON; the hub's log says why"))
        })
    }

    /// Server-sent events: the `id` is the cursor, so that a client that comes back misses nothing. The last is `ended`, and
    /// says why.
    fn follow(
        self: Arc<Self>,
        messages: impl Stream<Item = Result<Message, Status>> + Send + 'static,
        start: Option<u64>,
    ) -> Response {
        let events = messages.map(move |message| Ok::<_, Infallible>(self.sent(message)));
        let mut response = Sse::new(events).keep_alive(KeepAlive::default()).into_response();
        if let Some(start) = start {
            response.headers_mut().insert(START_CURSOR, HeaderValue::from(start));
        }
        response
    }

    fn sent(&self, message: Result<Message, Status>) -> SseEvent {
        let told = message.map_err(Problem::from).and_then(|message| {
            let event = self.told(&message)?;
            let sent = SseEvent::default().id(message.cursor().to_string()).event(message.kind());
            sent.json_data(&event).map_err(|_| Problem::from(Status::internal("not JSON")))
        });
        told.unwrap_or_else(|problem| {
            let ended = json!({ "status": problem.status(), "detail": problem.detail() });
            SseEvent::default().event("ended").data(ended.to_string())
        })
    }
}

#[cfg(test)]
mod tests;
