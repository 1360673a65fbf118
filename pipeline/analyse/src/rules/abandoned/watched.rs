//! How the rule stands between its alerts: what it watches, and where it can be believed. It changes nothing.

use velum_vocab::{AlertId, ZoneId};

use super::thing::Stage;
use super::{AbandonedRule, Scene, telling, tests_of_things};
use crate::rules::validity::{LEARNING, PEOPLE_TOO_SMALL, RuleValidity, TOO_DENSE};
use crate::settings::ZoneSettings;

/// An object that is watched, alerted or not: for trying other thresholds.
#[derive(Debug, Clone, PartialEq)]
pub struct Watched {
    /// The alert's id, drawn when the object was found.
    pub alert: AlertId,
    /// In which zone.
    pub zone: ZoneId,
    /// Seconds of evidence that nobody attends it.
    pub unattended_secs: f64,
    /// Whether an alert might be raised now, were that long enough.
    pub believable: bool,
}

impl AbandonedRule {
    /// Objects that are there, and those from before a restart that are still looked for.
    pub(crate) fn watched(&self, persons: f64) -> Vec<Watched> {
        let there = self.things.iter().filter(|thing| matches!(thing.stage, Stage::Object | Stage::Restored));
        let watched = |thing: &super::Thing| {
            let zone = self.settings.zones.get(thing.zone)?;
            Some(Watched {
                alert: thing.alert,
                zone: zone.id.clone(),
                unattended_secs: thing.timer.unattended_secs,
                believable: zone.abandoned.is_some_and(|rule| telling::is_believable(thing, persons, &rule)),
            })
        };
        there.filter_map(watched).collect()
    }

    /// Whether it can be believed in each zone that has it.
    pub(crate) fn validity(&self, scene: &Scene<'_>) -> Vec<RuleValidity> {
        let doubt = |zone: &ZoneSettings, valid_up_to_persons: f64| {
            let corners = zone.polygon.fractions();
            let count = corners.len().max(1) as f64;
            let (x, y) = corners.iter().fold((0.0, 0.0), |sum, c| (sum.0 + c.0 / count, sum.1 + c.1 / count));
            let (x_px, y_px) = (x as f32 * self.size.width_px as f32, y as f32 * self.size.height_px as f32);
            let person_px = scene.heights.at_px(x_px, y_px, self.settings.ground_plane.as_ref());
            let plane = self.settings.ground_plane.as_ref();
            if scene.background.is_learning(scene.at) || !scene.heights.is_known(plane) {
                Some(LEARNING)
            } else if scene.persons > valid_up_to_persons {
                Some(TOO_DENSE)
            } else {
                (person_px < tests_of_things::MIN_PERSON_PX).then_some(PEOPLE_TOO_SMALL)
            }
        };
        let zones = self.settings.zones.iter();
        let with_rule = zones.filter_map(|zone| zone.abandoned.map(|rule| (zone, rule)));
        let validity = with_rule.map(|(zone, rule)| RuleValidity {
            zone: zone.id.clone(),
            rule: "abandoned_object",
            doubt: doubt(zone, rule.valid_up_to_persons),
        });
        validity.collect()
    }
}
