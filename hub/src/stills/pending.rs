//! Which answers are waited for. An answer is given out once, to whoever asked, and only if it comes from the box
//! that was asked; any other is thrown away.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;
use velum_proto::v1::StillAnswer;

use crate::identity::Name;

/// 16 random bytes.
pub(super) type RequestId = [u8; 16];

#[derive(Debug)]
struct Waiting {
    of: Name,
    answer: oneshot::Sender<StillAnswer>,
}

/// The requests under way, bounded.
#[derive(Debug)]
pub(crate) struct Pending {
    most: usize,
    waiting: Mutex<HashMap<RequestId, Waiting>>,
}

/// One answer that is waited for; no longer once dropped.
#[derive(Debug)]
pub(super) struct Expected {
    pending: Arc<Pending>,
    id: RequestId,
    answer: oneshot::Receiver<StillAnswer>,
}

impl Pending {
    /// At most so many requests at a time.
    pub(crate) fn new(most: usize) -> Self {
        Self { most, waiting: Mutex::default() }
    }

    /// Begins to wait for an answer; none where too many are under way.
    pub(super) fn expect(self: &Arc<Self>, of: &Name, id: RequestId) -> Option<Expected> {
        let mut waiting = self.waiting();
        if waiting.len() >= self.most || waiting.contains_key(&id) {
            return None;
        }
        let (answer, receiver) = oneshot::channel();
        waiting.insert(id, Waiting { of: of.clone(), answer });
        Some(Expected { pending: Arc::clone(self), id, answer: receiver })
    }

    /// Hands an answer to whoever waits for it.
    pub(crate) fn deliver(&self, from: &Name, answer: StillAnswer) {
        if !self.delivered(from, answer) {
            tracing::warn!(box = %from, "a still that nobody asked for was thrown away");
        }
    }

    fn delivered(&self, from: &Name, answer: StillAnswer) -> bool {
        let Ok(id) = RequestId::try_from(answer.request_id.as_slice()) else { return false };
        let mut waiting = self.waiting();
        if waiting.get(&id).is_none_or(|one| one.of != *from) {
            return false;
        }
        waiting.remove(&id).is_some_and(|one| one.answer.send(answer).is_ok())
    }

    fn waiting(&self) -> MutexGuard<'_, HashMap<RequestId, Waiting>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Expected {
    /// Waits for the answer, for ever.
    pub(super) async fn answer(&mut self) -> StillAnswer {
        match (&mut self.answer).await {
            Ok(answer) => answer,
            // The sender lives in the table as long as `self`.
            Err(_) => std::future::pending().await,
        }
    }
}

impl Drop for Expected {
    fn drop(&mut self) {
        self.pending.waiting().remove(&self.id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(id: &[u8]) -> StillAnswer {
        StillAnswer { request_id: id.to_vec(), answer: None }
    }

    #[tokio::test]
    async fn an_answer_is_taken_once_and_from_the_box_that_was_asked() {
        let pending = Arc::new(Pending::new(1));
        let (lobby, yard) = (Name::parse("lobby").unwrap(), Name::parse("yard").unwrap());
        let mut expected = pending.expect(&lobby, [1; 16]).unwrap();
        assert!(pending.expect(&lobby, [2; 16]).is_none(), "one at a time");
        assert!(!pending.delivered(&yard, answer(&[1; 16])), "another box's answer");
        assert!(!pending.delivered(&lobby, answer(&[2; 16])), "another request's answer");
        assert!(!pending.delivered(&lobby, answer(&[1; 15])), "no id");
        assert!(pending.delivered(&lobby, answer(&[1; 16])));
        assert!(!pending.delivered(&lobby, answer(&[1; 16])), "a second answer");
        assert_eq!(expected.answer().await.request_id, [1; 16]);
        drop(expected);
        let late = pending.expect(&lobby, [3; 16]).expect("the place is free again");
        drop(late);
        assert!(!pending.delivered(&lobby, answer(&[3; 16])), "nobody waits any more");
    }
}
