//! Plans of sites: everybody of the control room sees where cameras stand, as they see how cameras are; administrators
//! upload, place and remove.
//!
//! Invariants: what an administrator does is in the audit log before it is done; an uploaded file is decoded one at a time,
//! after its sender is known, and served only as this hub drew it anew.

use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse as _, Response};
use serde::{Deserialize, Serialize};
use velum_policy::audit::Outcome;

use super::Console;
use super::alerts::Done;
use super::guard::{Refusal, long_body};
use super::logins::Visitor;
use super::people::{administrator, in_control_room};
use super::routes::{Answer, failed, not_logged, store_failed, understood};
use super::view::{PlaceView, PlansView};
use crate::identity::{Name, Person};
use crate::plans::{
    self, InvalidPlan, MOST_BYTES, MOST_CAMERAS, MOST_PLANS, Picture, PictureError, PlanTitle,
};
use crate::record::NAME_BYTES;
use crate::store::{CameraPlace, PlanChange, PlanRow};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct UploadQuery {
    #[serde(default)]
    name: String,
    #[serde(default)]
    site: String,
    /// To draw an older plan anew: its number, and its newest version.
    plan: Option<u64>,
    #[serde(default)]
    version: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TitleRequest {
    plan: u64,
    version: u64,
    name: String,
    site: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PlaceRequest {
    plan: u64,
    version: u64,
    cameras: Vec<PlaceView>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RemoveRequest {
    plan: u64,
    version: u64,
}

#[derive(Serialize)]
pub(super) struct UploadedView {
    plan: u64,
}

/// All plans, without their pictures.
pub(super) async fn look(State(console): State<Arc<Console>>, visitor: Visitor) -> Answer<PlansView> {
    let (_, is_administrator) = in_control_room(&console, &visitor).await?;
    let plans = console.parts.store.plans().await.map_err(|error| store_failed(&error))?;
    Ok(Json(PlansView::of(&plans, is_administrator)))
}

/// The picture of one.
pub(super) async fn picture(
    State(console): State<Arc<Console>>,
    visitor: Visitor,
    Path(plan): Path<u64>,
) -> Result<Response, Refusal> {
    in_control_room(&console, &visitor).await?;
    let png = console.parts.store.plan_png(plan).await.map_err(|error| store_failed(&error))?;
    let png = png.ok_or_else(|| no_change(PlanChange::Unknown))?;
    Ok(([(CONTENT_TYPE, "image/png")], png).into_response())
}

/// A new plan, or a new picture of an older one.
pub(super) async fn upload(
    State(console): State<Arc<Console>>,
    visitor: Visitor,
    query: Result<Query<UploadQuery>, QueryRejection>,
    body: Body,
) -> Answer<UploadedView> {
    let Query(query) = query.map_err(|_| Refusal::of(StatusCode::BAD_REQUEST, "not_understood"))?;
    let person = administrator(&console, &visitor, "uploaded a plan of a site").await?;
    let busy = || Refusal::of(StatusCode::SERVICE_UNAVAILABLE, "plan_busy");
    // Before the file is read: the hub holds one at a time.
    let turn = Arc::clone(&console.decoding).try_acquire_owned().map_err(|_| busy())?;
    let file = long_body(body, MOST_BYTES).await?;
    // It ends by itself, whether or not somebody waits: its memory is not free before.
    let drawing = tokio::task::spawn_blocking(move || {
        let drawn = plans::drawn_anew(&file);
        drop(turn);
        drawn
    });
    let picture = drawing.await.map_err(|error| damaged(&error))??;
    let plan = match query.plan {
        Some(plan) => redraw(&console, &person, (plan, query.version), &picture).await?,
        None => add(&console, &person, &PlanTitle::parse(&query.name, &query.site)?, &picture).await?,
    };
    Ok(Json(UploadedView { plan }))
}

async fn add(console: &Console, by: &Person, title: &PlanTitle, picture: &Picture) -> Result<u64, Refusal> {
    let plans = console.parts.store.plans().await.map_err(|error| store_failed(&error))?;
    if plans.len() >= MOST_PLANS {
        return Err(Refusal::worded(&format!("a hub keeps at most {MOST_PLANS} plans; remove one first")));
    }
    if plans.iter().any(|plan| plan.title.name == title.name) {
        return Err(no_change(PlanChange::NameTaken));
    }
    let what = format!("uploaded the plan `{}` of `{}`, {}", title.name, title.site, size(picture));
    log(console, by, &what).await?;
    let added = console.parts.store.add_plan(title, picture).await.map_err(|error| store_failed(&error))?;
    added.ok_or_else(|| no_change(PlanChange::NameTaken))
}

async fn redraw(
    console: &Console,
    by: &Person,
    (plan, version): (u64, u64),
    picture: &Picture,
) -> Result<u64, Refusal> {
    let row = newest(console, plan, version).await?;
    log(console, by, &format!("put another picture into the plan `{}`, {}", row.title.name, size(picture)))
        .await?;
    let change = console.parts.store.redraw_plan((plan, version), picture).await;
    done(change.map_err(|error| store_failed(&error))?)?;
    Ok(plan)
}

/// Another name or site of a plan.
pub(super) async fn retitle(
    State(console): State<Arc<Console>>,
    visitor: Visitor,
    body: Result<Json<TitleRequest>, JsonRejection>,
) -> Answer<Done> {
    let TitleRequest { plan, version, name, site } = understood(body)?;
    let person = administrator(&console, &visitor, "renamed a plan of a site").await?;
    let (title, row) = (PlanTitle::parse(&name, &site)?, newest(&console, plan, version).await?);
    let what = format!(
        "renamed the plan `{}` of `{}` to `{}` of `{}`",
        row.title.name, row.title.site, title.name, title.site
    );
    log(&console, &person, &what).await?;
    let change = console.parts.store.retitle_plan((plan, version), &title).await;
    done(change.map_err(|error| store_failed(&error))?).map(Json)
}

/// Where all cameras of a plan stand from now on.
pub(super) async fn place(
    State(console): State<Arc<Console>>,
    visitor: Visitor,
    body: Result<Json<PlaceRequest>, JsonRejection>,
) -> Answer<Done> {
    let person = administrator(&console, &visitor, "placed cameras on a plan of a site").await?;
    let PlaceRequest { plan, version, cameras } = understood(body)?;
    let cameras = places(cameras)?;
    let row = newest(&console, plan, version).await?;
    let what = format!("on the plan `{}`: {}", row.title.name, difference(&row.cameras, &cameras));
    log(&console, &person, &what).await?;
    let change = console.parts.store.place_cameras((plan, version), &cameras).await;
    done(change.map_err(|error| store_failed(&error))?).map(Json)
}

/// Deletes a plan.
pub(super) async fn remove(
    State(console): State<Arc<Console>>,
    visitor: Visitor,
    body: Result<Json<RemoveRequest>, JsonRejection>,
) -> Answer<Done> {
    let RemoveRequest { plan, version } = understood(body)?;
    let person = administrator(&console, &visitor, "removed a plan of a site").await?;
    let row = newest(&console, plan, version).await?;
    log(&console, &person, &format!("removed the plan `{}` of `{}`", row.title.name, row.title.site)).await?;
    let change = console.parts.store.remove_plan((plan, version)).await;
    done(change.map_err(|error| store_failed(&error))?).map(Json)
}

/// The plan, if that is its newest version: the log says nothing that is not done.
async fn newest(console: &Console, plan: u64, version: u64) -> Result<PlanRow, Refusal> {
    let plans = console.parts.store.plans().await.map_err(|error| store_failed(&error))?;
    let row = plans.into_iter().find(|row| row.plan == plan);
    let row = row.ok_or_else(|| no_change(PlanChange::Unknown))?;
    if row.version == version { Ok(row) } else { Err(no_change(PlanChange::Outdated)) }
}

async fn log(console: &Console, by: &Person, what: &str) -> Result<(), Refusal> {
    let logged = console.parts.audit.plan_changed(by, what, Outcome::Allowed).await;
    logged.map_err(|error| not_logged(&error))
}

/// Each camera once, with values that can be.
fn places(of: Vec<PlaceView>) -> Result<Vec<CameraPlace>, Refusal> {
    if of.len() > MOST_CAMERAS {
        return Err(Refusal::worded(&format!(
            "cameras: expected at most {MOST_CAMERAS} on one plan, found {}",
            of.len()
        )));
    }
    let mut places: Vec<CameraPlace> = Vec::with_capacity(of.len());
    for one in of {
        let place = CameraPlace::from(one);
        Name::parse(&place.r#box).map_err(|error| Refusal::worded(&format!("box: {error}")))?;
        let camera = &place.camera;
        if camera.is_empty() || camera.len() > NAME_BYTES || camera.chars().any(char::is_control) {
            return Err(Refusal::worded(
                "camera: expected the name of a camera as its box reports it, found another text",
            ));
        }
        let placed = place.placed.checked()?;
        if places.iter().any(|other| (&other.r#box, &other.camera) == (&place.r#box, &place.camera)) {
            return Err(Refusal::worded(&format!(
                "cameras: `{}` of `{}` is there twice",
                place.camera, place.r#box
            )));
        }
        places.push(CameraPlace { placed, ..place });
    }
    Ok(places)
}

/// What is otherwise than before, for the log.
fn difference(before: &[CameraPlace], after: &[CameraPlace]) -> String {
    let is_of = |a: &CameraPlace, b: &CameraPlace| (&a.r#box, &a.camera) == (&b.r#box, &b.camera);
    let name = |one: &CameraPlace| format!("{}/{}", one.r#box, one.camera);
    let new: Vec<_> = after.iter().filter(|one| !before.iter().any(|other| is_of(one, other))).collect();
    let gone: Vec<_> = before.iter().filter(|one| !after.iter().any(|other| is_of(one, other))).collect();
    let moved: Vec<_> = after
        .iter()
        .filter(|one| before.iter().any(|other| is_of(one, other) && one.placed != other.placed))
        .collect();
    let part = |word: &str, of: &[&CameraPlace]| {
        let names: Vec<_> = of.iter().map(|one| name(one)).collect();
        (!names.is_empty()).then(|| format!("{word} {} ({})", names.len(), names.join(", ")))
    };
    let parts = [part("placed", &new), part("moved", &moved), part("took away", &gone)];
    let words = parts.into_iter().flatten().collect::<Vec<_>>().join("; ");
    if words.is_empty() { "nothing was changed".to_owned() } else { words }
}

fn size(of: &Picture) -> String {
    format!("{} x {} pixels", of.width_px, of.height_px)
}

fn done(change: PlanChange) -> Result<Done, Refusal> {
    if change == PlanChange::Done { Ok(Done {}) } else { Err(no_change(change)) }
}

fn no_change(change: PlanChange) -> Refusal {
    match change {
        PlanChange::Done => Refusal::of(StatusCode::INTERNAL_SERVER_ERROR, "failed"),
        PlanChange::Unknown => Refusal::of(StatusCode::NOT_FOUND, "unknown_plan"),
        PlanChange::Outdated => Refusal::of(StatusCode::CONFLICT, "plan_outdated"),
        PlanChange::NameTaken => Refusal::of(StatusCode::CONFLICT, "name_taken"),
    }
}

impl From<InvalidPlan> for Refusal {
    fn from(error: InvalidPlan) -> Self {
        Refusal::worded(&error.to_string())
    }
}

impl From<PictureError> for Refusal {
    fn from(error: PictureError) -> Self {
        Refusal::worded(&error.to_string())
    }
}

/// The decoder gave up in a way that it should not: the hub goes on.
fn damaged(error: &tokio::task::JoinError) -> Refusal {
    if error.is_panic() {
        tracing::warn!("an uploaded plan ended its decoder");
        return Refusal::worded("file: it cannot be read as a picture; export the plan anew as PNG");
    }
    failed(error)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plans::Placed;

    fn camera(name: &str, x_fraction: f64) -> CameraPlace {
        let placed = Placed {
            x_fraction,
            y_fraction: 0.5,
            heading_degrees: 90.0,
            view_degrees: 60.0,
            reach_fraction: 0.2,
        };
        CameraPlace { r#box: "lobby".to_owned(), camera: name.to_owned(), placed }
    }

    #[test]
    fn the_log_names_what_was_placed_moved_and_taken_away() {
        let before = [camera("a", 0.1), camera("b", 0.1), camera("c", 0.1)];
        let after = [camera("a", 0.1), camera("b", 0.2), camera("d", 0.1)];
        assert_eq!(
            difference(&before, &after),
            "placed 1 (lobby/d); moved 1 (lobby/b); took away 1 (lobby/c)"
        );
        assert_eq!(difference(&before, &before), "nothing was changed");
    }
}
