//! A person whose face is a two-dimensional code: what the marker test looks for in everything that leaves a box.
//!
//! The person is a woman seen from behind in vtest.avi, enlarged and put into the foreground of every frame; the
//! code (QR, version 1) hides her head. Whoever can read it has seen what redaction should have covered.

use anyhow::Context;
use qrcode::{Color, EcLevel, QrCode, Version};

use velum_bench::bag::Rect;
use velum_bench::footage::Picture;

/// Where she is whole, alone and near: frame and place in vtest.avi.
const FRAME: u64 = 621;
const PERSON: Rect = Rect { left: 356, top: 408, width: 76, height: 168 };
const PICTURE_PX: (usize, usize) = (768, 576);
const ENLARGED: f64 = 2.4;
/// Left edge of the enlarged person; her lower edge is the picture's.
const LEFT_PX: usize = 30;
/// The middle of her head, in the small picture of her.
const HEAD: (f64, f64) = (46.0, 27.0);
/// Each module of the code; with one of margin the code is 69 pixels wide, a little more than her head.
const MODULE_PX: usize = 3;
const QUIET_MODULES: usize = 1;
/// The patch fades into the scene over this many pixels.
const FADE_PX: f64 = 22.0;
const DARK: u8 = 16;
const LIGHT: u8 = 235;

/// The enlarged person, once her frame was seen, and the code.
pub(crate) struct Marker {
    modules: Vec<bool>,
    modules_across: usize,
    person: Option<Picture>,
}

impl Marker {
    /// A code that says `text`.
    pub(crate) fn new(text: &str) -> anyhow::Result<Self> {
        let code = QrCode::with_version(text, Version::Normal(1), EcLevel::L).with_context(|| {
            format!("--marker: `{text}`: expected at most 17 characters, for example `VELUM`")
        })?;
        let modules = code.to_colors().into_iter().map(|colour| colour == Color::Dark).collect();
        Ok(Self { modules, modules_across: code.width(), person: None })
    }

    /// Looks at a frame of the recording.
    pub(crate) fn look(&mut self, number: u64, picture: &Picture) -> anyhow::Result<()> {
        anyhow::ensure!(
            (picture.width, picture.height) == PICTURE_PX,
            "--marker: knows a person of vtest.avi only ({} x {} pixels)",
            PICTURE_PX.0,
            PICTURE_PX.1
        );
        if number == FRAME {
            self.person = Some(enlarged(picture));
        }
        Ok(())
    }

    /// Puts person and code into a frame.
    pub(crate) fn paint(&self, picture: &mut Picture) {
        let Some(person) = &self.person else { return };
        let top_px = picture.height.saturating_sub(person.height) & !1;
        put_person(picture, person, (LEFT_PX, top_px));
        let middle = (LEFT_PX as f64 + HEAD.0 * ENLARGED, top_px as f64 + HEAD.1 * ENLARGED);
        let side_px = (self.modules_across + 2 * QUIET_MODULES) * MODULE_PX;
        let left_px = (middle.0 - side_px as f64 / 2.0).max(0.0) as usize & !1;
        let top_px = (middle.1 - side_px as f64 / 2.0).max(0.0) as usize & !1;
        for y in 0..side_px {
            for x in 0..side_px {
                let value = if self.is_dark(x / MODULE_PX, y / MODULE_PX) { DARK } else { LIGHT };
                set(picture, (left_px + x, top_px + y), [value, 128, 128], 1.0);
            }
        }
    }

    fn is_dark(&self, column: usize, row: usize) -> bool {
        let inside = |at: usize| at.checked_sub(QUIET_MODULES).filter(|at| *at < self.modules_across);
        let index = inside(column).zip(inside(row)).map(|(x, y)| y * self.modules_across + x);
        index.and_then(|index| self.modules.get(index)).copied().unwrap_or(false)
    }
}

fn put_person(picture: &mut Picture, person: &Picture, (left_px, top_px): (usize, usize)) {
    for y in 0..person.height {
        for x in 0..person.width {
            let edge = x.min(person.width - 1 - x).min(y) as f64;
            let cover = (edge / FADE_PX).min(1.0);
            set(picture, (left_px + x, top_px + y), colour(person, x, y), cover);
        }
    }
}

