//! What the scene looks like without what comes and goes, pixel by pixel.
//!
//! A *temporal-consistency* model: each pixel has a background colour, and a *challenger*, another colour with a
//! counter of how long it has been there. A challenger displaced by a passer-by is kept in a *hidden* slot and
//! comes back with its count, so that occlusion does not start it anew. What has challenged for
//! [`STATIC_SECS`] is static foreground: something left, something taken away, a change of light, or a person
//! standing still; `rules::abandoned` tells which.
//! Invariant: colours live here in memory only, and are forgotten with the model.

mod block;
mod difference;
mod gain;
mod light;
mod pixel;

use opencv::core::{CV_8UC3, Mat, Scalar, Vec3b};
use opencv::prelude::*;
use velum_vocab::Timestamp;

use crate::error::AnalyseError;
use crate::patch::Area;
use crate::picture::WorkingSize;
use block::{BLOCK, Block, CHANNELS};
use difference::Difference;
use gain::{LightGain, SmallBrightness};
pub(crate) use light::LightHistory;
use pixel::{Colour, PixelState, Rates};

/// Brightness differences below this are the same colour.
pub(crate) const SAME_COLOUR: u8 = 14;
/// Differences above this are foreground.
const FOREGROUND: u8 = 22;
/// The model takes a picture at most this often.
const MIN_STEP_SECS: f64 = 0.15;
/// A longer gap counts as this long.
const MAX_STEP_SECS: f64 = 0.5;
/// After a gap of this length the scene is learnt anew.
const RELEARN_GAP_SECS: f64 = 600.0;
/// The first seconds are learnt by majority.
const BOOTSTRAP_SECS: f64 = 4.0;
/// Consistent for this long: possibly put down.
pub(crate) const EARLY_SECS: f64 = 1.0;
/// Consistent for this long: static.
pub(crate) const STATIC_SECS: f64 = 3.0;
/// Static for this long: part of the background.
const ABSORBED_SECS: f64 = 300.0;
/// More foreground than this share of the picture is a change of the whole scene.
const SCENE_CHANGE_FRACTION: f64 = 0.3;
/// After a change of the whole scene, nothing new is believed and the background follows fast.
const SCENE_CHANGE_HOLD_SECS: f64 = 3.0;

/// How long a pixel has been consistently other than the background.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(crate) enum Stillness {
    /// Background, or moving.
    None = 0,
    /// For [`EARLY_SECS`].
    Early = 1,
    /// For [`STATIC_SECS`].
    Static = 2,
}

/// The model of one camera's scene.
pub(crate) struct Background {
    size: WorkingSize,
    /// The background, exactly; `background` shows it, rounded.
    colours: Vec<Colour>,
    pixels: Vec<PixelState>,
    /// 1 where more than the background's colour may change in a step.
    busy: Vec<u8>,
    stillness: Vec<u8>,
    difference: Difference,
    corrected: Mat,
    background: Mat,
    light: LightHistory,
    started_at: Option<Timestamp>,
    stepped_at: Option<Timestamp>,
    hold_secs: f64,
    /// Whether `difference` is that of the last picture.
    compared: bool,
}

impl Background {
    pub(crate) fn new(size: WorkingSize) -> Result<Self, AnalyseError> {
        let blank = || Mat::new_size_with_default(size.cv_size(), CV_8UC3, Scalar::default());
        Ok(Self {
            size,
            colours: vec![[0; 3]; size.pixels()],
            pixels: vec![PixelState::default(); size.pixels()],
            busy: vec![1; size.pixels()],
            stillness: vec![0; size.pixels()],
            difference: Difference::default(),
            corrected: blank()?,
            background: blank()?,
            light: LightHistory::default(),
            started_at: None,
            stepped_at: None,
            hold_secs: 0.0,
            compared: false,
        })
    }

    /// Takes a picture of the size given at the start; returns whether the model made a step, which it does at
    /// most every [`MIN_STEP_SECS`]. A picture in between is only compared.
    pub(crate) fn step(&mut self, picture: &Mat, at: Timestamp) -> Result<bool, AnalyseError> {
        let gap_secs = self.stepped_at.map_or(f64::INFINITY, |before| at.secs_since(before));
        let brightness = SmallBrightness::of(picture)?;
        if gap_secs < MIN_STEP_SECS {
            if !self.is_learning(at) {
                self.compare(picture, &brightness)?;
            }
            return Ok(false);
        }
        self.stepped_at = Some(at);
        self.light.look(&brightness, at);
        if gap_secs > RELEARN_GAP_SECS {
            self.begin(picture, at)?;
            return Ok(true);
        }
        let step_secs = gap_secs.min(MAX_STEP_SECS);
        if self.is_learning(at) {
            self.learn(picture)?;
        } else {
            self.compare(picture, &brightness)?;
            self.follow(step_secs)?;
        }
        Ok(true)
    }

    /// Whether the first seconds are still being learnt, so that nothing can be called new.
    pub(crate) fn is_learning(&self, at: Timestamp) -> bool {
        self.started_at.is_none_or(|started| at.secs_since(started) <= BOOTSTRAP_SECS)
    }

    fn begin(&mut self, picture: &Mat, at: Timestamp) -> Result<(), AnalyseError> {
        (self.started_at, self.hold_secs, self.compared) = (Some(at), 0.0, false);
        self.stillness.fill(Stillness::None as u8);
        self.busy.fill(1);
        let cells = self.pixels.iter_mut().zip(&mut self.colours);
        for ((state, colour), now) in cells.zip(picture.data_typed::<Vec3b>()?) {
            (*state, *colour) = (PixelState::showing(now.0), pixel::fixed(now.0));
        }
        picture.copy_to(&mut self.background)?;
        picture.copy_to(&mut self.corrected)?;
        Ok(())
    }

