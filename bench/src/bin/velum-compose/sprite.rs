//! A cut-out: colours as video has them, and how much of each pixel it covers. What is covered nowhere has no say
//! in any colour, however it is scaled.

use velum_bench::bag::Rect;
use velum_bench::colour::yuv_from_rgb;

/// Y, U, V and cover (0..=1).
pub(crate) type Pixel = [f32; 4];

/// Black, in video's range, and the middle of U and V.
const BLACK: f32 = 16.0;
const NO_COLOUR: f32 = 128.0;

/// A cut-out.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Sprite {
    pub(crate) width: usize,
    pub(crate) height: usize,
    pixels: Vec<Pixel>,
}

impl Sprite {
    /// A cut-out made pixel by pixel.
    pub(crate) fn from_fn(width: usize, height: usize, mut pixel: impl FnMut(usize, usize) -> Pixel) -> Self {
        let pixels = (0..width * height).map(|i| pixel(i % width.max(1), i / width.max(1))).collect();
        Self { width, height, pixels }
    }

    /// The same of red, green and blue, 0..=255, and cover.
    pub(crate) fn from_rgb(
        width: usize,
        height: usize,
        mut colour: impl FnMut(usize, usize) -> ([f32; 3], f32),
    ) -> Self {
        Self::from_fn(width, height, |x, y| {
            let (rgb, cover) = colour(x, y);
            let (luma, u, v) = yuv_from_rgb(rgb);
            [luma, u, v, cover]
        })
    }

    /// A pixel; nothing outside.
    pub(crate) fn at(&self, x: usize, y: usize) -> Pixel {
        let index = (x < self.width).then_some(y * self.width + x);
        index.and_then(|i| self.pixels.get(i)).copied().unwrap_or([BLACK, NO_COLOUR, NO_COLOUR, 0.0])
    }

    /// Left and right exchanged.
    pub(crate) fn flipped(&self) -> Self {
        Self::from_fn(self.width, self.height, |x, y| self.at(self.width - 1 - x, y))
    }

    /// Upside down, as a polished floor shows it.
    pub(crate) fn upside_down(&self) -> Self {
        Self::from_fn(self.width, self.height, |x, y| self.at(x, self.height - 1 - y))
    }

    /// Turned by a quarter to the right.
    pub(crate) fn turned(&self) -> Self {
        Self::from_fn(self.height, self.width, |x, y| self.at(y, self.height - 1 - x))
    }

    /// Scaled to a height; each pixel is the mean of what it covers.
    pub(crate) fn with_height(&self, height_px: f64) -> Self {
        let scale = height_px / self.height.max(1) as f64;
        let width = ((self.width as f64 * scale).round() as usize).max(1);
        let height = (height_px.round() as usize).max(1);
        let (across, down) = (self.width as f64 / width as f64, self.height as f64 / height as f64);
        let (fine_x, fine_y) = (fine_samples(across), fine_samples(down));
        Self::from_fn(width, height, |x, y| {
            let mut sum = [0.0; 4];
            for j in 0..fine_y {
                for i in 0..fine_x {
                    let part = |whole: usize, fine: usize, of: usize, step: f64| {
                        (whole as f64 + (fine as f64 + 0.5) / of as f64) * step - 0.5
                    };
                    add(&mut sum, self.between(part(x, i, fine_x, across), part(y, j, fine_y, down)));
                }
            }
            mean(sum, (fine_x * fine_y) as f32)
        })
    }

    /// The pixel at a place between pixels, colours weighted by their cover (not yet divided by it).
    fn between(&self, x: f64, y: f64) -> Pixel {
        let (left, top) = (x.floor(), y.floor());
        let (share_x, share_y) = ((x - left) as f32, (y - top) as f32);
        let mut sum = [0.0; 4];
        for (dy, weight_y) in [(0.0, 1.0 - share_y), (1.0, share_y)] {
            for (dx, weight_x) in [(0.0, 1.0 - share_x), (1.0, share_x)] {
                let (x, y) = (left + dx, top + dy);
                if x < 0.0 || y < 0.0 {
                    continue;
                }
                let [luma, u, v, cover] = self.at(x as usize, y as usize);
                let share = cover * weight_x * weight_y;
                add(&mut sum, [luma * share, u * share, v * share, share]);
            }
        }
        sum
    }

    /// Edges that fade over about a pixel, as a lens has them.
    pub(crate) fn feathered(&self) -> Self {
        let (width, height) = (self.width + 2, self.height + 2);
        Self::from_fn(width, height, |x, y| {
            let mut sum = [0.0; 4];
            for (dy, weight_y) in [(0, 0.22), (1, 0.56), (2, 0.22)] {
                for (dx, weight_x) in [(0, 0.22), (1, 0.56), (2, 0.22)] {
                    let (Some(x), Some(y)) = ((x + dx).checked_sub(2), (y + dy).checked_sub(2)) else {
                        continue;
                    };
                    let [luma, u, v, cover] = self.at(x, y);
                    let share = cover * weight_x * weight_y;
                    add(&mut sum, [luma * share, u * share, v * share, share]);
                }
            }
            mean(sum, 1.0)
        })
    }

