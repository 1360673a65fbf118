//! What was measured, to be told as a table, as JSON and as a page. It holds boxes and counts, never a pixel.

mod page;
pub(crate) mod plot;
mod scene;
pub(crate) mod table;
mod totals;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::EvalError;
use crate::coverage::{Enough, HEAD_HEIGHT_FRACTION, HEAD_WIDTH_FRACTION};
use crate::outcome::Outcome;
use crate::suite::{PlanSpec, PseudoSpec};
use crate::truth::Kind;

/// A whole measurement.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// The suite's own words.
    pub about: String,
    /// When, UTC.
    pub made_at: String,
    /// How long it took.
    pub secs: f64,
    /// Analysed frames a second.
    pub fps: f32,
    /// Width of the analysed frames at most.
    pub width_px: u32,
    /// How long clips were played back and forth before their beginning.
    pub warm_up_secs: f32,
    /// When somebody counts as covered.
    pub strict: Enough,
    /// When, leniently.
    pub lenient: Enough,
    /// What was compared.
    pub plans: Vec<PlanInfo>,
    /// Who said where people are.
    pub truths: Vec<TruthInfo>,
    /// The models and the sha256 of their files.
    pub models: BTreeMap<String, String>,
    /// Each clip and set of photographs.
    pub footage: Vec<Footage>,
    /// What of the suite was not here.
    pub absent: Vec<String>,
}

/// One plan, in words.
#[derive(Debug, Clone, Serialize)]
pub struct PlanInfo {
    /// Its name.
    pub id: String,
    /// What it is there to show.
    pub about: String,
    /// Whether its finished pictures were verified.
    pub verified: bool,
    /// Its models, the verifier left out.
    pub planned_by: Vec<String>,
    /// Who looked at the finished pictures.
    pub verifier: String,
    /// Everything else, in a line.
    pub settings: String,
}

impl PlanInfo {
    pub(crate) fn of(spec: &PlanSpec) -> Self {
        let motion = if spec.moving_regions { "motion covered" } else { "motion not covered" };
        let tiles = match spec.tiled_finders.as_slice() {
            [] => String::new(),
            tiled => format!(", {} on 2x2 tiles too", tiled.join(", ")),
        };
        Self {
            id: spec.id.clone(),
            about: spec.about.clone(),
            verified: spec.verified,
            planned_by: spec.planners().cloned().collect(),
            verifier: spec.verifier.clone(),
            settings: format!(
                "hold {} and look-ahead {} frames, margin {}, scores from {}, {motion}{tiles}",
                spec.hold_frames, spec.lookahead_frames, spec.margin, spec.score_min
            ),
        }
    }
}

/// One source of truth, in words.
#[derive(Debug, Clone, Serialize)]
pub struct TruthInfo {
    /// Its name.
    pub id: String,
    /// What it says where.
    pub kind: Kind,
    /// The model, of a pseudo truth; none where people annotated.
    pub model: Option<String>,
    /// How it was asked.
    pub settings: String,
}

impl TruthInfo {
    pub(crate) fn by_hand(name: &str, kind: Kind) -> Self {
        Self { id: name.to_owned(), kind, model: None, settings: "boxes drawn by people".to_owned() }
    }

    pub(crate) fn of(spec: &PseudoSpec) -> Self {
        let grids: Vec<_> = spec.grids.iter().map(|grid| format!("{grid}x{grid}")).collect();
        Self {
            id: spec.id.clone(),
            kind: spec.kind,
            model: Some(spec.model.clone()),
            settings: format!("{} tiles, scores from {}", grids.join(" and "), spec.score_min),
        }
    }

    /// Whether the same model took part in this plan: then it misses whom the plan misses.
    pub fn took_part_in(&self, plan: &PlanInfo) -> bool {
        self.model.as_ref().is_some_and(|model| plan.planned_by.contains(model))
    }
}

/// Video, or single pictures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FootageKind {
    /// Video.
    Clip,
    /// Single pictures.
    Photographs,
}

/// One clip or set of photographs.
#[derive(Debug, Clone, Serialize)]
pub struct Footage {
    /// Its name.
    pub id: String,
    /// Video, or single pictures.
    pub kind: FootageKind,
    /// What was tuned or trained on it.
    pub tuned: String,
    /// Width and height of the analysed frames of a clip.
    pub size_px: Option<(u32, u32)>,
    /// Pictures that were asked for.
    pub pictures: u64,
    /// How long it took.
    pub secs: f64,
    /// What each plan did.
    pub outcomes: Vec<PlanOutcome>,
}

/// What one plan did on one piece of footage.
#[derive(Debug, Clone, Serialize)]
pub struct PlanOutcome {
    /// The plan's name.
    pub plan: String,
    /// In all pictures that it planned.
    pub planned: Outcome,
    /// In those that its verifier let pass.
    pub released: Option<Outcome>,
}

impl Report {
    /// The report as a table for a terminal.
    pub fn table(&self) -> String {
        table::table(self)
    }

    /// Writes `leak.json` and `leak.html` into this folder, which is made if need be; returns their paths.
    ///
    /// # Errors
    /// [`EvalError::Io`].
    pub fn write(&self, folder: &Path) -> Result<Vec<PathBuf>, EvalError> {
        std::fs::create_dir_all(folder).map_err(EvalError::io(folder))?;
        let (json, html) = (folder.join("leak.json"), folder.join("leak.html"));
        let text = serde_json::to_string_pretty(self)
            .map_err(|error| EvalError::Io { file: json.clone(), source: error.into() })?;
        std::fs::write(&json, text).map_err(EvalError::io(&json))?;
        std::fs::write(&html, page::page(self)).map_err(EvalError::io(&html))?;
        Ok(vec![json, html])
    }

    /// The definition of covered, in a sentence.
    fn definition(&self) -> String {
        let percent = |share: f64| format!("{:.0} %", share * 100.0);
        let of = |enough: &Enough| {
            format!(
                "{} of a face, or {} of a person's head and {} of the whole person",
                percent(enough.face),
                percent(enough.head),
                percent(enough.person)
            )
        };
        format!(
            "Covered, strictly: {} lie under the mask; leniently: {}. A person's head is taken to be the upper {} of \
             the box, in the middle {} of its width. Bare: less than 10 % of the box is covered.",
            of(&self.strict),
            of(&self.lenient),
            percent(f64::from(HEAD_HEIGHT_FRACTION)),
            percent(f64::from(HEAD_WIDTH_FRACTION))
        )
    }
}

#[cfg(test)]
mod tests;
