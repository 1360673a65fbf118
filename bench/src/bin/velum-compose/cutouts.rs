//! What is put into scenes: bags and people cut out of photographs by their polygons (coco128), and bags drawn by
//! us, so that a machine without the photographs composes too.

use std::path::Path;

use anyhow::{Context, bail};
use velum_bench::bag::Bag;

use crate::spec::{CutoutSpec, Role, Spec};
use crate::sprite::Sprite;

/// Height at which our own are drawn, pixels.
const DRAWN_PX: usize = 120;

/// All cut-outs, by what they are used as.
#[derive(Debug, Default)]
pub(crate) struct Cutouts {
    pub(crate) objects: Vec<Sprite>,
    pub(crate) sitting: Vec<Sprite>,
    /// Upright; turned when used.
    pub(crate) lying: Vec<Sprite>,
}

impl Cutouts {
    /// The drawn ones, and those of coco128 where it is there. Says what is missing.
    pub(crate) fn load(spec: &Spec) -> anyhow::Result<Self> {
        let mut cutouts = Self { objects: drawn(), ..Self::default() };
        let Some(folder) = spec.find(Path::new("coco128")) else {
            tracing::warn!("coco128 is not there: objects are drawn, and nobody sits or lies");
            return Ok(cutouts);
        };
        for (number, cutout) in spec.cutouts.iter().enumerate() {
            let sprite = from_polygon(&folder, cutout)
                .with_context(|| format!("cutouts[{number}] (`{}`, line {})", cutout.image, cutout.line))?;
            match cutout.role {
                Role::Object => cutouts.objects.push(sprite),
                Role::Sitting => cutouts.sitting.push(sprite),
                Role::Lying => cutouts.lying.push(sprite),
            }
        }
        Ok(cutouts)
    }
}

/// What lies inside one polygon of a photograph.
fn from_polygon(folder: &Path, cutout: &CutoutSpec) -> anyhow::Result<Sprite> {
    let masks = folder.join("masks").join(format!("{}.txt", cutout.image));
    let text = std::fs::read_to_string(&masks).with_context(|| format!("`{}`", masks.display()))?;
    let line = text.lines().nth(cutout.line).context("has no such line")?;
    let picture = folder.join("images").join(format!("{}.jpg", cutout.image));
    let image = image::open(&picture).with_context(|| format!("`{}`", picture.display()))?.to_rgb8();
    let polygon = polygon(line, f64::from(image.width()), f64::from(image.height()))?;
    let (width, height) = (image.width() as usize, image.height() as usize);
    let sprite = Sprite::from_rgb(width, height, |x, y| {
        let rgb = image.get_pixel_checked(x as u32, y as u32).map_or([0; 3], |pixel| pixel.0);
        (rgb.map(f32::from), f32::from(u8::from(inside(&polygon, x as f64 + 0.5, y as f64 + 0.5))))
    });
    let (extent, _) = sprite.extent().context("its polygon is empty")?;
    Ok(shrunk(&sprite.cut(extent)))
}

/// A class id, then pairs of fractions of width and height.
fn polygon(line: &str, width: f64, height: f64) -> anyhow::Result<Vec<(f64, f64)>> {
    let numbers: Result<Vec<f64>, _> = line.split_whitespace().skip(1).map(str::parse).collect();
    let numbers = numbers.context("expected numbers, a class and pairs of fractions")?;
    if numbers.len() < 6 || numbers.len() % 2 == 1 {
        bail!("expected pairs of fractions of 3 points or more, found {} numbers", numbers.len());
    }
    let pairs =
        numbers.chunks_exact(2).filter_map(|pair| Some((pair.first()? * width, pair.get(1)? * height)));
    Ok(pairs.collect())
}

fn inside(polygon: &[(f64, f64)], x: f64, y: f64) -> bool {
    let next = polygon.iter().cycle().skip(1);
    let crossed = polygon
        .iter()
        .zip(next)
        .filter(|((ax, ay), (bx, by))| (*ay > y) != (*by > y) && x < (bx - ax) * (y - ay) / (by - ay) + ax);
    crossed.count() % 2 == 1
}

