//! Rules of one camera that run in shadow: exactly as live, but what they have to say stays on the box, banded.
//!
//! Invariant: what a rule says in shadow reaches neither the gate nor a still. What began live ends live, when the
//! rule goes into shadow; what began in shadow ends there, and is raised anew where it is still so when the rule
//! goes live.

use std::sync::Arc;

use velum_analyse::{CameraSettings as AnalysisSettings, Step, ZoneSettings, ends_of_removed};
use velum_gate::{EventKind, Trial};
use velum_vocab::{Digest, Observation, RuleState, Timestamp};

use crate::config::{CameraSettings, ShadowRule};
use crate::local::{Asked, TrialName, rule_of};
use crate::shared::Shared;

/// A longer time between two frames is not booked as looked.
const LONGEST_STEP_SECS: f64 = 2.0;

/// What of a camera runs in shadow.
pub(super) struct Shadow {
    settings: CameraSettings,
    shared: Arc<Shared>,
    looked_at: Option<Timestamp>,
}

impl Shadow {
    pub(super) fn new(settings: CameraSettings, shared: Arc<Shared>) -> Self {
        Self { settings, shared, looked_at: None }
    }

    /// Before rules go on from what they remembered: those that changed over begin anew, and the live alerts of
    /// those that go into shadow end. `zones` are those that the policy lets be watched.
    pub(super) fn change_over(
        &self,
        zones: &[ZoneSettings],
        mut state: Option<RuleState>,
        models: &[Digest],
        trials: &[Trial],
    ) -> (Option<RuleState>, Vec<Observation>) {
        let mut ended = Vec::new();
        for (zone, rule, asked) in zones.iter().flat_map(rules_of) {
            let in_shadow = self.is_in_shadow(zone, rule, trials);
            let trial = trials.iter().find(|trial| trial.kind.name() == rule).map(TrialName::of);
            let asked = Asked { settings: asked, trial };
            let camera = &self.settings.id;
            let went_live = !in_shadow && self.shared.local.end_shadow(camera, zone, rule);
            let went_dark = in_shadow && self.shared.local.begin_shadow(camera, zone, rule, &asked);
            let Some(state) = state.as_mut().filter(|_| went_live || went_dark) else { continue };
            tracing::info!(%camera, %zone, rule, in_shadow, "the rule changed over");
            let taken = take_open(state, zone, rule);
            if went_dark {
                let nothing = AnalysisSettings {
                    staged: self.settings.analysis.staged.clone(),
                    ..AnalysisSettings::new(camera.clone())
                };
                let ends = ends_of_removed(&taken, &nothing, models, self.shared.clock.now());
                ended.extend(ends);
            }
        }
        (state, ended)
    }

    /// By the configuration, or because the policy only lets it be tried.
    fn is_in_shadow(&self, zone: &velum_vocab::ZoneId, rule: &str, trials: &[Trial]) -> bool {
        trials.iter().any(|trial| trial.kind.name() == rule)
            || self
                .settings
                .shadow
                .iter()
                .any(|ShadowRule { zone: own, rule: name }| own == zone && *name == rule)
    }

    /// Keeps what rules in shadow said and takes it out of the step; books for how long they could be believed. Of `trials`
    /// nothing else is left in it either.
    pub(super) fn take(&mut self, step: &mut Step, at: Timestamp, trials: &[Trial]) {
        let secs = self.looked_at.replace(at).map_or(0.0, |before| at.secs_since(before));
        let secs = if (0.0..=LONGEST_STEP_SECS).contains(&secs) { secs } else { 0.0 };
        let all = std::mem::take(&mut step.observations);
        let (shadowed, told): (Vec<_>, Vec<_>) =
            all.into_iter().partition(|seen| self.is_shadowed(seen, trials));
        step.observations = told;
        if self.settings.shadow.is_empty() && trials.is_empty() && shadowed.is_empty() {
            return;
        }
        let watched = std::mem::take(&mut step.watched);
        self.shared.local.shadow(&self.settings.id, &shadowed, &watched, &step.validity, secs);
        step.validity.retain(|one| trials.iter().all(|trial| trial.kind.name() != one.rule));
        if trials.iter().any(|trial| trial.kind == EventKind::AbandonedObject) {
            step.suppressed.clear();
        }
    }

    fn is_shadowed(&self, seen: &Observation, trials: &[Trial]) -> bool {
        let rule = rule_of(&seen.body);
        let is_configured = self.settings.analysis.zones.iter().flat_map(rules_of);
        let is_configured =
            is_configured.into_iter().any(|(zone, name, _)| *zone == seen.zone && name == rule);
        self.is_in_shadow(&seen.zone, rule, trials)
            || self.shared.local.is_shadow_alert(&self.settings.id, seen.alert, is_configured)
    }
}

/// The rules of a zone, by name, with what they are asked for.
fn rules_of(zone: &ZoneSettings) -> Vec<(&velum_vocab::ZoneId, &'static str, String)> {
    let polygon = zone.polygon.fractions();
    let abandoned =
        zone.abandoned.iter().map(|rule| ("abandoned_object", format!("{rule:?} in {polygon:?}")));
    let density = zone.density.iter().map(|rule| ("crowd_density", format!("{rule:?} in {polygon:?}")));
    let movement = zone.movement.iter().map(|rule| ("crowd_movement", format!("{rule:?} in {polygon:?}")));
    abandoned.chain(density).chain(movement).map(|(name, asked)| (&zone.id, name, asked)).collect()
}

/// Takes the alerts of a rule that are open out of a state; objects without their alert stay.
fn take_open(state: &mut RuleState, zone: &velum_vocab::ZoneId, rule: &str) -> RuleState {
    let (objects, levels, movements, usual) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut taken = RuleState { objects, levels, movements, usual, ..state.clone() };
    if rule == "abandoned_object" {
        for object in state.objects.iter_mut().filter(|object| object.zone == *zone && object.raised) {
            taken.objects.push(object.clone());
            object.raised = false;
        }
    }
    if rule == "crowd_density" {
        let (gone, left) =
            std::mem::take(&mut state.levels).into_iter().partition(|level| level.zone == *zone);
        (taken.levels, state.levels) = (gone, left);
    }
    if rule == "crowd_movement" {
        let (gone, left) =
            std::mem::take(&mut state.movements).into_iter().partition(|movement| movement.zone == *zone);
        (taken.movements, state.movements) = (gone, left);
    }
    taken
}

#[cfg(test)]
mod tests;
