//! The rules of a camera while people have paused some of its zones.
//!
//! What is painted over cannot be told of. In a paused zone no rule runs. In a zone that overlaps one no crowd is judged
//! either: its people would be counted short, and a level would fall that holds. Things elsewhere in it are watched on.
//!
//! Invariant: what the rules remember of all this is set aside as it was and put back afterwards, so that no alert ends,
//! or is raised anew, because nobody could look; as for a camera that is paused as a whole.

use velum_analyse::ZoneSettings;
use velum_gate::PausedAreas;
use velum_vocab::{Polygon, RuleState, ZoneId};

/// Whether crowds are not judged in the zone.
pub(crate) fn crowds_rest(zone: &ZoneSettings, paused: &PausedAreas) -> bool {
    paused.contains_key(zone.id.as_str()) || areas_of(paused).any(|area| area.overlaps(&zone.polygon))
}

/// All that is painted over.
pub(super) fn areas_of(paused: &PausedAreas) -> impl Iterator<Item = &Polygon> {
    paused.values().flatten()
}

/// Takes the rules out that rest.
pub(super) fn rest(zones: &mut [ZoneSettings], paused: &PausedAreas) {
    for zone in zones {
        if paused.contains_key(zone.id.as_str()) {
            zone.abandoned = None;
        }
        if crowds_rest(zone, paused) {
            (zone.density, zone.movement) = (None, None);
        }
    }
}

/// What the rules that go on remember, and what is set aside. `zones` are all of the configuration.
pub(super) fn set_aside(
    state: RuleState,
    zones: &[ZoneSettings],
    paused: &PausedAreas,
) -> (RuleState, RuleState) {
    let (width_px, height_px) = (state.frame_width_px, state.frame_height_px);
    let is_paused = |zone: &ZoneId| paused.contains_key(zone.as_str());
    let rests =
        |id: &ZoneId| is_paused(id) || zones.iter().any(|zone| zone.id == *id && crowds_rest(zone, paused));
    let RuleState { objects, levels, movements, usual, .. } = state.clone();
    let (objects_aside, objects) = objects.into_iter().partition(|object| {
        is_paused(&object.zone)
            || areas_of(paused).any(|area| area.reaches_into(&object.box_in_frame, width_px, height_px))
    });
    let (levels_aside, levels) = levels.into_iter().partition(|level| rests(&level.zone));
    let (movements_aside, movements) = movements.into_iter().partition(|movement| rests(&movement.zone));
    let (usual_aside, usual) = usual.into_iter().partition(|usual| rests(&usual.zone));
    let aside = RuleState {
        objects: objects_aside,
        levels: levels_aside,
        movements: movements_aside,
        usual: usual_aside,
        ..state.clone()
    };
    (RuleState { objects, levels, movements, usual, ..state }, aside)
}

/// The same with what was set aside.
pub(super) fn put_back(mut state: RuleState, aside: &RuleState) -> RuleState {
    let mut aside = aside.clone().in_frames_of(state.frame_width_px, state.frame_height_px);
    state.objects.append(&mut aside.objects);
    state.levels.append(&mut aside.levels);
    state.movements.append(&mut aside.movements);
    state.usual.append(&mut aside.usual);
    state
}

#[cfg(test)]
mod tests;
