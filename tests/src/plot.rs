//! Figures as pictures (SVG), for reports that people look at: bars beside each other, and values over time.

use std::fmt::Write as _;

const WIDTH_PX: f64 = 900.0;
const LABEL_PX: f64 = 330.0;
const BAR_PX: f64 = 18.0;
const ROW_PX: f64 = 26.0;
const HEAD_PX: f64 = 46.0;
/// Right of the longest bar, for its figure.
const FIGURE_PX: f64 = 90.0;
/// Told apart by those who see no red or green, too. *Source*: Okabe and Ito, Color Universal Design, 2008.
const COLOURS: [&str; 4] = ["#0072b2", "#e69f00", "#009e73", "#cc79a7"];

/// One bar, of one or several parts.
#[derive(Debug, Clone)]
pub struct Bar {
    /// What it stands for.
    pub label: String,
    /// Its parts from the left, each with the number of its colour.
    pub parts: Vec<(f64, usize)>,
}

/// Bars of one thing, with a line across them where one is given.
#[derive(Debug, Clone)]
pub struct Group {
    /// What all of them are of.
    pub name: String,
    /// From above.
    pub bars: Vec<Bar>,
    /// Where the line is, in the bars' unit.
    pub line: Option<f64>,
    /// What it stands for.
    pub line_label: String,
}

/// Bars under each other, group by group, with the unit of all of them.
pub fn bars(title: &str, unit: &str, groups: &[Group]) -> String {
    let length = |bar: &Bar| bar.parts.iter().map(|part| part.0).sum::<f64>();
    let all = groups.iter().flat_map(|group| group.bars.iter().map(length).chain(group.line));
    let longest = all.fold(1e-9, f64::max);
    let px = |value: f64| value / longest * (WIDTH_PX - LABEL_PX - FIGURE_PX);
    let rows: usize = groups.iter().map(|group| group.bars.len() + 1).sum();
    let mut svg = begin(title, HEAD_PX + ROW_PX * rows as f64 + 10.0);
    let mut y = HEAD_PX;
    for Group { name, bars, line, line_label } in groups {
        text(&mut svg, (10.0, y + 16.0), "bold", name);
        let top = y + ROW_PX;
        let at = |row: usize| top + ROW_PX * row as f64;
        y = at(bars.len());
        for (row, bar) in bars.iter().enumerate() {
            text(&mut svg, (20.0, at(row) + 14.0), "normal", &bar.label);
            let mut x = LABEL_PX;
            for (value, colour) in &bar.parts {
                let colour = COLOURS.get(colour % COLOURS.len()).copied().unwrap_or_default();
                let (width, y) = (px(*value), at(row));
                let _ = write!(
                    svg,
                    "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{BAR_PX}\" fill=\"{colour}\"/>"
                );
                x += width;
            }
        }
        if let Some(value) = line {
            let (x, top, bottom) = (LABEL_PX + px(*value), top - 4.0, y - 4.0);
            let _ = write!(
                svg,
                "<path d=\"M{x:.1} {top:.1}V{bottom:.1}\" stroke=\"#000\" stroke-dasharray=\"4 3\"/>"
            );
            // As much room as a figure has is too little for it.
            let x = if x > WIDTH_PX - 1.5 * FIGURE_PX { x - 1.5 * FIGURE_PX } else { x + 4.0 };
            text(&mut svg, (x, top - 4.0), "normal", line_label);
        }
        // Over the line.
        for (row, bar) in bars.iter().enumerate() {
            let figure = format!("{:.0} {unit}", length(bar));
            text(&mut svg, (LABEL_PX + px(length(bar)) + 6.0, at(row) + 14.0), "normal", &figure);
        }
    }
    svg + "</svg>\n"
}

