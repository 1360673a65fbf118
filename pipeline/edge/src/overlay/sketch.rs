//! An offered ground plane, to be drawn: the same fit and the same grid as `velum-edge calibrate` shows.

use velum_analyse::calibration::{PairsReport, report_pairs};
use velum_uplink::Sketch;

use crate::calibrate::grid;
use crate::config::CameraSettings;

/// How large frames are taken to be, where none was analysed yet.
const USUAL_PX: (u32, u32) = (1280, 720);

/// Of the point pairs in this JSON; none where there are none, or no plane fits them.
pub(super) fn sketch(json: &str, size_px: Option<(u32, u32)>) -> Option<Sketch> {
    let pairs = CameraSettings::pairs_of(json);
    let PairsReport { plane, residuals, warnings } =
        report_pairs(&pairs, size_px.unwrap_or(USUAL_PX)).ok()?;
    Some(Sketch {
        lines: grid(&plane, &pairs),
        points: residuals.iter().map(|one| (one.off_px, one.off_m, one.off_without_m)).collect(),
        warnings: warnings.iter().map(|warning| warning.words().to_owned()).collect(),
    })
}
