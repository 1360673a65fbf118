//! The analysis of one camera while the policy allows it. What it holds of pictures goes when the policy does.

use std::collections::BTreeSet;
use std::sync::Arc;

use velum_analyse::{CameraAnalysis, GroundPlane, LevelFrom, Step, ZoneSettings};
use velum_decode::RawFrame;
use velum_gate::{EventKind, LevelBoundary, PausedAreas, Trial};
use velum_models::{Alertness, Detect, EstimateDensity, Resting};
use velum_vocab::{AlertId, Digest, Observation, Polygon, RuleState, Timestamp};

use super::CameraError;
use super::rest;
use super::shadow::Shadow;
use crate::config::CameraSettings;
use crate::shared::Shared;
use crate::trial;

/// Objects that have just appeared are committed at once, but not more often than this.
const URGENT_EVERY_SECS: f64 = 0.3;

/// Opens the analysis under the policy in force, and anew under the next one.
pub(super) struct Vision {
    settings: CameraSettings,
    shared: Arc<Shared>,
    eyes: Eyes,
    /// The eyes' detector.
    resting: Arc<Resting>,
    memory: Memory,
    open: Option<Open>,
    /// Ends of live alerts whose rule went into shadow.
    ended: Vec<Observation>,
}

/// What the rules of a camera remember when the analysis is opened, and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Memory {
    /// What they remembered last, rules in shadow and trials among them.
    Kept,
    /// Nothing: an exercise, of which nothing may mix with what was seen before the camera.
    Fresh,
}

/// The models that look at a camera's frames.
pub(super) struct Eyes {
    /// Finds persons and objects.
    pub(super) detector: Arc<dyn Detect>,
    /// Counts beside it.
    pub(super) density: Option<Arc<dyn EstimateDensity>>,
}

struct Open {
    analysis: CameraAnalysis,
    policy: Option<Digest>,
    /// Trials that held then.
    offered: Vec<Trial>,
    /// Those of them that run: of each what the rule says stays in shadow.
    trials: Vec<Trial>,
    /// Never seen by any model: what is private under this policy, and what people paused.
    painted: Vec<Polygon>,
    /// What was paused then.
    paused: PausedAreas,
    /// What the rules that rest meanwhile remember.
    aside: Option<RuleState>,
    committed: Option<RuleState>,
    /// When an object that had just appeared was committed last.
    urgent_at: Option<Timestamp>,
    /// Under which change of the furniture it stands.
    furniture: Option<u64>,
}

impl Vision {
    /// Nothing is open yet.
    pub(super) fn new(settings: CameraSettings, shared: Arc<Shared>, eyes: Eyes, memory: Memory) -> Self {
        let resting = Arc::new(Resting::new(eyes.detector, settings.detector_rest));
        let eyes = Eyes { detector: Arc::clone(&resting) as _, ..eyes };
        Self { settings, shared, eyes, resting, memory, open: None, ended: Vec::new() }
    }

    /// Whether another policy is installed than that under which the analysis was opened, or a trial or a zone's pause has
    /// begun or ended since. It is then closed, and under the new one the rules go on from what they remember.
    pub(super) fn is_outdated(&self, paused: &PausedAreas) -> bool {
        self.open.as_ref().is_some_and(|open| {
            open.policy != self.shared.gate.policy_digest()
                || open.paused != *paused
                || open.offered != self.offered()
        })
    }

    /// Analyses a frame, after what is private or paused on it was painted over for everybody who sees it from here on.
    /// For pictures the detector must be awake: of each frame by itself it must be known where people are.
    /// `waiting` is what the rules must remember and the outbox has not got yet.
    pub(super) fn step(
        &mut self,
        frame: &mut RawFrame,
        paused: &PausedAreas,
        waiting: Option<&RuleState>,
        alertness: Alertness,
    ) -> Result<Step, CameraError> {
        self.resting.be(alertness);
        let open = match self.open.take() {
            Some(open) => open,
            None => {
                let (open, ended) = self.open_under(self.shared.gate.policy_digest(), paused, waiting)?;
                self.ended.extend(ended);
                open
            }
        };
        let open = self.open.insert(open);
        frame.burn_in(&open.painted);
        // Of an exercise nothing lies where something stands before the camera.
        if self.memory == Memory::Kept
            && let Some((change, furniture)) =
                self.shared.local.furniture_unless(open.furniture, &self.settings.id)
        {
            open.analysis.set_furniture(furniture);
            open.furniture = Some(change);
        }
        Ok(open.analysis.step(frame)?)
    }

    /// The trials that run.
    pub(super) fn trials(&self) -> &[Trial] {
        self.open.as_ref().map(|open| open.trials.as_slice()).unwrap_or_default()
    }

