//! The state of all boxes, read once for everybody who watches: with counts for recipients, without for all others,
//! whom no change of a count wakes. The hours of the cameras are states alone; they are told more seldom, because of
//! many cameras they are long.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use velum_proto::v1::BoxSummary;

use super::view::{FleetView, HoursView};
use crate::access::states_alone;
use crate::clock::Clock;
use crate::sessions::Sessions;
use crate::store::{Store, StoreError};

const INTERVAL: Duration = Duration::from_secs(1);
/// The hours are told with each look of so many.
const LOOKS_FOR_HOURS: u32 = 20;

type Newest<T> = watch::Sender<Option<Arc<T>>>;

/// The newest state; none before the first look.
#[derive(Debug, Default)]
pub(super) struct Fleet {
    with_counts: Newest<FleetView>,
    states_alone: Newest<FleetView>,
    hours: Newest<HoursView>,
}

impl Fleet {
    /// Tells of every change that a recipient, or somebody who is none, may see.
    pub(super) fn watch(&self, is_recipient: bool) -> watch::Receiver<Option<Arc<FleetView>>> {
        if is_recipient { self.with_counts.subscribe() } else { self.states_alone.subscribe() }
    }

    /// Tells of the hours of the cameras.
    pub(super) fn watch_hours(&self) -> watch::Receiver<Option<Arc<HoursView>>> {
        self.hours.subscribe()
    }

    /// Looks again and again while somebody watches, for ever.
    pub(super) async fn keep(&self, store: &Store, sessions: &Sessions, clock: &dyn Clock) {
        let mut ticks = tokio::time::interval(INTERVAL);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut looks = 0_u32;
        loop {
            ticks.tick().await;
            if self.with_counts.receiver_count() + self.states_alone.receiver_count() == 0 {
                looks = 0;
                continue;
            }
            let tells_hours = looks.is_multiple_of(LOOKS_FOR_HOURS);
            match look(store, sessions, clock).await {
                Ok(boxes) => {
                    if tells_hours {
                        tell(&self.hours, HoursView::of(&boxes));
                    }
                    self.tell(boxes);
                }
                Err(error) => tracing::error!(%error, "the state of the boxes cannot be read"),
            }
            looks = looks.wrapping_add(1);
        }
    }

    fn tell(&self, boxes: Vec<BoxSummary>) {
        tell(&self.states_alone, FleetView::of(boxes.iter().cloned().map(states_alone).collect()));
        tell(&self.with_counts, FleetView::of(boxes));
    }
}

async fn look(store: &Store, sessions: &Sessions, clock: &dyn Clock) -> Result<Vec<BoxSummary>, StoreError> {
    let mut boxes = store.summary(clock.unix_ms()).await?;
    for one in &mut boxes {
        one.connected = sessions.is_connected(&one.r#box);
    }
    Ok(boxes)
}

fn tell<T: PartialEq>(to: &Newest<T>, seen: T) {
    to.send_if_modified(|newest| {
        let differs = newest.as_deref() != Some(&seen);
        if differs {
            *newest = Some(Arc::new(seen));
        }
        differs
    });
}
