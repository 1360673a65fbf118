//! What the page is told, and what webhooks carry, as JSON. `hub/console/src/api.ts` has the same types by hand; the test below writes a
//! sample of each into `hub/console/tests/samples.ts`, which the TypeScript compiler then holds against them.

mod boxes;
mod compared;
mod exercises;
mod hours;
mod machine;
mod oversight;
mod plans;
mod review;
mod settings;
mod suppressions;

use std::collections::BTreeMap;

use serde::Serialize;
use velum_proto::v1::{
    AbandonedObject, BoxSummary, ConfidenceBand, CountBand, CoverageBin, CoverageState, CrowdDensity,
    CrowdMovement, DurationBand, Event, EventKind, EventState, Explanation, HeldBack, Instant, Interval,
    MovementPattern, PictureDirection, ReviewedRecord, Still, StoredRecord, Validity, Verdict, event::Body,
    record::End,
};

use crate::reviews::name_of;
pub(super) use boxes::{BoxesView, KnownOfBoxes, TokenView};
pub(super) use compared::DiffView;
pub(super) use exercises::{DebriefView, ExercisesView, PlaceSeenView, RunningView};
pub(super) use hours::HoursView;
pub(super) use oversight::{CheckpointView, OversightView, VerifiedView};
pub(super) use plans::{PlaceView, PlansView};
pub(super) use review::ReviewView;
pub(super) use settings::{DraftView, StandingView};
pub(super) use suppressions::SuppressionsView;

/// A number of a box, and its end.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct RecordView {
    cursor: u64,
    r#box: String,
    incarnation: String,
    sequence: u64,
    stored_unix_ms: i64,
    end: EndView,
}

/// What was left out since the record before, up to a cursor.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct HeldView {
    cursor: u64,
    held: Vec<HeldRuleView>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct HeldRuleView {
    rule: String,
    events: u64,
    /// What becomes of them, to follow "3 events are".
    words: String,
}

