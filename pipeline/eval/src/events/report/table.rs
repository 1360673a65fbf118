//! The report for a terminal: sums, each clip, each false or missed alert with its reasons.

use std::fmt::Write as _;

use super::{ClipReport, EventReport, ObjectOutcome, Total};
use crate::report::table::aligned;
use crate::statistics::Tally;

pub(super) fn table(report: &EventReport) -> String {
    let mut text = String::new();
    // Writing to a String does not fail.
    let _ = writeln!(text, "Objects\n{}", totals(&report.totals));
    let _ = writeln!(text, "Clips\n{}", clips(&report.clips));
    for (title, rows) in [("Counts", counts(report)), ("Detection at IoU 0.5", detection(report))] {
        if rows.len() > 1 {
            let _ = writeln!(text, "{title}\n{}", aligned(&rows, 2));
        }
    }
    for part in parts(report) {
        let _ = writeln!(text, "{part}");
    }
    text.push_str(&told(report));
    for missing in &report.absent {
        let _ = writeln!(text, "not here: {missing}");
    }
    let run = &report.run;
    let times = |secs: f64| run.analysed_secs / secs.max(0.01);
    let _ = writeln!(
        text,
        "{:.0} s of analysis in {:.0} s on {} threads: {:.1} times real time{}",
        run.analysed_secs,
        run.secs,
        run.threads,
        times(run.secs),
        run.cpu_secs.map_or_else(String::new, |cpu| format!("; {:.1} times by processor time", times(cpu)))
    );
    text
}

fn row(cells: &[&str]) -> Vec<String> {
    cells.iter().map(|cell| (*cell).to_owned()).collect()
}

fn totals(totals: &[Total]) -> String {
    let mut rows = vec![row(&[
        "footage",
        "detector",
        "clips",
        "found",
        "recall",
        "false",
        "precision",
        "early",
        "again",
        "median",
        "p80",
        "in 10 s",
        "false/h (95 %)",
        "hours",
    ])];
    for total in totals {
        let (rate, low, high) = total.false_per_hour;
        rows.push(vec![
            super::footage_of(total.kind, total.half),
            total.detector.clone(),
            total.clips.to_string(),
            of(total.recall),
            share(total.recall),
            total.false_alerts.to_string(),
            share(total.precision),
            total.early.to_string(),
            total.duplicates.to_string(),
            secs(total.delays.median_secs),
            secs(total.delays.p80_secs),
            of(total.delays.in_time),
            format!("{rate:.1} ({low:.1}-{high:.1})"),
            format!("{:.2}", total.played_secs / 3600.0),
        ]);
    }
    aligned(&rows, 2)
}

fn clips(clips: &[ClipReport]) -> String {
    let mut rows = vec![row(&[
        "clip", "detector", "half", "s", "found", "missed", "early", "false", "again", "refused", "tuned",
    ])];
    for clip in clips {
        let found = clip.count(ObjectOutcome::Found) + clip.count(ObjectOutcome::Early);
        let of = found + clip.count(ObjectOutcome::Missed);
        rows.push(vec![
            clip.clip.clone(),
            clip.detector.clone(),
            super::half_name(clip.half).to_owned(),
            format!("{:.0}", clip.played_secs),
            format!("{found}/{of}"),
            clip.count(ObjectOutcome::Missed).to_string(),
            clip.count(ObjectOutcome::Early).to_string(),
            clip.false_alerts().count().to_string(),
            clip.objects.iter().map(|object| object.duplicates).sum::<u64>().to_string(),
            clip.suppressed.values().sum::<u64>().to_string(),
            if clip.tuned.is_empty() { "no".to_owned() } else { "yes".to_owned() },
        ]);
    }
    aligned(&rows, 3)
}

