//! Crowd density: how many persons are in a zone, how sure that is, and which level it means.
//!
//! Persons are tracks whose foot is in the zone, weighted by how likely each is one; the median over two seconds is corrected by
//! the detector's recall and precision, and combined with a density network's estimate where there is one, each
//! weighted by its own error. Levels have hysteresis in value and in time; one alert id lasts from
//! leaving the lowest level until the return to it.

mod combine;
mod count;
pub(crate) mod scenery;

use velum_vocab::{
    AlertId, AlertState, CrowdDensity, DensityLevelState, Digest, Explanation, ExplanationCode as Code,
    Interval, Observation, ObservationBody, PointInFrame, Polygon, Timestamp, Validity, ZoneId,
};

use crate::crowd_map::MapEstimate;
use crate::error::AnalyseError;
use crate::person_height::PersonHeight;
use crate::picture::WorkingSize;
use crate::rules::validity::{LEARNING, RuleValidity};
use crate::settings::{CameraSettings, DensitySettings, LevelFrom, ZoneSettings};
use crate::tracks::Tracker;
use combine::{Combined, MapCount, combine};
use count::PersonCount;
pub(crate) use count::interval;
use scenery::Scenery;

/// People smaller than this in the picture cannot be counted one by one.
const MIN_PERSON_PX: f32 = 16.0;

/// The rule in one zone.
pub(crate) struct DensityRule {
    zone: ZoneSettings,
    settings: DensitySettings,
    area_m2: Option<f64>,
    count: PersonCount,
    map: MapCount,
    level: String,
    alert: AlertId,
    since: Option<Timestamp>,
    /// The level that would hold, if it goes on, and since when it has been on this side.
    pending: Option<(String, Timestamp)>,
}

/// Persons in one zone, as the rule counts them now.
#[derive(Debug, Clone, PartialEq)]
pub struct ZoneCount {
    /// Where.
    pub zone: ZoneId,
    /// How many, with uncertainty.
    pub persons: Interval,
    /// Per square metre; none without a ground plane.
    pub persons_per_m2: Option<Interval>,
    /// Whether the count should be believed.
    pub validity: Validity,
}

/// What a step of the rule sees.
pub(crate) struct Crowd<'a> {
    pub(crate) at: Timestamp,
    pub(crate) tracker: &'a Tracker,
    pub(crate) heights: &'a PersonHeight,
    /// What the background says of the tracks.
    pub(crate) scenery: &'a Scenery,
    pub(crate) size: WorkingSize,
}

impl DensityRule {
    /// The rules of all zones that have one.
    pub(crate) fn all(settings: &CameraSettings) -> Result<Vec<Self>, AnalyseError> {
        let zones = settings.zones.iter().filter_map(|zone| zone.density.as_ref().map(|rule| (zone, rule)));
        zones
            .map(|(zone, rule)| {
                Ok(Self {
                    zone: zone.clone(),
                    settings: rule.clone(),
                    area_m2: settings.ground_plane.as_ref().and_then(|plane| plane.area_m2(&zone.polygon)),
                    count: PersonCount::default(),
                    map: MapCount::default(),
                    level: rule.lowest_level.clone(),
                    alert: AlertId::random()?,
                    since: None,
                    pending: None,
                })
            })
            .collect()
    }

    /// One step: counts, and speaks when the level changes.
    pub(crate) fn step(
        &mut self,
        crowd: &Crowd<'_>,
        camera: &CameraSettings,
        models: &[Digest],
    ) -> Result<Option<Observation>, AnalyseError> {
        let size = crowd.size;
        let inside = |foot: PointInFrame| self.zone.polygon.contains(foot, size.width_px, size.height_px);
        self.count.look(crowd, inside);
        let Some(counted) = self.count.persons(&self.settings) else { return Ok(None) };
        let combined = combine(counted, self.map.estimate(crowd.at));
        let persons = combined.persons;
        self.since.get_or_insert(crowd.at);
        let value = self.in_unit(persons);
        let Some(held_secs) = self.held(value.estimate, crowd.at) else { return Ok(None) };
        let Some((level, _)) = self.pending.take() else { return Ok(None) };
        let previous_level = std::mem::replace(&mut self.level, level);
        self.since = Some(crowd.at);
        let alert = self.alert;
        let state = self.state_after(&previous_level);
        if state == AlertState::Cleared {
            self.alert = AlertId::random()?;
        }
        let wrong = self.doubts(crowd, camera, &combined);
        Ok(Some(Observation {
            alert,
            camera: camera.camera.clone(),
            zone: self.zone.id.clone(),
            at: crowd.at,
            state,
            confidence: self.confidence(value, &previous_level),
            validity: if wrong.is_empty() { Validity::Valid } else { Validity::NotValid },
            explanation: self.explain(&previous_level, held_secs, &combined, wrong),
            body: ObservationBody::CrowdDensity(CrowdDensity {
                level: self.level.clone(),
                demo_threshold: self.is_demo(&previous_level),
                previous_level,
                persons,
                persons_per_m2: self.area_m2.map(|area_m2| scaled(persons, 1.0 / area_m2)),
            }),
            models: models.to_vec(),
            staged: camera.staged.clone(),
        }))
    }

