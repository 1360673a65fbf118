//! Regions that have grown together are cut apart by when they began.
//!
//! A bag that is put down beside a group that stands, or before a tape that moves in the wind, lies in one static region
//! with them. What is put down begins to challenge the background at once, in all its pixels; what merely stands
//! there began at other times. So pixels that began together and lie together are looked at by themselves.
//! A part of a person who stopped can look so, too: of what was cut out more is asked, and its owner must be seen to
//! go before it raises an alert.

use super::Scene;
use crate::appearance;
use crate::background::Stillness;
use crate::blobs::{self, Blob};
use crate::error::AnalyseError;
use crate::picture::WorkingSize;

/// Pixels began together within this time: noise lets some of them lag behind.
const TOGETHER_SECS: f64 = 1.25;
const BIN_SECS: f64 = 0.25;
const BINS_TOGETHER: usize = (TOGETHER_SECS / BIN_SECS) as usize;
/// What began longer ago was looked at before.
const LOOKED_BACK_SECS: f64 = 15.0;
const BINS: usize = (LOOKED_BACK_SECS / BIN_SECS) as usize;
/// Moments looked at in one region, those in which most of it began.
const MAX_MOMENTS: usize = 4;
/// A region of several things stands out from its surroundings less than this.
const ONE_NEWLY_ARRIVED: f32 = 0.4;
const ONE_APART: f32 = 0.2;
/// What a thing was put down beside stood there before: most of the rest began this much earlier.
const BEFORE_SECS: f64 = 4.0;
const BINS_BEFORE: usize = (BEFORE_SECS / BIN_SECS) as usize;
const JOINED_FRACTION: f32 = 0.5;
/// And less of it than this began together.
const ONE_TOGETHER_FRACTION: f32 = 0.6;

/// The parts of a region that began together, where each is a region by itself and `fits`.
pub(super) fn parts(
    blob: &Blob,
    scene: &Scene<'_>,
    size: &WorkingSize,
    fits: impl Fn(&Blob) -> bool,
) -> Result<Vec<Blob>, AnalyseError> {
    let bins = bins_of(blob, scene, size);
    let mut counts = vec![0_usize; BINS];
    for (_, bin) in &bins {
        counts.get_mut(*bin).into_iter().for_each(|count| *count += 1);
    }
    let mut parts = Vec::new();
    for _ in 0..MAX_MOMENTS {
        let Some(first) = fullest(&counts) else { break };
        let together = first..first + BINS_TOGETHER;
        let began = || bins.iter().filter(|(_, bin)| together.contains(bin)).map(|(index, _)| *index);
        if began().count() as f32 > ONE_TOGETHER_FRACTION * blob.pixels as f32 {
            return Ok(Vec::new());
        }
        let mut found: Vec<Blob> = regions(began(), size)?.into_iter().filter(&fits).collect();
        let stood_before = bins.iter().filter(|(_, bin)| *bin >= together.end + BINS_BEFORE).count();
        let joined = stood_before as f32 > JOINED_FRACTION * (bins.len() - began().count()) as f32;
        if !found.is_empty() && (joined || !is_one_thing(blob, scene, size)?) {
            parts.append(&mut found);
        }
        counts.iter_mut().skip(first).take(BINS_TOGETHER).for_each(|count| *count = 0);
    }
    Ok(parts)
}

/// Whether a region that is larger than a thing plainly arrived as one: somebody who lies there, and no part of whom
/// is a thing.
pub(super) fn is_one_thing(blob: &Blob, scene: &Scene<'_>, size: &WorkingSize) -> Result<bool, AnalyseError> {
    let arrival = appearance::arrival_of(scene.background, &blob.area, &blob.mask, size)?;
    Ok(arrival.newly_arrived >= ONE_NEWLY_ARRIVED && arrival.histogram_distance >= ONE_APART)
}

/// Each static pixel of a region, and how many bins ago it began.
fn bins_of(blob: &Blob, scene: &Scene<'_>, size: &WorkingSize) -> Vec<(usize, usize)> {
    let stillness = scene.background.stillness();
    let inside = blob.area.indices(size.width_px as usize).zip(&blob.mask).filter(|(_, inside)| **inside);
    let still = inside.filter(|(index, _)| stillness.get(*index) == Some(&(Stillness::Static as u8)));
    still.map(|(index, _)| (index, (scene.background.challenged_secs(index) / BIN_SECS) as usize)).collect()
}

/// Where the fullest stretch of bins begins; `None` where all are empty.
fn fullest(counts: &[usize]) -> Option<usize> {
    let sums = counts.windows(BINS_TOGETHER).map(|window| window.iter().sum::<usize>());
    let (first, most) = sums.enumerate().max_by_key(|(first, sum)| (*sum, std::cmp::Reverse(*first)))?;
    (most > 0).then_some(first)
}

fn regions(indices: impl Iterator<Item = usize>, size: &WorkingSize) -> Result<Vec<Blob>, AnalyseError> {
    let mut wanted = vec![0_u8; size.pixels()];
    for index in indices {
        wanted.get_mut(index).into_iter().for_each(|wanted| *wanted = 1);
    }
    blobs::find_close(&wanted, size)
}
