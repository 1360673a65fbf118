//! What a rule must remember over a kill: times and rectangles, never a pixel.
//!
//! The outbox commits this in the same batch as the events that it led to, so that after a kill timers go on
//! and alerts are neither doubled nor left open.

use crate::geometry::BoxInFrame;
use crate::id::{AlertId, CameraId, ZoneId};
use crate::observation::{Interval, MovementPattern};
use crate::time::Timestamp;

/// Everything that the rules of one camera remember.
#[derive(Debug, Clone, PartialEq)]
pub struct RuleState {
    /// Which camera.
    pub camera: CameraId,
    /// When this was taken, in the camera's capture time.
    pub at: Timestamp,
    /// Width of the analysed picture, pixels: boxes below are in it.
    pub frame_width_px: u32,
    /// Height of the analysed picture, pixels.
    pub frame_height_px: u32,
    /// Objects that were put down, alerted or not.
    pub objects: Vec<AbandonedCandidate>,
    /// The level that holds in each zone, where it is above the lowest: its alert is open.
    pub levels: Vec<DensityLevelState>,
    /// Alerts of unusual movement that are open.
    pub movements: Vec<MovementAlertState>,
    /// What was learnt of how people usually move, by zone.
    pub usual: Vec<UsualMovementState>,
}

impl RuleState {
    /// Whether no alert is open and nothing is watched: what was learnt may remain.
    pub fn is_idle(&self) -> bool {
        self.objects.is_empty() && self.levels.is_empty() && self.movements.is_empty()
    }

    /// The same with its boxes in frames of this size.
    #[must_use]
    pub fn in_frames_of(mut self, width_px: u32, height_px: u32) -> Self {
        let x = width_px as f32 / self.frame_width_px.max(1) as f32;
        let y = height_px as f32 / self.frame_height_px.max(1) as f32;
        for object in &mut self.objects {
            let before = object.box_in_frame;
            let [left, right] = [before.left_px(), before.right_px()].map(|px| px * x);
            let [top, bottom] = [before.top_px(), before.bottom_px()].map(|px| px * y);
            object.box_in_frame = BoxInFrame::new(left, top, right, bottom).unwrap_or(before);
        }
        (self.frame_width_px, self.frame_height_px) = (width_px, height_px);
        self
    }
}

/// An object that was put down.
#[derive(Debug, Clone, PartialEq)]
pub struct AbandonedCandidate {
    /// The alert's id, drawn when the candidate was born.
    pub alert: AlertId,
    /// In which zone.
    pub zone: ZoneId,
    /// Where it lies.
    pub box_in_frame: BoxInFrame,
    /// When it was put down.
    pub put_down_at: Timestamp,
    /// When its owner went away, if that was seen.
    pub owner_left_at: Option<Timestamp>,
    /// Whether the owner was followed back.
    pub owner_back_traced: bool,
    /// Whether a person was seen where and when it appeared.
    pub drop_off_witnessed: bool,
    /// Seconds of evidence that nobody attends it.
    pub unattended_secs: f64,
    /// Seconds during which it was hidden.
    pub hidden_secs: f64,
    /// Whether its alert was raised.
    pub raised: bool,
    /// Whether it passed every test of an object; the undecided are tested again after a restart.
    pub confirmed: bool,
    /// Mean brightness of the object less that of the ring around it, grey levels: one number, by which it is
    /// told from its surroundings after a restart, when no pixel of it is left.
    pub luma_contrast: f64,
}

/// The crowd level that holds in a zone.
#[derive(Debug, Clone, PartialEq)]
pub struct DensityLevelState {
    /// Which zone.
    pub zone: ZoneId,
    /// The alert that the level belongs to.
    pub alert: AlertId,
    /// The level's name.
    pub level: String,
    /// Since when.
    pub since: Timestamp,
}

/// An alert of unusual movement that is open.
#[derive(Debug, Clone, PartialEq)]
pub struct MovementAlertState {
    /// In which zone.
    pub zone: ZoneId,
    /// Of which pattern.
    pub pattern: MovementPattern,
    /// The alert.
    pub alert: AlertId,
    /// Since when.
    pub since: Timestamp,
    /// Persons who were there when it began.
    pub persons: Interval,
}

/// How people usually move in a zone: medians and spreads of the crowd as a whole over many minutes.
#[derive(Debug, Clone, PartialEq)]
pub struct UsualMovementState {
    /// Which zone.
    pub zone: ZoneId,
    /// Seconds with people from which it was learnt.
    pub learned_secs: f64,
    /// Median and spread of the crowd's speed, metres per second.
    pub speed_m_per_s: (f64, f64),
    /// Median and spread of the speed at which people move apart, metres per second.
    pub apart_m_per_s: (f64, f64),
    /// Median and spread of the share that goes against the usual direction.
    pub counter_flow_fraction: (f64, f64),
    /// The usual direction in the picture, as the mean of unit vectors: x to the right, y down; short where people go
    /// every way.
    pub direction: (f64, f64),
}
