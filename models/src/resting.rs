//! A detector that rests while its camera's picture does not change: what it found there is there still.
//!
//! Invariants: each frame has an answer, so that no rule waits for evidence; none is older than [`LONGEST_REST`]; only an answer
//! that two looks agree on is repeated, so that no false find counts twice; while somebody must know of each frame by itself
//! where people are, it does not rest ([`Resting::be`]).

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use velum_frame::{Pixels, RawFrame};
use velum_vocab::{Detection, Digest, Timestamp};
use zeroize::Zeroize;

use crate::{Detect, ModelError};

/// So long it may rest, and rests where nothing else is written: what was seen for as long is established for the rules.
pub const LONGEST_REST: Duration = Duration::from_secs(1);
/// Boxes of two looks that overlap so much are of the same thing.
const SAME_IOU: f32 = 0.5;
/// The picture is looked at in so many fields across: of eight pixels, where it is 1280 wide.
const FIELDS_ACROSS: usize = 160;
/// A field whose mean moved by more levels of luma than this has changed. Noise moves the mean of 64 pixels by a fraction of
/// its own spread; an edge of 32 levels that moves by one pixel moves it by four, in pictures at most 1280 wide.
const CHANGED_LEVELS: u8 = 3;

/// What a detector may do while a picture does not change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Alertness {
    /// It looks at each frame.
    Awake,
    /// It may repeat its answer.
    MayRest,
}

/// A detector for one camera; awake until it is told that it may rest.
pub struct Resting {
    detector: Arc<dyn Detect>,
    longest: Duration,
    may_rest: AtomicBool,
    last: Mutex<Option<Answer>>,
}

/// What was found when it looked last, and where.
struct Answer {
    at: Timestamp,
    fields: Fields,
    found: Vec<Detection>,
    /// The look before it found the same.
    is_agreed: bool,
}

impl Resting {
    /// One that rests for at most `longest` or [`LONGEST_REST`], and never where that is nought.
    pub fn new(detector: Arc<dyn Detect>, longest: Duration) -> Self {
        let longest = longest.min(LONGEST_REST);
        Self { detector, longest, may_rest: AtomicBool::new(false), last: Mutex::default() }
    }

    /// What it may do from now on.
    pub fn be(&self, alertness: Alertness) {
        self.may_rest.store(alertness == Alertness::MayRest, Ordering::Relaxed);
    }

    /// Forgets what it saw.
    pub fn forget(&self) {
        *self.last() = None;
    }

    fn last(&self) -> MutexGuard<'_, Option<Answer>> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Detect for Resting {
    fn detect(&self, frame: &RawFrame) -> Result<Vec<Detection>, ModelError> {
        if self.longest.is_zero() || !self.may_rest.load(Ordering::Relaxed) {
            self.forget();
            return self.detector.detect(frame);
        }
        let (at, fields) = (frame.captured_at(), Fields::of(frame));
        let mut last = self.last();
        if let Some(answer) = last.as_ref() {
            let is_recent = (0.0..self.longest.as_secs_f64()).contains(&at.secs_since(answer.at));
            if is_recent && answer.is_agreed && !fields.differ_from(&answer.fields) {
                return Ok(answer.found.clone());
            }
        }
        // Where it fails, nothing stands.
        let before = last.take();
        let found = self.detector.detect(frame)?;
        let is_agreed = before.is_some_and(|before| agree(&before.found, &found));
        *last = Some(Answer { at, fields, found: found.clone(), is_agreed });
        Ok(found)
    }

    fn digest(&self) -> Digest {
        self.detector.digest()
    }
}

/// Whether two looks found the same things.
fn agree(one: &[Detection], other: &[Detection]) -> bool {
    let has = |all: &[Detection], it: &Detection| {
        all.iter().any(|o| o.class == it.class && o.box_in_frame.iou(&it.box_in_frame) >= SAME_IOU)
    };
    one.len() == other.len() && one.iter().all(|it| has(other, it)) && other.iter().all(|it| has(one, it))
}

