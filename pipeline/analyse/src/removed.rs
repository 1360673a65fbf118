//! Alerts that were open when their zone, rule or level was taken out of the settings: nobody watches them any
//! longer, so they are ended, and told so. Whether what they were about is over is not known.

use velum_vocab::{
    AbandonedCandidate, AbandonedObject, AlertId, AlertState, CrowdDensity, CrowdMovement, DensityLevelState,
    Digest, Explanation, ExplanationCode as Code, Interval, MovementAlertState, Observation, ObservationBody,
    RuleState, Timestamp, Validity, ZoneId,
};

use crate::settings::{CameraSettings, ZoneSettings};

/// What ends all open alerts of a state that the settings no longer ask for. Its boxes are in the frames' pixels.
/// For a camera that is gone altogether, give settings without a zone.
pub fn ends(
    state: &RuleState,
    settings: &CameraSettings,
    models: &[Digest],
    at: Timestamp,
) -> Vec<Observation> {
    let end = |alert: AlertId, zone: &ZoneId, explanation, body| Observation {
        alert,
        camera: settings.camera.clone(),
        zone: zone.clone(),
        at,
        state: AlertState::Cleared,
        body,
        confidence: 0.0,
        validity: Validity::NotValid,
        explanation,
        models: models.to_vec(),
        staged: settings.staged.clone(),
    };
    let objects = state.objects.iter().filter(|object| object.raised && !is_watched(object, settings));
    let objects = objects.map(|object| end(object.alert, &object.zone, explain(object, at), body_of(object)));
    let levels = state.levels.iter().filter(|level| !is_known(level, settings));
    let levels = levels.map(|level| {
        end(level.alert, &level.zone, vec![Explanation::of(Code::RuleRemoved)], last_known(level))
    });
    let movements = state.movements.iter().filter(|movement| !is_still_watched(movement, settings));
    let movements = movements.map(|movement| {
        let explanation = vec![Explanation::of(Code::RuleRemoved)];
        end(movement.alert, &movement.zone, explanation, without_measure(movement))
    });
    objects.chain(levels).chain(movements).collect()
}

fn zone<'a>(id: &ZoneId, settings: &'a CameraSettings) -> Option<&'a ZoneSettings> {
    settings.zones.iter().find(|zone| zone.id == *id)
}

fn is_watched(object: &AbandonedCandidate, settings: &CameraSettings) -> bool {
    zone(&object.zone, settings).is_some_and(|zone| zone.abandoned.is_some())
}

fn is_known(state: &DensityLevelState, settings: &CameraSettings) -> bool {
    let rule = zone(&state.zone, settings).and_then(|zone| zone.density.as_ref());
    rule.is_some_and(|rule| rule.rank(&state.level).is_some())
}

fn is_still_watched(state: &MovementAlertState, settings: &CameraSettings) -> bool {
    zone(&state.zone, settings).is_some_and(|zone| zone.movement.is_some())
}

fn explain(object: &AbandonedCandidate, at: Timestamp) -> Vec<Explanation> {
    vec![
        Explanation::with(Code::PutDownSecsAgo, at.secs_since(object.put_down_at)),
        Explanation::with(Code::UnattendedSecs, object.unattended_secs),
        Explanation::of(Code::RuleRemoved),
    ]
}

fn body_of(object: &AbandonedCandidate) -> ObservationBody {
    ObservationBody::AbandonedObject(AbandonedObject {
        box_in_frame: object.box_in_frame,
        class: None,
        put_down_at: object.put_down_at,
        unattended_secs: object.unattended_secs,
    })
}

/// The level that was told last: what holds now was not looked at, nor how many persons there are.
fn last_known(state: &DensityLevelState) -> ObservationBody {
    ObservationBody::CrowdDensity(CrowdDensity {
        level: state.level.clone(),
        previous_level: state.level.clone(),
        persons: Interval { low: 0.0, estimate: 0.0, high: f64::INFINITY },
        persons_per_m2: None,
        demo_threshold: false,
    })
}

/// How it moves now was not looked at.
fn without_measure(state: &MovementAlertState) -> ObservationBody {
    ObservationBody::CrowdMovement(CrowdMovement {
        pattern: state.pattern,
        persons: state.persons,
        speed_m_per_s: 0.0,
        relative: false,
        direction: None,
        counter_flow_fraction: None,
    })
}
