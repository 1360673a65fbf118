//! The JSON that `--json` prints: stable snake_case names, binary values in hexadecimal, times in milliseconds
//! since 1970 UTC. A field that the policy does not release is absent.

use std::collections::BTreeMap;

use serde::Serialize;
use velum_proto::v1::{
    BoxSummary, ConfidenceBand, CoverageState, CrowdMovement, Epistemic, Event, EventKind, EventState,
    Instant, Lost, MovementPattern, PictureDirection, StoredRecord, SummaryResponse, Validity, event::Body,
    record::End,
};

/// One record of the hub, one line.
#[derive(Debug, Serialize)]
pub(crate) struct RecordLine {
    pub(crate) cursor: u64,
    pub(crate) r#box: String,
    pub(crate) incarnation: String,
    pub(crate) sequence: u64,
    /// 0 where the recipient is told no time.
    #[serde(skip_serializing_if = "is_untold")]
    pub(crate) stored_unix_ms: i64,
    /// `event`, `withheld`, `expired`, `lost`, or `unknown` from a newer hub.
    pub(crate) end: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) event: Option<EventView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) withheld: Option<WithheldView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) expired: Option<ExpiredView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) lost: Option<LostView>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde calls it")]
fn is_untold(unix_ms: &i64) -> bool {
    *unix_ms == 0
}

#[derive(Debug, Serialize)]
pub(crate) struct WithheldView {
    pub(crate) rule: String,
}

#[derive(Debug, Serialize)]
pub(crate) struct ExpiredView {
    pub(crate) key_day: String,
}

#[derive(Debug, Serialize)]
pub(crate) struct LostView {
    pub(crate) cause: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) incarnation: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) last_known_sequence: Option<u64>,
}

#[derive(Debug, Serialize)]
pub(crate) struct EventView {
    pub(crate) id: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) alert_id: String,
    pub(crate) kind: &'static str,
    pub(crate) state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) site: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) camera: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) zone: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) time: Option<TimeView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) abandoned_object: Option<AbandonedObjectView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) crowd_density: Option<CrowdDensityView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) crowd_movement: Option<CrowdMovementView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) camera_health: Option<CameraHealthView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) confidence: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) validity: Option<&'static str>,
    pub(crate) explanation: Vec<ExplanationView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) epistemic: Option<&'static str>,
    pub(crate) policy_digest: String,
    pub(crate) model_digests: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) staged: Option<String>,
    /// `velum stills get` with this event's id may give one; the box decides then.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(crate) still_may_be_asked_for: bool,
}

#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct TimeView {
    pub(crate) unix_ms: i64,
    /// The true time lies in `unix_ms` .. `unix_ms + precision_ms`.
    pub(crate) precision_ms: u32,
}

#[derive(Debug, Serialize)]
pub(crate) struct AbandonedObjectView {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) object_kind: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) dwell: Option<DwellView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) grid_cell: Option<String>,
    /// When it was put down.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) first_seen: Option<TimeView>,
}

#[derive(Debug, Serialize)]
pub(crate) struct DwellView {
    pub(crate) at_least_secs: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) below_secs: Option<u32>,
}

#[derive(Debug, Serialize)]
pub(crate) struct CrowdDensityView {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) level: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) previous_level: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) persons: Option<PersonsView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) persons_per_m2: Option<IntervalView>,
    pub(crate) relative: bool,
    pub(crate) demo_threshold: bool,
}

#[derive(Debug, Serialize)]
pub(crate) struct CrowdMovementView {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) pattern: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) persons: Option<PersonsView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) speed_m_per_s: Option<SpeedView>,
    /// Where the group goes in the picture.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) direction: Option<&'static str>,
    pub(crate) relative: bool,
}

#[derive(Debug, Serialize)]
pub(crate) struct SpeedView {
    pub(crate) at_least: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) below: Option<f64>,
}

#[derive(Debug, Serialize)]
pub(crate) struct PersonsView {
    pub(crate) at_least: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) below: Option<u32>,
}

#[derive(Debug, Serialize)]
pub(crate) struct IntervalView {
    pub(crate) low: f64,
    pub(crate) high: f64,
}

#[derive(Debug, Serialize)]
pub(crate) struct CameraHealthView {
    pub(crate) state: &'static str,
}

#[derive(Debug, Serialize)]
pub(crate) struct ExplanationView {
    pub(crate) code: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) value: Option<f64>,
}

impl From<Instant> for TimeView {
    fn from(instant: Instant) -> Self {
        Self { unix_ms: instant.unix_ms, precision_ms: instant.precision_ms }
    }
}

