//! Which person asks, where more than a login is needed: somebody of the control room, or an administrator.

use axum::http::StatusCode;

use super::Console;
use super::guard::Refusal;
use super::logins::Visitor;
use super::routes::{not_logged, store_failed};
use crate::identity::Person;

/// The person, and whether they are an administrator; a refusal where they are beyond the control room. Everybody else
/// sees which cameras there are and how they are, recipient or not.
pub(super) async fn in_control_room(console: &Console, visitor: &Visitor) -> Result<(Person, bool), Refusal> {
    let (person, access) = (Person::Console(visitor.user.clone()), &console.parts.access);
    access.is_recipient(&person).await?;
    let is_administrator = access.is_administrator(&person).await.map_err(|error| store_failed(&error))?;
    Ok((person, is_administrator))
}

/// The person, where they are an administrator. That somebody else tried is logged.
pub(super) async fn administrator(
    console: &Console,
    visitor: &Visitor,
    what: &str,
) -> Result<Person, Refusal> {
    console.logins.touch(visitor, console.parts.clock.instant());
    let (person, parts) = (Person::Console(visitor.user.clone()), &console.parts);
    if parts.access.is_administrator(&person).await.map_err(|error| store_failed(&error))? {
        return Ok(person);
    }
    let logged = parts.audit.no_administrator(&person, what).await;
    logged.map_err(|error| not_logged(&error))?;
    Err(Refusal::of(StatusCode::FORBIDDEN, "not_administrator"))
}
