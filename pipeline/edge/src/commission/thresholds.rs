//! Other thresholds tried on what was kept: how many alerts each would have given.

use serde::Serialize;
use velum_vocab::Band;

use super::figures::{Figures, Rate};
use crate::config::CommissioningSettings;
use crate::local::UNATTENDED_EDGES;

/// With less than this nothing is suggested.
const MIN_DAYS: f64 = 1.0;
/// Longer ones are not tried: an alert would come too late to be of use.
const LONGEST_SECS: f64 = 120.0;

/// One threshold, and what it would have given.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Threshold {
    pub(super) unattended_secs: f64,
    pub(super) alerts: u64,
    pub(super) alerts_per_day: Option<Rate>,
}

/// Fills in what each threshold would have given, and the smallest that gives few enough.
pub(super) fn suggest(figures: &mut Figures, wanted: &CommissioningSettings) {
    if figures.rule != "abandoned_object" {
        "this rule has no threshold that could be tried on what is kept".clone_into(&mut figures.suggestion);
        return;
    }
    let days = figures.ran_days();
    let tried = UNATTENDED_EDGES.into_iter().filter(|secs| *secs <= LONGEST_SECS);
    figures.thresholds = tried.map(|secs| threshold(figures, secs, days)).collect();
    if days < MIN_DAYS {
        figures.suggestion = format!(
            "too little data for a suggestion: the rule looked for {:.1} h, {:.0} h are needed",
            figures.ran_hours,
            MIN_DAYS * 24.0
        );
        return;
    }
    let is_few = |t: &&Threshold| t.alerts_per_day.is_some_and(|r| r.estimate <= wanted.max_alerts_per_day);
    let found = figures.thresholds.iter().find(is_few).map(|threshold| threshold.unattended_secs);
    figures.suggested_unattended_secs = found;
    let most = wanted.max_alerts_per_day;
    figures.suggestion = match found {
        Some(secs) => format!(
            "unattended_secs = {secs} is the smallest of those tried that would have given at most {most} alerts a \
             camera-day"
        ),
        None => format!(
            "no threshold up to {LONGEST_SECS} s would have given at most {most} alerts a camera-day: look at the zone, \
             at what stands there for long (`velum-edge furniture add`), and at the rejected candidates"
        ),
    };
}

fn threshold(figures: &Figures, unattended_secs: f64, days: f64) -> Threshold {
    let band = |text: &Option<String>| text.as_deref().and_then(Band::parse);
    let reached = figures
        .records
        .iter()
        .filter(|record| band(&record.unattended_secs).is_some_and(|band| band.is_at_least(unattended_secs)));
    let alerts = reached.map(|record| record.count).sum();
    Threshold { unattended_secs, alerts, alerts_per_day: Rate::of(alerts, days) }
}