impl From<StoredRecord> for RecordLine {
    fn from(stored: StoredRecord) -> Self {
        let record = stored.record.unwrap_or_default();
        let mut line = Self {
            cursor: stored.cursor,
            r#box: stored.r#box,
            incarnation: hex::encode(stored.incarnation),
            sequence: record.sequence,
            stored_unix_ms: stored.stored_unix_ms,
            end: "unknown",
            event: None,
            withheld: None,
            expired: None,
            lost: None,
        };
        match record.end {
            Some(End::Event(event)) => (line.end, line.event) = ("event", Some(event.into())),
            Some(End::Withheld(withheld)) => {
                (line.end, line.withheld) = ("withheld", Some(WithheldView { rule: withheld.rule }));
            }
            Some(End::Expired(expired)) => {
                (line.end, line.expired) = ("expired", Some(ExpiredView { key_day: expired.key_day }));
            }
            Some(End::Lost(lost)) => (line.end, line.lost) = ("lost", Some(lost.into())),
            None => {}
        }
        line
    }
}

impl From<Lost> for LostView {
    fn from(lost: Lost) -> Self {
        Self {
            cause: lost.cause,
            incarnation: lost.incarnation.map(hex::encode),
            last_known_sequence: lost.last_known_sequence,
        }
    }
}

impl From<Event> for EventView {
    fn from(event: Event) -> Self {
        let mut view = Self {
            id: hex::encode(&event.id),
            alert_id: hex::encode(&event.alert_id),
            kind: kind_name(event.kind()),
            state: state_name(event.state()),
            confidence: confidence_name(event.confidence()),
            validity: validity_name(event.validity()),
            epistemic: epistemic_name(event.epistemic()),
            site: event.site,
            camera: event.camera,
            zone: event.zone,
            time: event.time.map(Into::into),
            abandoned_object: None,
            crowd_density: None,
            crowd_movement: None,
            camera_health: None,
            explanation: event
                .explanation
                .into_iter()
                .map(|one| ExplanationView { code: one.code, value: one.value })
                .collect(),
            policy_digest: hex::encode(event.policy_digest),
            model_digests: event.model_digests.iter().map(hex::encode).collect(),
            staged: event.staged,
            still_may_be_asked_for: event.still_may_be_asked_for,
        };
        view.take_body(event.body);
        view
    }
}

impl EventView {
    fn take_body(&mut self, body: Option<Body>) {
        match body {
            Some(Body::AbandonedObject(object)) => {
                self.abandoned_object = Some(AbandonedObjectView {
                    object_kind: object.object_kind,
                    dwell: object.dwell.map(|dwell| DwellView {
                        at_least_secs: dwell.at_least_secs,
                        below_secs: dwell.below_secs,
                    }),
                    grid_cell: object.grid_cell,
                    first_seen: object.first_seen.map(Into::into),
                });
            }
            Some(Body::CrowdDensity(crowd)) => {
                self.crowd_density = Some(CrowdDensityView {
                    level: crowd.level,
                    previous_level: crowd.previous_level,
                    persons: crowd
                        .persons
                        .map(|band| PersonsView { at_least: band.at_least, below: band.below }),
                    persons_per_m2: crowd
                        .persons_per_m2
                        .map(|interval| IntervalView { low: interval.low, high: interval.high }),
                    relative: crowd.relative,
                    demo_threshold: crowd.demo_threshold,
                });
            }
            Some(Body::CrowdMovement(crowd)) => self.crowd_movement = Some((&crowd).into()),
            Some(Body::CameraHealth(health)) => {
                self.camera_health = Some(CameraHealthView { state: coverage_name(health.state()) });
            }
            None => {}
        }
    }
}

impl From<&CrowdMovement> for CrowdMovementView {
    fn from(crowd: &CrowdMovement) -> Self {
        Self {
            pattern: pattern_name(crowd.pattern()),
            persons: crowd.persons.map(|band| PersonsView { at_least: band.at_least, below: band.below }),
            speed_m_per_s: crowd
                .speed
                .map(|band| SpeedView { at_least: band.at_least_m_per_s, below: band.below_m_per_s }),
            direction: direction_name(crowd.direction()),
            relative: crowd.relative,
        }
    }
}

/// The answer of the hub to `velum summary`.
#[derive(Debug, Serialize)]
pub(crate) struct SummaryView {
    pub(crate) boxes: Vec<BoxView>,
}

