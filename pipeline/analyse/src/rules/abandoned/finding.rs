//! Where something may have been put down: regions that have been static, joined to the things that are known.
//!
//! Where people are is left out, so that a thing does not grow together with whoever stands beside it, and a region that
//! is larger than a thing is looked into for parts that are things.

use velum_vocab::ObjectClass;

use super::thing::{Stage, Thing};
use super::{
    AbandonedRule, MAX_THINGS, Scene, apart, before, earlier, evidence, same_place, same_thing,
    tests_of_things,
};
use crate::appearance;
use crate::background::{EARLY_SECS, STATIC_SECS, Stillness};
use crate::blobs::{self, Blob};
use crate::error::AnalyseError;
use crate::patch::Area;

/// An early one is expected to be static within this time.
const EARLY_SEEN_SECS: f64 = 4.0;
/// Early ones at a time.
const MAX_EARLY: usize = 16;
/// A person box at least this sure, or followed until this long ago, hides what is in it.
const PERSON_SCORE: f32 = 0.25;
const PERSON_SEEN_SECS: f64 = 0.7;

impl AbandonedRule {
    /// The zones without the places where people are, so that a thing does not grow together with whoever stands
    /// beside it. *Shape*: `[height * width] u8`, 1 where something may be found.
    pub(super) fn without_persons(&self, scene: &Scene<'_>) -> Vec<u8> {
        let mut watched = self.zones.clone();
        let width = self.size.width_px as usize;
        let found =
            scene.detections.iter().filter(|d| d.class == ObjectClass::Person && d.score >= PERSON_SCORE);
        let followed =
            scene.tracker.tracks().iter().filter(|t| scene.at.secs_since(t.seen_at) <= PERSON_SEEN_SECS);
        for place in found.map(|d| d.box_in_frame).chain(followed.map(|t| t.box_in_frame)) {
            let Some(area) = Area::covering(&place, self.size.width_px, self.size.height_px) else {
                continue;
            };
            for row in watched.chunks_mut(width).skip(area.top).take(area.height) {
                row.iter_mut().skip(area.left).take(area.width).for_each(|watched| *watched = 0);
            }
        }
        watched
    }

    /// Regions that have been static for long enough: each is a thing known already, or a new one.
    pub(super) fn take_static_blobs(
        &mut self,
        scene: &Scene<'_>,
        watched: &[u8],
    ) -> Result<(), AnalyseError> {
        let still = scene.background.stillness();
        let found = blobs::find(still, Stillness::Static, watched, &self.size)?;
        let whole = if found.is_empty() { Vec::new() } else { self.large_regions(scene)? };
        for blob in found {
            let cut_out = whole.iter().any(|whole| whole.holds(&blob, self.size.width_px as usize));
            if !self.is_too_large(&blob, scene) {
                self.take_static(blob, same_thing, cut_out, scene)?;
                continue;
            }
            let fits = |part: &Blob| {
                let person_px = self.person_px(scene, &part.area);
                tests_of_things::check_size(&part.area, part.pixels, person_px, &self.size).is_ok()
            };
            for part in apart::parts(&blob, scene, &self.size, fits)? {
                self.take_static(part, same_place, true, scene)?;
            }
            self.take_static(blob, same_place, true, scene)?;
        }
        Ok(())
    }

    /// Regions that are larger than a thing, persons among them: what was found within is only a part of it.
    fn large_regions(&self, scene: &Scene<'_>) -> Result<Vec<Blob>, AnalyseError> {
        let still = scene.background.stillness();
        let all = blobs::find(still, Stillness::Static, &self.zones, &self.size)?;
        Ok(all.into_iter().filter(|blob| self.is_too_large(blob, scene)).collect())
    }

    fn is_too_large(&self, blob: &Blob, scene: &Scene<'_>) -> bool {
        tests_of_things::is_too_large(&blob.area, blob.pixels, self.person_px(scene, &blob.area))
    }

    /// `is_same`: whether two areas are of one thing.
    fn take_static(
        &mut self,
        blob: Blob,
        is_same: impl Fn(&Area, &Area) -> bool,
        cut_out: bool,
        scene: &Scene<'_>,
    ) -> Result<(), AnalyseError> {
        if let Some(thing) = self.things.iter_mut().find(|thing| is_same(&thing.area, &blob.area)) {
            thing.note_cut_out(cut_out, scene.step_secs);
            thing.take_blob(blob, scene);
        } else if self.things.len() < MAX_THINGS
            && let Some((zone, _)) = self.zone_at(blob.area.foot())
        {
            let (stage, put_down_at) = (Stage::Settling { since: scene.at }, earlier(scene.at, STATIC_SECS));
            let thing = Thing::of_blob(blob, stage, zone, put_down_at, scene)?;
            self.things.push(Thing { cut_out, ..thing });
        }
        Ok(())
    }

    /// Regions that have been static for a second: plausible ones are remembered, so that a restart in the next
    /// seconds does not lose them.
    pub(super) fn take_early_blobs(&mut self, scene: &Scene<'_>, watched: &[u8]) -> Result<(), AnalyseError> {
        let early = blobs::find(scene.background.stillness(), Stillness::Early, watched, &self.size)?;
        for blob in early {
            if let Some(thing) = self.things.iter_mut().find(|thing| same_thing(&thing.area, &blob.area)) {
                // A thing that only flickers is not kept for long.
                if thing.stage == Stage::Early && scene.at.secs_since(thing.begun_at) < EARLY_SEEN_SECS {
                    thing.seen_at = scene.at;
                }
                continue;
            }
            let known = self.things.iter().filter(|thing| thing.stage == Stage::Early).count();
            if known < MAX_EARLY
                && self.things.len() < MAX_THINGS
                && let Some(zone) = self.plausible(&blob, scene)?
            {
                let put_down_at = earlier(scene.at, EARLY_SECS);
                self.things.push(Thing::of_blob(blob, Stage::Early, zone, put_down_at, scene)?);
            }
        }
        Ok(())
    }

    /// Whether an early region looks like a thing, as far as that can be told already. Stricter than the later
    /// tests: after a restart nothing but its place and contrast will be left to test.
    pub(super) fn plausible(&self, blob: &Blob, scene: &Scene<'_>) -> Result<Option<usize>, AnalyseError> {
        let Some((zone, _)) = self.zone_at(blob.area.foot()) else { return Ok(None) };
        let person_px = self.person_px(scene, &blob.area);
        let touched =
            blob.area.as_box().is_none_or(|found| evidence::person_touches(scene.detections, &found));
        if touched || tests_of_things::check_size(&blob.area, blob.pixels, person_px, &self.size).is_err() {
            return Ok(None);
        }
        let reach_px = (0.4 * person_px) as usize;
        let look = appearance::look_at(scene.background, &blob.area, &blob.mask, reach_px, &self.size)?;
        let light_change = scene.background.light().largest_change_since(scene.at.minus(before(EARLY_SECS)));
        let clear = tests_of_things::check_look(&look, light_change).is_ok();
        Ok((clear && tests_of_things::stands_out_by_itself(&look)).then_some(zone))
    }
}
