//! Structured logs on standard error. What is logged here leaves the box by a way that no policy judges: no
//! pixels, no coordinates or counts of people, no credentials.
//!
//! What remains: lines say to the second when something was released or withheld, which is finer than policies let
//! events tell; and whoever collects lines (journald, a container's runtime) adds times of its own, to the
//! microsecond. The log belongs to the box alone.

use std::io::IsTerminal;

use anyhow::anyhow;
use clap::ValueEnum;
use tracing::Level;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::{FormatTime, SystemTime};

/// How a log line looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line, for a collector.
    Json,
}

/// The time of a line, no finer than whole seconds: the gate logs each decision when it is made, and policies let
/// times out only as coarsely as they say. The order of lines stays.
struct WholeSeconds;

impl FormatTime for WholeSeconds {
    fn format_time(&self, line: &mut Writer<'_>) -> std::fmt::Result {
        let mut exact = String::new();
        SystemTime.format_time(&mut Writer::new(&mut exact))?;
        let (whole, _) = exact.split_once('.').unwrap_or((exact.trim_end_matches('Z'), ""));
        write!(line, "{whole}Z")
    }
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
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_timer(WholeSeconds)
        .with_ansi(colours)
        .with_writer(std::io::stderr);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_no_more_than_the_second() {
        let mut line = String::new();
        WholeSeconds.format_time(&mut Writer::new(&mut line)).unwrap();
        assert_eq!(line.len(), "2026-11-21T00:00:00Z".len(), "{line}");
        assert!(line.ends_with('Z') && !line.contains('.'), "{line}");
    }
}
