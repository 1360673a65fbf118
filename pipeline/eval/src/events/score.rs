//! From what the rules said of one clip to its line in the report.

use std::collections::BTreeMap;

use velum_analyse::Step;
use velum_vocab::{AbandonedObject, AlertId, AlertState, BoxInFrame, Observation, ObservationBody, Validity};

use super::matching::{Raised, True, Verdict, judge};
use super::report::{AlertReport, ObjectOutcome, ObjectReport};
use super::truth::{ObjectKind, ObjectSpec};
use super::words;

/// An alert so long before the definition is met is early, seconds; times of truth are no more exact.
const EARLY_SECS: f64 = 1.0;

/// Gathers what the rules say.
#[derive(Default)]
pub(crate) struct Said {
    alerts: Vec<(AlertReport, BoxInFrame)>,
    /// Which alert has which random id; ids are not told.
    open: BTreeMap<AlertId, usize>,
    suppressed: BTreeMap<String, u64>,
}

impl Said {
    /// Takes in a step; `secs` of the clip, below 0 in the lead-in. `secs_of` gives a moment in the clip's seconds.
    pub(crate) fn take(&mut self, secs: f64, step: &Step, secs_of: impl Fn(velum_vocab::Timestamp) -> f64) {
        for reason in step.suppressed.iter().filter(|_| secs >= 0.0) {
            *self.suppressed.entry(reason.name().to_owned()).or_default() += 1;
        }
        for observation in &step.observations {
            if let ObservationBody::AbandonedObject(object) = &observation.body {
                self.take_object(secs, observation, object, secs_of(object.put_down_at));
            }
        }
    }

    fn take_object(&mut self, secs: f64, said: &Observation, object: &AbandonedObject, put_down_secs: f64) {
        match said.state {
            AlertState::Raised => {
                self.open.insert(said.alert, self.alerts.len());
                self.alerts.push((alert(secs, said, object, put_down_secs), object.box_in_frame));
            }
            AlertState::Updated => {}
            AlertState::Cleared => {
                let index = self.open.remove(&said.alert);
                if let Some((alert, _)) = index.and_then(|index| self.alerts.get_mut(index)) {
                    alert.cleared_secs = Some(rounded(secs));
                }
            }
        }
    }

    pub(crate) fn suppressed(&self) -> &BTreeMap<String, u64> {
        &self.suppressed
    }

    /// The alerts with their verdicts, and what became of each thing. `objects` with their places; the clip ends
    /// at `end_secs`.
    pub(crate) fn finish(
        mut self,
        objects: &[(ObjectSpec, BoxInFrame)],
        unattended_secs: f64,
        end_secs: f64,
    ) -> (Vec<AlertReport>, Vec<ObjectReport>) {
        let things: Vec<True> = objects.iter().map(|(spec, place)| thing(spec, *place)).collect();
        let measured = |alert: &AlertReport| alert.raised_secs >= 0.0;
        let raised: Vec<Raised> = (self.alerts.iter().filter(|(alert, _)| measured(alert)))
            .map(|(alert, place)| Raised { secs: alert.raised_secs, box_in_frame: *place })
            .collect();
        let mut verdicts = judge(&raised, &things).into_iter();
        for (alert, _) in &mut self.alerts {
            alert.verdict = if measured(alert) { verdicts.next() } else { None };
        }
        let alerts: Vec<AlertReport> = self.alerts.into_iter().map(|(alert, _)| alert).collect();
        let became = |(index, (spec, place)): (usize, &(ObjectSpec, BoxInFrame))| {
            became(index, spec, *place, &alerts, unattended_secs, end_secs)
        };
        let objects = objects.iter().enumerate().map(became).collect();
        (alerts, objects)
    }
}

fn alert(secs: f64, said: &Observation, object: &AbandonedObject, put_down_secs: f64) -> AlertReport {
    AlertReport {
        raised_secs: rounded(secs),
        cleared_secs: None,
        put_down_secs: rounded(put_down_secs),
        box_px: edges(&object.box_in_frame),
        confidence: (said.confidence * 1000.0).round() / 1000.0,
        valid: said.validity == Validity::Valid,
        verdict: None,
        codes: said.explanation.iter().map(|condition| condition.code.name().to_owned()).collect(),
        because: words::told(&said.explanation),
    }
}

fn thing(spec: &ObjectSpec, box_in_frame: BoxInFrame) -> True {
    True { kind: spec.kind, box_in_frame, put_down_secs: spec.put_down_secs, gone_secs: spec.gone_secs }
}

fn became(
    index: usize,
    spec: &ObjectSpec,
    place: BoxInFrame,
    alerts: &[AlertReport],
    unattended_secs: f64,
    end_secs: f64,
) -> ObjectReport {
    let found = alerts.iter().find(|alert| alert.verdict == Some(Verdict::Finds(index)));
    let count = |verdict| alerts.iter().filter(|alert| alert.verdict == Some(verdict)).count() as u64;
    let due_secs = (spec.kind == ObjectKind::Object)
        .then_some(spec.owner_left_secs)
        .flatten()
        .map(|left| left + unattended_secs);
    let is_due = due_secs.is_some_and(|due| due <= spec.gone_secs.unwrap_or(end_secs).min(end_secs));
    let delay_secs = due_secs.zip(found).map(|(due, alert)| rounded(alert.raised_secs - due));
    let outcome = match (spec.kind, delay_secs) {
        (ObjectKind::Object, Some(delay)) if delay < -EARLY_SECS => ObjectOutcome::Early,
        (ObjectKind::Object, Some(_)) => ObjectOutcome::Found,
        (ObjectKind::Object, None) if is_due => ObjectOutcome::Missed,
        (ObjectKind::Object, None) => ObjectOutcome::NotDue,
        _ if count(Verdict::FalseOn(index)) > 0 => ObjectOutcome::Alerted,
        _ => ObjectOutcome::Quiet,
    };
    ObjectReport {
        id: spec.id.clone(),
        kind: spec.kind,
        scenario: spec.scenario.clone(),
        tags: spec.tags.clone(),
        contrast: spec.contrast,
        height_fraction: spec.height_fraction,
        box_px: edges(&place),
        put_down_secs: spec.put_down_secs,
        due_secs,
        gone_secs: spec.gone_secs,
        outcome,
        delay_secs,
        duplicates: count(Verdict::Duplicate(index)),
    }
}

fn edges(b: &BoxInFrame) -> [f32; 4] {
    [b.left_px(), b.top_px(), b.width_px(), b.height_px()].map(|value| (value * 10.0).round() / 10.0)
}

/// To milliseconds.
fn rounded(secs: f64) -> f64 {
    (secs * 1000.0).round() / 1000.0
}

#[cfg(test)]
mod tests;
