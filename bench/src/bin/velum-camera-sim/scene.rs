//! The bag in the scene: painted on the clean background, behind whoever walks in front of it.

use anyhow::Context;

use velum_bench::bag::{Bag, Rect};
use velum_bench::colour::{mix, moved, yuv_from_rgb};
use velum_bench::footage::Picture;
use velum_bench::mask::{blob, feathered, grown, shrunk};

/// Moving blobs smaller than this are noise.
const SMALLEST_BLOB_PX: usize = 25;
/// The background is the median of every so many frames of the recording, of so many at most.
const SAMPLE_EVERY: u64 = 8;
const MOST_SAMPLES: usize = 200;

/// The place of the bag, with the empty background around it.
pub(crate) struct Scene {
    bag: Bag,
    /// What is compared with the background: the bag, and room for a person in front of it.
    window: Rect,
    /// Medians of Y, U and V at each pixel of the window.
    background: Vec<[u8; 3]>,
    picture_px: (usize, usize),
}

/// Collects frames of which the background is made.
pub(crate) struct Background {
    window: Rect,
    samples: Vec<Vec<[u8; 3]>>,
    bag: Bag,
    picture_px: (usize, usize),
}

impl Background {
    /// Begins without a frame.
    pub(crate) fn new(bag: Bag, (width, height): (usize, usize)) -> Self {
        let case = bag.box_px;
        let left = case.left.saturating_sub(case.width * 2);
        let top = case.top.saturating_sub(case.height * 2);
        let window = Rect {
            left,
            top,
            width: (case.right() + case.width * 2).min(width) - left,
            height: (case.bottom() + case.height).min(height) - top,
        };
        Self { window, samples: Vec::new(), bag, picture_px: (width, height) }
    }

    /// Looks at a frame of the recording.
    pub(crate) fn add(&mut self, number: u64, picture: &Picture) {
        if number.is_multiple_of(SAMPLE_EVERY) && self.samples.len() < MOST_SAMPLES {
            self.samples.push(colours(picture, self.window));
        }
    }

    /// The scene with the median of all frames seen as its background.
    pub(crate) fn finish(self) -> anyhow::Result<Scene> {
        let pixels = self.samples.first().context("no frame to learn the background from")?.len();
        let median = |pixel: usize, plane: usize| {
            let mut values: Vec<u8> =
                self.samples.iter().filter_map(|s| s.get(pixel)?.get(plane).copied()).collect();
            let middle = values.len() / 2;
            *values.select_nth_unstable(middle).1
        };
        let background = (0..pixels).map(|p| [median(p, 0), median(p, 1), median(p, 2)]).collect();
        Ok(Scene { bag: self.bag, window: self.window, background, picture_px: self.picture_px })
    }
}

impl Scene {
    /// Where the bag is, without its shadow.
    pub(crate) fn box_px(&self) -> Rect {
        self.bag.box_px
    }

    /// Size of the picture.
    pub(crate) fn picture_px(&self) -> (usize, usize) {
        self.picture_px
    }

    /// Paints the bag into frame `number` of the recording.
    pub(crate) fn compose(&self, number: u64, picture: &mut Picture) {
        let now = colours(picture, self.window);
        let moving = self.moving(&now);
        let front = feathered(&self.in_front(&moving), self.window.width);
        let gain = self.light(&now, &moving);
        let mut grain = fastrand::Rng::with_seed(number);
        let width = picture.width;
        let [luma, u, v] = picture.planes_mut();
        let painted = self.bag.painted;
        for y in painted.top..painted.bottom() {
            for x in painted.left..painted.right() {
                let paint = self.bag.paint(x, y);
                let seen = 1.0 - self.at(&front, x, y);
                let noise = grain.f32() * 3.0 - 1.5;
                let rgb = paint.rgb.map(|c| (c * gain + noise).clamp(0.0, 255.0));
                let yuv = yuv_from_rgb(rgb);
                if let Some(sample) = luma.get_mut(y * width + x) {
                    let ground = (f32::from(*sample) - 16.0) * (1.0 - paint.shadow * seen) + 16.0;
                    *sample = mix(ground, yuv.0, paint.cover * seen);
                }
                // Chroma has half the resolution: one pixel of four speaks for it.
                if x.is_multiple_of(2) && y.is_multiple_of(2) {
                    let at = y / 2 * (width / 2) + x / 2;
                    for (plane, value) in [(&mut *u, yuv.1), (&mut *v, yuv.2)] {
                        if let Some(sample) = plane.get_mut(at) {
                            *sample = mix(f32::from(*sample), value, paint.cover * seen);
                        }
                    }
                }
            }
        }
    }

