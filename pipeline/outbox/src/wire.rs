//! From the closed words of the box to the messages of the protocol: the one place where an event becomes
//! something that can be written as bytes.

use velum_event::{
    Content, CountBand, DurationBand, Event, EventKind, ReleasedBody, ReleasedHealth, ReleasedObservation,
    ReleasedTime, SpeedBand, StillFacts,
};
use velum_proto::v1::{self, event::Body};
use velum_vocab::{
    AlertState, CoverageState, Digest, Explanation, MovementPattern, PictureDirection, Validity,
};

pub(crate) fn event(event: &Event) -> v1::Event {
    let id = event.id().as_bytes().to_vec();
    let content = match event.content() {
        Content::Observation(observation) => of_observation(observation),
        Content::Health(health) => of_health(health),
    };
    v1::Event { id, epistemic: v1::Epistemic::Assessment.into(), ..content }
}

fn of_observation(seen: &ReleasedObservation) -> v1::Event {
    v1::Event {
        alert_id: seen.alert_id.map(|id| id.as_bytes().to_vec()).unwrap_or_default(),
        kind: kind(seen.kind).into(),
        state: state(seen.state).into(),
        site: seen.site.as_ref().map(ToString::to_string),
        camera: seen.camera.as_ref().map(ToString::to_string),
        zone: seen.zone.as_ref().map(ToString::to_string),
        time: seen.time.or(seen.time_bin).map(instant),
        body: Some(body(seen)),
        confidence: seen.confidence_band.map_or(0, |band| confidence(band).into()),
        validity: seen.validity.map_or(0, |valid| validity(valid).into()),
        explanation: seen.explanation.iter().map(explanation).collect(),
        policy_digest: seen.policy_digest.0.to_vec(),
        model_digests: digests(&seen.models),
        staged: seen.staged.clone(),
        still_may_be_asked_for: seen.still_may_be_asked_for,
        ..v1::Event::default()
    }
}

/// A still as it leaves: under this policy, with this time.
pub(crate) fn still(
    facts: &StillFacts,
    jpeg: Vec<u8>,
    captured: Option<ReleasedTime>,
    policy_digest: Digest,
) -> v1::Still {
    v1::Still {
        jpeg,
        captured: captured.map(instant),
        width_px: facts.width_px,
        height_px: facts.height_px,
        covered_fraction: facts.covered_fraction,
        policy_digest: policy_digest.0.to_vec(),
        model_digests: digests(&facts.models),
    }
}

fn of_health(health: &ReleasedHealth) -> v1::Event {
    v1::Event {
        kind: v1::EventKind::CameraHealth.into(),
        state: v1::EventState::Updated.into(),
        camera: Some(health.camera.to_string()),
        time: health.time.map(instant),
        body: Some(Body::CameraHealth(v1::CameraHealth { state: coverage_state(health.state).into() })),
        policy_digest: health.policy_digest.map(|digest| digest.0.to_vec()).unwrap_or_default(),
        staged: health.staged.clone(),
        ..v1::Event::default()
    }
}

fn body(seen: &ReleasedObservation) -> Body {
    match &seen.body {
        ReleasedBody::AbandonedObject(object) => Body::AbandonedObject(v1::AbandonedObject {
            object_kind: object.object_kind.map(str::to_owned),
            dwell: object.dwell_band.map(duration_band),
            grid_cell: seen.grid_cell.clone(),
            first_seen: seen.time_first_seen.map(instant),
        }),
        ReleasedBody::CrowdDensity(density) => Body::CrowdDensity(v1::CrowdDensity {
            level: density.level.clone(),
            previous_level: density.previous_level.clone(),
            persons: density.count_rounded.map(count_band),
            persons_per_m2: density
                .persons_per_m2
                .map(|interval| v1::Interval { low: interval.low, high: interval.high }),
            relative: density.relative,
            demo_threshold: density.demo_threshold,
        }),
        ReleasedBody::CrowdMovement(movement) => Body::CrowdMovement(v1::CrowdMovement {
            pattern: movement.pattern.map_or(0, |one| pattern(one).into()),
            persons: movement.count_rounded.map(count_band),
            speed: movement.speed_band.map(speed_band),
            direction: movement.direction_sector.map_or(0, |one| direction(one).into()),
            relative: movement.relative,
        }),
    }
}