    /// The count as it stands after a step; none until enough was seen.
    pub(crate) fn counted(&mut self, crowd: &Crowd<'_>, camera: &CameraSettings) -> Option<ZoneCount> {
        let combined = combine(self.count.persons(&self.settings)?, self.map.estimate(crowd.at));
        let (persons, is_valid) = (combined.persons, self.doubts(crowd, camera, &combined).is_empty());
        Some(ZoneCount {
            zone: self.zone.id.clone(),
            persons,
            persons_per_m2: self.area_m2.map(|area_m2| scaled(persons, 1.0 / area_m2)),
            validity: if is_valid { Validity::Valid } else { Validity::NotValid },
        })
    }

    /// The zone, for a density network.
    pub(crate) fn polygon(&self) -> &Polygon {
        &self.zone.polygon
    }

    /// Takes the density network's estimate.
    pub(crate) fn take_map(&mut self, estimate: MapEstimate, at: Timestamp) {
        self.map.take(estimate, at);
    }

    /// The quantity that the levels are given in.
    fn in_unit(&self, persons: Interval) -> Interval {
        let per_m2 =
            self.settings.levels.first().is_some_and(|l| matches!(l.from, LevelFrom::PersonsPerM2(_)));
        match self.area_m2 {
            Some(area_m2) if per_m2 => scaled(persons, 1.0 / area_m2),
            _ => persons,
        }
    }

    /// Where the level of this rank begins.
    fn boundary(&self, rank: usize) -> Option<f64> {
        let index = rank.checked_sub(1)?;
        self.settings.levels.get(index).map(|level| level.from.value())
    }

    fn name(&self, rank: usize) -> &str {
        let above = rank.checked_sub(1).and_then(|index| self.settings.levels.get(index));
        above.map_or(&self.settings.lowest_level, |level| &level.name)
    }

    /// The level that a value means, seen from the level that holds.
    fn level_for(&self, value: f64) -> &str {
        let dead_band = self.settings.hysteresis_fraction;
        let mut rank = self.settings.rank(&self.level).unwrap_or(0);
        while self.boundary(rank + 1).is_some_and(|above| value >= above * (1.0 + dead_band)) {
            rank += 1;
        }
        while self.boundary(rank).is_some_and(|own| value < own * (1.0 - dead_band)) {
            rank -= 1;
        }
        self.name(rank)
    }

    /// For how long a level other than the present one has held, once that is long enough.
    fn held(&mut self, value: f64, at: Timestamp) -> Option<f64> {
        let level = self.level_for(value).to_owned();
        if level == self.level {
            self.pending = None;
            return None;
        }
        let now = self.settings.rank(&self.level);
        let rises = |to: &str| self.settings.rank(to) > now;
        let since = match &self.pending {
            Some((before, since)) if rises(before) == rises(&level) => *since,
            _ => at,
        };
        self.pending = Some((level, since));
        let held_secs = at.secs_since(since);
        (held_secs >= self.settings.hold_secs).then_some(held_secs)
    }

    fn state_after(&self, previous_level: &str) -> AlertState {
        if self.level == self.settings.lowest_level {
            AlertState::Cleared
        } else if previous_level == self.settings.lowest_level {
            AlertState::Raised
        } else {
            AlertState::Updated
        }
    }

    /// The boundary that was crossed.
    fn crossed(&self, previous_level: &str) -> Option<usize> {
        let (now, before) =
            (self.settings.rank(&self.level)?, self.settings.rank(previous_level).unwrap_or(0));
        now.max(before).checked_sub(1)
    }

    fn is_demo(&self, previous_level: &str) -> bool {
        let crossed = self.crossed(previous_level).and_then(|index| self.settings.levels.get(index));
        crossed.is_some_and(|level| level.demo)
    }

