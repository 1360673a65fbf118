//! Areas that are painted over before anything looks at the picture: they are gone, for every model and every rule.
//!
//! To paint over needs no right to see: nothing of the picture can be read this way. So this stands on the closed
//! box itself and not on the trait [`crate::Pixels`].

use velum_vocab::{Polygon, crossing_at, polygon_edges};

use crate::i420::PlaneMut;

/// Black, in limited range.
const BLACK: [u8; 3] = [16, 128, 128];

/// Heights within a row at which the area's edge is looked for; what lies between is covered by what is added around.
const LINES: [f64; 5] = [0.0, 0.25, 0.5, 0.75, 1.0];

/// Paints the area over in all planes. Every sample that the area touches is covered, and one around.
pub(crate) fn burn(planes: [PlaneMut<'_>; 3], area: &Polygon) {
    for (mut plane, value) in planes.into_iter().zip(BLACK) {
        let (width, height) = (plane.width_px(), plane.height_px());
        let corners: Vec<(f64, f64)> =
            area.fractions().iter().map(|(x, y)| (x * width as f64, y * height as f64)).collect();
        for row in 0..height {
            for (from, to) in spans(&corners, row) {
                let from = (from.floor() as usize).saturating_sub(1);
                let to = (to.ceil() as usize + 1).min(width);
                if let Some(covered) = plane.row_mut(row).get_mut(from..to) {
                    covered.fill(value);
                }
            }
        }
    }
}

/// From where to where the area reaches within a row of samples and the rows beside it.
fn spans(corners: &[(f64, f64)], row: usize) -> Vec<(f64, f64)> {
    let top = row as f64;
    let mut spans = Vec::new();
    for y in LINES.iter().flat_map(|line| [top + line - 1.0, top + line, top + line + 1.0]) {
        let mut crossings: Vec<f64> =
            polygon_edges(corners).filter_map(|edge| crossing_at(edge, y)).collect();
        crossings.sort_by(f64::total_cmp);
        spans.extend(crossings.chunks_exact(2).filter_map(|pair| Some((*pair.first()?, *pair.last()?))));
    }
    spans
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use velum_vocab::{CameraId, PointInFrame, Timestamp};

    use super::*;
    use crate::{Pixels, RawFrame, seal_i420};

    const SIDES: (u32, u32) = (64, 48);

    fn frame() -> RawFrame {
        let bytes = vec![200; 64 * 48 * 3 / 2];
        seal_i420(CameraId::parse("c").unwrap(), Timestamp::from_unix_secs(1), 1, SIDES, bytes).unwrap()
    }

    fn check(corners: &[(f64, f64)]) {
        let Ok(area) = Polygon::from_fractions(corners) else { return };
        let mut frame = frame();
        frame.burn_in(std::slice::from_ref(&area));
        for (plane, black, step) in
            [(frame.luma(), 16, 1), (frame.chroma_u(), 128, 2), (frame.chroma_v(), 128, 2)]
        {
            for y in 0..plane.height_px() {
                for (x, sample) in plane.row(y).iter().enumerate() {
                    assert!([200, black].contains(sample));
                    let at = |along: usize| (along as f32 + 0.5) * step as f32;
                    let inside = area.contains(PointInFrame { x_px: at(x), y_px: at(y) }, SIDES.0, SIDES.1);
                    assert!(!inside || *sample == black, "{corners:?}: ({x}, {y}) is seen");
                }
            }
        }
    }

    proptest! {
        #[test]
        fn nothing_inside_is_seen(corners in prop::collection::vec((0.0..=1.0_f64, 0.0..=1.0_f64), 3..7)) {
            check(&corners);
        }
    }

    #[test]
    fn what_is_far_from_the_area_stays() {
        let mut frame = frame();
        frame.burn_in(&[
            Polygon::from_fractions(&[(0.25, 0.25), (0.5, 0.25), (0.5, 0.5), (0.25, 0.5)]).unwrap()
        ]);
        let seen = |x: usize, y: usize| frame.luma().row(y)[x] == 200;
        assert!(seen(13, 20) && seen(36, 20) && seen(20, 9) && seen(20, 27));
        assert!(!seen(16, 12) && !seen(31, 23));
        check(&[(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)]);
        check(&[(0.5, 0.0), (0.52, 0.5), (0.5, 1.0), (0.49, 0.5)]);
    }
}
