//! A message as a CloudEvent.
//!
//! *Source*: CloudEvents 1.0.2, JSON event format and HTTP protocol binding. `id` and `source` together name a message
//! for ever, so that a receiver that gets one twice can tell.

use serde::Serialize;
use serde_json::{Value, json};

use super::Message;
use crate::console::view::{HeldView, RecordView, ReviewedView};

/// Media type of a whole CloudEvent.
pub(super) const STRUCTURED: &str = "application/cloudevents+json; charset=utf-8";
/// Of its data alone.
pub(super) const DATA: &str = "application/json";

/// A CloudEvent.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct CloudEvent {
    pub(super) specversion: &'static str,
    pub(super) id: String,
    pub(super) source: String,
    pub(super) r#type: String,
    /// The camera, where it is told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) subject: Option<String>,
    /// When it was, where it is told, and no finer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) time: Option<String>,
    pub(super) datacontenttype: &'static str,
    pub(super) data: Value,
}

impl CloudEvent {
    /// Of a message of the hub of this name.
    ///
    /// # Errors
    /// Where it is not to be had as JSON.
    pub(crate) fn of(message: &Message, hub: &str) -> Result<Self, serde_json::Error> {
        let event = message.event();
        let unix_ms = match message {
            Message::Test { unix_ms, .. } => Some(*unix_ms),
            _ => event.and_then(|event| event.time.as_ref()).map(|time| time.unix_ms),
        };
        Ok(Self {
            specversion: "1.0",
            id: message.id(),
            source: format!("//{hub}"),
            r#type: message.kind(),
            subject: event.and_then(|event| event.camera.clone()),
            time: unix_ms.and_then(rfc3339),
            datacontenttype: DATA,
            data: data(message)?,
        })
    }

    /// The headers of the binary mode, without the type of the data.
    pub(super) fn headers(&self) -> Vec<(&'static str, String)> {
        let all = [
            ("ce-specversion", Some(self.specversion)),
            ("ce-id", Some(self.id.as_str())),
            ("ce-source", Some(self.source.as_str())),
            ("ce-type", Some(self.r#type.as_str())),
            ("ce-subject", self.subject.as_deref()),
            ("ce-time", self.time.as_deref()),
        ];
        all.into_iter().filter_map(|(name, value)| Some((name, percent_encoded(value?)))).collect()
    }
}

fn data(message: &Message) -> Result<Value, serde_json::Error> {
    match message {
        Message::Record(held) if held.record.is_none() => {
            serde_json::to_value(HeldView::new(held.cursor, held.held_back.clone()))
        }
        Message::Record(stored) => serde_json::to_value(RecordView::from(stored.clone())),
        Message::Reviewed(record) => serde_json::to_value(ReviewedView::from(record.clone())),
        Message::Test { .. } => Ok(json!({ "message": "a trial of this connector: nothing happened" })),
    }
}

/// As the text of a time of JSON.
pub(super) fn rfc3339(unix_ms: i64) -> Option<String> {
    Some(jiff::Timestamp::from_millisecond(unix_ms).ok()?.to_string())
}

/// *Source*: HTTP protocol binding, 3.1.3.2.
fn percent_encoded(value: &str) -> String {
    let mut encoded = String::with_capacity(value.len());
    for byte in value.bytes() {
        if byte.is_ascii_graphic() && !matches!(byte, b'"' | b'%') {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn header_values_are_printable_ascii() {
        assert_eq!(percent_encoded("plaza-1"), "plaza-1");
        assert_eq!(percent_encoded("Euro € 😀"), "Euro%20%E2%82%AC%20%F0%9F%98%80");
        assert_eq!(percent_encoded("a\"b%c\r\n"), "a%22b%25c%0D%0A");
    }
}
