//! Heads: from a model's answer to boxes on the tensor it was given, or to a map of persons.
//!
//! Invariant: what a head puts out is made of finite numbers, and an answer of another shape is an error, never an
//! empty frame.

use velum_vocab::ObjectClass;

use crate::manifest::{ClassEntry, HeadKind, Manifest};
use crate::onnx::{Dim, TensorInfo};

mod centerface;
pub(crate) mod density;
mod detr;
mod yolov8;
mod yolox;
mod yunet;

/// One output for one frame of a batch.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Answer<'a> {
    /// Sides, without the batch.
    pub(crate) dims: &'a [i64],
    pub(crate) values: &'a [f32],
}

/// A box on the tensor, pixels, before suppression. Edges are finite.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Candidate {
    pub(crate) class: ObjectClass,
    pub(crate) score: f32,
    pub(crate) left_px: f32,
    pub(crate) top_px: f32,
    pub(crate) right_px: f32,
    pub(crate) bottom_px: f32,
}

impl Candidate {
    /// `None` where the box is not made of finite numbers.
    fn centred(class: ObjectClass, score: f32, centre_px: (f32, f32), size_px: (f32, f32)) -> Option<Self> {
        let (half_width, half_height) = (size_px.0 / 2.0, size_px.1 / 2.0);
        let candidate = Self {
            class,
            score,
            left_px: centre_px.0 - half_width,
            top_px: centre_px.1 - half_height,
            right_px: centre_px.0 + half_width,
            bottom_px: centre_px.1 + half_height,
        };
        let finite = [candidate.left_px, candidate.top_px, candidate.right_px, candidate.bottom_px]
            .iter()
            .all(|edge| edge.is_finite());
        finite.then_some(candidate)
    }
}

/// Sides of the tensor that a model is given, pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct InputSize {
    pub(crate) width_px: u32,
    pub(crate) height_px: u32,
}

/// Whether these are the outputs that the manifest's head reads, in its order; the text says what was expected and
/// what was found.
pub(crate) fn judge_outputs(outputs: &[&TensorInfo], manifest: &Manifest) -> Result<(), String> {
    let (size, count) = (manifest_size(manifest), manifest.class_count);
    match manifest.head {
        HeadKind::Yolox => yolox::judge_outputs(outputs, count, size),
        HeadKind::Yolov8 => yolov8::judge_outputs(outputs, count),
        HeadKind::Detr => detr::judge_outputs(outputs, manifest),
        HeadKind::Centerface => centerface::judge_outputs(outputs),
        HeadKind::Yunet => yunet::judge_outputs(outputs, size),
        HeadKind::Density => density::judge_outputs(outputs, manifest),
    }
}

/// The graph's outputs in the order in which the head reads them.
///
/// # Errors
/// The text says which of the manifest's outputs is not there, or which of the graph's nobody reads.
pub(crate) fn in_order<'g>(
    outputs: &'g [TensorInfo],
    manifest: &Manifest,
) -> Result<Vec<&'g TensorInfo>, String> {
    if manifest.outputs.is_empty() {
        return Ok(outputs.iter().collect());
    }
    if let Some(unread) = outputs.iter().find(|output| !manifest.outputs.contains(&output.name)) {
        let name = &unread.name;
        return Err(format!(
            "output `{name}` is not one of the manifest's outputs ({}); cut it off: repairs.drop_outputs = [\"{name}\"]",
            manifest.outputs.join(", ")
        ));
    }
    let by_name = |name: &String| {
        outputs.iter().find(|output| output.name == *name).ok_or_else(|| {
            let found: Vec<&str> = outputs.iter().map(|output| output.name.as_str()).collect();
            format!("outputs: `{name}` is not there; the model has {}", found.join(", "))
        })
    };
    manifest.outputs.iter().map(by_name).collect()
}

/// Whether an output may be a single column of numbers, because the head reads one score a cell of it. Anything else
/// of that shape is taken for a vector that describes somebody.
pub(crate) fn is_score_column(output: &TensorInfo, manifest: &Manifest) -> bool {
    manifest.head == HeadKind::Yunet && yunet::is_score_column(output, manifest_size(manifest))
}

