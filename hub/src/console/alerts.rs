//! What a person does about an alert on the page: say what it was, take it, escalate it.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use velum_proto::v1::Verdict;

use super::Console;
use super::guard::Refusal;
use super::logins::Visitor;
use super::routes::{Answer, understood};
use crate::identity::Person;
use crate::reviews::{AlertAsk, Escalation, ReviewError};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ReviewRequest {
    event_id: String,
    purpose: String,
    /// As the page names verdicts, for example `furniture_or_bin`.
    verdict: String,
    /// What is to follow, where the policy asks for a second reviewer of it; empty where nothing is.
    #[serde(default)]
    action: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TakeRequest {
    event_id: String,
    purpose: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EscalateRequest {
    event_id: String,
    purpose: String,
    reason: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SuppressRequest {
    event_id: String,
    purpose: String,
    days: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LiftRequest {
    order_id: String,
    purpose: String,
}

#[derive(Serialize)]
pub(super) struct ReviewedView {
    /// False: others must say the same.
    decided: bool,
}

/// What changed is told by the live list.
#[derive(Serialize)]
pub(super) struct Done {}

pub(super) async fn review(
    State(console): State<Arc<Console>>,
    visitor: Visitor,
    body: Result<Json<ReviewRequest>, JsonRejection>,
) -> Answer<ReviewedView> {
    let ReviewRequest { event_id, purpose, verdict, action } = understood(body)?;
    let ask = ask(&console, &visitor, &event_id, purpose)?;
    let verdict = Verdict::from_str_name(&format!("VERDICT_{}", verdict.to_uppercase())).unwrap_or_default();
    let reviewed = console.parts.reviews.review(&ask, verdict, &action).await?;
    Ok(Json(ReviewedView { decided: reviewed.is_decided }))
}

pub(super) async fn take(
    State(console): State<Arc<Console>>,
    visitor: Visitor,
    body: Result<Json<TakeRequest>, JsonRejection>,
) -> Answer<Done> {
    let TakeRequest { event_id, purpose } = understood(body)?;
    console.parts.reviews.take(&ask(&console, &visitor, &event_id, purpose)?).await?;
    Ok(Json(Done {}))
}

pub(super) async fn escalate(
    State(console): State<Arc<Console>>,
    visitor: Visitor,
    body: Result<Json<EscalateRequest>, JsonRejection>,
) -> Answer<Done> {
    let EscalateRequest { event_id, purpose, reason } = understood(body)?;
    let Some(reason) = Escalation::ALL.into_iter().find(|one| one.name() == reason) else {
        return Err(Refusal::invalid("reason", "urgent, cannot_tell or not_mine", "another text"));
    };
    console.parts.reviews.escalate(&ask(&console, &visitor, &event_id, purpose)?, reason).await?;
    Ok(Json(Done {}))
}

/// No alert at the place of an alert for some days.
pub(super) async fn suppress(
    State(console): State<Arc<Console>>,
    visitor: Visitor,
    body: Result<Json<SuppressRequest>, JsonRejection>,
) -> Answer<Done> {
    let SuppressRequest { event_id, purpose, days } = understood(body)?;
    console.parts.reviews.suppress(&ask(&console, &visitor, &event_id, purpose)?, days).await?;
    Ok(Json(Done {}))
}

/// Alerts there again.
pub(super) async fn lift(
    State(console): State<Arc<Console>>,
    visitor: Visitor,
    body: Result<Json<LiftRequest>, JsonRejection>,
) -> Answer<Done> {
    let LiftRequest { order_id, purpose } = understood(body)?;
    let asked = ask(&console, &visitor, "", purpose)?;
    let order_id = hex::decode(&order_id).map_err(|_| ReviewError::UnknownAlert)?;
    console.parts.reviews.lift(&asked, &order_id).await?;
    Ok(Json(Done {}))
}

pub(super) fn ask(
    console: &Console,
    visitor: &Visitor,
    event_id: &str,
    purpose: String,
) -> Result<AlertAsk, ReviewError> {
    console.logins.touch(visitor, console.parts.clock.instant());
    let event_id = hex::decode(event_id).map_err(|_| ReviewError::UnknownAlert)?;
    Ok(AlertAsk { person: Person::Console(visitor.user.clone()), event_id, purpose })
}

impl From<ReviewError> for Refusal {
    fn from(error: ReviewError) -> Self {
        match error {
            ReviewError::Invalid { field, expected, found } => Self::invalid(field, expected, found),
            ReviewError::Refused(refused) => refused.into(),
            ReviewError::UnknownAlert => Self::of(StatusCode::NOT_FOUND, "unknown_alert"),
            ReviewError::NotYours { rule } => {
                Self::of(StatusCode::FORBIDDEN, "review_not_yours").by_rule(rule)
            }
            ReviewError::Taken { left_ms } => Self::of(StatusCode::CONFLICT, "taken")
                .with("secs", left_ms.div_euclid(1_000).saturating_add(1)),
            ReviewError::NotLogged => Self::of(StatusCode::SERVICE_UNAVAILABLE, "nothing_done"),
            ReviewError::UnknownText => Self::of(StatusCode::NOT_FOUND, "unknown_text"),
            ReviewError::TextGone => Self::of(StatusCode::GONE, "text_gone"),
            ReviewError::NoVerdict => Self::of(StatusCode::CONFLICT, "no_verdict"),
            ReviewError::Sealing => Self::of(StatusCode::SERVICE_UNAVAILABLE, "not_sealed"),
            ReviewError::NotSuppressible { why } => {
                Self::of(StatusCode::CONFLICT, "not_suppressible").with("why", why)
            }
            ReviewError::Outdated { r#box } => {
                Self::of(StatusCode::CONFLICT, "box_outdated").with("box", r#box)
            }
            ReviewError::Store => Self::of(StatusCode::SERVICE_UNAVAILABLE, "store_failed"),
        }
    }
}
