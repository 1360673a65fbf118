//! The command line of data protection officers, operators and integrators.
//!
//! `pki` makes identities, `policy` checks and signs what boxes may do, `audit` reads what was done with data,
//! `events`, `statistics`, `stills` and `summary` ask the hub.
//! `words` has the sentences, `render` and `screen` show them, `json` is the other way out.

mod audit;
mod events;
mod hub;
mod json;
mod pki;
mod policy;
mod render;
mod screen;
mod statistics;
mod stills;
mod summary;
mod words;

use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Parser, Subcommand};

/// Privacy-preserving CCTV analytics: policies, identities, and what the boxes report.
#[derive(Debug, Parser)]
#[command(
    name = "velum",
    version,
    after_help = "\
Examples:
  velum pki init --dir pki --hub-name localhost    certificates for a new town
  velum policy lint policy.toml                    what is wrong with a policy, and how to mend it
  velum policy diff policy.toml proposed.toml      what a change means for people, and what it needs
  velum audit verify audit --key audit.pub         was what is logged altered, and who did what
  velum events tail --pki pki                      follow what the boxes report
  velum events list --pki pki --json --limit 0     everything the hub has stored
  velum summary --pki pki                          is anything missing?
  velum statistics --from 2026-11-01 --to 2026-12-01 --reason \"report 11\" --out november.csv"
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Pki(pki::PkiArgs),
    Policy(policy::PolicyArgs),
    Audit(audit::AuditArgs),
    Events(events::EventsArgs),
    Statistics(statistics::StatisticsArgs),
    Stills(stills::StillsArgs),
    Summary(summary::SummaryArgs),
}

/// As a program that SIGPIPE ends: whoever stopped reading has no answer, and a *no* must not become a *yes*.
const CUT_OFF: u8 = 141;

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return misread(&error),
    };
    match run(arguments.command) {
        Ok(code) => code,
        Err(error) if is_broken_pipe(&error) => ExitCode::from(CUT_OFF),
        Err(error) => {
            // Nobody is left to tell if this fails.
            let _told = screen::remark(&format!("velum: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

/// What cannot be read, or asks for help.
fn misread(error: &clap::Error) -> ExitCode {
    // Nobody is left to tell if this fails.
    let _told = error.print();
    let code = u8::try_from(error.exit_code()).unwrap_or(2);
    let arguments: Vec<_> = std::env::args_os().collect();
    ExitCode::from(audit::usage_code(&arguments).filter(|_| code != 0).unwrap_or(code))
}

fn run(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Pki(args) => pki::run(args)?,
        Command::Policy(args) => return policy::run(args),
        Command::Audit(args) => return audit::run(args),
        Command::Events(args) => runtime()?.block_on(events::run(args))?,
        Command::Statistics(args) => runtime()?.block_on(statistics::run(args))?,
        Command::Stills(args) => runtime()?.block_on(stills::run(args))?,
        Command::Summary(args) => runtime()?.block_on(summary::run(args))?,
    }
    Ok(ExitCode::SUCCESS)
}

pub(crate) fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("the asynchronous runtime cannot start")
}

/// `velum events list | head` is no error. A connection to a hub that breaks is one: that stands deeper in the chain, as
/// the cause of something that has words of its own.
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let broken = |error: &std::io::Error| error.kind() == std::io::ErrorKind::BrokenPipe;
    error.downcast_ref::<std::io::Error>().is_some_and(broken)
}
