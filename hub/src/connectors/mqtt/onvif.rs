//! An event as ONVIF's JSON event.
//!
//! *Source*: ONVIF Core specification, "Event broker": topic structure and JSON event payload (`onvif-ej`); Analytics
//! service specification, specified rules: `tns1:RuleEngine/ObjectAbandoned` and `tns1:RuleEngine/CountAggregation/Counter`.
//! Topics and names that ONVIF does not have begin with `velum:`. docs/integration/mqtt.md has them all.

use serde_json::{Map, Value, json};
use velum_proto::v1::{
    AbandonedObject, CameraHealth, CountBand, CrowdDensity, CrowdMovement, Event, EventState, Verdict,
    event::Body,
};

use super::Message;
use crate::connectors::cloudevents::rfc3339;
use crate::console::view::{confidence, coverage, direction, pattern, state, validity};
use crate::reviews::name_of;

/// What it says where no time is told: a time is needed there.
const NO_TIME: &str = "1970-01-01T00:00:00Z";

/// One publication.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct JsonEvent {
    local_topic: &'static str,
    /// In the order of the topic.
    source: Vec<(&'static str, String)>,
    utc_time: String,
    data: Map<String, Value>,
}

/// What a message is: none where it is no event; of a density two, a count for those who know ONVIF's counters, and all.
pub(super) fn events(message: &Message) -> Vec<JsonEvent> {
    let event = match message {
        Message::Test { unix_ms, .. } => return vec![trial(*unix_ms)],
        _ => message.event(),
    };
    let Some(event) = event else { return Vec::new() };
    let of = |local_topic, items: Map<String, Value>| JsonEvent {
        local_topic,
        source: source(event),
        utc_time: event
            .time
            .as_ref()
            .and_then(|time| rfc3339(time.unix_ms))
            .unwrap_or_else(|| NO_TIME.to_owned()),
        data: items.into_iter().chain(common(event, message)).collect(),
    };
    match &event.body {
        Some(Body::AbandonedObject(object)) => {
            vec![of("RuleEngine/ObjectAbandoned", abandoned(event, object))]
        }
        Some(Body::CrowdDensity(crowd)) => {
            let count = crowd.persons.map(|band| of("RuleEngine/CountAggregation/Counter", counter(&band)));
            count.into_iter().chain([of("RuleEngine/velum:CrowdDensity", density(crowd))]).collect()
        }
        Some(Body::CrowdMovement(crowd)) => vec![of("RuleEngine/velum:CrowdMovement", movement(crowd))],
        Some(Body::CameraHealth(health)) => vec![of("VideoSource/velum:CameraHealth", camera_health(health))],
        None => vec![of("RuleEngine/velum:Event", Map::new())],
    }
}

impl JsonEvent {
    /// The topic below this prefix.
    pub(super) fn topic(&self, prefix: &str) -> String {
        let head = format!("{prefix}/onvif-ej/{}", self.local_topic);
        if self.source.is_empty() {
            return head;
        }
        let values: Vec<String> = self.source.iter().map(|(_, value)| level(value)).collect();
        format!("{head}/&{}", values.join("/"))
    }

    /// The payload.
    pub(super) fn payload(&self) -> String {
        let source: Map<String, Value> =
            self.source.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
        json!({ "UtcTime": self.utc_time, "Source": source, "Data": self.data }).to_string()
    }
}

fn trial(unix_ms: i64) -> JsonEvent {
    JsonEvent {
        local_topic: "Device/velum:Trial",
        source: Vec::new(),
        utc_time: rfc3339(unix_ms).unwrap_or_else(|| NO_TIME.to_owned()),
        data: items([("velum:Message", json!("a trial of this connector: nothing happened"))]),
    }
}

/// The camera as the video source, the zone as the rule: as far as they are told.
fn source(event: &Event) -> Vec<(&'static str, String)> {
    let rule = event.zone.clone().filter(|_| event.camera.is_some());
    let told = [("VideoSource", event.camera.clone()), ("Rule", rule)];
    told.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}

