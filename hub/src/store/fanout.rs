//! What is NATS's alone: a stream of JetStream through which hubs on one database wake each other, in the place of NOTIFY.
//!
//! Invariants: what goes into the stream is a word of `words`, a cursor or one of six names, and never what is stored; a word counts
//! once the stream has it on as many servers as it was made for; beyond this machine the servers are spoken to by TLS alone. The
//! stream is bounded and forgets its oldest: whoever missed a word reads the database.

use std::sync::Arc;
use std::time::Duration;

use async_nats::jetstream::consumer::DeliverPolicy;
use async_nats::jetstream::consumer::push::{Ordered, OrderedConfig};
use async_nats::jetstream::context::GetStreamErrorKind;
use async_nats::jetstream::stream::{Config, DiscardPolicy, Info, RetentionPolicy, StorageType, Stream};
use async_nats::jetstream::{Context, ContextBuilder, ErrorCode};
use async_nats::{Client, ConnectOptions};
use prometheus_client::metrics::counter::Counter;
use tokio_stream::StreamExt as _;

use crate::config::NatsConfig;

/// A box waits no longer for the stream; it sends again.
const LIMIT: Duration = Duration::from_secs(5);
const MOST_AGE: Duration = Duration::from_secs(3_600);
const MOST_WORDS: i64 = 100_000;
/// A word has 64 at most.
const MOST_BYTES: i32 = 256;

/// Why the stream cannot be used at the moment, or at all.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FanoutError {
    /// A file of `[nats]` cannot be used.
    #[error("nats.{0}: {1}")]
    Config(&'static str, String),
    /// The servers, or the stream, do not answer, or refuse.
    #[error("the stream `{stream}` of `[nats]` cannot be used ({cause})")]
    Stream {
        /// Its name.
        stream: String,
        /// What the servers said, or did not.
        cause: String,
    },
}

/// The way to the stream.
#[derive(Debug)]
pub(crate) struct Fanout {
    client: Client,
    context: Context,
    config: NatsConfig,
    subject: String,
    /// Words that the stream did not take.
    refused: Counter,
}

impl Fanout {
    /// Begins to connect, and goes on trying.
    ///
    /// # Errors
    /// [`FanoutError::Config`].
    pub(crate) async fn open(config: &NatsConfig) -> Result<Arc<Self>, FanoutError> {
        let tls = crate::client_tls::config(config.ca_file.as_deref(), config.client.as_ref())
            .map_err(|(field, cause)| FanoutError::Config(field, cause))?;
        let mut options = ConnectOptions::new()
            .name("velum-hub")
            .retry_on_initial_connect()
            .connection_timeout(LIMIT)
            .request_timeout(Some(LIMIT))
            .tls_client_config(tls);
        if let Some((user, file)) = &config.login {
            let password = crate::secret_file::read(file)
                .map_err(|cause| FanoutError::Config("password_file", cause))?;
            options = options.user_and_password(user.clone(), password.as_str().to_owned());
        }
        let connected = options.connect(config.servers.as_slice()).await;
        let client = connected.map_err(|error| FanoutError::Config("servers", error.to_string()))?;
        let context = ContextBuilder::new().timeout(LIMIT).ack_timeout(LIMIT).build(client.clone());
        let subject = format!("{}.words", config.stream);
        Ok(Arc::new(Self { client, context, config: config.clone(), subject, refused: Counter::default() }))
    }

    /// Says a word; when this returns, the stream has it.
    ///
    /// # Errors
    /// [`FanoutError::Stream`]; the stream may have it all the same.
    pub(super) async fn say(&self, word: String) -> Result<(), FanoutError> {
        let said = async {
            let taken = self.context.publish(self.subject.clone(), word.into()).await;
            taken.map_err(|error| self.trouble(&error))?.await.map_err(|error| self.trouble(&error))
        };
        let said = tokio::time::timeout(LIMIT, said).await.unwrap_or_else(|late| Err(self.trouble(&late)));
        if said.is_err() {
            self.refused.inc();
        }
        said.map(drop)
    }

    /// Words that are said from now on.
    ///
    /// # Errors
    /// [`FanoutError::Stream`].
    pub(super) async fn listen(&self) -> Result<Heard, FanoutError> {
        let stream = self.stream().await?;
        let config = OrderedConfig {
            deliver_subject: self.client.new_inbox(),
            deliver_policy: DeliverPolicy::New,
            ..OrderedConfig::default()
        };
        let consumer = stream.create_consumer(config).await.map_err(|error| self.trouble(&error))?;
        Ok(Heard(consumer.messages().await.map_err(|error| self.trouble(&error))?))
    }

    /// How the stream is; none where it is not there yet.
    ///
    /// # Errors
    /// [`FanoutError::Stream`].
    pub(crate) async fn look(&self) -> Result<Option<Info>, FanoutError> {
        let found = tokio::time::timeout(LIMIT, self.context.get_stream(&self.config.stream)).await;
        match found.map_err(|late| self.trouble(&late))? {
            Ok(stream) => Ok(Some(stream.cached_info().clone())),
            Err(error) => match error.kind() {
                GetStreamErrorKind::JetStream(error) if error.error_code() == ErrorCode::STREAM_NOT_FOUND => {
                    Ok(None)
                }
                _ => Err(self.trouble(&error)),
            },
        }
    }

    /// How many words the stream did not take.
    pub(crate) fn refused(&self) -> Counter {
        self.refused.clone()
    }

    /// All that the stream has.
    #[cfg(test)]
    pub(super) async fn said(&self) -> Vec<String> {
        let stream = self.stream().await.unwrap();
        let mut said = Vec::new();
        for sequence in 1..=stream.get_info().await.unwrap().state.last_sequence {
            let message = stream.get_raw_message(sequence).await.unwrap();
            said.push(String::from_utf8(message.payload.to_vec()).unwrap());
        }
        said
    }

    async fn stream(&self) -> Result<Stream, FanoutError> {
        let wanted = Config {
            name: self.config.stream.clone(),
            subjects: vec![self.subject.clone()],
            storage: StorageType::File,
            retention: RetentionPolicy::Limits,
            discard: DiscardPolicy::Old,
            max_age: MOST_AGE,
            max_messages: MOST_WORDS,
            max_message_size: MOST_BYTES,
            num_replicas: self.config.replicas,
            ..Config::default()
        };
        let made = self.context.get_or_create_stream(wanted).await;
        made.map_err(|error| self.trouble(&error))
    }

    fn trouble(&self, cause: &dyn std::error::Error) -> FanoutError {
        FanoutError::Stream { stream: self.config.stream.clone(), cause: cause.to_string() }
    }
}

/// What is said.
pub(super) struct Heard(Ordered);

impl Heard {
    /// The next word; none where the stream has ended, or words may have been missed.
    pub(super) async fn next(&mut self) -> Option<String> {
        let message = self.0.next().await?.ok()?;
        // One that is no text is no word.
        Some(String::from_utf8(message.payload.to_vec()).unwrap_or_default())
    }
}
