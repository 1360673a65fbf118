//! Long without a fault: memory, open files and threads stay, and the counters add up.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use clap::Args;
use velum_tests::plot;
use velum_tests::process::status_number;
use velum_tests::report::numbers;
use velum_tests::town::{Program, Town};

use crate::slope::Slope;
use crate::{say, town, write};

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// What the cameras play.
    #[arg(long, value_name = "FILE.mp4")]
    recording: PathBuf,
    #[arg(long, value_name = "N", default_value_t = 8)]
    cameras: usize,
    /// Analysed frames a second and camera; fewer where the machine has not the processors for more.
    #[arg(long, value_name = "NUMBER", default_value_t = 5.0)]
    fps: f64,
    #[arg(long, value_name = "MINUTES", default_value_t = 30, value_parser = clap::value_parser!(u64).range(2..=100_000))]
    minutes: u64,
    /// Not looked at, for what is filled once: heaps take their size when all cameras ask at one moment, and that is chance.
    #[arg(long, value_name = "MINUTES", default_value_t = 15, value_parser = clap::value_parser!(u64).range(1..=1_000))]
    warm_up_minutes: u64,
    /// Where soak.md, soak.json and soak.svg go.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

/// How often it is looked.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// Growth that an hour must surely stay below: a hundredth of what a box of this kind has, in a day.
const MEMORY_MIB_PER_HOUR: f64 = 12.0;
const FILES_PER_HOUR: f64 = 6.0;
const THREADS_PER_HOUR: f64 = 6.0;

/// A figure of one program over time, and how much of growth is too much.
struct Series {
    name: &'static str,
    most_per_hour: f64,
    values: Vec<(f64, f64)>,
}

impl Series {
    /// Whether it is known to grow: the whole interval is above nought, and its middle above what is borne.
    fn grows(&self) -> bool {
        Slope::of(&self.values).is_none_or(|slope| slope.low > 0.0 && slope.per_hour > self.most_per_hour)
    }
}

pub(crate) fn run(options: &Options, ended: &AtomicBool) -> Result<bool> {
    std::fs::create_dir_all(&options.out).with_context(|| options.out.display().to_string())?;
    let mut town = town(&options.out, &options.recording, options.cameras)?;
    town.analyse_at(options.fps)?;
    town.start_hub()?;
    town.publish_policy()?;
    town.enroll_box()?;
    town.start_cameras()?;
    town.start_edge()?;
    say(&format!("{} cameras; {} minutes until it is looked", options.cameras, options.warm_up_minutes));
    let warm = Instant::now() + Duration::from_secs(60 * options.warm_up_minutes);
    while Instant::now() < warm && !ended.load(Ordering::Relaxed) {
        std::thread::sleep(Duration::from_millis(200));
    }
    let mut series: BTreeMap<&'static str, Vec<Series>> = BTreeMap::new();
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(60 * options.minutes) && !ended.load(Ordering::Relaxed) {
        anyhow::ensure!(town.all_running(), "one of the programs ended by itself:\n{}", town.edge_log_end());
        for (name, program) in [("box", Program::Edge), ("hub", Program::Hub)] {
            let pid = town.pid(program).context("a program does not run")?;
            let at_secs = began.elapsed().as_secs_f64();
            let values = look(pid)?;
            let of = series.entry(name).or_insert_with(new_series);
            of.iter_mut().zip(values).for_each(|(one, value)| one.values.push((at_secs, value)));
        }
        std::thread::sleep(LOOK_EVERY);
    }
    let problems = problems(&mut town, &series)?;
    let text = report(options, &series, &problems);
    let path = write(&options.out, "soak.md", &text)?;
    let slopes: BTreeMap<_, BTreeMap<_, _>> = series
        .iter()
        .map(|(name, all)| (name, all.iter().map(|one| (one.name, Slope::of(&one.values))).collect()))
        .collect();
    let all = serde_json::json!({ "minutes": options.minutes, "cameras": options.cameras, "slopes": slopes, "problems": problems });
    write(&options.out, "soak.json", &serde_json::to_string_pretty(&all)?)?;
    write(&options.out, "soak.svg", &drawn(options, &series))?;
    say(&text);
    say(&format!("written: {}", path.display()));
    Ok(problems.is_empty())
}

