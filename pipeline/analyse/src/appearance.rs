//! How a static blob looks against the background: measured once, when it has settled.
//!
//! The measures tell a thing that was put down from a place where something was taken away, from a change of
//! light, and from something that only moved a little. Constants and their origin: see `rules::abandoned::tests_of_things`.

mod field;

use opencv::core::{Mat, Rect, Vec3b};
use opencv::imgproc;
use opencv::prelude::*;

use crate::background::{Background, SAME_COLOUR};
use crate::error::AnalyseError;
use crate::patch::{Area, Colours, alike_fraction, cut, grey};
use crate::picture::WorkingSize;
use field::{Field, Gradient, grown, shrunk};

/// Pixels around a blob that are looked at with it.
const MARGIN_PX: usize = 8;
const MIN_CORE_PIXELS: usize = 24;
/// What only moved has at least this share of its pixels in the same colours where it was: of a thin tape little more.
const MIN_SAME_COLOURS: f32 = 0.12;

/// What was measured.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Look {
    /// Largest difference of median colours inside and in the ring around, grey levels.
    pub(crate) ring_contrast: f32,
    /// 1 - overlap of the colour histograms inside and around, 0..=1.
    pub(crate) histogram_distance: f32,
    /// Positive where the outline and the colours stand out now and did not before; negative the other way round.
    pub(crate) newly_arrived: f32,
    /// The part of it that rests on the outline.
    pub(crate) outline: f32,
    /// Correlation of the gradients inside with those of the background: 1 where only the light changed.
    pub(crate) gradient_correlation: f32,
    /// Logarithm of brightness over background: its mean and its spread inside.
    pub(crate) log_ratio: f32,
    pub(crate) log_ratio_spread: f32,
    /// How much the channels' ratios differ from one another.
    pub(crate) tint: f32,
    /// Mean gradient inside, of the background and now, grey levels a pixel.
    pub(crate) texture_behind: f32,
    pub(crate) texture_now: f32,
    /// The share of its pixels that differ from the background: gaps between narrow strips that were closed do not.
    pub(crate) changed_fraction: f32,
    /// Best correlation of what is there now with the background nearby.
    pub(crate) found_nearby: f32,
}

/// A patch around the blob: colours now and behind, and which pixels are inside, on the rim, in the ring.
struct Cutting {
    now: Colours,
    behind: Colours,
    inside: Vec<bool>,
    /// Inside and away from the outline, where there is enough of that: the edge of a patch of light is no texture.
    core: Vec<bool>,
    rim: Vec<bool>,
    ring: Vec<bool>,
    width: usize,
}

impl Cutting {
    fn of(
        background: &Background,
        area: &Area,
        mask: &[bool],
        size: &WorkingSize,
    ) -> Result<Self, AnalyseError> {
        let around = area.grown(MARGIN_PX, size.width_px, size.height_px);
        let now = around.indices(size.width_px as usize).map(|index| background.challenger(index)).collect();
        let behind = cut(background.behind(), &around)?;
        let (dx, dy) = (area.left - around.left, area.top - around.top);
        let inside: Vec<bool> = (0..around.height)
            .flat_map(|y| (0..around.width).map(move |x| (x, y)))
            .map(|(x, y)| {
                let column = x.checked_sub(dx).filter(|column| *column < area.width);
                let row = y.checked_sub(dy).filter(|row| *row < area.height);
                let index = column.zip(row).map(|(column, row)| row * area.width + column);
                index.and_then(|index| mask.get(index)).copied().unwrap_or(false)
            })
            .collect();
        let width = around.width;
        let rim = differ(&grown(&inside, width, 2), &shrunk(&inside, width, 2));
        let ring = differ(&grown(&inside, width, 7), &grown(&inside, width, 3));
        let core = shrunk(&inside, width, 2);
        let core = if count(&core) >= MIN_CORE_PIXELS { core } else { inside.clone() };
        Ok(Self { now, behind, inside, core, rim, ring, width })
    }

    fn gradient(&self, colours: &[[u8; 3]]) -> Gradient {
        Field::of(colours, self.width).gradient()
    }
}

fn count(mask: &[bool]) -> usize {
    mask.iter().filter(|inside| **inside).count()
}

fn differ(large: &[bool], small: &[bool]) -> Vec<bool> {
    large.iter().zip(small).map(|(large, small)| *large && !*small).collect()
}

