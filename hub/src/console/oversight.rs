//! Oversight: which policy holds where, what was published, who did what, whether the log is whole, and what people's
//! reviews add up to.
//!
//! Invariant: each look is in the audit log, with its reason, before anything is shown; verifying reads beside the async
//! threads, once at a time, and nobody waits for the end of it longer than [`PATIENCE`].

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::http::StatusCode;
use axum::response::Response;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Deserialize;
use tokio::sync::{Semaphore, watch};
use velum_policy::audit::{AuditError, Period, Report, Subject, Timestamp};
use velum_policy::diff::PolicyDiff;

use super::guard::Refusal;
use super::logins::Visitor;
use super::routes::{Answer, failed, not_logged, store_failed, understood};
use super::view::{CheckpointView, DiffView, OversightView, VerifiedView};
use super::{Console, download};
use crate::access::{NoOversight, Overseer};
use crate::audit::{AuditFailure, Wanted};
use crate::identity::Person;
use crate::policies::Published;
use crate::reviews::figures;
use crate::store::CountedAlerts;

/// As many entries of the log are shown.
const ENTRIES: usize = 200;
const WEEKS_MS: i64 = 8 * 7 * 86_400_000;
/// Whoever asks waits so long for a verification, and asks again.
const PATIENCE: Duration = Duration::from_secs(50);

/// The verification of the log: one at a time, for everybody who asks.
#[derive(Debug)]
pub(super) struct Verification {
    turn: Arc<Semaphore>,
    newest: watch::Sender<Option<Arc<Verified>>>,
}

/// What was found, and when.
#[derive(Debug)]
pub(super) struct Verified {
    pub(super) unix_ms: i64,
    pub(super) report: Result<Report, AuditFailure>,
}

