//! Zones, their rules, and the ground plane of one camera.

use velum_analyse::{
    AbandonedSettings, AnalyseError, DensitySettings, GroundPlane, LevelBoundary, LevelFrom,
    MovementSettings, PointPair, ZoneSettings,
};
use velum_vocab::{GroundPoint, Polygon, ZoneId};

use super::finite::Finite;
use super::line::one_line;
use super::problem::Problems;
use super::raw::{RawAbandoned, RawDensity, RawLevel, RawMovement, RawPointPair, RawZone};

/// The zone of a camera for which none is written.
const WHOLE_FRAME: &str = "frame";

/// The zones as written, or the whole frame. A zone for which no rule is written has *abandoned object* and *crowd
/// density*; *crowd movement* must be asked for.
pub(super) fn resolve_zones(
    camera: &str,
    raw: Vec<RawZone>,
    calibrated: bool,
    problems: &mut Problems,
) -> Vec<ZoneSettings> {
    if raw.is_empty() {
        let whole = RawZone { id: WHOLE_FRAME.to_owned(), ..RawZone::default() };
        return resolve_zone(&format!("{camera}.zones[0]"), whole, calibrated, problems)
            .into_iter()
            .collect();
    }
    raw.into_iter()
        .enumerate()
        .filter_map(|(index, zone)| {
            resolve_zone(&format!("{camera}.zones[{index}]"), zone, calibrated, problems)
        })
        .collect()
}

fn resolve_zone(path: &str, raw: RawZone, calibrated: bool, problems: &mut Problems) -> Option<ZoneSettings> {
    let both = raw.abandoned.is_none() && raw.density.is_none() && raw.movement.is_none();
    let movement = raw.movement.map(resolve_movement);
    let abandoned = raw.abandoned.or_else(|| both.then(RawAbandoned::default)).map(resolve_abandoned);
    let density = raw.density.or_else(|| both.then(RawDensity::default));
    let density = density.map(|d| resolve_density(&format!("{path}.density"), d, calibrated, problems));
    let id = problems.keep(&format!("{path}.id"), ZoneId::parse(&raw.id));
    let polygon = match raw.polygon {
        None => Some(Polygon::whole_frame()),
        Some(points) => {
            let points: Vec<_> = points.iter().map(|[x, y]| (x.0, y.0)).collect();
            problems.keep(path, Polygon::from_fractions(&points))
        }
    };
    Some(ZoneSettings { id: id?, polygon: polygon?, abandoned, density, movement })
}

fn resolve_abandoned(raw: RawAbandoned) -> AbandonedSettings {
    let default = AbandonedSettings::default();
    AbandonedSettings {
        unattended_secs: or(raw.unattended_secs, default.unattended_secs),
        attended_radius_m: or(raw.attended_radius_m, default.attended_radius_m),
        owner_radius_m: or(raw.owner_radius_m, default.owner_radius_m),
        valid_up_to_persons: or(raw.valid_up_to_persons, default.valid_up_to_persons),
    }
}

fn resolve_movement(raw: RawMovement) -> MovementSettings {
    let default = MovementSettings::default();
    MovementSettings {
        min_persons: or(raw.min_persons, default.min_persons),
        min_speed_m_per_s: or(raw.min_speed_m_per_s, default.min_speed_m_per_s),
        min_counter_flow_fraction: or(raw.min_counter_flow_fraction, default.min_counter_flow_fraction),
        spreads_above_usual: or(raw.spreads_above_usual, default.spreads_above_usual),
        hold_secs: or(raw.hold_secs, default.hold_secs),
        clear_secs: or(raw.clear_secs, default.clear_secs),
        learn_secs: or(raw.learn_secs, default.learn_secs),
    }
}

fn resolve_density(
    path: &str,
    raw: RawDensity,
    calibrated: bool,
    problems: &mut Problems,
) -> DensitySettings {
    let default = DensitySettings::default();
    let levels = match raw.levels {
        None => default_levels(calibrated),
        Some(levels) => levels
            .into_iter()
            .enumerate()
            .filter_map(|(index, level)| resolve_level(&format!("{path}.levels[{index}]"), level, problems))
            .collect(),
    };
    DensitySettings {
        lowest_level: match raw.lowest_level {
            None => default.lowest_level,
            Some(name) => one_line(&format!("{path}.lowest_level"), "low", name, problems),
        },
        levels,
        hysteresis_fraction: or(raw.hysteresis_fraction, default.hysteresis_fraction),
        hold_secs: or(raw.hold_secs, default.hold_secs),
        valid_up_to_persons: or(raw.valid_up_to_persons, default.valid_up_to_persons),
        ..default
    }
}

fn resolve_level(path: &str, raw: RawLevel, problems: &mut Problems) -> Option<LevelBoundary> {
    let from =
        match (raw.from_persons, raw.from_persons_per_m2) {
            (Some(persons), None) => LevelFrom::Persons(persons.0),
            (None, Some(density)) => LevelFrom::PersonsPerM2(density.0),
            (found, _) => {
                let found = if found.is_some() { "both" } else { "neither" };
                problems.add(path, format!(
                "expected one of from_persons and from_persons_per_m2, found {found}; write for example \
                 `{{ name = \"busy\", from_persons = 20 }}`"
            ));
                return None;
            }
        };
    let name = one_line(&format!("{path}.name"), "busy", raw.name, problems);
    Some(LevelBoundary { name, from, demo: raw.demo_threshold })
}

/// With a ground plane, the upper limits of Fruin's levels of service for walkways: B (2.3 m2 a person),
/// D (0.93) and E (0.46); J. J. Fruin, *Pedestrian Planning and Design*, 1971. Without one, plain counts.
fn default_levels(calibrated: bool) -> Vec<LevelBoundary> {
    let level = |name: &str, from| LevelBoundary { name: name.to_owned(), from, demo: false };
    if calibrated {
        vec![
            level("busy", LevelFrom::PersonsPerM2(0.43)),
            level("dense", LevelFrom::PersonsPerM2(1.08)),
            level("critical", LevelFrom::PersonsPerM2(2.17)),
        ]
    } else {
        vec![level("busy", LevelFrom::Persons(20.0))]
    }
}

/// The plane through the point pairs; none where none are written.
pub(super) fn resolve_ground_plane(raw: &[RawPointPair]) -> Result<Option<GroundPlane>, AnalyseError> {
    if raw.is_empty() {
        return Ok(None);
    }
    let pair = |pair: &RawPointPair| {
        let ([x, y], [x_m, y_m]) = (pair.picture, pair.ground_m);
        PointPair { x_fraction: x.0, y_fraction: y.0, ground: GroundPoint { x_m: x_m.0, y_m: y_m.0 } }
    };
    GroundPlane::fit(&raw.iter().map(pair).collect::<Vec<_>>()).map(Some)
}

fn or(written: Option<Finite>, default: f64) -> f64 {
    written.map_or(default, |value| value.0)
}
