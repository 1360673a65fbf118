//! What the rules of one camera would have said while they ran in shadow: by the hour, coded and banded.
//!
//! Content of `shadow/CAMERA.json`, version 1; hours are Unix seconds of their beginning, UTC:
//! ```text
//! {"rules": [{"zone": "plaza", "rule": "abandoned_object",
//!    "settings": "...",              what the rule was asked for; another text begins a new period
//!    "trial": {"id": "platform-2-night", "until_unix_micros": 1803081600000000},   only where it runs as a trial of
//!                                    the policy; all of it goes when that is over
//!    "since_unix_secs": 1795219200,  when the box first ran it so
//!    "live_since_unix_secs": null,   when it went live; its figures stay until they are too old
//!    "hours": {"1795219200": {       milliseconds for which the rule looked
//!        "valid_ms": 3590000,        and could be believed,
//!        "not_valid_ms": {"too_dense": 10000}}},   or not, by the reason
//!    "records": [{"hour": 1795219200,      in which it began
//!        "alert": true,              would have been raised; else an object that did not get so far
//!        "duration_secs": "60-300",  band from then to its end
//!        "confidence": "0.5-0.8", "validity": "valid", "codes": ["put_down_secs_ago"],   of the alert
//!        "unattended_secs": "30-60", band of the longest time for which nobody attended the object
//!        "count": 1}],               how many were alike
//!    "open": [{"alert": "0f3c...",   random id, until its end is known
//!        "record": {...}}],          as above, so far
//!    "left_out": 0}],                how many had no room
//!  "coverage": {"1795219200": {"analysed": 3600}}}   seconds of the camera by state, from the ledger
//! ```
//! Nothing is kept of who or where. Hours and records go before they are older than may be kept.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use velum_analyse::{RuleValidity, Watched};
use velum_vocab::{
    AlertId, AlertState, Band, CameraId, CoverageBin, Observation, ObservationBody, Timestamp, Validity,
    ZoneId,
};

use super::file::Content;
use super::trials::{TrialName, TrialRun};
use crate::ledger::hour_of;

/// Thresholds that can be tried afterwards, seconds without anyone attending an object.
pub(crate) const UNATTENDED_EDGES: [f64; 6] = [10.0, 20.0, 30.0, 60.0, 120.0, 300.0];
/// An object is kept from here on: the lowest of them.
const LEAST_UNATTENDED_SECS: f64 = 10.0;
const DURATION_EDGES: [f64; 4] = [60.0, 300.0, 1_800.0, 7_200.0];
/// As events tell it.
const CONFIDENCE_EDGES: [f64; 2] = [0.5, 0.8];
const MAX_RULES: usize = 192;
const MAX_HOURS: usize = 2_400;
const MAX_RECORDS: usize = 2_000;
const MAX_OPEN: usize = 128;
const HOUR: Duration = Duration::from_secs(3_600);

/// One camera's.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ShadowLog {
    pub(crate) rules: Vec<RuleLog>,
    pub(crate) coverage: BTreeMap<i64, BTreeMap<String, u32>>,
}

/// One rule's in one zone.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RuleLog {
    pub(crate) zone: String,
    pub(crate) rule: String,
    pub(crate) settings: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) trial: Option<TrialName>,
    pub(crate) since_unix_secs: i64,
    pub(crate) live_since_unix_secs: Option<i64>,
    pub(crate) hours: BTreeMap<i64, Looked>,
    pub(crate) records: Vec<Record>,
    pub(crate) open: Vec<Open>,
    pub(crate) left_out: u64,
}

/// What a rule is asked for: another one begins a new period.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Asked {
    pub(crate) settings: String,
    /// The trial as which it runs.
    pub(crate) trial: Option<TrialName>,
}

/// What became of a trial's figures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Erased {
    /// How many records there were.
    pub(crate) records: u64,
    /// How much was found on the disk afterwards.
    pub(crate) found_after: u64,
}

/// For how long a rule looked in an hour.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Looked {
    pub(crate) valid_ms: u64,
    pub(crate) not_valid_ms: BTreeMap<String, u64>,
}

