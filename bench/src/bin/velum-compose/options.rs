//! What the composer is asked to do.

use std::path::PathBuf;

use clap::Parser;

use crate::spec::Half;

const AFTER_HELP: &str = "\
EXAMPLES
  Everything that the built-in spec (bench/compose.toml) asks for and whose footage is there:
    velum-compose --out target/composed
  What that would be:
    velum-compose --list
  One clip, and the pictures of three moments of it:
    velum-compose --out target/look --only vtest-owner-leaves-1 --picture 18 --picture 25 --picture 40
  Then measure:
    velum-edge eval target/composed/suite.toml

Footage is looked for in the folders that the spec names; `$VELUM_SHARED` in it is ../shared where it is not set.
Scenes whose footage is missing are left out, and named. The same spec and seed give the same truth and pictures.
Composed clips are no real footage: report what is measured on them apart.";

/// Puts bags and people at known times into real footage of static cameras, and writes what happened as truth.
#[derive(Debug, Parser)]
#[command(name = "velum-compose", version, after_help = AFTER_HELP)]
pub(crate) struct Options {
    /// What to compose; the built-in one where none is named.
    #[arg(value_name = "SUITE-SPEC.toml")]
    pub(crate) spec: Option<PathBuf>,

    /// Where clips, truth files and suite.toml go.
    #[arg(long, value_name = "DIR", required_unless_present = "list")]
    pub(crate) out: Option<PathBuf>,

    /// Only scenes of this half.
    #[arg(long, value_enum)]
    pub(crate) half: Option<Half>,

    /// Only clips whose name begins so. May be given often.
    #[arg(long, value_name = "ID")]
    pub(crate) only: Vec<String>,

    /// Say what would be made, and make nothing.
    #[arg(long)]
    pub(crate) list: bool,

    /// Instead of a video, PNG pictures of these moments of each clip, seconds. May be given often.
    #[arg(long = "picture", value_name = "SECS")]
    pub(crate) pictures: Vec<f64>,

    /// How many clips are made at once.
    #[arg(long, value_name = "NUMBER", default_value_t = 2)]
    pub(crate) threads: usize,
}

impl Options {
    /// Whether a clip is asked for.
    pub(crate) fn wants(&self, id: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|only| id.starts_with(only.as_str()))
    }
}
