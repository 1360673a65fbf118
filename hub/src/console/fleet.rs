//! The state of all boxes, read once for everybody who watches.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use super::view::FleetView;
use crate::clock::Clock;
use crate::sessions::Sessions;
use crate::store::{Store, StoreError};

const INTERVAL: Duration = Duration::from_secs(1);

/// The newest state; none before the first look.
#[derive(Debug)]
pub(super) struct Fleet(watch::Sender<Option<Arc<FleetView>>>);

impl Default for Fleet {
    fn default() -> Self {
        Self(watch::Sender::new(None))
    }
}

impl Fleet {
    /// Tells of every change.
    pub(super) fn watch(&self) -> watch::Receiver<Option<Arc<FleetView>>> {
        self.0.subscribe()
    }

    /// Looks again and again while somebody watches, for ever.
    pub(super) async fn keep(&self, store: &Store, sessions: &Sessions, clock: &dyn Clock) {
        let mut ticks = tokio::time::interval(INTERVAL);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            if self.0.receiver_count() == 0 {
                continue;
            }
            if let Err(error) = self.look(store, sessions, clock).await {
                tracing::error!(%error, "the state of the boxes cannot be read");
            }
        }
    }

    async fn look(&self, store: &Store, sessions: &Sessions, clock: &dyn Clock) -> Result<(), StoreError> {
        let mut boxes = store.summary(clock.unix_ms()).await?;
        for one in &mut boxes {
            one.connected = sessions.is_connected(&one.r#box);
        }
        let seen = FleetView::of(boxes);
        self.0.send_if_modified(|newest| {
            let differs = newest.as_deref() != Some(&seen);
            if differs {
                *newest = Some(Arc::new(seen));
            }
            differs
        });
        Ok(())
    }
}
