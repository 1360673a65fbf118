//! Cameras that are wrong in the configuration: nobody watches them, and the hub learns that hour by hour.

use std::sync::Arc;

use velum_vocab::{CameraId, CoverageState};

use super::report::Report;
use super::unsent::Unsent;
use crate::shared::Shared;

/// No frames of these arrive.
const STATE: CoverageState = CoverageState::Offline;

/// What is told of cameras that do not run.
pub(crate) struct RefusedCameras {
    reports: Vec<Report>,
    unsent: Unsent,
}

impl RefusedCameras {
    /// Tells at once that they are offline.
    pub(crate) fn begin(cameras: impl IntoIterator<Item = CameraId>, shared: &Arc<Shared>) -> Self {
        let report = |camera| Report::begin(camera, None, STATE, Arc::clone(shared));
        let mut reports: Vec<_> = cameras.into_iter().map(report).collect();
        let mut unsent = Unsent::new(Arc::clone(shared));
        unsent.add(reports.iter_mut().map(Report::tell_now));
        let mut refused = Self { reports, unsent };
        refused.look();
        refused
    }

    /// Books the time, and tells the hours; once a second.
    pub(crate) fn look(&mut self) {
        for report in &mut self.reports {
            let changed = report.look(STATE);
            self.unsent.add(changed);
        }
        self.unsent.flush();
    }

    /// Books and tells what is left.
    pub(crate) fn end(mut self) {
        self.reports.iter_mut().for_each(Report::end);
        self.unsent.flush();
    }
}
