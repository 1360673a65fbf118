//! `velum-cluster`: hubs on one PostgreSQL server under load and under kills, and one hub on either engine as fast as it goes;
//! what was made, stored and told, in one readable report.

mod account;
mod database;
mod fleet;
mod follower;
mod hubs;
mod nats;
mod page;
mod target;
mod trial;

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Duration;

use anyhow::{Context, Result};
use clap::Parser;
use velum_tests::programs::{program, run as run_program};
use velum_tests::town::{Plan, Ports, Town};

use database::Database;
use fleet::Pace;
use nats::Nats;
use page::Report;
use trial::{Faults, Trial};

/// Servers of NATS, where there are some.
const NATS: usize = 3;

const AFTER_HELP: &str = "\
EXAMPLE
  velum-cluster --out target/cluster-report

The exit code is 0 only where nothing was lost and nothing doubled.";

/// Three hubs on one database, 50 boxes, kills; then how fast one hub takes events on either engine.
#[derive(Debug, Parser)]
#[command(name = "velum-cluster", version, after_help = AFTER_HELP)]
struct Arguments {
    /// The folder of the report.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Where the town, its hubs and its databases lie meanwhile; emptied first.
    #[arg(long, value_name = "DIR", default_value = "target/cluster")]
    work: PathBuf,
    /// Boxes.
    #[arg(long, default_value_t = 50)]
    boxes: usize,
    /// Hubs on the one database.
    #[arg(long, default_value_t = 3)]
    replicas: usize,
    /// Seconds of load under kills.
    #[arg(long, default_value_t = 90)]
    kill_secs: u64,
    /// Events a second under kills, of all boxes together.
    #[arg(long, default_value_t = 500.0)]
    kill_events_per_sec: f64,
    /// Seconds of each measurement of speed.
    #[arg(long, default_value_t = 20)]
    secs: u64,
    /// Boxes that are connected at once to one hub, for its memory.
    #[arg(long, default_value_t = 1_000)]
    many: usize,
    /// Only trials of these names: `kills`, `kills-nats`, `rate`, `half`, `many`.
    #[arg(long, value_name = "NAME")]
    only: Vec<String>,
    /// The same faults at the same times; printed where it is not given.
    #[arg(long)]
    seed: Option<u64>,
}

impl Arguments {
    fn wants(&self, trial: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|only| only == trial)
    }
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let runtime = tokio::runtime::Runtime::new().map_err(anyhow::Error::from);
    match runtime.and_then(|runtime| runtime.block_on(run(&arguments))) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            say(&format!("velum-cluster: {error:#}"));
            ExitCode::from(2)
        }
    }
}

async fn run(arguments: &Arguments) -> Result<bool> {
    std::fs::create_dir_all(&arguments.out).with_context(|| arguments.out.display().to_string())?;
    let town = town(&arguments.work)?;
    let seed = arguments.seed.unwrap_or_else(|| fastrand::u64(..));
    say(&format!("seed {seed}"));
    let mut report = Report::begin(seed, &database::version()?);
    // Servers of NATS need up to nine seconds to agree on who leads.
    for (name, with_nats, every_secs) in [("kills", false, 8), ("kills-nats", true, 10)] {
        if !arguments.wants(name) {
            continue;
        }
        let database = Database::start(&arguments.work.join(format!("postgres-{name}")))?;
        let faults =
            Faults { every: Duration::from_secs(every_secs), down: Duration::from_secs(3), database: true };
        let nats = with_nats.then(|| Nats::start(&arguments.work.join("nats-kills"), NATS));
        let mut nats = nats.transpose()?;
        let under_kills = Trial {
            name,
            boxes: arguments.boxes,
            pace: Pace::PerSecond(arguments.kill_events_per_sec),
            secs: arguments.kill_secs,
            hubs: arguments.replicas,
            faults: Some(faults),
            seed,
        };
        report.add(under_kills.run(&town, Some(&database), nats.as_mut()).await?, say);
    }
    for (name, pace) in
        [("rate", Pace::AsTaken), ("half", Pace::PerSecond(2_400.0)), ("many", Pace::PerSecond(100.0))]
    {
        for engine in ["SQLite", "PostgreSQL", "PostgreSQL-NATS"] {
            if !arguments.wants(name) {
                continue;
            }
            let is_many = name == "many";
            let named = format!("{name}-{}", engine.to_lowercase());
            let database = (engine != "SQLite")
                .then(|| Database::start(&arguments.work.join(format!("postgres-{name}"))))
                .transpose()?;
            let nats = (engine == "PostgreSQL-NATS")
                .then(|| Nats::start(&arguments.work.join(format!("nats-{name}")), NATS));
            let mut nats = nats.transpose()?;
            let trial = Trial {
                name: &named,
                boxes: if is_many { arguments.many } else { arguments.boxes },
                pace,
                secs: arguments.secs,
                hubs: 1,
                faults: None,
                seed,
            };
            report.add(trial.run(&town, database.as_ref(), nats.as_mut()).await?, say);
        }
    }
    report.write(&arguments.out)?;
    Ok(report.holds())
}

/// Authority, keys, policy and configurations; no box and no camera is started.
fn town(work: &Path) -> Result<PathBuf> {
    let dir = work.join("town");
    if dir.exists() {
        std::fs::remove_dir_all(&dir).with_context(|| dir.display().to_string())?;
    }
    let plan =
        Plan { ports: Ports::free()?, bag_at_secs: None, produced_log: false, marker: None, load: None };
    let dir = Town::found(&dir, plan)?.dir().to_owned();
    add_recipient(&dir)?;
    Ok(dir)
}

/// Of the connector under kills; the policy is signed anew.
fn add_recipient(dir: &Path) -> Result<()> {
    const NEXT: &str = "[human_oversight]";
    let [plain, signed] = ["policy.toml", "policy.signed.json"].map(|name| dir.join(name));
    let text = std::fs::read_to_string(&plain).with_context(|| plain.display().to_string())?;
    std::fs::write(&plain, text.replacen(NEXT, &format!("{}{NEXT}", target::RECIPIENT), 1))?;
    std::fs::remove_file(&signed).with_context(|| signed.display().to_string())?;
    for role in ["process-owner", "ciso"] {
        let mut sign = Command::new(program("velum")?);
        sign.args(["policy", "sign"]).arg(&plain).arg("--key").arg(dir.join(format!("keys/{role}.key")));
        run_program(sign.arg("--out").arg(&signed))?;
    }
    Ok(())
}

#[expect(clippy::print_stdout, reason = "the program speaks to the person at the terminal")]
fn say(line: &str) {
    println!("{line}");
}
