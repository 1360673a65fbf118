//! When an object's alert is raised, updated and cleared, and how it is explained.

use velum_vocab::{
    AbandonedObject, AlertState, Digest, Explanation, ExplanationCode as Code, Observation, ObservationBody,
    Timestamp, Validity,
};

use super::thing::{Ending, Stage, Thing};
use super::{Said, Scene, restored, tests_of_things};
use crate::error::AnalyseError;
use crate::picture::WorkingSize;
use crate::settings::{AbandonedSettings, CameraSettings, ZoneSettings};

/// An alert that goes on is told again each time this many times as long has passed.
const UPDATE_FACTOR: f64 = 2.0;

/// Says what there is to say about one thing.
pub(super) fn tell(
    thing: &mut Thing,
    scene: &Scene<'_>,
    settings: &CameraSettings,
    size: &WorkingSize,
    models: &[Digest],
    said: &mut Said,
) -> Result<(), AnalyseError> {
    let Some(zone) = settings.zones.get(thing.zone) else { return Ok(()) };
    if thing.stage != Stage::Object {
        return Ok(());
    }
    restored::pass_probation(thing, scene.at);
    let Some(state) = change(thing, scene, zone) else {
        if thing.ending.is_some() {
            thing.stage = Stage::Over;
        }
        return Ok(());
    };
    let Some(found) = thing.box_in_working() else { return Ok(()) };
    let too_dense = zone.abandoned.is_some_and(|rule| scene.persons > rule.valid_up_to_persons);
    said.observations.push(Observation {
        alert: thing.alert,
        camera: settings.camera.clone(),
        zone: zone.id.clone(),
        at: scene.at,
        state,
        body: ObservationBody::AbandonedObject(AbandonedObject {
            box_in_frame: size.frame_from_working(&found),
            class: thing.class,
            put_down_at: thing.put_down_at,
            unattended_secs: thing.timer.unattended_secs,
        }),
        confidence: confidence(thing),
        validity: if too_dense { Validity::NotValid } else { Validity::Valid },
        explanation: explain(thing, state, too_dense, scene.at),
        models: models.to_vec(),
        staged: settings.staged.clone(),
    });
    carry_on(thing, state)
}

/// Whether the alert begins, changes or ends now.
fn change(thing: &Thing, scene: &Scene<'_>, zone: &ZoneSettings) -> Option<AlertState> {
    let rule = zone.abandoned?;
    if thing.raised && thing.ending.is_some() {
        return Some(AlertState::Cleared);
    }
    let believable = is_believable(thing, scene.persons, &rule);
    if thing.raised {
        return (believable && thing.timer.unattended_secs >= thing.update_at_secs)
            .then_some(AlertState::Updated);
    }
    (believable && thing.timer.unattended_secs >= rule.unattended_secs).then_some(AlertState::Raised)
}

/// Whether an alert might be raised now, had nobody attended it for long enough.
pub(super) fn is_believable(thing: &Thing, persons: f64, rule: &AbandonedSettings) -> bool {
    thing.is_plainly_there() && persons <= rule.valid_up_to_persons
}

fn carry_on(thing: &mut Thing, state: AlertState) -> Result<(), AnalyseError> {
    match state {
        AlertState::Raised | AlertState::Updated => {
            thing.raised = true;
            thing.update_at_secs = thing.timer.unattended_secs * UPDATE_FACTOR;
        }
        AlertState::Cleared if thing.ending == Some(Ending::AttendedAgain) => thing.begin_again()?,
        AlertState::Cleared => thing.stage = Stage::Over,
    }
    Ok(())
}

fn confidence(thing: &Thing) -> f32 {
    let look = thing.look.as_ref().map_or(0.3, tests_of_things::certainty);
    let witnessed = if thing.attendance.witnessed { 0.15 } else { 0.0 };
    let named = if thing.class.is_some() { 0.15 } else { 0.0 };
    (0.4 + 0.3 * look + witnessed + named).clamp(0.0, 0.95)
}

fn explain(thing: &Thing, state: AlertState, too_dense: bool, at: Timestamp) -> Vec<Explanation> {
    let mut codes = vec![Explanation::with(Code::PutDownSecsAgo, at.secs_since(thing.put_down_at))];
    // Where nobody is known to have brought it, nobody is known to have left it.
    if let Some(left_at) = thing.attendance.left_at.filter(|_| !thing.attendance.by_proximity()) {
        codes.push(Explanation::with(Code::OwnerLeftSecsAgo, at.secs_since(left_at)));
    }
    codes.push(Explanation::with(Code::UnattendedSecs, thing.timer.unattended_secs));
    codes.extend(too_dense.then(|| Explanation::of(Code::TooDense)));
    if state == AlertState::Cleared {
        codes.extend(thing.ending.map(|ending| Explanation::of(code_of(ending))));
        return codes;
    }
    let owner = if thing.attendance.by_proximity() { Code::ProximityOnly } else { Code::OwnerBackTraced };
    codes.push(Explanation::of(owner));
    if thing.attendance.witnessed {
        codes.push(Explanation::of(Code::DropOffWitnessed));
    }
    if thing.look.is_some() {
        let passed = [Code::NewlyArrived, Code::NotLight, Code::PlausibleSize];
        codes.extend(passed.map(Explanation::of));
    }
    codes.push(Explanation::of(Code::NotAPerson));
    codes.push(Explanation::with(Code::StaticSecs, at.secs_since(thing.put_down_at)));
    if thing.class.is_some() {
        codes.push(Explanation::of(Code::DetectedAsBag));
    }
    if thing.visibility.hidden_secs > 0.0 {
        codes.push(Explanation::with(Code::HiddenSecs, thing.visibility.hidden_secs));
    }
    if thing.restored {
        codes.push(Explanation::of(Code::RestoredAfterRestart));
    }
    codes
}

fn code_of(ending: Ending) -> Code {
    match ending {
        Ending::PickedUp => Code::PickedUp,
        Ending::AttendedAgain => Code::AttendedAgain,
        Ending::BecameBackground => Code::BecameBackground,
        Ending::ConfirmedFurniture => Code::ConfirmedFurniture,
    }
}
