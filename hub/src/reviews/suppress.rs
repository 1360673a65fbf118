//! After a decided review: no alert at that place for some days, by whoever may say what the alert was; and alerts again.
//!
//! The policy need not allow it by a key of its own: the box tells less by it and never more, it ends by itself, and who may
//! do it is decided by whom the policy lets review the alert. What it costs is that a bag put down there is not found.
//! Invariant: nothing of what people wrote goes to the box, codes alone.

use velum_policy::EventField;
use velum_policy::audit::Outcome as LogOutcome;
use velum_proto::v1::suppression_receipt::Outcome;
use velum_proto::v1::{EventKind, Verdict};

use super::desk::{AlertAsk, ReviewDesk, ReviewError, name_of};
use crate::access::{Action, Ask, Reader, Why};
use crate::identity::Name;
use crate::pending::random_id;
use crate::store::{FoundEvent, SUPPRESSIONS, StoreError, SuppressionRow};

const DAY_MS: i64 = 86_400_000;
/// The longest.
pub(crate) const MAX_DAYS: u32 = 30;
/// As on the box.
const MAX_OF_CAMERA: usize = 32;
/// What is over stays to be seen for so long.
const SEEN_FOR_MS: i64 = DAY_MS;

/// What a suppression may rest on.
fn says_nothing_is_there(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::Reflection | Verdict::Shadow | Verdict::FurnitureOrBin | Verdict::KnownObject)
}

/// How a suppression stands, as one person may see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SeenSuppression {
    pub(crate) row: SuppressionRow,
    /// Whether the policy tells this person what was decided.
    pub(crate) tells_verdict: bool,
    /// Whether it tells by which role.
    pub(crate) tells_role: bool,
    /// Whether it tells when.
    pub(crate) tells_time: bool,
}

impl ReviewDesk {
    /// No alert at the place of this one for so many days.
    ///
    /// # Errors
    /// [`ReviewError`].
    pub(crate) async fn suppress(&self, ask: &AlertAsk, days: u32) -> Result<(), ReviewError> {
        if !(1..=MAX_DAYS).contains(&days) {
            let (field, expected) = ("days", "1 to 30");
            return Err(ReviewError::Invalid { field, expected, found: days.to_string() });
        }
        let what = format!("no alert at its place for {days} days");
        let _turn = self.lock().await?;
        let by = self.admit(ask, "", &what).await?;
        let verdict = self.ground(&by.found, &by.event_id).await?;
        let now_unix_ms = self.now().1;
        self.has_room(&by.found, now_unix_ms).await?;
        let order_id = random_id().ok_or(ReviewError::Store)?;
        let what = format!("{what}, after {}: order {}", name_of(verdict), hex::encode(order_id));
        self.log(&by, &what, LogOutcome::Allowed).await?;
        let row = SuppressionRow {
            order_id,
            r#box: by.found.of.to_string(),
            event_id: by.event_id.to_vec(),
            camera: by.found.event.camera.clone(),
            verdict,
            days,
            role: by.role,
            ordered_unix_ms: now_unix_ms,
            until_unix_ms: now_unix_ms.saturating_add(i64::from(days) * DAY_MS),
            lifted_role: None,
            lifted_unix_ms: None,
            outcome: Outcome::Unspecified,
            number: 0,
            reason: String::new(),
        };
        Ok(self.store().add_suppression(&row, &ask.person.to_string()).await?)
    }