fn instant(time: ReleasedTime) -> v1::Instant {
    let precision_ms = u32::try_from(time.precision.as_millis()).unwrap_or(u32::MAX);
    v1::Instant { unix_ms: time.at.unix_millis(), precision_ms }
}

fn duration_band(band: DurationBand) -> v1::DurationBand {
    let secs = |duration: std::time::Duration| u32::try_from(duration.as_secs()).unwrap_or(u32::MAX);
    v1::DurationBand { at_least_secs: secs(band.at_least), below_secs: band.below.map(secs) }
}

fn count_band(band: CountBand) -> v1::CountBand {
    v1::CountBand { at_least: band.at_least, below: band.below }
}

fn speed_band(band: SpeedBand) -> v1::SpeedBand {
    v1::SpeedBand { at_least_m_per_s: band.at_least_m_per_s, below_m_per_s: band.below_m_per_s }
}

fn pattern(pattern: MovementPattern) -> v1::MovementPattern {
    match pattern {
        MovementPattern::Surge => v1::MovementPattern::Surge,
        MovementPattern::Dispersal => v1::MovementPattern::Dispersal,
        MovementPattern::CounterFlow => v1::MovementPattern::CounterFlow,
    }
}

fn direction(direction: PictureDirection) -> v1::PictureDirection {
    match direction {
        PictureDirection::Right => v1::PictureDirection::Right,
        PictureDirection::DownRight => v1::PictureDirection::DownRight,
        PictureDirection::Down => v1::PictureDirection::Down,
        PictureDirection::DownLeft => v1::PictureDirection::DownLeft,
        PictureDirection::Left => v1::PictureDirection::Left,
        PictureDirection::UpLeft => v1::PictureDirection::UpLeft,
        PictureDirection::Up => v1::PictureDirection::Up,
        PictureDirection::UpRight => v1::PictureDirection::UpRight,
    }
}

fn explanation(given: &Explanation) -> v1::Explanation {
    v1::Explanation { code: given.code.name().to_owned(), value: given.value }
}

fn digests(digests: &[Digest]) -> Vec<Vec<u8>> {
    digests.iter().map(|digest| digest.0.to_vec()).collect()
}

pub(crate) fn kind(kind: EventKind) -> v1::EventKind {
    match kind {
        EventKind::AbandonedObject => v1::EventKind::AbandonedObject,
        EventKind::CrowdDensity => v1::EventKind::CrowdDensity,
        EventKind::CrowdMovement => v1::EventKind::CrowdMovement,
        EventKind::CameraHealth => v1::EventKind::CameraHealth,
    }
}

fn state(state: AlertState) -> v1::EventState {
    match state {
        AlertState::Raised => v1::EventState::Raised,
        AlertState::Updated => v1::EventState::Updated,
        AlertState::Cleared => v1::EventState::Cleared,
    }
}

fn confidence(band: velum_event::ConfidenceBand) -> v1::ConfidenceBand {
    match band {
        velum_event::ConfidenceBand::Low => v1::ConfidenceBand::Low,
        velum_event::ConfidenceBand::Medium => v1::ConfidenceBand::Medium,
        velum_event::ConfidenceBand::High => v1::ConfidenceBand::High,
    }
}

fn validity(validity: Validity) -> v1::Validity {
    match validity {
        Validity::Valid => v1::Validity::Valid,
        Validity::NotValid => v1::Validity::NotValid,
    }
}

pub(crate) fn coverage_state(state: CoverageState) -> v1::CoverageState {
    match state {
        CoverageState::Analysed => v1::CoverageState::Analysed,
        CoverageState::Offline => v1::CoverageState::Offline,
        CoverageState::Frozen => v1::CoverageState::Frozen,
        CoverageState::Dark => v1::CoverageState::Dark,
        CoverageState::Overloaded => v1::CoverageState::Overloaded,
        CoverageState::Paused => v1::CoverageState::Paused,
        CoverageState::NoPolicy => v1::CoverageState::NoPolicy,
        CoverageState::OutOfSchedule => v1::CoverageState::OutOfSchedule,
        CoverageState::UntrustedTime => v1::CoverageState::UntrustedTime,
        CoverageState::Restarted => v1::CoverageState::Restarted,
        CoverageState::ModelFailed => v1::CoverageState::ModelFailed,
        CoverageState::Exercise => v1::CoverageState::Exercise,
    }
}
