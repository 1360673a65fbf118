//! Faults at random, each put right again; after each, how long until all is well; at the end, whether anything was lost,
//! doubled or stuck.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use clap::Args;
use serde::Serialize;
use serde_json::Value;
use velum_tests::report::{Numbers, numbers};
use velum_tests::town::Town;

use crate::disk::{OwnDisk, call};
use crate::fault::{Fault, Victim};
use crate::line::Line;
use crate::{say, town, write};

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// What the cameras play, the first at the beginning; may be given often.
    #[arg(long = "recording", value_name = "FILE.mp4", required = true)]
    recordings: Vec<PathBuf>,
    #[arg(long, value_name = "N", default_value_t = 2)]
    cameras: usize,
    #[arg(long, value_name = "MINUTES", default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..=100_000))]
    minutes: u64,
    /// Plays the same faults in the same order; random if not given.
    #[arg(long)]
    seed: Option<u64>,
    /// Where siege.md and siege.json go.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

/// After a fault was put right, all must be well within this: the longest waits of camera (60 s) and hub together.
const WELL_WITHIN: Duration = Duration::from_secs(120);
/// How long a fault is let be.
const HOLD_SECS: std::ops::Range<u64> = 3..20;

/// One fault, and what came of it.
#[derive(Debug, Serialize)]
struct Suffered {
    fault: &'static str,
    held_secs: f64,
    /// From when it was put right until all was well; none where it was not in time.
    well_after_secs: Option<f64>,
    wrong: String,
}

pub(crate) fn run(options: &Options, ended: &AtomicBool) -> Result<bool> {
    std::fs::create_dir_all(&options.out).with_context(|| options.out.display().to_string())?;
    let seed = options.seed.unwrap_or_else(|| fastrand::u64(..));
    say(&format!("seed {seed}"));
    let mut random = fastrand::Rng::with_seed(seed);
    let first = options.recordings.first().context("--recording")?;
    let mut town = town(&options.out, first, options.cameras)?;
    let disk = OwnDisk::mount(&town.dir().join("box-data"), &town.dir().join("box-data.ext4"));
    let line = Line::to(town.hub_port())?;
    town.lead_box_through(line.port)?;
    town.start_hub()?;
    town.publish_policy()?;
    town.enroll_box()?;
    let clock = fake_clock(&mut town);
    town.start_cameras()?;
    town.start_edge()?;
    let mut victim = Victim { town, line, recordings: options.recordings.clone(), playing: 0, clock, disk };
    let possible: Vec<Fault> = Fault::ALL.into_iter().filter(|fault| victim.can(*fault)).collect();
    for fault in Fault::ALL.iter().filter(|fault| !possible.contains(fault)) {
        say(&format!("left out here: {}", fault.words()));
    }
    well_again(&victim.town, WELL_WITHIN).context("it was never well to begin with")?;
    let until = Instant::now() + Duration::from_secs(60 * options.minutes);
    let (mut suffered, mut waiting) = (Vec::new(), Vec::new());
    while Instant::now() < until && !ended.load(Ordering::Relaxed) {
        // Each once before any twice.
        if waiting.is_empty() {
            waiting.clone_from(&possible);
            random.shuffle(&mut waiting);
        }
        let Some(fault) = waiting.pop() else { break };
        let hold = Duration::from_millis(1_000 * random.u64(HOLD_SECS) + random.u64(0..1_000));
        let one = suffer(&mut victim, fault, hold);
        say(&line_of(&one));
        suffered.push((fault, one));
    }
    let account = account(&mut victim.town, &suffered)?;
    let text = report(options, seed, &suffered, &account);
    let path = write(&options.out, "siege.md", &text)?;
    let all = serde_json::json!({ "seed": seed, "suffered": suffered.iter().map(|(_, one)| one).collect::<Vec<_>>(), "account": account });
    write(&options.out, "siege.json", &serde_json::to_string_pretty(&all)?)?;
    say(&text);
    say(&format!("written: {}", path.display()));
    drop(victim);
    Ok(account.problems.is_empty())
}

