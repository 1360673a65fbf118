//! The YuNet head: faces in cells at strides 8, 16 and 32.
//!
//! *Shape*: nine outputs, `cls_8, cls_16, cls_32, obj_8, obj_16, obj_32, bbox_8, bbox_16, bbox_32`: class score and
//! objectness `[n, cells, 1] f32` between 0 and 1, box `[n, cells, 4]` as `x, y, log width, log height` in units of
//! the stride, from the cell's corner. Cells go row by row. The landmarks `kps_8, kps_16, kps_32` of the published
//! model are not read: they are cut off the graph at import, and a model that still has them is refused.
//! *Source*: Wu, Peng, Yu, "YuNet: A Tiny Millisecond-level Face Detector", Machine Intelligence Research 2023, and
//! OpenCV's `FaceDetectorYN`.

use super::{
    Answer, Candidate, InputSize, NOT_FINITE_BOX, cells_at, grid, has_dims, of_count, side_px, unexpected,
};
use crate::manifest::{ClassEntry, Manifest};
use crate::onnx::TensorInfo;

const STRIDES_PX: [u32; 3] = [8, 16, 32];
/// Values a cell of each of the nine outputs.
const WIDTHS: [u64; 9] = [1, 1, 1, 1, 1, 1, 4, 4, 4];

pub(super) fn judge_outputs(outputs: &[&TensorInfo], size: InputSize) -> Result<(), String> {
    if outputs.len() == 12 {
        let names: Vec<String> =
            outputs.iter().skip(9).map(|output| format!("\"{}\"", output.name)).collect();
        return Err(format!(
            "it still puts out landmarks of faces; cut them off: repairs.drop_outputs = [{}]",
            names.join(", ")
        ));
    }
    let strides = STRIDES_PX.into_iter().cycle();
    for ((output, width), stride_px) in of_count::<9>(outputs, "yunet")?.iter().zip(WIDTHS).zip(strides) {
        let cells = cells_at(size, stride_px) as u64;
        if !has_dims(output, &[None, Some(cells), Some(width)]) {
            let expected = format!(
                "[batch, {cells}, {width}] at this place; name cls, obj and bbox, each at strides 8, 16, 32, in `outputs`"
            );
            return Err(unexpected(output, "yunet", &expected));
        }
    }
    Ok(())
}

/// `[n, cells, 1]`: one number a cell of one of the grids.
pub(super) fn is_score_column(output: &TensorInfo, size: InputSize) -> bool {
    STRIDES_PX
        .iter()
        .any(|stride_px| has_dims(output, &[None, Some(cells_at(size, *stride_px) as u64), Some(1)]))
}

pub(super) fn decode(
    manifest: &Manifest,
    size: InputSize,
    answers: &[Answer<'_>],
) -> Result<Vec<Candidate>, String> {
    let [cls_8, cls_16, cls_32, obj_8, obj_16, obj_32, bbox_8, bbox_16, bbox_32] = answers else {
        return Err(format!("9 outputs expected, found {}", answers.len()));
    };
    let [entry] = manifest.classes.as_slice() else { return Err("1 class expected".to_owned()) };
    let scales = [(cls_8, obj_8, bbox_8), (cls_16, obj_16, bbox_16), (cls_32, obj_32, bbox_32)];
    let mut candidates = Vec::new();
    for ((cls, obj, bbox), stride_px) in scales.into_iter().zip(STRIDES_PX) {
        let cells = cells_at(size, stride_px);
        if cls.values.len() != cells || obj.values.len() != cells || bbox.values.len() != 4 * cells {
            let found = [cls.dims, obj.dims, bbox.dims];
            return Err(format!("{cells} cells at stride {stride_px} expected, found {found:?}"));
        }
        decode_scale(entry, grid(size, stride_px), [cls.values, obj.values, bbox.values], &mut candidates)?;
    }
    Ok(candidates)
}

fn decode_scale(
    entry: &ClassEntry,
    cells: impl Iterator<Item = (f32, f32, f32)>,
    [cls, obj, bbox]: [&[f32]; 3],
    candidates: &mut Vec<Candidate>,
) -> Result<(), String> {
    let rows = cls.iter().zip(obj).zip(bbox.chunks_exact(4));
    for ((stride_px, column, line), ((cls, obj), place)) in cells.zip(rows) {
        let &[x, y, log_width, log_height] = place else { continue };
        if !cls.is_finite() || !obj.is_finite() {
            return Err("a score is not a finite number".to_owned());
        }
        let score = (cls.clamp(0.0, 1.0) * obj.clamp(0.0, 1.0)).sqrt();
        let Some(score) = entry.told_score(score) else { continue };
        let centre_px = ((column + x) * stride_px, (line + y) * stride_px);
        let size_px = (side_px(log_width, stride_px), side_px(log_height, stride_px));
        candidates.push(Candidate::centred(entry.class, score, centre_px, size_px).ok_or(NOT_FINITE_BOX)?);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::head::tests::edges;

    const SIZE: InputSize = InputSize { width_px: 64, height_px: 32 };

    fn silent() -> Vec<Vec<f32>> {
        let cells = STRIDES_PX.map(|stride_px| cells_at(SIZE, stride_px));
        WIDTHS
            .iter()
            .zip(cells.into_iter().cycle())
            .map(|(width, cells)| vec![0.0; *width as usize * cells])
            .collect()
    }

    fn decoded(outputs: &[Vec<f32>]) -> Result<Vec<Candidate>, String> {
        let manifest = Manifest::parse(include_str!("../../catalogue/yunet.toml"), "m").unwrap();
        let answers: Vec<_> = outputs.iter().map(|values| Answer { dims: &[], values }).collect();
        decode(&manifest, SIZE, &answers)
    }

    #[test]
    fn a_face_lies_around_its_cell() {
        let check = |scale: usize, cell: usize, expected: [f32; 4]| {
            let mut outputs = silent();
            (outputs[scale][cell], outputs[3 + scale][cell]) = (0.9, 0.4);
            outputs[6 + scale][4 * cell..4 * cell + 4].copy_from_slice(&[0.5, 0.25, 2_f32.ln(), 3_f32.ln()]);
            let found = decoded(&outputs).unwrap();
            assert_eq!(found.len(), 1);
            assert!((found[0].score - 0.6).abs() < 1e-6, "{found:?}");
            assert!(edges(&found[0]).iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-3), "{found:?}");
        };
        // Stride 8: cell 9 is column 1 of line 1. Stride 32: cell 1 is column 1 of line 0.
        check(0, 9, [4.0, -2.0, 20.0, 22.0]);
        check(1, 3, [40.0, -20.0, 72.0, 28.0]);
        check(2, 1, [16.0, -40.0, 80.0, 56.0]);
    }

    #[test]
    fn maps_of_another_size_and_wild_numbers_are_errors() {
        assert_eq!(decoded(&silent()), Ok(Vec::new()));
        assert!(decoded(&silent()[1..]).unwrap_err().contains("9 outputs expected, found 8"));
        let with = |output: usize, values: Vec<f32>| {
            let mut outputs = silent();
            outputs[output] = values;
            decoded(&outputs).unwrap_err()
        };
        assert!(with(4, vec![0.0; 3]).contains("8 cells at stride 16 expected"));
        assert!(with(0, vec![f32::NAN; 32]).contains("a score is not a finite number"));
        let mut outputs = silent();
        (outputs[0][0], outputs[3][0], outputs[6][2]) = (0.9, 0.9, f32::NAN);
        assert!(decoded(&outputs).unwrap_err().contains("not made of finite numbers"));
    }
}
