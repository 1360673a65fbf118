//! What was measured, for people and for programs.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::Result;
use serde::Serialize;
use velum_tests::plot::{self, Bar, Group};

use crate::case::{ANALYSED_FPS, Frames, Row};

#[derive(Serialize)]
struct Report<'r> {
    machine: String,
    date: String,
    rows: &'r [Row],
}

/// One row, in a line.
pub(crate) fn line(row: &Row) -> String {
    let mut text =
        format!("{:.0} cpu-ms a camera-second, {:.0} MiB", row.cpu_ms_per_camera_sec, row.resident_mib);
    if let Some(frames) = &row.frames {
        let _ = write!(text, ", {}", frames_words(frames));
    }
    text
}

fn frames_words(frames: &Frames) -> String {
    format!(
        "{:.0} of {:.0} frames, {:.1} % missed, age p50 {:.0} ms, p99 {:.0} ms; {} told",
        frames.analysed,
        frames.wanted,
        100.0 * frames.missed,
        frames.age_ms_p50,
        frames.age_ms_p99,
        told(frames)
    )
}

/// How many, and how long half and 99 of 100 took.
fn told(frames: &Frames) -> String {
    match (frames.told_ms_p50, frames.told_ms_p99) {
        (Some(p50), Some(p99)) => format!("{:.0}: {p50:.0}, {p99:.0} ms", frames.told),
        _ => "none".to_owned(),
    }
}

/// The whole box is to take no more than so many times its parts.
const WANTED: f64 = 1.15;

/// Writes box.json, box.md and box.svg.
pub(crate) fn write(dir: &Path, rows: &[Row]) -> Result<()> {
    let machine = machine();
    let date = jiff::Timestamp::now().strftime("%Y-%m-%d %H:%MZ").to_string();
    let report = Report { machine, date, rows };
    std::fs::write(dir.join("box.json"), serde_json::to_string_pretty(&report)?)?;
    std::fs::write(dir.join("box.md"), markdown(&report))?;
    std::fs::write(dir.join("box.svg"), drawn(&report))?;
    Ok(())
}

/// Processor time of each, recording by recording: the parts as one bar, and what the box may take.
fn drawn(report: &Report<'_>) -> String {
    let mut groups: Vec<Group> = Vec::new();
    for row in report.rows {
        let colour = match (row.what.as_str(), &row.frames) {
            (what, _) if what.starts_with("bare decoding") => 0,
            (what, _) if what.starts_with("bare inference") => 1,
            (_, Some(_)) => 2,
            _ => 3,
        };
        if groups.last().is_none_or(|group| group.name != row.recording) {
            let line_label = format!("{WANTED} x the parts");
            groups.push(Group { name: row.recording.clone(), bars: Vec::new(), line: None, line_label });
        }
        let Some(group) = groups.last_mut() else { continue };
        if let Some(sum) = parts(report.rows, row) {
            group.line = Some(WANTED * sum);
        }
        let part = (row.cpu_ms_per_camera_sec, colour);
        match group.bars.first_mut() {
            // Beside bare inference, which is measured first.
            Some(parts) if colour == 0 => {
                parts.parts.push(part);
                parts.label = "bare inference + bare decoding".to_owned();
            }
            _ => group.bars.push(Bar { label: row.what.clone(), parts: vec![part] }),
        }
    }
    let title = format!(
        "Processor time a camera-second, {ANALYSED_FPS} analysed frames a second: {}; {}",
        report.machine, report.date
    );
    plot::bars(&title, "ms", &groups)
}

fn machine() -> String {
    let about = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = about.lines().find_map(|line| line.strip_prefix("model name")?.split(':').nth(1));
    let cores = about.lines().filter(|line| line.starts_with("processor")).count();
    format!("{}, {cores} cores", model.map_or("unknown processor", str::trim))
}

fn markdown(report: &Report<'_>) -> String {
    let mut text = format!("# A whole box beside its parts\n\n{}; {}.\n\n", report.machine, report.date);
    text.push_str(
        "| recording | what | cpu-ms a camera-second | of the parts | MiB | frames missed | age p50 | p99, ms | told: p50, p99 |\n\
         |---|---|---|---|---|---|---|---|---|\n",
    );
    for row in report.rows {
        let share = parts(report.rows, row)
            .map_or_else(String::new, |sum| format!("{:.2} x {sum:.0}", row.cpu_ms_per_camera_sec / sum));
        let (missed, p50, p99, told) = row.frames.as_ref().map_or_else(Default::default, |f| {
            let missed = format!("{:.1} % of {:.0}", 100.0 * f.missed, f.wanted);
            (missed, format!("{:.0}", f.age_ms_p50), format!("{:.0}", f.age_ms_p99), told(f))
        });
        let _ = writeln!(
            text,
            "| {} | {} | {:.0} | {share} | {:.0} | {missed} | {p50} | {p99} | {told} |",
            row.recording, row.what, row.cpu_ms_per_camera_sec, row.resident_mib
        );
    }
    text.push_str(
        "\n*Of the parts*: beside the sum of bare decoding and bare inference of the same recording and run. *Age*: from a \
         frame's time until the rules had seen it; *told*: how many records, and the time from a frame until the hub had stored what was told of it; \
         upper ends of the buckets. Everything measured runs on the processors that \
         --cpus names, simulator and hub on others where there are others.\n",
    );
    text
}

/// The sum of bare decoding and inference, for a row of a box.
fn parts(rows: &[Row], of: &Row) -> Option<f64> {
    of.frames.as_ref()?;
    let bare = |word: &str| {
        let found = rows.iter().find(|row| row.recording == of.recording && row.what.starts_with(word));
        found.map(|row| row.cpu_ms_per_camera_sec)
    };
    Some(bare("bare inference")? + bare("bare decoding")?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_box_stands_beside_the_sum_of_its_parts() {
        let row = |what: &str, cpu_ms: f64, frames| Row {
            recording: "720p".to_owned(),
            what: what.to_owned(),
            cameras: 1,
            secs: 10.0,
            cpu_ms_per_camera_sec: cpu_ms,
            resident_mib: 1.0,
            frames,
        };
        let frames = Frames {
            wanted: 50.0,
            analysed: 49.0,
            missed: 0.02,
            analysis_ms_p50: 16.0,
            age_ms_p50: 27.0,
            age_ms_p99: 61.0,
            told: 2.0,
            told_ms_p50: Some(40.0),
            told_ms_p99: Some(61.0),
        };
        let rows = [
            row("bare inference", 60.0, None),
            row("bare decoding", 40.0, None),
            row("velum-edge", 115.0, Some(frames)),
        ];
        let report = Report { machine: "m".to_owned(), date: "d".to_owned(), rows: &rows };
        let text = markdown(&report);
        assert!(
            text.contains(
                "| 720p | velum-edge | 115 | 1.15 x 100 | 1 | 2.0 % of 50 | 27 | 61 | 2: 40, 61 ms |"
            ),
            "{text}"
        );
        let svg = drawn(&report);
        assert!(
            svg.contains(">bare inference + bare decoding<") && svg.contains("1.15 x the parts"),
            "{svg}"
        );
    }
}
