//! What the tests of this crate share.

use std::sync::Arc;
use std::time::Duration;

use velum_frame::{RawFrame, seal_i420};
use velum_vocab::{CameraId, Timestamp};

use crate::{Method, PersonCover, PlateCover, Settings, SettingsDraft};

/// Two frames before, two after, at five a second; no margin.
pub(crate) fn draft() -> SettingsDraft {
    SettingsDraft {
        margin_fraction: 0.0,
        max_fps: 5,
        hold_frames: 2,
        lookahead_frames: 2,
        method: Method::SolidFill,
        persons: PersonCover::Whole,
        plates: PlateCover::AsFound,
        private_areas: Vec::new(),
        score_min: 0.1,
        verify_score_min: 0.3,
        raw_lifetime: Duration::from_secs(10),
        max_detector_age: Duration::from_secs(1),
        canary_interval: Duration::from_secs(30),
    }
}

pub(crate) fn settings() -> Arc<Settings> {
    Arc::new(Settings::new(draft()).unwrap())
}

/// The time of a frame, at five a second.
pub(crate) fn at(number: u64) -> Timestamp {
    Timestamp::from_unix_millis(1_000_000 + 200 * number as i64)
}

/// A frame of 320x240, all of one brightness.
pub(crate) fn frame(number: u64) -> RawFrame {
    let bytes = vec![100; 320 * 240 * 3 / 2];
    seal_i420(CameraId::parse("c").unwrap(), at(number), number, (320, 240), bytes).unwrap()
}
