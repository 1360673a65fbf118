//! Structured logs on standard error. What is logged here leaves the box by a way that no policy judges: no
//! pixels, no coordinates or counts of people, no credentials.

use std::io::IsTerminal;

use anyhow::anyhow;
use clap::ValueEnum;
use tracing::Level;
use tracing_subscriber::EnvFilter;

/// How a log line looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line, for a collector.
    Json,
}

/// Quiet where libraries are loud: ONNX Runtime alone warns some 60 times at the load of a model.
const LOUD: &str = "ort=error,h2=warn,hyper=warn,sled=warn";

/// Starts logging; `filter` is written as in `RUST_LOG`, `level` holds where there is none.
///
/// # Errors
/// Where the filter cannot be read, or logging was started before.
pub(crate) fn start(format: LogFormat, level: Level, filter: Option<&str>) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(filter.map_or_else(|| format!("{level},{LOUD}"), str::to_owned))?;
    let colours = std::io::stderr().is_terminal();
    let lines =
        tracing_subscriber::fmt().with_env_filter(filter).with_ansi(colours).with_writer(std::io::stderr);
    match format {
        LogFormat::Text => lines.with_target(false).try_init(),
        LogFormat::Json => lines.json().flatten_event(true).try_init(),
    }
    .map_err(|error| anyhow!("logging could not be started: {error}"))?;
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map_or_else(String::new, ToString::to_string);
        tracing::error!(place, "a thread failed unexpectedly; it will be started again");
    }));
    Ok(())
}
