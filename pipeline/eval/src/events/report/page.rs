//! The report as one HTML page that needs nothing else: no script, no font, no picture from elsewhere.

use std::fmt::Write as _;

use super::table::{of, secs, share};
use super::{ClipReport, CountReport, EventReport, ObjectOutcome, Total, footage_of, timeline};
use crate::report::plot::escaped;

pub(super) fn page(report: &EventReport) -> String {
    let mut html = head(report);
    html.push_str(&totals(report));
    html.push_str(&alerted(report));
    html.push_str(&parts(report));
    html.push_str("<h2>Clip by clip</h2>");
    html.push_str(
        "<p class=\"note\"><span class=\"key truth\"></span> an object is there · <span class=\"key due\"></span> the \
         definition is met · <span class=\"key other\"></span> something that may not alert · <span class=\"key \
         alert\"></span> alert that finds it · <span class=\"key again\"></span> repeated alert · <span class=\"key \
         false\"></span> false alert · <span class=\"key counted\"></span> counted, with its interval · <span \
         class=\"key true\"></span> true count</p>",
    );
    report.clips.iter().for_each(|clip| html.push_str(&section(clip)));
    html.push_str(&provenance(report));
    html.push_str("</main></body></html>\n");
    html
}

fn head(report: &EventReport) -> String {
    let style = concat!(include_str!("../../report/page.css"), include_str!("page.css"));
    format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" \
         content=\"width=device-width\"><title>Rules measured</title><style>{style}</style></head><body><main>\
         <h1>Rules measured</h1><p>{}</p><p class=\"note\">{} · {} frames a second, at most {} px wide · {:.0} s of \
         analysis in {:.0} s</p><p class=\"note\">An object is due when its owner has been beyond the owner radius \
         for unattended seconds. Recall: objects found of those due; precision: of alerts that count (repeated \
         ones left out), the true ones. Shares have Wilson intervals, rates exact Poisson ones, 95 %; both take each \
         object and each hour for itself. Clips that are played on again are not independent hours: their interval \
         is too narrow. Real and composed clips are never added up.</p>",
        escaped(&report.about),
        escaped(&report.run.made_at),
        report.fps,
        report.width_px,
        report.run.analysed_secs,
        report.run.secs
    )
}

/// A table of these rows of cells.
fn table(heads: &[&str], rows: &[Vec<String>]) -> String {
    let heads: String = heads.iter().map(|head| format!("<th>{head}</th>")).collect();
    let mut body = String::new();
    for row in rows {
        let cells: String = row.iter().map(|cell| format!("<td>{}</td>", escaped(cell))).collect();
        // Writing to a String does not fail.
        let _ = write!(body, "<tr>{cells}</tr>");
    }
    format!("<table><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>")
}

fn totals(report: &EventReport) -> String {
    let row = |total: &Total| {
        let (rate, low, high) = total.false_per_hour;
        vec![
            footage_of(total.kind, total.half),
            total.detector.clone(),
            total.clips.to_string(),
            format!("{:.2} h ({:.2} h)", total.played_secs / 3600.0, total.footage_secs / 3600.0),
            format!("{}, {}", of(total.recall), share(total.recall)),
            format!("{}, {}", of(total.precision), share(total.precision)),
            total.early.to_string(),
            total.duplicates.to_string(),
            format!("{} / {}", secs(total.delays.median_secs), secs(total.delays.p80_secs)),
            of(total.delays.in_time),
            format!("{}: {rate:.1} ({low:.1} to {high:.1})", total.false_alerts),
            format!("{:.0} ({:.0} to {:.0})", rate * 24.0, low * 24.0, high * 24.0),
        ]
    };
    let rows: Vec<_> = report.totals.iter().map(row).collect();
    let heads = [
        "footage",
        "detector",
        "clips",
        "played (footage)",
        "recall",
        "precision",
        "early",
        "repeated",
        "delay, median / 80 %",
        "within 10 s",
        "false alerts: a camera-hour",
        "a camera-day, if all hours were alike",
    ];
    format!("<h2>In short</h2>{}", table(&heads, &rows))
}

/// What may not alert.
fn alerted(report: &EventReport) -> String {
    let mut rows = Vec::new();
    for total in &report.totals {
        for (kind, tally) in &total.alerted {
            let footage = footage_of(total.kind, total.half);
            let name = kind.name().replace('_', " ");
            rows.push(vec![footage, total.detector.clone(), name, of(*tally), share(*tally)]);
        }
    }
    if rows.is_empty() {
        return String::new();
    }
    let heads = ["footage", "detector", "what", "alerted", "share"];
    format!("<h2>What may not alert</h2>{}", table(&heads, &rows))
}

fn parts(report: &EventReport) -> String {
    let mut html = String::new();
    for total in report.totals.iter().filter(|total| !total.parts.is_empty()) {
        let row = |part: &super::Part| {
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
        };
        let rows: Vec<_> = total.parts.iter().map(row).collect();
        let heads = [
            "by",
            "",
            "found",
            "recall",
            "early",
            "within 10 s",
            "alerted, may not",
            "false alerts in clips",
        ];
        let _ = write!(
            html,
            "<details><summary>{}, {}: by what was put down, and where</summary>{}</details>",
            footage_of(total.kind, total.half),
            escaped(&total.detector),
            table(&heads, &rows)
        );
    }
    html
}

