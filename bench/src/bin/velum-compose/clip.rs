//! One clip, planned to the last pixel before any is painted, and how a moment of it is painted.

use std::borrow::Cow;

use velum_bench::bag::Rect;
use velum_bench::footage::Picture;

use crate::actor::Way;
use crate::backdrop::{Backdrop, Movement};
use crate::ground::{Ground, Place};
use crate::paint::{self, Grade, Layer, Noise, Shade, Shift};
use crate::spec::{FPS, Scenario};
use crate::sprite::Sprite;
use crate::truth::Placed;
use crate::walker::Walker;

/// Something that stands still while it is there.
#[derive(Debug, Clone)]
pub(crate) struct Prop {
    pub(crate) sprite: Sprite,
    pub(crate) foot: Place,
    pub(crate) from_secs: f64,
    pub(crate) until_secs: f64,
    /// It appears and goes within so many seconds.
    pub(crate) fade_secs: f64,
    /// It moves by so much, as somebody does who keeps still.
    pub(crate) sway_px: f64,
    pub(crate) shadow: f32,
    pub(crate) mirrored: f32,
}

/// Somebody who walks.
#[derive(Debug, Clone)]
pub(crate) struct Actor {
    /// Which of the scene's walkers.
    pub(crate) walker: usize,
    pub(crate) way: Way,
    /// Of the local person height.
    pub(crate) size: f64,
    pub(crate) mirrored: f32,
}

/// A change of the light of the whole scene.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LightChange {
    pub(crate) at_secs: f64,
    pub(crate) ramp_secs: f64,
    pub(crate) gain: f32,
}

/// A shadow on its way to where it stands.
#[derive(Debug, Clone)]
pub(crate) struct MovingShade {
    pub(crate) from_secs: f64,
    pub(crate) arrives_secs: f64,
    pub(crate) from: Place,
    pub(crate) shade: Shade,
}

/// All that happens in a clip.
#[derive(Debug, Clone)]
pub(crate) struct Clip {
    pub(crate) id: String,
    pub(crate) scenario: Scenario,
    pub(crate) secs: f64,
    pub(crate) first_frame: usize,
    /// Scenery in front of which nothing is painted that stands behind it.
    pub(crate) occluders: Vec<Rect>,
    pub(crate) seed: u64,
    pub(crate) props: Vec<Prop>,
    pub(crate) actors: Vec<Actor>,
    pub(crate) lights: Vec<LightChange>,
    pub(crate) shades: Vec<MovingShade>,
    pub(crate) shifts: Vec<(f64, Shift)>,
    pub(crate) grade: Grade,
    pub(crate) bits_per_sec: u32,
    pub(crate) placed: Vec<Placed>,
}

impl Clip {
    /// Frames in it.
    pub(crate) fn frames(&self) -> usize {
        (self.secs * FPS).round() as usize
    }

    /// Paints one frame.
    pub(crate) fn paint(
        &self,
        tick: usize,
        backdrop: &Backdrop,
        ground: &Ground,
        walkers: &[&Walker],
        noise: &Noise,
    ) -> Picture {
        let secs = tick as f64 / FPS;
        let frame = backdrop.shown(self.first_frame + tick);
        let mut picture = backdrop.picture(frame).clone();
        for (_, shift) in self.shifts.iter().filter(|(at_secs, _)| secs >= *at_secs) {
            paint::shift(&mut picture, shift);
        }
        self.paint_shades(&mut picture, secs);
        let movement: Option<&Movement> = frame.and_then(|frame| backdrop.movement(frame));
        let mut layers: Vec<Layer<'_>> =
            self.props.iter().filter_map(|prop| prop.layer(secs, &self.occluders)).collect();
        layers.extend(
            self.actors.iter().filter_map(|actor| actor.layer(secs, ground, walkers, &self.occluders)),
        );
        paint::layers(&mut picture, &layers, &backdrop.plate, movement);
        let grade = Grade { gain: self.grade.gain * self.light_at(secs), ..self.grade };
        paint::grade(&mut picture, &grade, noise, self.seed.wrapping_add(tick as u64));
        picture
    }

    fn paint_shades(&self, picture: &mut Picture, secs: f64) {
        for moving in self.shades.iter().filter(|shade| secs >= shade.from_secs) {
            let share = (secs - moving.from_secs) / (moving.arrives_secs - moving.from_secs).max(0.1);
            let middle = moving.from.towards(&moving.shade.middle, share.min(1.0));
            paint::shade(picture, &Shade { middle, ..moving.shade });
        }
    }

    fn light_at(&self, secs: f64) -> f32 {
        self.lights.iter().fold(1.0, |gain, change| {
            let share = ((secs - change.at_secs) / change.ramp_secs.max(0.05)).clamp(0.0, 1.0) as f32;
            gain + (change.gain - gain) * share
        })
    }
}

impl Prop {
    /// How it looks at a moment; `None` while it is not there.
    pub(crate) fn layer<'a>(&'a self, secs: f64, behind: &'a [Rect]) -> Option<Layer<'a>> {
        if secs < self.from_secs - self.fade_secs || secs >= self.until_secs + self.fade_secs {
            return None;
        }
        let fade =
            |secs: f64| if self.fade_secs > 0.0 { (secs / self.fade_secs).clamp(0.0, 1.0) } else { 1.0 };
        let opacity =
            fade(secs - self.from_secs + self.fade_secs).min(fade(self.until_secs + self.fade_secs - secs));
        let sway = self.sway_px * (secs * 0.9).sin();
        Some(Layer {
            sprite: Cow::Borrowed(&self.sprite),
            foot: self.foot.moved(sway, 0.0),
            opacity: opacity as f32,
            shadow: self.shadow,
            mirrored: self.mirrored * changing(secs),
            behind,
        })
    }
}

/// A reflection is never quite the same: the floor is looked at from where the light comes.
fn changing(secs: f64) -> f32 {
    (1.0 + 0.15 * (secs * 0.7).sin()) as f32
}

impl Actor {
    fn layer<'a>(
        &self,
        secs: f64,
        ground: &Ground,
        walkers: &[&Walker],
        behind: &'a [Rect],
    ) -> Option<Layer<'a>> {
        let standing = self.way.at(secs)?;
        let height_px = ground.person_px(standing.place.y_px) * self.size;
        let walker = walkers.get(self.walker)?;
        let sprite = walker.sprite(standing.walked_secs, height_px, standing.to_the_right)?;
        let sway = if standing.walks { 0.0 } else { 0.006 * height_px * (secs * 2.1).sin() };
        Some(Layer {
            sprite: Cow::Owned(sprite),
            foot: standing.place.moved(sway, 0.0),
            opacity: 1.0,
            shadow: 0.4,
            mirrored: self.mirrored * changing(secs),
            behind,
        })
    }
}
