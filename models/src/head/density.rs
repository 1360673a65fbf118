//! The density head: how many persons each cell of a map stands for.
//!
//! *Shape*: one output `[n, 1, height / stride, width / stride] f32`; the values of a cell, divided by
//! `value_per_person`, are persons.
//! *Source*: Zhang et al., "Single-Image Crowd Counting via Multi-Column Convolutional Neural Network", CVPR 2016.

use super::{Answer, InputSize, has_dims, manifest_size, of_count, unexpected};
use crate::manifest::{DensityLayout, Manifest};
use crate::onnx::TensorInfo;

/// Persons a cell, row by row, finite.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Map {
    pub(crate) columns: usize,
    pub(crate) lines: usize,
    pub(crate) persons: Vec<f32>,
}

fn layout(manifest: &Manifest) -> Result<DensityLayout, String> {
    manifest.density.ok_or_else(|| "its manifest has no [density]".to_owned())
}

fn sides(size: InputSize, stride_px: u32) -> (usize, usize) {
    ((size.width_px / stride_px) as usize, (size.height_px / stride_px) as usize)
}

pub(super) fn judge_outputs(outputs: &[&TensorInfo], manifest: &Manifest) -> Result<(), String> {
    let [output] = of_count::<1>(outputs, "density")?;
    let (columns, lines) = sides(manifest_size(manifest), layout(manifest)?.stride_px);
    if has_dims(output, &[None, Some(1), Some(lines as u64), Some(columns as u64)]) {
        return Ok(());
    }
    Err(unexpected(output, "density", &format!("[batch, 1, {lines}, {columns}]")))
}

pub(super) fn read(manifest: &Manifest, size: InputSize, answers: &[Answer<'_>]) -> Result<Map, String> {
    let [answer] = answers else { return Err(format!("1 output expected, found {}", answers.len())) };
    let DensityLayout { stride_px, value_per_person, .. } = layout(manifest)?;
    let (columns, lines) = sides(size, stride_px);
    let expected = [1, lines, columns].map(|side| i64::try_from(side).unwrap_or(-1));
    if answer.dims != expected || answer.values.len() != columns * lines {
        return Err(format!("{expected:?} expected, found {:?}", answer.dims));
    }
    let persons: Vec<f32> = answer.values.iter().map(|value| value / value_per_person).collect();
    if persons.iter().any(|count| !count.is_finite()) {
        return Err("a value of the map is not a finite number".to_owned());
    }
    Ok(Map { columns, lines, persons })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::head::tests::density_manifest;

    const SIZE: InputSize = InputSize { width_px: 64, height_px: 32 };

    #[test]
    fn values_are_persons_times_a_factor() {
        let check = |dims: &[i64], values: &[f32], expected: Result<f32, &str>| {
            let read = read(&density_manifest(), SIZE, &[Answer { dims, values }]);
            match expected {
                Ok(first) => {
                    let map = read.unwrap();
                    assert_eq!((map.columns, map.lines, map.persons[0]), (8, 4, first));
                }
                Err(text) => assert!(read.unwrap_err().contains(text)),
            }
        };
        check(&[1, 4, 8], &[50.0; 32], Ok(0.5));
        check(&[1, 8, 4], &[50.0; 32], Err("[1, 4, 8] expected, found [1, 8, 4]"));
        check(&[2, 4, 8], &[50.0; 64], Err("[1, 4, 8] expected, found [2, 4, 8]"));
        check(&[1, 4, 8], &[f32::NAN; 32], Err("not a finite number"));
        check(&[1, 4, 8], &[f32::INFINITY; 32], Err("not a finite number"));
    }
}
