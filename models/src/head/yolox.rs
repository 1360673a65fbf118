//! The YOLOX head: anchor-free cells at strides 8, 16 and 32.
//!
//! *Shape*: one output `[n, cells, 5 + classes] f32`; a row is `x, y, log w, log h, objectness, class scores`,
//! place and size in units of the stride, scores already between 0 and 1. Cells go row by row, stride 8 first.
//! *Source*: Ge et al., "YOLOX: Exceeding YOLO Series in 2021", arXiv:2107.08430, and its `demo_postprocess`.

use super::{
    Answer, Candidate, InputSize, NOT_FINITE_BOX, believed, cells_at, grid, has_dims, lowest_score, of_count,
    side_px, unexpected,
};
use crate::manifest::Manifest;
use crate::onnx::TensorInfo;

const STRIDES_PX: [u32; 3] = [8, 16, 32];

pub(super) fn judge_outputs(
    outputs: &[&TensorInfo],
    class_count: usize,
    size: InputSize,
) -> Result<(), String> {
    let [output] = of_count::<1>(outputs, "yolox")?;
    let (cells, row) = (cell_count(size) as u64, class_count as u64 + 5);
    if has_dims(output, &[None, Some(cells), Some(row)]) {
        return Ok(());
    }
    Err(unexpected(output, "yolox", &format!("[batch, {cells}, {row}]")))
}

fn cell_count(size: InputSize) -> usize {
    STRIDES_PX.iter().map(|stride| cells_at(size, *stride)).sum()
}

pub(super) fn decode(
    manifest: &Manifest,
    size: InputSize,
    answers: &[Answer<'_>],
) -> Result<Vec<Candidate>, String> {
    let [answer] = answers else { return Err(format!("1 output expected, found {}", answers.len())) };
    let row_len = manifest.class_count + 5;
    if answer.values.len() != cell_count(size) * row_len {
        return Err(format!("[{}, {row_len}] expected, found {:?}", cell_count(size), answer.dims));
    }
    let classes = manifest.classes.as_slice();
    let lowest = lowest_score(classes);
    let cells = STRIDES_PX.into_iter().flat_map(|stride_px| grid(size, stride_px));
    let mut candidates = Vec::new();
    for ((stride_px, column, line), row) in cells.zip(answer.values.chunks_exact(row_len)) {
        let [x, y, log_width, log_height, objectness, scores @ ..] = row else { continue };
        if !objectness.is_finite() {
            return Err("an objectness is not a finite number".to_owned());
        }
        if *objectness < lowest {
            continue;
        }
        let centre_px = ((x + column) * stride_px, (y + line) * stride_px);
        for (class, score) in believed(classes, *objectness, scores)? {
            let size_px = (side_px(*log_width, stride_px), side_px(*log_height, stride_px));
            let found = Candidate::centred(class, score, centre_px, size_px).ok_or(NOT_FINITE_BOX)?;
            candidates.push(found);
        }
    }
    Ok(candidates)
}

#[cfg(test)]
mod tests {
    use velum_vocab::ObjectClass;

    use super::*;

    const SIZE: InputSize = InputSize { width_px: 64, height_px: 32 };

    fn manifest() -> Manifest {
        Manifest::parse(include_str!("../../catalogue/yolox-nano.toml"), "m").unwrap()
    }

    /// An answer in which one cell has this row and all others are silent.
    fn answer_with(cell: usize, row: &[(usize, f32)]) -> Vec<f32> {
        let mut values = vec![0.0; cell_count(SIZE) * 85];
        row.iter().for_each(|&(at, value)| values[cell * 85 + at] = value);
        values
    }

    fn decoded(values: &[f32]) -> Result<Vec<Candidate>, String> {
        decode(&manifest(), SIZE, &[Answer { dims: &[42, 85], values }])
    }

    #[test]
    fn the_grid_follows_the_size_of_the_input() {
        let check = |width_px, height_px, cells| {
            assert_eq!(cell_count(InputSize { width_px, height_px }), cells);
        };
        check(416, 416, 3549);
        check(640, 384, 5040);
        check(64, 32, 42);
    }

    #[test]
    fn places_and_sizes_are_in_strides() {
        let check = |cell, edges: [f32; 4]| {
            let row = [(0, 0.5), (1, 0.5), (2, 2_f32.ln()), (3, 4_f32.ln()), (4, 0.8), (5, 0.5)];
            let found = decoded(&answer_with(cell, &row)).unwrap();
            assert_eq!(found.len(), 1);
            assert_eq!(found[0].class, ObjectClass::Person);
            assert!((found[0].score - 0.4).abs() < 1e-6);
            let near = |found: f32, wanted: f32| (found - wanted).abs() < 1e-3;
            let Candidate { left_px, top_px, right_px, bottom_px, .. } = found[0];
            let all = [left_px, top_px, right_px, bottom_px].into_iter().zip(edges);
            assert!(all.clone().all(|(found, wanted)| near(found, wanted)), "{all:?}");
        };
        // Stride 8: cell 9 is column 1 of line 1. Stride 16 begins at 32, stride 32 at 40.
        check(9, [4.0, -4.0, 20.0, 28.0]);
        check(33, [8.0, -24.0, 40.0, 40.0]);
        check(41, [16.0, -48.0, 80.0, 80.0]);
    }

    #[test]
    fn a_bag_is_one_kind_of_bag_and_a_person_or_a_vehicle_is_never_outvoted() {
        let check = |row: &[(usize, f32)], expected: &[ObjectClass]| {
            let row: Vec<_> = [(4, 1.0)].iter().chain(row).copied().collect();
            let classes: Vec<_> = decoded(&answer_with(0, &row)).unwrap().iter().map(|c| c.class).collect();
            assert_eq!(classes, expected);
        };
        check(&[(5 + 24, 0.5), (5 + 28, 0.6)], &[ObjectClass::Suitcase]);
        check(&[(5 + 28, 0.5), (5 + 60, 0.6)], &[]);
        check(&[(5, 0.3), (5 + 60, 0.6)], &[ObjectClass::Person]);
        check(&[(5 + 2, 0.12), (5 + 60, 0.6)], &[ObjectClass::Vehicle]);
        check(&[(5, 0.04)], &[]);
    }

    #[test]
    fn an_answer_that_is_no_number_is_an_error_not_an_empty_frame() {
        assert!(decoded(&answer_with(3, &[(4, f32::NAN)])).is_err());
        assert!(decoded(&answer_with(3, &[(4, 0.9), (70, f32::NAN)])).is_err());
        assert!(decoded(&answer_with(3, &[(0, f32::INFINITY), (4, 0.9), (5, 0.9)])).is_err());
        assert!(decoded(&[0.0; 85]).is_err());
        let endless = decoded(&answer_with(3, &[(2, f32::MAX), (4, 0.9), (5, 0.9)])).unwrap();
        assert!(endless[0].right_px < 1e6);
    }
}
