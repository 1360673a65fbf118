//! Whether the camera sees anything: dark and frozen pictures.

use velum_frame::{Pixels, RawFrame};
use velum_vocab::Timestamp;

/// What a picture is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PictureState {
    /// Something can be seen.
    #[default]
    Normal,
    /// Too dark to see anything.
    Dark,
    /// Frames arrive but do not change at all.
    Frozen,
}

/// The picture is dark when 95 % of it is darker than this (black is 16), and is light again above
/// [`LIGHT_LUMA`].
const DARK_LUMA: u8 = 34;
const LIGHT_LUMA: u8 = 42;
/// Dark or light must hold for this long before it is believed.
const DARK_HOLD_SECS: f64 = 2.0;
/// Pictures that are equal to the last bit for this long are frozen: a sensor always has noise.
const FROZEN_SECS: f64 = 10.0;

/// Watches a camera's pictures.
#[derive(Debug, Default)]
pub(crate) struct Sight {
    dark: bool,
    contrary_since: Option<Timestamp>,
    fingerprint: u64,
    changed_at: Option<Timestamp>,
    state: PictureState,
}

impl Sight {
    /// What the last picture was good for.
    pub(crate) fn state(&self) -> PictureState {
        self.state
    }

    /// Takes the next frame.
    pub(crate) fn look(&mut self, frame: &RawFrame) -> PictureState {
        let at = frame.captured_at();
        self.watch_brightness(bright_end(frame), at);
        let fingerprint = fingerprint(frame);
        if fingerprint != self.fingerprint || self.changed_at.is_none() {
            (self.fingerprint, self.changed_at) = (fingerprint, Some(at));
        }
        let still_secs = self.changed_at.map_or(0.0, |changed| at.secs_since(changed));
        self.state = if still_secs >= FROZEN_SECS {
            PictureState::Frozen
        } else if self.dark {
            PictureState::Dark
        } else {
            PictureState::Normal
        };
        self.state
    }

    fn watch_brightness(&mut self, bright_end: u8, at: Timestamp) {
        let contrary = if self.dark { bright_end > LIGHT_LUMA } else { bright_end < DARK_LUMA };
        if !contrary {
            self.contrary_since = None;
            return;
        }
        let since = *self.contrary_since.get_or_insert(at);
        if at.secs_since(since) >= DARK_HOLD_SECS {
            self.dark = !self.dark;
            self.contrary_since = None;
        }
    }
}

/// The luma below which 95 % of the picture lies, from every fourth sample of every fourth row.
fn bright_end(frame: &RawFrame) -> u8 {
    let luma = frame.luma();
    let mut histogram = [0_u32; 256];
    for y_px in (0..luma.height_px()).step_by(4) {
        for sample in luma.row(y_px).iter().step_by(4) {
            if let Some(count) = histogram.get_mut(usize::from(*sample)) {
                *count += 1;
            }
        }
    }
    let brightest_twentieth = histogram.iter().sum::<u32>() / 20;
    let mut brighter = 0;
    let edge = histogram.iter().rposition(|count| {
        brighter += count;
        brighter > brightest_twentieth
    });
    u8::try_from(edge.unwrap_or(0)).unwrap_or(u8::MAX)
}

/// A number that differs when any luma sample differs; kept in memory only.
fn fingerprint(frame: &RawFrame) -> u64 {
    let luma = frame.luma();
    let (words, rest) = luma.samples().as_chunks::<8>();
    let mut last = [0_u8; 8];
    last.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
    words.iter().chain([&last]).fold(0xcbf2_9ce4_8422_2325, |hash: u64, word| {
        (hash ^ u64::from_le_bytes(*word)).wrapping_mul(0x0000_0100_0000_01b3).rotate_left(23)
    })
}

#[cfg(test)]
mod tests {
    use velum_frame::seal_i420;
    use velum_vocab::CameraId;

    use super::*;

    fn frame(secs: f64, fill: u8, noise: u8) -> RawFrame {
        let mut bytes = vec![fill; 64 * 48];
        bytes[100] = bytes[100].wrapping_add(noise);
        bytes.extend(vec![128; 64 * 24]);
        let at = Timestamp::from_unix_millis((secs * 1000.0) as i64);
        seal_i420(CameraId::parse("c").unwrap(), at, 1, (64, 48), bytes).unwrap()
    }

    /// Frames at 5 a second: (until second, fill, whether noise changes) -> state at the end.
    fn check(spans: &[(f64, u8, bool)], expected: PictureState) {
        let mut sight = Sight::default();
        let (mut secs, mut state) = (0.0, PictureState::Normal);
        for &(until, fill, noisy) in spans {
            while secs < until {
                let noise = if noisy { (secs * 5.0) as u8 % 2 } else { 0 };
                state = sight.look(&frame(secs, fill, noise));
                secs += 0.2;
            }
        }
        assert_eq!(state, expected, "{spans:?}");
    }

    #[test]
    fn tells_dark_and_frozen_from_normal() {
        check(&[(5.0, 120, true)], PictureState::Normal);
        check(&[(5.0, 120, true), (6.0, 17, true)], PictureState::Normal);
        check(&[(5.0, 120, true), (9.0, 17, true)], PictureState::Dark);
        check(&[(9.0, 17, true), (13.0, 38, true)], PictureState::Dark);
        check(&[(9.0, 17, true), (13.0, 80, true)], PictureState::Normal);
        check(&[(5.0, 120, true), (12.0, 120, false)], PictureState::Normal);
        check(&[(5.0, 120, true), (17.0, 120, false)], PictureState::Frozen);
        check(&[(17.0, 120, false), (18.0, 120, true)], PictureState::Normal);
    }
}
