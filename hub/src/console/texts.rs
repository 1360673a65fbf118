//! What people write beside their verdicts: taken, and opened one by one for a purpose and a reason.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::Console;
use super::alerts::{Done, ask};
use super::logins::Visitor;
use super::routes::{Answer, understood};
use crate::reviews::{ReviewError, TextAsk};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WriteRequest {
    event_id: String,
    purpose: String,
    /// Empty: the older one is taken away.
    text: Zeroizing<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OpenRequest {
    event_id: String,
    text_id: String,
    purpose: String,
    justification: String,
}

#[derive(Serialize)]
pub(super) struct OpenedView {
    text: Zeroizing<String>,
    written_unix_ms: i64,
}

pub(super) async fn write(
    State(console): State<Arc<Console>>,
    visitor: Visitor,
    body: Result<Json<WriteRequest>, JsonRejection>,
) -> Answer<Done> {
    let WriteRequest { event_id, purpose, text } = understood(body)?;
    let ask = ask(&console, &visitor, &event_id, purpose)?;
    console.parts.reviews.write_text(&ask, &text).await?;
    Ok(Json(Done {}))
}

pub(super) async fn open(
    State(console): State<Arc<Console>>,
    visitor: Visitor,
    body: Result<Json<OpenRequest>, JsonRejection>,
) -> Answer<OpenedView> {
    let OpenRequest { event_id, text_id, purpose, justification } = understood(body)?;
    let alert = ask(&console, &visitor, &event_id, purpose)?;
    let text_id = hex::decode(&text_id).map_err(|_| ReviewError::UnknownText)?;
    let opened = console.parts.reviews.open_text(&TextAsk { alert, text_id, justification }).await?;
    Ok(Json(OpenedView { text: opened.text, written_unix_ms: opened.written_unix_ms }))
}