/// How a session's answer for one frame is read.
pub(crate) trait ReadAnswer: 'static {
    /// What it is read as.
    type Found: Send + 'static;

    /// # Errors
    /// The text says what of the answer was unexpected: another shape, or numbers that are not finite.
    fn read(manifest: &Manifest, size: InputSize, answers: &[Answer<'_>]) -> Result<Self::Found, String>;
}

/// An answer that is boxes: those with at least their class's score.
pub(crate) struct Boxes;

impl ReadAnswer for Boxes {
    type Found = Vec<Candidate>;

    fn read(manifest: &Manifest, size: InputSize, answers: &[Answer<'_>]) -> Result<Vec<Candidate>, String> {
        match manifest.head {
            HeadKind::Yolox => yolox::decode(manifest, size, answers),
            HeadKind::Yolov8 => yolov8::decode(manifest, answers),
            HeadKind::Detr => detr::decode(manifest, size, answers),
            HeadKind::Centerface => centerface::decode(manifest, size, answers),
            HeadKind::Yunet => yunet::decode(manifest, size, answers),
            HeadKind::Density => Err("it is a map of persons and holds no boxes".to_owned()),
        }
    }
}

/// An answer that is a map of persons.
pub(crate) struct PersonMap;

impl ReadAnswer for PersonMap {
    type Found = density::Map;

    fn read(manifest: &Manifest, size: InputSize, answers: &[Answer<'_>]) -> Result<density::Map, String> {
        density::read(manifest, size, answers)
    }
}

pub(crate) fn manifest_size(manifest: &Manifest) -> InputSize {
    InputSize { width_px: manifest.input.width_px, height_px: manifest.input.height_px }
}

/// Whether a tensor has these sides, where the file says them; `None` takes any.
fn has_dims(output: &TensorInfo, expected: &[Option<u64>]) -> bool {
    output.dims.as_deref().is_some_and(|dims| {
        dims.len() == expected.len()
            && dims.iter().zip(expected).all(|pair| match pair {
                (Dim::Fixed(found), Some(wanted)) => found == wanted,
                _ => true,
            })
    })
}

/// A side of a box from its logarithm in strides; no number where that is none, and never endless: `exp` of
/// more than 10 is wider than any tensor.
fn side_px(log_strides: f32, stride_px: f32) -> f32 {
    if log_strides.is_finite() { log_strides.min(10.0).exp() * stride_px } else { f32::NAN }
}

fn of_count<'o, 'g, const N: usize>(
    outputs: &'o [&'g TensorInfo],
    head: &str,
) -> Result<&'o [&'g TensorInfo; N], String> {
    let plural = if N == 1 { "" } else { "s" };
    outputs.try_into().map_err(|_| {
        let found: Vec<&str> = outputs.iter().map(|output| output.name.as_str()).collect();
        format!(
            "the {head} head needs exactly {N} output{plural}, found {} ({}); cut others off: repairs.drop_outputs",
            outputs.len(),
            found.join(", ")
        )
    })
}

/// An output that is not of the shape that the head reads.
fn unexpected(output: &TensorInfo, head: &str, expected: &str) -> String {
    let found = output.dims.as_ref().map_or_else(
        || "of no shape that the file says".to_owned(),
        |dims| {
            let sides: Vec<String> = dims
                .iter()
                .map(|dim| match dim {
                    Dim::Fixed(side) => side.to_string(),
                    Dim::Symbolic => "any".to_owned(),
                })
                .collect();
            format!("[{}]", sides.join(", "))
        },
    );
    format!("output `{}` is {found}, and the {head} head reads {expected}", output.name)
}

/// The classes that a box stands for. What redaction covers, people and vehicles, is reported whenever its own score
/// suffices; anything else only where no other class of the model, used or not, scores higher, so that one bag is
/// not three. `confidence` is multiplied with each class score: an objectness, or 1.
fn believed(
    classes: &[ClassEntry],
    confidence: f32,
    scores: &[f32],
) -> Result<impl Iterator<Item = (ObjectClass, f32)>, String> {
    if scores.iter().any(|score| !score.is_finite()) {
        return Err("a class score is not a finite number".to_owned());
    }
    let best = scores.iter().copied().fold(0.0, f32::max);
    Ok(classes.iter().filter_map(move |entry| {
        let own = scores.get(entry.index).copied()?;
        let score = (confidence * own).clamp(0.0, 1.0);
        let counts = is_covered(entry.class) || own >= best;
        entry.told_score(score).filter(|_| counts).map(|told| (entry.class, told))
    }))
}

fn is_covered(class: ObjectClass) -> bool {
    matches!(class, ObjectClass::Person | ObjectClass::Head | ObjectClass::Face | ObjectClass::Vehicle)
}

/// The least score of the model that any class keeps.
fn lowest_score(classes: &[ClassEntry]) -> f32 {
    classes.iter().map(|entry| entry.score_min).fold(1.0, f32::min)
}

/// Cells of the grid at a stride, and stride, column and line of each, row by row.
fn grid(size: InputSize, stride_px: u32) -> impl Iterator<Item = (f32, f32, f32)> {
    let (columns, lines) = (size.width_px / stride_px, size.height_px / stride_px);
    (0..lines)
        .flat_map(move |line| (0..columns).map(move |column| (stride_px as f32, column as f32, line as f32)))
}

fn cells_at(size: InputSize, stride_px: u32) -> usize {
    (size.width_px / stride_px) as usize * (size.height_px / stride_px) as usize
}

const NOT_FINITE_BOX: &str = "a box is not made of finite numbers";

#[cfg(test)]
mod tests;
