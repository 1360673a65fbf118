//! One session with a broker: connected once, then one publication after the other, each with its acknowledgement;
//! between them both sides see that the other is still there.
//!
//! *Source*: MQTT 5.0 (OASIS), 3.1, 3.2, 3.3, 3.4, 3.12, 3.14. Packets of a broker are bounded in size.

use std::io;
use std::time::Duration;

use bytes::BytesMut;
use rumqttc::v5::mqttbytes::Error as PacketError;
use rumqttc::v5::mqttbytes::v5::{
    ConnAckProperties, Connect, ConnectReturnCode, Disconnect, DisconnectReasonCode, Login, Packet, PingReq,
    PubAckReason, Publish,
};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;

use crate::connectors::connection::ConnectError;

/// What a broker says to somebody who subscribes to nothing is small.
const PACKET_BYTES: u32 = 16 * 1_024;

/// Why there is no acknowledgement.
#[derive(Debug, thiserror::Error)]
pub(super) enum SessionError {
    /// There is no connection.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// The broker lets nobody in by this name and password, or not now.
    #[error("the broker refuses the connection: {0:?}")]
    NotLetIn(ConnectReturnCode),
    /// The broker cannot say that it has something.
    #[error("the broker takes no QoS 1, without which nothing is acknowledged")]
    NoAcknowledgements,
    /// The broker takes nothing of this size.
    #[error("the broker takes no packet of this size")]
    TooLarge,
    /// The broker said something that cannot be.
    #[error("the broker does not speak MQTT 5 ({0})")]
    Protocol(String),
    /// The connection ended.
    #[error("the connection to the broker ended ({0})")]
    Ended(String),
}

impl From<io::Error> for SessionError {
    fn from(error: io::Error) -> Self {
        Self::Ended(error.to_string())
    }
}

/// A publication, and where its answer goes.
struct Request {
    publish: Publish,
    answer: oneshot::Sender<Result<PubAckReason, SessionError>>,
}

/// A session that is let in.
pub(super) struct Session {
    requests: mpsc::Sender<Request>,
    /// Ends with the session.
    driver: JoinSet<()>,
}

impl Session {
    /// Connects; the caller bounds the time.
    ///
    /// # Errors
    /// [`SessionError`].
    pub(super) async fn open<S>(
        stream: S,
        connect: Connect,
        login: Option<Login>,
    ) -> Result<Self, SessionError>
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let asked_secs = connect.keep_alive;
        let mut wire = Wire { stream, read: BytesMut::new(), most_bytes: None };
        wire.write(&Packet::Connect(connect, None, login)).await?;
        let properties = match wire.read().await? {
            Packet::ConnAck(answer) if answer.code == ConnectReturnCode::Success => answer.properties,
            Packet::ConnAck(answer) => return Err(SessionError::NotLetIn(answer.code)),
            other => return Err(unexpected(&other)),
        };
        let properties = properties.unwrap_or_else(no_properties);
        if properties.max_qos == Some(0) {
            return Err(SessionError::NoAcknowledgements);
        }
        wire.most_bytes = properties.max_packet_size;
        let keep_alive_secs = properties.server_keep_alive.unwrap_or(asked_secs).max(2);
        let (requests, taken) = mpsc::channel(1);
        let mut driver = JoinSet::new();
        driver.spawn(drive(wire, taken, Duration::from_secs(u64::from(keep_alive_secs) / 2)));
        Ok(Self { requests, driver })
    }

    /// Says goodbye, so that the broker need not wonder; the caller bounds the time.
    pub(super) async fn close(mut self) {
        drop(self.requests);
        while self.driver.join_next().await.is_some() {}
    }

    /// Whether the connection stands, as far as is known.
    pub(super) fn is_open(&self) -> bool {
        !self.requests.is_closed()
    }

    /// Publishes, and waits for the acknowledgement; the caller bounds the time.
    ///
    /// # Errors
    /// [`SessionError`].
    pub(super) async fn publish(&self, publish: Publish) -> Result<PubAckReason, SessionError> {
        let ended = || SessionError::Ended("closed by the broker".to_owned());
        let (answer, answered) = oneshot::channel();
        self.requests.send(Request { publish, answer }).await.map_err(|_| ended())?;
        answered.await.map_err(|_| ended())?
    }
}