impl HeldView {
    pub(crate) fn new(cursor: u64, held: Vec<HeldBack>) -> Self {
        let of = |one: HeldBack| HeldRuleView { rule: one.rule, events: one.events, words: one.message };
        Self { cursor, held: held.into_iter().map(of).collect() }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum EndView {
    Event(Box<EventView>),
    Withheld { rule: String },
    Expired { key_day: String },
    Lost { cause: String, last_known_sequence: Option<u64> },
    Unknown,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct EventView {
    id: String,
    alert_id: String,
    kind: &'static str,
    state: &'static str,
    site: Option<String>,
    camera: Option<String>,
    zone: Option<String>,
    time: Option<TimeView>,
    body: BodyView,
    confidence: Option<&'static str>,
    validity: Option<&'static str>,
    explanation: Vec<ExplanationView>,
    staged: Option<String>,
    policy_digest: String,
    model_digests: Vec<String>,
    still_may_be_asked_for: bool,
}

/// What people decided of an alert.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct ReviewedView {
    cursor: u64,
    class: String,
    outcome: Option<String>,
    reviewer_role: Option<String>,
    review_secs: Option<u32>,
    event: Option<Box<EventView>>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct TimeView {
    unix_ms: i64,
    /// The true time lies in `unix_ms` .. `unix_ms + precision_ms`.
    precision_ms: u32,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct BandView {
    at_least: u32,
    below: Option<u32>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct IntervalView {
    low: f64,
    high: f64,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct SpeedView {
    at_least: f64,
    below: Option<f64>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct ExplanationView {
    code: String,
    value: Option<f64>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum BodyView {
    None,
    AbandonedObject {
        object_kind: Option<String>,
        dwell_secs: Option<BandView>,
        grid_cell: Option<String>,
        first_seen: Option<TimeView>,
    },
    CrowdDensity {
        level: Option<String>,
        previous_level: Option<String>,
        persons: Option<BandView>,
        persons_per_m2: Option<IntervalView>,
        relative: bool,
        demo_threshold: bool,
    },
    CrowdMovement {
        pattern: &'static str,
        persons: Option<BandView>,
        speed_m_per_s: Option<SpeedView>,
        direction: Option<&'static str>,
        relative: bool,
    },
    CameraHealth {
        state: &'static str,
    },
}

/// All boxes.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct FleetView {
    boxes: Vec<BoxView>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct BoxView {
    r#box: String,
    connected: bool,
    /// Only of a box that is away; else it would change all the time.
    last_seen_unix_ms: Option<i64>,
    version: String,
    numbers: NumbersView,
    cameras: Vec<CameraView>,
}

/// Over all incarnations; they add up to all numbers that were given.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
struct NumbersView {
    stored: u64,
    withheld: u64,
    expired: u64,
    lost: u64,
    missing: u64,
}

/// How a camera was analysed in the last day, and in its newest hour.
#[derive(Debug, Clone, PartialEq, Serialize)]
struct CameraView {
    camera: String,
    first_hour_unix_secs: i64,
    newest_hour_unix_secs: i64,
    day_secs_by_state: BTreeMap<&'static str, u64>,
    hour_secs_by_state: BTreeMap<&'static str, u64>,
    frames_analysed: u64,
    frames_dropped: u64,
    /// Alerts without a still that the policy allows, by the reason.
    day_stills_withheld: BTreeMap<String, u64>,
}

/// A still, to be shown and forgotten.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct StillView {
    jpeg_base64: String,
    captured: Option<TimeView>,
    width_px: u32,
    height_px: u32,
    covered_fraction: f64,
    policy_digest: String,
}

impl From<StoredRecord> for RecordView {
    fn from(stored: StoredRecord) -> Self {
        let record = stored.record.unwrap_or_default();
        Self {
            cursor: stored.cursor,
            r#box: stored.r#box,
            incarnation: hex::encode(stored.incarnation),
            sequence: record.sequence,
            stored_unix_ms: stored.stored_unix_ms,
            end: match record.end {
                Some(End::Event(event)) => EndView::Event(Box::new(event.into())),
                Some(End::Withheld(withheld)) => EndView::Withheld { rule: withheld.rule },
                Some(End::Expired(expired)) => EndView::Expired { key_day: expired.key_day },
                Some(End::Lost(lost)) => {
                    EndView::Lost { cause: lost.cause, last_known_sequence: lost.last_known_sequence }
                }
                None => EndView::Unknown,
            },
        }
    }
}

impl From<ReviewedRecord> for ReviewedView {
    fn from(record: ReviewedRecord) -> Self {
        let outcome = record.outcome();
        Self {
            cursor: record.cursor,
            class: record.class,
            outcome: (outcome != Verdict::Unspecified).then(|| name_of(outcome)),
            reviewer_role: Some(record.reviewer_role).filter(|role| !role.is_empty()),
            review_secs: record.review_secs,
            event: record.event.map(|event| Box::new(event.into())),
        }
    }
}

impl From<Event> for EventView {
    fn from(event: Event) -> Self {
        Self {
            id: hex::encode(&event.id),
            alert_id: hex::encode(&event.alert_id),
            kind: event_kind(event.kind()),
            state: state(event.state()),
            confidence: confidence(event.confidence()),
            validity: validity(event.validity()),
            site: event.site,
            camera: event.camera,
            zone: event.zone,
            time: event.time.map(Into::into),
            body: event.body.map_or(BodyView::None, Into::into),
            explanation: event.explanation.into_iter().map(Into::into).collect(),
            staged: event.staged,
            policy_digest: hex::encode(event.policy_digest),
            model_digests: event.model_digests.iter().map(hex::encode).collect(),
            still_may_be_asked_for: event.still_may_be_asked_for,
        }
    }
}

impl From<Instant> for TimeView {
    fn from(instant: Instant) -> Self {
        Self { unix_ms: instant.unix_ms, precision_ms: instant.precision_ms }
    }
}

impl From<DurationBand> for BandView {
    fn from(band: DurationBand) -> Self {
        Self { at_least: band.at_least_secs, below: band.below_secs }
    }
}

impl From<CountBand> for BandView {
    fn from(band: CountBand) -> Self {
        Self { at_least: band.at_least, below: band.below }
    }
}

impl From<Interval> for IntervalView {
    fn from(interval: Interval) -> Self {
        Self { low: interval.low, high: interval.high }
    }
}

impl From<Explanation> for ExplanationView {
    fn from(explanation: Explanation) -> Self {
        Self { code: explanation.code, value: explanation.value }
    }
}

impl From<Body> for BodyView {
    fn from(body: Body) -> Self {
        match body {
            Body::AbandonedObject(AbandonedObject { object_kind, dwell, grid_cell, first_seen }) => {
                Self::AbandonedObject {
                    object_kind,
                    dwell_secs: dwell.map(Into::into),
                    grid_cell,
                    first_seen: first_seen.map(Into::into),
                }
            }
            Body::CrowdDensity(CrowdDensity {
                level,
                previous_level,
                persons,
                persons_per_m2,
                relative,
                demo_threshold,
            }) => Self::CrowdDensity {
                level,
                previous_level,
                persons: persons.map(Into::into),
                persons_per_m2: persons_per_m2.map(Into::into),
                relative,
                demo_threshold,
            },
            Body::CrowdMovement(crowd) => Self::of_movement(&crowd),
            Body::CameraHealth(health) => Self::CameraHealth { state: coverage(health.state()) },
        }
    }
}

impl BodyView {
    fn of_movement(crowd: &CrowdMovement) -> Self {
        Self::CrowdMovement {
            pattern: pattern(crowd.pattern()),
            persons: crowd.persons.map(Into::into),
            speed_m_per_s: crowd
                .speed
                .map(|speed| SpeedView { at_least: speed.at_least_m_per_s, below: speed.below_m_per_s }),
            direction: direction(crowd.direction()),
            relative: crowd.relative,
        }
    }
}

impl FleetView {
    /// The view of a summary.
    pub(crate) fn of(boxes: Vec<BoxSummary>) -> Self {
        Self { boxes: boxes.into_iter().map(Into::into).collect() }
    }
}

impl From<BoxSummary> for BoxView {
    fn from(of: BoxSummary) -> Self {
        let mut numbers = NumbersView::default();
        for one in &of.incarnations {
            numbers.stored = numbers.stored.saturating_add(one.stored);
            numbers.withheld = numbers.withheld.saturating_add(one.withheld);
            numbers.expired = numbers.expired.saturating_add(one.expired);
            numbers.lost = numbers.lost.saturating_add(one.lost);
            numbers.missing = numbers.missing.saturating_add(one.missing);
        }
        Self {
            r#box: of.r#box,
            connected: of.connected,
            last_seen_unix_ms: of.last_seen_unix_ms.filter(|_| !of.connected),
            version: of.version,
            numbers,
            cameras: cameras(&of.coverage),
        }
    }
}

/// Bins come by camera and hour.
fn cameras(bins: &[CoverageBin]) -> Vec<CameraView> {
    bins.chunk_by(|one, next| one.camera == next.camera).filter_map(camera).collect()
}

fn camera(bins: &[CoverageBin]) -> Option<CameraView> {
    let (first, newest) = (bins.first()?, bins.last()?);
    Some(CameraView {
        camera: first.camera.clone(),
        first_hour_unix_secs: first.hour_unix_secs,
        newest_hour_unix_secs: newest.hour_unix_secs,
        day_secs_by_state: secs_by_state(bins),
        hour_secs_by_state: secs_by_state(std::slice::from_ref(newest)),
        frames_analysed: bins.iter().fold(0, |sum, bin| sum.saturating_add(bin.frames_analysed)),
        frames_dropped: bins.iter().fold(0, |sum, bin| sum.saturating_add(bin.frames_dropped)),
        day_stills_withheld: stills_withheld(bins),
    })
}

fn stills_withheld(bins: &[CoverageBin]) -> BTreeMap<String, u64> {
    let mut sums = BTreeMap::new();
    for (reason, alerts) in bins.iter().flat_map(|bin| &bin.stills_withheld) {
        let sum: &mut u64 = sums.entry(reason.clone()).or_default();
        *sum = sum.saturating_add(u64::from(*alerts));
    }
    sums
}

fn secs_by_state(bins: &[CoverageBin]) -> BTreeMap<&'static str, u64> {
    let mut sums = BTreeMap::new();
    for (state, secs) in bins.iter().flat_map(|bin| &bin.secs_by_state) {
        let sum: &mut u64 =
            sums.entry(coverage(CoverageState::try_from(*state).unwrap_or_default())).or_default();
        *sum = sum.saturating_add(u64::from(*secs));
    }
    sums
}

impl From<Still> for StillView {
    fn from(still: Still) -> Self {
        use base64::Engine as _;
        Self {
            jpeg_base64: base64::prelude::BASE64_STANDARD.encode(&still.jpeg),
            captured: still.captured.map(Into::into),
            width_px: still.width_px,
            height_px: still.height_px,
            covered_fraction: still.covered_fraction,
            policy_digest: hex::encode(still.policy_digest),
        }
    }
}

/// A kind of events by its name.
pub(crate) fn event_kind(kind: EventKind) -> &'static str {
    match kind {
        EventKind::Unspecified => "unknown",
        EventKind::AbandonedObject => "abandoned_object",
        EventKind::CrowdDensity => "crowd_density",
        EventKind::CameraHealth => "camera_health",
        EventKind::CrowdMovement => "crowd_movement",
    }
}

pub(crate) fn pattern(pattern: MovementPattern) -> &'static str {
    match pattern {
        MovementPattern::Unspecified => "unspecified",
        MovementPattern::Surge => "surge",
        MovementPattern::Dispersal => "dispersal",
        MovementPattern::CounterFlow => "counter_flow",
    }
}

pub(crate) fn direction(direction: PictureDirection) -> Option<&'static str> {
    match direction {
        PictureDirection::Unspecified => None,
        PictureDirection::Right => Some("right"),
        PictureDirection::DownRight => Some("down_right"),
        PictureDirection::Down => Some("down"),
        PictureDirection::DownLeft => Some("down_left"),
        PictureDirection::Left => Some("left"),
        PictureDirection::UpLeft => Some("up_left"),
        PictureDirection::Up => Some("up"),
        PictureDirection::UpRight => Some("up_right"),
    }
}

pub(crate) fn state(state: EventState) -> &'static str {
    match state {
        EventState::Unspecified => "unspecified",
        EventState::Raised => "raised",
        EventState::Updated => "updated",
        EventState::Cleared => "cleared",
    }
}

pub(crate) fn confidence(band: ConfidenceBand) -> Option<&'static str> {
    match band {
        ConfidenceBand::Unspecified => None,
        ConfidenceBand::Low => Some("low"),
        ConfidenceBand::Medium => Some("medium"),
        ConfidenceBand::High => Some("high"),
    }
}

pub(crate) fn validity(validity: Validity) -> Option<&'static str> {
    match validity {
        Validity::Unspecified => None,
        Validity::Valid => Some("valid"),
        Validity::NotValid => Some("not_valid"),
    }
}

pub(crate) fn coverage(state: CoverageState) -> &'static str {
    match state {
        CoverageState::Unspecified => "unknown",
        CoverageState::Analysed => "analysed",
        CoverageState::Offline => "offline",
        CoverageState::Frozen => "frozen",
        CoverageState::Dark => "dark",
        CoverageState::Overloaded => "overloaded",
        CoverageState::Paused => "paused",
        CoverageState::NoPolicy => "no_policy",
        CoverageState::OutOfSchedule => "out_of_schedule",
        CoverageState::UntrustedTime => "untrusted_time",
        CoverageState::Restarted => "restarted",
        CoverageState::ModelFailed => "model_failed",
        CoverageState::Exercise => "exercise",
    }
}

#[cfg(test)]
mod tests;
