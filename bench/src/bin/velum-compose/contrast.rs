//! How much an object stands out: the mean grey level inside against a ring around it, on the empty scene.

use velum_bench::bag::Rect;
use velum_bench::footage::Picture;

use crate::paint::{self, Layer};
use crate::sprite::Sprite;

/// Video's range of luma as grey levels 0..=255.
const LEVELS_PER_LUMA: f64 = 255.0 / 219.0;
/// What a low contrast aims at, grey levels.
const LOW: f64 = 35.0;
/// Texture that is left in what hardly stands out.
const TEXTURE_LEFT: f32 = 0.3;

/// Mean colours inside an object and in a ring around it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Measured {
    inside: [f64; 3],
    ring: [f64; 3],
}

impl Measured {
    /// Looks at a layer painted on the empty scene.
    pub(crate) fn of(layer: &Layer<'_>, plate: &Picture) -> Self {
        let mut picture = plate.clone();
        paint::layers(&mut picture, std::slice::from_ref(layer), plate, None);
        let (left, top) = paint::corner(layer);
        let (width, height) = (layer.sprite.width as i64, layer.sprite.height as i64);
        let margin = (width.min(height) / 3).max(3);
        let mut sums = [Sum::default(); 2];
        let [inside, ring] = &mut sums;
        for y in top - margin..top + height + margin {
            for x in left - margin..left + width + margin {
                let (Ok(x_px), Ok(y_px)) = (usize::try_from(x), usize::try_from(y)) else { continue };
                let hidden = |r: &Rect| {
                    r.bottom() as f64 > layer.foot.y_px
                        && (r.left..r.right()).contains(&x_px)
                        && (r.top..r.bottom()).contains(&y_px)
                };
                if x_px >= picture.width || y_px >= picture.height || layer.behind.iter().any(hidden) {
                    continue;
                }
                match cover(&layer.sprite, x - left, y - top) {
                    cover if cover > 0.6 => inside.add(&picture, x_px, y_px),
                    cover if cover < 0.05 => ring.add(&picture, x_px, y_px),
                    _ => {}
                }
            }
        }
        Self { inside: inside.mean(), ring: ring.mean() }
    }

    /// Grey levels.
    pub(crate) fn levels(&self) -> f64 {
        (self.inside[0] - self.ring[0]).abs() * LEVELS_PER_LUMA
    }
}

/// A cut-out so coloured that it hardly stands out: 30 to 40 grey levels, darker where there is room for it.
pub(crate) fn tinted(layer: &Layer<'_>, plate: &Picture) -> Sprite {
    let first = Measured::of(layer, plate);
    let [mean_luma, mean_u, mean_v] = layer.sprite.mean_colour();
    let [ring_luma, ring_u, ring_v] = first.ring.map(|c| c as f32);
    let direction = if ring_luma > 16.0 + 60.0 { -1.0 } else { 1.0 };
    let mut wanted = (LOW / LEVELS_PER_LUMA) as f32;
    let mut tinted = layer.sprite.clone().into_owned();
    // Clipping and soft edges take some of it: measured and asked for again.
    for _ in 0..4 {
        tinted = layer.sprite.recoloured(|[luma, u, v]| {
            [
                ring_luma + direction * wanted + (luma - mean_luma) * TEXTURE_LEFT,
                ring_u + (u - mean_u) * TEXTURE_LEFT,
                ring_v + (v - mean_v) * TEXTURE_LEFT,
            ]
        });
        let now = Layer { sprite: std::borrow::Cow::Borrowed(&tinted), ..layer.clone() };
        let missing = LOW - Measured::of(&now, plate).levels();
        if missing.abs() < 2.0 {
            break;
        }
        wanted += (missing / LEVELS_PER_LUMA) as f32;
    }
    tinted
}

fn cover(sprite: &Sprite, x: i64, y: i64) -> f32 {
    let place = usize::try_from(x).ok().zip(usize::try_from(y).ok());
    place.map_or(0.0, |(x, y)| sprite.at(x, y)[3])
}

#[derive(Debug, Clone, Copy, Default)]
struct Sum {
    colour: [f64; 3],
    pixels: f64,
}

impl Sum {
    fn add(&mut self, picture: &Picture, x: usize, y: usize) {
        let sample = |plane: usize, at: usize| picture.plane(plane).get(at).copied().map_or(0.0, f64::from);
        let chroma = y / 2 * (picture.width / 2) + x / 2;
        let colour = [sample(0, y * picture.width + x), sample(1, chroma), sample(2, chroma)];
        self.colour.iter_mut().zip(colour).for_each(|(sum, c)| *sum += c);
        self.pixels += 1.0;
    }

    fn mean(&self) -> [f64; 3] {
        self.colour.map(|sum| sum / self.pixels.max(1.0))
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::*;
    use crate::ground::Place;

    fn plate(luma: u8) -> Picture {
        let mut bytes = vec![luma; 120 * 120];
        bytes.resize(120 * 120 * 3 / 2, 128);
        Picture { width: 120, height: 120, bytes }
    }

    /// Half dark and half light, with soft edges.
    fn layer() -> Layer<'static> {
        let sprite = Sprite::from_fn(24, 20, |x, _| [if x < 12 { 40.0 } else { 190.0 }, 90.0, 170.0, 1.0]);
        let foot = Place::of([60.0, 70.0]);
        let sprite = Cow::Owned(sprite.feathered());
        Layer { sprite, foot, opacity: 1.0, shadow: 0.4, mirrored: 0.0, behind: &[] }
    }

    #[test]
    fn contrast_is_the_distance_of_means() {
        let levels = Measured::of(&Layer { shadow: 0.0, ..layer() }, &plate(65)).levels();
        assert!((levels - 50.0 * LEVELS_PER_LUMA).abs() < 6.0, "{levels}");
    }

    #[test]
    fn tinting_reaches_30_to_40_levels_on_any_ground() {
        for ground in [30, 60, 90, 130, 180, 220] {
            let layer = layer();
            let tinted = tinted(&layer, &plate(ground));
            let now = Layer { sprite: Cow::Owned(tinted), ..layer };
            let levels = Measured::of(&now, &plate(ground)).levels();
            assert!((30.0..=40.0).contains(&levels), "on {ground}: {levels}");
        }
    }
}