#[derive(Debug, Serialize)]
pub(crate) struct BoxView {
    pub(crate) r#box: String,
    pub(crate) connected: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) last_seen_unix_ms: Option<i64>,
    pub(crate) version: String,
    pub(crate) policy_digest: String,
    pub(crate) model_digests: Vec<String>,
    pub(crate) incarnations: Vec<IncarnationView>,
    pub(crate) coverage: Vec<CoverageView>,
}

/// `stored + withheld + expired + lost + missing = highest_sequence`
#[derive(Debug, Serialize)]
pub(crate) struct IncarnationView {
    pub(crate) incarnation: String,
    pub(crate) stored: u64,
    pub(crate) withheld: u64,
    pub(crate) expired: u64,
    pub(crate) lost: u64,
    pub(crate) missing: u64,
    pub(crate) highest_sequence: u64,
}

#[derive(Debug, Serialize)]
pub(crate) struct CoverageView {
    pub(crate) camera: String,
    pub(crate) hour_unix_secs: i64,
    pub(crate) secs_by_state: BTreeMap<&'static str, u32>,
    pub(crate) frames_decoded: u64,
    pub(crate) frames_analysed: u64,
    pub(crate) frames_dropped: u64,
    /// Alerts without a still that the policy allows, by the reason.
    pub(crate) stills_withheld: BTreeMap<String, u32>,
}

impl From<SummaryResponse> for SummaryView {
    fn from(summary: SummaryResponse) -> Self {
        Self { boxes: summary.boxes.into_iter().map(Into::into).collect() }
    }
}

impl From<BoxSummary> for BoxView {
    fn from(of: BoxSummary) -> Self {
        let incarnation = |one: velum_proto::v1::IncarnationSummary| IncarnationView {
            incarnation: hex::encode(one.incarnation),
            stored: one.stored,
            withheld: one.withheld,
            expired: one.expired,
            lost: one.lost,
            missing: one.missing,
            highest_sequence: one.highest_sequence,
        };
        let coverage = |bin: velum_proto::v1::CoverageBin| CoverageView {
            camera: bin.camera,
            hour_unix_secs: bin.hour_unix_secs,
            secs_by_state: bin
                .secs_by_state
                .iter()
                .map(|(state, secs)| {
                    (coverage_name(CoverageState::try_from(*state).unwrap_or_default()), *secs)
                })
                .collect(),
            frames_decoded: bin.frames_decoded,
            frames_analysed: bin.frames_analysed,
            frames_dropped: bin.frames_dropped,
            stills_withheld: bin.stills_withheld,
        };
        Self {
            r#box: of.r#box,
            connected: of.connected,
            last_seen_unix_ms: of.last_seen_unix_ms,
            version: of.version,
            policy_digest: hex::encode(of.policy_digest),
            model_digests: of.model_digests.iter().map(hex::encode).collect(),
            incarnations: of.incarnations.into_iter().map(incarnation).collect(),
            coverage: of.coverage.into_iter().map(coverage).collect(),
        }
    }
}

fn kind_name(kind: EventKind) -> &'static str {
    match kind {
        EventKind::Unspecified => "unknown",
        EventKind::AbandonedObject => "abandoned_object",
        EventKind::CrowdDensity => "crowd_density",
        EventKind::CrowdMovement => "crowd_movement",
        EventKind::CameraHealth => "camera_health",
    }
}

fn pattern_name(pattern: MovementPattern) -> Option<&'static str> {
    match pattern {
        MovementPattern::Unspecified => None,
        MovementPattern::Surge => Some("surge"),
        MovementPattern::Dispersal => Some("dispersal"),
        MovementPattern::CounterFlow => Some("counter_flow"),
    }
}

fn direction_name(direction: PictureDirection) -> Option<&'static str> {
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

fn state_name(state: EventState) -> &'static str {
    match state {
        EventState::Unspecified => "unspecified",
        EventState::Raised => "raised",
        EventState::Updated => "updated",
        EventState::Cleared => "cleared",
    }
}

fn confidence_name(band: ConfidenceBand) -> Option<&'static str> {
    match band {
        ConfidenceBand::Unspecified => None,
        ConfidenceBand::Low => Some("low"),
        ConfidenceBand::Medium => Some("medium"),
        ConfidenceBand::High => Some("high"),
    }
}

fn validity_name(validity: Validity) -> Option<&'static str> {
    match validity {
        Validity::Unspecified => None,
        Validity::Valid => Some("valid"),
        Validity::NotValid => Some("not_valid"),
    }
}

fn epistemic_name(epistemic: Epistemic) -> Option<&'static str> {
    match epistemic {
        Epistemic::Unspecified => None,
        Epistemic::Assessment => Some("assessment"),
    }
}

fn coverage_name(state: CoverageState) -> &'static str {
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
