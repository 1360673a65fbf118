//! The boxes: how each stands, and, by administrators, a token for a new one, the end of a certificate, and a rest for a box or
//! a camera of it.
//!
//! Invariants: what an administrator does is in the audit log before it is done; a token is shown once, and the hub keeps
//! its digest alone; who is none changes nothing, and that they tried is logged.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::http::StatusCode;
use serde::Deserialize;
use velum_policy::audit::Outcome;

use super::Console;
use super::alerts::Done;
use super::cameras::camera_named;
use super::entry::bad_name;
use super::guard::Refusal;
use super::logins::Visitor;
use super::people::{administrator, in_control_room};
use super::routes::{Answer, failed, not_logged, nothing_done, store_failed, understood};
use super::view::{BoxesView, KnownOfBoxes, TokenView};
use crate::enrolment::{self, EnrolmentError};
use crate::identity::Name;
use crate::store::StoreError;
use crate::suspensions::{Place, SuspensionError};
use crate::tls;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TokenRequest {
    r#box: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RevokeRequest {
    r#box: String,
    /// The name again, typed by the person.
    confirmation: String,
}

/// States of boxes, and no counts: everybody in the control room may see them.
pub(super) async fn look(State(console): State<Arc<Console>>, visitor: Visitor) -> Answer<BoxesView> {
    let parts = &console.parts;
    let (person, is_administrator) = in_control_room(&console, &visitor).await?;
    let now_unix_ms = parts.clock.unix_ms();
    let standings = parts.store.box_standings(now_unix_ms).await.map_err(|error| store_failed(&error))?;
    let policies = parts.store.box_policies().await.map_err(|error| store_failed(&error))?;
    let summary = parts.store.summary(now_unix_ms).await.map_err(|error| store_failed(&error))?;
    let states = parts.store.box_states().await.map_err(|error| store_failed(&error))?;
    let suspensions = parts.store.suspensions().await.map_err(|error| store_failed(&error))?;
    let logged = parts.audit.counted(&person, "looked at the page of boxes", standings.len()).await;
    logged.map_err(|error| not_logged(&error))?;
    let library = Arc::clone(&parts.library.borrow());
    let is_connected = |name: &str| parts.sessions.is_connected(name);
    let known = KnownOfBoxes {
        standings: &standings,
        policies: &policies,
        summary: &summary,
        states: &states,
        suspensions: &suspensions,
    };
    let view = BoxesView::of(&known, &library, now_unix_ms, is_connected);
    Ok(Json(view.for_administrators(is_administrator, parts.hub.enrolment.is_some())))
}

