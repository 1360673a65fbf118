//! The settings of cameras on the page: how they stand, what would become of others, and changes of them by two people.
//!
//! Invariant: only administrators propose and decide, nobody their own; that somebody else tried is logged.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{Query, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Console;
use super::alerts::Done;
use super::boxes::named;
use super::guard::Refusal;
use super::logins::Visitor;
use super::people::administrator;
use super::routes::{Answer, not_logged, nothing_done, store_failed, understood};
use super::view::{DraftView, StandingView};
use crate::access::Refused;
use crate::identity::Person;
use crate::settings::{Proposal, SettingsError};

const CAMERA_BYTES: usize = 128;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CameraQuery {
    r#box: String,
    camera: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DraftRequest {
    r#box: String,
    camera: String,
    settings: Value,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ProposalRequest {
    r#box: String,
    camera: String,
    settings: Value,
    base_digest: String,
    note: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DecisionRequest {
    id: String,
    approve: bool,
    #[serde(default)]
    reason: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WithdrawalRequest {
    id: String,
}

/// The id of a change.
#[derive(Debug, Serialize)]
pub(super) struct ProposedView {
    id: String,
}

/// For whoever may look at the boxes.
pub(super) async fn settings(
    State(console): State<Arc<Console>>,
    visitor: Visitor,
    query: Result<Query<CameraQuery>, QueryRejection>,
) -> Answer<StandingView> {
    let Query(CameraQuery { r#box, camera }) =
        query.map_err(|_| Refusal::of(StatusCode::BAD_REQUEST, "not_understood"))?;
    let (of, camera) = (named(&r#box)?, camera_named(camera)?);
    let (person, parts) = (Person::Console(visitor.user.clone()), &console.parts);
    let is_administrator =
        parts.access.is_administrator(&person).await.map_err(|error| store_failed(&error))?;
    match parts.access.is_recipient(&person).await {
        Err(Refused::Store(error)) => return Err(store_failed(&error)),
        Err(refused) if !is_administrator => return Err(refused.into()),
        Ok(_) | Err(_) => {}
    }
    let what = format!("looked at the settings of camera {camera} of box {of}");
    parts.audit.counted(&person, &what, 1).await.map_err(|error| not_logged(&error))?;
    let standing = parts.settings.standing(&of, &camera).await?;
    let is_unanswered = |change: &_| parts.settings.is_unanswered(change, standing.is_connected);
    let view = StandingView::of((of.as_str(), &camera), &standing, is_unanswered);
    Ok(Json(view.for_administrators(is_administrator)))
}

/// What the box would say of settings that somebody draws.
pub(super) async fn try_out(
    State(console): State<Arc<Console>>,
    visitor: Visitor,
    body: Result<Json<DraftRequest>, JsonRejection>,
) -> Answer<DraftView> {
    let DraftRequest { r#box, camera, settings } = understood(body)?;
    let (of, camera) = (named(&r#box)?, camera_named(camera)?);
    let what = format!("drew settings of camera {camera} of box {of}");
    administrator(&console, &visitor, &what).await?;
    let receipt = console.parts.settings.try_out(&of, &camera, settings).await?;
    Ok(Json(DraftView::of(receipt)))
}

/// Keeps a change for somebody else to decide.
pub(super) async fn propose(
    State(console): State<Arc<Console>>,
    visitor: Visitor,
    body: Result<Json<ProposalRequest>, JsonRejection>,
) -> Answer<ProposedView> {
    let ProposalRequest { r#box, camera, settings, base_digest, note } = understood(body)?;
    let (of, camera) = (named(&r#box)?, camera_named(camera)?);
    let base_digest = hex::decode(base_digest).map_err(|_| Refusal::from(SettingsError::Outdated))?;
    let what = format!("proposed a change of the settings of camera {camera} of box {of}");
    let person = administrator(&console, &visitor, &what).await?;
    let proposal = Proposal { of, camera, settings, base_digest, note };
    let id = console.parts.settings.propose(&person, proposal).await?;
    Ok(Json(ProposedView { id: hex::encode(id) }))
}

/// Approves or declines what somebody else proposed.
pub(super) async fn decide(
    State(console): State<Arc<Console>>,
    visitor: Visitor,
    body: Result<Json<DecisionRequest>, JsonRejection>,
) -> Answer<Done> {
    let DecisionRequest { id, approve, reason } = understood(body)?;
    let person = administrator(&console, &visitor, "decided a change of a camera's settings").await?;
    console.parts.settings.decide(&person, &change_id(&id)?, (approve, &reason)).await?;
    Ok(Json(Done {}))
}

/// Takes a change back.
pub(super) async fn withdraw(
    State(console): State<Arc<Console>>,
    visitor: Visitor,
    body: Result<Json<WithdrawalRequest>, JsonRejection>,
) -> Answer<Done> {
    let id = change_id(&understood(body)?.id)?;
    let person = administrator(&console, &visitor, "withdrew a change of a camera's settings").await?;
    console.parts.settings.withdraw(&person, &id).await?;
    Ok(Json(Done {}))
}

/// A name that a box may have told; it ends up in the audit log.
pub(super) fn camera_named(camera: String) -> Result<String, Refusal> {
    if camera.is_empty() || camera.len() > CAMERA_BYTES || camera.chars().any(char::is_control) {
        return Err(Refusal::invalid("camera", "the name of a camera", "another text"));
    }
    Ok(camera)
}

fn change_id(id: &str) -> Result<Vec<u8>, Refusal> {
    hex::decode(id).map_err(|_| Refusal::from(SettingsError::UnknownChange))
}

impl From<SettingsError> for Refusal {
    fn from(error: SettingsError) -> Self {
        match error {
            SettingsError::Store(error) => store_failed(&error),
            SettingsError::Audit(error) => nothing_done(&error),
            SettingsError::Invalid(words) => Self::worded(&words),
            SettingsError::UnknownCamera => Self::of(StatusCode::NOT_FOUND, "unknown_camera"),
            SettingsError::UnknownChange => Self::of(StatusCode::NOT_FOUND, "unknown_change"),
            SettingsError::OutdatedBox(name) => {
                Self::of(StatusCode::CONFLICT, "outdated_box").with("box", name)
            }
            SettingsError::Outdated => Self::of(StatusCode::CONFLICT, "outdated"),
            SettingsError::Waiting => Self::of(StatusCode::CONFLICT, "waiting"),
            SettingsError::TakesNone(name) => {
                Self::of(StatusCode::CONFLICT, "takes_no_settings").with("box", name)
            }
            SettingsError::Decided => Self::of(StatusCode::CONFLICT, "decided"),
            SettingsError::OwnProposal => Self::of(StatusCode::FORBIDDEN, "own_proposal"),
            SettingsError::Away(name) => {
                Self::of(StatusCode::SERVICE_UNAVAILABLE, "settings_away").with("box", name)
            }
            SettingsError::Elsewhere(name, hub) => {
                Self::of(StatusCode::SERVICE_UNAVAILABLE, "settings_elsewhere")
                    .with("box", name)
                    .with("hub", hub)
            }
            SettingsError::TimedOut(name) => {
                Self::of(StatusCode::GATEWAY_TIMEOUT, "settings_no_answer").with("box", name)
            }
            SettingsError::Busy => Self::of(StatusCode::TOO_MANY_REQUESTS, "settings_busy"),
        }
    }
}
