//! What a camera shows at which moment: pure arithmetic on frame numbers, the same for every viewer.

use std::sync::Arc;

/// Frames from one key frame to the next, where the simulator codes them. A bag comes and goes at key frames only.
pub(crate) const KEY_FRAME_EVERY: u64 = 10;

/// The play of one camera.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Schedule {
    /// Frames in the recording.
    pub(crate) loop_frames: u64,
    /// Frames a second.
    pub(crate) frames_per_sec: f64,
    /// Which frames of the recording are key frames, the first among them; every [`KEY_FRAME_EVERY`]th where empty.
    pub(crate) key_frames: Arc<[u64]>,
    /// The frame of the recording that is shown first; always a key frame.
    pub(crate) first_frame: u64,
    /// The bag, where there is one.
    pub(crate) bag: Option<BagSpan>,
}

/// While which ticks the bag is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BagSpan {
    /// The first tick with the bag.
    pub(crate) from_tick: u64,
    /// The first tick without it again.
    pub(crate) until_tick: Option<u64>,
}

/// What is shown at one tick. Ticks count frames since the start of the simulator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Shown {
    /// The frame of the recording.
    pub(crate) frame: u64,
    /// Whether the bag is in it.
    pub(crate) has_bag: bool,
}

impl Schedule {
    /// A camera without a bag, from the beginning of the recording.
    pub(crate) fn plain(loop_frames: u64, frames_per_sec: f64) -> Self {
        Self { loop_frames, frames_per_sec, key_frames: Arc::default(), first_frame: 0, bag: None }
    }

    /// A recording that was coded elsewhere.
    pub(crate) fn as_coded(loop_frames: u64, frames_per_sec: f64, key_frames: Arc<[u64]>) -> Self {
        Self { key_frames, ..Self::plain(loop_frames, frames_per_sec) }
    }

    /// A camera with a bag: `bag_frame` of the recording is shown `bag_secs` after the start, to the precision
    /// of a key frame.
    pub(crate) fn with_bag(mut self, bag_secs: f64, until_secs: Option<f64>, bag_frame: u64) -> Self {
        let bag_frame = bag_frame % self.loop_frames / KEY_FRAME_EVERY * KEY_FRAME_EVERY;
        let wanted = (bag_secs * self.frames_per_sec).round() as u64 % self.loop_frames;
        let start = (bag_frame + self.loop_frames - wanted) % self.loop_frames;
        self.first_frame = start / KEY_FRAME_EVERY * KEY_FRAME_EVERY;
        let from_tick = self.next_key_tick((bag_secs * self.frames_per_sec).round() as u64);
        let until_tick =
            until_secs.map(|secs| self.next_key_tick((secs * self.frames_per_sec).round() as u64));
        self.bag = Some(BagSpan { from_tick, until_tick: until_tick.map(|tick| tick.max(from_tick + 1)) });
        self
    }

    /// What is shown at a tick.
    pub(crate) fn shown(&self, tick: u64) -> Shown {
        let frame = (self.first_frame + tick) % self.loop_frames;
        let has_bag = self
            .bag
            .is_some_and(|bag| tick >= bag.from_tick && bag.until_tick.is_none_or(|until| tick < until));
        Shown { frame, has_bag }
    }

    /// The first tick from this one on that shows a key frame.
    pub(crate) fn next_key_tick(&self, tick: u64) -> u64 {
        let frame = self.shown(tick).frame;
        let to_key = match self.key_frames.iter().find(|key| **key >= frame) {
            Some(key) => key - frame,
            None if self.key_frames.is_empty() => {
                (KEY_FRAME_EVERY - frame % KEY_FRAME_EVERY) % KEY_FRAME_EVERY
            }
            None => self.loop_frames - frame,
        };
        // Frame 0 is a key frame too, where the loop is not a whole number of groups.
        tick + to_key.min(self.loop_frames - frame)
    }

    /// When a tick is due, seconds after the start.
    pub(crate) fn due_secs(&self, tick: u64) -> f64 {
        tick as f64 / self.frames_per_sec
    }

    /// The last tick that is due by then.
    pub(crate) fn tick_at(&self, secs: f64) -> u64 {
        (secs.max(0.0) * self.frames_per_sec) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bag_comes_with_its_frame() {
        for bag_secs in [0.0, 3.3, 25.0, 79.5, 100.0, 1_000.0] {
            let schedule = Schedule::plain(795, 10.0).with_bag(bag_secs, None, 600);
            let from = schedule.bag.unwrap().from_tick;
            let shown = schedule.shown(from);
            assert!(shown.has_bag && shown.frame.is_multiple_of(KEY_FRAME_EVERY), "{bag_secs}");
            assert!(shown.frame.abs_diff(600) <= 10, "{bag_secs}: frame {}", shown.frame);
            assert!((schedule.due_secs(from) - bag_secs).abs() < 1.0, "{bag_secs}");
            assert!(from == 0 || !schedule.shown(from - 1).has_bag);
        }
    }

    #[test]
    fn the_bag_goes_at_a_key_frame() {
        let schedule = Schedule::plain(795, 10.0).with_bag(5.0, Some(8.2), 600);
        let until = schedule.bag.unwrap().until_tick.unwrap();
        assert!(schedule.shown(until - 1).has_bag && !schedule.shown(until).has_bag);
        assert!(schedule.shown(until).frame.is_multiple_of(KEY_FRAME_EVERY));
    }

    #[test]
    fn the_loop_goes_round_and_begins_with_a_key_frame() {
        let schedule = Schedule::plain(795, 10.0);
        assert_eq!(schedule.shown(794).frame, 794);
        assert_eq!(schedule.shown(795).frame, 0);
        assert_eq!(schedule.next_key_tick(791), 795);
        assert_eq!(schedule.next_key_tick(795), 795);
        assert_eq!(schedule.next_key_tick(11), 20);
        assert_eq!(schedule.tick_at(1.25), 12);
    }

    #[test]
    fn a_recording_that_was_coded_elsewhere_begins_at_its_own_key_frames() {
        let schedule = Schedule::as_coded(100, 25.0, Arc::from([0, 12, 50]));
        let next = [0, 1, 12, 13, 51, 99, 100].map(|tick| schedule.next_key_tick(tick));
        assert_eq!(next, [0, 12, 12, 50, 100, 100, 100]);
    }
}
