//! `velum-chaos`: a box and a hub under faults that come at random, and over a long time without any; what held and how soon
//! it was well again, in one readable report.

mod disk;
mod fault;
mod line;
mod siege;
mod slope;
mod soak;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use anyhow::{Context, Result};
use clap::{Parser, Subcommand};
use velum_tests::town::{Load, Plan, Ports, Town};

const AFTER_HELP: &str = "\
EXAMPLES
  Twenty minutes of faults; the seed that it prints plays them again:
    velum-chaos siege --recording target/bench/bag.mp4 --recording target/bench/720p25-h264.mp4 --minutes 20 --out target/chaos
  Half an hour of eight cameras without faults, for leaks:
    velum-chaos soak --recording target/bench/720p25-h264.mp4 --cameras 8 --minutes 30 --out target/soak

The exit code is 0 only where everything held.";

/// Harms a box and a hub at random, or watches them for long; says what held.
#[derive(Debug, Parser)]
#[command(name = "velum-chaos", version, after_help = AFTER_HELP)]
struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Faults at random: programs killed and frozen, cameras that vanish, change or talk rubbish, a line that is cut or slow,
    /// a disk that is full, a clock that jumps
    Siege(siege::Options),
    /// No fault, for long: memory, open files and threads must not grow
    Soak(soak::Options),
}

fn main() -> ExitCode {
    let what = Arguments::parse().what;
    // Its programs are stopped in order: they have process groups of their own, and would go on.
    let ended = Arc::new(AtomicBool::new(false));
    let signals = [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM];
    let heard = signals
        .into_iter()
        .try_for_each(|signal| signal_hook::flag::register(signal, Arc::clone(&ended)).map(drop));
    let done = heard.map_err(anyhow::Error::from).and_then(|()| match what {
        What::Siege(options) => siege::run(&options, &ended),
        What::Soak(options) => soak::run(&options, &ended),
    });
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            say(&format!("velum-chaos: {error:#}"));
            ExitCode::from(2)
        }
    }
}

/// A town with so many cameras that play a recording, in a folder that is emptied first.
fn town(dir: &Path, recording: &Path, cameras: usize) -> Result<Town> {
    let dir = dir.join("town");
    if dir.exists() {
        std::fs::remove_dir_all(&dir).with_context(|| dir.display().to_string())?;
    }
    std::fs::create_dir_all(&dir).with_context(|| dir.display().to_string())?;
    let all = format!("0-{}", std::thread::available_parallelism()?.get() - 1);
    let load = Load {
        recording: recording.canonicalize().with_context(|| recording.display().to_string())?,
        cameras,
        detector: "velum-person-1".to_owned(),
        analysed_fps: 5.0,
        stills: true,
        box_cpus: all.clone(),
        other_cpus: all,
    };
    let plan =
        Plan { ports: Ports::free()?, bag_at_secs: None, produced_log: true, marker: None, load: Some(load) };
    Town::found(&dir, plan)
}

fn write(dir: &Path, name: &str, text: &str) -> Result<PathBuf> {
    let path = dir.join(name);
    std::fs::write(&path, text).with_context(|| path.display().to_string())?;
    Ok(path)
}

#[expect(clippy::print_stdout, reason = "the program speaks to the person at the terminal")]
fn say(line: &str) {
    println!("{line}");
}
