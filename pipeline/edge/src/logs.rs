//! Structured logs on standard error. What is logged here leaves the box by a way that no policy judges: no
//! pixels, no coordinates or counts of people, no credentials.

use anyhow::anyhow;
use clap::ValueEnum;
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
const DEFAULT_FILTER: &str = "info,ort=error,h2=warn,hyper=warn,sled=warn";

/// Starts logging; `filter` is written as in `RUST_LOG`.
///
/// # Errors
/// Where the filter cannot be read, or logging was started before.
pub(crate) fn start(format: LogFormat, filter: Option<&str>) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(filter.unwrap_or(DEFAULT_FILTER))?;
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
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