    /// The ends of live alerts whose rule went into shadow, once.
    pub(super) fn take_ended(&mut self) -> Vec<Observation> {
        std::mem::take(&mut self.ended)
    }

    /// Forgets everything of pictures; returns what the rules must remember, if anything was open.
    pub(super) fn close(&mut self) -> Option<RuleState> {
        self.resting.forget();
        self.open.take().map(|open| open.rule_state())
    }

    /// What the rules must remember now.
    pub(super) fn rule_state(&mut self) -> Option<RuleState> {
        let open = self.open.as_mut()?;
        let state = open.rule_state();
        open.committed = Some(state.clone());
        Some(state)
    }

    /// The same where it must be committed again: objects are watched, whose timers run, or the state differs.
    pub(super) fn changed_rule_state(&mut self) -> Option<RuleState> {
        let open = self.open.as_mut()?;
        let state = open.rule_state();
        let rules =
            |of: &RuleState| (of.objects.clone(), of.levels.clone(), of.movements.clone(), of.usual.clone());
        let same = |before: &RuleState| rules(before) == rules(&state);
        if open.committed.as_ref().is_some_and(same) {
            return None;
        }
        open.committed = Some(state.clone());
        Some(state)
    }

    /// The same where an object is in it that was not committed: a kill in the next second must not lose what was
    /// just put down. At the frame of this moment; a few times a second at most.
    pub(super) fn urgent_rule_state(&mut self, at: Timestamp) -> Option<RuleState> {
        let open = self.open.as_mut()?;
        let is_soon = |last| (0.0..URGENT_EVERY_SECS).contains(&at.secs_since(last));
        if open.urgent_at.is_some_and(is_soon) {
            return None;
        }
        let state = open.rule_state();
        let before = open.committed.iter().flat_map(|state| &state.objects);
        let known: BTreeSet<AlertId> = before.map(|object| object.alert).collect();
        if state.objects.iter().all(|object| known.contains(&object.alert)) {
            return None;
        }
        (open.urgent_at, open.committed) = (Some(at), Some(state.clone()));
        Some(state)
    }

    fn open_under(
        &self,
        policy: Option<Digest>,
        paused: &PausedAreas,
        waiting: Option<&RuleState>,
    ) -> Result<(Open, Vec<Observation>), CameraError> {
        let id = &self.settings.id;
        let mut settings = self.settings.analysis.clone();
        settings.back_tracing_allowed =
            self.settings.back_tracing && self.shared.gate.back_tracing_allowed(id);
        settings.no_alert_areas = self.shared.gate.no_alert_areas(id);
        let plane = settings.ground_plane.clone();
        let offered = self.offered();
        let begins = |trial: &&Trial| trial::begin(&self.shared, id, trial);
        let trials: Vec<Trial> = offered.iter().filter(begins).cloned().collect();
        for zone in &mut settings.zones {
            self.leave_out_forbidden(zone, &trials);
            self.leave_out_fine_levels(zone, plane.as_ref());
        }
        rest::rest(&mut settings.zones, paused);
        let zones = settings.zones.clone();
        let mut analysis = CameraAnalysis::new(settings, Arc::clone(&self.eyes.detector))?;
        if let Some(density) = &self.eyes.density {
            analysis = analysis.with_crowd_map(Arc::clone(density));
        }
        // What waits is newer: its events must not be raised again.
        let stored = match (waiting, self.memory) {
            (_, Memory::Fresh) => None,
            (Some(state), Memory::Kept) => Some(state.clone()),
            (None, Memory::Kept) => self.shared.outbox.rule_state(id)?,
        };
        let before = stored.clone();
        let of_configuration = &self.settings.analysis.zones;
        let (stored, aside) = stored.map(|state| rest::set_aside(state, of_configuration, paused)).unzip();
        let (stored, ended) = match self.memory {
            Memory::Fresh => (None, Vec::new()),
            Memory::Kept => {
                let shadow = Shadow::new(self.settings.clone(), Arc::clone(&self.shared));
                shadow.change_over(&zones, stored, &[self.eyes.detector.digest()], &trials)
            }
        };
        if let Some(state) = &stored {
            analysis.restore(state)?;
            let (objects, levels) = (state.objects.len(), state.levels.len());
            tracing::debug!(camera = %id, objects, levels, "rules go on from what they remembered");
        }
        let whole = stored.zip(aside.as_ref()).map(|(state, aside)| rest::put_back(state, aside));
        let committed = before.filter(|before| whole.as_ref() == Some(before));
        let mut painted = self.shared.gate.private_areas(id);
        painted.extend(rest::areas_of(paused).cloned());
        let open = Open {
            analysis,
            policy,
            offered,
            trials,
            painted,
            paused: paused.clone(),
            aside,
            committed,
            urgent_at: None,
            furniture: None,
        };
        Ok((open, ended))
    }

