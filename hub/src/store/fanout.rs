//! What is NATS's alone: a stream of JetStream through which hubs on one database tell each other of stored records, in the place of
//! NOTIFY.
//!
//! Invariants: into the stream goes a hub's random number of this start and a cursor, never what is stored; a cursor counts once the
//! stream, looked at and found to be as `[nats]` says, has it or a later one; one message is under way at a time, so that however many
//! records are stored and however long NATS is away, memory is bounded; beyond this machine the servers are spoken to by TLS alone.
//! Whoever missed a word reads the database.

mod stream;
mod teller;

use std::sync::Arc;
use std::time::Duration;

use async_nats::jetstream::consumer::push::{Config, Messages};
use async_nats::jetstream::consumer::{AckPolicy, DeliverPolicy};
use async_nats::jetstream::{Context, ContextBuilder};
use async_nats::{Client, ConnectOptions, Event};
use prometheus_client::metrics::counter::Counter;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_stream::StreamExt as _;

use crate::config::NatsConfig;
pub(crate) use stream::Seen;
use teller::{Progress, Teller, ToSay};

/// A box waits no longer for the stream; it sends again. Where the server that leads the stream is lost, the others agree on another in less.
const LIMIT: Duration = Duration::from_secs(if cfg!(test) { 3 } else { 12 });
/// For one answer of the servers.
const ATTEMPT: Duration = Duration::from_secs(2);
/// A server that is silent for two of these is away.
const HEARTBEAT: Duration = Duration::from_secs(1);

/// Why the stream cannot be used at the moment, or at all.
#[derive(Debug, Clone, thiserror::Error)]
pub(crate) enum FanoutError {
    /// Something of `[nats]` is to be mended.
    #[error("nats.{0}: {1}")]
    Config(&'static str, String),
    /// The servers, or the stream, do not answer, or refuse.
    #[error(
        "nats: the stream `{stream}` does not answer ({cause}); it is tried again, `velum-hub check` says what is wrong"
    )]
    Away {
        /// Its name.
        stream: String,
        /// What the servers said, or did not.
        cause: String,
    },
}

/// The way to the servers.
#[derive(Debug)]
struct Way {
    client: Client,
    context: Context,
    config: NatsConfig,
    subject: String,
}

/// Tells other hubs, and hears them.
#[derive(Debug)]
pub(crate) struct Fanout {
    way: Arc<Way>,
    to_say: watch::Sender<ToSay>,
    progress: watch::Receiver<Progress>,
    refused: Counter,
    /// Ends with this.
    _teller: JoinSet<()>,
}

impl Fanout {
    /// Begins to connect, and goes on trying.
    ///
    /// # Errors
    /// [`FanoutError::Config`].
    pub(crate) async fn open(config: &NatsConfig) -> Result<Arc<Self>, FanoutError> {
        let way = Arc::new(Way::open(config, options(config)?.retry_on_initial_connect()).await?);
        let (to_say, said) = watch::channel(ToSay::default());
        let (told, progress) = watch::channel(Progress::default());
        let refused = Counter::default();
        let teller = Teller::new(Arc::clone(&way), said, told, refused.clone());
        let mut running = JoinSet::new();
        running.spawn(teller.run());
        Ok(Arc::new(Self { way, to_say, progress, refused, _teller: running }))
    }

    /// Tells of records up to a cursor; when this returns, the stream has this cursor or a later one.
    ///
    /// # Errors
    /// [`FanoutError`]; the stream may have it all the same, and will be told of it again.
    pub(super) async fn tell(&self, cursor: u64, word: String) -> Result<(), FanoutError> {
        self.to_say.send_if_modified(|last| {
            let is_newer = cursor > last.cursor;
            if is_newer {
                *last = ToSay { cursor, word };
            }
            is_newer
        });
        let mut progress = self.progress.clone();
        // What somebody has to mend is not waited for.
        let is_over = |progress: &Progress| {
            progress.told >= cursor || matches!(progress.trouble, Some(FanoutError::Config(..)))
        };
        let _late = tokio::time::timeout(LIMIT, progress.wait_for(is_over)).await;
        let progress = self.progress.borrow();
        match &progress.trouble {
            _ if progress.told >= cursor => Ok(()),
            Some(trouble) => Err(trouble.clone()),
            None => Err(self.way.away(&"no answer")),
        }
    }

