//! A clip under other light and noise: what is drawn follows from the seed alone.

use super::suite::Again;

/// The light rises and falls in about these times, seconds; their phases are drawn.
const PERIODS_SECS: [f64; 2] = [47.0, 171.0];
/// Values of noise that are drawn once; each row of a picture takes a run of them from a place that is drawn.
const NOISE_LEN: usize = 1 << 16;
/// The least brightness of a picture of limited range.
const BLACK: f32 = 16.0;

/// Changes pictures.
pub(crate) struct Disturbance {
    gain_fraction: f64,
    phases: [f64; 2],
    noise: Vec<i8>,
    draw: Draw,
}

impl Disturbance {
    pub(crate) fn new(again: &Again) -> Self {
        let mut draw = Draw::new(again.seed);
        let phases = [draw.share(), draw.share()].map(|share| share * std::f64::consts::TAU);
        let noise = match again.noise_sigma > 0.0 {
            true => (0..NOISE_LEN).map(|_| (draw.normal() * f64::from(again.noise_sigma)) as i8).collect(),
            false => Vec::new(),
        };
        Self { gain_fraction: f64::from(again.gain_fraction), phases, noise, draw }
    }

    /// By how much the light is multiplied at this time.
    fn gain_at(&self, secs: f64) -> f32 {
        let waves = PERIODS_SECS.iter().zip(self.phases);
        let sum: f64 =
            waves.map(|(period, phase)| (std::f64::consts::TAU * secs / period + phase).sin()).sum();
        (1.0 + self.gain_fraction * sum / 2.0) as f32
    }

    /// Changes a picture of this width.
    ///
    /// # Shape
    /// `i420`: the luma plane, `width_px` bytes a row, and both chroma planes after it, which stay.
    pub(crate) fn change(&mut self, i420: &mut [u8], width_px: u32, height_px: u32, secs: f64) {
        let gain = self.gain_at(secs);
        let brightness: Vec<i16> =
            (0..=255_u8).map(|value| ((f32::from(value) - BLACK) * gain + BLACK).round() as i16).collect();
        let brightness = |value: u8| brightness.get(usize::from(value)).copied().unwrap_or_default();
        let width = (width_px as usize).max(1);
        for row in i420.chunks_mut(width).take(height_px as usize) {
            let from = self.draw.next() as usize % (self.noise.len().saturating_sub(width)).max(1);
            let noise = self.noise.get(from..).unwrap_or_default();
            let noise = noise.iter().copied().chain(std::iter::repeat(0));
            for (value, noise) in row.iter_mut().zip(noise) {
                *value = (brightness(*value) + i16::from(noise)).clamp(0, 255) as u8;
            }
        }
    }
}

/// Numbers that follow from a seed (SplitMix64).
///
/// *Source*: G. Steele, D. Lea, C. Flood, "Fast splittable pseudorandom number generators", 2014.
pub(crate) struct Draw(u64);

impl Draw {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// From 0 to 1.
    pub(crate) fn share(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Of a normal distribution, nearly: the sum of twelve shares.
    fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.share()).sum::<f64>() - 6.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changed(seed: u64, gain_fraction: f32, noise_sigma: f32, secs: f64) -> Vec<u8> {
        let mut disturbance = Disturbance::new(&Again { loops: 2, gain_fraction, noise_sigma, seed });
        let mut i420 = vec![116_u8; 64 * 32 / 2 * 3];
        disturbance.change(&mut i420, 64, 32, secs);
        i420
    }

    #[test]
    fn the_seed_alone_decides() {
        assert_eq!(changed(7, 0.1, 3.0, 5.0), changed(7, 0.1, 3.0, 5.0));
        assert_ne!(changed(7, 0.1, 3.0, 5.0), changed(8, 0.1, 3.0, 5.0));
        assert_eq!(changed(7, 0.0, 0.0, 5.0), vec![116; 64 * 32 / 2 * 3]);
    }

    #[test]
    fn noise_and_gain_are_as_wide_as_asked_and_colours_stay() {
        let noisy = changed(3, 0.0, 4.0, 0.0);
        let (luma, chroma) = noisy.split_at(64 * 32);
        assert!(chroma.iter().all(|value| *value == 116));
        let deviations: Vec<f64> = luma.iter().map(|value| (f64::from(*value) - 116.0).powi(2)).collect();
        let sigma = (deviations.iter().sum::<f64>() / deviations.len() as f64).sqrt();
        assert!((3.3..4.5).contains(&sigma), "{sigma}");
        let brights = (0..2_000).map(|second| changed(3, 0.1, 0.0, f64::from(second))[0]);
        let (least, most) = brights.fold((255, 0), |(least, most), v| (least.min(v), v.max(most)));
        assert!((105..=109).contains(&least) && (123..=127).contains(&most), "{least} to {most}");
    }
}
