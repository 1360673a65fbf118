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
    /// Ask the box that runs whether it is well, as its page `/healthz` says; for health checks. Exit code: 0 well, 1 not.
    Alive {
        #[command(flatten)]
        config: ConfigFile,
    },
    /// What the rule for objects refused and why, in bands, for tuning.
    Candidates {
        #[command(flatten)]
        config: ConfigFile,
        /// Of this camera alone.
        #[arg(long, value_name = "ID")]
        camera: Option<String>,
        /// Of the last so many days, today included.
        #[arg(long, value_name = "N", default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=400))]
        days: u32,
        /// Print JSON instead of a table.
        #[arg(long)]
        json: bool,
    },
    /// Whether rules that run in shadow may go live: a go / no-go report for each. Exit code: 0 go, 1 no-go.
    Commission {
        #[command(flatten)]
        config: ConfigFile,
        /// Of this camera alone.
        #[arg(long, value_name = "ID")]
        camera: Option<String>,
        /// Print JSON instead of a table.
        #[arg(long)]
        json: bool,
        /// Write commissioning.json and commissioning.html into this folder.
        #[arg(long, value_name = "DIR")]
        out: Option<PathBuf>,
    },
    /// Places where something stands for good, so that it is no abandoned object: audited, and ending by itself.
    Furniture {
        #[command(flatten)]
        config: ConfigFile,
        #[command(subcommand)]
        command: FurnitureCommand,
    },
    /// Stop the analysis of a camera or a zone at once, for a time: audited, and ending by itself. Without a camera: what is paused.
    ///
    /// Of a camera frames are dropped unopened meanwhile; a zone is painted over before anything looks at them. Coverage says
    /// `paused` in both cases. For somebody who objects (GDPR Art 21), or while a camera is moved. A restart of the box does not
    /// end it. After ten pauses of the same place within an hour the next needs the duty officer.
    ///   velum-edge pause entrance --zone terrace --minutes 30 --reason "somebody objects, at the town hall desk"
    #[command(verbatim_doc_comment)]
    Pause(PauseArguments),
    /// Let a paused camera or zone go on before its time is over.
    Resume(ResumeArguments),
    /// Zones and ground planes that the hub offered and that hold over the configuration; back to the configuration.
    ///
    /// What the hub offers lies beside the configuration, never in it. Changing the zones or the ground plane of a camera in
    /// the configuration ends what the hub offered for it, too; `takes_settings = false` in `[hub]` refuses all of it.
    Settings {
        #[command(flatten)]
        config: ConfigFile,
        #[command(subcommand)]
        command: SettingsCommand,
    },
    /// The models that find persons.
    Models {
        /// Look for models as this configuration says.
        #[arg(long, global = true, value_name = "FILE")]
        config: Option<PathBuf>,
        #[command(subcommand)]
        command: ModelsCommand,
    },
    /// What this box could tell, at most: the models that are here, what each puts out, and the kinds of events. For data
    /// protection officers: that it cannot tell people apart.
    Attest {
        /// Look for models as this configuration says.
        #[arg(long, value_name = "FILE")]
        config: Option<PathBuf>,
        /// Print JSON instead of text.
        #[arg(long)]
        json: bool,
    },
    /// Measure, on footage, what the real pipeline does: alerts and counts against the truth.
    Eval(EvalArguments),
    /// Fit a camera's ground plane, print what to write into the configuration, and draw it on a redacted still.
    Calibrate(CalibrateArguments),
    /// Get this box's certificate, with a one-use token that `velum-hub enroll BOX` printed.
    Enroll {
        /// The token. Other users of this machine can read it in the list of processes while it is used: rather say
        /// --token-file.
        #[arg(
            long,
            env = "VELUM_ENROLMENT_TOKEN",
            hide_env_values = true,
            required_unless_present = "token_file"
        )]
        token: Option<String>,
        /// A file with the token in its first line; `-` waits for it on standard input, where it can be pasted.
        #[arg(long, value_name = "FILE", conflicts_with = "token")]
        token_file: Option<PathBuf>,
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
    /// Only this density network, in every clip, in place of those of the suite; `none` for none.
    #[arg(long, value_name = "MODEL", conflicts_with_all = ["leak", "compare"])]
    pub(crate) density_model: Option<String>,
    /// Delete this share of the persons that are found before the rules see them, in every clip.
    #[arg(long, value_name = "SHARE", conflicts_with_all = ["leak", "compare"])]
    pub(crate) persons_deleted: Option<f32>,
    /// Look for models as this configuration says.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
}