    fn at(&self, values: &[f32], x: usize, y: usize) -> f32 {
        let x = x.checked_sub(self.window.left).filter(|x| *x < self.window.width);
        let y = y.checked_sub(self.window.top);
        x.zip(y).and_then(|(x, y)| values.get(y * self.window.width + x)).copied().unwrap_or(0.0)
    }

    /// Where the frame is not the background: cleaned of noise, holes closed.
    fn moving(&self, now: &[[u8; 3]]) -> Vec<bool> {
        let raw: Vec<bool> =
            now.iter().zip(&self.background).map(|(now, still)| moved(*now, *still)).collect();
        let width = self.window.width;
        let opened = grown(&shrunk(&raw, width, 1), width, 1);
        shrunk(&grown(&opened, width, 2), width, 2)
    }

    /// The moving blobs whose lowest point is nearer to the camera than the bag's foot.
    fn in_front(&self, moving: &[bool]) -> Vec<bool> {
        let width = self.window.width;
        let foot_row = self.bag.box_px.bottom() - self.window.top;
        let mut front = vec![false; moving.len()];
        let mut visited = vec![false; moving.len()];
        for start in 0..moving.len() {
            let blob = blob(moving, &mut visited, start, width);
            let lowest_row = blob.iter().max().map_or(0, |index| index / width);
            if blob.len() >= SMALLEST_BLOB_PX && lowest_row + 3 >= foot_row {
                blob.into_iter().for_each(|index| front.get_mut(index).into_iter().for_each(|f| *f = true));
            }
        }
        front
    }

    /// How bright the still part of the window is against the background: the bag lies in the same light.
    fn light(&self, now: &[[u8; 3]], moving: &[bool]) -> f32 {
        let still = now.iter().zip(&self.background).zip(moving).filter(|(_, moving)| !**moving);
        let (now, before) = still.fold((0_u64, 0_u64), |sum, (([now, ..], [before, ..]), _)| {
            (sum.0 + u64::from(*now), sum.1 + u64::from(*before))
        });
        if before == 0 { 1.0 } else { (now as f32 / before as f32).clamp(0.5, 2.0) }
    }
}

/// Y, U and V at each pixel of a window.
fn colours(picture: &Picture, window: Rect) -> Vec<[u8; 3]> {
    let sample = |plane: usize, index: usize| picture.plane(plane).get(index).copied().unwrap_or_default();
    let rows = (window.top..window.bottom()).flat_map(|y| (window.left..window.right()).map(move |x| (x, y)));
    let colour = |(x, y): (usize, usize)| {
        let chroma = y / 2 * (picture.width / 2) + x / 2;
        [sample(0, y * picture.width + x), sample(1, chroma), sample(2, chroma)]
    };
    rows.map(colour).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: (usize, usize) = (240, 240);

    fn grey() -> Picture {
        let luma = SIZE.0 * SIZE.1;
        let mut bytes = vec![150; luma];
        bytes.resize(luma * 3 / 2, 128);
        Picture { width: SIZE.0, height: SIZE.1, bytes }
    }

    fn scene() -> Scene {
        let bag = Bag::draw((120.0, 150.0), 44.0, SIZE).unwrap();
        let mut background = Background::new(bag, SIZE);
        (0..3).for_each(|n| background.add(n * SAMPLE_EVERY, &grey()));
        background.finish().unwrap()
    }

    /// A white person 30 px wide over columns 110..140, with feet at a row, and the bag composed into it.
    fn luma_at_bag_with_person_to(foot_row: usize) -> u8 {
        let mut picture = grey();
        for y in foot_row - 80..foot_row {
            for x in 110..140 {
                picture.bytes[y * SIZE.0 + x] = 230;
            }
        }
        scene().compose(0, &mut picture);
        picture.bytes[125 * SIZE.0 + 125]
    }

    #[test]
    fn who_is_nearer_hides_the_bag_and_who_is_farther_does_not() {
        assert!(luma_at_bag_with_person_to(170) > 200, "in front");
        assert!(luma_at_bag_with_person_to(140) < 90, "behind");
    }

    #[test]
    fn nothing_changes_away_from_the_bag() {
        let mut picture = grey();
        let scene = scene();
        scene.compose(0, &mut picture);
        let painted = scene.bag.painted;
        let changed =
            (0..SIZE.0 * SIZE.1).filter(|&i| picture.bytes[i] != 150).map(|i| (i % SIZE.0, i / SIZE.0));
        for (x, y) in changed {
            assert!(
                (painted.left..painted.right()).contains(&x) && (painted.top..painted.bottom()).contains(&y)
            );
        }
        assert!(picture.bytes[130 * SIZE.0 + 115] < 90, "the bag is dark");
    }
}
