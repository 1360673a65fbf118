//! Sums over clips: by detector, filmed or composed, and half; and parts of them by tag.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{AlertReport, ClipReport, ObjectOutcome, ObjectReport};
use crate::events::matching::Verdict;
use crate::events::suite::{ClipKind, Half};
use crate::events::truth::ObjectKind;
use crate::statistics::{Tally, poisson_interval, quantile};

/// An alert within this time of the definition being met is in time.
const IN_TIME_SECS: f64 = 10.0;
/// Lower bounds of bands of contrast, grey levels, and of height, in local heights of a person.
const CONTRASTS: [f64; 4] = [0.0, 30.0, 40.0, 60.0];
const HEIGHTS: [f64; 4] = [0.0, 0.2, 0.3, 0.45];

/// What became of all clips of one kind and half with one detector.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Total {
    /// The model.
    pub detector: String,
    /// Filmed or composed.
    pub kind: ClipKind,
    /// Whether it may be tuned on.
    pub half: Half,
    /// How many clips.
    pub clips: u64,
    /// Seconds of footage, each once.
    pub footage_secs: f64,
    /// Seconds that were played, again and again.
    pub played_secs: f64,
    /// Objects that were found of those that had to be.
    pub recall: Tally,
    /// Of objects and false alerts together, the objects.
    pub precision: Tally,
    /// Alerts of nothing, or of what may not alert.
    pub false_alerts: u64,
    /// Those of them that the rule itself calls not valid.
    pub false_not_valid: u64,
    /// Objects that alerted before the definition was met.
    pub early: u64,
    /// Further alerts of objects that had alerted.
    pub duplicates: u64,
    /// How long after the definition was met.
    pub delays: Delays,
    /// Things that may not alert and did, by what they are.
    pub alerted: BTreeMap<ObjectKind, Tally>,
    /// False alerts an hour, and where the true rate plausibly lies (95 %, Poisson, exact).
    pub false_per_hour: (f64, f64, f64),
    /// The same by words of objects and clips.
    pub parts: Vec<Part>,
}

/// How long alerts came after the definition was met.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Delays {
    /// Half of them are no later.
    pub median_secs: Option<f64>,
    /// Four in five of them are no later.
    pub p80_secs: Option<f64>,
    /// Those within 10 s.
    pub in_time: Tally,
}

/// The objects and alerts to which one word belongs.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// What kind of word.
    pub key: String,
    /// The word.
    pub value: String,
    /// Objects that were found.
    pub recall: Tally,
    /// Things that may not alert, and did.
    pub alerted: Tally,
    /// Objects that alerted too early.
    pub early: u64,
    /// False alerts in clips of this word; of objects' words none can be told.
    pub false_alerts: Option<u64>,
    /// Alerts within 10 s.
    pub in_time: Tally,
}

impl Total {
    /// All that there are, in order.
    pub(crate) fn all(clips: &[ClipReport]) -> Vec<Self> {
        let mut groups: BTreeMap<(ClipKind, Half, &str), Vec<&ClipReport>> = BTreeMap::new();
        for clip in clips {
            groups.entry((clip.kind, clip.half, &clip.detector)).or_default().push(clip);
        }
        groups.into_values().filter_map(|clips| Self::of(&clips)).collect()
    }

    fn of(clips: &[&ClipReport]) -> Option<Self> {
        let first = clips.first()?;
        let objects: Vec<&ObjectReport> = clips.iter().flat_map(|clip| &clip.objects).collect();
        let alerts: Vec<&AlertReport> = clips.iter().flat_map(|clip| clip.false_alerts()).collect();
        let recall = recall(&objects);
        let false_alerts = alerts.len() as u64;
        let played_secs: f64 = clips.iter().map(|clip| clip.played_secs).sum();
        let mut alerted: BTreeMap<ObjectKind, Tally> = BTreeMap::new();
        for object in objects.iter().filter(|object| object.kind != ObjectKind::Object) {
            alerted.entry(object.kind).or_default().add(object.outcome == ObjectOutcome::Alerted);
        }
        Some(Self {
            detector: first.detector.clone(),
            kind: first.kind,
            half: first.half,
            clips: clips.len() as u64,
            footage_secs: clips.iter().map(|clip| clip.footage_secs).sum(),
            played_secs,
            recall,
            precision: Tally { hits: recall.hits, of: recall.hits + false_alerts },
            false_alerts,
            false_not_valid: alerts.iter().filter(|alert| !alert.valid).count() as u64,
            early: count(&objects, ObjectOutcome::Early),
            duplicates: objects.iter().map(|object| object.duplicates).sum(),
            delays: delays(&objects),
            alerted,
            false_per_hour: per_hour(false_alerts, played_secs),
            parts: parts(clips),
        })
    }
}

/// Objects that were not due and alerted early count as found: they were told.
fn recall(objects: &[&ObjectReport]) -> Tally {
    let hits = count(objects, ObjectOutcome::Found) + count(objects, ObjectOutcome::Early);
    Tally { hits, of: hits + count(objects, ObjectOutcome::Missed) }
}