/// The means of a picture's luma, field by field; overwritten when it is dropped, as frames are.
///
/// # Shape
/// `[rows, columns] u8`; the last of each may be of fewer pixels.
struct Fields {
    size_px: (u32, u32),
    means: Vec<u8>,
}

impl Fields {
    fn of(frame: &RawFrame) -> Self {
        let luma = frame.luma();
        let (width, height) = (luma.width_px(), luma.height_px());
        let side = width.div_ceil(FIELDS_ACROSS).max(1);
        let mut means = Vec::with_capacity(width.div_ceil(side) * height.div_ceil(side));
        // At most 103 rows of 255: a frame is at most 16384 wide.
        let mut sums = vec![0_u16; width];
        for rows in luma.samples().chunks(width.max(1) * side) {
            sums.fill(0);
            for row in rows.chunks(width.max(1)) {
                sums.iter_mut().zip(row).for_each(|(sum, sample)| *sum += u16::from(*sample));
            }
            let count = rows.len() / width.max(1);
            means.extend(sums.chunks(side).map(|field| {
                let sum: u32 = field.iter().map(|sum| u32::from(*sum)).sum();
                u8::try_from(sum / (field.len() * count).max(1) as u32).unwrap_or(u8::MAX)
            }));
        }
        sums.zeroize();
        Self { size_px: (frame.width_px(), frame.height_px()), means }
    }

    fn differ_from(&self, before: &Self) -> bool {
        let most = self.means.iter().zip(&before.means).map(|(now, then)| now.abs_diff(*then)).max();
        self.size_px != before.size_px || most.unwrap_or(0) > CHANGED_LEVELS
    }
}