fn masked<'a, T: Copy>(values: &'a [T], mask: &'a [bool]) -> impl Iterator<Item = T> + 'a {
    values.iter().zip(mask).filter(|(_, inside)| **inside).map(|(value, _)| *value)
}

fn mean(values: impl Iterator<Item = f32>) -> f32 {
    let (sum, count) = values.fold((0.0, 0_u32), |(sum, count), value| (sum + value, count + 1));
    if count == 0 { 0.0 } else { sum / count as f32 }
}

/// Measures a blob. `reach_px`: how far around the background is searched for what is there now.
pub(crate) fn look_at(
    background: &Background,
    area: &Area,
    mask: &[bool],
    reach_px: usize,
    size: &WorkingSize,
) -> Result<Look, AnalyseError> {
    let cutting = Cutting::of(background, area, mask, size)?;
    let (now, behind) = (cutting.gradient(&cutting.now), cutting.gradient(&cutting.behind));
    let arrival = arrival(&cutting, &now, &behind);
    let light = light_ratio(&cutting);
    Ok(Look {
        ring_contrast: ring_contrast(&cutting),
        histogram_distance: arrival.histogram_distance,
        newly_arrived: arrival.newly_arrived,
        outline: arrival.outline,
        gradient_correlation: now.correlation(&behind, &cutting.core),
        log_ratio: light.log_mean,
        log_ratio_spread: light.log_spread,
        tint: light.tint,
        texture_behind: mean(masked(&behind.strength(), &cutting.core)),
        texture_now: mean(masked(&now.strength(), &cutting.core)),
        changed_fraction: 1.0 - alike_fraction(&cutting.now, &cutting.behind, &cutting.inside, SAME_COLOUR),
        found_nearby: found_nearby(background, area, reach_px, size)?,
    })
}

/// How plainly something new came: the measures of [`Look`] of these names.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Arrival {
    pub(crate) newly_arrived: f32,
    pub(crate) outline: f32,
    pub(crate) histogram_distance: f32,
}

/// Measures only how plainly a blob arrived, which is quickly done.
pub(crate) fn arrival_of(
    background: &Background,
    area: &Area,
    mask: &[bool],
    size: &WorkingSize,
) -> Result<Arrival, AnalyseError> {
    let cutting = Cutting::of(background, area, mask, size)?;
    Ok(arrival(&cutting, &cutting.gradient(&cutting.now), &cutting.gradient(&cutting.behind)))
}

fn arrival(cutting: &Cutting, now: &Gradient, behind: &Gradient) -> Arrival {
    let outward = Field::of_mask(&cutting.inside, cutting.width).smoothed().gradient();
    let across = |gradient: &Gradient| {
        let projected = gradient.along(&outward);
        mean(masked(&projected, &cutting.rim)).abs() + 1.0
    };
    let outline = (across(now) / across(behind)).ln();
    let apart_now = histogram_distance(&cutting.now, cutting);
    let apart_behind = histogram_distance(&cutting.behind, cutting);
    let standing_out = ((apart_now + 0.05) / (apart_behind + 0.05)).ln();
    Arrival { newly_arrived: (outline + standing_out) / 2.0, outline, histogram_distance: apart_now }
}

fn median_colour(colours: &[[u8; 3]], mask: &[bool]) -> Option<[u8; 3]> {
    let mut channels: [Vec<u8>; 3] = Default::default();
    for colour in masked(colours, mask) {
        channels.iter_mut().zip(colour).for_each(|(channel, value)| channel.push(value));
    }
    let mut medians = [0; 3];
    for (median, channel) in medians.iter_mut().zip(&mut channels) {
        let middle = channel.len() / 2;
        if channel.is_empty() {
            return None;
        }
        *median = *channel.select_nth_unstable(middle).1;
    }
    Some(medians)
}

fn ring_contrast(cutting: &Cutting) -> f32 {
    let inside = median_colour(&cutting.now, &cutting.inside);
    let ring = median_colour(&cutting.now, &cutting.ring);
    inside.zip(ring).map_or(0.0, |(a, b)| f32::from(crate::patch::difference(a, b)))
}

