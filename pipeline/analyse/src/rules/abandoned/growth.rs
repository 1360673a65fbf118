//! The outline of a thing: it settles, and changes where the owner who stood beside it steps away.

use super::Scene;
use super::evidence::person_touches;
use super::thing::{Stage, Thing};
use crate::blobs::Blob;

/// A blob that grows or shrinks this much is judged anew, this often. An object may only grow, while it is this
/// young.
const MAX_REGROWTHS: u8 = 6;
const REGROWTH_SECS: f64 = 30.0;
const REGROWTH: f32 = 1.5;
const SHRINKAGE: f32 = 0.65;

impl Thing {
    /// A static blob was found where this thing is.
    pub(super) fn take_blob(&mut self, blob: Blob, scene: &Scene<'_>) {
        let at = scene.at;
        match self.stage {
            // What merged with whoever stood beside it is not yet the thing alone.
            Stage::Early if blob.pixels as f32 > REGROWTH * self.pixels as f32 => self.seen_at = at,
            Stage::Early => {
                (self.stage, self.plausible) = (Stage::Settling { since: at }, true);
                self.take_outline(blob);
            }
            Stage::Settling { .. } if blob.pixels >= self.pixels => self.take_outline(blob),
            Stage::Object | Stage::Refused { .. } if self.is_another(&blob, scene) => {
                self.regrowths += 1;
                self.confirmed = false;
                self.stage = Stage::Settling { since: at };
                self.take_outline(blob);
            }
            _ => {}
        }
    }

    /// Whether a blob found in its place differs so much that it must be judged anew.
    fn is_another(&self, blob: &Blob, scene: &Scene<'_>) -> bool {
        let share = blob.pixels as f32 / self.pixels.max(1) as f32;
        let changed = match self.stage {
            Stage::Object => {
                let young = scene.at.secs_since(self.begun_at) < REGROWTH_SECS;
                // A person who stands before or beside the object is not part of it.
                let alone = blob.area.as_box().is_some_and(|found| !person_touches(scene.detections, &found));
                share > REGROWTH && young && self.visibility.visible && alone
            }
            _ => !(SHRINKAGE..=REGROWTH).contains(&share),
        };
        changed && !self.raised && !self.restored && self.regrowths < MAX_REGROWTHS
    }

    fn take_outline(&mut self, blob: Blob) {
        (self.area, self.mask, self.pixels) = (blob.area, blob.mask, blob.pixels);
    }
}
