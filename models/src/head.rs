//! Heads: from a model's answer to boxes on the tensor it was given.

use velum_vocab::ObjectClass;

use crate::manifest::{HeadKind, Manifest};
use crate::onnx::{Dim, TensorInfo};

mod centerface;
mod yolox;

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

/// Whether these are the outputs that the manifest's head reads; the text says what was expected.
pub(crate) fn judge_outputs(outputs: &[TensorInfo], manifest: &Manifest) -> Result<(), String> {
    let InputSize { width_px, height_px } = manifest_size(manifest);
    match manifest.head {
        HeadKind::Yolox => yolox::judge_outputs(outputs, manifest.class_count, (width_px, height_px)),
        HeadKind::Centerface => centerface::judge_outputs(outputs),
    }
}

/// The boxes with at least their class's score.
///
/// # Errors
/// The text says what of the answer was unexpected: another shape, or numbers that are not finite.
pub(crate) fn decode(
    manifest: &Manifest,
    size: InputSize,
    answers: &[Answer<'_>],
) -> Result<Vec<Candidate>, String> {
    match manifest.head {
        HeadKind::Yolox => yolox::decode(manifest, size, answers),
        HeadKind::Centerface => centerface::decode(manifest, size, answers),
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

fn of_count<const N: usize>(outputs: &[TensorInfo]) -> Result<&[TensorInfo; N], String> {
    let plural = if N == 1 { "" } else { "s" };
    outputs.try_into().map_err(|_| format!("needs exactly {N} output{plural}, found {}", outputs.len()))
}
