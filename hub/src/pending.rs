//! Which answers are waited for. An answer is given out once, to whoever asked, and only if it comes from the box
//! that was asked; any other is thrown away.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::identity::Name;
use ring::rand::{SecureRandom as _, SystemRandom};
use tokio::sync::oneshot;

/// 16 random bytes.
pub(crate) type RequestId = [u8; 16];

#[derive(Debug)]
struct Waiting<A> {
    of: Name,
    answer: oneshot::Sender<A>,
}

/// A new one; none where the system has no random numbers.
pub(crate) fn random_id() -> Option<RequestId> {
    let mut id = RequestId::default();
    let filled = SystemRandom::new().fill(&mut id);
    filled.inspect_err(|_| tracing::error!("the system's random number generator failed")).ok()?;
    Some(id)
}

/// The requests under way, bounded.
#[derive(Debug)]
pub(crate) struct Pending<A> {
    most: usize,
    waiting: Mutex<HashMap<RequestId, Waiting<A>>>,
}

/// One answer that is waited for; no longer once dropped.
#[derive(Debug)]
pub(crate) struct Expected<A> {
    pending: Arc<Pending<A>>,
    id: RequestId,
    answer: oneshot::Receiver<A>,
}

impl<A> Pending<A> {
    /// At most so many requests at a time.
    pub(crate) fn new(most: usize) -> Self {
        Self { most, waiting: Mutex::default() }
    }

    /// Begins to wait for an answer; none where too many are under way.
    pub(crate) fn expect(self: &Arc<Self>, of: &Name, id: RequestId) -> Option<Expected<A>> {
        let mut waiting = self.waiting();
        if waiting.len() >= self.most || waiting.contains_key(&id) {
            return None;
        }
        let (answer, receiver) = oneshot::channel();
        waiting.insert(id, Waiting { of: of.clone(), answer });
        Some(Expected { pending: Arc::clone(self), id, answer: receiver })
    }

    /// Hands an answer to whoever waits for it.
    pub(crate) fn deliver(&self, from: &Name, id: &[u8], answer: A) {
        if !self.delivered(from, id, answer) {
            tracing::warn!(box = %from, "an answer that nobody waits for was thrown away");
        }
    }

    fn delivered(&self, from: &Name, id: &[u8], answer: A) -> bool {
        let Ok(id) = RequestId::try_from(id) else { return false };
        let mut waiting = self.waiting();
        if waiting.get(&id).is_none_or(|one| one.of != *from) {
            return false;
        }
        waiting.remove(&id).is_some_and(|one| one.answer.send(answer).is_ok())
    }

    fn waiting(&self) -> MutexGuard<'_, HashMap<RequestId, Waiting<A>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<A> Expected<A> {
    /// Waits for the answer, for ever.
    pub(crate) async fn answer(&mut self) -> A {
        match (&mut self.answer).await {
            Ok(answer) => answer,
            // The sender lives in the table as long as `self`.
            Err(_) => std::future::pending().await,
        }
    }
}

impl<A> Drop for Expected<A> {
    fn drop(&mut self) {
        self.pending.waiting().remove(&self.id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_answer_is_taken_once_and_from_the_box_that_was_asked() {
        let pending = Arc::new(Pending::new(1));
        let (lobby, yard) = (Name::parse("lobby").unwrap(), Name::parse("yard").unwrap());
        let mut expected = pending.expect(&lobby, [1; 16]).unwrap();
        assert!(pending.expect(&lobby, [2; 16]).is_none(), "one at a time");
        assert!(!pending.delivered(&yard, &[1; 16], "answer"), "another box's answer");
        assert!(!pending.delivered(&lobby, &[2; 16], "answer"), "another request's answer");
        assert!(!pending.delivered(&lobby, &[1; 15], "answer"), "no id");
        assert!(pending.delivered(&lobby, &[1; 16], "answer"));
        assert!(!pending.delivered(&lobby, &[1; 16], "answer"), "a second answer");
        assert_eq!(expected.answer().await, "answer");
        drop(expected);
        let late = pending.expect(&lobby, [3; 16]).expect("the place is free again");
        drop(late);
        assert!(!pending.delivered(&lobby, &[3; 16], "answer"), "nobody waits any more");
    }
}