/// A token with which one machine becomes the box, once.
pub(super) async fn make_token(
    State(console): State<Arc<Console>>,
    visitor: Visitor,
    body: Result<Json<TokenRequest>, JsonRejection>,
) -> Answer<TokenView> {
    let name = named(&understood(body)?.r#box)?;
    let (parts, now_unix_ms) = (&console.parts, console.parts.clock.unix_ms());
    let what = format!("made a token with which one machine becomes the box {name}");
    let person = administrator(&console, &visitor, &what).await?;
    // Before the entry, so that none says what cannot be done.
    let minutes = match &parts.hub.enrolment {
        Some(enrolment) => enrolment.token_valid.as_secs() / 60,
        None => return Err(no_token(&EnrolmentError::NotConfigured)),
    };
    let authority = tls::authority(&parts.hub).map_err(|error| failed(&error))?;
    let logged = parts.audit.box_changed(&person, (name.as_str(), &what), Outcome::Allowed).await;
    logged.map_err(|error| not_logged(&error))?;
    let token = enrolment::new_token(&parts.store, &parts.hub, &authority, &name, now_unix_ms).await;
    let token = token.map_err(|error| no_token(&error))?;
    tracing::info!(box = %name, by = %person, "a token was made");
    Ok(Json(TokenView { r#box: name.to_string(), token, minutes }))
}

/// Refuses every certificate that a box has now, and closes its stream.
pub(super) async fn revoke(
    State(console): State<Arc<Console>>,
    visitor: Visitor,
    body: Result<Json<RevokeRequest>, JsonRejection>,
) -> Answer<Done> {
    let RevokeRequest { r#box, confirmation } = understood(body)?;
    let name = named(&r#box)?;
    let what = format!("revoked the certificates of the box {name}");
    let person = administrator(&console, &visitor, &what).await?;
    if confirmation.trim() != name.as_str() {
        return Err(Refusal::of(StatusCode::BAD_REQUEST, "not_confirmed").with("box", name));
    }
    let parts = &console.parts;
    let standings = parts.store.box_standings(parts.clock.unix_ms()).await;
    let is_known =
        standings.map_err(|error| store_failed(&error))?.iter().any(|one| one.name == name.as_str());
    if is_known {
        let outcome = Outcome::Denied { rule: "box_revoked".to_owned() };
        let logged = parts.audit.box_changed(&person, (name.as_str(), &what), outcome).await;
        logged.map_err(|error| not_logged(&error))?;
    }
    match parts.store.revoke(&name).await {
        Ok(()) => tracing::warn!(box = %name, by = %person, "a box was revoked"),
        Err(StoreError::UnknownBox { .. }) => {
            return Err(Refusal::of(StatusCode::NOT_FOUND, "unknown_box").with("box", name));
        }
        Err(error) => return Err(store_failed(&error)),
    }
    // At once; should it fail, the hub finds it by itself within a second.
    let revoked = parts.store.revoked().await.map_err(|error| store_failed(&error))?;
    for one in revoked.iter().filter(|one| one.name == name.as_str()) {
        parts.sessions.revoke(&one.name, one.minimum_generation);
    }
    Ok(Json(Done {}))
}

pub(super) fn named(text: &str) -> Result<Name, Refusal> {
    Name::parse(text.trim()).map_err(|_| bad_name(text))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SuspensionRequest {
    r#box: String,
    /// None: every camera of the box.
    camera: Option<String>,
    reason: String,
}

/// Lets a box or a camera rest until somebody resumes it.
pub(super) async fn suspend(
    State(console): State<Arc<Console>>,
    visitor: Visitor,
    body: Result<Json<SuspensionRequest>, JsonRejection>,
) -> Answer<Done> {
    let SuspensionRequest { r#box, camera, reason } = understood(body)?;
    let place = place(&r#box, camera)?;
    let person = administrator(&console, &visitor, &format!("suspended {}", place.words())).await?;
    console.parts.suspensions.suspend(&person, place, &reason).await?;
    Ok(Json(Done {}))
}

/// Lifts what was suspended here.
pub(super) async fn resume(
    State(console): State<Arc<Console>>,
    visitor: Visitor,
    body: Result<Json<SuspensionRequest>, JsonRejection>,
) -> Answer<Done> {
    let SuspensionRequest { r#box, camera, reason } = understood(body)?;
    let place = place(&r#box, camera)?;
    let person = administrator(&console, &visitor, &format!("resumed {}", place.words())).await?;
    console.parts.suspensions.resume(&person, place, &reason).await?;
    Ok(Json(Done {}))
}

fn place(of: &str, camera: Option<String>) -> Result<Place, Refusal> {
    let camera = camera.map(camera_named).transpose()?.unwrap_or_default();
    Ok(Place { of: named(of)?, camera })
}

impl From<SuspensionError> for Refusal {
    fn from(error: SuspensionError) -> Self {
        match error {
            SuspensionError::Store(error) => store_failed(&error),
            SuspensionError::Audit(error) => nothing_done(&error),
            SuspensionError::Invalid(words) => Self::worded(&words),
            SuspensionError::Unknown => Self::of(StatusCode::NOT_FOUND, "unknown_place"),
            SuspensionError::Done(state) => {
                Self::of(StatusCode::CONFLICT, "done_already").with("state", state)
            }
        }
    }
}

fn no_token(error: &EnrolmentError) -> Refusal {
    match error {
        EnrolmentError::NotConfigured => Refusal::of(StatusCode::CONFLICT, "no_enrolment"),
        EnrolmentError::Store(error) => store_failed(error),
        error => failed(error),
    }
}
