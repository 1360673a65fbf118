//! Two reports side by side: what got better or worse, and by how much. For use in CI.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use serde::Deserialize;

use super::report::{ClipReport, EventReport, FORMAT, ObjectOutcome, Total, footage_of};
use crate::EvalError;

/// What changed from one report to another.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Comparison {
    /// Figures that got worse beyond the tolerance.
    pub worse: Vec<String>,
    /// Figures that got worse within it.
    pub slightly_worse: Vec<String>,
    /// Figures that got better.
    pub better: Vec<String>,
    /// What only one of them measured; nothing follows from it.
    pub apart: Vec<String>,
    /// How many figures were compared.
    pub figures: usize,
}

/// Whether more is better.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Better {
    More,
    Less,
}

/// A figure of a report, by its name.
type Figures = BTreeMap<String, (f64, Better)>;

/// Reads a report.
///
/// # Errors
/// [`EvalError::Io`], [`EvalError::Report`] where the file is no report, or one of another version.
pub fn read_report(file: &Path) -> Result<EventReport, EvalError> {
    /// Read first: a report of another version has other fields.
    #[derive(Deserialize)]
    struct Format {
        format: Option<String>,
    }
    let wrong = |problem: String| EvalError::Report { file: file.to_owned(), problem };
    let fix = "make it anew with `velum-edge eval --out DIR`";
    let text = std::fs::read_to_string(file).map_err(EvalError::io(file))?;
    let no_report = |error: serde_json::Error| wrong(format!("expected a report.json, found {error}; {fix}"));
    let format: Format = serde_json::from_str(&text).map_err(no_report)?;
    match format.format {
        Some(format) if format == FORMAT => {}
        found => {
            let found = found.map_or("none".to_owned(), |found| format!("`{found}`"));
            return Err(wrong(format!("expected the format `{FORMAT}`, found {found}; {fix}")));
        }
    }
    serde_json::from_str(&text).map_err(no_report)
}

/// What `after` does better and worse than `before`. A figure may get worse by the tolerance, as a share of what it
/// was, or of 1 where that is less.
pub fn compare(before: &EventReport, after: &EventReport, tolerance: f64) -> Comparison {
    let (old, new) = (figures(before), figures(after));
    let mut comparison = Comparison::default();
    for (name, (was, better)) in &old {
        let Some((is, _)) = new.get(name) else {
            comparison.apart.push(format!("only in the first: {name}"));
            continue;
        };
        comparison.figures += 1;
        let gain = if *better == Better::More { is - was } else { was - is };
        let said = format!("{name}: {} (was {}, by {})", shown(*is), shown(*was), shown((is - was).abs()));
        if gain > 0.0 {
            comparison.better.push(said);
        } else if -gain > tolerance * was.abs().max(1.0) {
            comparison.worse.push(said);
        } else if gain < 0.0 {
            comparison.slightly_worse.push(said);
        }
    }
    let new_only = new.keys().filter(|name| !old.contains_key(*name));
    comparison.apart.extend(new_only.map(|name| format!("only in the second: {name}")));
    comparison
}

fn shown(value: f64) -> String {
    let text = format!("{value:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn figures(report: &EventReport) -> Figures {
    let mut figures = Figures::new();
    report.totals.iter().for_each(|total| of_total(total, &mut figures));
    report.clips.iter().for_each(|clip| of_clip(clip, &mut figures));
    figures
}

fn of_total(total: &Total, figures: &mut Figures) {
    let name = |what: &str| format!("all {}, {}: {what}", footage_of(total.kind, total.half), total.detector);
    let mut add = |what: &str, value: Option<f64>, better| {
        value.map(|value| figures.insert(name(what), (value, better)));
    };
    add("recall", total.recall.fraction(), Better::More);
    add("precision", total.precision.fraction(), Better::More);
    add("early alerts", Some(total.early as f64), Better::Less);
    add("false alerts an hour", Some(total.false_per_hour.0), Better::Less);
    add("share of alerts within 10 s", total.delays.in_time.fraction(), Better::More);
    add("median delay, s", total.delays.median_secs, Better::Less);
    add("80 % delay, s", total.delays.p80_secs, Better::Less);
    for (kind, tally) in &total.alerted {
        add(&format!("false alerts on {}", kind.name()), Some(tally.hits as f64), Better::Less);
    }
}

fn of_clip(clip: &ClipReport, figures: &mut Figures) {
    let name = |what: &str| format!("{}, {}: {what}", clip.clip, clip.detector);
    let mut add = |what: &str, value: f64, better| {
        figures.insert(name(what), (value, better));
    };
    if clip.objects.iter().any(|object| object.due_secs.is_some()) {
        let found = clip.count(ObjectOutcome::Found) + clip.count(ObjectOutcome::Early);
        add("found objects", found as f64, Better::More);
        add("early alerts", clip.count(ObjectOutcome::Early) as f64, Better::Less);
        let again: u64 = clip.objects.iter().map(|object| object.duplicates).sum();
        add("repeated alerts", again as f64, Better::Less);
    }
    add("false alerts", clip.false_alerts().count() as f64, Better::Less);
    for count in &clip.counts {
        let of_zone = |what: &str| format!("zone {}, {what}", count.zone);
        add(&of_zone("mean absolute error of the count"), count.mean_absolute_error, Better::Less);
        add(&of_zone("bias of the count, either way"), count.bias.abs(), Better::Less);
        if let Some(share) = count.in_interval.fraction() {
            add(&of_zone("share of true counts in the interval"), share, Better::More);
        }
        if let Some(ratio) = count.density.as_ref().and_then(|density| density.measured_over_truth) {
            add(&of_zone("persons per square metre, off by"), (ratio - 1.0).abs(), Better::Less);
        }
    }
    if let Some(detection) = &clip.detection {
        let shares = [("recall", detection.recall), ("precision", detection.precision)];
        for (what, share) in shares.iter().filter_map(|(what, tally)| Some((what, tally.fraction()?))) {
            add(&format!("detector's {what}"), share, Better::More);
        }
    }
    if let Some(continuity) = &clip.continuity {
        let shares = [
            ("boxes with a track", continuity.matched),
            ("persons mostly tracked", continuity.mostly_tracked),
            ("persons mostly tracked by one track", continuity.mostly_one_track),
        ];
        for (what, share) in shares.iter().filter_map(|(what, tally)| Some((what, tally.fraction()?))) {
            add(&format!("share of {what}"), share, Better::More);
        }
        if let Some(switches) = continuity.switches_per_100() {
            add("identity switches per 100 matched boxes", switches, Better::Less);
        }
    }
}

impl Comparison {
    /// In words, worst first.
    pub fn told(&self, tolerance: f64) -> String {
        let mut text = String::new();
        let parts = [
            (format!("WORSE, beyond the tolerance of {tolerance}"), &self.worse),
            ("worse, within the tolerance".to_owned(), &self.slightly_worse),
            ("better".to_owned(), &self.better),
            ("not compared".to_owned(), &self.apart),
        ];
        for (title, lines) in parts.iter().filter(|(_, lines)| !lines.is_empty()) {
            // Writing to a String does not fail.
            let _ = writeln!(text, "{title}:");
            for line in *lines {
                let _ = writeln!(text, "  {line}");
            }
        }
        let _ = writeln!(
            text,
            "{} figures compared: {} worse, {} better, {} the same",
            self.figures,
            self.worse.len() + self.slightly_worse.len(),
            self.better.len(),
            self.figures - self.worse.len() - self.slightly_worse.len() - self.better.len()
        );
        text
    }
}

#[cfg(test)]
mod tests;
