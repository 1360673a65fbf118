//! The report for a terminal.

use std::fmt::Write as _;

use super::figures::Figures;
use super::{Report, RuleReport};

pub(super) fn table(report: &Report) -> String {
    let mut text = String::new();
    for rule in &report.rules {
        text.push_str(&of_rule(rule));
    }
    if report.rules.is_empty() {
        text.push_str(
            "no rule runs in shadow; write `mode = \"shadow\"` into a zone's rule, for example \
             `abandoned = { mode = \"shadow\" }`, and let the box run\n",
        );
    }
    // Writing to a String does not fail.
    let _ = writeln!(text, "{}", report.verdict.words());
    text
}

fn how_it_runs(figures: &Figures) -> String {
    match &figures.trial {
        Some(trial) => format!("in shadow, trial {trial}:"),
        None if figures.mode == "shadow" => "in shadow:".to_owned(),
        None => "was in shadow:".to_owned(),
    }
}

fn of_rule(RuleReport { verdict, reasons, figures }: &RuleReport) -> String {
    let mut text = format!(
        "{} camera {}, zone {}, {}: {}\n",
        how_it_runs(figures),
        figures.camera,
        figures.zone,
        figures.rule.replace('_', " "),
        verdict.words()
    );
    if let Some(since) = &figures.since {
        let until = figures.live_since.as_ref().map(|live| format!(", live since {live}"));
        let _ = writeln!(text, "  since {since}{}", until.unwrap_or_default());
    }
    for reason in reasons {
        let _ = writeln!(text, "  [{}] {}", if reason.fine { "ok" } else { "NO" }, reason.text);
    }
    if !figures.thresholds.is_empty() {
        let _ = writeln!(text, "  unattended_secs   alerts   a camera-day (95 % interval)");
        for threshold in &figures.thresholds {
            let rate = threshold.alerts_per_day.map_or_else(
                || "-".to_owned(),
                |rate| format!("{:.2} ({:.2} to {:.2})", rate.estimate, rate.low, rate.high),
            );
            let mark = if figures.unattended_secs == Some(threshold.unattended_secs) {
                " <- configured"
            } else {
                ""
            };
            let _ =
                writeln!(text, "  {:>15}  {:>7}   {rate}{mark}", threshold.unattended_secs, threshold.alerts);
        }
    }
    let _ = writeln!(text, "  {}", figures.suggestion);
    if !figures.rejected_by_code.is_empty() {
        let parts: Vec<_> = figures.rejected_by_code.iter().map(|(code, n)| format!("{code} {n}")).collect();
        let _ = writeln!(text, "  rejected candidates: {}", parts.join(", "));
    }
    text.push('\n');
    text
}
