//! What was measured of the rules. It holds boxes, times and counts, never a pixel.
//!
//! `report.json`, field by field, is this module; `format` changes when a reader of the old one would misread it.
//! All but `run` is the same whenever the same footage is measured with the same models and program.

mod page;
mod table;
mod timeline;
mod totals;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::matching::Verdict;
use super::suite::{ClipKind, Half};
use super::truth::ObjectKind;
use crate::EvalError;
use crate::statistics::Tally;

pub(crate) use totals::Part;
pub use totals::{Delays, Total};

/// The format of `report.json`.
pub(crate) const FORMAT: &str = "velum-eval-events-1";

/// A whole measurement.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EventReport {
    /// Which form of report this is; `velum-eval-events-1`.
    pub format: String,
    /// The suite's own words.
    pub about: String,
    /// Analysed frames a second.
    pub fps: f32,
    /// Width of the analysed frames at most.
    pub width_px: u32,
    /// The models and the sha256 of their files.
    pub models: BTreeMap<String, String>,
    /// Sums, by detector, kind and half.
    pub totals: Vec<Total>,
    /// Each clip with each detector.
    pub clips: Vec<ClipReport>,
    /// What of the suite was not here.
    pub absent: Vec<String>,
    /// When and how long; not part of the result.
    pub run: Run,
}

/// What differs from run to run.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Run {
    /// When, UTC.
    pub made_at: String,
    /// How long it took.
    pub secs: f64,
    /// Seconds of footage that were analysed in it, each detector for itself.
    pub analysed_secs: f64,
    /// Time of the processor, where the system tells it.
    pub cpu_secs: Option<f64>,
    /// Clips at a time.
    pub threads: usize,
}

/// What came of one clip with one detector.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClipReport {
    /// The clip's name.
    pub clip: String,
    /// The model.
    pub detector: String,
    /// The density network that counted beside it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub density_model: Option<String>,
    /// Filmed or composed.
    pub kind: ClipKind,
    /// Whether it may be tuned on.
    pub half: Half,
    /// What was tuned or trained on it.
    pub tuned: String,
    /// Words for breakdowns.
    pub tags: BTreeMap<String, String>,
    /// Width and height of the analysed frames.
    pub size_px: (u32, u32),
    /// How the rule for objects was set.
    pub unattended_secs: f64,
    /// The share of persons found that was deleted before the rules saw them.
    pub persons_deleted_fraction: f32,
    /// Seconds of footage.
    pub footage_secs: f64,
    /// Seconds that were played and measured, all loops together.
    pub played_secs: f64,
    /// Frames that were measured.
    pub frames: u64,
    /// Those of them in which nothing could be seen.
    pub unseeing_frames: u64,
    /// What is truly there.
    pub objects: Vec<ObjectReport>,
    /// What was said.
    pub alerts: Vec<AlertReport>,
    /// What was not said, and why: how often each test refused.
    pub suppressed: BTreeMap<String, u64>,
    /// Counts against truth, by zone.
    pub counts: Vec<CountReport>,
    /// The detector against boxes.
    pub detection: Option<DetectionReport>,
}

/// What became of a thing that is truly there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ObjectOutcome {
    /// It alerted once the definition was met.
    Found,
    /// It alerted before.
    Early,
    /// It did not alert.
    Missed,
    /// The definition was not met before it was gone or the clip ended, and it did not alert.
    NotDue,
    /// It may not alert, and did not.
    Quiet,
    /// It may not alert, and did.
    Alerted,
}

/// A thing that is truly there.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ObjectReport {
    /// Its name.
    pub id: String,
    /// What it is.
    pub kind: ObjectKind,
    /// A word for breakdowns.
    pub scenario: String,
    /// More of them.
    pub tags: BTreeMap<String, String>,
    /// Grey levels.
    pub contrast: Option<f64>,
    /// Of the local height of a person.
    pub height_fraction: Option<f64>,
    /// Left, top, width and height, analysed pixels.
    pub box_px: [f32; 4],
    /// When it begins.
    pub put_down_secs: f64,
    /// When the definition is met.
    pub due_secs: Option<f64>,
    /// When it is gone.
    pub gone_secs: Option<f64>,
    /// What became of it.
    pub outcome: ObjectOutcome,
    /// From the definition to the alert; below 0 where it was early.
    pub delay_secs: Option<f64>,
    /// Further alerts of the same thing.
    pub duplicates: u64,
}

