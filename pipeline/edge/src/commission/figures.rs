//! What the box counted of one rule while it ran in shadow.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;
use velum_eval::poisson_interval;
use velum_vocab::{CameraId, Timestamp};

use super::thresholds::Threshold;
use crate::config::CameraSettings;
use crate::local::{self, Candidates, Looked, Record, RuleLog, ShadowLog};

const HOUR_SECS: i64 = 3_600;
/// The newest seconds are not written yet.
const UNWRITTEN_SECS: f64 = 120.0;
/// Time in which no policy lets the camera be watched is not the camera's fault.
const OUT_OF_SCHEDULE: &str = "out_of_schedule";
const ANALYSED: &str = "analysed";
/// Not a state of the ledger: the box did not run.
const NOT_RUNNING: &str = "not_running";

/// Until when, and how far back anything is kept.
pub(super) struct Window {
    pub(super) now: Timestamp,
    pub(super) keep: Duration,
}

/// One rule of one camera.
#[derive(Debug, Default, Serialize)]
pub(super) struct Figures {
    pub(super) camera: String,
    pub(super) zone: String,
    pub(super) rule: String,
    /// `shadow` or `live`, as the configuration says; a trial is in shadow always.
    pub(super) mode: &'static str,
    /// The trial of the policy as which it runs, whatever the configuration says.
    pub(super) trial: Option<String>,
    /// Since when it ran in shadow with these settings, UTC; none where it has not run yet.
    pub(super) since: Option<String>,
    /// Since when it is live.
    pub(super) live_since: Option<String>,
    /// In shadow for so long.
    pub(super) period_hours: f64,
    /// The part of it that is looked at: whole hours that are still kept.
    pub(super) looked_at_hours: f64,
    /// What the camera's time was spent on, hours by state.
    pub(super) hours_by_state: BTreeMap<String, f64>,
    /// Of the time that the schedule covers.
    pub(super) analysed_fraction: f64,
    /// Hours for which the rule looked.
    pub(super) ran_hours: f64,
    /// Of the time that was analysed.
    pub(super) valid_fraction: f64,
    /// Why not, hours by reason.
    pub(super) not_valid_hours: BTreeMap<String, f64>,
    /// Alerts that it would have raised.
    pub(super) alerts: u64,
    /// Of those, marked as not valid.
    pub(super) alerts_not_valid: u64,
    /// By how long they lasted, seconds.
    pub(super) alerts_by_duration: BTreeMap<String, u64>,
    /// A camera-day of looking; none where it did not look.
    pub(super) alerts_per_day: Option<Rate>,
    /// Rejected candidates of these days by code.
    pub(super) rejected_by_code: BTreeMap<String, u64>,
    /// What was left out for lack of room.
    pub(super) left_out: u64,
    /// The threshold that is configured, seconds.
    pub(super) unattended_secs: Option<f64>,
    pub(super) thresholds: Vec<Threshold>,
    /// The smallest threshold that would have given few enough alerts.
    pub(super) suggested_unattended_secs: Option<f64>,
    /// The same in words, or why there is none.
    pub(super) suggestion: String,
    #[serde(skip)]
    pub(super) records: Vec<Record>,
}

/// A rate with its exact Poisson interval, 95 %.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(super) struct Rate {
    pub(super) estimate: f64,
    pub(super) low: f64,
    pub(super) high: f64,
}

impl Rate {
    /// So many in so many days.
    pub(super) fn of(count: u64, days: f64) -> Option<Self> {
        let (low, high) = poisson_interval(count);
        (days > 0.0).then(|| Self { estimate: count as f64 / days, low: low / days, high: high / days })
    }
}

/// All rules of a camera that run in shadow, or did.
pub(super) fn of_camera(
    camera: &CameraId,
    configured: Option<&CameraSettings>,
    log: Option<&ShadowLog>,
    candidates: Option<&Candidates>,
    window: &Window,
) -> Vec<Figures> {
    let in_shadow = configured.map(|camera| camera.shadow.as_slice()).unwrap_or_default();
    let is_configured =
        |rule: &RuleLog| in_shadow.iter().any(|s| s.zone.as_str() == rule.zone && s.rule == rule.rule);
    let logs = log.map(|log| log.rules.as_slice()).unwrap_or_default();
    let mut all = Vec::new();
    for rule in logs {
        let is_in_shadow = rule.trial.is_some() || is_configured(rule);
        let mode = if is_in_shadow { "shadow" } else { "live" };
        let known = Figures {
            camera: camera.to_string(),
            mode,
            trial: rule.trial.as_ref().map(|trial| trial.id.clone()),
            unattended_secs: threshold_of(configured, rule),
            ..Figures::default()
        };
        let coverage = log.map(|log| &log.coverage);
        all.push(of_rule(known, rule, coverage, candidates, window));
    }
    for shadow in in_shadow {
        if !all.iter().any(|f| f.zone == shadow.zone.as_str() && f.rule == shadow.rule) {
            all.push(Figures {
                camera: camera.to_string(),
                zone: shadow.zone.to_string(),
                rule: shadow.rule.to_owned(),
                mode: "shadow",
                ..Figures::default()
            });
        }
    }
    all
}

