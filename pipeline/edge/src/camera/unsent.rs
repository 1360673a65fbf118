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
    /// So many went, and are told as lost first.
    lost: usize,
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

    /// What the rules must remember, where it still waits.
    pub(super) fn waiting_state(&self) -> Option<&RuleState> {
        self.queue.state.as_ref()
    }

    /// Commits what waits, and gives its numbers, but for those of what had waited for the outbox. What fails waits for the next
    /// call.
    pub(super) fn flush(&mut self) -> Vec<u64> {
        match self.queue.flush(&self.shared.outbox) {
            Ok(Flushed { numbers, writes_again }) => {
                if writes_again {
                    tracing::info!("the outbox writes again");
                    return Vec::new();
                }
                numbers
            }
            Err(Failure { error, is_news }) => {
                self.shared.metrics.outbox_failed();
                if is_news {
                    tracing::error!(%error, "nothing can be committed; it is tried again every second");
                }
                Vec::new()
            }
        }
    }
}

impl Drop for Unsent {
    fn drop(&mut self) {
        let count = self.queue.left();
        if count > 0 {
            tracing::warn!(count, "{count} observations could not be stored; they are lost");
        }
    }
}

#[derive(Default)]
struct Flushed {
    numbers: Vec<u64>,
    writes_again: bool,
}

struct Failure {
    error: OutboxError,
    is_news: bool,
}

impl Queue {
    /// So many have no number yet.
    fn left(&self) -> usize {
        self.lost.saturating_add(self.entries.len())
    }

    fn add(&mut self, entries: impl IntoIterator<Item = Entry>) {
        self.entries.extend(entries);
        let surplus = self.entries.len().saturating_sub(WAITING_MAX);
        self.entries.drain(..surplus);
        self.lost = self.lost.saturating_add(surplus);
    }

    fn flush(&mut self, outbox: &Outbox) -> Result<Flushed, Failure> {
        if self.lost == 0 && self.entries.is_empty() && self.state.is_none() {
            return Ok(Flushed::default());
        }
        let told_lost = self.lost.min(WAITING_MAX);
        let lost = std::iter::repeat_n(Entry::Lost("outbox_full"), told_lost);
        match outbox.commit(lost.chain(self.entries.iter().cloned()).collect(), self.state.as_ref()) {
            Ok(numbers) => {
                self.lost = self.lost.saturating_sub(told_lost);
                self.entries.clear();
                self.state = None;
                Ok(Flushed { numbers, writes_again: std::mem::take(&mut self.failing) })
            }
            Err(error) => {
                let is_news = !std::mem::replace(&mut self.failing, true);
                Err(Failure { error, is_news })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::test_box;

    fn withheld(rule: &str) -> Entry {
        Entry::Withheld(rule.to_owned())
    }

    #[test]
    fn what_cannot_be_written_waits_and_is_written_once() {
        let edge = test_box(1);
        let mut unsent = Unsent::new(Arc::clone(&edge.shared));
        unsent.add([withheld("a")]);
        unsent.flush();
        unsent.add([withheld("b")]);
        unsent.flush();
        unsent.flush();
        assert_eq!(edge.shared.outbox.stats().last_sequence, 1, "the outbox is full");
        edge.shared.outbox.acknowledge(1).unwrap();
        unsent.flush();
        unsent.flush();
        assert_eq!(edge.shared.outbox.stats().last_sequence, 2);
        assert!(edge.shared.metrics.page().unwrap().contains("velum_outbox_failures_total 2"));
    }

    #[test]
    fn what_waits_is_bounded_and_the_oldest_is_told_as_lost() {
        let mut queue = Queue::default();
        queue.add((0..WAITING_MAX).map(|_| withheld("old")));
        queue.add([withheld("new"), withheld("new")]);
        assert_eq!((queue.entries.len(), queue.lost), (WAITING_MAX, 2));
        let edge = test_box(10_000);
        assert_eq!(queue.left(), WAITING_MAX + 2);
        assert!(queue.flush(&edge.shared.outbox).is_ok());
        assert_eq!(queue.left(), 0);
        assert_eq!(edge.shared.outbox.stats().last_sequence, WAITING_MAX as u64 + 2);
        assert!(queue.entries.is_empty() && queue.lost == 0);
    }
}
