//! Plots of one clip as inline SVG: what happened and what was said along its time, and counts against truth.

use std::fmt::Write as _;

use super::{ClipReport, CountReport, ObjectOutcome};
use crate::events::matching::Verdict;
use crate::events::truth::ObjectKind;
use crate::report::plot::{escaped, nice, trimmed};

const WIDTH_PX: f64 = 1040.0;
const LEFT_PX: f64 = 210.0;
const RIGHT_PX: f64 = 20.0;
const ROW_PX: f64 = 22.0;
const PLOT_PX: f64 = 150.0;

/// The axis of a clip's seconds.
struct Axis {
    secs: f64,
}

impl Axis {
    fn x(&self, secs: f64) -> f64 {
        LEFT_PX + secs.clamp(0.0, self.secs) / self.secs.max(0.1) * (WIDTH_PX - LEFT_PX - RIGHT_PX)
    }

    fn drawn(&self, bottom: f64) -> String {
        let mut svg = String::new();
        for step in 0..=4 {
            let secs = self.secs * f64::from(step) / 4.0;
            let x = self.x(secs);
            // Writing to a String does not fail.
            let _ = write!(
                svg,
                "<line class=\"grid\" x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"0\" y2=\"{bottom:.0}\"/><text class=\"tick\" \
                 x=\"{x:.1}\" y=\"{:.0}\">{secs:.0} s</text>",
                bottom + 16.0
            );
        }
        svg
    }
}

/// One row for each thing that is truly there, with its alerts, and one for each alert of something else.
pub(super) fn timeline(clip: &ClipReport) -> String {
    let axis = Axis { secs: clip.played_secs };
    let mut rows = String::new();
    let mut y = 4.0;
    for (index, object) in clip.objects.iter().enumerate() {
        rows.push_str(&label(&format!("{} ({})", object.id, object.kind.name()), y));
        let end = object.gone_secs.unwrap_or(clip.footage_secs);
        let class = if object.kind == ObjectKind::Object { "truth" } else { "other" };
        rows.push_str(&bar(&axis, (object.put_down_secs, end), y + 1.0, 5.0, class, "there"));
        if let Some(due) = object.due_secs.filter(|due| *due <= end) {
            rows.push_str(&bar(&axis, (due, end), y + 1.0, 5.0, "due", "the definition is met"));
        }
        let of_this = |verdict: Option<Verdict>| matches!(verdict, Some(Verdict::Finds(i) | Verdict::Duplicate(i) | Verdict::FalseOn(i)) if i == index);
        rows.push_str(&alerts(clip, &axis, y, of_this));
        if object.outcome == ObjectOutcome::Missed {
            let x = axis.x(object.due_secs.unwrap_or(end));
            let _ = write!(rows, "<text class=\"missed\" x=\"{x:.1}\" y=\"{:.1}\">missed</text>", y + 17.0);
        }
        y += ROW_PX;
    }
    let others = |verdict: Option<Verdict>| matches!(verdict, Some(Verdict::False) | None);
    if clip.alerts.iter().any(|alert| others(alert.verdict)) {
        rows.push_str(&label("alerts of nothing", y));
        rows.push_str(&alerts(clip, &axis, y, others));
        y += ROW_PX;
    }
    if rows.is_empty() {
        return String::new();
    }
    format!(
        "<svg class=\"timeline\" viewBox=\"0 0 {WIDTH_PX} {:.0}\" role=\"img\">{}{rows}</svg>",
        y + 24.0,
        axis.drawn(y + 2.0)
    )
}

fn alerts(clip: &ClipReport, axis: &Axis, y: f64, wanted: impl Fn(Option<Verdict>) -> bool) -> String {
    let wanted = clip.alerts.iter().filter(|alert| wanted(alert.verdict));
    wanted
        .map(|alert| {
            let class = match alert.verdict {
                Some(Verdict::Finds(_)) => "alert",
                Some(Verdict::Duplicate(_)) => "again",
                Some(Verdict::False | Verdict::FalseOn(_)) => "false",
                None => "other",
            };
            let end = alert.cleared_secs.unwrap_or(clip.played_secs);
            let title = format!("{:.1} s: {}; {}", alert.raised_secs, clip.told_of(alert), alert.because);
            bar(axis, (alert.raised_secs, end), y + 9.0, 7.0, class, &title)
        })
        .collect()
}