fn suffer(victim: &mut Victim, fault: Fault, hold: Duration) -> Suffered {
    let began = Instant::now();
    let done = victim.suffer(fault, hold);
    let held_secs = began.elapsed().as_secs_f64();
    let well = done.and_then(|()| well_again(&victim.town, WELL_WITHIN));
    let wrong = well.as_ref().err().map(|error| format!("{error:#}")).unwrap_or_default();
    Suffered {
        fault: fault.words(),
        held_secs,
        well_after_secs: well.ok().map(|took| took.as_secs_f64()),
        wrong,
    }
}

/// Waits until the hub takes records, nothing waits, and every camera is analysed.
fn well_again(town: &Town, within: Duration) -> Result<Duration> {
    let began = Instant::now();
    let mut wrong = String::new();
    while began.elapsed() < within {
        match town.metrics() {
            Err(error) => wrong = format!("the box does not answer: {error:#}"),
            Ok(metrics) => match unwell(&metrics) {
                None => return Ok(began.elapsed()),
                Some(what) => wrong = what,
            },
        }
        std::thread::sleep(Duration::from_millis(200));
    }
    anyhow::bail!("not well after {} s: {wrong}", within.as_secs())
}

fn unwell(metrics: &BTreeMap<String, f64>) -> Option<String> {
    let is = |name: &str| metrics.get(name).copied().unwrap_or_default();
    if is("velum_hub_connected") < 1.0 {
        return Some("the hub does not take records".to_owned());
    }
    if is("velum_outbox_writable") < 1.0 {
        return Some("nothing can be committed".to_owned());
    }
    if is("velum_outbox_pending") > 0.0 {
        return Some(format!("{} records wait", is("velum_outbox_pending")));
    }
    let rests = |(key, value): (&String, &f64)| {
        key.starts_with("velum_camera_state") && key.contains("state=\"analysed\"") && *value < 1.0
    };
    let resting: Vec<&String> = metrics.iter().filter(|one| rests(*one)).map(|(key, _)| key).collect();
    (!resting.is_empty()).then(|| format!("not analysed: {resting:?}"))
}

/// What became of everything.
#[derive(Debug, Serialize)]
struct Account {
    produced: usize,
    doubled: usize,
    not_stored: usize,
    stored: u64,
    withheld: u64,
    expired: u64,
    lost: u64,
    missing: u64,
    raised: usize,
    raised_twice: usize,
    problems: Vec<String>,
}

type Number = (String, u64);

fn account(town: &mut Town, suffered: &[(Fault, Suffered)]) -> Result<Account> {
    let deadline = Instant::now() + WELL_WITHIN;
    let produced = town.produced();
    let mut records = town.records()?;
    while !not_stored(&produced, &records).is_empty() && Instant::now() < deadline {
        std::thread::sleep(Duration::from_millis(500));
        records = town.records()?;
    }
    town.stop_edge()?;
    let Numbers { stored, withheld, expired, lost, missing } = numbers(&town.hub_summary()?);
    let mut times: BTreeMap<Number, usize> = BTreeMap::new();
    records.iter().filter_map(number).for_each(|number| *times.entry(number).or_default() += 1);
    let raised: Vec<&str> = records.iter().filter_map(raised_alert).collect();
    let mut account = Account {
        produced: produced.len(),
        doubled: times.values().filter(|times| **times > 1).count(),
        not_stored: not_stored(&produced, &records).len(),
        stored,
        withheld,
        expired,
        lost,
        missing,
        raised: raised.len(),
        raised_twice: raised.len() - raised.iter().collect::<BTreeSet<_>>().len(),
        problems: Vec::new(),
    };
    let may_lose = suffered.iter().any(|(fault, _)| fault.may_lose());
    let mut wrong = |is_wrong: bool, what: String| account.problems.extend(is_wrong.then_some(what));
    let unwell = suffered.iter().filter(|(_, one)| one.well_after_secs.is_none());
    unwell.for_each(|(_, one)| wrong(true, format!("{}: {}", one.fault, one.wrong)));
    wrong(
        !not_stored(&produced, &records).is_empty(),
        "durable on the box, and never stored by the hub".to_owned(),
    );
    wrong(times.values().any(|times| *times > 1), "stored more than once".to_owned());
    wrong(missing > 0, format!("{missing} numbers without an end"));
    wrong(expired > 0, format!("{expired} numbers expired"));
    wrong(lost > 0 && !may_lose, format!("{lost} numbers lost"));
    wrong(
        raised.len() > raised.iter().collect::<BTreeSet<_>>().len(),
        "an alert was raised twice".to_owned(),
    );
    wrong(produced.len() < 5, "too few numbers to say anything".to_owned());
    Ok(account)
}

