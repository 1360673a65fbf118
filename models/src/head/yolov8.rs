//! The YOLOv8-style head: boxes in pixels of the tensor, class scores, no objectness.
//!
//! *Shape*: one output `[n, 4 + classes, anchors] f32`, or turned, `[n, anchors, 4 + classes]`: which of the two is
//! seen from the sides. Of each anchor `centre x, centre y, width, height` in pixels of the tensor, and class scores
//! between 0 and 1. Other detectors put out the same; only weights under a permissive licence belong here.

use std::borrow::Cow;

use super::{Answer, Candidate, NOT_FINITE_BOX, believed, has_dims, lowest_score, of_count, unexpected};
use crate::manifest::Manifest;
use crate::onnx::TensorInfo;

/// Scores of a float16 export may lie a little beyond 1.
const SCORE_MAX: f32 = 1.001;

pub(super) fn judge_outputs(outputs: &[&TensorInfo], class_count: usize) -> Result<(), String> {
    let [output] = of_count::<1>(outputs, "yolov8")?;
    let row = class_count as u64 + 4;
    if has_dims(output, &[None, Some(row), None]) || has_dims(output, &[None, None, Some(row)]) {
        return Ok(());
    }
    let expected = format!("[batch, {row}, anchors] or [batch, anchors, {row}] for {class_count} classes");
    Err(unexpected(output, "yolov8", &expected))
}

pub(super) fn decode(manifest: &Manifest, answers: &[Answer<'_>]) -> Result<Vec<Candidate>, String> {
    let [answer] = answers else { return Err(format!("1 output expected, found {}", answers.len())) };
    let (row_len, classes) = (manifest.class_count + 4, manifest.classes.as_slice());
    let rows = rows(answer, row_len)?;
    let lowest = lowest_score(classes);
    let mut candidates = Vec::new();
    for row in rows.chunks_exact(row_len) {
        let [x, y, width, height, scores @ ..] = row else { continue };
        if let Some(wild) = scores.iter().find(|score| !(-0.001..=SCORE_MAX).contains(*score)) {
            return Err(format!(
                "a class score is {wild}, and needs to lie between 0 and 1; export the model with its sigmoid"
            ));
        }
        if scores.iter().all(|score| *score < lowest) {
            continue;
        }
        for (class, score) in believed(classes, 1.0, scores)? {
            let found =
                Candidate::centred(class, score, (*x, *y), (*width, *height)).ok_or(NOT_FINITE_BOX)?;
            candidates.push(found);
        }
    }
    Ok(candidates)
}

/// One anchor after the other.
fn rows<'a>(answer: &Answer<'a>, row_len: usize) -> Result<Cow<'a, [f32]>, String> {
    let expected =
        || format!("[{row_len}, anchors] or [anchors, {row_len}] expected, found {:?}", answer.dims);
    let &[first, second] = answer.dims else { return Err(expected()) };
    let [first, second] = [first, second].map(|side| usize::try_from(side).unwrap_or_default());
    let count = match (first == row_len, second == row_len) {
        (true, true) => {
            return Err(format!(
                "{row_len} anchors of {row_len} values: which side is which cannot be told; use another input size"
            ));
        }
        (true, false) => second,
        (false, true) => first,
        (false, false) => return Err(expected()),
    };
    if Some(answer.values.len()) != count.checked_mul(row_len) {
        return Err(expected());
    }
    if second == row_len {
        return Ok(Cow::Borrowed(answer.values));
    }
    let mut rows = vec![0.0; answer.values.len()];
    for (at, plane) in answer.values.chunks_exact(count.max(1)).enumerate() {
        let targets = rows.iter_mut().skip(at).step_by(row_len);
        targets.zip(plane).for_each(|(target, value)| *target = *value);
    }
    Ok(Cow::Owned(rows))
}

#[cfg(test)]
mod tests {
    use velum_vocab::ObjectClass;

    use super::*;
    use crate::head::tests::{edges, yolov8_manifest};

    /// Two anchors of a person, a vehicle class and a bag: centre, size, three scores.
    const ROWS: [[f32; 7]; 2] =
        [[100.0, 50.0, 20.0, 40.0, 0.9, 0.0, 0.2], [300.0, 200.0, 60.0, 30.0, 0.05, 0.3, 0.6]];

    fn decoded(dims: &[i64], values: &[f32]) -> Result<Vec<Candidate>, String> {
        decode(&yolov8_manifest(), &[Answer { dims, values }])
    }

    #[test]
    fn boxes_are_in_pixels_either_way_round() {
        let turned: Vec<f32> = (0..7).flat_map(|at| ROWS.map(|row| row[at])).collect();
        let straight = decoded(&[2, 7], &ROWS.concat()).unwrap();
        assert_eq!(decoded(&[7, 2], &turned).unwrap(), straight);
        let found: Vec<_> = straight.iter().map(|found| (found.class, found.score, edges(found))).collect();
        // The vehicle is told though the bag beside it scores more; the bag's 0.2 beside a person is not.
        assert_eq!(
            found,
            [
                (ObjectClass::Person, 0.9, [90.0, 30.0, 110.0, 70.0]),
                (ObjectClass::Vehicle, 0.3, [270.0, 185.0, 330.0, 215.0]),
                (ObjectClass::Suitcase, 0.6, [270.0, 185.0, 330.0, 215.0]),
            ]
        );
    }

    #[test]
    fn unexpected_answers_are_errors() {
        let check = |dims: &[i64], values: &[f32], expected: &str| {
            let error = decoded(dims, values).unwrap_err();
            assert!(error.contains(expected), "{error}");
        };
        check(&[2, 8], &[0.0; 16], "[7, anchors] or [anchors, 7] expected, found [2, 8]");
        check(&[2, 7], &[0.0; 13], "expected, found [2, 7]");
        check(&[7, 7], &[0.0; 49], "which side is which");
        check(&[14], &[0.0; 14], "expected, found [14]");
        let with = |at: usize, value: f32| {
            let mut values = ROWS.concat();
            values[at] = value;
            values
        };
        check(&[2, 7], &with(4, 3.7), "a class score is 3.7, and needs to lie between 0 and 1");
        check(&[2, 7], &with(5, f32::NAN), "a class score is NaN");
        check(&[2, 7], &with(0, f32::NAN), "not made of finite numbers");
        check(&[2, 7], &with(2, f32::INFINITY), "not made of finite numbers");
    }
}