impl Default for Verification {
    fn default() -> Self {
        Self { turn: Arc::new(Semaphore::new(1)), newest: watch::Sender::default() }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LookRequest {
    /// Why: the file number, where the policy wants one.
    #[serde(default)]
    justification: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CompareRequest {
    #[serde(default)]
    justification: String,
    /// Digests of two versions of one policy.
    old: String,
    new: String,
}

/// All that the page begins with.
pub(super) async fn look(
    State(console): State<Arc<Console>>,
    visitor: Visitor,
    body: Result<Json<LookRequest>, JsonRejection>,
) -> Answer<OversightView> {
    let overseer = overseer(&console, &visitor, &understood(body)?.justification).await?;
    let parts = &console.parts;
    let logged = parts.audit.overseen(&overseer, Subject::AuditLog, "looked at the page of oversight").await;
    logged.map_err(|error| not_logged(&error))?;
    let (now_unix_ms, library) = (parts.clock.unix_ms(), Arc::clone(&parts.library.borrow()));
    let boxes = parts.store.box_policies().await.map_err(|error| store_failed(&error))?;
    let summary = parts.store.summary(now_unix_ms).await.map_err(|error| store_failed(&error))?;
    let entries = parts.audit.newest(ENTRIES).await.map_err(|error| failed(&error))?;
    let counted = match overseer.may.sees_counts {
        true => Some(counted(&console, &overseer, now_unix_ms).await?),
        false => None,
    };
    let is_connected = |name: &str| parts.sessions.is_connected(name);
    let mut view = OversightView::of_policies(&library, now_unix_ms, (&boxes, &summary), is_connected);
    view.add_entries(&entries, overseer.may.since_unix_ms(now_unix_ms), parts.audit.public_key());
    view.add_waiting(parts.store.waiting_changes().await.map_err(|error| store_failed(&error))?);
    if overseer.may.sees_counts {
        view.add_left(&parts.store.box_states().await.map_err(|error| store_failed(&error))?);
    }
    view.add_figures(counted.map(|counted| (figures(counted.alerts), counted.is_cut)));
    Ok(Json(view))
}

async fn counted(console: &Console, by: &Overseer, now_unix_ms: i64) -> Result<CountedAlerts, Refusal> {
    let since_unix_ms = now_unix_ms.saturating_sub(WEEKS_MS).max(by.may.since_unix_ms(now_unix_ms));
    console.parts.store.counted_alerts(since_unix_ms).await.map_err(|error| store_failed(&error))
}

/// What is said otherwise in one version of a policy than in another.
pub(super) async fn compare(
    State(console): State<Arc<Console>>,
    visitor: Visitor,
    body: Result<Json<CompareRequest>, JsonRejection>,
) -> Answer<DiffView> {
    let CompareRequest { justification, old, new } = understood(body)?;
    let overseer = overseer(&console, &visitor, &justification).await?;
    let (old, new) = (version(&console, &old)?, version(&console, &new)?);
    let what = format!(
        "compared versions {} and {} of the policy",
        old.policy().resolved().version,
        new.policy().resolved().version
    );
    let logged = console.parts.audit.overseen(&overseer, Subject::Policy, &what).await;
    logged.map_err(|error| not_logged(&error))?;
    // As of the day on which it was signed, or rather published.
    let at =
        jiff::Timestamp::from_millisecond(new.published_unix_ms()).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    let compared = tokio::task::spawn_blocking(move || {
        DiffView::of(&PolicyDiff::between(old.policy().file(), new.policy().file(), at))
    });
    compared.await.map(Json).map_err(|error| failed(&error))
}

fn version(console: &Console, digest: &str) -> Result<Arc<Published>, Refusal> {
    let unknown = || Refusal::of(StatusCode::NOT_FOUND, "unknown_policy");
    let digest = hex::decode(digest).map_err(|_| unknown())?;
    console.parts.library.borrow().find(&digest).cloned().ok_or_else(unknown)
}

/// Reads the whole log, or waits for whoever does.
pub(super) async fn verify(
    State(console): State<Arc<Console>>,
    visitor: Visitor,
    body: Result<Json<LookRequest>, JsonRejection>,
) -> Answer<VerifiedView> {
    let overseer = overseer(&console, &visitor, &understood(body)?.justification).await?;
    let logged = console.parts.audit.overseen(&overseer, Subject::AuditLog, "verified the audit log").await;
    logged.map_err(|error| not_logged(&error))?;
    let verification = &console.verification;
    let mut newest = verification.newest.subscribe();
    newest.mark_unchanged();
    if let Ok(turn) = Arc::clone(&verification.turn).try_acquire_owned() {
        let (console, newest) = (Arc::clone(&console), verification.newest.clone());
        // To the end, though who asked has gone.
        tokio::spawn(async move {
            let report = console.parts.audit.verify().await;
            let unix_ms = console.parts.clock.unix_ms();
            newest.send_replace(Some(Arc::new(Verified { unix_ms, report })));
            drop(turn);
        });
    }
    let is_done = matches!(tokio::time::timeout(PATIENCE, newest.changed()).await, Ok(Ok(())));
    let verified = newest.borrow().clone().filter(|_| is_done);
    match verified.as_deref() {
        None => Ok(Json(VerifiedView::running())),
        Some(Verified { unix_ms, report: Ok(report) }) => Ok(Json(VerifiedView::of(report, *unix_ms))),
        Some(Verified { report: Err(error), .. }) => Err(failed(error)),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PackRequest {
    #[serde(default)]
    justification: String,
    /// The first day and the last, UTC: `2026-12-01`.
    from: String,
    to: String,
}

/// The audit pack of some days, as a file.
pub(super) async fn pack(
    State(console): State<Arc<Console>>,
    visitor: Visitor,
    body: Result<Json<PackRequest>, JsonRejection>,
) -> Result<Response, Refusal> {
    let PackRequest { justification, from, to } = understood(body)?;
    let overseer = overseer(&console, &visitor, &justification).await?;
    let parts = &console.parts;
    let since_unix_ms = overseer.may.since_unix_ms(parts.clock.unix_ms());
    let (from, to) = (day("from", &from)?, day("to", &to)?);
    let period =
        period(from, to, since_unix_ms).map_err(|code| Refusal::of(StatusCode::BAD_REQUEST, code))?;
    let Ok(turn) = Arc::clone(&console.packing).try_acquire_owned() else {
        return Err(Refusal::of(StatusCode::TOO_MANY_REQUESTS, "pack_busy").later(PATIENCE));
    };
    let what = format!("took the audit pack of {from} to {to}");
    let logged = parts.audit.overseen(&overseer, Subject::AuditLog, &what).await;
    logged.map_err(|error| not_logged(&error))?;
    let library = Arc::clone(&parts.library.borrow());
    let console = Arc::clone(&console);
    // To the end, though who asked has gone: two at once would be in each other's way.
    let made = tokio::spawn(async move {
        let made = console.parts.audit.pack(Wanted { period, policies: library.to_files() }).await;
        drop(turn);
        made
    });
    let archive = match tokio::time::timeout(PATIENCE, made).await {
        Ok(Ok(Ok(archive))) => archive,
        Ok(Ok(Err(AuditFailure::Log(AuditError::NotExportable { .. })))) => {
            return Err(Refusal::of(StatusCode::CONFLICT, "pack_empty"));
        }
        Ok(Ok(Err(error))) if error.is_too_large() => return Err(too_much()),
        Ok(Ok(Err(error))) => return Err(failed(&error)),
        Ok(Err(error)) => return Err(failed(&error)),
        Err(_) => return Err(too_much()),
    };
    Ok(download::zip(archive, &format!("velum-audit-pack-{from}-to-{to}.zip")))
}

fn too_much() -> Refusal {
    Refusal::of(StatusCode::PAYLOAD_TOO_LARGE, "pack_too_large")
}

fn day(field: &str, text: &str) -> Result<Date, Refusal> {
    text.parse().map_err(|_| Refusal::invalid(field, "a day such as 2026-12-01", "another text"))
}

/// Whole days, and none that the person may not look back at.
fn period(from: Date, to: Date, since_unix_ms: i64) -> Result<Period, &'static str> {
    let begin = |day: Date| Some(day.to_zoned(TimeZone::UTC).ok()?.timestamp().as_second());
    let (Some(first), Some(end)) = (begin(from), to.tomorrow().ok().and_then(begin)) else {
        return Err("pack_days");
    };
    if first >= end {
        return Err("pack_days");
    }
    let since = since_unix_ms.max(0).div_euclid(1_000);
    if end <= since {
        return Err("pack_too_old");
    }
    let at = Timestamp::from_unix_secs;
    Ok(Period { from: at(first.max(since)), to: at(end), newest: None })
}

/// Signs what the log is now, to be kept elsewhere.
pub(super) async fn checkpoint(
    State(console): State<Arc<Console>>,
    visitor: Visitor,
    body: Result<Json<LookRequest>, JsonRejection>,
) -> Answer<CheckpointView> {
    let overseer = overseer(&console, &visitor, &understood(body)?.justification).await?;
    let what = "took a checkpoint of the audit log, to keep it elsewhere";
    let logged = console.parts.audit.overseen(&overseer, Subject::AuditLog, what).await;
    logged.map_err(|error| not_logged(&error))?;
    let signed = console.parts.audit.checkpoint().await.map_err(|error| failed(&error))?;
    Ok(Json(CheckpointView::of(&signed)))
}

/// Lets a person oversee, or says why not; a refusal is logged.
async fn overseer(console: &Console, visitor: &Visitor, why: &str) -> Result<Overseer, Refusal> {
    console.logins.touch(visitor, console.parts.clock.instant());
    let person = Person::Console(visitor.user.clone());
    let error = match console.parts.access.overseer(&person, why).await {
        Ok(overseer) => return Ok(overseer),
        Err(error) => error,
    };
    match error {
        NoOversight::NotYours => {
            let rule = "audit_log";
            let logged = console.parts.audit.read_refused(&person, None, Subject::AuditLog, rule).await;
            logged.map_err(|error| not_logged(&error))?;
            Err(Refusal::of(StatusCode::FORBIDDEN, "log_not_yours"))
        }
        NoOversight::NoReason => Err(Refusal::of(StatusCode::BAD_REQUEST, "no_reason")),
        NoOversight::Refused(refused) => Err(refused.into()),
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_pack_is_of_whole_days_and_of_none_beyond_what_the_policy_gives() {
        let days = |from, to, since_ms| {
            period(from, to, since_ms).map(|found| (found.from.unix_secs(), found.to.unix_secs()))
        };
        let (first, second) = (date(2026, 12, 1), date(2026, 12, 2));
        let begin = 1_796_083_200;
        assert_eq!(days(first, first, i64::MIN), Ok((begin, begin + 86_400)));
        assert_eq!(days(first, second, i64::MIN), Ok((begin, begin + 2 * 86_400)));
        assert_eq!(days(first, second, (begin + 60) * 1_000), Ok((begin + 60, begin + 2 * 86_400)));
        assert_eq!(days(second, first, i64::MIN), Err("pack_days"));
        assert_eq!(days(first, first, (begin + 86_400) * 1_000), Err("pack_too_old"));
        assert_eq!(days(first, Date::MAX, i64::MIN), Err("pack_days"));
    }
}
