//! Plots as inline SVG: rates with their intervals.

use std::fmt::Write as _;

use crate::statistics::Tally;

const ROW_PX: usize = 26;
const LEFT_PX: usize = 330;
const WIDTH_PX: usize = 1040;
const RIGHT_PX: usize = 220;

/// One line of a plot.
pub(super) struct Line {
    pub(super) label: String,
    /// What a mouse that rests on it is told.
    pub(super) title: String,
    pub(super) tally: Tally,
    /// Said behind the figure.
    pub(super) note: String,
    /// CSS class.
    pub(super) class: &'static str,
}

/// Rates per thousand with 95 % intervals, one line each, on one linear axis from 0.
pub(super) fn rates(lines: &[Line]) -> String {
    let most = lines.iter().filter(|line| line.tally.of > 0).map(|line| line.tally.wilson().1);
    let most = nice(most.fold(0.001, f64::max) * 1000.0);
    let x_of =
        |per_thousand: f64| LEFT_PX as f64 + per_thousand / most * (WIDTH_PX - LEFT_PX - RIGHT_PX) as f64;
    let height = lines.len() * ROW_PX + 34;
    let mut svg = format!("<svg viewBox=\"0 0 {WIDTH_PX} {height}\" role=\"img\">");
    let bottom = lines.len() * ROW_PX + 6;
    for step in 0..=4 {
        let value = most * f64::from(step) / 4.0;
        let x = x_of(value);
        // Writing to a String does not fail.
        let _ = write!(
            svg,
            "<line class=\"grid\" x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"0\" y2=\"{bottom}\"/>\
             <text class=\"tick\" x=\"{x:.1}\" y=\"{}\">{}</text>",
            bottom + 18,
            trimmed(value)
        );
    }
    for (index, line) in lines.iter().enumerate() {
        svg.push_str(&drawn(line, index * ROW_PX + ROW_PX / 2 + 3, &x_of));
    }
    svg.push_str("</svg>");
    svg
}

fn drawn(line: &Line, y: usize, x_of: &dyn Fn(f64) -> f64) -> String {
    let (label, class) = (escaped(&line.label), line.class);
    let mut svg = format!(
        "<g class=\"{class}\"><title>{}</title><text class=\"label\" x=\"{}\" y=\"{}\">{label}</text>",
        escaped(&line.title),
        LEFT_PX - 12,
        y + 4
    );
    let Some(share) = line.tally.fraction() else {
        let _ = write!(
            svg,
            "<text class=\"value\" x=\"{}\" y=\"{}\">nothing to count</text></g>",
            LEFT_PX + 6,
            y + 4
        );
        return svg;
    };
    let (low, high) = line.tally.wilson();
    let [from, at, to] = [low, share, high].map(|share| x_of(share * 1000.0));
    let _ = write!(
        svg,
        "<line class=\"interval\" x1=\"{from:.1}\" x2=\"{to:.1}\" y1=\"{y}\" y2=\"{y}\"/>\
         <circle cx=\"{at:.1}\" cy=\"{y}\" r=\"5\"/>\
         <text class=\"value\" x=\"{:.1}\" y=\"{}\">{:.1} ({}/{}), {}</text></g>",
        to + 8.0,
        y + 4,
        share * 1000.0,
        line.tally.hits,
        line.tally.of,
        escaped(&line.note)
    );
    svg
}

/// The next number of 1, 2, 4 or 5 times a power of ten.
pub(crate) fn nice(value: f64) -> f64 {
    let power = 10_f64.powf(value.max(1e-9).log10().floor());
    let steps = [1.0, 2.0, 4.0, 5.0, 10.0];
    steps.iter().map(|step| step * power).find(|nice| *nice >= value).unwrap_or(10.0 * power)
}

pub(crate) fn trimmed(value: f64) -> String {
    let text = format!("{value:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Text as it may stand in HTML.
pub(crate) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_end_at_round_numbers() {
        let check = |value: f64, expected: f64| {
            assert!((nice(value) - expected).abs() < 1e-9 * expected, "{value}");
        };
        check(0.9, 1.0);
        check(1.0, 1.0);
        check(17.0, 20.0);
        check(21.0, 40.0);
        check(450.0, 500.0);
        check(501.0, 1000.0);
    }

    #[test]
    fn text_cannot_become_markup() {
        let line = Line {
            label: "<script>".to_owned(),
            title: "a \"b\"".to_owned(),
            tally: Tally { hits: 1, of: 2 },
            note: String::new(),
            class: "plan",
        };
        let svg = rates(&[line]);
        assert!(!svg.contains("<script>") && svg.contains("&lt;script&gt;"));
    }
}
