//! Analytics events of Milestone XProtect: XML to the event server's port, by HTTP or bare over TCP.
//!
//! By HTTP the server says what became of it. Bare, TCP says no more than that the other side has all bytes and closed
//! after them: that counts as taken here, and docs/integration/milestone.md says so. Events alone: never a box around
//! somebody, never a picture.

mod event;
mod xml;

use std::io;
use std::sync::Arc;

use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{CONNECTION, CONTENT_TYPE, HOST, USER_AGENT};
use hyper::{HeaderMap, Request, StatusCode};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::connection::{ConnectError, Destination};
use super::http::{self, AGENT, PostError, answer};
use super::{Fault, Message, Outcome, Target};
use crate::clock::{Clock, SystemClock};
use crate::config::{MilestoneConfig, TargetConfig, Transport};
use event::Names;

/// Of what a server says.
const ANSWER_BYTES: usize = 8 * 1_024;
/// Of it so much is told on, characters.
const ANSWER_CHARS: usize = 160;
/// *Source*: Milestone's sample TriggerAnalyticsEventXML, which takes this text in an answer 200 for a failure.
const UNKNOWN_MESSAGE: &str = "Event message not known";
/// The scheme's usual port is not XProtect's: the port is always named.
const NO_USUAL_PORT: u16 = 0;

/// An XProtect event server.
pub(super) struct Milestone {
    destination: Destination,
    path: String,
    transport: Transport,
    names: Names,
    clock: Arc<dyn Clock>,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
enum SendError {
    #[error(transparent)]
    Post(#[from] PostError),
    #[error(transparent)]
    Connect(#[from] ConnectError),
    #[error("the connection broke before the server closed it ({0})")]
    Broken(#[from] io::Error),
}

impl Milestone {
    /// With its authorities read.
    ///
    /// # Errors
    /// The key in hub.toml, and what is wrong with what it names.
    pub(super) fn open(target: &TargetConfig, config: &MilestoneConfig) -> Result<Self, Fault> {
        Ok(Self {
            destination: Destination::open(target)?,
            path: target.path.clone(),
            transport: config.transport,
            names: Names { message_prefix: config.message_prefix.clone(), cameras: config.cameras.clone() },
            clock: Arc::new(SystemClock),
        })
    }

    async fn send(&self, document: String, name: &str) -> Result<Outcome, SendError> {
        match self.transport {
            Transport::Http => self.post(document, name).await,
            Transport::Tcp => self.write(&document, name).await,
        }
    }

    async fn post(&self, document: String, name: &str) -> Result<Outcome, SendError> {
        let request = Request::post(&self.path)
            .header(HOST, self.destination.authority(NO_USUAL_PORT))
            .header(USER_AGENT, AGENT)
            .header(CONNECTION, "close")
            .header(CONTENT_TYPE, "text/xml")
            .body(Full::<Bytes>::from(document));
        let request = match request {
            Ok(request) => request,
            Err(error) => return Ok(Outcome::Refused(error.to_string())),
        };
        let found = http::post(&self.destination, request, ANSWER_BYTES).await?;
        let said = String::from_utf8_lossy(&found.body);
        Ok(self.outcome((found.status, &found.headers), &said, name))
    }

    /// All bytes, then our end of the connection; and what the server says until it closes its own.
    async fn write(&self, document: &str, name: &str) -> Result<Outcome, SendError> {
        let mut stream = self.destination.connect().await?;
        stream.write_all(document.as_bytes()).await?;
        stream.shutdown().await?;
        let mut said = Vec::new();
        stream.take(ANSWER_BYTES as u64).read_to_end(&mut said).await?;
        let said = String::from_utf8_lossy(&said);
        Ok(match status_of_bare(&said) {
            Some(status) => self.outcome((status, &HeaderMap::new()), &said, name),
            None => Outcome::Refused(with_words("the server did not say OK".to_owned(), &said)),
        })
    }

    fn outcome(&self, (status, headers): (StatusCode, &HeaderMap), said: &str, name: &str) -> Outcome {
        if status == StatusCode::FORBIDDEN {
            let reason = "the server answered 403: is the hub among the addresses from which the Management Client \
                          allows analytics events (Tools, Options, Analytics Events)?";
            return Outcome::Failed { reason: reason.to_owned(), retry_after: None };
        }
        if said.contains(UNKNOWN_MESSAGE) {
            return Outcome::Refused(format!(
                "the server knows no analytics event `{name}`: add it in the Management Client (Rules and Events, \
                 Analytics Events), and replay this"
            ));
        }
        match answer::outcome(status, headers, self.clock.unix_ms()) {
            Outcome::Refused(reason) => Outcome::Refused(with_words(reason, said)),
            Outcome::Failed { reason, retry_after } => {
                Outcome::Failed { reason: with_words(reason, said), retry_after }
            }
            Outcome::Acknowledged => Outcome::Acknowledged,
        }
    }
}

/// What an answer to bare XML means; nothing where it is an error. There need not be any; the sample's page knows "OK or
/// an error message", and the same port speaks HTTP: where it does so here, that counts.
fn status_of_bare(said: &str) -> Option<StatusCode> {
    if let Some((_, rest)) = said.strip_prefix("HTTP/1.").and_then(|rest| rest.split_once(' ')) {
        return rest.split_whitespace().next()?.parse().ok();
    }
    let words = said.trim_start().to_ascii_lowercase();
    let is_good = words.is_empty() || words.starts_with("ok") || words.starts_with("warning");
    is_good.then_some(StatusCode::OK)
}

/// What a server says of its reasons, as one line.
fn with_words(reason: String, said: &str) -> String {
    let line: String = said.split_whitespace().collect::<Vec<_>>().join(" ");
    let line: String = line.chars().filter(|c| !c.is_control()).take(ANSWER_CHARS).collect();
    if line.is_empty() { reason } else { format!("{reason}: {line}") }
}

/// The document of a message.
#[cfg(test)]
pub(super) fn document(message: &Message, config: &MilestoneConfig, now_unix_ms: i64) -> Option<String> {
    let names = Names { message_prefix: config.message_prefix.clone(), cameras: config.cameras.clone() };
    event::document(message, &names, now_unix_ms)
}

impl Target for Milestone {
    async fn deliver(&mut self, message: &Message) -> Outcome {
        let Some(document) = event::document(message, &self.names, self.clock.unix_ms()) else {
            // No event: there is nothing to hand on.
            return Outcome::Acknowledged;
        };
        let name = event::name(message, &self.names);
        let failed = |reason: String| Outcome::Failed { reason, retry_after: None };
        let limit = self.destination.timeout;
        match (tokio::time::timeout(limit, self.send(document, &name)).await, self.transport) {
            (Ok(Ok(outcome)), _) => outcome,
            (Ok(Err(error)), _) => failed(error.to_string()),
            (Err(_), Transport::Http) => failed(format!("no answer within {} s", limit.as_secs())),
            (Err(_), Transport::Tcp) => failed(format!(
                "the server did not close the connection within {} s, so that nothing says whether it has all; \
                 take http://, which is answered",
                limit.as_secs()
            )),
        }
    }
}
