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
    /// Measure, on footage, what the real pipeline does.
    Eval {
        /// Who is not covered by the mask, per 1,000: what this suite says, or the built-in one.
        #[arg(long, required = true, value_name = "SUITE.toml", num_args = 0..=1)]
        leak: Option<PathBuf>,
        /// Write leak.json and leak.html into this folder.
        #[arg(long, value_name = "DIR")]
        out: Option<PathBuf>,
        /// Look for models as this configuration says.
        #[arg(long, value_name = "FILE")]
        config: Option<PathBuf>,
    },
    /// Fit a camera's ground plane, print what to write into the configuration, and draw it on a redacted still.
    Calibrate(CalibrateArguments),
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

/// How a camera is calibrated.
#[derive(Debug, Args)]
pub(crate) struct CalibrateArguments {
    #[command(flatten)]
    pub(crate) config: ConfigFile,
    /// Which camera of the configuration.
    #[arg(long, value_name = "ID")]
    pub(crate) camera: String,
    /// Fit these measured points: a file with `ground_plane = [{ picture = [..], ground_m = [..] }, ...]`.
    #[arg(
        long,
        value_name = "FILE",
        conflicts_with = "from_heights",
        required_unless_present = "from_heights"
    )]
    pub(crate) points: Option<PathBuf>,
    /// Fit the heights of the people that the camera sees in so many seconds.
    #[arg(long, value_name = "SECS")]
    pub(crate) from_heights: Option<f64>,
    /// How much the camera sees from left to right; with --from-heights.
    #[arg(long, value_name = "DEGREES", default_value_t = 60.0)]
    pub(crate) field_of_view_degrees: f64,
    /// The page and the lines for the configuration are written into this folder.
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
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
