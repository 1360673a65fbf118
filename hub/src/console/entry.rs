//! Coming in: logging in and out, and choosing a password by a one-time link.

use std::net::IpAddr;
use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Extension, State};
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use tokio::sync::Semaphore;
use zeroize::Zeroizing;

use super::guard::{COOKIE_NAME, Refusal};
use super::logins::Visitor;
use super::routes::{Answer, failed, not_logged, store_failed, understood};
use super::{Console, password};
use crate::identity::Name;
use crate::secret::digest;
use crate::store::{SetupState, UserRow};

/// Where a request comes from.
#[derive(Debug, Clone, Copy)]
pub(super) struct CameFrom(pub(super) IpAddr);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LoginRequest {
    name: String,
    password: Zeroizing<String>,
}

pub(super) async fn login(
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
        let code = match wait.as_secs() {
            0..59 => "too_many_attempts",
            _ => "too_many_attempts_minutes",
        };
        Refusal::of(StatusCode::TOO_MANY_REQUESTS, code).later(wait)
    })?;
    let Some(user) = holder(&console, &name, password).await? else {
        // The name is not logged: people type their password there.
        tracing::warn!(from = %from.0, "a log-in to the console was refused");
        return Err(Refusal::of(StatusCode::UNAUTHORIZED, "wrong_password"));
    };
    console.throttle.succeeded(&counted, from.0, now);
    console.parts.audit.logged_in(&user.name).await.map_err(|error| not_logged(&error))?;
    let unix_ms = console.parts.clock.unix_ms();
    console.parts.store.note_login(&user.name, unix_ms).await.map_err(|error| store_failed(&error))?;
    let secret = console.logins.open(&user, now).map_err(|error| failed(&error))?;
    tracing::info!(user = %user.name, from = %from.0, "a person logged in to the console");
    with_cookie(&format!("{COOKIE_NAME}={secret}; Path=/; Secure; HttpOnly; SameSite=Strict"))
}

/// The user of this name, if that is their password; takes as long where there is no such user.
async fn holder(
    console: &Arc<Console>,
    name: &str,
    password: Zeroizing<String>,
) -> Result<Option<UserRow>, Refusal> {
    let user = match Name::parse(name) {
        Ok(name) => console.parts.store.user(&name).await.map_err(|error| store_failed(&error))?,
        Err(_) => None,
    };
    let kept = user.as_ref().and_then(|user| user.password_hash.clone());
    let passwords = Arc::clone(console);
    let compare = move || Some(passwords.passwords.matches(&password, kept.as_deref()));
    let matches = hashed(&console.hashing, compare).await?;
    Ok(user.filter(|_| matches))
}

pub(super) async fn logout(
    State(console): State<Arc<Console>>,
    visitor: Visitor,
) -> Result<Response, Refusal> {
    console.logins.log_out(&visitor);
    with_cookie(&format!("{COOKIE_NAME}=; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=0"))
}

fn with_cookie(cookie: &str) -> Result<Response, Refusal> {
    let value = HeaderValue::from_str(cookie).map_err(|error| failed(&error))?;
    Ok(([(SET_COOKIE, value)], Json(Done {})).into_response())
}

#[derive(Serialize)]
pub(super) struct Done {}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LookRequest {
    token: String,
}

#[derive(Serialize)]
pub(super) struct SetupView {
    /// None: the first user chooses a name.
    name: Option<String>,
}

pub(super) async fn look_at_setup(
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
pub(super) struct SetupRequest {
    token: String,
    name: String,
    password: Zeroizing<String>,
}

pub(super) async fn set_up(
    State(console): State<Arc<Console>>,
    body: Result<Json<SetupRequest>, JsonRejection>,
) -> Answer<Done> {
    let SetupRequest { token, name, password } = understood(body)?;
    let now_unix_ms = console.parts.clock.unix_ms();
    let token = digest(&token);
    // Looked at first: hashing is dear, and only whoever holds a link may cause it.
    let state = console.parts.store.setup_state(&token, now_unix_ms).await;
    let state = state.map_err(|error| store_failed(&error))?;
    if state == SetupState::Bad {
        return Err(bad_link());
    }
    let name = Name::parse(&name.trim().to_lowercase()).map_err(|_| bad_name(&name))?;
    if matches!(&state, SetupState::Of(of) if *of != name) {
        return Err(bad_link());
    }
    if let Some(shortcoming) = password::shortcoming(&password, name.as_str()) {
        return Err(Refusal::of(StatusCode::BAD_REQUEST, shortcoming));
    }
    let hash = hashed(&console.hashing, move || password::hash(&password)).await?;
    console.parts.audit.set_up(&name).await.map_err(|error| not_logged(&error))?;
    let first_roles = &console.config.first_user_recipients;
    let used = console.parts.store.use_setup(&token, &name, &hash, first_roles, now_unix_ms).await;
    if !used.map_err(|error| store_failed(&error))? {
        return Err(bad_link());
    }
    tracing::info!(user = %name, "a person chose a password for the console");
    Ok(Json(Done {}))
}

fn bad_link() -> Refusal {
    Refusal::of(StatusCode::GONE, "bad_link")
}

/// It is no name of a person or box.
pub(super) fn bad_name(name: &str) -> Refusal {
    Refusal::of(StatusCode::BAD_REQUEST, "bad_name").with("name", name)
}

/// Works on a thread of its own: hashing takes a tenth of a second, and 64 MiB.
///
/// The work holds its place itself: whoever asked may be gone long before it ends, and its memory is not free.
async fn hashed<T: Send + 'static>(
    places: &Arc<Semaphore>,
    work: impl FnOnce() -> Option<T> + Send + 'static,
) -> Result<T, Refusal> {
    let place = Arc::clone(places).acquire_owned().await.map_err(|error| failed(&error))?;
    let done = tokio::task::spawn_blocking(move || {
        let done = work();
        drop(place);
        done
    });
    let done = done.await.map_err(|error| failed(&error))?;
    done.ok_or_else(|| failed(&"a password could not be hashed"))
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[tokio::test]
    async fn who_goes_away_does_not_free_the_place_of_the_hash_that_goes_on() {
        let places = Arc::new(Semaphore::new(1));
        let (begun, begins) = tokio::sync::oneshot::channel();
        let (go_on, waits) = mpsc::channel::<()>();
        let asking = Arc::clone(&places);
        let asking = tokio::spawn(async move {
            let work = move || {
                begun.send(()).ok()?;
                waits.recv().ok()
            };
            hashed(&asking, work).await
        });
        begins.await.unwrap();
        asking.abort();
        assert!(asking.await.unwrap_err().is_cancelled());
        assert_eq!(places.available_permits(), 0, "the hash still has its memory");
        go_on.send(()).unwrap();
        assert_eq!(hashed(&places, || Some(1)).await, Ok(1), "and gives its place back at its end");
    }
}
