//! Go or no-go, with each reason in plain words.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;

use super::figures::Figures;
use crate::config::CommissioningSettings;

/// Whether a rule may go live.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Verdict {
    Go,
    NoGo,
}

impl Verdict {
    /// Go, where every reason is fine.
    pub(super) fn of(reasons: &[Reason]) -> Self {
        if !reasons.is_empty() && reasons.iter().all(|reason| reason.fine) { Self::Go } else { Self::NoGo }
    }

    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Go => "GO",
            Self::NoGo => "NO-GO",
        }
    }
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Reason {
    pub(super) fine: bool,
    pub(super) text: String,
}

/// All reasons, for and against.
pub(super) fn reasons(figures: &Figures, wanted: &CommissioningSettings, keep: Duration) -> Vec<Reason> {
    if figures.since.is_none() {
        let text = "it has not run yet: the box must run with this configuration, and the policy must allow the rule";
        return vec![Reason { fine: false, text: text.to_owned() }];
    }
    let mut all = vec![period(figures, wanted)];
    let kept_hours = keep.as_secs() / 3_600;
    if kept_hours < wanted.min_shadow_hours {
        let text = format!(
            "the box keeps what it needs for {kept_hours} h only (keep_days, and the policy's retention of events): \
             {} h can never be looked at as a whole; lower min_shadow_hours, or keep for longer",
            wanted.min_shadow_hours
        );
        all.push(Reason { fine: false, text });
    }
    if let Some(trial) = &figures.trial {
        let text = format!(
            "it is a trial of the policy (`{trial}`): it goes live only under a policy that has it in analytics.allow"
        );
        all.push(Reason { fine: false, text });
    }
    all.extend([analysed(figures, wanted), valid(figures, wanted), alerts(figures, wanted)]);
    if figures.left_out > 0 {
        let text = format!(
            "{} alerts or objects had no room in the box's file and are missing here",
            figures.left_out
        );
        all.push(Reason { fine: false, text });
    }
    all
}

fn period(figures: &Figures, wanted: &CommissioningSettings) -> Reason {
    let (ran, needed) = (figures.period_hours, wanted.min_shadow_hours as f64);
    let text = if ran >= needed {
        format!("it ran in shadow for {ran:.0} h, {needed} h are needed")
    } else {
        format!(
            "it ran in shadow for {ran:.1} h of the {needed} h that are needed: {:.1} h are left",
            needed - ran
        )
    };
    Reason { fine: ran >= needed, text }
}

fn analysed(figures: &Figures, wanted: &CommissioningSettings) -> Reason {
    let fine = figures.analysed_fraction >= wanted.min_analysed_fraction && figures.looked_at_hours > 0.0;
    let others = figures.hours_by_state.iter().filter(|(state, _)| *state != "analysed");
    let others: BTreeMap<_, _> = others.map(|(state, hours)| (state.clone(), *hours)).collect();
    let text = format!(
        "the camera was analysed for {} of the time that the schedule covers, {} are needed{}",
        percent(figures.analysed_fraction),
        percent(wanted.min_analysed_fraction),
        listed("; the rest: ", &others)
    );
    Reason { fine, text }
}

fn valid(figures: &Figures, wanted: &CommissioningSettings) -> Reason {
    let fine = figures.valid_fraction >= wanted.min_valid_fraction && figures.ran_hours > 0.0;
    let mut text = format!(
        "the rule could be believed for {} of the analysed time, {} are needed{}",
        percent(figures.valid_fraction),
        percent(wanted.min_valid_fraction),
        listed("; not valid: ", &figures.not_valid_hours)
    );
    if figures.ran_hours <= 0.0 {
        text.push_str("; it did not look at all: does the policy allow it?");
    }
    Reason { fine, text }
}

fn alerts(figures: &Figures, wanted: &CommissioningSettings) -> Reason {
    let most = wanted.max_alerts_per_day;
    let Some(rate) = figures.alerts_per_day else {
        return Reason {
            fine: false,
            text: "it did not look, so that no rate of alerts is known".to_owned(),
        };
    };
    let text = format!(
        "it would have raised {} alerts in {:.1} camera-days: {:.2} a day (95 % interval {:.2} to {:.2}), at most {most} \
         are wanted. Whether they were right is for a person to say",
        figures.alerts,
        figures.ran_days(),
        rate.estimate,
        rate.low,
        rate.high
    );
    Reason { fine: rate.estimate <= most, text }
}

/// `97 %`; rounded down, so that nothing looks sufficient that is not.
pub(super) fn percent(fraction: f64) -> String {
    format!("{:.1} %", (fraction * 1_000.0 + 1e-9).floor() / 10.0)
}

fn listed(before: &str, hours: &BTreeMap<String, f64>) -> String {
    let parts: Vec<_> = hours.iter().map(|(name, hours)| format!("{name} {hours:.1} h")).collect();
    if parts.is_empty() { String::new() } else { format!("{before}{}", parts.join(", ")) }
}
