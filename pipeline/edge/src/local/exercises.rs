//! Exercises that the hub ordered, and how each stands: so that an order that comes again is not played again, and a restart
//! ends what it cut off.
//!
//! Content of `exercises/known.json`, version 1:
//! ```text
//! {"exercises": [{"order": "1f..",              the hub's order, hexadecimal digits
//!   "camera": "door", "scenario": "bag", "staged": "exercise: A bag at the bench", "role": "operators",
//!   "expires_unix_secs": 1795219320,
//!   "stage": "waits"}]}                         or {"runs": {"began_unix_ms": ...}}, {"ended": {"began_unix_ms": ...,
//! ```                                           "ended_unix_ms": ..., "reason": "finished"}}, {"refused": {"reason": "schedule"}}
//! At most [`MOST`], the oldest go first.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::file::Content;

/// So many are remembered; only the newest can still be asked about.
const MOST: usize = 128;

/// All of the box.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Exercises {
    pub(crate) exercises: Vec<Exercise>,
}

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Exercise {
    pub(crate) order: String,
    pub(crate) camera: String,
    pub(crate) scenario: String,
    /// As its events say it.
    pub(crate) staged: String,
    pub(crate) role: String,
    pub(crate) expires_unix_secs: i64,
    pub(crate) stage: Stage,
}

/// How far it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Stage {
    Waits,
    Runs { began_unix_ms: i64 },
    Ended { began_unix_ms: i64, ended_unix_ms: i64, reason: String },
    Refused { reason: String },
}

impl Stage {
    /// Whether the camera is, or will be, in its hands.
    pub(crate) fn is_open(&self) -> bool {
        matches!(self, Self::Waits | Self::Runs { .. })
    }
}

impl Content for Exercises {
    const FORMAT: &'static str = "velum-exercises";
    const FOLDER: &'static str = "exercises";

    fn is_empty(&self) -> bool {
        self.exercises.is_empty()
    }
}

/// Where they are kept.
pub(crate) fn path(data_dir: &Path) -> PathBuf {
    data_dir.join(Exercises::FOLDER).join("known.json")
}

impl Exercises {
    pub(crate) fn add(&mut self, exercise: Exercise) {
        let surplus = (self.exercises.len() + 1).saturating_sub(MOST);
        self.exercises.drain(..surplus);
        self.exercises.push(exercise);
    }

    pub(crate) fn by_order(&mut self, order: &str) -> Option<&mut Exercise> {
        self.exercises.iter_mut().find(|exercise| exercise.order == order)
    }

    /// The one that a camera waits for or plays.
    pub(crate) fn open_of(&self, camera: &str) -> Option<&Exercise> {
        self.exercises.iter().find(|exercise| exercise.camera == camera && exercise.stage.is_open())
    }
}