fn section(clip: &ClipReport) -> String {
    let tags: Vec<String> = clip.tags.iter().map(|(key, value)| format!("{key} {value}")).collect();
    let deleted = match clip.persons_deleted_fraction {
        0.0 => String::new(),
        share => format!("{:.0} % of the persons found deleted · ", share * 100.0),
    };
    let tuned = if clip.tuned.is_empty() { "nothing" } else { &clip.tuned };
    let mut html = format!(
        "<section><h3>{} <small>{} · {} · {:.0} s, played {:.0} s · unattended {} s · {deleted}tuned on it: {} {}</small></h3>",
        escaped(&clip.clip),
        escaped(&clip.counted_by()),
        footage_of(clip.kind, clip.half),
        clip.footage_secs,
        clip.played_secs,
        clip.unattended_secs,
        escaped(tuned),
        escaped(&tags.join(", ")),
    );
    html.push_str(&timeline::timeline(clip));
    html.push_str(&alerts(clip));
    clip.counts.iter().for_each(|count| html.push_str(&counts(count)));
    if let Some(detection) = &clip.detection {
        let _ = write!(
            html,
            "<p>The detector at score {}: recall {} ({}), precision {} ({}).</p>",
            detection.score_min,
            of(detection.recall),
            share(detection.recall),
            of(detection.precision),
            share(detection.precision)
        );
    }
    html.push_str(&refused(clip));
    html.push_str("</section>");
    html
}

/// Each alert with its reasons, and each object that was missed.
fn alerts(clip: &ClipReport) -> String {
    let mut rows: Vec<Vec<String>> = (clip.alerts.iter())
        .map(|alert| {
            let [left, top, width, height] = alert.box_px;
            let cleared = alert.cleared_secs.map_or("end".to_owned(), |secs| format!("{secs:.1} s"));
            let valid = if alert.valid { "" } else { "; told as not valid" };
            vec![
                format!("{:.1} s to {cleared}", alert.raised_secs),
                format!("{}{valid}", clip.told_of(alert)),
                format!("{left:.0}, {top:.0}; {width:.0} x {height:.0}"),
                alert.because.clone(),
            ]
        })
        .collect();
    let missed = clip.objects.iter().filter(|object| object.outcome == ObjectOutcome::Missed);
    rows.extend(missed.map(|object| {
        let [left, top, width, height] = object.box_px;
        vec![
            format!("due {}", secs(object.due_secs)),
            format!("MISSED: {}", object.id),
            format!("{left:.0}, {top:.0}; {width:.0} x {height:.0}"),
            object.scenario.clone(),
        ]
    }));
    if rows.is_empty() {
        return "<p class=\"note\">No alert.</p>".to_owned();
    }
    format!("{}{}", table(&["when", "what", "where, px", "because"], &rows), timeline::places(clip))
}

fn counts(count: &CountReport) -> String {
    let density = count.density.as_ref().map_or_else(String::new, |density| {
        format!(
            " Per square metre ({:.0} m² by the positions of the truth itself): {:.4}, true {:.4}; {} of the truth on \
             average, off by {:.0} % frame by frame.",
            density.area_m2,
            density.measured_mean,
            density.truth_mean,
            density.measured_over_truth.map_or("-".to_owned(), |ratio| format!("{ratio:.2}")),
            density.mean_absolute_error_fraction * 100.0
        )
    });
    format!(
        "<h4>Persons in zone {}</h4>{}<p>Mean absolute error {:.2}, bias {:+.2} persons a frame; truth inside the \
         interval in {} ({}); {} of {} frames with a count, {} of them told as not valid.{density}</p>",
        escaped(&count.zone),
        timeline::counts(count),
        count.mean_absolute_error,
        count.bias,
        of(count.in_interval),
        share(count.in_interval),
        count.counted,
        count.frames,
        count.not_valid
    )
}

fn refused(clip: &ClipReport) -> String {
    let refused: Vec<String> =
        clip.suppressed.iter().map(|(name, count)| format!("{} {count}", name.replace('_', " "))).collect();
    let unseeing = match clip.unseeing_frames {
        0 => String::new(),
        frames => format!(" In {frames} of {} frames nothing could be seen.", clip.frames),
    };
    match refused.is_empty() && unseeing.is_empty() {
        true => String::new(),
        false => format!(
            "<p class=\"note\">Candidates refused: {}.{unseeing}</p>",
            escaped(&if refused.is_empty() { "none".to_owned() } else { refused.join(", ") })
        ),
    }
}

fn provenance(report: &EventReport) -> String {
    let models: Vec<Vec<String>> =
        report.models.iter().map(|(name, digest)| vec![name.clone(), digest.clone()]).collect();
    let mut html = format!("<h2>Models</h2>{}", table(&["model", "sha256"], &models));
    if !report.absent.is_empty() {
        let absent: String = report.absent.iter().map(|what| format!("<li>{}</li>", escaped(what))).collect();
        let _ = write!(html, "<h2>Not here, and not measured</h2><ul>{absent}</ul>");
    }
    html
}