    fn learn(&mut self, picture: &Mat) -> Result<(), AnalyseError> {
        picture.copy_to(&mut self.corrected)?;
        let background = self.background.data_typed_mut::<Vec3b>()?;
        let cells = self.pixels.iter_mut().zip(&mut self.colours);
        for (((state, colour), now), shown) in cells.zip(picture.data_typed::<Vec3b>()?).zip(background) {
            state.vote(colour, now.0);
            shown.0 = pixel::rounded(*colour);
        }
        Ok(())
    }

    /// Where the picture differs from the background, in the background's light.
    fn compare(&mut self, picture: &Mat, brightness: &SmallBrightness) -> Result<(), AnalyseError> {
        let gain = LightGain::between(brightness, &SmallBrightness::of(&self.background)?);
        gain.correct(picture, &mut self.corrected)?;
        self.difference.measure(&self.corrected, &self.background)?;
        if self.difference.count_above(FOREGROUND)? as f64 > SCENE_CHANGE_FRACTION * self.size.pixels() as f64
        {
            self.hold_secs = SCENE_CHANGE_HOLD_SECS;
        }
        self.compared = true;
        Ok(())
    }

    /// Moves each pixel of the model towards the picture that was compared.
    fn follow(&mut self, step_secs: f64) -> Result<(), AnalyseError> {
        let rates = Rates::for_step(step_secs, self.hold_secs > 0.0);
        self.hold_secs = (self.hold_secs - step_secs).max(0.0);
        let seen = self.corrected.data_bytes()?.chunks(CHANNELS).zip(self.difference.bytes()?.chunks(BLOCK));
        let shown = self.background.data_bytes_mut()?.chunks_mut(CHANNELS);
        let model = self.colours.chunks_mut(BLOCK).zip(self.pixels.chunks_mut(BLOCK));
        let marks = self.busy.chunks_mut(BLOCK).zip(self.stillness.chunks_mut(BLOCK));
        for ((((now, difference), shown), (colours, states)), (busy, still)) in
            seen.zip(shown).zip(model).zip(marks)
        {
            Block { now, difference, shown, colours, states, busy, still }.follow(&rates);
        }
        Ok(())
    }

    /// How long each pixel has been static.
    ///
    /// # Shape
    /// `[height * width] u8`, values of [`Stillness`].
    pub(crate) fn stillness(&self) -> &[u8] {
        &self.stillness
    }

    /// The last picture in the background's light. *Shape*: `[height, width, 3] u8`.
    pub(crate) fn picture(&self) -> &Mat {
        &self.corrected
    }

    /// The scene without what comes and goes. *Shape*: `[height, width, 3] u8`.
    pub(crate) fn behind(&self) -> &Mat {
        &self.background
    }

    /// What lies before the background at a pixel, if it challenges it; else the background.
    pub(crate) fn challenger(&self, index: usize) -> [u8; 3] {
        let cell = self.pixels.get(index).zip(self.colours.get(index));
        cell.map_or([0; 3], |(state, colour)| state.challenger(*colour))
    }

    /// For how long a pixel's challenger has been seen, less what it was hidden.
    pub(crate) fn challenged_secs(&self, index: usize) -> f64 {
        self.pixels.get(index).map_or(0.0, PixelState::challenged_secs)
    }

    /// How the light of the whole scene has changed of late.
    pub(crate) fn light(&self) -> &LightHistory {
        &self.light
    }

    /// Whether it is known where the last picture differs from the background: not while the scene is being learnt,
    /// nor while it changes as a whole.
    pub(crate) fn is_foreground_known(&self) -> bool {
        self.compared && self.hold_secs <= 0.0
    }

    /// Where the last picture differs from the background, moving or still; `None` while that is not known: the
    /// scene is being learnt, or changes as a whole.
    ///
    /// # Shape
    /// `[height * width] u8`, 1 where it differs.
    pub(crate) fn foreground(&self) -> Option<Vec<u8>> {
        let difference = self.is_foreground_known().then(|| self.difference.bytes().ok())??;
        Some(difference.iter().map(|difference| u8::from(*difference > FOREGROUND)).collect())
    }

    /// The share of an area that was foreground in the last step, but for the pixels of other areas.
    pub(crate) fn foreground_fraction(&self, area: &Area, but_for: &[Area]) -> f32 {
        let width = self.size.width_px as usize;
        let difference = self.difference.bytes().unwrap_or_default();
        let is_outside = |index: &usize| !but_for.iter().any(|a| a.holds(index % width, index / width));
        let outside = area.indices(width).filter(is_outside);
        let (all, foreground) = outside.fold((0_u32, 0_u32), |(all, foreground), index| {
            let differs = difference.get(index).is_some_and(|difference| *difference > FOREGROUND);
            (all + 1, foreground + u32::from(differs))
        });
        if all == 0 { 0.0 } else { foreground as f32 / all as f32 }
    }

    /// Makes what challenges at these pixels part of the background: it was found to be nothing new.
    pub(crate) fn absorb(&mut self, indices: impl Iterator<Item = usize>) {
        for index in indices {
            if let Some((state, colour)) = self.pixels.get_mut(index).zip(self.colours.get_mut(index)) {
                state.absorb(colour);
            }
            // What is shown of it follows with the next step only.
            if let Some(busy) = self.busy.get_mut(index) {
                *busy = 1;
            }
            if let Some(still) = self.stillness.get_mut(index) {
                *still = Stillness::None as u8;
            }
        }
    }
}

#[cfg(test)]
mod tests;