fn label(text: &str, y: f64) -> String {
    format!("<text class=\"label\" x=\"{}\" y=\"{:.1}\">{}</text>", LEFT_PX - 10.0, y + 13.0, escaped(text))
}

fn bar(axis: &Axis, (from, to): (f64, f64), y: f64, height: f64, class: &str, title: &str) -> String {
    let (left, right) = (axis.x(from), axis.x(to));
    format!(
        "<rect class=\"{class}\" x=\"{left:.1}\" y=\"{y:.1}\" width=\"{:.1}\" height=\"{height}\"><title>{}</title></rect>",
        (right - left).max(2.0),
        escaped(title)
    )
}

/// The count with its interval, and the truth, frame by frame.
pub(super) fn counts(count: &CountReport) -> String {
    let last = count.series.last().map_or(1.0, |point| point[0]);
    let axis = Axis { secs: last };
    let most = count.series.iter().map(|[_, truth, _, _, high]| truth.max(*high));
    let most = nice(most.fold(1.0, f64::max));
    let y = |persons: f64| 6.0 + (1.0 - persons.clamp(0.0, most) / most) * PLOT_PX;
    let mut svg =
        format!("<svg class=\"counts\" viewBox=\"0 0 {WIDTH_PX} {}\" role=\"img\">", PLOT_PX + 30.0);
    svg.push_str(&axis.drawn(PLOT_PX + 8.0));
    for persons in [0.0, most / 2.0, most] {
        let _ = write!(
            svg,
            "<text class=\"label\" x=\"{}\" y=\"{:.1}\">{}</text>",
            LEFT_PX - 10.0,
            y(persons) + 5.0,
            trimmed(persons)
        );
    }
    let line = |value: fn(&[f64; 5]) -> f64| {
        count.series.iter().map(move |point| format!("{:.1},{:.1}", axis_x(last, point[0]), y(value(point))))
    };
    let above: Vec<String> = line(|point| point[4]).collect();
    let mut below: Vec<String> = line(|point| point[3]).collect();
    below.reverse();
    let joined = |points: Vec<String>| points.join(" ");
    let _ = write!(
        svg,
        "<polygon class=\"band\" points=\"{} {}\"/><polyline class=\"counted\" points=\"{}\"/><polyline \
         class=\"true\" points=\"{}\"/></svg>",
        joined(above),
        joined(below),
        joined(line(|point| point[2]).collect()),
        joined(line(|point| point[1]).collect())
    );
    svg
}

fn axis_x(last: f64, secs: f64) -> f64 {
    Axis { secs: last }.x(secs)
}

/// Where things truly are, and where false alerts were, as filled boxes in an empty picture.
pub(super) fn places(clip: &ClipReport) -> String {
    let (width, height) = clip.size_px;
    let rect = |[left, top, width, height]: [f32; 4], class: &str, title: &str| {
        format!(
            "<rect class=\"{class}\" x=\"{left:.0}\" y=\"{top:.0}\" width=\"{width:.0}\" height=\"{height:.0}\">\
             <title>{}</title></rect>",
            escaped(title)
        )
    };
    let mut boxes = String::new();
    for object in &clip.objects {
        let class = if object.kind == ObjectKind::Object { "truth" } else { "other" };
        boxes.push_str(&rect(object.box_px, class, &object.id));
    }
    for alert in clip.false_alerts() {
        boxes.push_str(&rect(alert.box_px, "false", &format!("{:.1} s", alert.raised_secs)));
    }
    if boxes.is_empty() {
        return String::new();
    }
    format!("<svg class=\"scene\" viewBox=\"0 0 {width} {height}\" role=\"img\">{boxes}</svg>")
}