/// The patch with the person, enlarged bilinearly.
fn enlarged(picture: &Picture) -> Picture {
    let width = (PERSON.width as f64 * ENLARGED) as usize & !1;
    let height = (PERSON.height as f64 * ENLARGED) as usize & !1;
    let mut large = Picture { width, height, bytes: vec![128; width * height * 3 / 2] };
    for y in 0..height {
        for x in 0..width {
            let (small_x, small_y) = (x as f64 / ENLARGED, y as f64 / ENLARGED);
            let (share_x, share_y) = (small_x.fract(), small_y.fract());
            let corner = |dx: usize, dy: usize| {
                let at = (PERSON.left + small_x as usize + dx, PERSON.top + small_y as usize + dy);
                colour(picture, at.0.min(picture.width - 1), at.1.min(picture.height - 1)).map(f64::from)
            };
            let (a, b, c, d) = (corner(0, 0), corner(1, 0), corner(0, 1), corner(1, 1));
            let mixed = [0, 1, 2].map(|plane| {
                let value = |of: &[f64; 3]| of.get(plane).copied().unwrap_or_default();
                let upper = value(&a) * (1.0 - share_x) + value(&b) * share_x;
                let lower = value(&c) * (1.0 - share_x) + value(&d) * share_x;
                (upper * (1.0 - share_y) + lower * share_y) as u8
            });
            set(&mut large, (x, y), mixed, 1.0);
        }
    }
    large
}

/// Y, U and V at a pixel.
fn colour(picture: &Picture, x: usize, y: usize) -> [u8; 3] {
    let chroma = y / 2 * (picture.width / 2) + x / 2;
    let sample = |plane: usize, index: usize| picture.plane(plane).get(index).copied().unwrap_or_default();
    [sample(0, y * picture.width + x), sample(1, chroma), sample(2, chroma)]
}

/// Mixes a colour into a pixel; one pixel of four speaks for the colour difference.
fn set(picture: &mut Picture, (x, y): (usize, usize), [luma, u, v]: [u8; 3], cover: f64) {
    let (width, height) = (picture.width, picture.height);
    if x >= width || y >= height {
        return;
    }
    let mix = |sample: &mut u8, value: u8| {
        *sample = (f64::from(*sample) * (1.0 - cover) + f64::from(value) * cover).round() as u8;
    };
    let [luma_plane, u_plane, v_plane] = picture.planes_mut();
    luma_plane.get_mut(y * width + x).into_iter().for_each(|sample| mix(sample, luma));
    if x.is_multiple_of(2) && y.is_multiple_of(2) {
        let at = y / 2 * (width / 2) + x / 2;
        u_plane.get_mut(at).into_iter().for_each(|sample| mix(sample, u));
        v_plane.get_mut(at).into_iter().for_each(|sample| mix(sample, v));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grey() -> Picture {
        let luma = PICTURE_PX.0 * PICTURE_PX.1;
        let mut bytes = vec![90; luma];
        bytes.resize(luma * 3 / 2, 128);
        Picture { width: PICTURE_PX.0, height: PICTURE_PX.1, bytes }
    }

    #[test]
    fn the_code_is_drawn_once_the_person_was_seen() {
        let mut marker = Marker::new("VELUM").unwrap();
        let mut picture = grey();
        marker.look(FRAME - 1, &picture).unwrap();
        marker.paint(&mut picture);
        assert_eq!(picture, grey());
        marker.look(FRAME, &picture).unwrap();
        marker.paint(&mut picture);
        let count = |value| picture.plane(0).iter().filter(|sample| **sample == value).count();
        let code_px = (21 + 2 * QUIET_MODULES).pow(2) * MODULE_PX.pow(2);
        assert_eq!(count(DARK) + count(LIGHT), code_px);
        assert!(count(DARK) > code_px / 4 && count(LIGHT) > code_px / 4);
    }

    #[test]
    fn refuses_what_it_cannot_draw() {
        assert!(Marker::new("much too long for the smallest code").is_err());
        let small = Picture { width: 64, height: 48, bytes: vec![0; 64 * 48 * 3 / 2] };
        let text = Marker::new("VELUM").unwrap().look(0, &small).unwrap_err().to_string();
        assert_eq!(text, "--marker: knows a person of vtest.avi only (768 x 576 pixels)");
    }
}
