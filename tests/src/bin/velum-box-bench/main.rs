//! `velum-box-bench`: what a whole box costs a camera-second, beside bare decoding and bare inference of the same run, and
//! beside what a user would take instead.
//!
//! Everything plays the same coded recording from the same simulator. The simulator and the hub run on other processors
//! than what is measured, as far as the machine has others.

mod case;

mod cost;

mod peers;

mod table;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::Parser;

use crate::case::{Bench, Case};

const AFTER_HELP: &str = "\
EXAMPLES
  What `make bench` runs:
    velum-box-bench --recording 720p25-h264=target/bench/720p25-h264.mp4 --cameras 1 --cameras 4 --out target/bench/today
  Quickly, to see whether a change helped:
    velum-box-bench --recording 720p25-h264=target/bench/720p25-h264.mp4 --secs 20 --warm-up-secs 12 --no-peers --out target/bench/today

Milliseconds of processor time are of all threads of the program that is measured, user and system, from /proc.
The folder gets box.json, box.md and box.svg.";

/// Measures a whole box under live cameras, beside its parts and beside other programs.
#[derive(Debug, Parser)]
#[command(name = "velum-box-bench", version, after_help = AFTER_HELP)]
struct Arguments {
    /// A recording, H.264 or H.265 in MP4 without B-frames, and how it is called; may be given often.
    #[arg(long = "recording", value_name = "NAME=FILE", required = true, value_parser = named)]
    recordings: Vec<(String, PathBuf)>,
    /// So many cameras at once; may be given often. Bare decoding and other programs are measured with one.
    #[arg(long = "cameras", value_name = "N", default_values_t = [1])]
    cameras: Vec<usize>,
    /// The detector, by its id in the catalogue.
    #[arg(long, value_name = "ID", default_value = "velum-person-1")]
    detector: String,
    /// Its file, for bare inference.
    #[arg(long, value_name = "FILE", default_value = "models/weights/velum-person-1.onnx")]
    weights: PathBuf,
    /// How long each is measured.
    #[arg(long, value_name = "SECS", default_value_t = 40, value_parser = clap::value_parser!(u64).range(5..=86_400))]
    secs: u64,
    /// How long each runs before.
    #[arg(long, value_name = "SECS", default_value_t = 15, value_parser = clap::value_parser!(u64).range(5..=3_600))]
    warm_up_secs: u64,
    /// The processors of what is measured, as taskset names them.
    #[arg(long, value_name = "LIST", default_value = "0")]
    cpus: String,
    /// The processors of simulator and hub.
    #[arg(long, value_name = "LIST", default_value = "1")]
    other_cpus: String,
    /// Measures the box with stills, too: faces and people looked for in each frame of a window, masked and verified.
    #[arg(long)]
    stills: bool,
    /// Python with onnxruntime and OpenCV, for bare inference and for the pipeline that is compared.
    #[arg(long, value_name = "FILE", default_value = "python3")]
    python: PathBuf,
    /// Leaves out programs of others.
    #[arg(long)]
    no_peers: bool,
    /// Where box.json, box.md and box.svg go.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(&format!("velum-box-bench: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<()> {
    std::fs::create_dir_all(&arguments.out).with_context(|| arguments.out.display().to_string())?;
    // Keys among it: not where results are.
    let run = tempfile::Builder::new().prefix("velum-box-bench-").tempdir().context("no temporary folder")?;
    let bench = Bench {
        dir: run.path().join("town"),
        detector: arguments.detector.clone(),
        weights: arguments.weights.clone(),
        python: arguments.python.clone(),
        time: Duration::from_secs(arguments.secs),
        warm_up: Duration::from_secs(arguments.warm_up_secs),
        cpus: arguments.cpus.clone(),
        other_cpus: arguments.other_cpus.clone(),
    };
    let mut rows = Vec::new();
    for (name, file) in &arguments.recordings {
        let file = file.canonicalize().with_context(|| format!("--recording {name}: {}", file.display()))?;
        for case in cases(arguments) {
            say(&format!("{name}: {}", case.words()));
            let row = bench.measure(&case, (name, &file));
            match row {
                Ok(row) => {
                    say(&format!("    {}", table::line(&row)));
                    rows.push(row);
                }
                // The others are worth having.
                Err(error) => say(&format!("    not measured: {error:#}")),
            }
        }
    }
    if rows.is_empty() {
        bail!("nothing could be measured; what was said above tells why");
    }
    table::write(&arguments.out, &rows)?;
    say(&format!("written: {}", arguments.out.join("box.md").display()));
    Ok(())
}

fn cases(arguments: &Arguments) -> Vec<Case> {
    let mut cases = vec![Case::Inference, Case::Decoding];
    cases.extend(arguments.cameras.iter().map(|&cameras| Case::Box { cameras, stills: false }));
    if arguments.stills {
        cases.extend(arguments.cameras.iter().map(|&cameras| Case::Box { cameras, stills: true }));
    }
    if !arguments.no_peers {
        cases.extend([Case::PythonPipeline, Case::Motion]);
    }
    cases
}

fn named(text: &str) -> Result<(String, PathBuf), String> {
    let (name, file) = text
        .split_once('=')
        .ok_or("expected NAME=FILE, for example 720p25-h264=target/bench/720p25-h264.mp4")?;
    Ok((name.to_owned(), PathBuf::from(file)))
}

#[expect(clippy::print_stdout, reason = "the program speaks to the person at the terminal")]
fn say(line: &str) {
    println!("{line}");
}