/// 1 - Bhattacharyya coefficient of the colour histograms (8x8x8) inside and in the ring.
fn histogram_distance(colours: &[[u8; 3]], cutting: &Cutting) -> f32 {
    let histogram = |mask: &[bool]| {
        let mut counts = vec![0.0_f32; 512];
        for [b, g, r] in masked(colours, mask) {
            let bin = (usize::from(b >> 5) << 6) | (usize::from(g >> 5) << 3) | usize::from(r >> 5);
            if let Some(count) = counts.get_mut(bin) {
                *count += 1.0;
            }
        }
        let all: f32 = counts.iter().sum();
        counts.iter_mut().for_each(|count| *count /= all.max(1.0));
        counts
    };
    let (inside, ring) = (histogram(&cutting.inside), histogram(&cutting.ring));
    1.0 - inside.iter().zip(&ring).map(|(a, b)| (a * b).sqrt()).sum::<f32>()
}

struct LightRatio {
    log_mean: f32,
    log_spread: f32,
    tint: f32,
}

/// How what is there now would follow from the background by light alone.
fn light_ratio(cutting: &Cutting) -> LightRatio {
    let inside = |colours| masked(colours, &cutting.inside);
    let logs: Vec<f32> = inside(&cutting.now)
        .zip(inside(&cutting.behind))
        .map(|(now, behind)| ((grey(now) + 8.0) / (grey(behind) + 8.0)).ln())
        .collect();
    let middle = mean(logs.iter().copied());
    let log_spread = mean(logs.iter().map(|log| (log - middle).powi(2))).sqrt();
    let mut channel_ratios = [0.0_f32; 3];
    for (channel, ratio) in channel_ratios.iter_mut().enumerate() {
        let value = |colour: [u8; 3]| f32::from(colour.get(channel).copied().unwrap_or(0)) + 8.0;
        let mut ratios: Vec<f32> = inside(&cutting.now)
            .zip(inside(&cutting.behind))
            .map(|(now, behind)| value(now) / value(behind))
            .collect();
        let at = ratios.len() / 2;
        *ratio = if ratios.is_empty() { 1.0 } else { *ratios.select_nth_unstable_by(at, f32::total_cmp).1 };
    }
    let whole = channel_ratios.iter().sum::<f32>() / 3.0;
    let tint = channel_ratios.iter().map(|ratio| (ratio / whole).ln().abs()).fold(0.0, f32::max);
    LightRatio { log_mean: whole.ln(), log_spread, tint }
}

/// The best normalised correlation of the thing with the background within reach, where its colours are alike, too.
fn found_nearby(
    background: &Background,
    area: &Area,
    reach_px: usize,
    size: &WorkingSize,
) -> Result<f32, AnalyseError> {
    let thing = area.grown(1, size.width_px, size.height_px);
    let searched = area.grown(reach_px.max(6), size.width_px, size.height_px);
    if thing.width.min(thing.height) < 5 || searched.width < thing.width || searched.height < thing.height {
        return Ok(0.0);
    }
    let colours: Vec<Vec3b> = thing
        .indices(size.width_px as usize)
        .map(|index| Vec3b::from(background.challenger(index)))
        .collect();
    let template = Mat::new_rows_cols_with_data(thing.height as i32, thing.width as i32, &colours)?;
    let region =
        Rect::new(searched.left as i32, searched.top as i32, searched.width as i32, searched.height as i32);
    let scene = Mat::roi(background.behind(), region)?;
    let mut scores = Mat::default();
    imgproc::match_template_def(&scene, &template, &mut scores, imgproc::TM_CCOEFF_NORMED)?;
    let columns = scores.cols().max(1) as usize;
    let scores = scores.data_typed::<f32>()?.iter().copied().enumerate();
    let best = scores.filter(|(_, score)| score.is_finite()).max_by(|a, b| a.1.total_cmp(&b.1));
    let Some((place, score)) = best else { return Ok(0.0) };
    // A pattern that is alike in other colours is something else: in the dark many patterns are.
    let (left, top) = (searched.left + place % columns, searched.top + place / columns);
    let there = cut(background.behind(), &Area { left, top, ..thing })?;
    let now: Colours = colours.iter().map(|colour| colour.0).collect();
    let everywhere = vec![true; now.len()];
    let alike = alike_fraction(&now, &there, &everywhere, SAME_COLOUR);
    Ok(if alike >= MIN_SAME_COLOURS { score.max(0.0) } else { 0.0 })
}
