//! The DETR-style head: a fixed number of queries, each a box or nothing.
//!
//! *Shape*: two outputs, logits `[n, queries, classes + 1] f32` with "no object" last (softmax) or
//! `[n, queries, classes]` (sigmoid), and boxes `[n, queries, 4]`: `centre x, centre y, width, height` as fractions of
//! the tensor. The manifest's `[detr] activation` says which.
//! *Source*: Carion et al., "End-to-End Object Detection with Transformers", arXiv:2005.12872 (softmax); Zhu et al.,
//! "Deformable DETR", arXiv:2010.04159 (sigmoid).

use super::{Answer, Candidate, InputSize, NOT_FINITE_BOX, believed, has_dims, of_count, unexpected};
use crate::manifest::{Activation, Manifest};
use crate::onnx::TensorInfo;

fn activation(manifest: &Manifest) -> Activation {
    manifest.detr.map_or(Activation::Softmax, |layout| layout.activation)
}

/// Logits of one query.
fn row_len(manifest: &Manifest) -> usize {
    match activation(manifest) {
        Activation::Softmax => manifest.class_count + 1,
        Activation::Sigmoid => manifest.class_count,
    }
}

pub(super) fn judge_outputs(outputs: &[&TensorInfo], manifest: &Manifest) -> Result<(), String> {
    let [logits, boxes] = of_count::<2>(outputs, "detr")?;
    let (row, count) = (row_len(manifest), manifest.class_count);
    if !has_dims(logits, &[None, None, Some(row as u64)]) {
        let means = match activation(manifest) {
            Activation::Softmax => "softmax: the classes and \"no object\"",
            Activation::Sigmoid => "sigmoid: the classes alone",
        };
        let expected = format!("[batch, queries, {row}] first, for class_count {count} and {means}");
        return Err(unexpected(logits, "detr", &expected));
    }
    if !has_dims(boxes, &[None, None, Some(4)]) {
        return Err(unexpected(boxes, "detr", "[batch, queries, 4] second"));
    }
    Ok(())
}

pub(super) fn decode(
    manifest: &Manifest,
    size: InputSize,
    answers: &[Answer<'_>],
) -> Result<Vec<Candidate>, String> {
    let [logits, boxes] = answers else { return Err(format!("2 outputs expected, found {}", answers.len())) };
    let row_len = row_len(manifest);
    let queries = boxes.values.len() / 4;
    let fits = |answer: &Answer<'_>, width: usize| {
        let sides = [queries, width].map(|side| i64::try_from(side).unwrap_or(-1));
        answer.dims == sides && Some(answer.values.len()) == queries.checked_mul(width)
    };
    if !fits(boxes, 4) || !fits(logits, row_len) {
        let (found_logits, found_boxes) = (logits.dims, boxes.dims);
        return Err(format!(
            "[queries, {row_len}] and [queries, 4] expected, found {found_logits:?} and {found_boxes:?}"
        ));
    }
    let (width_px, height_px) = (size.width_px as f32, size.height_px as f32);
    let mut candidates = Vec::new();
    for (logits, place) in logits.values.chunks_exact(row_len).zip(boxes.values.chunks_exact(4)) {
        let &[x, y, width, height] = place else { continue };
        let scores = scores(logits, activation(manifest))?;
        let classes = scores.get(..manifest.class_count).unwrap_or_default();
        for (class, score) in believed(&manifest.classes, 1.0, classes)? {
            let (centre_px, side_px) =
                ((x * width_px, y * height_px), (width * width_px, height * height_px));
            candidates.push(Candidate::centred(class, score, centre_px, side_px).ok_or(NOT_FINITE_BOX)?);
        }
    }
    Ok(candidates)
}

/// Scores of one query, 0..=1; with softmax that of "no object" last.
fn scores(logits: &[f32], activation: Activation) -> Result<Vec<f32>, String> {
    if logits.iter().any(|logit| !logit.is_finite()) {
        return Err("a logit is not a finite number".to_owned());
    }
    Ok(match activation {
        Activation::Sigmoid => logits.iter().map(|logit| 1.0 / (1.0 + (-logit).exp())).collect(),
        Activation::Softmax => {
            let highest = logits.iter().copied().fold(f32::MIN, f32::max);
            let powers: Vec<f32> = logits.iter().map(|logit| (logit - highest).exp()).collect();
            let sum: f32 = powers.iter().sum();
            powers.into_iter().map(|power| power / sum).collect()
        }
    })
}

#[cfg(test)]
mod tests {
    use velum_vocab::ObjectClass;

    use super::*;
    use crate::head::tests::{detr_manifest, edges};

    const SIZE: InputSize = InputSize { width_px: 640, height_px: 320 };
    /// Two queries: a person around the middle, and something at the top left.
    const BOXES: [f32; 8] = [0.5, 0.5, 0.25, 0.5, 0.1, 0.1, 0.2, 0.2];

    fn decoded(
        activation: &str,
        logits: (&[i64], &[f32]),
        boxes: (&[i64], &[f32]),
    ) -> Result<Vec<Candidate>, String> {
        let answer = |(dims, values)| Answer { dims, values };
        decode(&detr_manifest(activation), SIZE, &[answer(logits), answer(boxes)])
    }

    #[test]
    fn boxes_are_fractions_of_the_tensor() {
        // Two classes, a person and a suitcase; with softmax "no object" besides.
        let softmax = [2_f32.ln(), 0.0, 0.0, -9.0, -9.0, 9.0];
        let found = decoded("softmax", (&[2, 3], &softmax), (&[2, 4], &BOXES)).unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].class, edges(&found[0])), (ObjectClass::Person, [240.0, 80.0, 400.0, 240.0]));
        assert!((found[0].score - 0.5).abs() < 1e-6);

        let sigmoid = [-9.0, 3_f32.ln(), 0.0, -9.0];
        let found = decoded("sigmoid", (&[2, 2], &sigmoid), (&[2, 4], &BOXES)).unwrap();
        let told: Vec<_> = found.iter().map(|found| found.class).collect();
        assert_eq!(told, [ObjectClass::Suitcase, ObjectClass::Person]);
        assert!((found[0].score - 0.75).abs() < 1e-6 && (found[1].score - 0.5).abs() < 1e-6);
        assert!(edges(&found[1]).iter().zip([0.0, 0.0, 128.0, 64.0]).all(|(a, b)| (a - b).abs() < 1e-3));
    }

    #[test]
    fn unexpected_answers_are_errors() {
        let check = |logits: (&[i64], &[f32]), boxes: (&[i64], &[f32]), expected: &str| {
            let error = decoded("softmax", logits, boxes).unwrap_err();
            assert!(error.contains(expected), "{error}");
        };
        let silent: [f32; 6] = [0.0; 6];
        check(
            (&[2, 2], &silent[..4]),
            (&[2, 4], &BOXES),
            "[queries, 3] and [queries, 4] expected, found [2, 2]",
        );
        check((&[1, 3], &silent[..3]), (&[2, 4], &BOXES), "expected");
        check((&[2, 3], &silent), (&[2, 5], &[0.0; 10]), "found [2, 3] and [2, 5]");
        check((&[2, 3], &[f32::NAN; 6]), (&[2, 4], &BOXES), "a logit is not a finite number");
        check((&[2, 3], &silent), (&[2, 4], &[f32::NAN; 8]), "not made of finite numbers");
    }
}