    /// The colours changed by a rule.
    pub(crate) fn recoloured(&self, change: impl Fn([f32; 3]) -> [f32; 3]) -> Self {
        Self::from_fn(self.width, self.height, |x, y| {
            let [luma, u, v, cover] = self.at(x, y);
            let [luma, u, v] = change([luma, u, v]);
            [luma.clamp(BLACK, 235.0), u.clamp(16.0, 240.0), v.clamp(16.0, 240.0), cover]
        })
    }

    /// The mean colour of what is covered.
    pub(crate) fn mean_colour(&self) -> [f32; 3] {
        let mut sum = [0.0; 4];
        for [luma, u, v, cover] in &self.pixels {
            add(&mut sum, [luma * cover, u * cover, v * cover, *cover]);
        }
        let [luma, u, v, _] = mean(sum, 1.0);
        [luma, u, v]
    }

    /// The least rectangle with all that is covered by half or more, and the share of it that is.
    pub(crate) fn extent(&self) -> Option<(Rect, f32)> {
        let covered = |x: usize, y: usize| self.at(x, y)[3] >= 0.5;
        let columns = |y: usize| (0..self.width).filter(move |x| covered(*x, y));
        let rows: Vec<usize> = (0..self.height).filter(|y| columns(*y).next().is_some()).collect();
        let (top, bottom) = (*rows.first()?, *rows.last()?);
        let left = rows.iter().filter_map(|y| columns(*y).next()).min()?;
        let right = rows.iter().filter_map(|y| columns(*y).next_back()).max()?;
        let rect = Rect { left, top, width: right + 1 - left, height: bottom + 1 - top };
        let area: usize = rows.iter().map(|y| columns(*y).count()).sum();
        Some((rect, area as f32 / (rect.width * rect.height) as f32))
    }

    /// Only what lies in a rectangle.
    pub(crate) fn cut(&self, rect: Rect) -> Self {
        Self::from_fn(rect.width, rect.height, |x, y| self.at(rect.left + x, rect.top + y))
    }
}

/// So many samples along one side, that none of the finer pixels is passed over.
fn fine_samples(pixels: f64) -> usize {
    (pixels.ceil() as usize).clamp(1, 8)
}

fn add(sum: &mut Pixel, more: Pixel) {
    sum.iter_mut().zip(more).for_each(|(sum, more)| *sum += more);
}

/// Colours divided by the cover that they were weighted with; the cover by the number of samples.
fn mean([luma, u, v, cover]: Pixel, samples: f32) -> Pixel {
    if cover <= 1e-6 {
        return [BLACK, NO_COLOUR, NO_COLOUR, 0.0];
    }
    [luma / cover, u / cover, v / cover, (cover / samples).min(1.0)]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn half_covered() -> Sprite {
        Sprite::from_fn(
            8,
            8,
            |x, _| if x < 4 { [200.0, 90.0, 160.0, 1.0] } else { [16.0, 128.0, 128.0, 0.0] },
        )
    }

    #[test]
    fn scaling_keeps_the_colour_of_what_is_covered() {
        for height in [3.0, 5.0, 8.0, 13.0, 30.0] {
            let scaled = half_covered().with_height(height);
            assert_eq!((scaled.width, scaled.height), (height as usize, height as usize));
            for index in 0..scaled.width * scaled.height {
                let [luma, u, v, cover] = scaled.at(index % scaled.width, index / scaled.width);
                if cover > 0.01 {
                    assert!((luma - 200.0).abs() < 0.1 && (u - 90.0).abs() < 0.1 && (v - 160.0).abs() < 0.1);
                }
            }
        }
    }

    #[test]
    fn feathering_softens_the_edge_and_leaves_the_middle() {
        let soft = Sprite::from_fn(9, 9, |_, _| [100.0, 128.0, 128.0, 1.0]).feathered();
        assert_eq!((soft.width, soft.height), (11, 11));
        assert!((soft.at(5, 5)[3] - 1.0).abs() < 1e-5);
        assert!(soft.at(0, 5)[3] > 0.1 && soft.at(0, 5)[3] < 0.5 && soft.at(1, 5)[3] < 1.0);
    }

    #[test]
    fn turns_and_flips() {
        let sprite = Sprite::from_fn(2, 3, |x, y| [(y * 2 + x) as f32 + 20.0, 128.0, 128.0, 1.0]);
        assert_eq!(sprite.flipped().at(0, 0)[0], 21.0);
        assert_eq!(sprite.upside_down().at(0, 0)[0], 24.0);
        let turned = sprite.turned();
        assert_eq!((turned.width, turned.height), (3, 2));
        assert_eq!(turned.at(0, 0)[0], 24.0);
        assert_eq!(turned.at(2, 1)[0], 21.0);
    }

    #[test]
    fn the_extent_is_what_is_covered() {
        let (rect, share) = half_covered().extent().unwrap();
        assert_eq!(rect, Rect { left: 0, top: 0, width: 4, height: 8 });
        assert!((share - 1.0).abs() < 1e-6);
    }
}
