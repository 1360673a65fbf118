//! The report as one HTML page that needs nothing else: no script, no font, no picture.

use std::fmt::Write as _;

use super::figures::{Figures, Rate};
use super::verdict::Verdict;
use super::{Report, RuleReport};

pub(super) fn page(report: &Report) -> String {
    let style = include_str!("page.css");
    let mut html = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" \
         content=\"width=device-width\"><title>Commissioning</title><style>{style}</style></head><body><main>\
         <h1>Commissioning: <span class=\"{}\">{}</span></h1><p class=\"note\">Made {}. What rules would have said \
         while they ran in shadow; nothing of it left the box. Counts and bands only. Whether an alert would have been \
         right is not known here: that is for a person at the place to say.</p>",
        class(report.verdict),
        report.verdict.words(),
        escaped(&report.made_at)
    );
    report.rules.iter().for_each(|rule| html.push_str(&section(rule)));
    if report.rules.is_empty() {
        html.push_str("<p>No rule runs in shadow.</p>");
    }
    html.push_str("</main></body></html>\n");
    html
}

fn section(RuleReport { verdict, reasons, figures }: &RuleReport) -> String {
    let mut html = format!(
        "<section><h2>{}, zone {}, {}: <span class=\"{}\">{}</span></h2>",
        escaped(&figures.camera),
        escaped(&figures.zone),
        escaped(&figures.rule.replace('_', " ")),
        class(*verdict),
        verdict.words()
    );
    if let Some(since) = &figures.since {
        let live = figures.live_since.as_ref().map(|live| format!(", live since {}", escaped(live)));
        // Writing to a String does not fail.
        let _ = write!(
            html,
            "<p class=\"note\">in shadow since {}{}</p>",
            escaped(since),
            live.unwrap_or_default()
        );
    }
    html.push_str("<ul>");
    for reason in reasons {
        let (class, word) = if reason.fine { ("go", "ok") } else { ("no", "NO") };
        let _ = write!(html, "<li><b class=\"{class}\">{word}</b>{}</li>", escaped(&reason.text));
    }
    html.push_str("</ul>");
    html.push_str(&time(figures));
    html.push_str(&thresholds(figures));
    let _ = write!(html, "<p>{}</p>", escaped(&figures.suggestion));
    html.push_str(&counts("Rejected candidates", "code", figures.rejected_by_code.iter()));
    html.push_str(&counts("Alerts by how long they lasted", "seconds", figures.alerts_by_duration.iter()));
    html.push_str("</section>");
    html
}

/// The camera's time as a bar.
fn time(figures: &Figures) -> String {
    let total: f64 = figures.hours_by_state.values().sum();
    if total <= 0.0 {
        return String::new();
    }
    let mut html = String::from("<div class=\"bar\" role=\"img\" aria-label=\"the camera's time\">");
    for (state, hours) in &figures.hours_by_state {
        let class = if state == "analysed" { "analysed" } else { "other" };
        let _ = write!(
            html,
            "<span class=\"{class}\" style=\"width:{:.2}%\" title=\"{} {hours:.1} h\"></span>",
            hours / total * 100.0,
            escaped(state)
        );
    }
    html.push_str("</div>");
    html
}

fn thresholds(figures: &Figures) -> String {
    if figures.thresholds.is_empty() {
        return String::new();
    }
    let mut rows = String::new();
    for threshold in &figures.thresholds {
        let mark =
            if figures.unattended_secs == Some(threshold.unattended_secs) { " (configured)" } else { "" };
        let rate = threshold.alerts_per_day.map_or_else(|| "-".to_owned(), in_words);
        let _ = write!(
            rows,
            "<tr><td>{}{mark}</td><td>{}</td><td>{rate}</td></tr>",
            threshold.unattended_secs, threshold.alerts
        );
    }
    format!(
        "<table><thead><tr><th>unattended_secs</th><th>alerts</th><th>a camera-day (95 % interval)</th></tr></thead>\
         <tbody>{rows}</tbody></table>"
    )
}

fn in_words(rate: Rate) -> String {
    format!("{:.2} ({:.2} to {:.2})", rate.estimate, rate.low, rate.high)
}

fn counts<'a>(title: &str, head: &str, of: impl Iterator<Item = (&'a String, &'a u64)>) -> String {
    let rows: String =
        of.map(|(name, count)| format!("<tr><td>{}</td><td>{count}</td></tr>", escaped(name))).collect();
    if rows.is_empty() {
        return String::new();
    }
    format!(
        "<table><thead><tr><th>{title}: {head}</th><th>count</th></tr></thead><tbody>{rows}</tbody></table>"
    )
}

fn class(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Go => "go",
        Verdict::NoGo => "no",
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
