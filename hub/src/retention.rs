//! When old records are deleted: at a time that can be believed.
//!
//! What is deleted is overwritten and cannot be had back, so a wall clock that jumped must not decide. Invariant:
//! nothing is deleted before the wall clock has advanced as the monotonic clock did for [`STEADY`], and a jump
//! begins that span anew; so nothing is deleted at the start either.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::audit::Audit;
use crate::clock::Clock;
use crate::reviews::Sealer;
use crate::store::{Store, StoreError};

const INTERVAL: Duration = Duration::from_secs(600);
const STEADY: Duration = Duration::from_secs(3_600);
/// Above what a clock is corrected by in good order, below what matters to a retention of days.
const TOLERANCE_MS: i64 = 3_600_000;
const DAY_MS: i64 = 86_400_000;

/// Deletes what is older than the retention, from time to time, for ever.
pub(crate) async fn keep(
    (store, sealer, audit): (Arc<Store>, Arc<Sealer>, Arc<Audit>),
    clock: Arc<dyn Clock>,
    retention_days: u32,
) {
    let mut ticks = tokio::time::interval(INTERVAL);
    let mut retention = Retention { retention_days, steady_since: None };
    loop {
        ticks.tick().await;
        match retention.tick(&store, clock.as_ref()).await {
            Ok(None) => {}
            Ok(Some(before_unix_ms)) => destroy_keys(&sealer, &audit, before_unix_ms, retention_days).await,
            Err(error) => tracing::error!(%error, "old records could not be deleted"),
        }
    }
}

/// What people wrote beside verdicts goes with the key of its day, in every backup too.
async fn destroy_keys(sealer: &Arc<Sealer>, audit: &Audit, before_unix_ms: i64, retention_days: u32) {
    let keys = Arc::clone(sealer);
    let destroyed = tokio::task::spawn_blocking(move || keys.destroy_before(before_unix_ms)).await;
    let days = match destroyed {
        Ok(Ok(days)) => days,
        Ok(Err(error)) => return tracing::error!(%error, "the keys of old texts could not be destroyed"),
        Err(error) => return tracing::error!(%error, "the keys of old texts were not destroyed to the end"),
    };
    if let Err(error) = audit.texts_erased(&days, retention_days).await {
        tracing::error!(%error, "that the keys of old texts are destroyed could not be written down");
    }
}

struct Retention {
    retention_days: u32,
    /// Both clocks at the first tick since which they have advanced alike.
    steady_since: Option<(Instant, i64)>,
}

impl Retention {
    /// Gives the moment before which everything is deleted; none where the clock cannot be believed.
    async fn tick(&mut self, store: &Store, clock: &dyn Clock) -> Result<Option<i64>, StoreError> {
        let Some(now_unix_ms) = self.believed_unix_ms(clock) else { return Ok(None) };
        let before_unix_ms = now_unix_ms.saturating_sub(i64::from(self.retention_days) * DAY_MS);
        // The keys of texts are each hub's own; all else is deleted by the one that leads.
        if !store.is_leading() {
            return Ok(Some(before_unix_ms));
        }
        let purged = store.purge(before_unix_ms, now_unix_ms).await?;
        if purged.records + purged.coverage_bins > 0 {
            tracing::info!(
                records = purged.records,
                coverage_bins = purged.coverage_bins,
                retention_days = self.retention_days,
                "old records were deleted; their numbers stay accounted for"
            );
        }
        Ok(Some(before_unix_ms))
    }

    /// The wall clock's time, once it has been steady for long enough.
    fn believed_unix_ms(&mut self, clock: &dyn Clock) -> Option<i64> {
        let (now, now_unix_ms) = (clock.instant(), clock.unix_ms());
        let Some((since, since_unix_ms)) = self.steady_since else {
            self.steady_since = Some((now, now_unix_ms));
            return None;
        };
        let passed = now.saturating_duration_since(since);
        let passed_ms = i64::try_from(passed.as_millis()).unwrap_or(i64::MAX);
        let jumped_ms = now_unix_ms.saturating_sub(since_unix_ms).saturating_sub(passed_ms);
        if jumped_ms.saturating_abs() > TOLERANCE_MS {
            self.steady_since = Some((now, now_unix_ms));
            tracing::warn!(
                jumped_ms,
                "the wall clock jumped; old records are deleted again when it has been steady for an hour"
            );
            return None;
        }
        (passed >= STEADY).then_some(now_unix_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::simulated::SimulatedClock;
    use crate::identity::Name;
    use crate::record::{Incarnation, ValidBin};
    use crate::store::Source;

    const START_UNIX_MS: i64 = 1_795_269_600_000;
    const TICK_MS: i64 = 600_000;
    const HOUR_MS: i64 = 3_600_000;

    /// Whether what was there at the start is still there after these moves of the clock, each followed by a tick.
    async fn check(name: &str, moves: &[(i64, i64)], is_kept: bool) {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&crate::tests::database::at(dir.path())).await.unwrap();
        store.lead_alone();
        let source = Source { name: Name::parse("lobby").unwrap(), incarnation: Incarnation([7; 16]) };
        let hour = ValidBin {
            camera: "plaza-1".to_owned(),
            hour_unix_secs: START_UNIX_MS / 1_000,
            payload: Vec::new(),
        };
        store.record_coverage(&source, &[hour], START_UNIX_MS).await.unwrap();
        let clock = SimulatedClock::at(START_UNIX_MS);
        let mut retention = Retention { retention_days: 1, steady_since: None };
        for (pass_ms, set_ms) in moves {
            clock.advance_ms(*pass_ms);
            clock.set_ms(*set_ms);
            retention.tick(&store, &clock).await.unwrap();
        }
        let left = store.purge(i64::MAX, clock.unix_ms()).await.unwrap().coverage_bins;
        assert_eq!(left == 1, is_kept, "{name}");
    }

    #[tokio::test]
    async fn only_a_steady_clock_deletes() {
        let (tick, year) = ((TICK_MS, 0), 365 * DAY_MS);
        check("young", &[(0, 0), (HOUR_MS, 0), (22 * HOUR_MS, 0)], true).await;
        check("old", &[(0, 0), (25 * HOUR_MS, 0)], false).await;
        check("old at the first tick", &[(0, year)], true).await;
        check("old soon after the start", &[(0, year), tick, tick, tick, tick, tick], true).await;
        check("the clock is right after an hour", &[(0, year), tick, tick, tick, tick, tick, tick], false)
            .await;
        check("a jump forward", &[(0, 0), (2 * HOUR_MS, 0), (TICK_MS, year)], true).await;
        check("and back", &[(0, 0), (2 * HOUR_MS, 0), (TICK_MS, year), tick, (TICK_MS, -year)], true).await;
        check("a small correction", &[(0, 0), (25 * HOUR_MS, HOUR_MS / 2)], false).await;
    }
}
