//! What the stream is to be, and what is wrong with one that is there.

use async_nats::jetstream::ErrorCode;
use async_nats::jetstream::context::{CreateStreamErrorKind, GetStreamErrorKind};
use async_nats::jetstream::stream::{Config, DiscardPolicy, Info, RetentionPolicy, StorageType, Stream};

use super::{FanoutError, Way};
use std::time::Duration;

const MOST_AGE: Duration = Duration::from_secs(3_600);
const MOST_WORDS: i64 = 100_000;
const MOST_BYTES: i64 = 32 * 1_024 * 1_024;
/// A word and its id have fewer.
const MOST_BYTES_OF_ONE: i32 = 512;

/// A stream as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) replicas: usize,
    /// Servers that do not have all of it at the moment.
    pub(crate) behind: Vec<String>,
}

impl Seen {
    fn of(info: &Info) -> Self {
        let others = info.cluster.as_ref().map(|cluster| cluster.replicas.as_slice()).unwrap_or_default();
        let behind = others.iter().filter(|one| one.offline || !one.current);
        Self { replicas: info.config.num_replicas, behind: behind.map(|one| one.name.clone()).collect() }
    }
}

impl Way {
    /// The stream; made where it is not there.
    ///
    /// # Errors
    /// [`FanoutError`]: it is there, and is not as `[nats]` says.
    pub(super) async fn stream(&self) -> Result<Stream, FanoutError> {
        let made = self.context.get_or_create_stream(self.wanted()).await;
        let stream = made.map_err(|error| match error.kind() {
            CreateStreamErrorKind::JetStream(error)
                if error.error_code() == ErrorCode::STREAM_REPLICAS_NOT_SUPPORTED =>
            {
                let found = self.config.replicas;
                FanoutError::Config(
                    "replicas",
                    format!("found `{found}`, and the server is in no cluster; expected 1, or servers in a cluster"),
                )
            }
            _ => self.away(&error),
        })?;
        self.judge(&stream.cached_info().config)?;
        Ok(stream)
    }

    /// How it is; none where it is not there yet.
    pub(super) async fn look(&self) -> Result<Option<Seen>, FanoutError> {
        match self.context.get_stream(&self.config.stream).await {
            Ok(stream) => {
                let info = stream.cached_info();
                self.judge(&info.config).map(|()| Some(Seen::of(info)))
            }
            Err(error) => match error.kind() {
                GetStreamErrorKind::JetStream(error) if error.error_code() == ErrorCode::STREAM_NOT_FOUND => {
                    Ok(None)
                }
                _ => Err(self.away(&error)),
            },
        }
    }

    fn wanted(&self) -> Config {
        Config {
            name: self.config.stream.clone(),
            subjects: vec![self.subject.clone()],
            storage: StorageType::File,
            retention: RetentionPolicy::Limits,
            discard: DiscardPolicy::Old,
            max_age: MOST_AGE,
            max_messages: MOST_WORDS,
            max_bytes: MOST_BYTES,
            max_message_size: MOST_BYTES_OF_ONE,
            num_replicas: self.config.replicas,
            ..Config::default()
        }
    }

    /// A word in a stream of another kind would not be what a box is told by an acknowledgement.
    fn judge(&self, found: &Config) -> Result<(), FanoutError> {
        let Some((field, fault)) = fault(found, &self.wanted()) else { return Ok(()) };
        let stream = &self.config.stream;
        let fix = match field {
            "replicas" => {
                format!(
                    "`nats stream edit {stream} --replicas {}`, or write what is there",
                    self.config.replicas
                )
            }
            _ => format!(
                "delete it where it is nobody else's (`nats stream rm {stream}`; hubs make it anew), or name another, for example `velum-hubs`"
            ),
        };
        Err(FanoutError::Config(field, format!("the stream `{stream}` is there, and {fault}; {fix}")))
    }
}

/// The key of `[nats]`, and what is wrong.
fn fault(found: &Config, wanted: &Config) -> Option<(&'static str, String)> {
    let is_unbounded = found.max_age.is_zero() && found.max_bytes <= 0 && found.max_messages <= 0;
    let faults = [
        (found.subjects != wanted.subjects).then(|| {
            format!("takes `{}`, expected `{}`", found.subjects.join(" "), wanted.subjects.join(" "))
        }),
        (found.storage != wanted.storage).then(|| "keeps words in memory, expected in files".to_owned()),
        (found.retention != wanted.retention)
            .then(|| format!("is for {:?}, expected Limits", found.retention)),
        (found.discard != wanted.discard)
            .then(|| "refuses words once it is full, expected to forget the oldest".to_owned()),
        (found.sealed || found.mirror.is_some())
            .then(|| "takes no words, being sealed or a mirror".to_owned()),
        (1..wanted.max_message_size).contains(&found.max_message_size).then(|| {
            format!(
                "takes {} bytes of one word, expected {}",
                found.max_message_size, wanted.max_message_size
            )
        }),
        is_unbounded.then(|| "forgets nothing, expected a limit of age, bytes or number".to_owned()),
    ];
    let of_kind = faults.into_iter().flatten().next().map(|fault| ("stream", fault));
    of_kind.or_else(|| {
        (found.num_replicas < wanted.num_replicas).then(|| {
            (
                "replicas",
                format!("is on {} server(s), expected on {}", found.num_replicas, wanted.num_replicas),
            )
        })
    })
}
