//! When was each camera really analysed, and why not.

use std::collections::BTreeMap;

use crate::id::CameraId;
use crate::time::Timestamp;

/// What a camera's time was spent on. Every second of a camera has exactly one of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CoverageState {
    /// Frames arrived and were analysed.
    Analysed,
    /// No frames: the camera or the way to it is down.
    Offline,
    /// Frames arrive but do not change at all.
    Frozen,
    /// Too dark to see anything.
    Dark,
    /// Analysis could not keep its rate.
    Overloaded,
    /// Paused by a person.
    Paused,
    /// There is no valid policy for this camera.
    NoPolicy,
    /// The policy's schedule does not cover this time.
    OutOfSchedule,
    /// The clock cannot be trusted.
    UntrustedTime,
    /// The box restarted: objects placed before may not have been seen.
    Restarted,
    /// A model could not run.
    ModelFailed,
    /// A scenario is played in the place of the camera: what happens before it is not seen.
    Exercise,
}

impl CoverageState {
    /// Every state.
    pub const ALL: [Self; 12] = [
        Self::Analysed,
        Self::Offline,
        Self::Frozen,
        Self::Dark,
        Self::Overloaded,
        Self::Paused,
        Self::NoPolicy,
        Self::OutOfSchedule,
        Self::UntrustedTime,
        Self::Restarted,
        Self::ModelFailed,
        Self::Exercise,
    ];

    /// The name in logs, metrics and events.
    pub fn name(self) -> &'static str {
        match self {
            Self::Analysed => "analysed",
            Self::Offline => "offline",
            Self::Frozen => "frozen",
            Self::Dark => "dark",
            Self::Overloaded => "overloaded",
            Self::Paused => "paused",
            Self::NoPolicy => "no_policy",
            Self::OutOfSchedule => "out_of_schedule",
            Self::UntrustedTime => "untrusted_time",
            Self::Restarted => "restarted",
            Self::ModelFailed => "model_failed",
            Self::Exercise => "exercise",
        }
    }
}

/// A change of a camera's state, told as an event of its own.
#[derive(Debug, Clone, PartialEq)]
pub struct Health {
    /// Which camera.
    pub camera: CameraId,
    /// When the state began.
    pub at: Timestamp,
    /// The state that began.
    pub state: CoverageState,
    /// Set where the scene is staged.
    pub staged: Option<String>,
}

/// What became of a camera's frames. `decoded = analysed + dropped`, but for the one under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FrameCounts {
    /// Frames that the decoder put out at the analysed rate.
    pub decoded: u64,
    /// Frames that the rules saw.
    pub analysed: u64,
    /// Frames replaced by a newer one before analysis took them.
    pub dropped: u64,
}

/// One camera's hour, summed up: cumulative, the newest replaces the older.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CoverageBin {
    /// Which camera.
    pub camera: CameraId,
    /// The start of the hour, UTC.
    pub hour: Timestamp,
    /// Seconds spent in each state.
    pub secs_by_state: BTreeMap<CoverageState, u32>,
    /// What became of the frames.
    pub counts: FrameCounts,
    /// How many alerts were left without a still that the policy allows, by the stable code of the reason.
    ///
    /// It tells nothing of people beyond the alerts themselves: counted are only alerts that left the box as events,
    /// at most one reason for each; the reason is one that whoever asks for the still is told too; and the gate lets
    /// the counts out only where such events themselves tell their camera and their hour.
    pub stills_withheld: BTreeMap<String, u32>,
}
