//! A clip as a camera shows it, on simulated time, with a beginning before its beginning.
//!
//! A short clip has no frames in which the background could be learnt, or of which something could be held. So
//! its first seconds are shown before it, back and forth, and its last ones after it; only the clip itself, once
//! and forwards, is measured.

use std::collections::VecDeque;
use std::rc::Rc;

use velum_decode::DecodeError;
use velum_vocab::Timestamp;

use crate::picture::Picture;

/// One frame as it is shown.
#[derive(Clone)]
pub(crate) struct Shown {
    /// The pixels.
    pub(crate) picture: Rc<Picture>,
    /// Its time in the file, seconds; none where the frame is shown only to lead in or out.
    pub(crate) measured_secs: Option<f64>,
}

/// Reads a clip and shows it; an iterator.
pub(crate) struct Player<I> {
    frames: I,
    start: Timestamp,
    secs_max: f64,
    lead_out: usize,
    /// What is shown next, before anything more is read.
    queue: VecDeque<Shown>,
    /// The last frames, newest last.
    recent: VecDeque<Shown>,
    read_all: bool,
}

impl<I: Iterator<Item = Result<velum_decode::RawFrame, DecodeError>>> Player<I> {
    /// Shows at most the first `secs_max` seconds, with so many frames before and after.
    ///
    /// # Errors
    /// What the reader says of the first frames.
    pub(crate) fn new(
        mut frames: I,
        start: Timestamp,
        secs_max: f64,
        (lead_in, lead_out): (usize, usize),
    ) -> Result<Self, DecodeError> {
        let first: Vec<Shown> = frames
            .by_ref()
            .take(lead_in + 1)
            .map(|frame| frame.map(|frame| shown(frame, start)))
            .filter(|shown| shown.as_ref().is_err() || within(shown.as_ref().ok(), secs_max))
            .collect::<Result<_, _>>()?;
        let before = (1..=lead_in).rev().filter_map(|step| first.get(there_and_back(step, first.len())));
        let before = before.map(|shown| Shown { measured_secs: None, ..shown.clone() });
        let mut queue: VecDeque<Shown> = before.collect();
        queue.extend(first.iter().cloned());
        Ok(Self { frames, start, secs_max, lead_out, queue, recent: VecDeque::new(), read_all: false })
    }

    fn remember(&mut self, shown: &Shown) {
        self.recent.push_back(shown.clone());
        if self.recent.len() > self.lead_out + 1 {
            self.recent.pop_front();
        }
    }

    fn end(&mut self) {
        self.read_all = true;
        let count = self.recent.len();
        for step in 1..=self.lead_out {
            let back = self.recent.iter().rev().nth(there_and_back(step, count));
            self.queue.extend(back.map(|shown| Shown { measured_secs: None, ..shown.clone() }));
        }
    }
}

fn shown(frame: velum_decode::RawFrame, start: Timestamp) -> Shown {
    let secs = frame.captured_at().secs_since(start);
    Shown { picture: Rc::new(Picture::of(frame)), measured_secs: Some(secs) }
}

fn within(shown: Option<&Shown>, secs_max: f64) -> bool {
    shown.and_then(|shown| shown.measured_secs).is_some_and(|secs| secs < secs_max)
}

impl<I: Iterator<Item = Result<velum_decode::RawFrame, DecodeError>>> Iterator for Player<I> {
    type Item = Result<Shown, DecodeError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.queue.is_empty() && !self.read_all {
            match self.frames.next() {
                Some(Err(error)) => {
                    self.read_all = true;
                    return Some(Err(error));
                }
                Some(Ok(frame)) => {
                    let next = shown(frame, self.start);
                    if within(Some(&next), self.secs_max) {
                        self.queue.push_back(next);
                    } else {
                        self.end();
                    }
                }
                None => self.end(),
            }
        }
        let next = self.queue.pop_front()?;
        if next.measured_secs.is_some() {
            self.remember(&next);
        }
        Some(Ok(next))
    }
}

/// The place in a row of so many things after so many steps from its first, turning at both ends.
fn there_and_back(step: usize, count: usize) -> usize {
    let period = (2 * count.saturating_sub(1)).max(1);
    let place = step % period;
    if place < count { place } else { period - place }
}

#[cfg(test)]
mod tests {
    use velum_frame::seal_i420;
    use velum_vocab::CameraId;

    use super::*;

    const START: Timestamp = Timestamp::from_unix_secs(1_000);

    /// Frames a second apart, each as bright as its number; what is shown, with what is measured in brackets.
    fn played(count: u8, secs_max: f64, leads: (usize, usize)) -> String {
        let frames = (0..count).map(|number| {
            let camera = CameraId::parse("c").unwrap();
            let at = Timestamp::from_unix_secs(1_000 + i64::from(number));
            Ok(seal_i420(camera, at, u64::from(number) + 1, (2, 2), vec![number; 6]).unwrap())
        });
        let player = Player::new(frames, START, secs_max, leads).unwrap();
        let shown = player.map(|shown| {
            let shown = shown.unwrap();
            let camera = CameraId::parse("c").unwrap();
            let frame = shown.picture.frame(&camera, START, 1).unwrap();
            let number = velum_frame::Pixels::luma(&frame).row(0)[0];
            if shown.measured_secs.is_some() { format!("[{number}]") } else { number.to_string() }
        });
        shown.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn leads_run_there_and_back_and_are_not_measured() {
        let check = |count, secs_max, leads, expected: &str| {
            assert_eq!(played(count, secs_max, leads), expected);
        };
        check(4, 99.0, (0, 0), "[0] [1] [2] [3]");
        check(4, 99.0, (2, 1), "2 1 [0] [1] [2] [3] 2");
        check(3, 99.0, (5, 3), "1 0 1 2 1 [0] [1] [2] 1 0 1");
        check(9, 3.0, (2, 2), "2 1 [0] [1] [2] 1 0");
        check(9, 3.0, (6, 0), "2 1 0 1 2 1 [0] [1] [2]");
        check(1, 99.0, (2, 2), "0 0 [0] 0 0");
        check(0, 99.0, (2, 2), "");
    }
}
