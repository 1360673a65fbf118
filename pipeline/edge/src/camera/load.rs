//! Whether analysis keeps up with the camera.

use velum_vocab::FrameCounts;

/// More than this share of frames dropped means that analysis does not keep up.
const DROPPED_FRACTION: f64 = 0.5;
/// So many frames are looked at together.
const WINDOW_FRAMES: u64 = 50;

/// Judges windows of frames.
#[derive(Debug, Default)]
pub(super) struct Load {
    window: FrameCounts,
    overloaded: bool,
}

impl Load {
    /// Takes in more frames; says whether analysis is overloaded.
    pub(super) fn add(&mut self, more: FrameCounts) -> bool {
        self.window.decoded = self.window.decoded.saturating_add(more.decoded);
        self.window.dropped = self.window.dropped.saturating_add(more.dropped);
        if self.window.decoded >= WINDOW_FRAMES {
            self.overloaded = self.window.dropped as f64 > DROPPED_FRACTION * self.window.decoded as f64;
            self.window = FrameCounts::default();
        }
        self.overloaded
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn most_of_a_window_must_be_dropped() {
        let more = |decoded, dropped| FrameCounts { decoded, analysed: decoded - dropped, dropped };
        let mut load = Load::default();
        assert!(!load.add(more(20, 20)), "a few frames say nothing yet");
        assert!(load.add(more(30, 10)));
        assert!(load.add(more(49, 0)), "it holds until the next window is full");
        assert!(!load.add(more(1, 0)));
    }
}
