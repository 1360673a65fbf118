//! The scenarios, one function each.

use velum_bench::bag::Rect;

use super::acts::{Fate, Thing};
use super::{LEARNING_SECS, Planning};
use crate::actor::Way;
use crate::clip::{Actor, LightChange, MovingShade};
use crate::ground::Place;
use crate::paint::{Grade, Shade, Shift};
use crate::spec::Scenario;
use crate::sprite::Sprite;
use crate::truth::{Kind, Placed, hundredths};

/// Put-downs in a clip where there is room.
const PUT_DOWNS: usize = 3;
/// Scenes where a person is taller than this share of the picture have room for few.
const TALL: f64 = 0.42;

impl Planning<'_> {
    /// Plays a scenario; the number of the clip decides between its variants.
    pub(super) fn play(&mut self, scenario: Scenario, number: usize) -> Option<()> {
        match scenario {
            Scenario::OwnerLeaves | Scenario::LowContrast | Scenario::SmallFar => self.put_downs(PUT_DOWNS),
            Scenario::OwnerStays => self.brings(Fate::Attended),
            Scenario::OwnerReturns if number.is_multiple_of(2) => self.brings(Fate::TakenAtOnce),
            Scenario::OwnerReturns => self.brings(Fate::TakenLate(14.0)),
            Scenario::SeveralPass => self.several_pass(),
            Scenario::PartialOcclusion => self.partial_occlusion(number),
            Scenario::Reflection => {
                self.mirrored = self.between(0.25..0.35) as f32;
                self.put_downs(2)
            }
            Scenario::Removed => self.removed(),
            Scenario::Ghost => self.ghost(),
            Scenario::LightChange => self.light_change(number),
            Scenario::Shadow => self.shadow(),
            Scenario::PersonStill => self.person_still(number),
            Scenario::Furniture => self.furniture(number),
            Scenario::TwoBags => self.two_bags(),
            Scenario::Night => {
                self.clip.grade = Grade { gain: 0.42, colour: 0.35, noise: 5.0 };
                self.put_downs(2)
            }
            Scenario::Compression => {
                self.clip.bits_per_sec = 75_000;
                self.put_downs(2)
            }
        }
    }

    /// Several owners, one after the other, each at a spot of their own.
    fn put_downs(&mut self, most: usize) -> Option<()> {
        for number in 0..if self.is_close() { most.min(2) } else { most } {
            match self.spot() {
                Some(spot) => {
                    let thing = self.thing(spot)?;
                    self.bring(vec![thing], Fate::Left)?;
                }
                None if number > 0 => break,
                None => return None,
            }
        }
        Some(())
    }

    /// Whether people are so tall in the picture that few have room.
    fn is_close(&self) -> bool {
        let height_px = self.stage.backdrop.size_px().1 as f64;
        self.spots.last().is_some_and(|spot| self.person_px(spot) > TALL * height_px)
    }

    fn brings(&mut self, fate: Fate) -> Option<()> {
        let spot = self.spot()?;
        let thing = self.thing(spot)?;
        self.bring(vec![thing], fate)
    }

    /// One owner, two bags side by side, apart enough to be two.
    fn two_bags(&mut self) -> Option<()> {
        let spot = self.spot()?;
        let first = self.thing(spot)?;
        let apart = 0.75 * self.person_px(&spot);
        let middle = self.stage.backdrop.size_px().0 as f64 / 2.0;
        let second = self.thing(spot.moved(if spot.x_px < middle { apart } else { -apart }, 2.0))?;
        self.bring(vec![first, second], Fate::Left)
    }

    /// People walk past, in front of it and behind it, while the time runs.
    fn several_pass(&mut self) -> Option<()> {
        self.brings(Fate::Left)?;
        let placed = self.clip.placed.last()?.clone();
        let left = placed.owner_left_secs?;
        let foot = self.clip.props.last()?.foot;
        let person_px = self.person_px(&foot);
        for (after_secs, nearer) in [(0.8, 0.12), (3.0, 0.25), (5.0, -0.2), (7.5, 0.15), (14.0, 0.2)] {
            self.pass(foot.moved(0.0, nearer * person_px), left + after_secs);
        }
        Some(())
    }

    /// Put down behind the edge of something that stands in the scene.
    fn partial_occlusion(&mut self, number: usize) -> Option<()> {
        let at = number % self.clip.occluders.len().max(1);
        let scenery = *self.clip.occluders.get(at)?;
        let row = scenery.bottom() as f64 - 3.0;
        let mut thing = self.thing(Place { x_px: 0.0, y_px: row })?;
        let width = thing.sprite.width as f64;
        let hidden = self.between(0.25..0.42) * width;
        let on_the_left = (number / self.clip.occluders.len().max(1)).is_multiple_of(2);
        let x_px = if on_the_left {
            scenery.left as f64 + hidden.min(scenery.width as f64) - width / 2.0
        } else {
            scenery.right() as f64 - hidden.min(scenery.width as f64) + width / 2.0
        };
        thing.foot = Place { x_px, y_px: row };
        self.bring(vec![thing], Fate::Left)
    }

    /// Something that was there from the start is fetched.
    fn removed(&mut self) -> Option<()> {
        for begins in [LEARNING_SECS + 4.0, LEARNING_SECS + 16.0] {
            let Some(spot) = self.spot() else { break };
            let thing = self.thing(spot)?;
            let person_px = self.person_px(&spot);
            let walker = self.walker();
            let taken = self.fetch(walker, spot.moved(-0.26 * person_px, -0.02 * person_px), begins);
            self.put(thing, Kind::Removed, (taken, None, None));
            if let Some(prop) = self.clip.props.last_mut() {
                (prop.from_secs, prop.until_secs) = (f64::MIN, taken);
            }
        }
        Some(())
    }

    /// Somebody who stood there from the start walks off.
    fn ghost(&mut self) -> Option<()> {
        for leaves_secs in [20.0, 31.0] {
            let Some(spot) = self.spot() else { break };
            let mut way = Way::from(-1.0, spot);
            way.stand(1.0 + leaves_secs);
            let to = self.entry();
            way.walk(to, 0.7, &self.stage.ground);
            let walker = self.walker();
            self.clip.actors.push(Actor { walker, way, size: 1.0, mirrored: 0.0 });
            let person_px = self.person_px(&spot);
            let size = (0.36 * person_px, person_px);
            self.note_area(Kind::Ghost, leaves_secs, spot.moved(0.0, -person_px / 2.0), size);
        }
        Some(())
    }

    /// Clouds and lamps: a slow change and two sudden ones; every second clip with an object in it.
    fn light_change(&mut self, number: usize) -> Option<()> {
        let darker = number % 4 < 2;
        let gain = if darker { 0.74 } else { 1.22 };
        let changes =
            [(19.0, 6.0, gain), (34.0, 0.2, gain * if darker { 1.22 } else { 0.8 }), (46.0, 0.2, 1.0)];
        let change = |(at_secs, ramp_secs, gain)| LightChange { at_secs, ramp_secs, gain };
        self.clip.lights = changes.map(change).to_vec();
        if number % 2 == 1 {
            return self.put_downs(2);
        }
        let (width, height) = self.stage.backdrop.size_px();
        let (width, height) = (width as f64, height as f64);
        for (at_secs, _, _) in changes {
            let middle = Place { x_px: width / 2.0, y_px: height / 2.0 };
            self.note_area(Kind::Light, at_secs, middle, (width, height));
        }
        Some(())
    }

    /// Shadows that wander in and stand.
    fn shadow(&mut self) -> Option<()> {
        for from_secs in [LEARNING_SECS + 2.0, LEARNING_SECS + 14.0] {
            let Some(middle) = self.spot() else { break };
            let person_px = self.person_px(&middle);
            let half_px = (self.between(0.25..0.45) * person_px, self.between(0.1..0.2) * person_px);
            let depth = self.between(0.4..0.55) as f32;
            let arrives_secs = from_secs + 4.0;
            let from = middle.moved(3.0 * person_px, -0.2 * person_px);
            let shade = Shade { middle, half_px, depth };
            self.clip.shades.push(MovingShade { from_secs, arrives_secs, from, shade });
            self.note_area(Kind::Shadow, arrives_secs, middle, (half_px.0 * 2.0, half_px.1 * 2.0));
        }
        Some(())
    }

    /// People who come, sit or lie down, and stay.
    fn person_still(&mut self, number: usize) -> Option<()> {
        for at in 0..if self.is_close() { 1 } else { 2 } {
            let lying = (number + at) % 2 == 1;
            let Some(spot) = self.spot() else { break };
            let (sprite, kind) = self.still_person(lying, spot)?;
            let height_fraction = hundredths(sprite.height as f64 / self.person_px(&spot));
            let walker = self.walker();
            let begins = self.next_secs;
            let from = self.entry();
            let mut way = Way::from(begins, from);
            let arrives = way.walk(spot, 0.7, &self.stage.ground);
            let settles = ((arrives + 0.8) * 10.0).round() / 10.0;
            way.stand(1.1);
            self.actor(walker, way);
            self.put(Thing { sprite, foot: spot, height_fraction }, kind, (settles, None, None));
            if let Some(prop) = self.clip.props.last_mut() {
                (prop.fade_secs, prop.sway_px) = (0.4, 0.6);
            }
            self.next_secs = settles + 3.0;
        }
        self.clip.secs = 75.0;
        Some(())
    }

    fn still_person(&mut self, lying: bool, spot: Place) -> Option<(Sprite, Kind)> {
        let cutouts = self.stage.cutouts;
        let among = if lying { &cutouts.lying } else { &cutouts.sitting };
        let sprite = among.get(self.rng.usize(..among.len().max(1)))?.clone();
        let person_px = self.person_px(&spot);
        let sprite = if lying { sprite.turned() } else { sprite };
        let sprite = if self.rng.bool() { sprite.flipped() } else { sprite };
        let height = if lying {
            0.92 * person_px * sprite.height as f64 / sprite.width.max(1) as f64
        } else {
            0.7 * person_px
        };
        let gain = self.scene_gain();
        let sprite = sprite.with_height(height).feathered();
        let lit = sprite.recoloured(|[luma, u, v]| [(luma - 16.0) * gain + 16.0, u, v]);
        Some((lit, if lying { Kind::PersonLying } else { Kind::PersonStill }))
    }

    /// Something of the scene is pushed a little aside by somebody who comes by.
    fn furniture(&mut self, number: usize) -> Option<()> {
        let listed = &self.stage.scene.furniture;
        let [left, top, width, height] = *listed.get(number % listed.len().max(1))?;
        let rect = Rect { left, top, width, height };
        let foot = Place { x_px: (left + width / 2) as f64, y_px: rect.bottom() as f64 };
        let walker = self.walker();
        let moved = self.fetch(walker, foot.moved(-0.3 * self.person_px(&foot), 2.0), LEARNING_SECS + 6.0);
        let by_px = self.between(3.0..10.0).round() * if self.rng.bool() { 1.0 } else { -1.0 };
        self.clip.shifts.push((moved, Shift { rect, by_px }));
        let middle = foot.moved(by_px, -(height as f64) / 2.0);
        self.note_area(Kind::Furniture, moved, middle, (width as f64, height as f64));
        Some(())
    }

    /// Notes what is no object and has no contrast of its own; only what lies in the picture.
    fn note_area(&mut self, kind: Kind, at_secs: f64, middle: Place, (width_px, height_px): (f64, f64)) {
        let (left, top) = (middle.x_px - width_px / 2.0, middle.y_px - height_px / 2.0);
        let person_px = self.person_px(&middle.moved(0.0, height_px / 2.0));
        let (most_x, most_y) = self.stage.backdrop.size_px();
        let edge = |at: f64, most: usize| at.clamp(0.0, most as f64).round();
        let (right, bottom) = (edge(left + width_px, most_x), edge(top + height_px, most_y));
        let (left, top) = (edge(left, most_x), edge(top, most_y));
        self.note(Placed {
            id: String::new(),
            kind,
            put_down_secs: (at_secs * 10.0).round() / 10.0,
            owner_left_secs: None,
            gone_secs: None,
            box_px: [left, top, right - left, bottom - top].map(|v| v as i64),
            contrast: 0.0,
            height_fraction: hundredths(height_px / person_px),
            scenario: self.clip.scenario,
        });
    }
}