fn count(objects: &[&ObjectReport], outcome: ObjectOutcome) -> u64 {
    objects.iter().filter(|object| object.outcome == outcome).count() as u64
}

fn delays(objects: &[&ObjectReport]) -> Delays {
    let found = objects.iter().filter(|object| object.outcome == ObjectOutcome::Found);
    let secs: Vec<f64> = found.filter_map(|object| object.delay_secs).collect();
    let mut in_time = Tally::default();
    secs.iter().for_each(|secs| in_time.add(*secs <= IN_TIME_SECS));
    Delays { median_secs: quantile(&secs, 0.5), p80_secs: quantile(&secs, 0.8), in_time }
}

/// The rate with its interval.
fn per_hour(count: u64, secs: f64) -> (f64, f64, f64) {
    let hours = (secs / 3600.0).max(f64::MIN_POSITIVE);
    let (low, high) = poisson_interval(count);
    (count as f64 / hours, low / hours, high / hours)
}

fn parts(clips: &[&ClipReport]) -> Vec<Part> {
    let mut by_word: BTreeMap<(String, String), Vec<&ObjectReport>> = BTreeMap::new();
    let mut false_alerts: BTreeMap<(String, String), u64> = BTreeMap::new();
    for clip in clips {
        let own: Vec<(String, String)> =
            clip.tags.iter().map(|(key, value)| (key.clone(), value.clone())).collect();
        for word in &own {
            *false_alerts.entry(word.clone()).or_default() += clip.false_alerts().count() as u64;
            by_word.entry(word.clone()).or_default();
        }
        for object in &clip.objects {
            let words: BTreeSet<_> = own.iter().cloned().chain(words_of(object)).collect();
            words.into_iter().for_each(|word| by_word.entry(word).or_default().push(object));
        }
    }
    let part = |(word, objects): ((String, String), Vec<&ObjectReport>)| {
        let mut alerted = Tally::default();
        let others = objects.iter().filter(|object| object.kind != ObjectKind::Object);
        others.for_each(|object| alerted.add(object.outcome == ObjectOutcome::Alerted));
        Part {
            recall: recall(&objects),
            alerted,
            early: count(&objects, ObjectOutcome::Early),
            false_alerts: false_alerts.get(&word).copied(),
            in_time: delays(&objects).in_time,
            key: word.0,
            value: word.1,
        }
    };
    by_word.into_iter().map(part).collect()
}

fn words_of(object: &ObjectReport) -> Vec<(String, String)> {
    let mut words: Vec<(String, String)> =
        object.tags.iter().map(|(key, value)| (key.clone(), value.clone())).collect();
    if !object.scenario.is_empty() {
        words.push(("scenario".to_owned(), object.scenario.clone()));
    }
    words.push(("thing".to_owned(), object.kind.name().to_owned()));
    if object.kind == ObjectKind::Object {
        words.extend(object.contrast.map(|contrast| ("contrast".to_owned(), band(contrast, &CONTRASTS))));
        words.extend(object.height_fraction.map(|height| ("height".to_owned(), band(height, &HEIGHTS))));
    }
    words
}

fn band(value: f64, bounds: &[f64]) -> String {
    let from = bounds.iter().rev().find(|bound| value >= **bound).copied().unwrap_or_default();
    match bounds.iter().find(|bound| **bound > value) {
        Some(to) => format!("{from} to {to}"),
        None => format!("from {from}"),
    }
}

impl ClipReport {
    /// The object that an alert tells of, in words.
    pub(super) fn told_of(&self, alert: &AlertReport) -> String {
        let object = |index: usize| self.objects.get(index);
        match alert.verdict {
            Some(Verdict::Finds(index)) => {
                let delay = object(index).and_then(|object| object.delay_secs);
                let early = object(index).is_some_and(|object| object.outcome == ObjectOutcome::Early);
                let id = object(index).map_or("?", |object| &object.id);
                match delay {
                    Some(delay) if early => format!("finds {id}, {:.1} s too early", -delay),
                    Some(delay) => format!("finds {id}, {delay:.1} s after the definition was met"),
                    None => format!("finds {id}"),
                }
            }
            Some(Verdict::Duplicate(index)) => {
                format!("{} again", object(index).map_or("?", |object| &object.id))
            }
            Some(Verdict::FalseOn(index)) => {
                let name = object(index).map_or("?", |object| object.kind.name());
                format!("FALSE: {}", name.replace('_', " "))
            }
            Some(Verdict::False) => "FALSE".to_owned(),
            None => "before the clip's beginning".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bands_hold_their_values() {
        let check = |value, expected: &str| assert_eq!(band(value, &CONTRASTS), expected);
        check(12.0, "0 to 30");
        check(30.0, "30 to 40");
        check(59.9, "40 to 60");
        check(60.0, "from 60");
    }

    #[test]
    fn rates_have_their_intervals() {
        let (rate, low, high) = per_hour(1, 1_800.0);
        assert_eq!(rate, 2.0);
        assert!((low - 0.0506).abs() < 1e-3 && (high - 11.143).abs() < 1e-2, "{low} {high}");
        assert_eq!(per_hour(0, 3_600.0).0, 0.0);
    }
}
