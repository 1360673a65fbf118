//! The CenterFace head: a face is a point of a heat map at stride 4.
//!
//! *Shape*: heat map `[n, 1, h/4, w/4]`, scale `[n, 2, h/4, w/4]` (log height, log width), offset
//! `[n, 2, h/4, w/4]` (down, right). The landmarks that the published model has besides are not read: they are
//! cut off the graph at import, and a model that still has them is refused.
//! *Source*: Xu et al., "CenterFace: Joint Face Detection and Alignment Using Face as Point", arXiv:1911.03599,
//! and its `decode`.

use super::{Answer, Candidate, InputSize, NOT_FINITE_BOX, has_dims, of_count, side_px, unexpected};
use crate::manifest::Manifest;
use crate::onnx::TensorInfo;

const STRIDE_PX: f32 = 4.0;

pub(super) fn judge_outputs(outputs: &[&TensorInfo]) -> Result<(), String> {
    if outputs.len() == 4 {
        let name = outputs.last().map(|output| output.name.as_str()).unwrap_or_default();
        return Err(format!(
            "it still puts out landmarks of faces; cut them off: repairs.drop_outputs = [\"{name}\"]"
        ));
    }
    for (output, channels) in of_count::<3>(outputs, "centerface")?.iter().zip([1, 2, 2]) {
        if !has_dims(output, &[None, Some(channels), None, None]) {
            return Err(unexpected(output, "centerface", &format!("[batch, {channels}, height, width]")));
        }
    }
    Ok(())
}

pub(super) fn decode(
    manifest: &Manifest,
    size: InputSize,
    answers: &[Answer<'_>],
) -> Result<Vec<Candidate>, String> {
    let [heat, scale, offset] = answers else {
        return Err(format!("3 outputs expected, found {}", answers.len()));
    };
    let [entry] = manifest.classes.as_slice() else { return Err("1 class expected".to_owned()) };
    let (columns, lines) = (size.width_px as usize / 4, size.height_px as usize / 4);
    let cells = columns * lines;
    if heat.values.len() != cells || scale.values.len() != 2 * cells || offset.values.len() != 2 * cells {
        let found = [heat.dims, scale.dims, offset.dims];
        return Err(format!("maps of {columns}x{lines} expected, found {found:?}"));
    }
    let ((log_heights, log_widths), (downs, rights)) =
        (scale.values.split_at(cells), offset.values.split_at(cells));
    let sizes = log_heights.iter().zip(log_widths);
    let offsets = downs.iter().zip(rights);
    let mut candidates = Vec::new();
    for (cell, ((&score, (log_height, log_width)), (down, right))) in
        heat.values.iter().zip(sizes).zip(offsets).enumerate()
    {
        if !score.is_finite() {
            return Err("a score is not a finite number".to_owned());
        }
        let Some(score) = entry.told_score(score.min(1.0)) else { continue };
        let (column, line) = ((cell % columns) as f32, (cell / columns) as f32);
        let centre_px = ((column + right + 0.5) * STRIDE_PX, (line + down + 0.5) * STRIDE_PX);
        let size_px = (side_px(*log_width, STRIDE_PX), side_px(*log_height, STRIDE_PX));
        let found = Candidate::centred(entry.class, score, centre_px, size_px).ok_or(NOT_FINITE_BOX)?;
        candidates.push(found);
    }
    Ok(candidates)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: InputSize = InputSize { width_px: 32, height_px: 32 };

    fn decoded(heat: &[f32], scale: &[f32], offset: &[f32]) -> Result<Vec<Candidate>, String> {
        let manifest = Manifest::parse(include_str!("../../catalogue/centerface.toml"), "m").unwrap();
        let answer = |values| Answer { dims: &[], values };
        decode(&manifest, SIZE, &[answer(heat), answer(scale), answer(offset)])
    }

    #[test]
    fn a_face_lies_around_its_point() {
        let (mut heat, mut scale, mut offset) = (vec![0.0; 64], vec![0.0; 128], vec![0.0; 128]);
        let cell = 2 * 8 + 3;
        heat[cell] = 0.9;
        scale[cell] = 3_f32.ln();
        scale[64 + cell] = 2_f32.ln();
        offset[cell] = 0.25;
        offset[64 + cell] = -0.25;
        let found = decoded(&heat, &scale, &offset).unwrap();
        let Candidate { left_px, top_px, right_px, bottom_px, .. } = found[0];
        let edges = [left_px, top_px, right_px, bottom_px];
        let wanted = [13.0 - 4.0, 11.0 - 6.0, 13.0 + 4.0, 11.0 + 6.0];
        assert!(edges.iter().zip(wanted).all(|(a, b)| (a - b).abs() < 1e-3), "{edges:?}");
    }

    #[test]
    fn maps_of_another_size_and_wild_numbers_are_errors() {
        let silent = (vec![0.0; 64], vec![0.0; 128], vec![0.0; 128]);
        assert_eq!(decoded(&silent.0, &silent.1, &silent.2), Ok(Vec::new()));
        assert!(decoded(&silent.0[1..], &silent.1, &silent.2).is_err());
        assert!(decoded(&vec![f32::NAN; 64], &silent.1, &silent.2).is_err());
        assert!(decoded(&vec![0.9; 64], &vec![f32::NAN; 128], &silent.2).is_err());
    }
}
