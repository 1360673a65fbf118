//! An event as XProtect's `AnalyticsEvent`.
//!
//! *Source*: `AnalyticsEvent.xsd`, version 1.0, of Milestone's protocol samples (milestonesys/mipsdk-samples-protocol,
//! TriggerAnalyticsEventXML): elements stand in the order of that schema. There are places in it for boxes around
//! objects, masks, paths and pictures: none of them is ever written. docs/integration/milestone.md has examples.

use std::collections::BTreeMap;

use velum_proto::v1::{
    AbandonedObject, CameraHealth, CountBand, CoverageState, CrowdDensity, CrowdMovement, Event, EventState,
    MovementPattern, Verdict, event::Body,
};

use super::xml::Xml;
use crate::config::SourceConfig;
use crate::connectors::Message;
use crate::connectors::cloudevents::{CloudEvent, rfc3339};
use crate::console::view::{confidence, coverage, direction, event_kind, pattern, state, validity};
use crate::reviews::name_of;

const NAMESPACE: &str = "urn:milestone-systems";
/// The kind of a camera there.
const CAMERA: &str = "5135BA21-F1DC-4321-806A-6CE2017343C0";

/// How things are called there.
pub(super) struct Names {
    /// What messages begin with.
    pub(super) message_prefix: String,
    /// Our cameras.
    pub(super) cameras: BTreeMap<String, SourceConfig>,
}

/// A message as a document: none where it is no event. `now_unix_ms` stands in the place of a time that is not told.
pub(super) fn document(message: &Message, names: &Names, now_unix_ms: i64) -> Option<String> {
    let document = |write: &dyn Fn(&mut Xml)| Xml::document(("AnalyticsEvent", NAMESPACE), write);
    let event = match message {
        Message::Test { .. } => {
            return Some(document(&|xml| {
                xml.element("EventHeader", |xml| {
                    header(xml, (message, None), (names, now_unix_ms));
                });
                xml.text("Description", "a trial of this connector: nothing happened");
                xml.element("Vendor", |xml| xml.text("Name", "Velum"));
            }));
        }
        _ => message.event()?,
    };
    Some(document(&|xml| {
        xml.element("EventHeader", |xml| header(xml, (message, Some(event)), (names, now_unix_ms)));
        xml.text("Description", &description(event, message));
        xml.text_if("StartTime", first_seen(event).as_deref());
        xml.text_if("Location", location(event).as_deref());
        xml.text_if("Count", persons(event).map(|band| band.at_least.to_string()).as_deref());
        if let Some(zone) = &event.zone {
            xml.element("RuleList", |xml| {
                xml.element("Rule", |xml| {
                    xml.text("Name", zone);
                    xml.text("Type", event_kind(event.kind()));
                });
            });
        }
        if let Some(Body::AbandonedObject(object)) = &event.body {
            xml.element("ObjectList", |xml| xml.element("Object", |xml| thing(xml, event, object)));
        }
        xml.element("Vendor", |xml| {
            xml.text("Name", "Velum");
            xml.text_if("CustomData", data(message).as_deref());
        });
    }))
}

/// The name of the analytics event, as the Management Client has it: alarms are defined by it.
pub(super) fn name(message: &Message, names: &Names) -> String {
    let mut words = vec![names.message_prefix.clone()];
    match message.event() {
        None => words.push("trial".to_owned()),
        Some(event) => words.extend(words_of(event)),
    }
    if let Message::Reviewed(record) = message {
        let is_right = matches!(record.outcome(), Verdict::Confirmed | Verdict::Unspecified);
        words.push(if is_right { "confirmed" } else { "rejected" }.to_owned());
    }
    // No alarm of the real thing is raised by an exercise.
    if message.event().is_some_and(|event| event.staged.is_some()) {
        words.push("staged".to_owned());
    }
    words.join(" ")
}