    /// Alerts at that place again. Whoever reads alerts in the control room may: more is told by it, and not less.
    ///
    /// # Errors
    /// [`ReviewError`].
    pub(crate) async fn lift(&self, ask: &AlertAsk, order_id: &[u8]) -> Result<(), ReviewError> {
        let _turn = self.lock().await?;
        let why = Why { purpose: ask.purpose.clone(), justification: String::new() };
        let reader = self.reader(ask, Ask { action: Action::Read, why }).await?;
        let row = self.store().suppression(order_id).await?;
        let row = row.filter(|_| is_inside(&reader)).ok_or(ReviewError::UnknownAlert)?;
        if !row.is_open(self.now().1) || row.lifted_unix_ms.is_some() {
            return Ok(());
        }
        let event_id = <[u8; 16]>::try_from(row.event_id.as_slice()).unwrap_or_default();
        let role = reader.recipient().unwrap_or_default();
        let what = format!("alerts at its place again: order {}", hex::encode(row.order_id));
        let who = (Some(role.clone()), event_id);
        self.audit().of_alert(&reader, who, &what, LogOutcome::Allowed).await?;
        Ok(self.store().lift_suppression(&row.order_id, &role, self.now().1).await?)
    }

    /// Those that are in force, wait, or ended a moment ago, as this person may see them; none for whoever is shown no alert.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub(crate) async fn suppressions(&self, reader: &Reader) -> Result<Vec<SeenSuppression>, StoreError> {
        if !is_inside(reader) {
            return Ok(Vec::new());
        }
        let now_unix_ms = self.now().1;
        let rows = self.store().suppressions(now_unix_ms.saturating_sub(SEEN_FOR_MS)).await?;
        let mut seen = Vec::with_capacity(rows.len());
        for row in rows {
            // That a place is left out is told as coverage is; of a review no more than of the alert itself.
            let found = self.store().event(&row.event_id).await?;
            let fields = found.map(|found| reader.fields_of(&found, now_unix_ms)).unwrap_or_default();
            seen.push(SeenSuppression {
                row,
                tells_verdict: fields.contains(&EventField::ReviewOutcome),
                tells_role: fields.contains(&EventField::ReviewerRole),
                tells_time: fields.contains(&EventField::Time),
            });
        }
        Ok(seen)
    }

    /// The decided verdict on which it rests.
    async fn ground(&self, found: &FoundEvent, event_id: &[u8; 16]) -> Result<Verdict, ReviewError> {
        let refused = |why| Err(ReviewError::NotSuppressible { why });
        if found.event.kind() != EventKind::AbandonedObject {
            return refused("only an abandoned object has a place");
        }
        if found.event.staged.is_some() {
            return refused("what was staged says nothing of the place");
        }
        let row = self.store().alert(event_id).await?;
        match row.decided().map(|said| said.verdict) {
            Some(verdict) if says_nothing_is_there(verdict) => Ok(verdict),
            Some(_) => refused(
                "it was not decided to be a reflection, a shadow, furniture or a bin, or a known object",
            ),
            None => refused("it is not decided yet"),
        }
    }

    async fn has_room(&self, found: &FoundEvent, now_unix_ms: i64) -> Result<(), ReviewError> {
        let abilities = self.store().abilities(&found.of).await?;
        if !abilities.understands.iter().any(|one| one == SUPPRESSIONS) {
            return Err(ReviewError::Outdated { r#box: found.of.clone() });
        }
        let rows = self.store().suppressions(now_unix_ms).await?;
        let mut open = rows.iter().filter(|row| row.is_open(now_unix_ms) && row.r#box == found.of.as_str());
        if open.clone().any(|row| row.event_id == found.event.id) {
            return Err(ReviewError::NotSuppressible { why: "its place is left out already" });
        }
        if open.by_ref().filter(|row| row.camera == found.event.camera).count() >= MAX_OF_CAMERA {
            let why = "the camera has 32 such places already; lift some, or have its zone drawn around them";
            return Err(ReviewError::NotSuppressible { why });
        }
        Ok(())
    }
}

/// Whether somebody is shown alerts, in the control room.
fn is_inside(reader: &Reader) -> bool {
    reader.kept_out().is_none() && !reader.is_beyond_control_room()
}

/// Which box does not know the order.
pub(super) fn outdated(name: &Name) -> String {
    format!(
        "the box `{name}` runs a program that does not know this order yet; update it, or let it connect once"
    )
}