    /// How sure it is that the value lies beyond the boundary: the interval is taken as 90 % of a normal spread.
    fn confidence(&self, value: Interval, previous_level: &str) -> f32 {
        let crossed = self.crossed(previous_level).and_then(|index| self.settings.levels.get(index));
        let Some(boundary) = crossed.map(|level| level.from.value()) else { return 0.5 };
        let sigma = ((value.high - value.low) / 3.3).max(1e-6);
        let z = (value.estimate - boundary).abs() / sigma;
        // Logistic approximation of the normal distribution.
        (1.0 / (1.0 + (-1.702 * z).exp())).clamp(0.5, 0.99) as f32
    }

    /// Why the count should not be believed.
    fn doubts(&self, crowd: &Crowd<'_>, camera: &CameraSettings, combined: &Combined) -> Vec<Code> {
        // A density network that carries the count needs neither few nor large people.
        if combined.map_weight > 0.5 {
            return Vec::new();
        }
        let corners = self.zone.polygon.fractions();
        let count = corners.len().max(1) as f64;
        let (x, y) = corners.iter().fold((0.0, 0.0), |sum, c| (sum.0 + c.0 / count, sum.1 + c.1 / count));
        let (x, y) = (x as f32 * crowd.size.width_px as f32, y as f32 * crowd.size.height_px as f32);
        let person_px = crowd.heights.at_px(x, y, camera.ground_plane.as_ref());
        let mut doubts = Vec::new();
        if person_px < MIN_PERSON_PX {
            doubts.push(Code::PeopleTooSmall);
        }
        if combined.persons.estimate > self.settings.valid_up_to_persons {
            doubts.push(Code::TooDense);
        }
        doubts
    }

    fn explain(
        &self,
        previous_level: &str,
        held_secs: f64,
        combined: &Combined,
        doubts: Vec<Code>,
    ) -> Vec<Explanation> {
        let rose = self.settings.rank(&self.level) > self.settings.rank(previous_level);
        let mut codes = vec![
            Explanation::of(if rose { Code::LevelRose } else { Code::LevelFell }),
            Explanation::with(Code::LevelHeldSecs, held_secs),
            Explanation::of(Code::CountedByDetector),
        ];
        if combined.map_weight > 0.0 {
            codes.push(Explanation::of(Code::EstimatedByCrowdMap));
        }
        if combined.disagree {
            codes.push(Explanation::of(Code::EstimatesDisagree));
        }
        codes.push(match self.area_m2 {
            Some(area_m2) => Explanation::with(Code::ZoneAreaM2, area_m2),
            None => Explanation::of(Code::RelativeLevel),
        });
        if self.is_demo(previous_level) {
            codes.push(Explanation::of(Code::DemoThreshold));
        }
        codes.extend(doubts.into_iter().map(Explanation::of));
        codes
    }

    /// Whether it can be believed now.
    pub(crate) fn validity(&mut self, crowd: &Crowd<'_>, camera: &CameraSettings) -> RuleValidity {
        let doubt = match self.count.persons(&self.settings) {
            None => Some(LEARNING),
            Some(counted) => {
                let combined = combine(counted, self.map.estimate(crowd.at));
                self.doubts(crowd, camera, &combined).first().map(|code| code.name())
            }
        };
        RuleValidity { zone: self.zone.id.clone(), rule: "crowd_density", doubt }
    }

    /// What must be remembered over a kill: a level above the lowest, whose alert is open.
    pub(crate) fn state(&self, at: Timestamp) -> Option<DensityLevelState> {
        (self.level != self.settings.lowest_level).then(|| DensityLevelState {
            zone: self.zone.id.clone(),
            alert: self.alert,
            level: self.level.clone(),
            since: self.since.unwrap_or(at),
        })
    }

    /// Takes back what was remembered.
    pub(crate) fn restore(&mut self, levels: &[DensityLevelState]) {
        let is_this = |state: &&DensityLevelState| {
            state.zone == self.zone.id && self.settings.rank(&state.level).is_some()
        };
        if let Some(state) = levels.iter().find(is_this) {
            (self.level, self.alert, self.since) = (state.level.clone(), state.alert, Some(state.since));
        }
    }
}

fn scaled(interval: Interval, by: f64) -> Interval {
    Interval { low: interval.low * by, estimate: interval.estimate * by, high: interval.high * by }
}

#[cfg(test)]
mod tests;
