//! What reached the hub, as the demonstration and the tests judge it: read back from the hub, never from the box.

use std::collections::BTreeMap;

use anyhow::Result;
use serde::Serialize;
use serde_json::Value;

use crate::town::{BOX, Town};

/// The demonstration's closing account, written as `summary.json`.
#[derive(Debug, Clone, Serialize)]
pub struct Summary {
    /// Whether everything that was expected reached the hub, and nothing else.
    pub passed: bool,
    /// What was expected and is not there, or is there and was not expected.
    pub problems: Vec<String>,
    /// The detectors that ran: catalogue id and digest.
    pub detectors: Vec<Value>,
    /// When the bag was put down, milliseconds since the Unix epoch; none where nothing was staged.
    pub staged_at_unix_ms: Option<i64>,
    /// Events by kind and state, each with its place and time.
    pub events: BTreeMap<String, Vec<EventLine>>,
    /// Per camera: frames decoded, analysed and dropped.
    pub frames: BTreeMap<String, Frames>,
    /// What became of the box's numbers.
    pub numbers: Numbers,
    /// What became of the redacted stills.
    pub stills: Stills,
    /// Bytes of messages that left the box, by what they told: events, coverage, stills.
    pub sent_bytes: BTreeMap<String, u64>,
}

/// What became of the redacted stills.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Stills {
    /// Made, verified and kept on the box.
    pub kept: u64,
    /// Handed over to an operator who asked with a reason.
    pub released: u64,
    /// Alerts without a still, by the reason.
    pub withheld: BTreeMap<String, u64>,
    /// Requests refused, by the rule.
    pub refused: BTreeMap<String, u64>,
    /// Why the operator has none, where that is so.
    pub not_shown: Option<String>,
}

impl Stills {
    /// From the box's metrics.
    pub fn of_metrics(metrics: &BTreeMap<String, f64>) -> Self {
        let one = |name: &str| metrics.get(name).map_or(0, |value| *value as u64);
        Self {
            kept: one("velum_stills_kept_total"),
            released: one("velum_stills_released_total"),
            withheld: labelled(metrics, "velum_stills_withheld_total"),
            refused: labelled(metrics, "velum_stills_refused_total"),
            not_shown: None,
        }
    }
}

/// The values of a metric by its one label.
pub fn labelled(metrics: &BTreeMap<String, f64>, name: &str) -> BTreeMap<String, u64> {
    let label = |key: &str| {
        let rest = key.strip_prefix(name)?.strip_prefix('{')?;
        rest.split('"').nth(1).map(str::to_owned)
    };
    metrics.iter().filter_map(|(key, value)| Some((label(key)?, *value as u64))).collect()
}

/// One event, as short as it can be told.
#[derive(Debug, Clone, Serialize)]
pub struct EventLine {
    /// The camera's name, where the policy lets it out.
    pub camera: Option<String>,
    /// The zone's name, where the policy lets it out.
    pub zone: Option<String>,
    /// The event's time at the policy's precision, milliseconds since the Unix epoch.
    pub unix_ms: Option<i64>,
    /// What is particular to it: the level, the camera's state.
    pub detail: Option<String>,
    /// How many conditions its explanation names.
    pub explanation_codes: Vec<String>,
    /// Set where the scene was staged.
    pub staged: Option<String>,
}

/// A camera's frames.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub struct Frames {
    /// Frames that the decoder put out at the analysed rate.
    pub decoded: u64,
    /// Frames that the rules saw.
    pub analysed: u64,
    /// Frames replaced by a newer one before analysis took them.
    pub dropped: u64,
}

/// What became of the numbers of every incarnation.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub struct Numbers {
    /// Stored events.
    pub stored: u64,
    /// Withheld by the policy.
    pub withheld: u64,
    /// Expired before they were sent.
    pub expired: u64,
    /// Lost, and reported as lost.
    pub lost: u64,
    /// Without an end: gaps.
    pub missing: u64,
}

/// `abandoned_object`, raised.
const ABANDONED_RAISED: &str = "abandoned_object.raised";

/// Reads back from the hub what reached it, and judges it.
///
/// # Errors
/// When the hub does not answer.
pub fn summarise(
    town: &Town,
    bag_expected: bool,
    stills: Stills,
    sent_bytes: BTreeMap<String, u64>,
) -> Result<Summary> {
    let hub = town.hub_summary()?;
    let mut summary = Summary {
        passed: false,
        problems: Vec::new(),
        detectors: town.detectors()?,
        staged_at_unix_ms: town.staged_at_unix_ms(),
        events: events(&town.records()?),
        frames: frames(&hub),
        numbers: numbers(&hub),
        stills,
        sent_bytes,
    };
    summary.problems = problems(&summary, bag_expected);
    summary.passed = summary.problems.is_empty();
    Ok(summary)
}