fn number(record: &Value) -> Option<Number> {
    Some((record.get("incarnation")?.as_str()?.to_owned(), record.get("sequence")?.as_u64()?))
}

fn not_stored(produced: &BTreeSet<Number>, records: &[Value]) -> Vec<Number> {
    let stored: BTreeSet<Number> = records.iter().filter_map(number).collect();
    produced.difference(&stored).cloned().collect()
}

fn raised_alert(record: &Value) -> Option<&str> {
    let event = record.get("event")?;
    (event.get("state")? == "raised").then(|| event.get("alert_id")?.as_str()).flatten()
}

fn line_of(one: &Suffered) -> String {
    let well = one
        .well_after_secs
        .map_or_else(|| format!("NOT WELL: {}", one.wrong), |secs| format!("well {secs:.1} s after"));
    format!("{:40} {:5.1} s, {well}", one.fault, one.held_secs)
}

fn report(options: &Options, seed: u64, suffered: &[(Fault, Suffered)], account: &Account) -> String {
    let mut text = format!(
        "# Siege\n\n{} cameras, {} minutes, seed {seed}; {} faults.\n\n\
         | fault | times | well again after, s: median | longest |\n|---|---|---|---|\n",
        options.cameras,
        options.minutes,
        suffered.len()
    );
    for fault in Fault::ALL {
        let all = suffered.iter().filter(|(one, _)| *one == fault);
        let mut took: Vec<f64> = all.map(|(_, one)| one.well_after_secs.unwrap_or(f64::INFINITY)).collect();
        took.sort_by(f64::total_cmp);
        let Some(longest) = took.last() else { continue };
        let median = took.get(took.len() / 2).copied().unwrap_or(f64::NAN);
        let _ = writeln!(text, "| {} | {} | {median:.1} | {longest:.1} |", fault.words(), took.len());
    }
    let a = account;
    let _ = write!(
        text,
        "\n{} numbers were durable on the box; {} events stored by the hub, {} withheld by the policy, {} expired, {} lost and \
         reported as lost, {} without an end; {} doubled; {} alerts raised, {} of them twice.\n",
        a.produced, a.stored, a.withheld, a.expired, a.lost, a.missing, a.doubled, a.raised, a.raised_twice
    );
    match account.problems.as_slice() {
        [] => text.push_str("\nAll held.\n"),
        problems => {
            let _ = write!(text, "\n**Not as it must be**:\n- {}\n", problems.join("\n- "));
        }
    }
    text
}

/// Has the box's clock be off by what a file says, where there is a compiler of C. Gives the file.
fn fake_clock(town: &mut Town) -> Option<PathBuf> {
    let (source, library) = (town.dir().join("clock.c"), town.dir().join("clock.so"));
    std::fs::write(&source, include_str!("clock.c")).ok()?;
    let compiled = call("cc", |command| {
        command.args(["-O2", "-shared", "-fPIC", "-o"]).args([&library, &source]);
    });
    if let Err(error) = compiled {
        say(&format!("the clock stays right: {error:#}"));
        return None;
    }
    let path = town.dir().join("clock");
    std::fs::write(&path, "+0").ok()?;
    town.edge_environment([
        ("LD_PRELOAD", library.display().to_string()),
        ("VELUM_CLOCK", path.display().to_string()),
    ]);
    Some(path)
}