/// Without its outermost pixels, which hold some of what was behind it in the photograph.
fn shrunk(sprite: &Sprite) -> Sprite {
    let covered =
        |x: Option<usize>, y: Option<usize>| x.zip(y).is_some_and(|(x, y)| sprite.at(x, y)[3] > 0.5);
    Sprite::from_fn(sprite.width, sprite.height, |x, y| {
        let [luma, u, v, cover] = sprite.at(x, y);
        let whole = covered(x.checked_sub(1), Some(y))
            && covered(Some(x + 1), Some(y))
            && covered(Some(x), y.checked_sub(1))
            && (covered(Some(x), Some(y + 1)) || y + 1 == sprite.height);
        [luma, u, v, if whole { cover } else { 0.0 }]
    })
}

/// Our own: trolley cases, holdalls, boxes and rucksacks in several colours.
fn drawn() -> Vec<Sprite> {
    let mut sprites = Vec::new();
    for colour in [[1.0, 1.0, 1.0], [3.4, 0.8, 0.7], [0.8, 1.6, 2.8]] {
        sprites.extend(case(colour));
    }
    for colour in [[62.0, 52.0, 44.0], [34.0, 54.0, 82.0], [120.0, 30.0, 34.0]] {
        sprites.push(shape(DRAWN_PX * 3 / 2, DRAWN_PX, |x, y| holdall(x, y, colour)));
    }
    for colour in [[176.0, 138.0, 92.0], [205.0, 200.0, 190.0]] {
        sprites.push(shape(DRAWN_PX * 6 / 5, DRAWN_PX, |x, y| carton(x, y, colour)));
    }
    for colour in [[40.0, 44.0, 40.0], [44.0, 92.0, 66.0], [196.0, 120.0, 40.0]] {
        sprites.push(shape(DRAWN_PX * 4 / 5, DRAWN_PX, |x, y| rucksack(x, y, colour)));
    }
    sprites
}

/// The camera simulator's trolley case in another colour.
fn case(gains: [f32; 3]) -> Option<Sprite> {
    let size = (DRAWN_PX * 2, DRAWN_PX * 2);
    let bag = Bag::draw((size.0 as f64 / 2.0, size.1 as f64 - 50.0), DRAWN_PX as f64, size)?;
    let sprite = Sprite::from_rgb(size.0, size.1, |x, y| {
        let paint = bag.paint(x, y);
        let mut rgb = paint.rgb;
        rgb.iter_mut().zip(gains).for_each(|(c, gain)| *c = (*c * gain).min(255.0));
        (rgb, paint.cover)
    });
    sprite.extent().map(|(extent, _)| sprite.cut(extent))
}

/// Draws a colour, or nothing, at fractions of width and height; 4 by 4 samples a pixel.
fn shape(width: usize, height: usize, colour: impl Fn(f64, f64) -> Option<[f32; 3]>) -> Sprite {
    const FINE: usize = 4;
    Sprite::from_rgb(width, height, |x, y| {
        let (mut sum, mut hits) = ([0.0; 3], 0.0);
        for fine in 0..FINE * FINE {
            let part = |whole: usize, fine: usize, of: usize| {
                (whole as f64 + (fine as f64 + 0.5) / FINE as f64) / of as f64
            };
            if let Some(rgb) = colour(part(x, fine % FINE, width), part(y, fine / FINE, height)) {
                sum.iter_mut().zip(rgb).for_each(|(sum, c): (&mut f32, f32)| *sum += c);
                hits += 1.0;
            }
        }
        let rgb = sum.map(|c| if hits > 0.0 { c / hits } else { 0.0 });
        (rgb, hits / (FINE * FINE) as f32)
    })
}

fn lit(colour: [f32; 3], gain: f64) -> Option<[f32; 3]> {
    Some(colour.map(|c| (f64::from(c) * gain).clamp(0.0, 255.0) as f32))
}

