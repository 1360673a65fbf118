//! Cameras that people paused, each until a moment.
//!
//! Content of `paused/in-force.json`, version 1:
//! ```text
//! {"cameras": [{"camera": "door", "since_unix_secs": 1795219200, "until_unix_secs": 1795221000}]}
//! ```
//! Who paused it and why is in the audit log.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use velum_vocab::{CameraId, Timestamp};

use super::file::Content;

/// All of the box.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Paused {
    pub(crate) cameras: Vec<PausedCamera>,
}

/// One camera.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PausedCamera {
    pub(crate) camera: String,
    pub(crate) since_unix_secs: i64,
    pub(crate) until_unix_secs: i64,
}

impl Content for Paused {
    const FORMAT: &'static str = "velum-paused";
    const FOLDER: &'static str = "paused";

    fn is_empty(&self) -> bool {
        self.cameras.is_empty()
    }
}

/// Where it is kept.
pub(crate) fn path(data_dir: &Path) -> PathBuf {
    data_dir.join(Paused::FOLDER).join("in-force.json")
}

impl Paused {
    /// Pauses a camera; one that is paused stays so for at least as long as it was.
    pub(crate) fn pause(&mut self, mut camera: PausedCamera) {
        if let Some(before) = self.resume(&camera.camera) {
            camera.since_unix_secs = before.since_unix_secs;
            camera.until_unix_secs = camera.until_unix_secs.max(before.until_unix_secs);
        }
        self.cameras.push(camera);
    }

    /// Takes a camera out.
    pub(crate) fn resume(&mut self, camera: &str) -> Option<PausedCamera> {
        let index = self.cameras.iter().position(|paused| paused.camera == camera)?;
        Some(self.cameras.remove(index))
    }

    /// Takes out those whose time is over.
    pub(crate) fn expire(&mut self, now: Timestamp) -> Vec<PausedCamera> {
        let (over, left) = std::mem::take(&mut self.cameras)
            .into_iter()
            .partition(|paused| paused.until_unix_secs <= now.unix_secs());
        self.cameras = left;
        over
    }

    /// As the gate takes it.
    pub(crate) fn by_camera(&self) -> BTreeMap<CameraId, Timestamp> {
        let one = |paused: &PausedCamera| {
            Some((CameraId::parse(&paused.camera).ok()?, Timestamp::from_unix_secs(paused.until_unix_secs)))
        };
        self.cameras.iter().filter_map(one).collect()
    }
}
