//! `velum-edge`, the box beside the cameras. It assembles the stages, one camera apart from the other, and can
//! look into no frame: what leaves goes through the gate into the outbox.
//!
//! In reading order: `harden` before anything else; `args` and `config` say what to do; `supervise` opens what
//! is `shared` and starts each `camera`; `stills` are redacted pictures of alerts, and `audit` what is done with them; `attest` tells each minute which rules ran;
//! `overlay` is what the hub offered over the configuration, and `fleet` answers it for the box;
//! `trial` begins and ends what the policy lets be tried; `upkeep` minds the `policy` file;
//! `local` keeps what is of use on the box alone; `candidates` and `commission` show it, `furniture` adds to it; `uplink`
//! sends; `check`, `models`, `eval`, `calibrate` and `enrol` are for whoever sets the box up.

mod abilities;
mod args;
mod asked;
mod attest;
mod audit;
mod calibrate;
mod camera;
mod candidates;
mod check;
mod commission;
mod config;
mod deliveries;
mod density_models;
mod detectors;
mod enrol;
mod eval;
mod exercise;
mod fleet;
mod furniture;
mod harden;
mod health;
mod ledger;
mod local;
mod logs;
mod metrics;
mod models;
mod overlay;
mod pause;
mod policy;
mod shared;
mod shutdown;
mod stills;
mod supervise;
#[cfg(test)]
mod testing;
mod trial;
mod upkeep;
mod uplink;

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use clap::Parser;
use tracing::Level;
use velum_vocab::{Clock, SystemClock};

use args::{Arguments, Command};
use config::ModelSettings;

/// For all of the process, libraries in C as well. glibc's keeps what threads have freed of frames and tensors in several heaps,
/// and boxes grew by megabytes an hour (docs/reliability.md).
#[global_allocator]
static HEAP: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    match run() {
        Ok(code) => code,
        Err(error) => {
            // There may be no log yet, and a person may wait at the terminal.
            let _ = writeln!(std::io::stderr(), "velum-edge: {error:#}");
            ExitCode::from(2)
        }
    }
}

fn run() -> anyhow::Result<ExitCode> {
    harden::harden()?;
    let arguments = Arguments::parse();
    let level = match arguments.command {
        Command::Run { .. } => Level::INFO,
        // What these have to say, they print.
        _ => Level::WARN,
    };
    logs::start(arguments.log_format, level, arguments.log.as_deref())?;
    match arguments.command {
        Command::Run { config, produced_log } => {
            supervise::run(&config::load_what_works(&config.file)?, produced_log)?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Check { config, json } => check::run(&config.file, json),
        Command::Alive { config } => {
            let address = config::load_what_works(&config.file)?.settings.metrics_listen;
            match velum_policy::check::alive(address) {
                Ok(()) => print("ok\n"),
                Err(reason) => print(&format!("{reason}\n")).map(|_said| ExitCode::FAILURE),
            }
        }
        Command::Candidates { config, camera, days, json } => {
            let settings = overlay::load(&config.file)?.settings;
            print(&candidates::run(&settings, camera.as_deref(), days, json, SystemClock.now())?)
        }
        Command::Commission { config, camera, json, out } => {
            let settings = overlay::load(&config.file)?.settings;
            let now = SystemClock.now();
            let (text, code) = commission::run(&settings, camera.as_deref(), json, out.as_deref(), now)?;
            print(&text)?;
            Ok(code)
        }
        Command::Furniture { config, command } => {
            print(&furniture::run(&overlay::load(&config.file)?.settings, command)?)
        }
        Command::Pause(wanted) => {
            print(&pause::pause(&overlay::load(&wanted.config.file)?.settings, wanted)?)
        }
        Command::Resume(wanted) => {
            print(&pause::resume(&overlay::load(&wanted.config.file)?.settings, wanted)?)
        }
        Command::Settings { config, command } => {
            print(&overlay::run(&config::load_what_works(&config.file)?.settings, command)?)
        }
        Command::Models { config, command } => {
            print(&models::run(command, &model_settings(config.as_deref())?)?)
        }
        Command::Attest { config, json } => {
            print(&abilities::run(&model_settings(config.as_deref())?, json)?)
        }
        Command::Eval(arguments) => {
            let settings = model_settings(arguments.config.as_deref())?;
            let told = eval::run(&arguments, &settings)?;
            print(&told.text)?;
            Ok(if told.worse { ExitCode::from(1) } else { ExitCode::SUCCESS })
        }
        Command::Calibrate(wanted) => print(&calibrate::run(&wanted)?),
        Command::Enroll { token, token_file, dir } => {
            print(&enrol::run(&enrol::token(token, token_file)?, &dir)?)
        }
    }
}

fn model_settings(config: Option<&Path>) -> anyhow::Result<ModelSettings> {
    Ok(config.map(config::load_models).transpose()?.unwrap_or_default())
}

fn print(text: &str) -> anyhow::Result<ExitCode> {
    std::io::stdout().write_all(text.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}