fn counts(report: &EventReport) -> Vec<Vec<String>> {
    let mut rows = vec![row(&[
        "clip",
        "detector",
        "zone",
        "frames",
        "truth",
        "mean abs. error",
        "bias",
        "in interval",
        "not valid",
        "persons/m2",
        "over truth",
    ])];
    for clip in &report.clips {
        for count in &clip.counts {
            let density = count.density.as_ref();
            rows.push(vec![
                clip.clip.clone(),
                clip.counted_by(),
                count.zone.clone(),
                format!("{}/{}", count.counted, count.frames),
                format!("{:.2}", count.truth_mean),
                format!("{:.2}", count.mean_absolute_error),
                format!("{:+.2}", count.bias),
                share(count.in_interval),
                count.not_valid.to_string(),
                density.map_or("-".to_owned(), |density| format!("{:.4}", density.measured_mean)),
                density
                    .and_then(|density| density.measured_over_truth)
                    .map_or("-".to_owned(), |ratio| format!("{ratio:.2}")),
            ]);
        }
    }
    rows
}

fn detection(report: &EventReport) -> Vec<Vec<String>> {
    let mut rows = vec![row(&["clip", "detector", "recall", "", "precision", ""])];
    for clip in &report.clips {
        let Some(detection) = &clip.detection else { continue };
        rows.push(vec![
            clip.clip.clone(),
            clip.detector.clone(),
            of(detection.recall),
            share(detection.recall),
            of(detection.precision),
            share(detection.precision),
        ]);
    }
    rows
}

/// A table of parts for each sum that has some.
fn parts(report: &EventReport) -> Vec<String> {
    let with_parts = report.totals.iter().filter(|total| !total.parts.is_empty());
    with_parts
        .map(|total| {
            let mut rows = vec![row(&[
                "by",
                "",
                "found",
                "recall",
                "early",
                "in 10 s",
                "alerted, may not",
                "false in clips",
            ])];
            rows.extend(total.parts.iter().map(|part| {
                vec![
                    part.key.clone(),
                    part.value.clone(),
                    of(part.recall),
                    share(part.recall),
                    part.early.to_string(),
                    of(part.in_time),
                    of(part.alerted),
                    part.false_alerts.map_or("-".to_owned(), |count| count.to_string()),
                ]
            }));
            format!(
                "{}, {}\n{}",
                super::footage_of(total.kind, total.half),
                total.detector,
                aligned(&rows, 2)
            )
        })
        .collect()
}

/// Every false alert, and every object that was missed or early.
fn told(report: &EventReport) -> String {
    let mut text = String::new();
    for clip in &report.clips {
        for alert in clip.false_alerts() {
            let [left, top, width, height] = alert.box_px;
            let cleared = alert.cleared_secs.map_or("end".to_owned(), |secs| format!("{secs:.1}"));
            let _ = writeln!(
                text,
                "{}, {}: {} at {:.1} s (to {cleared}), box {left},{top} {width}x{height}{}\n    because {}",
                clip.clip,
                clip.detector,
                clip.told_of(alert),
                alert.raised_secs,
                if alert.valid { "" } else { ", told as not valid" },
                alert.because
            );
        }
        for object in &clip.objects {
            let due = object.due_secs.unwrap_or_default();
            let said = match (object.outcome, object.delay_secs) {
                (ObjectOutcome::Missed, _) => "MISSED".to_owned(),
                (ObjectOutcome::Early, Some(delay)) => format!("{:.1} s too early", -delay),
                (ObjectOutcome::Found, Some(delay)) => {
                    format!("found, {delay:.1} s after the definition was met")
                }
                _ => continue,
            };
            let _ = writeln!(
                text,
                "{}, {}: {} {said} (put down {:.1} s, due {due:.1} s)",
                clip.clip, clip.detector, object.id, object.put_down_secs
            );
        }
    }
    text
}

pub(super) fn of(tally: Tally) -> String {
    format!("{}/{}", tally.hits, tally.of)
}

pub(super) fn share(tally: Tally) -> String {
    let Some(fraction) = tally.fraction() else { return "-".to_owned() };
    let (low, high) = tally.wilson();
    format!("{fraction:.2} ({low:.2}-{high:.2})")
}

pub(super) fn secs(secs: Option<f64>) -> String {
    secs.map_or("-".to_owned(), |secs| format!("{secs:.1} s"))
}