/// Events by `kind.state`.
fn events(records: &[Value]) -> BTreeMap<String, Vec<EventLine>> {
    let mut by_kind: BTreeMap<String, Vec<EventLine>> = BTreeMap::new();
    for event in records.iter().filter_map(|record| record.get("event")) {
        let name = format!(
            "{}.{}",
            text(event, "/kind").unwrap_or_default(),
            text(event, "/state").unwrap_or_default()
        );
        by_kind.entry(name).or_default().push(EventLine {
            camera: text(event, "/camera"),
            zone: text(event, "/zone"),
            unix_ms: event.pointer("/time/unix_ms").and_then(Value::as_i64),
            detail: text(event, "/crowd_density/level").or_else(|| text(event, "/camera_health/state")),
            explanation_codes: event
                .get("explanation")
                .and_then(Value::as_array)
                .map(|list| list.iter().filter_map(|item| text(item, "/code")).collect())
                .unwrap_or_default(),
            staged: text(event, "/staged"),
        });
    }
    by_kind
}

fn text(value: &Value, pointer: &str) -> Option<String> {
    value.pointer(pointer).and_then(Value::as_str).map(str::to_owned)
}

fn our_box(hub: &Value) -> Option<&Value> {
    hub.get("boxes")?.as_array()?.iter().find(|b| b.get("box").and_then(Value::as_str) == Some(BOX))
}

fn list<'a>(value: Option<&'a Value>, key: &str) -> impl Iterator<Item = &'a Value> + use<'a> {
    value.and_then(|v| v.get(key)).and_then(Value::as_array).into_iter().flatten()
}

fn count(value: &Value, key: &str) -> u64 {
    value.get(key).and_then(Value::as_u64).unwrap_or_default()
}

fn frames(hub: &Value) -> BTreeMap<String, Frames> {
    let mut by_camera: BTreeMap<String, Frames> = BTreeMap::new();
    for bin in list(our_box(hub), "coverage") {
        let Some(camera) = text(bin, "/camera") else { continue };
        let frames = by_camera.entry(camera).or_default();
        frames.decoded += count(bin, "frames_decoded");
        frames.analysed += count(bin, "frames_analysed");
        frames.dropped += count(bin, "frames_dropped");
    }
    by_camera
}

/// What became of the box's numbers, over all its incarnations.
pub fn numbers(hub: &Value) -> Numbers {
    list(our_box(hub), "incarnations").fold(Numbers::default(), |sum, one| Numbers {
        stored: sum.stored + count(one, "stored"),
        withheld: sum.withheld + count(one, "withheld"),
        expired: sum.expired + count(one, "expired"),
        lost: sum.lost + count(one, "lost"),
        missing: sum.missing + count(one, "missing"),
    })
}

fn problems(summary: &Summary, bag_expected: bool) -> Vec<String> {
    let mut problems = Vec::new();
    let none = Vec::new();
    let raised = summary.events.get(ABANDONED_RAISED).unwrap_or(&none);
    match (bag_expected, raised.as_slice(), summary.staged_at_unix_ms) {
        (false, [], _) => {}
        (false, many, _) => {
            problems.push(format!("{} abandoned objects, and nothing was put down", many.len()))
        }
        (true, [], _) => problems.push("no abandoned object reached the hub".to_owned()),
        (true, [one], Some(staged)) => {
            // The event's time is rounded down to the policy's precision, one second here.
            if one.unix_ms.is_none_or(|at| at + 1_000 < staged) {
                problems.push("the abandoned object was raised before the bag was put down".to_owned());
            }
            if one.explanation_codes.is_empty() {
                problems.push("the abandoned object has no explanation".to_owned());
            }
            if one.staged.is_none() {
                problems.push("the abandoned object is not marked as staged".to_owned());
            }
        }
        (true, [_], None) => {
            problems.push("an abandoned object was raised, and the bag was not put down yet".to_owned())
        }
        (true, many, _) => {
            problems.push(format!("{} abandoned objects, and one bag was put down", many.len()))
        }
    }
    if let Some(reason) = summary.stills.not_shown.as_ref().filter(|_| bag_expected) {
        problems.push(format!("the alert's redacted still was not shown: {reason}"));
    }
    if !summary.events.keys().any(|name| name.starts_with("crowd_density.")) {
        problems.push("no change of crowd density reached the hub".to_owned());
    }
    if summary.numbers.lost + summary.numbers.missing > 0 {
        problems.push(format!("{} numbers lost, {} missing", summary.numbers.lost, summary.numbers.missing));
    }
    problems
}
