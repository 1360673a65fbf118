//! One pixel of the background model.
//!
//! Colours that are averaged are kept in 8.8 fixed point, durations in hundredths of a second: 24 bytes a pixel, of which the
//! background's colour lies apart: where nothing happens, and that is nearly everywhere, nothing else is touched.

use super::{ABSORBED_SECS, EARLY_SECS, FOREGROUND, SAME_COLOUR, STATIC_SECS, Stillness};

/// At five steps a second, how far an average moves towards what is seen.
const BACKGROUND_RATE: f64 = 0.03;
const CHALLENGER_RATE: f64 = 0.2;
const SCENE_CHANGE_RATE: f64 = 0.2;
const RATED_STEP_SECS: f64 = 0.2;
/// A displaced challenger is kept when it had lasted this long.
const KEPT_CS: i16 = 80;
/// For this long.
const HIDDEN_LIFE_CS: i16 = 6_000;
const EARLY_CS: i16 = (EARLY_SECS * 100.0) as i16;
const STATIC_CS: i16 = (STATIC_SECS * 100.0) as i16;
const ABSORBED_CS: i16 = (ABSORBED_SECS * 100.0) as i16;

/// The largest difference of the three channels.
pub(super) fn difference(a: [u8; 3], b: [u8; 3]) -> u8 {
    let [a0, a1, a2] = a;
    let [b0, b1, b2] = b;
    a0.abs_diff(b0).max(a1.abs_diff(b1)).max(a2.abs_diff(b2))
}

/// How far things move in one step.
pub(super) struct Rates {
    background: i32,
    /// The background's rate, which is small, for the arithmetic of [`follow_quiet`].
    quiet: i16,
    challenger: i32,
    scene_change: i32,
    step_cs: i16,
}

impl Rates {
    /// Rates for a step of this length; `scene_changing` while the whole scene is changing.
    pub(super) fn for_step(step_secs: f64, scene_changing: bool) -> Self {
        let over_step = |rate: f64| {
            let share = 1.0 - (1.0 - rate).powf(step_secs / RATED_STEP_SECS);
            (share * 65_536.0) as i32
        };
        let scene_change = if scene_changing { over_step(SCENE_CHANGE_RATE) } else { 0 };
        let background = over_step(BACKGROUND_RATE);
        Self {
            background,
            quiet: i16::try_from(background).unwrap_or(i16::MAX),
            challenger: over_step(CHALLENGER_RATE),
            scene_change,
            step_cs: (step_secs * 100.0).round() as i16,
        }
    }
}

/// 8.8 fixed point.
pub(super) type Colour = [u16; 3];

pub(super) fn fixed(colour: [u8; 3]) -> Colour {
    colour.map(|channel| u16::from(channel) << 8)
}

pub(super) fn rounded(colour: Colour) -> [u8; 3] {
    colour.map(|channel| (channel.saturating_add(128) >> 8) as u8)
}

#[inline]
fn approach(average: &mut Colour, now: [u8; 3], rate: i32) {
    for (average, now) in average.iter_mut().zip(now) {
        let distance = (i32::from(now) << 8) - i32::from(*average);
        *average = (i32::from(*average) + ((distance * rate) >> 16)).clamp(0, 65_535) as u16;
    }
}

/// Moves the backgrounds of quiet pixels towards what is seen, channel by channel, and shows them: what [`PixelState::step`]
/// does of a pixel that [`PixelState::is_quiet`] and differs by less than [`SAME_COLOUR`], in arithmetic that the compiler
/// turns into vectors.
#[inline]
pub(super) fn follow_quiet(background: &mut [u16], now: &[u8], shown: &mut [u8], rates: &Rates) {
    for ((average, now), shown) in background.iter_mut().zip(now).zip(shown) {
        // Less than 15 levels of 256: no overflow.
        let distance = (u16::from(*now) << 8).wrapping_sub(*average) as i16;
        let step = ((i32::from(distance) * i32::from(rates.quiet)) >> 16) as i16;
        *average = average.wrapping_add(step as u16);
        *shown = (average.saturating_add(128) >> 8) as u8;
    }
}

/// What one pixel remembers beside its background.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct PixelState {
    challenger: Colour,
    hidden: [u8; 3],
    /// How long the challenger has been there; during the first seconds, the background's votes.
    count_cs: i16,
    /// The longest that it was.
    peak_cs: i16,
    /// How long the hidden challenger had been there, and for how long it is still kept.
    hidden_cs: i16,
    hidden_life_cs: i16,
}

