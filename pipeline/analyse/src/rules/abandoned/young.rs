//! What has only just appeared is remembered over a kill too: after a restart the scene is learnt with it in it.
//!
//! It is not known yet whether it stays. So only what looks like a thing is taken, and only where the place was
//! differently bright without it: what merely passed by at the moment of the kill is then not found again.

use super::thing::{Stage, Thing};
use super::{AbandonedRule, Scene, same_thing};
use crate::blobs;
use crate::error::AnalyseError;

/// Young things at a time, the largest; with more regions than the second number the scene is in turmoil.
const MAX_YOUNG: usize = 4;
const MAX_REGIONS: usize = 24;
/// What has not become still within this time only flickers.
const YOUNG_LIFE_SECS: f64 = 2.0;

impl AbandonedRule {
    /// Regions that differ from the background since this step or the last few, and are no known thing.
    pub(super) fn take_young(&mut self, scene: &Scene<'_>, watched: &[u8]) -> Result<(), AnalyseError> {
        let before = std::mem::take(&mut self.young);
        let Some(foreground) = scene.background.foreground() else { return Ok(()) };
        let regions = blobs::find_in(&foreground, watched, &self.size)?;
        if regions.len() > MAX_REGIONS {
            return Ok(());
        }
        for region in regions {
            let known = self.things.iter().chain(&self.young).any(|t| same_thing(&t.area, &region.area));
            if known || self.young.len() >= MAX_YOUNG {
                continue;
            }
            let Some(zone) = self.plausible(&region, scene)? else { continue };
            let thing = Thing::of_blob(region, Stage::Early, zone, scene.at, scene)?;
            if thing.told_apart {
                self.young.push(thing.continuing(&before));
            }
        }
        self.young.retain(|thing| scene.at.secs_since(thing.put_down_at) <= YOUNG_LIFE_SECS);
        Ok(())
    }
}

impl Thing {
    /// Under the name and from the time that it had in the step before.
    fn continuing(self, before: &[Self]) -> Self {
        match before.iter().find(|known| same_thing(&known.area, &self.area)) {
            Some(known) => Self { alert: known.alert, put_down_at: known.put_down_at, ..self },
            None => self,
        }
    }
}