/// Values over time, a line for each series, from nought up.
///
/// # Shape
/// `[series] (name, [n] (seconds, value))`, in order of time.
pub fn lines(title: &str, unit: &str, series: &[(String, Vec<(f64, f64)>)]) -> String {
    let (height, left, bottom) = (360.0, 70.0, 320.0);
    let all = || series.iter().flat_map(|one| &one.1);
    let most = all().map(|point| point.1).fold(1e-9, f64::max) * 1.1;
    let secs = all().map(|point| point.0).fold(1e-9, f64::max);
    let x_of = |at: f64| left + at / secs * (WIDTH_PX - left - 20.0);
    let y_of = |value: f64| bottom - value / most * (bottom - HEAD_PX);
    let mut svg = begin(title, height);
    let _ = write!(
        svg,
        "<path d=\"M{left} {HEAD_PX}V{bottom}H{}\" fill=\"none\" stroke=\"#000\"/>",
        WIDTH_PX - 20.0
    );
    text(&mut svg, (8.0, bottom), "normal", &format!("0 {unit}"));
    text(&mut svg, (8.0, HEAD_PX + 12.0), "normal", &format!("{most:.0} {unit}"));
    text(&mut svg, (WIDTH_PX - 90.0, bottom + 18.0), "normal", &format!("{:.0} min", secs / 60.0));
    for (index, (name, points)) in series.iter().enumerate() {
        let colour = COLOURS.get(index % COLOURS.len()).copied().unwrap_or_default();
        let way: Vec<String> =
            points.iter().map(|(at, value)| format!("{:.1},{:.1}", x_of(*at), y_of(*value))).collect();
        let _ = write!(
            svg,
            "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"1.5\"/>",
            way.join(" ")
        );
        if let Some((at, value)) = points.get(points.len() / 2) {
            let last = points.last().map_or(0.0, |point| point.1);
            text(
                &mut svg,
                (x_of(*at), y_of(*value) - 8.0),
                "normal",
                &format!("{name}: {last:.0} {unit} at the end"),
            );
        }
    }
    svg + "</svg>\n"
}

fn begin(title: &str, height: f64) -> String {
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH_PX} {height}\" width=\"{WIDTH_PX}\" height=\"{height}\" \
         font-family=\"sans-serif\" font-size=\"13\" role=\"img\">\n<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>"
    );
    text(&mut svg, (10.0, 24.0), "bold", title);
    svg
}

fn text(svg: &mut String, (x, y): (f64, f64), weight: &str, words: &str) {
    let words = words.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    // With a rim, so that a line behind it does not strike it out.
    let _ = writeln!(
        svg,
        "<text x=\"{x:.1}\" y=\"{y:.1}\" font-weight=\"{weight}\" stroke=\"#fff\" stroke-width=\"4\" paint-order=\"stroke\">{words}</text>"
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_as_long_as_their_figures_and_names_cannot_break_the_picture() {
        let bar =
            |label: &str, parts: &[(f64, usize)]| Bar { label: label.to_owned(), parts: parts.to_vec() };
        let group = Group {
            name: "a<b".to_owned(),
            bars: vec![bar("parts", &[(60.0, 0), (40.0, 1)]), bar("whole", &[(200.0, 2)])],
            line: Some(115.0),
            line_label: "1.15".to_owned(),
        };
        let svg = bars("t", "ms", &[group]);
        let longest = WIDTH_PX - LABEL_PX - FIGURE_PX;
        for width in [0.3 * longest, 0.2 * longest, longest] {
            assert!(svg.contains(&format!("width=\"{width:.1}\"")), "{svg}");
        }
        assert!(svg.contains(">a&lt;b<") && svg.contains("100 ms") && svg.contains("200 ms"), "{svg}");
        assert!(svg.contains(&format!("M{:.1} ", LABEL_PX + 0.575 * longest)), "{svg}");
    }

    #[test]
    fn lines_reach_from_the_first_to_the_last_value() {
        let svg = lines("t", "MiB", &[("box".to_owned(), vec![(0.0, 50.0), (60.0, 100.0)])]);
        assert!(svg.contains("points=\"70.0,195.5 880.0,70.9\""), "{svg}");
        assert!(
            svg.contains("110 MiB") && svg.contains("1 min") && svg.contains("box: 100 MiB at the end"),
            "{svg}"
        );
        assert!(!lines("t", "MiB", &[]).contains("NaN"));
    }
}
