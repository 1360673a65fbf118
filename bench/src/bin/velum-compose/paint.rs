//! Painting: cut-outs over a frame, the farther ones first, behind whoever really walks in front of them; then the
//! light and the camera.

use velum_bench::bag::Rect;
use velum_bench::colour::mix;
use velum_bench::footage::Picture;

use crate::backdrop::Movement;
use crate::ground::Place;
use crate::sprite::Sprite;

/// One cut-out in one frame, already at its size.
#[derive(Debug, Clone)]
pub(crate) struct Layer<'a> {
    pub(crate) sprite: std::borrow::Cow<'a, Sprite>,
    /// The middle of its lower edge.
    pub(crate) foot: Place,
    /// 0..=1, of all its pixels.
    pub(crate) opacity: f32,
    /// How much light its contact shadow takes at most.
    pub(crate) shadow: f32,
    /// How much of it a polished floor shows below it; 0 for none.
    pub(crate) mirrored: f32,
    /// What belongs to the scene and stands before whatever has its feet above its lower edge.
    pub(crate) behind: &'a [Rect],
}

/// A soft shadow on the ground that belongs to nothing in the picture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Shade {
    pub(crate) middle: Place,
    pub(crate) half_px: (f64, f64),
    /// How much light it takes.
    pub(crate) depth: f32,
}

/// Part of the scene moved a little, the surroundings drawn along.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Shift {
    pub(crate) rect: Rect,
    pub(crate) by_px: f64,
}

/// What light and camera make of a finished picture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Grade {
    pub(crate) gain: f32,
    /// How much colour is left.
    pub(crate) colour: f32,
    /// Standard deviation of the noise of each frame, grey levels.
    pub(crate) noise: f32,
}

impl Grade {
    pub(crate) const DAY: Self = Self { gain: 1.0, colour: 1.0, noise: 0.0 };
}

/// Over how many pixels a shifted part draws its surroundings along.
const SHIFT_MARGIN_PX: f64 = 12.0;
const BLACK: f32 = 16.0;