fn new_series() -> Vec<Series> {
    let new = |(name, most_per_hour)| Series { name, most_per_hour, values: Vec::new() };
    [("memory, MiB", MEMORY_MIB_PER_HOUR), ("open files", FILES_PER_HOUR), ("threads", THREADS_PER_HOUR)]
        .map(new)
        .into()
}

/// Resident memory, open files, threads.
fn look(pid: u32) -> Result<[f64; 3]> {
    let files = std::fs::read_dir(format!("/proc/{pid}/fd"))?.count();
    let number = |key: &str| status_number(pid, key).map(|number| number as f64);
    Ok([number("VmRSS:")? / 1_024.0, files as f64, number("Threads:")?])
}

/// What does not add up, and what grows.
fn problems(town: &mut Town, series: &BTreeMap<&'static str, Vec<Series>>) -> Result<Vec<String>> {
    let mut problems = Vec::new();
    for (program, all) in series {
        problems
            .extend(all.iter().filter(|one| one.grows()).map(|one| format!("{program}: {} grows", one.name)));
    }
    let metrics = town.metrics()?;
    let sum = |name: &str| -> f64 {
        metrics.iter().filter(|(key, _)| key.starts_with(name)).map(|(_, value)| value).sum()
    };
    let [decoded, analysed, dropped] =
        ["velum_frames_decoded_total", "velum_frames_analysed_total", "velum_frames_dropped_total"].map(sum);
    // One frame of each camera may be on its way.
    let cameras = metrics.keys().filter(|key| key.starts_with("velum_frames_decoded_total")).count() as f64;
    if (decoded - analysed - dropped).abs() > 2.0 * cameras {
        problems.push(format!("{decoded} frames decoded, {analysed} analysed and {dropped} dropped"));
    }
    if sum("velum_camera_restarts_total") > 0.0 {
        problems.push(format!("cameras were started again {} times", sum("velum_camera_restarts_total")));
    }
    town.stop_edge()?;
    let ends = numbers(&town.hub_summary()?);
    if ends.lost + ends.missing + ends.expired > 0 {
        problems.push(format!("numbers without a good end: {ends:?}"));
    }
    Ok(problems)
}

/// Memory over time.
fn drawn(options: &Options, series: &BTreeMap<&'static str, Vec<Series>>) -> String {
    let memory = |(name, all): (&&str, &Vec<Series>)| {
        all.first().map(|memory| ((*name).to_owned(), memory.values.clone()))
    };
    let title =
        format!("Memory with {} cameras at {} analysed frames a second", options.cameras, options.fps);
    plot::lines(&title, "MiB", &series.iter().filter_map(memory).collect::<Vec<_>>())
}

fn report(options: &Options, series: &BTreeMap<&'static str, Vec<Series>>, problems: &[String]) -> String {
    let mut text = format!(
        "# Soak\n\n{} cameras at {} analysed frames a second, {} minutes after {} of warming up.\n\n\
         | program | what | first | last | growth an hour (95 %) |\n|---|---|---|---|---|\n",
        options.cameras, options.fps, options.minutes, options.warm_up_minutes
    );
    for (program, all) in series {
        for one in all {
            let value = |at: Option<&(f64, f64)>| at.map_or(f64::NAN, |(_, value)| *value);
            let growth = Slope::of(&one.values).map_or_else(
                || "too few values".to_owned(),
                |slope| format!("{:+.2} ({:+.2} to {:+.2})", slope.per_hour, slope.low, slope.high),
            );
            let (first, last) = (value(one.values.first()), value(one.values.last()));
            let _ = writeln!(text, "| {program} | {} | {first:.0} | {last:.0} | {growth} |", one.name);
        }
    }
    match problems {
        [] => text.push_str("\nAll held: nothing grows, every frame and every number has its end.\n"),
        _ => {
            let _ = write!(text, "\n**Not as it must be**:\n- {}\n", problems.join("\n- "));
        }
    }
    text
}