fn words_of(event: &Event) -> Vec<String> {
    let is_cleared = event.state() == EventState::Cleared;
    let (what, more) = match &event.body {
        Some(Body::AbandonedObject(_)) => {
            let updated = (event.state() == EventState::Updated).then(|| "updated".to_owned());
            ("abandoned object", updated)
        }
        Some(Body::CrowdDensity(crowd)) => ("crowd density", crowd.level.clone()),
        Some(Body::CrowdMovement(crowd)) => ("crowd movement", pattern_of(crowd)),
        Some(Body::CameraHealth(health)) => ("camera", state_of(health)),
        None => ("event", None),
    };
    let more = if is_cleared { Some("cleared".to_owned()) } else { more };
    std::iter::once(what.to_owned()).chain(more).collect()
}

fn header(xml: &mut Xml, (message, event): (&Message, Option<&Event>), (names, now_unix_ms): (&Names, i64)) {
    let told = event.and_then(|event| event.time.as_ref()).map(|time| time.unix_ms);
    let timestamp = rfc3339(told.unwrap_or(now_unix_ms)).unwrap_or_else(|| "1970-01-01T00:00:00Z".to_owned());
    xml.text("ID", &id(message));
    xml.text("Timestamp", &timestamp);
    xml.text("Class", "Analytics");
    xml.text("Type", "Velum");
    xml.text("Version", "1.0");
    xml.text("Name", &message.kind());
    xml.text("Message", &name(message, names));
    xml.text_if("CustomTag", event.and_then(custom_tag).as_deref());
    if let Some(camera) = event.and_then(|event| event.camera.as_ref()) {
        xml.element("Source", |xml| source(xml, camera, names.cameras.get(camera)));
    }
}

/// By its GUID where hub.toml has it: that names a camera for ever.
fn source(xml: &mut Xml, camera: &str, there: Option<&SourceConfig>) {
    match there {
        Some(SourceConfig::Guid(guid)) => {
            xml.text("Name", camera);
            xml.element("FQID", |xml| {
                xml.text("ObjectId", guid);
                // No folder.
                xml.text("FolderType", "0");
                xml.text("Kind", CAMERA);
            });
        }
        Some(SourceConfig::Address(address)) => xml.text("Name", address),
        None => xml.text("Name", camera),
    }
}

/// What lists are filtered by.
fn custom_tag(event: &Event) -> Option<String> {
    match event.body.as_ref()? {
        Body::AbandonedObject(object) => object.object_kind.clone(),
        Body::CrowdDensity(crowd) => crowd.level.clone(),
        Body::CrowdMovement(crowd) => pattern_of(crowd),
        Body::CameraHealth(health) => state_of(health),
    }
}

/// As words, where it is told.
fn pattern_of(crowd: &CrowdMovement) -> Option<String> {
    (crowd.pattern() != MovementPattern::Unspecified).then(|| plain(pattern(crowd.pattern())))
}

/// The same.
fn state_of(health: &CameraHealth) -> Option<String> {
    (health.state() != CoverageState::Unspecified).then(|| plain(coverage(health.state())))
}

/// The thing, never where in the picture it is.
fn thing(xml: &mut Xml, event: &Event, object: &AbandonedObject) {
    let alert_id = <[u8; 16]>::try_from(event.alert_id.as_slice()).ok().map(guid);
    xml.text_if("ID", alert_id.as_deref());
    xml.text_if("Type", object.object_kind.as_deref());
    xml.text("AlarmTrigger", "true");
    xml.text("Removed", if event.state() == EventState::Cleared { "true" } else { "false" });
}

/// The same at each attempt: the event's own, or made of what is the message's alone.
fn id(message: &Message) -> String {
    let own = match message {
        Message::Record(_) => message.event().and_then(|event| event.id.as_slice().try_into().ok()),
        Message::Reviewed(_) | Message::Test { .. } => None,
    };
    let made = || {
        let digest = ring::digest::digest(&ring::digest::SHA256, message.id().as_bytes());
        digest.as_ref().first_chunk().copied().unwrap_or_default()
    };
    guid(own.unwrap_or_else(made))
}

fn guid(bytes: [u8; 16]) -> String {
    let digits = hex::encode(bytes);
    let part = |from: usize, to: usize| digits.get(from..to).unwrap_or_default();
    [part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32)].join("-")
}

fn first_seen(event: &Event) -> Option<String> {
    match &event.body {
        Some(Body::AbandonedObject(object)) => rfc3339(object.first_seen.as_ref()?.unix_ms),
        _ => None,
    }
}