/// Alerts or objects that are alike.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Record {
    pub(crate) hour: i64,
    pub(crate) alert: bool,
    pub(crate) duration_secs: Option<String>,
    pub(crate) confidence: Option<String>,
    pub(crate) validity: Option<String>,
    pub(crate) codes: Vec<String>,
    pub(crate) unattended_secs: Option<String>,
    pub(crate) count: u64,
}

/// One whose end is not known yet.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Open {
    pub(crate) alert: String,
    pub(crate) record: Record,
    /// From when on, and onto what, its duration counts; after a restart onto the lower edge of its band.
    #[serde(skip)]
    counted: Option<(Timestamp, f64)>,
}

impl Content for ShadowLog {
    const FORMAT: &'static str = "velum-shadow";
    const FOLDER: &'static str = "shadow";

    fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }
}

/// The name of the rule that says such things.
pub(crate) fn rule_of(body: &ObservationBody) -> &'static str {
    match body {
        ObservationBody::AbandonedObject(_) => "abandoned_object",
        ObservationBody::CrowdDensity(_) => "crowd_density",
        ObservationBody::CrowdMovement(_) => "crowd_movement",
    }
}

impl ShadowLog {
    /// The rule that runs in shadow.
    pub(crate) fn rule(&self, zone: &str, rule: &str) -> Option<&RuleLog> {
        self.rules.iter().find(|log| log.is(zone, rule) && log.live_since_unix_secs.is_none())
    }

    fn rule_mut(&mut self, zone: &str, rule: &str) -> Option<&mut RuleLog> {
        self.rules.iter_mut().find(|log| log.is(zone, rule) && log.live_since_unix_secs.is_none())
    }

    /// The rule runs in shadow from now on, where it did not yet with these settings. Says whether it was live.
    pub(super) fn begin(&mut self, zone: &ZoneId, rule: &str, asked: &Asked, now: Timestamp) -> bool {
        let known = self.rule(zone.as_str(), rule);
        if known.is_some_and(|log| log.is_asked_for(asked)) {
            return false;
        }
        let was_live = known.is_none();
        // What was raised in shadow must not end live. A trial leaves and takes over nothing.
        let of_no_trial = known.filter(|log| log.trial.is_none() && asked.trial.is_none());
        let open = of_no_trial.map(|log| log.open.clone()).unwrap_or_default();
        self.rules.retain(|log| !log.is(zone.as_str(), rule));
        if self.rules.len() < MAX_RULES {
            self.rules.push(RuleLog {
                zone: zone.to_string(),
                rule: rule.to_owned(),
                settings: asked.settings.clone(),
                trial: asked.trial.clone(),
                since_unix_secs: now.unix_secs(),
                open,
                ..RuleLog::default()
            });
        }
        was_live
    }

    /// The rule is live from now on. Says whether it ran in shadow before.
    pub(super) fn end(&mut self, zone: &ZoneId, rule: &str, now: Timestamp) -> bool {
        let Some(log) = self.rule_mut(zone.as_str(), rule) else { return false };
        log.live_since_unix_secs = Some(now.unix_secs());
        for open in std::mem::take(&mut log.open) {
            log.finish(open, now);
        }
        true
    }

    /// What runs as a trial.
    pub(super) fn trial_runs(&self, camera: &CameraId) -> Vec<TrialRun> {
        let run = |log: &RuleLog| {
            let (camera, analytic) = (camera.clone(), log.rule.clone());
            Some(TrialRun {
                trial: log.trial.clone()?,
                camera,
                analytic,
                since_unix_secs: log.since_unix_secs,
                records: None,
            })
        };
        self.rules.iter().filter_map(run).collect()
    }

    /// How many records of a trial there are.
    pub(super) fn records_of(&self, run: &TrialRun) -> u64 {
        let its = || self.rules.iter().filter(|log| log.is_of(run));
        let records = its().flat_map(|log| &log.records).map(|record| record.count);
        let open = its().map(|log| u64::try_from(log.open.len()).unwrap_or(u64::MAX));
        records.chain(open).fold(0, u64::saturating_add)
    }

