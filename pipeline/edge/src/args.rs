//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::logs::LogFormat;

/// The box beside the cameras: watches them, and sends metadata that the policy lets out. Never a picture, but a
/// redacted still of one alert where the policy allows it and an operator asks with a reason.
#[derive(Debug, Parser)]
#[command(version, about)]
pub(crate) struct Arguments {
    /// How log lines look.
    #[arg(long, global = true, value_enum, default_value = "text", env = "VELUM_LOG_FORMAT")]
    pub(crate) log_format: LogFormat,
    /// What is logged, for example `info,velum_decode=debug`.
    #[arg(long, global = true, env = "VELUM_LOG", value_name = "FILTER")]
    pub(crate) log: Option<String>,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Watch the cameras until a signal asks to stop.
    Run {
        #[command(flatten)]
        config: ConfigFile,
        /// Append every number to this file once it is durable (for tests that kill the box).
        #[arg(long, value_name = "FILE", hide = true)]
        produced_log: Option<PathBuf>,
    },
    /// Tell what is wrong with this box and how to mend it. Exit code: 0 nothing, 1 warnings, 2 errors.
    Check {
        #[command(flatten)]
        config: ConfigFile,
        /// Print JSON instead of a table.
        #[arg(long)]
        json: bool,
    },
    /// The models that find persons.
    Models {
        /// Look for models as this configuration says.
        #[arg(long, global = true, value_name = "FILE")]
        config: Option<PathBuf>,
        #[command(subcommand)]
        command: ModelsCommand,
    },
    /// Measure, on footage, what the real pipeline does: alerts and counts against the truth.
    Eval(EvalArguments),
    /// Get this box's certificate, with a one-use token that `velum-hub enroll BOX` printed.
    Enroll {
        /// The token.
        #[arg(long, env = "VELUM_ENROLMENT_TOKEN", hide_env_values = true)]
        token: String,
        /// Where key and certificate are put; `hub.identity_dir` of the configuration.
        #[arg(long, value_name = "DIR", default_value = "identity")]
        dir: PathBuf,
    },
}

/// What to measure, or which measurements to compare.
#[derive(Debug, Args)]
pub(crate) struct EvalArguments {
    /// What is measured; the built-in suite where none is named.
    #[arg(value_name = "SUITE.toml", conflicts_with_all = ["leak", "compare"])]
    pub(crate) suite: Option<PathBuf>,
    /// Measure who is not covered by the mask, per 1,000, instead: what this suite says, or the built-in one.
    #[arg(long, value_name = "SUITE.toml", num_args = 0..=1, conflicts_with = "compare")]
    pub(crate) leak: Option<Option<PathBuf>>,
    /// Say what the second report.json does better or worse than the first. Exit code: 1 where anything is worse.
    #[arg(long, value_name = "REPORT.json", num_args = 2)]
    pub(crate) compare: Option<Vec<PathBuf>>,
    /// A figure may get worse by this share of what it was, or of 1 where that is less.
    #[arg(long, default_value_t = 0.0, requires = "compare")]
    pub(crate) tolerance: f64,
    /// Write report.json and report.html (of --leak: leak.json and leak.html) into this folder.
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// Only the clips of this half.
    #[arg(long, value_name = "HALF", value_parser = ["tuning", "report"], conflicts_with_all = ["leak", "compare"])]
    pub(crate) half: Option<String>,
    /// Only the clips whose id contains this text.
    #[arg(long, value_name = "TEXT", conflicts_with_all = ["leak", "compare"])]
    pub(crate) only: Option<String>,
    /// Only this detector, in place of those of the suite.
    #[arg(long, value_name = "MODEL", conflicts_with_all = ["leak", "compare"])]
    pub(crate) detector: Option<String>,
    /// Delete this share of the persons that are found before the rules see them, in every clip.
    #[arg(long, value_name = "SHARE", conflicts_with_all = ["leak", "compare"])]
    pub(crate) persons_deleted: Option<f32>,
    /// Look for models as this configuration says.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
}

/// Where the configuration is.
#[derive(Debug, Args)]
pub(crate) struct ConfigFile {
    /// The configuration.
    #[arg(long = "config", value_name = "FILE", default_value = "edge.toml", env = "VELUM_EDGE_CONFIG")]
    pub(crate) file: PathBuf,
}

/// What to do with models.
#[derive(Debug, Subcommand)]
pub(crate) enum ModelsCommand {
    /// All that are known, and where they are.
    List,
    /// Compare a model's digest and run it once; all that are here where none is named.
    Verify {
        /// For example `yolox-nano`.
        id: Option<String>,
    },
    /// Check and repair a model file from elsewhere, and keep it.
    Import {
        /// The ONNX file.
        file: PathBuf,
        /// What the model is; needed where the file is not in the catalogue.
        #[arg(long, value_name = "TOML")]
        manifest: Option<PathBuf>,
        /// Where it is put.
        #[arg(long, value_name = "DIR", default_value = crate::detectors::CACHED_MODELS)]
        into: PathBuf,
    },
    /// Get a model from its upstream address.
    Fetch {
        /// For example `yolox-nano`.
        id: String,
        /// Where it is put.
        #[arg(long, value_name = "DIR", default_value = crate::detectors::CACHED_MODELS)]
        into: PathBuf,
    },
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }
}
