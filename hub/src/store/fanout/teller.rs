//! Tells the stream of the newest cursor, again and again until the stream has it.

use std::sync::Arc;
use std::time::Duration;

use async_nats::jetstream::context::PublishErrorKind;
use async_nats::jetstream::message::PublishMessage;
use prometheus_client::metrics::counter::Counter;
use tokio::sync::watch;

use super::{ATTEMPT, FanoutError, Way};

const AGAIN: Duration = Duration::from_millis(250);

/// The newest cursor, and the word that says it.
#[derive(Debug, Clone, Default)]
pub(super) struct ToSay {
    pub(super) cursor: u64,
    pub(super) word: String,
}

/// How far the stream was told.
#[derive(Debug, Default)]
pub(super) struct Progress {
    /// It has this cursor, or a later one.
    pub(super) told: u64,
    /// Why it does not take the next one.
    pub(super) trouble: Option<FanoutError>,
}

/// One for a hub.
pub(super) struct Teller {
    way: Arc<Way>,
    to_say: watch::Receiver<ToSay>,
    progress: watch::Sender<Progress>,
    refused: Counter,
    /// The stream was found to be as `[nats]` says, and nothing failed since.
    is_known: bool,
    /// Part of the id by which the stream knows a word that it has already.
    telling: u64,
}

impl Teller {
    pub(super) fn new(
        way: Arc<Way>,
        to_say: watch::Receiver<ToSay>,
        progress: watch::Sender<Progress>,
        refused: Counter,
    ) -> Self {
        Self { way, to_say, progress, refused, is_known: false, telling: 0 }
    }

    /// Until nobody has anything to say any more.
    pub(super) async fn run(mut self) {
        loop {
            let told = self.progress.borrow().told;
            let Ok(next) = self.to_say.wait_for(|next| next.cursor > told).await.map(|next| next.clone())
            else {
                return;
            };
            match self.say(&next.word).await {
                Ok(()) => self.took(next.cursor),
                Err(error) => {
                    self.did_not_take(error);
                    tokio::time::sleep(AGAIN).await;
                }
            }
        }
    }

    async fn say(&mut self, word: &str) -> Result<(), FanoutError> {
        if !self.is_known {
            self.way.stream().await?;
            self.is_known = true;
        }
        let id = format!("{word} {}", self.telling);
        let message = PublishMessage::build()
            .payload(word.to_owned().into())
            .message_id(id)
            .expected_stream(&self.way.config.stream);
        let said = async { self.way.context.send_publish(self.way.subject.clone(), message).await?.await };
        match tokio::time::timeout(ATTEMPT, said).await {
            Ok(Ok(taken)) if taken.sequence > 0 => Ok(()),
            // A server may remember the id of a word on which the others never agreed: it is told under another.
            Ok(Ok(_)) => Err(self.tell_anew(&"the word is known, and not stored")),
            Ok(Err(error)) if error.kind() == PublishErrorKind::Other => Err(self.tell_anew(&error)),
            // It may be stored.
            Ok(Err(error)) => Err(self.way.away(&error)),
            Err(late) => Err(self.way.away(&late)),
        }
    }

    fn tell_anew(&mut self, cause: &dyn std::fmt::Display) -> FanoutError {
        self.telling = self.telling.wrapping_add(1);
        self.way.away(cause)
    }

    fn took(&self, cursor: u64) {
        self.progress.send_modify(|progress| {
            progress.told = cursor;
            if progress.trouble.take().is_some() {
                tracing::info!("the stream of [nats] takes words again; boxes are acknowledged");
            }
        });
    }

    fn did_not_take(&mut self, error: FanoutError) {
        self.is_known = false;
        self.refused.inc();
        self.progress.send_modify(|progress| {
            if progress.trouble.is_none() {
                tracing::warn!(%error, "what boxes sent is stored, and not acknowledged until the stream of [nats] has a word of it");
            }
            progress.trouble = Some(error);
        });
    }
}
