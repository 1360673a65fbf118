//! What is measured of the rules: clips, what truly happens in them, and how the camera is set.
//!
//! A suite is a TOML file, checked once; whoever has an [`EventSuite`] has one whose names and numbers hold
//! together. Whether the footage is there is found out when it is played.

mod check;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::truth::ObjectSpec;
use crate::EvalError;
use crate::reading;

/// In the place of a density network's name.
const NO_DENSITY_MODEL: &str = "none";

/// The suite that is measured where none is named.
const DEFAULT: &str = include_str!("../../events.toml");

/// Everything that one measurement needs to know.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EventSuite {
    /// What it is for, in a sentence.
    pub about: String,
    /// Where files are looked for, in this order: absolute, relative to the suite's own folder, or beginning
    /// with `$VELUM_SHARED`.
    pub folders: Vec<PathBuf>,
    /// Analysed frames a second.
    #[serde(default = "five")]
    pub fps: f32,
    /// Width of the analysed frames at most; narrower footage keeps its own.
    #[serde(default = "analysed_width")]
    pub width_px: u32,
    /// For so long a clip's beginning is shown back and forth before anything is measured. Without, the rules begin
    /// with the clip, as a box does that is just started.
    #[serde(default)]
    pub lead_in_secs: f32,
    /// The models that each clip is analysed with, one after the other.
    #[serde(default = "detectors")]
    pub detectors: Vec<String>,
    /// The density network that counts beside each of them; none where none is named.
    pub density_model: Option<String>,
    /// How the rules are set where a clip says nothing else.
    #[serde(default)]
    pub rules: Rules,
    /// Videos.
    pub clips: Vec<EventClip>,
}

/// How the rules are set; what is not written is as on a box.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rules {
    /// Seconds without anyone attending it before an object's alert.
    pub unattended_secs: Option<f64>,
    /// A person within this distance attends it, metres.
    pub attended_radius_m: Option<f64>,
    /// The owner beyond this distance has left it, metres.
    pub owner_radius_m: Option<f64>,
    /// With more persons in the picture than this, the rule for objects is not valid.
    pub valid_up_to_persons: Option<f64>,
    /// Whether the person who put an object down is followed back.
    pub back_tracing: Option<bool>,
}

/// Which half of the footage a clip belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Half {
    /// The rules may be tuned on it.
    Tuning,
    /// Only measured.
    Report,
}

/// Whether what happens was filmed or put together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum ClipKind {
    /// Filmed.
    #[default]
    Real,
    /// Objects were put into real footage.
    Composed,
}

/// One video.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EventClip {
    /// Its name in tables.
    pub id: String,
    /// The file, in one of the folders.
    pub file: PathBuf,
    /// Whether the rules were or may be tuned on it.
    pub half: Half,
    /// Filmed or composed: told apart.
    #[serde(default)]
    pub kind: ClipKind,
    /// What was tuned or trained on it.
    #[serde(default)]
    pub tuned: String,
    /// Only its first seconds are played.
    pub secs: Option<f32>,
    /// Other than the suite's.
    pub lead_in_secs: Option<f32>,
    /// Other than the suite's; what is not written here is as there.
    #[serde(default)]
    pub rules: Rules,
    /// Other than the suite's, the same as in `rules`.
    pub unattended_secs: Option<f64>,
    /// Other than the suite's; `none` for none.
    pub density_model: Option<String>,
    /// Where the rules look; the whole picture where there are none.
    #[serde(default)]
    pub zones: Vec<ZoneSpec>,
    /// The clip played on again under other conditions.
    pub again: Option<Again>,
    /// Words for breakdowns.
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
    /// A file with what is put down in it, see `TruthFile`.
    pub truth: Option<PathBuf>,
    /// What is put down in it, written here.
    #[serde(default)]
    pub objects: Vec<ObjectSpec>,
    /// Width and height of the picture in whose pixels the boxes of `objects` are.
    pub size_px: Option<(u32, u32)>,
    /// A file with the persons in it, as MOTChallenge writes them.
    pub persons_mot: Option<PathBuf>,
    /// A folder with the persons in it, as YOLO writes them, a file a frame, named for its number from 1.
    pub persons_yolo: Option<PathBuf>,
    /// A file with the persons in it as points: `frame,x,y` in pixels of the file's picture.
    pub persons_points: Option<PathBuf>,
    /// How many numbers of frames of that file are a second.
    pub persons_fps: Option<f32>,
    /// This share of the persons that the detector finds is deleted, at random, before the rules see them: how they
    /// fare with a poorer detector.
    #[serde(default)]
    pub persons_deleted_fraction: f32,
    /// Whether the camera is calibrated with the positions in metres of `persons_mot`.
    #[serde(default)]
    pub calibrated_by_mot: bool,
}

/// Where the rules look.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ZoneSpec {
    /// Its name.
    pub id: String,
    /// Its corners, as fractions of the picture.
    pub polygon: Vec<(f64, f64)>,
}

/// A clip without objects is played on again, with other light and noise: more time for false alarms, though not
/// independent time.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Again {
    /// So many times in all; the first as it is.
    pub loops: u32,
    /// The light rises and falls by at most this share, slowly.
    #[serde(default)]
    pub gain_fraction: f32,
    /// Standard deviation of the noise on each pixel's brightness, grey levels.
    #[serde(default)]
    pub noise_sigma: f32,
    /// What is drawn follows from this.
    #[serde(default)]
    pub seed: u64,
}

impl EventSuite {
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

    /// The density network that counts on this clip.
    pub(crate) fn density_model_of<'s>(&'s self, clip: &'s EventClip) -> Option<&'s str> {
        let named = clip.density_model.as_ref().or(self.density_model.as_ref());
        named.map(String::as_str).filter(|named| *named != NO_DENSITY_MODEL)
    }

    /// How the rules are set on this clip.
    pub(crate) fn rules_of(&self, clip: &EventClip) -> Rules {
        let (own, all) = (&clip.rules, &self.rules);
        Rules {
            unattended_secs: clip.unattended_secs.or(own.unattended_secs).or(all.unattended_secs),
            attended_radius_m: own.attended_radius_m.or(all.attended_radius_m),
            owner_radius_m: own.owner_radius_m.or(all.owner_radius_m),
            valid_up_to_persons: own.valid_up_to_persons.or(all.valid_up_to_persons),
            back_tracing: own.back_tracing.or(all.back_tracing),
        }
    }
}

fn five() -> f32 {
    5.0
}

fn analysed_width() -> u32 {
    1280
}

fn detectors() -> Vec<String> {
    ["yolox-nano", "velum-person-1"].map(str::to_owned).to_vec()
}

#[cfg(test)]
mod tests;
