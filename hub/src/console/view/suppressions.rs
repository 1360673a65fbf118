//! Places at which boxes raise no alert for a time, as the page is told of them.

use serde::Serialize;

use crate::reviews::{SeenSuppression, name_of};

/// Those that are in force, wait, or ended in the last day; the newest first.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(in crate::console) struct SuppressionsView {
    suppressions: Vec<SuppressionView>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct SuppressionView {
    order_id: String,
    r#box: String,
    /// None where the policy does not tell it.
    camera: Option<String>,
    /// The event that raised the alert.
    event_id: String,
    /// None where the policy does not tell it to this person, or the alert is gone.
    verdict: Option<String>,
    role: Option<String>,
    days: u32,
    ordered_unix_ms: Option<i64>,
    until_unix_ms: i64,
    /// As the table `suppression_state` of the words names it.
    state: &'static str,
    /// Of a refusal: a code.
    reason: String,
    /// As the box lists it.
    number: u64,
}

impl SuppressionsView {
    pub(in crate::console) fn of(seen: Vec<SeenSuppression>, now_unix_ms: i64) -> Self {
        Self { suppressions: seen.into_iter().map(|one| view(one, now_unix_ms)).collect() }
    }
}

fn view(of: SeenSuppression, now_unix_ms: i64) -> SuppressionView {
    let SeenSuppression { row, tells_verdict, tells_role, tells_time } = of;
    SuppressionView {
        state: row.state(now_unix_ms),
        order_id: hex::encode(row.order_id),
        r#box: row.r#box,
        camera: row.camera,
        event_id: hex::encode(row.event_id),
        verdict: tells_verdict.then(|| name_of(row.verdict)),
        role: tells_role.then_some(row.role),
        days: row.days,
        ordered_unix_ms: tells_time.then_some(row.ordered_unix_ms),
        until_unix_ms: row.until_unix_ms,
        reason: row.reason,
        number: row.number,
    }
}