/// What to pause.
#[derive(Debug, Args)]
pub(crate) struct PauseArguments {
    #[command(flatten)]
    pub(crate) config: ConfigFile,
    /// The camera.
    #[arg(requires = "reason")]
    pub(crate) camera: Option<String>,
    /// Only this zone of it, of the configuration or of the policy.
    #[arg(long, value_name = "ZONE", requires = "camera")]
    pub(crate) zone: Option<String>,
    /// For so long; the policy may set a limit (`rights.objection.max`), else 30.
    #[arg(long, value_name = "N", default_value_t = 30)]
    pub(crate) minutes: u32,
    /// Why, for the audit log. Name nobody of the public.
    #[arg(long, value_name = "TEXT", requires = "camera")]
    pub(crate) reason: Option<String>,
    /// Who asks, for the audit log; the system's user where nothing is written.
    #[arg(long, value_name = "NAME")]
    pub(crate) operator: Option<String>,
    /// The duty officer who allows it, after ten pauses within an hour; for the audit log.
    #[arg(long, value_name = "NAME", requires = "camera")]
    pub(crate) duty_officer: Option<String>,
}

/// What goes on.
#[derive(Debug, Args)]
pub(crate) struct ResumeArguments {
    #[command(flatten)]
    pub(crate) config: ConfigFile,
    /// The camera.
    pub(crate) camera: String,
    /// Only this zone of it, which was paused by itself.
    #[arg(long, value_name = "ZONE")]
    pub(crate) zone: Option<String>,
    /// Why, for the audit log.
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: String,
    /// Who asks.
    #[arg(long, value_name = "NAME")]
    pub(crate) operator: Option<String>,
}

/// What to do with furniture.
#[derive(Debug, Subcommand)]
pub(crate) enum FurnitureCommand {
    /// The object of an alert is furniture; or what stands at a place is.
    Add {
        /// The event that told of the object, as the hub shows it.
        #[arg(long, value_name = "EVENT")]
        event: Option<String>,
        /// Instead of an event: the camera.
        #[arg(long, value_name = "ID")]
        camera: Option<String>,
        /// Instead of an event: the zone.
        #[arg(long, value_name = "ID")]
        zone: Option<String>,
        /// Instead of an event: the place, in fractions of the picture.
        #[arg(long, value_name = "LEFT,TOP,RIGHT,BOTTOM")]
        rect: Option<String>,
        /// Why, for the audit log. Name nobody of the public.
        #[arg(long, value_name = "TEXT")]
        reason: String,
        /// Until then; what is still there is to be looked at again.
        #[arg(long, value_name = "N", default_value_t = 30)]
        days: u32,
        /// Who asks, for the audit log; the system's user where nothing is written.
        #[arg(long, value_name = "NAME")]
        operator: Option<String>,
    },
    /// What is in force.
    List {
        /// Print JSON instead of a table.
        #[arg(long)]
        json: bool,
    },
    /// Look at a place again.
    Remove {
        /// As `list` shows it.
        #[arg(long, value_name = "N")]
        number: u64,
        /// Why, for the audit log.
        #[arg(long, value_name = "TEXT")]
        reason: String,
        /// Who asks.
        #[arg(long, value_name = "NAME")]
        operator: Option<String>,
    },
}

/// What to do with settings of the hub.
#[derive(Debug, Subcommand)]
pub(crate) enum SettingsCommand {
    /// Which cameras run by settings of the hub, and what they are.
    List,
    /// Have a camera run by the configuration again, from the next start on; while the box is stopped.
    Remove {
        /// The camera.
        camera: String,
        /// Why, for the audit log.
        #[arg(long, value_name = "TEXT")]
        reason: String,
        /// Who asks; the system's user where nothing is written.
        #[arg(long, value_name = "NAME")]
        operator: Option<String>,
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
    #[arg(
        long = "config",
        global = true,
        value_name = "FILE",
        default_value = "edge.toml",
        env = "VELUM_EDGE_CONFIG"
    )]
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
        /// The file's sha256, from somebody whom you trust: needed where the catalogue knows none.
        #[arg(long, value_name = "HEX")]
        sha256: Option<String>,
        /// Where it is put.
        #[arg(long, value_name = "DIR", default_value = crate::detectors::CACHED_MODELS)]
        into: PathBuf,
    },
    /// Get a model from its upstream address, over https, through the proxy of HTTPS_PROXY where there is one.
    Fetch {
        /// For example `yolox-nano`.
        id: String,
        /// The file's sha256, from somebody whom you trust: needed where this program knows none.
        #[arg(long, value_name = "HEX")]
        sha256: Option<String>,
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

    #[test]
    fn the_configuration_may_stand_before_or_after_a_command() {
        let check = |words: &[&str]| {
            let parsed = Arguments::try_parse_from([&["velum-edge"], words].concat()).unwrap();
            let (Command::Settings { config, .. } | Command::Furniture { config, .. }) = parsed.command
            else {
                panic!("{words:?}")
            };
            assert_eq!(config.file, PathBuf::from("other.toml"), "{words:?}");
        };
        check(&["settings", "--config", "other.toml", "list"]);
        check(&["settings", "list", "--config", "other.toml"]);
        check(&["furniture", "list", "--config", "other.toml"]);
    }
}