/// One alert.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AlertReport {
    /// When it was raised, seconds from the clip's beginning.
    pub raised_secs: f64,
    /// When it was cleared.
    pub cleared_secs: Option<f64>,
    /// Since when the rule believes it to lie there.
    pub put_down_secs: f64,
    /// Left, top, width and height, analysed pixels.
    pub box_px: [f32; 4],
    /// 0 to 1.
    pub confidence: f32,
    /// Whether the rule believes itself.
    pub valid: bool,
    /// What it tells of; none where it was raised before the clip's beginning, in the lead-in.
    pub verdict: Option<Verdict>,
    /// The codes of its explanation.
    pub codes: Vec<String>,
    /// Its explanation as an operator reads it.
    pub because: String,
}

/// A zone's counts against the truth.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CountReport {
    /// The zone.
    pub zone: String,
    /// Frames of which the truth is known.
    pub frames: u64,
    /// Those of them with a count.
    pub counted: u64,
    /// Those of them whose count the rule does not believe.
    pub not_valid: u64,
    /// Persons a frame.
    pub mean_absolute_error: f64,
    /// Persons a frame; above 0 where too many are counted.
    pub bias: f64,
    /// Frames in which the truth lies inside the interval that was told.
    pub in_interval: Tally,
    /// True persons a frame.
    pub truth_mean: f64,
    /// Persons per square metre, where metres are known.
    pub density: Option<DensityReport>,
    /// For each frame: seconds, truth, count, and the lower and upper end of its interval.
    pub series: Vec<[f64; 5]>,
}

/// Persons per square metre against the truth.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DensityReport {
    /// The zone's area.
    pub area_m2: f64,
    /// True, on average.
    pub truth_mean: f64,
    /// Measured, on average.
    pub measured_mean: f64,
    /// The one over the other.
    pub measured_over_truth: Option<f64>,
    /// On average over frames with somebody in the zone, as a share of the truth.
    pub mean_absolute_error_fraction: f64,
}

/// The detector against boxes of persons, at an overlap of 0.5.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DetectionReport {
    /// Finds below this score were left out.
    pub score_min: f32,
    /// Persons that were found.
    pub recall: Tally,
    /// Finds that are persons.
    pub precision: Tally,
}

impl EventReport {
    /// The report as a table for a terminal.
    pub fn table(&self) -> String {
        table::table(self)
    }

    /// Writes `report.json` and `report.html` into this folder, which is made if need be; returns their paths.
    ///
    /// # Errors
    /// [`EvalError::Io`].
    pub fn write(&self, folder: &Path) -> Result<Vec<PathBuf>, EvalError> {
        std::fs::create_dir_all(folder).map_err(EvalError::io(folder))?;
        let (json, html) = (folder.join("report.json"), folder.join("report.html"));
        let text = serde_json::to_string(self)
            .map_err(|error| EvalError::Io { file: json.clone(), source: error.into() })?;
        std::fs::write(&json, text + "\n").map_err(EvalError::io(&json))?;
        std::fs::write(&html, page::page(self)).map_err(EvalError::io(&html))?;
        Ok(vec![json, html])
    }
}

impl ClipReport {
    /// Who counted: the detector, and the density network beside it.
    pub(crate) fn counted_by(&self) -> String {
        let beside = self.density_model.as_ref().map_or_else(String::new, |model| format!(" + {model}"));
        format!("{}{beside}", self.detector)
    }

    /// Alerts of nothing, and of what may not alert.
    pub fn false_alerts(&self) -> impl Iterator<Item = &AlertReport> {
        self.alerts.iter().filter(|alert| matches!(alert.verdict, Some(Verdict::False | Verdict::FalseOn(_))))
    }

    /// Its objects of one outcome.
    pub fn count(&self, outcome: ObjectOutcome) -> u64 {
        self.objects.iter().filter(|object| object.outcome == outcome).count() as u64
    }
}

/// The footage of a sum, in words.
pub(crate) fn footage_of(kind: ClipKind, half: Half) -> String {
    let kind = match kind {
        ClipKind::Real => "real",
        ClipKind::Composed => "composed",
    };
    format!("{kind}, {}", half_name(half))
}

fn half_name(half: Half) -> &'static str {
    match half {
        Half::Tuning => "tuning",
        Half::Report => "report",
    }
}

#[cfg(test)]
pub(crate) mod tests;