/// Whether a point lies in a rectangle (left, top, right, bottom) with round corners.
fn rounded(x: f64, y: f64, (left, top, right, bottom): (f64, f64, f64, f64), radius: f64) -> bool {
    let dx = (left + radius - x).max(x - right + radius).max(0.0);
    let dy = (top + radius - y).max(y - bottom + radius).max(0.0);
    dx.hypot(dy) <= radius
}

fn holdall(x: f64, y: f64, colour: [f32; 3]) -> Option<[f32; 3]> {
    let arc = ((x - 0.5) / 0.24).hypot((y - 0.34) / 0.32);
    if rounded(x, y, (0.01, 0.3, 0.99, 1.0), 0.2) {
        let strap = (x - 0.3).abs() < 0.025 || (x - 0.7).abs() < 0.025;
        let zip = (y - 0.4).abs() < 0.02;
        let round = 1.35 - 0.9 * (y - 0.3) - 0.5 * (x - 0.4).powi(2);
        return lit(
            colour,
            round
                * if strap {
                    0.5
                } else if zip {
                    1.5
                } else {
                    1.0
                },
        );
    }
    (y < 0.36 && (0.86..1.0).contains(&arc)).then_some(colour.map(|c| c * 0.5))
}

fn carton(x: f64, y: f64, colour: [f32; 3]) -> Option<[f32; 3]> {
    // The lid is seen from above, a side in the shade at the right.
    let lid = y < 0.22 && x > 0.16 * (1.0 - y / 0.22) && x < 1.0 - 0.12 * (y / 0.22);
    let tape = (x - 0.46).abs() < 0.04;
    if lid {
        return lit(colour, if tape { 1.3 } else { 1.15 });
    }
    if y >= 0.22 && x < 0.82 {
        return lit(colour, if tape && y < 0.5 { 1.12 } else { 0.95 - 0.18 * y });
    }
    (x >= 0.82 && y > 0.22 - (x - 0.82) * 0.6 && y < 1.0 - (x - 0.82) * 0.5)
        .then_some(colour.map(|c| c * 0.6))
}

fn rucksack(x: f64, y: f64, colour: [f32; 3]) -> Option<[f32; 3]> {
    let body = rounded(x, y, (0.06, 0.06, 0.94, 1.0), 0.3);
    let loop_ = ((x - 0.5) / 0.16).hypot((y - 0.07) / 0.07);
    if body {
        let pocket = rounded(x, y, (0.18, 0.55, 0.82, 0.93), 0.1);
        let edge = rounded(x, y, (0.15, 0.52, 0.85, 0.96), 0.12) && !pocket;
        let side = 1.25 - 1.1 * (x - 0.42).abs() - 0.3 * y;
        return lit(
            colour,
            side * if edge {
                0.55
            } else if pocket {
                1.15
            } else {
                1.0
            },
        );
    }
    (y < 0.1 && (0.7..1.0).contains(&loop_)).then_some(colour.map(|c| c * 0.6))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drawn_objects_fill_their_boxes() {
        let sprites = drawn();
        assert_eq!(sprites.len(), 11);
        for (number, sprite) in sprites.iter().enumerate() {
            let (extent, share) = sprite.extent().unwrap();
            assert!(share > 0.5, "{number}: {share}");
            assert!(extent.bottom() + 2 >= sprite.height, "{number}: stands on its lower edge");
        }
    }

    #[test]
    fn polygons_are_read() {
        assert_eq!(
            polygon("27 0.1 0.2 0.5 0.2 0.5 0.6", 100.0, 50.0).unwrap(),
            [(10.0, 10.0), (50.0, 10.0), (50.0, 30.0)]
        );
        for (line, expected) in [("27 0.1 0.2", "3 points or more"), ("27 0.1 x", "expected numbers")] {
            let error = polygon(line, 100.0, 50.0).unwrap_err();
            assert!(format!("{error:#}").contains(expected), "{error:#}");
        }
    }
}