    /// Words that are said from now on.
    ///
    /// # Errors
    /// [`FanoutError`].
    pub(super) async fn listen(&self) -> Result<Heard, FanoutError> {
        let stream = self.way.stream().await?;
        let config = Config {
            deliver_subject: self.way.client.new_inbox(),
            deliver_policy: DeliverPolicy::New,
            ack_policy: AckPolicy::None,
            idle_heartbeat: HEARTBEAT,
            memory_storage: true,
            num_replicas: 1,
            ..Config::default()
        };
        let consumer = stream.create_consumer(config).await.map_err(|error| self.way.away(&error))?;
        let messages = consumer.messages().await.map_err(|error| self.way.away(&error))?;
        Ok(Heard { messages, way: Arc::clone(&self.way) })
    }

    /// How often the stream did not take a word.
    pub(crate) fn refused(&self) -> Counter {
        self.refused.clone()
    }

    /// To do to the stream what others do.
    #[cfg(test)]
    pub(super) fn context(&self) -> &Context {
        &self.way.context
    }
}

/// How the stream is, looked at once, without making it; none where it is not there yet.
///
/// # Errors
/// [`FanoutError`]: what is wrong with `[nats]`, or with the stream.
pub(crate) async fn look(config: &NatsConfig) -> Result<Option<Seen>, FanoutError> {
    Way::open(config, options(config)?).await?.look().await
}

/// What other hubs say.
pub(super) struct Heard {
    messages: Messages,
    way: Arc<Way>,
}

impl Heard {
    /// The next word; none where the stream has ended.
    ///
    /// # Errors
    /// [`FanoutError::Away`]: words may have been missed.
    pub(super) async fn next(&mut self) -> Result<Option<String>, FanoutError> {
        let Some(message) = self.messages.next().await else { return Ok(None) };
        let message = message.map_err(|error| self.way.away(&error))?;
        // One that is no text is no word.
        Ok(Some(String::from_utf8(message.payload.to_vec()).unwrap_or_default()))
    }
}

impl Way {
    async fn open(config: &NatsConfig, options: ConnectOptions) -> Result<Self, FanoutError> {
        let away = |cause: String| FanoutError::Away { stream: config.stream.clone(), cause };
        let client =
            options.connect(config.servers.as_slice()).await.map_err(|error| match error.kind() {
                async_nats::ConnectErrorKind::AuthorizationViolation => {
                    FanoutError::Config(whose(config), REFUSED.to_owned())
                }
                _ => away(error.to_string()),
            })?;
        let context = ContextBuilder::new().timeout(ATTEMPT).ack_timeout(ATTEMPT).build(client.clone());
        let subject = format!("{}.words", config.stream);
        Ok(Self { client, context, config: config.clone(), subject })
    }

    fn away(&self, cause: &dyn std::fmt::Display) -> FanoutError {
        FanoutError::Away { stream: self.config.stream.clone(), cause: cause.to_string() }
    }
}

const REFUSED: &str = "the servers do not take it (authorization violation); give them this user and its password, or this certificate";

fn log(event: &Event) {
    match event {
        Event::ClientError(error) => {
            tracing::warn!(%error, "the servers of [nats] cannot be reached; tried again");
        }
        // Of rights that this user lacks nobody else tells.
        Event::ServerError(error) => tracing::warn!(%error, "a server of [nats] refuses"),
        _ => {}
    }
}

/// By which key this hub says who it is.
fn whose(config: &NatsConfig) -> &'static str {
    match config.login {
        Some(_) => "user",
        None => "certificate",
    }
}

/// Servers that these tell of are not believed in: the first word to them would not be by TLS.
fn options(config: &NatsConfig) -> Result<ConnectOptions, FanoutError> {
    let tls = crate::client_tls::config(config.ca_file.as_deref(), config.client.as_ref())
        .map_err(|(field, cause)| FanoutError::Config(field, cause))?;
    let options = ConnectOptions::new()
        .name("velum-hub")
        .connection_timeout(ATTEMPT)
        .request_timeout(Some(ATTEMPT))
        .ignore_discovered_servers()
        .event_callback(|event| async move { log(&event) })
        .tls_client_config(tls);
    let Some((user, file)) = &config.login else { return Ok(options) };
    let password =
        crate::secret_file::read(file).map_err(|cause| FanoutError::Config("password_file", cause))?;
    Ok(options.user_and_password(user.clone(), password.as_str().to_owned()))
}
