//! The demonstration: two live cameras on real footage, one box, one hub, events on the terminal.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use clap::{Parser, ValueEnum};
use velum_tests::process::terminate;
use velum_tests::programs::workspace_root;
use velum_tests::report::{Stills, Summary, labelled, summarise};
use velum_tests::town::{Plan, Ports, Town};

/// Shows the whole way of a frame: two live cameras, a box, a hub, events on this terminal.
///
/// Ctrl-C ends it. At the end summary.json is read back from the hub; the exit code is 0 only if a change of
/// crowd density and the staged bag (once, after it was put down, with its explanation) reached the hub.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    /// End by itself after this many seconds; without it, Ctrl-C ends it
    #[arg(long, env = "DEMO_SECONDS", value_parser = clap::value_parser!(u64).range(30..=86_400))]
    seconds: Option<u64>,
    /// What is put in front of the second camera
    #[arg(long, env = "DEMO_STAGE", value_enum, default_value_t = Stage::Bag)]
    stage: Stage,
    /// Seconds after the cameras' start at which the bag is put down
    #[arg(long, default_value_t = 25)]
    bag_at_secs: u32,
    /// Where keys, logs, data and summary.json go; emptied first
    #[arg(long)]
    dir: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Stage {
    /// A drawn bag, composited into the footage
    Bag,
    /// Nothing: no abandoned object may be reported
    None,
}

fn main() -> ExitCode {
    match demonstrate(&Arguments::parse()) {
        Ok(summary) if summary.passed => ExitCode::SUCCESS,
        Ok(_) => ExitCode::from(1),
        Err(error) => {
            say(&format!("velum-demo: {error:#}"));
            ExitCode::from(2)
        }
    }
}

fn demonstrate(arguments: &Arguments) -> Result<Summary> {
    let ended = Arc::new(AtomicBool::new(false));
    for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM] {
        signal_hook::flag::register(signal, Arc::clone(&ended))?;
    }
    let dir = arguments.dir.clone().unwrap_or_else(|| workspace_root().join("target/demo"));
    empty(&dir)?;
    let bag_expected = arguments.stage == Stage::Bag;
    let plan = Plan {
        ports: Ports::documented_or_free()?,
        bag_at_secs: bag_expected.then_some(arguments.bag_at_secs),
        produced_log: false,
        marker: None,
        load: None,
    };

    say("1. authority, two approvers' keys, a signed policy that ends in 30 days");
    let mut town = Town::found(&dir, plan)?;
    say("2. the hub, the policy published there, and a certificate for the box by a one-use token");
    town.start_hub()?;
    town.publish_policy()?;
    town.enroll_box()?;
    say("3. two cameras over RTSP, playing real footage");
    town.start_cameras()?;
    say("4. the box");
    town.start_edge()?;
    if bag_expected {
        say(&format!(
            "   a bag is put down in front of plaza-2 {} s after the cameras' start",
            arguments.bag_at_secs
        ));
    }
    if let Some(link) = town.console_link() {
        say(
            "   the operators' page; this link lets one person in, once (the certificate is the demonstration's own):",
        );
        say(&format!("   {link}"));
        open_in_browser(&link);
    }
    say(&format!("5. events, as the hub stores them (logs and data: {}); Ctrl-C ends it", dir.display()));
    let mut tail = town.tail()?;
    let mut picture =
        Picture { file: dir.join("still.jpg"), not_shown: Some("no alert to ask for".to_owned()) };
    watch(&mut town, arguments.seconds.map(Duration::from_secs), &ended, &mut picture)?;
    let metrics = town.metrics()?;
    town.stop_edge()?;
    std::thread::sleep(Duration::from_millis(500));
    terminate(&mut tail)?;

    let stills = Stills { not_shown: picture.not_shown, ..Stills::of_metrics(&metrics) };
    let summary = summarise(&town, bag_expected, stills, labelled(&metrics, "velum_sent_bytes"))?;
    let path = dir.join("summary.json");
    std::fs::write(&path, serde_json::to_string_pretty(&summary)?)?;
    tell(&summary, &path.display().to_string());
    Ok(summary)
}

/// The redacted still of the alert, and why it is not there yet.
struct Picture {
    file: PathBuf,
    not_shown: Option<String>,
}

