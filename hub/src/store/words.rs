//! What hubs on one database say to each other: that something changed, never what. Whoever is woken reads it from the store.
//!
//! On PostgreSQL a word goes by NOTIFY, in the transaction of what it is about, to all that listen to the tables' schema; with
//! `[nats]`, words of records go through a stream of JetStream instead (`fanout`), once that transaction is on disk. On SQLite one hub
//! owns the file, and wakes itself. Invariants: a word that is lost delays and loses nothing: after each gap in the hearing,
//! everything is looked at again, and the newest cursor every second in any case; a cursor that NATS tells is believed only as far
//! as the database has it.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use sqlx::postgres::{PgListener, PgPoolOptions};
use sqlx::{PgPool, Row as _};
use tokio::sync::watch;

use super::engine::{Pool, Transaction, query};
use super::{Fanout, FanoutError, Store, StoreError, unsigned};

/// The same for all whose tables lie in one schema. PostgreSQL takes no longer names.
const CHANNEL: &str = "left('velum_' || current_schema(), 63)";
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// Something changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Word {
    /// Records up to this cursor are there.
    Records(u64),
    /// Where an alert stands with the people.
    Reviews,
    /// What boxes are to do, or how far they have.
    Orders,
    /// A change of settings is to be handed to a box.
    Settings,
    /// Something was suspended or lifted.
    Suspensions,
    /// A policy was published.
    Policies,
    /// Content was deleted.
    Erasures,
}

impl Word {
    /// All but of records.
    const PLAIN: [(Self, &str); 6] = [
        (Self::Reviews, "reviews"),
        (Self::Orders, "orders"),
        (Self::Settings, "settings"),
        (Self::Suspensions, "suspensions"),
        (Self::Policies, "policies"),
        (Self::Erasures, "erasures"),
    ];

    fn text(self) -> String {
        let plain = Self::PLAIN.into_iter().find(|(word, _)| *word == self).map(|(_, text)| text.to_owned());
        match self {
            Self::Records(cursor) => cursor.to_string(),
            _ => plain.unwrap_or_default(),
        }
    }

    fn parse(text: &str) -> Option<Self> {
        let plain = Self::PLAIN.into_iter().find(|(_, plain)| *plain == text);
        plain.map(|(word, _)| word).or_else(|| text.parse().ok().map(Self::Records))
    }
}

/// Who waits for which word: counters, but of records the newest cursor.
#[derive(Debug, Default)]
pub(super) struct Wakers {
    records: watch::Sender<u64>,
    reviews: watch::Sender<u64>,
    orders: watch::Sender<u64>,
    settings: watch::Sender<u64>,
    suspensions: watch::Sender<u64>,
    policies: watch::Sender<u64>,
}

impl Wakers {
    pub(super) fn new(newest: u64) -> Self {
        Self { records: watch::Sender::new(newest), ..Self::default() }
    }
}

impl Store {
    /// Tells of the newest cursor. A wake-up only, like all of these: what was stored is read from the store.
    pub(crate) fn newest(&self) -> watch::Receiver<u64> {
        self.wakers.records.subscribe()
    }

    /// Wakes whoever follows the stream of what was decided, or where alerts stand.
    pub(crate) fn reviews(&self) -> watch::Receiver<u64> {
        self.wakers.reviews.subscribe()
    }

    /// Wakes whoever hands orders over or shows how they stand.
    pub(crate) fn orders(&self) -> watch::Receiver<u64> {
        self.wakers.orders.subscribe()
    }

    /// Wakes whoever hands settings to boxes.
    pub(crate) fn settings(&self) -> watch::Receiver<u64> {
        self.wakers.settings.subscribe()
    }

    /// Wakes whoever tells boxes what is suspended.
    pub(crate) fn told_suspensions(&self) -> watch::Receiver<u64> {
        self.wakers.suspensions.subscribe()
    }

    /// Wakes whoever keeps the published policies at hand.
    pub(crate) fn published(&self) -> watch::Receiver<u64> {
        self.wakers.policies.subscribe()
    }