fn no_properties() -> ConnAckProperties {
    ConnAckProperties {
        session_expiry_interval: None,
        receive_max: None,
        max_qos: None,
        retain_available: None,
        max_packet_size: None,
        assigned_client_identifier: None,
        topic_alias_max: None,
        reason_string: None,
        user_properties: Vec::new(),
        wildcard_subscription_available: None,
        subscription_identifiers_available: None,
        shared_subscription_available: None,
        server_keep_alive: None,
        response_information: None,
        server_reference: None,
        authentication_method: None,
        authentication_data: None,
    }
}

fn unexpected(packet: &Packet) -> SessionError {
    match packet {
        Packet::Disconnect(end) => SessionError::Ended(format!("{:?}", end.reason_code)),
        _ => SessionError::Protocol("a packet that nobody asked for".to_owned()),
    }
}

/// Until the session is dropped or the connection ends.
async fn drive<S: AsyncRead + AsyncWrite + Unpin>(
    mut wire: Wire<S>,
    mut requests: mpsc::Receiver<Request>,
    ping_interval: Duration,
) {
    let mut under_way: Option<oneshot::Sender<Result<PubAckReason, SessionError>>> = None;
    let ended = converse(&mut wire, &mut requests, ping_interval, &mut under_way).await;
    requests.close();
    if let (Some(answer), Err(error)) = (under_way, ended) {
        // Whoever asked may have given up.
        let _told = answer.send(Err(error));
    }
}

async fn converse<S: AsyncRead + AsyncWrite + Unpin>(
    wire: &mut Wire<S>,
    requests: &mut mpsc::Receiver<Request>,
    ping_interval: Duration,
    under_way: &mut Option<oneshot::Sender<Result<PubAckReason, SessionError>>>,
) -> Result<(), SessionError> {
    let mut pings = tokio::time::interval(ping_interval);
    pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
    pings.reset();
    let (mut packet_id, mut is_ping_owed) = (0_u16, false);
    loop {
        tokio::select! {
            request = requests.recv(), if under_way.is_none() => {
                let Some(Request { mut publish, answer }) = request else { return wire.say_goodbye().await };
                packet_id = packet_id.checked_add(1).unwrap_or(1);
                publish.pkid = packet_id;
                *under_way = Some(answer);
                wire.write(&Packet::Publish(publish)).await?;
            }
            packet = wire.read() => match packet? {
                Packet::PubAck(ack) if ack.pkid == packet_id => {
                    if let Some(answer) = under_way.take() {
                        let _told = answer.send(Ok(ack.reason));
                    }
                }
                Packet::PingResp(_) => is_ping_owed = false,
                // Of an attempt that was given up.
                Packet::PubAck(_) => {}
                other => return Err(unexpected(&other)),
            },
            _ = pings.tick() => {
                if is_ping_owed {
                    return Err(SessionError::Ended("the broker fell silent".to_owned()));
                }
                wire.write(&Packet::PingReq(PingReq)).await?;
                is_ping_owed = true;
            }
        }
    }
}

/// Packets over a connection.
struct Wire<S> {
    stream: S,
    read: BytesMut,
    /// The largest packet that the broker takes.
    most_bytes: Option<u32>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Wire<S> {
    async fn write(&mut self, packet: &Packet) -> Result<(), SessionError> {
        let mut bytes = BytesMut::new();
        packet.write(&mut bytes, self.most_bytes).map_err(|error| match error {
            PacketError::OutgoingPacketTooLarge { .. } => SessionError::TooLarge,
            other => SessionError::Protocol(other.to_string()),
        })?;
        self.stream.write_all(&bytes).await?;
        Ok(self.stream.flush().await?)
    }

    async fn say_goodbye(&mut self) -> Result<(), SessionError> {
        self.write(&Packet::Disconnect(Disconnect::new(DisconnectReasonCode::NormalDisconnection))).await?;
        Ok(self.stream.shutdown().await?)
    }

    /// The next packet. What was read stays, where this is not waited for to the end.
    async fn read(&mut self) -> Result<Packet, SessionError> {
        loop {
            match Packet::read(&mut self.read, Some(PACKET_BYTES)) {
                Ok(packet) => return Ok(packet),
                Err(PacketError::InsufficientBytes(_)) => {}
                Err(error) => return Err(SessionError::Protocol(error.to_string())),
            }
            if self.stream.read_buf(&mut self.read).await? == 0 {
                return Err(SessionError::Ended("closed by the broker".to_owned()));
            }
        }
    }
}

#[cfg(test)]
mod tests;