    /// Takes out all of a trial.
    pub(super) fn erase(&mut self, run: &TrialRun) {
        self.rules.retain(|log| !log.is_of(run));
    }

    /// How much of a trial is in the file; one that cannot be read may hold some.
    pub(super) fn count_on_disk(path: &Path, run: &TrialRun) -> u64 {
        match super::file::read::<Self>(path) {
            Ok(None) => 0,
            Ok(Some(log)) => log.rules.iter().filter(|log| log.is_of(run)).map(|_| 1).sum(),
            Err(problem) => {
                tracing::error!(%problem, "it is not known what of a trial is left");
                1
            }
        }
    }

    /// Whether this alert was raised in shadow and has not ended.
    pub(super) fn has_open_alert(&self, alert: AlertId) -> bool {
        let id = alert.to_string();
        self.rules.iter().flat_map(|log| &log.open).any(|open| open.record.alert && open.alert == id)
    }

    /// What the rule would have said.
    pub(super) fn observe(&mut self, seen: &Observation, now: Timestamp) {
        let Some(log) = self.rule_mut(seen.zone.as_str(), rule_of(&seen.body)) else { return };
        let id = seen.alert.to_string();
        match seen.state {
            AlertState::Cleared => {
                if let Some(index) = log.open.iter().position(|open| open.alert == id) {
                    let open = log.open.swap_remove(index);
                    log.finish(open, now);
                }
            }
            AlertState::Raised | AlertState::Updated => log.raise(&id, seen, now),
        }
    }

    /// How objects that nobody attends stand; those of which nothing is said any more have ended.
    pub(super) fn watch(&mut self, watched: &[Watched], now: Timestamp) {
        let objects =
            |log: &&mut RuleLog| log.rule == "abandoned_object" && log.live_since_unix_secs.is_none();
        for log in self.rules.iter_mut().filter(objects) {
            for object in watched {
                if object.zone.as_str() == log.zone {
                    log.take_unattended(object, now);
                }
            }
            let is_there = |open: &Open| watched.iter().any(|object| object.alert.to_string() == open.alert);
            let (there, gone) = std::mem::take(&mut log.open).into_iter().partition(is_there);
            log.open = there;
            let gone: Vec<Open> = gone;
            gone.into_iter().for_each(|open| log.finish(open, now));
        }
    }

    /// Books time for which rules looked.
    pub(super) fn look(&mut self, validity: &[RuleValidity], secs: f64, now: Timestamp) -> bool {
        let ms = (secs * 1_000.0).round() as u64;
        let mut any = false;
        for RuleValidity { zone, rule, doubt } in validity {
            let Some(log) = self.rule_mut(zone.as_str(), rule) else { continue };
            let looked = log.hours.entry(hour_of(now)).or_default();
            let sum = match doubt {
                None => &mut looked.valid_ms,
                Some(doubt) => looked.not_valid_ms.entry((*doubt).to_owned()).or_default(),
            };
            *sum = sum.saturating_add(ms);
            while log.hours.len() > MAX_HOURS {
                log.hours.pop_first();
            }
            any = true;
        }
        any
    }

    /// Takes in hours of the camera's ledger, while a rule runs in shadow. Within an hour seconds only grow.
    pub(super) fn cover(&mut self, hours: &[CoverageBin]) -> bool {
        if self.rules.iter().all(|log| log.live_since_unix_secs.is_some()) {
            return false;
        }
        for bin in hours {
            let hour = self.coverage.entry(bin.hour.unix_secs()).or_default();
            for (state, secs) in &bin.secs_by_state {
                let kept = hour.entry(state.name().to_owned()).or_default();
                *kept = (*kept).max(*secs);
            }
        }
        while self.coverage.len() > MAX_HOURS {
            self.coverage.pop_first();
        }
        !hours.is_empty()
    }