/// A value as a level of a topic: without what a filter or a level means something by.
fn level(value: &str) -> String {
    value.chars().filter(|c| !c.is_control() && !matches!(c, '+' | '#' | '/')).collect()
}

fn items<const N: usize>(all: [(&str, Value); N]) -> Map<String, Value> {
    let told = all.into_iter().filter(|(_, value)| !value.is_null());
    told.map(|(name, value)| (name.to_owned(), value)).collect()
}

/// What every event of ours says beside ONVIF's own items.
fn common(event: &Event, message: &Message) -> Map<String, Value> {
    let id = |bytes: &[u8]| (!bytes.is_empty()).then(|| hex::encode(bytes));
    let outcome = match message {
        Message::Reviewed(record) if record.outcome() != Verdict::Unspecified => {
            Some(name_of(record.outcome()))
        }
        _ => None,
    };
    items([
        ("velum:Id", json!(message.id())),
        ("velum:EventId", json!(id(&event.id))),
        ("velum:AlertId", json!(id(&event.alert_id))),
        ("velum:State", json!(state(event.state()))),
        ("velum:Site", json!(event.site)),
        ("velum:Zone", json!(event.zone)),
        ("velum:TimePrecisionMs", json!(event.time.as_ref().map(|time| time.precision_ms))),
        ("velum:Confidence", json!(confidence(event.confidence()))),
        ("velum:Validity", json!(validity(event.validity()))),
        ("velum:Staged", json!(event.staged)),
        ("velum:Outcome", json!(outcome)),
    ])
}

/// A property: its list of objects is empty once the alert is cleared.
fn abandoned(event: &Event, object: &AbandonedObject) -> Map<String, Value> {
    let is_there = event.state() != EventState::Cleared;
    let object_id = if is_there { hex::encode(&event.alert_id) } else { String::new() };
    let first_seen = object.first_seen.as_ref().and_then(|time| rfc3339(time.unix_ms));
    items([
        ("ObjectId", json!(object_id)),
        ("ClassTypes", json!(object.object_kind.as_ref().filter(|_| is_there))),
        ("velum:DwellAtLeastSecs", json!(object.dwell.as_ref().map(|dwell| dwell.at_least_secs))),
        ("velum:DwellBelowSecs", json!(object.dwell.as_ref().and_then(|dwell| dwell.below_secs))),
        ("velum:FirstSeen", json!(first_seen)),
    ])
}

/// The least that the band allows: a counter has one number.
fn counter(persons: &CountBand) -> Map<String, Value> {
    items([("Count", json!(persons.at_least)), ("velum:CountBelow", json!(persons.below))])
}

fn density(crowd: &CrowdDensity) -> Map<String, Value> {
    let persons = crowd.persons.as_ref();
    items([
        ("Level", json!(crowd.level)),
        ("PreviousLevel", json!(crowd.previous_level)),
        ("PersonsAtLeast", json!(persons.map(|band| band.at_least))),
        ("PersonsBelow", json!(persons.and_then(|band| band.below))),
        ("PersonsPerM2Low", json!(crowd.persons_per_m2.as_ref().map(|range| range.low))),
        ("PersonsPerM2High", json!(crowd.persons_per_m2.as_ref().map(|range| range.high))),
        ("Relative", json!(crowd.relative)),
        ("DemoThreshold", json!(crowd.demo_threshold)),
    ])
}

fn movement(crowd: &CrowdMovement) -> Map<String, Value> {
    let (persons, speed) = (crowd.persons.as_ref(), crowd.speed.as_ref());
    items([
        ("Pattern", json!(pattern(crowd.pattern()))),
        ("PersonsAtLeast", json!(persons.map(|band| band.at_least))),
        ("PersonsBelow", json!(persons.and_then(|band| band.below))),
        ("SpeedAtLeastMPerS", json!(speed.map(|band| band.at_least_m_per_s))),
        ("SpeedBelowMPerS", json!(speed.and_then(|band| band.below_m_per_s))),
        ("Direction", json!(direction(crowd.direction()))),
        ("Relative", json!(crowd.relative)),
    ])
}

fn camera_health(health: &CameraHealth) -> Map<String, Value> {
    items([("State", json!(coverage(health.state())))])
}
