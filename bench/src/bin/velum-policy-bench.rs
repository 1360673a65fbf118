//! How long it takes to read, lint and resolve the policy of a whole city.
//!
//! The city is the worked example of a market square with its cameras multiplied. Nothing is compared: there is one
//! linter. What is printed is the median, least and most of all rounds, on the machine at hand.

use std::io::Write;
use std::time::{Duration, Instant};

use anyhow::Context;
use clap::Parser;
use velum_policy::{Findings, PolicyFile};

/// Measure reading, linting and resolving a city's policy.
#[derive(Debug, Parser)]
struct Arguments {
    /// Cameras of the city.
    #[arg(long, default_value_t = 200)]
    cameras: usize,
    /// Rounds; each does everything once.
    #[arg(long, default_value_t = 30)]
    rounds: usize,
}

/// The date that the example was written for.
const AT: &str = "2026-12-01T00:00:00Z";

/// Each camera gets its own name and zones; `mistakes` gives every one of them a finding.
fn city(cameras: usize, mistakes: bool) -> anyhow::Result<String> {
    let example = include_str!("../../../policy/examples/gdpr-market-square.toml");
    let (head, tail) = example.split_once("[camera.mp-02]").context("the example has no camera `mp-02`")?;
    let mut text = format!("{head}[camera.mp-02]{tail}");
    let body = if mistakes {
        tail.replace("purposes = [\"traffic-flow\"]", "purposes = []")
    } else {
        tail.to_owned()
    };
    for number in 3..=cameras {
        text.push_str(&format!("\n[camera.mp-{number:04}]{body}"));
    }
    Ok(text)
}

fn times(rounds: usize, mut once: impl FnMut() -> anyhow::Result<()>) -> anyhow::Result<Vec<Duration>> {
    let mut times = Vec::new();
    for _ in 0..rounds.max(1) {
        let began = Instant::now();
        once()?;
        times.push(began.elapsed());
    }
    times.sort();
    Ok(times)
}

fn show(out: &mut impl Write, what: &str, times: &[Duration]) -> anyhow::Result<()> {
    let ms = |one: Option<&Duration>| one.map_or(0.0, |time| time.as_secs_f64() * 1e3);
    let (least, median, most) = (ms(times.first()), ms(times.get(times.len() / 2)), ms(times.last()));
    writeln!(out, "{what:<44} {median:8.1} ms  ({least:.1} to {most:.1}, {} rounds)", times.len())?;
    Ok(())
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let at: jiff::Timestamp = AT.parse().context("the date does not parse")?;
    let mut out = std::io::stdout().lock();
    for (mistakes, name) in [(false, "without a mistake"), (true, "a mistake in each camera")] {
        let text = city(arguments.cameras, mistakes)?;
        let lines = text.lines().count();
        writeln!(out, "a city of {} cameras, {lines} lines, {name}", arguments.cameras)?;
        let read = || PolicyFile::parse(&text, "city.toml").map_err(anyhow::Error::from);
        let file = read()?;
        show(&mut out, "  read", &times(arguments.rounds, || read().map(drop))?)?;
        let mut findings = Findings::default();
        let linted = times(arguments.rounds, || {
            findings = file.lint(Some(at));
            Ok(())
        })?;
        show(&mut out, &format!("  hold against the rules ({} findings)", findings.len()), &linted)?;
        let resolved = times(arguments.rounds, || file.resolve().map(drop).map_err(anyhow::Error::from))?;
        show(&mut out, "  the same, and resolve each camera, as a box", &resolved)?;
    }
    Ok(())
}
