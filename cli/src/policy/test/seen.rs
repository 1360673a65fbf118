//! What a rule on the box would have seen, of what a case says; none where the zone's name is none. Nothing here is a
//! picture.

use std::collections::BTreeMap;
use std::time::Duration;

use velum_vocab::{
    AbandonedObject, AlertId, AlertState, BoxInFrame, CameraId, CoverageBin, CoverageState, CrowdDensity,
    CrowdMovement, Digest, FrameCounts, Interval, Observation, ObservationBody, Timestamp, Validity, ZoneId,
};

use super::told::Codes;
use super::written::{Confidence, WrittenCoverage, WrittenDensity, WrittenMovement, WrittenObject};

const HOUR: Duration = Duration::from_secs(3_600);

/// An object that nobody attends.
pub(super) fn object(written: &WrittenObject, camera: &CameraId, at: Timestamp) -> Option<Observation> {
    let unattended = written.unattended.get();
    let body = ObservationBody::AbandonedObject(AbandonedObject {
        // Where in the picture it lies: no event tells it.
        box_in_frame: BoxInFrame::new(0.0, 0.0, 1.0, 1.0).ok()?,
        class: written.object.map(|object| object.0),
        put_down_at: at.minus(unattended),
        unattended_secs: unattended.as_secs_f64(),
    });
    let zone = ZoneId::parse(&written.zone).ok()?;
    let (state, said) = (written.state.into(), (written.confidence, &written.explanation));
    Some(observation((camera, zone, at), state, body, said))
}

/// A zone's crowd level.
pub(super) fn density(written: &WrittenDensity, camera: &CameraId, at: Timestamp) -> Option<Observation> {
    let body = ObservationBody::CrowdDensity(CrowdDensity {
        level: written.level.clone(),
        previous_level: written.previous_level.clone().unwrap_or_else(|| written.level.clone()),
        persons: exactly(written.persons.0),
        persons_per_m2: written.persons_per_m2.map(|number| exactly(number.0)),
        demo_threshold: false,
    });
    let zone = ZoneId::parse(&written.zone).ok()?;
    let (state, said) = (written.state.into(), (written.confidence, &written.explanation));
    Some(observation((camera, zone, at), state, body, said))
}

/// A crowd that moves unusually.
pub(super) fn movement(written: &WrittenMovement, camera: &CameraId, at: Timestamp) -> Option<Observation> {
    let body = ObservationBody::CrowdMovement(CrowdMovement {
        pattern: written.pattern.0,
        persons: exactly(written.persons.0),
        speed_m_per_s: written.speed_m_per_s.0,
        relative: false,
        direction: written.direction.map(|sector| sector.0),
        counter_flow_fraction: None,
    });
    let zone = ZoneId::parse(&written.zone).ok()?;
    let (state, said) = (written.state.into(), (written.confidence, &written.explanation));
    Some(observation((camera, zone, at), state, body, said))
}

/// A camera's hour, analysed throughout, in which so many alerts were left without a still.
pub(super) fn hour(written: &WrittenCoverage, camera: &CameraId, at: Timestamp) -> CoverageBin {
    CoverageBin {
        camera: camera.clone(),
        hour: at.floor_to(HOUR),
        secs_by_state: BTreeMap::from([(CoverageState::Analysed, 3_600)]),
        counts: FrameCounts::default(),
        stills_withheld: BTreeMap::from([("too_dark".to_owned(), written.missing_stills)]),
    }
}

fn observation(
    (camera, zone, at): (&CameraId, ZoneId, Timestamp),
    state: AlertState,
    body: ObservationBody,
    (Confidence(confidence), said): (Confidence, &Codes),
) -> Observation {
    Observation {
        alert: AlertId::from_bytes([0; 16]),
        camera: camera.clone(),
        zone,
        at,
        state,
        body,
        confidence,
        validity: Validity::Valid,
        explanation: said.explanation(),
        models: vec![Digest::of(b"a model")],
        staged: None,
    }
}

fn exactly(estimate: f64) -> Interval {
    Interval { low: estimate, estimate, high: estimate }
}
