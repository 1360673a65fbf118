//! Where the objects of told alerts lie, by the event that told of them: so that an operator can name an event, and
//! the hub need not know the place.
//!
//! Content of `places/CAMERA.json`, version 1:
//! ```text
//! {"places": [{"event": "0f3c...",        random id of the raised or updated event
//!              "zone": "plaza",
//!              "rectangle": [0.1, 0.2, 0.15, 0.3],   left, top, right, bottom, fractions of the picture
//!              "hour": 1795219200}]}      in which it was told, Unix seconds
//! ```
//! At most [`MAX_PLACES`], the oldest go first; each goes before it is older than may be kept.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use velum_vocab::{EventId, Timestamp, ZoneId};

use super::file::Content;
use super::rectangle::Rectangle;
use crate::ledger::hour_of;

const MAX_PLACES: usize = 200;

/// One camera's.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Places {
    places: Vec<Place>,
}

/// One event's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Place {
    event: String,
    pub(crate) zone: String,
    pub(crate) rectangle: Rectangle,
    hour: i64,
}

impl Content for Places {
    const FORMAT: &'static str = "velum-places";
    const FOLDER: &'static str = "places";

    fn is_empty(&self) -> bool {
        self.places.is_empty()
    }
}

impl Places {
    pub(super) fn add(&mut self, event: EventId, zone: &ZoneId, rectangle: Rectangle, now: Timestamp) {
        let surplus = (self.places.len() + 1).saturating_sub(MAX_PLACES);
        self.places.drain(..surplus);
        let (event, zone, hour) = (event.to_string(), zone.to_string(), hour_of(now));
        self.places.push(Place { event, zone, rectangle, hour });
    }

    /// Of this event, by its id in hexadecimal digits.
    pub(crate) fn of(&self, event: &str) -> Option<&Place> {
        self.places.iter().find(|place| place.event == event)
    }

    pub(super) fn expire(&mut self, mark: Timestamp, keep: Duration) -> bool {
        let before = self.places.len();
        self.places.retain(|place| Timestamp::from_unix_secs(place.hour).plus(keep) > mark);
        self.places.len() != before
    }
}