fn threshold_of(configured: Option<&CameraSettings>, rule: &RuleLog) -> Option<f64> {
    let zone = configured?.analysis.zones.iter().find(|zone| zone.id.as_str() == rule.zone)?;
    zone.abandoned.filter(|_| rule.rule == "abandoned_object").map(|rule| rule.unattended_secs)
}

type Coverage = BTreeMap<i64, BTreeMap<String, u32>>;

fn of_rule(
    known: Figures,
    rule: &RuleLog,
    coverage: Option<&Coverage>,
    candidates: Option<&Candidates>,
    window: &Window,
) -> Figures {
    let until = rule.live_since_unix_secs.map_or(window.now, Timestamp::from_unix_secs);
    let since = Timestamp::from_unix_secs(rule.since_unix_secs);
    let from = first_whole_hour(since.max(window.now.minus(window.keep)));
    let kept = |hour: &i64| *hour >= from && *hour < until.unix_secs();
    let mut figures = Figures {
        zone: rule.zone.clone(),
        rule: rule.rule.clone(),
        since: Some(local::time_text(rule.since_unix_secs)),
        live_since: rule.live_since_unix_secs.map(local::time_text),
        period_hours: (until.secs_since(since) / 3_600.0).max(0.0),
        looked_at_hours: ((until.unix_secs() - from).max(0) as f64) / 3_600.0,
        left_out: rule.left_out,
        ..known
    };
    let hours = coverage.into_iter().flatten().filter(|(hour, _)| kept(hour));
    figures.add_coverage(hours.map(|(_, states)| states));
    figures.add_looked(rule.hours.iter().filter(|(hour, _)| kept(hour)).map(|(_, looked)| looked));
    let open = rule.open.iter().map(|open| &open.record);
    let records = rule.records.iter().chain(open).filter(|record| kept(&record.hour));
    figures.add_records(records.cloned().collect());
    if let Some(candidates) = candidates.filter(|_| rule.rule == "abandoned_object" && rule.trial.is_none()) {
        let day = Duration::from_secs(86_400);
        let (rows, _) = candidates.since(Timestamp::from_unix_secs(from).floor_to(day));
        for row in rows.into_iter().filter(|row| row.zone == rule.zone) {
            *figures.rejected_by_code.entry(row.code).or_default() += row.count;
        }
    }
    figures
}

/// The hour under way when it began is left out: the ledger does not say which part of it was before.
fn first_whole_hour(since: Timestamp) -> i64 {
    let secs = since.unix_secs();
    secs.div_euclid(HOUR_SECS).saturating_mul(HOUR_SECS)
        + if secs.rem_euclid(HOUR_SECS) == 0 { 0 } else { HOUR_SECS }
}

impl Figures {
    fn add_coverage<'a>(&mut self, hours: impl Iterator<Item = &'a BTreeMap<String, u32>>) {
        for (state, secs) in hours.flatten() {
            *self.hours_by_state.entry(state.clone()).or_default() += f64::from(*secs) / 3_600.0;
        }
        let covered: f64 = self.hours_by_state.values().sum();
        let missing = self.looked_at_hours - covered;
        if missing * 3_600.0 > UNWRITTEN_SECS {
            self.hours_by_state.insert(NOT_RUNNING.to_owned(), missing);
        }
        let total: f64 = self.hours_by_state.values().sum();
        let scheduled = total - self.hours_of(OUT_OF_SCHEDULE);
        self.analysed_fraction = fraction(self.hours_of(ANALYSED), scheduled);
    }

    fn add_looked<'a>(&mut self, hours: impl Iterator<Item = &'a Looked>) {
        let mut valid_hours = 0.0;
        for looked in hours {
            valid_hours += in_hours(looked.valid_ms);
            for (reason, ms) in &looked.not_valid_ms {
                *self.not_valid_hours.entry(reason.clone()).or_default() += in_hours(*ms);
            }
        }
        self.ran_hours = valid_hours + self.not_valid_hours.values().sum::<f64>();
        self.valid_fraction = fraction(valid_hours, self.ran_hours.max(self.hours_of(ANALYSED)));
    }

    fn add_records(&mut self, records: Vec<Record>) {
        for record in records.iter().filter(|record| record.alert) {
            self.alerts += record.count;
            if record.validity.as_deref() == Some("not_valid") {
                self.alerts_not_valid += record.count;
            }
            let lasted = record.duration_secs.clone().unwrap_or_else(|| "unknown".to_owned());
            *self.alerts_by_duration.entry(lasted).or_default() += record.count;
        }
        self.alerts_per_day = Rate::of(self.alerts, self.ran_days());
        self.records = records;
    }

    /// Days for which the rule looked.
    pub(super) fn ran_days(&self) -> f64 {
        self.ran_hours / 24.0
    }

    fn hours_of(&self, state: &str) -> f64 {
        self.hours_by_state.get(state).copied().unwrap_or(0.0)
    }
}

fn in_hours(ms: u64) -> f64 {
    ms as f64 / 3_600_000.0
}

fn fraction(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { (part / whole).clamp(0.0, 1.0) } else { 0.0 }
}
