//! Zones, their rules, and the ground plane of one camera.

use velum_analyse::{
    AbandonedSettings, AnalyseError, DensitySettings, GroundPlane, LevelBoundary, LevelFrom,
    MovementSettings, PointPair, ZoneSettings,
};
use velum_vocab::{GroundPoint, Polygon, ZoneId};

use super::camera::ShadowRule;
use super::finite::Finite;
use super::line::one_line;
use super::problem::Problems;
use super::raw::{RawAbandoned, RawDensity, RawLevel, RawMode, RawMovement, RawPointPair, RawZone};

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

/// The rules that are written with `mode = "shadow"`. What is wrong with a zone's name is told elsewhere.
pub(super) fn shadow_rules(raw: &[RawZone]) -> Vec<ShadowRule> {
    let of = |zone: &RawZone| {
        let modes = [
            ("abandoned_object", zone.abandoned.as_ref().and_then(|rule| rule.mode)),
            ("crowd_density", zone.density.as_ref().and_then(|rule| rule.mode)),
            ("crowd_movement", zone.movement.as_ref().and_then(|rule| rule.mode)),
        ];
        let id = ZoneId::parse(&zone.id).ok();
        let in_shadow = modes.into_iter().filter(|(_, mode)| *mode == Some(RawMode::Shadow));
        let rules = in_shadow.filter_map(move |(rule, _)| Some(ShadowRule { zone: id.clone()?, rule }));
        rules.collect::<Vec<_>>()
    };
    raw.iter().flat_map(of).collect()
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
        None => DensitySettings::default_levels(calibrated),
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

/// The plane through the point pairs; none where none are written.
pub(super) fn resolve_ground_plane(raw: &[RawPointPair]) -> Result<Option<GroundPlane>, AnalyseError> {
    if raw.is_empty() {
        return Ok(None);
    }
    GroundPlane::fit(&point_pairs(raw)).map(Some)
}

/// The pairs as written.
pub(super) fn point_pairs(raw: &[RawPointPair]) -> Vec<PointPair> {
    let pair = |pair: &RawPointPair| {
        let ([x, y], [x_m, y_m]) = (pair.picture, pair.ground_m);
        PointPair { x_fraction: x.0, y_fraction: y.0, ground: GroundPoint { x_m: x_m.0, y_m: y_m.0 } }
    };
    raw.iter().map(pair).collect()
}

fn or(written: Option<Finite>, default: f64) -> f64 {
    written.map_or(default, |value| value.0)
}
