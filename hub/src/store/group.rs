//! Batches that are stored together: while one transaction runs, batches of other boxes wait, and the next one takes them along.
//!
//! Whoever waits takes the pen once it is free and writes for all who wait then, itself among them; a single batch is a group of one.
//! Invariants: a batch is answered only after the commit that stored it, and once a stream of `[nats]` was told where there is one, or
//! once it is known that nothing of it is stored; a group is bounded; in it a box has one batch, so that no batch depends on another;
//! where a group fails because of one of its members, each is tried alone. While a stream is told, the next group is written.

use std::collections::{HashSet, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use super::engine::Pool;
use super::ingest::Stored;
use super::{Ingested, Source, Store, StoreError, postgres, sqlite};
use crate::record::ValidRecord;

const MOST_BATCHES: usize = 64;
/// Unless a single batch has more.
const MOST_RECORDS: usize = 2_048;

/// What one box sent.
#[derive(Debug)]
pub(super) struct Batch {
    pub(super) source: Source,
    /// Their numbers are contiguous, and ascending.
    pub(super) records: Vec<ValidRecord>,
    pub(super) now_unix_ms: i64,
}

impl Batch {
    /// Of each record that has it an id, with the box's name.
    pub(super) fn ids(&self, id: impl Fn(&ValidRecord) -> Option<&[u8]>) -> Vec<(&str, &[u8])> {
        self.records.iter().filter_map(|record| Some((self.source.name.as_str(), id(record)?))).collect()
    }
}

type Answer = Result<Ingested, StoreError>;

#[derive(Debug)]
struct Waiting {
    number: u64,
    batch: Batch,
    answer: oneshot::Sender<Answer>,
}

/// Those who wait, in their order, and the pen of who writes for them.
#[derive(Debug, Default)]
pub(super) struct Queue {
    entered: AtomicU64,
    waiting: Mutex<VecDeque<Waiting>>,
    pen: tokio::sync::Mutex<()>,
}

impl Queue {
    /// Gives its number, too.
    fn enter(&self, batch: Batch) -> (u64, oneshot::Receiver<Answer>) {
        let (answer, answered) = oneshot::channel();
        let number = self.entered.fetch_add(1, Ordering::Relaxed);
        self.waiting().push_back(Waiting { number, batch, answer });
        (number, answered)
    }

    fn holds(&self, number: u64) -> bool {
        self.waiting().iter().any(|one| one.number == number)
    }

    /// The next group. What does not go in it stays, in its order.
    fn take(&self) -> (Vec<Batch>, Vec<oneshot::Sender<Answer>>) {
        let mut waiting = self.waiting();
        let (mut group, mut left) = ((Vec::new(), Vec::new()), VecDeque::new());
        let (mut boxes, mut records, mut is_full) = (HashSet::new(), 0_usize, false);
        for one in waiting.drain(..).filter(|one| !one.answer.is_closed()) {
            let with_it = records.saturating_add(one.batch.records.len());
            is_full |= group.0.len() >= MOST_BATCHES || (records > 0 && with_it > MOST_RECORDS);
            if is_full || !boxes.insert(one.batch.source.name.clone()) {
                left.push_back(one);
                continue;
            }
            records = with_it;
            group.0.push(one.batch);
            group.1.push(one.answer);
        }
        *waiting = left;
        group
    }

    fn take_all(&self) -> Vec<oneshot::Sender<Answer>> {
        self.waiting().drain(..).map(|one| one.answer).collect()
    }

    fn waiting(&self) -> MutexGuard<'_, VecDeque<Waiting>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store {
    /// Stores a batch, together with those of other boxes that wait; when this returns, it is on disk.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when a number is taken by another event; [`StoreError::Full`];
    /// [`StoreError::Database`]; [`StoreError::Interrupted`]; in these cases nothing of the batch is known to be stored.
    /// [`StoreError::NotTold`]: it is stored, and is to be sent again like all others.
    pub(crate) async fn ingest(
        &self,
        source: &Source,
        records: Vec<ValidRecord>,
        now_unix_ms: i64,
    ) -> Result<Ingested, StoreError> {
        let (number, mut answer) = self.queue.enter(Batch { source: source.clone(), records, now_unix_ms });
        let pen = tokio::select! {
            biased;
            answered = &mut answer => return answered.unwrap_or(Err(StoreError::Interrupted)),
            pen = self.queue.pen.lock() => pen,
        };
        while self.queue.holds(number) {
            self.write_for_who_waits().await;
        }
        drop(pen);
        answer.await.unwrap_or(Err(StoreError::Interrupted))
    }

    /// Whoever comes while another hub or program writes goes along, too.
    async fn write_for_who_waits(&self) {
        let transaction = match self.begin().await {
            Ok(transaction) => transaction,
            Err(error) => return tell(self.queue.take_all(), self.located(error)),
        };
        let (batches, answers) = self.queue.take();
        match self.store_together(transaction, &batches).await {
            Ok(stored) => answer_once_told(answers, stored),
            Err(error) if batches.len() == 1 || self.is_of_all(&error) => tell(answers, self.located(error)),
            Err(error) => {
                tracing::warn!(%error, boxes = batches.len(), "a group of batches was not stored; each is tried alone");
                self.write_each(batches, answers).await;
            }
        }
    }

    async fn write_each(&self, batches: Vec<Batch>, answers: Vec<oneshot::Sender<Answer>>) {
        let mut left = batches.into_iter().zip(answers);
        while let Some((batch, answer)) = left.next() {
            match self.write_alone(batch).await {
                Ok(stored) => answer_once_told(vec![answer], stored),
                Err(error) if self.is_of_all(&error) => {
                    return tell(
                        std::iter::once(answer).chain(left.map(|(_, answer)| answer)),
                        self.located(error),
                    );
                }
                Err(error) => tell([answer], error),
            }
        }
    }

    async fn write_alone(&self, batch: Batch) -> Result<Stored, StoreError> {
        let transaction = self.begin().await?;
        self.store_together(transaction, &[batch]).await
    }

    /// Whether whatever is tried next fails in the same way: the server is away, the disk is full.
    fn is_of_all(&self, error: &StoreError) -> bool {
        let StoreError::Database(error) = error else { return false };
        match (error, &self.writer) {
            (
                sqlx::Error::Io(_)
                | sqlx::Error::Tls(_)
                | sqlx::Error::Protocol(_)
                | sqlx::Error::PoolTimedOut
                | sqlx::Error::PoolClosed
                | sqlx::Error::WorkerCrashed,
                _,
            ) => true,
            (error, Pool::Sqlite(_)) => sqlite::is_unwell(error),
            (error, Pool::Postgres(_)) => postgres::is_unwell(error),
        }
    }
}

/// At once where no stream is to be told.
fn answer_once_told(to: Vec<oneshot::Sender<Answer>>, Stored { ingested, to_tell }: Stored) {
    let Some(to_tell) = to_tell else { return answer_each(to, ingested) };
    tokio::spawn(async move {
        match to_tell.told().await {
            Ok(()) => answer_each(to, ingested),
            Err(error) => tell(to, error),
        }
    });
}

/// Whoever went away needs no answer.
fn answer_each(to: impl IntoIterator<Item = oneshot::Sender<Answer>>, answers: Vec<Answer>) {
    for (to, answer) in to.into_iter().zip(answers) {
        let _gone = to.send(answer);
    }
}

/// The same error to all.
fn tell(to: impl IntoIterator<Item = oneshot::Sender<Answer>>, error: StoreError) {
    let to: Vec<_> = to.into_iter().collect();
    if let [_] = to.as_slice() {
        return answer_each(to, vec![Err(error)]);
    }
    let error = Arc::new(error);
    let answers = to.iter().map(|_| Err(StoreError::OfGroup(Arc::clone(&error)))).collect();
    answer_each(to, answers);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::Name;
    use crate::record::{EndKind, Incarnation};

    fn batch(name: &str, records: usize) -> Batch {
        let source = Source { name: Name::parse(name).unwrap(), incarnation: Incarnation([1; 16]) };
        let record = ValidRecord {
            sequence: 1,
            end: EndKind::Lost,
            event_kind: None,
            event_id: None,
            alert_id: None,
            payload: Vec::new(),
        };
        Batch { source, records: vec![record; records], now_unix_ms: 0 }
    }

    /// How many batches each group has, of those that wait.
    fn check(waiting: Vec<Batch>, expected: &[usize]) {
        let queue = Queue::default();
        let _answers: Vec<_> = waiting.into_iter().map(|batch| queue.enter(batch)).collect();
        let groups: Vec<usize> =
            std::iter::from_fn(|| Some(queue.take().0.len()).filter(|count| *count > 0)).collect();
        assert_eq!(groups, expected);
    }

    #[test]
    fn a_group_is_bounded_and_has_one_batch_of_a_box() {
        check(vec![], &[]);
        check((0..150).map(|number| batch(&format!("box-{number}"), 1)).collect(), &[64, 64, 22]);
        check(vec![batch("a", 1_500), batch("b", 500), batch("c", 500)], &[2, 1]);
        check(vec![batch("a", 5_000), batch("b", 1)], &[1, 1]);
        check(vec![batch("a", 1), batch("a", 1), batch("b", 1), batch("a", 1)], &[2, 1, 1]);
    }

    #[test]
    fn one_that_nobody_waits_for_is_left_out() {
        let queue = Queue::default();
        drop(queue.enter(batch("a", 1)));
        let _answer = queue.enter(batch("b", 1));
        let (batches, _) = queue.take();
        assert_eq!(batches.iter().map(|one| one.source.name.as_str()).collect::<Vec<_>>(), ["b"]);
        assert!(queue.waiting().is_empty());
    }

    #[tokio::test]
    async fn where_who_writes_for_others_ends_in_the_middle_they_are_told_to_send_again() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&crate::tests::database::at(dir.path())).await.unwrap();
        let Batch { source, records, .. } = batch("a", 1);
        let pen = store.queue.pen.lock().await;
        let mut waiting = std::pin::pin!(store.ingest(&source, records, 0));
        tokio::select! {
            biased;
            answer = &mut waiting => panic!("it did not wait: {answer:?}"),
            () = std::future::ready(()) => {}
        }
        let (batches, answers) = store.queue.take();
        assert_eq!(batches.len(), 1);
        drop(answers);
        let answer = crate::tests::town::soon("an answer", waiting).await;
        assert!(matches!(answer, Err(StoreError::Interrupted)), "{answer:?}");
        drop(pen);
    }
}
