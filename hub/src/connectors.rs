//! Connectors: what the hub hands on by itself, to the machines of those whom a policy names as recipients.
//!
//! In the order of an event's way: `feed` is what the connector's recipient may be told, by the same way as a person's
//! reading; `courier` hands on one message after the other, waits for the target's acknowledgement, and remembers how
//! far it came; `message` and `cloudevents` say what is sent, `webhook`, `mqtt` and `milestone` send it, over a
//! connection that `connection` made to an address that `address` let through; `http` is one request and its answer. `secrets` reads keys and passwords, `commands` is
//! `velum-hub connector`.
//!
//! Invariants: a connector is a recipient, and without a role in a published policy it sends nothing; what is disclosed
//! is in the audit log first; nothing is lost and the order is kept, but for what the target refused for good and is
//! listed; each connector has its own task and holds one message at a time, read and judged anew at each attempt.

mod address;
mod cloudevents;
mod commands;
mod connection;
mod courier;
mod feed;
mod http;
mod message;
mod milestone;
mod mqtt;
pub(crate) mod otlp;

mod webhook;

use std::pin::Pin;

use tokio::task::JoinSet;

pub(crate) use address::is_public;
pub(crate) use cloudevents::CloudEvent;
pub(crate) use commands::{ConnectorCommand, run};
pub(crate) use message::Message;

use crate::config::{ConnectorConfig, HubConfig, KindConfig, TargetConfig};
use crate::following::Doors;
use crate::store::StoreError;
use connection::Destination;
use courier::Courier;
use milestone::Milestone;
use mqtt::Mqtt;
use webhook::Webhook;

/// Why connectors cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConnectorError {
    /// Something that hub.toml names.
    #[error("connector `{name}`: {field}: {reason}")]
    Setting {
        /// The connector.
        name: String,
        /// The key in hub.toml.
        field: &'static str,
        /// What is wrong, and what would do.
        reason: String,
    },
    /// The store failed.
    #[error("connectors: {0}")]
    Store(#[from] StoreError),
}

/// What became of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Outcome {
    /// The target has it.
    Acknowledged,
    /// The target will never take it.
    Refused(String),
    /// It may work later; not before so long, where the target said so.
    Failed { reason: String, retry_after: Option<std::time::Duration> },
}

/// Where a connector hands on to.
trait Target: Send {
    /// Sends one message, and waits for the answer. Bounded in time and memory.
    fn deliver(&mut self, message: &Message) -> impl Future<Output = Outcome> + Send;
}

/// A target of any kind.
enum AnyTarget {
    Webhook(Box<Webhook>),
    Mqtt(Box<Mqtt>),
    Milestone(Box<Milestone>),
}

impl AnyTarget {
    /// With its secrets, templates and authorities read and checked.
    fn open(config: &ConnectorConfig, hub: &str) -> Result<Self, ConnectorError> {
        let setting =
            |(field, reason): Fault| ConnectorError::Setting { name: config.name.to_string(), field, reason };
        Ok(match &config.kind {
            KindConfig::Webhook { secret_file, body } => {
                let webhook = Webhook::open(&config.target, (secret_file, body), hub).map_err(setting)?;
                Self::Webhook(Box::new(webhook))
            }
            KindConfig::Mqtt { topic_prefix, client_id, login } => {
                let mqtt = Mqtt::open(&config.target, (topic_prefix, client_id), login.as_ref());
                Self::Mqtt(Box::new(mqtt.map_err(setting)?))
            }
            KindConfig::Milestone(milestone) => {
                let milestone = Milestone::open(&config.target, milestone).map_err(setting)?;
                Self::Milestone(Box::new(milestone))
            }
        })
    }
}

impl Target for AnyTarget {
    async fn deliver(&mut self, message: &Message) -> Outcome {
        match self {
            Self::Webhook(webhook) => webhook.deliver(message).await,
            Self::Mqtt(mqtt) => mqtt.deliver(message).await,
            Self::Milestone(milestone) => milestone.deliver(message).await,
        }
    }
}

/// Whether the hub could start with a connector: its secrets, templates and authorities are read, and nothing is sent.
///
/// # Errors
/// [`ConnectorError::Setting`].
pub(crate) fn can_open(config: &ConnectorConfig, hub: &str) -> Result<(), ConnectorError> {
    AnyTarget::open(config, hub).map(drop)
}

/// Whether a target is there and who it should be: a TLS connection that is closed again.
///
/// # Errors
/// What is in the way, in words.
pub(crate) async fn can_connect(target: &TargetConfig) -> Result<(), String> {
    let destination = Destination::open(target).map_err(|(field, reason)| format!("{field}: {reason}"))?;
    match tokio::time::timeout(destination.timeout, destination.connect()).await {
        Ok(connected) => connected.map(drop).map_err(|error| error.to_string()),
        Err(_) => Err(format!("no connection within {} s", destination.timeout.as_secs())),
    }
}

/// A key of hub.toml, and what is wrong with what it names.
type Fault = (&'static str, String);

const OPEN_AGAIN: std::time::Duration = std::time::Duration::from_secs(5);

/// One connector's work, for as long as the hub runs.
pub(crate) type Work = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Gives each connector its role and its place, and readies its target.
///
/// # Errors
/// [`ConnectorError`]: the hub must not start, or it would look as if events were handed on.
pub(crate) async fn open(config: &HubConfig, doors: &Doors) -> Result<Vec<Work>, ConnectorError> {
    let roles: Vec<_> =
        config.connectors.iter().map(|one| (one.name.clone(), one.recipient.clone())).collect();
    doors.store.set_connector_roles(&roles, doors.clock.unix_ms()).await?;
    let mut all: Vec<Work> = Vec::with_capacity(config.connectors.len());
    for one in &config.connectors {
        let target = AnyTarget::open(one, config.name())?;
        let courier = Courier::open(one, doors.clone(), target).await?;
        all.push(Box::pin(courier.run()));
    }
    Ok(all)
}

/// Hands on for as long as this hub leads, and again once it leads again. A delivery that is cut off is tried again by whoever
/// leads next: a target may get it twice.
pub(crate) async fn run_while_leading(config: HubConfig, doors: Doors) {
    let mut leads = doors.store.leads();
    while leads.wait_for(|leads| *leads).await.is_ok() {
        let mut running = JoinSet::new();
        match open(&config, &doors).await {
            Ok(all) => all.into_iter().for_each(|work| drop(running.spawn(work))),
            Err(error) => {
                tracing::error!(%error, "connectors cannot be opened; tried again");
                tokio::time::sleep(OPEN_AGAIN).await;
                continue;
            }
        }
        if leads.wait_for(|leads| !*leads).await.is_err() {
            return;
        }
        running.shutdown().await;
    }
}

#[cfg(test)]
pub(crate) mod tests;