    /// Forgets what is too old at this moment. Says whether anything went.
    pub(super) fn expire(&mut self, mark: Timestamp, keep: Duration) -> bool {
        let before = self.clone();
        let may_stay = |hour: i64| {
            let begun = Timestamp::from_unix_secs(hour);
            begun.plus(keep) > mark && begun <= mark.plus(HOUR.saturating_mul(24))
        };
        self.coverage.retain(|hour, _| may_stay(*hour));
        for log in &mut self.rules {
            log.hours.retain(|hour, _| may_stay(*hour));
            log.records.retain(|record| may_stay(record.hour));
        }
        let is_over = |log: &RuleLog| log.live_since_unix_secs.is_some_and(|live| !may_stay(live));
        self.rules.retain(|log| !is_over(log));
        *self != before
    }
}

impl RuleLog {
    fn is(&self, zone: &str, rule: &str) -> bool {
        self.zone == zone && self.rule == rule
    }

    /// Whether it is what was asked for before.
    pub(super) fn is_asked_for(&self, asked: &Asked) -> bool {
        self.settings == asked.settings && self.trial == asked.trial
    }

    fn is_of(&self, run: &TrialRun) -> bool {
        self.rule == run.analytic && self.trial.as_ref() == Some(&run.trial)
    }

    /// The open one of this alert, begun now where there is none.
    fn open(&mut self, alert: &str, now: Timestamp) -> Option<&mut Open> {
        let known = self.open.iter().position(|open| open.alert == alert);
        if known.is_none() && self.open.len() >= MAX_OPEN {
            self.left_out = self.left_out.saturating_add(1);
            return None;
        }
        if known.is_none() {
            let record = Record { hour: hour_of(now), count: 1, ..Record::default() };
            self.open.push(Open { alert: alert.to_owned(), record, counted: Some((now, 0.0)) });
        }
        let index = known.unwrap_or(self.open.len().saturating_sub(1));
        let open = self.open.get_mut(index)?;
        open.lasts(now);
        Some(open)
    }

    fn raise(&mut self, alert: &str, seen: &Observation, now: Timestamp) {
        let Some(open) = self.open(alert, now) else { return };
        if open.record.alert {
            return;
        }
        open.counted = Some((now, 0.0));
        open.record = Record {
            hour: hour_of(now),
            alert: true,
            duration_secs: Some(Band::of(0.0, &DURATION_EDGES).to_string()),
            confidence: Some(Band::of(f64::from(seen.confidence), &CONFIDENCE_EDGES).to_string()),
            validity: Some(if seen.validity == Validity::Valid { "valid" } else { "not_valid" }.to_owned()),
            codes: seen.explanation.iter().map(|one| one.code.name().to_owned()).collect(),
            unattended_secs: open.record.unattended_secs.take(),
            count: 1,
        };
    }

    /// The longest time for which it could be believed that nobody attends an object.
    fn take_unattended(&mut self, object: &Watched, now: Timestamp) {
        let id = object.alert.to_string();
        let worth = object.believable && object.unattended_secs >= LEAST_UNATTENDED_SECS;
        if !worth && !self.open.iter().any(|open| open.alert == id) {
            return;
        }
        let Some(open) = self.open(&id, now) else { return };
        let before = open.record.unattended_secs.as_deref().and_then(Band::parse);
        let longer = before.is_none_or(|before| object.unattended_secs >= before.from());
        if worth && longer {
            open.record.unattended_secs =
                Some(Band::of(object.unattended_secs, &UNATTENDED_EDGES).to_string());
        }
    }

    fn finish(&mut self, mut open: Open, now: Timestamp) {
        open.lasts(now);
        let alike = |record: &&mut Record| Record { count: record.count, ..open.record.clone() } == **record;
        if let Some(record) = self.records.iter_mut().find(alike) {
            record.count = record.count.saturating_add(1);
        } else if self.records.len() < MAX_RECORDS {
            self.records.push(open.record);
        } else {
            self.left_out = self.left_out.saturating_add(1);
        }
    }
}

impl Open {
    fn lasts(&mut self, now: Timestamp) {
        let so_far = || self.record.duration_secs.as_deref().and_then(Band::parse).map_or(0.0, |b| b.from());
        let (since, before) = *self.counted.get_or_insert_with(|| (now, so_far()));
        let secs = before + now.secs_since(since).max(0.0);
        self.record.duration_secs = Some(Band::of(secs, &DURATION_EDGES).to_string());
    }
}

#[cfg(test)]
mod tests;
