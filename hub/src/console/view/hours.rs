//! How every camera was analysed, hour by hour, in the last day: states and no counts, for everybody who is logged in.

use std::collections::BTreeMap;

use serde::Serialize;
use velum_proto::v1::{BoxSummary, CoverageBin};

use super::secs_by_state;

/// All cameras.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(in crate::console) struct HoursView {
    pub(super) cameras: Vec<CameraHoursView>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct CameraHoursView {
    r#box: String,
    pub(super) camera: String,
    pub(super) hours: Vec<HourView>,
}

/// What the box reported of an hour; of the newest, so far.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct HourView {
    pub(super) hour_unix_secs: i64,
    pub(super) secs_by_state: BTreeMap<&'static str, u64>,
}

impl HoursView {
    /// Of a summary.
    pub(in crate::console) fn of(boxes: &[BoxSummary]) -> Self {
        let of_camera = |r#box: &str, bins: &[CoverageBin]| {
            let camera = bins.first()?.camera.clone();
            Some(CameraHoursView { r#box: r#box.to_owned(), camera, hours: bins.iter().map(hour).collect() })
        };
        let cameras = boxes.iter().flat_map(|one| {
            let cameras = one.coverage.chunk_by(|bin, next| bin.camera == next.camera);
            cameras.filter_map(|bins| of_camera(&one.r#box, bins))
        });
        Self { cameras: cameras.collect() }
    }
}

fn hour(bin: &CoverageBin) -> HourView {
    let secs_by_state = secs_by_state(std::slice::from_ref(bin));
    HourView { hour_unix_secs: bin.hour_unix_secs, secs_by_state }
}
