//! What people do: bring something, come back for it, pass by, stay.

use std::borrow::Cow;

use velum_bench::bag::Rect;

use super::Planning;
use crate::actor::Way;
use crate::clip::{Actor, Prop};
use crate::contrast::{self, Measured};
use crate::ground::Place;
use crate::paint::{self, Layer};
use crate::spec::Scenario;
use crate::sprite::Sprite;
use crate::truth::{Kind, Placed, hundredths};

/// Shares of the local person height.
const OBJECT_HEIGHT: std::ops::Range<f64> = 0.24..0.5;
const OBJECT_WIDTH_MAX: f64 = 0.5;
/// Nothing is put down that is smaller.
const OBJECT_PX_MIN: f64 = 8.0;
/// Two spots of a clip are apart by so many person heights at least.
const APART: f64 = 0.8;
/// Grey levels that an object stands out by, where that is not the point; so many are tried.
const CONTRAST_MIN: f64 = 28.0;
const DRAWS: usize = 8;
/// Beside the object, so that both are seen.
const OWNER_BESIDE: f64 = 0.26;
/// The object appears so long after its owner stopped, who then stays a little.
const BENDS_SECS: f64 = 0.7;
/// Pace in local person heights a second.
const PACE: std::ops::Range<f64> = 0.6..0.9;

/// What becomes of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Fate {
    /// The owner goes, and it stays.
    Left,
    /// The owner stands beside it to the end.
    Attended,
    /// The owner goes a little way and takes it again at once.
    TakenAtOnce,
    /// The owner comes back so long after the alert was due.
    TakenLate(f64),
}

/// An object at its size and place, not yet put down.
#[derive(Debug, Clone)]
pub(super) struct Thing {
    pub(super) sprite: Sprite,
    pub(super) foot: Place,
    pub(super) height_fraction: f64,
}