fn persons(event: &Event) -> Option<&CountBand> {
    match event.body.as_ref()? {
        Body::CrowdDensity(crowd) => crowd.persons.as_ref(),
        Body::CrowdMovement(crowd) => crowd.persons.as_ref(),
        Body::AbandonedObject(_) | Body::CameraHealth(_) => None,
    }
}

fn location(event: &Event) -> Option<String> {
    let told: Vec<&str> = [&event.site, &event.zone].into_iter().flatten().map(String::as_str).collect();
    (!told.is_empty()).then(|| told.join(" / "))
}

/// What a webhook has as `data`.
fn data(message: &Message) -> Option<String> {
    let event = CloudEvent::of(message, "").ok()?;
    Some(event.data.to_string())
}

/// All that is told, in one line.
fn description(event: &Event, message: &Message) -> String {
    let kind = plain(event_kind(event.kind()));
    let mut told = vec![match event.state() {
        EventState::Unspecified => kind,
        known => format!("{kind} {}", state(known)),
    }];
    if let Some(words) = &event.staged {
        told.insert(0, format!("STAGED: {words}"));
    }
    if let Message::Reviewed(record) = message
        && record.outcome() != Verdict::Unspecified
    {
        told.push(format!("people found: {}", plain(&name_of(record.outcome()))));
    }
    told.extend(body(event));
    told.extend(confidence(event.confidence()).map(|band| format!("confidence {band}")));
    told.extend(validity(event.validity()).map(plain));
    told.push(match &event.time {
        Some(time) => format!("time to {} s", f64::from(time.precision_ms) / 1_000.0),
        None => "when it was is not told: the time is that of sending".to_owned(),
    });
    told.push("a machine's assessment".to_owned());
    told.join("; ")
}

fn body(event: &Event) -> Vec<String> {
    match &event.body {
        Some(Body::AbandonedObject(object)) => abandoned(object),
        Some(Body::CrowdDensity(crowd)) => density(crowd),
        Some(Body::CrowdMovement(crowd)) => movement(crowd),
        Some(Body::CameraHealth(health)) => {
            state_of(health).map(|state| format!("camera {state}")).into_iter().collect()
        }
        None => Vec::new(),
    }
}

fn abandoned(object: &AbandonedObject) -> Vec<String> {
    let dwell = object.dwell.as_ref().map(|band| {
        format!("unattended for {} s", band_of(f64::from(band.at_least_secs), band.below_secs.map(f64::from)))
    });
    object.object_kind.clone().into_iter().chain(dwell).collect()
}

fn density(crowd: &CrowdDensity) -> Vec<String> {
    let level = crowd.level.as_ref().map(|level| match &crowd.previous_level {
        Some(before) => format!("level {level}, before {before}"),
        None => format!("level {level}"),
    });
    let per_m2 =
        crowd.persons_per_m2.as_ref().map(|range| format!("{} to {} persons per m²", range.low, range.high));
    let relative = crowd.relative.then(|| "relative: not per square metre".to_owned());
    let demo = crowd.demo_threshold.then(|| "demonstration threshold".to_owned());
    [level, counted(crowd.persons.as_ref()), per_m2, relative, demo].into_iter().flatten().collect()
}

fn movement(crowd: &CrowdMovement) -> Vec<String> {
    let speed = crowd
        .speed
        .as_ref()
        .map(|band| format!("{} m/s", band_of(band.at_least_m_per_s, band.below_m_per_s)));
    let direction = direction(crowd.direction()).map(|sector| format!("direction {}", plain(sector)));
    [pattern_of(crowd), counted(crowd.persons.as_ref()), speed, direction].into_iter().flatten().collect()
}

fn counted(persons: Option<&CountBand>) -> Option<String> {
    let band = persons?;
    Some(format!("{} persons", band_of(f64::from(band.at_least), band.below.map(f64::from))))
}

fn band_of(at_least: f64, below: Option<f64>) -> String {
    match below {
        Some(below) => format!("at least {at_least} and less than {below}"),
        None => format!("at least {at_least}"),
    }
}

/// A name as words.
fn plain(name: &str) -> String {
    name.replace('_', " ")
}