impl PixelState {
    pub(super) fn showing(now: [u8; 3]) -> Self {
        Self { challenger: fixed(now), ..Self::default() }
    }

    /// Whether nothing challenges here, and nothing is remembered that did.
    pub(super) fn is_quiet(&self) -> bool {
        self.count_cs == 0 && self.hidden_life_cs == 0
    }

    pub(super) fn challenger(&self, background: Colour) -> [u8; 3] {
        rounded(if self.count_cs > 0 { self.challenger } else { background })
    }

    pub(super) fn challenged_secs(&self) -> f64 {
        f64::from(self.count_cs.max(0)) / 100.0
    }

    /// While the scene is learnt, the colour that is seen most often becomes the background.
    pub(super) fn vote(&mut self, background: &mut Colour, now: [u8; 3]) {
        if difference(now, rounded(*background)) < SAME_COLOUR {
            approach(background, now, 6_554);
            self.count_cs = self.count_cs.saturating_add(1);
        } else {
            self.count_cs -= 1;
            if self.count_cs < 0 {
                *self = Self { count_cs: 1, ..Self::showing(now) };
                *background = fixed(now);
            }
        }
    }

    pub(super) fn absorb(&mut self, background: &mut Colour) {
        *background = self.challenger;
        (self.count_cs, self.peak_cs) = (0, 0);
    }

    /// Takes what is seen now and how far it is from the background.
    pub(super) fn step(
        &mut self,
        background: &mut Colour,
        (now, difference_to_background): ([u8; 3], u8),
        rates: &Rates,
    ) -> Stillness {
        if difference_to_background < SAME_COLOUR {
            approach(background, now, rates.background);
            if self.is_quiet() {
                return Stillness::None;
            }
            self.count_cs -= 2 * rates.step_cs;
            self.hidden_cs = (self.hidden_cs - 2 * rates.step_cs).max(0);
            self.settle(background, now, rates);
            // Nothing is there now, however long it was: whoever stood here has gone.
            return Stillness::None;
        } else if self.count_cs > 0 && difference(now, rounded(self.challenger)) < SAME_COLOUR {
            approach(&mut self.challenger, now, rates.challenger);
            self.count_cs += rates.step_cs;
        } else if self.hidden_cs > 0 && difference(now, self.hidden) < SAME_COLOUR {
            self.uncover(now, rates);
        } else {
            self.count_cs -= rates.step_cs;
        }
        self.settle(background, now, rates)
    }

    /// The hidden challenger is seen again: it goes on from where it was, and what covered it is forgotten.
    fn uncover(&mut self, now: [u8; 3], rates: &Rates) {
        self.challenger = fixed(now);
        self.count_cs = self.hidden_cs.saturating_add(rates.step_cs);
        self.peak_cs = self.count_cs;
        (self.hidden_cs, self.hidden_life_cs) = (0, 0);
    }

    fn settle(&mut self, background: &mut Colour, now: [u8; 3], rates: &Rates) -> Stillness {
        if rates.scene_change > 0 && self.count_cs < STATIC_CS {
            approach(background, now, rates.scene_change);
        }
        self.hidden_life_cs = (self.hidden_life_cs - rates.step_cs).max(0);
        if self.hidden_life_cs == 0 {
            self.hidden_cs = 0;
        }
        if self.count_cs <= 0 {
            self.displace(*background, now, rates);
        }
        self.peak_cs = self.peak_cs.max(self.count_cs);
        if self.count_cs > ABSORBED_CS {
            self.absorb(background);
        }
        self.stillness(*background)
    }

    /// What is seen now becomes the challenger; the one before is kept aside if it had lasted.
    fn displace(&mut self, background: Colour, now: [u8; 3], rates: &Rates) {
        if self.peak_cs >= KEPT_CS {
            self.hidden = rounded(self.challenger);
            (self.hidden_cs, self.hidden_life_cs) = (self.peak_cs.min(STATIC_CS), HIDDEN_LIFE_CS);
        }
        self.challenger = fixed(now);
        let seen_behind = difference(now, rounded(background)) < SAME_COLOUR;
        self.count_cs = if seen_behind { 0 } else { rates.step_cs };
        self.peak_cs = 0;
    }

    fn stillness(&self, background: Colour) -> Stillness {
        let differs = || difference(rounded(self.challenger), rounded(background)) > FOREGROUND;
        if self.count_cs < EARLY_CS || !differs() {
            Stillness::None
        } else if self.count_cs < STATIC_CS {
            Stillness::Early
        } else {
            Stillness::Static
        }
    }
}
