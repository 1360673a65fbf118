//! Trials that were begun and that no receipt has ended yet, so that none is forgotten over a restart.
//!
//! Content of `trials/begun.json`, version 1; one run a trial, camera and analytic:
//! ```text
//! {"runs": [{"trial": {"id": "platform-2-night", "until_unix_micros": 1803081600000000},
//!    "camera": "hub-p2", "analytic": "abandoned_object", "since_unix_secs": 1799193600}]}
//! ```
//! A run that is about to be erased also has `"records": 12`, for its receipt.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use velum_gate::{EventKind, Trial};
use velum_vocab::{CameraId, Timestamp};

use super::file::Content;

/// All of the box.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TrialRuns {
    pub(crate) runs: Vec<TrialRun>,
}

/// Which trial: the same name with another end is another one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TrialName {
    pub(crate) id: String,
    pub(crate) until_unix_micros: i64,
}

/// One analytic of a trial on one camera.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TrialRun {
    pub(crate) trial: TrialName,
    #[serde(with = "camera_text")]
    pub(crate) camera: CameraId,
    pub(crate) analytic: String,
    pub(crate) since_unix_secs: i64,
    /// How many records there were before they were erased; none before that was tried.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) records: Option<u64>,
}

impl Content for TrialRuns {
    const FORMAT: &'static str = "velum-trials";
    const FOLDER: &'static str = "trials";

    fn is_empty(&self) -> bool {
        self.runs.is_empty()
    }
}

/// Where it is kept.
pub(super) fn path(data_dir: &Path) -> PathBuf {
    data_dir.join(TrialRuns::FOLDER).join("begun.json")
}

/// A camera by its name, as configurations write it.
mod camera_text {
    use serde::{Deserialize, Deserializer, Serializer, de};
    use velum_vocab::CameraId;

    pub(super) fn serialize<S: Serializer>(camera: &CameraId, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(camera)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<CameraId, D::Error> {
        CameraId::parse(&String::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

impl TrialName {
    pub(crate) fn of(trial: &Trial) -> Self {
        Self { id: trial.id.clone(), until_unix_micros: trial.until.unix_micros() }
    }
}

impl TrialRun {
    pub(crate) fn of(camera: &CameraId, trial: &Trial, since: Timestamp) -> Self {
        Self {
            trial: TrialName::of(trial),
            camera: camera.clone(),
            analytic: trial.kind.name().to_owned(),
            since_unix_secs: since.unix_secs(),
            records: None,
        }
    }

    /// Whether both are of the same trial, camera and analytic.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        self.trial == other.trial && self.camera == other.camera && self.analytic == other.analytic
    }

    /// As the gate knows it; none where this program knows no such analytic.
    pub(crate) fn trial(&self) -> Option<Trial> {
        let kind = EventKind::ALL.into_iter().find(|kind| kind.name() == self.analytic)?;
        let TrialName { id, until_unix_micros } = self.trial.clone();
        Some(Trial { id, kind, until: Timestamp::from_unix_micros(until_unix_micros) })
    }
}
