//! The orders of one box's session: what is wanted goes out until the box has said that it is done, and what is in force is
//! asked about from time to time, so that what people at the box end early is seen here.
//!
//! Invariant: a box is sent no order that it does not say to understand.

use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Interval, MissedTickBehavior};
use velum_proto::v1::hub_message::Message;

use crate::identity::Name;
use crate::record::ValidHello;
use crate::store::{EXERCISES, SUPPRESSIONS, Store, StoreError};

/// As a box's own log names who orders exercises.
const BY_ADMINISTRATORS: &str = "administrator";
/// What a box has not answered is sent again.
const EVERY: Duration = Duration::from_secs(5);
/// With each look of so many, whatever is in force is asked about: every ten minutes.
const LOOKS_FOR_ALL: u32 = 120;

/// What one box is handed in this session.
pub(crate) struct Orders {
    understands: Vec<String>,
    changes: watch::Receiver<u64>,
    ticks: Interval,
    looks: u32,
    asks: Asks,
}

/// About what the box is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Asks {
    /// What it has not answered.
    Unanswered,
    /// And how what runs goes.
    Running,
    /// And whether what is in force still is.
    InForce,
}

impl Orders {
    /// For a box that just said hello.
    pub(crate) fn of(hello: &ValidHello, store: &Store) -> Self {
        let mut ticks = tokio::time::interval(EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let understands = hello.abilities.understands.clone();
        Self { understands, changes: store.orders(), ticks, looks: 0, asks: Asks::Unanswered }
    }

    /// Ends when the box may have to be sent something: at once, when something changes, and from time to time.
    pub(crate) async fn due(&mut self) {
        tokio::select! {
            Ok(()) = self.changes.changed() => self.asks = Asks::Unanswered,
            _ = self.ticks.tick() => {
                let is_for_all = self.looks.is_multiple_of(LOOKS_FOR_ALL);
                self.asks = if is_for_all { Asks::InForce } else { Asks::Running };
                self.looks = self.looks.wrapping_add(1);
            }
        }
    }

    /// What the box is to be sent now.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub(crate) async fn waiting(
        &self,
        store: &Store,
        of: &Name,
        now_unix_ms: i64,
    ) -> Result<Vec<Message>, StoreError> {
        let mut messages = Vec::new();
        if self.understands(SUPPRESSIONS) {
            let orders = store.suppression_orders(of, self.asks == Asks::InForce, now_unix_ms).await?;
            messages.extend(orders.into_iter().map(Message::SuppressionOrder));
        }
        if self.understands(EXERCISES) {
            let orders = store.exercise_orders(of, BY_ADMINISTRATORS, self.asks >= Asks::Running).await?;
            messages.extend(orders.into_iter().map(Message::ExerciseOrder));
        }
        Ok(messages)
    }

    fn understands(&self, order: &str) -> bool {
        self.understands.iter().any(|one| one == order)
    }
}
