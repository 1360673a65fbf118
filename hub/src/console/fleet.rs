//! The state of all boxes, read once for everybody who watches: with counts for recipients, without for all others,
//! whom no change of a count wakes.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use super::view::FleetView;
use crate::access::states_alone;
use crate::clock::Clock;
use crate::sessions::Sessions;
use crate::store::{Store, StoreError};

const INTERVAL: Duration = Duration::from_secs(1);

type Newest = watch::Sender<Option<Arc<FleetView>>>;

/// The newest state; none before the first look.
#[derive(Debug, Default)]
pub(super) struct Fleet {
    with_counts: Newest,
    states_alone: Newest,
}

impl Fleet {
    /// Tells of every change that a recipient, or somebody who is none, may see.
    pub(super) fn watch(&self, is_recipient: bool) -> watch::Receiver<Option<Arc<FleetView>>> {
        if is_recipient { self.with_counts.subscribe() } else { self.states_alone.subscribe() }
    }

    /// Looks again and again while somebody watches, for ever.
    pub(super) async fn keep(&self, store: &Store, sessions: &Sessions, clock: &dyn Clock) {
        let mut ticks = tokio::time::interval(INTERVAL);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            if self.with_counts.receiver_count() + self.states_alone.receiver_count() == 0 {
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
        tell(&self.states_alone, FleetView::of(boxes.iter().cloned().map(states_alone).collect()));
        tell(&self.with_counts, FleetView::of(boxes));
        Ok(())
    }
}

fn tell(to: &Newest, seen: FleetView) {
    to.send_if_modified(|newest| {
        let differs = newest.as_deref() != Some(&seen);
        if differs {
            *newest = Some(Arc::new(seen));
        }
        differs
    });
}