impl Drop for Fields {
    fn drop(&mut self) {
        self.means.zeroize();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use velum_frame::seal_i420;
    use velum_vocab::{BoxInFrame, CameraId, ObjectClass};

    use super::*;

    const WIDTH: usize = 1280;
    const HEIGHT: usize = 720;

    /// Finds one person, as it is told where.
    #[derive(Default)]
    struct Counting {
        looks: AtomicUsize,
        /// Left edges, look by look; the last goes on.
        lefts_px: Vec<f32>,
    }

    impl Detect for Counting {
        fn detect(&self, _: &RawFrame) -> Result<Vec<Detection>, ModelError> {
            let look = self.looks.fetch_add(1, Ordering::Relaxed);
            let left = self.lefts_px.get(look).or(self.lefts_px.last()).copied().unwrap_or(0.0);
            let box_in_frame = BoxInFrame::new(left, 0.0, left + 9.0, 9.0).unwrap();
            Ok(vec![Detection { class: ObjectClass::Person, score: 0.9, box_in_frame }])
        }

        fn digest(&self) -> Digest {
            Digest::of(b"counting")
        }
    }

    fn frame(ms: i64, paint: impl Fn(&mut [u8])) -> RawFrame {
        let mut bytes = vec![90; WIDTH * HEIGHT * 3 / 2];
        paint(&mut bytes);
        let camera = CameraId::parse("c").unwrap();
        seal_i420(camera, Timestamp::from_unix_millis(ms), 1, (WIDTH as u32, HEIGHT as u32), bytes).unwrap()
    }

    /// A rectangle this much brighter.
    fn brighter(bytes: &mut [u8], (left, top, width, height): (usize, usize, usize, usize), by: u8) {
        for row in bytes.chunks_mut(WIDTH).skip(top).take(height) {
            row[left..left + width].iter_mut().for_each(|sample| *sample += by);
        }
    }

    fn resting(lefts_px: &[f32]) -> (Resting, Arc<Counting>) {
        let counting = Arc::new(Counting { lefts_px: lefts_px.to_vec(), ..Counting::default() });
        let resting = Resting::new(Arc::clone(&counting) as _, LONGEST_REST);
        resting.be(Alertness::MayRest);
        (resting, counting)
    }

    /// How often it looked at so many frames of the same, five a second.
    fn looks(resting: &Resting, counting: &Counting, frames: i64) -> usize {
        let before = counting.looks.load(Ordering::Relaxed);
        (0..frames).for_each(|n| assert_eq!(resting.detect(&frame(200 * n, |_| {})).unwrap().len(), 1));
        counting.looks.load(Ordering::Relaxed) - before
    }

    #[test]
    fn it_rests_while_nothing_changes_and_no_longer_than_it_may() {
        let (resting, counting) = resting(&[]);
        // Twice to agree, at 0 and 200 ms; then each second, at 1200 and 2200.
        assert_eq!(looks(&resting, &counting, 15), 4);
        let longer = Resting::new(Arc::clone(&counting) as _, Duration::from_secs(60));
        longer.be(Alertness::MayRest);
        assert_eq!(looks(&longer, &counting, 15), 4);
    }

    #[test]
    fn what_two_looks_do_not_agree_on_is_not_repeated() {
        let (resting, counting) = resting(&[0.0, 300.0, 0.0, 0.0]);
        let found: Vec<_> = (0..6).map(|n| resting.detect(&frame(200 * n, |_| {})).unwrap()).collect();
        assert_eq!(counting.looks.load(Ordering::Relaxed), 4);
        let lefts: Vec<_> = found.iter().map(|found| found[0].box_in_frame.left_px()).collect();
        assert_eq!(lefts, [0.0, 300.0, 0.0, 0.0, 0.0, 0.0]);
    }

    #[test]
    fn whatever_changes_visibly_is_looked_at() {
        let check = |area, by, expected| {
            let (resting, counting) = resting(&[]);
            looks(&resting, &counting, 2);
            resting.detect(&frame(400, |bytes| brighter(bytes, area, by))).unwrap();
            assert_eq!(counting.looks.load(Ordering::Relaxed) - 2, expected, "{area:?} {by}");
        };
        check((0, 0, WIDTH, HEIGHT), 3, 0);
        check((0, 0, WIDTH, HEIGHT), 4, 1);
        // A field, the last one, part of one, and a pixel.
        check((640, 320, 8, 8), 4, 1);
        check((WIDTH - 8, HEIGHT - 8, 8, 8), 4, 1);
        check((640, 320, 4, 8), 8, 1);
        check((640, 320, 1, 1), 100, 0);
        // Somebody of 12 by 30 pixels who is 20 levels brighter than the ground.
        check((300, 300, 12, 30), 20, 1);
    }

    #[test]
    fn slow_changes_add_up() {
        let (resting, counting) = resting(&[]);
        looks(&resting, &counting, 2);
        for step in 1..=4 {
            let whole = (0, 0, WIDTH, HEIGHT);
            resting.detect(&frame(200 + 50 * step, |bytes| brighter(bytes, whole, step as u8))).unwrap();
        }
        // Against the picture that was looked at, not against the last one.
        assert_eq!(counting.looks.load(Ordering::Relaxed), 3);
    }

    #[test]
    fn it_does_not_rest_where_it_may_not_and_forgets() {
        let (resting, counting) = resting(&[]);
        let never = Resting::new(Arc::clone(&counting) as _, Duration::ZERO);
        never.be(Alertness::MayRest);
        let untold = Resting::new(Arc::clone(&counting) as _, LONGEST_REST);
        for one in [never, untold] {
            assert_eq!(looks(&one, &counting, 5), 5);
        }
        resting.be(Alertness::Awake);
        assert_eq!(looks(&resting, &counting, 5), 5);
        resting.be(Alertness::MayRest);
        assert_eq!(looks(&resting, &counting, 5), 2);
        resting.forget();
        assert_eq!(looks(&resting, &counting, 5), 2);
    }

    #[test]
    fn time_that_goes_back_and_another_size_are_looked_at() {
        let (resting, counting) = resting(&[]);
        assert_eq!(looks(&resting, &counting, 3), 2);
        resting.detect(&frame(-500, |_| {})).unwrap();
        assert_eq!(counting.looks.load(Ordering::Relaxed), 3);
        let small = seal_i420(
            CameraId::parse("c").unwrap(),
            Timestamp::from_unix_millis(-400),
            1,
            (318, 242),
            vec![90; 318 * 242 * 3 / 2],
        );
        resting.detect(&small.unwrap()).unwrap();
        assert_eq!(counting.looks.load(Ordering::Relaxed), 4);
    }
}
