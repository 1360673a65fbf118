//! What is measured: the footage, who is in it as far as anybody knows, and the plans to compare.
//!
//! A suite is a TOML file, checked once; whoever has a [`Suite`] has one whose names and numbers hold together.
//! Whether the footage is there is found out when it is played.

mod check;
mod files;

use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::EvalError;
use crate::coverage::Enough;
use crate::reading;
use crate::truth::Kind;

pub use files::Folders;

/// The suite that is measured where none is named.
const DEFAULT: &str = include_str!("../leak.toml");

/// Everything that one measurement needs to know.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Suite {
    /// What it is for, in a sentence.
    pub about: String,
    /// Where files are looked for, in this order: absolute, relative to the suite's own folder, or beginning
    /// with `$VELUM_SHARED`.
    pub folders: Vec<PathBuf>,
    /// Analysed frames a second.
    #[serde(default = "five")]
    pub fps: f32,
    /// Width of the analysed frames, pixels; narrower footage keeps its own.
    #[serde(default = "analysed_width")]
    pub width_px: u32,
    /// Width of the frames on which pseudo truth is looked for.
    #[serde(default = "truth_width")]
    pub truth_width_px: u32,
    /// For so long a clip's beginning is played back and forth before anything is measured.
    #[serde(default = "warm_up")]
    pub warm_up_secs: f32,
    /// When somebody counts as covered.
    #[serde(default)]
    pub covered: Definitions,
    /// What is compared.
    pub plans: Vec<PlanSpec>,
    /// Detectors that say where people are, where nobody else does.
    #[serde(default)]
    pub pseudo_truth: Vec<PseudoSpec>,
    /// Videos.
    #[serde(default)]
    pub clips: Vec<ClipSpec>,
    /// Single pictures.
    #[serde(default)]
    pub photographs: Vec<PhotographsSpec>,
}

/// Two definitions of covered, so that nobody needs to argue about one.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Definitions {
    /// Of the figures.
    pub strict: Enough,
    /// Told besides.
    pub lenient: Enough,
}

impl Default for Definitions {
    fn default() -> Self {
        Self { strict: Enough::STRICT, lenient: Enough::LENIENT }
    }
}

/// One way to plan a mask.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlanSpec {
    /// Its name in tables.
    pub id: String,
    /// The model that the analysis runs.
    pub detector: String,
    /// Models that look at every frame of a picture's window besides.
    #[serde(default)]
    pub finders: Vec<String>,
    /// Models that look at two by two enlarged parts of every frame of the window besides. That is no stage of the
    /// box: it is there to measure what it would buy.
    #[serde(default)]
    pub tiled_finders: Vec<String>,
    /// The model that looks at the finished picture.
    #[serde(default = "centerface")]
    pub verifier: String,
    /// Whether it is asked: that costs a look a picture.
    #[serde(default)]
    pub verified: bool,
    /// Frames for which something stays covered after it was seen.
    #[serde(default = "hold")]
    pub hold_frames: u32,
    /// Frames for which something is covered before it was first seen.
    #[serde(default = "lookahead")]
    pub lookahead_frames: u32,
    /// By how much boxes are grown on each side.
    #[serde(default = "margin")]
    pub margin: f32,
    /// From which score on detections are covered.
    #[serde(default = "score_min")]
    pub score_min: f32,
    /// From which score on the verifier's hit withholds.
    #[serde(default = "verify_score_min")]
    pub verify_score_min: f32,
    /// Whether unclassified motion is covered. Without, pictures are not withheld for want of a background
    /// either: it shows what the detectors alone do.
    #[serde(default = "yes")]
    pub moving_regions: bool,
    /// What this plan is there to show.
    #[serde(default)]
    pub about: String,
}

/// A detector whose hits count as truth.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PseudoSpec {
    /// Its name in tables.
    pub id: String,
    /// The model.
    pub model: String,
    /// What its hits are.
    pub kind: Kind,
    /// From which score on they count: the lowest at which most still are what they claim.
    pub score_min: f32,
    /// The picture is looked at in so many by so many tiles, once for each number.
    #[serde(default = "whole_picture")]
    pub grids: Vec<usize>,
}

/// One video.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClipSpec {
    /// Its name in tables.
    pub id: String,
    /// The file, in one of the folders.
    pub file: PathBuf,
    /// Only its first seconds are played.
    pub secs: Option<f32>,
    /// Every so many analysed frames are compared with the truth.
    #[serde(default = "one")]
    pub every: usize,
    /// A file with the persons in it, as MOTChallenge writes them.
    pub persons_mot: Option<PathBuf>,
    /// How many numbers of frames of that file are a second.
    pub mot_fps: Option<f32>,
    /// The pseudo truths that are looked for in it.
    #[serde(default)]
    pub pseudo: Vec<String>,
    /// What was tuned or trained on it.
    #[serde(default)]
    pub tuned: String,
}

/// Single pictures of one kind.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PhotographsSpec {
    /// Their name in tables.
    pub id: String,
    /// The folder with JPEG or PNG files, in one of the suite's folders.
    pub folder: PathBuf,
    /// Only files whose names begin so.
    #[serde(default)]
    pub begins_with: Vec<String>,
    /// Every so many of them, in the order of their names.
    #[serde(default = "one")]
    pub every: usize,
    /// Files with the faces in them, as dlib writes them; pictures that no file names are left out.
    #[serde(default)]
    pub faces_dlib: Vec<PathBuf>,
    /// A folder with the persons in them, as YOLO writes them.
    pub persons_yolo: Option<PathBuf>,
    /// A file with the persons in them, as MOTChallenge writes them; pictures are named for their number.
    pub persons_mot: Option<PathBuf>,
    /// The pseudo truths that are looked for in them.
    #[serde(default)]
    pub pseudo: Vec<String>,
    /// What was tuned or trained on them.
    #[serde(default)]
    pub tuned: String,
}

impl PlanSpec {
    /// The models that take part in the plan, each once.
    pub(crate) fn planners(&self) -> impl Iterator<Item = &String> {
        let all = [&self.detector].into_iter().chain(&self.finders).chain(&self.tiled_finders);
        all.collect::<std::collections::BTreeSet<_>>().into_iter()
    }
}

impl Suite {
    /// The suite that comes with the program.
    ///
    /// # Errors
    /// None, as long as its test passes.
    pub fn built_in() -> Result<Self, EvalError> {
        Self::parse(DEFAULT, Path::new("the built-in suite"))
    }

    /// Reads and checks a suite; `place` is said in errors.
    ///
    /// # Errors
    /// [`EvalError::Suite`] with the key, what was expected and found, and the fix.
    pub fn parse(text: &str, place: &Path) -> Result<Self, EvalError> {
        reading::parse(text, place, check::check)
    }
}

fn five() -> f32 {
    5.0
}

fn analysed_width() -> u32 {
    1280
}

fn truth_width() -> u32 {
    1920
}

fn warm_up() -> f32 {
    8.0
}

fn centerface() -> String {
    "centerface".to_owned()
}

fn hold() -> u32 {
    12
}

fn lookahead() -> u32 {
    6
}

fn margin() -> f32 {
    0.2
}

fn score_min() -> f32 {
    0.1
}

fn verify_score_min() -> f32 {
    velum_redaction::VERIFY_SCORE_MIN
}

fn yes() -> bool {
    true
}

fn one() -> usize {
    1
}

fn whole_picture() -> Vec<usize> {
    vec![1]
}

#[cfg(test)]
mod tests;