    /// The trials that hold now of what the configuration asks for.
    fn offered(&self) -> Vec<Trial> {
        if self.memory == Memory::Fresh {
            return Vec::new();
        }
        let zones = &self.settings.analysis.zones;
        let asked = |kind: &EventKind| zones.iter().any(|zone| asks_for(zone, *kind));
        let asked = EventKind::ALL.into_iter().filter(asked);
        asked.filter_map(|kind| self.shared.gate.trial(&self.settings.id, kind)).collect()
    }

    /// What may neither be told nor tried is not even computed.
    fn leave_out_forbidden(&self, zone: &mut ZoneSettings, trials: &[Trial]) {
        let may_compute = |kind| {
            trials.iter().any(|trial| trial.kind == kind)
                || self.shared.gate.may_compute(&self.settings.id, kind)
        };
        if zone.abandoned.is_some() && !may_compute(EventKind::AbandonedObject) {
            tracing::info!(zone = %zone.id, "abandoned objects are not looked for: the policy does not allow it");
            zone.abandoned = None;
        }
        if zone.density.is_some() && !may_compute(EventKind::CrowdDensity) {
            tracing::info!(zone = %zone.id, "crowd density is not watched: the policy does not allow it");
            zone.density = None;
        }
        if zone.movement.is_some() && !may_compute(EventKind::CrowdMovement) {
            tracing::info!(zone = %zone.id, "crowd movement is not watched: the policy does not allow it");
            zone.movement = None;
        }
        // Smaller groups than the policy tells of never make an alert.
        if let (Some(movement), Some(min_group)) =
            (&mut zone.movement, self.shared.gate.min_group(&self.settings.id))
        {
            movement.min_persons = movement.min_persons.max(f64::from(min_group));
        }
    }

    /// Levels that would tell groups smaller than the policy's minimum are not even computed.
    fn leave_out_fine_levels(&self, zone: &mut ZoneSettings, plane: Option<&GroundPlane>) {
        let refused = level_boundaries(zone, plane)
            .into_iter()
            .find_map(|boundary| self.shared.gate.check_level_boundary(&self.settings.id, boundary).err());
        if let Some(error) = refused {
            tracing::error!(zone = %zone.id, %error, "crowd density is not watched in this zone");
            zone.density = None;
        }
    }
}

impl Open {
    /// What the rules must remember over a restart: nothing of a trial, of which nothing is written but what its end
    /// erases.
    fn rule_state(&self) -> RuleState {
        let mut state = self.analysis.rule_state();
        for trial in &self.trials {
            match trial.kind {
                EventKind::AbandonedObject => state.objects.clear(),
                EventKind::CrowdDensity => state.levels.clear(),
                EventKind::CrowdMovement => {
                    state.movements.clear();
                    state.usual.clear();
                }
                EventKind::CameraHealth => {}
            }
        }
        // What was told before a pause stays told, whatever is tried since.
        match &self.aside {
            Some(aside) => rest::put_back(state, aside),
            None => state,
        }
    }
}

/// Whether the configuration asks for this kind in the zone.
pub(crate) fn asks_for(zone: &ZoneSettings, kind: EventKind) -> bool {
    match kind {
        EventKind::AbandonedObject => zone.abandoned.is_some(),
        EventKind::CrowdDensity => zone.density.is_some(),
        EventKind::CrowdMovement => zone.movement.is_some(),
        EventKind::CameraHealth => false,
    }
}

/// Every number of people at which a level of this zone begins or, a little lower, ends.
pub(crate) fn level_boundaries(zone: &ZoneSettings, plane: Option<&GroundPlane>) -> Vec<LevelBoundary> {
    let Some(density) = &zone.density else { return Vec::new() };
    let falls = 1.0 - density.hysteresis_fraction;
    let area_m2 = plane.and_then(|plane| plane.area_m2(&zone.polygon));
    let boundary = |from: LevelFrom| match from {
        LevelFrom::Persons(persons) => LevelBoundary::Persons(persons * falls),
        LevelFrom::PersonsPerM2(persons_per_m2) => LevelBoundary::PersonsPerM2 {
            persons_per_m2: persons_per_m2 * falls,
            // Without an area no number of people is known: that is not above any minimum.
            zone_area_m2: area_m2.unwrap_or(0.0),
        },
    };
    density.levels.iter().map(|level| boundary(level.from)).collect()
}

#[cfg(test)]
mod tests;