/// Paints cut-outs, the farther ones first.
pub(crate) fn layers(
    picture: &mut Picture,
    layers: &[Layer<'_>],
    plate: &Picture,
    movement: Option<&Movement>,
) {
    let mut order: Vec<&Layer<'_>> = layers.iter().collect();
    order.sort_by(|a, b| a.foot.y_px.total_cmp(&b.foot.y_px));
    for layer in order {
        let light = local_light(picture, plate, movement, &layer.foot, layer.sprite.width);
        if layer.mirrored > 0.0 {
            mirror(picture, layer, light, movement);
        }
        contact_shadow(picture, layer, movement);
        let corner = corner(layer);
        put(picture, &layer.sprite, corner, layer.opacity, light, |x, y| {
            hidden(movement, layer.behind, layer.foot.y_px, x, y)
        });
    }
}

/// The box of a layer in the picture.
pub(crate) fn corner(layer: &Layer<'_>) -> (i64, i64) {
    let left = layer.foot.x_px - layer.sprite.width as f64 / 2.0;
    let top = layer.foot.y_px - layer.sprite.height as f64;
    (left.round() as i64, top.round() as i64)
}

fn hidden(movement: Option<&Movement>, behind: &[Rect], foot_row: f64, x: usize, y: usize) -> f32 {
    let nearer = |r: &Rect| r.bottom() as f64 > foot_row;
    let covered = |r: &Rect| nearer(r) && x >= r.left && x < r.right() && y >= r.top && y < r.bottom();
    if behind.iter().any(covered) {
        return 1.0;
    }
    movement.map_or(0.0, |movement| movement.hides(x, y, foot_row + 2.0))
}

/// Mixes a cut-out into the picture.
fn put(
    picture: &mut Picture,
    sprite: &Sprite,
    (left, top): (i64, i64),
    opacity: f32,
    light: f32,
    hidden: impl Fn(usize, usize) -> f32,
) {
    let (width, height) = (picture.width, picture.height);
    let [luma_plane, u_plane, v_plane] = picture.planes_mut();
    for row in 0..sprite.height {
        let Some(y) = usize::try_from(top + row as i64).ok().filter(|y| *y < height) else { continue };
        for column in 0..sprite.width {
            let Some(x) = usize::try_from(left + column as i64).ok().filter(|x| *x < width) else { continue };
            let [luma, u, v, cover] = sprite.at(column, row);
            let share = cover * opacity;
            if share < 0.004 {
                continue;
            }
            let share = share * (1.0 - hidden(x, y));
            let luma = (luma - BLACK) * light + BLACK;
            change(luma_plane, y * width + x, |sample| mix(sample, luma, share));
            if x.is_multiple_of(2) && y.is_multiple_of(2) {
                let at = y / 2 * (width / 2) + x / 2;
                change(u_plane, at, |sample| mix(sample, u, share));
                change(v_plane, at, |sample| mix(sample, v, share));
            }
        }
    }
}

fn change(plane: &mut [u8], at: usize, change: impl Fn(f32) -> u8) {
    if let Some(sample) = plane.get_mut(at) {
        *sample = change(f32::from(*sample));
    }
}

/// What a polished floor shows: the cut-out upside down below its foot, fading with the distance.
fn mirror(picture: &mut Picture, layer: &Layer<'_>, light: f32, movement: Option<&Movement>) {
    let turned = layer.sprite.upside_down();
    let height = turned.height.max(1) as f32;
    let faded = Sprite::from_fn(turned.width, turned.height, |x, y| {
        let [luma, u, v, cover] = turned.at(x, y);
        [luma, u, v, cover * (1.0 - 0.55 * y as f32 / height)]
    });
    let (left, _) = corner(layer);
    let top = layer.foot.y_px.round() as i64 - 1;
    put(picture, &faded, (left, top), layer.opacity * layer.mirrored, light, |x, y| {
        hidden(movement, layer.behind, layer.foot.y_px, x, y)
    });
}

/// The soft dark under whatever stands on the ground.
fn contact_shadow(picture: &mut Picture, layer: &Layer<'_>, movement: Option<&Movement>) {
    let half = layer.sprite.width as f64 * 0.62;
    let middle = layer.foot.moved(half * 0.08, -half * 0.06);
    let shade =
        Shade { middle, half_px: (half, (half * 0.24).max(1.5)), depth: layer.shadow * layer.opacity };
    shade_with(picture, &shade, |x, y| hidden(movement, layer.behind, layer.foot.y_px, x, y));
}

/// Paints a shadow.
pub(crate) fn shade(picture: &mut Picture, shade: &Shade) {
    shade_with(picture, shade, |_, _| 0.0);
}

fn shade_with(picture: &mut Picture, shade: &Shade, hidden: impl Fn(usize, usize) -> f32) {
    if shade.depth <= 0.0 {
        return;
    }
    let (width, height) = (picture.width, picture.height);
    let (half_x, half_y) = shade.half_px;
    let reach = 1.6;
    let from = |middle: f64, half: f64| (middle - half * reach).max(0.0) as usize;
    let until = |middle: f64, half: f64, most: usize| ((middle + half * reach).max(0.0) as usize).min(most);
    let [luma, ..] = picture.planes_mut();
    for y in from(shade.middle.y_px, half_y)..until(shade.middle.y_px, half_y, height) {
        for x in from(shade.middle.x_px, half_x)..until(shade.middle.x_px, half_x, width) {
            let (dx, dy) = ((x as f64 - shade.middle.x_px) / half_x, (y as f64 - shade.middle.y_px) / half_y);
            let taken = shade.depth * (-(dx * dx + dy * dy) * 1.6).exp() as f32 * (1.0 - hidden(x, y));
            change(luma, y * width + x, |sample| mix(sample, BLACK, taken));
        }
    }
}

/// How bright the still ground near a place is now against the empty scene.
fn local_light(
    now: &Picture,
    plate: &Picture,
    movement: Option<&Movement>,
    foot: &Place,
    width_px: usize,
) -> f32 {
    let Some(movement) = movement else { return 1.0 };
    let half = (width_px as f64).max(16.0);
    let from = |middle: f64| (middle - half).max(0.0) as usize;
    let (mut sum_now, mut sum_plate) = (0_u64, 0_u64);
    for y in (from(foot.y_px)..(foot.y_px + half * 0.5).max(0.0) as usize).step_by(4) {
        for x in (from(foot.x_px)..(foot.x_px + half).max(0.0) as usize).step_by(4) {
            if x >= now.width || y >= now.height || movement.hides(x, y, 0.0) > 0.0 {
                continue;
            }
            let sample = |p: &Picture| p.plane(0).get(y * p.width + x).copied().map_or(0, u64::from);
            sum_now += sample(now);
            sum_plate += sample(plate);
        }
    }
    if sum_plate < 200 { 1.0 } else { (sum_now as f32 / sum_plate as f32).clamp(0.5, 1.8) }
}

/// Moves a part of the picture sideways; its surroundings are drawn along, so that no seam is seen.
pub(crate) fn shift(picture: &mut Picture, shift: &Shift) {
    let before = picture.clone();
    let (width, height) = (picture.width, picture.height);
    let ramp = |v: usize, from: usize, until: usize| {
        let outside = (from as f64 - v as f64).max(v as f64 + 1.0 - until as f64).max(0.0);
        (1.0 - outside / SHIFT_MARGIN_PX).max(0.0)
    };
    let margin = SHIFT_MARGIN_PX as usize;
    let r = shift.rect;
    for y in r.top.saturating_sub(margin)..(r.bottom() + margin).min(height) {
        for x in r.left.saturating_sub(margin)..(r.right() + margin).min(width) {
            let by = shift.by_px * ramp(x, r.left, r.right()) * ramp(y, r.top, r.bottom());
            let from = (x as f64 - by).round().clamp(0.0, (width - 1) as f64) as usize;
            copy(&before, picture, 0, (from, x), y, width);
            if x.is_multiple_of(2) && y.is_multiple_of(2) {
                copy(&before, picture, 1, (from / 2, x / 2), y / 2, width / 2);
                copy(&before, picture, 2, (from / 2, x / 2), y / 2, width / 2);
            }
        }
    }
}

fn copy(
    from: &Picture,
    to: &mut Picture,
    plane: usize,
    (from_x, to_x): (usize, usize),
    y: usize,
    width: usize,
) {
    let sample = from.plane(plane).get(y * width + from_x).copied();
    let target = to.planes_mut().into_iter().nth(plane).and_then(|plane| plane.get_mut(y * width + to_x));
    if let (Some(target), Some(sample)) = (target, sample) {
        *target = sample;
    }
}

/// What light and camera make of it. The noise is drawn from a table at a place that the frame decides.
pub(crate) fn grade(picture: &mut Picture, grade: &Grade, noise: &Noise, frame: u64) {
    let [luma, u, v] = picture.planes_mut();
    if (grade.gain - 1.0).abs() > 1e-3 || grade.noise > 0.0 {
        let table: Vec<u8> = (0..=255_u8)
            .map(|s| ((f32::from(s) - BLACK) * grade.gain + BLACK).clamp(BLACK, 235.0) as u8)
            .collect();
        for (sample, noise) in luma.iter_mut().zip(noise.of_frame(frame)) {
            let lit = table.get(usize::from(*sample)).copied().unwrap_or(*sample);
            *sample = (f32::from(lit) + noise * grade.noise).clamp(BLACK, 235.0) as u8;
        }
    }
    if (grade.colour - 1.0).abs() > 1e-3 {
        for sample in u.iter_mut().chain(v) {
            *sample = ((f32::from(*sample) - 128.0) * grade.colour + 128.0).round() as u8;
        }
    }
}

/// Grain, drawn once.
pub(crate) struct Noise(Vec<f32>);

impl Noise {
    const LEN: usize = 1 << 20;

    pub(crate) fn new(seed: u64) -> Self {
        let mut rng = fastrand::Rng::with_seed(seed);
        // The sum of four even ones is near enough to normal; its deviation is 0.577 of the sum's range of 1.
        let grain = |rng: &mut fastrand::Rng| ((0..4).map(|_| rng.f32()).sum::<f32>() - 2.0) * 1.732;
        Self((0..Self::LEN).map(|_| grain(&mut rng)).collect())
    }

    fn of_frame(&self, frame: u64) -> impl Iterator<Item = &f32> {
        let start = fastrand::Rng::with_seed(frame).usize(..Self::LEN);
        self.0.iter().cycle().skip(start)
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::*;

    fn grey(luma: u8) -> Picture {
        let mut bytes = vec![luma; 100 * 100];
        bytes.resize(100 * 100 * 3 / 2, 128);
        Picture { width: 100, height: 100, bytes }
    }

    fn square(luma: f32, foot: [f64; 2]) -> Layer<'static> {
        let sprite = Sprite::from_fn(20, 20, |_, _| [luma, 100.0, 150.0, 1.0]);
        let foot = Place::of(foot);
        Layer { sprite: Cow::Owned(sprite), foot, opacity: 1.0, shadow: 0.0, mirrored: 0.0, behind: &[] }
    }

    fn luma(picture: &Picture, x: usize, y: usize) -> u8 {
        picture.bytes[y * 100 + x]
    }

    #[test]
    fn what_is_half_opaque_is_mixed_half() {
        let mut picture = grey(100);
        let layer = Layer { opacity: 0.5, ..square(200.0, [50.0, 60.0]) };
        layers(&mut picture, &[layer], &grey(100), None);
        assert_eq!(luma(&picture, 50, 50), 150);
        assert_eq!(picture.plane(1)[25 * 50 + 25], 114);
        assert_eq!(luma(&picture, 50, 61), 100, "nothing below the foot");
        assert_eq!(luma(&picture, 39, 50), 100);
    }

    #[test]
    fn the_nearer_one_is_in_front() {
        let mut picture = grey(100);
        let (near, far) = (square(200.0, [50.0, 65.0]), square(40.0, [55.0, 60.0]));
        layers(&mut picture, &[near, far], &grey(100), None);
        assert_eq!((luma(&picture, 55, 50), luma(&picture, 63, 50)), (200, 40));
    }

    #[test]
    fn scenery_hides_and_a_polished_floor_mirrors() {
        let mut picture = grey(100);
        let post = [Rect { left: 50, top: 0, width: 10, height: 100 }];
        let layer = Layer { behind: &post, mirrored: 0.3, ..square(200.0, [50.0, 60.0]) };
        layers(&mut picture, &[layer], &grey(100), None);
        assert_eq!((luma(&picture, 45, 50), luma(&picture, 55, 50)), (200, 100));
        assert!((125..=130).contains(&luma(&picture, 45, 60)), "{}", luma(&picture, 45, 60));
    }

    #[test]
    fn a_shift_moves_what_is_inside_and_leaves_what_is_far() {
        let mut picture = grey(100);
        (40..60).for_each(|y| picture.bytes[y * 100 + 50] = 200);
        let rect = Rect { left: 40, top: 40, width: 20, height: 20 };
        shift(&mut picture, &Shift { rect, by_px: 5.0 });
        assert_eq!((luma(&picture, 50, 50), luma(&picture, 55, 50)), (100, 200));
        assert_eq!(luma(&picture, 10, 10), 100);
    }

    #[test]
    fn the_night_is_dark_grey_and_noisy_and_the_same_again() {
        let noise = Noise::new(7);
        let night = Grade { gain: 0.4, colour: 0.3, noise: 6.0 };
        let made = || {
            let mut picture = grey(150);
            grade(&mut picture, &night, &noise, 12);
            picture
        };
        let picture = made();
        let values: Vec<f32> = picture.plane(0).iter().map(|s| f32::from(*s)).collect();
        let mean = values.iter().sum::<f32>() / values.len() as f32;
        let spread = (values.iter().map(|v| (v - mean).powi(2)).sum::<f32>() / values.len() as f32).sqrt();
        assert!((mean - 69.0).abs() < 2.0 && (5.0..7.0).contains(&spread), "{mean} {spread}");
        assert_eq!(picture, made());
    }
}