impl Planning<'_> {
    pub(super) fn person_px(&self, place: &Place) -> f64 {
        self.stage.ground.person_px(place.y_px)
    }

    pub(super) fn between(&mut self, range: std::ops::Range<f64>) -> f64 {
        range.start + (range.end - range.start) * self.rng.f64()
    }

    /// The next free spot, far enough from those that are taken, moved a little.
    pub(super) fn spot(&mut self) -> Option<Place> {
        let apart = |spot: &Place, taken: &Place| {
            let person_px = self.person_px(spot).max(self.person_px(taken));
            spot.distance_px(taken) >= APART * person_px
        };
        let free = |spot: &Place| self.taken.iter().all(|taken| apart(spot, taken));
        let at = self.spots.iter().rposition(free)?;
        let spot = self.spots.remove(at);
        self.taken.push(spot);
        let reach = 0.06 * self.person_px(&spot);
        let (x, y) = (self.between(-reach..reach), self.between(-reach..reach) * 0.4);
        Some(spot.moved(x, y))
    }

    /// A place where people come in.
    pub(super) fn entry(&mut self) -> Place {
        let entries = &self.stage.scene.entries;
        entries.get(self.rng.usize(..entries.len())).map_or(Place::of([0.0; 2]), |entry| Place::of(*entry))
    }

    /// Some object for a spot, in the light of the scene. What hardly stands out is left to the scenario that asks
    /// for it.
    pub(super) fn thing(&mut self, foot: Place) -> Option<Thing> {
        let mut best: Option<(f64, Thing)> = None;
        for _ in 0..DRAWS {
            let mut thing = self.drawn_thing(foot)?;
            let plate = &self.stage.backdrop.plate;
            if self.clip.scenario == Scenario::LowContrast {
                thing.sprite = contrast::tinted(&self.layer(&thing.sprite, foot), plate);
                return Some(thing);
            }
            let levels = Measured::of(&self.layer(&thing.sprite, foot), plate).levels();
            if levels >= CONTRAST_MIN {
                return Some(thing);
            }
            if best.as_ref().is_none_or(|(most, _)| levels > *most) {
                best = Some((levels, thing));
            }
        }
        best.map(|(_, thing)| thing)
    }

    /// Any object, at a size that suits the place.
    fn drawn_thing(&mut self, foot: Place) -> Option<Thing> {
        let objects = &self.stage.cutouts.objects;
        let sprite = objects.get(self.rng.usize(..objects.len()))?.clone();
        let sprite = if self.rng.bool() { sprite.flipped() } else { sprite };
        let person_px = self.person_px(&foot);
        let aspect = sprite.width as f64 / sprite.height.max(1) as f64;
        let fraction = self.between(OBJECT_HEIGHT).min(OBJECT_WIDTH_MAX / aspect).max(0.2);
        let height_px = (fraction * person_px).max(OBJECT_PX_MIN);
        let gain = self.scene_gain();
        let sprite = sprite
            .with_height(height_px)
            .feathered()
            .recoloured(|[luma, u, v]| [(luma - 16.0) * gain + 16.0, u, v]);
        Some(Thing { sprite, foot, height_fraction: hundredths(height_px / person_px) })
    }

    /// How bright the scene is against a usual one.
    pub(super) fn scene_gain(&self) -> f32 {
        let luma = self.stage.backdrop.plate.plane(0);
        let sum: u64 = luma.iter().step_by(7).copied().map(u64::from).sum();
        let mean = sum as f32 / (luma.len() / 7).max(1) as f32;
        (mean / 115.0).clamp(0.7, 1.15)
    }

    pub(super) fn layer<'b>(&'b self, sprite: &'b Sprite, foot: Place) -> Layer<'b> {
        let behind = &self.clip.occluders;
        Layer { sprite: Cow::Borrowed(sprite), foot, opacity: 1.0, shadow: 0.4, mirrored: 0.0, behind }
    }

    /// Somebody brings a thing, or several that stand side by side; the truth is noted.
    pub(super) fn bring(&mut self, things: Vec<Thing>, fate: Fate) -> Option<()> {
        let spot = things.first()?.foot;
        let (from, to) = (self.entry(), self.entry());
        let ground = self.stage.ground;
        let person_px = self.person_px(&spot);
        let side = if from.x_px < spot.x_px { -1.0 } else { 1.0 };
        let stand = spot.moved(side * OWNER_BESIDE * person_px, -0.02 * person_px);
        let pace = self.between(PACE);
        let mut way = Way::from(self.next_secs, from);
        let arrives = way.walk(stand, pace, &ground);
        let put_down = ((arrives + BENDS_SECS) * 10.0).round() / 10.0;
        let stays = self.between(1.2..2.0);
        way.stand(stays);
        let mut gone = None;
        match fate {
            Fate::Left | Fate::TakenLate(_) => {
                way.walk(to, pace, &ground);
            }
            Fate::Attended => {
                let beside = stand.moved(side * self.between(0.1..0.5) * person_px, 0.0);
                way.walk(beside, 0.3, &ground);
                way.stand(120.0);
            }
            Fate::TakenAtOnce => {
                let away = self.away_from(&spot, &to);
                way.walk(away, pace, &ground);
                way.stand(1.0);
                let back = way.walk(stand, pace, &ground);
                gone = Some(((back + BENDS_SECS) * 10.0).round() / 10.0);
                way.stand(1.4);
                way.walk(to, pace, &ground);
            }
        }
        let width_px = self.stage.backdrop.size_px().0 as f64;
        let left = way.leaves_at(&spot, put_down, &ground, width_px);
        let walker = self.walker();
        self.actor(walker, way);
        if let Fate::TakenLate(after_secs) = fate {
            gone = Some(self.fetch(walker, stand, left + self.stage.unattended_secs + after_secs));
        }
        let owner_left = (fate != Fate::Attended).then_some(left);
        let kind = match fate {
            Fate::Left | Fate::TakenLate(_) => Kind::Object,
            Fate::Attended | Fate::TakenAtOnce => Kind::Attended,
        };
        for thing in things {
            self.put(thing, kind, (put_down, owner_left, gone));
        }
        self.next_secs = left.min(put_down + 6.0) + 1.0;
        Some(())
    }

    /// Beyond the owner's radius on the way out, and not much farther.
    fn away_from(&self, spot: &Place, to: &Place) -> Place {
        let wanted = 2.0 * self.person_px(spot);
        spot.towards(to, (wanted / spot.distance_px(to).max(1.0)).min(1.0))
    }

    /// Somebody comes to a place at a moment, bends, and goes. Returns when they take what is there.
    pub(super) fn fetch(&mut self, walker: usize, stand: Place, at_secs: f64) -> f64 {
        let (from, to) = (self.entry(), self.entry());
        let pace = self.between(PACE);
        let mut way = Way::from(0.0, from);
        let arrives = way.walk(stand, pace, &self.stage.ground);
        way.stand(1.6);
        way.walk(to, pace, &self.stage.ground);
        let taken = (at_secs.max(super::LEARNING_SECS + arrives) * 10.0).round() / 10.0;
        self.actor(walker, way.shifted(taken - BENDS_SECS - arrives));
        taken
    }

    /// Puts a thing down, and notes it.
    pub(super) fn put(
        &mut self,
        thing: Thing,
        kind: Kind,
        (put_down, left, gone): (f64, Option<f64>, Option<f64>),
    ) {
        let layer = self.layer(&thing.sprite, thing.foot);
        let lit = f64::from(self.clip.grade.gain);
        let contrast = Measured::of(&layer, &self.stage.backdrop.plate).levels() * lit;
        let box_px = self.visible_box(&layer);
        let mirrored = self.mirrored;
        self.note(Placed {
            id: String::new(),
            kind,
            put_down_secs: put_down,
            owner_left_secs: left.map(hundredths),
            gone_secs: gone,
            box_px,
            contrast: (contrast * 10.0).round() / 10.0,
            height_fraction: thing.height_fraction,
            scenario: self.clip.scenario,
        });
        self.clip.props.push(Prop {
            sprite: thing.sprite,
            foot: thing.foot,
            from_secs: put_down,
            until_secs: gone.unwrap_or(f64::MAX),
            fade_secs: 0.0,
            sway_px: 0.0,
            shadow: 0.4,
            mirrored,
        });
    }

    /// Adds to the truth, with the next number.
    pub(super) fn note(&mut self, mut placed: Placed) {
        placed.id = format!("{}-{}", word(placed.kind), self.clip.placed.len() + 1);
        self.clip.placed.push(placed);
    }

    /// The box of what is seen of a layer: without what scenery hides.
    pub(super) fn visible_box(&self, layer: &Layer<'_>) -> [i64; 4] {
        let (width, height) = self.stage.backdrop.size_px();
        let (left, top) = paint::corner(layer);
        let hidden = |x: i64, y: i64| {
            let at = |r: &Rect| {
                r.bottom() as f64 > layer.foot.y_px
                    && (r.left as i64..r.right() as i64).contains(&x)
                    && (r.top as i64..r.bottom() as i64).contains(&y)
            };
            layer.behind.iter().any(at) || x < 0 || y < 0 || x >= width as i64 || y >= height as i64
        };
        let seen = Sprite::from_fn(layer.sprite.width, layer.sprite.height, |x, y| {
            let [luma, u, v, cover] = layer.sprite.at(x, y);
            [luma, u, v, if hidden(left + x as i64, top + y as i64) { 0.0 } else { cover }]
        });
        let Some((extent, _)) = seen.extent() else { return [left, top, 0, 0] };
        [left + extent.left as i64, top + extent.top as i64, extent.width as i64, extent.height as i64]
    }

    pub(super) fn walker(&mut self) -> usize {
        self.rng.usize(..self.stage.walkers.len().max(1))
    }

    pub(super) fn actor(&mut self, walker: usize, way: Way) {
        let size = self.between(0.94..1.06);
        let mirrored = self.mirrored;
        self.clip.actors.push(Actor { walker, way, size, mirrored });
    }

    /// Somebody crosses the scene, past a place at a moment.
    pub(super) fn pass(&mut self, place: Place, at_secs: f64) {
        let (from, to) = (self.entry(), self.entry());
        let pace = self.between(PACE);
        let mut way = Way::from(0.0, from);
        let there = way.walk(place, pace, &self.stage.ground);
        way.walk(to, pace, &self.stage.ground);
        let walker = self.walker();
        self.actor(walker, way.shifted(at_secs - there));
    }
}

fn word(kind: Kind) -> &'static str {
    match kind {
        Kind::Object | Kind::Attended => "bag",
        Kind::PersonStill | Kind::PersonLying => "person",
        Kind::Removed => "removed",
        Kind::Ghost => "ghost",
        Kind::Light => "light",
        Kind::Shadow => "shadow",
        Kind::Furniture => "furniture",
    }
}
