//! MQTT 5 with ONVIF's JSON events, QoS 1 over TLS: a message is acknowledged when the broker's PUBACK came.
//!
//! A session is kept while it works and made anew when it does not; what was not acknowledged is published again by the
//! courier, so the broker keeps no state for the hub. Events alone: never a box around somebody, never a picture.

mod onvif;
mod session;

use std::path::PathBuf;

use bytes::Bytes;
use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::mqttbytes::v5::{Connect, Login, PubAckReason, Publish, PublishProperties};
use zeroize::Zeroizing;

use super::connection::Destination;
use super::{Fault, Message, Outcome, Target};
use crate::config::TargetConfig;
use crate::secret_file;
use session::{Session, SessionError};

/// The broker forgets a hub from which it hears nothing for one and a half times so long.
const KEEP_ALIVE_SECS: u16 = 30;

/// A broker.
pub(super) struct Mqtt {
    destination: Destination,
    topic_prefix: String,
    client_id: String,
    login: Option<(String, Zeroizing<String>)>,
    session: Option<Session>,
}

impl Mqtt {
    /// With its password read.
    ///
    /// # Errors
    /// The key in hub.toml, and what is wrong with what it names.
    pub(super) fn open(
        target: &TargetConfig,
        (topic_prefix, client_id): (&str, &str),
        login: Option<&(String, PathBuf)>,
    ) -> Result<Self, Fault> {
        let login = login.map(|(user, file)| Ok((user.clone(), secret_file::read(file)?))).transpose();
        Ok(Self {
            destination: Destination::open(target)?,
            topic_prefix: topic_prefix.to_owned(),
            client_id: client_id.to_owned(),
            login: login.map_err(|reason| ("password_file", reason))?,
            session: None,
        })
    }

    /// All that a message is, one after the other; the first that is not taken decides.
    async fn publish_all(&mut self, message: &Message) -> Result<PubAckReason, SessionError> {
        let session = match self.session.take().filter(Session::is_open) {
            Some(session) => session,
            None => self.connect(matches!(message, Message::Test { .. })).await?,
        };
        let mut answer = PubAckReason::Success;
        for event in onvif::events(message) {
            let topic = event.topic(&self.topic_prefix);
            let mut publish = Publish::new(topic, QoS::AtLeastOnce, Bytes::from(event.payload()), None);
            publish.properties = Some(PublishProperties {
                payload_format_indicator: Some(1),
                content_type: Some("application/json".to_owned()),
                user_properties: vec![("velum-id".to_owned(), message.id())],
                ..PublishProperties::default()
            });
            answer = session.publish(publish).await?;
            if !is_taken(answer) {
                break;
            }
        }
        match message {
            // Nobody goes on with it.
            Message::Test { .. } => session.close().await,
            _ => self.session = Some(session),
        }
        Ok(answer)
    }

    /// A trial has a name of its own: with the hub's it would end the running hub's session.
    async fn connect(&self, is_test: bool) -> Result<Session, SessionError> {
        let connect = Connect {
            keep_alive: KEEP_ALIVE_SECS,
            client_id: if is_test { format!("{}-test", self.client_id) } else { self.client_id.clone() },
            clean_start: true,
            properties: None,
        };
        let login = self.login.as_ref().map(|(user, password)| Login::new(user.as_str(), password.as_str()));
        Session::open(self.destination.connect().await?, connect, login).await
    }
}

/// Topics and payloads of a message.
#[cfg(test)]
pub(super) fn published(message: &Message, prefix: &str) -> Vec<(String, serde_json::Value)> {
    let parsed = |payload: String| serde_json::from_str(&payload).unwrap_or_default();
    onvif::events(message).iter().map(|event| (event.topic(prefix), parsed(event.payload()))).collect()
}

/// Whether the broker has it. Nobody may have subscribed to it, which is not the broker's fault.
fn is_taken(answer: PubAckReason) -> bool {
    matches!(answer, PubAckReason::Success | PubAckReason::NoMatchingSubscribers)
}

impl Target for Mqtt {
    async fn deliver(&mut self, message: &Message) -> Outcome {
        let failed = |reason: String| Outcome::Failed { reason, retry_after: None };
        let limit = self.destination.timeout;
        match tokio::time::timeout(limit, self.publish_all(message)).await {
            Ok(Ok(answer)) if is_taken(answer) => Outcome::Acknowledged,
            Ok(Ok(
                answer @ (PubAckReason::NotAuthorized
                | PubAckReason::TopicNameInvalid
                | PubAckReason::PayloadFormatInvalid),
            )) => Outcome::Refused(format!("the broker answered {answer:?}")),
            Ok(Ok(answer)) => failed(format!("the broker answered {answer:?}")),
            Ok(Err(SessionError::TooLarge)) => Outcome::Refused(SessionError::TooLarge.to_string()),
            Ok(Err(error)) => failed(error.to_string()),
            Err(_) => failed(format!("no acknowledgement within {} s", limit.as_secs())),
        }
    }
}