    /// Says a word to all hubs, apart from any transaction.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub(crate) async fn say(&self, word: Word) -> Result<(), StoreError> {
        // Before the others: where they cannot be told, this hub still stops showing what was deleted.
        self.hear(word);
        if let Pool::Postgres(_) = &self.writer {
            let sql = format!("SELECT pg_notify({CHANNEL}, $1)");
            query(&sql).bind(self.payload(word)).execute(&self.writer).await?;
        }
        Ok(())
    }

    /// Ends a transaction with a word to all hubs.
    pub(super) async fn commit_saying(
        &self,
        mut transaction: Transaction,
        word: Word,
    ) -> Result<(), StoreError> {
        self.say_within(&mut transaction, word).await?;
        transaction.commit().await?;
        self.hear(word);
        Ok(())
    }

    /// Ends the transaction that stored records up to this cursor. Gives what is to be told to a stream before any of them is acknowledged;
    /// `None` where the commit told it.
    pub(super) async fn commit_records(
        &self,
        transaction: Transaction,
        cursor: u64,
    ) -> Result<Option<ToTell>, StoreError> {
        let word = Word::Records(cursor);
        let Some(fanout) = &self.fanout else {
            self.commit_saying(transaction, word).await?;
            return Ok(None);
        };
        transaction.commit().await?;
        self.hear(word);
        Ok(Some(ToTell { fanout: Arc::clone(fanout), cursor, word: self.payload(word) }))
    }

    /// Says a word to the other hubs in the moment in which a transaction is committed; this hub hears it by itself.
    pub(super) async fn say_within(
        &self,
        transaction: &mut Transaction,
        word: Word,
    ) -> Result<(), StoreError> {
        if let Transaction::Postgres(_) = transaction {
            let sql = format!("SELECT pg_notify({CHANNEL}, $1)");
            query(&sql).bind(self.payload(word)).execute(&mut *transaction).await?;
        }
        Ok(())
    }

    /// With the hub that says it: what it said itself it has heard already.
    fn payload(&self, word: Word) -> String {
        format!("{} {}", hex::encode(self.replica), word.text())
    }

    /// A word of another hub; none where it is one of this hub, or of a newer program.
    fn word_of(&self, payload: &str) -> Option<Word> {
        let (of, word) = payload.split_once(' ')?;
        if of == hex::encode(self.replica) {
            return None;
        }
        let word = Word::parse(word);
        if word.is_none() {
            tracing::debug!("a word that this hub does not know was passed over");
        }
        word
    }

    pub(super) fn hear(&self, word: Word) {
        let count = |waker: &watch::Sender<u64>| waker.send_modify(|count| *count = count.wrapping_add(1));
        match word {
            Word::Records(cursor) => self.announce(cursor),
            Word::Reviews => count(&self.wakers.reviews),
            Word::Orders => count(&self.wakers.orders),
            Word::Settings => count(&self.wakers.settings),
            Word::Suspensions => count(&self.wakers.suspensions),
            Word::Policies => count(&self.wakers.policies),
            Word::Erasures => drop(self.erasures.fetch_add(1, Ordering::AcqRel)),
        }
    }

    fn announce(&self, cursor: u64) {
        self.wakers.records.send_if_modified(|newest| {
            let grew = cursor > *newest;
            *newest = cursor.max(*newest);
            grew
        });
    }

    /// Listens to the other hubs, for ever; ends at once where there can be none.
    pub(crate) async fn listen(self: Arc<Self>) {
        tokio::join!(self.listen_to_server(), self.listen_to_stream());
    }

    async fn listen_to_stream(&self) {
        let Some(fanout) = &self.fanout else { return };
        loop {
            if let Err(error) = self.listen_to_stream_once(fanout).await {
                tracing::warn!(%error, "other hubs cannot be heard by NATS; tried again, and the database is looked at each second");
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }

    /// Ends where words may have been missed.
    async fn listen_to_stream_once(&self, fanout: &Fanout) -> Result<(), FanoutError> {
        let mut heard = fanout.listen().await?;
        while let Some(said) = heard.next().await? {
            if let Some(Word::Records(cursor)) = self.word_of(&said)
                && cursor > *self.wakers.records.borrow()
                // Where the database is away there is nothing to show.
                && let Ok(newest) = self.newest_cursor().await
            {
                self.announce(newest);
            }
        }
        Ok(())
    }

    async fn listen_to_server(&self) {
        let Pool::Postgres(readers) = &self.readers else { return };
        loop {
            if let Err(error) = self.listen_once(readers).await {
                tracing::warn!(%error, "other hubs cannot be heard; tried again, and everything is looked at anew");
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }

    async fn listen_once(&self, readers: &PgPool) -> Result<(), sqlx::Error> {
        let own = PgPoolOptions::new().max_connections(1);
        let own = own.connect_with(readers.connect_options().as_ref().clone()).await?;
        let channel: String = sqlx::query(&format!("SELECT {CHANNEL}")).fetch_one(&own).await?.try_get(0)?;
        let mut listener = PgListener::connect_with(&own).await?;
        listener.listen(&channel).await?;
        for (word, _) in Word::PLAIN {
            self.hear(word);
        }
        let mut ticks = tokio::time::interval(LOOK_AGAIN);
        loop {
            tokio::select! {
                said = listener.try_recv() => {
                    // None: the connection was lost.
                    let Some(said) = said? else { return Ok(()) };
                    if let Some(word) = self.word_of(said.payload()) {
                        self.hear(word);
                    }
                }
                _ = ticks.tick() => self.announce(self.newest_cursor().await?),
            }
        }
    }

    async fn newest_cursor(&self) -> Result<u64, sqlx::Error> {
        let newest = "SELECT newest FROM newest_number WHERE stream = 'record'";
        let row = query(newest).fetch_optional(&self.readers).await?;
        row.map_or(Ok(0), |row| row.try_get(0)).map(unsigned)
    }
}

/// What a stream has to have before a box is acknowledged.
#[derive(Debug)]
pub(super) struct ToTell {
    fanout: Arc<Fanout>,
    cursor: u64,
    word: String,
}

impl ToTell {
    /// Waits until the stream has it, for a bounded time.
    ///
    /// # Errors
    /// [`StoreError::NotTold`].
    pub(super) async fn told(self) -> Result<(), StoreError> {
        Ok(self.fanout.tell(self.cursor, self.word).await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_understood() {
        for (word, _) in Word::PLAIN.into_iter().chain([(Word::Records(7), "")]) {
            assert_eq!(Word::parse(&word.text()), Some(word));
        }
        assert_eq!(Word::parse("something newer"), None);
    }
}
