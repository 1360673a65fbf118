//! When an alert that nobody decided is past its time: it is marked, or its content is erased, as the policy says.
//!
//! The time counts from when the event that raised it was stored; and not from before the hub began, or its clock was
//! set: then nobody could look, or nobody knows since when. So a clock that jumps ends nothing before its time.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::desk::ReviewDesk;
use super::owed::{Owed, raised_alert};
use crate::audit::AuditFailure;
use crate::policies::Library;
use crate::store::{FoundEvent, Selection, StoreError};

const INTERVAL: Duration = Duration::from_secs(1);
/// Above what two clocks differ by in good order.
const TOLERANCE_MS: i64 = 5_000;
const PAGE: u32 = 1_000;
/// So that people are not kept waiting by alerts that all end at once.
const AT_A_TIME: usize = 100;

/// Why what is past its time was left as it is.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LapseError {
    /// It cannot be logged.
    #[error(transparent)]
    Audit(#[from] AuditFailure),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Ends what is past its time, for ever.
pub(crate) async fn keep(desk: Arc<ReviewDesk>) {
    let mut ticks = tokio::time::interval(INTERVAL);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut keeper = Keeper::new(desk);
    loop {
        ticks.tick().await;
        // On several hubs, the one that leads does.
        if !keeper.desk.store().is_leading() {
            continue;
        }
        if let Err(error) = keeper.tick().await {
            tracing::error!(%error, "alerts that nobody reviewed could not be ended; tried again");
        }
    }
}

/// What waits for a review, in the order in which it came.
struct Keeper {
    desk: Arc<ReviewDesk>,
    cursor: u64,
    /// The last change of where an alert stands that was looked at.
    change: u64,
    /// By when it was stored, of which box, and the id of the event that raised it.
    waiting: BTreeMap<(i64, String, Vec<u8>), FoundEvent>,
    /// The policies by which `waiting` was chosen.
    begun: Vec<[u8; 32]>,
    last: (Instant, i64),
}

impl Keeper {
    fn new(desk: Arc<ReviewDesk>) -> Self {
        let last = desk.now();
        Self { desk, cursor: 0, change: 0, waiting: BTreeMap::new(), begun: Vec::new(), last }
    }

    async fn tick(&mut self) -> Result<(), LapseError> {
        let now_unix_ms = self.notice_time();
        let library = self.desk.library();
        let begun: Vec<[u8; 32]> =
            library.begun(now_unix_ms).map(|published| published.policy().digest()).collect();
        if self.begun != begun {
            self.change = self.desk.store().newest_alert_change().await?;
            (self.begun, self.cursor) = (begun, 0);
            self.waiting.clear();
        }
        if library.begun(now_unix_ms).any(|one| has_deadline(one.policy().file().document())) {
            self.follow(&library, now_unix_ms).await?;
            self.look_again(&library, now_unix_ms).await?;
            self.end(&library, now_unix_ms).await?;
        }
        self.desk.store().fold_if_owed().await?;
        Ok(())
    }

    /// The hub's time; where it jumped, deadlines count anew from here.
    fn notice_time(&mut self) -> i64 {
        let (now, now_unix_ms) = self.desk.now();
        let (last, last_unix_ms) = std::mem::replace(&mut self.last, (now, now_unix_ms));
        let passed = now.saturating_duration_since(last).as_millis();
        let passed_ms = i64::try_from(passed).unwrap_or(i64::MAX);
        let jumped_ms = now_unix_ms.saturating_sub(last_unix_ms).saturating_sub(passed_ms);
        if jumped_ms.saturating_abs() > TOLERANCE_MS {
            tracing::warn!(jumped_ms, "the wall clock jumped; the time to review alerts counts from now");
            self.desk.count_from(now_unix_ms);
        }
        now_unix_ms
    }

    /// Takes in what was stored since.
    async fn follow(&mut self, library: &Library, now_unix_ms: i64) -> Result<(), LapseError> {
        loop {
            let page = self.desk.store().page(self.cursor, PAGE, &Selection::default()).await?;
            for record in &page.records {
                self.cursor = record.cursor;
                if let Some(alert) = raised_alert(record) {
                    self.wait_for(alert, library, now_unix_ms);
                }
            }
            if page.next_cursor.is_none() {
                return Ok(());
            }
        }
    }

    /// Who takes a word back may make undecided what was decided before its time passed.
    async fn look_again(&mut self, library: &Library, now_unix_ms: i64) -> Result<(), LapseError> {
        loop {
            let changes = self.desk.store().alert_changes(self.change, PAGE).await?;
            let Some((last, _)) = changes.last() else { return Ok(()) };
            let last = *last;
            for (_, id) in &changes {
                if let Some(alert) = self.desk.store().event(id).await? {
                    self.wait_for(alert, library, now_unix_ms);
                }
            }
            self.change = last;
        }
    }

    /// Where the policy says that it must be reviewed within a time.
    fn wait_for(&mut self, alert: FoundEvent, library: &Library, now_unix_ms: i64) {
        if Owed::to(&alert.event, library, now_unix_ms).is_some_and(|owed| owed.deadline_ms.is_some()) {
            let key = (alert.stored_unix_ms, alert.of.to_string(), alert.event.id.clone());
            self.waiting.insert(key, alert);
        }
    }

    /// Ends what is past its time, as much of it as may be at a time.
    async fn end(&mut self, library: &Library, now_unix_ms: i64) -> Result<(), LapseError> {
        let is_due = |alert: &FoundEvent| {
            let owed = Owed::to(&alert.event, library, now_unix_ms);
            owed.and_then(|owed| self.desk.deadline_unix_ms(&owed, alert.stored_unix_ms))
                .is_none_or(|deadline_unix_ms| deadline_unix_ms <= now_unix_ms)
        };
        let due = self.waiting.iter().filter(|(_, alert)| is_due(alert)).map(|(key, _)| key.clone());
        for key in due.take(AT_A_TIME).collect::<Vec<_>>() {
            let Some(alert) = self.waiting.get(&key) else { continue };
            if let Some(owed) = Owed::to(&alert.event, library, now_unix_ms) {
                self.desk.end_unless_decided(alert, owed.lapse).await?;
            }
            self.waiting.remove(&key);
        }
        Ok(())
    }
}

fn has_deadline(document: &velum_policy::sections::Document) -> bool {
    document.human_oversight.as_ref().is_some_and(|oversight| oversight.review_deadline.is_some())
}

#[cfg(test)]
mod tests;
