//! `[commissioning]`: what a rule in shadow must have shown before it may go live, and how long the box keeps what
//! it needs to tell.

use serde::Deserialize;

use super::finite::Finite;
use super::problem::Problems;

const DEFAULT_MIN_SHADOW_HOURS: u64 = 168;
const DEFAULT_KEEP_DAYS: u64 = 30;
const DEFAULT_MIN_ANALYSED_FRACTION: f64 = 0.9;
const DEFAULT_MIN_VALID_FRACTION: f64 = 0.8;
const DEFAULT_MAX_ALERTS_PER_DAY: f64 = 1.0;

/// As it is written.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawCommissioning {
    pub(super) min_shadow_hours: Option<u64>,
    pub(super) min_analysed_fraction: Option<Finite>,
    pub(super) min_valid_fraction: Option<Finite>,
    pub(super) max_alerts_per_day: Option<Finite>,
    pub(super) keep_days: Option<u64>,
}

/// `[commissioning]`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct CommissioningSettings {
    /// A rule runs in shadow for at least so long.
    pub(crate) min_shadow_hours: u64,
    /// The share of that time in which its camera must have been analysed.
    pub(crate) min_analysed_fraction: f64,
    /// The share of the analysed time in which it must have been valid.
    pub(crate) min_valid_fraction: f64,
    /// Alerts a camera-day that a control room takes.
    pub(crate) max_alerts_per_day: f64,
    /// The box keeps rejected candidates and what rules said in shadow for so long, and never longer than the policy
    /// lets events be kept.
    pub(crate) keep_days: u64,
}

impl Default for CommissioningSettings {
    fn default() -> Self {
        resolve_commissioning(&RawCommissioning::default(), &mut Problems::default())
    }
}

/// With every default filled in.
pub(super) fn resolve_commissioning(
    raw: &RawCommissioning,
    problems: &mut Problems,
) -> CommissioningSettings {
    let mut whole = |key: &str, written: Option<u64>, default: u64, most: u64| {
        let value = written.unwrap_or(default);
        if !(1..=most).contains(&value) {
            let expected = format!("expected a whole number from 1 to {most}, found `{value}`");
            problems.add(format!("commissioning.{key}"), format!("{expected}; use {default}, for example"));
        }
        value
    };
    let min_shadow_hours = whole("min_shadow_hours", raw.min_shadow_hours, DEFAULT_MIN_SHADOW_HOURS, 8_760);
    let keep_days = whole("keep_days", raw.keep_days, DEFAULT_KEEP_DAYS, 90);
    let mut share = |key: &str, written: Option<Finite>, default: f64, most: f64| {
        let value = written.map_or(default, |value| value.0);
        if !(0.0..=most).contains(&value) {
            let expected = format!("expected a number from 0 to {most}, found `{value}`");
            problems.add(format!("commissioning.{key}"), format!("{expected}; use {default}, for example"));
        }
        value
    };
    let analysed = DEFAULT_MIN_ANALYSED_FRACTION;
    CommissioningSettings {
        min_shadow_hours,
        min_analysed_fraction: share("min_analysed_fraction", raw.min_analysed_fraction, analysed, 1.0),
        min_valid_fraction: share(
            "min_valid_fraction",
            raw.min_valid_fraction,
            DEFAULT_MIN_VALID_FRACTION,
            1.0,
        ),
        max_alerts_per_day: share(
            "max_alerts_per_day",
            raw.max_alerts_per_day,
            DEFAULT_MAX_ALERTS_PER_DAY,
            1_000.0,
        ),
        keep_days,
    }
}
