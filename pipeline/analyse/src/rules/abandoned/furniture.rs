//! Furniture of the scene, as people at the box confirmed it: what stands there is no abandoned object.

use velum_vocab::{BoxInFrame, ZoneId};

use super::thing::{Ending, Stage, Thing};
use super::{AbandonedRule, Said, Scene, Suppression};
use crate::patch::Area;

/// A thing of which this share lies in the rectangle is the furniture.
const SAME_FRACTION: f32 = 0.5;

/// A place where something stands that is no abandoned object. Fractions of the picture.
#[derive(Debug, Clone, PartialEq)]
pub struct Furniture {
    /// In which zone.
    pub zone: ZoneId,
    /// Left edge.
    pub left_fraction: f64,
    /// Upper edge.
    pub top_fraction: f64,
    /// Right edge.
    pub right_fraction: f64,
    /// Lower edge.
    pub bottom_fraction: f64,
}

impl AbandonedRule {
    /// In the place of what was told before.
    pub(crate) fn set_furniture(&mut self, furniture: Vec<Furniture>) {
        self.furniture = furniture;
    }

    pub(super) fn is_furniture(&self, area: &Area, zone: usize) -> bool {
        let Some((zone, found)) = self.settings.zones.get(zone).zip(area.as_box()) else { return false };
        let (width, height) = (f64::from(self.size.width_px), f64::from(self.size.height_px));
        let of_zone = self.furniture.iter().filter(|furniture| furniture.zone == zone.id);
        let boxes = of_zone.filter_map(|f| {
            let [left, right] = [f.left_fraction, f.right_fraction].map(|x| (x * width) as f32);
            let [top, bottom] = [f.top_fraction, f.bottom_fraction].map(|y| (y * height) as f32);
            BoxInFrame::new(left, top, right, bottom).ok()
        });
        boxes.into_iter().any(|furniture| found.covered_fraction_by(&furniture) > SAME_FRACTION)
    }

    /// Things that were found before they were told to be furniture: their alerts end.
    pub(super) fn let_furniture_be(&mut self, scene: &Scene<'_>, said: &mut Said) {
        if self.furniture.is_empty() {
            return;
        }
        let mut things = std::mem::take(&mut self.things);
        let found = |thing: &&mut Thing| matches!(thing.stage, Stage::Object | Stage::Restored);
        for thing in things.iter_mut().filter(found) {
            if thing.ending.is_some() || !self.is_furniture(&thing.area, thing.zone) {
                continue;
            }
            said.suppressed.extend(self.rejected(thing, Suppression::Furniture, scene));
            (thing.stage, thing.ending) = (Stage::Object, Some(Ending::ConfirmedFurniture));
        }
        self.things = things;
    }
}