impl Picture {
    /// Asks for it as an operator would, once there is an alert.
    fn ask(&mut self, town: &Town) -> Result<()> {
        let Some(event) = town.abandoned_object()? else { return Ok(()) };
        match town.still(&event, &self.file) {
            Ok(()) => {
                self.not_shown = None;
                say(&format!("the alert's redacted still, asked for with a reason: {}", self.file.display()));
            }
            Err(error) => self.not_shown = Some(format!("{error:#}")),
        }
        Ok(())
    }
}

/// How often the demonstration asks for the still.
const ASK_EVERY: Duration = Duration::from_secs(4);

/// Shows the page where there is a desktop and a person at the terminal.
fn open_in_browser(link: &str) {
    use std::io::IsTerminal;
    let has_desktop = ["DISPLAY", "WAYLAND_DISPLAY"].iter().any(|name| std::env::var_os(name).is_some());
    if has_desktop && std::io::stdout().is_terminal() {
        let mut open = std::process::Command::new("xdg-open");
        // The link stands above: whoever has no xdg-open opens it by hand.
        let _ =
            open.arg(link).stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null()).spawn();
    }
}

/// Waits for the end: the time is over, or the user has had enough. Asks for the still meanwhile.
fn watch(town: &mut Town, time: Option<Duration>, ended: &AtomicBool, picture: &mut Picture) -> Result<()> {
    let start = Instant::now();
    let mut asked = start;
    while !ended.load(Ordering::Relaxed) && time.is_none_or(|t| start.elapsed() < t) {
        if !town.all_running() {
            bail!("one of the programs ended by itself; see the logs in {}/logs", town.dir().display());
        }
        if picture.not_shown.is_some() && asked.elapsed() > ASK_EVERY {
            picture.ask(town)?;
            asked = Instant::now();
        }
        std::thread::sleep(Duration::from_millis(200));
    }
    Ok(())
}

/// Empties the demonstration's folder, and only such a folder: it must hold what a demonstration made.
fn empty(dir: &std::path::Path) -> Result<()> {
    let made_by_us = dir.join("logs").is_dir() || !dir.exists();
    let is_empty = dir.read_dir().map(|mut entries| entries.next().is_none()).unwrap_or(true);
    if !made_by_us && !is_empty {
        bail!(
            "`{}` holds something else than a demonstration; name an empty folder with --dir",
            dir.display()
        );
    }
    if dir.exists() {
        std::fs::remove_dir_all(dir).with_context(|| dir.display().to_string())?;
    }
    Ok(())
}

fn tell(summary: &Summary, path: &str) {
    say("");
    for detector in &summary.detectors {
        say(&format!("detector: {}", detector.get("id").and_then(|id| id.as_str()).unwrap_or("unknown")));
    }
    for (name, events) in &summary.events {
        say(&format!("{:>5}  {}", events.len(), name.replace(['.', '_'], " ")));
    }
    for (camera, f) in &summary.frames {
        let (decoded, analysed, dropped) = (f.decoded, f.analysed, f.dropped);
        say(&format!("{camera}: {decoded} frames decoded, {analysed} analysed, {dropped} dropped"));
    }
    let n = summary.numbers;
    let (stored, withheld, expired, lost) = (n.stored, n.withheld, n.expired, n.lost);
    say(&format!("numbers: {stored} stored, {withheld} withheld, {expired} expired, {lost} lost"));
    let stills = &summary.stills;
    let (kept, released) = (stills.kept, stills.released);
    let withheld: u64 = stills.withheld.values().sum();
    say(&format!("stills: {kept} made and verified, {released} handed over, {withheld} withheld"));
    let sent = summary.sent_bytes.iter().map(|(kind, bytes)| format!("{bytes} {kind}"));
    say(&format!("bytes that left the box: {}", sent.collect::<Vec<_>>().join(", ")));
    for problem in &summary.problems {
        say(&format!("NOT AS EXPECTED: {problem}"));
    }
    say(&format!("{}; the account is in {path}", if summary.passed { "all as expected" } else { "failed" }));
}

#[expect(clippy::print_stdout, reason = "the demonstration speaks to the person at the terminal")]
fn say(line: &str) {
    println!("{line}");
}
