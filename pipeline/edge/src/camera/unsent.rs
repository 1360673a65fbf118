//! What was judged and has no number yet. It waits here only while the outbox cannot write: a full disk.

use std::sync::Arc;

use velum_outbox::{Entry, Outbox, OutboxError};
use velum_vocab::RuleState;

use crate::shared::Shared;

/// More than this does not wait; the oldest are then told as lost.
const WAITING_MAX: usize = 1_000;

/// Entries in the order in which they were judged, and the rules' state that goes with them.
pub(super) struct Unsent {
    shared: Arc<Shared>,
    queue: Queue,
}

/// The queue itself.
#[derive(Debug, Default)]
struct Queue {
    entries: Vec<Entry>,
    state: Option<RuleState>,
    failing: bool,
}

impl Unsent {
    /// Nothing waits.
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        Self { shared, queue: Queue::default() }
    }

    /// Adds what was judged.
    pub(super) fn add(&mut self, entries: impl IntoIterator<Item = Entry>) {
        self.queue.add(entries);
    }

    /// What the rules must remember, in the same batch as what waits.
    pub(super) fn remember(&mut self, state: Option<RuleState>) {
        if state.is_some() {
            self.queue.state = state;
        }
    }

    /// Commits what waits. What fails waits for the next call.
    pub(super) fn flush(&mut self) {
        match self.queue.flush(&self.shared.outbox) {
            Ok(true) => tracing::info!("the outbox writes again"),
            Ok(false) => {}
            Err(Failure { error, is_news }) => {
                self.shared.metrics.outbox_failed();
                if is_news {
                    tracing::error!(%error, "nothing can be committed; it is tried again every second");
                }
            }
        }
    }
}

struct Failure {
    error: OutboxError,
    is_news: bool,
}

impl Queue {
    fn add(&mut self, entries: impl IntoIterator<Item = Entry>) {
        self.entries.extend(entries);
        let surplus = self.entries.len().saturating_sub(WAITING_MAX);
        for entry in self.entries.iter_mut().take(surplus) {
            *entry = Entry::Lost("outbox_full");
        }
    }

    /// Says whether the outbox had failed before.
    fn flush(&mut self, outbox: &Outbox) -> Result<bool, Failure> {
        if self.entries.is_empty() && self.state.is_none() {
            return Ok(false);
        }
        match outbox.commit(self.entries.clone(), self.state.as_ref()) {
            Ok(_) => {
                self.entries.clear();
                self.state = None;
                Ok(std::mem::take(&mut self.failing))
            }
            Err(error) => {
                let is_news = !std::mem::replace(&mut self.failing, true);
                Err(Failure { error, is_news })
            }
        }
    }
}
