//! How the connection stands, for metrics and `check`.

use prost::Message;
use velum_proto::v1::{BoxMessage, box_message};

/// How the connection stands.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UplinkStatus {
    /// The hub has welcomed this box, and the stream lives.
    pub is_connected: bool,
    /// Welcomes since the start.
    pub connections: u64,
    /// The highest number that the hub has acknowledged.
    pub acknowledged: u64,
    /// Bytes of messages handed to the network since the start.
    pub sent: SentBytes,
    /// Why the last connection ended or could not be made: in words.
    pub last_end: Option<String>,
}

/// What left, by what it was. Bytes of messages, before TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SentBytes {
    /// Numbered records: events, and the ends of numbers without one.
    pub events: u64,
    /// Hours of cameras.
    pub coverage: u64,
    /// Answers to requests for stills, refusals included.
    pub stills: u64,
    /// Answers to policies that the hub handed over, and to its orders.
    pub receipts: u64,
    /// How the box is set and how it stands.
    pub standing: u64,
}

impl SentBytes {
    /// Counts a message.
    pub(crate) fn add(&mut self, message: &BoxMessage) {
        let bytes = u64::try_from(message.encoded_len()).unwrap_or(u64::MAX);
        let of_its_kind = match &message.message {
            Some(box_message::Message::Coverage(_)) => &mut self.coverage,
            Some(box_message::Message::StillAnswer(_)) => &mut self.stills,
            Some(
                box_message::Message::SettingsReport(_)
                | box_message::Message::SettingsReceipt(_)
                | box_message::Message::BoxState(_),
            ) => &mut self.standing,
            Some(
                box_message::Message::PolicyReceipt(_)
                | box_message::Message::SuppressionReceipt(_)
                | box_message::Message::ExerciseReport(_),
            ) => &mut self.receipts,
            _ => &mut self.events,
        };
        *of_its_kind = of_its_kind.saturating_add(bytes);
    }
}
