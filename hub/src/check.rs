//! `velum-hub check`: what is wrong with this hub, and how to mend it.
//!
//! Invariants: it runs beside a hub without disturbing it, writes nothing, and connects to nothing but database and
//! `[nats]`, and by `--connect`.
//! What it says names files, ports and settings, never an event and never what stands in a secret.

mod backups;
mod certificates;
mod connectors;
mod database;
mod folder;
mod log;
mod nats;
mod policies;
mod ports;

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Args, ValueEnum};
use velum_policy::audit::Timestamp;
use velum_policy::check::{Finding, Verdict, json, machine, table, worst};

use crate::clock::{Clock, SystemClock};
use crate::config::{ConfigError, HubConfig};

/// What is looked at.
#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    /// The configuration of the hub.
    #[arg(long, value_name = "FILE", default_value = "hub.toml")]
    config: PathBuf,
    /// As a table, or for programs.
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    /// Connects to the connectors' targets too, and says goodbye without telling them anything of events.
    #[arg(long)]
    connect: bool,
    /// The folder of the backups: says how old the newest is.
    #[arg(long, value_name = "DIR")]
    backups: Option<PathBuf>,
}

/// How findings are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
}

/// Looks at everything and prints it.
///
/// # Errors
/// Where nothing can be printed.
pub(crate) async fn run(args: &CheckArgs) -> anyhow::Result<ExitCode> {
    let findings = look(args, &SystemClock).await;
    let text = match args.format {
        Format::Json => json(&findings)? + "\n",
        Format::Text => table(&findings),
    };
    std::io::stdout().write_all(text.as_bytes()).context("the findings cannot be printed")?;
    Ok(ExitCode::from(worst(&findings).exit_code()))
}

/// What is found. Nothing is changed.
pub(crate) async fn look(args: &CheckArgs, clock: &dyn Clock) -> Vec<Finding> {
    let now_unix_ms = clock.unix_ms();
    let mut findings = match HubConfig::read(&args.config) {
        Ok(config) => of_hub(&config, args, now_unix_ms).await,
        Err(error) => vec![refused(&error)],
    };
    findings.push(machine::clock(Timestamp::from_unix_millis(now_unix_ms)));
    findings.extend(args.backups.as_deref().map(|folder| backups::look(folder, now_unix_ms)));
    findings
}

async fn of_hub(config: &HubConfig, args: &CheckArgs, now_unix_ms: i64) -> Vec<Finding> {
    let mut findings = vec![Finding::ok("configuration", summary(config, args))];
    findings.extend(folder::look(&config.data_dir));
    let is_running = folder::is_taken(&config.data_dir);
    let (of_database, store) = database::look(&config.database).await;
    findings.extend(of_database);
    findings.extend(nats::look(config.nats.as_ref()).await);
    findings.extend(log::look(&config.data_dir));
    findings.extend(certificates::look(config, now_unix_ms));
    findings.extend(ports::look(config, is_running));
    let library = policies::read(config, store.as_ref()).await;
    findings.extend(policies::look(config, library.as_ref(), now_unix_ms));
    let asked = connectors::Asked { library: library.as_ref().map(|read| &read.library), now_unix_ms };
    findings.extend(connectors::look(config, store.as_ref(), &asked, args.connect).await);
    if let Some(store) = store {
        store.close().await;
    }
    findings
}

fn summary(config: &HubConfig, args: &CheckArgs) -> String {
    format!("{}: {}, events kept for {} days", args.config.display(), config.name(), config.retention_days)
}

/// Of hub.toml one thing is told at a time, as the hub does at its start.
fn refused(error: &ConfigError) -> Finding {
    let mut finding = Finding::of_error("configuration", Verdict::Error, error);
    if let (true, Some((found, expected))) = (finding.fix.is_empty(), finding.found.split_once(", expected "))
    {
        finding = Finding::error("configuration", found, format!("expected {expected}"));
    }
    finding
}

/// A moment's day, as people read it.
fn day(unix_secs: i64) -> String {
    jiff::Timestamp::from_second(unix_secs)
        .map_or_else(|_| unix_secs.to_string(), |moment| moment.strftime("%Y-%m-%d").to_string())
}
